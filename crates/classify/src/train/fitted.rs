//! The two classifiers.

use super::bayes::Counts;
use super::matrix::Matrix;
use super::vocabulary::Columns;
use super::weights::Weights;
use crate::calibration::Judged;
use crate::model::{value, value_number};

/// Added to the count of each feature when it is judged by what it tells about labels: the more the more cautiously.
const SMOOTHING: f32 = 0.3;
const SHARP_SMOOTHING: f32 = 0.05;

/// How much more features count the more they tell about labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weighing {
    /// By the root of it: good with many labels that differ in little words.
    Mild,
    /// By all of it: good with few and uneven labels.
    Informed,
    /// The same with less caution and more contrast: good with few documents, where most features are noise.
    Sharp,
}

impl Weighing {
    /// What is worth a try with few documents.
    pub(crate) const FEW: [Weighing; 2] = [Weighing::Mild, Weighing::Sharp];
    /// What is worth a try with many documents, and many for each label.
    pub(crate) const MANY: [Weighing; 2] = [Weighing::Mild, Weighing::Informed];

    /// How much each column counts: its features each as much as a model file can say.
    pub(crate) fn values(self, columns: &Columns, counts: &Counts<'_>) -> Vec<f32> {
        self.values_of(columns, &counts.informativeness(self.smoothing()))
    }

    /// The same for each of some weighings.
    pub(crate) fn all_values<const COUNT: usize>(
        weighings: [Weighing; COUNT],
        columns: &Columns,
        counts: &Counts<'_>,
    ) -> [Vec<f32>; COUNT] {
        let mut told = (0.0, Vec::new());
        weighings.map(|weighing| {
            if told.0 != weighing.smoothing() {
                told = (weighing.smoothing(), counts.informativeness(weighing.smoothing()));
            }
            weighing.values_of(columns, &told.1)
        })
    }

    fn smoothing(self) -> f32 {
        match self {
            Weighing::Mild | Weighing::Informed => SMOOTHING,
            Weighing::Sharp => SHARP_SMOOTHING,
        }
    }

    fn values_of(self, columns: &Columns, told: &[f32]) -> Vec<f32> {
        let contrast = |told: f32| match self {
            Weighing::Mild => told.sqrt(),
            Weighing::Informed => told,
            Weighing::Sharp => told * told.sqrt(),
        };
        let columns = columns.base.iter().zip(&columns.roots).zip(told);
        columns
            .map(|((base, root), &told)| storable(base / root * contrast(told)) * root)
            .collect()
    }
}

/// The nearest value that a model file can say.
pub(super) fn storable(wanted: f32) -> f32 {
    value(value_number(wanted))
}

/// What was learnt.
pub(crate) struct Fitted {
    /// How much each column counts, those of the second part of vectors included.
    pub(crate) values: Vec<f32>,
    /// The support vector machines.
    pub(crate) machine: Weights,
    /// The naive Bayes classifier. In its weights features count as much as before anything was known about labels.
    pub(crate) bayes: Weights,
}

impl Fitted {
    /// Calls `each` with every column, how much each of its features counts, and the weights of one of them: those of
    /// both classifiers in one, each times its share.
    pub(crate) fn blended(
        &self,
        (of_machine, of_bayes): (f32, f32),
        columns: &Columns,
        mut each: impl FnMut(usize, f32, &[f32]),
    ) {
        let mut row = vec![0.0; self.machine.labels];
        let mut of_label = row.clone();
        for (column, (value, root)) in self.values.iter().zip(&columns.roots).enumerate() {
            self.machine.row(column, &mut row);
            self.bayes.row(column, &mut of_label);
            // The values are never zero: see `value`.
            let (of_machine, of_bayes) = (of_machine / root, of_bayes / value / root);
            for (weight, bayes) in row.iter_mut().zip(&of_label) {
                *weight = of_machine * *weight + of_bayes * bayes;
            }
            each(column, value / root, &row);
        }
    }

    /// The weights of the columns of the second part of vectors, times how much these count and the share of the support
    /// vector machines: for each column one for each label.
    pub(crate) fn meanings(&self, (of_machine, _): (f32, f32), columns: &Columns) -> Vec<f32> {
        let mut meanings = Vec::new();
        let mut row = vec![0.0; self.machine.labels];
        for (column, value) in self.values.iter().enumerate().skip(columns.base.len()) {
            self.machine.row(column, &mut row);
            meanings.extend(row.iter().map(|weight| of_machine * value * weight));
        }
        meanings
    }

    /// Adds the scores of some documents.
    pub(crate) fn judge(&self, matrix: &Matrix, documents: &[u32], out: &mut Judged) {
        judge(&self.values, &self.machine, &self.bayes, matrix, documents, out);
    }
}

/// So many documents are judged by one band after the other, whose weights then stay near by.
const TOGETHER: usize = 256;

/// Adds the scores of some documents, for the first labels of all if `out` or the machines have no others.
pub(crate) fn judge(
    values: &[f32],
    machine: &Weights,
    bayes: &Weights,
    matrix: &Matrix,
    documents: &[u32],
    out: &mut Judged,
) {
    // The vectors of documents, for the support vector machines and for naive Bayes.
    let (mut of_machine, mut of_bayes) = (Vec::new(), Vec::new());
    let mut ends = Vec::new();
    for documents in documents.chunks(TOGETHER) {
        of_machine.clear();
        of_bayes.clear();
        ends.clear();
        for &document in documents {
            let document = document as usize;
            let scale = matrix.scale(document, values);
            let range = matrix.range(document);
            for (times, &column) in matrix.times[range.clone()].iter().zip(&matrix.features[range]) {
                let times = times * scale;
                of_machine.push(times * values[column as usize]);
                of_bayes.push(times);
            }
            ends.push(of_machine.len());
        }
        let (machine_scores, bayes_scores) =
            out.add(documents.iter().map(|&document| matrix.labels(document as usize)));
        let labels = machine_scores.len() / documents.len();
        let mut score = |weights: &Weights, is_bayes: bool| {
            let (vectors, scores) = if is_bayes {
                (&of_bayes, &mut *bayes_scores)
            } else {
                (&of_machine, &mut *machine_scores)
            };
            for band in weights.bands.iter().filter(|band| band.first < labels) {
                let mut start = 0;
                for ((&document, &end), scores) in documents.iter().zip(&ends).zip(scores.chunks_exact_mut(labels)) {
                    let document = document as usize;
                    // Naive Bayes does without the second part of vectors.
                    let range = if is_bayes {
                        matrix.words(document)
                    } else {
                        matrix.range(document)
                    };
                    let vector = &vectors[start..end][..range.len()];
                    band.score(&matrix.features[range], vector, &mut scores[band.first..]);
                    start = end;
                }
            }
            if weights.mirrored {
                for scores in scores.chunks_exact_mut(labels) {
                    scores[0] = -scores[1];
                }
            }
        };
        score(machine, false);
        score(bayes, true);
    }
}
