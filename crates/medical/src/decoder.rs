//! Tagging with kept sums.
//!
//! Most words of a text are among a few thousand, and so are the surroundings of tokens. The weights that a word brings
//! to itself and to its neighbours, and those of each group of features of the surroundings, are summed once, kept, and
//! then only added: what a token costs is a visit to a few tables and the look-ups of its two pairs of words.

use std::ops::Range;

use construe_learn::{Features, ScoredSpan, Tagger};

use crate::features::{GROUPS, Glance, HERE, OUTSIDE, PLACES, Source, Surroundings, group_features, outside_features};

/// Longer words are not kept.
const LONGEST_KEPT: usize = 23;
/// How many words are kept, a power of two.
const KEPT_WORDS: usize = 1 << 14;
/// How many surroundings are kept in each group, a power of two.
const KEPT_SURROUNDINGS: usize = 1 << 13;
/// An odd number without pattern.
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
/// Where rows say that a token belongs to nothing.
const NOTHING: usize = 0;
/// By how much that is made less likely for protected health information, in steps of the model's weights: what is
/// missed there is a leak. On letters that no training has seen it finds 0.7 points more and is right 0.7 points less
/// often.
const CAUTION: i16 = 40;
/// Marks places in `loose` among places of kept sums.
const LOOSE: u32 = 1 << 31;

/// Tags sentences. Keeps the sums of what returns; to be used with one tagger only.
#[derive(Default)]
pub struct Decoder {
    kept: Vec<(Key, Glance)>,
    /// For each kept word a row for each place.
    kept_sums: Vec<i16>,
    /// For each group the surroundings whose sums are kept.
    surroundings: [Vec<[u64; 3]>; GROUPS],
    surrounding_sums: [Vec<i16>; GROUPS],
    /// Rows of what lies outside of a sentence.
    outside: Vec<i16>,
    words: Vec<Glance>,
    /// The key of each word of the sentence and where it would be kept.
    keys: Vec<(Option<Key>, u32)>,
    /// Where the sums of each word of the sentence are: in `kept_sums`, or in `loose` if marked so.
    places: Vec<u32>,
    /// Sums that are new in the sentence.
    loose: Vec<i16>,
    /// The surroundings of each token, group by group, and where they would be kept.
    around: Vec<([u64; 3], u32)>,
    /// Surroundings that are new in the sentence: position, group, key.
    missing: Vec<(u32, usize, [u64; 3])>,
    sums: Vec<i16>,
    features: Features,
    new_features: Features,
    scratch: construe_learn::Scratch,
}

/// A word as it stands in the text, with its length in the last byte.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key([u64; 3]);

impl Key {
    /// No word has it.
    const EMPTY: Key = Key([0; 3]);

    /// `None` if the word is too long to be kept.
    #[inline]
    fn new(surface: &[u8]) -> Option<Key> {
        let mut bytes = [0; LONGEST_KEPT + 1];
        bytes.get_mut(..surface.len())?.copy_from_slice(surface);
        bytes[LONGEST_KEPT] = surface.len() as u8;
        let (words, _) = bytes.as_chunks::<8>();
        (surface.len() <= LONGEST_KEPT).then(|| Key([0, 1, 2].map(|index| u64::from_le_bytes(words[index]))))
    }
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
        self.add_context(tagger, source, sentence);
        if source.marks.is_some() {
            for sums in self.sums.chunks_exact_mut(row_len) {
                sums[NOTHING] = sums[NOTHING].wrapping_sub(CAUTION);
            }
        }
        tagger.tag_sums(&self.sums, &mut self.scratch)
    }

    /// Adds what each word brings to itself and its neighbours.
    fn add_words(&mut self, tagger: &Tagger, source: &Source<'_>, sentence: &Range<usize>) {
        let width = PLACES * tagger.row_len();
        self.find_words(source, sentence, width);
        let new = self.new_features.tokens() / PLACES;
        self.loose.clear();
        self.loose.resize(new * width, 0);
        tagger.add_to(&mut self.loose, &self.new_features, &mut self.scratch);
        self.spread(tagger.row_len());
        if new == 0 {
            return;
        }
        for (position, &(key, slot)) in self.keys.iter().enumerate() {
            let place = self.places[position];
            if let Some(key) = key.filter(|_| place & LOOSE != 0) {
                let slot = slot as usize;
                let sums = &self.loose[(place & !LOOSE) as usize * width..][..width];
                self.kept_sums[slot * width..][..width].copy_from_slice(sums);
                self.kept[slot] = (key, self.words[position]);
            }
        }
    }

    /// Finds where the sums of each word are kept, and the features of words that are new. In two rounds: the first only
    /// touches the places, without a decision that depends on them, so that the processor waits for many at once.
    fn find_words(&mut self, source: &Source<'_>, sentence: &Range<usize>, width: usize) {
        const LINE: usize = 64 / size_of::<i16>();
        self.keys.clear();
        let mut seen = 0;
        for token in &source.tokens.all()[sentence.clone()] {
            let key = Key::new(&source.text.as_bytes()[token.range()]);
            let slot = key.map_or(0, |key| slot_of(&key.0, KEPT_WORDS));
            seen ^= self.kept[slot].0.0[0];
            for sum in self.kept_sums[slot * width..][..width].iter().step_by(LINE) {
                seen ^= u64::from(sum.cast_unsigned());
            }
            self.keys.push((key, slot as u32));
        }
        std::hint::black_box(seen);
        self.words.clear();
        self.places.clear();
        self.new_features.clear();
        let mut new = 0;
        for (index, &(key, slot)) in sentence.clone().zip(&self.keys) {
            let (kept, word) = &self.kept[slot as usize];
            if key == Some(*kept) {
                self.words.push(*word);
                self.places.push(slot);
                continue;
            }
            let word = source.word(index);
            for place in 0..PLACES {
                source.word_features(index, &word, place, &mut self.new_features);
                self.new_features.end_token();
            }
            self.words.push(word.glance());
            self.places.push(LOOSE | new);
            new += 1;
        }
    }

    /// Adds the sums of the words to those of the tokens that see them.
    fn spread(&mut self, row_len: usize) {
        let width = PLACES * row_len;
        let tokens = self.places.len();
        for (position, &place) in self.places.iter().enumerate() {
            let brought = match place & LOOSE {
                0 => &self.kept_sums[place as usize * width..][..width],
                _ => &self.loose[(place & !LOOSE) as usize * width..][..width],
            };
            for (place, row) in brought.chunks_exact(row_len).enumerate() {
                if let Some(receiver) = (position + HERE)
                    .checked_sub(place)
                    .filter(|&receiver| receiver < tokens)
                {
                    add(&mut self.sums[receiver * row_len..][..row_len], row);
                }
            }
        }
    }

    /// Adds what pairs of words and the surroundings bring to each token.
    fn add_context(&mut self, tagger: &Tagger, source: &Source<'_>, sentence: &Range<usize>) {
        let row_len = tagger.row_len();
        let with_marks = source.marks.is_some();
        self.features.clear();
        self.new_features.clear();
        self.missing.clear();
        self.around.clear();
        let mut seen = 0;
        for position in 0..sentence.len() {
            source.pair_features(sentence, &self.words, position, &mut self.features);
            self.features.end_token();
            let Surroundings(keys) = source.surroundings(sentence, &self.words, position);
            for (group, key) in keys.into_iter().enumerate() {
                let slot = slot_of(&key, KEPT_SURROUNDINGS);
                seen ^= self.surroundings[group][slot][0];
                seen ^= u64::from(self.surrounding_sums[group][slot * row_len].cast_unsigned());
                self.around.push((key, slot as u32));
            }
        }
        std::hint::black_box(seen);
        for (position, (sums, around)) in self
            .sums
            .chunks_exact_mut(row_len)
            .zip(self.around.chunks_exact(GROUPS))
            .enumerate()
        {
            for (group, (key, slot)) in around.iter().enumerate() {
                let slot = *slot as usize;
                if self.surroundings[group][slot] == *key {
                    add(sums, &self.surrounding_sums[group][slot * row_len..][..row_len]);
                } else {
                    group_features(group, with_marks, key, &mut self.new_features);
                    self.new_features.end_token();
                    self.missing.push((position as u32, group, *key));
                }
            }
        }
        tagger.add_to(&mut self.sums, &self.features, &mut self.scratch);
        self.loose.clear();
        self.loose.resize(self.missing.len() * row_len, 0);
        tagger.add_to(&mut self.loose, &self.new_features, &mut self.scratch);
        for (&(position, group, key), row) in self.missing.iter().zip(self.loose.chunks_exact(row_len)) {
            let slot = slot_of(&key, KEPT_SURROUNDINGS);
            add(&mut self.sums[position as usize * row_len..][..row_len], row);
            self.surroundings[group][slot] = key;
            self.surrounding_sums[group][slot * row_len..][..row_len].copy_from_slice(row);
        }
    }

    fn prepare(&mut self, tagger: &Tagger) {
        if !self.kept.is_empty() {
            return;
        }
        let row_len = tagger.row_len();
        self.kept = vec![(Key::EMPTY, OUTSIDE.glance()); KEPT_WORDS];
        self.kept_sums = vec![0; KEPT_WORDS * PLACES * row_len];
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
        let keys = self
            .surroundings
            .iter()
            .map(|keys| keys.capacity() * size_of::<[u64; 3]>());
        let sums = self
            .surrounding_sums
            .iter()
            .chain([&self.kept_sums, &self.sums, &self.loose]);
        self.kept.capacity() * size_of::<(Key, Glance)>()
            + self.words.capacity() * size_of::<Glance>()
            + keys.sum::<usize>()
            + sums.map(|sums| sums.capacity() * size_of::<i16>()).sum::<usize>()
    }
}

/// Adds a row; rows are a multiple of eight long.
#[inline]
fn add(sums: &mut [i16], row: &[i16]) {
    let ((sums, _), (row, _)) = (sums.as_chunks_mut::<8>(), row.as_chunks::<8>());
    for (sums, row) in sums.iter_mut().zip(row) {
        for (sum, weight) in sums.iter_mut().zip(row) {
            *sum = sum.wrapping_add(*weight);
        }
    }
}

/// A place among `places`, a power of two.
#[inline]
fn slot_of(key: &[u64; 3], places: usize) -> usize {
    let mixed = key.iter().fold(0, |mixed: u64, &part| {
        (mixed.rotate_left(29) ^ part).wrapping_mul(FACTOR)
    });
    (mixed >> 40) as usize & (places - 1)
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
                let mut sums = vec![0; sentence.len() * tagger.row_len()];
                tagger.add_to(&mut sums, &features, &mut scratch);
                if marks.is_some() {
                    sums.iter_mut()
                        .step_by(tagger.row_len())
                        .for_each(|sum| *sum -= CAUTION);
                }
                let plain = tagger.tag_sums(&sums, &mut scratch).to_vec();
                assert_eq!(decoder.tag(&tagger, &source, sentence), plain);
            }
        }
    }
}
