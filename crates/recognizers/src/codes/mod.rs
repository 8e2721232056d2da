//! Numbers and codes with a fixed layout: account and identity numbers of every country that is known.
//!
//! A recognizer here is data: layouts ([`Pattern`]) with a score without context, a score with a cue right beside
//! it, the cues, and a validator. All patterns are tried at once, at each place where a number or code may start,
//! through an index on the length of the first word; a validator that says no settles it, whatever the context.

mod canada;
mod finance;
mod india;
mod labelled;
mod travel;
mod united_kingdom;
mod united_states;
mod vehicles;

use construe_text::Span;

use crate::candidate::{Candidate, Kind, Kinds};
use crate::context::Context;
use crate::document::Document;
use crate::shape::{Compact, match_at};
use crate::tags::Tags;

/// One layout of one kind of number.
#[derive(Clone, Copy)]
pub struct Pattern {
    /// What it is.
    pub kind: Kind,
    /// Its layout, see [`crate::shape`].
    pub shape: &'static str,
    /// Score without any context.
    pub bare: f32,
    /// Score with a cue right beside it.
    pub cued: f32,
    /// Cues that speak for it.
    pub cues: Tags,
    /// Whether the bare characters can be such a number.
    pub valid: fn(&[u8]) -> bool,
}

/// The layouts of one kind that share everything else.
struct Layouts {
    kind: Kind,
    cues: Tags,
    cued: f32,
    valid: fn(&[u8]) -> bool,
    /// Shape and score without context.
    shapes: &'static [(&'static str, f32)],
}

const TABLES: &[&[Layouts]] = &[
    finance::LAYOUTS,
    united_states::LAYOUTS,
    united_kingdom::LAYOUTS,
    canada::LAYOUTS,
    india::LAYOUTS,
    travel::LAYOUTS,
    vehicles::LAYOUTS,
];

/// The longest first word of a shape.
const MAX_FIRST: usize = 20;

/// All patterns, indexed by the length of the first word.
pub struct Codes {
    by_first_word: [Vec<Pattern>; MAX_FIRST + 1],
}

impl Default for Codes {
    fn default() -> Self {
        Codes::new()
    }
}

/// Where a candidate stands: its first word, and where that word's text starts.
#[derive(Clone, Copy)]
struct Place {
    term: usize,
    start: usize,
}

impl Codes {
    /// The index of every pattern.
    pub fn new() -> Codes {
        let mut by_first_word: [Vec<Pattern>; MAX_FIRST + 1] = std::array::from_fn(|_| Vec::new());
        for layouts in TABLES.iter().copied().flatten() {
            for &(shape, bare) in layouts.shapes {
                let first = shape.bytes().take_while(u8::is_ascii_alphanumeric).count();
                by_first_word[first].push(Pattern {
                    kind: layouts.kind,
                    shape,
                    bare,
                    cued: layouts.cued,
                    cues: layouts.cues,
                    valid: layouts.valid,
                });
            }
        }
        Codes { by_first_word }
    }

    /// Heap memory in bytes.
    pub fn memory_usage(&self) -> usize {
        self.by_first_word
            .iter()
            .map(|patterns| patterns.capacity() * size_of::<Pattern>())
            .sum()
    }

    /// Adds the candidates of `document` among `wanted` to `out`.
    pub fn find(&self, document: &Document<'_>, wanted: Kinds, out: &mut Vec<Candidate>) {
        let mut tried = usize::MAX;
        for &index in document.numeric {
            let index = index as usize;
            // `FHB 0030` starts at a word without digits.
            if index > 0 && tried != index - 1 {
                let before = &document.terms[index - 1];
                let gap = document.gap_before(index);
                let word = before.shape.is_lower() && gap == b" " && before.tags.any(SMALL_WORDS);
                if before.shape.is_letters() && before.len() <= 5 && matches!(gap, [b' ' | b'-']) && !word {
                    self.try_at(document, index - 1, wanted, out);
                    // `W-LE 676`
                    if index > 1 && before.len() <= 2 && document.gap_before(index - 1) == b"-" {
                        let first = &document.terms[index - 2];
                        if first.shape.is_letters() && first.len() <= 3 {
                            self.try_at(document, index - 2, wanted, out);
                        }
                    }
                }
            }
            self.try_at(document, index, wanted, out);
            finance::iban_at(document, index, wanted, out);
            tried = index;
        }
        if wanted.contains(Kind::Swift) {
            finance::swift_codes(document, out);
        }
        if wanted.contains(Kind::PaymentCard)
            || wanted.contains(Kind::CardVerification)
            || wanted.contains(Kind::CardExpiry)
        {
            finance::beside_cards(document, wanted, out);
        }
        labelled::find(document, wanted, out);
    }

    /// Tries every pattern at one word.
    #[inline]
    fn try_at(&self, document: &Document<'_>, index: usize, wanted: Kinds, out: &mut Vec<Candidate>) {
        let term = &document.terms[index];
        if term.len() > MAX_FIRST || !term.shape.is_ascii() {
            return;
        }
        let patterns = &self.by_first_word[term.len()];
        let start = term.start();
        if patterns.is_empty() || is_amount(document, start) {
            return;
        }
        let place = Place { term: index, start };
        let mut context: Option<Context> = None;
        for pattern in patterns {
            if !wanted.contains(pattern.kind) {
                continue;
            }
            let Some(end) = match_at(pattern.shape.as_bytes(), document.bytes(), start) else {
                continue;
            };
            if !stands_alone(document, pattern.shape.as_bytes(), start, end)
                || ends_in_word(document, pattern.shape.as_bytes(), end)
            {
                continue;
            }
            // Some print a letter behind the number that is no part of it.
            let end = end - usize::from(pattern.shape.ends_with('K'));
            if !(pattern.valid)(Compact::of(&document.bytes()[start..end]).as_bytes()) {
                continue;
            }
            let context = context.get_or_insert_with(|| Context::around(document, place.term, place.start, end));
            let support = context.support(pattern.cues);
            let mut score = pattern.bare + (pattern.cued - pattern.bare) * support;
            if support < 0.5 && context.support(Tags::REFERENCE) > 0.6 && pattern.bare < 0.9 {
                score *= 0.5;
            }
            if score >= crate::REPORTED {
                out.push(Candidate {
                    kind: pattern.kind,
                    span: Span::new(start, end),
                    score,
                });
            }
        }
    }
}

/// Whether the number at `start` is an amount of money or the decimals of one.
fn is_amount(document: &Document<'_>, start: usize) -> bool {
    document.is_money(start) || document.is_fraction(start)
}

/// Words that stand beside numbers without being a part of them.
const SMALL_WORDS: Tags = Tags::NOT_A_NAME
    .and(Tags::PARTICLE)
    .and(Tags::BEFORE_YEAR)
    .and(Tags::REFERENCE);

/// Whether the last group of a match is an ordinary word: `1234 was`, `1234 We`.
fn ends_in_word(document: &Document<'_>, shape: &[u8], end: usize) -> bool {
    if !shape.ends_with(b"AA") || !shape.contains(&b' ') {
        return false;
    }
    let last = document.term_from(end).saturating_sub(1);
    document.terms.get(last).is_some_and(|term| {
        term.shape.is_letters()
            && (term.shape.is_lower() && term.tags.any(SMALL_WORDS) || term.shape.has_lower() && term.shape.has_upper())
    })
}

/// Whether a match is the whole of a number: not the middle of a longer run with the same separators, not one part
/// of a code such as `PO-05687`, not the whole part of a decimal.
fn stands_alone(document: &Document<'_>, shape: &[u8], start: usize, end: usize) -> bool {
    let bytes = document.bytes();
    let separator = shape.iter().copied().find(|byte| !byte.is_ascii_alphanumeric());
    let next = document.byte_at(end);
    if next.is_ascii_alphanumeric()
        || next == b'_'
        || (next >= 0x80 && document.text[end..].chars().next().is_some_and(char::is_alphanumeric))
    {
        return false;
    }
    let after_next = document.byte_at(end + 1);
    let ends_in_digit = bytes[end - 1].is_ascii_digit();
    match next {
        b'-' | b'/' | b'+' if after_next.is_ascii_alphanumeric() => return false,
        b'.' | b',' if ends_in_digit && separator != Some(b' ') && document.has_fraction(end) => return false,
        b':' if ends_in_digit && after_next.is_ascii_digit() && separator != Some(b' ') => return false,
        b'%' => return false,
        b'@' => return false,
        // Tracking numbers and the like go on in groups of the same length.
        b' ' if separator == Some(b' ') && ends_in_digit && after_next.is_ascii_digit() => {
            let last_group = shape.iter().rev().take_while(|&&byte| byte == b'9').count();
            let more = bytes[end + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            if last_group >= 3 && more == last_group && !matches!(document.byte_at(end + 1 + more), b'/' | b'-') {
                return false;
            }
        }
        _ => {}
    }
    let previous = document.byte_before(start);
    let before_previous = if start >= 2 { bytes[start - 2] } else { b'\n' };
    match previous {
        b'-' | b'/' | b'+' | b'.' if before_previous.is_ascii_digit() => false,
        b'-' if before_previous.is_ascii_uppercase() => {
            // `PO-05687` is a code, `SSN-123456789` a label with its value.
            let term = document.term_from(start);
            term == 0 || document.terms[term - 1].tags.any(Tags::CUES)
        }
        b'/' | b'@' | b'_' if before_previous.is_ascii_alphanumeric() => false,
        b' ' if separator == Some(b' ') && before_previous.is_ascii_digit() && shape[0] == b'9' => {
            let first_group = shape.iter().take_while(|&&byte| byte == b'9').count();
            let before = bytes[..start - 1]
                .iter()
                .rev()
                .take(first_group + 1)
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            before != first_group
        }
        _ => true,
    }
}
