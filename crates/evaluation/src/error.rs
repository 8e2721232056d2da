//! What can be wrong with the data.

use std::path::PathBuf;

/// Data that cannot be judged. Says where, never what a text says.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file that cannot be read.
    #[error("unreadable data")]
    Corpus(#[from] construe_corpus::Error),
    /// A text's source is not in the file of sources.
    #[error("the source {origin:?} of the text {id:?} is not among the sources")]
    UnknownSource {
        /// The text.
        id: String,
        /// Its source.
        origin: String,
    },
    /// A label was asked for that neither sources nor data have.
    #[error("no text or source has the label {0:?}")]
    UnknownLabel(String),
    /// More labels than can be told apart.
    #[error("{0} different labels; at most 256 can be judged at a time")]
    TooManyLabels(usize),
    /// Nothing is annotated.
    #[error("the data have no labels: say which to judge")]
    NoLabels,
    /// A text without a language, where none is given for all.
    #[error("the text {0:?} does not say its language")]
    UnknownLanguage(String),
    /// The same texts, other findings.
    #[error("the engine found something else in the same texts the second time, language {0}")]
    Unstable(String),
    /// A line of predictions of another form.
    #[error("{path}:{line}: not a prediction: an object with id and with spans inside the text of that id")]
    Prediction {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// Two predictions, or two texts, of the same id.
    #[error("the id {0:?} occurs twice")]
    Twice(String),
    /// Predictions for no text.
    #[error("{count} predicted ids are of no text, the first is {first:?}")]
    Unmatched {
        /// How many.
        count: usize,
        /// One of them.
        first: String,
    },
}
