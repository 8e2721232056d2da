//! Every instrument: its name, unit (UCUM), description and bucket boundaries.

use std::sync::OnceLock;

use opentelemetry::metrics::{Counter, Gauge, Histogram, Meter};
use opentelemetry_semantic_conventions::metric::{
    DB_CLIENT_OPERATION_DURATION, HTTP_SERVER_REQUEST_DURATION, MESSAGING_CLIENT_OPERATION_DURATION,
    MESSAGING_PROCESS_DURATION, RPC_SERVER_CALL_DURATION,
};

/// Bucket boundaries in seconds that the conventions advise for `http.server.request.duration`,
/// `rpc.server.call.duration` and the `messaging` durations.
const REQUEST_SECONDS: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];
/// Bucket boundaries in seconds that the conventions advise for `db.client.operation.duration`.
const STATEMENT_SECONDS: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];
/// From a message that waited for nothing to a shard of an hour.
const WORK_SECONDS: [f64; 15] = [
    0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0,
];
/// From a one-line job to a batch that runs for a day.
const JOB_SECONDS: [f64; 13] = [
    0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14_400.0, 43_200.0, 86_400.0,
];
/// One document takes microseconds (a line) to seconds (a scanned book).
const DOCUMENT_SECONDS: [f64; 14] = [
    0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05, 0.1, 1.0, 10.0,
];
/// Attempts are few: the fifth is the last before a document is blamed.
const ATTEMPTS: [f64; 6] = [1.0, 2.0, 3.0, 4.0, 5.0, 8.0];

pub(crate) struct Instruments {
    pub(crate) http_server_request_duration: Histogram<f64>,
    pub(crate) rpc_server_call_duration: Histogram<f64>,
    pub(crate) messaging_client_operation_duration: Histogram<f64>,
    pub(crate) messaging_process_duration: Histogram<f64>,
    pub(crate) db_client_operation_duration: Histogram<f64>,
    pub(crate) jobs: Counter<u64>,
    pub(crate) job_duration: Histogram<f64>,
    pub(crate) shards: Counter<u64>,
    pub(crate) shard_duration: Histogram<f64>,
    pub(crate) shard_attempts: Histogram<u64>,
    pub(crate) lease_expired: Counter<u64>,
    pub(crate) documents: Counter<u64>,
    pub(crate) document_size: Counter<u64>,
    pub(crate) document_duration: Histogram<f64>,
    pub(crate) outbox_lag: Histogram<f64>,
    pub(crate) queue_wait: Histogram<f64>,
    pub(crate) worker_slots: Gauge<u64>,
    pub(crate) worker_busy: Gauge<u64>,
}

static INSTRUMENTS: OnceLock<Instruments> = OnceLock::new();

/// Makes the instruments. Only the first call counts, and there is only one: the subscriber, which
/// can be set once per process, is set before it.
pub(crate) fn install(meter: &Meter) {
    INSTRUMENTS.get_or_init(|| Instruments::new(meter));
}

/// The instruments, or `None` where telemetry was not set up (libraries under test, the command
/// line). They are not taken from the global meter on first use: a measurement made before set-up
/// would then tie them to the no-op meter for good.
pub(crate) fn installed() -> Option<&'static Instruments> {
    INSTRUMENTS.get()
}

impl Instruments {
    fn new(meter: &Meter) -> Self {
        let seconds = |name: &'static str, description: &'static str, boundaries: &[f64]| {
            meter
                .f64_histogram(name)
                .with_unit("s")
                .with_description(description)
                .with_boundaries(boundaries.to_vec())
                .build()
        };
        let counter = |name: &'static str, unit: &'static str, description: &'static str| {
            meter
                .u64_counter(name)
                .with_unit(unit)
                .with_description(description)
                .build()
        };
        let slots = |name: &'static str, description: &'static str| {
            meter
                .u64_gauge(name)
                .with_unit("{slot}")
                .with_description(description)
                .build()
        };
        Self {
            http_server_request_duration: seconds(
                HTTP_SERVER_REQUEST_DURATION,
                "Duration of HTTP server requests.",
                &REQUEST_SECONDS,
            ),
            rpc_server_call_duration: seconds(
                RPC_SERVER_CALL_DURATION,
                "Duration of incoming remote procedure calls.",
                &REQUEST_SECONDS,
            ),
            messaging_client_operation_duration: seconds(
                MESSAGING_CLIENT_OPERATION_DURATION,
                "Duration of messaging operations made by a producer or consumer.",
                &REQUEST_SECONDS,
            ),
            messaging_process_duration: seconds(
                MESSAGING_PROCESS_DURATION,
                "Duration of handling one delivery, up to its acknowledgement.",
                &REQUEST_SECONDS,
            ),
            db_client_operation_duration: seconds(
                DB_CLIENT_OPERATION_DURATION,
                "Duration of database client operations.",
                &STATEMENT_SECONDS,
            ),
            jobs: counter("construe.jobs", "{job}", "Jobs that reached a final state."),
            job_duration: seconds(
                "construe.job.duration",
                "Time from the submission of a job to its final state.",
                &JOB_SECONDS,
            ),
            shards: counter("construe.shards", "{shard}", "Attempts at shards, by how they ended."),
            shard_duration: seconds(
                "construe.shard.duration",
                "Time from lease to outcome of one attempt at a shard.",
                &WORK_SECONDS,
            ),
            shard_attempts: meter
                .u64_histogram("construe.shard.attempts")
                .with_unit("{attempt}")
                .with_description("Attempts a shard had taken when it was done or given up.")
                .with_boundaries(ATTEMPTS.to_vec())
                .build(),
            lease_expired: counter(
                "construe.lease.expired",
                "{lease}",
                "Leases that ran out before their work was committed or released.",
            ),
            documents: counter("construe.documents", "{document}", "Documents committed, by outcome."),
            document_size: counter("construe.document.size", "By", "Bytes of the documents committed."),
            document_duration: seconds(
                "construe.document.duration",
                "Mean time to analyse a document, one sample per shard.",
                &DOCUMENT_SECONDS,
            ),
            outbox_lag: seconds(
                "construe.outbox.lag",
                "Time from the commit of an outbox row to its confirmed publication.",
                &WORK_SECONDS,
            ),
            queue_wait: seconds(
                "construe.queue.wait",
                "Time from the publication of a message to its delivery.",
                &WORK_SECONDS,
            ),
            worker_slots: slots("construe.worker.slots", "Shards that this worker can work on at once."),
            worker_busy: slots("construe.worker.busy", "Shards that this worker is working on."),
        }
    }
}
