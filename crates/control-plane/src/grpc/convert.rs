//! Between the domain's types and those of the schema.

use construe_jobs::{
    Backlog, Inspection, Job, JobId, JobKind, JobState, LeaseInfo, Owner, Progress, ShardState, Timestamp, WorkerInfo,
};
use construe_proto::control::v1 as proto;
use tonic::Status;

pub(super) fn job_id(text: &str) -> Result<JobId, Status> {
    text.parse()
        .map_err(|error| Status::invalid_argument(format!("job_id: {error}")))
}

pub(super) fn owner(owner: Option<proto::Owner>) -> Result<Option<Owner>, Status> {
    let Some(proto::Owner { account, region, kind }) = owner else {
        return Ok(None);
    };
    // An owner with a blank would confine the call to nobody's jobs: surely a mistake of the caller.
    if account.is_empty() || region.is_empty() {
        return Err(Status::invalid_argument("owner: account and region must not be empty"));
    }
    let kind = kind
        .parse()
        .map_err(|error| Status::invalid_argument(format!("owner.kind: {error}")))?;
    Ok(Some(Owner { account, region, kind }))
}

pub(super) fn job_state(state: JobState) -> proto::JobState {
    match state {
        JobState::Submitted => proto::JobState::Submitted,
        JobState::InProgress => proto::JobState::InProgress,
        JobState::Completed => proto::JobState::Completed,
        JobState::PartialSuccess => proto::JobState::PartialSuccess,
        JobState::Failed => proto::JobState::Failed,
        JobState::StopRequested => proto::JobState::StopRequested,
        JobState::Stopped => proto::JobState::Stopped,
    }
}

fn shard_state(state: ShardState) -> proto::ShardState {
    match state {
        ShardState::Pending => proto::ShardState::Pending,
        ShardState::Leased => proto::ShardState::Leased,
        ShardState::Done => proto::ShardState::Done,
        ShardState::Cancelled => proto::ShardState::Cancelled,
    }
}

fn timestamp(timestamp: Timestamp) -> construe_proto::Timestamp {
    let micros_of_second = timestamp.0.rem_euclid(1_000_000);
    construe_proto::Timestamp {
        seconds: timestamp.0.div_euclid(1_000_000),
        // Below a thousand million.
        nanos: i32::try_from(micros_of_second * 1000).unwrap_or(0),
    }
}

pub(super) fn inspection(inspection: Inspection) -> proto::JobInspection {
    let Inspection {
        job,
        shards,
        leases,
        now,
    } = inspection;
    let progress = progress(&job, now);
    proto::JobInspection {
        job_id: job.id.to_string(),
        account: job.account,
        region: job.region,
        kind: job.kind.to_string(),
        name: job.name,
        state: job_state(job.state).into(),
        message: job.message,
        submit_time: Some(timestamp(job.submit_time)),
        start_time: job.start_time.map(timestamp),
        end_time: job.end_time.map(timestamp),
        now: Some(timestamp(now)),
        progress: Some(progress),
        shards: shards
            .into_iter()
            .map(|(state, count)| proto::ShardCount {
                state: shard_state(state).into(),
                count,
            })
            .collect(),
        leases: leases.into_iter().map(lease).collect(),
    }
}

fn lease(lease: LeaseInfo) -> proto::Lease {
    proto::Lease {
        ordinal: lease.ordinal,
        holder: lease.holder,
        attempt: lease.attempt,
        expires: Some(timestamp(lease.expires)),
        per_mille: u32::from(lease.per_mille),
    }
}

fn progress(job: &Job, now: Timestamp) -> proto::Progress {
    let Progress {
        planned,
        shards,
        shards_done,
        objects,
        bytes,
        bytes_done,
        documents,
        documents_failed,
        cut,
    } = job.progress;
    let seconds = job.start_time.map(|start| {
        let until = job.end_time.unwrap_or(now);
        until.0.saturating_sub(start.0) as f64 / 1e6
    });
    let speed = |amount: u64| seconds.filter(|&s| s > 0.0).map(|s| amount as f64 / s);
    let is_all_done = planned && shards_done == shards;
    let documents_total = if is_all_done {
        Some(documents)
    } else {
        estimated_documents(&job.progress)
    };
    let bytes_per_second = speed(bytes_done);
    let seconds_left = bytes_per_second
        .filter(|&rate| rate > 0.0 && planned && !job.state.is_terminal())
        .map(|rate| bytes.saturating_sub(bytes_done) as f64 / rate);
    proto::Progress {
        planned,
        objects,
        bytes_done,
        bytes_total: bytes,
        documents_done: documents,
        documents_failed,
        documents_total,
        bytes_per_second,
        documents_per_second: speed(documents),
        seconds_left,
        cut,
    }
}

/// Documents in all the input if the rest is like what is done.
fn estimated_documents(progress: &Progress) -> Option<u64> {
    let per_byte = (progress.bytes_done > 0).then(|| progress.documents as f64 / progress.bytes_done as f64)?;
    Some(((progress.bytes as f64 * per_byte).round() as u64).max(progress.documents))
}

pub(super) fn worker(info: WorkerInfo) -> proto::Worker {
    let WorkerInfo {
        status,
        started,
        last_seen,
    } = info;
    proto::Worker {
        id: status.id,
        kind: status.kind.to_string(),
        host: status.host,
        version: status.version,
        slots: status.slots,
        busy: status.busy,
        draining: status.draining,
        started: Some(timestamp(started)),
        last_seen: Some(timestamp(last_seen)),
    }
}

pub(super) fn backlog(backlog: Backlog) -> proto::GetBacklogResponse {
    let count = |counts: &[(JobKind, u64)], kind: JobKind| -> u64 {
        counts.iter().filter(|(k, _)| *k == kind).map(|(_, n)| n).sum()
    };
    let shards = JobKind::ALL
        .iter()
        .map(|&kind| proto::ShardBacklog {
            kind: kind.to_string(),
            worker_kind: kind.worker().to_string(),
            pending: count(&backlog.shards_pending, kind),
            leased: count(&backlog.shards_leased, kind),
        })
        .filter(|shards| shards.pending + shards.leased > 0)
        .collect();
    proto::GetBacklogResponse {
        jobs: backlog
            .jobs
            .into_iter()
            .map(|(kind, state, count)| proto::JobCount {
                kind: kind.to_string(),
                state: job_state(state).into(),
                count,
            })
            .collect(),
        shards,
        outbox: backlog.outbox,
        outbox_lag_seconds: backlog.outbox_lag.as_secs_f64(),
    }
}
