//! Protected health information: the recognizers, what they tell the tagger, and how both are brought together.
//!
//! The tagger knows the context, the recognizers know the layouts. What the recognizers say of a token is a feature of
//! the tagger, which learns how far to trust them; where a layout leaves no doubt (an e-mail address, a telephone
//! number) the recognizer is believed even if the tagger sees nothing. What is missed here is a leak, so doubt goes
//! in favour of finding.

mod ages;
mod edges;
mod kinds;
mod people;
mod places;
mod rules;
mod vocabulary;
mod work;

pub use vocabulary::Known;

use std::ops::Range;

use construe_recognizers::{Candidate, Gazetteer, Kind, Kinds, Language, Recognizers, Scratch};

use crate::Type;
use crate::tokens::{Case, Class, Gap, Tokens};

/// A piece of protected health information.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// What it is.
    pub kind: Type,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// How sure it is, from 0 to 1.
    pub score: f32,
}

/// Working memory of the recognizers.
#[derive(Default)]
pub struct Marks {
    scratch: Scratch,
    candidates: Vec<Candidate>,
    /// For each token one number: 0 if no recognizer knows it, else the kind, how sure it is, and whether it starts
    /// there.
    pub tokens: Vec<u8>,
}

/// What the recognizers are asked for.
fn wanted() -> Kinds {
    Kinds::ALL
        .without(Kind::Password)
        .without(Kind::CardVerification)
        .without(Kind::CardExpiry)
        .without(Kind::Pin)
}

impl Marks {
    /// Runs the recognizers over a text.
    pub fn read(&mut self, recognizers: &Recognizers, text: &str, tokens: &Tokens) {
        self.tokens.clear();
        self.tokens.resize(tokens.len(), 0);
        self.candidates.clear();
        recognizers.find(
            &mut self.scratch,
            text,
            Language::English,
            wanted(),
            &mut self.candidates,
        );
        self.candidates.sort_by(|a, b| {
            a.score
                .total_cmp(&b.score)
                .then((b.span, b.kind).cmp(&(a.span, a.kind)))
        });
        for found in &self.candidates {
            let range = tokens.touching(found.span.start..found.span.end);
            let sure = u8::from(found.score >= 0.7);
            let kind = 1 + group(found.kind);
            for token in range.clone() {
                self.tokens[token] = kind << 2 | sure << 1 | u8::from(token == range.start);
            }
        }
    }

    /// Adds to `found`, which holds what the tagger found, what the recognizers know for certain, and puts it in order.
    /// Where both see the same piece with another extent, fixed layouts are the recognizers'.
    pub fn complete(&self, gazetteer: &Gazetteer, tokens: &Tokens, found: &mut Vec<Found>) {
        found.retain(|found| found.kind != Type::Name || is_name(gazetteer, tokens, found.start, found.end));
        // The surest first: they were sorted by score.
        for candidate in self.candidates.iter().rev() {
            let Some((kind, threshold)) = certain(candidate.kind) else {
                continue;
            };
            if candidate.score < threshold {
                continue;
            }
            let (start, end) = (candidate.span.start, candidate.span.end);
            if kind == Type::Address && is_assistant(tokens, end) {
                continue;
            }
            if matches!(kind, Type::Email | Type::Url) {
                remove(found, start, end);
            }
            if kind != Type::Name || is_name(gazetteer, tokens, start, end) {
                add(found, kind, start, end, candidate.score);
            }
        }
        kinds::settle(tokens, found);
        rules::find(tokens, found);
        people::find(gazetteer, tokens, found);
        places::find(gazetteer, tokens, found);
        work::find(tokens, found);
        rules::extend_numbers(tokens, found);
        edges::settle(tokens, found);
        edges::join_abbreviated(tokens, found);
        edges::add_ages(tokens, found);
    }

    /// Heap memory in bytes.
    pub fn memory_usage(&self) -> usize {
        self.scratch.memory_usage() + self.candidates.capacity() * size_of::<Candidate>() + self.tokens.capacity()
    }
}

/// Small words of names.
const PARTICLES: &[&[u8]] = &[
    b"al", b"bin", b"da", b"de", b"del", b"della", b"den", b"der", b"di", b"dos", b"du", b"el", b"la", b"le", b"ter",
    b"van", b"von", b"y", b"s",
];
/// What eponyms are followed by.
const EPONYMS: &[&[u8]] = &[
    b"anemia",
    b"arthritis",
    b"catheter",
    b"classification",
    b"criteria",
    b"disease",
    b"lymphoma",
    b"maneuver",
    b"mice",
    b"palsy",
    b"procedure",
    b"rat",
    b"rats",
    b"reflex",
    b"scale",
    b"score",
    b"sign",
    b"smear",
    b"staging",
    b"syndrome",
    b"test",
    b"tube",
];

/// Whether a stretch can be a name: `N-acetyl`, `Sprague-Dawley rats` and `METHODS:` are none. All in lower case or
/// with capitals throughout is fine: notes are typed in haste.
fn is_name(gazetteer: &Gazetteer, tokens: &Tokens, start: usize, end: usize) -> bool {
    let range = tokens.touching(start..end);
    let first = tokens.all()[range.start].case;
    // `Seo-yeon` is one, `N-acetyl` and `Non-smoking` are none.
    let is_part = |index: usize| {
        let word = std::str::from_utf8(tokens.folded(index));
        first == Case::Title && tokens.all()[index].gap == Gap::None && word.is_ok_and(|word| !gazetteer.is_word(word))
    };
    let mixed = first > Case::Lower
        && range.clone().any(|index| {
            tokens.all()[index].case == Case::Lower && !PARTICLES.contains(&tokens.folded(index)) && !is_part(index)
        });
    let follows = tokens.word(range.end);
    let eponym = EPONYMS.contains(&follows) || follows == b"'" && EPONYMS.contains(&tokens.word(range.end + 2));
    let header = range.len() == 1 && follows == b":" && tokens.all()[range.start].case == Case::Upper;
    !mixed && !eponym && !header
}

/// `Park, PA-C` is an assistant of a physician, not a town in Pennsylvania.
fn is_assistant(tokens: &Tokens, end: usize) -> bool {
    let next = tokens.touching(end..end + 1).start;
    tokens.word(next) == b"-" && tokens.word(next + 1) == b"c"
}

/// Adds a finding unless it overlaps another. `found` is in order and stays so.
fn add(found: &mut Vec<Found>, kind: Type, start: usize, end: usize, score: f32) {
    let at = found.partition_point(|other| other.end <= start);
    if found.get(at).is_none_or(|next| end <= next.start) {
        found.insert(
            at,
            Found {
                kind,
                start,
                end,
                score,
            },
        );
    }
}

/// Removes what overlaps a stretch. `found` is in order and does not overlap.
fn remove(found: &mut Vec<Found>, start: usize, end: usize) {
    let from = found.partition_point(|other| other.end <= start);
    let to = found.partition_point(|other| other.start < end);
    if from < to {
        found.drain(from..to);
    }
}

/// What a recognizer's finding is here, and from which score on it is believed against the tagger.
fn certain(kind: Kind) -> Option<(Type, f32)> {
    Some(match kind {
        Kind::Email => (Type::Email, 0.5),
        Kind::Url => (Type::Url, 0.5),
        Kind::IpAddress | Kind::MacAddress => (Type::Id, 0.6),
        Kind::Phone => (Type::PhoneOrFax, 0.6),
        Kind::PersonName => (Type::Name, 0.75),
        Kind::Address => (Type::Address, 0.6),
        Kind::DateTime | Kind::Age => return None,
        Kind::Username => (Type::Id, 0.8),
        _ => (Type::Id, 0.7),
    })
}

/// Kinds that mean the same here.
fn group(kind: Kind) -> u8 {
    match kind {
        Kind::PersonName => 0,
        Kind::Age => 1,
        Kind::DateTime => 2,
        Kind::Address => 3,
        Kind::Phone => 4,
        Kind::Email => 5,
        Kind::Url => 6,
        Kind::IpAddress | Kind::MacAddress => 7,
        Kind::Username => 8,
        Kind::BankAccount | Kind::BankRouting => 9,
        _ => 10,
    }
}

/// Whether the tagger of protected health information has to read the sentence: what it finds has digits, a capital
/// that is no mere start of a sentence, or speaks of work. Sentences without any capital are read: whoever types so
/// writes names in lower case, too.
pub fn worth_reading(text: &str, tokens: &Tokens, known: &Known<'_>, sentence: &Range<usize>) -> bool {
    let first = &tokens.all()[sentence.start];
    if first.class == Class::Word && (first.case <= Case::Lower || known.is_rather_name(&text[first.range()])) {
        return true;
    }
    sentence.clone().any(|index| {
        let token = &tokens.all()[index];
        known.marks[index] != 0
            || token.digits
            || token.class == Class::Word && token.case > Case::Lower && token.gap < Gap::Line && index > sentence.start
    })
}
