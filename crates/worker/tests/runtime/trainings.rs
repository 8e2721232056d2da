//! Jobs that make one thing: results, endings, trouble.

use std::io::{Read, Write};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use construe_jobs::{
    ArtifactPlace, InputFormat, Job, JobState, LeaseToken, Location, ObjectErrorKind, OutputLayout, Release, WorkerKind,
};
use construe_worker::{
    Analyzer, AnalyzerError, PrepareError, Report, Session, Trained, Trainer, TrainerError, TrainingData, Watch,
};
use sha2::{Digest, Sha256};

use crate::bench::{Bench, until};
use crate::fakes::{FakeObjects, INPUT_BUCKET, ReadFault, Row};

const FIRST: &str = "data/a.csv";
const SECOND: &str = "data/b.csv";

type Work = dyn Fn(&dyn TrainingData, &dyn Watch, &mut dyn Write) -> Result<Trained, TrainerError> + Send + Sync;

/// Does what the test says, in place of training.
struct Maker {
    work: Arc<Work>,
    /// Answers of `prepare`, before those that succeed.
    prepared: Mutex<Vec<PrepareError>>,
}

impl Maker {
    fn new(
        work: impl Fn(&dyn TrainingData, &dyn Watch, &mut dyn Write) -> Result<Trained, TrainerError>
        + Send
        + Sync
        + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            work: Arc::new(work),
            prepared: Mutex::default(),
        })
    }
}

impl Analyzer for Maker {
    type Prepared = ();

    fn kind(&self) -> WorkerKind {
        WorkerKind::Entities
    }

    async fn prepare(&self, _: &Job) -> Result<(), PrepareError> {
        self.prepared.lock().unwrap().pop().map_or(Ok(()), Err)
    }

    fn session(&self, _: &Job, (): &()) -> Result<Box<dyn Session>, AnalyzerError> {
        Err(AnalyzerError::wrong_kind())
    }

    fn trainer(&self, _: &Job, (): &()) -> Result<Box<dyn Trainer>, AnalyzerError> {
        Ok(Box::new(Making(self.work.clone())))
    }
}

struct Making(Arc<Work>);

impl Trainer for Making {
    fn train(
        &mut self,
        data: &dyn TrainingData,
        watch: &dyn Watch,
        artifact: &mut dyn Write,
    ) -> Result<Trained, TrainerError> {
        (self.0)(data, watch, artifact)
    }
}

fn bench() -> Bench {
    bench_with([(FIRST, "first"), (SECOND, "second"), ("data/folder/", "")])
}

fn bench_with<const N: usize>(input: [(&str, &str); N]) -> Bench {
    let input = input.map(|(key, content)| (key.to_owned(), content.as_bytes().to_vec()));
    let bench = Bench::new(InputFormat::OneDocPerLine, FakeObjects::new(input, 2), vec![Vec::new()]);
    bench.store.state().job.spec.layout = OutputLayout::Artifact {
        place: ArtifactPlace::Work {
            prefix: "models/".to_owned(),
        },
        archive: None,
    };
    bench
}

fn place() -> Location {
    Location::new(INPUT_BUCKET, "data/")
}

/// All of the data, once.
fn read_all(data: &dyn TrainingData) -> Result<String, TrainerError> {
    let mut text = String::new();
    for object in data.objects(&place())?.iter() {
        data.open(object)?.read_to_string(&mut text)?;
        text.push('|');
    }
    Ok(text)
}

fn trained() -> Trained {
    Trained {
        report: Report::of(&serde_json::json!({ "labels": 2 })).unwrap(),
        documents: 2,
        input_bytes: 11,
        ..Trained::default()
    }
}

/// Goes on until it is told to end.
fn endless(_: &dyn TrainingData, watch: &dyn Watch, _: &mut dyn Write) -> Result<Trained, TrainerError> {
    while watch.report(500).is_continue() {
        std::thread::yield_now();
    }
    Err(TrainerError::Interrupted)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn artifact_archive_and_report_are_sections_of_the_part() {
    let bench = bench();
    let running = bench
        .start_with(Maker::new(|data, _, artifact| {
            // As often as it likes.
            assert_eq!(read_all(data)?, "first|second|");
            write!(artifact, "{}", read_all(data)?)?;
            Ok(Trained {
                archive: b"archive".to_vec(),
                ..trained()
            })
        }))
        .await;
    bench.until_done().await;
    running.shut_down().await;
    let part = bench.part(0);
    let bytes = bench.composed();
    assert_eq!(part.digest, hex::encode(Sha256::digest(&bytes)));
    assert_eq!((part.size, part.cut), (bytes.len() as u64, false));
    assert_eq!((part.documents, part.input_bytes), (2, 11));
    let (artifact, rest) = bytes.split_at(part.lengths[0] as usize);
    let (archive, report) = rest.split_at(part.lengths[1] as usize);
    assert_eq!((artifact, archive), (&b"first|second|"[..], &b"archive"[..]));
    assert_eq!(part.lengths, [13, 7, report.len() as u64]);
    let report: serde_json::Value = serde_json::from_slice(report).unwrap();
    let digest = hex::encode(Sha256::digest(artifact));
    assert_eq!(report, serde_json::json!({ "labels": 2, "digest": digest, "size": 13 }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn progress_is_told_and_a_stop_leaves_a_cut_part() {
    let bench = bench();
    let running = bench
        .start_with(Maker::new(|data, watch, artifact| {
            artifact.write_all(b"half of it")?;
            endless(data, watch, artifact)
        }))
        .await;
    bench
        .until("progress is stored", |state| state.rows[0].per_mille == 500)
        .await;
    bench.store.state().job.state = JobState::StopRequested;
    bench.until_done().await;
    running.shut_down().await;
    assert!(bench.part(0).cut);
    assert_eq!(bench.part(0).documents, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_does_not_wait_for_data_that_do_not_come() {
    let bench = bench();
    bench.objects.fault(FIRST, [ReadFault::Hangs(3)]);
    let running = bench
        .start_with(Maker::new(|data, _, _| read_all(data).map(|_| trained())))
        .await;
    until("reading has begun", || !bench.objects.reads().is_empty()).await;
    bench.store.state().job.state = JobState::StopRequested;
    bench.until_done().await;
    running.shut_down().await;
    assert!(bench.part(0).cut);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_finished_before_a_stop_reached_it_counts() {
    let bench = bench();
    let running = bench
        .start_with(Maker::new(|_, watch, _| {
            while watch.report(999).is_continue() {
                std::thread::yield_now();
            }
            Ok(trained())
        }))
        .await;
    bench
        .until("it is at work", |state| state.rows[0].per_mille == 999)
        .await;
    bench.store.state().job.state = JobState::StopRequested;
    bench.until_done().await;
    running.shut_down().await;
    assert!(!bench.part(0).cut);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_lease_ends_the_work_without_a_trace() {
    let bench = bench();
    let running = bench.start_with(Maker::new(endless)).await;
    bench
        .until("it is at work", |state| state.rows[0].per_mille == 500)
        .await;
    let others = LeaseToken::new();
    bench.store.state().rows[0].token = Some(others);
    running.shut_down().await;
    let state = bench.store.state();
    assert_eq!(state.rows[0].token, Some(others));
    assert!(state.rows[0].part.is_none() && state.rows[0].releases.is_empty());
    assert!(bench.objects.parts().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_gives_the_work_back_after_the_grace() {
    let mut bench = bench();
    bench.config.drain_grace = std::time::Duration::from_millis(10);
    let running = bench.start_with(Maker::new(endless)).await;
    bench
        .until("it is at work", |state| state.rows[0].per_mille == 500)
        .await;
    running.shut_down().await;
    let state = bench.store.state();
    assert_eq!(state.rows[0].releases, [Release::Drained]);
    assert!(state.rows[0].part.is_none() && bench.objects.parts().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_and_panics_fail_the_job() {
    let refusals: [(Arc<Maker>, &str); 4] = [
        (
            Maker::new(|_, _, _| Err(TrainerError::refused("TOO_FEW_CLASSES", "There is one class."))),
            "TOO_FEW_CLASSES: There is one class.",
        ),
        (
            Maker::new(|_, _, _| panic!("cannot make sense of it")),
            "INTERNAL_ERROR: The analysis could not be run.",
        ),
        (
            Maker::new(|data, _, _| data.objects(&Location::new(INPUT_BUCKET, "else/")).map(|_| trained())),
            "INPUT_NOT_FOUND: No objects were found at the input location s3://input/else/.",
        ),
        (
            Maker::new(|data, _, _| data.objects(&Location::new("nowhere", "")).map(|_| trained())),
            "INPUT_NOT_FOUND: The bucket nowhere does not exist.",
        ),
    ];
    for (maker, message) in refusals {
        let bench = bench();
        let running = bench.start_with(maker).await;
        assert_eq!(bench.failure().await, message);
        running.shut_down().await;
        assert!(bench.objects.parts().is_empty(), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_objects_than_can_be_remembered_are_refused() {
    for (most, refused) in [
        (3, None),
        (
            2,
            Some(
                "TOO_MANY_OBJECTS: A training can read 2 objects; with those at s3://input/data/b.csv there are more.",
            ),
        ),
        (
            1,
            Some("TOO_MANY_OBJECTS: A training can read 1 objects; with those at s3://input/data/ there are more."),
        ),
    ] {
        let mut bench = bench();
        bench.config.training_objects = most;
        let running = bench
            .start_with(Maker::new(|data, _, _| {
                data.objects(&place())?;
                // What is known already does not count again.
                data.objects(&place())?;
                data.objects(&Location::new(INPUT_BUCKET, SECOND)).map(|_| trained())
            }))
            .await;
        match refused {
            Some(message) => assert_eq!(bench.failure().await, message),
            None => bench.until_done().await,
        }
        running.shut_down().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_whose_key_begins_others_is_found_without_them() {
    let mut bench = bench_with([("data/1", "one"), ("data/10", "ten"), ("data/100", "hundred")]);
    bench.config.training_objects = 2;
    let running = bench
        .start_with(Maker::new(|data, _, _| {
            let place = |key: &str| Location::new(INPUT_BUCKET, key);
            for _ in 0..2 {
                assert_eq!(data.object(&place("data/1"))?.size, 3);
            }
            let missing = data.object(&place("data/2")).unwrap_err();
            assert_eq!(
                missing.to_string(),
                "INPUT_NOT_FOUND: s3://input/data/2 does not exist."
            );
            assert!(data.object(&place("data/")).is_err(), "no object has just this key");
            assert_eq!(data.object(&place("data/10"))?.location, place("data/10"));
            data.object(&place("data/100")).map(|_| trained())
        }))
        .await;
    assert_eq!(
        bench.failure().await,
        "TOO_MANY_OBJECTS: A training can read 2 objects; with those at s3://input/data/100 there are more."
    );
    running.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_that_change_between_two_passes_fail_the_job() {
    let bench = bench();
    let objects = bench.objects.clone();
    let running = bench
        .start_with(Maker::new(move |data, _, _| {
            read_all(data)?;
            objects.fault(SECOND, [ReadFault::Refused(ObjectErrorKind::Changed)]);
            read_all(data).map(|_| trained())
        }))
        .await;
    assert_eq!(
        bench.failure().await,
        "INPUT_CHANGED: s3://input/data/b.csv changed while the job ran."
    );
    running.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_read_goes_on_where_it_broke() {
    let bench = bench();
    let faults = [
        ReadFault::Breaks(2),
        ReadFault::EndsEarly(1),
        ReadFault::Refused(ObjectErrorKind::Unavailable),
    ];
    bench.objects.fault(FIRST, faults);
    let running = bench
        .start_with(Maker::new(|data, _, _| {
            assert_eq!(read_all(data)?, "first|second|");
            Ok(trained())
        }))
        .await;
    bench.until_done().await;
    running.shut_down().await;
    assert_eq!(bench.store.state().rows[0].attempt, 1);
    assert_eq!(bench.objects.reads(), [FIRST, FIRST, FIRST, FIRST, SECOND]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passing_trouble_gives_the_work_back_to_be_tried_again() {
    let unavailable = || ReadFault::Refused(ObjectErrorKind::Unavailable);
    let bench = bench();
    bench.objects.fault(FIRST, std::iter::repeat_with(unavailable).take(5));
    bench.objects.fail_writes(1);
    let times = Arc::new(AtomicU32::new(0));
    let maker = Maker::new({
        let times = times.clone();
        move |data, watch, artifact| {
            times.fetch_add(1, Ordering::SeqCst);
            let text = read_all(data)?;
            while times.load(Ordering::SeqCst) == 2 && artifact.write_all(text.as_bytes()).is_ok() {
                // Until the upload says that it failed.
                assert_eq!(watch.report(1), ControlFlow::Continue(()));
            }
            Ok(trained())
        }
    });
    maker
        .prepared
        .lock()
        .unwrap()
        .push(PrepareError::Passing("MODEL_UNAVAILABLE: Not now.".to_owned()));
    // Each attempt by a message of its own, as the store would send it.
    let running = bench.start_with(maker).await;
    for releases in 1..=3 {
        bench
            .until("it is given back", |state| state.rows[0].releases.len() == releases)
            .await;
        bench.ring().await;
    }
    bench.until_done().await;
    running.shut_down().await;
    assert_eq!(times.load(Ordering::SeqCst), 3);
    let state = bench.store.state();
    assert!(
        state.rows[0]
            .releases
            .iter()
            .all(|release| matches!(release, Release::Fault { .. }))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_whose_model_is_gone_fails() {
    let bench = bench();
    let maker = Maker::new(|_, _, _| Ok(trained()));
    maker
        .prepared
        .lock()
        .unwrap()
        .push(PrepareError::Failed("MODEL_NOT_FOUND: It is gone.".to_owned()));
    let running = bench.start_with(maker).await;
    assert_eq!(bench.failure().await, "MODEL_NOT_FOUND: It is gone.");
    running.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_are_made_at_a_time_than_allowed() {
    let mut bench = bench();
    bench.config.slots = 4;
    bench.config.trainings = 1;
    bench.store.state().rows = (0..4).map(|_| Row::default()).collect();
    let at_once = Arc::new(AtomicU32::new(0));
    let running = bench
        .start_with(Maker::new({
            let at_once = at_once.clone();
            move |data, watch, _| {
                let others = at_once.fetch_add(1, Ordering::SeqCst);
                assert_eq!(others, 0);
                for _ in 0..50 {
                    read_all(data)?;
                    assert!(watch.report(1).is_continue());
                }
                at_once.fetch_sub(1, Ordering::SeqCst);
                Ok(trained())
            }
        }))
        .await;
    bench.until_done().await;
    running.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_others_still_obeys() {
    let mut bench = bench();
    bench.config.trainings = 1;
    bench.store.state().rows = vec![Row::default(), Row::default()];
    let running = bench.start_with(Maker::new(endless)).await;
    bench.until("both are leased", |state| state.leases == 2).await;
    bench.store.state().job.state = JobState::StopRequested;
    bench.until_done().await;
    running.shut_down().await;
    assert!(bench.part(0).cut && bench.part(1).cut);
}
