//! Stopping a job: no more work is begun, what runs is told at its next renewal.

use construe_jobs::{JobId, JobState, Owner, StopOutcome, StorePolicy};

use crate::database::{Connection, values};
use crate::error::Fault;
use crate::job::{self, Which};
use crate::rows::{StoredJob, micros};
use crate::shard;

pub(crate) async fn stop(
    tx: &mut Connection,
    policy: &StorePolicy,
    owner: Option<&Owner>,
    id: JobId,
) -> Result<StopOutcome, Fault> {
    let Some(job) = job::lock(tx, id).await? else {
        return Ok(StopOutcome::NotFound);
    };
    if owner.is_some_and(|owner| !owns(owner, &job)) {
        return Ok(StopOutcome::NotFound);
    }
    if job.has_ended() {
        return Ok(StopOutcome::Ended(job.job.state));
    }
    if job.job.state == JobState::StopRequested {
        return Ok(StopOutcome::Requested);
    }
    job::enter(
        tx,
        &job,
        JobState::StopRequested,
        "stop_time = $3",
        values![stop_time: job.now],
    )
    .await?;
    let cancelled = job::cancel_shards(tx, &job, Which::Pending).await?;
    job::forget_rings(tx, &job, Some("shard")).await?;
    if cancelled > 0 {
        shard::mark_cut(tx, &job).await?;
        job::close_items(tx, policy, &job, cancelled).await?;
    }
    if !job.job.progress.planned && !job.lease.is_live(job.now) {
        job::forget_rings(tx, &job, Some("plan")).await?;
        job::cut_plan(tx, policy, &job).await?;
    }
    Ok(StopOutcome::Requested)
}

pub(crate) fn owns(owner: &Owner, job: &StoredJob) -> bool {
    job.job.account == owner.account && job.job.region == owner.region && job.job.kind == owner.kind
}

/// Takes the leases of a job whose grace has passed; returns how many.
pub(crate) async fn revoke(tx: &mut Connection, policy: &StorePolicy, id: JobId) -> Result<u64, Fault> {
    let Some(job) = job::lock(tx, id).await? else {
        return Ok(0);
    };
    let grace_is_over = job
        .stop_time
        .is_some_and(|stop_time| stop_time.saturating_add(micros(policy.stop_grace)) <= job.now);
    if job.job.state != JobState::StopRequested || !grace_is_over || job.open_items == 0 {
        return Ok(0);
    }
    let mut revoked = 0;
    let cancelled = job::cancel_shards(tx, &job, Which::Unfinished).await?;
    if cancelled > 0 {
        revoked += cancelled.unsigned_abs();
        shard::mark_cut(tx, &job).await?;
        job::close_items(tx, policy, &job, cancelled).await?;
    }
    if !job.job.progress.planned {
        revoked += u64::from(job.lease.expires.is_some());
        job::cut_plan(tx, policy, &job).await?;
    }
    Ok(revoked)
}
