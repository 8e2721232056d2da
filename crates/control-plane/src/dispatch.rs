//! Takes planning and finalising from the queue, as many at a time as there are slots.
//!
//! A message is acknowledged once the lease is committed (from then on the sweeper sees to the work)
//! or refused (somebody else sees to it, or nothing is left to do).

use std::sync::Arc;
use std::time::Duration;

use construe_jobs::{Consumer, Delivery, Guarded, JobState, JobWork, LeasedJob, QueueName, Release, Ring, Work};
use construe_telemetry::{attributes, context as trace, metrics};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::backoff::{self, Backoff};
use crate::broken::{Broken, Failure};
use crate::lease::HeldLease;
use crate::plane::Context;
use crate::relay::since;
use crate::{finalize, plan};

/// When, counted in the pauses of `backoff`, work that passing trouble broke off is tried again.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_secs(60);

/// When shutdown reaches each kind of work.
#[derive(Clone)]
struct Leave {
    /// At once: what is planned so far is kept, and another planner goes on from there.
    planning: CancellationToken,
    /// After the grace: a finaliser that takes over begins anew.
    finalizing: CancellationToken,
}

/// What a message came to.
#[derive(Debug, PartialEq, Eq)]
enum Handled {
    Settled,
    /// The database cannot be used: no message is taken for a while.
    StoreTrouble,
}

pub(crate) async fn run(context: Arc<Context>, shutdown: CancellationToken) {
    let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(10));
    let consumer = loop {
        match context.queue.consume(QueueName::Control, context.config.slots).await {
            Ok(consumer) => break consumer,
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "consuming failed, trying again"
            ),
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = sleep(backoff.next()) => {}
        }
    };
    consume(context, consumer, shutdown).await;
}

async fn consume(context: Arc<Context>, mut consumer: Box<dyn Consumer>, shutdown: CancellationToken) {
    let slots = Arc::new(Semaphore::new(usize::from(context.config.slots)));
    let leave = Leave {
        planning: shutdown.clone(),
        finalizing: CancellationToken::new(),
    };
    let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(10));
    let mut tasks = JoinSet::new();
    let mut paused_until = Instant::now();
    loop {
        let next = async {
            tokio::time::sleep_until(paused_until).await;
            // The semaphore is never closed.
            let slot = slots.clone().acquire_owned().await.ok()?;
            Some((slot, consumer.next().await))
        };
        tokio::select! {
            () = shutdown.cancelled() => break,
            Some(ended) = tasks.join_next() => match handled(ended) {
                Some(Handled::StoreTrouble) => paused_until = Instant::now() + backoff.next(),
                Some(Handled::Settled) => backoff.reset(),
                None => {}
            },
            Some((slot, delivery)) = next => {
                tasks.spawn(handle(context.clone(), delivery, leave.clone(), slot));
            }
        }
    }
    consumer.cancel().await;
    let all_ended = async {
        while let Some(ended) = tasks.join_next().await {
            handled(ended);
        }
    };
    let end_of_grace = async {
        sleep(context.config.drain_grace).await;
        leave.finalizing.cancel();
        std::future::pending::<()>().await
    };
    tokio::select! {
        () = all_ended => {}
        () = end_of_grace => {}
    }
}

fn handled(ended: Result<Handled, JoinError>) -> Option<Handled> {
    match ended {
        Ok(handled) => Some(handled),
        Err(error) => {
            // Its lease runs out and the work is tried again.
            tracing::error!(%error, "a planner or finaliser panicked");
            None
        }
    }
}

async fn handle(context: Arc<Context>, delivery: Delivery, leave: Leave, slot: OwnedSemaphorePermit) -> Handled {
    let received = Instant::now();
    let measure = |error_type| {
        let destination = QueueName::Control.as_str();
        metrics::message_processed(context.queue.system(), destination, error_type, received.elapsed());
    };
    let Delivery { ring, settle, .. } = delivery;
    let work = match ring.work {
        Work::Plan => JobWork::Plan,
        Work::Finalize => JobWork::Finalize,
        Work::Shard { .. } => {
            tracing::error!(job = %ring.job, "a shard was rung for on the control queue");
            settle.ack().await;
            return Handled::Settled;
        }
    };
    let lease = context
        .store
        .lease_job(ring.job, work, &context.config.holder, context.config.lease_ttl);
    let leased = match lease.await {
        Ok(leased) => {
            settle.ack().await;
            measure(None);
            leased
        }
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, job = %ring.job, "leasing a job failed");
            settle.requeue().await;
            measure(Some("store"));
            return Handled::StoreTrouble;
        }
    };
    if let Some(leased) = leased {
        let span = span(work, &ring, &leased);
        perform(&context, work, leased, &leave).instrument(span).await;
        context.wake.notify_one();
    }
    drop(slot);
    Handled::Settled
}

fn span(work: JobWork, ring: &Ring, leased: &LeasedJob) -> tracing::Span {
    macro_rules! work_span {
        ($name:literal) => {
            tracing::info_span!(
                $name,
                { attributes::OTEL_KIND } = "consumer",
                { attributes::JOB_ID } = %leased.job.id,
                { attributes::JOB_KIND } = %leased.job.kind,
                { attributes::ACCOUNT_ID } = leased.job.account,
                attempt = leased.lease.attempt,
                { attributes::OTEL_STATUS_CODE } = tracing::field::Empty,
                { attributes::ERROR_TYPE } = tracing::field::Empty,
            )
        };
    }
    let span = match work {
        JobWork::Plan => work_span!("plan job"),
        JobWork::Finalize => work_span!("finalize job"),
    };
    if let Some(traceparent) = ring.trace.as_deref().or(leased.job.trace.as_deref()) {
        trace::link_from(&span, traceparent);
    }
    span
}

/// Does leased work, and settles with the database how it ended.
async fn perform(context: &Arc<Context>, work: JobWork, leased: LeasedJob, leave: &Leave) {
    let LeasedJob { lease, job, cursor } = leased;
    let held = HeldLease::keep(context.store.clone(), &job, &lease, context.config.lease_ttl);
    let (job, ended) = match work {
        JobWork::Plan => {
            let planned = plan::run(context, &job, &held, cursor);
            let ended = until_lost_or_leaving(planned, &held, &leave.planning).await;
            (Arc::new(job), ended)
        }
        JobWork::Finalize => {
            let job = Arc::new(job);
            let finalized = finalize::run(context, &job, &held);
            let ended = until_lost_or_leaving(finalized, &held, &leave.finalizing).await;
            (job, ended)
        }
    };
    let settled = match ended {
        Ok(Some(state)) => {
            metrics::job_finished(job.kind.as_str(), state.as_str(), since(job.submit_time));
            tracing::info!(job = %job.id, %state, "job ended");
            return;
        }
        Ok(None) | Err(Broken::Stopped) => return,
        Err(Broken::Lost) => {
            tracing::info!(job = %job.id, "lease lost, work dropped");
            return;
        }
        Err(Broken::Leaving) => release(context, &held, Release::Drained).await,
        Err(Broken::Failed(failure)) => fail(context, &job, &held, failure).await,
        Err(Broken::Passing(failure)) => fault(context, &job, &held, failure).await,
        Err(Broken::Store(error)) => {
            tracing::error!(job = %job.id, error = &error as &dyn std::error::Error, "the database refused");
            let failure = Failure::internal("The job's record could not be read or written.");
            fault(context, &job, &held, failure).await
        }
    };
    match settled {
        Ok(()) | Err(Broken::Lost) => {}
        // The lease runs out and the sweeper rings again.
        Err(broken) => tracing::error!(job = %job.id, ?broken, "handing a job back failed"),
    }
}

async fn until_lost_or_leaving<T>(
    work: impl Future<Output = Result<T, Broken>>,
    held: &HeldLease,
    leave: &CancellationToken,
) -> Result<T, Broken> {
    tokio::select! {
        biased;
        result = work => result,
        () = held.lost() => Err(Broken::Lost),
        () = leave.cancelled() => Err(Broken::Leaving),
    }
}

async fn release(context: &Context, held: &HeldLease, release: Release) -> Result<(), Broken> {
    held.persist(|| context.store.release(held.of, held.token, release))
        .await
        .map(|_| ())
}

async fn fault(context: &Context, job: &construe_jobs::Job, held: &HeldLease, failure: Failure) -> Result<(), Broken> {
    if held.faults >= context.config.max_faults {
        return fail(context, job, held, failure).await;
    }
    let retry_after = backoff::after(FIRST_RETRY, LONGEST_RETRY, held.faults);
    tracing::warn!(job = %job.id, code = failure.code(), faults = held.faults, ?retry_after, "broken off, to be tried again");
    release(context, held, Release::Fault { retry_after }).await
}

async fn fail(context: &Context, job: &construe_jobs::Job, held: &HeldLease, failure: Failure) -> Result<(), Broken> {
    let message = failure.to_string();
    let failed = held
        .persist(|| context.store.fail(held.of, held.token, &message))
        .await?;
    if failed == Guarded::Applied {
        let span = tracing::Span::current();
        span.record(attributes::OTEL_STATUS_CODE, "error");
        span.record(attributes::ERROR_TYPE, failure.code());
        metrics::job_finished(job.kind.as_str(), JobState::Failed.as_str(), since(job.submit_time));
        // The code alone: the sentence names places, which are the client's.
        tracing::warn!(job = %job.id, code = failure.code(), "job failed");
    }
    Ok(())
}
