//! What findings are, put right by rule where their words or neighbours leave no doubt: days and feasts are dates,
//! somebody is an occupation at an employer, and an institution and its town are two.

use std::ops::Range;

use super::Found;
use super::vocabulary::OCCUPATIONS;
use crate::Type;
use crate::tokens::{Case, Class, Gap, Tokens};
use crate::words::WordSet;

/// Feasts of one word.
#[rustfmt::skip]
static FEASTS: WordSet = WordSet::new(&[
    "advent", "ascension", "ashura", "christmas", "deepavali", "diwali", "dussehra", "easter", "eid", "epiphany",
    "halloween", "hanukkah", "hogmanay", "holi", "juneteenth", "kwanzaa", "lent", "michaelmas", "navratri", "nowruz",
    "onam", "passover", "pentecost", "pesach", "pongal", "purim", "ramadan", "samhain", "shavuot", "sukkot",
    "thanksgiving", "vaisakhi", "whitsun",
]);
/// Last words of institutions.
#[rustfmt::skip]
static INSTITUTIONS: WordSet = WordSet::new(&[
    "academy", "associates", "center", "centre", "clinic", "elementary", "general", "hospice", "hospital", "infirmary",
    "institute", "laboratories", "laboratory", "manor", "memorial", "pharmacy", "practice", "regional", "rehab",
    "school", "specialists", "surgery", "university",
]);
/// Words that stand before an occupation and are no part of it.
const PAST: &[&[u8]] = &[b"former", b"retired", b"ex"];

/// Puts kinds and extents right. `found` is in order and does not overlap, before and after.
pub(super) fn settle(tokens: &Tokens, found: &mut Vec<Found>) {
    for index in 0..found.len() {
        let range = tokens.touching(found[index].start..found[index].end);
        if range.is_empty() {
            continue;
        }
        let one_word = range.len() == 1;
        let is_day = one_word
            && (FEASTS.contains(tokens.folded(range.start)) || super::rules::is_day(tokens.folded(range.start)));
        match found[index].kind {
            Type::Name | Type::Address | Type::Profession if is_day => found[index].kind = Type::Date,
            Type::Address if is_employer(tokens, found, index, range.start) => found[index].kind = Type::Profession,
            Type::Id if is_postcode(tokens, range.start) => found[index].kind = Type::Address,
            Type::Address if is_person(tokens, range.clone()) => found[index].kind = Type::Name,
            Type::Id if is_number_to_call(tokens, range.clone()) => found[index].kind = Type::PhoneOrFax,
            Type::Profession if !one_word && PAST.contains(&tokens.folded(range.start)) => {
                let hyphen = usize::from(tokens.word(range.start + 1) == b"-");
                if range.start + 1 + hyphen < range.end {
                    found[index].start = tokens.all()[range.start + 1 + hyphen].start as usize;
                }
            }
            _ => {}
        }
    }
    part_towns(tokens, found);
    part_brackets(tokens, found);
    part_names(tokens, found);
}

/// Whether three, three and four digits stand there, as `406 555 0184`, and nothing says that they are no telephone
/// number.
fn is_number_to_call(tokens: &Tokens, range: Range<usize>) -> bool {
    let is_mark = |index: &usize| matches!(tokens.folded(*index), b"-" | b".");
    let lengths = range
        .clone()
        .filter(|index| !is_mark(index))
        .map(|index| tokens.folded(index).len());
    let is_label = |word: &[u8]| super::rules::is_label(word) || matches!(word, b"no" | b"number" | b"id" | b"c");
    let numbers = range
        .clone()
        .filter(|index| tokens.all()[*index].class == Class::Number)
        .count();
    lengths.eq([3, 3, 4])
        && numbers == 3
        && tokens.all()[range.start..range.end]
            .iter()
            .all(|token| token.gap < Gap::Blank)
        && !(range.start.saturating_sub(3)..range.start).any(|index| is_label(tokens.folded(index)))
}

/// Whether a label says that a postcode stands there: `Eircode: P17 XR20`.
fn is_postcode(tokens: &Tokens, first: usize) -> bool {
    let label = first.checked_sub(1 + usize::from(first > 0 && tokens.folded(first - 1) == b":"));
    label.is_some_and(|label| {
        matches!(
            tokens.folded(label),
            b"zip" | b"postcode" | b"eircode" | b"pincode" | b"zipcode"
        )
    })
}

/// Whether credentials behind a comma say that somebody stands there: `Ingrid Moe, LCPC`.
fn is_person(tokens: &Tokens, range: Range<usize>) -> bool {
    let last = range.end - 1;
    range.len() >= 3
        && tokens.folded(last - 1) == b","
        && super::edges::is_credential(tokens, last)
        && tokens.all()[range].iter().all(|token| !token.digits)
}

/// Parts findings at a bracket that does not close in them: `Giant Eagle (bakery manager`.
fn part_brackets(tokens: &Tokens, found: &mut Vec<Found>) {
    let mut index = 0;
    while index < found.len() {
        let one = found[index];
        let range = tokens.touching(one.start..one.end);
        index += 1;
        let opens = range.clone().skip(1).find(|&token| tokens.folded(token) == b"(");
        let Some(bracket) = opens.filter(|&bracket| bracket + 1 < range.end) else {
            continue;
        };
        if matches!(one.kind, Type::Name | Type::Address | Type::Profession)
            && !(bracket..range.end).any(|token| tokens.folded(token) == b")")
        {
            found[index - 1].end = tokens.all()[bracket - 1].end as usize;
            let start = tokens.all()[bracket + 1].start as usize;
            found.insert(index, Found { start, ..one });
        }
    }
}

/// Parts somebody's name from what somebody is: `dietitian Fenella`.
fn part_names(tokens: &Tokens, found: &mut [Found]) {
    for one in found {
        let range = tokens.touching(one.start..one.end);
        if one.kind != Type::Profession || range.len() < 2 {
            continue;
        }
        let name = range
            .clone()
            .skip_while(|&index| OCCUPATIONS.contains(tokens.folded(index)) && tokens.all()[index].case == Case::Lower);
        let Some(first) = name.clone().next().filter(|&first| first > range.start) else {
            continue;
        };
        if name.clone().all(|index| tokens.all()[index].case == Case::Title) {
            one.kind = Type::Name;
            one.start = tokens.all()[first].start as usize;
        }
    }
}

/// Whether an occupation stands before the finding, with `at`, `for` or `with` between.
fn is_employer(tokens: &Tokens, found: &[Found], index: usize, first: usize) -> bool {
    let Some(before) = index.checked_sub(1).map(|before| &found[before]) else {
        return false;
    };
    let Some(preposition) = first.checked_sub(1 + usize::from(tokens.word(first.wrapping_sub(1)) == b"the")) else {
        return false;
    };
    before.kind == Type::Profession
        && matches!(tokens.folded(preposition), b"at" | b"for" | b"with")
        && tokens.touching(before.start..before.end).end == preposition
        && !tokens.all()[first].digits
}

/// Parts institutions from the towns behind a comma: `Ellis Hospital, Schenectady, NY`.
fn part_towns(tokens: &Tokens, found: &mut Vec<Found>) {
    let mut index = 0;
    while index < found.len() {
        let one = found[index];
        let range = tokens.touching(one.start..one.end);
        index += 1;
        if one.kind != Type::Address || tokens.all()[range.clone()].iter().any(|token| token.digits) {
            continue;
        }
        let comma = range.clone().skip(1).find(|&token| {
            tokens.folded(token) == b","
                && INSTITUTIONS.contains(tokens.folded(token - 1))
                && token + 1 < range.end
                && tokens.all()[token + 1].case >= Case::Title
                && tokens.all()[token + 1].gap >= Gap::Space
        });
        if let Some(comma) = comma {
            found[index - 1].end = tokens.all()[comma - 1].end as usize;
            let start = tokens.all()[comma + 1].start as usize;
            found.insert(index, Found { start, ..one });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Findings of a text that are given as words with their kinds, after they were settled.
    fn settled(text: &str, given: &[(Type, &str)]) -> Vec<(Type, String)> {
        let mut tokens = Tokens::default();
        tokens.read(text);
        let mut found: Vec<Found> = given
            .iter()
            .map(|&(kind, words)| {
                let start = text.find(words).expect("the words are in the text");
                Found {
                    kind,
                    start,
                    end: start + words.len(),
                    score: 0.9,
                }
            })
            .collect();
        settle(&tokens, &mut found);
        found
            .iter()
            .map(|found| (found.kind, text[found.start..found.end].to_owned()))
            .collect()
    }

    #[test]
    fn kinds_follow_words_and_neighbours() {
        use Type::{Address, Date, Id, Name, PhoneOrFax, Profession};
        type Findings = &'static [(Type, &'static str)];
        let cases: &[(&str, Findings, Findings)] = &[
            ("BMP on Monday.", &[(Address, "Monday")], &[(Date, "Monday")]),
            ("Fell at Hogmanay", &[(Name, "Hogmanay")], &[(Date, "Hogmanay")]),
            (
                "an actuary at Corvalis Mutual",
                &[(Profession, "actuary"), (Address, "Corvalis Mutual")],
                &[(Profession, "actuary"), (Profession, "Corvalis Mutual")],
            ),
            (
                "a seamstress in Racine",
                &[(Profession, "seamstress"), (Address, "Racine")],
                &[(Profession, "seamstress"), (Address, "Racine")],
            ),
            (
                "a former jockey",
                &[(Profession, "former jockey")],
                &[(Profession, "jockey")],
            ),
            (
                "at Tallow Clinic, Derry, NH today",
                &[(Address, "Tallow Clinic, Derry, NH")],
                &[(Address, "Tallow Clinic"), (Address, "Derry, NH")],
            ),
            (
                "office 406 555 0184. NHS No: 943 476 5919",
                &[(Id, "406 555 0184"), (Id, "943 476 5919")],
                &[(PhoneOrFax, "406 555 0184"), (Id, "943 476 5919")],
            ),
            (
                "at Moss Mart (night manager) since",
                &[(Profession, "Moss Mart (night manager")],
                &[(Profession, "Moss Mart"), (Profession, "night manager")],
            ),
            (
                "w/ dietitian Fenella,",
                &[(Profession, "dietitian Fenella")],
                &[(Name, "Fenella")],
            ),
            (
                "2 Clinic, Derry",
                &[(Address, "2 Clinic, Derry")],
                &[(Address, "2 Clinic, Derry")],
            ),
        ];
        for (text, before, after) in cases {
            let after: Vec<(Type, String)> = after.iter().map(|&(kind, words)| (kind, words.to_owned())).collect();
            assert_eq!(settled(text, before), after, "{text}");
        }
    }
}
