//! The corpus in the form that training passes over: rows of weights instead of hashes.

use super::SplitMix;
use crate::corpus::{Annotation, Corpus};
use crate::index::{Index, mix};

/// A sequence with the rows of those of its features that have one.
pub(super) struct Sequence<'a> {
    rows: Vec<u32>,
    ends: Vec<u32>,
    pub(super) annotation: &'a Annotation,
    /// What the weights are multiplied with: makes up for features left out.
    pub(super) scale: f32,
}

impl<'a> Sequence<'a> {
    /// Leaves out the share `dropout` of the features, in the memory of `out`.
    pub(super) fn thin_out(&self, dropout: f32, random: &mut SplitMix, out: &mut Sequence<'a>) {
        // Eight draws of a byte from each number.
        let limit = (dropout * 256.0) as u64;
        out.rows.clear();
        out.ends.clear();
        out.annotation = self.annotation;
        out.scale = 256.0 / (256 - limit) as f32;
        let (mut bits, mut left) = (0, 0);
        let mut start = 0;
        for &end in &self.ends {
            for &row in &self.rows[start..end as usize] {
                if left == 0 {
                    (bits, left) = (random.next(), 8);
                }
                if bits & 0xFF >= limit {
                    out.rows.push(row);
                }
                bits >>= 8;
                left -= 1;
            }
            start = end as usize;
            out.ends.push(out.rows.len() as u32);
        }
    }

    /// An empty sequence.
    pub(super) fn empty(annotation: &'a Annotation) -> Sequence<'a> {
        Sequence {
            rows: Vec::new(),
            ends: Vec::new(),
            annotation,
            scale: 1.0,
        }
    }

    pub(super) fn tokens(&self) -> usize {
        self.ends.len()
    }

    /// The rows of each token.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &[u32]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let token = &self.rows[start..end as usize];
            start = end as usize;
            token
        })
    }
}

/// The sequences of a corpus, features without a row left out.
pub(super) fn sequences<'a>(corpus: &'a Corpus, index: &Index) -> Vec<Sequence<'a>> {
    corpus
        .iter()
        .map(|(features, annotation)| {
            let mut sequence = Sequence::empty(annotation);
            sequence.ends.reserve_exact(features.tokens());
            for token in features.iter() {
                sequence.rows.extend(token.iter().filter_map(|&hash| index.find(hash)));
                sequence.ends.push(sequence.rows.len() as u32);
            }
            sequence.rows.shrink_to_fit();
            sequence
        })
        .collect()
}

/// Features seen, by their mixed hashes, ascending, each with the number of tokens.
pub(super) struct Vocabulary {
    pub(super) mixed: Vec<u32>,
    pub(super) counts: Vec<u32>,
    /// How many there were before the cut.
    pub(super) seen: usize,
}

/// The features that occur at least `min_count` times.
pub(super) fn vocabulary(corpus: &Corpus, min_count: u32) -> Vocabulary {
    let mut all: Vec<u32> = corpus
        .iter()
        .flat_map(|(features, _)| features.iter().flatten().map(|&hash| mix(hash)))
        .collect();
    all.sort_unstable();
    let mut vocabulary = Vocabulary {
        mixed: Vec::new(),
        counts: Vec::new(),
        seen: 0,
    };
    for run in all.chunk_by(|a, b| a == b) {
        vocabulary.seen += 1;
        let count = u32::try_from(run.len()).unwrap_or(u32::MAX);
        if count >= min_count {
            vocabulary.mixed.push(run[0]);
            vocabulary.counts.push(count);
        }
    }
    vocabulary
}
