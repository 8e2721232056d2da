//! Postal addresses, by a small grammar: a beginning (number and street, `Calle …`, a post-office box, a unit, a
//! city with its state, a postcode) and a tail of units, cities, states, postcodes and countries.

mod abroad;
mod city;
mod labelled;
mod street;
mod tail;

use construe_text::Span;

use crate::candidate::{Candidate, Kind};
use crate::document::{Document, Language, Term};
use crate::gazetteer::Gazetteer;
use crate::tags::Tags;

/// A part of an address that was read: the index of the word after it, and how sure it makes the whole.
#[derive(Clone, Copy)]
struct Parsed {
    next: usize,
    score: f32,
}

/// Reads addresses.
pub struct Reader<'a, 't> {
    document: &'a Document<'t>,
    gazetteer: &'a Gazetteer,
    /// The address being read began with a Spanish street.
    spanish: std::cell::Cell<bool>,
}

impl<'a, 't> Reader<'a, 't> {
    /// A reader of `document`.
    pub fn new(document: &'a Document<'t>, gazetteer: &'a Gazetteer) -> Reader<'a, 't> {
        Reader {
            document,
            gazetteer,
            spanish: std::cell::Cell::new(false),
        }
    }

    /// Adds the addresses to `out`.
    pub fn find(&self, out: &mut Vec<Candidate>) {
        self.labelled(out);
        let mut index = 0;
        while index < self.document.terms.len() {
            match self.at(index) {
                Some(parsed) if parsed.score >= crate::REPORTED => {
                    self.push(self.house_before(index), parsed, out);
                    let spanish = self.splits_lines() && self.tags(index).any(Tags::STREET_BEFORE);
                    index = parsed.next.max(index + 1);
                    if spanish {
                        index = self.continuation(index, out);
                    }
                }
                _ => index += 1,
            }
        }
    }

    fn push(&self, index: usize, parsed: Parsed, out: &mut Vec<Candidate>) {
        let span = Span::new(self.document.terms[index].start(), self.end_of(parsed.next));
        out.push(Candidate {
            kind: Kind::Address,
            span,
            score: parsed.score.min(0.97),
        });
    }

    fn end_of(&self, next: usize) -> usize {
        let last = &self.document.terms[next - 1];
        let end = last.end();
        // The stop of `Court St.` belongs to it, unless it ends a sentence.
        let next = self.document.byte_at(end + 1);
        let ends = matches!(next, b'\n' | b'\r')
            || next == b' ' && !self.document.byte_at(end + 2).is_ascii_lowercase()
            || next.is_ascii_alphanumeric();
        if self.document.byte_at(end) == b'.'
            && !ends
            && last.len() <= 4
            && last.tags.any(Tags::STREET)
            && last.shape.starts_upper()
        {
            end + 1
        } else {
            end
        }
    }

    /// Index of the first word of the name of a house before a street: `Apple House, 180 Apple Crescent`.
    fn house_before(&self, index: usize) -> usize {
        const HOUSES: [&str; 12] = [
            "house", "cottage", "lodge", "hall", "villa", "farm", "manor", "court", "tower", "towers", "building",
            "mansions",
        ];
        let named = index >= 2
            && self.gap(index) == b", "
            && HOUSES
                .iter()
                .any(|house| self.word(index - 1).eq_ignore_ascii_case(house))
            && self.document.terms[index].shape.has_digit();
        if !named {
            return index;
        }
        let upper = self.document.terms[index - 1].shape.starts_upper();
        let mut first = index - 1;
        while first > 0 && index - first < 4 {
            let term = &self.document.terms[first - 1];
            let fits = self.gap(first) == b" "
                && term.shape.is_letters()
                && term.shape.starts_upper() == upper
                && !term.tags.any(Tags::NOT_A_NAME);
            if !fits {
                break;
            }
            first -= 1;
            if !upper {
                break;
            }
        }
        if first == index - 1 { index } else { first }
    }

    fn term(&self, index: usize) -> Option<&'t Term> {
        self.document.terms.get(index)
    }

    fn word(&self, index: usize) -> &'t str {
        self.term(index).map_or("", |term| self.document.word(term))
    }

    fn gap(&self, index: usize) -> &'t [u8] {
        self.document.gap_before(index)
    }

    fn tags(&self, index: usize) -> Tags {
        self.term(index).map_or(Tags::NONE, |term| term.tags)
    }

    /// An address that begins at word `index`, by its form alone.
    fn at(&self, index: usize) -> Option<Parsed> {
        let term = self.term(index)?;
        let before = self.document.byte_before(term.start());
        if matches!(before, b'@' | b'_')
            || self.document.is_money(term.start())
            || self.document.is_fraction(term.start())
        {
            return None;
        }
        if term.shape.has_digit() {
            if let Some(parsed) = self.numbered_street(index) {
                return Some(self.tail(parsed));
            }
            return self.postcode_alone(index);
        }
        if term.tags.is_empty() && !term.shape.starts_upper() {
            return None;
        }
        if term.tags.any(Tags::PO_BOX) {
            let number = self.after_phrase(index);
            if self.term(number).is_some_and(|term| term.shape.has_digit()) && self.gap(number).len() <= 5 {
                return Some(self.tail(Parsed {
                    next: number + 1,
                    score: 0.9,
                }));
            }
        }
        if term.tags.any(Tags::STREET_BEFORE)
            && let Some(parsed) = self.street_first(index)
        {
            self.spanish.set(self.splits_lines());
            let parsed = self.tail(parsed);
            self.spanish.set(false);
            return Some(parsed);
        }
        if let Some(parsed) = self.number_last(index) {
            return Some(self.tail(parsed));
        }
        if term.tags.any(Tags::UNIT)
            && let Some(parsed) = self.unit_first(index)
        {
            return Some(parsed);
        }
        if term.shape.starts_upper() || term.shape.is_lower() && term.len() > 2 {
            return self.city_and_state(index);
        }
        None
    }

    /// Whether street, postcode and city count as addresses of their own, as in Spanish forms and records.
    fn splits_lines(&self) -> bool {
        self.document.language == Language::Spanish
    }

    /// Index of the word after the phrase that begins at `index`.
    fn after_phrase(&self, index: usize) -> usize {
        let end = self.document.terms[index].phrase_end as usize;
        let mut next = index + 1;
        while self.term(next).is_some_and(|term| term.start() < end) {
            next += 1;
        }
        next
    }
}
