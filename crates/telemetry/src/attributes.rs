//! Names of span attributes: those of the OpenTelemetry semantic conventions in use here, and our
//! own under `construe.`.
//!
//! Ids belong on spans only. A metric labelled by job or shard would grow without bound, so the
//! functions in [`crate::metrics`] take none.
//!
//! Object keys are missing on purpose: people name files after people.
//!
//! Use them with the constant-name syntax of `tracing`:
//! `info_span!("process shard", { attributes::JOB_ID } = %id)`.

pub use opentelemetry_semantic_conventions::SCHEMA_URL;
pub use opentelemetry_semantic_conventions::attribute::{
    AWS_REQUEST_ID, AWS_S3_BUCKET, DB_OPERATION_NAME, DB_SYSTEM_NAME, ERROR_TYPE, HTTP_REQUEST_METHOD,
    HTTP_RESPONSE_STATUS_CODE, MESSAGING_DESTINATION_NAME, MESSAGING_MESSAGE_ID, MESSAGING_OPERATION_NAME,
    MESSAGING_OPERATION_TYPE, MESSAGING_RABBITMQ_DESTINATION_ROUTING_KEY, MESSAGING_SYSTEM, RPC_METHOD,
    RPC_RESPONSE_STATUS_CODE, RPC_SYSTEM_NAME, SERVER_ADDRESS, SERVER_PORT,
};

/// `messaging.system` of RabbitMQ.
pub const MESSAGING_SYSTEM_RABBITMQ: &str = "rabbitmq";
/// `messaging.system` of the queue inside one process.
pub const MESSAGING_SYSTEM_IN_PROCESS: &str = "in-process";
/// `db.system.name` of PostgreSQL.
pub const DB_SYSTEM_POSTGRESQL: &str = "postgresql";
/// `db.system.name` of SQLite.
pub const DB_SYSTEM_SQLITE: &str = "sqlite";

/// The span's kind (`server`, `client`, `producer`, `consumer`), read by the tracing bridge.
pub const OTEL_KIND: &str = "otel.kind";
/// The span's name where it is not a constant, read by the tracing bridge.
pub const OTEL_NAME: &str = "otel.name";
/// `ok` or `error`, read by the tracing bridge.
pub const OTEL_STATUS_CODE: &str = "otel.status_code";

/// Id of a job, as clients see it.
pub const JOB_ID: &str = "construe.job.id";
/// Kind of a job, for example `pii-entities-detection`; also a metric label.
pub const JOB_KIND: &str = "construe.job.kind";
/// State of a job, in the words of the wire protocol; also a metric label.
pub const JOB_STATE: &str = "construe.job.state";
/// Account that owns the job.
pub const ACCOUNT_ID: &str = "construe.account.id";
/// Position of a shard in its job, from 0.
pub const SHARD_INDEX: &str = "construe.shard.index";
/// How the work on a shard ended; also a metric label.
pub const SHARD_OUTCOME: &str = "construe.shard.outcome";
/// How often the shard has been leased, this time included.
pub const SHARD_ATTEMPT: &str = "construe.shard.attempt";
/// Input bytes of the shard.
pub const SHARD_BYTES: &str = "construe.shard.bytes";
/// Documents in the shard.
pub const SHARD_DOCUMENTS: &str = "construe.shard.documents";
/// `ok` or the error code written in the document's place; also a metric label.
pub const DOCUMENT_OUTCOME: &str = "construe.document.outcome";
/// What a lease was taken on (`shard`, `plan`, `finalize`, or `any` where that is not known); also a
/// metric label.
pub const LEASE_WORK: &str = "construe.lease.work";
/// Id of a worker process.
pub const WORKER_ID: &str = "construe.worker.id";
/// What a worker works on (`entities`, `classification`, `medical`); also a metric label.
pub const WORKER_KIND: &str = "construe.worker.kind";
