//! Adding planned shards to a job.

use construe_jobs::{JobId, JobState, LeaseToken, PlanBatch, Planned, StorePolicy};

use crate::database::{Connection, values};
use crate::error::Fault;
use crate::job;
use crate::rows::{StoredJob, to_json};
use crate::window;

pub(crate) async fn extend(
    tx: &mut Connection,
    policy: &StorePolicy,
    id: JobId,
    token: LeaseToken,
    batch: &PlanBatch,
) -> Result<Planned, Fault> {
    let Some(job) = job::lock(tx, id).await? else {
        return Ok(Planned::Lost);
    };
    let planned = job.job.progress.planned;
    if planned && !job.has_ended() && job.lease.ended_with(token) && batch.last && job.cursor == batch.cursor {
        // This very batch ended the plan, and its reply was lost.
        return Ok(Planned::Continue);
    }
    if planned || !job.lease.is_held_by(token) || !job.lease.is_live(job.now) {
        return Ok(Planned::Lost);
    }
    if job.job.state == JobState::StopRequested {
        job::cut_plan(tx, policy, &job).await?;
        return Ok(Planned::Stopped);
    }
    if job.cursor == batch.cursor && !batch.last {
        // Applied before (or nothing happened since).
        return Ok(Planned::Continue);
    }
    if !continues(&job, batch) {
        // Made from a cursor that is not the job's any more.
        return Ok(Planned::Lost);
    }
    insert_shards(tx, &job, batch).await?;
    let open = book(tx, &job, batch).await?;
    window::fill(tx, policy, &job).await?;
    job::finalize_if_closed(tx, policy, &job, open).await?;
    Ok(Planned::Continue)
}

/// Whether the batch begins where the stored plan ends, and numbers its shards without a gap.
fn continues(job: &StoredJob, batch: &PlanBatch) -> bool {
    let first = job.cursor.next_ordinal;
    let numbered = (first..)
        .zip(&batch.shards)
        .all(|(ordinal, shard)| shard.ordinal == ordinal);
    numbered && first + batch.shards.len() as u64 == batch.cursor.next_ordinal
}

async fn insert_shards(tx: &mut Connection, job: &StoredJob, batch: &PlanBatch) -> Result<(), Fault> {
    let mut rows = Vec::with_capacity(batch.shards.len());
    for shard in &batch.shards {
        rows.push(values![
            job: job.job.id,
            ordinal: shard.ordinal,
            state: "pending",
            slices: to_json(&shard.slices, "shards.slices")?,
            bytes: shard.bytes(),
        ]);
    }
    let head = "/* plan.shards */ INSERT INTO shards (job_id, ordinal, state, slices, bytes)";
    tx.insert(head, rows).await
}

/// Books the batch on the job and returns how many items are open now.
async fn book(tx: &mut Connection, job: &StoredJob, batch: &PlanBatch) -> Result<i64, Fault> {
    if job.job.state == JobState::Submitted {
        job::enter(
            tx,
            job,
            JobState::InProgress,
            "start_time = $3",
            values![start_time: job.now],
        )
        .await?;
    }
    let shards = batch.shards.len() as u64;
    let bytes: u64 = batch.shards.iter().map(construe_jobs::NewShard::bytes).sum();
    let (open,): (i64,) = tx
        .one(
            "/* plan.book */ UPDATE jobs SET plan_cursor = $2, shards = shards + $3, open_items = open_items + $3, \
             bytes = bytes + $4, objects = objects + $5 WHERE id = $1 AND planned = FALSE RETURNING open_items",
            values![
                job: job.job.id,
                cursor: to_json(&batch.cursor, "jobs.plan_cursor")?,
                shards: shards,
                bytes: bytes,
                objects: batch.objects,
            ],
        )
        .await?;
    if !batch.last {
        return Ok(open);
    }
    // The counts of attempts begin again: what follows is other work.
    let (open,): (i64,) = tx
        .one(
            "/* plan.close */ UPDATE jobs SET planned = TRUE, open_items = open_items - 1, \
             lease_expires = NULL, attempt = 0, expiries = 0, faults = 0 \
             WHERE id = $1 AND planned = FALSE RETURNING open_items",
            values![job: job.job.id],
        )
        .await?;
    Ok(open)
}
