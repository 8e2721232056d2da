//! A collector that accepts connections and never answers must not hold up the end of a process.
//! One test per file, since telemetry is set up once per process.

use std::time::{Duration, Instant};

use construe_telemetry::metrics::{self, ShardOutcome};
use construe_telemetry::{LogFormat, TelemetryConfig, init};

#[tokio::test(flavor = "current_thread")]
async fn a_silent_collector_delays_shutdown_by_seconds_at_most() {
    // Connections wait in its backlog for ever.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let telemetry = init(TelemetryConfig {
        service_name: "construe-test".to_owned(),
        instance_id: "test-1".to_owned(),
        log_filter: "info".to_owned(),
        log_format: LogFormat::Text,
        otlp_endpoint: Some(format!("http://{}", silent.local_addr().unwrap())),
    })
    .unwrap();
    tracing::info_span!(target: "construe_test", "work").in_scope(|| {
        tracing::info!(target: "construe_test", "working");
        metrics::shard_finished("pii", ShardOutcome::Done, Duration::ZERO);
    });

    let begun = Instant::now();
    telemetry.shutdown().await;
    let taken = begun.elapsed();
    assert!(taken < Duration::from_secs(10), "shutdown took {taken:?}");
}
