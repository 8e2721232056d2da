//! The relay's side of the outbox.

use std::time::Duration;

use construe_jobs::{JobKind, OutboxRing, Ring, Timestamp, Work};

use crate::database::{Connection, Value, in_list, values};
use crate::error::Fault;
use crate::rows::{count, id, micros};

#[derive(sqlx::FromRow)]
pub(crate) struct OutboxRow {
    id: i64,
    job_id: String,
    kind: String,
    work: String,
    ordinal: i64,
    rung: i64,
    trace: Option<String>,
}

/// One statement, in the order the rows were written. Rows that another relay is claiming at this
/// moment are passed over.
pub(crate) async fn claim(connection: &mut Connection, limit: u32, hold: Duration) -> Result<Vec<OutboxRow>, Fault> {
    let mut rows: Vec<OutboxRow> = connection
        .all(
            "/* outbox.claim */ UPDATE outbox SET claimed_until = {now} + $2 WHERE id IN ( \
                 SELECT id FROM outbox WHERE claimed_until <= {now} ORDER BY id LIMIT $1 {skip_locked}) \
             RETURNING id, job_id, kind, work, ordinal, rung, trace",
            values![limit: limit, hold: micros(hold)],
        )
        .await?;
    rows.sort_unstable_by_key(|row| row.id);
    Ok(rows)
}

/// Rows that this version cannot read stay for one that can.
pub(crate) fn readable(rows: Vec<OutboxRow>) -> Vec<OutboxRing> {
    rows.into_iter()
        .filter_map(|row| {
            let id = row.id;
            let ring = ring(row);
            if ring.is_err() {
                tracing::warn!(outbox.id = id, "an outbox row of another version is left alone");
            }
            Some(OutboxRing { id, ring: ring.ok()? })
        })
        .collect()
}

fn ring(row: OutboxRow) -> Result<Ring, Fault> {
    let work = match row.work.as_str() {
        "plan" => Work::Plan,
        "finalize" => Work::Finalize,
        "shard" => Work::Shard {
            ordinal: count(row.ordinal)?,
        },
        _ => return Err(Fault::Unreadable("a message about unknown work")),
    };
    let kind: JobKind = row
        .kind
        .parse()
        .map_err(|_| Fault::Unreadable("a message about a job of an unknown kind"))?;
    Ok(Ring {
        job: id(&row.job_id)?,
        kind,
        work,
        rung: Timestamp(row.rung),
        trace: row.trace,
    })
}

pub(crate) async fn delete(connection: &mut Connection, ids: &[i64]) -> Result<(), Fault> {
    for ids in ids.chunks(256) {
        let (list, ids) = in_list(1, ids.iter().map(|&id| Value::from(id)).collect());
        let sql = format!("/* outbox.delete */ DELETE FROM outbox WHERE id IN ({list})");
        connection.execute(sql, ids).await?;
    }
    Ok(())
}
