//! Names by rule: who is called by what they are to the patient.

use construe_recognizers::Gazetteer;

use super::Found;
use crate::Type;
use crate::tokens::{Case, Class, Gap, Tokens};
use crate::words::WordSet;

/// What people are to the patient, before their names.
#[rustfmt::skip]
pub(super) const RELATIONS: WordSet = WordSet::new(&[
    "aide", "aunt", "aunty", "auntie", "boyfriend", "brother", "carer", "caretaker", "cousin", "dad", "dtr", "daughter",
    "father", "fiance", "fiancee", "flatmate", "friend", "girlfriend", "granddaughter", "grandma", "grandmother",
    "grandpa", "grandfather", "grandson", "housemate", "husband", "interpreter", "missus", "mom", "mother", "mum",
    "neighbor", "neighbour", "nephew", "niece", "partner", "roommate", "sib", "sibling", "sister", "sitter", "son",
    "spouse", "stepdad", "stepfather", "stepmother", "stepson", "twin", "uncle", "wife",
]);
/// How common a word may be and still be taken for a name, on the scale of the gazetteer: one in 10,000.
const COMMON_WORD: u8 = 32;
/// Words of a name behind its first.
const MOST_WORDS: usize = 4;

/// Adds the names behind relations to `found` where nothing is found yet: `wife Morag`, `dad (Rigo)`.
pub(super) fn find(gazetteer: &Gazetteer, tokens: &Tokens, found: &mut Vec<Found>) {
    for index in 1..tokens.len() {
        if tokens.all()[index].case != Case::Title {
            continue;
        }
        let relation = index - 1 - usize::from(tokens.folded(index - 1) == b"(" && index > 1);
        if !RELATIONS.contains(tokens.folded(relation)) || !is_name(gazetteer, tokens, index) {
            continue;
        }
        let mut last = index;
        while last < index + MOST_WORDS && is_name(gazetteer, tokens, last + 1) {
            last += 1;
        }
        let bytes = tokens.bytes_of(index..last + 1);
        super::add(found, Type::Name, bytes.start, bytes.end, 0.7);
    }
}

/// Whether the word can be a name and little else.
fn is_name(gazetteer: &Gazetteer, tokens: &Tokens, index: usize) -> bool {
    let Some(token) = tokens.get(index) else {
        return false;
    };
    let word = tokens.folded(index);
    token.class == Class::Word
        && token.case == Case::Title
        && token.gap < Gap::Line
        && word.len() > 2
        && !super::rules::is_calendar_word(word)
        && std::str::from_utf8(word).is_ok_and(|word| {
            let entry = gazetteer.entry(word);
            entry.english < COMMON_WORD && (entry.english == 0 || entry.given > 0)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_relations() {
        let gazetteer = Gazetteer::load().expect("the gazetteer");
        let cases: &[(&str, &[&str])] = &[
            ("w/ wife Morag (B&B owner)", &["Morag"]),
            (
                "dad (Rigo) works; sons Fetu and her niece Anneke Brouwer",
                &["Rigo", "Anneke Brouwer"],
            ),
            ("Mother Denies fever. His brother Monday. father died", &[]),
        ];
        for (text, expected) in cases {
            let mut tokens = Tokens::default();
            tokens.read(text);
            let mut found = Vec::new();
            find(&gazetteer, &tokens, &mut found);
            let surface: Vec<&str> = found.iter().map(|found| &text[found.start..found.end]).collect();
            assert_eq!(surface, *expected, "{text}");
        }
    }
}
