//! What several transactions do to a job under its lock.
//!
//! Every transaction that changes shards locks their job first ([`lock`]). The lock makes the count
//! of open items exact: one transaction alone sees it reach zero.

use std::borrow::Cow;

use construe_jobs::{JobId, JobState, JobWork, StorePolicy};

use crate::database::{Connection, values};
use crate::error::Fault;
use crate::rows::{JobRow, StoredJob, job_columns};

pub(crate) async fn lock(tx: &mut Connection, id: JobId) -> Result<Option<StoredJob>, Fault> {
    let row: Option<JobRow> = tx
        .optional(
            concat!(
                "/* job.lock */ SELECT ",
                job_columns!(),
                " FROM jobs WHERE id = $1 {for_update}"
            ),
            values![id: id],
        )
        .await?;
    row.map(StoredJob::try_from).transpose()
}

/// Changes the state of a locked job. `assignments` continues the `SET` list with parameters from `$3` on.
pub(crate) async fn enter(
    tx: &mut Connection,
    job: &StoredJob,
    state: JobState,
    assignments: &str,
    mut parameters: Vec<crate::database::Value>,
) -> Result<(), Fault> {
    let predecessors: Vec<String> = state.predecessors().iter().map(|state| format!("'{state}'")).collect();
    let sql = format!(
        "/* job.enter */ UPDATE jobs SET state = $2, {assignments} WHERE id = $1 AND state IN ({})",
        predecessors.join(", ")
    );
    let mut all = values![id: job.job.id, state: state];
    all.append(&mut parameters);
    one_row(tx.execute(sql, all).await?)
}

/// A guarded change of a locked row touches that row, or the lock does not hold what it promises.
pub(crate) fn one_row(touched: u64) -> Result<(), Fault> {
    match touched {
        1 => Ok(()),
        _ => Err(Fault::Unreadable("a locked row is not in the state it was read in")),
    }
}

/// Takes items off the count, and rings for finalising when none is left.
pub(crate) async fn close_items(
    tx: &mut Connection,
    policy: &StorePolicy,
    job: &StoredJob,
    items: i64,
) -> Result<(), Fault> {
    if items == 0 {
        return Ok(());
    }
    let (open,): (i64,) = tx
        .one(
            "/* job.close_items */ UPDATE jobs SET open_items = open_items - $2 WHERE id = $1 RETURNING open_items",
            values![id: job.job.id, items: items],
        )
        .await?;
    finalize_if_closed(tx, policy, job, open).await
}

/// To be called by the transaction that lowered the count to `open`.
pub(crate) async fn finalize_if_closed(
    tx: &mut Connection,
    policy: &StorePolicy,
    job: &StoredJob,
    open: i64,
) -> Result<(), Fault> {
    if open == 0 {
        ring(tx, policy, job, JobWork::Finalize).await?;
    }
    Ok(())
}

/// Ends the planning of a job that is to stop, as far as it came.
pub(crate) async fn cut_plan(tx: &mut Connection, policy: &StorePolicy, job: &StoredJob) -> Result<(), Fault> {
    let touched = tx
        .execute(
            "/* job.cut_plan */ UPDATE jobs \
             SET planned = TRUE, cut = TRUE, ring_at = NULL, lease_expires = NULL, attempt = 0, expiries = 0, faults = 0 \
             WHERE id = $1 AND state = 'STOP_REQUESTED' AND planned = FALSE",
            values![id: job.job.id],
        )
        .await?;
    one_row(touched)?;
    close_items(tx, policy, job, 1).await
}

/// Rings for planning or finalising.
pub(crate) async fn ring(
    tx: &mut Connection,
    policy: &StorePolicy,
    job: &StoredJob,
    work: JobWork,
) -> Result<(), Fault> {
    tx.execute(
        "/* job.ring */ INSERT INTO outbox (job_id, kind, work, rung, trace) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        values![
            job: job.job.id,
            kind: job.job.kind,
            work: work_name(work),
            rung: job.now,
            trace: job.job.trace.as_deref(),
        ],
    )
    .await?;
    ring_later(tx, job, job.after(policy.ring_again_after)).await
}

/// Leaves it to the sweeper to ring for the job.
pub(crate) async fn ring_later(tx: &mut Connection, job: &StoredJob, at: i64) -> Result<(), Fault> {
    let touched = tx
        .execute(
            "/* job.ring_later */ UPDATE jobs SET ring_at = $2 WHERE id = $1",
            values![id: job.job.id, at: at],
        )
        .await?;
    one_row(touched)
}

/// The work that a job waits for: its plan first, its output last.
pub(crate) fn work(job: &StoredJob) -> JobWork {
    if job.job.progress.planned {
        JobWork::Finalize
    } else {
        JobWork::Plan
    }
}

pub(crate) fn work_name(work: JobWork) -> &'static str {
    match work {
        JobWork::Plan => "plan",
        JobWork::Finalize => "finalize",
    }
}

/// Ends the job as failed; all its leases are void.
pub(crate) async fn fail(tx: &mut Connection, job: &StoredJob, message: &str) -> Result<(), Fault> {
    let assignments = "end_time = $3, message = $4, open_items = 0, ring_at = NULL, lease_expires = NULL";
    let parameters = values![end_time: job.now, message: message];
    enter(tx, job, JobState::Failed, assignments, parameters).await?;
    cancel_shards(tx, job, Which::Unfinished).await?;
    forget_rings(tx, job, None).await
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    Pending,
    Unfinished,
}

/// Cancels shards and returns how many; the count of open items is the caller's to lower.
pub(crate) async fn cancel_shards(tx: &mut Connection, job: &StoredJob, which: Which) -> Result<i64, Fault> {
    let sql = match which {
        Which::Pending => {
            "/* job.cancel_pending */ UPDATE shards SET state = 'cancelled', ring_at = NULL \
             WHERE job_id = $1 AND state = 'pending'"
        }
        Which::Unfinished => {
            "/* job.cancel_unfinished */ UPDATE shards SET state = 'cancelled', ring_at = NULL, lease_expires = NULL \
             WHERE job_id = $1 AND state IN ('pending', 'leased')"
        }
    };
    let cancelled = tx.execute(sql, values![job: job.job.id]).await?;
    i64::try_from(cancelled).map_err(|_| Fault::Unreadable("a count out of range"))
}

/// Deletes messages about work that is no longer to be done; `None`: all of the job's.
pub(crate) async fn forget_rings(tx: &mut Connection, job: &StoredJob, work: Option<&str>) -> Result<(), Fault> {
    let sql: Cow<'static, str> = match work {
        None => "/* job.forget_rings */ DELETE FROM outbox WHERE job_id = $1".into(),
        Some(_) => "/* job.forget_rings_for */ DELETE FROM outbox WHERE job_id = $1 AND work = $2".into(),
    };
    let mut parameters = values![job: job.job.id];
    parameters.extend(work.map(crate::database::Value::from));
    tx.execute(sql, parameters).await?;
    Ok(())
}
