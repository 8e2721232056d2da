//! Sections of notes: the headers that say whose history or what kind of finding follows.

use std::ops::Range;

use super::rules::Targets;
use crate::TraitName;
use crate::tokens::{Case, Class, Gap, Tokens};

/// What a section is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Section {
    /// No header, or one that says nothing.
    #[default]
    Other,
    /// Illnesses and operations of the past.
    PastHistory,
    /// Illnesses of relatives.
    Family,
    /// Habits, work, home.
    Social,
    /// Allergies.
    Allergies,
    /// Medicines.
    Medications,
    /// What the patient reports.
    Complaints,
    /// What the examiner found.
    Examination,
    /// Tests and their results.
    Results,
    /// What is to be done.
    Plan,
}

/// Words of headers, the more specific first.
const HEADERS: &[(Section, &[&str])] = &[
    (
        Section::Family,
        &["family history", "family hx", "fhx", "fh", "family medical history"],
    ),
    (
        Section::Social,
        &["social history", "social hx", "social", "shx", "habits"],
    ),
    (
        Section::Allergies,
        &["allergies", "allergy", "drug allergies", "allergies to medications"],
    ),
    (
        Section::Medications,
        &[
            "medications",
            "current medications",
            "home medications",
            "discharge medications",
            "meds",
            "rx",
            "medications on admission",
            "admission medications",
            "outpatient medications",
            "medication list",
        ],
    ),
    (
        Section::PastHistory,
        &[
            "past medical history",
            "past history",
            "pmh",
            "pmhx",
            "medical history",
            "past surgical history",
            "surgical history",
            "psh",
            "pshx",
            "past medical and surgical history",
        ],
    ),
    (
        Section::Complaints,
        &[
            "history of present illness",
            "hpi",
            "chief complaint",
            "cc",
            "review of systems",
            "ros",
            "subjective",
            "present illness",
            "reason for visit",
            "complaint",
        ],
    ),
    (
        Section::Examination,
        &[
            "physical exam",
            "physical examination",
            "exam",
            "examination",
            "pe",
            "objective",
            "on exam",
            "neurologic exam",
            "general exam",
            "vital signs",
            "vitals",
        ],
    ),
    (
        Section::Results,
        &[
            "labs",
            "laboratory data",
            "laboratory",
            "lab results",
            "results",
            "imaging",
            "radiology",
            "studies",
            "diagnostic studies",
            "admission labs",
            "data",
        ],
    ),
    (
        Section::Plan,
        &[
            "plan",
            "recommendations",
            "plan of care",
            "disposition",
            "follow up",
            "follow-up",
        ],
    ),
    (
        Section::Other,
        &[
            "assessment",
            "assessment and plan",
            "impression",
            "diagnosis",
            "diagnoses",
            "hospital course",
            "course",
            "discharge diagnosis",
            "a/p",
            "history",
            "brief history",
            "procedure",
            "procedures",
            "findings",
        ],
    ),
];

/// The most words of a header.
const LONGEST: usize = 6;

/// The section that the text is in, sentence by sentence.
#[derive(Default)]
pub struct Sections {
    current: Section,
    /// Whether the header stood in a line with its text, so that it ends with the line.
    inline: bool,
}

impl Sections {
    /// The section of the next sentence. Call it for each sentence in order.
    pub fn of(&mut self, tokens: &Tokens, sentence: &Range<usize>) -> Section {
        let first = &tokens.all()[sentence.start];
        if first.gap >= Gap::Blank || self.inline && first.gap >= Gap::Line {
            if self.inline {
                self.current = Section::Other;
            }
            self.inline = false;
        }
        if let Some((section, end)) = header(tokens, sentence) {
            self.current = section;
            self.inline = tokens.get(end).is_some_and(|next| next.gap < Gap::Line);
        }
        self.current
    }
}

/// The section of the header that the sentence starts with, and the token after the header.
fn header(tokens: &Tokens, sentence: &Range<usize>) -> Option<(Section, usize)> {
    let last = sentence.end.min(sentence.start + LONGEST + 1);
    let colon = (sentence.start..last).find(|&index| tokens.folded(index) == b":");
    let upper = |range: Range<usize>| {
        range.clone().all(|index| {
            let token = &tokens.all()[index];
            token.class != Class::Number && matches!(token.case, Case::Upper | Case::None | Case::Initial)
        }) && !range.is_empty()
    };
    let line_end = (sentence.start + 1..sentence.end).find(|&index| tokens.all()[index].gap >= Gap::Line);
    let end = match colon {
        Some(colon) => colon,
        // A header without a colon stands in a line alone, in capitals.
        None => line_end.unwrap_or(sentence.end).min(sentence.end),
    };
    let range = sentence.start..end;
    if range.is_empty() || range.len() > LONGEST || colon.is_none() && !upper(range.clone()) {
        return None;
    }
    let words: Vec<&[u8]> = range
        .clone()
        .filter(|&index| tokens.all()[index].class == Class::Word)
        .map(|index| tokens.folded(index))
        .collect();
    let text = words.join(&b' ');
    let known = HEADERS
        .iter()
        .find(|(_, names)| names.iter().any(|name| name.as_bytes() == text.as_slice()))
        .map(|&(section, _)| section);
    let after = end + usize::from(colon.is_some());
    match known {
        Some(section) => Some((section, after)),
        None if upper(range) && words.len() > 1 => Some((Section::Other, after)),
        None => None,
    }
}

impl Section {
    /// What the section says of mentions in it, with scores.
    pub(super) fn says(self, of: Targets) -> impl Iterator<Item = (TraitName, f32)> {
        let said = match self {
            Section::Family if of.any(Targets::CONDITION) => Some((TraitName::PertainsToFamily, 0.9)),
            Section::PastHistory if of.any(Targets::ACTION) => Some((TraitName::PastHistory, 0.85)),
            Section::Plan if of.any(Targets::TEST) => Some((TraitName::Future, 0.7)),
            _ => None,
        };
        said.into_iter()
    }
}
