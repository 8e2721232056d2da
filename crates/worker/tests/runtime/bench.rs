//! A worker between fakes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use construe_jobs::*;
use construe_queue::MemoryQueue;
use construe_worker::{Analyzer, Worker, WorkerConfig, WorkerError};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::engine::Engine;
use crate::fakes::{FakeObjects, FakeStore, INPUT_BUCKET, State};

pub const PATIENCE: Duration = Duration::from_secs(20);
pub const LIMIT: u64 = 1000;

pub struct Bench {
    pub store: Arc<FakeStore>,
    pub objects: Arc<FakeObjects>,
    pub queue: MemoryQueue,
    pub engine: Arc<Engine>,
    pub config: WorkerConfig,
}

pub struct Running {
    pub shutdown: CancellationToken,
    pub ready: Arc<AtomicBool>,
    /// How often the worker said that a shard had ended.
    pub woken: Arc<AtomicU32>,
    pub worker: JoinHandle<Result<(), WorkerError>>,
}

impl Running {
    pub async fn shut_down(self) {
        self.shutdown.cancel();
        self.gone().await;
    }

    pub async fn gone(self) {
        tokio::time::timeout(PATIENCE, self.worker)
            .await
            .expect("the worker does not leave")
            .unwrap()
            .unwrap();
        assert!(!self.ready.load(Ordering::SeqCst));
    }
}

/// A slice of the whole object.
pub fn whole(objects: &FakeObjects, key: &str) -> Slice {
    part_of(key, 0..objects.input[key].len() as u64, 0)
}

pub fn part_of(key: &str, range: std::ops::Range<u64>, first_line: u64) -> Slice {
    Slice {
        key: key.to_owned(),
        etag: FakeObjects::etag(key),
        start: range.start,
        end: range.end,
        first_line,
    }
}

impl Bench {
    pub fn new(format: InputFormat, objects: FakeObjects, shards: Vec<Vec<Slice>>) -> Self {
        let job = Job {
            id: JobId::new(),
            account: "123456789012".to_owned(),
            region: "eu-west-1".to_owned(),
            kind: JobKind::PiiEntitiesDetection,
            name: None,
            state: JobState::InProgress,
            request: serde_json::Value::Null,
            spec: JobSpec {
                input: Location::new(INPUT_BUCKET, ""),
                format,
                output: Location::new("output", "job/"),
                layout: OutputLayout::PerObject,
                role_arn: "arn:role".to_owned(),
                document_limit: LIMIT,
                kms_key_id: None,
                analysis: serde_json::json!({ "engine": "test" }),
            },
            submit_time: Timestamp(0),
            start_time: None,
            end_time: None,
            message: None,
            result: None,
            progress: Progress::default(),
            trace: None,
        };
        let mut config = WorkerConfig::new("worker-1", "host", "0");
        config.slots = 2;
        config.lease_ttl = Duration::from_secs(10);
        config.renew_every = Duration::from_millis(20);
        config.report_every = Duration::from_millis(20);
        config.first_pause = Duration::from_millis(1);
        config.longest_pause = Duration::from_millis(5);
        Self {
            store: Arc::new(FakeStore::new(job, shards)),
            objects: Arc::new(objects),
            queue: MemoryQueue::new(),
            engine: Arc::default(),
            config,
        }
    }

    /// One line-format object, whole, as one shard.
    pub fn one(content: impl Into<Vec<u8>>) -> Self {
        let objects = FakeObjects::new([("in/a.txt".to_owned(), content.into())], 1 << 16);
        let shards = vec![vec![whole(&objects, "in/a.txt")]];
        Self::new(InputFormat::OneDocPerLine, objects, shards)
    }

    pub async fn ring(&self) {
        let (job, count) = {
            let state = self.store.state();
            (state.job.id, state.rows.len() as u64)
        };
        let rings: Vec<_> = (0..count)
            .map(|ordinal| Ring {
                job,
                kind: JobKind::PiiEntitiesDetection,
                work: Work::Shard { ordinal },
                rung: Timestamp(0),
                trace: None,
            })
            .collect();
        self.queue.publish(&rings).await.unwrap();
    }

    /// Starts a worker and rings for every shard.
    pub async fn start(&self) -> Running {
        self.start_with(self.engine.clone()).await
    }

    pub async fn start_with(&self, analyzer: Arc<impl Analyzer>) -> Running {
        self.ring().await;
        let shutdown = CancellationToken::new();
        let ready = Arc::new(AtomicBool::new(false));
        let woken = Arc::new(AtomicU32::new(0));
        let worker = Worker::new(
            self.config.clone(),
            self.store.clone(),
            Arc::new(self.queue.clone()),
            self.objects.clone(),
            analyzer,
        )
        .on_readiness({
            let ready = ready.clone();
            move |is_ready| ready.store(is_ready, Ordering::SeqCst)
        });
        let worker = worker.with_wake({
            let woken = woken.clone();
            move || {
                woken.fetch_add(1, Ordering::SeqCst);
            }
        });
        let worker = tokio::spawn(worker.run(shutdown.clone()));
        until("the worker is ready", || ready.load(Ordering::SeqCst)).await;
        Running {
            shutdown,
            ready,
            woken,
            worker,
        }
    }

    pub async fn until(&self, what: &str, condition: impl Fn(&State) -> bool) {
        until(what, || condition(&self.store.state())).await;
    }

    pub async fn until_done(&self) {
        self.until("every shard is done", |state| {
            state.rows.iter().all(|row| row.part.is_some())
        })
        .await;
    }

    /// Runs to the end, and gives what the parts compose to.
    pub async fn complete(&self) -> Vec<u8> {
        let running = self.start().await;
        self.until_done().await;
        running.shut_down().await;
        self.composed()
    }

    /// The committed parts in order.
    pub fn composed(&self) -> Vec<u8> {
        let parts = self.objects.parts();
        let state = self.store.state();
        state
            .rows
            .iter()
            .flat_map(|row| parts[&row.part.as_ref().unwrap().key].clone())
            .collect()
    }

    pub fn part(&self, ordinal: usize) -> Part {
        self.store.state().rows[ordinal]
            .part
            .clone()
            .expect("the shard is not done")
    }

    /// Waits for the job to fail.
    pub async fn failure(&self) -> String {
        self.until("the job fails", |state| state.job.message.is_some()).await;
        self.store.state().job.message.clone().unwrap()
    }
}

pub async fn until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
