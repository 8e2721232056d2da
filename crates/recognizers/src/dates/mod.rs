//! Dates and times of day in English and Spanish: numeric layouts, months in words, days of the week, years, clocks.

mod clock;
mod numeric;
mod words;

use construe_text::Span;

use crate::candidate::{Candidate, Kind};
use crate::document::Document;
use crate::tags::Tags;

use clock::clock;
use numeric::{compact_date, month_slash_year, numeric_date};
use words::{day_and_month, from_word, year};

/// Adds the candidates of `document` to `out`.
pub fn find(document: &Document<'_>, out: &mut Vec<Candidate>) {
    let mut done = 0;
    let mut index = 0;
    while index < document.terms.len() {
        let term = &document.terms[index];
        if term.start() >= done {
            let found = if term.shape.has_digit() && document.bytes()[term.start()].is_ascii_digit() {
                from_number(document, index)
            } else if term.tags.any(Tags::MONTH | Tags::WEEKDAY) && term.is_single() {
                from_word(document, index)
            } else {
                None
            };
            if let Some((span, score)) = found {
                if score >= crate::REPORTED {
                    out.push(Candidate {
                        kind: Kind::DateTime,
                        span,
                        score,
                    });
                }
                done = span.end;
            }
        }
        index += 1;
    }
}

fn from_number(document: &Document<'_>, index: usize) -> Option<(Span, f32)> {
    let term = &document.terms[index];
    let start = term.start();
    let before = document.byte_before(start);
    let digit_before = start >= 2 && document.bytes()[start - 2].is_ascii_digit();
    let letter_before = start >= 2 && document.bytes()[start - 2].is_ascii_alphabetic();
    if matches!(before, b'#' | b'@' | b'_' | b'+')
        || (matches!(before, b'/' | b'-' | b':') && digit_before)
        || (matches!(before, b'/' | b'-') && letter_before)
        || document.is_money(start)
        || document.is_fraction(start)
    {
        return None;
    }
    numeric_date(document, index)
        .or_else(|| day_and_month(document, index))
        .or_else(|| clock(document, start).map(|(end, score)| (Span::new(start, end), score)))
        .or_else(|| compact_date(document, index))
        .or_else(|| month_slash_year(document, index))
        .or_else(|| year(document, index))
}

/// Reads up to four digits at `at`: value and count.
fn digits(document: &Document<'_>, at: usize) -> Option<(u32, usize)> {
    let bytes = &document.bytes()[at.min(document.text.len())..];
    let count = bytes.iter().take(5).take_while(|byte| byte.is_ascii_digit()).count();
    (1..=4).contains(&count).then(|| {
        (
            bytes[..count]
                .iter()
                .fold(0, |value, digit| value * 10 + u32::from(digit - b'0')),
            count,
        )
    })
}

fn is_year(value: u32, count: usize) -> bool {
    count == 4 && (1000..2200).contains(&value)
}
