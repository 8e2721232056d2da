//! The port for operators: probes and the Prometheus scrape. It is separate from the public port so
//! that neither is ever exposed to clients.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::{MetricsHandle, Readiness};

/// Media type of the Prometheus text format, version 0.0.4.
const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// `GET /health/live` answers 200 while the process can answer at all. `GET /health/ready` answers
/// 503 until the service is ready and again while it drains. `GET /metrics` is the Prometheus scrape.
pub fn router(metrics: MetricsHandle, readiness: Readiness) -> Router {
    Router::new()
        .route("/health/live", get(|| async { "live\n" }))
        .route("/health/ready", get(ready).with_state(readiness))
        .route("/metrics", get(scrape).with_state(metrics))
}

async fn ready(State(readiness): State<Readiness>) -> (StatusCode, &'static str) {
    if readiness.is_ready() {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
    }
}

async fn scrape(State(metrics): State<MetricsHandle>) -> Response {
    match metrics.encode() {
        Ok(text) => ([(header::CONTENT_TYPE, PROMETHEUS_TEXT)], text).into_response(),
        // An empty 200 would look like a healthy process that measures nothing.
        Err(error) => {
            tracing::error!(%error, "encoding metrics for a scrape failed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
