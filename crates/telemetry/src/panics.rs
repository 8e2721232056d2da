//! Catching panics of engines without letting the text they may quote reach the log.
//!
//! Slicing a string at a wrong place puts the string into the panic's message, and the default hook
//! prints it. Hooks chain, so a process may have others of the kind.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

thread_local! {
    static CONFINED: Cell<bool> = const { Cell::new(false) };
}

/// The work panicked; where, but not what it said, is in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Panicked;

/// Replaces the panic hook of the process, once, by one that keeps the messages of confined panics to
/// itself.
pub fn install_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| panic::set_hook(discreet(panic::take_hook())));
}

type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// A hook that is `ordinary` but for confined panics.
fn discreet(ordinary: Hook) -> Hook {
    Box::new(move |info| {
        if !CONFINED.get() {
            return ordinary(info);
        }
        let (file, line) = info.location().map_or(("?", 0), |place| (place.file(), place.line()));
        tracing::error!(
            code.file.path = file,
            code.line.number = line,
            "analysing a text panicked"
        );
    })
}

/// Runs `work` so that a panic in it ends here. The caller must not use again what `work` may have left
/// half done.
pub fn confine<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    // It may be part of work that is confined itself.
    let outside = CONFINED.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    CONFINED.set(outside);
    result.map_err(|_| Panicked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[test]
    fn a_confined_panic_is_caught_and_its_message_kept_from_the_ordinary_hook() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let before = panic::take_hook();
        let ears = heard.clone();
        panic::set_hook(discreet(Box::new(move |info| {
            ears.lock().unwrap().push(info.to_string());
            before(info);
        })));
        assert_eq!(confine(|| "fine"), Ok("fine"));
        let text = String::from("canary é");
        assert_eq!(confine(|| text[..8].len()), Err(Panicked));
        let nested = confine(|| {
            assert_eq!(confine(|| text[..8].len()), Err(Panicked));
            text[..8].len()
        });
        assert_eq!(nested, Err(Panicked));
        // Outside again, panics are heard as ever.
        assert!(panic::catch_unwind(|| panic!("ordinary")).is_err());
        let heard = heard.lock().unwrap().join("\n");
        assert!(heard.contains("ordinary") && !heard.contains("canary"), "{heard}");
    }
}
