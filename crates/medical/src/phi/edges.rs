//! The bounds of findings, put right by rule: what is glued to a number belongs to it, a time of day is no part of a
//! date, the word for a relative is no part of the name.

use super::Found;
use crate::Type;
use crate::tokens::{Case, Class, Gap, Tokens};
use crate::words::WordSet;

/// Words before names that are no part of them.
#[rustfmt::skip]
static ROLES: WordSet = WordSet::new(&[
    "aunt", "brother", "cousin", "dad", "daughter", "dear", "dr", "dtr", "father", "friend", "grandmother", "hello", "hey", "hi",
    "husband", "mom", "mother", "midwife", "mr", "mrs", "ms", "nephew", "niece", "nurse", "partner", "patient", "pt", "rn",
    "sister", "son", "spouse", "uncle", "wife",
]);

/// Puts the bounds of what was found right. `found` is in order and does not overlap, before and after.
pub(super) fn settle(tokens: &Tokens, found: &mut [Found]) {
    for index in 0..found.len() {
        let from = index.checked_sub(1).map_or(0, |before| found[before].end);
        let to = found.get(index + 1).map_or(usize::MAX, |next| next.start);
        let one = &mut found[index];
        let range = tokens.touching(one.start..one.end);
        if range.is_empty() {
            continue;
        }
        let (mut first, mut last) = (range.start, range.end - 1);
        match one.kind {
            Type::Id | Type::Address => {
                while first > 0 && is_one_word(tokens, first - 1) {
                    first -= 1;
                }
                while is_one_word(tokens, last) {
                    last += 1;
                }
            }
            Type::Name => {
                while last > first && ROLES.contains(tokens.folded(first)) {
                    first += 1;
                }
                while let Some(initial) = initial_before(tokens, first) {
                    first = initial;
                }
            }
            Type::Date if last > first + 2 && is_military_time(tokens, last) => last -= 1,
            Type::Age => last = unit_of_age(tokens, last).unwrap_or(last),
            _ => {}
        }
        let bytes = tokens.bytes_of(first..last + 1);
        if bytes.start >= from && bytes.end <= to {
            (one.start, one.end) = (bytes.start, bytes.end);
        }
    }
}

/// Adds the ages that stand behind names: `Sofía (9)`, `Bronwyn, 42, works`.
pub(super) fn add_ages(tokens: &Tokens, found: &mut Vec<Found>) {
    let mut next = 0;
    while next < found.len() {
        let index = next;
        next += 1;
        if found[index].kind != Type::Name {
            continue;
        }
        let mark = tokens.touching(found[index].start..found[index].end).end;
        let number = mark + 1;
        let closes = match (tokens.word(mark), tokens.word(number + 1)) {
            (b"(", b")" | b"," | b";") => true,
            (b",", b"," | b")" | b";") => tokens.get(number).is_some_and(|token| token.gap == Gap::Space),
            _ => false,
        };
        let plausible = tokens.get(number).is_some_and(|token| token.class == Class::Number)
            && std::str::from_utf8(tokens.folded(number)).is_ok_and(|digits| {
                digits.len() <= 3 && digits.parse::<u32>().is_ok_and(|age| (1..=110).contains(&age))
            });
        if closes && plausible {
            let bytes = tokens.bytes_of(number..number + 1);
            super::add(found, Type::Age, bytes.start, bytes.end, 0.7);
        }
    }
}

/// Whether letters or digits are glued to those of the token.
fn is_one_word(tokens: &Tokens, index: usize) -> bool {
    let letters = |index: usize| tokens.get(index).filter(|token| token.class != Class::Mark);
    letters(index).is_some() && letters(index + 1).is_some_and(|next| next.gap == Gap::None)
}

/// The initial right before a name: `J.` of `J. Tran`.
fn initial_before(tokens: &Tokens, first: usize) -> Option<usize> {
    let (letter, stop) = (first.checked_sub(2)?, first - 1);
    let is_initial = tokens.all()[letter].case == Case::Initial
        && tokens.folded(stop) == b"."
        && tokens.all()[stop].gap == Gap::None
        && tokens.all()[first].gap < Gap::Line;
    is_initial.then_some(letter)
}

/// `0345` behind a date: four digits that are no year.
fn is_military_time(tokens: &Tokens, index: usize) -> bool {
    let token = &tokens.all()[index];
    let digits = tokens.folded(index);
    let number = || std::str::from_utf8(digits).ok()?.parse::<u32>().ok();
    token.class == Class::Number
        && token.gap == Gap::Space
        && digits.len() == 4
        && number().is_some_and(|number| number < 2400 && number % 100 < 60 && !(1900..=2039).contains(&number))
}

/// The unit of an age that is not in years: `month` of `4-month-old`.
fn unit_of_age(tokens: &Tokens, number: usize) -> Option<usize> {
    let unit = number + 1 + usize::from(tokens.word(number + 1) == b"-");
    let old = unit + 1 + usize::from(tokens.word(unit + 1) == b"-");
    let is_unit = matches!(
        tokens.word(unit),
        b"day" | b"days" | b"week" | b"weeks" | b"wk" | b"month" | b"months" | b"mo"
    );
    (is_unit && tokens.word(old) == b"old" && tokens.all()[number].class == Class::Number).then_some(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_of_names() {
        for (text, ages) in [
            ("Ann (9) came", 1),
            ("Ann, 42, works", 1),
            ("Ann (ext 9)", 0),
            ("Ann, 42 mg", 0),
            ("Ann (1997)", 0),
        ] {
            let mut tokens = Tokens::default();
            tokens.read(text);
            let mut found = vec![Found {
                kind: Type::Name,
                start: 0,
                end: 3,
                score: 0.9,
            }];
            add_ages(&tokens, &mut found);
            assert_eq!(found.len(), 1 + ages, "{text}");
        }
    }

    #[test]
    fn bounds() {
        let cases = [
            (Type::Id, "Medicare 1EG4-TE5", "EG4", "1EG4"),
            (Type::Address, "in room 412B.", "room 412", "room 412B"),
            (Type::Name, "- J. R. Tran RN", "Tran", "J. R. Tran"),
            (Type::Name, "Hi Kiran,", "Hi Kiran", "Kiran"),
            (Type::Date, "Note 3/7 0345: pain", "3/7 0345", "3/7"),
            (Type::Date, "on 3 March 2019.", "3 March 2019", "3 March 2019"),
            (Type::Age, "a 4-month-old boy", "4", "4-month"),
            (Type::Age, "a 40-year-old man", "40", "40"),
        ];
        for (kind, text, before, after) in cases {
            let mut tokens = Tokens::default();
            tokens.read(text);
            let start = text.find(before).expect("the finding is in the text");
            let mut found = [Found {
                kind,
                start,
                end: start + before.len(),
                score: 0.9,
            }];
            settle(&tokens, &mut found);
            assert_eq!(&text[found[0].start..found[0].end], after, "{text}");
        }
    }
}
