use std::collections::BTreeSet;
use std::time::Duration;

use construe_jobs::{Consumer, Delivery, JobId, JobKind, QueueName, Ring, Timestamp, Work, WorkQueue, WorkerKind};

const ENTITIES: QueueName = QueueName::Worker(WorkerKind::Entities);
/// A test that waits longer than this has failed.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long nothing must happen to be believed.
const SILENCE: Duration = Duration::from_millis(300);

pub fn shard(ordinal: u64) -> Ring {
    Ring {
        job: "0190a1b2c3d4e5f60718293a4b5c6d7e".parse().unwrap(),
        kind: JobKind::PiiEntitiesDetection,
        work: Work::Shard { ordinal },
        rung: Timestamp(ordinal as i64),
        trace: None,
    }
}

pub fn shards(ordinals: std::ops::Range<u64>) -> Vec<Ring> {
    ordinals.map(shard).collect()
}

fn ordinal(delivery: &Delivery) -> u64 {
    match delivery.ring.work {
        Work::Shard { ordinal } => ordinal,
        other => panic!("{other:?} among shards"),
    }
}

pub async fn next(consumer: &mut Box<dyn Consumer>) -> Delivery {
    tokio::time::timeout(PATIENCE, consumer.next())
        .await
        .expect("no delivery")
}

async fn silent(consumer: &mut Box<dyn Consumer>) -> bool {
    tokio::time::timeout(SILENCE, consumer.next()).await.is_err()
}

pub async fn messages_arrive_in_order_in_their_own_queue(queue: &dyn WorkQueue) {
    let plan = Ring {
        job: JobId::new(),
        work: Work::Plan,
        trace: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
        ..shard(0)
    };
    let finalize = Ring {
        work: Work::Finalize,
        ..plan.clone()
    };
    let rings = [shard(1), plan.clone(), shard(2), finalize.clone(), shard(3)];
    queue.publish(&rings).await.unwrap();
    let mut control = queue.consume(QueueName::Control, 10).await.unwrap();
    let mut entities = queue.consume(ENTITIES, 10).await.unwrap();
    for expected in [plan, finalize] {
        let delivery = next(&mut control).await;
        assert_eq!(delivery.ring, expected);
        assert!(!delivery.redelivered);
    }
    for expected in shards(1..4) {
        assert_eq!(next(&mut entities).await.ring, expected);
    }
    assert!(silent(&mut control).await && silent(&mut entities).await);
    queue.ping().await.unwrap();
}

pub async fn prefetch_limits_what_is_outstanding(queue: &dyn WorkQueue) {
    queue.publish(&shards(0..6)).await.unwrap();
    let mut consumer = queue.consume(ENTITIES, 2).await.unwrap();
    let first = next(&mut consumer).await;
    let second = next(&mut consumer).await;
    assert!(silent(&mut consumer).await, "a third delivery with a prefetch of two");
    second.settle.ack().await;
    assert_eq!(ordinal(&next(&mut consumer).await), 2);
    assert!(silent(&mut consumer).await);
    first.settle.requeue().await;
    next(&mut consumer).await;
    assert!(silent(&mut consumer).await);
}

pub async fn dropping_a_consumer_returns_what_it_held(queue: &dyn WorkQueue) {
    returned(queue, |consumer| Box::pin(async move { drop(consumer) })).await;
}

pub async fn cancelling_a_consumer_returns_what_it_held(queue: &dyn WorkQueue) {
    returned(queue, |consumer| Box::pin(consumer.cancel())).await;
}

async fn returned(
    queue: &dyn WorkQueue,
    end: impl FnOnce(Box<dyn Consumer>) -> futures::future::BoxFuture<'static, ()>,
) {
    queue.publish(&shards(0..5)).await.unwrap();
    let mut consumer = queue.consume(ENTITIES, 3).await.unwrap();
    next(&mut consumer).await.settle.ack().await;
    // One in a caller's hands, one dropped unsettled: neither was settled.
    let held = next(&mut consumer).await;
    drop(next(&mut consumer).await);
    end(consumer).await;
    let mut consumer = queue.consume(ENTITIES, 10).await.unwrap();
    let mut again = BTreeSet::new();
    for _ in 0..4 {
        let delivery = next(&mut consumer).await;
        let seen_before = [1, 2].contains(&ordinal(&delivery));
        assert!(
            delivery.redelivered || !seen_before,
            "{} was not marked",
            ordinal(&delivery)
        );
        again.insert(ordinal(&delivery));
        delivery.settle.ack().await;
    }
    assert_eq!(again, BTreeSet::from([1, 2, 3, 4]));
    held.settle.ack().await;
    assert!(silent(&mut consumer).await);
}

pub async fn requeued_messages_come_again_and_acknowledged_ones_do_not(queue: &dyn WorkQueue) {
    queue.publish(&shards(0..2)).await.unwrap();
    let mut consumer = queue.consume(ENTITIES, 1).await.unwrap();
    let delivery = next(&mut consumer).await;
    assert_eq!(ordinal(&delivery), 0);
    delivery.settle.requeue().await;
    let mut seen = BTreeSet::new();
    for _ in 0..2 {
        let delivery = next(&mut consumer).await;
        assert_eq!(delivery.redelivered, ordinal(&delivery) == 0);
        seen.insert(ordinal(&delivery));
        delivery.settle.ack().await;
    }
    assert_eq!(seen, BTreeSet::from([0, 1]));
    consumer.cancel().await;
    let mut consumer = queue.consume(ENTITIES, 1).await.unwrap();
    assert!(silent(&mut consumer).await);
}

pub async fn consumers_share_a_queue(queue: &dyn WorkQueue) {
    let mut one = queue.consume(ENTITIES, 1).await.unwrap();
    let mut two = queue.consume(ENTITIES, 1).await.unwrap();
    queue.publish(&shards(0..20)).await.unwrap();
    let mut seen = Vec::new();
    let mut busy = [0, 0];
    while seen.len() < 20 {
        let (who, delivery) = tokio::select! {
            delivery = next(&mut one) => (0, delivery),
            delivery = next(&mut two) => (1, delivery),
        };
        busy[who] += 1;
        seen.push(ordinal(&delivery));
        delivery.settle.ack().await;
    }
    seen.sort_unstable();
    assert_eq!(seen, (0..20).collect::<Vec<_>>());
    assert!(
        busy.iter().all(|&count| count > 0),
        "one consumer got everything: {busy:?}"
    );
}

pub async fn waiting_for_a_message_can_be_given_up(queue: &dyn WorkQueue) {
    let mut consumer = queue.consume(ENTITIES, 5).await.unwrap();
    let publishing = async {
        for ring in shards(0..50) {
            queue.publish(&[ring]).await.unwrap();
        }
    };
    let consuming = async {
        let mut seen = Vec::new();
        while seen.len() < 50 {
            // Mostly too short, so that many waits are broken off at all kinds of moments.
            if let Ok(delivery) = tokio::time::timeout(Duration::from_micros(300), consumer.next()).await {
                seen.push(ordinal(&delivery));
                delivery.settle.ack().await;
            }
        }
        seen
    };
    let both = futures::future::join(publishing, consuming);
    let ((), seen) = tokio::time::timeout(PATIENCE, both).await.expect("messages got lost");
    assert_eq!(seen, (0..50).collect::<Vec<_>>());
}

pub async fn a_large_batch_arrives_whole(queue: &dyn WorkQueue) {
    queue.publish(&[]).await.unwrap();
    queue.publish(&shards(0..2000)).await.unwrap();
    let mut consumer = queue.consume(ENTITIES, 100).await.unwrap();
    for expected in 0..2000 {
        let delivery = next(&mut consumer).await;
        assert_eq!(ordinal(&delivery), expected);
        delivery.settle.ack().await;
    }
    assert!(silent(&mut consumer).await);
}

pub async fn settling_late_is_harmless(queue: &dyn WorkQueue) {
    queue.publish(&shards(0..1)).await.unwrap();
    let mut consumer = queue.consume(ENTITIES, 1).await.unwrap();
    let old = next(&mut consumer).await;
    consumer.cancel().await;
    let mut consumer = queue.consume(ENTITIES, 1).await.unwrap();
    let new = next(&mut consumer).await;
    assert!(new.redelivered);
    old.settle.requeue().await;
    new.settle.ack().await;
    consumer.cancel().await;
    let mut consumer = queue.consume(ENTITIES, 1).await.unwrap();
    assert!(
        silent(&mut consumer).await,
        "a settlement of an earlier delivery undid a later one"
    );
}
