//! Dates in digits.

use construe_text::Span;

use super::clock::with_time;
use super::{digits, is_year};
use crate::context::Context;
use crate::document::Document;
use crate::tags::Tags;

/// `2019-03-07`, `7/3/2019`, `07.03.19`, with a time of day behind if there is one.
pub(super) fn numeric_date(document: &Document<'_>, index: usize) -> Option<(Span, f32)> {
    let start = document.terms[index].start();
    let (first, first_count) = digits(document, start)?;
    let separator = document.byte_at(start + first_count);
    if !matches!(separator, b'/' | b'-' | b'.') {
        return None;
    }
    let middle_at = start + first_count + 1;
    if separator == b'-' && document.byte_at(middle_at).is_ascii_alphabetic() {
        return hyphenated_month(document, index, first, first_count);
    }
    let (middle, middle_count) = digits(document, middle_at)?;
    let last_at = middle_at + middle_count + 1;
    if document.byte_at(last_at - 1) != separator || middle_count > 2 {
        return None;
    }
    let (last, last_count) = digits(document, last_at)?;
    let end = last_at + last_count;
    let next = document.byte_at(end);
    if (next.is_ascii_alphanumeric() && !matches!(next, b'T' | b't'))
        || (matches!(next, b'/' | b'-' | b'.') && document.byte_at(end + 1).is_ascii_digit())
    {
        return None;
    }
    let day = |value: u32, count: usize| count <= 2 && (1..=31).contains(&value);
    let month = |value: u32, count: usize| count <= 2 && (1..=12).contains(&value);
    let days =
        |a: (u32, usize), b: (u32, usize)| (day(a.0, a.1) && month(b.0, b.1)) || (month(a.0, a.1) && day(b.0, b.1));
    let year_first = is_year(first, first_count) && month(middle, middle_count) && day(last, last_count);
    let year_last = is_year(last, last_count) && days((first, first_count), (middle, middle_count));
    let score = if year_first || year_last {
        0.97
    } else if last_count == 2 && days((first, first_count), (middle, middle_count)) {
        let bare = match separator {
            b'/' => 0.8,
            b'-' if first_count == 2 && middle_count == 2 => 0.65,
            b'.' if first_count == 2 && middle_count == 2 => 0.55,
            _ => 0.3,
        };
        cued(document, index, start, end, bare)
    } else if first_count == 2
        && last_count == 2
        && month(middle, middle_count)
        && day(last, last_count)
        && separator != b'.'
    {
        cued(document, index, start, end, 0.4)
    } else {
        return None;
    };
    let (end, _) = with_time(document, end);
    Some((Span::new(start, end), score))
}

/// The score with a cue of a date, and without one of a version or part.
fn cued(document: &Document<'_>, index: usize, start: usize, end: usize, bare: f32) -> f32 {
    let context = Context::around(document, index, start, end);
    let support = context.support(Tags::DATE | Tags::EXPIRY);
    let other = context.support(Tags::VERSION);
    if other > support {
        bare * 0.5
    } else {
        bare + (0.97 - bare) * support
    }
}

/// `14-Jun-1953`.
fn hyphenated_month(document: &Document<'_>, index: usize, day: u32, day_count: usize) -> Option<(Span, f32)> {
    let month = document.terms.get(index + 1)?;
    let year = document.terms.get(index + 2)?;
    let fits = day_count <= 2
        && (1..=31).contains(&day)
        && month.tags.any(Tags::MONTH)
        && document.gap_before(index + 1) == b"-"
        && document.gap_before(index + 2) == b"-"
        && year.shape.is_digits()
        && matches!(year.len(), 2 | 4);
    if !fits {
        return None;
    }
    let (end, _) = with_time(document, year.end());
    Some((Span::new(document.terms[index].start(), end), 0.97))
}

/// `19840722`, beside a word that says so.
pub(super) fn compact_date(document: &Document<'_>, index: usize) -> Option<(Span, f32)> {
    let term = &document.terms[index];
    if term.len() != 8 || !term.shape.is_digits() {
        return None;
    }
    let number: u32 = document.word(term).parse().ok()?;
    let fits = |year: u32, month: u32, day: u32| {
        (1900..2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)
    };
    let reads = fits(number / 10_000, number / 100 % 100, number % 100)
        || fits(number % 10_000, number / 10_000 % 100, number / 1_000_000)
        || fits(number % 10_000, number / 1_000_000, number / 10_000 % 100);
    let context = Context::around(document, index, term.start(), term.end());
    (reads && context.support(Tags::DATE) > 0.85).then(|| (Span::new(term.start(), term.end()), 0.85))
}

/// `03/2028`: a month of a year.
pub(super) fn month_slash_year(document: &Document<'_>, index: usize) -> Option<(Span, f32)> {
    let start = document.terms[index].start();
    let (month, count) = digits(document, start)?;
    if count > 2 || !(1..=12).contains(&month) || document.byte_at(start + count) != b'/' {
        return None;
    }
    let (year, year_count) = digits(document, start + count + 1)?;
    let end = start + count + 1 + year_count;
    let next = document.byte_at(end);
    if !is_year(year, year_count)
        || !(1800..2200).contains(&year)
        || next.is_ascii_alphanumeric()
        || matches!(next, b'/' | b'-')
    {
        return None;
    }
    Some((Span::new(start, end), 0.8))
}
