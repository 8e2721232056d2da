//! A document that was read: pages of lines of words, each with its place in the text and on the
//! page.

use crate::{Kind, PageError, PageErrorCode};
use std::fmt;
use std::ops::Range;

/// A document that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// What it is. A PDF counts as scanned only if all of its pages are.
    pub kind: Kind,
    /// Its pages in order; at least one.
    pub pages: Vec<Page>,
}

impl Document {
    /// The text of all pages that could be read, one after the other.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for content in self.pages.iter().filter_map(|page| page.content.as_ref().ok()) {
            if !text.is_empty() && !content.text.is_empty() {
                text.push('\n');
            }
            text.push_str(&content.text);
        }
        text
    }
}

/// One page.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// Counted from 1.
    pub number: u32,
    /// How this page was read; the pages of one PDF may differ.
    pub kind: Kind,
    /// Its text, or why there is none.
    pub content: Result<Content, PageError>,
}

impl Page {
    /// Turns a text of more than `limit` characters into the error for that.
    pub(crate) fn limit_characters(&mut self, limit: usize) {
        if let Ok(content) = &self.content
            && content.text.len() > limit
        {
            let characters = content.text.chars().count();
            if characters > limit {
                self.content = Err(PageError::new(
                    PageErrorCode::CharactersExceeded,
                    format!("the page has {characters} characters; at most {limit} are read"),
                ));
            }
        }
    }
}

/// The text of a page.
#[derive(Clone, Default, PartialEq)]
pub struct Content {
    /// The lines in reading order, joined by line feeds, or by nothing where a word goes on in the next
    /// line: after a hyphen, and in scripts that are written without spaces. Words are joined by
    /// spaces or, between the cells of a table, tabs. Plain text is as it was.
    pub text: String,
    /// The lines of `text`, none of them empty.
    pub lines: Vec<Line>,
}

impl fmt::Debug for Content {
    /// Sizes only: what people write does not belong in logs.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Content")
            .field("bytes", &self.text.len())
            .field("lines", &self.lines.len())
            .finish()
    }
}

/// One line of a page: of a DOCX, a paragraph or the row of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Where it stands in [`Content::text`], in bytes.
    pub range: Range<usize>,
    /// Where it stands on the page; unknown for DOCX and plain text, which have no layout.
    pub bounds: Option<BoundingBox>,
    /// Its words, at least one.
    pub words: Vec<Word>,
}

/// One word: characters between white space.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    /// Where it stands in [`Content::text`], in bytes.
    pub range: Range<usize>,
    /// Where it stands on the page, as for [`Line::bounds`].
    pub bounds: Option<BoundingBox>,
}

/// An upright rectangle on a page, in parts of the page's width and height; the origin is the upper
/// left corner, and all values lie between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoundingBox {
    pub left: f32,
    pub top: f32,
    pub width: f32,
    pub height: f32,
}

impl BoundingBox {
    /// From two corners in any order, cut to the page.
    #[must_use]
    pub fn from_corners(a: (f32, f32), b: (f32, f32)) -> Self {
        let unit = |value: f32| if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) };
        let (left, right) = (unit(a.0.min(b.0)), unit(a.0.max(b.0)));
        let (top, bottom) = (unit(a.1.min(b.1)), unit(a.1.max(b.1)));
        Self {
            left,
            top,
            width: right - left,
            height: bottom - top,
        }
    }

    pub(crate) fn right(&self) -> f32 {
        self.left + self.width
    }

    /// The smallest that holds both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        let right = self.right().max(other.right());
        let bottom = (self.top + self.height).max(other.top + other.height);
        Self::from_corners((self.left.min(other.left), self.top.min(other.top)), (right, bottom))
    }
}
