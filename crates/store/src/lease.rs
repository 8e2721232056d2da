//! Taking, renewing and giving back leases, and what ends a job from under them.

use std::time::{Duration, Instant};

use construe_jobs::{
    Ending, Guarded, JobId, JobState, JobWork, Lease, LeaseOf, LeaseToken, LeasedJob, LeasedShard, Release, Renewal,
    ShardState, StorePolicy,
};

use crate::database::{Connection, values};
use crate::error::Fault;
use crate::job::{self, one_row};
use crate::rows::{StoredJob, StoredShard, micros, to_json};
use crate::shard;
use crate::window::{self, RingShard};

/// Who asks for a lease, and for how long.
pub(crate) struct Claim<'a> {
    pub(crate) holder: &'a str,
    pub(crate) ttl: Duration,
    /// Taken before the request, so that the holder's deadline is never later than the row's.
    pub(crate) began: Instant,
}

impl Claim<'_> {
    fn lease(&self, token: LeaseToken, attempt: u32, faults: u32) -> Lease {
        Lease {
            token,
            attempt,
            faults,
            deadline: self.began + self.ttl,
        }
    }
}

pub(crate) async fn job(
    tx: &mut Connection,
    policy: &StorePolicy,
    id: JobId,
    work: JobWork,
    claim: &Claim<'_>,
) -> Result<Option<LeasedJob>, Fault> {
    let Some(mut job) = job::lock(tx, id).await? else {
        return Ok(None);
    };
    let due = match work {
        JobWork::Plan => !job.job.progress.planned,
        JobWork::Finalize => job.job.progress.planned && job.open_items == 0,
    };
    if job.has_ended() || !due || job.lease.is_live(job.now) {
        return Ok(None);
    }
    if job.lease.has_run_out(job.now) {
        job.lease.expiries += 1;
        if job.lease.expiries >= policy.max_attempts {
            job::fail(tx, &job, &given_up_on_job(&job)).await?;
            return Ok(None);
        }
    }
    let token = LeaseToken::new();
    let attempt = job.lease.attempt + 1;
    let touched = tx
        .execute(
            "/* lease.job */ UPDATE jobs SET lease_token = $2, lease_holder = $3, lease_expires = $4, \
             attempt = $5, expiries = $6, ring_at = NULL WHERE id = $1 AND end_time IS NULL",
            values![
                id: id,
                token: token,
                holder: claim.holder,
                expires: job.after(claim.ttl),
                attempt: attempt,
                expiries: job.lease.expiries,
            ],
        )
        .await?;
    one_row(touched)?;
    Ok(Some(LeasedJob {
        lease: claim.lease(token, attempt, job.lease.faults),
        job: job.job,
        cursor: job.cursor,
    }))
}

pub(crate) async fn shard(
    tx: &mut Connection,
    policy: &StorePolicy,
    id: JobId,
    ordinal: u64,
    claim: &Claim<'_>,
) -> Result<Option<LeasedShard>, Fault> {
    let Some(job) = job::lock(tx, id).await? else {
        return Ok(None);
    };
    if job.job.state != JobState::InProgress {
        return Ok(None);
    }
    let Some(mut shard) = shard::lock(tx, id, ordinal).await? else {
        return Ok(None);
    };
    match shard.state {
        ShardState::Pending => {}
        ShardState::Leased if shard.lease.has_run_out(job.now) => {
            shard.book_death();
            if shard.lease.expiries >= shard_attempts(policy, &job) {
                job::fail(tx, &job, &given_up_on_shard(&job, &shard)).await?;
                return Ok(None);
            }
        }
        ShardState::Leased | ShardState::Done | ShardState::Cancelled => return Ok(None),
    }
    let token = LeaseToken::new();
    let attempt = shard.lease.attempt + 1;
    let touched = tx
        .execute(
            "/* lease.shard */ UPDATE shards SET state = 'leased', ring_at = NULL, suspect = NULL, per_mille = 0, \
             lease_token = $3, lease_holder = $4, lease_expires = $5, attempt = $6, expiries = $7, deaths = $8 \
             WHERE job_id = $1 AND ordinal = $2 AND state IN ('pending', 'leased')",
            values![
                job: id,
                ordinal: ordinal,
                token: token,
                holder: claim.holder,
                expires: job.after(claim.ttl),
                attempt: attempt,
                expiries: shard.lease.expiries,
                deaths: to_json(&shard.deaths, "shards.deaths")?,
            ],
        )
        .await?;
    one_row(touched)?;
    Ok(Some(LeasedShard {
        lease: claim.lease(token, attempt, shard.lease.faults),
        job: job.job,
        ordinal,
        careful: shard.lease.expiries >= policy.careful_after,
        poisoned: shard.poisoned(),
        slices: shard.slices,
    }))
}

/// How many attempts of a shard may end their process before the job fails.
pub(crate) fn shard_attempts(policy: &StorePolicy, job: &StoredJob) -> u32 {
    match job.job.spec.layout.is_artifact() {
        true => policy.max_artifact_attempts,
        false => policy.max_attempts,
    }
}

pub(crate) fn given_up_on_shard(job: &StoredJob, shard: &StoredShard) -> String {
    if job.job.spec.layout.is_artifact() {
        return format!(
            "TRAINING_FAILED: the work was begun {} times and never ended.",
            shard.lease.expiries
        );
    }
    let bucket = &job.job.spec.input.bucket;
    let place = match shard.slices.as_slice() {
        [] => String::new(),
        [only] => format!(" (s3://{bucket}/{}, bytes {} to {})", only.key, only.start, only.end),
        [first, rest @ ..] => format!(" (s3://{bucket}/{} and {} more objects)", first.key, rest.len()),
    };
    format!(
        "ANALYSIS_FAILED: shard {}{place} was begun {} times and never ended.",
        shard.ordinal, shard.lease.expiries
    )
}

pub(crate) fn given_up_on_job(job: &StoredJob) -> String {
    let (code, work) = match job::work(job) {
        JobWork::Plan => ("PLANNING_FAILED", "planning"),
        JobWork::Finalize => ("FINALIZING_FAILED", "writing the output"),
    };
    format!("{code}: {work} was begun {} times and never ended.", job.lease.expiries)
}

/// One statement without the job's lock: renewals are frequent, and touch nothing but their own row.
pub(crate) async fn renew(
    connection: &mut Connection,
    lease: LeaseOf,
    token: LeaseToken,
    ttl: Duration,
) -> Result<Option<JobState>, Fault> {
    let row: Option<(String,)> = match lease {
        LeaseOf::Job(id) => {
            connection
                .optional(
                    "/* lease.renew_job */ UPDATE jobs SET lease_expires = {now} + $3 \
                     WHERE id = $1 AND lease_token = $2 AND lease_expires IS NOT NULL RETURNING state",
                    values![id: id, token: token, ttl: micros(ttl)],
                )
                .await?
        }
        LeaseOf::Shard(id, ordinal) => {
            connection
                .optional(
                    "/* lease.renew_shard */ UPDATE shards SET lease_expires = {now} + $4 \
                     WHERE job_id = $1 AND ordinal = $2 AND lease_token = $3 AND lease_expires IS NOT NULL \
                     RETURNING (SELECT jobs.state FROM jobs WHERE jobs.id = shards.job_id)",
                    values![job: id, ordinal: ordinal, token: token, ttl: micros(ttl)],
                )
                .await?
        }
    };
    row.map(|(state,)| state.parse())
        .transpose()
        .map_err(|_| Fault::Unreadable("a job in an unknown state"))
}

pub(crate) fn renewal(state: Option<JobState>, deadline: Instant) -> Renewal {
    match state {
        Some(state) if !state.is_terminal() => Renewal::Held { state, deadline },
        Some(_) | None => Renewal::Lost,
    }
}

pub(crate) async fn release(
    tx: &mut Connection,
    policy: &StorePolicy,
    lease: LeaseOf,
    token: LeaseToken,
    release: Release,
) -> Result<Guarded, Fault> {
    let Some(job) = job::lock(tx, lease.job()).await? else {
        return Ok(Guarded::Lost);
    };
    match lease {
        LeaseOf::Job(_) => release_job(tx, policy, &job, token, release).await,
        LeaseOf::Shard(id, ordinal) => match shard::lock(tx, id, ordinal).await? {
            Some(shard) => release_shard(tx, policy, &job, shard, token, release).await,
            None => Ok(Guarded::Lost),
        },
    }
}

async fn release_job(
    tx: &mut Connection,
    policy: &StorePolicy,
    job: &StoredJob,
    token: LeaseToken,
    release: Release,
) -> Result<Guarded, Fault> {
    if !job.lease.is_held_by(token) {
        return Ok(Guarded::Lost);
    }
    let faults = job.lease.faults + u32::from(matches!(release, Release::Fault { .. }));
    let touched = tx
        .execute(
            "/* lease.release_job */ UPDATE jobs SET lease_expires = NULL, faults = $2 WHERE id = $1",
            values![id: job.job.id, faults: faults],
        )
        .await?;
    one_row(touched)?;
    if job.job.state == JobState::StopRequested && !job.job.progress.planned {
        job::cut_plan(tx, policy, job).await?;
    } else {
        match release {
            Release::Drained => job::ring(tx, policy, job, job::work(job)).await?,
            Release::Fault { retry_after } => job::ring_later(tx, job, job.after(retry_after)).await?,
        }
    }
    Ok(Guarded::Applied)
}

async fn release_shard(
    tx: &mut Connection,
    policy: &StorePolicy,
    job: &StoredJob,
    mut shard: StoredShard,
    token: LeaseToken,
    release: Release,
) -> Result<Guarded, Fault> {
    if shard.state != ShardState::Leased || !shard.lease.is_held_by(token) {
        return Ok(Guarded::Lost);
    }
    if job.job.state == JobState::StopRequested {
        shard::cut(tx, policy, job, &shard).await?;
        return Ok(Guarded::Applied);
    }
    let ring = match release {
        Release::Drained => RingShard::Now,
        Release::Fault { retry_after } => {
            shard.lease.faults += 1;
            RingShard::After(retry_after)
        }
    };
    window::put_back(tx, policy, job, &shard, ring).await?;
    Ok(Guarded::Applied)
}

pub(crate) async fn fail(
    tx: &mut Connection,
    lease: LeaseOf,
    token: LeaseToken,
    message: &str,
) -> Result<Guarded, Fault> {
    let Some(job) = job::lock(tx, lease.job()).await? else {
        return Ok(Guarded::Lost);
    };
    let held = match lease {
        LeaseOf::Job(_) if job.job.state == JobState::Failed && job.lease.ended_with(token) => {
            // Done before, and the reply was lost.
            return Ok(Guarded::Applied);
        }
        LeaseOf::Job(_) => job.lease.is_held_by(token),
        LeaseOf::Shard(id, ordinal) => {
            let shard = shard::lock(tx, id, ordinal).await?;
            shard.is_some_and(|shard| shard.lease.is_held_by(token))
        }
    };
    if !held || !job.may_become(JobState::Failed) {
        return Ok(Guarded::Lost);
    }
    job::fail(tx, &job, message).await?;
    Ok(Guarded::Applied)
}

pub(crate) async fn finish(
    tx: &mut Connection,
    id: JobId,
    token: LeaseToken,
    ending: Ending,
    result: Option<&serde_json::Value>,
) -> Result<Guarded, Fault> {
    let Some(job) = job::lock(tx, id).await? else {
        return Ok(Guarded::Lost);
    };
    let state = match ending {
        Ending::Completed => JobState::Completed,
        Ending::PartialSuccess => JobState::PartialSuccess,
        Ending::Stopped => JobState::Stopped,
    };
    if job.job.state == state && job.lease.ended_with(token) {
        // Done before, and the reply was lost.
        return Ok(Guarded::Applied);
    }
    let complete = job.job.progress.planned && job.open_items == 0;
    if !job.lease.is_held_by(token) || !complete || !job.may_become(state) {
        return Ok(Guarded::Lost);
    }
    let assignments = "end_time = $3, ring_at = NULL, lease_expires = NULL, result = $4";
    let result = result.map(|result| to_json(result, "jobs.result")).transpose()?;
    job::enter(tx, &job, state, assignments, values![end_time: job.now, result: result]).await?;
    job::forget_rings(tx, &job, None).await?;
    Ok(Guarded::Applied)
}
