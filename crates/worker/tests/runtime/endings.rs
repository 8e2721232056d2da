//! Stops, lost leases, drains.

use std::time::Duration;

use construe_jobs::{JobState, LeaseToken, Release, WorkerOrder};

use crate::bench::{Bench, until};
use crate::engine::{LONG, WAIT};
use crate::fakes::{Call, ReadFault};

/// A window so small that no object counts as small, to be fetched whole.
const STREAMED: usize = 64;

/// A shard whose second document waits at the gate.
fn waiting() -> Bench {
    Bench::one(format!("first\n{WAIT}\nthird\nfourth\n"))
}

/// The same, and the end of its input never comes: reading goes on until something ends it.
fn waiting_and_reading() -> Bench {
    let mut bench = waiting();
    bench.objects.fault("in/a.txt", [ReadFault::Hangs(u64::MAX)]);
    bench.config.read_window = STREAMED;
    bench
}

fn begun(bench: &Bench) -> Vec<Option<u64>> {
    bench
        .engine
        .begun
        .lock()
        .unwrap()
        .iter()
        .map(|(_, line)| *line)
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_closes_the_part_at_a_document_boundary() {
    let bench = waiting_and_reading();
    let running = bench.start().await;
    until("the document waits", || bench.engine.gate.arrived() == 1).await;
    bench.store.state().job.state = JobState::StopRequested;
    // A renewal brings the stop, which ends the reading at once.
    bench.objects.until_unread().await;
    bench.engine.gate.open();
    bench.until_done().await;
    running.shut_down().await;
    let part = bench.part(0);
    assert!(part.cut);
    assert_eq!((part.documents, part.input_bytes), (2, "first\nWAIT\n".len() as u64));
    assert_eq!(begun(&bench), [Some(0), Some(1)], "a document was begun after the stop");
    assert_eq!(
        bench.composed(),
        b"a.txt Some(0) ok \"first\" \\n\na.txt Some(1) ok \"WAIT\" \\n\n"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_does_not_wait_for_a_long_document_of_which_nothing_is_left() {
    let bench = Bench::one(format!("first\n{LONG}\nthird\n"));
    let running = bench.start().await;
    until("the long document is begun", || bench.engine.gate.arrived() == 1).await;
    bench.store.state().job.state = JobState::StopRequested;
    bench.until_done().await;
    running.shut_down().await;
    let part = bench.part(0);
    assert!(part.cut);
    assert_eq!((part.documents, part.input_bytes), (1, 6));
    assert_eq!(bench.composed(), b"a.txt Some(0) ok \"first\" \\n\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_does_not_wait_for_input_that_does_not_come() {
    let mut bench = Bench::one("first\nsecond half of a li");
    bench.config.read_window = STREAMED;
    bench.objects.fault("in/a.txt", [ReadFault::Hangs(15)]);
    let running = bench.start().await;
    until("the first line is done", || begun(&bench).len() == 1).await;
    bench.store.state().job.state = JobState::StopRequested;
    bench.until_done().await;
    running.shut_down().await;
    let part = bench.part(0);
    assert!(part.cut);
    assert_eq!((part.documents, part.input_bytes), (1, 6));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_after_the_last_document_cuts_nothing() {
    let bench = Bench::one(format!("first\n{WAIT}"));
    let running = bench.start().await;
    until("the last document waits", || bench.engine.gate.arrived() == 1).await;
    let renewals = {
        let mut state = bench.store.state();
        state.job.state = JobState::StopRequested;
        state.renewals
    };
    // The second renewal from now comes after the reply to the first was taken in.
    bench
        .until("the stop is known", |state| state.renewals >= renewals + 2)
        .await;
    bench.engine.gate.open();
    bench.until_done().await;
    running.shut_down().await;
    assert!(!bench.part(0).cut);
    assert_eq!(bench.part(0).documents, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_taken_by_another_ends_the_work_without_a_trace() {
    let bench = waiting_and_reading();
    let running = bench.start().await;
    until("the document waits", || bench.engine.gate.arrived() == 1).await;
    let others = LeaseToken::new();
    bench.store.state().rows[0].token = Some(others);
    bench.objects.until_unread().await;
    bench.engine.gate.open();
    running.shut_down().await;
    let state = bench.store.state();
    assert_eq!(state.rows[0].token, Some(others));
    assert!(state.rows[0].part.is_none() && state.rows[0].releases.is_empty());
    assert!(bench.objects.parts().is_empty());
    assert_eq!(
        begun(&bench),
        [Some(0), Some(1)],
        "a document was begun without a lease"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_that_cannot_be_renewed_ends_the_work_by_the_local_clock() {
    let mut bench = waiting_and_reading();
    bench.config.lease_ttl = Duration::from_millis(400);
    bench.store.fail_next(Call::Renew, u32::MAX);
    let running = bench.start().await;
    until("the document waits", || bench.engine.gate.arrived() == 1).await;
    bench.objects.until_unread().await;
    bench.engine.gate.open();
    running.shut_down().await;
    // The row was never told: only the worker's own clock can have ended this.
    assert!(bench.store.state().rows[0].part.is_none());
    assert!(bench.objects.parts().is_empty());
    assert_eq!(begun(&bench), [Some(0), Some(1)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_lets_shards_finish_within_the_grace() {
    let bench = waiting();
    let running = bench.start().await;
    until("the document waits", || bench.engine.gate.arrived() == 1).await;
    running.shutdown.cancel();
    bench
        .until("the worker reports that it drains", |state| {
            state
                .reports
                .last()
                .is_some_and(|status| status.draining && status.busy == 1)
        })
        .await;
    // What is rung for now is for others.
    bench.ring().await;
    bench.engine.gate.open();
    running.gone().await;
    assert!(!bench.part(0).cut);
    let state = bench.store.state();
    assert_eq!(state.removed, ["worker-1"]);
    assert_eq!(state.leases, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_beyond_the_grace_gives_shards_back_and_another_worker_does_them() {
    let mut bench = waiting_and_reading();
    bench.config.drain_grace = Duration::ZERO;
    let running = bench.start().await;
    until("the document waits", || bench.engine.gate.arrived() == 1).await;
    bench.store.state().order = WorkerOrder::Drain;
    bench.objects.until_unread().await;
    bench.engine.gate.open();
    running.gone().await;
    {
        let mut state = bench.store.state();
        assert_eq!(state.rows[0].releases, [Release::Drained]);
        assert!(state.rows[0].part.is_none() && bench.objects.parts().is_empty());
        assert_eq!(state.removed, ["worker-1"]);
        state.order = WorkerOrder::Continue;
    }
    bench.complete().await;
    let part = bench.part(0);
    assert_eq!((part.documents, part.cut), (4, false));
    assert!(part.key.contains("/0/2-"), "{} is not of the second attempt", part.key);
}
