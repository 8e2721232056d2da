//! Dates and times of day in English and Spanish: numeric layouts, months in words, days of the week, years, clocks.

use construe_text::Span;

use crate::candidate::{Candidate, Kind};
use crate::context::Context;
use crate::document::{Document, Term};
use crate::tags::Tags;
use crate::vocabulary;

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
                    out.push(Candidate { kind: Kind::DateTime, span, score });
                }
                done = span.end;
            }
        }
        index += 1;
    }
}

/// Reads up to four digits at `at`: value and count.
fn digits(document: &Document<'_>, at: usize) -> Option<(u32, usize)> {
    let bytes = &document.bytes()[at.min(document.text.len())..];
    let count = bytes.iter().take(5).take_while(|byte| byte.is_ascii_digit()).count();
    (1..=4).contains(&count).then(|| (bytes[..count].iter().fold(0, |value, digit| value * 10 + u32::from(digit - b'0')), count))
}

fn is_year(value: u32, count: usize) -> bool {
    count == 4 && (1000..2200).contains(&value)
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

/// `2019-03-07`, `7/3/2019`, `07.03.19`, with a time of day behind if there is one.
fn numeric_date(document: &Document<'_>, index: usize) -> Option<(Span, f32)> {
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
    if (next.is_ascii_alphanumeric() && !matches!(next, b'T' | b't')) || (matches!(next, b'/' | b'-' | b'.') && document.byte_at(end + 1).is_ascii_digit()) {
        return None;
    }
    let day = |value: u32, count: usize| count <= 2 && (1..=31).contains(&value);
    let month = |value: u32, count: usize| count <= 2 && (1..=12).contains(&value);
    let days = |a: (u32, usize), b: (u32, usize)| (day(a.0, a.1) && month(b.0, b.1)) || (month(a.0, a.1) && day(b.0, b.1));
    let score = if is_year(first, first_count) && month(middle, middle_count) && day(last, last_count) {
        0.97
    } else if is_year(last, last_count) && days((first, first_count), (middle, middle_count)) {
        0.97
    } else if last_count == 2 && days((first, first_count), (middle, middle_count)) {
        let bare = match separator {
            b'/' => 0.8,
            b'-' if first_count == 2 && middle_count == 2 => 0.65,
            b'.' if first_count == 2 && middle_count == 2 => 0.55,
            _ => 0.3,
        };
        cued(document, index, start, end, bare)
    } else if first_count == 2 && last_count == 2 && month(middle, middle_count) && day(last, last_count) && separator != b'.' {
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
    if other > support { bare * 0.5 } else { bare + (0.97 - bare) * support }
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

/// The end of a time of day that belongs to the date ending at `end`: `T10:00:00Z`, ` 10:00`.
fn with_time(document: &Document<'_>, end: usize) -> (usize, bool) {
    let at = match (document.byte_at(end), document.byte_at(end + 1)) {
        (b'T' | b't' | b' ', b'0'..=b'9') => end + 1,
        (b',', b' ') if document.byte_at(end + 2).is_ascii_digit() => end + 2,
        (b' ', b'a') if document.bytes()[end..].starts_with(b" a las ") => end + 7,
        _ => return (end, false),
    };
    match clock(document, at) {
        Some((time_end, _)) => (time_end, true),
        None => (end, false),
    }
}

/// A clock at `start`: `10:30`, `22:07:27.5+02:00`, `5 pm`.
fn clock(document: &Document<'_>, start: usize) -> Option<(usize, f32)> {
    let (hour, count) = digits(document, start)?;
    if count > 2 || hour > 24 {
        return None;
    }
    let mut at = start + count;
    let mut minutes = false;
    if matches!(document.byte_at(at), b':') {
        let (minute, count) = digits(document, at + 1)?;
        if count != 2 || minute > 59 {
            return None;
        }
        minutes = true;
        at += 3;
        if document.byte_at(at) == b':'
            && let Some((second, 2)) = digits(document, at + 1)
            && second <= 60
        {
            at += 3;
            if matches!(document.byte_at(at), b'.' | b',') && document.byte_at(at + 1).is_ascii_digit() {
                at += 1 + document.bytes()[at + 1..].iter().take(9).take_while(|byte| byte.is_ascii_digit()).count();
            }
        }
        // A third colon makes it something else: an address of hardware, a ratio.
        if document.byte_at(at) == b':' && document.byte_at(at + 1).is_ascii_alphanumeric() {
            return None;
        }
        match document.byte_at(at) {
            b'Z' | b'z' if !document.byte_at(at + 1).is_ascii_alphanumeric() => return Some((at + 1, 0.95)),
            b'+' | b'-' if document.byte_at(at + 1).is_ascii_digit() => {
                if let Some((zone, count)) = digits(document, at + 1) {
                    if count == 2 && zone <= 14 && document.byte_at(at + 3) == b':' && matches!(digits(document, at + 4), Some((0..=59, 2))) {
                        return Some((at + 6, 0.95));
                    }
                    if count == 4 && zone <= 1400 {
                        return Some((at + 5, 0.95));
                    }
                }
            }
            _ => {}
        }
    }
    if let Some(end) = half_of_day(document, at)
        && (1..=12).contains(&hour)
    {
        return Some((end, 0.95));
    }
    if !minutes || document.byte_at(at).is_ascii_alphanumeric() || (document.byte_at(at) == b'.' && document.byte_at(at + 1).is_ascii_digit()) || document.byte_at(at) == b'%' {
        return None;
    }
    Some((at, 0.85))
}

/// The end of `am`, `p.m.` or the like at `at`, with a blank before.
fn half_of_day(document: &Document<'_>, at: usize) -> Option<usize> {
    let mut at = at;
    if document.byte_at(at) == b' ' {
        at += 1;
    }
    if !matches!(document.byte_at(at).to_ascii_lowercase(), b'a' | b'p') {
        return None;
    }
    at += 1;
    let dotted = document.byte_at(at) == b'.';
    at += usize::from(dotted);
    if document.byte_at(at) == b' ' && dotted {
        at += 1;
    }
    if document.byte_at(at).to_ascii_lowercase() != b'm' {
        return None;
    }
    at += 1;
    if dotted && document.byte_at(at) == b'.' {
        // The last stop belongs to `p.m.`, unless it also ends the sentence; either reading includes it.
        at += 1;
    }
    (!document.byte_at(at).is_ascii_alphanumeric()).then_some(at)
}

/// `19840722`, beside a word that says so.
fn compact_date(document: &Document<'_>, index: usize) -> Option<(Span, f32)> {
    let term = &document.terms[index];
    if term.len() != 8 || !term.shape.is_digits() {
        return None;
    }
    let number: u32 = document.word(term).parse().ok()?;
    let fits = |year: u32, month: u32, day: u32| (1900..2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    let reads = fits(number / 10_000, number / 100 % 100, number % 100) || fits(number % 10_000, number / 10_000 % 100, number / 1_000_000) || fits(number % 10_000, number / 1_000_000, number / 10_000 % 100);
    let context = Context::around(document, index, term.start(), term.end());
    (reads && context.support(Tags::DATE) > 0.85).then(|| (Span::new(term.start(), term.end()), 0.85))
}

/// `03/2028`: a month of a year.
fn month_slash_year(document: &Document<'_>, index: usize) -> Option<(Span, f32)> {
    let start = document.terms[index].start();
    let (month, count) = digits(document, start)?;
    if count > 2 || !(1..=12).contains(&month) || document.byte_at(start + count) != b'/' {
        return None;
    }
    let (year, year_count) = digits(document, start + count + 1)?;
    let end = start + count + 1 + year_count;
    let next = document.byte_at(end);
    if !is_year(year, year_count) || !(1800..2200).contains(&year) || next.is_ascii_alphanumeric() || matches!(next, b'/' | b'-') {
        return None;
    }
    Some((Span::new(start, end), 0.8))
}

/// Ordinal endings: `1st`, `2nd`, `1.º`.
fn day_number(document: &Document<'_>, term: &Term) -> Option<u32> {
    let word = document.word(term);
    let count = word.bytes().take_while(u8::is_ascii_digit).count();
    let ending = &word[count..];
    if !(1..=2).contains(&count) || !(ending.is_empty() || ["st", "nd", "rd", "th", "ST", "ND", "RD", "TH"].contains(&ending)) {
        return None;
    }
    let day = word[..count].parse().ok()?;
    (1..=31).contains(&day).then_some(day)
}

/// Whether the word is a year, in full or after an apostrophe.
fn year_term(term: &Term, document: &Document<'_>) -> bool {
    term.len() == 4 && term.shape.is_digits() && matches!(document.bytes()[term.start()], b'1' | b'2') && !(document.byte_at(term.end()) == b':' && document.byte_at(term.end() + 1).is_ascii_digit())
}

/// `2 May 2019`, `2nd of May, 2019`, `2 de mayo de 2019`, `2 May`.
fn day_and_month(document: &Document<'_>, index: usize) -> Option<(Span, f32)> {
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
    } else if document.byte_at(end) == b'.' && month.len() <= 4 && document.byte_at(end + 1) == b' ' && document.byte_at(end + 2).is_ascii_lowercase() {
        score = 0.9;
    }
    let (end, _) = with_time(document, end);
    Some((Span::new(start, end), score))
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
    None
}

/// Months that mean something else when not capitalised, and abbreviations.
fn ambiguous_month(document: &Document<'_>, month: &Term) -> bool {
    let word = document.word(month);
    word.eq_ignore_ascii_case("may") || word.eq_ignore_ascii_case("march") || word.len() <= 3 || word.eq_ignore_ascii_case("sept")
}

/// From a day of the week or a month in words.
fn from_word(document: &Document<'_>, index: usize) -> Option<(Span, f32)> {
    let term = &document.terms[index];
    if matches!(document.byte_before(term.start()), b'@' | b'_' | b'/' | b'-' | b'#' | b'.') && document.byte_before(term.start()) != b'-' {
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
            let time = document.bytes()[year_end..].starts_with(b" at ").then(|| clock(document, year_end + 4)).flatten();
            end = time.map(|(end, _)| end).filter(|&end| document.bytes()[..end].ends_with(b"M") || document.bytes()[..end].ends_with(b"m")).unwrap_or(year_end);
            score = 0.97;
        } else if matches!(document.byte_at(end), b':' | b'/') && document.byte_at(end + 1).is_ascii_digit() {
            // `May 10:30` is a month and a time.
            return Some((Span::new(start, term.end()), score * 0.9));
        } else if ambiguous_month(document, term) && !capital {
            score = if Context::around(document, index, start, end).support(Tags::DATE) > 0.8 { 0.85 } else { 0.35 };
        }
        let (end, _) = with_time(document, end);
        return Some((Span::new(start, end), score));
    }
    // `May 2019`, `mayo de 2019`.
    if let Some((end, _)) = year_after(document, index) {
        let score = if capital || !ambiguous_month(document, term) { 0.95 } else { 0.7 };
        return Some((Span::new(start, end), score));
    }
    bare_month(document, index)
}

/// Whether a number counts something: `March 12 miles`.
fn follows_with_unit(document: &Document<'_>, number: usize) -> bool {
    let end = document.terms[number].end();
    matches!(document.byte_at(end), b'%') || (document.byte_at(end) == b'.' && document.byte_at(end + 1).is_ascii_digit())
}

/// A month alone, if nothing suggests a name, a verb or an abbreviation.
fn bare_month(document: &Document<'_>, index: usize) -> Option<(Span, f32)> {
    let term = &document.terms[index];
    let word = document.word(term);
    if word.len() <= 4 && !matches!(word, "May" | "June" | "July" | "JUNE" | "JULY" | "june" | "july" | "mayo") {
        return None;
    }
    let capital = term.shape.starts_upper();
    let previous = index.checked_sub(1).map(|at| &document.terms[at]);
    let led = previous.is_some_and(|previous| {
        document.gap_before(index) == b" "
            && (previous.tags.any(Tags::BEFORE_YEAR) || matches!(document.word(previous), "last" | "next" | "this" | "early" | "late" | "mid" | "every" | "each" | "por" | "pasado" | "próximo" | "el"))
    });
    let ambiguous = ambiguous_month(document, term) || matches!(word.to_ascii_lowercase().as_str(), "april" | "june" | "august" | "julio" | "abril");
    let followed_by_name = document.terms.get(index + 1).is_some_and(|next| document.gap_before(index + 1) == b" " && next.shape.starts_upper());
    let preceded_by_name = previous.is_some_and(|previous| document.gap_before(index) == b" " && previous.shape.starts_upper() && !previous.tags.any(Tags::BEFORE_YEAR));
    if document.terms.get(index + 1).is_some_and(|next| next.tags.any(Tags::COMPANY) && next.shape.starts_upper() && document.gap_before(index + 1) == b" ") {
        return None;
    }
    let score = match (led, ambiguous) {
        (true, false) => 0.9,
        (true, true) if capital && !followed_by_name => 0.8,
        (false, false) if capital || !term.shape.has_upper() => 0.8,
        (false, true) if capital && !followed_by_name && !preceded_by_name && !word.eq_ignore_ascii_case("may") && !word.eq_ignore_ascii_case("march") && index > 0 => 0.55,
        _ => return None,
    };
    Some((Span::new(term.start(), term.end()), score))
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
            from_word(document, index + 1).filter(|_| document.terms.get(index + 2).is_some_and(|term| term.shape.has_digit()))
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
    let upper_neighbour = document.terms.get(index + 1).is_some_and(|next| gap == b" " && next.shape.starts_upper() && !next.tags.any(Tags::NOT_A_NAME))
        || (index > 0 && document.gap_before(index) == b" " && document.terms[index - 1].shape.starts_upper() && !document.terms[index - 1].tags.any(Tags::NOT_A_NAME | Tags::NAME | Tags::DATE | Tags::BEFORE_YEAR));
    let score = if upper_neighbour && term.shape.starts_upper() { 0.6 } else { 0.92 };
    Some((Span::new(start, term.end()), score))
}

/// A year alone, after a word that years follow.
fn year(document: &Document<'_>, index: usize) -> Option<(Span, f32)> {
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
        document.gap_before(index + 1) == b" " && next.shape.is_lower() && document.word(next).ends_with('s') && document.word(next).len() > 3 && !matches!(document.word(next), "this" | "was" | "has")
    });
    let previous = index.checked_sub(1).map(|at| &document.terms[at]);
    let gap = document.gap_before(index);
    let recent = (1900..=2040).contains(&value);
    let led = previous.is_some_and(|previous| matches!(gap, b" ") && previous.tags.any(Tags::BEFORE_YEAR));
    let strong = previous.is_some_and(|previous| {
        matches!(gap, b" " | b" (")
            && matches!(document.word(previous).to_ascii_lowercase().as_str(), "in" | "since" | "until" | "till" | "year" | "circa" | "before" | "after" | "early" | "late" | "mid" | "during" | "en" | "desde" | "año" | "años" | "summer" | "winter" | "spring" | "fall" | "verano" | "invierno")
    });
    let cue = Context::around(document, index, start, end).support(Tags::DATE);
    let score = match () {
        () if counts && !strong => 0.2,
        () if strong && recent => 0.92,
        () if strong => 0.8,
        () if cue > 0.85 => 0.85,
        () if before == b'(' && next == b')' && recent => 0.7,
        () if before == b'\n' && [" INFO", " WARN", " ERROR", " DEBUG"].iter().any(|level| document.text[end..].starts_with(level)) => 0.8,
        () if led && recent => 0.55,
        () => return None,
    };
    Some((Span::new(start, end), score))
}
