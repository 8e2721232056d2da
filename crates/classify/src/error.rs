/// Why there is no model at the end of training.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError<E> {
    /// The examples could not be read.
    #[error("the examples cannot be read")]
    Source(#[source] E),
    /// Whoever watched wanted it to end.
    #[error("training was stopped")]
    Stopped,
    /// With fewer than two labels there is nothing to tell apart.
    #[error("the examples have {0} different labels, at least two are needed")]
    TooFewLabels(usize),
    /// More labels than a model can have.
    #[error("the examples have more than {} different labels", crate::MAX_LABELS)]
    TooManyLabels,
    /// A label that is empty or too long.
    #[error("example {0} has a label that is empty or longer than {max} bytes", max = crate::MAX_LABEL_LEN)]
    Label(u64),
    /// An example of a multi-class classifier that has not exactly one label.
    #[error("example {0} has not exactly one label")]
    NotOneLabel(u64),
    /// The examples changed between two passes.
    #[error("the examples are not the same each time they are read")]
    Unrepeatable,
}

/// Why bytes are no model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The bytes do not begin like a model.
    #[error("not a classification model")]
    Foreign,
    /// The model has a format that this program does not know.
    #[error("classification model of version {found}, this program reads version {known}", known = crate::FORMAT_VERSION)]
    Version {
        /// The model's version.
        found: u32,
    },
    /// The model was trained with word vectors that this program does not have.
    #[error("classification model trained with other word vectors than those of this program")]
    WordVectors,
    /// The checksum does not fit the content.
    #[error("classification model damaged: wrong checksum")]
    Checksum,
    /// The content contradicts itself.
    #[error("classification model damaged: {0}")]
    Malformed(&'static str),
}
