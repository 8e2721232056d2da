//! With a collector: one in this process receives spans, metrics and logs over real gRPC.
//! One test per file, since telemetry is set up once per process.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use construe_telemetry::metrics::{self, ShardOutcome};
use construe_telemetry::{LogFormat, TelemetryConfig, attributes, context, init};
use opentelemetry_proto::tonic::collector::logs::v1 as logs;
use opentelemetry_proto::tonic::collector::metrics::v1 as collected_metrics;
use opentelemetry_proto::tonic::collector::trace::v1 as trace;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::metrics::v1::{Metric, metric};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind};
use tonic::{Request, Response, Status};

/// What the collector has been sent.
#[derive(Default)]
struct Received {
    spans: Vec<Span>,
    metrics: Vec<Metric>,
    logs: Vec<LogRecord>,
    resources: Vec<Resource>,
}

#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Received>>);

#[tonic::async_trait]
impl trace::trace_service_server::TraceService for Collector {
    async fn export(
        &self,
        request: Request<trace::ExportTraceServiceRequest>,
    ) -> Result<Response<trace::ExportTraceServiceResponse>, Status> {
        let mut received = self.0.lock().unwrap();
        for group in request.into_inner().resource_spans {
            received.resources.extend(group.resource);
            for scope in group.scope_spans {
                received.spans.extend(scope.spans);
            }
        }
        Ok(Response::new(Default::default()))
    }
}

#[tonic::async_trait]
impl collected_metrics::metrics_service_server::MetricsService for Collector {
    async fn export(
        &self,
        request: Request<collected_metrics::ExportMetricsServiceRequest>,
    ) -> Result<Response<collected_metrics::ExportMetricsServiceResponse>, Status> {
        let mut received = self.0.lock().unwrap();
        for group in request.into_inner().resource_metrics {
            received.resources.extend(group.resource);
            for scope in group.scope_metrics {
                received.metrics.extend(scope.metrics);
            }
        }
        Ok(Response::new(Default::default()))
    }
}

#[tonic::async_trait]
impl logs::logs_service_server::LogsService for Collector {
    async fn export(
        &self,
        request: Request<logs::ExportLogsServiceRequest>,
    ) -> Result<Response<logs::ExportLogsServiceResponse>, Status> {
        let mut received = self.0.lock().unwrap();
        for group in request.into_inner().resource_logs {
            received.resources.extend(group.resource);
            for scope in group.scope_logs {
                received.logs.extend(scope.log_records);
            }
        }
        Ok(Response::new(Default::default()))
    }
}

/// Starts a collector on a free port; answers its address.
async fn collect(collector: Collector) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let server = tonic::transport::Server::builder()
        .add_service(trace::trace_service_server::TraceServiceServer::new(collector.clone()))
        .add_service(collected_metrics::metrics_service_server::MetricsServiceServer::new(
            collector.clone(),
        ))
        .add_service(logs::logs_service_server::LogsServiceServer::new(collector))
        .serve_with_incoming(tonic::transport::server::TcpIncoming::from(listener));
    tokio::spawn(server);
    endpoint
}

fn text<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a str> {
    let value = attributes.iter().find(|pair| pair.key == key)?.value.as_ref();
    match value {
        Some(AnyValue {
            value: Some(any_value::Value::StringValue(text)),
        }) => Some(text),
        _ => None,
    }
}

fn body(record: &LogRecord) -> String {
    match record.body.as_ref().and_then(|body| body.value.as_ref()) {
        Some(any_value::Value::StringValue(text)) => text.clone(),
        other => panic!("a log body is text, not {other:?}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test(flavor = "current_thread")]
async fn a_collector_receives_one_story_in_three_signals() {
    let collector = Collector::default();
    let telemetry = init(TelemetryConfig {
        service_name: "construe-test".to_owned(),
        instance_id: "test-1".to_owned(),
        // As loud as an operator can ask for: the caps must hold all the same.
        log_filter: "trace".to_owned(),
        log_format: LogFormat::Json,
        otlp_endpoint: Some(collect(collector.clone()).await),
    })
    .unwrap();

    // A request comes in with a caller's context, and leaves its own in an outbox row …
    let callers = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let request = tracing::info_span!(
        target: "construe_gateway", "start job",
        { attributes::OTEL_KIND } = "server", { attributes::JOB_ID } = "job-1",
    );
    context::set_parent(&request, callers);
    let traceparent = request.in_scope(|| {
        tracing::info!(target: "construe_gateway", job = "job-1", "job accepted");
        tracing::warn!(target: "aws_smithy_runtime", "retrying");
        tracing::debug!(target: "aws_smithy_runtime", body = "Ann Smith", "sending");
        tracing::error!(target: "h2::client", "an event of the export path");
        context::current_traceparent().expect("a request is traced")
    });
    drop(request);

    // … which a worker finds later, outside of any span.
    assert_eq!(context::current_traceparent(), None);
    let process = tracing::info_span!(
        target: "construe_worker", "process shard",
        { attributes::OTEL_KIND } = "consumer",
    );
    context::link_from(&process, &traceparent);
    process.in_scope(|| {
        tracing::debug_span!(target: "construe_worker", "detail")
            .in_scope(|| assert!(context::current_traceparent().is_some()));
        tracing::info_span!(target: "sqlx::query", "a dependency's span").in_scope(|| ());
        tracing::error!(target: "construe_worker", "shard failed");
        metrics::shard_finished("pii", ShardOutcome::Done, Duration::from_millis(700));
    });
    drop(process);

    // Returns at all: a flush that blocked this single thread would wait for itself.
    tokio::time::timeout(Duration::from_secs(20), telemetry.shutdown())
        .await
        .expect("shutdown takes seconds at most");
    let received = collector.0.lock().unwrap();

    let names: Vec<&str> = received.spans.iter().map(|span| &*span.name).collect();
    assert_eq!(names, ["start job", "process shard"]);
    let [request, process] = &received.spans[..] else {
        unreachable!("two names were compared above");
    };
    assert_eq!(request.kind(), SpanKind::Server);
    assert_eq!(hex(&request.trace_id), "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(hex(&request.parent_span_id), "b7ad6b7169203331");
    assert_eq!(text(&request.attributes, "construe.job.id"), Some("job-1"));
    assert_eq!(
        traceparent,
        format!("00-{}-{}-01", hex(&request.trace_id), hex(&request.span_id))
    );
    assert_eq!(process.kind(), SpanKind::Consumer);
    assert_ne!(process.trace_id, request.trace_id, "a link is not a parent");
    assert!(process.parent_span_id.is_empty());
    assert_eq!(process.links.len(), 1);
    assert_eq!(process.links[0].trace_id, request.trace_id);
    assert_eq!(process.links[0].span_id, request.span_id);
    assert_eq!(process.events.len(), 1, "the error, and nothing else");

    // Records arrive grouped by target, in no order among the groups.
    let mut logs: Vec<&LogRecord> = received.logs.iter().collect();
    logs.sort_by_key(|record| body(record));
    let bodies: Vec<String> = logs.iter().map(|record| body(record)).collect();
    assert_eq!(bodies, ["job accepted", "retrying", "shard failed"]);
    assert_eq!(logs[0].trace_id, request.trace_id);
    assert_eq!(logs[0].span_id, request.span_id);
    assert_eq!(logs[2].trace_id, process.trace_id);

    let duration = received
        .metrics
        .iter()
        .find(|metric| metric.name == "construe.shard.duration")
        .expect("the duration of shards was exported");
    assert_eq!(duration.unit, "s");
    let Some(metric::Data::Histogram(histogram)) = &duration.data else {
        panic!("a duration is a histogram, not {:?}", duration.data);
    };
    let point = &histogram.data_points[0];
    assert_eq!(point.count, 1);
    assert_eq!(text(&point.attributes, "construe.shard.outcome"), Some("done"));
    assert!(received.metrics.iter().any(|m| m.name == "construe.shards"));

    assert!(received.resources.len() >= 3);
    for resource in &received.resources {
        assert_eq!(text(&resource.attributes, "service.name"), Some("construe-test"));
        assert_eq!(text(&resource.attributes, "service.instance.id"), Some("test-1"));
    }
}
