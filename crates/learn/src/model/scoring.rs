//! From features to the scores of tags: where a tagger spends half of its time.
//!
//! Two steps for a sequence. The first turns hashes into row numbers and touches the rows: its look-ups do not depend
//! on each other, so the processor waits for many at once. The second adds rows of eight-bit weights, exact in any
//! order, and multiplies once per token and tag.
//!
//! A row is a few 64-bit words of eight weights each, kept as unsigned numbers: the weight plus 128. The even and the
//! odd bytes of a word are added apart, each in a lane of sixteen bits: four additions at once in plain integers, on
//! any processor and whatever the compiler makes of it.

use super::Tagger;
use crate::features::Features;

/// The rows of the features of a sequence.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    /// The rows of each token, one token after the other.
    rows: Vec<u32>,
    /// Where those of each token end.
    ends: Vec<u32>,
    /// Where the index has to be searched.
    candidates: Vec<(u32, u32)>,
}

/// Added to weights to make them unsigned.
const BIAS: u8 = 128;

/// Weights in a word.
pub(super) const WORD: usize = 8;

/// So many bytes add up without leaving sixteen bits.
pub(super) const ROWS_AT_ONCE: usize = u16::MAX as usize / u8::MAX as usize;

/// The even bytes of a word.
const EVEN: u64 = 0x00FF_00FF_00FF_00FF;

/// Packs weights, whose number is a multiple of eight.
pub(super) fn pack(weights: &[i8]) -> impl Iterator<Item = u64> {
    let (words, _) = weights.as_chunks::<WORD>();
    words
        .iter()
        .map(|word| u64::from_le_bytes(word.map(|weight| weight.cast_unsigned() ^ BIAS)))
}

/// The weights of a word.
pub(super) fn unpack(word: u64) -> [i8; WORD] {
    word.to_le_bytes().map(|byte| (byte ^ BIAS).cast_signed())
}

impl Tagger {
    /// Finds the rows of the features that the model knows.
    ///
    /// In several short loops over all features, each with one visit to a large table: the processor then waits for many
    /// visits at once.
    pub(super) fn find_rows(&self, features: &Features, found: &mut Rows) {
        let Rows { rows, candidates, ends } = found;
        ends.clear();
        rows.resize(features.len(), 0);
        // Twice in any case written, and overwritten if it was not worth it: no branch to guess.
        let mut likely = 0;
        for token in features.iter() {
            for &hash in token {
                rows[likely] = hash;
                likely += usize::from(self.index.may_have(hash));
            }
            // No more than features, of which there are fewer than 2^32.
            ends.push(likely as u32);
        }
        candidates.clear();
        candidates.extend(rows[..likely].iter().map(|&hash| self.index.candidates(hash)));
        let near = candidates.iter().fold(0, |seen, &range| seen ^ self.index.touch(range));
        std::hint::black_box(near);
        let (mut start, mut found) = (0, 0);
        for end in ends.iter_mut() {
            for position in start..*end as usize {
                let row = self.index.find_among(rows[position], candidates[position]);
                rows[found] = row.unwrap_or_default();
                found += usize::from(row.is_some());
            }
            start = *end as usize;
            *end = found as u32;
        }
        rows.truncate(found);
        self.touch(rows);
    }

    /// Brings rows of weights nearer before they are added.
    fn touch(&self, rows: &[u32]) {
        let words_per_row = self.tags.stride / WORD;
        let mut seen = 0;
        for &row in rows {
            let first = row as usize * words_per_row;
            seen ^= self.weights[first] ^ self.weights[first + words_per_row - 1];
        }
        std::hint::black_box(seen);
    }

    /// Adds up the weights of each token.
    pub(super) fn score_tokens(&self, Rows { rows, ends, .. }: &Rows, scores: &mut Vec<f32>) {
        scores.clear();
        scores.resize(ends.len() * self.tags.stride, 0.0);
        match self.tags.stride / WORD {
            1 => self.add_rows::<1>(rows, ends, scores),
            2 => self.add_rows::<2>(rows, ends, scores),
            3 => self.add_rows::<3>(rows, ends, scores),
            4 => self.add_rows::<4>(rows, ends, scores),
            5 => self.add_rows::<5>(rows, ends, scores),
            6 => self.add_rows::<6>(rows, ends, scores),
            words => {
                // Many labels: word by word.
                for first in 0..words {
                    self.add_words::<1>(rows, ends, scores, first);
                }
            }
        }
    }

    /// Adds up the weights of each token in its row of sums.
    pub(super) fn sum_tokens(&self, Rows { rows, ends, .. }: &Rows, sums: &mut [i16]) {
        let words_per_row = self.tags.stride / WORD;
        for first in (0..words_per_row).step_by(3) {
            match words_per_row - first {
                1 => self.sum_words::<1>(rows, ends, sums, first),
                2 => self.sum_words::<2>(rows, ends, sums, first),
                _ => self.sum_words::<3>(rows, ends, sums, first),
            }
        }
    }

    /// The same for some of the words of the rows.
    fn sum_words<const WORDS: usize>(&self, rows: &[u32], ends: &[u32], sums: &mut [i16], first: usize) {
        let words_per_row = self.tags.stride / WORD;
        let mut start = 0;
        for (sums, &end) in sums.chunks_exact_mut(self.tags.stride).zip(ends) {
            let (sums, _) = sums[first * WORD..][..WORDS * WORD].as_chunks_mut::<WORD>();
            for rows in rows[start..end as usize].chunks(ROWS_AT_ONCE) {
                let (mut even, mut odd) = ([0u64; WORDS], [0u64; WORDS]);
                for &row in rows {
                    let words = &self.weights[row as usize * words_per_row + first..][..WORDS];
                    for ((even, odd), word) in even.iter_mut().zip(&mut odd).zip(words) {
                        *even += word & EVEN;
                        *odd += word >> 8 & EVEN;
                    }
                }
                let bias = (rows.len() as i16).wrapping_mul(i16::from(BIAS));
                for (sums, (even, odd)) in sums.iter_mut().zip(even.iter().zip(&odd)) {
                    for lane in 0..WORD / 2 {
                        // Wrapping: sums of too many features are wrong, but no panic.
                        let sum = |lanes: u64| ((lanes >> (16 * lane)) as i16).wrapping_sub(bias);
                        sums[2 * lane] = sums[2 * lane].wrapping_add(sum(*even));
                        sums[2 * lane + 1] = sums[2 * lane + 1].wrapping_add(sum(*odd));
                    }
                }
            }
            start = end as usize;
        }
    }

    /// Scores of tokens from their sums.
    pub(super) fn score_sums(&self, sums: &[i16], scores: &mut Vec<f32>) {
        scores.resize(sums.len(), 0.0);
        let stride = self.tags.stride;
        for (scores, sums) in scores.chunks_exact_mut(stride).zip(sums.chunks_exact(stride)) {
            for ((score, &sum), scale) in scores.iter_mut().zip(sums).zip(&self.scales) {
                *score = f32::from(sum) * scale;
            }
        }
    }

    fn add_rows<const WORDS: usize>(&self, rows: &[u32], ends: &[u32], scores: &mut [f32]) {
        self.add_words::<WORDS>(rows, ends, scores, 0);
    }

    /// Adds up the words from `first` on.
    #[inline(always)]
    fn add_words<const WORDS: usize>(&self, rows: &[u32], ends: &[u32], scores: &mut [f32], first: usize) {
        let words_per_row = self.tags.stride / WORD;
        let scales = &self.scales[first * WORD..][..WORDS * WORD];
        let mut start = 0;
        for (scores, &end) in scores.chunks_exact_mut(self.tags.stride).zip(ends) {
            let scores = &mut scores[first * WORD..][..WORDS * WORD];
            for rows in rows[start..end as usize].chunks(ROWS_AT_ONCE) {
                let (mut even, mut odd) = ([0u64; WORDS], [0u64; WORDS]);
                for &row in rows {
                    let words = &self.weights[row as usize * words_per_row + first..][..WORDS];
                    for ((even, odd), word) in even.iter_mut().zip(&mut odd).zip(words) {
                        *even += word & EVEN;
                        *odd += word >> 8 & EVEN;
                    }
                }
                let bias = rows.len() as i32 * i32::from(BIAS);
                let scores = scores.chunks_exact_mut(WORD).zip(scales.chunks_exact(WORD));
                for ((even, odd), (scores, scales)) in even.iter().zip(&odd).zip(scores) {
                    for lane in 0..WORD / 2 {
                        let sum = |lanes: u64| (lanes >> (16 * lane) & 0xFFFF) as i32 - bias;
                        scores[2 * lane] += sum(*even) as f32 * scales[2 * lane];
                        scores[2 * lane + 1] += sum(*odd) as f32 * scales[2 * lane + 1];
                    }
                }
            }
            start = end as usize;
        }
    }
}
