//! Reading jobs: one, a page of them, one from the inside, and counts over all.

use std::time::Duration;

use construe_jobs::{
    Backlog, Inspection, Job, JobFilter, JobId, JobKind, JobState, LeaseInfo, ListPosition, Owner, ShardState,
    Timestamp,
};

use crate::database::{Connection, Value, values};
use crate::error::Fault;
use crate::rows::{JobRow, StoredJob, count, id, job_columns, small};
use crate::stop::owns;

pub(crate) async fn read(connection: &mut Connection, id: JobId) -> Result<Option<StoredJob>, Fault> {
    let row: Option<JobRow> = connection
        .optional(
            concat!("/* jobs.get */ SELECT ", job_columns!(), " FROM jobs WHERE id = $1"),
            values![id: id],
        )
        .await?;
    row.map(StoredJob::try_from).transpose()
}

pub(crate) async fn get(connection: &mut Connection, owner: &Owner, id: JobId) -> Result<Option<Job>, Fault> {
    let stored = read(connection, id).await?;
    Ok(stored.filter(|stored| owns(owner, stored)).map(|stored| stored.job))
}

/// Keyset paging: a page begins after a position, whatever was added before it in the meantime.
pub(crate) async fn list(
    connection: &mut Connection,
    owner: &Owner,
    filter: Option<&JobFilter>,
    after: Option<ListPosition>,
    limit: u32,
) -> Result<Vec<Job>, Fault> {
    let mut sql = String::from(concat!(
        "/* jobs.list */ SELECT ",
        job_columns!(),
        " FROM jobs WHERE account = $1 AND region = $2 AND kind = $3"
    ));
    let mut bound = values![
        account: owner.account.as_str(),
        region: owner.region.as_str(),
        kind: owner.kind,
    ];
    let mut bind = |value: Value| {
        bound.push(value);
        bound.len()
    };
    match filter {
        None => {}
        Some(JobFilter::Name(name)) => {
            sql += &format!(" AND name = ${}", bind(name.as_str().into()));
        }
        Some(JobFilter::State(state)) => {
            sql += &format!(" AND state = ${}", bind((*state).into()));
            if !state.is_terminal() {
                // What the index of live jobs is limited to.
                sql += " AND end_time IS NULL";
            }
        }
        Some(JobFilter::SubmittedBefore(time)) => {
            sql += &format!(" AND submit_time < ${}", bind(time.0.into()));
        }
        Some(JobFilter::SubmittedAfter(time)) => {
            sql += &format!(" AND submit_time > ${}", bind(time.0.into()));
        }
    }
    if let Some(position) = after {
        let time = bind(position.submit_time.0.into());
        let id = bind(position.id.into());
        sql += &format!(" AND (submit_time, id) < (${time}, ${id})");
    }
    let limit = bind(limit.into());
    sql += &format!(" ORDER BY submit_time DESC, id DESC LIMIT ${limit}");

    let rows: Vec<JobRow> = connection.all(sql, bound).await?;
    rows.into_iter().map(|row| Ok(StoredJob::try_from(row)?.job)).collect()
}

/// In a snapshot: the counts of shards agree with the job's.
pub(crate) async fn inspect(
    connection: &mut Connection,
    owner: Option<&Owner>,
    id: JobId,
) -> Result<Option<Inspection>, Fault> {
    let Some(stored) = read(connection, id).await? else {
        return Ok(None);
    };
    if owner.is_some_and(|owner| !owns(owner, &stored)) {
        return Ok(None);
    }
    let counted: Vec<(String, i64)> = connection
        .all(
            "/* jobs.inspect_shards */ SELECT state, count(*) FROM shards WHERE job_id = $1 GROUP BY state",
            values![id: id],
        )
        .await?;
    let leased: Vec<(i64, Option<String>, i64, i64, i64)> = connection
        .all(
            "/* jobs.inspect_leases */ SELECT ordinal, lease_holder, attempt, lease_expires, per_mille FROM shards \
             WHERE job_id = $1 AND lease_expires IS NOT NULL ORDER BY ordinal",
            values![id: id],
        )
        .await?;

    let mut shards = Vec::with_capacity(ShardState::ALL.len());
    for &state in ShardState::ALL {
        let found = counted.iter().find(|(name, _)| name == state.as_str());
        shards.push((state, found.map_or(Ok(0), |&(_, shards)| count(shards))?));
    }
    let mut leases = Vec::new();
    if let Some(expires) = stored.lease.expires {
        leases.push(LeaseInfo {
            ordinal: None,
            holder: stored.lease.holder.unwrap_or_default(),
            attempt: stored.lease.attempt,
            expires: Timestamp(expires),
            per_mille: 0,
        });
    }
    for (ordinal, holder, attempt, expires, per_mille) in leased {
        leases.push(LeaseInfo {
            ordinal: Some(count(ordinal)?),
            holder: holder.unwrap_or_default(),
            attempt: small(attempt)?,
            expires: Timestamp(expires),
            per_mille: u16::try_from(per_mille).unwrap_or(1000),
        });
    }
    Ok(Some(Inspection {
        now: Timestamp(stored.now),
        job: stored.job,
        shards,
        leases,
    }))
}

pub(crate) async fn backlog(connection: &mut Connection) -> Result<Backlog, Fault> {
    let jobs: Vec<(String, String, i64)> = connection
        .all(
            "/* backlog.jobs */ SELECT kind, state, count(*) FROM jobs WHERE end_time IS NULL \
             GROUP BY kind, state ORDER BY kind, state",
            values![],
        )
        .await?;
    let shards: Vec<(String, String, i64)> = connection
        .all(
            "/* backlog.shards */ SELECT jobs.kind, shards.state, count(*) \
             FROM shards JOIN jobs ON jobs.id = shards.job_id WHERE shards.state IN ('pending', 'leased') \
             GROUP BY jobs.kind, shards.state ORDER BY jobs.kind",
            values![],
        )
        .await?;
    let (outbox, oldest, now): (i64, Option<i64>, i64) = connection
        .one(
            "/* backlog.outbox */ SELECT count(*), min(rung), {now} FROM outbox",
            values![],
        )
        .await?;

    let mut backlog = Backlog {
        outbox: count(outbox)?,
        outbox_lag: oldest.map_or(Duration::ZERO, |oldest| {
            Duration::from_micros(u64::try_from(now - oldest).unwrap_or(0))
        }),
        ..Backlog::default()
    };
    // Kinds that only a newer version knows are that version's to count.
    for (kind, state, jobs) in jobs {
        if let (Ok(kind), Ok(state)) = (kind.parse::<JobKind>(), state.parse::<JobState>()) {
            backlog.jobs.push((kind, state, count(jobs)?));
        }
    }
    for (kind, state, shards) in shards {
        if let Ok(kind) = kind.parse::<JobKind>() {
            let counts = match state.as_str() {
                "pending" => &mut backlog.shards_pending,
                _ => &mut backlog.shards_leased,
            };
            counts.push((kind, count(shards)?));
        }
    }
    Ok(backlog)
}

pub(crate) async fn to_clean(connection: &mut Connection, limit: u32) -> Result<Vec<JobId>, Fault> {
    let rows: Vec<(String,)> = connection
        .all(
            "/* jobs.to_clean */ SELECT id FROM jobs WHERE end_time IS NOT NULL AND cleaned = FALSE \
             ORDER BY end_time LIMIT $1",
            values![limit: limit],
        )
        .await?;
    rows.iter().map(|(text,)| id(text)).collect()
}

pub(crate) async fn cleaned(tx: &mut Connection, id: JobId) -> Result<(), Fault> {
    let ended = tx
        .execute(
            "/* jobs.cleaned */ UPDATE jobs SET cleaned = TRUE WHERE id = $1 AND end_time IS NOT NULL",
            values![id: id],
        )
        .await?;
    if ended == 1 {
        tx.execute(
            "/* jobs.delete_shards */ DELETE FROM shards WHERE job_id = $1",
            values![job: id],
        )
        .await?;
    }
    Ok(())
}
