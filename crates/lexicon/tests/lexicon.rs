//! The lexicon in the program, and what happens to files that are damaged.

use std::collections::BTreeSet;

use construe_lexicon::{Entry, Error, Lexicon};
use proptest::prelude::*;

const FILE: &[u8] = include_bytes!("../models/english.lexicon");

fn english() -> Lexicon {
    Lexicon::english().expect("the lexicon is whole")
}

fn entry(lexicon: &Lexicon, word: &str) -> Entry {
    lexicon
        .lookup(word)
        .unwrap_or_else(|| panic!("{word} is in the lexicon"))
}

#[test]
fn words_that_behave_alike_are_of_one_kind_and_others_are_not() {
    let lexicon = english();
    let groups = |words: &[&str]| -> BTreeSet<u8> { words.iter().map(|word| entry(&lexicon, word).coarse).collect() };
    let first_names = groups(&["John", "Andrew", "Claude", "Catherine", "Frederic"]);
    let cities = groups(&["London", "Montreal", "Denver", "Bangkok", "Valencia"]);
    let verbs = groups(&["started", "defeated", "listed", "something", "within"]);
    for (one, other) in [(&first_names, &cities), (&first_names, &verbs), (&cities, &verbs)] {
        assert!(one.is_disjoint(other), "{one:?} {other:?}");
        assert!(one.len() <= 2, "{one:?} are scattered");
    }
    assert!(verbs.len() <= 2, "{verbs:?} are scattered");
}

#[test]
fn case_and_accents_do_not_matter() {
    let lexicon = english();
    for (word, same) in [("JOHN", "john"), ("Müller", "muller"), ("GARCÍA", "garcia"), ("Ø", "o")] {
        assert_eq!(lexicon.lookup(word), lexicon.lookup(same), "{word}");
    }
}

#[test]
fn groups_are_coarser_than_kinds() {
    let lexicon = english();
    let words = [
        "the",
        "John",
        "Smith",
        "Geneva",
        "Siemens",
        "committee",
        "German",
        "album",
        "sandwich",
        "Monday",
    ];
    let entries: Vec<Entry> = words.iter().map(|word| entry(&lexicon, word)).collect();
    for one in &entries {
        for other in &entries {
            assert!(one.kind != other.kind || one == other);
            assert!(one.fine != other.fine || one.coarse == other.coarse);
            assert!(one.coarse != other.coarse || one.broad == other.broad);
        }
    }
}

#[test]
fn strings_that_are_no_words_are_hardly_ever_found() {
    let lexicon = english();
    let found = (0..100_000_u32)
        .filter(|number| lexicon.lookup(&format!("q{number}x{number}")).is_some())
        .count();
    assert!(found < 40, "{found} of 100 000");
}

#[test]
fn every_word_of_the_file_has_a_kind_and_memory_is_as_said() {
    let lexicon = english();
    assert!(lexicon.len() > 100_000);
    assert!(lexicon.memory_usage() > lexicon.len() * 4);
    assert!(lexicon.memory_usage() < 3 << 20);
}

#[test]
fn a_changed_or_cut_file_is_refused() {
    assert!(matches!(Lexicon::from_bytes(b""), Err(Error::Foreign)));
    assert!(matches!(Lexicon::from_bytes(&FILE[1..]), Err(Error::Foreign)));
    assert!(matches!(Lexicon::from_bytes(&FILE[..20]), Err(Error::Malformed(_))));
    assert!(matches!(
        Lexicon::from_bytes(&FILE[..FILE.len() - 1]),
        Err(Error::Checksum)
    ));
    for position in [8, 39, 40, 52, 1000, FILE.len() / 2, FILE.len() - 1] {
        let mut changed = FILE.to_vec();
        changed[position] ^= 1;
        assert!(
            matches!(Lexicon::from_bytes(&changed), Err(Error::Checksum)),
            "{position}"
        );
    }
}

/// A file whose checksum is right, whatever it says.
fn sealed(body: &[u8]) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    [b"CNSTLEX\0".as_slice(), &Sha256::digest(body), body].concat()
}

#[test]
fn a_file_of_another_version_is_refused_by_name() {
    let mut body = FILE[40..].to_vec();
    body[0] = 9;
    assert!(matches!(Lexicon::from_bytes(&sealed(&body)), Err(Error::Version(9))));
}

proptest! {
    #[test]
    fn any_text_can_be_looked_up(word in "\\PC{0,40}") {
        english().lookup(&word);
    }

    /// Whatever opens can be asked: no count in the file is trusted.
    #[test]
    fn a_file_with_a_right_checksum_and_wrong_content_does_no_harm(
        position in 0_usize..1700,
        value: u8,
        cut in 0_usize..3,
    ) {
        let mut body = FILE[40..FILE.len() - cut].to_vec();
        body[position] = value;
        if let Ok(lexicon) = Lexicon::from_bytes(&sealed(&body)) {
            for word in ["a", "John", "zebra", ""] {
                lexicon.lookup(word);
            }
        }
    }
}
