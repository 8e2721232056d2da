//! Progress over several stages.

use std::cell::Cell;
use std::ops::ControlFlow;

use construe_worker::{TrainerError, Watch};

/// A stop was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StopSignal;

impl From<StopSignal> for TrainerError {
    fn from(_: StopSignal) -> Self {
        TrainerError::Interrupted
    }
}

/// A stage of the work: from one thousandth of the whole to another.
pub struct Meter<'w> {
    watch: &'w dyn Watch,
    from: u16,
    to: u16,
}

impl<'w> Meter<'w> {
    pub fn new(watch: &'w dyn Watch, from: u16, to: u16) -> Self {
        Self { watch, from, to }
    }

    /// `share` of the stage is done, from 0 to 1. An engine asks in these terms whether to go on.
    pub fn go_on(&self, share: f64) -> ControlFlow<()> {
        let width = f64::from(self.to.saturating_sub(self.from));
        // Between 0 and 1,000, so the conversion is exact enough.
        let done = self.from + (width * share.clamp(0.0, 1.0)) as u16;
        self.watch.report(done)
    }

    /// The same, with a stop as an error.
    pub fn report(&self, share: f64) -> Result<(), StopSignal> {
        match self.go_on(share) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(StopSignal),
        }
    }

    /// The same for `done` of `total` bytes.
    pub fn report_bytes(&self, done: u64, total: u64) -> Result<(), StopSignal> {
        self.report(done as f64 / total.max(1) as f64)
    }
}

/// Passes progress on that never goes back, whoever reports it: an engine how far it is, and the reading of its data
/// that it is still wanted.
pub struct Ratchet<'w> {
    watch: &'w dyn Watch,
    highest: Cell<u16>,
}

impl<'w> Ratchet<'w> {
    pub fn new(watch: &'w dyn Watch) -> Self {
        Self {
            watch,
            highest: Cell::new(0),
        }
    }
}

impl Watch for Ratchet<'_> {
    fn report(&self, per_mille: u16) -> ControlFlow<()> {
        self.highest.set(self.highest.get().max(per_mille));
        self.watch.report(self.highest.get())
    }
}
