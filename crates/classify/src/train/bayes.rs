//! What counting alone says: which features speak for which label.

use super::fitted::storable;
use super::matrix::Matrix;
use super::vocabulary::Columns;
use super::weights::Weights;
use crate::math::ln;

/// Added to the count of each feature, so that what was never seen is not thought impossible.
const SMOOTHING: f32 = 0.03;

/// Sums of the documents' values, for each column and label. Those of each of a column's features are these, divided by
/// the root of their number.
pub(crate) struct Counts<'c> {
    columns: &'c Columns,
    /// For each column the sum over all documents.
    of_all: Vec<f32>,
    /// For each label the sums of all columns: documents of one label after another touch little memory.
    of_labels: Vec<f32>,
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
            of_all: vec![0.0; columns.base.len()],
            of_labels: vec![0.0; columns.base.len() * labels],
            vector: Vec::new(),
            documents: vec![0.0; labels],
        }
    }

    /// Counts documents.
    pub(crate) fn add_all(&mut self, matrix: &Matrix, documents: &[u32]) {
        let mut by_label = documents.to_vec();
        by_label.sort_by_key(|&document| matrix.labels(document as usize).first());
        for document in by_label {
            self.add(matrix, document as usize);
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
        let columns = self.of_all.len();
        for (&feature, value) in features.iter().zip(&mut self.vector) {
            *value *= scale;
            self.of_all[feature as usize] += *value;
        }
        for &label in labels {
            let sums = &mut self.of_labels[label as usize * columns..][..columns];
            for (&feature, value) in features.iter().zip(&self.vector) {
                sums[feature as usize] += value;
            }
            self.documents[label as usize] += 1.0;
        }
    }

    /// The sums of all columns, label by label.
    fn of_each_label(&self) -> impl Iterator<Item = &[f32]> {
        (0..self.documents.len()).map(|label| self.of_label(label))
    }

    fn of_label(&self, label: usize) -> &[f32] {
        let columns = self.of_all.len();
        &self.of_labels[label * columns..][..columns]
    }

    fn totals(&self) -> Totals {
        let roots = &self.columns.roots;
        let total = |sums: &[f32]| -> f32 {
            let products = sums.iter().zip(roots).map(|(sum, root)| f64::from(sum * root));
            products.sum::<f64>() as f32
        };
        let width: f64 = roots.iter().map(|root| f64::from(root * root)).sum();
        Totals {
            width: width.round() as f32,
            of_labels: self.of_each_label().map(total).collect(),
            of_all: total(&self.of_all),
        }
    }

    /// How much each column's features tell about labels, 1 on average: the root of the mean over the labels, weighted by
    /// their frequency, of the squared logarithm of how much likelier the feature is with the label than without.
    /// `prior` is added to the count of each feature.
    pub(crate) fn informativeness(&self, prior: f32) -> Vec<f32> {
        let Totals {
            width,
            of_labels,
            of_all,
        } = self.totals();
        let offsets: Vec<f32> = of_labels
            .iter()
            .map(|total| ln(((of_all - total).max(0.0) + prior * width) / (total + prior * width)))
            .collect();
        let documents = self.documents.iter().sum::<f32>().max(1.0);
        let shares: Vec<f32> = self.documents.iter().map(|count| count / documents).collect();
        // Most features are there with few labels. Where they are not, all that differs is the offset.
        let moment = |power: i32| -> f32 {
            let terms = shares.iter().zip(&offsets);
            terms.map(|(share, offset)| share * offset.powi(power)).sum()
        };
        let (share, mean, square) = (moment(0), moment(1), moment(2));
        let roots = &self.columns.roots;
        let absent: Vec<f32> = self
            .of_all
            .iter()
            .zip(roots)
            .map(|(all, root)| ln(prior / (all / root + prior)))
            .collect();
        let mut told: Vec<f32> = absent
            .iter()
            .map(|absent| share * absent * absent + 2.0 * mean * absent + square)
            .collect();
        for ((sums, offset), share) in self.of_each_label().zip(&offsets).zip(&shares) {
            let columns = sums.iter().zip(&self.of_all).zip(roots).zip(&absent);
            for (told, (((&value, all), root), absent)) in told.iter_mut().zip(columns) {
                if value > 0.0 {
                    let (value, all) = (value / root, all / root);
                    let ratio = ln((value + prior) / ((all - value).max(0.0) + prior)) + offset;
                    let without = absent + offset;
                    *told += share * (ratio * ratio - without * without);
                }
            }
        }
        let mut sum_of_told = 0.0;
        for (told, root) in told.iter_mut().zip(roots) {
            *told = told.max(0.0).sqrt();
            sum_of_told += f64::from(*told * root * root);
        }
        let mean = sum_of_told / f64::from(width.max(1.0));
        if mean > 0.0 {
            told.iter_mut().for_each(|value| *value /= mean as f32);
        }
        told
    }

    /// Gives columns that were not counted, of which nothing is known, their values of before.
    pub(crate) fn keep_unseen(&self, values: &mut [f32]) {
        let Columns { base, roots, .. } = self.columns;
        for (((&all, base), root), value) in self.of_all.iter().zip(base).zip(roots).zip(values) {
            if all == 0.0 {
                *value = storable(base / root) * root;
            }
        }
    }

    /// Leaves columns out that were not counted: nothing would be known of them had their documents not been there.
    pub(crate) fn hide_unseen(&self, values: &mut [f32]) {
        for (&all, value) in self.of_all.iter().zip(values) {
            if all == 0.0 {
                *value = 0.0;
            }
        }
    }

    /// Weights of a naive Bayes classifier from complements (Rennie et al., 2003): a feature speaks for a label as far
    /// as it is rarer in documents without the label than in all. Those of all features of a column are added up, each
    /// times how much it counts.
    pub(crate) fn complement(&self) -> Weights {
        let mut weights = Weights::new(self.columns.base.len(), self.documents.len());
        self.complement_into(&mut weights);
        weights
    }

    /// The same, in place of weights of the same shape.
    pub(crate) fn complement_into(&self, weights: &mut Weights) {
        let Totals {
            width,
            of_labels,
            of_all,
        } = self.totals();
        let offsets: Vec<f32> = of_labels
            .iter()
            .map(|total| {
                let without = (of_all - total).max(0.0) + SMOOTHING * width;
                ln(without / (of_all + SMOOTHING * width))
            })
            .collect();
        let Columns { base, roots, .. } = self.columns;
        for band in &mut weights.bands {
            let rows = band.rows.chunks_mut(BLOCK * band.lanes);
            for (first, rows) in (0..base.len()).step_by(BLOCK).zip(rows) {
                let columns = first..(first + BLOCK).min(base.len());
                for lane in 0..band.labels {
                    let (label, offset) = (band.first + lane, offsets[band.first + lane]);
                    let sums = self.of_label(label)[columns.clone()]
                        .iter()
                        .zip(&self.of_all[columns.clone()]);
                    let counting = base[columns.clone()].iter().zip(&roots[columns.clone()]);
                    let weights = rows[lane..].iter_mut().step_by(band.lanes);
                    for ((weight, (&value, &all)), (base, root)) in weights.zip(sums).zip(counting) {
                        // What was not counted says nothing.
                        if all == 0.0 {
                            *weight = 0.0;
                            continue;
                        }
                        let factor = base * root;
                        *weight = factor * offset;
                        if value > 0.0 {
                            let (all, value) = (all / root, value / root);
                            *weight += factor * ln((all + SMOOTHING) / ((all - value).max(0.0) + SMOOTHING));
                        }
                    }
                }
            }
        }
    }
}

/// So many rows of weights, of which one label after another is written, stay near by.
const BLOCK: usize = 256;
