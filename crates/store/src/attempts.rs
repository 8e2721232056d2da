//! Running one operation: again after conflicts, measured, its trouble reported under its name.

use std::time::{Duration, Instant};

use construe_jobs::StoreError;
use construe_telemetry::metrics;

use crate::error::{Fault, Severity};

/// Conflicts (serialization failures, deadlocks, a busy SQLite file) after which an operation gives up.
const MAX_CONFLICTS: u32 = 8;

pub(crate) struct Attempts {
    operation: &'static str,
    system: &'static str,
    began: Instant,
    conflicts: u32,
}

impl Attempts {
    pub(crate) fn new(system: &'static str, operation: &'static str) -> Self {
        Self {
            operation,
            system,
            began: Instant::now(),
            conflicts: 0,
        }
    }

    /// The final result, or `None` (after a pause) when the operation is to run again.
    pub(crate) async fn settle<T>(&mut self, outcome: Result<T, Fault>) -> Option<Result<T, StoreError>> {
        let error_type = match &outcome {
            Ok(_) => None,
            Err(fault) if fault.severity() == Severity::Conflict && self.conflicts < MAX_CONFLICTS => {
                let ceiling = Duration::from_millis(2 << self.conflicts);
                self.conflicts += 1;
                tokio::time::sleep(ceiling.mul_f64(fastrand::f64())).await;
                return None;
            }
            Err(fault) => Some(fault.error_type()),
        };
        metrics::db_operation(self.system, self.operation, error_type, self.began.elapsed());
        Some(outcome.map_err(|fault| fault.report(self.operation)))
    }
}

/// Runs `$body` with a connection from `$begin` (a method of `Database`), commits, and runs all of it
/// again after a conflict: the body must be safe to run twice.
macro_rules! run {
    ($store:expr, $operation:literal, $begin:ident, $connection:ident => $body:expr) => {{
        use tracing::Instrument as _;
        let store: &$crate::Store = $store;
        let system = store.db_system();
        let mut attempts = $crate::attempts::Attempts::new(system, $operation);
        loop {
            let span = tracing::debug_span!(
                "database",
                otel.name = $operation,
                otel.kind = "client",
                db.system.name = system,
                db.operation.name = $operation,
            );
            let attempt = async {
                let mut connection = store.database.$begin().await?;
                let $connection = &mut connection;
                let value = $body.await?;
                connection.commit().await?;
                Ok::<_, $crate::error::Fault>(value)
            };
            let outcome = attempt.instrument(span).await;
            if let Some(result) = attempts.settle(outcome).await {
                break result;
            }
        }
    }};
}
pub(crate) use run;
