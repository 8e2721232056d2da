//! What kind of word a word is: a lexicon that a tagger asks about words that its training texts do not have.
//!
//! A kind is a cluster of words that behave alike in annotated texts: mostly first names, mostly surnames, names of
//! cities, words of company names, verbs. It is not looked up in those texts, though, but predicted from the vectors
//! that a sentence encoder gives the word and from lists of names and places, always by a model that has not seen
//! the word. So the kind of a word says as much on texts that nobody annotated as on those the tagger is trained on.
//! `DESIGN.md` has the figures, `models/SOURCES.md` says how the file is built and of what.

mod format;

use construe_text::fold::fold_with;

pub use format::Error;
use format::{Parts, mix};

/// The lexicon for English; its names of people and places serve other languages in Latin script too.
const ENGLISH: &[u8] = include_bytes!("../models/english.lexicon");

/// The kind of a word, and ever coarser groups of kinds. Numbers mean nothing but sameness, and only in one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// One of 512 kinds.
    pub kind: u16,
    /// One of 128 groups.
    pub fine: u8,
    /// One of 32 groups.
    pub coarse: u8,
    /// One of 12 groups.
    pub broad: u8,
}

/// Words and their kinds.
///
/// A hash table in three parts, so that a look-up touches three places in memory: where the word's bucket begins, its
/// fingerprints of 16 bits, and the kind. The words themselves are not kept. A word that is not in the lexicon is
/// taken for one that is once in 16 000 times.
pub struct Lexicon {
    /// Where the fingerprints of each bucket begin, and the end of the last one.
    starts: Vec<u32>,
    fingerprints: Vec<u16>,
    kinds: Vec<u16>,
    entries: Vec<Entry>,
    /// The bucket is what is left of a hash shifted by this.
    shift: u32,
}

impl Lexicon {
    /// Opens the lexicon for English, which lies in the program.
    ///
    /// # Errors
    /// If it is damaged.
    pub fn english() -> Result<Lexicon, Error> {
        Lexicon::from_bytes(ENGLISH)
    }

    /// Opens a lexicon.
    ///
    /// # Errors
    /// If the bytes are not those of a lexicon, are of another version, or are damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Lexicon, Error> {
        let parts = Parts::read(bytes)?;
        Ok(Lexicon {
            starts: parts.starts,
            fingerprints: parts.fingerprints,
            kinds: parts.kinds,
            entries: parts.entries,
            shift: 64 - parts.bucket_bits,
        })
    }

    /// The entry of a word, whatever its case and its accents.
    #[inline]
    pub fn lookup(&self, word: &str) -> Option<Entry> {
        let hash = hash(word);
        let bucket = (hash >> self.shift) as usize;
        let (start, end) = (self.starts[bucket] as usize, self.starts[bucket + 1] as usize);
        let fingerprint = hash as u16;
        let found = self.fingerprints[start..end]
            .iter()
            .position(|&other| other == fingerprint)?;
        Some(self.entries[usize::from(self.kinds[start + found])])
    }

    /// Number of words.
    pub fn len(&self) -> usize {
        self.kinds.len()
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// Heap memory in bytes.
    pub fn memory_usage(&self) -> usize {
        self.starts.capacity() * size_of::<u32>()
            + (self.fingerprints.capacity() + self.kinds.capacity()) * size_of::<u16>()
            + self.entries.capacity() * size_of::<Entry>()
    }
}

impl std::fmt::Debug for Lexicon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lexicon")
            .field("words", &self.len())
            .field("kinds", &self.entries.len())
            .finish()
    }
}

/// The hash of the folded word, which is never written out.
#[inline]
fn hash(word: &str) -> u64 {
    let mut value = format::SEED;
    fold_with(word, |folded| {
        for &byte in folded {
            value = (value ^ u64::from(byte)).wrapping_mul(format::FACTOR);
        }
    });
    mix(value)
}
