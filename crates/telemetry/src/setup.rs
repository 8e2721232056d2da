use std::fmt;
use std::io::IsTerminal;
use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry::{InstrumentationScope, KeyValue, global};
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_otlp::{ExporterBuildError, LogExporter, MetricExporter, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use opentelemetry_semantic_conventions::resource;
use tracing_subscriber::filter::{DynFilterFn, FilterExt, ParseError};
use tracing_subscriber::layer::{Filter, SubscriberExt};
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{EnvFilter, Layer, Registry};

use crate::{attributes, filter, metrics};

/// Name of the instrumentation scope of our spans and metrics.
const SCOPE: &str = "construe";
/// How long one export may take. It bounds how long an unreachable collector can hold up shutdown.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(3);

/// How log lines on stderr look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// One readable line per event, coloured on a terminal.
    #[default]
    Text,
    /// One JSON object per line, with the fields of the enclosing spans.
    Json,
}

#[derive(Clone, Debug)]
pub struct TelemetryConfig {
    /// `service.name`, for example `construe-gateway`.
    pub service_name: String,
    /// `service.instance.id`: unique among the running processes of one service.
    pub instance_id: String,
    /// Directives of `tracing_subscriber::EnvFilter`, for example `info,construe_worker=debug`.
    pub log_filter: String,
    pub log_format: LogFormat,
    /// Where to send traces, metrics and logs by OTLP over gRPC, for example
    /// `http://collector:4317`. Without it (or empty) there are only stderr and the Prometheus scrape.
    pub otlp_endpoint: Option<String>,
}

/// One of the three things that are exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    Traces,
    Metrics,
    Logs,
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Signal::Traces => "traces",
            Signal::Metrics => "metrics",
            Signal::Logs => "logs",
        })
    }
}

#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    #[error("parsing the log filter {filter:?}")]
    LogFilter {
        filter: String,
        #[source]
        source: ParseError,
    },
    #[error("setting up the export of {signal}")]
    Exporter {
        signal: Signal,
        #[source]
        source: ExporterBuildError,
    },
    #[error("setting up the Prometheus registry")]
    Prometheus(#[source] OTelSdkError),
    #[error("exporting by OTLP needs a running tokio runtime")]
    NoRuntime,
    #[error("telemetry is already set up in this process")]
    AlreadyInitialised(#[source] TryInitError),
}

/// What [`init`] made; keep it until the end of the process.
#[derive(Debug)]
pub struct Telemetry {
    metrics: MetricsHandle,
    meter_provider: SdkMeterProvider,
    export: Option<Export>,
}

/// The providers that exist only with a collector.
#[derive(Debug)]
struct Export {
    tracer_provider: SdkTracerProvider,
    logger_provider: SdkLoggerProvider,
}

/// Reads the current values of all metrics; cheap to clone.
#[derive(Clone, Debug)]
pub struct MetricsHandle {
    registry: prometheus::Registry,
}

impl MetricsHandle {
    /// All metrics in the Prometheus text format; empty, with an error logged, if they cannot be
    /// encoded.
    pub fn render(&self) -> String {
        self.encode().unwrap_or_else(|error| {
            tracing::error!(%error, "encoding metrics failed");
            String::new()
        })
    }

    pub(crate) fn encode(&self) -> Result<String, prometheus::Error> {
        prometheus::TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}

/// Sets the process-wide subscriber (logs go to stderr), meter, tracer and W3C propagator.
///
/// Events of other crates are dropped below INFO, whatever `log_filter` says: several dependencies
/// print bodies at DEBUG, and those are other people's documents.
///
/// With an OTLP endpoint this must run inside a tokio runtime, which the exporters' connections
/// use. The collector need not be up: exports retry, and failures are logged to stderr only.
/// `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_TRACES_SAMPLER` and `OTEL_METRIC_EXPORT_INTERVAL` are honoured.
pub fn init(mut config: TelemetryConfig) -> Result<Telemetry, TelemetryError> {
    config.otlp_endpoint = config.otlp_endpoint.filter(|endpoint| !endpoint.is_empty());
    if config.otlp_endpoint.is_some() && tokio::runtime::Handle::try_current().is_err() {
        return Err(TelemetryError::NoRuntime);
    }
    let resource = resource(&config);
    let registry = prometheus::Registry::new();
    let meter_provider = meter_provider(&config, registry.clone(), resource.clone())?;
    let export = config
        .otlp_endpoint
        .as_deref()
        .map(|endpoint| export(endpoint, resource))
        .transpose()?;

    let stderr = stderr_layer(config.log_format).with_filter(env_filter(&config)?.and(own(filter::is_loggable)));
    let traces = export.as_ref().map(|export| {
        tracing_opentelemetry::layer()
            .with_tracer(export.tracer_provider.tracer_with_scope(scope()))
            // Source positions and thread names would be repeated on every span for little use.
            .with_location(false)
            .with_threads(false)
            .with_filter(own(filter::is_traceable))
    });
    let logs = match &export {
        Some(export) => Some(
            OpenTelemetryTracingBridge::new(&export.logger_provider)
                .with_filter(env_filter(&config)?.and(own(filter::is_exportable_log))),
        ),
        None => None,
    };
    tracing_subscriber::registry()
        .with(stderr)
        .with(traces)
        .with(logs)
        .try_init()
        .map_err(TelemetryError::AlreadyInitialised)?;

    global::set_text_map_propagator(TraceContextPropagator::new());
    global::set_meter_provider(meter_provider.clone());
    if let Some(export) = &export {
        global::set_tracer_provider(export.tracer_provider.clone());
    }
    metrics::install(&global::meter_with_scope(scope()));
    Ok(Telemetry {
        metrics: MetricsHandle { registry },
        meter_provider,
        export,
    })
}

impl Telemetry {
    /// All metrics in the Prometheus text format.
    pub fn render_metrics(&self) -> String {
        self.metrics.render()
    }

    pub fn metrics_handle(&self) -> MetricsHandle {
        self.metrics.clone()
    }

    /// Sends what is still buffered, and stops exporting. Takes a few seconds at most, even if the
    /// collector is gone.
    pub async fn shutdown(self) {
        let mut flushes = tokio::task::JoinSet::new();
        // Each flush blocks its thread until the exporter, which runs on this runtime, has answered.
        let meter_provider = self.meter_provider;
        flushes.spawn_blocking(move || report(Signal::Metrics, meter_provider.shutdown()));
        if let Some(export) = self.export {
            flushes.spawn_blocking(move || report(Signal::Traces, export.tracer_provider.shutdown()));
            flushes.spawn_blocking(move || report(Signal::Logs, export.logger_provider.shutdown()));
        }
        while flushes.join_next().await.is_some() {}
    }
}

fn report(signal: Signal, result: OTelSdkResult) {
    if let Err(error) = result {
        tracing::warn!(%signal, %error, "flushing telemetry at shutdown failed, some of it is lost");
    }
}

/// Asked anew for every span and event. A filter whose answers are cached shares them with whatever
/// called `tracing::enabled!` last on that thread (sqlx does before each statement), and spans vanish.
fn own<S>(predicate: fn(&tracing::Metadata<'_>) -> bool) -> impl Filter<S>
where
    S: tracing::Subscriber,
{
    DynFilterFn::new(move |metadata, _| predicate(metadata))
}

fn env_filter(config: &TelemetryConfig) -> Result<EnvFilter, TelemetryError> {
    EnvFilter::try_new(&config.log_filter).map_err(|source| TelemetryError::LogFilter {
        filter: config.log_filter.clone(),
        source,
    })
}

fn stderr_layer(format: LogFormat) -> Box<dyn Layer<Registry> + Send + Sync> {
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    match format {
        LogFormat::Json => layer.json().flatten_event(true).with_current_span(false).boxed(),
        LogFormat::Text => {
            // https://no-color.org: set and not empty means no colour.
            let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            layer.with_ansi(std::io::stderr().is_terminal() && !refused).boxed()
        }
    }
}

fn scope() -> InstrumentationScope {
    InstrumentationScope::builder(SCOPE)
        .with_version(env!("CARGO_PKG_VERSION"))
        .with_schema_url(attributes::SCHEMA_URL)
        .build()
}

fn resource(config: &TelemetryConfig) -> Resource {
    Resource::builder()
        .with_attributes([
            KeyValue::new(resource::SERVICE_NAME, config.service_name.clone()),
            KeyValue::new(resource::SERVICE_NAMESPACE, SCOPE),
            KeyValue::new(resource::SERVICE_VERSION, env!("CARGO_PKG_VERSION")),
            KeyValue::new(resource::SERVICE_INSTANCE_ID, config.instance_id.clone()),
        ])
        .build()
}

fn meter_provider(
    config: &TelemetryConfig,
    registry: prometheus::Registry,
    resource: Resource,
) -> Result<SdkMeterProvider, TelemetryError> {
    let prometheus = opentelemetry_prometheus::exporter()
        .with_registry(registry)
        // One scope makes all metrics: its labels would be the same on every series.
        .scope_info_enabled(false)
        .build()
        .map_err(TelemetryError::Prometheus)?;
    let mut builder = SdkMeterProvider::builder()
        .with_resource(resource)
        .with_reader(prometheus);
    if let Some(endpoint) = &config.otlp_endpoint {
        let exporter = MetricExporter::builder()
            .with_tonic()
            .with_endpoint(endpoint)
            .with_timeout(EXPORT_TIMEOUT)
            .build()
            .map_err(exporter_error(Signal::Metrics))?;
        builder = builder.with_periodic_exporter(exporter);
    }
    Ok(builder.build())
}

fn export(endpoint: &str, resource: Resource) -> Result<Export, TelemetryError> {
    let spans = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .with_timeout(EXPORT_TIMEOUT)
        .build()
        .map_err(exporter_error(Signal::Traces))?;
    let logs = LogExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .with_timeout(EXPORT_TIMEOUT)
        .build()
        .map_err(exporter_error(Signal::Logs))?;
    Ok(Export {
        tracer_provider: SdkTracerProvider::builder()
            .with_resource(resource.clone())
            .with_batch_exporter(spans)
            .build(),
        logger_provider: SdkLoggerProvider::builder()
            .with_resource(resource)
            .with_batch_exporter(logs)
            .build(),
    })
}

fn exporter_error(signal: Signal) -> impl Fn(ExporterBuildError) -> TelemetryError {
    move |source| TelemetryError::Exporter { signal, source }
}
