//! The first pass: which labels and features there are.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::document::Documents;
use super::matrix::{Matrix, stride};
use super::{Watch, visit};
use crate::hash::{Table, mix};
use crate::index::Index;
use crate::reader::Kind;
use crate::{Example, Examples, MAX_LABEL_LEN, MAX_LABELS, Mode, Settings, TrainError};

/// How much each kind of feature counts: parts of words are many for each word, and each says less.
const WEIGHT_OF_KIND: [f32; Kind::COUNT] = [1.0, 1.0, 0.5, 1.0];
/// Bytes of a feature while features are counted: two slots of the table, the feature and its count.
const BYTES_PER_FEATURE: usize = 48;
/// A model has about this many bytes besides each feature's weights.
const BYTES_PER_ROW: usize = 4;

/// From so many examples on, features of a single one are left out: they are too many, and chance.
const MANY_EXAMPLES: u64 = 2000;
/// Up to so many examples for each label a wrong decision has its full cost.
const FEW_FOR_A_LABEL: f32 = 150.0;
const LOWEST_COST: f32 = 0.3;

/// The labels and features of a model to be.
pub(crate) struct Vocabulary {
    /// Labels and their numbers, which are their places.
    pub(crate) labels: BTreeMap<String, u32>,
    /// Ascending.
    pub(crate) features: Vec<u32>,
    /// How much each feature counts before anything is known about labels: its inverse document frequency.
    pub(crate) base: Vec<f32>,
    /// Number of examples.
    pub(crate) examples: u64,
    /// Number of labels of all examples.
    pub(crate) given: u64,
    /// Number of entries of the vectors of all examples.
    pub(crate) entries: u64,
    /// All examples, if there is room.
    pub(crate) matrix: Option<Matrix>,
}

/// What is known so far.
struct Counting<'s> {
    settings: &'s Settings,
    documents: Documents,
    /// Labels in the order of their first example.
    labels: BTreeMap<String, u32>,
    of_example: Vec<u32>,
    /// From a feature to its number, the order of first sight.
    numbers: Table,
    features: Vec<u32>,
    counts: Vec<u32>,
    examples: u64,
    given: u64,
    entries: u64,
    matrix: Option<Matrix>,
    /// Features that occurred no more than this often have been forgotten.
    forgotten: u32,
}

impl Vocabulary {
    /// Goes through the examples.
    pub(crate) fn collect<E: Examples>(
        settings: &Settings,
        examples: &mut E,
        watch: &mut Watch<'_>,
    ) -> Result<Vocabulary, TrainError<E::Error>> {
        let mut counting = Counting {
            settings,
            documents: Documents::default(),
            labels: BTreeMap::new(),
            of_example: Vec::new(),
            numbers: Table::default(),
            features: Vec::new(),
            counts: Vec::new(),
            examples: 0,
            given: 0,
            entries: 0,
            matrix: Some(Matrix::default()),
            forgotten: 0,
        };
        let mut failure = None;
        visit(examples, watch, &mut |example, _| match counting.add(example) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failure = Some(error);
                ControlFlow::Break(())
            }
        })?;
        match failure {
            Some(Fault::Label) => Err(TrainError::Label(counting.examples)),
            Some(Fault::NotOneLabel) => Err(TrainError::NotOneLabel(counting.examples)),
            Some(Fault::TooManyLabels) => Err(TrainError::TooManyLabels),
            None if counting.labels.len() < 2 => Err(TrainError::TooFewLabels(counting.labels.len())),
            None => Ok(counting.finish()),
        }
    }

    /// What a wrong decision costs: the more examples a label has, the more of them are odd ones, which are better left
    /// wrong.
    pub(crate) fn cost(&self) -> f32 {
        let for_a_label = self.given as f32 / self.labels.len() as f32;
        (FEW_FOR_A_LABEL / for_a_label.max(1.0)).sqrt().clamp(LOWEST_COST, 1.0)
    }

    /// The labels of an example by number, ascending, or `None` if there is an unknown one.
    pub(crate) fn labels_of(&self, example: Example<'_>, out: &mut Vec<u32>) -> Option<()> {
        out.clear();
        for &label in example.labels {
            out.push(*self.labels.get(label)?);
        }
        out.sort_unstable();
        out.dedup();
        Some(())
    }
}

/// What is wrong with an example.
enum Fault {
    Label,
    NotOneLabel,
    TooManyLabels,
}

impl Counting<'_> {
    fn add(&mut self, example: Example<'_>) -> Result<(), Fault> {
        self.of_example.clear();
        for &label in example.labels {
            if label.is_empty() || label.len() > MAX_LABEL_LEN {
                return Err(Fault::Label);
            }
            let number = match self.labels.get(label) {
                Some(&number) => number,
                None => {
                    let number = self.labels.len() as u32;
                    self.labels.insert(label.to_owned(), number);
                    number
                }
            };
            if !self.of_example.contains(&number) {
                self.of_example.push(number);
            }
        }
        if self.labels.len() > MAX_LABELS {
            return Err(Fault::TooManyLabels);
        }
        if self.settings.mode == Mode::MultiClass && self.of_example.len() != 1 {
            return Err(Fault::NotOneLabel);
        }
        self.examples += 1;
        self.given += self.of_example.len() as u64;

        let (numbers, features, counts) = (&mut self.numbers, &mut self.features, &mut self.counts);
        let found = self.documents.read(example.text, |feature| {
            let next = features.len() as u32;
            let number = *numbers.entry(mix(0, u64::from(feature)), next);
            if number == next {
                features.push(feature);
                counts.push(self.forgotten);
            }
            Some(number)
        });
        self.entries += found.len() as u64;
        for &(number, _) in found {
            self.counts[number as usize] += 1;
        }
        let room = self.settings.memory;
        if let Some(matrix) = &mut self.matrix {
            matrix.push(found, &self.of_example);
            // Learning keeps the values and a multiplier for each document and label.
            let learning =
                matrix.features.len() * size_of::<f32>() + matrix.len() * stride(self.labels.len()) * size_of::<f32>();
            if matrix.memory_usage() + learning > room || self.features.len() * BYTES_PER_FEATURE > room {
                self.matrix = None;
            }
        }
        while self.matrix.is_none() && self.features.len() * BYTES_PER_FEATURE > room {
            self.forget();
        }
        Ok(())
    }

    /// Forgets the rarest features. Those that come back begin with the count that they may have had.
    fn forget(&mut self) {
        self.forgotten += 1;
        self.documents.forget();
        self.numbers.clear();
        let mut kept = 0;
        for at in 0..self.features.len() {
            if self.counts[at] > self.forgotten {
                self.features[kept] = self.features[at];
                self.counts[kept] = self.counts[at];
                *self.numbers.entry(mix(0, u64::from(self.features[kept])), 0) = kept as u32;
                kept += 1;
            }
        }
        self.features.truncate(kept);
        self.counts.truncate(kept);
    }

    fn finish(self) -> Vocabulary {
        let Counting {
            settings,
            mut labels,
            features,
            counts,
            examples,
            given,
            entries,
            mut matrix,
            ..
        } = self;
        // Labels get their places as numbers.
        let mut place_of_label = vec![0; labels.len()];
        for (number, place) in labels.values_mut().zip(0..) {
            place_of_label[*number as usize] = place;
            *number = place;
        }

        // The most frequent features that the model has room for.
        let count = |feature: u32| counts[feature as usize];
        let hash = |feature: u32| features[feature as usize];
        let room = settings.model_size / (labels.len() + BYTES_PER_ROW);
        let least = if examples < MANY_EXAMPLES { 1 } else { 2 };
        let mut chosen: Vec<u32> = (0..features.len() as u32)
            .filter(|&feature| count(feature) >= least)
            .collect();
        if chosen.len() > room {
            chosen.sort_unstable_by_key(|&feature| (Reverse(count(feature)), hash(feature)));
            chosen.truncate(room);
        }
        chosen.sort_unstable_by_key(|&feature| hash(feature));

        if let Some(matrix) = &mut matrix {
            for label in &mut matrix.labels {
                *label = place_of_label[*label as usize];
            }
            let mut place_of = vec![u32::MAX; features.len()];
            for (&feature, place) in chosen.iter().zip(0..) {
                place_of[feature as usize] = place;
            }
            matrix.renumber(&place_of);
        }
        let base = chosen.iter().map(|&feature| {
            let rarity = (1.0 + examples as f64) / (1.0 + f64::from(count(feature)));
            WEIGHT_OF_KIND[Kind::of(hash(feature))] * (1.0 + rarity.ln()) as f32
        });
        Vocabulary {
            base: base.collect(),
            features: chosen.iter().map(|&feature| hash(feature)).collect(),
            labels,
            examples,
            given,
            entries,
            matrix,
        }
    }
}

impl Matrix {
    /// Gives features other numbers; those whose number is `u32::MAX` go.
    fn renumber(&mut self, places: &[u32]) {
        let (mut start, mut kept) = (0, 0);
        for end in &mut self.ends {
            for at in start..*end {
                let place = places[self.features[at] as usize];
                if place != u32::MAX {
                    self.features[kept] = place;
                    self.times[kept] = self.times[at];
                    kept += 1;
                }
            }
            start = *end;
            *end = kept;
        }
        self.features.truncate(kept);
        self.times.truncate(kept);
    }
}

/// Reads examples into matrices once the vocabulary is known.
pub(crate) struct Translator<'v> {
    vocabulary: &'v Vocabulary,
    index: Index,
    documents: Documents,
    labels: Vec<u32>,
}

impl<'v> Translator<'v> {
    pub(crate) fn new(vocabulary: &'v Vocabulary) -> Translator<'v> {
        Translator {
            vocabulary,
            index: Index::new(&vocabulary.features),
            documents: Documents::default(),
            labels: Vec::new(),
        }
    }

    /// Adds an example to a matrix; `None` if it has a label that was not there in the first pass.
    pub(crate) fn add(&mut self, example: Example<'_>, matrix: &mut Matrix) -> Option<()> {
        self.vocabulary.labels_of(example, &mut self.labels)?;
        let found = self.documents.read(example.text, |feature| self.index.get(feature));
        matrix.push(found, &self.labels);
        Some(())
    }
}
