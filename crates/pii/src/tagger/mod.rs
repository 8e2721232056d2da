//! The trained part: names, addresses, dates and ages by a sequence tagger that sees what the recognizers found.

mod knowledge;
pub(crate) mod merge;
mod names;
mod random;
mod sentences;
pub mod training;
pub(crate) mod votes;

pub(crate) use knowledge::{Rules, promising};

use construe_recognizers::Kind;
use construe_tagging::learn::{Label, Labels};

/// The labels of the models, in their order. The last two are no personal information: places and organisations are
/// learnt because what is one of them is no name and no address.
pub(crate) const LABELS: [&str; 4] = ["NAME", "ADDRESS", "PLACE", "ORGANIZATION"];

/// The labels of the models.
pub(crate) fn labels() -> Labels {
    Labels::new(LABELS).expect("the labels are few, named and distinct")
}

/// What a label means to the recognizers; `None` for what is no personal information.
pub(crate) fn kind(label: Label) -> Option<Kind> {
    const KINDS: [Kind; 2] = [Kind::PersonName, Kind::Address];
    KINDS.get(label.index()).copied()
}

/// Whether a word is a personal title, which is no part of a name. Those that are also names or words, such as `King`,
/// are left to the tagger.
fn is_title(word: &str) -> bool {
    const TITLES: [&str; 20] = [
        "mr",
        "mrs",
        "ms",
        "miss",
        "mx",
        "dr",
        "drs",
        "prof",
        "professor",
        "sir",
        "madam",
        "dame",
        "sr",
        "sra",
        "srta",
        "doña",
        "dña",
        "dra",
        "señor",
        "señora",
    ];
    word.len() <= 9 && TITLES.contains(&word.to_lowercase().as_str())
}
