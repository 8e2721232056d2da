//! From tokens to features: what all scripts have in common.
//!
//! A token's features are of three kinds. Those of a *word* depend on it alone and reach to its neighbours
//! ([`crate::WordFeatures`]); those of the *context* combine several words of a sentence; *marks* come from outside.
//! [`crate::words`] and [`crate::characters`] say which there are.

use construe_learn::FeatureHasher;
use construe_text::{Language, Token};

use crate::document::Document;
use crate::knowledge::{Knowledge, MOST_MARKS, Marks, PLACES, REACH, WordFeatures};
use crate::regime::Regime;
use crate::{characters, words};

/// Version of the templates of this crate, part of every model's feature schema: to be raised with every change.
pub(crate) const TEMPLATES: &str = "2";

/// Template of marked passages.
pub(crate) const MARK: u32 = 1;
/// Template of places before the first and after the last word of a sentence.
const BOUNDARY: u32 = 2;

/// What the templates of the context need of a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// The word in lower case, as a hash.
    pub(crate) folded: u64,
    /// Its shape, as a hash.
    pub(crate) shape: u64,
    /// A coarse class of the word.
    pub(crate) class: u64,
}

/// Stands before the first and after the last word.
pub(crate) const BEFORE: Known = Known {
    folded: 1,
    shape: 1,
    class: 1,
};
pub(crate) const AFTER: Known = Known {
    folded: 2,
    shape: 2,
    class: 2,
};

/// A sentence of analysed words.
#[derive(Clone, Copy)]
pub(crate) struct Sentence<'s> {
    pub(crate) known: &'s [Known],
    pub(crate) tokens: &'s [Token],
}

impl Sentence<'_> {
    /// The word at a distance from a position.
    #[inline(always)]
    pub(crate) fn at(&self, position: usize, distance: isize) -> Known {
        match position.checked_add_signed(distance) {
            None => BEFORE,
            Some(position) => self.known.get(position).copied().unwrap_or(AFTER),
        }
    }
}

/// Analyses words, in memory that it keeps.
#[derive(Clone, Debug, Default)]
pub(crate) struct WordReader {
    pub(crate) features: WordFeatures,
    folded: String,
}

impl WordReader {
    /// Leaves the word's features in `self.features`.
    pub(crate) fn read<K: Knowledge>(
        &mut self,
        knowledge: &K,
        language: Language,
        regime: Regime,
        token: &Token,
        surface: &str,
    ) -> Known {
        self.features.clear();
        self.folded.clear();
        let known = if characters::apply_to(language) {
            characters::word(language, token, surface, &mut self.folded, &mut self.features)
        } else {
            words::word(language, regime, token, surface, &mut self.folded, &mut self.features)
        };
        knowledge.word(surface, &self.folded, &mut self.features);
        Known {
            class: if self.features.class == 0 {
                known.class
            } else {
                self.features.class
            },
            ..known
        }
    }
}

/// Calls with each feature of the context of the word at `position`, and whether it is of few values.
#[inline]
pub(crate) fn context(language: Language, sentence: Sentence<'_>, position: usize, mut push: impl FnMut(u32, bool)) {
    if characters::apply_to(language) {
        characters::context(sentence, position, |feature| push(feature, false));
    } else {
        words::context(sentence, position, push);
    }
}

/// The feature that a token gets from the place `place` beyond the sentence's bounds.
pub(crate) fn boundary(place: usize) -> u32 {
    FeatureHasher::new(BOUNDARY).number(place as u64).finish()
}

/// Writes all features of the tokens of a sentence, as training needs them. `words` has those of each word.
pub(crate) fn write_features(
    document: &Document<'_>,
    sentence: std::ops::Range<usize>,
    known: &[Known],
    words: &[&WordFeatures],
    marks: &Marks,
    out: &mut construe_learn::Features,
) {
    let view = Sentence {
        known,
        tokens: &document.tokens[sentence.clone()],
    };
    let mut marks = marks.of(sentence.clone());
    for position in 0..known.len() {
        for place in 0..PLACES {
            match (position + place).checked_sub(REACH).and_then(|other| words.get(other)) {
                Some(word) => word.at(place).for_each(|feature| out.push(feature)),
                None => out.push(boundary(place)),
            }
        }
        context(document.language, view, position, |feature, _| out.push(feature));
        let here = marks.partition_point(|&(token, _)| token as usize <= sentence.start + position);
        for &(_, feature) in &marks[..here.min(MOST_MARKS)] {
            out.push(feature);
        }
        marks = &marks[here..];
        out.end_token();
    }
}
