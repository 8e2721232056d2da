//! The sweeper: what makes messages optional and dead holders harmless.
//!
//! Each step looks for jobs that need it without a lock, then settles one job per transaction, under
//! the job's lock, looking again. Several sweepers at once do the same things once.

use construe_jobs::{JobId, JobState, StoreError, StorePolicy, SweepReport};

use crate::Store;
use crate::attempts::run;
use crate::database::{Connection, values};
use crate::error::Fault;
use crate::job;
use crate::lease::{given_up_on_job, given_up_on_shard, shard_attempts};
use crate::rows::{ShardRow, StoredJob, StoredShard, id, micros, shard_columns};
use crate::shard;
use crate::stop;
use crate::window::{self, RingShard};

/// Jobs looked up at a time, and shards of one job settled in one transaction.
const BATCH: u32 = 100;
/// Batches of one step in one sweep; what is left waits for the next sweep.
const ROUNDS: u32 = 50;
/// Client tokens forgotten in one statement.
const TOKENS: u32 = 1000;

/// Why a job needs the sweeper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    ExpiredShards,
    ExpiredLease,
    OverdueShards,
    OverdueJob,
    GraceOver,
}

impl Need {
    /// Revoking comes first: what it cancels need not be rung for.
    const ALL: [Need; 5] = [
        Need::GraceOver,
        Need::ExpiredShards,
        Need::ExpiredLease,
        Need::OverdueShards,
        Need::OverdueJob,
    ];

    fn query(self) -> &'static str {
        match self {
            Need::ExpiredShards => {
                "/* sweep.expired_shards */ SELECT DISTINCT job_id FROM shards WHERE lease_expires <= {now} LIMIT $1"
            }
            Need::ExpiredLease => "/* sweep.expired_lease */ SELECT id FROM jobs WHERE lease_expires <= {now} LIMIT $1",
            Need::OverdueShards => {
                "/* sweep.overdue_shards */ SELECT DISTINCT job_id FROM shards WHERE ring_at <= {now} LIMIT $1"
            }
            Need::OverdueJob => "/* sweep.overdue_job */ SELECT id FROM jobs WHERE ring_at <= {now} LIMIT $1",
            Need::GraceOver => {
                "/* sweep.grace_over */ SELECT id FROM jobs \
                 WHERE state = 'STOP_REQUESTED' AND stop_time <= {now} - $2 AND open_items > 0 LIMIT $1"
            }
        }
    }
}

pub(crate) async fn sweep(store: &Store) -> Result<SweepReport, StoreError> {
    let mut report = SweepReport::default();
    for need in Need::ALL {
        for _ in 0..ROUNDS {
            let found: Vec<JobId> = run!(store, "sweep_find", reader, c => find(c, &store.policy, need))?;
            for &id in &found {
                let settled: SweepReport =
                    run!(store, "sweep", transaction, tx => settle(tx, &store.policy, need, id))?;
                add(&mut report, settled);
            }
            if found.len() < BATCH as usize {
                break;
            }
        }
    }
    run!(store, "sweep_forget", writer, c => forget(c, &store.policy))?;
    Ok(report)
}

fn add(total: &mut SweepReport, one: SweepReport) {
    total.leases_expired += one.leases_expired;
    total.rung_again += one.rung_again;
    total.leases_revoked += one.leases_revoked;
    total.jobs_failed += one.jobs_failed;
}

async fn find(connection: &mut Connection, policy: &StorePolicy, need: Need) -> Result<Vec<JobId>, Fault> {
    let mut bound = values![limit: BATCH];
    if need == Need::GraceOver {
        bound.extend(values![grace: micros(policy.stop_grace)]);
    }
    let rows: Vec<(String,)> = connection.all(need.query(), bound).await?;
    rows.iter().map(|(text,)| id(text)).collect()
}

async fn settle(tx: &mut Connection, policy: &StorePolicy, need: Need, id: JobId) -> Result<SweepReport, Fault> {
    let mut report = SweepReport::default();
    if need == Need::GraceOver {
        report.leases_revoked = stop::revoke(tx, policy, id).await?;
        return Ok(report);
    }
    let Some(job) = job::lock(tx, id).await? else {
        return Ok(report);
    };
    match need {
        Need::ExpiredShards => expire_shards(tx, policy, &job, &mut report).await?,
        Need::ExpiredLease => expire_lease(tx, policy, job, &mut report).await?,
        Need::OverdueShards => report.rung_again = ring_shards_again(tx, policy, &job).await?,
        Need::OverdueJob => report.rung_again = ring_job_again(tx, policy, &job).await?,
        Need::GraceOver => {}
    }
    Ok(report)
}

/// Shards whose holder fell silent wait again; those of a stopping job are given up.
async fn expire_shards(
    tx: &mut Connection,
    policy: &StorePolicy,
    job: &StoredJob,
    report: &mut SweepReport,
) -> Result<(), Fault> {
    let rows: Vec<ShardRow> = tx
        .all(
            concat!(
                "/* sweep.lock_expired */ SELECT ",
                shard_columns!(),
                " FROM shards WHERE job_id = $1 AND lease_expires <= $2 ORDER BY ordinal LIMIT $3 {for_update}"
            ),
            values![job: job.job.id, now: job.now, limit: BATCH],
        )
        .await?;
    for row in rows {
        let mut shard = StoredShard::try_from(row)?;
        report.leases_expired += 1;
        if job.job.state == JobState::StopRequested {
            shard::cut(tx, policy, job, &shard).await?;
            continue;
        }
        shard.book_death();
        if shard.lease.expiries >= shard_attempts(policy, job) {
            job::fail(tx, job, &given_up_on_shard(job, &shard)).await?;
            report.jobs_failed += 1;
            return Ok(());
        }
        window::put_back(tx, policy, job, &shard, RingShard::Now).await?;
    }
    Ok(())
}

/// A planner or finaliser fell silent.
async fn expire_lease(
    tx: &mut Connection,
    policy: &StorePolicy,
    mut job: StoredJob,
    report: &mut SweepReport,
) -> Result<(), Fault> {
    if !job.lease.has_run_out(job.now) {
        return Ok(());
    }
    report.leases_expired += 1;
    job.lease.expiries += 1;
    if job.lease.expiries >= policy.max_attempts {
        job::fail(tx, &job, &given_up_on_job(&job)).await?;
        report.jobs_failed += 1;
        return Ok(());
    }
    let touched = tx
        .execute(
            "/* sweep.expire_lease */ UPDATE jobs SET lease_expires = NULL, expiries = $2 WHERE id = $1",
            values![id: job.job.id, expiries: job.lease.expiries],
        )
        .await?;
    job::one_row(touched)?;
    if job.job.state == JobState::StopRequested && !job.job.progress.planned {
        job::cut_plan(tx, policy, &job).await
    } else {
        job::ring(tx, policy, &job, job::work(&job)).await
    }
}

/// Shards rung for too long ago. A message that still waits in the outbox is not written twice.
async fn ring_shards_again(tx: &mut Connection, policy: &StorePolicy, job: &StoredJob) -> Result<u64, Fault> {
    let rung = tx
        .execute(
            "/* sweep.ring_shards */ INSERT INTO outbox (job_id, kind, work, ordinal, rung, trace) \
             SELECT job_id, $3, 'shard', ordinal, $2, $4 FROM shards \
             WHERE job_id = $1 AND ring_at <= $2 AND NOT EXISTS ( \
                 SELECT 1 FROM outbox waiting WHERE waiting.job_id = shards.job_id \
                 AND waiting.work = 'shard' AND waiting.ordinal = shards.ordinal) \
             ORDER BY ordinal ON CONFLICT DO NOTHING",
            values![
                job: job.job.id,
                now: job.now,
                kind: job.job.kind,
                trace: job.job.trace.as_deref(),
            ],
        )
        .await?;
    tx.execute(
        "/* sweep.shards_rung */ UPDATE shards SET ring_at = $3 WHERE job_id = $1 AND ring_at <= $2",
        values![job: job.job.id, now: job.now, again: job.after(policy.ring_again_after)],
    )
    .await?;
    Ok(rung)
}

async fn ring_job_again(tx: &mut Connection, policy: &StorePolicy, job: &StoredJob) -> Result<u64, Fault> {
    if job.ring_at.is_none_or(|ring_at| ring_at > job.now) {
        return Ok(0);
    }
    let work = job::work(job);
    let waiting: Option<(i64,)> = tx
        .optional(
            "/* sweep.job_waiting */ SELECT id FROM outbox WHERE job_id = $1 AND work = $2 LIMIT 1",
            values![job: job.job.id, work: job::work_name(work)],
        )
        .await?;
    if waiting.is_some() {
        job::ring_later(tx, job, job.after(policy.ring_again_after)).await?;
        return Ok(0);
    }
    job::ring(tx, policy, job, work).await?;
    Ok(1)
}

/// Workers that fell silent, and client tokens past their time.
async fn forget(connection: &mut Connection, policy: &StorePolicy) -> Result<(), Fault> {
    connection
        .execute(
            "/* sweep.forget_workers */ DELETE FROM workers WHERE last_seen <= {now} - $1",
            values![silent_for: micros(policy.worker_forgotten_after)],
        )
        .await?;
    connection
        .execute(
            "/* sweep.forget_tokens */ DELETE FROM client_tokens WHERE (account, region, operation, token) IN ( \
                 SELECT account, region, operation, token FROM client_tokens WHERE created <= {now} - $1 \
                 ORDER BY created LIMIT $2)",
            values![lifetime: micros(policy.token_lifetime), limit: TOKENS],
        )
        .await?;
    connection
        .execute(
            "/* sweep.forget_resource_tokens */ DELETE FROM resource_tokens \
             WHERE (account, region, operation, token) IN ( \
                 SELECT account, region, operation, token FROM resource_tokens WHERE created <= {now} - $1 \
                 ORDER BY created LIMIT $2)",
            values![lifetime: micros(policy.token_lifetime), limit: TOKENS],
        )
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sweeps run every few seconds over tables that only grow; the partial indexes stay small.
    #[tokio::test]
    async fn no_question_reads_a_whole_table() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_sqlite(&folder.path().join("db"), StorePolicy::default())
            .await
            .unwrap();
        store.migrate().await.unwrap();
        let mut connection = store.database.reader().await.unwrap();
        for need in Need::ALL {
            let mut bound = values![limit: BATCH];
            if need == Need::GraceOver {
                bound.extend(values![grace: 0_i64]);
            }
            let sql = format!("EXPLAIN QUERY PLAN {}", need.query());
            let plan: Vec<(i64, i64, i64, String)> = connection.all(sql, bound).await.unwrap();
            let indexed = plan.iter().any(|(.., detail)| detail.contains("INDEX"));
            assert!(indexed, "{need:?}: {plan:?}");
        }
    }
}
