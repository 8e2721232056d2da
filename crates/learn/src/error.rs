//! What can go wrong.

use crate::labels::MAX_LABELS;

/// Why a model could not be trained or loaded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No label, or too many.
    #[error("a model has between 1 and {MAX_LABELS} labels, not {0}")]
    LabelCount(usize),
    /// A label without a usable name.
    #[error("label {0:?} is empty, too long or there twice")]
    LabelName(String),
    /// An annotation that does not fit its sequence.
    #[error("unusable annotation: {0}")]
    Annotation(&'static str),
    /// Nothing to learn from, or corpora that do not fit each other.
    #[error("unusable training data: {0}")]
    TrainingData(&'static str),
    /// A setting outside its range.
    #[error("unusable training setting: {0}")]
    Settings(&'static str),
    /// Weights grew without bounds: the learning rate is too large.
    #[error("training diverged: try a smaller learning rate")]
    Diverged,
    /// The caller's progress function asked to stop.
    #[error("training was stopped")]
    Stopped,
    /// The bytes are no model file.
    #[error("this is not a tagger model file")]
    NotAModel,
    /// A model file that this version cannot read.
    #[error("model format version {found} is unknown; this program reads version {known}")]
    UnknownVersion {
        /// The file's version.
        found: u32,
        /// The version that can be read.
        known: u32,
    },
    /// A file whose bytes are not those that were written.
    #[error("the model file is damaged: its checksum does not match")]
    Checksum,
    /// A file with the right checksum whose content makes no sense.
    #[error("the model file is malformed: {0}")]
    Malformed(&'static str),
    /// A model for other features than the caller computes.
    #[error("the model needs features of schema {found:?}, this program computes {expected:?}")]
    FeatureSchema {
        /// The file's schema.
        found: String,
        /// The caller's schema.
        expected: String,
    },
}
