//! What the tagger knows beyond the text: how known a word is as a name, a place or a word, what the recognizers found,
//! and which labels stand where.

use std::ops::Range;

use construe_lexicon::Lexicon;
use construe_recognizers::document::Language as Reading;
use construe_recognizers::gazetteer::Entry;
use construe_recognizers::tags::Tags;
use construe_recognizers::{Candidate, Document as Read, Gazetteer, Kind, Kinds, Recognizers};
use construe_tagging::{Document, Knowledge, Marks, WordFeatures};
use construe_text::Language;
use construe_text::fold::fold_into;

use crate::engine::LoadError;

// Templates of words.
const GIVEN: u16 = 1;
const SURNAME: u16 = 2;
const WORD: u16 = 3;
const PLACE: u16 = 4;
const CLASS: u16 = 5;
const NAME_OR_WORD: u16 = 6;
const KIND: u16 = 7;
const FINE: u16 = 8;
const COARSE: u16 = 9;
const BROAD: u16 = 10;

/// Marks of candidates: kind and how sure the recognizer is. Marks of vocabulary follow.
const SURENESS: u32 = 4;
const VOCABULARY: u32 = Kind::COUNT as u32 * SURENESS;

/// The vocabulary that is marked: phrases that announce names and addresses. Single words speak for themselves.
const MARKED: [Tags; 2] = [Tags::NAME, Tags::ADDRESS];

/// The recognizers as the knowledge of the tagger.
pub(crate) struct Rules {
    pub(crate) recognizers: Recognizers,
    lexicon: Lexicon,
}

/// Memory of the recognizers, and what they found in the document that was read last.
#[derive(Default)]
pub(crate) struct RuleScratch {
    pub(crate) recognizers: construe_recognizers::Scratch,
    pub(crate) candidates: Vec<Candidate>,
}

impl RuleScratch {
    /// Heap memory in bytes.
    pub(crate) fn memory_usage(&self) -> usize {
        self.recognizers.memory_usage() + self.candidates.capacity() * size_of::<Candidate>()
    }
}

impl Rules {
    /// Opens what the program carries.
    ///
    /// # Errors
    /// If it is damaged.
    pub(crate) fn load() -> Result<Rules, LoadError> {
        Ok(Rules {
            recognizers: Recognizers::load()?,
            lexicon: Lexicon::english()?,
        })
    }

    /// Memory in bytes, the data in the program file included.
    pub(crate) fn memory_usage(&self) -> usize {
        self.recognizers.memory_usage() + self.lexicon.memory_usage()
    }

    /// Runs the recognizers over a document and marks what they find.
    fn read(&self, scratch: &mut RuleScratch, document: &Document<'_>, marks: &mut Marks) {
        let RuleScratch {
            recognizers,
            candidates,
        } = scratch;
        candidates.clear();
        let read = self.recognizers.find(
            recognizers,
            document.text,
            reading(document.language),
            Kinds::ALL,
            candidates,
        );
        for found in candidates.iter() {
            let sureness = match found.score {
                ..0.65 => 0,
                ..0.8 => 1,
                ..0.92 => 2,
                _ => 3,
            };
            let tokens = document.tokens_in(found.span.start..found.span.end);
            marks.add(tokens, found.kind as u32 * SURENESS + sureness);
        }
        mark_vocabulary(document, &read, marks);
    }
}

/// Adds to `out` the parts of a sentence that may hold a name: what stands around capitals other than that of an ordinary
/// first word and of `I`; all of a sentence without capitals, where they say nothing. The rest is not worth the tagger's
/// time.
pub(crate) fn promising(
    gazetteer: &Gazetteer,
    document: &Document<'_>,
    sentence: &Range<usize>,
    out: &mut Vec<Range<usize>>,
) {
    /// As common as that, a word is an ordinary one: about ten in a million.
    const COMMON: u8 = 24;
    /// As known as that, a word is a name however common it is: one of ten thousand people.
    const KNOWN: u8 = 6;
    /// Tokens on either side of a capital. What a token is depends on two neighbours and, less and less, on how these
    /// are read.
    const AROUND: usize = 6;
    let mut window: Option<Range<usize>> = None;
    let mut capitals = false;
    for token in sentence.clone() {
        if !document.tokens[token].class.starts_upper() || document.tokens[token].len() == 1 {
            continue;
        }
        if token == sentence.start {
            let entry = gazetteer.entry(document.token(token));
            let ordinary = entry.given.max(entry.surname) < KNOWN && entry.english.max(entry.spanish) >= COMMON;
            if ordinary {
                capitals = true;
                continue;
            }
        }
        capitals = true;
        let start = token.saturating_sub(AROUND).max(sentence.start);
        let end = (token + 1 + AROUND).min(sentence.end);
        match &mut window {
            Some(open) if start <= open.end => open.end = end,
            _ => out.extend(window.replace(start..end)),
        }
    }
    out.extend(if capitals { window } else { Some(sentence.clone()) });
}

/// How the recognizers read a language.
fn reading(language: Language) -> Reading {
    match language {
        Language::Es => Reading::Spanish,
        _ => Reading::English,
    }
}

/// Marks words and phrases with a meaning of interest.
fn mark_vocabulary(document: &Document<'_>, read: &Read<'_>, marks: &mut Marks) {
    let any = MARKED.iter().fold(Tags::NONE, |all, &tags| all.and(tags));
    let mut token = 0;
    for term in read.terms.iter().filter(|term| term.tags.any(any)) {
        while document.tokens.get(token).is_some_and(|token| token.end <= term.start) {
            token += 1;
        }
        let end = token
            + document.tokens[token..]
                .iter()
                .take_while(|token| token.start < term.phrase_end)
                .count();
        for (index, _) in MARKED.iter().enumerate().filter(|(_, tags)| term.tags.any(**tags)) {
            marks.add(token..end, VOCABULARY + index as u32);
        }
    }
}

impl Knowledge for Rules {
    type Scratch = RuleScratch;

    fn schema(&self) -> &str {
        SCHEMA
    }

    fn word(&self, surface: &str, folded: &str, out: &mut WordFeatures) {
        describe(self.recognizers.gazetteer(), surface, folded, out);
        if let Some(entry) = self.lexicon.lookup(folded) {
            out.own(KIND, u64::from(entry.kind));
            out.near(FINE, u64::from(entry.fine));
            out.wide(COARSE, u64::from(entry.coarse));
            out.wide(BROAD, u64::from(entry.broad));
            out.set_class(KINDS + u64::from(entry.coarse));
        } else {
            out.near(FINE, u64::MAX);
        }
    }

    fn passages(&self, scratch: &mut RuleScratch, document: &Document<'_>, out: &mut Marks) {
        self.read(scratch, document, out);
    }
}

/// Name and version of these features.
pub(crate) const SCHEMA: &str = "pii 5";

/// The classes of words, by what they are known as.
fn class(entry: Entry, place: bool, word: u8) -> u64 {
    // Eighths of a decade: a name that is as common as a word counts as both.
    let name = entry.given.max(entry.surname);
    match (name, word) {
        (0, 0) if place => 1,
        (0, 0) => 2,
        (0, 1..=24) => 3 + u64::from(place),
        (0, _) => 5 + u64::from(place),
        (1..=2, 0) => 7 + u64::from(place),
        (1..=2, 1..=24) => 9,
        (1..=2, _) => 10,
        (_, 0..=20) if entry.given >= entry.surname => 11 + u64::from(place),
        (_, 0..=20) => 13 + u64::from(place),
        (_, 21..=32) if entry.given >= entry.surname => 15,
        (_, 21..=32) => 16,
        _ => 17,
    }
}

/// Classes of words by their kind in the lexicon come after those.
const KINDS: u64 = 32;

/// Writes what the gazetteers know of a word.
fn describe(gazetteer: &Gazetteer, surface: &str, folded: &str, out: &mut WordFeatures) {
    if !surface.chars().next().is_some_and(char::is_alphabetic) {
        return;
    }
    let entry = gazetteer.entry(surface);
    let mut key = Vec::with_capacity(folded.len());
    fold_into(folded, &mut key);
    let place = match gazetteer.place(&key) {
        Some(place) if place.is_city() => 2,
        Some(_) => 1,
        None => 0,
    };
    let word = entry.english.max(entry.spanish);
    out.own(GIVEN, u64::from(entry.given));
    out.own(SURNAME, u64::from(entry.surname));
    out.own(WORD, u64::from(word / 4));
    out.own(PLACE, place);
    let name = entry.given.max(entry.surname);
    out.own(
        NAME_OR_WORD,
        u64::from(name / 2) << 16 | u64::from(word / 6) << 8 | place,
    );
    let class = class(entry, place == 2, word);
    out.wide(CLASS, class);
    out.set_class(class);
}
