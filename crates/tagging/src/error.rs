//! What can go wrong with models and training data.

/// A model or data to train one from cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The model was trained with other features.
    #[error("the model was trained with the features \"{found}\", which this program does not have")]
    Schema {
        /// The model's feature schema.
        found: String,
    },
    /// A span of an example lies outside its text.
    #[error("the span {start}..{end} of an example lies outside its text or is empty")]
    Span {
        /// First code point.
        start: usize,
        /// One past the last code point.
        end: usize,
    },
    /// The learner's reason.
    #[error(transparent)]
    Learn(#[from] construe_learn::Error),
}
