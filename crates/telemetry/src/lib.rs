//! OpenTelemetry set-up, and the names of everything this system measures.
//!
//! Binaries call [`init`] once and [`Telemetry::shutdown`] at the end. All other crates use
//! `tracing` for spans and logs, [`metrics`] to count and time, [`context`] to carry one job's
//! trace through rows and messages, and [`attributes`] for the names of span attributes. No other
//! crate spells a metric name, so the list in `docs/telemetry.md` can be complete.
//!
//! The decision a reader may question: log events of *other* crates never go below INFO, whatever
//! the configured filter asks for (see [`init`]). At DEBUG and TRACE several dependencies print
//! request bodies and frames, and the bytes that pass through here are other people's personal and
//! medical data.

pub mod admin;
pub mod attributes;
pub mod context;
mod filter;
mod instruments;
pub mod metrics;
pub mod panics;
mod readiness;
mod setup;

pub use readiness::Readiness;
pub use setup::{LogFormat, MetricsHandle, Signal, Telemetry, TelemetryConfig, TelemetryError, init};
