//! Training data of classifiers.

mod census;
mod documents;
mod labels;
mod manifest;
mod rows;
mod write;

pub use census::{Census, Minimum, NotEnough};
pub use documents::{DocumentRow, DocumentRows};
pub use manifest::{Labelled, Manifest};
pub use rows::{Row, Rows};
pub use write::{DelimiterInLabel, write_row};

/// The delimiter of labels when none is given.
pub const DEFAULT_DELIMITER: char = '|';

/// The longest label, in characters: the API's limit for the labels of a model.
pub const LONGEST_LABEL: usize = 5000;

/// How many labels a document has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// One: classes exclude each other.
    MultiClass,
    /// One or more.
    MultiLabel,
}

impl Mode {
    /// The most classes of a model in this mode.
    pub const fn most_labels(self) -> usize {
        match self {
            Mode::MultiClass => 1000,
            Mode::MultiLabel => 100,
        }
    }
}

/// How to read the rows of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    /// Whether the first column may hold several labels.
    pub mode: Mode,
    /// What stands between them.
    pub delimiter: char,
    /// The longest row in bytes.
    pub longest_row: usize,
}

impl Format {
    /// The usual delimiter and limit.
    pub const fn new(mode: Mode) -> Format {
        Format {
            mode,
            delimiter: DEFAULT_DELIMITER,
            longest_row: crate::LONGEST_ROW,
        }
    }

    /// The same with another delimiter.
    #[must_use]
    pub const fn with_delimiter(mut self, delimiter: char) -> Format {
        self.delimiter = delimiter;
        self
    }
}
