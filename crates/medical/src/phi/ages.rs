//! Ages by rule, in figures and in words, alone and in lists.

use super::rules::number_at;
use crate::tokens::{Case, Gap, Tokens};

/// Ages in words.
const TENS: &[&[u8]] = &[
    b"twenty", b"thirty", b"forty", b"fifty", b"sixty", b"seventy", b"eighty", b"ninety",
];
const ONES: &[&[u8]] = &[
    b"one", b"two", b"three", b"four", b"five", b"six", b"seven", b"eight", b"nine",
];

/// `forty` of `turned forty`, `fifty-two` of `aged fifty-two` and of `fifty-two years old`.
fn age_in_words(tokens: &Tokens, at: usize) -> Option<usize> {
    if !tokens.folded(at).ends_with(b"ty") || !TENS.contains(&tokens.folded(at)) {
        return None;
    }
    let hyphen = usize::from(tokens.word(at + 1) == b"-");
    let end = at
        + 1
        + if ONES.contains(&tokens.word(at + 1 + hyphen)) {
            1 + hyphen
        } else {
            0
        };
    let before = at.checked_sub(1).map_or(&b""[..], |index| tokens.folded(index));
    let unit = end + usize::from(tokens.word(end) == b"-");
    let old = unit + 1 + usize::from(tokens.word(unit + 1) == b"-");
    let is_age = matches!(before, b"turned" | b"aged" | b"age")
        || matches!(tokens.word(unit), b"year" | b"years") && tokens.word(old) == b"old";
    is_age.then_some(end)
}

/// Where the age that begins at a token ends: `45 years old`, `68 and 77 years old`, `18-, 16-year-old`,
/// `ages 60 and 58`, `age of 91`, `72yo`.
pub(super) fn age(tokens: &Tokens, at: usize) -> Option<usize> {
    if !is_small_number(tokens, at) {
        return age_in_words(tokens, at);
    }
    let back = |distance: usize| at.checked_sub(distance).map_or(&b""[..], |index| tokens.word(index));
    let mut list = at;
    while at - list < 12
        && list > 1
        && matches!(tokens.word(list - 1), b"," | b"and" | b"&")
        && (is_small_number(tokens, list - 2) || tokens.word(list - 2) == b",")
    {
        list -= if tokens.word(list - 2) == b"," { 1 } else { 2 };
    }
    let announced = matches!(back(1), b"age" | b"ages" | b"aged" | b"turned")
        || back(1) == b"is"
            && tokens.word(at + 1) == b"and"
            && matches!(
                tokens.word(at + 2),
                b"has" | b"is" | b"had" | b"lives" | b"was" | b"works"
            )
        || back(1) == b"of" && matches!(back(2), b"age" | b"ages")
        || back(1) == b"now" && back(2) == b"is" && !matches!(tokens.word(at + 1), b"mg" | b"%" | b"/")
        || list < at && list > 0 && matches!(tokens.word(list - 1), b"ages" | b"aged");
    if announced && !matches!(tokens.word(at + 1), b"months" | b"month" | b"days" | b"weeks") {
        return Some(at + 1);
    }
    if let (Some(sex), Some(token)) = (tokens.get(at + 1), tokens.get(at)) {
        // `33F` at the start of a line or behind `a`, not a temperature.
        let glued = sex.gap == Gap::None && sex.case == Case::Initial && matches!(tokens.word(at + 1), b"f" | b"m");
        let opens = token.gap >= Gap::Line || matches!(back(1), b"a" | b"pt" | b"patient" | b"." | b":");
        if glued && opens && number_at(tokens, at).is_some_and(|number| (12..=94).contains(&number)) {
            return Some(at + 1);
        }
    }
    // `in her 80s`
    if tokens.word(at + 1) == b"s" && matches!(back(1), b"her" | b"his" | b"their" | b"mid" | b"early" | b"late") {
        return tokens
            .get(at + 1)
            .is_some_and(|token| token.gap == Gap::None)
            .then_some(at + 2);
    }
    // `21-day-old`, `6 month old`: number and unit.
    let unit = at + 1 + usize::from(tokens.word(at + 1) == b"-");
    let old = unit + 1 + usize::from(tokens.word(unit + 1) == b"-");
    if matches!(
        tokens.word(unit),
        b"day" | b"days" | b"week" | b"weeks" | b"wk" | b"month" | b"months" | b"mo"
    ) && tokens.word(old) == b"old"
    {
        return Some(unit + 1);
    }
    // Over a list of numbers to the unit.
    let mut next = at + 1;
    while matches!(tokens.word(next), b"-" | b"," | b"and" | b"or") || next > at + 1 && is_small_number(tokens, next) {
        next += 1;
        if next > at + 12 {
            return None;
        }
    }
    let word = |offset: usize| tokens.word(next + offset);
    let hyphen = usize::from(word(1) == b"-");
    let of_years = match word(0) {
        b"year" | b"years" | b"yr" | b"yrs" => word(1 + hyphen) == b"old" || word(1) == b"of" && word(2) == b"age",
        b"yo" => true,
        b"y" => word(1) == b"/" && word(2) == b"o" || word(1) == b"." && word(2) == b"o",
        _ => false,
    };
    of_years.then_some(at + 1)
}

fn is_small_number(tokens: &Tokens, at: usize) -> bool {
    number_at(tokens, at).is_some_and(|number| (1..=120).contains(&number))
}
