//! Dates, telephone and other labelled numbers by rule: the layouts of notes that leave no doubt, for what the tagger
//! passes over.

use super::Found;
use crate::Type;
use crate::tokens::{Case, Class, Gap, Tokens};

const MONTHS: &[&[u8]] = &[
    b"january",
    b"february",
    b"march",
    b"april",
    b"may",
    b"june",
    b"july",
    b"august",
    b"september",
    b"october",
    b"november",
    b"december",
];
const DAYS: &[&[u8]] = &[
    b"monday",
    b"tuesday",
    b"wednesday",
    b"thursday",
    b"friday",
    b"saturday",
    b"sunday",
    b"thanksgiving",
    b"christmas",
    b"easter",
];
/// Days of the week cut short; those that are words of their own need a word before them that wants a date.
const SHORT_DAYS: &[&[u8]] = &[b"tue", b"tues", b"wed", b"thu", b"thur", b"thurs", b"fri"];
const DOUBTFUL_DAYS: &[&[u8]] = &[b"mon", b"sat", b"sun"];
/// Months cut short.
const SHORT_MONTHS: &[&[u8]] = &[
    b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec",
];
/// Words before a bare month, a bare year, or month and year in figures.
const WHEN: &[&[u8]] = &[
    b"in",
    b"since",
    b"until",
    b"till",
    b"last",
    b"of",
    b"by",
    b"early",
    b"late",
    b"mid",
    b"from",
    b"to",
    b"during",
    b"on",
    b"around",
    b"approximately",
    b"about",
    b"before",
    b"after",
    b"circa",
    b"next",
    b"this",
    b"dated",
    b"through",
    b"deceased",
    b"diagnosed",
    b"died",
    b"dx",
];
/// Years that notes speak of.
const YEARS: std::ops::RangeInclusive<u32> = 1900..=2039;

/// Adds the ages, dates and labelled numbers of a text to `found` where nothing is found yet.
pub(super) fn find(tokens: &Tokens, found: &mut Vec<Found>) {
    for index in 0..tokens.len() {
        let read = super::ages::age(tokens, index)
            .map(|end| (Type::Age, end))
            .or_else(|| date(tokens, index).map(|end| (Type::Date, end)))
            .or_else(|| labelled_phone(tokens, index).map(|end| (Type::PhoneOrFax, end)))
            .or_else(|| labelled_number(tokens, index).map(|end| (Type::Id, end)))
            .or_else(|| code(tokens, index).map(|end| (Type::Id, end)));
        if let Some((kind, end)) = read {
            let bytes = tokens.bytes_of(index..end);
            super::add(found, kind, bytes.start, bytes.end, 0.8);
        }
    }
}

/// `in June`, `last Monday`, `since 1989`, `until 12/94`.
fn date(tokens: &Tokens, at: usize) -> Option<usize> {
    let token = &tokens.all()[at];
    let before = at.checked_sub(1).map_or(&b""[..], |index| tokens.word(index));
    let word = tokens.folded(at);
    if token.class == Class::Word && matches!(token.case, Case::Title | Case::Upper) {
        if DAYS.contains(&word)
            || SHORT_DAYS.contains(&word)
            || DOUBTFUL_DAYS.contains(&word) && token.case == Case::Title && WHEN.contains(&before)
        {
            return Some(at + 1);
        }
        if MONTHS.contains(&word) {
            let dated = tokens.get(at + 1).is_some_and(|next| next.class == Class::Number);
            let certain = !matches!(word, b"may" | b"march" | b"august") && token.case == Case::Title;
            if !(certain || dated || WHEN.contains(&before)) {
                return None;
            }
            return Some(after_month(tokens, at + 1));
        }
    }
    if let Some(end) = feast(tokens, at) {
        return Some(end);
    }
    if token.class != Class::Number {
        return None;
    }
    let number = number_at(tokens, at)?;
    if (1..=31).contains(&number) && is_glued_month_and_year(tokens, at + 1) {
        return Some(at + 2);
    }
    if let Some(end) = date_of_entry(tokens, at) {
        return Some(end);
    }
    if word.len() == 4 && YEARS.contains(&number) && WHEN.contains(&before) {
        let decade = tokens.word(at + 1) == b"s" && tokens.get(at + 1).is_some_and(|next| next.gap == Gap::None);
        return Some(at + 1 + usize::from(decade));
    }
    // Month and day behind a word that wants a date.
    if let Some(day) = number_at(tokens, at + 2)
        && matches!(before, b"on" | b"since" | b"until")
        && tokens.word(at + 1) == b"/"
        && tokens.word(at + 3) != b"/"
        && (1..=12).contains(&number)
        && (1..=31).contains(&day)
    {
        return Some(at + 3);
    }
    // Month and year in figures.
    let year = number_at(tokens, at + 2)?;
    let digits = tokens.word(at + 2).len();
    let slashed = tokens.word(at + 1) == b"/" && tokens.word(at + 3) != b"/" && before != b"/";
    // Pain is rated by ten.
    let plausible = (1..=12).contains(&number)
        && (digits == 4 && YEARS.contains(&year) || digits == 2 && (word.len() == 2 && year != 10 || year > 31));
    let announced = digits == 4 || WHEN.contains(&before) || year > 31 && word.len() == 1;
    (slashed && plausible && announced && !tokens.word(at + 3).starts_with(b"mm")).then_some(at + 3)
}

/// `Boxing Day`, `Guy Fawkes Night`, `Three Kings Day` behind a word that wants a date.
fn feast(tokens: &Tokens, at: usize) -> Option<usize> {
    let is_title = |index: usize| {
        tokens
            .get(index)
            .is_some_and(|token| token.case == Case::Title && token.gap == Gap::Space)
    };
    if !is_title(at) || !is_title(at + 1) {
        return None;
    }
    let end = (at + 1..at + 4).find(|&index| matches!(tokens.word(index), b"day" | b"eve" | b"night"))?;
    let before = at.checked_sub(1).map_or(&b""[..], |index| tokens.word(index));
    let announced = WHEN.contains(&before) || matches!(before, b"over" | b"for" | b"at");
    let follows = tokens.get(end + 1).is_some_and(|next| next.class == Class::Number);
    (announced && (at..=end).all(is_title) && !follows).then_some(end + 1)
}

/// `Mar2022` of `07Mar2022`.
fn is_glued_month_and_year(tokens: &Tokens, at: usize) -> bool {
    let word = tokens.word(at);
    word.len() == 7
        && tokens.get(at).is_some_and(|token| token.gap == Gap::None)
        && SHORT_MONTHS.contains(&&word[..3])
        && word[3..].iter().all(u8::is_ascii_digit)
}

/// `2/14` at the start of a line, with a word in capitals, a time or a colon behind: the date of an entry in a chart.
fn date_of_entry(tokens: &Tokens, at: usize) -> Option<usize> {
    let (month, day) = (number_at(tokens, at)?, number_at(tokens, at + 2)?);
    let plausible = (1..=12).contains(&month) && (1..=31).contains(&day) && tokens.word(at + 1) == b"/";
    let next = tokens.get(at + 3)?;
    let opens = next.gap >= Gap::Space && (next.case >= Case::Title || tokens.folded(at + 3).len() == 4 && next.digits)
        || tokens.word(at + 3) == b":";
    (plausible && opens && tokens.all()[at].gap >= Gap::Line).then_some(at + 3)
}

/// What announces an identifying number.
const LABELS: &[&[u8]] = &[
    b"mrn",
    b"mr",
    b"acct",
    b"account",
    b"accession",
    b"chart",
    b"job",
    b"encounter",
    b"ssn",
    b"policy",
    b"member",
    b"record",
    b"specimen",
    b"case",
    b"npi",
    b"dea",
    b"license",
    b"licence",
    b"serial",
    b"insurance",
    b"visit",
    b"lot",
    b"grp",
    b"group",
    b"csn",
    b"fin",
    b"badge",
    b"incident",
    b"sample",
    b"subject",
    b"passport",
    b"medicare",
    b"medicaid",
    b"ref",
    b"accn",
    b"auth",
    b"authorization",
    b"batch",
    b"chi",
    b"claim",
    b"crime",
    b"dva",
    b"gms",
    b"hicn",
    b"hosp",
    b"hospital",
    b"kit",
    b"lic",
    b"nhs",
    b"order",
    b"payroll",
    b"phn",
    b"pin",
    b"plate",
    b"pps",
    b"ppsn",
    b"provider",
    b"reg",
    b"regn",
    b"rx",
    b"sn",
    b"uhid",
    b"ur",
    b"urn",
];

/// Labels that need no mark behind them: nothing else follows them.
const CERTAIN_LABELS: &[&[u8]] = &[
    b"mrn",
    b"lot",
    b"dea",
    b"npi",
    b"serial",
    b"passport",
    b"csn",
    b"acct",
    b"account",
    b"accession",
    b"grp",
    b"ssn",
    b"medicare",
    b"medicaid",
    b"badge",
    b"accn",
    b"chi",
    b"dva",
    b"gms",
    b"hicn",
    b"licence",
    b"license",
    b"nhs",
    b"phn",
    b"plate",
    b"pps",
    b"ppsn",
    b"uhid",
    b"urn",
];

/// `MRN FT575269`, `Job #154828`, `Acct. No: 99-1234`: a number of four digits or more behind its label.
fn labelled_number(tokens: &Tokens, at: usize) -> Option<usize> {
    let token = &tokens.all()[at];
    if !token.digits || token.end - token.start < 4 && tokens.word(at + 1) != b"-" {
        return None;
    }
    let mut back = at;
    while back > 0 && at - back < 4 && matches!(tokens.word(back - 1), b"#" | b":" | b"." | b"no" | b"number" | b"id") {
        back -= 1;
    }
    let label = back.checked_sub(1).map_or(&b""[..], |index| tokens.folded(index));
    let is_id = (back..at).any(|index| tokens.folded(index) == b"id");
    // `MR` is an image, too, unless a mark follows; a case has an age.
    let certain = CERTAIN_LABELS.contains(&label) || back < at;
    if !(LABELS.contains(&label) && certain || is_id) {
        return None;
    }
    let mut end = at + 1;
    let glued = |index: usize| tokens.get(index).is_some_and(|token| token.gap == Gap::None);
    while glued(end) && (tokens.all()[end].class != Class::Mark || tokens.word(end) == b"-" && glued(end + 1)) {
        end += 1;
    }
    Some(end)
}

/// `NCT04512345`, `5520183`: capitals with four digits or more, or seven digits and more, name something. Results have
/// fewer digits, or marks between them.
fn code(tokens: &Tokens, at: usize) -> Option<usize> {
    let token = &tokens.all()[at];
    let digits = tokens.folded(at).iter().filter(|byte| byte.is_ascii_digit()).count();
    let enough = match token.class {
        Class::Word => digits >= 4 && matches!(token.case, Case::Upper | Case::Initial),
        Class::Number => digits >= 7 && digits == tokens.folded(at).len(),
        Class::Mark => false,
    };
    let glued = tokens
        .get(at + 1)
        .is_some_and(|next| next.gap == Gap::None && next.class != Class::Mark);
    (enough && !glued).then_some(at + 1)
}

/// What announces a telephone number, behind `to` or `at` or not.
const PHONES: &[&[u8]] = &[
    b"fax",
    b"faxed",
    b"tel",
    b"telephone",
    b"phone",
    b"cell",
    b"mobile",
    b"pager",
    b"ph",
    b"called",
    b"call",
    b"reached",
];

/// `faxed to 4802373531`, `cell: 639 317 6340 x791`: seven to fifteen digits behind what announces them.
fn labelled_phone(tokens: &Tokens, at: usize) -> Option<usize> {
    // `x44107`, an extension on its own.
    if let [b'x', digits @ ..] = tokens.folded(at)
        && (4..=5).contains(&digits.len())
        && digits.iter().all(u8::is_ascii_digit)
        && tokens.all()[at].gap > Gap::None
    {
        return Some(at + 1);
    }
    number_len(tokens, at)?;
    let mut back = at;
    while back > 0
        && at - back < 4
        && matches!(
            tokens.word(back - 1),
            b"#" | b":" | b"." | b"no" | b"number" | b"to" | b"at" | b"(" | b"is"
        )
    {
        back -= 1;
    }
    if back == 0 || !PHONES.contains(&tokens.folded(back - 1)) {
        return None;
    }
    let (mut digits, mut end, mut next) = (0, at, at);
    while let Some(more) = number_len(tokens, next)
        && digits + more <= 15
    {
        digits += more;
        end = next + 1;
        next = end;
        while next < end + 2 && matches!(tokens.word(next), b"-" | b"." | b")" | b"/") {
            next += 1;
        }
    }
    if digits < 7 {
        return None;
    }
    // `x791`, `ext. 5`
    let extension = tokens.word(end);
    if extension.len() > 1 && extension[0] == b'x' && extension[1..].iter().all(u8::is_ascii_digit) {
        return Some(end + 1);
    }
    if matches!(extension, b"ext" | b"x") {
        let number = end + 1 + usize::from(tokens.word(end + 1) == b".");
        if number_len(tokens, number).is_some() {
            return Some(number + 1);
        }
    }
    Some(end)
}

/// How many digits the number at a place has.
fn number_len(tokens: &Tokens, at: usize) -> Option<usize> {
    let token = tokens
        .get(at)
        .filter(|token| token.class == Class::Number && token.gap < Gap::Line)?;
    token
        .digits
        .then(|| tokens.folded(at).iter().filter(|byte| byte.is_ascii_digit()).count())
}

/// Makes identifying numbers whole that hyphens or strokes divide: `00-48-219`.
pub(super) fn extend_numbers(tokens: &Tokens, found: &mut [Found]) {
    for index in 0..found.len() {
        if found[index].kind != Type::Id {
            continue;
        }
        let limit = found.get(index + 1).map_or(usize::MAX, |next| next.start);
        let mut next = tokens.touching(found[index].start..found[index].end).end;
        let glued = |index: usize| tokens.get(index).filter(|token| token.gap == Gap::None);
        while let (Some(_), Some(part)) = (glued(next), glued(next + 1))
            && matches!(tokens.word(next), b"-" | b"/")
            && part.digits
            && part.end as usize <= limit
        {
            found[index].end = part.end as usize;
            next += 2;
        }
    }
}

/// Past the day and the year behind a month: `March 4, 2009`, `June of 1998`, `May 2001`.
fn after_month(tokens: &Tokens, at: usize) -> usize {
    let year = |index: usize| {
        tokens.word(index).len() == 4 && number_at(tokens, index).is_some_and(|number| YEARS.contains(&number))
    };
    let mut end = at;
    if number_at(tokens, end).is_some_and(|number| (1..=31).contains(&number)) && tokens.word(end).len() <= 2 {
        end += 1;
        if matches!(tokens.word(end), b"st" | b"nd" | b"rd" | b"th") {
            end += 1;
        }
    }
    if year(end) {
        return end + 1;
    }
    if matches!(tokens.word(end), b"," | b"of") && year(end + 1) {
        return end + 2;
    }
    end
}

/// Whether the word is a day of the week or a holiday.
pub(super) fn is_day(word: &[u8]) -> bool {
    DAYS.contains(&word)
}

/// Whether the word announces an identifying number.
pub(super) fn is_label(word: &[u8]) -> bool {
    LABELS.contains(&word)
}

/// Whether the word is a month, a day of the week or a holiday.
pub(super) fn is_calendar_word(word: &[u8]) -> bool {
    MONTHS.contains(&word) || DAYS.contains(&word)
}

/// The number at a place.
pub(super) fn number_at(tokens: &Tokens, at: usize) -> Option<u32> {
    let token = tokens.get(at)?;
    if token.class != Class::Number {
        return None;
    }
    std::str::from_utf8(tokens.folded(at)).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_and_dates() {
        let cases: &[(&str, &[&str])] = &[
            ("She is 45 years old.", &["45"]),
            (
                "Two sons, ages 37 and 38; brothers 68 and 77 years old.",
                &["37", "38", "68", "77"],
            ),
            (
                "Kids aged 6, 9 and 15; ages 4, 7, and 11. Stage 2, 3 and 4.",
                &["6", "9", "15", "4", "7", "11"],
            ),
            (
                "NCT04512345 at site 014, account 33009182, CD4, 20,000",
                &["NCT04512345", "33009182"],
            ),
            ("He has 18-, 16-, and 12-year-old brothers.", &["18", "16", "12"]),
            ("Died at the age of 91; 72yo", &["91", "72"]),
            ("Teddy is 3 and has a cough; pain is 3 and better", &["3"]),
            (
                "She turned forty, a fifty-two-year-old man, aged sixty two, twenty tablets",
                &["forty", "fifty-two", "sixty two"],
            ),
            (
                "Surgery in 07/06, last exam 11/2007, pain 6/10 since June.",
                &["07/06", "11/2007", "June"],
            ),
            (
                "It began in March of 2007 and ended May 4, 2009.",
                &["March of 2007", "May 4, 2009"],
            ),
            ("Until 1989 or the 1970s; it may march on. Creatinine 2000.", &["1989"]),
            ("MRN FT575269, Job #154828; case 2019.", &["FT575269", "154828"]),
            (
                "A 21-day-old boy; his aunt is in her 80s; CABG 8/95.",
                &["21-day", "80s", "8/95"],
            ),
            (
                "33F seen on 8/21, power 3/5, insurance ID XJK889201",
                &["33", "8/21", "XJK889201"],
            ),
            (
                "2/14 PT eval, 07Mar2022; home by Fri or on Sun. He is now 63 and well.",
                &["2/14", "07Mar2022", "Fri", "Sun", "63"],
            ),
            (
                "Worse since Guy Fawkes Night and on Boxing Day; from Day 3, on Study Day 4, for Night sweats.",
                &["Guy Fawkes Night", "Boxing Day"],
            ),
            ("A 30-year history, BP 12/80 on Monday.", &["Monday"]),
        ];
        for (text, expected) in cases {
            let mut tokens = Tokens::default();
            tokens.read(text);
            let mut found = Vec::new();
            find(&tokens, &mut found);
            let surface: Vec<&str> = found.iter().map(|found| &text[found.start..found.end]).collect();
            assert_eq!(surface, *expected, "{text}");
        }
    }
}
