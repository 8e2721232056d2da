//! Runs a target on generated texts.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use construe_text::Language;

use crate::generator::Generator;
use crate::{Target, linear, minimize};

/// How much to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Texts for each target.
    pub count: u64,
    /// Seed of all cases.
    pub seed: u64,
    /// The longest text in bytes, about.
    pub longest: usize,
    /// Patterns whose time is measured, beside the fixed ones.
    pub patterns: u64,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Texts checked.
    pub texts: u64,
    /// Their bytes.
    pub bytes: usize,
    /// Patterns whose time was measured.
    pub patterns: u64,
}

/// A text for which something does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The target.
    pub target: &'static str,
    /// Number of the case.
    pub number: u64,
    /// Language in which the text was read.
    pub language: Language,
    /// The text, as short as it could be made.
    pub text: String,
    /// What does not hold.
    pub reason: String,
}

/// Checks `target`.
///
/// # Errors
/// The first failure.
pub fn run(target: &mut dyn Target, settings: &Settings) -> Result<Summary, Box<Failure>> {
    let mut summary = Summary::default();
    for number in 0..settings.count {
        let mut generator = Generator::new(settings.seed, number);
        let language = generator.language(target.languages());
        let text = generator.text(settings.longest);
        check(target, number, language, &text)?;
        summary.texts += 1;
        summary.bytes += text.len();
    }
    for number in 0..linear::PATTERNS.len() as u64 + settings.patterns {
        let mut generator = Generator::new(settings.seed, number);
        let language = generator.language(target.languages());
        let pattern = match linear::PATTERNS.get(number as usize) {
            Some(pattern) => (*pattern).to_owned(),
            None => generator.pattern(),
        };
        let outcome = quietly(|| linear::check(target, language, &pattern));
        if let Err(reason) = outcome {
            return Err(Box::new(Failure {
                target: target.name(),
                number,
                language,
                text: pattern,
                reason,
            }));
        }
        summary.patterns += 1;
    }
    Ok(summary)
}

/// Checks one text; on failure makes it as short as it goes.
///
/// # Errors
/// The failure.
pub(crate) fn check(target: &mut dyn Target, number: u64, language: Language, text: &str) -> Result<(), Box<Failure>> {
    let Err(first) = quietly(|| target.check(language, text)) else {
        return Ok(());
    };
    let mut reason = first;
    let text = minimize::minimize(text, |shorter| {
        target.reset();
        match quietly(|| target.check(language, shorter)) {
            Ok(()) => false,
            Err(latest) => {
                reason = latest;
                true
            }
        }
    });
    target.reset();
    Err(Box::new(Failure {
        target: target.name(),
        number,
        language,
        text,
        reason,
    }))
}

thread_local! {
    /// Whether panics of this thread are caught and told later.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work`; a panic becomes a reason, and nothing is printed.
pub(crate) fn quietly(work: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    // The hook is the whole program's, and other threads may panic in earnest: it asks the thread.
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                before(panic);
            }
        }));
    });
    QUIET.set(true);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    QUIET.set(false);
    outcome.unwrap_or_else(|payload| {
        let message = payload
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| payload.downcast_ref::<&str>().copied());
        Err(format!("panic: {}", message.unwrap_or("without a message")))
    })
}
