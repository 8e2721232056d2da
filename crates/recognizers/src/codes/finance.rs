//! Money: payment cards and what is printed beside their numbers, bank accounts, IBAN, SWIFT.

use construe_text::Span;

use super::Layouts;
use crate::candidate::{Candidate, Kind, Kinds};
use crate::context::Context;
use crate::document::Document;
use crate::shape::{Compact, match_at};
use crate::tags::Tags;
use crate::validators;

pub(super) const LAYOUTS: &[Layouts] = &[
    Layouts {
        kind: Kind::PaymentCard,
        cues: Tags::CARD,
        cued: 0.995,
        valid: validators::payment_card,
        shapes: &[
            ("9999 9999 9999 9999", 0.95),
            ("9999-9999-9999-9999", 0.95),
            ("9999.9999.9999.9999", 0.9),
            ("9999999999999999", 0.8),
            ("9999 999999 99999", 0.95),
            ("9999-999999-99999", 0.95),
            ("999999999999999", 0.7),
            ("9999 999999 9999", 0.85),
            ("9999-999999-9999", 0.85),
            ("99999999999999", 0.55),
            ("9999 9999 9999 9", 0.75),
            ("9999-9999-9999-9", 0.75),
            ("9999999999999", 0.5),
            ("999999999999", 0.2),
            ("9999 9999 9999 9999 999", 0.9),
            ("9999-9999-9999-9999-999", 0.9),
            ("9999999999999999999", 0.5),
            ("99999999999999999", 0.3),
            ("999999999999999999", 0.3),
            ("9999 9999 9999 99", 0.6),
            ("9999-9999-9999-99", 0.6),
        ],
    },
    Layouts {
        kind: Kind::BankAccount,
        cues: Tags::ACCOUNT,
        cued: 0.96,
        valid: validators::any,
        shapes: &[
            ("999999", 0.0),
            ("9999999", 0.0),
            ("99999999", 0.05),
            ("999999999", 0.05),
            ("9999999999", 0.05),
            ("99999999999", 0.05),
            ("999999999999", 0.05),
            ("9999999999999", 0.0),
            ("99999999999999", 0.0),
            ("999999999999999", 0.0),
            ("9999999999999999", 0.0),
            ("99999999999999999", 0.0),
            ("999999999999999999", 0.0),
            ("99999999999999999999", 0.0),
            ("9999-9999-99", 0.2),
            ("9999-9999-9999", 0.1),
            ("9999 9999 9999", 0.0),
            ("9999 9999 99", 0.1),
            ("999 9999999 9", 0.3),
            ("999-9999999-9", 0.3),
            ("999-999999-9", 0.1),
            ("999-999-999", 0.0),
            ("999 999 999", 0.0),
            ("99-99-99 99999999", 0.5),
            ("99-99-99-99999999", 0.5),
            ("99999-999999", 0.1),
            ("999-99999", 0.0),
            ("999-999999", 0.1),
            ("99-9999999", 0.0),
            ("99999-9999999", 0.1),
            ("999999-99999999", 0.2),
            ("9999 9999 9999 9999 9999", 0.2),
            ("9999-9999-99-9999999999", 0.6),
            ("9999 9999 99 9999999999", 0.6),
            ("9999-9999-9999-9999", 0.0),
            ("9999 9999 9999 9999", 0.0),
        ],
    },
];

/// An IBAN at word `index`, which may be the first group of several: `GB82 WEST 1234 …`.
pub(super) fn iban_at(document: &Document<'_>, index: usize, wanted: Kinds, out: &mut Vec<Candidate>) {
    let term = &document.terms[index];
    let bytes = document.bytes();
    let start = term.start();
    if !wanted.contains(Kind::Iban) || term.len() < 4 || match_at(b"AA99", bytes, start).is_none() {
        return;
    }
    let country = [bytes[start].to_ascii_uppercase(), bytes[start + 1].to_ascii_uppercase()];
    let Some(length) = validators::iban_length(country) else {
        return;
    };
    let mut characters = 0;
    let mut at = start;
    let mut separator = None;
    while characters < length {
        match bytes.get(at) {
            Some(byte) if byte.is_ascii_alphanumeric() => characters += 1,
            // Groups are separated by one and the same character.
            Some(&byte @ (b' ' | b'-' | b'.')) if separator.is_none_or(|seen| seen == byte) && at > start => {
                if bytes[at - 1] == byte {
                    return;
                }
                separator = Some(byte);
            }
            _ => return,
        }
        at += 1;
    }
    if document.byte_at(at).is_ascii_alphanumeric() || bytes[start..at].len() > 2 * crate::shape::MAX_SHAPE {
        return;
    }
    let mut compact = [0; 34];
    let mut len = 0;
    for byte in bytes[start..at].iter().filter(|byte| byte.is_ascii_alphanumeric()) {
        compact[len] = byte.to_ascii_uppercase();
        len += 1;
    }
    if validators::iban(&compact[..len]) {
        out.push(Candidate {
            kind: Kind::Iban,
            span: Span::new(start, at),
            score: 0.99,
        });
    }
}

/// SWIFT codes. Eight capital letters are most often a word, so without digits a cue must stand near.
/// Those right behind an IBAN need no cue: `… 0130 00 (COBADEFFXXX)`.
pub(super) fn swift_codes(document: &Document<'_>, out: &mut Vec<Candidate>) {
    let mut ibans: Vec<Span> = out
        .iter()
        .filter(|found| found.kind == Kind::Iban)
        .map(|found| found.span)
        .collect();
    ibans.sort_unstable_by_key(|iban| iban.start);
    let mut ibans = ibans.as_slice();
    let mut cue = 0;
    for (index, term) in document.terms.iter().enumerate() {
        if !matches!(term.len(), 8 | 11) || !term.shape.is_ascii() || term.shape.is_digits() {
            continue;
        }
        let (start, end) = (term.start(), term.end());
        // Without a cue of its own in reach, only capitals with a digit can count.
        while cue < document.cues.len() && (document.cues[cue].end as usize) + 160 < start {
            cue += 1;
        }
        while ibans.first().is_some_and(|iban| iban.end + BESIDE < start) {
            ibans = &ibans[1..];
        }
        let cued = document.cues[cue..]
            .iter()
            .take_while(|cue| (cue.start as usize) < end + 40)
            .any(|cue| cue.tags.any(Tags::SWIFT | Tags::IBAN))
            || ibans.first().is_some_and(|iban| iban.end <= start);
        let code_like = term.shape.is_upper() && term.shape.has_digit();
        if !(cued || code_like) || !validators::swift(Compact::of(&document.bytes()[start..end]).as_bytes()) {
            continue;
        }
        let attached = matches!(document.byte_before(start), b'-' | b'_' | b'@')
            || matches!(document.byte_at(end), b'-' | b'_' | b'@');
        if attached || term.tags.any(Tags::CUES) {
            continue;
        }
        let context = Context::around(document, index, start, end);
        let support = context.support(Tags::SWIFT).max(0.6 * context.support(Tags::IBAN)).max(
            if ibans.iter().any(|iban| follows(document, *iban, start)) {
                0.8
            } else {
                0.0
            },
        );
        // In running text a cue may be followed by an ordinary word of eight letters.
        let beside = document.cues[cue..]
            .iter()
            .any(|cue| cue.tags.any(Tags::SWIFT) && (cue.end as usize) <= start && start - (cue.end as usize) <= 14);
        if term.shape.is_letters() && !term.shape.is_upper() && !beside {
            continue;
        }
        let looks = if code_like {
            0.99
        } else if term.shape.is_upper() || term.shape.has_digit() {
            0.97
        } else if term.shape.has_upper() {
            0.5
        } else {
            0.9
        };
        let bare = if code_like { 0.35 } else { 0.0 };
        let score = bare + (looks - bare) * support;
        if score >= crate::REPORTED {
            out.push(Candidate {
                kind: Kind::Swift,
                span: Span::new(start, end),
                score,
            });
        }
    }
}

/// How far behind an IBAN the code of its bank may stand, in bytes.
const BESIDE: usize = 6;

/// Whether nothing but blanks and punctuation stands between an IBAN and byte `start` behind it.
fn follows(document: &Document<'_>, iban: Span, start: usize) -> bool {
    (iban.end + 1..=iban.end + BESIDE).contains(&start)
        && document.bytes()[iban.end..start]
            .iter()
            .all(|byte| matches!(byte, b' ' | b',' | b';' | b'/' | b'(' | b'|' | b'\t' | b'-'))
}

/// Expiry dates by layout.
const EXPIRY_SHAPES: [&str; 6] = ["99/99", "9/99", "99/9999", "9/9999", "99-99", "99-9999"];

/// The end of an expiry date at `start`, a month from 1 to 12 and a year that a card can have.
pub(super) fn expiry_at(document: &Document<'_>, start: usize) -> Option<usize> {
    let bytes = document.bytes();
    EXPIRY_SHAPES.iter().find_map(|shape| {
        let end = match_at(shape.as_bytes(), bytes, start)?;
        let next = document.byte_at(end);
        if next.is_ascii_alphanumeric()
            || (matches!(next, b'/' | b'-' | b'.') && document.byte_at(end + 1).is_ascii_digit())
        {
            return None;
        }
        let separator = bytes[start..end].iter().position(|byte| !byte.is_ascii_digit())?;
        let number = |digits: &[u8]| {
            digits
                .iter()
                .fold(0u32, |value, digit| value * 10 + u32::from(digit - b'0'))
        };
        let month = number(&bytes[start..start + separator]);
        let year = number(&bytes[start + separator + 1..end]);
        ((1..=12).contains(&month) && (year < 100 || (1990..2100).contains(&year))).then_some(end)
    })
}

/// Expiry dates and verification codes that stand right after a card number without any word, as in a table.
pub(super) fn beside_cards(document: &Document<'_>, wanted: Kinds, out: &mut Vec<Candidate>) {
    let cards: Vec<usize> = out
        .iter()
        .filter(|found| found.kind == Kind::PaymentCard)
        .map(|found| found.span.end)
        .collect();
    for card_end in cards {
        let mut at = skip_punctuation(document, card_end, 6);
        let mut expired = None;
        if let Some(end) = expiry_at(document, at) {
            expired = Some(Span::new(at, end));
            at = skip_punctuation(document, end, 6);
        } else if let Some(span) = month_and_year(document, at) {
            expired = Some(span);
            at = skip_punctuation(document, span.end, 6);
        }
        let Some(expired) = expired else { continue };
        if wanted.contains(Kind::CardExpiry) {
            out.push(Candidate {
                kind: Kind::CardExpiry,
                span: expired,
                score: 0.97,
            });
        }
        let digits = document.bytes()[at..]
            .iter()
            .take(5)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let after = document.byte_at(at + digits);
        if wanted.contains(Kind::CardVerification)
            && at > expired.end
            && matches!(digits, 3 | 4)
            && !after.is_ascii_alphanumeric()
        {
            out.push(Candidate {
                kind: Kind::CardVerification,
                span: Span::new(at, at + digits),
                score: 0.88,
            });
        }
    }
}

/// `Mar 2028`, `March 28`: the month in words and a year.
pub(super) fn month_and_year(document: &Document<'_>, start: usize) -> Option<Span> {
    let index = document.term_from(start);
    let (month, year) = (document.terms.get(index)?, document.terms.get(index + 1)?);
    let fits = month.start() == start
        && month.tags.any(Tags::MONTH)
        && year.shape.is_digits()
        && (year.len() == 4 && document.word(year).starts_with("20"))
        && matches!(
            document.gap_before(index + 1),
            b" " | b"-" | b"/" | b", " | b". " | b" de "
        );
    fits.then(|| Span::new(start, year.end()))
}

/// The place after at most `most` bytes of blanks and punctuation within one line.
fn skip_punctuation(document: &Document<'_>, start: usize, most: usize) -> usize {
    let bytes = document.bytes();
    let skipped = bytes[start..]
        .iter()
        .take(most)
        .take_while(|byte| {
            matches!(
                byte,
                b' ' | b'\t' | b',' | b';' | b'|' | b'"' | b'\'' | b'(' | b')' | b':'
            )
        })
        .count();
    start + skipped
}
