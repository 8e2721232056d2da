//! From a picture to lines of words: preparation, recognition, and boxes in parts of the page.

mod language;
mod skew;

use crate::content::{Builder, is_broad};
use crate::enhance::{enhanced, evenly_lit};
use crate::error::Failure;
use crate::limits::Watch;
use crate::ocr::{Ocr, Orientation, Recognised, RecognisedWord};
use crate::page::{BoundingBox, Content};
use crate::picture::Picture;
use skew::Turn;
use std::sync::OnceLock;

/// A gap between words of this many times their height is one between cells.
const CELL_GAP: f32 = 2.5;
/// A page recognised with less confidence than this, from 0 to 100, may lie on its side.
const DOUBTFUL: f32 = 60.0;

/// Space between two characters of a script without spaces, in their heights: punctuation fills only
/// a part of its square.
const SQUARE_GAP: f32 = 1.3;

/// Recognition of the pages of one document.
pub(crate) struct Recogniser<'a> {
    ocr: &'a Ocr,
    /// What the caller expects.
    language: Option<&'a str>,
    /// What a page turned out to be in; the next ones will be, too.
    found: OnceLock<&'static str>,
}

impl<'a> Recogniser<'a> {
    pub(crate) fn new(ocr: &'a Ocr, language: Option<&'a str>) -> Self {
        Self {
            ocr,
            language,
            found: OnceLock::new(),
        }
    }

    /// The text of a picture. What was recognised with doubts, or turns out to be in another language
    /// than expected, is recognised once more with what was learnt.
    pub(crate) fn content(&self, picture: Picture, watch: &Watch<'_>) -> Result<Content, Failure> {
        let mut picture = enhanced(picture);
        let expected = self.found.get().copied().or(self.language);
        let mut best = self.attempt(&picture, 0, expected, watch)?;
        if let Some(lit) = evenly_lit(&picture) {
            // Pictures and dark bars on a page look like shadows, too: the better of both counts.
            let again = self.attempt(&lit, 0, expected, watch)?;
            if again.weight() > best.weight() {
                (best, picture) = (again, lit);
            }
        }
        let sideways = if best.recognised.confidence() < DOUBTFUL {
            self.ocr.orientation(&picture, watch)?
        } else {
            Orientation::default()
        };
        let script = sideways.script.as_deref().and_then(language::of_script);
        if sideways.quarters > 0 || script.is_some_and(|script| self.would_help(script)) {
            let turned = picture.turned(sideways.quarters);
            let again = self.attempt(&turned, sideways.quarters, script.or(expected), watch)?;
            best = best.or_better(again.learnt(script));
        }
        let words = best.recognised.lines.iter().flatten().map(|word| word.text.as_str());
        if let Some(language) = language::of_words(words)
            && self.would_help(language)
        {
            let quarters = best.scene.quarters;
            let turned = picture.turned(quarters);
            let again = self.attempt(&turned, quarters, Some(language), watch)?;
            best = best.or_better(again.learnt(Some(language)));
        }
        if let Some(language) = best.language
            && self.would_help(language)
        {
            // Another page may have been first; then that one's language stays.
            let _ = self.found.set(language);
        }
        Ok(content(&best.recognised, &best.scene))
    }

    /// Whether a language's data are there and were not used yet.
    fn would_help(&self, language: &str) -> bool {
        let used = self.ocr.languages_for(self.found.get().copied().or(self.language));
        self.ocr.version().languages.contains(language) && !used.split('+').any(|used| used == language)
    }

    fn attempt(
        &self,
        picture: &Picture,
        quarters: usize,
        language: Option<&str>,
        watch: &Watch<'_>,
    ) -> Result<Attempt, Failure> {
        let (level, turn) = skew::straightened(picture);
        let scene = Scene {
            width: level.width as f32,
            height: level.height as f32,
            turn,
            quarters,
        };
        let recognised = self.ocr.recognise(&level, language, watch)?;
        Ok(Attempt {
            recognised,
            scene,
            language: None,
        })
    }
}

/// What was recognised, and on what.
struct Attempt {
    recognised: Recognised,
    scene: Scene,
    /// A language that was learnt from an attempt before.
    language: Option<&'static str>,
}

impl Attempt {
    fn learnt(self, language: Option<&'static str>) -> Self {
        Self { language, ..self }
    }

    /// Grows with the characters of which the program is sure.
    fn weight(&self) -> f32 {
        self.recognised.confidence() * self.recognised.characters() as f32
    }

    fn or_better(self, other: Self) -> Self {
        if other.weight() > self.weight() { other } else { self }
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
        [
            (word.left, word.top),
            (right, word.top),
            (word.left, bottom),
            (right, bottom),
        ]
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
            let bounds = group
                .words
                .iter()
                .map(|word| scene.bounds(word))
                .reduce(BoundingBox::union);
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
            before && after && gap < SQUARE_GAP * height
        });
        match groups.last_mut() {
            Some(group) if joined => group.words.push(word),
            _ => groups.push(Group {
                words: vec![word],
                after_gap: gap > CELL_GAP * height,
            }),
        }
    }
    groups
}
