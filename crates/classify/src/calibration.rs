//! From the scores of two classifiers to scores that say how sure the answer is.
//!
//! The scores of both are added, each times its share. With one label for each document a softmax makes probabilities of
//! the sums: the shares are those under which the right labels of held-out documents are most likely. Where that would
//! hardly ever answer a rare class, rare classes get something on top, and the sums are scaled to make probabilities of
//! them again.
//!
//! With any number of labels a logistic function makes scores of the sums, one for each label, moved so that one half is
//! where the label's F1 score is best: whoever takes the labels with at least one half gets the best answer. Without the
//! move the scores would be probabilities, but a label that is rare and hard to tell would hardly ever reach one half.

use crate::Mode;
use crate::math::{exp, ln};
use crate::model::Prediction;

/// A line from sums of scores to logits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Line {
    pub(crate) slope: f32,
    pub(crate) offset: f32,
}

/// The lines of all labels.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Calibration {
    pub(crate) lines: Vec<Line>,
}

impl Calibration {
    /// Turns sums of scores, in the order of the labels, into the scores that are answered.
    pub(crate) fn apply(&self, mode: Mode, predictions: &mut [Prediction]) {
        for (prediction, line) in predictions.iter_mut().zip(&self.lines) {
            prediction.score = line.slope * prediction.score + line.offset;
        }
        match mode {
            Mode::MultiClass => softmax(predictions),
            Mode::MultiLabel => predictions
                .iter_mut()
                .for_each(|prediction| prediction.score = logistic(prediction.score)),
        }
    }
}

fn softmax(predictions: &mut [Prediction]) {
    let largest = predictions
        .iter()
        .fold(f32::NEG_INFINITY, |largest, p| largest.max(p.score));
    let mut sum = 0.0;
    for prediction in predictions.iter_mut() {
        prediction.score = exp(prediction.score - largest);
        sum += prediction.score;
    }
    predictions.iter_mut().for_each(|prediction| prediction.score /= sum);
}

fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// What held-out documents say about two classifiers.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    /// How much the support vector machines and the naive Bayes classifier count.
    pub(crate) shares: (f32, f32),
    pub(crate) calibration: Calibration,
}

/// Scores of documents by classifiers that did not learn from them.
pub(crate) struct Judged {
    labels: usize,
    /// Documents × labels.
    machine: Vec<f32>,
    /// Documents × labels.
    bayes: Vec<f32>,
    truth: Vec<u32>,
    /// Where each document's labels end.
    truth_ends: Vec<usize>,
}

impl Judged {
    pub(crate) fn new(labels: usize) -> Judged {
        Judged {
            labels,
            machine: Vec::new(),
            bayes: Vec::new(),
            truth: Vec::new(),
            truth_ends: Vec::new(),
        }
    }

    /// Adds documents with these labels; returns where the scores of the support vector machines and of the naive Bayes
    /// classifier are to be written, documents × labels.
    pub(crate) fn add<'t>(&mut self, truth: impl Iterator<Item = &'t [u32]>) -> (&mut [f32], &mut [f32]) {
        let start = self.machine.len();
        for labels in truth {
            self.truth.extend_from_slice(labels);
            self.truth_ends.push(self.truth.len());
        }
        let room = self.truth_ends.len() * self.labels;
        self.machine.resize(room, 0.0);
        self.bayes.resize(room, 0.0);
        (&mut self.machine[start..], &mut self.bayes[start..])
    }

    fn truth(&self, document: usize) -> &[u32] {
        let start = document.checked_sub(1).map_or(0, |before| self.truth_ends[before]);
        &self.truth[start..self.truth_ends[document]]
    }

    /// The labels of each document, with its scores.
    fn documents(&self) -> impl Iterator<Item = (&[u32], &[f32], &[f32])> {
        let scores = self
            .machine
            .chunks_exact(self.labels)
            .zip(self.bayes.chunks_exact(self.labels));
        scores
            .enumerate()
            .map(|(document, (machine, bayes))| (self.truth(document), machine, bayes))
    }

    /// How unlikely the right labels are under the best shares, on average.
    pub(crate) fn loss(&self, mode: Mode) -> f64 {
        match mode {
            Mode::MultiClass => self.fit_classes().1,
            Mode::MultiLabel => self.fit_decisions().2,
        }
    }

    pub(crate) fn verdict(&self, mode: Mode) -> Verdict {
        match mode {
            Mode::MultiClass => {
                let (shares, _) = self.fit_classes();
                Verdict {
                    shares,
                    calibration: self.balance(shares),
                }
            }
            Mode::MultiLabel => {
                let (shares, pooled, _) = self.fit_decisions();
                Verdict {
                    shares,
                    calibration: self.fit_labels(shares, pooled),
                }
            }
        }
    }

    /// How the sums of scores become logits: as they are, unless rare classes get lost among frequent ones. Then a class
    /// starts the higher the rarer it is, by as much as is best for accuracy and the mean of the classes' F1 scores.
    fn balance(&self, shares: (f32, f32)) -> Calibration {
        let mut frequency = vec![1.0f32; self.labels];
        for (truth, ..) in self.documents() {
            truth.iter().for_each(|&label| frequency[label as usize] += 1.0);
        }
        let all: f32 = frequency.iter().sum();
        let rarity: Vec<f32> = frequency.iter().map(|count| ln(all / count)).collect();
        let mut best = (f64::NEG_INFINITY, 0.0);
        for step in 0..=MOST_BALANCE {
            let balance = step as f32 * BALANCE_STEP;
            let gain = self.gain(shares, balance, &rarity) - PRICE_OF_BALANCE * f64::from(balance);
            if gain > best.0 {
                best = (gain, balance);
            }
        }
        let balance = best.1;
        let slope = if balance > 0.0 {
            self.fit_slope(shares, balance, &rarity)
        } else {
            1.0
        };
        let lines = rarity.iter().map(|rarity| Line {
            slope,
            offset: slope * balance * rarity,
        });
        Calibration { lines: lines.collect() }
    }

    /// Accuracy and mean F1 score of the classes, added up, with so much balance.
    fn gain(&self, shares: (f32, f32), balance: f32, rarity: &[f32]) -> f64 {
        let mut right = vec![0u32; self.labels];
        // The class of each document and the class that is answered.
        let mut met = vec![0u32; self.labels];
        for (truth, machine, bayes) in self.documents() {
            let Some(&truth) = truth.first() else { continue };
            let mut answer = (f32::NEG_INFINITY, 0);
            for (label, sum) in balanced(shares, balance, machine, bayes, rarity).enumerate() {
                if sum > answer.0 {
                    answer = (sum, label);
                }
            }
            met[truth as usize] += 1;
            met[answer.1] += 1;
            right[answer.1] += u32::from(answer.1 == truth as usize);
        }
        let documents = self.truth_ends.len().max(1) as f64;
        let accuracy = f64::from(right.iter().sum::<u32>()) / documents;
        let f1 = right.iter().zip(&met);
        let f1: f64 = f1
            .map(|(&right, &met)| 2.0 * f64::from(right) / f64::from(met.max(1)))
            .sum();
        accuracy + f1 / self.labels as f64
    }

    /// What the balanced sums are multiplied by for the right classes to be most likely.
    fn fit_slope(&self, shares: (f32, f32), balance: f32, rarity: &[f32]) -> f32 {
        let mut slope = Newton::<1>::new([1.0], [0.1], [10.0]);
        let mut sums = vec![0.0f64; self.labels];
        while slope.goes_on() {
            for (truth, machine, bayes) in self.documents() {
                let Some(&truth) = truth.first() else { continue };
                for (to, sum) in sums.iter_mut().zip(balanced(shares, balance, machine, bayes, rarity)) {
                    *to = f64::from(sum);
                }
                let largest = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let (mut total, mut mean, mut square) = (0.0, 0.0, 0.0);
                for &sum in &sums {
                    let weight = f64::from(exp((slope.at[0] * (sum - largest)) as f32));
                    total += weight;
                    mean += weight * sum;
                    square += weight * sum * sum;
                }
                mean /= total;
                slope.gradient[0] += mean - sums[truth as usize];
                slope.hessian[0][0] += square / total - mean * mean;
            }
            slope.step();
        }
        slope.at[0] as f32
    }

    /// The shares under which the right classes are most likely, by Newton's method.
    fn fit_classes(&self) -> ((f32, f32), f64) {
        let mut shares = Newton::<2>::new([5.0, 0.5], [0.1, 0.0], [200.0, 200.0]);
        let mut weights = vec![0.0f32; self.labels];
        let mut loss = 0.0;
        for every in self.shares_of_documents() {
            while shares.goes_on() {
                loss = 0.0;
                for (truth, machine, bayes) in self.documents().step_by(every) {
                    // A document of one class has one label.
                    let Some(&truth) = truth.first() else { continue };
                    let truth = truth as usize;
                    let of = [shares.at[0] as f32, shares.at[1] as f32];
                    let (likelihood, mean, square) = classes(of, machine, bayes, truth, &mut weights);
                    loss -= f64::from(ln(likelihood.max(1e-30)));
                    let of_truth = [machine[truth], bayes[truth]];
                    for i in 0..2 {
                        shares.gradient[i] += f64::from(mean[i] - of_truth[i]);
                        for j in 0..2 {
                            shares.hessian[i][j] += f64::from(square[i + j] - mean[i] * mean[j]);
                        }
                    }
                }
                shares.step();
            }
            shares.again();
        }
        let documents = self.truth_ends.len().max(1) as f64;
        ((shares.at[0] as f32, shares.at[1] as f32), loss / documents)
    }

    /// Newton's method begins with one document in so many, with few steps left for all of them.
    fn shares_of_documents(&self) -> Vec<usize> {
        match self.machine.len() / FEW_DECISIONS {
            0 | 1 => vec![1],
            every => vec![every, 1],
        }
    }

    /// The shares, and the line for their sum, under which all decisions about labels are most likely.
    fn fit_decisions(&self) -> ((f32, f32), Line, f64) {
        let mut fit = Newton::<3>::new([2.0, 0.2, 0.0], [0.1, 0.0, -100.0], [200.0, 200.0, 100.0]);
        for every in self.shares_of_documents() {
            while fit.goes_on() {
                for (truth, machine, bayes) in self.documents().step_by(every) {
                    for (label, (&m, &b)) in machine.iter().zip(bayes).enumerate() {
                        let input = [f64::from(m), f64::from(b), 1.0];
                        fit.add_decision(input, truth.contains(&(label as u32)));
                    }
                }
                fit.step();
            }
            fit.again();
        }
        let [of_machine, of_bayes, offset] = fit.at.map(|number| number as f32);
        let mut loss = 0.0;
        for (truth, machine, bayes) in self.documents() {
            for (label, (m, b)) in machine.iter().zip(bayes).enumerate() {
                let p = logistic(of_machine * m + of_bayes * b + offset);
                let likelihood = if truth.contains(&(label as u32)) { p } else { 1.0 - p };
                loss -= f64::from(ln(likelihood.max(1e-30)));
            }
        }
        let decisions = self.machine.len().max(1) as f64;
        ((of_machine, of_bayes), Line { slope: 1.0, offset }, loss / decisions)
    }

    /// A line for each label.
    fn fit_labels(&self, shares: (f32, f32), pooled: Line) -> Calibration {
        let outcomes = |label: usize| -> Vec<(f32, bool)> {
            self.documents()
                .map(|(truth, machine, bayes)| {
                    let sum = shares.0 * machine[label] + shares.1 * bayes[label];
                    (sum, truth.contains(&(label as u32)))
                })
                .collect()
        };
        let mut all = Vec::with_capacity(self.machine.len());
        for label in 0..self.labels {
            all.extend(
                outcomes(label)
                    .into_iter()
                    .map(|(sum, right)| (pooled.slope * sum + pooled.offset, right)),
            );
        }
        let overall = best_threshold(all, 0.0);
        let lines = (0..self.labels).map(|label| {
            let mut outcomes = outcomes(label);
            let line = fit_line(&outcomes, pooled);
            for (sum, _) in &mut outcomes {
                *sum = line.slope * *sum + line.offset;
            }
            Line {
                slope: line.slope,
                offset: line.offset - best_threshold(outcomes, overall),
            }
        });
        Calibration { lines: lines.collect() }
    }
}

/// The sums of the scores of all classes, the rarer ones higher.
fn balanced(
    (of_machine, of_bayes): (f32, f32),
    balance: f32,
    machine: &[f32],
    bayes: &[f32],
    rarity: &[f32],
) -> impl Iterator<Item = f32> {
    let scores = machine.iter().zip(bayes).zip(rarity);
    scores.map(move |((&m, &b), rarity)| of_machine * m + of_bayes * b + balance * rarity)
}

/// How many steps of balance are tried, how large they are, and what a balance of 1 must gain at least: what looks better
/// by less may be chance.
const MOST_BALANCE: u32 = 6;
const BALANCE_STEP: f32 = 0.1;
const PRICE_OF_BALANCE: f64 = 0.02;

/// The likelihood of a class under shares, and the means of both scores and of their products (of machines, of both, of
/// naive Bayes) under the likelihoods of all classes. `weights` has room for one number for each class.
fn classes(
    shares: [f32; 2],
    machine: &[f32],
    bayes: &[f32],
    truth: usize,
    weights: &mut [f32],
) -> (f32, [f32; 2], [f32; 3]) {
    let mut largest = f32::NEG_INFINITY;
    for ((weight, m), b) in weights.iter_mut().zip(machine).zip(bayes) {
        *weight = shares[0] * m + shares[1] * b;
        largest = if *weight > largest { *weight } else { largest };
    }
    for weight in weights.iter_mut() {
        *weight = exp(*weight - largest);
    }
    let mut sum = 0.0;
    let (mut mean, mut square) = ([0.0; 2], [0.0; 3]);
    for ((&weight, &m), &b) in weights.iter().zip(machine).zip(bayes) {
        sum += weight;
        mean[0] += weight * m;
        mean[1] += weight * b;
        square[0] += weight * m * m;
        square[1] += weight * m * b;
        square[2] += weight * b * b;
    }
    (
        weights[truth] / sum,
        mean.map(|mean| mean / sum),
        square.map(|square| square / sum),
    )
}

/// With more decisions than this Newton's method begins with a part of them.
const FEW_DECISIONS: usize = 1 << 14;

/// How many documents the belief in what holds for all labels is worth.
const PRIOR_STRENGTH: f32 = 20.0;

/// Fits a logistic regression with a belief in `prior`.
fn fit_line(outcomes: &[(f32, bool)], prior: Line) -> Line {
    // A decision near one half says about this much about slope and offset.
    let belief = f64::from(PRIOR_STRENGTH) / 20.0;
    let before = [f64::from(prior.slope), f64::from(prior.offset)];
    let mut fit = Newton::<2>::new(before, [0.05, -100.0], [100.0, 100.0]);
    while fit.goes_on() {
        for (i, before) in before.iter().enumerate() {
            fit.gradient[i] += belief * (fit.at[i] - before);
            fit.hessian[i][i] += belief;
        }
        for &(sum, right) in outcomes {
            fit.add_decision([f64::from(sum), 1.0], right);
        }
        fit.step();
    }
    Line {
        slope: fit.at[0] as f32,
        offset: fit.at[1] as f32,
    }
}

/// The logit from which on a label is best answered, judged by the F1 score; with few documents that have the label it
/// stays close to `prior`.
fn best_threshold(mut outcomes: Vec<(f32, bool)>, prior: f32) -> f32 {
    outcomes.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let actual = outcomes.iter().filter(|(_, right)| *right).count() as f32;
    let (mut best, mut threshold) = (0.0, prior);
    let mut right = 0.0;
    for (at, &(logit, is_right)) in outcomes.iter().enumerate() {
        right += f32::from(u8::from(is_right));
        let next = outcomes.get(at + 1).map_or(logit, |next| next.0);
        let f1 = 2.0 * right / (actual + at as f32 + 1.0);
        if f1 > best && (next < logit || at + 1 == outcomes.len()) {
            best = f1;
            threshold = (logit + next) / 2.0;
        }
    }
    let trust = actual / (actual + PRIOR_STRENGTH);
    trust * threshold + (1.0 - trust) * prior
}

/// Newton's method for the minimum of a convex function of a few numbers, each within bounds.
struct Newton<const N: usize> {
    at: [f64; N],
    lowest: [f64; N],
    highest: [f64; N],
    gradient: [f64; N],
    hessian: [[f64; N]; N],
    steps: u32,
    converged: bool,
}

const MOST_STEPS: u32 = 30;
/// The longest step: far from the minimum the function is not as curved as it seems.
const LONGEST_STEP: f64 = 3.0;
const SHORTEST_STEP: f64 = 1e-4;

impl<const N: usize> Newton<N> {
    fn new(at: [f64; N], lowest: [f64; N], highest: [f64; N]) -> Newton<N> {
        Newton {
            at,
            lowest,
            highest,
            gradient: [0.0; N],
            hessian: [[0.0; N]; N],
            steps: 0,
            converged: false,
        }
    }

    /// Whether another step is needed; if so, gradient and Hessian are to be added up anew.
    fn goes_on(&mut self) -> bool {
        self.gradient = [0.0; N];
        self.hessian = [[0.0; N]; N];
        // Keeps the matrix regular where there is nothing to learn from.
        for i in 0..N {
            self.hessian[i][i] = 1e-3;
        }
        !self.converged && self.steps < MOST_STEPS
    }

    /// Goes on from here with another function.
    fn again(&mut self) {
        self.steps = 0;
        self.converged = false;
    }

    /// Adds a decision by a logistic function of the numbers times `input`.
    fn add_decision(&mut self, input: [f64; N], right: bool) {
        let logit: f64 = input.iter().zip(&self.at).map(|(x, a)| x * a).sum();
        let p = f64::from(logistic(logit as f32));
        let error = p - f64::from(u8::from(right));
        for i in 0..N {
            self.gradient[i] += error * input[i];
            for j in 0..N {
                self.hessian[i][j] += p * (1.0 - p) * input[i] * input[j];
            }
        }
    }

    fn step(&mut self) {
        self.steps += 1;
        let steps = solve(self.hessian, self.gradient);
        let mut moved: f64 = 0.0;
        for (i, step) in steps.into_iter().enumerate() {
            let before = self.at[i];
            let step = step.clamp(-LONGEST_STEP, LONGEST_STEP);
            self.at[i] = (before - step).clamp(self.lowest[i], self.highest[i]);
            moved = moved.max((self.at[i] - before).abs());
        }
        self.converged = moved < SHORTEST_STEP;
    }
}

/// Solves a system of linear equations with a positive definite matrix by elimination.
fn solve<const N: usize>(mut matrix: [[f64; N]; N], mut right: [f64; N]) -> [f64; N] {
    for pivot in 0..N {
        let divisor = matrix[pivot][pivot].max(1e-12);
        for row in 0..N {
            if row != pivot {
                let factor = matrix[row][pivot] / divisor;
                let subtracted = matrix[pivot];
                for (value, other) in matrix[row].iter_mut().zip(subtracted) {
                    *value -= factor * other;
                }
                right[row] -= factor * right[pivot];
            }
        }
        matrix[pivot][pivot] = divisor;
    }
    std::array::from_fn(|row| right[row] / matrix[row][row])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equations_are_solved() {
        let solution = solve([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]], [5.5, 4.2, 2.7]);
        for value in solution {
            assert!((value - 1.0).abs() < 1e-12, "{value}");
        }
    }

    /// One document in four that scores 0 has label 1, three in four that score 1 have it; of naive Bayes nothing is to
    /// be learnt.
    fn coin(labels: impl Fn(bool) -> Vec<u32>) -> Judged {
        let mut judged = Judged::new(2);
        for number in 0..400u32 {
            let score = f32::from(u8::from(number >= 200));
            let has = (number % 4 == 0) != (number >= 200);
            let labels = labels(has);
            let (machine, _) = judged.add(std::iter::once(labels.as_slice()));
            machine.copy_from_slice(&[-score + 0.5, score - 0.5]);
        }
        judged
    }

    #[test]
    fn classes_get_the_probabilities_that_they_have() {
        let judged = coin(|has| vec![u32::from(has)]);
        let verdict = judged.verdict(Mode::MultiClass);
        let mut predictions = [0.5f32, -0.5].map(|sign| Prediction {
            label: 0,
            score: verdict.shares.0 * sign,
        });
        verdict.calibration.apply(Mode::MultiClass, &mut predictions);
        assert!((predictions[0].score - 0.75).abs() < 1e-3, "{predictions:?}");
        let loss = judged.loss(Mode::MultiClass);
        assert!((loss - 0.5623).abs() < 1e-3, "{loss}");
    }

    #[test]
    fn one_half_is_the_best_threshold_of_a_label() {
        let verdict = coin(|has| if has { vec![1] } else { vec![] }).verdict(Mode::MultiLabel);
        let score = |sum: f32| {
            let mut predictions = [sum, sum].map(|sum| Prediction {
                label: 0,
                score: verdict.shares.0 * sum,
            });
            verdict.calibration.apply(Mode::MultiLabel, &mut predictions);
            predictions[1].score
        };
        assert!(score(-0.5) < 0.5 && score(0.5) > 0.5);
    }
}
