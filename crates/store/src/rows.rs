//! Rows as the database gives them, and what they become.

use std::time::Duration;

use construe_jobs::{
    DoneShard, Job, JobId, JobState, LeaseToken, Part, PartFiles, PlanCursor, Progress, Slice, Timestamp,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Fault;

/// Columns of a [`JobRow`]. Named one by one: `*` would break prepared statements while another
/// version migrates.
macro_rules! job_columns {
    () => {
        "id, account, region, kind, name, state, request, spec, trace, message, result, \
         submit_time, start_time, stop_time, end_time, planned, plan_cursor, open_items, cut, \
         shards, shards_done, objects, bytes, bytes_done, documents, documents_failed, \
         ring_at, lease_token, lease_holder, lease_expires, attempt, expiries, faults, {now} AS now"
    };
}
pub(crate) use job_columns;

#[derive(sqlx::FromRow)]
pub(crate) struct JobRow {
    id: String,
    account: String,
    region: String,
    kind: String,
    name: Option<String>,
    state: String,
    request: String,
    spec: String,
    trace: Option<String>,
    message: Option<String>,
    result: Option<String>,
    submit_time: i64,
    start_time: Option<i64>,
    stop_time: Option<i64>,
    end_time: Option<i64>,
    planned: bool,
    plan_cursor: String,
    open_items: i64,
    cut: bool,
    shards: i64,
    shards_done: i64,
    objects: i64,
    bytes: i64,
    bytes_done: i64,
    documents: i64,
    documents_failed: i64,
    ring_at: Option<i64>,
    lease_token: Option<String>,
    lease_holder: Option<String>,
    lease_expires: Option<i64>,
    attempt: i64,
    expiries: i64,
    faults: i64,
    now: i64,
}

/// A job with what only the store knows of it.
#[derive(Debug)]
pub(crate) struct StoredJob {
    pub(crate) job: Job,
    pub(crate) cursor: PlanCursor,
    pub(crate) open_items: i64,
    pub(crate) stop_time: Option<i64>,
    pub(crate) ring_at: Option<i64>,
    pub(crate) lease: LeaseColumns,
    /// The clock of the database when the row was read.
    pub(crate) now: i64,
}

impl TryFrom<JobRow> for StoredJob {
    type Error = Fault;

    fn try_from(row: JobRow) -> Result<Self, Fault> {
        let job = Job {
            id: id(&row.id)?,
            account: row.account,
            region: row.region,
            kind: row
                .kind
                .parse()
                .map_err(|_| Fault::Unreadable("a job of an unknown kind"))?,
            name: row.name,
            state: row
                .state
                .parse()
                .map_err(|_| Fault::Unreadable("a job in an unknown state"))?,
            request: from_json(&row.request, "jobs.request")?,
            spec: from_json(&row.spec, "jobs.spec")?,
            submit_time: Timestamp(row.submit_time),
            start_time: row.start_time.map(Timestamp),
            end_time: row.end_time.map(Timestamp),
            message: row.message,
            result: row
                .result
                .as_deref()
                .map(|result| from_json(result, "jobs.result"))
                .transpose()?,
            progress: Progress {
                planned: row.planned,
                shards: count(row.shards)?,
                shards_done: count(row.shards_done)?,
                objects: count(row.objects)?,
                bytes: count(row.bytes)?,
                bytes_done: count(row.bytes_done)?,
                documents: count(row.documents)?,
                documents_failed: count(row.documents_failed)?,
                cut: row.cut,
            },
            trace: row.trace,
        };
        Ok(StoredJob {
            job,
            cursor: from_json(&row.plan_cursor, "jobs.plan_cursor")?,
            open_items: row.open_items,
            stop_time: row.stop_time,
            ring_at: row.ring_at,
            lease: LeaseColumns {
                token: row.lease_token,
                holder: row.lease_holder,
                expires: row.lease_expires,
                attempt: small(row.attempt)?,
                expiries: small(row.expiries)?,
                faults: small(row.faults)?,
            },
            now: row.now,
        })
    }
}

impl StoredJob {
    /// Whether the job is in one of the states that come before `next`.
    pub(crate) fn may_become(&self, next: JobState) -> bool {
        self.job.state.may_become(next)
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.job.state.is_terminal()
    }

    pub(crate) fn after(&self, delay: Duration) -> i64 {
        self.now.saturating_add(micros(delay))
    }
}

#[derive(Debug)]
pub(crate) struct LeaseColumns {
    pub(crate) token: Option<String>,
    pub(crate) holder: Option<String>,
    /// Set while the lease is held.
    pub(crate) expires: Option<i64>,
    pub(crate) attempt: u32,
    pub(crate) expiries: u32,
    pub(crate) faults: u32,
}

impl LeaseColumns {
    fn names(&self, token: LeaseToken) -> bool {
        self.token.as_deref() == Some(token.to_string().as_str())
    }

    /// Whether the lease is still this holder's. It may have run out, as long as nobody noticed.
    pub(crate) fn is_held_by(&self, token: LeaseToken) -> bool {
        self.expires.is_some() && self.names(token)
    }

    /// Whether it ended under this token, and nobody has held it since.
    pub(crate) fn ended_with(&self, token: LeaseToken) -> bool {
        self.expires.is_none() && self.names(token)
    }

    pub(crate) fn is_live(&self, now: i64) -> bool {
        self.expires.is_some_and(|expires| expires > now)
    }

    pub(crate) fn has_run_out(&self, now: i64) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }
}

macro_rules! shard_columns {
    () => {
        "ordinal, state, slices, lease_token, lease_holder, lease_expires, attempt, expiries, faults, suspect, deaths"
    };
}
pub(crate) use shard_columns;

#[derive(sqlx::FromRow)]
pub(crate) struct ShardRow {
    ordinal: i64,
    state: String,
    slices: String,
    lease_token: Option<String>,
    lease_holder: Option<String>,
    lease_expires: Option<i64>,
    attempt: i64,
    expiries: i64,
    faults: i64,
    suspect: Option<i64>,
    deaths: String,
}

#[derive(Debug)]
pub(crate) struct StoredShard {
    pub(crate) ordinal: u64,
    pub(crate) state: construe_jobs::ShardState,
    pub(crate) slices: Vec<Slice>,
    pub(crate) lease: LeaseColumns,
    /// The document that the present attempt is about to touch.
    suspect: Option<u64>,
    /// The suspect of each attempt that died with one.
    pub(crate) deaths: Vec<u64>,
}

impl TryFrom<ShardRow> for StoredShard {
    type Error = Fault;

    fn try_from(row: ShardRow) -> Result<Self, Fault> {
        Ok(StoredShard {
            ordinal: count(row.ordinal)?,
            state: row
                .state
                .parse()
                .map_err(|_| Fault::Unreadable("a shard in an unknown state"))?,
            slices: from_json(&row.slices, "shards.slices")?,
            lease: LeaseColumns {
                token: row.lease_token,
                holder: row.lease_holder,
                expires: row.lease_expires,
                attempt: small(row.attempt)?,
                expiries: small(row.expiries)?,
                faults: small(row.faults)?,
            },
            suspect: row.suspect.map(count).transpose()?,
            deaths: from_json(&row.deaths, "shards.deaths")?,
        })
    }
}

impl StoredShard {
    /// Books the present attempt as one that killed its process.
    pub(crate) fn book_death(&mut self) {
        self.lease.expiries += 1;
        self.deaths.extend(self.suspect.take());
    }

    /// Documents that two attempts died with, in order.
    pub(crate) fn poisoned(&self) -> Vec<u64> {
        let mut deaths = self.deaths.clone();
        deaths.sort_unstable();
        let mut poisoned: Vec<u64> = deaths
            .windows(2)
            .filter(|pair| pair[0] == pair[1])
            .map(|pair| pair[0])
            .collect();
        poisoned.dedup();
        poisoned
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct DoneRow {
    ordinal: i64,
    slices: String,
    part_key: String,
    part_digest: String,
    part_size: Option<i64>,
    part_lengths: String,
    part_cut: bool,
    documents: i64,
    documents_failed: i64,
    input_bytes: i64,
    part_files: Option<String>,
}

impl TryFrom<DoneRow> for DoneShard {
    type Error = Fault;

    fn try_from(row: DoneRow) -> Result<Self, Fault> {
        let lengths: Vec<u64> = from_json(&row.part_lengths, "shards.part_lengths")?;
        Ok(DoneShard {
            ordinal: count(row.ordinal)?,
            slices: from_json(&row.slices, "shards.slices")?,
            part: Part {
                key: row.part_key,
                digest: row.part_digest,
                size: row.part_size.map_or_else(|| Ok(lengths.iter().sum()), count)?,
                lengths,
                documents: count(row.documents)?,
                documents_failed: count(row.documents_failed)?,
                input_bytes: count(row.input_bytes)?,
                cut: row.part_cut,
                files: match &row.part_files {
                    Some(files) => from_json(files, "shards.part_files")?,
                    None => PartFiles::default(),
                },
            },
        })
    }
}

pub(crate) fn id(text: &str) -> Result<JobId, Fault> {
    text.parse().map_err(|_| Fault::Unreadable("a malformed job id"))
}

pub(crate) fn count(value: i64) -> Result<u64, Fault> {
    u64::try_from(value).map_err(|_| Fault::Unreadable("a negative count"))
}

pub(crate) fn small(value: i64) -> Result<u32, Fault> {
    u32::try_from(value).map_err(|_| Fault::Unreadable("a count out of range"))
}

/// The error names the column only: what a parser says may quote the content.
pub(crate) fn from_json<T: DeserializeOwned>(text: &str, column: &'static str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|_| Fault::Unreadable(column))
}

pub(crate) fn to_json<T: Serialize>(value: &T, column: &'static str) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|_| Fault::Unreadable(column))
}

/// Microseconds; durations beyond the range of the clock saturate.
pub(crate) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
