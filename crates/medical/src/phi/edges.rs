//! The bounds of findings, put right by rule: what is glued to a number belongs to it, a time of day is no part of a
//! date, the word for a relative is no part of the name.

use super::Found;
use crate::Type;
use crate::tokens::{Case, Class, Gap, Token, Tokens};
use crate::words::WordSet;

/// Words before names that are no part of them.
#[rustfmt::skip]
static ROLES: WordSet = WordSet::new(&[
    "aide", "aunt", "brother", "capt", "carer", "col", "cousin", "cpl", "dad", "daughter", "dc", "dear", "deputy", "dr", "drs", "dtr",
    "father", "friend", "grandmother", "hello", "hey", "hi", "husband", "lcpl", "maj", "mom", "mother", "midwife", "miss", "mr",
    "mrs", "ms", "mum", "mx", "nephew", "niece", "nurse", "officer", "partner", "patient", "pc", "pfc", "pt", "pvt", "rn",
    "sgt", "shri", "sib", "sister", "smt", "son", "spouse", "sri", "uncle", "wife",
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
        let (mut first, mut last) = trimmed(tokens, one.kind, range.start, range.end - 1);
        // Beyond its neighbours nothing is gained, and looking further would take a time that is not linear.
        let is_free = |token: usize| tokens.get(token).is_some_and(|token| token.start as usize >= from);
        let ends_free = |token: usize| tokens.get(token).is_some_and(|token| token.end as usize <= to);
        match one.kind {
            Type::Id | Type::Address => {
                while first > 0 && is_free(first) && is_one_word(tokens, first - 1) {
                    first -= 1;
                }
                while ends_free(last) && is_one_word(tokens, last) {
                    last += 1;
                }
                if one.kind == Type::Id {
                    first = start_of_number(tokens, first, is_free);
                }
            }
            Type::Name => {
                while last > first && ROLES.contains(tokens.folded(first)) {
                    first += 1;
                }
                while is_free(first)
                    && let Some(initial) = initial_before(tokens, first)
                {
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

/// Behind names, what somebody has learnt or is allowed to.
#[rustfmt::skip]
static CREDENTIALS: WordSet = WordSet::new(&[
    "aprn", "bsn", "ccfp", "cgc", "cna", "cnm", "cns", "crna", "dds", "dmd", "dnp", "do", "dpm", "dpt", "facc", "facs",
    "fnp", "fracp", "fracs", "frcp", "frcpc", "frcs", "lcpc", "lcsw", "lmft", "lmsw", "lpn", "lvn", "mbbs", "md", "mfom",
    "mph", "msn", "msw", "nd", "np", "ot", "otr", "pa", "pharmd", "phd", "pmhnp", "psyd", "rd", "rn", "rph", "rpsgt",
    "rrt", "slp", "sho",
]);
/// Behind names and a comma, what somebody is in a hospital.
const OFFICES: &[&[u8]] = &[
    b"coordinator",
    b"consultant",
    b"director",
    b"fellow",
    b"manager",
    b"nurse",
    b"officer",
    b"physician",
    b"practitioner",
    b"registrar",
    b"resident",
    b"specialist",
    b"surgeon",
    b"therapist",
    b"worker",
];
/// Ways to a place, which are no part of its name.
const WAYS: &[&[u8]] = &[b"from", b"via", b"to", b"at"];
/// Behind a comma, a part of an address in lower case.
const PARTS: &[&[u8]] = &[
    b"apartment",
    b"apt",
    b"bldg",
    b"building",
    b"flat",
    b"floor",
    b"near",
    b"rm",
    b"room",
    b"ste",
    b"suite",
    b"unit",
];

/// Whether the token is a credential, in capitals.
pub(super) fn is_credential(tokens: &Tokens, index: usize) -> bool {
    CREDENTIALS.contains(tokens.folded(index)) && tokens.all()[index].case >= Case::Upper
}

/// The first and last token of a finding without what does not belong to it: credentials behind names, the way to a
/// place, what goes on behind a comma in lower case, the `'s` of an occupation.
fn trimmed(tokens: &Tokens, kind: Type, mut first: usize, mut last: usize) -> (usize, usize) {
    if !matches!(kind, Type::Name | Type::Address | Type::Profession) {
        return (first, last);
    }
    let is_lower = |index: usize| tokens.all()[index].case == Case::Lower;
    if !is_lower(first) {
        let goes_on = |index: usize| {
            tokens.folded(index) == b"," && is_lower(index + 1) && !PARTS.contains(&tokens.folded(index + 1))
        };
        if let Some(comma) = (first + 1..last).find(|&index| goes_on(index)) {
            last = comma - 1;
        }
    }
    while kind == Type::Name && last > first && (is_credential(tokens, last) || tokens.folded(last) == b",") {
        last -= 1;
    }
    if kind == Type::Name
        && OFFICES.contains(&tokens.folded(last))
        && let Some(comma) = (first + 1..last).find(|&index| tokens.folded(index) == b",")
    {
        last = comma - 1;
    }
    if kind == Type::Address
        && let Some(way) = (first..last.min(first + 3))
            .rev()
            .find(|&index| WAYS.contains(&tokens.folded(index)))
        && !tokens.all()[first].digits
    {
        first = way + 1;
    }
    let joins = |index: usize| tokens.folded(index) == b"and" && tokens.all()[index + 1].case == Case::Title;
    if kind == Type::Profession
        && is_lower(first)
        && let Some(and) = (first + 1..last).find(|&index| joins(index))
    {
        last = and - 1;
    }
    if kind == Type::Profession
        && last > first + 1
        && tokens.folded(last) == b"s"
        && tokens.folded(last - 1) == b"'"
        && is_lower(last - 2)
    {
        last -= 2;
    }
    (first, last)
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

/// Where an identifying number begins of which a later part was found: `PM/HJ/` of `PM/HJ/K338201`, `TX` of
/// `licence TX 40918`. It looks no further than to the first token that is not free.
fn start_of_number(tokens: &Tokens, mut first: usize, is_free: impl Fn(usize) -> bool) -> usize {
    let glued = |index: usize| tokens.all()[index].gap == Gap::None;
    while first >= 2
        && is_free(first)
        && glued(first)
        && glued(first - 1)
        && matches!(tokens.folded(first - 1), b"-" | b"/")
        && tokens.all()[first - 2].class != Class::Mark
    {
        first -= 2;
        while first > 0 && is_free(first) && is_one_word(tokens, first - 1) {
            first -= 1;
        }
    }
    let is_letters = |token: &Token| {
        token.gap == Gap::Space && !token.digits && token.case >= Case::Upper && token.end - token.start <= 2
    };
    if first >= 2
        && is_letters(&tokens.all()[first - 1])
        && tokens.all()[first].class == Class::Number
        && tokens.all()[first].gap == Gap::Space
        && super::rules::is_label(tokens.folded(first - 2))
    {
        first -= 1;
    }
    first
}

/// Joins what the full stop of an abbreviation seemed to part: `T. QUISENBERRY`, `R. H.`, `Ballymore, Co. Cork`.
pub(super) fn join_abbreviated(tokens: &Tokens, found: &mut Vec<Found>) {
    let of_initials = |one: &Found| {
        let range = tokens.touching(one.start..one.end);
        tokens.all()[range]
            .iter()
            .all(|token| matches!(token.case, Case::Initial | Case::None))
    };
    let Some(first) = found.first() else { return };
    let mut initials = of_initials(first);
    let mut kept = 0;
    for index in 1..found.len() {
        let (before, next) = (found[kept], found[index]);
        let end = tokens.touching(before.start..before.end).end;
        let stop = end.wrapping_sub(1 - usize::from(tokens.word(end) == b"."));
        let is_initials = initials && before.kind == Type::Name && next.kind == Type::Name && tokens.word(stop) == b".";
        let follows = tokens
            .get(stop + 1)
            .is_some_and(|token| token.start as usize == next.start && token.gap <= Gap::Space);
        let is_short = before.kind == Type::Address
            && matches!(next.kind, Type::Address | Type::Name)
            && matches!(tokens.word(end - 1), b"co" | b"ft" | b"mt" | b"pt")
            && tokens.word(end) == b".";
        let next_initials = of_initials(&next);
        if (is_initials || is_short) && follows {
            found[kept].end = next.end;
            initials &= next_initials;
        } else {
            kept += 1;
            found[kept] = next;
            initials = next_initials;
        }
    }
    found.truncate(kept + 1);
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
    fn initials_and_names_are_one() {
        for (text, first, second, joined) in [
            ("RN: T. QUISENBERRY", "T.", "QUISENBERRY", "T. QUISENBERRY"),
            ("seen by R. H. today", "R", "H.", "R. H."),
            ("sings at Mt. Gilead", "Mt", "Gilead", "Mt. Gilead"),
            ("seen by Ann. Bob came", "Ann", "Bob", "Ann"),
        ] {
            let mut tokens = Tokens::default();
            tokens.read(text);
            let name = |words: &str| {
                let start = text.find(words).expect("the name is in the text");
                Found {
                    kind: if first == "Mt" { Type::Address } else { Type::Name },
                    start,
                    end: start + words.len(),
                    score: 0.9,
                }
            };
            let mut found = vec![name(first), name(second)];
            join_abbreviated(&tokens, &mut found);
            assert_eq!(&text[found[0].start..found[0].end], joined);
        }
    }

    #[test]
    fn bounds() {
        let cases = [
            (Type::Id, "Medicare 1EG4-TE5", "EG4", "1EG4"),
            (Type::Id, "ref PM/HJ/K338201", "K338201", "PM/HJ/K338201"),
            (Type::Id, "licence TX 40918", "40918", "TX 40918"),
            (Type::Address, "in room 412B.", "room 412", "room 412B"),
            (Type::Name, "- J. R. Tran RN", "Tran", "J. R. Tran"),
            (Type::Name, "Hi Kiran,", "Hi Kiran", "Kiran"),
            (
                Type::Name,
                "Dr A. Moe, Locum Consultant",
                "A. Moe, Locum Consultant",
                "A. Moe",
            ),
            (Type::Name, "- R. Moe, LCPC", "R. Moe, LCPC", "R. Moe"),
            (
                Type::Address,
                "EN ROUTE FROM PLYMOUTH.",
                "EN ROUTE FROM PLYMOUTH",
                "PLYMOUTH",
            ),
            (Type::Address, "in Elm Hall, care to Ann", "Elm Hall, care", "Elm Hall"),
            (
                Type::Address,
                "5 Elm St, apartment 4",
                "5 Elm St, apartment 4",
                "5 Elm St, apartment 4",
            ),
            (
                Type::Profession,
                "is a midwife and Dad works",
                "midwife and Dad",
                "midwife",
            ),
            (Type::Profession, "a baker's wife", "baker's", "baker"),
            (Type::Profession, "works at Macy's.", "Macy's", "Macy's"),
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
