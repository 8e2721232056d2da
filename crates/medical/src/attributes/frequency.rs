//! How often: `b.i.d.`, `q4h prn`, `three times a day`, `every other day`, `with meals`.

use super::Reader;
use super::numbers::quantity;
use super::vocabulary::PERIODS;
use crate::tokens::{Case, Class};
use crate::words::{PhraseSet, WordSet};

/// Single words.
static WORDS: WordSet = WordSet::new(&[
    "bid",
    "biweekly",
    "daily",
    "fortnightly",
    "hourly",
    "monthly",
    "nightly",
    "prn",
    "qam",
    "qd",
    "qday",
    "qhs",
    "qid",
    "qmonth",
    "qod",
    "qpm",
    "qweek",
    "socially",
    "stat",
    "tid",
    "tiw",
    "weekly",
    "yearly",
]);

/// Abbreviations that are written with dots.
static DOTTED: WordSet = WordSet::new(&["ac", "bid", "hs", "pc", "prn", "qd", "qhs", "qid", "qod", "tid"]);

/// Phrases without numbers.
static PHRASES: PhraseSet = PhraseSet::new(&[
    &["a", "day"],
    &["a", "month"],
    &["a", "week"],
    &["after", "meals"],
    &["around", "the", "clock"],
    &["as", "needed"],
    &["as", "needed", "for", "pain"],
    &["at", "bedtime"],
    &["at", "breakfast"],
    &["at", "night"],
    &["before", "breakfast"],
    &["before", "meals"],
    &["each", "day"],
    &["each", "morning"],
    &["each", "night"],
    &["every", "day"],
    &["every", "evening"],
    &["every", "morning"],
    &["every", "night"],
    &["every", "other", "day"],
    &["every", "other", "week"],
    &["in", "the", "evening"],
    &["in", "the", "morning"],
    &["on", "weekends"],
    &["per", "day"],
    &["per", "month"],
    &["per", "week"],
    &["with", "breakfast"],
    &["with", "dinner"],
    &["with", "food"],
    &["with", "meals"],
]);

/// Where the frequency that starts at `at` ends. Parts that follow one another are one: `every 6 hours as needed`.
pub(super) fn read(reader: &Reader<'_>, at: usize) -> Option<usize> {
    let mut end = part(reader, at)?;
    while let Some(next) = part(reader, end) {
        end = next;
    }
    Some(end)
}

fn part(reader: &Reader<'_>, at: usize) -> Option<usize> {
    let word = reader.word(at);
    if WORDS.contains(word) {
        return Some(at + 1);
    }
    if matches!(word, b"ac" | b"pc" | b"hs") && reader.case(at) == Some(Case::Upper) {
        return Some(at + 1);
    }
    if let Some((letters, end)) = reader.dotted(at)
        && DOTTED.contains(letters.split(|&byte| byte == 0).next()?)
    {
        return Some(end);
    }
    if let Some(length) = PHRASES.longest(|offset| reader.word(at + offset)) {
        return Some(at + length);
    }
    hours(reader, at)
        .or_else(|| every(reader, at))
        .or_else(|| times(reader, at))
}

/// `q4h`, `q4-6h`, `q 6 hours`, `q12hr`.
fn hours(reader: &Reader<'_>, at: usize) -> Option<usize> {
    let [b'q', rest @ ..] = reader.word(at) else {
        return None;
    };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let unit = |unit: &[u8]| {
        matches!(
            unit,
            b"h" | b"hr" | b"hrs" | b"hours" | b"hour" | b"d" | b"days" | b"min" | b"weeks"
        )
    };
    if digits > 0 && digits < rest.len() {
        return unit(&rest[digits..]).then_some(at + 1);
    }
    if digits == 0 && !rest.is_empty() {
        return None;
    }
    // `q4-6h`, `q 6 h`, `q6 hours`
    let mut next = at + 1;
    if digits == 0 {
        next = quantity(reader, next)?;
    } else if reader.word(next) == b"-" && reader.class(next + 1) == Some(Class::Number) {
        next += 2;
    }
    unit(reader.word(next)).then_some(next + 1)
}

/// `every 4 hours`, `every two to three weeks`.
fn every(reader: &Reader<'_>, at: usize) -> Option<usize> {
    if reader.word(at) != b"every" && reader.word(at) != b"each" {
        return None;
    }
    let next = quantity(reader, at + 1).unwrap_or(at + 1);
    let unit = reader.word(next);
    (PERIODS.contains(unit) || matches!(unit, b"shift" | b"minutes" | b"morning" | b"min")).then_some(next + 1)
}

/// `once daily`, `twice a day`, `3 times per week`, `4 times/day`, `5 times daily`.
fn times(reader: &Reader<'_>, at: usize) -> Option<usize> {
    let next = if matches!(reader.word(at), b"once" | b"twice" | b"thrice") {
        at + 1
    } else {
        let number = quantity(reader, at)?;
        if reader.word(number) != b"times" && reader.word(number) != b"x" {
            return None;
        }
        number + 1
    };
    let next = next + usize::from(reader.word(next) == b"-");
    if matches!(reader.word(next), b"daily" | b"weekly" | b"monthly" | b"nightly") {
        return Some(next + 1);
    }
    let joined = matches!(
        reader.word(next),
        b"a" | b"per" | b"each" | b"every" | b"/" | b"in" | b"an"
    );
    (joined && PERIODS.contains(reader.word(next + 1))).then_some(next + 2)
}
