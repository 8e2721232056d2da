//! The words and phrases that recognizers look for, as data: one table per purpose, English and Spanish together,
//! since forms and people mix them.

mod cues;
mod names;
mod places;
mod time;

use crate::phrases::Phrases;
use crate::tags::Tags;

pub use time::weekday_word;

/// A row of a table: what the phrases mean, and the phrases, separated by `|`.
type Row = (Tags, &'static str);

/// The automaton of all tables.
pub fn phrases() -> Phrases {
    let rows = [cues::CUES, cues::REFERENCES, names::ROWS, places::ROWS, time::ROWS].concat();
    Phrases::new(
        rows.iter()
            .flat_map(|(tags, list)| list.split('|').map(move |phrase| (*tags, phrase))),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_hold_no_blank_phrase() {
        for (tags, list) in [cues::CUES, cues::REFERENCES, names::ROWS, places::ROWS, time::ROWS].concat() {
            assert!(!tags.is_empty());
            for phrase in list.split('|') {
                assert_eq!(phrase.trim(), phrase, "{phrase:?}");
                assert!(phrase.chars().any(char::is_alphanumeric), "{phrase:?}");
            }
        }
        assert!(phrases().memory_usage() < 2 << 20);
    }
}
