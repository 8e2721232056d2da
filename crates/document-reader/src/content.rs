//! Puts the text of a page together from lines of words.

use crate::page::{BoundingBox, Content, Line, Word};

/// Distance from line to line of one paragraph, in heights of a line.
const LINE_SPACING: std::ops::RangeInclusive<f32> = 0.7..=2.3;
/// Lines before and after one that tell how far its column reaches.
const COLUMN_WINDOW: usize = 30;

/// Width over height of a page of which nobody says so: that of A4 and its kin.
pub(crate) const USUAL_ASPECT: f32 = 0.707;

impl Content {
    /// A page of lines that another program has read, put together as the pages of documents are: each with its words
    /// and, where they are known, their places. A word without text leaves nothing, one with spaces inside is several.
    pub fn of_lines<'w, L>(lines: impl IntoIterator<Item = L>) -> Self
    where
        L: IntoIterator<Item = (&'w str, Option<BoundingBox>)>,
    {
        let mut builder = Builder::new(USUAL_ASPECT);
        for line in lines {
            for (text, bounds) in line {
                builder.word(" ", text, bounds);
            }
            builder.end_line();
        }
        builder.finish()
    }
}

/// Collects lines of words.
pub(crate) struct Builder {
    lines: Vec<Vec<Entry>>,
    line: Vec<Entry>,
    /// Width of the page over its height; lines of pages without layout have no boxes anyway.
    aspect: f32,
}

struct Entry {
    separator: String,
    text: String,
    bounds: Option<BoundingBox>,
}

impl Builder {
    /// For a page with this ratio of width to height.
    pub(crate) fn new(aspect: f32) -> Self {
        Self {
            lines: Vec::new(),
            line: Vec::new(),
            aspect,
        }
    }

    /// For a page whose words have no places.
    pub(crate) fn without_layout() -> Self {
        Self::new(1.0)
    }

    /// Adds a word to the line at hand, after `separator` unless it is the first. What a file takes for
    /// one may be several, or none: a glyph may stand for a space between others. Those share the place.
    pub(crate) fn word(&mut self, separator: &str, text: &str, bounds: Option<BoundingBox>) {
        for (number, part) in text.split_whitespace().enumerate() {
            self.line.push(Entry {
                separator: if number == 0 { separator } else { " " }.to_owned(),
                text: part.to_owned(),
                bounds,
            });
        }
    }

    /// Adds the words of a piece of text without geometry; tabs between them stay.
    pub(crate) fn words(&mut self, text: &str) {
        let mut start = 0;
        let mut tabs = 0;
        for (position, character) in text.char_indices() {
            if character.is_whitespace() {
                self.word_after(tabs, &text[start..position]);
                if start < position {
                    tabs = 0;
                }
                tabs += usize::from(character == '\t');
                start = position + character.len_utf8();
            }
        }
        self.word_after(tabs, &text[start..]);
    }

    fn word_after(&mut self, tabs: usize, text: &str) {
        if !text.is_empty() {
            let separator = if tabs > 0 { "\t".repeat(tabs) } else { " ".to_owned() };
            self.word(&separator, text, None);
        }
    }

    /// Whether there is no word yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.line.is_empty()
    }

    /// Whether the next word begins a line.
    pub(crate) fn at_line_start(&self) -> bool {
        self.line.is_empty()
    }

    /// Ends the line at hand; does nothing if it has no word.
    pub(crate) fn end_line(&mut self) {
        if !self.line.is_empty() {
            self.lines.push(std::mem::take(&mut self.line));
        }
    }

    pub(crate) fn finish(mut self) -> Content {
        self.end_line();
        let boxes: Vec<Option<BoundingBox>> = self
            .lines
            .iter()
            .map(|line| line.iter().filter_map(|entry| entry.bounds).reduce(BoundingBox::union))
            .collect();
        let mut content = Content::default();
        for (number, line) in self.lines.iter().enumerate() {
            if number > 0 && !self.goes_on(number - 1, &boxes) {
                content.text.push('\n');
            }
            let start = content.text.len();
            let mut words = Vec::with_capacity(line.len());
            for entry in line {
                if content.text.len() > start {
                    content.text.push_str(&entry.separator);
                }
                let from = content.text.len();
                content.text.push_str(&entry.text);
                words.push(Word {
                    range: from..content.text.len(),
                    bounds: entry.bounds,
                });
            }
            let bounds = boxes[number];
            content.lines.push(Line {
                range: start..content.text.len(),
                bounds,
                words,
            });
        }
        content
    }

    /// Whether the last word of a line goes on in the next one.
    fn goes_on(&self, number: usize, boxes: &[Option<BoundingBox>]) -> bool {
        let [line, next] = &self.lines[number..number + 2] else {
            return false;
        };
        let (Some(last), Some(first)) = (line.last(), next.first()) else {
            return false;
        };
        let (Some(above), Some(below)) = (boxes[number], boxes[number + 1]) else {
            return false;
        };
        let height = above.height.max(below.height);
        let em = height / self.aspect.max(f32::EPSILON);
        if !LINE_SPACING.contains(&((below.top - above.top) / height.max(f32::EPSILON))) {
            return false;
        }
        let mut end = last.text.chars().rev();
        let (last, before_last) = (end.next(), end.next());
        let first = first.text.chars().next();
        let hyphen = matches!(last, Some('-' | '\u{2010}'));
        if hyphen {
            let letter = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
            return letter(before_last) && letter(first);
        }
        // Without spaces only the layout tells whether a paragraph ends: its last line is shorter
        // than the column is wide, and the first of the next may be indented.
        last.is_some_and(is_broad)
            && first.is_some_and(is_broad)
            && below.left <= above.left + 0.5 * em
            && above.right() >= column_end(above, number, boxes) - 1.5 * em
    }
}

/// How far right the lines near a line and above or below it reach.
fn column_end(line: BoundingBox, number: usize, boxes: &[Option<BoundingBox>]) -> f32 {
    let window = number.saturating_sub(COLUMN_WINDOW)..boxes.len().min(number + COLUMN_WINDOW);
    boxes[window]
        .iter()
        .flatten()
        .filter(|other| other.left < line.right() && line.left < other.right())
        .map(|other| other.right())
        .fold(line.right(), f32::max)
}

/// Whether a character is of a script that is written without spaces, on a grid of squares.
pub(crate) fn is_broad(character: char) -> bool {
    matches!(character,
        '\u{2e80}'..='\u{30ff}' | '\u{31f0}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page as wide as high, lines of letters of a twentieth of its size.
    fn page(lines: &[(f32, &str)]) -> Content {
        let mut builder = Builder::new(1.0);
        for (number, (left, text)) in lines.iter().enumerate() {
            let top = number as f32 * 0.06;
            let right = left + text.chars().count() as f32 * 0.05;
            builder.word(
                " ",
                text,
                Some(BoundingBox::from_corners((*left, top), (right, top + 0.05))),
            );
            builder.end_line();
        }
        builder.finish()
    }

    #[test]
    fn words_go_on_after_hyphens() {
        let content = page(&[(0.1, "Wei-"), (0.1, "Ling"), (0.1, "—"), (0.1, "-"), (0.1, "x")]);
        assert_eq!(content.text, "Wei-Ling\n—\n-\nx");
        assert_eq!(content.lines[1].range, 4..8);
        assert_eq!(content.lines[1].words[0].range, 4..8);
    }

    #[test]
    fn full_lines_without_spaces_go_on_and_short_or_indented_ones_do_not() {
        let content = page(&[
            (0.1, "すべての人間は自由"),
            (0.1, "である。"),
            (0.15, "すべて人は、権利"),
            (0.1, "を有する。"),
        ]);
        assert_eq!(content.text, "すべての人間は自由である。\nすべて人は、権利を有する。");
    }

    #[test]
    fn words_with_spaces_inside_are_several() {
        let mut builder = Builder::new(1.0);
        builder.word(" ", "one", None);
        builder.word("\t", " two\u{a0}three ", None);
        builder.word(" ", " ", None);
        let content = builder.finish();
        assert_eq!(content.text, "one\ttwo three");
        assert_eq!(content.lines[0].words.len(), 3);
    }

    #[test]
    fn words_without_places_keep_their_tabs() {
        let mut builder = Builder::without_layout();
        assert!(builder.is_empty());
        builder.words(" Total\t\t €5 \u{a0}net\t");
        builder.end_line();
        builder.end_line();
        builder.words("日本");
        builder.end_line();
        builder.words("語");
        let content = builder.finish();
        assert_eq!(content.text, "Total\t\t€5 net\n日本\n語");
        assert_eq!(content.lines.len(), 3);
    }
}
