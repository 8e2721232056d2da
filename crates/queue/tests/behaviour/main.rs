//! One suite for both queues, and what only a broker can do.

mod broker;
mod suite;

/// Makes one test of each case of the suite, against the queue that `$queue` makes.
macro_rules! suite {
    ($queue:expr) => {
        suite!($queue; messages_arrive_in_order_in_their_own_queue, prefetch_limits_what_is_outstanding,
            dropping_a_consumer_returns_what_it_held, cancelling_a_consumer_returns_what_it_held,
            requeued_messages_come_again_and_acknowledged_ones_do_not, consumers_share_a_queue,
            waiting_for_a_message_can_be_given_up, a_large_batch_arrives_whole, settling_late_is_harmless);
    };
    ($queue:expr; $($case:ident),+) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $case() {
            crate::suite::$case(&$queue).await;
        })+
    };
}

mod memory {
    suite!(construe_queue::MemoryQueue::new());
}

mod rabbit {
    suite!(construe_queue::RabbitQueue::new(crate::broker::config()));
}
