//! Keeps what was computed for words that return.
//!
//! Most words of a text are among a few thousand. All weights that a word brings to itself and to its neighbours are
//! summed once and then only added: what a word's features cost hardly depends on how many there are.

use construe_learn::FeatureHasher;

use crate::features::Known;
use crate::knowledge::PLACES;
use crate::regime::Regime;

/// Longer words are not kept.
const LONGEST_KEY: usize = 22;

/// The number of places for words, a power of two.
const PLACES_FOR_WORDS: usize = 1 << 15;

/// An odd number without pattern.
const FACTOR: u64 = 0xD6E8_FEB8_6659_FD93;

/// A word as it stands there, and the regime of its sentence.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    bytes: [u8; LONGEST_KEY],
    len: u8,
    regime: u8,
}

impl Key {
    const EMPTY: Key = Key {
        bytes: [0; LONGEST_KEY],
        len: 0,
        regime: 0,
    };

    /// `None` if the word is empty or too long to be kept.
    #[inline]
    pub(crate) fn new(surface: &str, regime: Regime) -> Option<Key> {
        let mut key = Key {
            len: surface.len() as u8,
            regime: regime as u8,
            ..Key::EMPTY
        };
        if surface.is_empty() {
            return None;
        }
        key.bytes.get_mut(..surface.len())?.copy_from_slice(surface.as_bytes());
        Some(key)
    }

    #[inline]
    fn place(&self) -> usize {
        let mut hash = u64::from(self.len) << 8 | u64::from(self.regime);
        for chunk in self.bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            // A folded 64 by 64 multiplication spreads every bit over the whole number.
            let product = u128::from(hash ^ u64::from_le_bytes(word)) * u128::from(FACTOR);
            hash = (product as u64) ^ ((product >> 64) as u64) ^ FACTOR.rotate_left(32);
        }
        (hash >> 40) as usize % PLACES_FOR_WORDS
    }
}

/// Sums of words, at the place that their hash says; a word that comes later takes the place of the one before.
#[derive(Clone, Default)]
pub(crate) struct WordCache {
    entries: Vec<(Key, Known)>,
    /// For each entry the sums for each place where the word can stand.
    sums: Vec<i16>,
    row_len: usize,
}

impl WordCache {
    /// Makes the cache fit rows of that length.
    pub(crate) fn prepare(&mut self, row_len: usize) {
        if self.entries.is_empty() || self.row_len != row_len {
            self.entries.clear();
            self.entries.resize(PLACES_FOR_WORDS, (Key::EMPTY, Known::default()));
            self.sums.clear();
            self.sums.resize(PLACES_FOR_WORDS * PLACES * row_len, 0);
            self.row_len = row_len;
        }
    }

    /// The entry of a word: as it was kept, or as `fill` computes it.
    #[inline]
    pub(crate) fn get(&mut self, key: Key, fill: impl FnOnce(&mut [i16]) -> Known) -> (Known, &[i16]) {
        let place = key.place();
        let width = PLACES * self.row_len;
        let sums = &mut self.sums[place * width..][..width];
        let entry = &mut self.entries[place];
        if entry.0 != key {
            *entry = (key, fill(sums));
        }
        (entry.1, sums)
    }

    pub(crate) fn memory_usage(&self) -> usize {
        self.entries.capacity() * size_of::<(Key, Known)>() + self.sums.capacity() * size_of::<i16>()
    }
}

/// The number of places for features, a power of two.
const PLACES_FOR_FEATURES: usize = 1 << 12;

/// Sums of features of few values: of words, for each place that they reach, and of the context, for the token alone.
#[derive(Clone, Default)]
pub(crate) struct FeatureCache {
    words: Table<FeatureHasher>,
    context: Table<u32>,
}

/// Sums at the place that their key's hash says; what comes later takes the place of what was there before.
#[derive(Clone)]
struct Table<K> {
    entries: Vec<Option<K>>,
    sums: Vec<i16>,
    width: usize,
}

impl<K> Default for Table<K> {
    fn default() -> Table<K> {
        Table {
            entries: Vec::new(),
            sums: Vec::new(),
            width: 0,
        }
    }
}

impl<K: Copy + PartialEq> Table<K> {
    fn prepare(&mut self, width: usize) {
        if self.width != width {
            self.entries.clear();
            self.entries.resize(PLACES_FOR_FEATURES, None);
            self.sums.clear();
            self.sums.resize(PLACES_FOR_FEATURES * width, 0);
            self.width = width;
        }
    }

    #[inline]
    fn get(&mut self, key: K, hash: u32, fill: impl FnOnce(&mut [i16])) -> &[i16] {
        let place = hash as usize % PLACES_FOR_FEATURES;
        let sums = &mut self.sums[place * self.width..][..self.width];
        if self.entries[place] != Some(key) {
            sums.fill(0);
            fill(sums);
            self.entries[place] = Some(key);
        }
        sums
    }

    /// What was kept for a key.
    #[inline]
    fn kept(&self, key: K, hash: u32) -> Option<&[i16]> {
        let place = hash as usize % PLACES_FOR_FEATURES;
        (self.entries[place] == Some(key)).then(|| &self.sums[place * self.width..][..self.width])
    }

    fn keep(&mut self, key: K, hash: u32, sums: &[i16]) {
        let place = hash as usize % PLACES_FOR_FEATURES;
        self.sums[place * self.width..][..self.width].copy_from_slice(sums);
        self.entries[place] = Some(key);
    }

    fn memory_usage(&self) -> usize {
        self.entries.capacity() * size_of::<Option<K>>() + self.sums.capacity() * size_of::<i16>()
    }
}

impl FeatureCache {
    /// Makes the cache fit rows of that length.
    pub(crate) fn prepare(&mut self, row_len: usize) {
        self.words.prepare(PLACES * row_len);
        self.context.prepare(row_len);
    }

    /// The sums of a word's feature for each place: as they were kept, or as `fill` adds them up.
    #[inline]
    pub(crate) fn word(&mut self, feature: FeatureHasher, fill: impl FnOnce(&mut [i16])) -> &[i16] {
        self.words.get(feature, feature.finish(), fill)
    }

    /// The weights of a feature of the context, if they were kept.
    #[inline]
    pub(crate) fn context(&self, feature: u32) -> Option<&[i16]> {
        self.context.kept(feature, feature)
    }

    /// Keeps the weights of a feature of the context.
    pub(crate) fn keep_context(&mut self, feature: u32, weights: &[i16]) {
        self.context.keep(feature, feature, weights);
    }

    pub(crate) fn memory_usage(&self) -> usize {
        self.words.memory_usage() + self.context.memory_usage()
    }
}
