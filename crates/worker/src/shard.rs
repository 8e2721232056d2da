//! One leased shard, from the lease to its end.

use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use construe_jobs::{Guarded, JobStore, LeaseOf, LeasedShard, ObjectStore, ObjectWriter, Part, Release, StoreError};
use construe_telemetry::metrics::{self, ShardOutcome};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::analysis::{Analysis, Summary};
use crate::analyzer::{Analyzer, PrepareError};
use crate::config::WorkerConfig;
use crate::control::{Control, Keeper, Signal};
use crate::interruption::Interruption;
use crate::reading::{self, Reader};
use crate::source::Source;
use crate::thread;
use crate::training::{Meter, Training};
use crate::upload;

/// What working on shards takes.
pub(crate) struct Context<A> {
    pub(crate) config: WorkerConfig,
    pub(crate) store: Arc<dyn JobStore>,
    pub(crate) objects: Arc<dyn ObjectStore>,
    pub(crate) analyzer: Arc<A>,
    /// One for each artifact that may be made at a time.
    pub(crate) trainings: Arc<Semaphore>,
    /// Gives all shards back, at their next document.
    pub(crate) release: CancellationToken,
    /// Called when the end of a shard has been stored.
    pub(crate) wake: Box<dyn Fn() + Send + Sync>,
}

impl<A: Analyzer> Context<A> {
    /// Does the shard, and says in the store how it ended.
    pub(crate) async fn work(&self, shard: LeasedShard) -> ShardOutcome {
        let begun = Instant::now();
        let kind = shard.job.kind.as_str();
        let lease = Held {
            store: &*self.store,
            of: LeaseOf::Shard(shard.job.id, shard.ordinal),
            shard: Arc::new(shard),
            control: Arc::new(Control::new()),
        };
        let keeper = Keeper {
            store: self.store.clone(),
            lease: lease.of,
            token: lease.shard.lease.token,
            ttl: self.config.lease_ttl,
            renew_every: self.config.renew_every,
            control: lease.control.clone(),
            release: self.release.clone(),
        };
        let _keeping = AbortOnDropHandle::new(tokio::spawn(keeper.keep(lease.shard.lease.deadline)));
        let outcome = match self.produce(&lease).await {
            Ok((part, summary)) => {
                let outcome = lease.commit(&part).await;
                if outcome == ShardOutcome::Done {
                    measure(kind, &lease.shard, &summary);
                }
                outcome
            }
            Err(interruption) => self.give_up(&lease, interruption).await,
        };
        if outcome != ShardOutcome::Lost {
            (self.wake)();
        }
        metrics::shard_finished(kind, outcome, begun.elapsed());
        outcome
    }

    /// Works and writes, at a time.
    async fn produce(&self, lease: &Held<'_>) -> Result<(Part, Summary), Interruption> {
        let shard = &lease.shard;
        let key = format!(
            "{}/{}/{}/{}-{}",
            self.config.part_prefix, shard.job.id, shard.ordinal, shard.lease.attempt, shard.lease.token
        );
        let (results, results_receiver) = upload::channel();
        let (worked, uploaded) = tokio::join!(
            self.perform(lease, results),
            // A store that hangs must not hold up giving the shard back.
            unless_in_vain(&lease.control, upload::upload(&*self.objects, &key, results_receiver)),
        );
        // When one stage fails the others end too, without a reason of their own.
        let (summary, writer) = match (worked, uploaded) {
            (Ok(summary), Ok(writer)) => (summary, writer),
            (Err(Broken::Settled(own)), uploaded) => return Err(discard(uploaded, own).await),
            (_, Err(uploading)) => return Err(uploading),
            (Err(Broken::Unclear(own)), uploaded) => return Err(discard(uploaded, own).await),
        };
        if lease.control.signal() == Signal::Lost {
            return Err(discard(Ok(writer), Interruption::Lost).await);
        }
        let completing = async { writer.complete().await.map_err(upload::failure) };
        unless_in_vain(&lease.control, completing).await?;
        let part = Part {
            key,
            digest: summary.digest.clone(),
            size: summary.size,
            lengths: summary.lengths.clone(),
            documents: summary.tally.documents(),
            documents_failed: summary.tally.failed(),
            input_bytes: summary.tally.bytes(),
            cut: summary.cut,
            files: summary.files.clone(),
        };
        Ok((part, summary))
    }

    /// All stages but the upload.
    async fn perform(&self, lease: &Held<'_>, results: mpsc::Sender<Bytes>) -> Result<Summary, Broken> {
        let preparing = async {
            let prepared = self.analyzer.prepare(&lease.shard.job).await;
            prepared.map_err(|error| match error {
                PrepareError::Failed(message) => Interruption::Fatal(message),
                PrepareError::Passing(message) => Interruption::Fault(message),
            })
        };
        let prepared = unless_in_vain(&lease.control, preparing)
            .await
            .map_err(Broken::Settled)?;
        if lease.shard.job.spec.layout.is_artifact() {
            self.train(lease, prepared, results).await
        } else {
            self.analyze(lease, prepared, results).await
        }
    }

    /// Reads and analyses, at a time.
    async fn analyze(
        &self,
        lease: &Held<'_>,
        prepared: A::Prepared,
        results: mpsc::Sender<Bytes>,
    ) -> Result<Summary, Broken> {
        let shard = &lease.shard;
        let (input_sender, input) = reading::channel();
        let analysis = Analysis {
            analyzer: self.analyzer.clone(),
            prepared,
            store: self.store.clone(),
            shard: shard.clone(),
            control: lease.control.clone(),
            input,
            results,
            output_chunk: self.config.output_chunk.max(1),
            runtime: Handle::current(),
        };
        let reader = Reader::new(&self.config, &*self.objects, &shard.job);
        let (read, analysed) = tokio::join!(
            reader.read(&shard.slices, &lease.control, input_sender),
            // Slots limit how many threads there are.
            thread::run(move || analysis.run()),
        );
        match (analysed.flatten(), read) {
            (Ok(summary), _) => Ok(summary),
            (Err(own @ (Interruption::Lost | Interruption::Drained)), _) => Err(Broken::Settled(own)),
            (Err(_), Err(reading)) => Err(Broken::Settled(reading)),
            (Err(own), Ok(())) => Err(Broken::Unclear(own)),
        }
    }

    /// Makes an artifact.
    async fn train(
        &self,
        lease: &Held<'_>,
        prepared: A::Prepared,
        results: mpsc::Sender<Bytes>,
    ) -> Result<Summary, Broken> {
        let shard = &lease.shard;
        let trainer = self
            .analyzer
            .trainer(&shard.job, &prepared)
            .map_err(|error| Broken::Settled(Interruption::Fatal(error.message)))?;
        // Whoever is told to end meanwhile goes on without, and ends at the first report.
        let _permit = tokio::select! {
            permit = self.trainings.clone().acquire_owned() => permit.ok(),
            () = lease.control.reached(Signal::Release) => None,
        };
        let meter = Arc::new(Meter::new(lease.control.clone()));
        let training = Training {
            trainer,
            source: Source::new(
                self.objects.clone(),
                shard.job.access(),
                lease.control.clone(),
                Handle::current(),
                self.config.first_pause,
                self.config.training_objects,
            ),
            meter: meter.clone(),
            control: lease.control.clone(),
            results,
            output_chunk: self.config.output_chunk.max(1),
        };
        let trained = tokio::select! {
            trained = thread::run(move || training.run()) => trained,
            never = meter.pass_on(&*self.store, shard, self.config.report_every) => match never {},
        };
        match trained.flatten() {
            Ok(summary) => Ok(summary),
            Err(own) if own == Interruption::output() => Err(Broken::Unclear(own)),
            Err(own) => Err(Broken::Settled(own)),
        }
    }

    async fn give_up(&self, lease: &Held<'_>, interruption: Interruption) -> ShardOutcome {
        let faults = lease.shard.lease.faults;
        match interruption {
            Interruption::Lost => {
                tracing::warn!("the lease was lost, the work is thrown away");
                ShardOutcome::Lost
            }
            Interruption::Drained => lease.release(Release::Drained, ShardOutcome::Released).await,
            Interruption::Fault(message) if faults >= self.config.max_faults => lease.fail(&message).await,
            Interruption::Fault(_) => {
                let retry_after = self.config.pause_after(faults);
                tracing::warn!(faults, ?retry_after, "passing trouble, the shard is to be tried again");
                lease
                    .release(Release::Fault { retry_after }, ShardOutcome::Failed)
                    .await
            }
            Interruption::Fatal(message) => lease.fail(&message).await,
        }
    }
}

/// Why a stage before the upload broke off.
enum Broken {
    Settled(Interruption),
    /// If the upload broke off too, that was the reason.
    Unclear(Interruption),
}

async fn unless_in_vain<T>(
    control: &Control,
    work: impl Future<Output = Result<T, Interruption>>,
) -> Result<T, Interruption> {
    tokio::select! {
        biased;
        done = work => done,
        interruption = control.in_vain() => Err(interruption),
    }
}

async fn discard(written: Result<Box<dyn ObjectWriter>, Interruption>, reason: Interruption) -> Interruption {
    if let Ok(writer) = written {
        writer.abort().await;
    }
    reason
}

fn measure(kind: &'static str, shard: &LeasedShard, summary: &Summary) {
    metrics::shard_attempts(kind, shard.lease.attempt);
    for (outcome, documents, bytes) in summary.tally.iter() {
        metrics::documents_committed(kind, outcome, documents, bytes);
    }
    if let Ok(documents) = u32::try_from(summary.tally.documents().max(1)) {
        metrics::document_duration(kind, summary.time / documents);
    }
    let span = tracing::Span::current();
    span.record(construe_telemetry::attributes::SHARD_BYTES, summary.tally.bytes());
    span.record(
        construe_telemetry::attributes::SHARD_DOCUMENTS,
        summary.tally.documents(),
    );
}

/// A shard in hand: the last words about it, each guarded by its token.
struct Held<'a> {
    store: &'a dyn JobStore,
    of: LeaseOf,
    shard: Arc<LeasedShard>,
    control: Arc<Control>,
}

impl Held<'_> {
    async fn commit(&self, part: &Part) -> ShardOutcome {
        let (job, token) = (self.of.job(), self.shard.lease.token);
        let committed = self
            .insist(|| self.store.commit_shard(job, self.shard.ordinal, token, part))
            .await;
        conclude(committed, ShardOutcome::Done)
    }

    async fn release(&self, release: Release, outcome: ShardOutcome) -> ShardOutcome {
        let token = self.shard.lease.token;
        conclude(
            self.insist(|| self.store.release(self.of, token, release)).await,
            outcome,
        )
    }

    async fn fail(&self, message: &str) -> ShardOutcome {
        // The code alone: the sentence may name places and classes, which are the customer's.
        let code = message.split(':').next().unwrap_or_default();
        tracing::warn!(code, "the job fails");
        let token = self.shard.lease.token;
        conclude(
            self.insist(|| self.store.fail(self.of, token, message)).await,
            ShardOutcome::Failed,
        )
    }

    /// Repeats a guarded write (all of them may be repeated) until the store answers or the lease is lost.
    async fn insist<'f, F>(&self, mut write: impl FnMut() -> F) -> Result<Guarded, StoreError>
    where
        F: Future<Output = Result<Guarded, StoreError>> + 'f,
    {
        let mut pause = std::time::Duration::from_millis(100);
        loop {
            let error = match write().await {
                Err(error) if error.is_retryable() => error,
                settled => return settled,
            };
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the end of a shard could not be stored yet"
            );
            tokio::select! {
                () = tokio::time::sleep(pause.mul_f64(0.5 + 0.5 * fastrand::f64())) => pause = (pause * 2).min(std::time::Duration::from_secs(2)),
                () = self.control.reached(Signal::Lost) => return Ok(Guarded::Lost),
            }
        }
    }
}

fn conclude(written: Result<Guarded, StoreError>, outcome: ShardOutcome) -> ShardOutcome {
    match written {
        Ok(Guarded::Applied) => outcome,
        Ok(Guarded::Lost) => {
            tracing::warn!("the lease was lost at the end of the work");
            ShardOutcome::Lost
        }
        Err(error) => {
            // The lease runs out by itself and the shard is done again.
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the end of a shard could not be stored"
            );
            ShardOutcome::Failed
        }
    }
}
