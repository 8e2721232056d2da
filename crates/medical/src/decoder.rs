//! Tagging with kept sums.
//!
//! Most words of a text are among a few thousand, and so are the surroundings of tokens. The weights that a word brings
//! to itself and to its neighbours, and those of each group of features of the surroundings, are summed once, kept, and
//! then only added: what a token costs is a visit to a few tables and the look-ups of its two pairs of words.

use std::ops::Range;

use construe_learn::{Features, ScoredSpan, Tagger};

use crate::features::{
    GROUPS, HERE, OUTSIDE, PLACES, Source, Surroundings, Word, group_features, outside_features,
};

/// Longer words are not kept.
const LONGEST_KEPT: usize = 23;
/// How many words are kept, a power of two.
const KEPT_WORDS: usize = 1 << 14;
/// How many surroundings are kept in each group, a power of two.
const KEPT_SURROUNDINGS: usize = 1 << 12;
/// An odd number without pattern.
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

/// Tags sentences. Keeps the sums of what returns; to be used with one tagger only.
#[derive(Default)]
pub struct Decoder {
    kept: Vec<Kept>,
    /// For each kept word a row for each place.
    kept_sums: Vec<i16>,
    /// For each group the surroundings whose sums are kept.
    surroundings: [Vec<[u64; 3]>; GROUPS],
    surrounding_sums: [Vec<i16>; GROUPS],
    /// Rows of what lies outside of a sentence.
    outside: Vec<i16>,
    loose: Vec<i16>,
    words: Vec<Word>,
    sums: Vec<i16>,
    features: Features,
    scratch: construe_learn::Scratch,
}

#[derive(Clone, Copy)]
struct Kept {
    bytes: [u8; LONGEST_KEPT],
    len: u8,
    word: Word,
}

impl Decoder {
    /// Finds the spans of a sentence.
    pub fn tag(&mut self, tagger: &Tagger, source: &Source<'_>, sentence: &Range<usize>) -> &[ScoredSpan] {
        let row_len = tagger.row_len();
        self.prepare(tagger);
        self.sums.clear();
        self.sums.resize(sentence.len() * row_len, 0);
        self.add_words(tagger, source, sentence);
        self.add_outside(sentence.len(), row_len);
        self.features.clear();
        for position in 0..sentence.len() {
            source.pair_features(sentence, &self.words, position, &mut self.features);
            self.features.end_token();
        }
        tagger.add_to(&mut self.sums, &self.features, &mut self.scratch);
        self.add_surroundings(tagger, source, sentence);
        tagger.tag_sums(&self.sums, &mut self.scratch)
    }

    /// Adds what each word brings to itself and its neighbours.
    fn add_words(&mut self, tagger: &Tagger, source: &Source<'_>, sentence: &Range<usize>) {
        let row_len = tagger.row_len();
        let width = PLACES * row_len;
        self.words.clear();
        for (position, index) in sentence.clone().enumerate() {
            let surface = source.text[source.tokens.all()[index].range()].as_bytes();
            let brought = if surface.len() <= LONGEST_KEPT {
                let slot = slot_of(surface);
                let kept = &self.kept[slot];
                if usize::from(kept.len) != surface.len() || kept.bytes[..surface.len()] != *surface {
                    let word = source.word(index);
                    let rows = &mut self.kept_sums[slot * width..][..width];
                    sum_word(tagger, source, index, &word, rows, &mut self.features, &mut self.scratch);
                    let mut bytes = [0; LONGEST_KEPT];
                    bytes[..surface.len()].copy_from_slice(surface);
                    self.kept[slot] = Kept {
                        bytes,
                        len: surface.len() as u8,
                        word,
                    };
                }
                self.words.push(self.kept[slot].word);
                &self.kept_sums[slot * width..][..width]
            } else {
                let word = source.word(index);
                let rows = &mut self.loose[..];
                sum_word(tagger, source, index, &word, rows, &mut self.features, &mut self.scratch);
                self.words.push(word);
                &self.loose[..]
            };
            if position >= HERE && position + HERE < sentence.len() {
                // The word is at the last place of the token that lies two before it, and so on.
                let receivers = &mut self.sums[(position - HERE) * row_len..][..width];
                for (place, row) in brought.chunks_exact(row_len).enumerate() {
                    add(&mut receivers[(PLACES - 1 - place) * row_len..][..row_len], row);
                }
                continue;
            }
            for (place, row) in brought.chunks_exact(row_len).enumerate() {
                if let Some(receiver) = (position + HERE)
                    .checked_sub(place)
                    .filter(|&receiver| receiver < sentence.len())
                {
                    add(&mut self.sums[receiver * row_len..][..row_len], row);
                }
            }
        }
    }

    /// Adds what the surroundings of each token bring to it.
    fn add_surroundings(&mut self, tagger: &Tagger, source: &Source<'_>, sentence: &Range<usize>) {
        let row_len = tagger.row_len();
        let with_marks = source.marks.is_some();
        for (position, sums) in self.sums.chunks_exact_mut(row_len).enumerate() {
            let Surroundings(keys) = source.surroundings(sentence, &self.words, position);
            for (group, key) in keys.iter().enumerate() {
                let slot = slot_of_surroundings(key);
                let row = &mut self.surrounding_sums[group][slot * row_len..][..row_len];
                if self.surroundings[group][slot] != *key {
                    self.surroundings[group][slot] = *key;
                    sum_group(tagger, group, with_marks, key, row, &mut self.features, &mut self.scratch);
                }
                add(sums, row);
            }
        }
    }

    fn prepare(&mut self, tagger: &Tagger) {
        if !self.kept.is_empty() {
            return;
        }
        let row_len = tagger.row_len();
        let empty = Kept {
            bytes: [0; LONGEST_KEPT],
            len: 0,
            word: OUTSIDE,
        };
        self.kept = vec![empty; KEPT_WORDS];
        self.kept_sums = vec![0; KEPT_WORDS * PLACES * row_len];
        self.loose = vec![0; PLACES * row_len];
        for group in 0..GROUPS {
            // No token has these.
            self.surroundings[group] = vec![[u64::MAX; 3]; KEPT_SURROUNDINGS];
            self.surrounding_sums[group] = vec![0; KEPT_SURROUNDINGS * row_len];
        }
        self.outside = vec![0; PLACES * row_len];
        self.features.clear();
        for place in 0..PLACES {
            outside_features(place, &mut self.features);
            self.features.end_token();
        }
        tagger.add_to(&mut self.outside, &self.features, &mut self.scratch);
    }

    /// Adds what lies beyond the bounds of a sentence of that many tokens.
    fn add_outside(&mut self, tokens: usize, row_len: usize) {
        for position in (0..tokens).filter(|&position| position < HERE || position + HERE >= tokens) {
            for (place, row) in self.outside.chunks_exact(row_len).enumerate() {
                if (position + place).checked_sub(HERE).is_none_or(|other| other >= tokens) {
                    add(&mut self.sums[position * row_len..][..row_len], row);
                }
            }
        }
    }

    /// Heap memory in bytes, but for that of the learner.
    pub fn memory_usage(&self) -> usize {
        let surroundings = self.surroundings.iter().map(|keys| keys.capacity() * size_of::<[u64; 3]>());
        let sums = self.surrounding_sums.iter().chain([&self.kept_sums, &self.sums]);
        self.kept.capacity() * size_of::<Kept>()
            + self.words.capacity() * size_of::<Word>()
            + surroundings.sum::<usize>()
            + sums.map(|sums| sums.capacity() * size_of::<i16>()).sum::<usize>()
    }
}

/// Sums what a word brings to each place.
fn sum_word(
    tagger: &Tagger,
    source: &Source<'_>,
    index: usize,
    word: &Word,
    rows: &mut [i16],
    features: &mut Features,
    scratch: &mut construe_learn::Scratch,
) {
    rows.fill(0);
    features.clear();
    for place in 0..PLACES {
        source.word_features(index, word, place, features);
        features.end_token();
    }
    tagger.add_to(rows, features, scratch);
}

/// Sums the features of one group of the surroundings.
fn sum_group(
    tagger: &Tagger,
    group: usize,
    with_marks: bool,
    key: &[u64; 3],
    row: &mut [i16],
    features: &mut Features,
    scratch: &mut construe_learn::Scratch,
) {
    row.fill(0);
    features.clear();
    group_features(group, with_marks, key, features);
    features.end_token();
    tagger.add_to(row, features, scratch);
}

#[inline]
fn add(sums: &mut [i16], row: &[i16]) {
    for (sum, weight) in sums.iter_mut().zip(row) {
        *sum += weight;
    }
}

fn slot_of(surface: &[u8]) -> usize {
    let mut mixed = surface.len() as u64;
    for chunk in surface.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        mixed = (mixed.rotate_left(29) ^ u64::from_le_bytes(word)).wrapping_mul(FACTOR);
    }
    (mixed >> 40) as usize % KEPT_WORDS
}

fn slot_of_surroundings(key: &[u64; 3]) -> usize {
    let mixed = key.iter().fold(0, |mixed: u64, &part| {
        (mixed.rotate_left(29) ^ part).wrapping_mul(FACTOR)
    });
    (mixed >> 40) as usize % KEPT_SURROUNDINGS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data;
    use crate::terminology::Matches;
    use crate::tokens::Tokens;

    /// The quick way must see what training sees.
    #[test]
    fn kept_sums_change_nothing() {
        let text =
            "No fever. BP 120/80, aspirin 81 mg daily for CAD and CAD.\n\nDiphenhydraminehydrochloride x 2; no fever!";
        let terminology = data::terminology().expect("terminologies");
        let lexicon = data::medical_lexicon().expect("lexicon");
        let (mut tokens, mut matches) = (Tokens::default(), Matches::default());
        tokens.read(text);
        terminology.find(&tokens, &mut matches);
        let marks: Vec<u8> = (0..tokens.len() as u8).map(|token| token % 3 * 5).collect();
        for (tagger, marks) in [
            (data::entity_tagger().expect("model"), None),
            (data::phi_tagger().expect("model"), Some(marks.as_slice())),
        ] {
            let source = Source {
                text,
                tokens: &tokens,
                matches: &matches,
                lexicon: &lexicon,
                marks,
            };
            let (mut decoder, mut features, mut scratch) =
                (Decoder::default(), Features::new(), construe_learn::Scratch::default());
            for sentence in tokens.sentences().iter().chain(tokens.sentences()) {
                source.features(sentence, &mut features);
                let plain = tagger.tag(&features, &mut scratch).to_vec();
                assert_eq!(decoder.tag(&tagger, &source, sentence), plain);
            }
        }
    }
}
