//! Training files of custom models: their bytes in, examples out.
//!
//! Everything is read as a stream: memory holds one row, however long the file is, but for entity lists and
//! annotations, which are needed as a whole. What cannot be read is a [`DataError`] that names a line and a rule, never
//! the text that stands there. What can be read and not used is left out and counted in [`Warnings`].
//!
//! Which faults end a training and which only cost a row is this crate's choice where Amazon's guide is silent: what
//! makes the meaning of a file doubtful (quotation marks, columns, encoding, labels) ends it, a row that says nothing
//! (no text, a labelling job that failed) is left out.

pub mod classification;
mod csv;
mod digest;
pub mod entities;
mod error;
mod lines;
mod manifest;
mod warnings;

pub use digest::Digest;
pub use error::{DataError, Rule};
pub use manifest::Source;
pub use warnings::Warnings;

/// The longest row or line, in bytes, that readers accept by default: the guide's limit for a document of text.
pub const LONGEST_ROW: usize = 10 * 1024 * 1024;
