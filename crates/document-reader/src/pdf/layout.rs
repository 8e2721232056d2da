//! From glyphs to lines of words in reading order.
//!
//! A PDF has no words and no lines, only glyphs at places. Glyphs that follow each other on a base line
//! make a piece, gaps inside it words; pieces side by side make a line. The order in which a program
//! wrote the page is nearly always the order in which it is read, table cells and columns included,
//! and knows more than geometry does, so it is kept; only where it jumps about without sense are
//! pieces put in order by their places.

mod bidi;
mod order;

use super::glyphs::Glyph;
use crate::content::{Builder, is_broad};
use crate::page::{BoundingBox, Content};
use hayro_interpret::kurbo::{Point, Size, Vec2};
use std::collections::HashMap;
use unicode_normalization::UnicodeNormalization;

/// A gap of this many ems is a space, if the page writes no spaces and if it does.
const SPACE_GAP: f64 = 0.17;
const EXTRA_SPACE_GAP: f64 = 0.30;
/// A gap of this many ems parts two cells or columns.
const CELL_GAP: f64 = 1.6;
/// Marks of list items that are no words.
const BULLETS: [&str; 10] = ["•", "◦", "▪", "▫", "●", "○", "■", "□", "‣", "⁃"];

/// The reading direction of a piece, as an angle in whole degrees, clockwise from rightwards.
type Direction = i32;

/// Words that follow each other on one base line.
struct Piece {
    direction: Direction,
    words: Vec<PieceWord>,
    /// Place of the base line, measured across the reading direction.
    base: f64,
    /// Along the reading direction.
    start: f64,
    end: f64,
    size: f64,
}

struct PieceWord {
    text: String,
    /// Where each glyph begins in the text.
    glyphs: Vec<usize>,
    start: f64,
    end: f64,
}

impl Piece {
    fn same_line(&self, next: &Self) -> bool {
        let size = self.size.max(next.size);
        let onwards = next.start >= self.end - 0.3 * size;
        // The parts of a line of Arabic or Hebrew follow each other leftwards.
        let leftwards = next.end <= self.start + 0.3 * size
            && self.start - next.end <= CELL_GAP * size
            && (bidi::is_right_to_left(self) || bidi::is_right_to_left(next));
        self.direction == next.direction && (self.base - next.base).abs() <= 0.35 * size && (onwards || leftwards)
    }
}

/// The text of a page of `size` points.
pub(super) fn content(glyphs: Vec<Glyph>, size: Size) -> Content {
    let mut pieces = order::in_reading_order(pieces(&without_doubles(glyphs)));
    pieces.iter_mut().for_each(bidi::to_logical_order);
    let mut builder = Builder::new((size.width / size.height) as f32);
    let mut previous: Option<Piece> = None;
    for piece in pieces {
        let mut separator = " ";
        match &previous {
            Some(before) if before.same_line(&piece) => {
                if piece.start - before.end > CELL_GAP * piece.size {
                    separator = "\t";
                }
            }
            _ => builder.end_line(),
        }
        let bullet = |word: &PieceWord| BULLETS.contains(&word.text.as_str());
        let first_of_line = builder.at_line_start();
        for (position, word) in piece.words.iter().enumerate() {
            if first_of_line && position == 0 && bullet(word) {
                continue;
            }
            let text = normalised(&word.text);
            builder.word(separator, &text, Some(bounds(&piece, word, size)));
            separator = " ";
        }
        previous = Some(piece);
    }
    builder.finish()
}

/// Composed characters, and letters for the ligatures and forms that are only a matter of type.
fn normalised(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    text.chars()
        .flat_map(|character| {
            let ligature = matches!(character, '\u{fb00}'..='\u{fb06}') || bidi::is_form(character);
            let whole = (!ligature).then_some(character);
            let parts = ligature
                .then(|| std::iter::once(character).nfkc())
                .into_iter()
                .flatten();
            whole.into_iter().chain(parts)
        })
        .nfc()
        .collect()
}

fn bounds(piece: &Piece, word: &PieceWord, page: Size) -> BoundingBox {
    // Letters reach about this far above and below the base line.
    let (above, below) = (0.8 * piece.size, 0.2 * piece.size);
    let corner = |along: f64, across: f64| {
        let point = unproject(along, across, piece.direction);
        ((point.x / page.width) as f32, (point.y / page.height) as f32)
    };
    BoundingBox::from_corners(
        corner(word.start, piece.base - above),
        corner(word.end, piece.base + below),
    )
}

/// Leaves out glyphs that are drawn again at nearly the same place, to look bold or shadowed.
fn without_doubles(glyphs: Vec<Glyph>) -> Vec<Glyph> {
    // Cells of a grid that are wider than the distance that counts as the same place.
    let cell = |glyph: &Glyph| {
        let width = 0.25 * glyph.size.max(1.0);
        (
            (glyph.origin.x / width).floor() as i64,
            (glyph.origin.y / width).floor() as i64,
        )
    };
    let mut seen: HashMap<(char, i64, i64), Point> = HashMap::new();
    let mut kept = Vec::with_capacity(glyphs.len());
    for glyph in glyphs {
        let Some(character) = glyph.text.chars().next() else {
            continue;
        };
        let (column, row) = cell(&glyph);
        let near = |point: &Point| point.distance(glyph.origin) < 0.12 * glyph.size;
        let double =
            (-1..=1).any(|dx| (-1..=1).any(|dy| seen.get(&(character, column + dx, row + dy)).is_some_and(near)));
        if !double {
            seen.insert((character, column, row), glyph.origin);
            kept.push(glyph);
        }
    }
    kept
}

fn pieces(glyphs: &[Glyph]) -> Vec<Piece> {
    let spaces = glyphs.iter().filter(|glyph| is_space(glyph)).count();
    // A page of words has a space for every five or six letters.
    let writes_spaces = spaces * 15 > glyphs.len();
    let space_gap = if writes_spaces { EXTRA_SPACE_GAP } else { SPACE_GAP };
    let mut pieces: Vec<Piece> = Vec::new();
    let mut direction = 0;
    // End of the last glyph, spaces included, and whether it was a space.
    let (mut cursor, mut spaced) = (0.0, false);
    for glyph in glyphs {
        direction = direction_of(glyph.advance).unwrap_or(direction);
        let (start, base) = project(glyph.origin, direction);
        let end = start + glyph.advance.hypot();
        let current = pieces
            .last_mut()
            .filter(|piece| continues(piece, glyph, direction, start - cursor, base));
        if is_space(glyph) {
            if current.is_some() {
                (cursor, spaced) = (end.max(cursor), true);
            }
            continue;
        }
        let gap = start - cursor;
        match current {
            Some(piece) => {
                let broad = is_broad_glyph(glyph) || piece.words.last().is_some_and(PieceWord::ends_broad);
                // Between Chinese and Japanese characters a gap is a matter of alignment.
                let limit = if broad { 0.6 } else { space_gap };
                match piece.words.last_mut() {
                    Some(word) if !spaced && gap <= limit * glyph.size => {
                        word.glyphs.push(word.text.len());
                        word.text.push_str(&glyph.text);
                        word.end = word.end.max(end);
                    }
                    _ => piece.words.push(PieceWord::new(glyph, start, end)),
                }
                piece.end = piece.end.max(end);
            }
            None => pieces.push(Piece {
                direction,
                words: vec![PieceWord::new(glyph, start, end)],
                base,
                start,
                end,
                size: glyph.size,
            }),
        }
        (cursor, spaced) = (end, false);
    }
    pieces
}

impl PieceWord {
    fn new(glyph: &Glyph, start: f64, end: f64) -> Self {
        Self {
            text: glyph.text.clone(),
            glyphs: vec![0],
            start,
            end,
        }
    }

    fn ends_broad(&self) -> bool {
        self.text.chars().next_back().is_some_and(is_broad)
    }
}

/// Whether a glyph goes on with a piece: on its base line, or raised or lowered a little and smaller,
/// without a step back or a gap as between cells.
fn continues(piece: &Piece, glyph: &Glyph, direction: Direction, gap: f64, base: f64) -> bool {
    let size = piece.size.max(glyph.size);
    let off = (base - piece.base).abs();
    let on_line = off <= 0.25 * size;
    let script = off <= 0.6 * piece.size && glyph.size < 0.85 * piece.size && gap.abs() <= 0.5 * size;
    piece.direction == direction && (on_line || script) && gap >= -0.5 * size && gap <= CELL_GAP * size
}

fn is_space(glyph: &Glyph) -> bool {
    glyph.text.chars().all(char::is_whitespace)
}

fn is_broad_glyph(glyph: &Glyph) -> bool {
    glyph.text.chars().next().is_some_and(is_broad)
}

/// The direction of an advance, to whole degrees; near a side of the page, that side's.
fn direction_of(advance: Vec2) -> Option<Direction> {
    if advance.hypot() < 1e-6 {
        return None;
    }
    let degrees = advance.atan2().to_degrees();
    let side = (degrees / 90.0).round() * 90.0;
    let degrees = if (degrees - side).abs() < 3.0 { side } else { degrees };
    Some((degrees.round() as Direction).rem_euclid(360))
}

fn rotation(direction: Direction) -> (f64, f64) {
    match direction {
        0 => (1.0, 0.0),
        90 => (0.0, 1.0),
        180 => (-1.0, 0.0),
        270 => (0.0, -1.0),
        _ => {
            let (sine, cosine) = f64::from(direction).to_radians().sin_cos();
            (cosine, sine)
        }
    }
}

/// Place of a point along and across a reading direction; across grows from line to line.
fn project(point: Point, direction: Direction) -> (f64, f64) {
    let (cosine, sine) = rotation(direction);
    (point.x * cosine + point.y * sine, point.y * cosine - point.x * sine)
}

fn unproject(along: f64, across: f64, direction: Direction) -> Point {
    let (cosine, sine) = rotation(direction);
    Point::new(along * cosine - across * sine, along * sine + across * cosine)
}

#[cfg(test)]
mod tests;
