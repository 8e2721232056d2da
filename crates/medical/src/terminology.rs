//! The terminologies in finite-state form: which phrases name drugs, conditions, body parts, tests and the rest.
//!
//! One automaton holds all of them. Keys are phrases as words in lower case without accents and plural endings, joined
//! by single spaces, so that `Crohn's-like`, `crohn s like` and `CROHNS LIKE` can meet; values say which terminologies
//! have the phrase. For single words a second key, marked by [`HINT`], says in which terminologies the word is common
//! as a part or as the last word of longer terms: that is how unknown terms are recognised as terms.

use std::collections::BTreeMap;

use fst::raw::{CompiledAddr, Fst, Output};

use crate::tokens::{Class, Gap, Tokens};

/// Follows a word in the key that holds what is known of the word as a part of terms.
const HINT: u8 = 1;
/// The typographic apostrophe.
const APOSTROPHE: &str = "\u{2019}";
/// The most tokens of a phrase.
const LONGEST: usize = 14;

/// Which terminologies hold a phrase. A set of flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Classes(pub u32);

macro_rules! classes {
    ($($(#[$meta:meta])* $name:ident = $bit:literal,)+) => {
        impl Classes {
            /// None.
            pub const NONE: Classes = Classes(0);
            $($(#[$meta])* pub const $name: Classes = Classes(1 << $bit);)+
        }
    };
}

classes! {
    /// Non-proprietary name of a drug.
    GENERIC = 0,
    /// Trade name of a drug.
    BRAND = 1,
    /// Class of drugs.
    DRUG_CLASS = 2,
    /// The drug's name is also an ordinary word, a laboratory analyte, or very short.
    AMBIGUOUS = 3,
    /// Disease.
    DISEASE = 4,
    /// Symptom.
    SYMPTOM = 5,
    /// Sign.
    SIGN = 6,
    /// Everyday part of the body.
    ANATOMY = 7,
    /// Part of the body that only anatomists name.
    RARE_ANATOMY = 8,
    /// Test or measurement.
    TEST = 9,
    /// Procedure.
    PROCEDURE = 10,
    /// Treatment.
    TREATMENT = 11,
    /// Way of giving a drug.
    ROUTE = 12,
    /// How often.
    FREQUENCY = 13,
    /// Form of a drug.
    FORM = 14,
    /// Unit of a dose.
    UNIT = 15,
    /// Unit of a rate.
    RATE = 16,
    /// How long.
    DURATION = 17,
    /// Unit of a measurement.
    TEST_UNIT = 18,
    /// Side or direction.
    DIRECTION = 19,
    /// Course in time.
    ACUITY = 20,
    /// Severity, kind of pain and the like.
    QUALITY = 21,
    /// Tobacco.
    TOBACCO = 22,
    /// Alcohol.
    ALCOHOL = 23,
    /// Recreational drugs.
    RECREATIONAL = 24,
    /// Allergies.
    ALLERGY = 25,
    /// Sex.
    GENDER = 26,
    /// Origin.
    ORIGIN = 27,
}

impl Classes {
    /// Whether both sets have a flag in common.
    pub const fn any(self, of: Classes) -> bool {
        self.0 & of.0 != 0
    }

    /// Whether no flag is set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The flags of both sets.
    #[must_use]
    pub const fn with(self, other: Classes) -> Classes {
        Classes(self.0 | other.0)
    }
}

/// The groups of terminologies that word hints tell apart.
const GROUPS: [Classes; 6] = [
    Classes(Classes::GENERIC.0 | Classes::BRAND.0 | Classes::DRUG_CLASS.0),
    Classes(Classes::DISEASE.0 | Classes::SYMPTOM.0 | Classes::SIGN.0),
    Classes(Classes::ANATOMY.0 | Classes::RARE_ANATOMY.0),
    Classes::TEST,
    Classes::PROCEDURE,
    Classes::TREATMENT,
];

/// What is known of a word as a part of terms: for each group of terminologies one bit if the word is common in them,
/// and one if it is common as the last word. 0 is nothing.
pub type Hints = u16;

/// A phrase found in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// First token.
    pub start: u32,
    /// One past the last token.
    pub end: u32,
    /// Which terminologies have it.
    pub classes: Classes,
}

/// The terminology file is damaged.
#[derive(Debug, thiserror::Error)]
#[error("read the terminologies")]
pub struct TerminologyError(#[from] fst::Error);

/// All terminologies.
pub struct Terminology {
    automaton: Fst<&'static [u8]>,
}

/// What was found in a text.
#[derive(Default)]
pub struct Matches {
    /// The longest phrase at each token where one starts, in order; they do not overlap.
    pub longest: Vec<Match>,
    /// What is known of each token as a part of terms.
    pub hints: Vec<Hints>,
    /// For each token the position in `longest` of the phrase that holds it, plus one; 0 if none does.
    pub holding: Vec<u32>,
    /// Single words looked up before.
    cache: Vec<Cached>,
    /// The word of each token and where it would be in the cache.
    words: Vec<([u8; CACHED_WORD], u32)>,
}

/// A word in the cache, in one line of the processor's.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Cached {
    word: [u8; CACHED_WORD],
    known: Known,
}

/// What the automaton knows of a word.
#[derive(Clone, Copy)]
struct Known {
    /// The phrase of this one word.
    classes: Classes,
    hints: Hints,
    /// Where longer phrases go on, and the output up to there. The automaton is smaller than 4 GiB, and its outputs are
    /// flags or hints.
    next: Option<(u32, u32)>,
    /// How the words that may follow there begin, as bits: most words need no visit to the automaton.
    following: u128,
}

/// Words up to this length are remembered.
const CACHED_WORD: usize = 16;
const CACHE: usize = 1 << 15;
/// Stands for a word that is not remembered.
const NO_SLOT: u32 = u32::MAX;
const NOTHING: Known = Known {
    classes: Classes::NONE,
    hints: 0,
    next: None,
    following: 0,
};

impl Matches {
    /// The phrase that holds the token.
    pub fn at(&self, token: usize) -> Option<&Match> {
        let position = *self.holding.get(token)?;
        self.longest.get((position as usize).checked_sub(1)?)
    }

    /// Heap memory in bytes.
    pub fn memory_usage(&self) -> usize {
        self.longest.capacity() * size_of::<Match>()
            + self.hints.capacity() * size_of::<Hints>()
            + self.holding.capacity() * size_of::<u32>()
            + self.cache.capacity() * size_of::<Cached>()
            + self.words.capacity() * size_of::<([u8; CACHED_WORD], u32)>()
    }
}

impl Terminology {
    /// Opens the terminologies in `bytes`, as [`build`] makes them.
    ///
    /// # Errors
    /// Bytes of another form.
    pub fn new(bytes: &'static [u8]) -> Result<Terminology, TerminologyError> {
        Ok(Terminology {
            automaton: Fst::new(bytes)?,
        })
    }

    /// Size of the data in bytes.
    pub fn size(&self) -> usize {
        self.automaton.size()
    }

    /// Finds the longest phrase at each token from left to right.
    pub fn find(&self, tokens: &Tokens, out: &mut Matches) {
        out.longest.clear();
        out.hints.clear();
        out.holding.clear();
        out.holding.resize(tokens.len(), 0);
        if out.cache.is_empty() {
            let empty = Cached {
                word: [0; CACHED_WORD],
                known: NOTHING,
            };
            out.cache.resize(CACHE, empty);
        }
        find_slots(tokens, &mut out.words, &out.cache);
        let mut free = 0;
        for index in 0..tokens.len() {
            let known = self.known(tokens, index, &out.words[index], &mut out.cache);
            out.hints.push(known.hints);
            if index < free {
                continue;
            }
            let mut found = Match {
                start: index as u32,
                end: index as u32 + 1,
                classes: known.classes,
            };
            if let Some((node, output)) = known.next
                && may_follow(tokens, index + 1, known.following)
            {
                let output = Output::new(u64::from(output));
                self.extend(tokens, index + 1, node as CompiledAddr, output, &mut found);
            }
            if !found.classes.is_empty() {
                out.longest.push(found);
                free = found.end as usize;
                out.holding[index..free].fill(out.longest.len() as u32);
            }
        }
    }

    /// The classes of a phrase of the text, if it is one as a whole.
    pub fn phrase(&self, tokens: &Tokens, range: std::ops::Range<usize>) -> Classes {
        let mut key = Vec::with_capacity(64);
        for index in range {
            if tokens.all()[index].class != Class::Mark {
                if !key.is_empty() {
                    key.push(b' ');
                }
                key.extend_from_slice(singular(tokens.folded(index)));
            }
        }
        self.automaton
            .get(&key)
            .map_or(Classes::NONE, |output| Classes(output.value() as u32))
    }

    fn known(
        &self,
        tokens: &Tokens,
        index: usize,
        &(key, slot): &([u8; CACHED_WORD], u32),
        cache: &mut [Cached],
    ) -> Known {
        if slot == NO_SLOT {
            return match tokens.all()[index].class {
                Class::Mark => NOTHING,
                Class::Word | Class::Number => self.look_up(singular(tokens.folded(index))),
            };
        }
        let slot = &mut cache[slot as usize];
        if slot.word != key {
            *slot = Cached {
                word: key,
                known: self.look_up(singular(tokens.folded(index))),
            };
        }
        slot.known
    }

    fn look_up(&self, word: &[u8]) -> Known {
        let Some((address, output)) = self.step(self.automaton.root().addr(), Output::zero(), word) else {
            return NOTHING;
        };
        let node = self.automaton.node(address);
        let hints = self.step(address, output, &[HINT]).map_or(0, |(address, output)| {
            output.cat(self.automaton.node(address).final_output()).value() as Hints
        });
        let next = self.step(address, output, b" ");
        let following = next.map_or(0, |(address, _)| self.following(address));
        let next = next
            .and_then(|(address, output)| Some((u32::try_from(address).ok()?, u32::try_from(output.value()).ok()?)));
        Known {
            classes: if node.is_final() {
                Classes(output.cat(node.final_output()).value() as u32)
            } else {
                Classes::NONE
            },
            hints,
            next,
            following,
        }
    }

    /// The beginnings of the words that may follow at a node.
    fn following(&self, address: CompiledAddr) -> u128 {
        let mut bits = 0;
        for first in self.automaton.node(address).transitions() {
            let node = self.automaton.node(first.addr);
            if node.is_final() {
                bits |= beginning_bit(&[first.inp]);
            }
            for second in node.transitions() {
                // A space ends the word, and so does what comes before hints.
                bits |= match second.inp {
                    b' ' | HINT => beginning_bit(&[first.inp]),
                    second => beginning_bit(&[first.inp, second]),
                };
            }
        }
        bits
    }

    fn step(&self, mut address: CompiledAddr, mut output: Output, bytes: &[u8]) -> Option<(CompiledAddr, Output)> {
        for &byte in bytes {
            let node = self.automaton.node(address);
            let transition = node.transition(node.find_input(byte)?);
            output = output.cat(transition.out);
            address = transition.addr;
        }
        Some((address, output))
    }

    /// Follows longer phrases from the token after the first.
    fn extend(&self, tokens: &Tokens, from: usize, node: CompiledAddr, output: Output, found: &mut Match) {
        let (mut address, mut output) = (node, output);
        let last = (found.start as usize + LONGEST).min(tokens.len());
        let mut index = from;
        while index < last {
            let token = &tokens.all()[index];
            if token.gap >= Gap::Blank {
                return;
            }
            if token.class == Class::Mark {
                let mark = tokens.folded(index);
                let joins = matches!(mark, b"-" | b"/" | b"'")
                    || mark == APOSTROPHE.as_bytes()
                    || mark == b"." && token.gap == Gap::None;
                if !joins {
                    return;
                }
                index += 1;
                continue;
            }
            let Some(next) = self.step(address, output, singular(tokens.folded(index))) else {
                return;
            };
            (address, output) = next;
            index += 1;
            let node = self.automaton.node(address);
            if node.is_final() {
                found.end = index as u32;
                found.classes = Classes(output.cat(node.final_output()).value() as u32);
            }
            let Some(next) = self.step(address, output, b" ") else {
                return;
            };
            (address, output) = next;
        }
    }
}

/// The bit of a word's first two bytes, of which many share one.
fn beginning_bit(word: &[u8]) -> u128 {
    let byte = |index: usize| u32::from(word.get(index).copied().unwrap_or(0));
    let mixed = (byte(0) << 8 | byte(1)).wrapping_mul(0x9E37_79B1);
    1 << (mixed >> 25)
}

/// Whether the token at `index`, or what follows it if it is a mark, can go on with a phrase.
fn may_follow(tokens: &Tokens, index: usize, following: u128) -> bool {
    tokens
        .get(index)
        .is_some_and(|token| token.class == Class::Mark || beginning_bit(tokens.folded(index)) & following != 0)
}

/// Finds where each word would be in the cache, and touches all places, so that the processor waits for many at once.
fn find_slots(tokens: &Tokens, words: &mut Vec<([u8; CACHED_WORD], u32)>, cache: &[Cached]) {
    words.clear();
    words.extend((0..tokens.len()).map(|index| {
        let mut key = [0; CACHED_WORD];
        if tokens.all()[index].class == Class::Mark {
            return (key, NO_SLOT);
        }
        let word = singular(tokens.folded(index));
        let Some(bytes) = key.get_mut(..word.len()) else {
            return (key, NO_SLOT);
        };
        bytes.copy_from_slice(word);
        (key, slot_of(&key) as u32)
    }));
    let touched = words.iter().filter_map(|&(_, slot)| cache.get(slot as usize));
    std::hint::black_box(touched.fold(0, |seen, cached| seen ^ cached.word[0]));
}

fn slot_of(word: &[u8; CACHED_WORD]) -> usize {
    let (words, _) = word.as_chunks::<8>();
    let mixed = u64::from_le_bytes(words[0]) ^ u64::from_le_bytes(words[1]).rotate_left(31);
    (mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 49) as usize
}

/// The word without its plural ending.
fn singular(word: &[u8]) -> &[u8] {
    match word {
        [stem @ .., b's']
            if stem.len() >= 3 && !stem.ends_with(b"s") && !stem.ends_with(b"u") && !stem.ends_with(b"i") =>
        {
            stem
        }
        _ => word,
    }
}

/// Builds the automaton of terminologies from terms with their classes. Terms that fold to the same key share their
/// classes; the order of the terms does not matter.
///
/// # Errors
/// If the automaton cannot be built, which the sorted keys rule out.
pub fn build<'a>(terms: impl Iterator<Item = (&'a str, Classes)>) -> Result<Vec<u8>, TerminologyError> {
    let mut keys: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
    let mut words: BTreeMap<Vec<u8>, [[u32; 2]; GROUPS.len()]> = BTreeMap::new();
    let mut tokens = Tokens::default();
    for (term, classes) in terms {
        tokens.read(term);
        let parts: Vec<&[u8]> = (0..tokens.len())
            .filter(|&index| tokens.all()[index].class != Class::Mark)
            .map(|index| singular(tokens.folded(index)))
            .filter(|part| !part.is_empty())
            .collect();
        if parts.is_empty() || tokens.len() > LONGEST {
            continue;
        }
        *keys.entry(parts.join(&b' ')).or_default() |= u64::from(classes.0);
        if parts.len() > 1 {
            for (position, part) in parts.iter().enumerate() {
                let counts = words.entry(part.to_vec()).or_default();
                for (group, count) in GROUPS.iter().zip(counts) {
                    if classes.any(*group) {
                        count[0] += 1;
                        count[1] += u32::from(position + 1 == parts.len());
                    }
                }
            }
        }
    }
    for (word, counts) in words {
        let hints = hints(&counts);
        if hints != 0 {
            let mut key = word;
            key.push(HINT);
            keys.insert(key, u64::from(hints));
        }
    }
    let mut builder = fst::raw::Builder::memory();
    for (key, value) in keys {
        builder.insert(key, value)?;
    }
    Ok(builder.into_inner()?)
}

/// A word speaks for a group if it stands in two terms of the group at least, and in more than a third of all its terms.
fn hints(counts: &[[u32; 2]; GROUPS.len()]) -> Hints {
    let mut hints = 0;
    for role in 0..2 {
        let total: u32 = counts.iter().map(|count| count[role]).sum();
        for (group, count) in counts.iter().enumerate() {
            if count[role] >= 2 && count[role] * 3 > total {
                hints |= 1 << (2 * group + role);
            }
        }
    }
    hints
}
