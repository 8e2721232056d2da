//! Training data of recognisers of custom entities.

pub mod annotations;
pub mod list;
mod manifest;
pub mod pages;
mod types;

pub use manifest::{Annotated, Manifest, without_overlaps};
pub use types::{LONGEST_TYPE, MOST_TYPES, Types};

/// An entity in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First character (code point) in the document.
    pub start: u32,
    /// One past the last character.
    pub end: u32,
    /// Number of its type in [`Types`].
    pub kind: u8,
}
