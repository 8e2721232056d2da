//! Custom classification: learns from labelled documents which labels a document deserves, and says how sure it is.
//!
//! [`train`] goes through [`Examples`] and gives a [`Model`]; [`Model::classify`] gives every label a score. Scores are
//! calibrated on documents that the model did not learn from: of all answers with the score 0.8, eight in ten are
//! right on documents of the same kind. [`Evaluation`] has the measures that Amazon Comprehend defines.
//!
//! The classifier is linear over words, pairs of words and parts of words ([`Settings`] has no knob for that: what is
//! best was measured, see `DESIGN.md`). It reads any language; scripts without spaces are read character by character.
//! The same examples in the same order and the same settings give the same model, bit for bit.

mod calibration;
mod error;
mod evaluation;
mod example;
mod hash;
mod index;
mod math;
mod measures;
mod model;
mod reader;
mod settings;
mod train;

pub use error::{LoadError, TrainError};
pub use evaluation::{Confusion, Evaluation, Metrics};
pub use example::{Example, Examples, Mode};
pub use model::{FORMAT_VERSION, Model, Prediction, Scratch};
pub use settings::Settings;
pub use train::{Progress, train};

/// The most labels that a model can have.
pub const MAX_LABELS: usize = 4096;
/// The longest label in bytes.
pub const MAX_LABEL_LEN: usize = u16::MAX as usize;
