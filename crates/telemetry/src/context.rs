//! Carrying trace context by hand, in the W3C `traceparent` form, through outbox rows, queue
//! messages and gRPC metadata.
//!
//! A job outlives the request that started it, and a shard may be worked on several times. So work
//! taken from a queue starts a trace of its own and *links* to the trace of the request
//! ([`link_from`]); only a synchronous call continues the caller's trace ([`set_parent`]).

use std::collections::HashMap;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The header and metadata key of the W3C recommendation "Trace Context".
pub const TRACEPARENT: &str = "traceparent";

/// The `traceparent` of the span being executed, or `None` where nothing is traced (no collector is
/// configured, or no span is entered).
pub fn current_traceparent() -> Option<String> {
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(&opentelemetry::Context::current(), &mut carrier);
    carrier.remove(TRACEPARENT)
}

/// Links `span` to the span that `traceparent` names. A malformed value is ignored: telemetry
/// received from outside must never fail the work.
pub fn link_from(span: &tracing::Span, traceparent: &str) {
    span.add_link(extract(traceparent).span().span_context().clone());
}

/// Makes `span` a child of the span that `traceparent` names. Call it before the span is entered:
/// an entered span has its parent already, and is left as it is. A malformed value is ignored.
pub fn set_parent(span: &tracing::Span, traceparent: &str) {
    let parent = extract(traceparent);
    if parent.span().span_context().is_valid() {
        // Fails where tracing is off or the span has started; neither may fail the work.
        let _ = span.set_parent(parent);
    }
}

fn extract(traceparent: &str) -> opentelemetry::Context {
    let carrier = HashMap::from([(TRACEPARENT.to_owned(), traceparent.to_owned())]);
    // From an empty context: otherwise a malformed value would yield the span being executed now.
    TraceContextPropagator::new().extract_with_context(&opentelemetry::Context::new(), &carrier)
}
