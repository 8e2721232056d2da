//! The worker as a whole: taking shards, reporting, leaving.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime};

use construe_jobs::{
    Consumer, Delivery, JobStore, LeasedShard, ObjectStore, QueueError, QueueName, Ring, Work, WorkQueue, WorkerOrder,
    WorkerStatus,
};
use construe_telemetry::metrics::ShardOutcome;
use construe_telemetry::{attributes, context, metrics, panics};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::{Instrument, Span};

use crate::analyzer::Analyzer;
use crate::config::WorkerConfig;
use crate::shard::Context;

/// Deliveries held without a slot to do them keep others from doing them, so only one is asked for.
const PREFETCH: u16 = 1;
/// How long the farewell to the store may take.
const FAREWELL: Duration = Duration::from_secs(3);

#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    #[error("a worker could not begin to consume")]
    Queue(#[source] QueueError),
}

/// Takes shards from the queue of its kind and does them.
pub struct Worker<A> {
    context: Context<A>,
    queue: Arc<dyn WorkQueue>,
    on_readiness: Box<dyn Fn(bool) + Send + Sync>,
}

struct Shared<A> {
    context: Context<A>,
    queue: Arc<dyn WorkQueue>,
    /// Cancelled when no new shard is to be taken.
    drain: CancellationToken,
    busy: AtomicU32,
    /// Failures of the store in a row, for growing pauses.
    store_failures: AtomicU32,
}

impl<A: Analyzer> Worker<A> {
    /// Replaces the process's panic hook, so that panics of the engine cannot quote documents.
    pub fn new(
        config: WorkerConfig,
        store: Arc<dyn JobStore>,
        queue: Arc<dyn WorkQueue>,
        objects: Arc<dyn ObjectStore>,
        analyzer: Arc<A>,
    ) -> Self {
        panics::install_hook();
        Self {
            context: Context {
                trainings: Arc::new(Semaphore::new(config.trainings.max(1))),
                config,
                store,
                objects,
                analyzer,
                release: CancellationToken::new(),
                wake: Box::new(|| {}),
            },
            queue,
            on_readiness: Box::new(|_| {}),
        }
    }

    /// Has `wake` called whenever the end of a shard has been stored, for a relay in the same process
    /// that would otherwise find the next message at its next poll.
    pub fn with_wake(mut self, wake: impl Fn() + Send + Sync + 'static) -> Self {
        self.context.wake = Box::new(wake);
        self
    }

    /// Has `callback` told when the worker begins to take shards, and when it stops to.
    pub fn on_readiness(mut self, callback: impl Fn(bool) + Send + Sync + 'static) -> Self {
        self.on_readiness = Box::new(callback);
        self
    }

    /// Works until `shutdown` is cancelled or the store orders the worker to drain. Then it takes no
    /// more shards, finishes those that fit the grace, gives the others back, and returns.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), WorkerError> {
        let Self {
            context,
            queue,
            on_readiness,
        } = self;
        let shared = Arc::new(Shared {
            context,
            queue,
            drain: CancellationToken::new(),
            busy: AtomicU32::new(0),
            store_failures: AtomicU32::new(0),
        });
        let mut consumer = shared
            .queue
            .consume(shared.queue_name(), PREFETCH)
            .await
            .map_err(WorkerError::Queue)?;
        let reporting = AbortOnDropHandle::new(tokio::spawn(report(shared.clone())));
        let forwarding = AbortOnDropHandle::new(tokio::spawn({
            let drain = shared.drain.clone();
            async move {
                shutdown.cancelled().await;
                drain.cancel();
            }
        }));
        on_readiness(true);
        tracing::info!(slots = shared.slots(), kind = %shared.context.analyzer.kind(), "worker ready");
        let mut shards = take_shards(&shared, &mut consumer).await;
        on_readiness(false);
        tracing::info!(busy = shared.busy.load(Ordering::Relaxed), "worker draining");
        consumer.cancel().await;
        finish(&shared, &mut shards).await;
        drop((reporting, forwarding));
        shared.farewell().await;
        tracing::info!("worker gone");
        Ok(())
    }
}

impl<A: Analyzer> Shared<A> {
    fn slots(&self) -> usize {
        self.context.config.slots.max(1)
    }

    fn queue_name(&self) -> QueueName {
        QueueName::Worker(self.context.analyzer.kind())
    }

    fn status(&self) -> WorkerStatus {
        let config = &self.context.config;
        WorkerStatus {
            id: config.id.clone(),
            kind: self.context.analyzer.kind(),
            host: config.host.clone(),
            version: config.version.clone(),
            slots: u32::try_from(self.slots()).unwrap_or(u32::MAX),
            busy: self.busy.load(Ordering::Relaxed),
            draining: self.drain.is_cancelled(),
        }
    }

    async fn farewell(&self) {
        let leaving = self.context.store.remove_worker(&self.context.config.id);
        if !matches!(tokio::time::timeout(FAREWELL, leaving).await, Ok(Ok(()))) {
            tracing::warn!("the worker could not be signed off, it will be forgotten in time");
        }
    }
}

/// Takes shards, one for each free slot, until it is time to drain.
async fn take_shards<A: Analyzer>(shared: &Arc<Shared<A>>, consumer: &mut Box<dyn Consumer>) -> JoinSet<()> {
    let slots = Arc::new(Semaphore::new(shared.slots()));
    let mut shards = JoinSet::new();
    loop {
        // The slot first: a message must not wait here while another worker is idle.
        let Some(slot) = unless_draining(shared, slots.clone().acquire_owned())
            .await
            .and_then(Result::ok)
        else {
            return shards;
        };
        let Some(delivery) = unless_draining(shared, consumer.next()).await else {
            return shards;
        };
        while let Some(ended) = shards.try_join_next() {
            log_panic(ended);
        }
        shards.spawn(handle(shared.clone(), delivery, slot));
    }
}

async fn unless_draining<A, T>(shared: &Shared<A>, wait: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        () = shared.drain.cancelled() => None,
        result = wait => Some(result),
    }
}

fn log_panic(ended: Result<(), tokio::task::JoinError>) {
    if ended.is_err_and(|error| error.is_panic()) {
        // A bug. The lease runs out and the shard is done again.
        tracing::error!("working on a shard panicked");
    }
}

/// Sees the shards to their end: within the grace as usual, then by giving them back.
async fn finish<A: Analyzer>(shared: &Shared<A>, shards: &mut JoinSet<()>) {
    let config = &shared.context.config;
    let all = async |shards: &mut JoinSet<()>| {
        while let Some(ended) = shards.join_next().await {
            log_panic(ended);
        }
    };
    if tokio::time::timeout(config.drain_grace, all(shards)).await.is_ok() {
        return;
    }
    tracing::info!(
        shards = shards.len(),
        "the grace is over, unfinished shards are given back"
    );
    shared.context.release.cancel();
    // Giving back waits for the document in hand, and for the store; the lease bounds it in any case.
    if tokio::time::timeout(config.lease_ttl, all(shards)).await.is_err() {
        tracing::warn!(shards = shards.len(), "shards are abandoned, their leases run out");
        shards.shutdown().await;
    }
}

/// One delivery, in its slot: lease, acknowledge, work.
async fn handle<A: Analyzer>(shared: Arc<Shared<A>>, delivery: Delivery, _slot: OwnedSemaphorePermit) {
    let received = Instant::now();
    let system = shared.queue.system();
    let destination = shared.queue_name().as_str();
    let Delivery { ring, settle, .. } = delivery;
    if let Some(wait) = waited(&ring) {
        metrics::queue_wait(system, destination, wait);
    }
    let Work::Shard { ordinal } = ring.work else {
        tracing::warn!(work = ?ring.work, "a message for the control plane came to a worker");
        settle.ack().await;
        return;
    };
    let config = &shared.context.config;
    let leasing = shared
        .context
        .store
        .lease_shard(ring.job, ordinal, &config.id, config.lease_ttl);
    match leasing.await {
        Ok(leased) => {
            shared.store_failures.store(0, Ordering::Relaxed);
            // Leased: the row guarantees another try. Refused: done, held by another, or over.
            settle.ack().await;
            metrics::message_processed(system, destination, None, received.elapsed());
            if let Some(shard) = leased {
                work(&shared, shard, &ring).await;
            }
        }
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "a shard could not be leased");
            settle.requeue().await;
            metrics::message_processed(system, destination, Some("store"), received.elapsed());
            let failures = shared.store_failures.fetch_add(1, Ordering::Relaxed);
            // The slot stays taken meanwhile, and so nothing is consumed for it.
            unless_draining(&shared, tokio::time::sleep(config.pause_after(failures))).await;
        }
    }
}

/// Time since the ring was written; `None` where the clocks of database and worker disagree too much to tell.
fn waited(ring: &Ring) -> Option<Duration> {
    let rung = SystemTime::UNIX_EPOCH.checked_add(Duration::from_micros(u64::try_from(ring.rung.0).ok()?))?;
    SystemTime::now().duration_since(rung).ok()
}

async fn work<A: Analyzer>(shared: &Shared<A>, shard: LeasedShard, ring: &Ring) {
    let span = span(shared, &shard);
    if let Some(trace) = &ring.trace {
        context::link_from(&span, trace);
    }
    let _busy = Busy::count(&shared.busy);
    async {
        let outcome = shared.context.work(shard).await;
        let span = Span::current();
        span.record(attributes::SHARD_OUTCOME, outcome.as_str());
        if outcome == ShardOutcome::Failed {
            span.record(attributes::OTEL_STATUS_CODE, "error");
        }
    }
    .instrument(span)
    .await;
}

fn span<A: Analyzer>(shared: &Shared<A>, shard: &LeasedShard) -> Span {
    tracing::info_span!(
        "process shard",
        { attributes::OTEL_KIND } = "consumer",
        { attributes::OTEL_STATUS_CODE } = tracing::field::Empty,
        { attributes::MESSAGING_SYSTEM } = shared.queue.system(),
        { attributes::MESSAGING_DESTINATION_NAME } = shared.queue_name().as_str(),
        { attributes::MESSAGING_OPERATION_TYPE } = "process",
        { attributes::WORKER_ID } = shared.context.config.id,
        { attributes::ACCOUNT_ID } = shard.job.account,
        { attributes::JOB_ID } = %shard.job.id,
        { attributes::JOB_KIND } = shard.job.kind.as_str(),
        { attributes::SHARD_INDEX } = shard.ordinal,
        { attributes::SHARD_ATTEMPT } = shard.lease.attempt,
        { attributes::SHARD_BYTES } = tracing::field::Empty,
        { attributes::SHARD_DOCUMENTS } = tracing::field::Empty,
        { attributes::SHARD_OUTCOME } = tracing::field::Empty,
    )
}

/// Reports the worker again and again, also while it drains, and takes the order to drain.
async fn report<A: Analyzer>(shared: Arc<Shared<A>>) {
    let mut silent = false;
    // Whether it has been reported that the worker drains.
    let mut told = false;
    let mut ticks = tokio::time::interval(shared.context.config.report_every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            // At once, and then as usual.
            () = shared.drain.cancelled(), if !told => told = true,
        }
        let status = shared.status();
        metrics::worker_slots(status.kind.as_str(), u64::from(status.slots), u64::from(status.busy));
        match shared.context.store.report_worker(&status).await {
            Ok(order) => {
                silent = false;
                if order == WorkerOrder::Drain {
                    shared.drain.cancel();
                }
            }
            Err(error) => {
                // Once per outage.
                if !std::mem::replace(&mut silent, true) {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "the worker could not be reported"
                    );
                }
            }
        }
    }
}

/// Counts a shard as being worked on, also when its task ends in a panic.
struct Busy<'a>(&'a AtomicU32);

impl<'a> Busy<'a> {
    fn count(busy: &'a AtomicU32) -> Self {
        busy.fetch_add(1, Ordering::Relaxed);
        Self(busy)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
