//! Without a collector: nothing but stderr and the scrape, and no runtime needed to set it up.
//! One test per file, since telemetry is set up once per process.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use construe_telemetry::metrics::{self, ShardOutcome};
use construe_telemetry::{LogFormat, Readiness, TelemetryConfig, TelemetryError, admin, attributes, context, init};
use tower::ServiceExt;

fn config() -> TelemetryConfig {
    TelemetryConfig {
        service_name: "construe-test".to_owned(),
        instance_id: "test-1".to_owned(),
        log_filter: "info".to_owned(),
        log_format: LogFormat::Text,
        // As a variable that is set and empty arrives: no collector.
        otlp_endpoint: Some(String::new()),
    }
}

async fn get(router: &axum::Router, path: &str) -> (StatusCode, Option<String>, String) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let content_type = response
        .headers()
        .get(header::CONTENT_TYPE)
        .map(|value| value.to_str().unwrap().to_owned());
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, content_type, String::from_utf8(body.to_vec()).unwrap())
}

fn measure_everything() {
    let second = Duration::from_secs(1);
    metrics::http_request("POST", 200, "StartPiiEntitiesDetectionJob", second);
    metrics::http_request("BREW", 503, metrics::OTHER, second);
    metrics::grpc_call("/construe.v1.ControlPlane/StopJob", "OK", second);
    metrics::grpc_call("/made.up/Name", "UNIMPLEMENTED", second);
    metrics::messaging_operation(attributes::MESSAGING_SYSTEM_RABBITMQ, "work", "publish", None, second);
    metrics::message_processed(attributes::MESSAGING_SYSTEM_IN_PROCESS, "work", Some("timeout"), second);
    metrics::queue_wait(attributes::MESSAGING_SYSTEM_RABBITMQ, "work", second);
    metrics::db_operation(attributes::DB_SYSTEM_POSTGRESQL, "lease_shard", None, second);
    metrics::job_finished("pii", "COMPLETED", second);
    metrics::shard_finished("pii", ShardOutcome::Done, Duration::from_millis(700));
    metrics::shard_attempts("pii", 2);
    metrics::leases_expired("shard", 3);
    metrics::documents_committed("pii", metrics::DOCUMENT_OK, 40, 4_000);
    metrics::documents_committed("pii", "INVALID_UTF8", 2, 10);
    metrics::document_duration("pii", Duration::from_micros(30));
    metrics::outbox_published(second);
    metrics::worker_slots("entities", 4, 3);
}

#[test]
fn the_scrape_carries_every_metric_and_the_probes_follow_readiness() {
    // Before set-up a measurement is dropped, and does not spoil the instruments for later.
    metrics::shard_finished("pii", ShardOutcome::Lost, Duration::ZERO);

    let unreadable = TelemetryConfig {
        log_filter: "construe=loud".to_owned(),
        ..config()
    };
    assert!(matches!(
        init(unreadable),
        Err(TelemetryError::LogFilter { filter, .. }) if filter == "construe=loud"
    ));
    let no_runtime = TelemetryConfig {
        otlp_endpoint: Some("http://127.0.0.1:4317".to_owned()),
        ..config()
    };
    assert!(matches!(init(no_runtime), Err(TelemetryError::NoRuntime)));

    let telemetry = init(config()).unwrap();
    assert!(matches!(init(config()), Err(TelemetryError::AlreadyInitialised(_))));
    let span = tracing::info_span!(target: "construe_test", "untraced");
    assert_eq!(span.in_scope(context::current_traceparent), None);
    context::link_from(&span, "not a traceparent");
    context::set_parent(&span, "not a traceparent");

    measure_everything();
    let text = telemetry.render_metrics();
    for sample in [
        r#"http_server_request_duration_seconds_count{http_request_method="POST",http_response_status_code="200",rpc_method="StartPiiEntitiesDetectionJob"} 1"#,
        r#"http_server_request_duration_seconds_count{error_type="503",http_request_method="_OTHER",http_response_status_code="503",rpc_method="_OTHER"} 1"#,
        r#"rpc_server_call_duration_seconds_count{rpc_method="construe.v1.ControlPlane/StopJob",rpc_response_status_code="OK",rpc_system_name="grpc"} 1"#,
        r#"rpc_server_call_duration_seconds_count{error_type="UNIMPLEMENTED",rpc_method="_OTHER",rpc_response_status_code="UNIMPLEMENTED",rpc_system_name="grpc"} 1"#,
        r#"messaging_client_operation_duration_seconds_count{messaging_destination_name="work",messaging_operation_name="publish",messaging_system="rabbitmq"} 1"#,
        r#"messaging_process_duration_seconds_count{error_type="timeout",messaging_destination_name="work",messaging_operation_name="process",messaging_system="in-process"} 1"#,
        r#"construe_queue_wait_seconds_count{messaging_destination_name="work",messaging_system="rabbitmq"} 1"#,
        r#"db_client_operation_duration_seconds_count{db_operation_name="lease_shard",db_system_name="postgresql"} 1"#,
        r#"construe_jobs_total{construe_job_kind="pii",construe_job_state="COMPLETED"} 1"#,
        r#"construe_job_duration_seconds_count{construe_job_kind="pii",construe_job_state="COMPLETED"} 1"#,
        r#"construe_shards_total{construe_job_kind="pii",construe_shard_outcome="done"} 1"#,
        // The boundaries are in seconds: 0.7 s falls between 0.5 and 1.
        r#"construe_shard_duration_seconds_bucket{construe_job_kind="pii",construe_shard_outcome="done",le="0.5"} 0"#,
        r#"construe_shard_duration_seconds_bucket{construe_job_kind="pii",construe_shard_outcome="done",le="1"} 1"#,
        r#"construe_shard_attempts_bucket{construe_job_kind="pii",le="1"} 0"#,
        r#"construe_shard_attempts_bucket{construe_job_kind="pii",le="2"} 1"#,
        r#"construe_lease_expired_total{construe_lease_work="shard"} 3"#,
        r#"construe_documents_total{construe_document_outcome="ok",construe_job_kind="pii"} 40"#,
        r#"construe_documents_total{construe_document_outcome="INVALID_UTF8",construe_job_kind="pii"} 2"#,
        r#"construe_document_size_bytes_total{construe_document_outcome="ok",construe_job_kind="pii"} 4000"#,
        r#"construe_document_duration_seconds_bucket{construe_job_kind="pii",le="0.00005"} 1"#,
        "construe_outbox_lag_seconds_count 1",
        r#"construe_worker_slots{construe_worker_kind="entities"} 4"#,
        r#"construe_worker_busy{construe_worker_kind="entities"} 3"#,
        r#"service_name="construe-test""#,
        r#"service_instance_id="test-1""#,
    ] {
        assert!(text.contains(sample), "{sample} is missing in:\n{text}");
    }
    assert!(!text.contains(r#"construe_shard_outcome="lost""#), "{text}");
    assert!(!text.contains("made.up"), "{text}");

    check_what_names_metrics(&text);

    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let readiness = Readiness::default();
        let router = admin::router(telemetry.metrics_handle(), readiness.clone());
        assert_eq!(get(&router, "/health/live").await.0, StatusCode::OK);
        assert_eq!(get(&router, "/health/ready").await.0, StatusCode::SERVICE_UNAVAILABLE);
        readiness.set_ready(true);
        assert_eq!(get(&router, "/health/ready").await.0, StatusCode::OK);
        readiness.set_ready(false);
        assert_eq!(get(&router, "/health/ready").await.0, StatusCode::SERVICE_UNAVAILABLE);
        let (status, content_type, body) = get(&router, "/metrics").await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(
            content_type.as_deref(),
            Some("text/plain; version=0.0.4; charset=utf-8")
        );
        assert!(body.contains("construe_jobs_total"), "{body}");
        telemetry.shutdown().await;
    });
}

/// The dashboard and the alerts ask for nothing that does not exist, and the documentation and the
/// dashboard leave no metric out.
fn check_what_names_metrics(scrape: &str) {
    const DASHBOARD: &str = include_str!("../../../deploy/grafana/dashboards/construe.json");
    const ALERTS: &str = include_str!("../../../deploy/prometheus/alerts.yml");
    const DOCUMENTATION: &str = include_str!("../../../docs/telemetry.md");

    let words = |text: &'static str| {
        text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .filter(|word| {
                ["construe_", "db_", "http_", "messaging_", "rpc_"]
                    .iter()
                    .any(|prefix| word.starts_with(prefix))
            })
            .collect::<std::collections::BTreeSet<&str>>()
    };
    for (file, text) in [("dashboard", DASHBOARD), ("alerts", ALERTS)] {
        for word in words(text) {
            let is_label = scrape.contains(&format!("{word}=\""));
            let is_family = scrape.contains(&format!("# TYPE {word} "));
            let is_series = scrape.contains(&format!("\n{word}{{")) || scrape.contains(&format!("\n{word} "));
            assert!(
                is_label || is_family || is_series,
                "the {file} asks for {word}, which does not exist"
            );
        }
    }

    let families: Vec<&str> = scrape
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
        .filter(|name| *name != "target_info")
        .collect();
    assert_eq!(families.len(), 18, "{families:?}");
    for family in families {
        assert!(DASHBOARD.contains(family), "the dashboard does not show {family}");
        let documented = DOCUMENTATION.lines().any(|line| {
            let name = line.strip_prefix("| `").and_then(|rest| rest.split('`').next());
            name.is_some_and(|name| {
                let name = name.replace('.', "_");
                let suffixes = ["", "_total", "_seconds", "_bytes_total"];
                suffixes.iter().any(|suffix| family == format!("{name}{suffix}"))
            })
        });
        assert!(documented, "the documentation does not explain {family}");
    }
}
