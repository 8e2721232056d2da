//! The two classifiers.

use super::bayes::Counts;
use super::matrix::{Matrix, Weights};
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

    /// How much each feature counts, as a model file can say it.
    pub(crate) fn values(self, base: &[f32], counts: &Counts) -> Vec<f32> {
        match self {
            Weighing::Plain => base.iter().map(|&base| storable(base)).collect(),
            Weighing::Informed => {
                let told = counts.informativeness();
                base.iter()
                    .zip(told)
                    .map(|(base, told)| storable(base * told))
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
    /// How much each feature counts.
    pub(crate) values: Vec<f32>,
    /// The support vector machines.
    pub(crate) machine: Weights,
    /// The naive Bayes classifier. Its features count as much as before anything was known about labels.
    pub(crate) bayes: Weights,
}

impl Fitted {
    /// The weights of both classifiers in one, each times its share.
    pub(crate) fn blended(&self, (of_machine, of_bayes): (f32, f32), base: &[f32]) -> Weights {
        let mut sum = self.machine.clone();
        sum.biases.iter_mut().for_each(|bias| *bias *= of_machine);
        for (feature, (value, base)) in self.values.iter().zip(base).enumerate() {
            // The features' values are never zero: see `value`.
            let of_bayes = of_bayes * base / value;
            for (weight, bayes) in sum.row_mut(feature).iter_mut().zip(self.bayes.row(feature)) {
                *weight = of_machine * *weight + of_bayes * bayes;
            }
        }
        sum
    }

    /// Adds the scores of some documents.
    pub(crate) fn judge(
        &self,
        matrix: &Matrix,
        documents: impl Iterator<Item = usize>,
        base: &[f32],
        out: &mut Judged,
    ) {
        for document in documents {
            judge(&self.values, &self.machine, &self.bayes, matrix, document, base, out);
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
    base: &[f32],
    out: &mut Judged,
) {
    let scale = matrix.scale(document, values);
    out.add(matrix.labels(document), |of_machine, of_bayes| {
        machine.score(matrix, document, values, scale, of_machine);
        bayes.score(matrix, document, base, scale, of_bayes);
    });
}
