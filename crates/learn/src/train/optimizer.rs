//! Gradients and steps.

use super::Settings;
use super::data::Sequence;
use crate::corpus::for_each_constraint;
use crate::inference::log_space::LogSpace;
use crate::inference::{ForwardBackward, LARGEST_TRANSITION, Transitions, Underflow, Viterbi};
use crate::labels::{Labels, TokenSpan};
use crate::scheme::Tags;

/// Weights in training, with AdaGrad's sums of squared gradients.
#[derive(Clone)]
pub(super) struct Weights {
    pub(super) tags: Tags,
    /// For each feature its weights and, right after them, its sums: one place in memory for both.
    rows: Vec<f32>,
    pub(super) transitions: Transitions,
    transition_sums: Vec<f32>,
    /// The part of the pull to zero that falls to one token, for each feature.
    decay: Vec<f32>,
    transition_decay: f32,
    uncovered_prior: f32,
}

/// Added to the root of the sum of squares: the first step of a weight is bounded by the learning rate.
const EPSILON: f32 = 1e-6;

/// Gradients of tokens below it are not worth the visit of their features: the model is sure, and right.
const SETTLED: f32 = 1e-4;

/// The best weights so far, without what only training needs.
pub(super) struct Snapshot {
    rows: Vec<f32>,
    transitions: Vec<f32>,
}

impl Weights {
    /// All zero. `counts` has the number of tokens of each feature.
    pub(super) fn new(tags: Tags, counts: &[u32], sequences: usize, settings: &Settings) -> Weights {
        let transitions = Transitions::new(&tags);
        Weights {
            rows: vec![0.0; counts.len() * tags.stride * 2],
            transition_sums: vec![0.0; transitions.layout.len],
            decay: counts.iter().map(|&count| settings.l2 / count as f32).collect(),
            transition_decay: settings.l2 / sequences as f32,
            uncovered_prior: settings.uncovered_prior,
            transitions,
            tags,
        }
    }

    /// The weights of a feature, one per tag.
    pub(super) fn row(&self, feature: usize) -> &[f32] {
        &self.rows[feature * self.tags.stride * 2..][..self.tags.stride]
    }

    /// The same weights with only the features `kept`, in that order.
    pub(super) fn retain(&self, kept: &[usize]) -> Weights {
        let stride = self.tags.stride * 2;
        Weights {
            rows: kept
                .iter()
                .flat_map(|&feature| &self.rows[feature * stride..][..stride])
                .copied()
                .collect(),
            decay: kept.iter().map(|&feature| self.decay[feature]).collect(),
            tags: self.tags.clone(),
            transitions: self.transitions.clone(),
            transition_sums: self.transition_sums.clone(),
            transition_decay: self.transition_decay,
            uncovered_prior: self.uncovered_prior,
        }
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        let stride = self.tags.stride;
        Snapshot {
            rows: self
                .rows
                .chunks_exact(stride * 2)
                .flat_map(|row| &row[..stride])
                .copied()
                .collect(),
            transitions: self.transitions.scores.clone(),
        }
    }

    pub(super) fn restore(&mut self, snapshot: &Snapshot) {
        let stride = self.tags.stride;
        for (row, saved) in self
            .rows
            .chunks_exact_mut(stride * 2)
            .zip(snapshot.rows.chunks_exact(stride))
        {
            row[..stride].copy_from_slice(saved);
        }
        self.transitions.scores.copy_from_slice(&snapshot.transitions);
        self.transitions.update_factors(&self.tags);
    }

    /// Writes the scores of a sequence, one row per token.
    fn score(&self, sequence: &Sequence<'_>, scores: &mut Vec<f32>) {
        let stride = self.tags.stride;
        scores.clear();
        scores.resize(sequence.tokens() * stride, 0.0);
        for (scores, rows) in scores.chunks_exact_mut(stride).zip(sequence.iter()) {
            for &row in rows {
                for (score, weight) in scores.iter_mut().zip(self.row(row as usize)) {
                    *score += weight;
                }
            }
            if sequence.scale != 1.0 {
                scores.iter_mut().for_each(|score| *score *= sequence.scale);
            }
        }
    }
}

/// Working memory of passes over the data.
#[derive(Default)]
pub(super) struct Workspace {
    scores: Vec<f32>,
    allowed: Vec<f32>,
    free: ForwardBackward,
    constrained: ForwardBackward,
    gradient: Vec<f32>,
    transition_gradient: Vec<f32>,
    viterbi: Viterbi,
}

impl Workspace {
    /// Computes the loss of a sequence (the logarithm of how much likelier any tagging is than one that the
    /// annotation allows) and its gradient.
    pub(super) fn gradient(&mut self, weights: &Weights, labels: &Labels, sequence: &Sequence<'_>) -> f64 {
        self.prepare(weights, labels, sequence);
        let tags = &weights.tags;
        self.gradient.clear();
        self.gradient.resize(self.scores.len(), 0.0);
        self.transition_gradient.clear();
        self.transition_gradient.resize(weights.transitions.layout.len, 0.0);
        match self.sums(weights) {
            Ok(loss) => {
                let weight = sequence.annotation.weight;
                for (token, gradient) in self.gradient.chunks_exact_mut(tags.stride).enumerate() {
                    let free = self.free.probabilities(tags, token);
                    for ((gradient, free), constrained) in gradient
                        .iter_mut()
                        .zip(free)
                        .zip(self.constrained.probabilities(tags, token))
                    {
                        *gradient = weight * (free - constrained);
                    }
                }
                let counts = &mut self.transition_gradient;
                self.free
                    .add_transition_counts(tags, &weights.transitions, weight, counts);
                self.constrained
                    .add_transition_counts(tags, &weights.transitions, -weight, counts);
                for (count, factor) in counts.iter_mut().zip(&weights.transitions.factors) {
                    *count *= factor;
                }
                f64::from(weight) * loss
            }
            Err(Underflow) => self.gradient_in_log_space(weights, sequence.annotation.weight),
        }
    }

    /// Computes the loss of a sequence only.
    pub(super) fn loss(&mut self, weights: &Weights, labels: &Labels, sequence: &Sequence<'_>) -> f64 {
        self.prepare(weights, labels, sequence);
        let (tags, transitions) = (&weights.tags, &weights.transitions);
        let loss = self.sums(weights).unwrap_or_else(|Underflow| {
            LogSpace::run(tags, transitions, &self.scores, None).log_sum
                - LogSpace::run(tags, transitions, &self.scores, Some(&self.allowed)).log_sum
        });
        f64::from(sequence.annotation.weight) * loss
    }

    /// Calls with each span of the best tagging of the sequence whose scores were computed last.
    pub(super) fn best_spans(&mut self, weights: &Weights, emit: impl FnMut(TokenSpan)) {
        self.viterbi.run(&weights.tags, &weights.transitions, &self.scores);
        weights.tags.spans(&self.viterbi.path, emit);
    }

    /// Takes one step down the gradient computed last.
    pub(super) fn step(&mut self, weights: &mut Weights, sequence: &Sequence<'_>, learning_rate: f32) {
        let stride = weights.tags.stride;
        for (gradient, rows) in self.gradient.chunks_exact(stride).zip(sequence.iter()) {
            if gradient.iter().all(|gradient| gradient.abs() < SETTLED) {
                continue;
            }
            for &row in rows {
                let feature = row as usize;
                let decay = weights.decay[feature];
                let (values, sums) = weights.rows[feature * stride * 2..][..stride * 2].split_at_mut(stride);
                adagrad(values, sums, gradient, decay, learning_rate);
            }
        }
        adagrad(
            &mut weights.transitions.scores,
            &mut weights.transition_sums,
            &self.transition_gradient,
            weights.transition_decay,
            learning_rate,
        );
        for score in &mut weights.transitions.scores {
            *score = score.clamp(-LARGEST_TRANSITION, LARGEST_TRANSITION);
        }
        // Padding stays where it is: its gradient is not a number of any meaning.
        let (tags, layout) = (&weights.tags, weights.transitions.layout);
        for row in weights.transitions.scores[..layout.from_begin].chunks_exact_mut(tags.continuing) {
            row[tags.starting..].fill(f32::NEG_INFINITY);
        }
        weights.transitions.update_factors(&weights.tags);
    }

    fn prepare(&mut self, weights: &Weights, labels: &Labels, sequence: &Sequence<'_>) {
        let stride = weights.tags.stride;
        weights.score(sequence, &mut self.scores);
        self.allowed.resize(self.scores.len(), 0.0);
        for_each_constraint(sequence.annotation, labels, sequence.tokens(), |token, constraint| {
            weights.tags.allowed(
                constraint,
                weights.uncovered_prior,
                &mut self.allowed[token * stride..][..stride],
            );
        });
    }

    fn sums(&mut self, weights: &Weights) -> Result<f64, Underflow> {
        let (tags, transitions) = (&weights.tags, &weights.transitions);
        self.free.run(tags, transitions, &self.scores, None)?;
        self.constrained
            .run(tags, transitions, &self.scores, Some(&self.allowed))?;
        Ok(self.free.log_sum - self.constrained.log_sum)
    }

    fn gradient_in_log_space(&mut self, weights: &Weights, weight: f32) -> f64 {
        let (tags, transitions) = (&weights.tags, &weights.transitions);
        let mut losses = [0.0; 2];
        let lattices = [(None, weight), (Some(&self.allowed[..]), -weight)];
        for (loss, (allowed, weight)) in losses.iter_mut().zip(lattices) {
            let sums = LogSpace::run(tags, transitions, &self.scores, allowed);
            for (token, gradient) in self.gradient.chunks_exact_mut(tags.stride).enumerate() {
                for (gradient, probability) in gradient.iter_mut().zip(sums.probabilities(token)) {
                    *gradient += weight * probability;
                }
            }
            let counts = &mut self.transition_gradient;
            sums.transition_counts(|index, count| counts[index] += weight * count as f32);
            *loss = sums.log_sum;
        }
        f64::from(weight) * (losses[0] - losses[1])
    }
}

/// One step of AdaGrad: every weight has its own step size, one by the root of its squared gradients so far.
fn adagrad(weights: &mut [f32], sums: &mut [f32], gradient: &[f32], decay: f32, learning_rate: f32) {
    for ((weight, sum), gradient) in weights.iter_mut().zip(sums).zip(gradient) {
        let gradient = gradient + decay * *weight;
        *sum += gradient * gradient;
        *weight -= learning_rate * gradient / (sum.sqrt() + EPSILON);
    }
}

#[cfg(test)]
mod tests;
