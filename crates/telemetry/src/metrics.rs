//! One function per measurement. All are cheap, never fail, and do nothing before [`crate::init`].
//!
//! Label values are `&'static str` or enums wherever the set of values is closed, so that an id, a
//! key or a piece of text cannot become a label by accident.

use std::time::Duration;

use opentelemetry::KeyValue;

use crate::attributes;
pub(crate) use crate::instruments::install;
use crate::instruments::installed;

/// What the conventions put in place of a name that the server does not know, so that callers
/// cannot make new series.
pub const OTHER: &str = "_OTHER";

/// The outcome of a document that has results, for [`documents_committed`].
pub const DOCUMENT_OK: &str = "ok";

/// How one attempt at a shard ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ShardOutcome {
    /// Committed.
    Done,
    /// Ended by an error of the job or of the surroundings.
    Failed,
    /// The lease went to somebody else, or its deadline passed: the work was thrown away.
    Lost,
    /// Given back unfinished, without penalty, because the worker drains.
    Released,
}

impl ShardOutcome {
    /// The name in metrics and on spans.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Lost => "lost",
            Self::Released => "released",
        }
    }
}

/// An HTTP request was answered. `operation` is the name of the AWS operation, or [`OTHER`] if the
/// request named none that exists.
pub fn http_request(method: &str, status_code: u16, operation: &'static str, duration: Duration) {
    let Some(instruments) = installed() else {
        return;
    };
    let mut labels = vec![
        KeyValue::new(attributes::HTTP_REQUEST_METHOD, known_method(method)),
        KeyValue::new(attributes::HTTP_RESPONSE_STATUS_CODE, i64::from(status_code)),
        KeyValue::new(attributes::RPC_METHOD, operation),
    ];
    if status_code >= 500 {
        labels.push(KeyValue::new(attributes::ERROR_TYPE, status_code.to_string()));
    }
    instruments
        .http_server_request_duration
        .record(duration.as_secs_f64(), &labels);
}

/// The methods that the conventions know; any other is one series.
fn known_method(method: &str) -> &'static str {
    const KNOWN: [&str; 9] = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
    ];
    KNOWN.into_iter().find(|known| *known == method).unwrap_or(OTHER)
}

/// A gRPC call was answered. `method` is `package.Service/Method` and `status_code` the name of the
/// gRPC status (`OK`, `NOT_FOUND`, …); an unimplemented method is counted as [`OTHER`].
pub fn grpc_call(method: &str, status_code: &'static str, duration: Duration) {
    let Some(instruments) = installed() else {
        return;
    };
    let method = if status_code == "UNIMPLEMENTED" {
        OTHER
    } else {
        method.trim_start_matches('/')
    };
    let mut labels = vec![
        KeyValue::new(attributes::RPC_SYSTEM_NAME, "grpc"),
        KeyValue::new(attributes::RPC_METHOD, method.to_owned()),
        KeyValue::new(attributes::RPC_RESPONSE_STATUS_CODE, status_code),
    ];
    // The statuses that are the server's fault, by the conventions for gRPC.
    if matches!(
        status_code,
        "UNKNOWN" | "DEADLINE_EXCEEDED" | "UNIMPLEMENTED" | "INTERNAL" | "UNAVAILABLE" | "DATA_LOSS"
    ) {
        labels.push(KeyValue::new(attributes::ERROR_TYPE, status_code));
    }
    instruments
        .rpc_server_call_duration
        .record(duration.as_secs_f64(), &labels);
}

/// A producer's or consumer's call to the broker ended. `system` is one of the
/// `MESSAGING_SYSTEM_…` values in [`attributes`], `operation` is `publish`, `ack`, `nack` …
pub fn messaging_operation(
    system: &'static str,
    destination: &str,
    operation: &'static str,
    error_type: Option<&'static str>,
    duration: Duration,
) {
    if let Some(instruments) = installed() {
        instruments.messaging_client_operation_duration.record(
            duration.as_secs_f64(),
            &messaging_labels(system, destination, operation, error_type),
        );
    }
}

/// A delivery was handled, up to its acknowledgement.
pub fn message_processed(
    system: &'static str,
    destination: &str,
    error_type: Option<&'static str>,
    duration: Duration,
) {
    if let Some(instruments) = installed() {
        instruments.messaging_process_duration.record(
            duration.as_secs_f64(),
            &messaging_labels(system, destination, "process", error_type),
        );
    }
}

fn messaging_labels(
    system: &'static str,
    destination: &str,
    operation: &'static str,
    error_type: Option<&'static str>,
) -> Vec<KeyValue> {
    let mut labels = vec![
        KeyValue::new(attributes::MESSAGING_SYSTEM, system),
        KeyValue::new(attributes::MESSAGING_DESTINATION_NAME, destination.to_owned()),
        KeyValue::new(attributes::MESSAGING_OPERATION_NAME, operation),
    ];
    labels.extend(error_type.map(|error| KeyValue::new(attributes::ERROR_TYPE, error)));
    labels
}

/// A message was delivered `wait` after it was published.
pub fn queue_wait(system: &'static str, destination: &str, wait: Duration) {
    if let Some(instruments) = installed() {
        let labels = [
            KeyValue::new(attributes::MESSAGING_SYSTEM, system),
            KeyValue::new(attributes::MESSAGING_DESTINATION_NAME, destination.to_owned()),
        ];
        instruments.queue_wait.record(wait.as_secs_f64(), &labels);
    }
}

/// A statement or a named transaction ended. `system` is one of the `DB_SYSTEM_…` values in
/// [`attributes`].
pub fn db_operation(
    system: &'static str,
    operation: &'static str,
    error_type: Option<&'static str>,
    duration: Duration,
) {
    let Some(instruments) = installed() else {
        return;
    };
    let mut labels = vec![
        KeyValue::new(attributes::DB_SYSTEM_NAME, system),
        KeyValue::new(attributes::DB_OPERATION_NAME, operation),
    ];
    labels.extend(error_type.map(|error| KeyValue::new(attributes::ERROR_TYPE, error)));
    instruments
        .db_client_operation_duration
        .record(duration.as_secs_f64(), &labels);
}

/// A job reached a final state, `duration` after it was submitted.
pub fn job_finished(kind: &'static str, state: &'static str, duration: Duration) {
    if let Some(instruments) = installed() {
        let labels = [
            KeyValue::new(attributes::JOB_KIND, kind),
            KeyValue::new(attributes::JOB_STATE, state),
        ];
        instruments.jobs.add(1, &labels);
        instruments.job_duration.record(duration.as_secs_f64(), &labels);
    }
}

/// One attempt at a shard ended, `duration` after its lease was taken.
pub fn shard_finished(kind: &'static str, outcome: ShardOutcome, duration: Duration) {
    if let Some(instruments) = installed() {
        let labels = [
            KeyValue::new(attributes::JOB_KIND, kind),
            KeyValue::new(attributes::SHARD_OUTCOME, outcome.as_str()),
        ];
        instruments.shards.add(1, &labels);
        instruments.shard_duration.record(duration.as_secs_f64(), &labels);
    }
}

/// A shard is done, or given up, after this many attempts (1 is the first).
pub fn shard_attempts(kind: &'static str, attempts: u32) {
    if let Some(instruments) = installed() {
        instruments
            .shard_attempts
            .record(u64::from(attempts), &[KeyValue::new(attributes::JOB_KIND, kind)]);
    }
}

/// `count` leases on `work` (`shard`, `plan`, `finalize`, or `any` where that is not known) were found
/// expired.
pub fn leases_expired(work: &'static str, count: u64) {
    if let Some(instruments) = installed() {
        instruments
            .lease_expired
            .add(count, &[KeyValue::new(attributes::LEASE_WORK, work)]);
    }
}

/// `count` documents of `bytes` together were committed with one outcome: [`DOCUMENT_OK`], or the
/// error code written in their place.
pub fn documents_committed(kind: &'static str, outcome: &'static str, count: u64, bytes: u64) {
    if let Some(instruments) = installed() {
        let labels = [
            KeyValue::new(attributes::JOB_KIND, kind),
            KeyValue::new(attributes::DOCUMENT_OUTCOME, outcome),
        ];
        instruments.documents.add(count, &labels);
        instruments.document_size.add(bytes, &labels);
    }
}

/// The mean time to analyse one document of a shard: one sample per shard, since a shard may hold
/// millions of lines.
pub fn document_duration(kind: &'static str, mean: Duration) {
    if let Some(instruments) = installed() {
        instruments
            .document_duration
            .record(mean.as_secs_f64(), &[KeyValue::new(attributes::JOB_KIND, kind)]);
    }
}

/// An outbox row was published and confirmed, `lag` after its transaction committed.
pub fn outbox_published(lag: Duration) {
    if let Some(instruments) = installed() {
        instruments.outbox_lag.record(lag.as_secs_f64(), &[]);
    }
}

/// How many shards a worker can work on at once, and how many it is working on now.
pub fn worker_slots(worker_kind: &'static str, slots: u64, busy: u64) {
    if let Some(instruments) = installed() {
        let labels = [KeyValue::new(attributes::WORKER_KIND, worker_kind)];
        instruments.worker_slots.record(slots, &labels);
        instruments.worker_busy.record(busy, &labels);
    }
}
