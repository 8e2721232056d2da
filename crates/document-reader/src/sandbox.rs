//! A thread of its own for work on bytes that may make a parser panic or nest deeply.
//!
//! The PDF libraries are safe Rust, yet a panic is still possible, and so is recursion deeper than
//! the stack of a small thread. The work runs on a thread with a stack of known size; the caller's
//! thread waits, and passes on the wish to stop.

use crate::ReadError;
use crate::limits::Watch;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// Address space only; pages are touched as deep as the work goes.
const STACK_BYTES: usize = 64 * 1024 * 1024;
/// How often the caller's wish to stop is asked for.
const ASK_WATCH: Duration = Duration::from_millis(50);

/// The work panicked.
pub(crate) struct Panicked;

/// Thrown through libraries that offer no other way out, when the watch is over.
pub(crate) struct Interrupted(pub(crate) ReadError);

/// Leaves the work at hand from inside a callback. Not a panic: no hook runs, nothing is printed.
pub(crate) fn interrupt(error: ReadError) -> ! {
    resume_unwind(Box::new(Interrupted(error)))
}

/// Runs `work` on this thread: for libraries that may panic, but neither nest deeply nor run long. What it
/// was about must not be used afterwards if it panicked.
///
/// # Errors
///
/// [`Panicked`] if it did.
pub(crate) fn contained<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| Panicked)
}

/// Runs `work` with a watch of its own that ends when `watch` does.
///
/// # Errors
///
/// [`Panicked`] if it panicked; the watch's error if it was left by [`interrupt`].
pub(crate) fn run<T: Send>(
    watch: &Watch<'_>,
    work: impl FnOnce(&Watch<'_>) -> Result<T, ReadError> + Send,
) -> Result<Result<T, ReadError>, Panicked> {
    let stop = AtomicBool::new(false);
    let (done, finished) = mpsc::sync_channel::<()>(1);
    let limit = watch.limit();
    let left = watch.left();
    thread::scope(|scope| {
        let stop = &stop;
        let worker = thread::Builder::new()
            .name("document".into())
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, move || {
                // Dropped however the work ends, which is what the caller waits for.
                let _done = done;
                let asked = || stop.load(Ordering::Relaxed);
                work(&Watch::with_left(limit, left, &asked))
            });
        let Ok(worker) = worker else {
            return Err(Panicked);
        };
        while let Err(RecvTimeoutError::Timeout) = finished.recv_timeout(ASK_WATCH) {
            if let Err(ReadError::Stopped) = watch.check() {
                stop.store(true, Ordering::Relaxed);
            }
        }
        match worker.join() {
            Ok(outcome) => Ok(outcome),
            Err(payload) => match payload.downcast::<Interrupted>() {
                Ok(interrupted) => Ok(Err(interrupted.0)),
                Err(_) => Err(Panicked),
            },
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    fn watch<'a>(stop: &'a dyn Fn() -> bool) -> Watch<'a> {
        Watch::new(Duration::from_secs(60), stop)
    }

    #[test]
    fn a_panic_and_deep_recursion_are_contained() {
        let outcome = run(&watch(&|| false), |_| -> Result<(), ReadError> {
            panic!("as parsers may")
        });
        assert!(outcome.is_err());
        assert!(contained(|| panic!("as decoders may")).is_err());

        fn depth(levels: usize) -> usize {
            let frame = std::hint::black_box([levels; 512]);
            if levels == 0 {
                0
            } else {
                depth(levels - 1) + usize::from(frame[7] == levels)
            }
        }
        let outcome = run(&watch(&|| false), |_| Ok(depth(4000)));
        assert!(matches!(outcome, Ok(Ok(4000))));
    }

    #[test]
    fn a_stop_reaches_the_work() {
        let started = Instant::now();
        let outcome = run(&watch(&|| true), |inner| -> Result<(), ReadError> {
            loop {
                if let Err(error) = inner.check() {
                    interrupt(error);
                }
            }
        });
        assert!(matches!(outcome, Ok(Err(ReadError::Stopped))));
        assert!(started.elapsed() < Duration::from_secs(20));
    }
}
