//! How many documents each class has, and whether that is enough.

use std::collections::{BTreeMap, BTreeSet};

use crate::classification::Mode;
use crate::error::{DataError, Rule};

/// The least that a classifier is trained on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Minimum {
    /// Classes.
    pub labels: usize,
    /// Documents of each class.
    pub documents_per_label: u64,
}

impl Default for Minimum {
    /// Two classes of ten documents each.
    fn default() -> Minimum {
        Minimum {
            labels: 2,
            documents_per_label: 10,
        }
    }
}

/// Training data that are too few.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotEnough {
    /// No document at all.
    #[error("the training data hold no document")]
    Documents,
    /// Too few classes.
    #[error("the training data must have at least {needed} classes and have {found}")]
    Labels {
        /// How many there are.
        found: usize,
        /// How many there should be.
        needed: usize,
    },
    /// Too few documents of a class.
    #[error("each class must have at least {needed} documents; {label:?} has {found}{}", and_others(.others))]
    DocumentsOfLabel {
        /// The class with the fewest, its name cut if it is long.
        label: String,
        /// How many it has.
        found: u64,
        /// How many it should have.
        needed: u64,
        /// How many other classes have too few.
        others: usize,
    },
}

fn and_others(count: &usize) -> String {
    match count {
        0 => String::new(),
        1 => ", and 1 other has too few".to_owned(),
        count => format!(", and {count} others have too few"),
    }
}

/// Names in messages are cut to that many characters.
const SHOWN: usize = 60;

/// Counts documents by class.
#[derive(Clone, Debug)]
pub struct Census {
    most_labels: usize,
    expected: Option<BTreeSet<String>>,
    counts: BTreeMap<String, u64>,
    documents: u64,
}

impl Census {
    /// Nothing counted.
    pub fn new(mode: Mode) -> Census {
        Census {
            most_labels: mode.most_labels(),
            expected: None,
            counts: BTreeMap::new(),
            documents: 0,
        }
    }

    /// The same for a model whose labels are set: other labels are refused.
    #[must_use]
    pub fn of_labels<L: Into<String>>(mut self, labels: impl IntoIterator<Item = L>) -> Census {
        self.expected = Some(labels.into_iter().map(Into::into).collect());
        self
    }

    /// Counts a document.
    ///
    /// # Errors
    /// A label that is one too many, or is not expected.
    pub fn add<L: AsRef<str>>(&mut self, line: u64, labels: &[L]) -> Result<(), DataError> {
        for label in labels {
            let label = label.as_ref();
            if let Some(count) = self.counts.get_mut(label) {
                *count += 1;
                continue;
            }
            if self.expected.as_ref().is_some_and(|expected| !expected.contains(label)) {
                return Err(DataError::at(line, Rule::UnknownLabel));
            }
            if self.counts.len() == self.most_labels {
                let limit = self.most_labels;
                return Err(DataError::at(line, Rule::TooManyClasses { limit }));
            }
            self.counts.insert(label.to_owned(), 1);
        }
        self.documents += 1;
        Ok(())
    }

    /// The classes with their numbers of documents, sorted by name.
    pub fn labels(&self) -> impl ExactSizeIterator<Item = (&str, u64)> {
        self.counts.iter().map(|(label, &count)| (label.as_str(), count))
    }

    /// How many documents there are.
    pub fn documents(&self) -> u64 {
        self.documents
    }

    /// How many classes differ from another in case or white space only: likely a slip.
    pub fn alike(&self) -> usize {
        let forms: BTreeSet<String> = self
            .counts
            .keys()
            .map(|label| label.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase())
            .collect();
        self.counts.len() - forms.len()
    }

    /// Whether a classifier can be trained.
    ///
    /// # Errors
    /// What there is too little of.
    pub fn check(&self, minimum: Minimum) -> Result<(), NotEnough> {
        if self.documents == 0 {
            return Err(NotEnough::Documents);
        }
        if self.counts.len() < minimum.labels {
            return Err(NotEnough::Labels {
                found: self.counts.len(),
                needed: minimum.labels,
            });
        }
        let needed = minimum.documents_per_label;
        let few = self.counts.iter().filter(|&(_, &count)| count < needed);
        let others = few.clone().count().saturating_sub(1);
        match few.min_by_key(|&(_, &count)| count) {
            None => Ok(()),
            Some((label, &found)) => Err(NotEnough::DocumentsOfLabel {
                label: label.chars().take(SHOWN).collect(),
                found,
                needed,
                others,
            }),
        }
    }
}
