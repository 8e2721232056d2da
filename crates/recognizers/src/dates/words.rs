//! Dates with words: months, days of the week, and years after words that years follow.

use construe_text::Span;

use super::clock::{clock, with_time};
use super::numeric::numeric_date;
use crate::context::Context;
use crate::document::{Document, Term};
use crate::tags::Tags;
use crate::vocabulary;

/// `2 May 2019`, `2nd of May, 2019`, `2 de mayo de 2019`, `2 May`.
pub(super) fn day_and_month(document: &Document<'_>, index: usize) -> Option<(Span, f32)> {
    let day = &document.terms[index];
    day_number(document, day)?;
    let mut next = index + 1;
    let gap = document.gap_before(next);
    if !matches!(gap, b" " | b"  " | b"-" | b". " | b"/" | b"\xc2\xa0" | b".\xc2\xba ") {
        return None;
    }
    let of = document.terms.get(next)?;
    if matches!(document.word(of), "of" | "de" | "del") && document.gap_before(next + 1) == b" " {
        next += 1;
    }
    let month = document.terms.get(next)?;
    if !month.tags.any(Tags::MONTH) || !month.is_single() {
        return None;
    }
    let start = day.start();
    let mut end = month.end();
    let mut score = 0.92;
    if ambiguous_month(document, month) && next == index + 1 && day.shape.is_digits() && month.shape.is_lower() {
        // `2 may` and `10 mar` need a year.
        score = 0.4;
    }
    if let Some((year_end, _)) = year_after(document, next) {
        end = year_end;
        score = 0.97;
    } else if document.byte_at(end) == b'.'
        && month.len() <= 4
        && document.byte_at(end + 1) == b' '
        && document.byte_at(end + 2).is_ascii_lowercase()
    {
        score = 0.9;
    }
    let (end, _) = with_time(document, end);
    Some((Span::new(start, end), score))
}

/// From a day of the week or a month in words.
pub(super) fn from_word(document: &Document<'_>, index: usize) -> Option<(Span, f32)> {
    let term = &document.terms[index];
    if matches!(
        document.byte_before(term.start()),
        b'@' | b'_' | b'/' | b'-' | b'#' | b'.'
    ) && document.byte_before(term.start()) != b'-'
    {
        return None;
    }
    if term.tags.any(Tags::WEEKDAY) {
        return weekday(document, index);
    }
    let start = term.start();
    let capital = term.shape.starts_upper();
    let next = document.terms.get(index + 1);
    // `May 2, 2019`, `May 2nd`, `May 2`.
    if let Some(day) = next
        && matches!(document.gap_before(index + 1), b" " | b". " | b"  " | b"-")
        && day_number(document, day).is_some()
        && !follows_with_unit(document, index + 1)
    {
        let mut end = day.end();
        let mut score = if capital { 0.93 } else { 0.75 };
        if let Some((year_end, _)) = year_after(document, index + 1) {
            // `May 2, 2019 at 10:15 AM` is the long form of one moment.
            let time = document.bytes()[year_end..]
                .starts_with(b" at ")
                .then(|| clock(document, year_end + 4))
                .flatten();
            end = time
                .map(|(end, _)| end)
                .filter(|&end| document.bytes()[..end].ends_with(b"M") || document.bytes()[..end].ends_with(b"m"))
                .unwrap_or(year_end);
            score = 0.97;
        } else if matches!(document.byte_at(end), b':' | b'/') && document.byte_at(end + 1).is_ascii_digit() {
            // `May 10:30` is a month and a time.
            return Some((Span::new(start, term.end()), score * 0.9));
        } else if ambiguous_month(document, term) && !capital {
            score = if Context::around(document, index, start, end).support(Tags::DATE) > 0.8 {
                0.85
            } else {
                0.35
            };
        }
        let (end, _) = with_time(document, end);
        return Some((Span::new(start, end), score));
    }
    // `May 2019`, `mayo de 2019`.
    if let Some((end, _)) = year_after(document, index) {
        let score = if capital || !ambiguous_month(document, term) {
            0.95
        } else {
            0.7
        };
        return Some((Span::new(start, end), score));
    }
    bare_month(document, index)
}

/// A day of the week, with the date after it: `Thursday, October 20, 1951`.
fn weekday(document: &Document<'_>, index: usize) -> Option<(Span, f32)> {
    let term = &document.terms[index];
    let start = term.start();
    let gap = document.gap_before(index + 1);
    if let Some(next) = document.terms.get(index + 1)
        && matches!(gap, b", " | b" " | b"," | b". " | b" , ")
    {
        let joined = if next.tags.any(Tags::MONTH) && next.is_single() {
            from_word(document, index + 1)
                .filter(|_| document.terms.get(index + 2).is_some_and(|term| term.shape.has_digit()))
        } else if next.shape.has_digit() {
            numeric_date(document, index + 1).or_else(|| day_and_month(document, index + 1))
        } else {
            None
        };
        if let Some((span, score)) = joined
            && score > 0.6
        {
            return Some((Span::new(start, span.end), 0.97));
        }
    }
    let word = document.word(term);
    if !vocabulary::weekday_word(word) {
        return None;
    }
    // Songs, newspapers and people are called Sunday and Domingo.
    let upper_neighbour = document
        .terms
        .get(index + 1)
        .is_some_and(|next| gap == b" " && next.shape.starts_upper() && !next.tags.any(Tags::NOT_A_NAME))
        || (index > 0
            && document.gap_before(index) == b" "
            && document.terms[index - 1].shape.starts_upper()
            && !document.terms[index - 1]
                .tags
                .any(Tags::NOT_A_NAME | Tags::NAME | Tags::DATE | Tags::BEFORE_YEAR));
    let score = if upper_neighbour && term.shape.starts_upper() {
        0.6
    } else {
        0.92
    };
    Some((Span::new(start, term.end()), score))
}

/// A year alone, after a word that years follow.
pub(super) fn year(document: &Document<'_>, index: usize) -> Option<(Span, f32)> {
    let term = &document.terms[index];
    let word = document.word(term);
    let decade = word.len() == 5 && word.ends_with("0s");
    if !(term.len() == 4 && term.shape.is_digits() || decade) {
        return None;
    }
    let value: u32 = word[..4].parse().ok()?;
    let (start, end) = (term.start(), term.end());
    let next = document.byte_at(end);
    if !(1700..=2100).contains(&value)
        || (matches!(next, b'/' | b'.' | b',' | b':' | b'-') && document.byte_at(end + 1).is_ascii_digit())
        || matches!(next, b'%' | b'_')
        || (next == b'-' && document.byte_at(end + 1).is_ascii_alphanumeric())
    {
        return None;
    }
    let before = document.byte_before(start);
    if before == b'-' || before == b'/' {
        return None;
    }
    if decade {
        return Some((Span::new(start, end), 0.85));
    }
    // Counted things follow numbers: `in 2000 people`.
    let counts = document.terms.get(index + 1).is_some_and(|next| {
        document.gap_before(index + 1) == b" "
            && next.shape.is_lower()
            && document.word(next).ends_with('s')
            && document.word(next).len() > 3
            && !matches!(document.word(next), "this" | "was" | "has")
    });
    let previous = index.checked_sub(1).map(|at| &document.terms[at]);
    let gap = document.gap_before(index);
    let recent = (1900..=2040).contains(&value);
    let led = previous.is_some_and(|previous| matches!(gap, b" ") && previous.tags.any(Tags::BEFORE_YEAR));
    let strong = previous.is_some_and(|previous| {
        matches!(gap, b" " | b" (")
            && matches!(
                document.word(previous).to_ascii_lowercase().as_str(),
                "in" | "since"
                    | "until"
                    | "till"
                    | "year"
                    | "circa"
                    | "before"
                    | "after"
                    | "early"
                    | "late"
                    | "mid"
                    | "during"
                    | "en"
                    | "desde"
                    | "año"
                    | "años"
                    | "summer"
                    | "winter"
                    | "spring"
                    | "fall"
                    | "verano"
                    | "invierno"
            )
    });
    let cue = Context::around(document, index, start, end).support(Tags::DATE);
    let score = match () {
        () if counts && !strong => 0.2,
        () if strong && recent => 0.92,
        () if strong => 0.8,
        () if cue > 0.85 => 0.85,
        () if before == b'(' && next == b')' && recent => 0.7,
        () if before == b'\n'
            && [" INFO", " WARN", " ERROR", " DEBUG"]
                .iter()
                .any(|level| document.text[end..].starts_with(level)) =>
        {
            0.8
        }
        () if led && recent => 0.55,
        () => return None,
    };
    Some((Span::new(start, end), score))
}

/// Ordinal endings: `1st`, `2nd`, `1.º`.
fn day_number(document: &Document<'_>, term: &Term) -> Option<u32> {
    let word = document.word(term);
    let count = word.bytes().take_while(u8::is_ascii_digit).count();
    let ending = &word[count..];
    if !(1..=2).contains(&count)
        || !(ending.is_empty() || ["st", "nd", "rd", "th", "ST", "ND", "RD", "TH"].contains(&ending))
    {
        return None;
    }
    let day = word[..count].parse().ok()?;
    (1..=31).contains(&day).then_some(day)
}

/// Whether the word is a year, in full or after an apostrophe.
fn year_term(term: &Term, document: &Document<'_>) -> bool {
    term.len() == 4
        && term.shape.is_digits()
        && matches!(document.bytes()[term.start()], b'1' | b'2')
        && !(document.byte_at(term.end()) == b':' && document.byte_at(term.end() + 1).is_ascii_digit())
}

/// The end of the year after the month at word `month`.
fn year_after(document: &Document<'_>, month: usize) -> Option<(usize, usize)> {
    let mut next = month + 1;
    let first = document.terms.get(next)?;
    if matches!(document.word(first), "of" | "de" | "del") && document.gap_before(next) == b" " {
        next += 1;
    }
    let year = document.terms.get(next)?;
    let gap = document.gap_before(next);
    if year_term(year, document) && matches!(gap, b" " | b", " | b"," | b". " | b"-" | b"/" | b"  " | b" , ") {
        return Some((year.end(), next));
    }
    // `Mar '98`
    if year.len() == 2 && year.shape.is_digits() && matches!(gap, b" '" | b" \xe2\x80\x99" | b"-" | b"/") {
        return Some((year.end(), next));
    }
    // `13 Feb 76`: the day stands before, and what follows is no time and counts nothing.
    let day_before = month > 0
        && document.terms[month - 1].shape.is_digits()
        && document.terms[month - 1].len() <= 2
        && document.gap_before(month) == b" ";
    let after = document.byte_at(year.end());
    let counts = document.gap_before(next + 1) == b" "
        && document.terms.get(next + 1).is_some_and(|unit| {
            unit.tags.any(Tags::AGE_UNIT) || unit.shape.is_lower() && document.word(unit).ends_with('s')
        });
    if day_before
        && next == month + 1
        && gap == b" "
        && year.len() == 2
        && year.shape.is_digits()
        && !counts
        && !(matches!(after, b':' | b'.' | b',' | b'-' | b'/' | b'%')
            && document.byte_at(year.end() + 1).is_ascii_digit())
    {
        return Some((year.end(), next));
    }
    None
}

/// Months that mean something else when not capitalised, and abbreviations.
fn ambiguous_month(document: &Document<'_>, month: &Term) -> bool {
    let word = document.word(month);
    word.eq_ignore_ascii_case("may")
        || word.eq_ignore_ascii_case("march")
        || word.len() <= 3
        || word.eq_ignore_ascii_case("sept")
}

/// Whether a number counts something: `March 12 miles`.
fn follows_with_unit(document: &Document<'_>, number: usize) -> bool {
    let end = document.terms[number].end();
    matches!(document.byte_at(end), b'%')
        || (document.byte_at(end) == b'.' && document.byte_at(end + 1).is_ascii_digit())
}

/// A month alone, if nothing suggests a name, a verb or an abbreviation.
fn bare_month(document: &Document<'_>, index: usize) -> Option<(Span, f32)> {
    let term = &document.terms[index];
    let word = document.word(term);
    if word.len() <= 4
        && !matches!(
            word,
            "May" | "June" | "July" | "JUNE" | "JULY" | "june" | "july" | "mayo"
        )
    {
        return None;
    }
    let capital = term.shape.starts_upper();
    let previous = index.checked_sub(1).map(|at| &document.terms[at]);
    let led = previous.is_some_and(|previous| {
        document.gap_before(index) == b" "
            && (previous.tags.any(Tags::BEFORE_YEAR)
                || matches!(
                    document.word(previous),
                    "last"
                        | "next"
                        | "this"
                        | "early"
                        | "late"
                        | "mid"
                        | "every"
                        | "each"
                        | "por"
                        | "pasado"
                        | "próximo"
                        | "el"
                ))
    });
    let ambiguous = ambiguous_month(document, term)
        || matches!(
            word.to_ascii_lowercase().as_str(),
            "april" | "june" | "august" | "julio" | "abril"
        );
    let followed_by_name = document
        .terms
        .get(index + 1)
        .is_some_and(|next| document.gap_before(index + 1) == b" " && next.shape.starts_upper());
    let preceded_by_name = previous.is_some_and(|previous| {
        document.gap_before(index) == b" " && previous.shape.starts_upper() && !previous.tags.any(Tags::BEFORE_YEAR)
    });
    if document.terms.get(index + 1).is_some_and(|next| {
        next.tags.any(Tags::COMPANY) && next.shape.starts_upper() && document.gap_before(index + 1) == b" "
    }) {
        return None;
    }
    let score = match (led, ambiguous) {
        (true, false) => 0.9,
        (true, true) if capital && !followed_by_name => 0.8,
        (false, false) if capital || !term.shape.has_upper() => 0.8,
        (false, true)
            if capital
                && !followed_by_name
                && !preceded_by_name
                && !word.eq_ignore_ascii_case("may")
                && !word.eq_ignore_ascii_case("march")
                && index > 0 =>
        {
            0.55
        }
        _ => return None,
    };
    Some((Span::new(term.start(), term.end()), score))
}
