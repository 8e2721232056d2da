//! What may reach each of the three sinks.

use tracing::{Level, Metadata};

/// The common prefix of the targets of this workspace's crates.
const OWN_TARGETS: &str = "construe";
/// Crates that run while an export is under way. Their events go to stderr only: exporting them
/// would make more of them.
const EXPORT_PATH_TARGETS: [&str; 5] = ["opentelemetry", "tonic", "h2", "hyper", "tower"];

/// Logs what clients send, and every refused request as an error; our own code reports faults of storage.
const SILENT_TARGET: &str = "s3s";

fn is_own(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with(OWN_TARGETS)
}

/// Silences s3s, caps dependencies at INFO, and the OpenTelemetry libraries, which announce every set-up
/// step, at WARN. Below that they print payloads.
pub(crate) fn is_loggable(metadata: &Metadata<'_>) -> bool {
    if is_own(metadata) {
        return true;
    }
    if metadata.target().starts_with(SILENT_TARGET) {
        return false;
    }
    let cap = if metadata.target().starts_with("opentelemetry") {
        Level::WARN
    } else {
        Level::INFO
    };
    *metadata.level() <= cap
}

/// What is exported as log records.
pub(crate) fn is_exportable_log(metadata: &Metadata<'_>) -> bool {
    is_loggable(metadata)
        && !EXPORT_PATH_TARGETS
            .iter()
            .any(|target| metadata.target().starts_with(target))
}

/// What becomes part of a trace: our own spans from INFO up, whatever the log filter says, and our
/// own warnings and errors as their events. Other events are exported as log records that carry the
/// trace id; repeating them on the span would double the volume.
pub(crate) fn is_traceable(metadata: &Metadata<'_>) -> bool {
    let cap = if metadata.is_span() { Level::INFO } else { Level::WARN };
    is_own(metadata) && *metadata.level() <= cap
}
