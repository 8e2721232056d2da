//! Catching panics of engines without letting the text they may quote reach the log.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

thread_local! {
    static CONFINED: Cell<bool> = const { Cell::new(false) };
}

/// The analysis panicked; where and why is in the log, as far as it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Panicked;

/// Replaces the panic hook of the process, once, by one that keeps confined panics' messages to itself.
pub(crate) fn install_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let ordinary = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if CONFINED.get() {
                report(info);
            } else {
                ordinary(info);
            }
        }));
    });
}

fn report(info: &PanicHookInfo<'_>) {
    let (file, line) = info.location().map_or(("?", 0), |place| (place.file(), place.line()));
    tracing::error!(
        code.file.path = file,
        code.line.number = line,
        "analysing a document panicked"
    );
}

/// Runs `work` so that a panic in it ends here.
///
/// The caller vouches for what `work` leaves behind when it breaks off (hence the assertion within).
pub(crate) fn confine<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    CONFINED.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    CONFINED.set(false);
    result.map_err(|_| Panicked)
}
