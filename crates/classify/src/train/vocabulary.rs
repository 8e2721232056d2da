//! The first pass: which labels and features there are.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

use construe_word_vectors::Table as WordVectors;

use super::document::Documents;
use super::matrix::Matrix;
use super::weights::{WIDEST, WIDEST_OF_ANY_NUMBER, Weights, lanes};
use super::{Watch, visit};
use crate::hash::Table;
use crate::index::Index;
use crate::math::ln;
use crate::measures::is_measure;
use crate::reader::Kind;
use crate::{Example, Examples, MAX_LABEL_LEN, MAX_LABELS, Mode, Settings, TrainError};

/// How much each kind of feature counts: parts of words are many for each word, and each says less.
const WEIGHT_OF_KIND: [f32; Kind::COUNT] = [1.0, 1.0, 0.5, 1.0];
/// Bytes of a feature while features are counted: two slots of the table, the feature and its count.
const BYTES_PER_FEATURE: usize = 48;
/// Bytes of a column besides its weights: its feature, place, value and root, and its share of an index.
const BYTES_PER_COLUMN: usize = 40;
/// A model has about this many bytes besides each feature's weights.
const BYTES_PER_ROW: usize = 4;

/// From so many examples on, features of a single one are left out: they are too many, and chance.
const MANY_EXAMPLES: u64 = 2000;
/// From so many on, those of two as well: they are a third of what is left, and as good as chance.
const VERY_MANY_EXAMPLES: u64 = 30_000;
/// From so many examples for each label on, parts of words that are in a larger share of the examples than this are left
/// out: they are most of the work, and say more of the language than of what is said.
const MANY_FOR_A_LABEL: u64 = 500;
const LARGEST_SHARE: f64 = 0.05;
/// With that many examples words have been seen often enough for their vectors to say nothing new. Before so many examples
/// nobody knows how many labels there will be.
const SURELY_MANY: u64 = 10_000;
/// Bytes of a number of a second part: the sum, its entry in the matrix and its value while learning.
const BYTES_PER_MEANING: usize = 16;
/// So many bytes of text tell what language examples are in.
const SAMPLE: usize = 1 << 16;
/// Up to so many examples for each label a wrong decision has its full cost, and measures of documents are left out: they
/// fit the examples by chance.
const FEW_FOR_A_LABEL: f32 = 150.0;
const LOWEST_COST: f32 = 0.3;

/// The labels and features of a model to be.
pub(crate) struct Vocabulary {
    /// Labels and their numbers, which are their places.
    pub(crate) labels: BTreeMap<String, u32>,
    /// The most frequent first.
    pub(crate) features: Vec<u32>,
    /// The columns of matrices.
    pub(crate) columns: Columns,
    /// Number of examples.
    pub(crate) examples: u64,
    /// Number of labels of all examples.
    pub(crate) given: u64,
    /// Number of entries of the vectors of all examples.
    pub(crate) entries: u64,
    /// Where words have vectors, if these are learnt from: then the vectors of the matrix have a second part.
    pub(crate) table: Option<&'static WordVectors>,
    /// All examples, if there is room.
    pub(crate) matrix: Option<Matrix>,
}

/// What the columns of the first part of a matrix stand for: each for one feature, or for some that occur in the same documents equally
/// often.
pub(crate) struct Columns {
    /// The column of each feature.
    pub(crate) of_features: Vec<u32>,
    /// The root of the number of features of each column.
    pub(crate) roots: Vec<f32>,
    /// How much each column counts before anything is known about labels: the inverse document frequency of one of its
    /// features, times the root. So its part of a vector's length is that of all its features.
    pub(crate) base: Vec<f32>,
}

/// What is known so far.
struct Counting<'s> {
    settings: &'s Settings,
    documents: Documents,
    /// Labels in the order of their first example.
    labels: BTreeMap<String, u32>,
    of_example: Vec<u32>,
    /// From a feature to its number, the order of first sight.
    numbers: Index,
    features: Vec<u32>,
    /// In how many examples each feature may have been before it was known.
    counts_before: Vec<u32>,
    examples: u64,
    given: u64,
    entries: u64,
    matrix: Option<Matrix>,
    table: Option<&'static WordVectors>,
    /// The sums of the vectors of each example's words, one after the other, if there is a table.
    sums: Vec<f32>,
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
        let table = table_of(examples, watch)?;
        let mut counting = Counting {
            settings,
            documents: Documents::new(table),
            labels: BTreeMap::new(),
            of_example: Vec::new(),
            numbers: Index::default(),
            features: Vec::new(),
            counts_before: Vec::new(),
            examples: 0,
            given: 0,
            entries: 0,
            matrix: Some(Matrix::default()),
            table,
            sums: Vec::new(),
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

    /// Whether labels have few examples each.
    pub(crate) fn has_few_for_a_label(&self) -> bool {
        self.given < MANY_FOR_A_LABEL * self.labels.len() as u64
    }

    /// Support vector machines that have not learnt yet.
    pub(crate) fn machine(&self, mode: Mode) -> Weights {
        let columns = self.columns.base.len() + self.table.map_or(0, WordVectors::dimensions);
        Weights::of_machine(columns, self.labels.len(), mode)
    }

    /// What the tables of columns take while classifiers learn, in bytes.
    pub(crate) fn memory_of_tables(&self) -> usize {
        memory_of_tables(self.columns.base.len(), self.labels.len())
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

/// Where the words of the first examples have vectors.
fn table_of<E: Examples>(
    examples: &mut E,
    watch: &mut Watch<'_>,
) -> Result<Option<&'static WordVectors>, TrainError<E::Error>> {
    let mut sample: Vec<String> = Vec::new();
    let mut room = SAMPLE;
    visit(examples, watch, &mut |example, _| {
        let text = &example.text[..example.text.floor_char_boundary(room)];
        sample.push(text.to_owned());
        room -= text.len();
        if room < char::MAX_LEN_UTF8 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?;
    watch.examples = 0;
    Ok(WordVectors::of_texts(sample.iter().map(String::as_str)))
}

/// What learning from a matrix takes besides, in bytes: the values, and a multiplier for each document and label.
fn learning(matrix: &Matrix, labels: usize) -> usize {
    (matrix.features.len() + matrix.len() * lanes(labels)) * size_of::<f32>()
}

/// What tables of so many columns take, in bytes: the columns themselves, the counts of labels, the weights of both
/// classifiers, and those of a wide band once more while it learns.
fn memory_of_tables(columns: usize, labels: usize) -> usize {
    let while_learning = if labels <= WIDEST {
        0
    } else {
        WIDEST_OF_ANY_NUMBER * size_of::<i16>()
    };
    columns * (BYTES_PER_COLUMN + (1 + labels + 2 * lanes(labels)) * size_of::<f32>() + while_learning)
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

        let (numbers, features, counts_before) = (&mut self.numbers, &mut self.features, &mut self.counts_before);
        let found = self.documents.read(example.text, |feature| {
            let next = features.len() as u32;
            let number = numbers.entry(feature, next);
            if number == next {
                features.push(feature);
                counts_before.push(self.forgotten);
            }
            Some(number)
        });
        self.entries += found.0.len() as u64;
        let room = self.settings.memory;
        let for_features = self.features.len() * BYTES_PER_FEATURE;
        if let Some(matrix) = &mut self.matrix {
            matrix.make_room(found.0.len(), room);
            matrix.push(found, &self.of_example);
            self.sums.extend_from_slice(self.documents.sum_of_vectors());
            let learning = learning(matrix, self.labels.len()) + self.sums.len() * BYTES_PER_MEANING;
            if matrix.memory_usage() + for_features.max(learning) > room {
                self.matrix = None;
            }
        }
        if self.matrix.is_none()
            || self.examples >= SURELY_MANY && self.given >= MANY_FOR_A_LABEL * self.labels.len() as u64
        {
            self.leave_vectors_out();
        }
        while self.matrix.is_none() && self.features.len() * BYTES_PER_FEATURE > room {
            self.forget();
        }
        Ok(())
    }

    /// Does without the vectors of words.
    fn leave_vectors_out(&mut self) {
        if self.table.take().is_some() {
            self.sums = Vec::new();
            self.documents.leave_vectors_out();
        }
    }

    /// In how many examples a feature was.
    fn count(&self, number: usize) -> u32 {
        self.counts_before[number] + self.documents.documents_with(number as u32)
    }

    /// Forgets the rarest features. Those that come back begin with the count that they may have had.
    fn forget(&mut self) {
        self.forgotten += 1;
        self.numbers = Index::default();
        let mut kept = 0;
        for at in 0..self.features.len() {
            let count = self.count(at);
            if count > self.forgotten {
                self.features[kept] = self.features[at];
                self.counts_before[kept] = count;
                self.numbers.entry(self.features[kept], kept as u32);
                kept += 1;
            }
        }
        self.features.truncate(kept);
        self.counts_before.truncate(kept);
        self.documents.forget();
    }

    fn finish(self) -> Vocabulary {
        let counts: Vec<u32> = (0..self.features.len()).map(|number| self.count(number)).collect();
        let Counting {
            settings,
            documents,
            mut labels,
            numbers,
            features,
            examples,
            given,
            entries,
            mut matrix,
            table,
            sums,
            ..
        } = self;
        drop((documents, numbers));
        // Labels get their places as numbers.
        let mut place_of_label = vec![0; labels.len()];
        for (number, place) in labels.values_mut().zip(0..) {
            place_of_label[*number as usize] = place;
            *number = place;
        }

        // The most frequent features that the model has room for.
        let is_few = given < MANY_FOR_A_LABEL * labels.len() as u64;
        let for_meanings = |table: &WordVectors| table.dimensions() * labels.len() * size_of::<f32>();
        let mut table = table.filter(|table| is_few && for_meanings(table) <= settings.model_size / 4);
        let for_rows = settings.model_size - table.map_or(0, for_meanings);
        let room = for_rows / (labels.len() + BYTES_PER_ROW);
        let least = match examples {
            0..MANY_EXAMPLES => 1,
            MANY_EXAMPLES..VERY_MANY_EXAMPLES => 2,
            _ => 3,
        };
        let with_measures = given as f32 >= FEW_FOR_A_LABEL * labels.len() as f32;
        let most_for_parts = if given >= MANY_FOR_A_LABEL * labels.len() as u64 {
            (examples as f64 * LARGEST_SHARE) as u32
        } else {
            u32::MAX
        };
        let mut chosen: Vec<(Reverse<u32>, u32, u32)> = features
            .iter()
            .zip(&counts)
            .zip(0..)
            .filter(|&((&feature, &count), _)| {
                count >= least
                    && (Kind::of(feature) != Kind::Part as usize || count <= most_for_parts)
                    && (with_measures || !is_measure(feature))
            })
            .map(|((&feature, &count), number)| (Reverse(count), feature, number))
            .collect();
        chosen.sort_unstable();
        chosen.truncate(room);
        let base: Vec<f32> = chosen
            .iter()
            .map(|&(Reverse(count), feature, _)| {
                let rarity = (1.0 + examples as f64) / (1.0 + f64::from(count));
                WEIGHT_OF_KIND[Kind::of(feature)] * (1.0 + ln(rarity as f32))
            })
            .collect();

        if let Some(matrix) = &mut matrix {
            for label in &mut matrix.labels {
                *label = place_of_label[*label as usize];
            }
            let mut place_of = vec![u32::MAX; features.len()];
            for (&(_, _, number), place) in chosen.iter().zip(0..) {
                place_of[number as usize] = place;
            }
            matrix.renumber(&place_of);
        }
        matrix = matrix.filter(|matrix| {
            let meanings = table.map_or(0, |_| sums.len() * BYTES_PER_MEANING);
            let tables = memory_of_tables(base.len(), labels.len());
            matrix.memory_usage() + learning(matrix, labels.len()) + meanings + tables <= settings.memory
        });
        if matrix.is_none() {
            table = None;
        }
        let columns = match &mut matrix {
            Some(matrix) => Columns::merge(matrix, base),
            None => Columns::single(base),
        };
        if let (Some(matrix), Some(table)) = (&mut matrix, table) {
            matrix.append_meanings(&sums, table.dimensions(), columns.base.len() as u32);
        }
        Vocabulary {
            table,
            columns,
            features: chosen.iter().map(|&(_, feature, _)| feature).collect(),
            labels,
            examples,
            given,
            entries,
            matrix,
        }
    }
}

/// An odd number with bits everywhere.
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

impl Columns {
    /// A column for each feature.
    fn single(base: Vec<f32>) -> Columns {
        Columns {
            of_features: (0..base.len() as u32).collect(),
            roots: vec![1.0; base.len()],
            base,
        }
    }

    /// Makes one column of those that have the same entries and count as much.
    fn merge(matrix: &mut Matrix, base: Vec<f32>) -> Columns {
        // A hash of all entries of each column.
        let mut hashes: Vec<u64> = base.iter().map(|base| u64::from(base.to_bits())).collect();
        for document in 0..matrix.len() {
            let range = matrix.range(document);
            for (&feature, times) in matrix.features[range.clone()].iter().zip(&matrix.times[range]) {
                let hash = &mut hashes[feature as usize];
                let entry = (document as u64) << 32 | u64::from(times.to_bits());
                *hash = (hash.rotate_left(23) ^ entry).wrapping_mul(SPREAD);
            }
        }
        let mut columns = Table::default();
        let mut sizes: Vec<f32> = Vec::new();
        let mut firsts = vec![u32::MAX; base.len()];
        let mut of_features = Vec::with_capacity(base.len());
        let mut base_of_columns = Vec::new();
        for (feature, hash) in hashes.into_iter().enumerate() {
            let next = sizes.len() as u32;
            let column = *columns.entry(hash, next);
            if column == next {
                sizes.push(0.0);
                firsts[feature] = column;
                base_of_columns.push(base[feature]);
            }
            sizes[column as usize] += 1.0;
            of_features.push(column);
        }
        if sizes.len() < base.len() {
            matrix.renumber(&firsts);
        }
        let roots: Vec<f32> = sizes.into_iter().map(f32::sqrt).collect();
        Columns {
            of_features,
            base: base_of_columns
                .iter()
                .zip(&roots)
                .map(|(base, root)| base * root)
                .collect(),
            roots,
        }
    }
}

impl Matrix {
    /// Gives features other numbers; those whose number is `u32::MAX` go.
    fn renumber(&mut self, places: &[u32]) {
        let (mut start, mut kept) = (0, 0);
        for end in &mut self.ends {
            for at in start..*end {
                // Which ones go looks like chance: this way the processor need not guess.
                let place = places[self.features[at] as usize];
                self.features[kept] = place;
                self.times[kept] = self.times[at];
                kept += usize::from(place != u32::MAX);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_with_the_same_entries_become_one() {
        let mut matrix = Matrix::default();
        matrix.push((&[0, 1, 2, 3], &[1.0, 1.0, 2.0, 1.0]), &[0]);
        matrix.push((&[3, 2, 1, 0], &[1.0; 4]), &[1]);
        matrix.push((&[4], &[1.0]), &[1]);
        // The second counts less than the first, the third occurs more often.
        let columns = Columns::merge(&mut matrix, vec![3.0, 2.0, 3.0, 3.0, 4.0]);
        assert_eq!(columns.of_features, [0, 1, 2, 0, 3]);
        assert_eq!(columns.roots, [2.0f32.sqrt(), 1.0, 1.0, 1.0]);
        assert_eq!(columns.base, [3.0 * 2.0f32.sqrt(), 2.0, 3.0, 4.0]);
        assert_eq!(matrix.features, [0, 1, 2, 2, 1, 0, 3]);
        assert_eq!(matrix.times, [1.0, 1.0, 2.0, 1.0, 1.0, 1.0, 1.0]);
        assert_eq!(matrix.ends, [3, 6, 7]);
    }
}
