//! Which workers there are. Nothing depends on these rows: they tell operators who is there, and
//! carry the wish that one leave.

use construe_jobs::{Timestamp, WorkerInfo, WorkerOrder, WorkerStatus};

use crate::database::{Connection, values};
use crate::error::Fault;
use crate::rows::small;

#[derive(sqlx::FromRow)]
struct WorkerRow {
    id: String,
    kind: String,
    host: String,
    version: String,
    slots: i64,
    busy: i64,
    draining: bool,
    started: i64,
    last_seen: i64,
}

pub(crate) async fn list(connection: &mut Connection) -> Result<Vec<WorkerInfo>, Fault> {
    let rows: Vec<WorkerRow> = connection
        .all(
            "/* workers.list */ SELECT id, kind, host, version, slots, busy, draining, started, last_seen \
             FROM workers ORDER BY id",
            values![],
        )
        .await?;
    let mut workers = Vec::with_capacity(rows.len());
    for row in rows {
        workers.push(WorkerInfo {
            status: WorkerStatus {
                id: row.id,
                kind: row
                    .kind
                    .parse()
                    .map_err(|_| Fault::Unreadable("a worker of an unknown kind"))?,
                host: row.host,
                version: row.version,
                slots: small(row.slots)?,
                busy: small(row.busy)?,
                draining: row.draining,
            },
            started: Timestamp(row.started),
            last_seen: Timestamp(row.last_seen),
        });
    }
    Ok(workers)
}

pub(crate) async fn report(connection: &mut Connection, status: &WorkerStatus) -> Result<WorkerOrder, Fault> {
    let (drain,): (bool,) = connection
        .one(
            "/* workers.report */ INSERT INTO workers \
             (id, kind, host, version, slots, busy, draining, started, last_seen) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, {now}, {now}) \
             ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, host = excluded.host, version = excluded.version, \
             slots = excluded.slots, busy = excluded.busy, draining = excluded.draining, last_seen = excluded.last_seen \
             RETURNING drain_requested",
            values![
                id: status.id.as_str(),
                kind: status.kind.as_str(),
                host: status.host.as_str(),
                version: status.version.as_str(),
                slots: status.slots,
                busy: status.busy,
                draining: status.draining,
            ],
        )
        .await?;
    Ok(if drain {
        WorkerOrder::Drain
    } else {
        WorkerOrder::Continue
    })
}

pub(crate) async fn drain(connection: &mut Connection, id: &str) -> Result<bool, Fault> {
    let touched = connection
        .execute(
            "/* workers.drain */ UPDATE workers SET drain_requested = TRUE WHERE id = $1",
            values![id: id],
        )
        .await?;
    Ok(touched == 1)
}

pub(crate) async fn remove(connection: &mut Connection, id: &str) -> Result<(), Fault> {
    connection
        .execute(
            "/* workers.remove */ DELETE FROM workers WHERE id = $1",
            values![id: id],
        )
        .await?;
    Ok(())
}
