//! The finaliser: composes the results of a job's shards into its output, and ends the job.
//!
//! Results are copied, never rewritten: each output object is a sequence of byte ranges of parts, in an
//! archive with a head and a tail. What it holds and how it is tagged depend on the committed parts
//! alone, so a finaliser that repeats the work of another finds its objects there and goes on.
//!
//! Memory is bounded whatever the number and size of the outputs: records are paged, small outputs are
//! held whole within a [`Budget`] shared by all jobs, large ones flow through.

mod archive;
mod artifact;
mod batch;
mod compose;
mod names;
mod outputs;

use std::sync::Arc;

use construe_jobs::{Ending, Guarded, Job, JobState, ObjectError, ObjectWriter, OutputLayout};
use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinSet};
use tracing::Instrument;

use crate::broken::{Broken, Failure};
use crate::config::Config;
use crate::lease::HeldLease;
use crate::plane::Context;
use names::OutputNames;
use outputs::Composition;

/// Records of shards read at a time; one may list a thousand objects.
const PAGE: u32 = 4;
/// Runs of outputs composed at a time, and among them large outputs: each has a stream of its own open.
const RUNS: usize = 8;
const LARGE_OUTPUTS: usize = 2;

/// What finalising may hold at a time, over all jobs.
pub(crate) struct Budget {
    runs: Arc<Semaphore>,
    /// Small outputs being written.
    writes: Arc<Semaphore>,
    /// KiB of small outputs.
    kib: Arc<Semaphore>,
    kib_total: u32,
    /// Large outputs being written.
    large: Arc<Semaphore>,
}

impl Budget {
    pub(crate) fn new(config: &Config) -> Self {
        let kib_total = u32::try_from(config.finalize_bytes >> 10)
            .unwrap_or(u32::MAX >> 4)
            .max(1);
        Self {
            runs: Arc::new(Semaphore::new(RUNS)),
            writes: Arc::new(Semaphore::new(config.finalize_writes.max(1))),
            kib: Arc::new(Semaphore::new(kib_total as usize)),
            kib_total,
            large: Arc::new(Semaphore::new(LARGE_OUTPUTS)),
        }
    }

    /// Outputs up to this many bytes count as small.
    fn small(&self) -> u64 {
        (u64::from(self.kib_total) << 10) / 16
    }
}

/// Composes the output of `job` and ends it; the state in which it ended.
pub(crate) async fn run(context: &Arc<Context>, job: &Arc<Job>, held: &HeldLease) -> Result<Option<JobState>, Broken> {
    let names = OutputNames::find(context, job, held).await?;
    let mut result = None;
    if let OutputLayout::Artifact { place, .. } = &job.spec.layout {
        result = artifact::write(context, job, held, place).await?;
    } else {
        compose_all(context, job, held, names.clone()).await?;
    }
    // Every shard was committed or cancelled before the lease was given, so `cut` is final.
    let is_stopped = job.state == JobState::StopRequested && job.progress.cut;
    let ending = match &job.spec.layout {
        OutputLayout::Batch { job_type } => batch::write(context, job, held, names, job_type, is_stopped).await?,
        _ if is_stopped => Ending::Stopped,
        OutputLayout::Artifact { .. } if result.is_none() => {
            return Err(Failure::internal("The job ended without having made anything.").into());
        }
        OutputLayout::Artifact { .. } if result.as_ref().is_some_and(artifact::has_warnings) => Ending::PartialSuccess,
        OutputLayout::PerObject | OutputLayout::Archive { .. } | OutputLayout::Artifact { .. } => Ending::Completed,
    };
    let state = match ending {
        Ending::Completed => JobState::Completed,
        Ending::PartialSuccess => JobState::PartialSuccess,
        Ending::Stopped => JobState::Stopped,
    };
    match held
        .persist(|| context.store.finish(job.id, held.token, ending, result.as_ref()))
        .await?
    {
        Guarded::Applied => Ok(Some(state)),
        Guarded::Lost => Err(Broken::Lost),
    }
}

async fn compose_all(
    context: &Arc<Context>,
    job: &Arc<Job>,
    held: &HeldLease,
    names: OutputNames,
) -> Result<(), Broken> {
    let mut composition = Composition::new(job, names);
    // Dropped with this future, which ends what is under way.
    let mut tasks = JoinSet::new();
    let mut from = 0;
    loop {
        let page = held.persist(|| context.store.done_shards(job.id, from, PAGE)).await?;
        let is_last = page.len() < PAGE as usize;
        let mut runs = Vec::new();
        for shard in page {
            from = shard.ordinal + 1;
            composition.add(shard, &mut runs)?;
        }
        if is_last {
            composition.end(&mut runs)?;
        }
        for run in runs {
            let permit = context.budget.runs.clone().acquire_owned().await;
            let composing = compose::run(context.clone(), job.clone(), run, permit.ok());
            tasks.spawn(composing.in_current_span());
            while let Some(ended) = tasks.try_join_next() {
                composed(ended)?;
            }
        }
        if is_last {
            break;
        }
    }
    while let Some(ended) = tasks.join_next().await {
        composed(ended)?;
    }
    Ok(())
}

/// Makes an object visible once all its bytes are `copied`, and gives it up if they are not.
async fn end_object(
    writer: Box<dyn ObjectWriter>,
    copied: Result<(), Broken>,
    trouble: impl FnOnce(ObjectError) -> Broken,
) -> Result<(), Broken> {
    if let Err(broken) = copied {
        writer.abort().await;
        return Err(broken);
    }
    writer.complete().await.map(|_| ()).map_err(trouble)
}

fn composed(ended: Result<Result<(), Broken>, JoinError>) -> Result<(), Broken> {
    ended.unwrap_or_else(|error| {
        tracing::error!(%error, "composing an output panicked");
        Err(Broken::Passing(Failure::internal(
            "The output could not be composed after several tries.",
        )))
    })
}
