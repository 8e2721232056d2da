//! Fuzzing of the engines: many generated texts, and what must hold for any text.
//!
//! Coverage-guided fuzzers need a nightly compiler and its instrumentation; these targets run on the stable one, in
//! every CI run, for a number of texts that is given. What guidance would find, generation has to bring along: texts of
//! all scripts, sentences of twelve languages with what engines look for in them, mutated and cut, and fragments that
//! recognizers react to ([`generator`]). A case is a function of seed and number, so every failure can be had again.
//!
//! A [`Target`] checks one text: no panic, offsets on character boundaries, in order and apart, the same result twice and
//! with memory that was used before. [`linear`] checks that time grows with length and no faster. [`documents`] are files
//! of other kinds, made from whole ones by damage.

pub mod documents;
pub mod generator;
pub mod linear;
mod minimize;
mod run;
mod spans;
pub mod targets;

pub use run::{Failure, Settings, Summary, run};
pub use spans::{Offsets, check_spans};

use construe_text::Language;

/// An engine, or a part of one, under test.
pub trait Target {
    /// Its name on the command line.
    fn name(&self) -> &'static str;

    /// The languages that it can read.
    fn languages(&self) -> &[Language];

    /// Checks what must hold for any text.
    ///
    /// # Errors
    /// What does not hold.
    fn check(&mut self, language: Language, text: &str) -> Result<(), String>;

    /// Does its work once, to be timed.
    fn work(&mut self, language: Language, text: &str);

    /// Gives up memory that a panic may have left half-written.
    fn reset(&mut self);
}
