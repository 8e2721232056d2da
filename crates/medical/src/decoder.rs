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
const KEPT_WORDS: usize = 1 << 15;
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
/// Sentences are scored together up to about so many tokens: the processor then waits for many look-ups at once, and the
/// sums of all stay near.
const TOKENS_AT_ONCE: usize = 400;

/// Eight sums, which are added at once. Rows are a multiple of eight long.
type Eight = [i16; 8];
/// So many eights are a line of the processor's cache.
const LINE: usize = 64 / size_of::<Eight>();

/// Tags sentences. Keeps the sums of what returns; to be used with one tagger only.
#[derive(Default)]
pub struct Decoder {
    kept: Vec<(Key, Glance)>,
    /// For each kept word a row for each place.
    kept_sums: Table,
    /// For each group the surroundings whose sums are kept: the key, then the row.
    surroundings: [Table; GROUPS],
    /// Rows of what lies outside of a sentence.
    outside: Vec<i16>,
    /// The sentences that are scored together. What follows is of the tokens of all of them.
    batch: Vec<Range<usize>>,
    words: Vec<Glance>,
    /// The key of each word and where it would be kept.
    keys: Vec<(Option<Key>, u32)>,
    /// Where the sums of each word are: in `kept_sums`, or in `loose` if marked so.
    places: Vec<u32>,
    /// Sums that are new.
    loose: Vec<i16>,
    /// The surroundings of each token, group by group, and where they would be kept.
    around: Vec<([u64; 2], u32)>,
    /// Surroundings that are new: token, group, key, where they would be kept.
    missing: Vec<(u32, usize, [u64; 2], u32)>,
    sums: Vec<i16>,
    features: Features,
    new_features: Features,
    scratch: construe_learn::Scratch,
}

/// Slots of equal size, each in as few lines of the cache as can be.
#[derive(Default)]
struct Table {
    eights: Vec<Eight>,
    /// Where the first line begins.
    first: usize,
    /// Length of a slot, whole lines.
    width: usize,
}

impl Table {
    /// A table of slots that hold `width` eights, all filled with one number.
    fn new(slots: usize, width: usize, fill: i16) -> Table {
        let width = width.next_multiple_of(LINE);
        let eights = vec![[fill; 8]; slots * width + LINE - 1];
        // Less than a line; on a machine that cannot tell it does not matter.
        let first = eights.as_ptr().align_offset(64).min(LINE - 1);
        Table { eights, first, width }
    }

    #[inline]
    fn slot(&self, slot: usize) -> &[Eight] {
        &self.eights[self.first + slot * self.width..][..self.width]
    }

    #[inline]
    fn slot_mut(&mut self, slot: usize) -> &mut [Eight] {
        &mut self.eights[self.first + slot * self.width..][..self.width]
    }

    /// Something of each line of a slot, to bring them near.
    #[inline]
    fn touch(&self, slot: usize) -> i16 {
        let lines = self.slot(slot).iter().step_by(LINE);
        lines.fold(0, |seen, eight| seen ^ eight[0])
    }

    fn memory_usage(&self) -> usize {
        self.eights.capacity() * size_of::<Eight>()
    }
}

/// A word as it stands in the text, with its length in the last byte.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key([u64; 3]);

impl Key {
    /// No word has it.
    const EMPTY: Key = Key([0; 3]);

    /// `None` if the word is too long to be kept.
    #[inline]
    fn new(text: &[u8], range: Range<usize>) -> Option<Key> {
        let length = range.len();
        if length > LONGEST_KEPT {
            return None;
        }
        let mut bytes = [0; LONGEST_KEPT + 1];
        match text[range.start..].first_chunk() {
            Some(window) => bytes = *window,
            None => bytes[..length].copy_from_slice(&text[range]),
        }
        let (words, _) = bytes.as_chunks::<8>();
        let mut key = [0, 1, 2].map(|index| {
            let beyond = 8 * (8 - length.saturating_sub(8 * index).min(8)) as u32;
            u64::from_le_bytes(words[index]) & u64::MAX.checked_shr(beyond).unwrap_or(0)
        });
        key[2] |= (length as u64) << 56;
        Some(Key(key))
    }
}

impl Decoder {
    /// Finds the spans of sentences and gives them to `found`, sentence by sentence.
    pub fn tag<'s>(
        &mut self,
        tagger: &Tagger,
        source: &Source<'_>,
        sentences: impl Iterator<Item = &'s Range<usize>>,
        mut found: impl FnMut(&Range<usize>, &[ScoredSpan]),
    ) {
        self.prepare(tagger);
        let mut batch = std::mem::take(&mut self.batch);
        let mut tokens = 0;
        let mut sentences = sentences.peekable();
        while let Some(sentence) = sentences.next() {
            batch.push(sentence.clone());
            tokens += sentence.len();
            if tokens < TOKENS_AT_ONCE && sentences.peek().is_some() {
                continue;
            }
            self.score(tagger, source, &batch, tokens);
            let mut sums = self.sums.as_slice();
            for sentence in &batch {
                let (here, rest) = sums.split_at(sentence.len() * tagger.row_len());
                found(sentence, tagger.tag_sums(here, &mut self.scratch));
                sums = rest;
            }
            batch.clear();
            tokens = 0;
        }
        self.batch = batch;
    }

    /// Sums up what the features of each token weigh.
    fn score(&mut self, tagger: &Tagger, source: &Source<'_>, batch: &[Range<usize>], tokens: usize) {
        let row_len = tagger.row_len();
        self.sums.clear();
        self.sums.resize(tokens * row_len, 0);
        self.add_words(tagger, source, batch);
        self.add_context(tagger, source, batch);
        if source.known.is_some() {
            for sums in self.sums.chunks_exact_mut(row_len) {
                sums[NOTHING] = sums[NOTHING].wrapping_sub(CAUTION);
            }
        }
    }

    /// Adds what each word brings to itself and its neighbours.
    fn add_words(&mut self, tagger: &Tagger, source: &Source<'_>, batch: &[Range<usize>]) {
        let width = PLACES * tagger.row_len();
        self.find_words(source, batch);
        let new = self.new_features.tokens() / PLACES;
        self.loose.clear();
        self.loose.resize(new * width, 0);
        tagger.add_to(&mut self.loose, &self.new_features, &mut self.scratch);
        self.spread(batch, tagger.row_len());
        if new == 0 {
            return;
        }
        for (position, &(key, slot)) in self.keys.iter().enumerate() {
            let place = self.places[position];
            if let Some(key) = key.filter(|_| place & LOOSE != 0) {
                let slot = slot as usize;
                let sums = &self.loose[(place & !LOOSE) as usize * width..][..width];
                let kept = self.kept_sums.slot_mut(slot);
                kept[..width / 8].copy_from_slice(sums.as_chunks().0);
                self.kept[slot] = (key, self.words[position]);
            }
        }
    }

    /// Finds where the sums of each word are kept, and the features of words that are new. In three rounds: the second
    /// only touches the places, so that the processor waits for many at once.
    fn find_words(&mut self, source: &Source<'_>, batch: &[Range<usize>]) {
        self.keys.clear();
        let text = source.text.as_bytes();
        for token in batch.iter().flat_map(|sentence| &source.tokens.all()[sentence.clone()]) {
            let key = Key::new(text, token.range());
            let slot = key.map_or(0, |key| slot_of(&key.0, KEPT_WORDS));
            self.keys.push((key, slot as u32));
        }
        let mut seen = 0;
        for &(_, slot) in &self.keys {
            seen ^= self.kept[slot as usize].0.0[0];
            seen ^= u64::from(self.kept_sums.touch(slot as usize).cast_unsigned());
        }
        std::hint::black_box(seen);
        self.words.clear();
        self.places.clear();
        self.new_features.clear();
        let mut new = 0;
        for (index, &(key, slot)) in batch.iter().cloned().flatten().zip(&self.keys) {
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

    /// Sums up for each token what the words that it sees bring, and the bounds of its sentence.
    fn spread(&mut self, batch: &[Range<usize>], row_len: usize) {
        let width = PLACES * row_len / 8;
        let (outside, _) = self.outside.as_chunks::<8>();
        let (loose, _) = self.loose.as_chunks::<8>();
        let (mut places, mut sums) = (self.places.as_slice(), self.sums.as_mut_slice());
        for sentence in batch {
            let (here, rest) = places.split_at(sentence.len());
            places = rest;
            let (rows, rest) = sums.split_at_mut(sentence.len() * row_len);
            sums = rest;
            for (position, sums) in rows.chunks_exact_mut(row_len).enumerate() {
                let rows: [&[Eight]; PLACES] = std::array::from_fn(|place| {
                    let other = (position + place).checked_sub(HERE).and_then(|other| here.get(other));
                    let brought = match other {
                        None => outside,
                        Some(&kept) if kept & LOOSE == 0 => self.kept_sums.slot(kept as usize),
                        Some(&new) => &loose[(new & !LOOSE) as usize * width..][..width],
                    };
                    &brought[place * row_len / 8..][..row_len / 8]
                });
                for (part, sums) in sums.as_chunks_mut::<8>().0.iter_mut().enumerate() {
                    *sums = rows.iter().fold(*sums, |sums, row| plus(sums, row[part]));
                }
            }
        }
    }

    /// Adds what pairs of words and the surroundings bring to each token.
    fn add_context(&mut self, tagger: &Tagger, source: &Source<'_>, batch: &[Range<usize>]) {
        let row_len = tagger.row_len();
        self.find_surroundings(source, batch);
        tagger.add_to(&mut self.sums, &self.features, &mut self.scratch);
        self.new_features.clear();
        self.missing.clear();
        for (token, (sums, around)) in self
            .sums
            .chunks_exact_mut(row_len)
            .zip(self.around.as_chunks::<GROUPS>().0)
            .enumerate()
        {
            for (group, (key, slot)) in around.iter().enumerate() {
                let kept = self.surroundings[group].slot(*slot as usize);
                if kept[0] == eight(*key) {
                    add(sums, &kept[1..=row_len / 8]);
                } else {
                    group_features(group, source.known.is_some(), key, &mut self.new_features);
                    self.new_features.end_token();
                    self.missing.push((token as u32, group, *key, *slot));
                }
            }
        }
        self.loose.clear();
        self.loose.resize(self.missing.len() * row_len, 0);
        tagger.add_to(&mut self.loose, &self.new_features, &mut self.scratch);
        for (&(token, group, key, slot), row) in self.missing.iter().zip(self.loose.chunks_exact(row_len)) {
            let (row, _) = row.as_chunks();
            add(&mut self.sums[token as usize * row_len..][..row_len], row);
            let kept = self.surroundings[group].slot_mut(slot as usize);
            kept[0] = eight(key);
            kept[1..=row_len / 8].copy_from_slice(row);
        }
    }

    /// Finds the features of pairs of words, and where the sums of the surroundings of each token are kept, which brings
    /// them near.
    fn find_surroundings(&mut self, source: &Source<'_>, batch: &[Range<usize>]) {
        self.features.clear();
        self.around.clear();
        let mut words = self.words.as_slice();
        for sentence in batch {
            let (here, rest) = words.split_at(sentence.len());
            words = rest;
            for position in 0..sentence.len() {
                source.pair_features(sentence, here, position, &mut self.features);
                self.features.end_token();
                let Surroundings(keys) = source.surroundings(sentence, here, position);
                self.around
                    .extend(keys.map(|key| (key, slot_of(&key, KEPT_SURROUNDINGS) as u32)));
            }
        }
        let mut seen = 0;
        for around in self.around.as_chunks::<GROUPS>().0 {
            for ((_, slot), table) in around.iter().zip(&self.surroundings) {
                seen ^= table.touch(*slot as usize);
            }
        }
        std::hint::black_box(seen);
    }

    fn prepare(&mut self, tagger: &Tagger) {
        if !self.kept.is_empty() {
            return;
        }
        let row_len = tagger.row_len();
        self.kept = vec![(Key::EMPTY, OUTSIDE.glance()); KEPT_WORDS];
        self.kept_sums = Table::new(KEPT_WORDS, PLACES * row_len / 8, 0);
        // No token has these surroundings.
        self.surroundings = [(); GROUPS].map(|()| Table::new(KEPT_SURROUNDINGS, 1 + row_len / 8, -1));
        self.outside = vec![0; PLACES * row_len];
        self.features.clear();
        for place in 0..PLACES {
            outside_features(place, &mut self.features);
            self.features.end_token();
        }
        tagger.add_to(&mut self.outside, &self.features, &mut self.scratch);
    }

    /// Heap memory in bytes, but for that of the learner.
    pub fn memory_usage(&self) -> usize {
        self.kept.capacity() * size_of::<(Key, Glance)>()
            + self.kept_sums.memory_usage()
            + self.surroundings.iter().map(Table::memory_usage).sum::<usize>()
            + self.words.capacity() * size_of::<Glance>()
            + self.keys.capacity() * size_of::<(Option<Key>, u32)>()
            + self.around.capacity() * size_of::<([u64; 2], u32)>()
            + (self.sums.capacity() + self.loose.capacity()) * size_of::<i16>()
    }
}

/// Adds a row.
#[inline]
fn add(sums: &mut [i16], row: &[Eight]) {
    for (sums, &row) in sums.as_chunks_mut().0.iter_mut().zip(row) {
        *sums = plus(*sums, row);
    }
}

#[inline]
fn plus(a: Eight, b: Eight) -> Eight {
    std::array::from_fn(|lane| a[lane].wrapping_add(b[lane]))
}

/// A key as it stands before its row.
#[inline]
fn eight(key: [u64; 2]) -> Eight {
    std::array::from_fn(|lane| (key[lane / 4] >> (16 * (lane % 4))) as i16)
}

/// A place among `places`, a power of two.
#[inline]
fn slot_of(key: &[u64], places: usize) -> usize {
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
        let recognizers = construe_recognizers::Recognizers::load().expect("recognizers");
        let marks: Vec<u8> = (0..tokens.len() as u8).map(|token| token % 3 * 5).collect();
        let known = crate::phi::Known {
            marks: &marks,
            gazetteer: recognizers.gazetteer(),
        };
        for (tagger, known) in [
            (data::entity_tagger().expect("model"), None),
            (data::phi_tagger().expect("model"), Some(known)),
        ] {
            let source = Source {
                text,
                tokens: &tokens,
                matches: &matches,
                lexicon: &lexicon,
                known,
            };
            let (mut decoder, mut features, mut scratch) =
                (Decoder::default(), Features::new(), construe_learn::Scratch::default());
            let sentences = || tokens.sentences().iter().chain(tokens.sentences());
            let mut expected = Vec::new();
            for sentence in sentences() {
                source.features(sentence, &mut features);
                let mut sums = vec![0; sentence.len() * tagger.row_len()];
                tagger.add_to(&mut sums, &features, &mut scratch);
                if known.is_some() {
                    sums.iter_mut()
                        .step_by(tagger.row_len())
                        .for_each(|sum| *sum -= CAUTION);
                }
                expected.push((sentence.clone(), tagger.tag_sums(&sums, &mut scratch).to_vec()));
            }
            // New words first, then kept ones, then both in many batches.
            for rounds in [1, 1, 40] {
                let mut found = Vec::new();
                let repeated = std::iter::repeat_n((), rounds).flat_map(|()| sentences());
                decoder.tag(&tagger, &source, repeated, |sentence, spans| {
                    found.push((sentence.clone(), spans.to_vec()));
                });
                assert_eq!(found.len(), rounds * expected.len());
                assert!(found.iter().eq(expected.iter().cycle().take(found.len())));
            }
        }
    }

    #[test]
    fn keys_hold_the_whole_word() {
        let text = b"abc abcd abc\0 pneumonoultramicroscopic ab";
        let key = |range: Range<usize>| Key::new(text, range).map(|key| key.0);
        let letters = u64::from_le_bytes(*b"abc\0\0\0\0\0");
        assert_eq!(key(0..3), Some([letters, 0, 3 << 56]));
        assert_eq!(key(9..12), key(0..3));
        assert_ne!(key(9..13), key(0..3));
        // At the end of the text, where no window fits.
        assert_eq!(key(39..41), Some([u64::from_le_bytes(*b"ab\0\0\0\0\0\0"), 0, 2 << 56]));
        assert!(key(14..37).is_some());
        assert_eq!(key(14..38), None);
    }
}
