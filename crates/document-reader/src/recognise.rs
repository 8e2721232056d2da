//! From a picture to lines of words: preparation, recognition, and boxes in parts of the page.

mod skew;

use crate::content::{Builder, is_broad};
use crate::enhance::enhanced;
use crate::error::Failure;
use crate::limits::Watch;
use crate::ocr::{Ocr, Recognised, RecognisedWord};
use crate::page::{BoundingBox, Content};
use crate::picture::Picture;
use skew::Turn;

/// A gap between words of this many times their height is one between cells.
const CELL_GAP: f32 = 2.5;
/// A page recognised with less confidence than this, from 0 to 100, may lie on its side.
const DOUBTFUL: f32 = 60.0;

/// Recognition in one language.
pub(crate) struct Recogniser<'a> {
    pub ocr: &'a Ocr,
    pub language: Option<&'a str>,
}

impl Recogniser<'_> {
    /// The text of a picture.
    pub(crate) fn content(&self, picture: &Picture, watch: &Watch<'_>) -> Result<Content, Failure> {
        let (recognised, scene) = self.recognise(enhanced(picture), 0, watch)?;
        if recognised.confidence() >= DOUBTFUL {
            return Ok(content(&recognised, &scene));
        }
        let quarters = self.ocr.quarter_turns(picture, watch)?;
        if quarters > 0 {
            let (again, turned) = self.recognise(enhanced(picture).turned(quarters), quarters, watch)?;
            let weight = |recognised: &Recognised| recognised.confidence() * recognised.characters() as f32;
            if weight(&again) > weight(&recognised) {
                return Ok(content(&again, &turned));
            }
        }
        Ok(content(&recognised, &scene))
    }

    fn recognise(
        &self,
        picture: Picture,
        quarters: usize,
        watch: &Watch<'_>,
    ) -> Result<(Recognised, Scene), Failure> {
        let (picture, turn) = skew::straightened(picture);
        let scene = Scene { width: picture.width as f32, height: picture.height as f32, turn, quarters };
        Ok((self.ocr.recognise(&picture, self.language, watch)?, scene))
    }
}

/// How the picture that was recognised came from the page.
struct Scene {
    width: f32,
    height: f32,
    turn: Turn,
    quarters: usize,
}

impl Scene {
    /// The place on the page of a box in pixels.
    fn bounds(&self, word: &RecognisedWord) -> BoundingBox {
        let (right, bottom) = (word.left + word.width, word.top + word.height);
        [(word.left, word.top), (right, word.top), (word.left, bottom), (right, bottom)]
            .map(|(x, y)| {
                let (x, y) = self.turn.before(x, y, self.width, self.height);
                let (x, y) = (x / self.width, y / self.height);
                let corner = match self.quarters % 4 {
                    0 => (x, y),
                    1 => (y, 1.0 - x),
                    2 => (1.0 - x, 1.0 - y),
                    _ => (1.0 - y, x),
                };
                BoundingBox::from_corners(corner, corner)
            })
            .into_iter()
            .reduce(BoundingBox::union)
            // Four corners are never none.
            .unwrap_or(BoundingBox::from_corners((0.0, 0.0), (0.0, 0.0)))
    }
}

fn content(recognised: &Recognised, scene: &Scene) -> Content {
    let mut builder = Builder::new(scene.width / scene.height);
    for line in &recognised.lines {
        for group in grouped(line) {
            let text: String = group.words.iter().map(|word| word.text.as_str()).collect();
            let bounds = group.words.iter().map(|word| scene.bounds(word)).reduce(BoundingBox::union);
            let separator = if group.after_gap { "\t" } else { " " };
            builder.word(separator, &text, bounds);
        }
        builder.end_line();
    }
    builder.finish()
}

/// Words of the recogniser that make one word: scripts without spaces come in pieces.
struct Group<'a> {
    words: Vec<&'a RecognisedWord>,
    after_gap: bool,
}

fn grouped(line: &[RecognisedWord]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for word in line {
        let previous = groups.last().and_then(|group| group.words.last());
        let gap = previous.map_or(0.0, |previous| word.left - (previous.left + previous.width));
        let height = previous.map_or(word.height, |previous| previous.height.max(word.height));
        let joined = previous.is_some_and(|previous| {
            let before = previous.text.chars().next_back().is_some_and(is_broad);
            let after = word.text.chars().next().is_some_and(is_broad);
            before && after && gap < height
        });
        match groups.last_mut() {
            Some(group) if joined => group.words.push(word),
            _ => groups.push(Group { words: vec![word], after_gap: gap > CELL_GAP * height }),
        }
    }
    groups
}
