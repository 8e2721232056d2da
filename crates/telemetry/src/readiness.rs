use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether this process wants new work; shared by the service that knows and the probe that asks.
///
/// Starts as not ready. A service sets it once its ports are bound and its dependencies answer, and
/// clears it when draining begins, so that load balancers stop sending before connections close.
#[derive(Clone, Debug, Default)]
pub struct Readiness(Arc<AtomicBool>);

impl Readiness {
    pub fn set_ready(&self, ready: bool) {
        self.0.store(ready, Ordering::Release);
    }

    pub fn is_ready(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
