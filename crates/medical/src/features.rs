//! Features of tokens for the taggers, and how they are summed up quickly.
//!
//! A token's features are of two kinds. Those of a *word* depend on one word alone, its own or one of its neighbours;
//! those of the *context* combine several words, or come from what was found around the token. Most words of a text
//! are among a few thousand, so the weights that a word brings to itself and to its neighbours are summed once, kept,
//! and then only added.
//!
//! Numbers of templates and the way values are hashed are part of the models: any change here needs a new
//! [`SCHEMA`] and new models.

use std::ops::Range;

use construe_learn::{FeatureHasher, Features, ScoredSpan, Tagger};
use construe_lexicon::Lexicon;

use crate::terminology::Matches;
use crate::tokens::{Class, Gap, Token, Tokens};

/// Name and version of the features.
pub const SCHEMA: &str = "medical-3";

/// Places of a word around the token that it brings features to: two before it, one before it, and so on.
const PLACES: usize = 5;
/// The place of the token itself.
const HERE: usize = 2;

/// What is known of a word alone.
#[derive(Clone, Copy)]
struct Word {
    word: u64,
    suffix: u64,
    shape: u64,
    hints: u64,
    /// The kind of the word, and ever coarser groups of kinds; 0 for a word that the lexicon does not have.
    kind: u64,
    fine: u64,
    coarse: u64,
    case: u64,
}

/// Stands for what is before and after a sentence.
const OUTSIDE: Word = Word {
    word: 1,
    suffix: 1,
    shape: 99,
    hints: 0,
    kind: 1 << 20,
    fine: 1 << 20,
    coarse: 1 << 20,
    case: 99,
};

/// A text that has been read, for features of its sentences.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The text.
    pub text: &'a str,
    /// Its tokens.
    pub tokens: &'a Tokens,
    /// Phrases of the terminologies in it.
    pub matches: &'a Matches,
    /// The kinds of words.
    pub lexicon: &'a Lexicon,
    /// For the tagger of protected health information: what the recognizers say of each token, see
    /// [`crate::phi::Marks`]. The tagger of entities has the terminologies instead.
    pub marks: Option<&'a [u8]>,
}

impl Source<'_> {
    /// All features of the tokens of a sentence, as training needs them.
    pub fn features(&self, sentence: &Range<usize>, out: &mut Features) {
        out.clear();
        let words: Vec<Word> = sentence.clone().map(|token| self.word(token)).collect();
        for position in 0..words.len() {
            for place in 0..PLACES {
                match (position + place)
                    .checked_sub(HERE)
                    .filter(|&other| other < words.len())
                {
                    Some(other) => self.word_features(sentence.start + other, &words[other], place, out),
                    None => outside_features(place, out),
                }
            }
            self.context_features(sentence, &words, position, out);
            out.end_token();
        }
    }

    fn word(&self, index: usize) -> Word {
        let token = &self.tokens.all()[index];
        let folded = self.tokens.folded(index);
        let (word, suffix) = match token.class {
            Class::Number => (number_word(folded), 2),
            Class::Word => (hash(folded), hash(&folded[folded.len().saturating_sub(3)..])),
            Class::Mark => (hash(folded), 3),
        };
        let entry = match token.class {
            Class::Word => self.lexicon.lookup(&self.text[token.range()]),
            Class::Number | Class::Mark => None,
        };
        let (kind, fine, coarse) = entry.map_or((0, 0, 0), |entry| {
            (
                1 + u64::from(entry.kind),
                1 + u64::from(entry.fine),
                1 + u64::from(entry.coarse),
            )
        });
        Word {
            word,
            suffix,
            shape: shape(token, folded.len()),
            hints: u64::from(self.matches.hints[index]),
            kind,
            fine,
            coarse,
            case: token.case as u64,
        }
    }

    /// What the word at `index` brings to the token that sees it at `place`.
    fn word_features(&self, index: usize, word: &Word, place: usize, out: &mut Features) {
        neighbour_features(word, place, out);
        if place != HERE {
            return;
        }
        push(out, 1, word.word);
        push(out, 8, word.shape);
        push(out, 16, word.hints);
        push(out, 40, word.kind);
        push2(out, 44, word.fine, word.case);
        let folded = self.tokens.folded(index);
        if self.tokens.all()[index].class == Class::Word {
            push(out, 10, word.suffix);
            if folded.len() > 4 {
                push(out, 11, hash(&folded[folded.len() - 4..]));
                push(out, 12, hash(&folded[..4]));
            }
            if folded.len() > 6 {
                push(out, 13, hash(&folded[folded.len() - 6..]));
            }
        }
    }

    /// What several words, the terminologies and the recognizers say of the token at `position` of the sentence.
    fn context_features(&self, sentence: &Range<usize>, words: &[Word], position: usize, out: &mut Features) {
        let index = sentence.start + position;
        let before = position.checked_sub(1).map_or(&OUTSIDE, |before| &words[before]);
        let here = &words[position];
        let after = words.get(position + 1).unwrap_or(&OUTSIDE);
        push2(out, 6, before.word, here.word);
        push2(out, 7, here.word, after.word);
        push3(out, 9, before.shape, here.shape, after.shape);
        push3(out, 43, before.coarse, here.coarse, after.coarse);
        push(out, 23, standing(self.tokens, sentence, index));
        let term = |index: usize| {
            self.matches
                .at(index)
                .filter(|_| sentence.contains(&index))
                .map_or(0, |found| {
                    let first = found.start as usize == index;
                    let last = found.end as usize == index + 1;
                    u64::from(found.classes.0) << 2 | u64::from(first) << 1 | u64::from(last)
                })
        };
        let here_term = term(index);
        match self.marks {
            None => {
                let before_term = index.checked_sub(1).map_or(0, term);
                push2(out, 17, before_term, here_term);
                push2(out, 18, here_term, term(index + 1));
                push2(out, 19, here.hints, after.hints);
                push2(out, 20, before.hints, here.hints);
                push(out, 15, here_term);
                push2(out, 22, here_term, here.shape);
            }
            Some(marks) => {
                let mark = |index: usize| marks.get(index).copied().map_or(0, u64::from);
                let (mark_before, mark_here, mark_after) =
                    (index.checked_sub(1).map_or(0, mark), mark(index), mark(index + 1));
                if here_term != 0 {
                    push(out, 15, here_term & !3);
                }
                if mark_here != 0 {
                    push(out, 30, mark_here);
                    push2(out, 31, mark_here, here.shape);
                }
                if mark_here != 0 || mark_before != 0 {
                    push2(out, 32, mark_here, mark_before);
                }
                if mark_here != 0 || mark_after != 0 {
                    push2(out, 33, mark_here, mark_after);
                }
                if self.tokens.all()[index].class == Class::Number {
                    push2(out, 34, hash(self.tokens.folded(index)), after.word);
                }
            }
        }
    }
}

/// What a word brings to its neighbours.
fn neighbour_features(word: &Word, place: usize, out: &mut Features) {
    match place {
        0 => push(out, 4, word.word),
        1 => {
            push(out, 2, word.word);
            push(out, 41, word.fine);
        }
        3 => {
            push(out, 3, word.word);
            push(out, 42, word.fine);
            push(out, 21, word.suffix);
        }
        4 => push(out, 5, word.word),
        _ => {}
    }
}

fn outside_features(place: usize, out: &mut Features) {
    neighbour_features(&OUTSIDE, place, out);
}

/// Tags sentences. Keeps the sums of words that return; to be used with one tagger only.
#[derive(Default)]
pub struct Decoder {
    kept: Vec<Kept>,
    /// For each kept word a row for each place.
    kept_sums: Vec<i16>,
    /// Rows of what lies outside of a sentence.
    outside: Vec<i16>,
    loose: Vec<i16>,
    words: Vec<Word>,
    sums: Vec<i16>,
    features: Features,
    scratch: construe_learn::Scratch,
}

/// Longer words are not kept.
const LONGEST_KEPT: usize = 23;
/// How many words are kept, a power of two.
const KEPT: usize = 1 << 12;

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
        self.words.clear();
        self.sums.clear();
        self.sums.resize(sentence.len() * row_len, 0);
        for (position, index) in sentence.clone().enumerate() {
            let surface = source.text[source.tokens.all()[index].range()].as_bytes();
            let slot = (surface.len() <= LONGEST_KEPT).then(|| slot_of(surface));
            let brought = match slot {
                Some(slot) => {
                    let sums = slot * PLACES * row_len..(slot + 1) * PLACES * row_len;
                    let kept = &self.kept[slot];
                    if usize::from(kept.len) != surface.len() || kept.bytes[..surface.len()] != *surface {
                        let word = source.word(index);
                        let rows = &mut self.kept_sums[sums.clone()];
                        sum_word(
                            tagger,
                            source,
                            index,
                            &word,
                            rows,
                            &mut self.features,
                            &mut self.scratch,
                        );
                        let mut bytes = [0; LONGEST_KEPT];
                        bytes[..surface.len()].copy_from_slice(surface);
                        self.kept[slot] = Kept {
                            bytes,
                            len: surface.len() as u8,
                            word,
                        };
                    }
                    self.words.push(self.kept[slot].word);
                    &self.kept_sums[sums]
                }
                None => {
                    let word = source.word(index);
                    self.loose.resize(PLACES * row_len, 0);
                    sum_word(
                        tagger,
                        source,
                        index,
                        &word,
                        &mut self.loose,
                        &mut self.features,
                        &mut self.scratch,
                    );
                    self.words.push(word);
                    &self.loose[..]
                }
            };
            for (place, row) in brought.chunks_exact(row_len).enumerate() {
                if let Some(receiver) = (position + HERE)
                    .checked_sub(place)
                    .filter(|&receiver| receiver < sentence.len())
                {
                    add(&mut self.sums[receiver * row_len..][..row_len], row);
                }
            }
        }
        self.add_outside(sentence.len(), row_len);
        self.features.clear();
        for position in 0..sentence.len() {
            source.context_features(sentence, &self.words, position, &mut self.features);
            self.features.end_token();
        }
        tagger.add_to(&mut self.sums, &self.features, &mut self.scratch);
        tagger.tag_sums(&self.sums, &mut self.scratch)
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
        self.kept.resize(KEPT, empty);
        self.kept_sums.resize(KEPT * PLACES * row_len, 0);
        self.outside.resize(PLACES * row_len, 0);
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
        self.kept.capacity() * size_of::<Kept>()
            + (self.kept_sums.capacity() + self.sums.capacity()) * size_of::<i16>()
            + self.words.capacity() * size_of::<Word>()
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
        mixed = (mixed.rotate_left(29) ^ u64::from_le_bytes(word)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
    (mixed >> 40) as usize % KEPT
}

/// Where the token stands: at the start of a sentence, after a break of line, right behind another, elsewhere.
fn standing(tokens: &Tokens, sentence: &Range<usize>, index: usize) -> u64 {
    let first = u64::from(index == sentence.start);
    let line = u64::from(tokens.all()[index].gap >= Gap::Line);
    let glued = u64::from(tokens.all()[index].gap == Gap::None);
    first << 2 | line << 1 | glued
}

fn hash(bytes: &[u8]) -> u64 {
    u64::from(FeatureHasher::new(0).bytes(bytes).finish())
}

/// Numbers of the same length and form are one word.
fn number_word(digits: &[u8]) -> u64 {
    let marks = digits.iter().filter(|byte| !byte.is_ascii_digit()).count() as u64;
    let point = u64::from(digits.contains(&b'.'));
    1 << 40 | marks.min(3) << 8 | point << 6 | (digits.len() as u64).min(12)
}

fn shape(token: &Token, len: usize) -> u64 {
    let length = match len {
        0..=3 => len as u64,
        4..=6 => 4,
        _ => 5,
    };
    (token.class as u64) << 12 | (token.case as u64) << 8 | u64::from(token.digits) << 4 | length
}

fn push(out: &mut Features, template: u32, value: u64) {
    out.push(FeatureHasher::new(template).number(value).finish());
}

fn push2(out: &mut Features, template: u32, first: u64, second: u64) {
    out.push(FeatureHasher::new(template).number(first).number(second).finish());
}

fn push3(out: &mut Features, template: u32, first: u64, second: u64, third: u64) {
    out.push(
        FeatureHasher::new(template)
            .number(first)
            .number(second)
            .number(third)
            .finish(),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data;

    /// The quick way must see what training sees.
    #[test]
    fn kept_sums_change_nothing() {
        let text =
            "No fever. BP 120/80, aspirin 81 mg daily for CAD and CAD.\n\nDiphenhydraminehydrochloride x 2; no fever!";
        let (terminology, lexicon, tagger) = (
            data::terminology().expect("terminologies"),
            data::medical_lexicon().expect("lexicon"),
            data::entity_tagger().expect("model"),
        );
        let (mut tokens, mut matches) = (Tokens::default(), Matches::default());
        tokens.read(text);
        terminology.find(&tokens, &mut matches);
        let source = Source {
            text,
            tokens: &tokens,
            matches: &matches,
            lexicon: &lexicon,
            marks: None,
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
