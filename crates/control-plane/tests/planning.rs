//! Planning: the same shards whatever happens on the way, and the right end when it cannot go on.

mod support;

use std::sync::atomic::Ordering;
use std::time::Duration;

use construe_control_plane::Config;
use construe_jobs::{InputFormat, JobId, JobState, NewShard, Release, Ring, StopOutcome, Timestamp, Work};
use support::store::Renewals;
use support::{INPUT, OUTPUT, World, config, eventually};

const LINES: InputFormat = InputFormat::OneDocPerLine;
const FILES: InputFormat = InputFormat::OneDocPerFile;

/// Small objects, folder markers, and large ones with every kind of line end (CRLF most of all).
fn fill(world: &World) {
    let mut seed = fastrand::Rng::with_seed(7);
    for index in 0..40 {
        let size = if index % 9 == 4 { 3000 } else { seed.usize(0..400) };
        let mut body = String::new();
        while body.len() < size {
            let end = seed.choice(["\n", "\r", "\r\n", "\r\n", "\n\r"]).unwrap();
            body.push_str(&"é".repeat(seed.usize(0..30)));
            body.push_str(end);
        }
        world.objects.put(INPUT, &format!("docs/{index:02}/text"), body);
        world.objects.put(INPUT, &format!("docs/{index:02}/"), "");
    }
    world.objects.put(INPUT, "docs/empty", "");
    world.objects.put(INPUT, "docs/one-long-line", "x".repeat(5000));
    world
        .objects
        .put(INPUT, "docs/ends-with-crlf", "0123456789\r\n".repeat(300));
    world.objects.put(INPUT, "elsewhere", "not input");
}

async fn plan(config: Config, set: impl FnOnce(&World)) -> (World, JobId, Vec<NewShard>) {
    let world = World::new();
    fill(&world);
    set(&world);
    let id = world.submit("docs/", LINES);
    let running = world.run(config);
    world.planned(id).await;
    eventually("the outbox to be empty", || world.store.outbox_len() == 0).await;
    running.end().await;
    let shards = world
        .store
        .shards(id)
        .into_iter()
        .map(|planned| planned.shard)
        .collect();
    (world, id, shards)
}

#[tokio::test]
async fn shards_are_the_same_whoever_takes_over_at_whichever_batch() {
    let (world, id, undisturbed) = plan(config(), |_| {}).await;
    assert_eq!(world.store.attempts(id), 1);
    assert_conserved(&world, &undisturbed);
    assert_eq!(world.store.job(id).progress.objects, 43);
    for (page_size, chunk_size, batch_shards) in [(1, 1, 1), (3, 7, 1), (1000, 64, 2), (2, 100_000, 3), (7, 13, 64)] {
        let config = Config {
            batch_shards,
            batch_every: Duration::from_secs(3600),
            ..config()
        };
        let (world, id, taken_over) = plan(config, |world| {
            world.store.knobs(|knobs| knobs.lose_lease_after_each_batch = true);
            world.objects.page_size.store(page_size, Ordering::SeqCst);
            world.objects.chunk_size.store(chunk_size, Ordering::SeqCst);
        })
        .await;
        // One attempt for each batch but the last; the first few batches are small.
        assert_eq!(u64::from(world.store.attempts(id)), world.store.batches(id));
        assert!(batch_shards > 3 || world.store.attempts(id) > 5);
        assert_eq!(taken_over, undisturbed, "pages of {page_size}, chunks of {chunk_size}");
    }
}

/// Every byte of the input is in one shard, shards are in key order, and slices begin at line starts
/// with the right number.
fn assert_conserved(world: &World, shards: &[NewShard]) {
    let mut objects: Vec<_> = world.objects.all(INPUT).into_iter().collect();
    objects.retain(|(key, _)| key.starts_with("docs/") && !key.ends_with('/'));
    let mut slices = shards.iter().flat_map(|shard| &shard.slices).peekable();
    for (key, object) in objects {
        let mut end = 0;
        while let Some(slice) = slices.next_if(|slice| slice.key == key) {
            assert_eq!((slice.start, &slice.etag), (end, &object.etag), "{key}");
            assert_eq!(
                Some(slice.first_line),
                line_starting_at(&object.body, slice.start),
                "{key} at {}",
                slice.start
            );
            end = slice.end;
        }
        assert_eq!(end, object.body.len() as u64, "{key}");
    }
    assert_eq!(slices.next(), None);
    for (ordinal, shard) in shards.iter().enumerate() {
        assert_eq!(shard.ordinal, ordinal as u64);
        assert!(!shard.slices.is_empty() && shard.slices.len() <= 5);
        let is_long_line = shard.slices[0].key == "docs/one-long-line";
        // A cut comes at the first line start after the share, at most one line late.
        assert!(is_long_line || shard.bytes() <= 1100, "{} bytes", shard.bytes());
    }
}

/// The number of the line that starts at `at`, by the plainest rule.
fn line_starting_at(body: &[u8], at: u64) -> Option<u64> {
    let mut line = 0;
    let mut start = 0;
    while start < at as usize {
        let end = body[start..].iter().position(|&b| b == b'\n' || b == b'\r')? + start;
        let is_crlf = body[end..].starts_with(b"\r\n");
        start = end + if is_crlf { 2 } else { 1 };
        line += 1;
    }
    (start == at as usize).then_some(line)
}

#[tokio::test]
async fn a_lost_reply_or_a_broken_read_changes_nothing() {
    let (_, _, undisturbed) = plan(config(), |_| {}).await;
    let (world, id, disturbed) = plan(config(), |world| {
        world.store.knobs(|knobs| knobs.lose_replies = 3);
        world.objects.break_reads.store(4, Ordering::SeqCst);
        world.queue.fail_publishes.store(1, Ordering::SeqCst);
    })
    .await;
    assert_eq!(disturbed, undisturbed);
    let releases = world.store.releases(id);
    assert_eq!(releases.len(), 4, "{releases:?}");
    assert!(releases.iter().all(|release| matches!(release, Release::Fault { .. })));
}

#[tokio::test]
async fn every_try_keeps_what_it_has_cut() {
    let config = Config {
        batch_shards: 64,
        batch_every: Duration::from_secs(3600),
        ..config()
    };
    let (world, id, shards) = plan(config, |world| {
        // No read gets beyond its first chunk, which holds one cut.
        world.objects.break_reads.store(u32::MAX, Ordering::SeqCst);
        world.objects.chunk_size.store(1500, Ordering::SeqCst);
        world.store.knobs(|knobs| knobs.forget_faults = true);
        world
            .objects
            .put(INPUT, "docs/one-long-line", "a line of some length\n".repeat(5000 / 22));
    })
    .await;
    assert!(world.store.releases(id).len() > 10);
    assert_conserved(&world, &shards);
}

#[tokio::test]
async fn whole_files_are_never_cut_and_those_over_the_limit_weigh_nothing() {
    let world = World::new();
    for (key, size) in [("a", 500), ("b", 5000), ("c", 400), ("d", 5000), ("e", 200)] {
        world.objects.put(INPUT, key, "x\n".repeat(size / 2));
    }
    let id = world.submit("", FILES);
    let _running = world.run(config());
    world.planned(id).await;
    let packs: Vec<Vec<String>> = world
        .store
        .shards(id)
        .into_iter()
        .map(|planned| planned.shard.slices.into_iter().map(|slice| slice.key).collect())
        .collect();
    assert_eq!(packs, [vec!["a", "b", "c", "d"], vec!["e"]]);
    assert!(world.objects.reads.lock().unwrap().is_empty(), "nothing to look into");
}

/// What planning holds in memory does not grow with the number of files.
#[tokio::test]
async fn a_batch_has_so_many_files_at_most_however_many_the_job_has() {
    let world = World::new();
    for number in 0..12_500 {
        world.objects.put(INPUT, &format!("{number:05}"), "x");
    }
    let id = world.submit("", FILES);
    let defaults = Config::new("control-1");
    let _running = world.run(Config {
        shard_target: defaults.shard_target,
        shard_objects: defaults.shard_objects,
        batch_shards: defaults.batch_shards,
        lease_ttl: defaults.lease_ttl,
        ..config()
    });
    world.planned(id).await;
    assert_eq!(world.store.shards(id).len(), 13);
    assert_eq!(world.store.most_slices(id), 4_000);
}

#[tokio::test]
async fn a_stop_in_the_middle_closes_the_plan_as_it_stands() {
    let world = World::new();
    fill(&world);
    world.store.knobs(|knobs| knobs.stop_after_batches = Some(3));
    let id = world.submit("docs/", LINES);
    let _running = world.run(config());
    let job = world.ended(id).await;
    assert_eq!(job.state, JobState::Stopped);
    assert_eq!(world.store.batches(id), 3);
}

#[tokio::test]
async fn a_stop_before_planning_touches_no_object() {
    let world = World::new();
    fill(&world);
    let id = world.submit("docs/", LINES);
    assert_eq!(world.store.request_stop(id), StopOutcome::Requested);
    let _running = world.run(config());
    assert_eq!(world.ended(id).await.state, JobState::Stopped);
    assert_eq!(world.objects.calls.load(Ordering::SeqCst), 0);
    assert_eq!(world.store.shards(id).len(), 0);
}

async fn failure(prefix: &str, set: impl FnOnce(&World)) -> String {
    let world = World::new();
    fill(&world);
    set(&world);
    let id = world.submit(prefix, LINES);
    let _running = world.run(config());
    let job = world.ended(id).await;
    assert_eq!(job.state, JobState::Failed);
    job.message.unwrap()
}

#[tokio::test]
async fn jobs_that_cannot_succeed_fail_with_what_and_where() {
    let nothing = "INPUT_NOT_FOUND: No objects were found at the input location s3://input/";
    assert_eq!(failure("nothing/here", |_| {}).await, format!("{nothing}nothing/here."));
    let markers = |world: &World| world.objects.put(INPUT, "folders/a/", "");
    assert_eq!(failure("folders/", markers).await, format!("{nothing}folders/."));
    assert_eq!(
        failure("docs/", |world| {
            world.objects.read_denied.lock().unwrap().insert(INPUT.to_owned());
        })
        .await,
        "NO_READ_ACCESS_TO_INPUT: The provided data access role does not have proper access to the input data."
    );
    assert_eq!(
        failure("docs/", |world| world.objects.remove_bucket(INPUT)).await,
        "NO_READ_ACCESS_TO_INPUT: The bucket of the input location s3://input/docs/ does not exist."
    );
    assert_eq!(
        failure("docs/", |world| {
            world.objects.write_denied.lock().unwrap().insert(OUTPUT.to_owned());
        })
        .await,
        "NO_WRITE_ACCESS_TO_OUTPUT: The provided data access role does not have proper access to the output location \
         s3://output/results/output/."
    );
    assert_eq!(
        failure("docs/", |world| world.objects.remove_bucket(OUTPUT)).await,
        "NO_WRITE_ACCESS_TO_OUTPUT: The bucket of the output location s3://output/results/output/ does not exist."
    );
    assert_eq!(
        failure("docs/", |world| {
            *world.objects.change_on_read.lock().unwrap() = Some("docs/13/text".to_owned());
        })
        .await,
        "INPUT_CHANGED: The input object s3://input/docs/13/text changed while the job ran."
    );
}

#[tokio::test]
async fn trouble_that_does_not_pass_fails_the_job_in_the_end() {
    let world = World::new();
    fill(&world);
    world.objects.break_reads.store(u32::MAX, Ordering::SeqCst);
    let id = world.submit("docs/one-long-line", LINES);
    let _running = world.run(config());
    let job = world.ended(id).await;
    assert_eq!(world.store.releases(id).len(), 10);
    assert_eq!(
        job.message.as_deref(),
        Some("INPUT_UNAVAILABLE: The input at s3://input/docs/one-long-line could not be read after several tries.")
    );
}

#[tokio::test]
async fn a_message_is_given_back_while_the_database_is_away_and_dropped_when_there_is_nothing_to_do() {
    let world = World::new();
    fill(&world);
    world.store.knobs(|knobs| knobs.unavailable = 2);
    let id = world.submit("docs/", LINES);
    let _running = world.run(config());
    world.planned(id).await;
    assert_eq!(world.queue.requeued(), 2);
    assert_eq!(world.store.attempts(id), 1);
    let again = Ring {
        job: id,
        kind: world.store.job(id).kind,
        work: Work::Plan,
        rung: Timestamp(0),
        trace: Some("not a traceparent".to_owned()),
    };
    world.queue.deliver(again);
    eventually("the message to be taken", || world.queue.is_empty()).await;
    assert_eq!(world.work_to_the_end(id).await.state, JobState::Completed);
    // Planned once, finalised once.
    assert_eq!(world.store.attempts(id), 2);
}

#[tokio::test]
async fn shutdown_hands_planning_back_at_once_and_the_next_goes_on() {
    let (_, _, undisturbed) = plan(config(), |_| {}).await;
    let world = World::new();
    fill(&world);
    let id = world.submit("docs/", LINES);
    // The planner is stuck: the database takes no batch.
    world.store.knobs(|knobs| knobs.lose_replies = u32::MAX);
    let running = world.run(config());
    eventually("the first batch", || world.store.batches(id) == 1).await;
    running.end().await;
    assert_eq!(world.store.releases(id), [Release::Drained]);
    world.store.knobs(|knobs| knobs.lose_replies = 0);
    let _running = world.run(config());
    world.planned(id).await;
    let shards: Vec<_> = world
        .store
        .shards(id)
        .into_iter()
        .map(|planned| planned.shard)
        .collect();
    assert_eq!(shards, undisturbed);
}

#[tokio::test]
async fn work_that_takes_longer_than_a_lease_is_done_under_one() {
    let world = World::new();
    fill(&world);
    *world.objects.read_delay.lock().unwrap() = config().lease_ttl * 2;
    let id = world.submit("docs/one-long-line", LINES);
    let _running = world.run(config());
    world.planned(id).await;
    assert_eq!(world.store.attempts(id), 1);
}

#[tokio::test]
async fn a_planner_whose_lease_is_taken_or_runs_out_in_silence_drops_the_work() {
    for renewals in [Renewals::Refused, Renewals::Unanswered] {
        let world = World::new();
        fill(&world);
        world.store.knobs(|knobs| knobs.renewals = renewals);
        *world.objects.hang_reads.lock().unwrap() = Some("docs/one-long-line".to_owned());
        let stuck = world.submit("docs/one-long-line", LINES);
        let _running = world.run(Config { slots: 1, ..config() });
        eventually("the first job to be begun", || world.store.attempts(stuck) == 1).await;
        // There is one slot: the second job's turn comes once the first is dropped.
        let next = world.submit("docs/empty", LINES);
        world.planned(next).await;
        assert!(world.store.releases(stuck).is_empty(), "it was another's to release");
        assert_eq!(world.store.job(stuck).state, JobState::Submitted);
    }
}
