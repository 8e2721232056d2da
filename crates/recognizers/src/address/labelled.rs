//! Addresses after labels, whatever their form.

use construe_text::Span;

use super::{Parsed, Reader};
use crate::candidate::{Candidate, Kind};
use crate::document::{Document, Term};
use crate::tags::Tags;

/// The longest address taken from a labelled field, in bytes.
const MAX_FIELD: usize = 160;

impl Reader<'_, '_> {
    /// Addresses after labels, whatever their form.
    pub(super) fn labelled(&self, out: &mut Vec<Candidate>) {
        let document = self.document;
        for cue in document.cues.iter().filter(|cue| cue.tags.any(Tags::ADDRESS)) {
            let end = cue.end as usize;
            let from = document.term_from(end);
            let Some(term) = self.term(from) else { continue };
            let gap = &document.bytes()[end..term.start()];
            if gap.len() > 8 {
                continue;
            }
            let marked = gap.iter().any(|byte| matches!(byte, b':' | b'=' | b'>' | b'\t')) || gap == b" - ";
            if !marked && !matches!(gap, b" " | b" (" | b": ") {
                continue;
            }
            let lines = gap.iter().filter(|byte| **byte == b'\n').count();
            if lines > 1 {
                continue;
            }
            let mut from = from;
            if !marked && matches!(self.word(from), "is" | "es" | "at" | "in" | "the" | "la" | "el" | "en") {
                from += 1;
            }
            let parsed = self.at(from).map(|parsed| Parsed {
                score: parsed.score + 0.15,
                ..parsed
            });
            let field = field_end(document, self.document.terms.get(from).map_or(end, Term::start));
            // `Deliver to: Laura Neil, 24 Holly Close`: a name may come first.
            let person = cue.tags.any(Tags::NAME) && parsed.is_none();
            if marked
                && !person
                && let Some(found) = self.field(from, field, parsed)
            {
                out.push(found);
                continue;
            }
            if let Some(parsed) = parsed.filter(|parsed| parsed.score >= crate::REPORTED) {
                self.push(from, parsed, out);
                continue;
            }
            if person {
                continue;
            }
            // `moved to Garbat`, `CP 28028`
            let plain = self.postcode(from).map(|next| Parsed {
                next,
                score: if marked { 0.8 } else { 0.6 },
            });
            let place = || {
                self.place(from, true)
                    .filter(|_| self.term(from).is_some_and(|term| term.shape.starts_upper()))
                    .map(|next| Parsed { next, score: 0.62 })
            };
            if let Some(parsed) = plain.or_else(place) {
                self.push(from, self.tail(parsed), out);
            }
        }
    }

    /// The address in the field of a label, from word `from` to byte `end` at most.
    fn field(&self, from: usize, end: usize, parsed: Option<Parsed>) -> Option<Candidate> {
        let document = self.document;
        let start = document.terms.get(from)?.start();
        if end <= start || end - start > MAX_FIELD {
            return None;
        }
        let text = &document.text[start..end];
        if text.contains('@') || text.contains("://") || text.starts_with("is ") {
            return None;
        }
        if let Some(parsed) = parsed
            && parsed.score >= crate::REPORTED
        {
            let parsed_end = self.end_of(parsed.next);
            // What is left of the field belongs to it if it is short and no value of its own.
            let rest = &document.text[parsed_end.min(end)..end];
            let closed = matches!(document.byte_at(end), b'\n' | b'\r' | b';' | b'|' | b'<' | b'"' | b'\t');
            let plain = rest
                .split(' ')
                .all(|word| !word.starts_with(|c: char| c.is_lowercase()))
                || text.chars().all(|c| !c.is_uppercase());
            let whole = rest.len() <= 40 && closed && plain && !rest.contains([':', '=', '(']);
            let stop = if whole { end.max(parsed_end) } else { parsed_end };
            // In a field of its own, the stop of `Sunset Rd.` ends no sentence.
            let abbreviated = stop == parsed_end
                && document.byte_at(stop) == b'.'
                && matches!(document.byte_at(stop + 1), b'\n' | b'\r' | b'"' | b'<')
                && self.tags(parsed.next - 1).any(Tags::STREET)
                && document.terms[parsed.next - 1].len() <= 4;
            let span = Span::new(start, stop + usize::from(abbreviated));
            return Some(Candidate {
                kind: Kind::Address,
                span,
                score: (parsed.score + 0.05).min(0.97),
            });
        }
        let last = document.term_from(end);
        let words = last - from;
        let digits = text.bytes().any(|byte| byte.is_ascii_digit());
        let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
        let term = &document.terms[from];
        let known = self.place(from, true).is_some() || term.tags.any(Tags::COUNTRY | Tags::STATE);
        let score = match () {
            () if digits && letters >= 4 && words >= 3 && text.contains(", ") => 0.8,
            () if digits && letters >= 4 && words >= 3 => 0.65,
            () if known && words <= 6 => 0.75,
            () if self.postcode(from).is_some_and(|next| next >= last) => 0.85,
            () if term.shape.starts_upper()
                && words <= 3
                && letters >= 3
                && !digits
                && !term.tags.any(Tags::NOT_A_NAME) =>
            {
                0.55
            }
            () => return None,
        };
        Some(Candidate {
            kind: Kind::Address,
            span: Span::new(start, end),
            score,
        })
    }
}

/// The end of the field that starts at `start`: a line break, a mark between fields, or the end of a sentence.
fn field_end(document: &Document<'_>, start: usize) -> usize {
    let bytes = document.bytes();
    let mut end = start;
    while end < bytes.len() && end - start <= MAX_FIELD {
        match bytes[end] {
            b'\n' | b'\r' | b'\t' | b';' | b'|' | b'<' | b'"' => break,
            // A stop ends the field when a new sentence or nothing follows; `Apt. 4` and `St. James` go on.
            b'.' if matches!(document.byte_at(end + 1), b'\n' | b'\r') => break,
            b'.' if document.byte_at(end + 1) == b' ' && end - start >= 4 && !is_abbreviation(document, end) => break,
            b',' if document.byte_at(end + 1) == b' ' && label_follows(document, end + 2) => break,
            _ => {}
        }
        end += 1;
    }
    while end > start && matches!(bytes[end - 1], b' ' | b'.' | b',') {
        end -= 1;
    }
    end
}

fn is_abbreviation(document: &Document<'_>, stop: usize) -> bool {
    let index = document.term_from(stop).saturating_sub(1);
    document.terms.get(index).is_some_and(|term| {
        term.end() == stop
            && term.len() <= 4
            && (term
                .tags
                .any(Tags::STREET | Tags::UNIT | Tags::STREET_BEFORE | Tags::PO_BOX)
                || term.len() == 1)
    })
}

/// Whether a label with its mark begins at byte `at`.
fn label_follows(document: &Document<'_>, at: usize) -> bool {
    let bytes = &document.bytes()[at..];
    let mark = bytes
        .iter()
        .take(32)
        .position(|byte| matches!(byte, b':' | b'=' | b'<' | b'\t'));
    let comma = bytes
        .iter()
        .take(32)
        .position(|&byte| matches!(byte, b',' | b'\n' | b'"'))
        .unwrap_or(32);
    let cue = document.cues.partition_point(|cue| (cue.start as usize) < at);
    mark.is_some_and(|mark| mark < comma)
        || document.cues.get(cue).is_some_and(|cue| {
            cue.start as usize == at
                && !cue.tags.any(Tags::ADDRESS)
                && cue
                    .tags
                    .any(Tags::VALUE_CUES | Tags::EMAIL | Tags::USERNAME | Tags::PASSWORD)
        })
}
