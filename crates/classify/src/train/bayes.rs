//! What counting alone says: which features speak for which label.

use super::fitted::storable;
use super::matrix::{Matrix, Weights};

/// Added to the count of each feature, so that what was never seen is not thought impossible.
const SMOOTHING: f32 = 0.03;
/// The same where features are weighed, which asks for more caution.
const SMOOTHING_OF_INFORMATION: f32 = 0.3;

/// Sums of the documents' values, for each feature and label.
pub(crate) struct Counts {
    /// The last of each row is the sum over all documents.
    sums: Weights,
    labels: usize,
    /// The vector of a document.
    vector: Vec<f32>,
    /// Number of documents with each label.
    documents: Vec<f32>,
}

impl Counts {
    pub(crate) fn new(features: usize, labels: usize) -> Counts {
        Counts {
            sums: Weights::new(features, labels + 1),
            labels,
            vector: Vec::new(),
            documents: vec![0.0; labels],
        }
    }

    /// Counts a document whose features count as much as `base` says.
    pub(crate) fn add(&mut self, matrix: &Matrix, document: usize, base: &[f32]) {
        let labels = matrix.labels(document);
        let features = &matrix.features[matrix.range(document)];
        self.vector.resize(features.len(), 0.0);
        matrix.vector(document, base, &mut self.vector);
        for (&feature, &value) in features.iter().zip(&self.vector) {
            let row = self.sums.row_mut(feature as usize);
            row[self.labels] += value;
            for &label in labels {
                row[label as usize] += value;
            }
        }
        for &label in labels {
            self.documents[label as usize] += 1.0;
        }
    }

    /// For each feature the sums for all labels, and the sum over all documents.
    fn rows(&self) -> impl Iterator<Item = (&[f32], f32)> {
        let rows = self.sums.rows.chunks_exact(self.sums.stride);
        rows.map(|row| (&row[..self.labels], row[self.labels]))
    }

    /// Number of features.
    fn features(&self) -> usize {
        self.sums.rows.len() / self.sums.stride
    }

    /// For each label the sum over all features, and the sum over all documents.
    fn totals(&self) -> (Vec<f32>, f32) {
        let mut totals = vec![0.0f64; self.labels];
        let mut everything = 0.0f64;
        for (row, all) in self.rows() {
            everything += f64::from(all);
            for (total, &value) in totals.iter_mut().zip(row) {
                *total += f64::from(value);
            }
        }
        (
            totals.into_iter().map(|total| total as f32).collect(),
            everything as f32,
        )
    }

    /// How much each feature tells about labels, 1 on average: the root of the mean over the labels, weighted by their
    /// frequency, of the squared logarithm of how much likelier the feature is with the label than without.
    pub(crate) fn informativeness(&self) -> Vec<f32> {
        let (totals, everything) = self.totals();
        let prior = SMOOTHING_OF_INFORMATION;
        let width = self.features() as f32;
        let offsets: Vec<f32> = totals
            .iter()
            .map(|total| (((everything - total).max(0.0) + prior * width) / (total + prior * width)).ln())
            .collect();
        let documents = self.documents.iter().sum::<f32>().max(1.0);
        let shares: Vec<f32> = self.documents.iter().map(|count| count / documents).collect();
        let mut told: Vec<f32> = self
            .rows()
            .map(|(row, all)| {
                let mut sum = 0.0;
                for ((value, offset), share) in row.iter().zip(&offsets).zip(&shares) {
                    let ratio = ((value + prior) / ((all - value).max(0.0) + prior)).ln() + offset;
                    sum += share * ratio * ratio;
                }
                sum.sqrt()
            })
            .collect();
        let mean = told.iter().map(|&value| f64::from(value)).sum::<f64>() / told.len().max(1) as f64;
        if mean > 0.0 {
            told.iter_mut().for_each(|value| *value /= mean as f32);
        }
        told
    }

    /// Gives features that were not counted, of which nothing is known, their values of before.
    pub(crate) fn keep_unseen(&self, base: &[f32], values: &mut [f32]) {
        for (((_, all), &base), value) in self.rows().zip(base).zip(values) {
            if all == 0.0 {
                *value = storable(base);
            }
        }
    }

    /// Weights of a naive Bayes classifier from complements (Rennie et al., 2003): a feature speaks for a label as far
    /// as it is rarer in documents without the label than in all.
    pub(crate) fn complement(&self) -> Weights {
        let (totals, everything) = self.totals();
        let width = self.features() as f32;
        let offsets: Vec<f32> = totals
            .iter()
            .map(|total| {
                let without = (everything - total).max(0.0) + SMOOTHING * width;
                (without / (everything + SMOOTHING * width)).ln()
            })
            .collect();
        let mut weights = Weights::new(self.features(), self.labels);
        for (feature, (row, all)) in self.rows().enumerate() {
            for ((weight, value), offset) in weights.row_mut(feature).iter_mut().zip(row).zip(&offsets) {
                *weight = ((all + SMOOTHING) / ((all - value).max(0.0) + SMOOTHING)).ln() + offset;
            }
        }
        weights
    }
}
