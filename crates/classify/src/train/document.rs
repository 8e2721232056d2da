//! One document as training sees it.

use crate::reader::{Reader, Sink, increment};

/// Reads documents into features.
#[derive(Default)]
pub(crate) struct Documents {
    reader: Reader,
    found: Found,
}

#[derive(Default)]
struct Found {
    /// The features of each known word, one word after the other.
    of_words: Vec<u32>,
    ends: Vec<usize>,
    /// Features and how much each occurs.
    features: Vec<(u32, f32)>,
}

impl Sink for Found {
    fn learn(&mut self, features: &[u32]) {
        self.of_words.extend_from_slice(features);
        self.ends.push(self.of_words.len());
    }

    fn forget(&mut self) {
        self.of_words.clear();
        self.ends.clear();
    }

    fn word(&mut self, word: u32, occurrence: u32) {
        let word = word as usize;
        let start = word.checked_sub(1).map_or(0, |before| self.ends[before]);
        let times = increment(occurrence);
        self.features
            .extend(self.of_words[start..self.ends[word]].iter().map(|&feature| (feature, times)));
    }

    fn feature(&mut self, feature: u32, occurrence: u32) {
        self.features.push((feature, increment(occurrence)));
    }
}

impl Documents {
    /// The features of a document, ascending, each once, and how much each occurs.
    pub(crate) fn read(&mut self, text: &str) -> &[(u32, f32)] {
        let found = &mut self.found;
        found.features.clear();
        self.reader.read(text, found);
        let features = &mut found.features;
        // Equal ones stay in the order of the text, and with them the sum that rounding gives.
        features.sort_by_key(|&(feature, _)| feature);
        features.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        features
    }
}
