//! The window: how many shards of one job are rung for at a time, so that a small job does not wait
//! behind all the shards of a large one. A shard is in the window while it is leased or has a time
//! at which it is rung for again.

use std::time::Duration;

use construe_jobs::StorePolicy;

use crate::database::{Connection, values};
use crate::error::Fault;
use crate::job::one_row;
use crate::rows::{StoredJob, StoredShard, to_json};

/// Rings for the next shards as far as the window has room. The job is locked.
pub(crate) async fn fill(tx: &mut Connection, policy: &StorePolicy, job: &StoredJob) -> Result<(), Fault> {
    let (inside,): (i64,) = tx
        .one(
            "/* window.inside */ SELECT count(*) FROM shards \
             WHERE job_id = $1 AND (ring_at IS NOT NULL OR lease_expires IS NOT NULL)",
            values![job: job.job.id],
        )
        .await?;
    let room = i64::from(policy.window.max(1)) - inside;
    if room <= 0 {
        return Ok(());
    }
    tx.execute(
        "/* window.ring */ INSERT INTO outbox (job_id, kind, work, ordinal, rung, trace) \
         SELECT job_id, $2, 'shard', ordinal, $3, $4 FROM shards \
         WHERE job_id = $1 AND state = 'pending' AND ring_at IS NULL \
         ORDER BY ordinal LIMIT $5 ON CONFLICT DO NOTHING",
        values![
            job: job.job.id,
            kind: job.job.kind,
            rung: job.now,
            trace: job.job.trace.as_deref(),
            room: room,
        ],
    )
    .await?;
    tx.execute(
        "/* window.enter */ UPDATE shards SET ring_at = $2 \
         WHERE job_id = $1 AND ordinal IN ( \
             SELECT ordinal FROM shards WHERE job_id = $1 AND state = 'pending' AND ring_at IS NULL \
             ORDER BY ordinal LIMIT $3)",
        values![job: job.job.id, again: job.after(policy.ring_again_after), room: room],
    )
    .await?;
    Ok(())
}

/// When a shard that goes back to waiting is to be rung for.
pub(crate) enum RingShard {
    Now,
    After(Duration),
}

/// Puts a shard back to waiting after an attempt, inside the window, and rings for it.
pub(crate) async fn put_back(
    tx: &mut Connection,
    policy: &StorePolicy,
    job: &StoredJob,
    shard: &StoredShard,
    ring: RingShard,
) -> Result<(), Fault> {
    let again = match ring {
        RingShard::After(delay) => delay,
        RingShard::Now => {
            tx.execute(
                "/* window.ring_one */ INSERT INTO outbox (job_id, kind, work, ordinal, rung, trace) \
                 VALUES ($1, $2, 'shard', $3, $4, $5) ON CONFLICT DO NOTHING",
                values![
                    job: job.job.id,
                    kind: job.job.kind,
                    ordinal: shard.ordinal,
                    rung: job.now,
                    trace: job.job.trace.as_deref(),
                ],
            )
            .await?;
            policy.ring_again_after
        }
    };
    let touched = tx
        .execute(
            "/* window.put_back */ UPDATE shards \
             SET state = 'pending', ring_at = $3, lease_expires = NULL, suspect = NULL, \
                 expiries = $4, faults = $5, deaths = $6 \
             WHERE job_id = $1 AND ordinal = $2 AND state = 'leased'",
            values![
                job: job.job.id,
                ordinal: shard.ordinal,
                again: job.after(again),
                expiries: shard.lease.expiries,
                faults: shard.lease.faults,
                deaths: to_json(&shard.deaths, "shards.deaths")?,
            ],
        )
        .await?;
    one_row(touched)
}
