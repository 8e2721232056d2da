//! Labels and sets of labels, spans of tokens.

use crate::Error;

/// The most labels that one model can have.
pub const MAX_LABELS: usize = 64;

/// A label, as its number in [`Labels`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(pub u8);

impl Label {
    /// The number as an index.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// The names of a model's labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    names: Vec<String>,
}

impl Labels {
    /// Labels numbered in the order of their names.
    ///
    /// # Errors
    /// No name, more than [`MAX_LABELS`], one that is empty or longer than 255 bytes, or the same twice.
    pub fn new<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Result<Labels, Error> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        if names.is_empty() || names.len() > MAX_LABELS {
            return Err(Error::LabelCount(names.len()));
        }
        for (position, name) in names.iter().enumerate() {
            if name.is_empty() || name.len() > usize::from(u8::MAX) || names[..position].contains(name) {
                return Err(Error::LabelName(name.clone()));
            }
        }
        Ok(Labels { names })
    }

    /// How many there are; never zero.
    #[expect(clippy::len_without_is_empty, reason = "there is always a label")]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// The name of a label of this list.
    pub fn name(&self, label: Label) -> &str {
        &self.names[label.index()]
    }

    /// The label of that name.
    pub fn find(&self, name: &str) -> Option<Label> {
        self.names
            .iter()
            .position(|candidate| candidate == name)
            .map(|index| Label(index as u8))
    }

    /// All labels with their names.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (Label, &str)> {
        self.names
            .iter()
            .enumerate()
            .map(|(index, name)| (Label(index as u8), name.as_str()))
    }

    /// The set of all labels.
    pub fn all(&self) -> LabelSet {
        self.iter().map(|(label, _)| label).collect()
    }
}

/// A set of labels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct LabelSet(u64);

impl LabelSet {
    /// No label.
    pub const EMPTY: LabelSet = LabelSet(0);

    /// The set with `label` in it too.
    #[must_use]
    pub const fn with(self, label: Label) -> LabelSet {
        LabelSet(self.0 | 1 << label.0)
    }

    /// Whether the label is in the set.
    pub const fn contains(self, label: Label) -> bool {
        label.0 < u64::BITS as u8 && self.0 >> label.0 & 1 == 1
    }

    /// Whether every label of the set is in `other`.
    pub const fn is_subset(self, other: LabelSet) -> bool {
        self.0 & !other.0 == 0
    }

    /// Whether the set has no label.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The labels of this set that `other` lacks.
    #[must_use]
    pub const fn without(self, other: LabelSet) -> LabelSet {
        LabelSet(self.0 & !other.0)
    }

    /// The labels in it, lowest number first.
    pub fn iter(self) -> impl Iterator<Item = Label> {
        (0..u64::BITS as u8)
            .map(Label)
            .filter(move |&label| self.contains(label))
    }
}

impl From<Label> for LabelSet {
    fn from(label: Label) -> LabelSet {
        LabelSet::EMPTY.with(label)
    }
}

impl FromIterator<Label> for LabelSet {
    fn from_iter<I: IntoIterator<Item = Label>>(labels: I) -> LabelSet {
        labels.into_iter().fold(LabelSet::EMPTY, LabelSet::with)
    }
}

/// A labelled run of tokens, end exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenSpan {
    /// First token.
    pub start: usize,
    /// One past the last token.
    pub end: usize,
    /// What it is.
    pub label: Label,
}
