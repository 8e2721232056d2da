//! Faults of the surroundings, of jobs, of documents.

use std::sync::atomic::Ordering;

use construe_jobs::{JobState, LeaseToken, ObjectErrorKind, Release};

use crate::bench::{Bench, until};
use crate::engine::{Engine, PANIC};
use crate::fakes::{Call, ReadFault};

/// Rings again whenever the shard was given back, as the sweeper would.
async fn complete_with_retries(bench: &Bench) {
    let running = bench.start().await;
    for round in 1.. {
        bench
            .until("the shard is done or given back", |state| {
                state.rows[0].part.is_some() || state.rows[0].releases.len() >= round
            })
            .await;
        if bench.store.state().rows[0].part.is_some() {
            break;
        }
        bench.ring().await;
    }
    running.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passing_trouble_is_retried_and_leaves_no_mark_on_the_result() {
    let text = "first\nsecond\n".repeat(100);
    let undisturbed = Bench::one(text.clone());
    let expected = undisturbed.complete().await;
    let mut bench = Bench::one(text);
    // Large enough not to be fetched ahead in the first case, small enough in the second.
    for read_window in [64, 1 << 20] {
        bench = Bench::one(bench.objects.input["in/a.txt"].to_vec());
        bench.config.read_window = read_window;
        bench.objects.fault(
            "in/a.txt",
            [
                ReadFault::Refused(ObjectErrorKind::Unavailable),
                ReadFault::Breaks(700),
                ReadFault::EndsEarly(700),
                ReadFault::Refused(ObjectErrorKind::Other),
            ],
        );
        complete_with_retries(&bench).await;
        assert_eq!(bench.composed(), expected);
        assert_eq!(bench.part(0).digest, undisturbed.part(0).digest);
        let state = bench.store.state();
        assert_eq!(state.rows[0].releases.len(), 4);
        assert!(
            state.rows[0]
                .releases
                .iter()
                .all(|release| matches!(release, Release::Fault { .. }))
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_result_that_cannot_be_stored_is_retried() {
    let mut bench = Bench::one("text\n".repeat(1000));
    bench.config.output_chunk = 100;
    bench.objects.fail_writes(2);
    complete_with_retries(&bench).await;
    assert_eq!(bench.store.state().rows[0].releases.len(), 2);
    assert_eq!(bench.objects.parts().len(), 1);
    assert_eq!(bench.part(0).documents, 1000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_much_trouble_fails_the_job() {
    let bench = Bench::one("text\n");
    bench.store.state().rows[0].faults = bench.config.max_faults;
    bench
        .objects
        .fault("in/a.txt", [ReadFault::Refused(ObjectErrorKind::Unavailable)]);
    let running = bench.start().await;
    assert_eq!(
        bench.failure().await,
        "INPUT_UNAVAILABLE: s3://input/in/a.txt could not be read."
    );
    running.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lasting_trouble_with_the_input_fails_the_job_at_once() {
    for (kind, message) in [
        (
            ObjectErrorKind::AccessDenied,
            "NO_READ_ACCESS_TO_INPUT: The provided data access role does not have proper access to the input data.",
        ),
        (
            ObjectErrorKind::NoSuchBucket,
            "INPUT_NOT_FOUND: The bucket input does not exist.",
        ),
        (
            ObjectErrorKind::NotFound,
            "INPUT_NOT_FOUND: s3://input/in/a.txt was removed while the job ran.",
        ),
        (
            ObjectErrorKind::Changed,
            "INPUT_CHANGED: s3://input/in/a.txt changed while the job ran.",
        ),
    ] {
        let bench = Bench::one("text\n");
        bench.objects.fault("in/a.txt", [ReadFault::Refused(kind)]);
        let running = bench.start().await;
        assert_eq!(bench.failure().await, message);
        running.shut_down().await;
        assert!(bench.objects.parts().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_the_engine_refuses_fails_with_its_message() {
    let mut bench = Bench::one("text\n");
    bench.engine = std::sync::Arc::new(Engine {
        refuse: true,
        ..Engine::default()
    });
    let running = bench.start().await;
    assert_eq!(bench.failure().await, "INVALID_ANALYSIS: Nobody can do this.");
    running.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_costs_one_document() {
    let bench = Bench::one(format!("before\n{PANIC} here\nafter\n"));
    let composed = String::from_utf8(bench.complete().await).unwrap();
    assert_eq!(
        composed,
        "a.txt Some(0) ok \"before\" \\n\na.txt Some(1) unprocessable \\n\na.txt Some(2) ok \"after\" \\n\n"
    );
    assert_eq!((bench.part(0).documents, bench.part(0).documents_failed), (3, 1));
    assert_eq!(
        bench.engine.sessions.lock().unwrap().len(),
        2,
        "the session was not replaced"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_deaths_documents_are_named_and_poison_is_not_touched() {
    let bench = Bench::one(format!("a\n{PANIC}\nc\n"));
    {
        let mut state = bench.store.state();
        state.rows[0].careful = true;
        state.rows[0].poisoned = vec![1];
    }
    let composed = String::from_utf8(bench.complete().await).unwrap();
    assert!(composed.contains("Some(1) unprocessable"), "{composed}");
    assert_eq!(bench.store.state().rows[0].marks, [0, 2]);
    assert_eq!(
        bench.engine.sessions.lock().unwrap().len(),
        1,
        "the poisoned document was touched"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_that_cannot_be_named_is_not_begun() {
    let bench = Bench::one("a\nb\n");
    bench.store.state().rows[0].careful = true;
    bench.store.fail_next(Call::Mark, 1);
    let running = bench.start().await;
    bench
        .until("the shard is given back", |state| !state.rows[0].releases.is_empty())
        .await;
    assert!(bench.engine.begun.lock().unwrap().is_empty());
    bench.ring().await;
    bench.until_done().await;
    running.shut_down().await;
    assert_eq!(bench.store.state().rows[0].marks, [0, 1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_out_of_reach_costs_time_and_nothing_else() {
    let bench = Bench::one("text\n");
    bench.store.fail_next(Call::Lease, 3);
    bench.store.fail_next(Call::Commit, 2);
    let running = bench.start().await;
    bench.until_done().await;
    // Once, when it was stored: not for the attempts that failed.
    until("the end of the shard is announced", || {
        running.woken.load(Ordering::SeqCst) == 1
    })
    .await;
    running.shut_down().await;
    assert_eq!(bench.part(0).documents, 1);
    assert_eq!(bench.store.state().rows[0].attempt, 1);
    assert_eq!(bench.objects.parts().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_reply_is_lost_counts() {
    let bench = Bench::one("text\n");
    bench.store.fail_next(Call::CommitReply, 1);
    bench.complete().await;
    let state = bench.store.state();
    assert_eq!((state.rows[0].attempt, state.rows[0].releases.len()), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_for_work_that_is_not_to_be_done_are_used_up() {
    let bench = Bench::one("text\n");
    bench.store.state().rows[0].token = Some(LeaseToken::new());
    let running = bench.start().await;
    bench
        .until("the held shard is refused", |state| state.leases == 1)
        .await;
    bench.store.state().job.state = JobState::Completed;
    bench.ring().await;
    bench
        .until("the finished job's shard is refused", |state| state.leases == 2)
        .await;
    running.shut_down().await;
    // Nothing is left for another worker.
    let running = {
        let another = Bench {
            queue: bench.queue.clone(),
            ..Bench::one("other\n")
        };
        another.store.state().rows.clear();
        let running = another.start().await;
        until("the other worker reports", || another.store.state().reports.len() > 3).await;
        assert_eq!(another.store.state().leases, 0);
        running
    };
    running.shut_down().await;
}
