//! The two classifiers.

use super::bayes::Counts;
use super::matrix::Matrix;
use super::vocabulary::Columns;
use super::weights::Weights;
use crate::calibration::Judged;
use crate::model::{value, value_number};

/// Whether features count more the more they tell about labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weighing {
    /// By their rarity alone.
    Plain,
    /// By what they tell about labels too: good with few and uneven labels, bad with many that differ in little words.
    Informed,
}

impl Weighing {
    pub(crate) const ALL: [Weighing; 2] = [Weighing::Plain, Weighing::Informed];

    /// How much each column counts: its features each as much as a model file can say.
    pub(crate) fn values(self, columns: &Columns, counts: &Counts<'_>) -> Vec<f32> {
        let base = columns.base.iter().zip(&columns.roots);
        match self {
            Weighing::Plain => base.map(|(base, root)| storable(base / root) * root).collect(),
            Weighing::Informed => {
                let told = counts.informativeness();
                base.zip(told)
                    .map(|((base, root), told)| storable(base / root * told) * root)
                    .collect()
            }
        }
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
    pub(crate) fn judge(&self, matrix: &Matrix, documents: impl Iterator<Item = usize>, out: &mut Judged) {
        for document in documents {
            judge(&self.values, &self.machine, &self.bayes, matrix, document, out);
        }
    }
}

/// Adds the scores of a document.
pub(crate) fn judge(
    values: &[f32],
    machine: &Weights,
    bayes: &Weights,
    matrix: &Matrix,
    document: usize,
    out: &mut Judged,
) {
    let scale = matrix.scale(document, values);
    let range = matrix.range(document);
    let (columns, times) = (&matrix.features[range.clone()], &matrix.times[range]);
    let words = matrix.words(document).len();
    out.add(matrix.labels(document), |of_machine, of_bayes| {
        machine.score(
            columns,
            |place| times[place] * values[columns[place] as usize] * scale,
            of_machine,
        );
        bayes.score(&columns[..words], |place| times[place] * scale, of_bayes);
    });
}
