//! Occupations by rule: what somebody is said to be, to do or to have done for a living.

use super::Found;
use super::vocabulary::OCCUPATIONS;
use crate::Type;
use crate::tokens::{Class, Tokens};

/// What comes before an occupation, behind an article or not.
const CUES: &[&[u8]] = &[
    b"retired",
    b"former",
    b"as",
    b"occupation",
    b"profession",
    b"job",
    b"self",
    b"old",
];
/// Before an article: `is a`, `was an`.
const VERBS: &[&[u8]] = &[b"is", b"was", b"became", b"as", b"am", b"s", b"m", b"been"];
/// What people of the hospital do in notes; patients do not.
const CLINICIANS: &[&[u8]] = &[
    b"the",
    b"charge",
    b"our",
    b"your",
    b"attending",
    b"triage",
    b"wound",
    b"home",
];
/// The most words of an occupation.
const LONGEST: usize = 3;

/// Adds the occupations of a text to `found` where nothing is found yet.
pub(super) fn find(tokens: &Tokens, found: &mut Vec<Found>) {
    for index in 0..tokens.len() {
        if let Some((start, end)) = occupation(tokens, index) {
            let bytes = tokens.bytes_of(start..end);
            super::add(found, Type::Profession, bytes.start, bytes.end, 0.75);
        }
    }
}

/// The occupation whose last word is at `last`, if something announces it.
fn occupation(tokens: &Tokens, last: usize) -> Option<(usize, usize)> {
    let word = tokens.folded(last);
    if tokens.all()[last].class != Class::Word || !OCCUPATIONS.contains(word) {
        return None;
    }
    let back = |distance: usize| last.checked_sub(distance).map_or(&b""[..], |index| tokens.word(index));
    for length in 1..=LONGEST {
        let before = back(length);
        if CLINICIANS.contains(&before) {
            return None;
        }
        let article = matches!(before, b"a" | b"an");
        let announced = CUES.contains(&before)
            || before == b"-" && back(length + 1) == b"ex"
            || matches!(before, b"is" | b"was") && matches!(tokens.word(last + 1), b"." | b"," | b";" | b"")
            || article && (VERBS.contains(&back(length + 1)) || back(length + 1) == b"," && word != b"nurse")
            || before == b":"
                && matches!(
                    back(length + 1),
                    b"occupation" | b"profession" | b"job" | b"employment" | b"work"
                );
        if announced {
            return Some((last + 1 - length, last + 1));
        }
        // A word of the occupation, as in `truck driver`.
        if last < length || tokens.all()[last - length].class != Class::Word || article {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn occupations_are_announced() {
        let cases: &[(&str, &[&str])] = &[
            ("She is a 58-year-old retired schoolteacher.", &["schoolteacher"]),
            (
                "He worked as a truck driver; his son is an engineer.",
                &["truck driver", "engineer"],
            ),
            ("He is a truck driver.", &["truck driver"]),
            ("Seen by the wound nurse. The social worker called.", &[]),
            ("Occupation: welder", &["welder"]),
            ("She's a dental assistant there.", &["dental assistant"]),
            ("ex-cannery worker; pt is doula.", &["cannery worker", "doula"]),
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
