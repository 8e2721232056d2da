//! Settings of a training run.

use crate::Error;
use crate::scheme::Scheme;

/// How to train. The model file keeps them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// How spans are marked.
    pub scheme: Scheme,
    /// The most passes over the data before pruning.
    pub epochs: u32,
    /// Stop after that many passes without a better result on the held-out part.
    pub patience: u32,
    /// Passes over the data after pruning, with the kept features only.
    pub refit_epochs: u32,
    /// Size of the first steps; they shrink as AdaGrad has it, and linearly with the passes.
    pub learning_rate: f32,
    /// Strength of the pull to zero: the objective is the sum of the sequences' losses plus half of it times the sum of
    /// squared weights.
    pub l2: f32,
    /// How plausible an unmarked span of a label that its source does not cover is, before anything is known of it,
    /// against no span: 1 learns nothing from the gap, 0 takes it for a negative example. Without any doubt, a label
    /// that few sources cover spreads over the texts of the others; with too much, its recall falls.
    pub uncovered_prior: f32,
    /// The share of a token's features that a pass over the data leaves out, drawn anew each time: weights learn not to
    /// lean on the words of the training data alone.
    pub dropout: f32,
    /// Features seen on fewer tokens are left out.
    pub min_count: u32,
    /// The most features that the model keeps.
    pub max_features: u32,
    /// Seed of the order in which sequences are seen.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            scheme: Scheme::Bio,
            epochs: 8,
            patience: 3,
            refit_epochs: 2,
            learning_rate: 0.2,
            l2: 1.0,
            uncovered_prior: 0.5,
            dropout: 0.0,
            min_count: 2,
            max_features: 200_000,
            seed: 1,
        }
    }
}

impl Settings {
    pub(crate) fn check(&self) -> Result<(), Error> {
        let range = |value: f32, low: f32, high: f32| value >= low && value <= high;
        if self.epochs == 0 {
            return Err(Error::Settings("epochs must be at least 1"));
        }
        if !range(self.learning_rate, 1e-6, 10.0) {
            return Err(Error::Settings("learning_rate must lie between 0.000001 and 10"));
        }
        if !range(self.l2, 0.0, 1e6) {
            return Err(Error::Settings("l2 must lie between 0 and 1000000"));
        }
        if !range(self.uncovered_prior, 0.0, 1.0) {
            return Err(Error::Settings("uncovered_prior must lie between 0 and 1"));
        }
        if !range(self.dropout, 0.0, 0.9) {
            return Err(Error::Settings("dropout must lie between 0 and 0.9"));
        }
        if self.max_features == 0 || self.max_features >= 1 << 24 {
            return Err(Error::Settings("max_features must lie between 1 and 2^24"));
        }
        Ok(())
    }
}
