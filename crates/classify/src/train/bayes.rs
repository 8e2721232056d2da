//! What counting alone says: which features speak for which label.

use super::fitted::storable;
use super::matrix::Matrix;
use super::vocabulary::Columns;
use super::weights::Weights;

/// Added to the count of each feature, so that what was never seen is not thought impossible.
const SMOOTHING: f32 = 0.03;
/// The same where features are weighed, which asks for more caution.
const SMOOTHING_OF_INFORMATION: f32 = 0.3;

/// Sums of the documents' values, for each column and label. Those of each of a column's features are these, divided by
/// the root of their number.
pub(crate) struct Counts<'c> {
    columns: &'c Columns,
    labels: usize,
    /// For each column the sum over all documents, then those for all labels.
    sums: Vec<f32>,
    /// The vector of a document.
    vector: Vec<f32>,
    /// Number of documents with each label.
    documents: Vec<f32>,
}

/// Sums over all features.
struct Totals {
    /// Number of features.
    width: f32,
    of_labels: Vec<f32>,
    of_all: f32,
}

impl<'c> Counts<'c> {
    pub(crate) fn new(columns: &'c Columns, labels: usize) -> Counts<'c> {
        Counts {
            columns,
            labels,
            sums: vec![0.0; columns.base.len() * (1 + labels)],
            vector: Vec::new(),
            documents: vec![0.0; labels],
        }
    }

    /// Counts a document.
    pub(crate) fn add(&mut self, matrix: &Matrix, document: usize) {
        let labels = matrix.labels(document);
        let range = matrix.words(document);
        let features = &matrix.features[range.clone()];
        self.vector.clear();
        let mut square = 0.0;
        for (&feature, times) in features.iter().zip(&matrix.times[range]) {
            let base = self.columns.base[feature as usize];
            let value = times * base;
            square += value * base;
            self.vector.push(value);
        }
        let scale = if square > 0.0 { 1.0 / square.sqrt() } else { 0.0 };
        for (&feature, &value) in features.iter().zip(&self.vector) {
            let value = value * scale;
            let row = &mut self.sums[feature as usize * (1 + self.labels)..][..1 + self.labels];
            row[0] += value;
            for &label in labels {
                row[1 + label as usize] += value;
            }
        }
        for &label in labels {
            self.documents[label as usize] += 1.0;
        }
    }

    /// For each column the sums for all labels, the sum over all documents, and the root of the number of its features.
    fn rows(&self) -> impl Iterator<Item = (&[f32], f32, f32)> {
        let rows = self.sums.chunks_exact(1 + self.labels);
        rows.zip(&self.columns.roots)
            .map(|(row, &root)| (&row[1..], row[0], root))
    }

    fn totals(&self) -> Totals {
        let mut of_labels = vec![0.0f64; self.labels];
        let (mut of_all, mut width) = (0.0f64, 0.0f64);
        for (row, all, root) in self.rows() {
            width += f64::from(root * root);
            of_all += f64::from(all * root);
            for (total, value) in of_labels.iter_mut().zip(row) {
                *total += f64::from(value * root);
            }
        }
        Totals {
            width: width.round() as f32,
            of_labels: of_labels.into_iter().map(|total| total as f32).collect(),
            of_all: of_all as f32,
        }
    }

    /// How much each column's features tell about labels, 1 on average: the root of the mean over the labels, weighted by
    /// their frequency, of the squared logarithm of how much likelier the feature is with the label than without.
    pub(crate) fn informativeness(&self) -> Vec<f32> {
        let Totals {
            width,
            of_labels,
            of_all,
        } = self.totals();
        let prior = SMOOTHING_OF_INFORMATION;
        let offsets: Vec<f32> = of_labels
            .iter()
            .map(|total| (((of_all - total).max(0.0) + prior * width) / (total + prior * width)).ln())
            .collect();
        let documents = self.documents.iter().sum::<f32>().max(1.0);
        let shares: Vec<f32> = self.documents.iter().map(|count| count / documents).collect();
        // Most features are there with few labels. Where they are not, all that differs is the offset.
        let moment = |power: i32| -> f32 {
            let terms = shares.iter().zip(&offsets);
            terms.map(|(share, offset)| share * offset.powi(power)).sum()
        };
        let (share, mean, square) = (moment(0), moment(1), moment(2));
        let mut sum_of_told = 0.0;
        let mut told: Vec<f32> = self
            .rows()
            .map(|(row, all, root)| {
                let all = all / root;
                let absent = (prior / (all + prior)).ln();
                let mut sum = share * absent * absent + 2.0 * mean * absent + square;
                for ((&value, offset), share) in row.iter().zip(&offsets).zip(&shares) {
                    if value > 0.0 {
                        let value = value / root;
                        let ratio = ((value + prior) / ((all - value).max(0.0) + prior)).ln() + offset;
                        let without = absent + offset;
                        sum += share * (ratio * ratio - without * without);
                    }
                }
                let told = sum.max(0.0).sqrt();
                sum_of_told += f64::from(told * root * root);
                told
            })
            .collect();
        let mean = sum_of_told / f64::from(width.max(1.0));
        if mean > 0.0 {
            told.iter_mut().for_each(|value| *value /= mean as f32);
        }
        told
    }

    /// Gives columns that were not counted, of which nothing is known, their values of before.
    pub(crate) fn keep_unseen(&self, values: &mut [f32]) {
        let Columns { base, roots, .. } = self.columns;
        let rows = self.rows().map(|(_, all, _)| all);
        for (((all, base), root), value) in rows.zip(base).zip(roots).zip(values) {
            if all == 0.0 {
                *value = storable(base / root) * root;
            }
        }
    }

    /// Leaves columns out that were not counted: nothing would be known of them had their documents not been there.
    pub(crate) fn hide_unseen(&self, values: &mut [f32]) {
        for ((_, all, _), value) in self.rows().zip(values) {
            if all == 0.0 {
                *value = 0.0;
            }
        }
    }

    /// Weights of a naive Bayes classifier from complements (Rennie et al., 2003): a feature speaks for a label as far
    /// as it is rarer in documents without the label than in all. Those of all features of a column are added up, each
    /// times how much it counts.
    pub(crate) fn complement(&self) -> Weights {
        let Totals {
            width,
            of_labels,
            of_all,
        } = self.totals();
        let offsets: Vec<f32> = of_labels
            .iter()
            .map(|total| {
                let without = (of_all - total).max(0.0) + SMOOTHING * width;
                (without / (of_all + SMOOTHING * width)).ln()
            })
            .collect();
        let mut weights = Weights::new(self.columns.base.len(), self.labels);
        for band in &mut weights.bands {
            let labels = band.first..band.first + band.labels;
            let rows = band.rows.chunks_exact_mut(band.lanes);
            for ((row, (sums, all, root)), base) in rows.zip(self.rows()).zip(&self.columns.base) {
                // What was not counted says nothing.
                if all == 0.0 {
                    continue;
                }
                let (all, factor) = (all / root, base * root);
                for (weight, offset) in row.iter_mut().zip(&offsets[labels.clone()]) {
                    *weight = factor * offset;
                }
                for (weight, &value) in row.iter_mut().zip(&sums[labels.clone()]) {
                    if value > 0.0 {
                        *weight += factor * ((all + SMOOTHING) / ((all - value / root).max(0.0) + SMOOTHING)).ln();
                    }
                }
            }
        }
        weights
    }
}
