//! Features of tokens for the taggers.
//!
//! A token's features are of three kinds. Those of a *word* depend on one word alone, its own or one of its neighbours.
//! Those of the *surroundings* combine properties of few values: shapes, kinds, what the terminologies and the
//! recognizers say. Those of *pairs* combine two words. Words and surroundings return, so [`crate::decoder`] keeps what
//! their features sum up to.
//!
//! Numbers of templates and the way values are hashed are part of the models: any change here needs a new
//! [`SCHEMA`] and new models.

use std::ops::Range;

use construe_learn::{FeatureHasher, Features};
use construe_lexicon::Lexicon;

use crate::phi::Known;
use crate::terminology::Matches;
use crate::tokens::{Class, Gap, Token, Tokens};

/// Name and version of the features of the tagger of entities.
pub const SCHEMA: &str = "medical-4";
/// The same of the tagger of protected health information, which has more.
pub const PHI_SCHEMA: &str = "medical-phi-5";

/// Places of a word around the token that it brings features to: two before it, one before it, and so on.
pub(crate) const PLACES: usize = 5;
/// The place of the token itself.
pub(crate) const HERE: usize = 2;

/// What is known of a word alone.
#[derive(Clone, Copy)]
pub(crate) struct Word {
    word: u64,
    suffix: u64,
    shape: u64,
    hints: u64,
    /// The kind of the word, and the group of that kind; 0 for a word that the lexicon does not have.
    kind: u64,
    fine: u64,
    case: u64,
    /// What the lists of names, places and occupations say of the word; 0 for the tagger of entities.
    listed: u64,
    /// What the word speaks of, see [`Known::topic`]; 0 for the tagger of entities.
    topic: u8,
}

/// What neighbours see of a word.
#[derive(Clone, Copy)]
pub(crate) struct Glance {
    word: u64,
    shape: u16,
    topic: u8,
}

impl Word {
    pub(crate) fn glance(&self) -> Glance {
        Glance {
            word: self.word,
            // Shapes have fewer than sixteen bits.
            shape: self.shape as u16,
            topic: self.topic,
        }
    }
}

/// What neighbours see of what is before and after a sentence.
const OUTSIDE_GLANCE: Glance = Glance {
    word: OUTSIDE.word,
    shape: OUTSIDE.shape as u16,
    topic: 0,
};

/// Stands for what is before and after a sentence.
pub(crate) const OUTSIDE: Word = Word {
    word: 1,
    suffix: 1,
    shape: 99,
    hints: 0,
    kind: 1 << 20,
    fine: 1 << 20,
    case: 99,
    listed: 0,
    topic: 0,
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
    /// For the tagger of protected health information: what the recognizers and lists say of each token. The tagger of
    /// entities has the terminologies instead.
    pub known: Option<Known<'a>>,
}

impl Source<'_> {
    /// All features of the tokens of a sentence, as training needs them.
    pub fn features(&self, sentence: &Range<usize>, out: &mut Features) {
        out.clear();
        let words: Vec<Word> = sentence.clone().map(|token| self.word(token)).collect();
        let glances: Vec<Glance> = words.iter().map(Word::glance).collect();
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
            self.pair_features(sentence, &glances, position, out);
            let Surroundings(groups) = self.surroundings(sentence, &glances, position);
            for (group, key) in groups.iter().enumerate() {
                group_features(group, self.known.is_some(), key, out);
            }
            out.end_token();
        }
    }

    /// What is known of the word at `index`.
    pub(crate) fn word(&self, index: usize) -> Word {
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
        let (kind, fine) = entry.map_or((0, 0), |entry| (1 + u64::from(entry.kind), 1 + u64::from(entry.fine)));
        Word {
            word,
            suffix,
            shape: shape(token, folded.len()),
            hints: u64::from(self.matches.hints[index]),
            kind,
            fine,
            case: token.case as u64,
            listed: match (self.known, token.class) {
                (Some(known), Class::Word) => known.listed(&self.text[token.range()], folded),
                _ => 0,
            },
            topic: match (self.known, token.class) {
                (Some(known), Class::Word) => known.topic(folded),
                _ => 0,
            },
        }
    }

    /// What the word at `index` brings to the token that sees it at `place`.
    pub(crate) fn word_features(&self, index: usize, word: &Word, place: usize, out: &mut Features) {
        neighbour_features(word, place, out);
        if place != HERE {
            return;
        }
        push(out, 1, word.word);
        push(out, 8, word.shape);
        push(out, 16, word.hints);
        push(out, 40, word.kind);
        push2(out, 44, word.fine, word.case);
        if word.listed != 0 {
            push2(out, 50, word.listed, word.case);
        }
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

    /// The features that combine two words: those of which there are too many to be kept.
    pub(crate) fn pair_features(&self, sentence: &Range<usize>, words: &[Glance], position: usize, out: &mut Features) {
        let index = sentence.start + position;
        let before = position.checked_sub(1).map_or(&OUTSIDE_GLANCE, |before| &words[before]);
        let here = &words[position];
        let after = words.get(position + 1).unwrap_or(&OUTSIDE_GLANCE);
        push2(out, 6, before.word, here.word);
        push2(out, 7, here.word, after.word);
        if self.known.is_some() {
            let earlier = position
                .checked_sub(2)
                .map_or(&OUTSIDE_GLANCE, |earlier| &words[earlier]);
            push2(out, 35, earlier.word, before.word);
            if self.tokens.all()[index].class == Class::Number {
                push2(out, 34, hash(self.tokens.folded(index)), after.word);
            }
        }
    }

    /// What stands around the token at `position` of the sentence, but for the words themselves.
    pub(crate) fn surroundings(&self, sentence: &Range<usize>, words: &[Glance], position: usize) -> Surroundings {
        let index = sentence.start + position;
        let before = position.checked_sub(1).map_or(&OUTSIDE_GLANCE, |before| &words[before]);
        let here = &words[position];
        let after = words.get(position + 1).unwrap_or(&OUTSIDE_GLANCE);
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
        let known = match self.known {
            None => [index.checked_sub(1).map_or(0, term) << 32 | here_term, term(index + 1)],
            Some(known) => {
                let mark = |index: usize| known.marks.get(index).copied().map_or(0, u64::from);
                let marks = index.checked_sub(1).map_or(0, mark) << 16 | mark(index) << 8 | mark(index + 1);
                let (topic, distance) = topic_before(&words[..position]);
                let topic = u64::from(topic) << 4 | distance;
                [here_term & !3, topic << 40 | marks << 16 | u64::from(here.shape)]
            }
        };
        Surroundings([
            [
                u64::from(before.shape) << 32 | u64::from(here.shape) << 16 | u64::from(after.shape),
                self.standing(sentence, index),
            ],
            known,
        ])
    }

    /// Where the token stands: at the start of a sentence, after a break of line, right behind another, elsewhere; for
    /// protected health information also whether a column of a form begins or ends there.
    fn standing(&self, sentence: &Range<usize>, index: usize) -> u64 {
        let first = u64::from(index == sentence.start);
        let line = u64::from(self.tokens.all()[index].gap >= Gap::Line);
        let glued = u64::from(self.tokens.all()[index].gap == Gap::None);
        let standing = first << 2 | line << 1 | glued;
        if self.known.is_none() {
            return standing;
        }
        let begins = u64::from(self.tokens.is_apart(index));
        let ends = u64::from(self.tokens.is_apart(index + 1));
        ends << 4 | begins << 3 | standing
    }
}

/// How far back a topic is looked for.
const REACH_OF_TOPIC: usize = 9;

/// What the last word before a token that has a topic speaks of, and how far back it is: 1, 2, 3 for up to 4, 4 beyond.
fn topic_before(words: &[Glance]) -> (u8, u64) {
    let near = words.iter().rev().take(REACH_OF_TOPIC).zip(1..);
    let (topic, distance) = near
        .map(|(word, distance)| (word.topic, distance))
        .find(|&(topic, _)| topic != 0)
        .unwrap_or((0, 0));
    match distance {
        0..=2 => (topic, distance),
        3..=4 => (topic, 3),
        _ => (topic, 4),
    }
}

/// What stands around a token, as the groups of features see it: how the words are written and where the token stands;
/// what the terminologies have there, or the recognizers for the tagger of protected health information.
#[derive(Clone, Copy)]
pub(crate) struct Surroundings(pub [[u64; 2]; GROUPS]);

/// Groups of features of the surroundings.
pub(crate) const GROUPS: usize = 2;

/// The features of one group.
pub(crate) fn group_features(group: usize, with_marks: bool, key: &[u64; 2], out: &mut Features) {
    let &[first, second] = key;
    match group {
        0 => {
            push3(out, 9, first >> 32, first >> 16 & 0xFFFF, first & 0xFFFF);
            push(out, 23, second);
        }
        _ if with_marks => {
            let (topic, shape) = (second >> 40, second & 0xFFFF);
            mark_features(first, second >> 16 & 0xFF_FFFF, shape, out);
            push3(out, 36, topic >> 4, topic & 0xF, shape);
        }
        _ => {
            // Terminologies have fewer than thirty flags.
            let (before, here, after) = (first >> 32, first & 0xFFFF_FFFF, second);
            push2(out, 17, before, here);
            push2(out, 18, here, after);
            push(out, 15, here);
        }
    }
}

/// What the recognizers say of the token and its neighbours, and the terminologies of the token.
fn mark_features(term: u64, marks: u64, shape: u64, out: &mut Features) {
    let (before, here, after) = (marks >> 16, marks >> 8 & 0xFF, marks & 0xFF);
    if term != 0 {
        push(out, 15, term);
    }
    if here != 0 {
        push(out, 30, here);
        push2(out, 31, here, shape);
    }
    if here != 0 || before != 0 {
        push2(out, 32, here, before);
    }
    if here != 0 || after != 0 {
        push2(out, 33, here, after);
    }
}

/// What a word brings to its neighbours.
fn neighbour_features(word: &Word, place: usize, out: &mut Features) {
    match place {
        0 => push(out, 4, word.word),
        1 => {
            push(out, 2, word.word);
            push(out, 41, word.fine);
            if word.listed != 0 {
                push(out, 51, word.listed);
            }
        }
        3 => {
            push(out, 3, word.word);
            push(out, 42, word.fine);
            push(out, 21, word.suffix);
            if word.listed != 0 {
                push(out, 52, word.listed);
            }
        }
        4 => push(out, 5, word.word),
        _ => {}
    }
}

/// What the bounds of a sentence bring to the tokens near them.
pub(crate) fn outside_features(place: usize, out: &mut Features) {
    neighbour_features(&OUTSIDE, place, out);
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
