//! Ports in memory, with knobs for trouble, and a world to run a control plane in.

// Each test binary uses a part of this.
#![allow(dead_code)]

pub mod models;
pub mod objects;
pub mod queue;
pub mod store;

use std::sync::Arc;
use std::time::Duration;

use construe_control_plane::{Config, ControlPlane};
use construe_jobs::{
    ArtifactPlace, InputFormat, Job, JobId, JobKind, JobSpec, JobState, Location, OutputLayout, Progress, Timestamp,
};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use models::FakeModels;
use objects::FakeObjects;
use queue::FakeQueue;
use store::FakeStore;

pub const INPUT: &str = "input";
pub const OUTPUT: &str = "output";
const PATIENCE: Duration = Duration::from_secs(30);

/// The ports, and a way to run control planes on them.
#[derive(Clone, Default)]
pub struct World {
    pub store: Arc<FakeStore>,
    pub models: Arc<FakeModels>,
    pub queue: Arc<FakeQueue>,
    pub objects: Arc<FakeObjects>,
}

/// Ends the control plane when dropped.
pub struct Running {
    shutdown: CancellationToken,
    task: Option<JoinHandle<()>>,
}

impl Running {
    /// Ends the control plane in order.
    pub async fn end(mut self) {
        self.shutdown.cancel();
        if let Some(task) = self.task.take() {
            task.await.unwrap();
        }
    }
}

impl Running {
    /// Ends the control plane as a kill does: at once, whatever it is at.
    pub async fn kill(mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            let _ = task.await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// Small and quick settings: shards of 1,000 bytes, batches of one shard.
pub fn config() -> Config {
    Config {
        shard_target: 1000,
        shard_objects: 5,
        batch_shards: 1,
        lease_ttl: Duration::from_millis(600),
        relay_poll: Duration::from_millis(5),
        sweep_every: Duration::from_millis(20),
        clean_every: Duration::from_secs(3600),
        watch_every: Duration::from_millis(5),
        watch_heartbeat: Duration::from_millis(200),
        drain_grace: Duration::from_millis(500),
        ..Config::new("control-1")
    }
}

impl World {
    pub fn new() -> Self {
        let world = Self::default();
        world.objects.make_bucket(INPUT);
        world.objects.make_bucket(OUTPUT);
        world
    }

    pub fn plane(&self, config: Config) -> ControlPlane {
        ControlPlane::new(
            config,
            self.store.clone(),
            self.models.clone(),
            self.queue.clone(),
            self.objects.clone(),
        )
    }

    pub fn run(&self, config: Config) -> Running {
        let shutdown = CancellationToken::new();
        Running {
            shutdown: shutdown.clone(),
            task: Some(tokio::spawn(self.plane(config).run(shutdown))),
        }
    }

    /// Submits a job for the input keys that begin with `prefix`.
    pub fn submit(&self, prefix: &str, format: InputFormat) -> JobId {
        let job = job(prefix, format);
        let id = job.id;
        self.store.submit(job);
        id
    }

    /// Submits a job whose results go into an archive.
    pub fn submit_archive(&self, prefix: &str, format: InputFormat) -> JobId {
        let mut job = job(prefix, format);
        let id = job.id;
        job.spec.layout = OutputLayout::Archive {
            name: "output.tar.gz".to_owned(),
            member: "output".to_owned(),
        };
        self.store.submit(job);
        id
    }

    /// Submits a job that makes one thing.
    pub fn submit_artifact(&self, place: ArtifactPlace, archive: Option<&str>) -> JobId {
        let mut job = job("in/", InputFormat::OneDocPerLine);
        let id = job.id;
        job.kind = JobKind::ClassifierTraining;
        job.spec.layout = OutputLayout::Artifact {
            place,
            archive: archive.map(str::to_owned),
        };
        self.store.submit(job);
        id
    }

    /// Submits a job that lists what became of its input objects.
    pub fn submit_batch(&self, prefix: &str) -> JobId {
        let mut job = job(prefix, InputFormat::OneDocPerFile);
        let id = job.id;
        job.spec.layout = OutputLayout::Batch {
            job_type: "PHIDetection".to_owned(),
        };
        self.store.submit(job);
        id
    }

    /// Waits until the plan of the job is closed.
    pub async fn planned(&self, id: JobId) {
        eventually("the plan to be closed", || self.store.job(id).progress.planned).await;
    }

    /// Waits until the job has ended.
    pub async fn ended(&self, id: JobId) -> Job {
        eventually("the job to end", || self.store.job(id).state.is_terminal()).await;
        self.store.job(id)
    }

    /// Runs the job to its end, with the stand-in for a worker whenever shards are pending.
    pub async fn work_to_the_end(&self, id: JobId) -> Job {
        eventually("the job to end", || {
            self.store.work(id, &self.objects);
            self.store.job(id).state.is_terminal()
        })
        .await;
        self.store.job(id)
    }
}

pub fn job(prefix: &str, format: InputFormat) -> Job {
    Job {
        id: JobId::new(),
        account: "123456789012".to_owned(),
        region: "us-east-1".to_owned(),
        kind: JobKind::PiiEntitiesDetection,
        name: None,
        state: JobState::Submitted,
        request: serde_json::Value::Null,
        spec: JobSpec {
            input: Location::new(INPUT, prefix),
            format,
            output: Location::new(OUTPUT, "results/output/"),
            layout: OutputLayout::PerObject,
            role_arn: "arn:aws:iam::123456789012:role/r".to_owned(),
            document_limit: 600,
            kms_key_id: None,
            analysis: serde_json::Value::Null,
        },
        submit_time: Timestamp(1_000_000),
        start_time: None,
        end_time: None,
        message: None,
        result: None,
        progress: Progress::default(),
        trace: None,
    }
}

/// Waits for a condition, with a deadline.
pub async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "waited too long for {what}");
        sleep(Duration::from_millis(2)).await;
    }
}
