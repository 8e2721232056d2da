//! From text to features.
//!
//! A document is a set of words, of pairs of neighbouring words and, in scripts without spaces, of sequences of one to
//! three characters. A word stands for its parts too: the sequences of characters inside it, its beginning and end
//! marked. What a word stands for depends on the word alone, so it is worked out once and remembered. Measures of the whole
//! document are features too ([`crate::measures`]).
//!
//! Words, and pairs of characters of scripts without spaces, may have vectors too ([`construe_word_vectors`]): a sink gets
//! their units.
//!
//! A feature is a number of 32 bits: a hash of what it says, with its [`Kind`] in the lowest bits.

use construe_text::{Script, Token, normalize_lower, pieces, tokenize};
use construe_word_vectors::pair;

use crate::hash::{Table, hash_bytes, mix};
use crate::measures;

/// What a feature says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A word, a punctuation mark, the shape of a number or a measure of the document.
    Word = 0,
    /// Two neighbouring words.
    Pair = 1,
    /// Characters inside a word.
    Part = 2,
    /// Neighbouring characters of a script without spaces.
    Characters = 3,
}

impl Kind {
    pub(crate) const COUNT: usize = 4;

    /// The feature of this kind with this hash.
    #[inline]
    fn feature(self, hash: u64) -> u32 {
        (hash >> 32) as u32 & !3 | self as u32
    }

    /// The number of the kind of a feature.
    #[inline]
    pub(crate) fn of(feature: u32) -> usize {
        (feature & 3) as usize
    }
}

/// What becomes of the features of a document.
pub(crate) trait Sink {
    /// A word is met for the first time since [`Sink::forget`]: the features it stands for, and its unit, empty for a mark.
    /// Words are numbered in the order of these calls, from 0.
    fn learn(&mut self, features: &[u32], unit: &str);
    /// Whether pairs of characters of scripts without spaces are words that stand for no feature.
    fn wants_pairs(&self) -> bool;
    /// How many words may be known.
    fn most_words(&self) -> usize;
    /// No word is known any more.
    fn forget(&mut self);
    /// Known words occur, each for the `occurrence`-th time in this document, counting from 1: at most [`AHEAD`] of them.
    fn words(&mut self, occurrences: &[(u32, u32)]);
    /// What a feature that belongs to no word is to be called, or `None` if it is not wanted.
    fn wanted(&mut self, feature: u32) -> Option<u32>;
    /// Wanted features of these names occur, likewise.
    fn features(&mut self, occurrences: &[(u32, u32)]);
}

/// A sink gets so many words or features at a time.
pub(crate) const AHEAD: usize = 32;

/// Of longer words only the beginning has parts, in characters.
const LONGEST: usize = 40;
/// Lengths of the parts of words, boundaries included, in characters.
const SHORTEST_PART: usize = 2;
const LONGEST_PART: usize = 5;
/// Lengths of sequences of characters in scripts without spaces.
const LONGEST_SEQUENCE: usize = 3;

// Seeds of the hashes.
const SURFACE: u64 = 1;
const WORD: u64 = 2;
const PART: u64 = 3;
const PAIR: u64 = 4;
const SEQUENCE: u64 = 5;
const SHAPE: u64 = 6;
const PAIR_OF_CHARACTERS: u64 = 7;

/// A word or a mark that was read and not looked up yet.
#[derive(Clone, Copy, Debug)]
struct Pending {
    /// The hash of it as it is written.
    surface: u64,
    token: Token,
    /// A word or a mark comes right before.
    follows: bool,
    /// It is a pair of characters.
    pair: bool,
}

/// Turns texts into features. Keeps its memory and the words it has met.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reader {
    tokens: Vec<Token>,
    pending: Vec<Pending>,
    /// From the hash of a word as it is written to its number.
    words: Table,
    /// The hash of the normal form of each word.
    keys: Vec<u64>,
    /// How often each word and feature has occurred in the document.
    seen: Table,
    normal: String,
    unit: String,
    features: Vec<u32>,
    boundaries: Vec<u32>,
    /// Words that were found, with the number of the occurrence.
    occurrences: Vec<(u32, u32)>,
    /// Other features that were found, and those of them that the sink wants.
    found: Vec<(u64, Kind)>,
    wanted: Vec<(u64, u32)>,
}

impl Reader {
    /// Hands the features of a document to `sink`, which must be the same each time.
    pub(crate) fn read(&mut self, text: &str, sink: &mut impl Sink) {
        self.seen.clear();
        for piece in pieces(text) {
            self.read_piece(&text[piece], sink);
        }
        let mut occurrences = [(0, 1); measures::COUNT];
        let mut count = 0;
        for feature in measures::of_text(text).into_iter().flatten() {
            if let Some(name) = sink.wanted(feature) {
                occurrences[count].0 = name;
                count += 1;
            }
        }
        sink.features(&occurrences[..count]);
    }

    fn read_piece(&mut self, text: &str, sink: &mut impl Sink) {
        let mut tokens = std::mem::take(&mut self.tokens);
        tokens.clear();
        tokenize(text, &mut tokens);
        let mut pending = std::mem::take(&mut self.pending);
        pending.clear();
        // Whether a word comes right before.
        let mut follows = false;
        // Hashes of the last characters of a script without spaces, the nearest first.
        let mut run = [0u64; LONGEST_SEQUENCE - 1];
        let wants_pairs = sink.wants_pairs();
        let mut at = 0;
        while at < tokens.len() {
            let token = tokens[at];
            at += 1;
            if token.script.is_split() && token.script != Script::Hangul {
                if token.class.space_before() {
                    run = [0; LONGEST_SEQUENCE - 1];
                }
                let hash = hash_bytes(SEQUENCE, token.of(text).as_bytes());
                if wants_pairs
                    && run[0] != 0
                    && let Some(first) = tokens[..at - 1].last()
                    && first.end == token.start
                {
                    pending.push(Pending {
                        surface: mix(mix(PAIR_OF_CHARACTERS, run[0]), hash),
                        token: Token {
                            start: first.start,
                            ..token
                        },
                        follows: false,
                        pair: true,
                    });
                }
                self.sequences(hash, &mut run);
                follows = false;
                continue;
            }
            run = [0; LONGEST_SEQUENCE - 1];
            let mut end = token.end;
            if token.script == Script::Hangul {
                // Korean has spaces: the syllables between them are a word.
                while let Some(next) = tokens.get(at)
                    && next.script == Script::Hangul
                    && !next.class.space_before()
                    && next.start == end
                {
                    end = next.end;
                    at += 1;
                }
            }
            let token = Token { end, ..token };
            pending.push(Pending {
                surface: hash_bytes(SURFACE, token.of(text).as_bytes()),
                token,
                follows,
                pair: false,
            });
            follows = true;
        }
        self.words(text, &pending, sink);
        self.tokens = tokens;
        self.pending = pending;
        self.hand_over_words(sink);
        self.hand_over_features(sink);
    }

    /// Finds words and pairs of them. Each step is taken for some words before the next: what it looks up lies all over
    /// memory, and a loop that does nothing else waits for many of these look-ups at a time.
    fn words(&mut self, text: &str, pending: &[Pending], sink: &mut impl Sink) {
        let mut before = 0;
        for pending in pending.chunks(AHEAD) {
            if self.keys.len() + AHEAD > sink.most_words() {
                self.hand_over_words(sink);
                self.words.clear();
                self.keys.clear();
                sink.forget();
            }
            for word in pending {
                self.words.expect(word.surface);
            }
            let first = self.occurrences.len();
            for word in pending {
                let next = self.keys.len() as u32;
                let number = *self.words.entry(word.surface, next);
                if number == next {
                    let key = if word.pair {
                        self.features.clear();
                        pair(word.token.of(text), &mut self.unit);
                        word.surface
                    } else {
                        self.describe(text, word.token)
                    };
                    self.keys.push(key);
                    sink.learn(&self.features, &self.unit);
                }
                self.occurrences.push((number, 0));
            }
            for (word, (number, occurrence)) in pending.iter().zip(&mut self.occurrences[first..]) {
                let key = self.keys[*number as usize];
                let count = self.seen.entry(key, 0);
                *count += 1;
                *occurrence = *count;
                if word.follows {
                    self.found.push((mix(mix(PAIR, before), key), Kind::Pair));
                }
                before = key;
            }
        }
    }

    /// Tells of the words found. Not one by one as they are found: what a sink looks up lies all over memory, and a loop
    /// that does nothing else waits for many of these look-ups at a time.
    fn hand_over_words(&mut self, sink: &mut impl Sink) {
        for occurrences in self.occurrences.chunks(AHEAD) {
            sink.words(occurrences);
        }
        self.occurrences.clear();
    }

    /// Tells of the other features found.
    fn hand_over_features(&mut self, sink: &mut impl Sink) {
        for (hash, kind) in self.found.drain(..) {
            if let Some(name) = sink.wanted(kind.feature(hash)) {
                self.wanted.push((hash, name));
            }
        }
        let mut occurrences = [(0, 0); AHEAD];
        for wanted in self.wanted.chunks(AHEAD) {
            for (occurrence, &(hash, name)) in occurrences.iter_mut().zip(wanted) {
                let count = self.seen.entry(hash, 0);
                *count += 1;
                *occurrence = (name, *count);
            }
            sink.features(&occurrences[..wanted.len()]);
        }
        self.wanted.clear();
    }

    /// Works out the features of a word and its unit; returns the hash of its normal form.
    fn describe(&mut self, text: &str, token: Token) -> u64 {
        normalize_lower(text, token, &mut self.normal);
        self.features.clear();
        self.unit.clear();
        let key = hash_bytes(WORD, self.normal.as_bytes());
        self.features.push(Kind::Word.feature(key));
        if token.class.has_digit() {
            let shape = self.normal.bytes().fold(SHAPE, |hash, byte| {
                mix(hash, u64::from(if byte.is_ascii_digit() { b'0' } else { byte }))
            });
            self.features.push(Kind::Word.feature(shape));
        }
        if !token.class.is_word() {
            return key;
        }
        self.unit.push_str(&self.normal);
        let letters = self.normal.chars().count().min(LONGEST);
        self.normal.insert(0, '<');
        self.normal.push('>');
        self.boundaries.clear();
        self.boundaries
            .extend(self.normal.char_indices().map(|(at, _)| at as u32));
        self.boundaries.push(self.normal.len() as u32);
        // The boundaries count, if the word is not cut.
        let characters = (letters + 2).min(self.boundaries.len() - 1);
        let (shortest, longest) = if token.script == Script::Hangul {
            (2, 4)
        } else {
            (SHORTEST_PART, LONGEST_PART)
        };
        for length in shortest..=longest {
            // A part as long as the word is the word.
            for start in 0..(characters + 1).saturating_sub(length) {
                if length == characters {
                    break;
                }
                let part = &self.normal[self.boundaries[start] as usize..self.boundaries[start + length] as usize];
                self.features
                    .push(Kind::Part.feature(hash_bytes(PART, part.as_bytes())));
            }
        }
        key
    }

    /// The sequences of characters that end with the one that has this hash.
    fn sequences(&mut self, character: u64, run: &mut [u64; LONGEST_SEQUENCE - 1]) {
        let mut hash = character;
        self.found.push((hash, Kind::Characters));
        for &before in run.iter() {
            if before == 0 {
                break;
            }
            hash = mix(hash, before);
            self.found.push((hash, Kind::Characters));
        }
        run.rotate_right(1);
        run[0] = character;
    }

    /// Heap memory in bytes.
    pub(crate) fn memory_usage(&self) -> usize {
        self.tokens.capacity() * size_of::<Token>()
            + self.pending.capacity() * size_of::<Pending>()
            + self.words.memory_usage()
            + self.seen.memory_usage()
            + self.keys.capacity() * size_of::<u64>()
            + self.normal.capacity()
            + self.unit.capacity()
            + (self.features.capacity() + self.boundaries.capacity()) * size_of::<u32>()
            + self.occurrences.capacity() * size_of::<(u32, u32)>()
            + self.found.capacity() * size_of::<(u64, Kind)>()
            + self.wanted.capacity() * size_of::<(u64, u32)>()
    }
}

/// How much the `occurrence`-th occurrence in a document adds: one for the first, ever less for others, 1 + ln n in all
/// for n of them.
#[inline]
pub(crate) fn increment(occurrence: u32) -> f32 {
    const TABLE: [f32; 8] = [
        0.0,
        1.0,
        std::f32::consts::LN_2,
        0.405_465_1,
        0.287_682_07,
        0.223_143_55,
        0.182_321_56,
        0.154_150_68,
    ];
    match TABLE.get(occurrence as usize) {
        Some(&added) => added,
        // ln n - ln (n - 1) by its series, which needs no library's logarithm.
        None => {
            let step = 1.0 / (occurrence as f32 - 0.5);
            step + step * step * step / 12.0
        }
    }
}
