//! Telephone and fax numbers: the layouts in which people write them, with an extension if there is one.
//!
//! A number is read as groups of digits with separators between. Which groupings are telephone numbers is data;
//! what a grouping alone is worth depends on how rarely other numbers are written so.

use construe_text::Span;

use crate::candidate::{Candidate, Kind};
use crate::context::Context;
use crate::document::Document;
use crate::tags::Tags;

/// Digits of an international number at most (E.164), and of any number at least.
const MAX_DIGITS: usize = 15;
const MIN_DIGITS: usize = 7;
const MAX_GROUPS: usize = 8;

/// A number read as groups.
struct Grouped {
    lengths: [u8; MAX_GROUPS],
    groups: usize,
    digits: usize,
    end: usize,
    plus: bool,
    area_in_brackets: bool,
    dots: bool,
    hyphens: bool,
    blanks: bool,
    first: [u8; 4],
}

/// Adds the candidates of `document` to `out`.
pub fn find(document: &Document<'_>, out: &mut Vec<Candidate>) {
    let bytes = document.bytes();
    let mut done = 0;
    for &index in document.numeric {
        let term = &document.terms[index as usize];
        let word_start = term.start();
        if word_start < done || !bytes[word_start].is_ascii_digit() || term.len() > MAX_DIGITS {
            continue;
        }
        // Digits with letters behind are no number, but for the extension in `555-0100x12`.
        if !term.shape.is_digits() && !starts_with_extension(bytes, word_start) {
            continue;
        }
        let start = number_start(document, word_start);
        let before = document.byte_before(start);
        // The rest of a longer run of digits: a mistyped card, a tracking number.
        let continued = start == word_start && before == b' ' && start >= 2 && bytes[start - 2].is_ascii_digit();
        if before.is_ascii_alphanumeric() || matches!(before, b'@' | b'_') || continued || is_decimal(document, start) {
            continue;
        }
        let Some(grouped) = read(document, start) else { continue };
        let Some(bare) = likely(&grouped) else {
            continue;
        };
        if continues(document, start, grouped.end) {
            continue;
        }
        let end = extension_end(document, grouped.end);
        let context = Context::around(document, index as usize, start, end);
        let support = context.support(Tags::PHONE);
        // In a table, what follows an e-mail address.
        let support = if support < 0.6 && follows_email(document, start) {
            0.6
        } else {
            support
        };
        let mut score = bare + (0.985 - bare) * support;
        if support < 0.5 {
            if context.support(Tags::REFERENCE) > 0.6 && !grouped.plus {
                score *= 0.55;
            } else if context.nearest_is(Tags::VALUE_CUES) && context.support(Tags::VALUE_CUES) > 0.8 && bare < 0.8 {
                score *= 0.8;
            }
        }
        if score >= crate::REPORTED {
            out.push(Candidate {
                kind: Kind::Phone,
                span: Span::new(start, end),
                score,
            });
            done = grouped.end;
        }
    }
}

/// Whether the field before the one at `start` is an e-mail address.
fn follows_email(document: &Document<'_>, start: usize) -> bool {
    let bytes = document.bytes();
    let before = &bytes[start.saturating_sub(70)..start];
    let Some(last) = before.last().filter(|byte| matches!(byte, b',' | b';' | b'\t')) else {
        return false;
    };
    let field = &before[..before.len() - 1];
    let field = &field[field
        .iter()
        .rposition(|byte| byte == last || *byte == b'\n')
        .map_or(0, |at| at + 1)..];
    field.contains(&b'@') && !field.contains(&b' ')
}

fn starts_with_extension(bytes: &[u8], start: usize) -> bool {
    let digits = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    matches!(bytes.get(start + digits), Some(b'x' | b'X'))
        && bytes.get(start + digits + 1).is_some_and(u8::is_ascii_digit)
}

/// Where the number starts whose first digits are at `digits`: a plus or bracket before them belongs to it.
fn number_start(document: &Document<'_>, digits: usize) -> usize {
    let bytes = document.bytes();
    match document.byte_before(digits) {
        b'+' => digits - 1,
        b'(' if digits >= 2 && bytes[digits - 2] == b'+' => digits - 2,
        b'(' if bytes[digits..].iter().take(5).any(|&byte| byte == b')') => digits - 1,
        _ => digits,
    }
}

fn is_decimal(document: &Document<'_>, start: usize) -> bool {
    let before = document.byte_before(start);
    matches!(before, b'.' | b'/' | b'-' | b':') && start >= 2 && document.bytes()[start - 2].is_ascii_digit()
        || matches!(before, b'/' | b'-') && start >= 2 && document.bytes()[start - 2].is_ascii_alphabetic()
        || document.is_fraction(start)
        || document.is_money(start)
}

/// Reads groups of digits from `start`, at most [`MAX_DIGITS`] digits.
fn read(document: &Document<'_>, start: usize) -> Option<Grouped> {
    let bytes = document.bytes();
    let mut grouped = Grouped {
        lengths: [0; MAX_GROUPS],
        groups: 0,
        digits: 0,
        end: start,
        plus: false,
        area_in_brackets: false,
        dots: false,
        hyphens: false,
        blanks: false,
        first: [0; 4],
    };
    let mut at = start;
    if document.byte_at(at) == b'(' && document.byte_at(at + 1) == b'+' {
        at += 1;
        grouped.plus = true;
    }
    if document.byte_at(at) == b'+' {
        grouped.plus = true;
        at += 1;
    }
    let mut open = false;
    if document.byte_at(at) == b'(' {
        open = true;
        grouped.area_in_brackets = true;
        at += 1;
    }
    loop {
        let length = bytes[at..]
            .iter()
            .take(MAX_DIGITS + 1)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if length == 0 || grouped.digits + length > MAX_DIGITS || grouped.groups == MAX_GROUPS {
            break;
        }
        // A following group must not be the start of something else: a date, a time, a word.
        let next = document.byte_at(at + length);
        if next.is_ascii_alphabetic() && !matches!(next, b'x' | b'X') {
            break;
        }
        if grouped.groups > 0 && (matches!(next, b':' | b'/') && document.byte_at(at + length + 1).is_ascii_digit()) {
            break;
        }
        for &digit in &bytes[at..at + length.min(4)] {
            if let Some(slot) = grouped.first.iter_mut().find(|slot| **slot == 0) {
                *slot = digit;
            }
        }
        grouped.lengths[grouped.groups] = length as u8;
        grouped.groups += 1;
        grouped.digits += length;
        at += length;
        grouped.end = at;
        if open && document.byte_at(at) == b')' {
            open = false;
            at += 1;
            // `(020)` alone is no number; what follows decides.
        }
        let mut separators = 0;
        while separators < 3 {
            match document.byte_at(at) {
                b' ' => grouped.blanks = true,
                b'-' => grouped.hyphens = true,
                b'.' => grouped.dots = true,
                b'/' if grouped.groups == 1 => {}
                b'(' if grouped.groups >= 1 && !open && document.byte_at(at + 1).is_ascii_digit() => {
                    open = true;
                    grouped.area_in_brackets = true;
                }
                _ => break,
            }
            at += 1;
            separators += 1;
        }
    }
    (grouped.digits >= MIN_DIGITS && !open).then_some(grouped)
}

/// What a grouping is worth without context; `None` if no telephone number is written so.
fn likely(grouped: &Grouped) -> Option<f32> {
    let lengths = &grouped.lengths[..grouped.groups];
    let zero = grouped.first[0] == b'0';
    if grouped.plus {
        // Country code and number.
        return (grouped.digits >= 8).then_some(0.93);
    }
    if grouped.area_in_brackets {
        return match lengths {
            [3, 3, 4] => Some(0.93),
            [1, 3, 3, 4] => Some(0.93),
            [2, 4, 4] | [2, 8] if zero => Some(0.93),
            [2..=5, ..] if grouped.digits >= 9 => Some(0.75),
            _ if grouped.digits >= 8 => Some(0.5),
            _ => None,
        };
    }
    // `0044 20 7946 0958`: the international prefix instead of a plus sign.
    if grouped.first.starts_with(b"00") && grouped.first[2] != b'0' && (10..=15).contains(&grouped.digits) {
        return Some(if grouped.groups > 1 { 0.85 } else { 0.3 });
    }
    // `0.00012345`
    if grouped.dots && grouped.groups == 2 && grouped.lengths[0] == 1 {
        return None;
    }
    let one = grouped.first[0] == b'1';
    let area = grouped.first[0] >= b'2';
    Some(match lengths {
        [3, 3, 4] if grouped.hyphens && !grouped.blanks && !grouped.dots => 0.85,
        [3, 3, 4] if grouped.dots && !grouped.hyphens && !grouped.blanks => 0.82,
        [3, 3, 4] if area => 0.6,
        [3, 3, 4] if zero => 0.7,
        [1, 3, 3, 4] if one => 0.93,
        [1, 10] if one => 0.6,
        // United Kingdom, Ireland, Australia, India with the prefix of a trunk call.
        [5, 6] | [4, 7] if zero => 0.85,
        [4, 3, 4] | [4, 3, 3] if zero => 0.85,
        [3, 4, 4] if zero => 0.85,
        [5, 3, 3] if zero => 0.85,
        [3, 8] | [2, 8] | [2, 4, 4] if zero => 0.75,
        [4, 6] | [3, 7] | [5, 5] if zero => 0.7,
        // France.
        [2, 2, 2, 2, 2] if zero => 0.88,
        // Spain.
        [3, 3, 3] if matches!(grouped.first[0], b'6' | b'7' | b'8' | b'9') && grouped.blanks && !grouped.hyphens => 0.6,
        [3, 2, 2, 2] if matches!(grouped.first[0], b'6' | b'7' | b'8' | b'9') => 0.82,
        [2, 3, 2, 2] if grouped.first[0] == b'9' => 0.82,
        [2, 7] | [3, 6] if grouped.first[0] == b'9' || grouped.first[0] == b'6' => 0.35,
        // India.
        [5, 5] if grouped.first[0] >= b'6' => 0.6,
        [3, 4] if grouped.hyphens => 0.4,
        [3, 4] | [4, 4] => 0.15,
        // Unbroken.
        [11] if grouped.first.starts_with(b"07")
            || grouped.first.starts_with(b"01")
            || grouped.first.starts_with(b"02") =>
        {
            0.55
        }
        [11] if one => 0.25,
        [10] if grouped.first.starts_with(b"04") || grouped.first.starts_with(b"06") => 0.4,
        [10] => 0.2,
        [9] if matches!(grouped.first[0], b'6' | b'7' | b'9') => 0.15,
        [7..=15] => 0.05,
        // Anything else of a plausible length needs a cue.
        [..] if zero && (9..=12).contains(&grouped.digits) && lengths.len() <= 5 => 0.5,
        [..] if (9..=13).contains(&grouped.digits) && lengths.len() <= 5 => 0.1,
        [..] if (7..=8).contains(&grouped.digits) && lengths.len() <= 4 => 0.05,
        _ => return None,
    })
}

/// Whether the number goes on beyond what was read, as codes and amounts do.
fn continues(document: &Document<'_>, start: usize, end: usize) -> bool {
    let next = document.byte_at(end);
    let after = document.byte_at(end + 1);
    let more = match next {
        b'-' | b'/' | b'.' | b':' => after.is_ascii_digit() || (next == b'-' && after.is_ascii_alphanumeric()),
        b',' => document.has_fraction(end),
        b'x' | b'X' => !after.is_ascii_digit(),
        b' ' => {
            let digits = document.bytes()[end + 1..]
                .iter()
                .take(5)
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            digits > 0
                && document.byte_before(start) == b' '
                && start >= 2
                && document.bytes()[start - 2].is_ascii_digit()
        }
        b'%' | b'_' | b'@' => true,
        _ => next.is_ascii_alphanumeric(),
    };
    more || (next >= 0x80 && document.text[end..].chars().next().is_some_and(char::is_alphanumeric))
}

/// The end of an extension that follows, or `end`.
fn extension_end(document: &Document<'_>, end: usize) -> usize {
    let rest = &document.bytes()[end..];
    let blanks = rest
        .iter()
        .take(2)
        .take_while(|byte| matches!(byte, b' ' | b','))
        .count();
    let rest = &rest[blanks..];
    const WORDS: [&str; 8] = ["extension", "extensión", "ext.", "ext", "x.", "x", "#", "int."];
    for word in WORDS {
        if rest.len() < word.len() || !rest[..word.len()].eq_ignore_ascii_case(word.as_bytes()) {
            continue;
        }
        if word == "#" && blanks == 0 {
            break;
        }
        let more = rest[word.len()..]
            .iter()
            .take(3)
            .take_while(|byte| matches!(byte, b' ' | b'.' | b':'))
            .count();
        let from = word.len() + more;
        let digits = rest[from..]
            .iter()
            .take(7)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let after = rest.get(from + digits).copied().unwrap_or(b'\n');
        if (1..=6).contains(&digits) && !after.is_ascii_alphanumeric() {
            return end + blanks + from + digits;
        }
        break;
    }
    end
}
