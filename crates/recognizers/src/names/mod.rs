//! Personal names by gazetteer, shape and context.
//!
//! A name is a run of name-like words on one line. How name-like a word is compares how common it is as a name with
//! how common it is as a word: `Will` is mostly a word, `Rose` mostly a name. Titles and labels raise a run, words
//! of companies and institutions rule it out.

mod labelled;
mod layouts;
mod run;
mod score;
mod titled;

use std::collections::HashSet;

use construe_text::Span;
use construe_text::fold::fold_into;

use crate::candidate::{Candidate, Kind};
use crate::document::{Document, Term};
use crate::gazetteer::Gazetteer;
use crate::tags::Tags;

use run::{Run, is_initial, strength};
use score::Lead;
use titled::title_before;

/// Finds names. Holds memory that is used again for the next text.
#[derive(Default)]
pub struct Finder {
    seen: HashSet<Vec<u8>>,
    key: Vec<u8>,
    single: Vec<(usize, f32)>,
}

impl Finder {
    /// Adds the names of `document` to `out`.
    pub fn find(&mut self, document: &Document<'_>, gazetteer: &Gazetteer, out: &mut Vec<Candidate>) {
        self.seen.clear();
        self.single.clear();
        let first = out.len();
        labelled::find(document, gazetteer, out);
        let mut index = 0;
        while index < document.terms.len() {
            let term = &document.terms[index];
            if term.tags.any(Tags::TITLE) && title_before(document, index) {
                index = titled::find(document, gazetteer, index, out);
                continue;
            }
            if !begins(document, term) {
                index += 1;
                continue;
            }
            let Some(run) = Run::read(document, gazetteer, index, false) else {
                index += 1;
                continue;
            };
            if let Some((end, next)) = layouts::surname_first(document, gazetteer, index, &run) {
                out.push(Candidate {
                    kind: Kind::PersonName,
                    span: Span::new(term.start(), end),
                    score: 0.93,
                });
                index = next;
                continue;
            }
            let lead = lead(document, index);
            if let Some(score) = run.score(document, index, lead) {
                let score = score - place_penalty(document, gazetteer, index, run.next, lead);
                if score >= crate::REPORTED {
                    push(document, index, &run, score, out);
                    index = run.next.max(index + 1);
                    continue;
                }
                if run.len == 1 && !run.organisation && score > 0.2 {
                    self.single.push((index, score));
                }
            }
            index = if run.organisation {
                run.next.max(index + 1)
            } else {
                index + 1
            };
        }
        layouts::quoted_before_email(document, gazetteer, out);
        layouts::before_ages(document, gazetteer, out);
        self.repeated(document, first, out);
    }

    /// Single words of names that were found in full elsewhere in the text.
    fn repeated(&mut self, document: &Document<'_>, first: usize, out: &mut Vec<Candidate>) {
        if self.single.is_empty() {
            return;
        }
        for found in &out[first..] {
            let from = document.term_from(found.span.start);
            for term in document.terms[from..]
                .iter()
                .take_while(|term| term.end() <= found.span.end)
            {
                if term.len() > 2 {
                    self.key.clear();
                    fold_into(document.word(term), &mut self.key);
                    if !self.seen.contains(&self.key) {
                        self.seen.insert(self.key.clone());
                    }
                }
            }
        }
        for &(index, score) in &self.single {
            let term = &document.terms[index];
            self.key.clear();
            fold_into(document.word(term), &mut self.key);
            if self.seen.contains(&self.key) {
                out.push(Candidate {
                    kind: Kind::PersonName,
                    span: Span::new(term.start(), term.end()),
                    score: (score + 0.35).clamp(0.6, 0.9),
                });
            }
        }
    }

    /// Heap memory in bytes.
    pub fn memory_usage(&self) -> usize {
        self.seen.capacity() * size_of::<Vec<u8>>()
            + self.single.capacity() * size_of::<(usize, f32)>()
            + self.key.capacity()
    }
}

fn push(document: &Document<'_>, index: usize, run: &Run, score: f32, out: &mut Vec<Candidate>) {
    // A part of an address or a user name.
    let next = document.byte_at(run.end);
    let attached = next == b'_' || next == b'.' && document.byte_at(run.end + 1).is_ascii_alphanumeric();
    if attached {
        return;
    }
    if score >= crate::REPORTED {
        out.push(Candidate {
            kind: Kind::PersonName,
            span: Span::new(document.terms[index].start(), run.end),
            score: score.min(0.97),
        });
    }
}

/// Whether a run may begin at this word: a capital that is not in the middle of something.
fn begins(document: &Document<'_>, term: &Term) -> bool {
    term.shape.starts_upper()
        && term.shape.is_letters()
        && !(term.tags.any(Tags::NOT_A_NAME)
            && term.is_single()
            && !term.tags.any(Tags::TITLE)
            && !is_initial(document, term)
            && document.byte_at(term.end()) != b'-')
        && !matches!(
            document.byte_before(term.start()),
            b'@' | b'#' | b'_' | b'/' | b'\\' | b'&' | b'.' | b'$' | b'<'
        )
}

/// What stands before the word at `index`.
fn lead(document: &Document<'_>, index: usize) -> Lead {
    let Some(previous) = index.checked_sub(1) else {
        return Lead::None;
    };
    let gap = document.gap_before(index);
    let before = &document.terms[previous];
    if before.tags.any(Tags::BEFORE_NAME) && matches!(gap, b" " | b", " | b",\n" | b",\n\n" | b"\n") {
        return Lead::Word;
    }
    Lead::None
}

/// What a run loses for being the name of a place.
fn place_penalty(document: &Document<'_>, gazetteer: &Gazetteer, from: usize, to: usize, lead: Lead) -> f32 {
    if lead >= Lead::Cue || to - from > 3 {
        return 0.0;
    }
    let first = &document.terms[from];
    if first.tags.any(Tags::COUNTRY | Tags::STATE)
        && !first.is_single()
        && first.phrase_end >= document.terms[to - 1].end
    {
        return 0.5;
    }
    let mut key = Vec::with_capacity(32);
    for (at, term) in document.terms[from..to].iter().enumerate() {
        if at > 0 {
            key.push(b' ');
        }
        fold_into(document.word(term), &mut key);
    }
    match gazetteer.place(&key) {
        Some(place) if to - from >= 2 && place.is_city() => 0.45,
        Some(_) if to - from >= 2 => 0.2,
        Some(place) if place.is_city() => {
            let entry = gazetteer.entry(document.word(&document.terms[from]));
            // `Mary` is a city too.
            if strength(entry.given, entry.word(document.language)) > 0.9 {
                0.08
            } else {
                0.25
            }
        }
        Some(_) => 0.05,
        None => 0.0,
    }
}
