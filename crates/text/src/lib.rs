//! Text as the engines see it: languages, tokens and sentences with exact offsets, words, normal forms, conversion to
//! code-point offsets.
//!
//! Engines work on byte offsets, because that is what slicing and searching need; clients count Unicode code
//! points. The conversion happens once, at the edge ([`CodePoints`]), and never by guessing.

mod characters;
pub mod fold;
mod han;
mod language;
mod normalize;
mod offsets;
mod pieces;
mod sentences;
mod tokens;
mod words;

pub use characters::Script;
pub use han::simplified;
pub use language::Language;
pub use normalize::{normalize, normalize_lower};
pub use offsets::{CodePoints, count_code_points};
pub use pieces::pieces;
pub use sentences::sentences;
pub use tokens::{Class, Token, tokenize};
pub use words::{Shape, Word, split_words};

/// A range of bytes in a text, end exclusive, on character boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The span `start..end`.
    pub const fn new(start: usize, end: usize) -> Span {
        Span { start, end }
    }

    /// Length in bytes.
    pub const fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether the span holds no byte.
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether both spans hold a common byte.
    pub const fn overlaps(self, other: Span) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The text of the span.
    pub fn of(self, text: &str) -> &str {
        &text[self.start..self.end]
    }
}
