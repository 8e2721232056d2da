//! From the model's own probability of a span to a score that is right as often as it says.
//!
//! A linear-chain model is sure of itself: its probabilities follow the training data, and on other data spans with
//! 0.9 may be right eight times in ten. Platt's method bends them back: the score is a logistic function of the
//! logit of the probability, with two numbers per label fitted on held-out predictions. Labels with few predictions
//! stay close to the numbers fitted for all labels together.

use crate::exp::exp;
use crate::labels::Label;

/// A prediction with its outcome.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// What was predicted.
    pub label: Label,
    /// The model's probability, before any calibration.
    pub probability: f32,
    /// Whether the span was right.
    pub right: bool,
}

/// One line in logits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Line {
    pub(crate) slope: f32,
    pub(crate) offset: f32,
}

impl Line {
    pub(crate) const IDENTITY: Line = Line {
        slope: 1.0,
        offset: 0.0,
    };

    fn apply(self, logit: f32) -> f32 {
        1.0 / (1.0 + exp(-(self.slope * logit + self.offset)))
    }
}

/// The lines of all labels. Scores never fall while probabilities rise.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    pub(crate) lines: Vec<Line>,
}

/// The flattest line allowed: scores keep the order of the probabilities.
pub(crate) const SMALLEST_SLOPE: f32 = 0.05;
/// The steepest line and the farthest offset allowed.
pub(crate) const LARGEST: f32 = 50.0;
/// How many predictions the prior belief is worth.
const PRIOR_STRENGTH: f64 = 20.0;

impl Calibration {
    /// Leaves probabilities as they are.
    pub fn identity(labels: usize) -> Calibration {
        Calibration {
            lines: vec![Line::IDENTITY; labels],
        }
    }

    /// Fits the outcomes of predictions on data that the model was not trained on.
    pub fn fit(labels: usize, outcomes: &[Outcome]) -> Calibration {
        let pooled = fit_line(outcomes.iter(), Line::IDENTITY);
        let lines = (0..labels)
            .map(|label| fit_line(outcomes.iter().filter(|outcome| outcome.label.index() == label), pooled))
            .collect();
        Calibration { lines }
    }

    /// The calibrated score of a probability.
    pub fn score(&self, label: Label, probability: f32) -> f32 {
        let line = self.lines[label.index()];
        // Leave exact probabilities untouched where nothing was fitted.
        if line == Line::IDENTITY {
            probability
        } else {
            line.apply(logit(probability))
        }
    }
}

/// The logarithm of the odds, between -14 and 14.
fn logit(probability: f32) -> f32 {
    // Single precision tells probabilities near one apart to about 1e-7.
    let p = f64::from(probability).clamp(1e-6, 1.0 - 1e-6);
    (p / (1.0 - p)).ln() as f32
}

/// Fits a logistic regression with a belief in `prior`, by Newton's method.
fn fit_line<'a>(outcomes: impl Iterator<Item = &'a Outcome>, prior: Line) -> Line {
    let points: Vec<(f64, f64)> = outcomes
        .map(|outcome| {
            (
                f64::from(logit(outcome.probability)),
                if outcome.right { 1.0 } else { 0.0 },
            )
        })
        .collect();
    let prior = (f64::from(prior.slope), f64::from(prior.offset));
    let loss = |(slope, offset): (f64, f64)| {
        let fit: f64 = points
            .iter()
            .map(|&(x, right)| {
                let z = slope * x + offset;
                z.max(0.0) - z * right + (-z.abs()).exp().ln_1p()
            })
            .sum();
        fit + 0.5 * PRIOR_STRENGTH * ((slope - prior.0).powi(2) + (offset - prior.1).powi(2))
    };
    let (mut slope, mut offset) = prior;
    for _ in 0..50 {
        let (mut g0, mut g1) = (PRIOR_STRENGTH * (slope - prior.0), PRIOR_STRENGTH * (offset - prior.1));
        let (mut h00, mut h01, mut h11) = (PRIOR_STRENGTH, 0.0, PRIOR_STRENGTH);
        for &(x, right) in &points {
            let p = 1.0 / (1.0 + (-(slope * x + offset)).exp());
            let curvature = p * (1.0 - p);
            g0 += (p - right) * x;
            g1 += p - right;
            h00 += curvature * x * x;
            h01 += curvature * x;
            h11 += curvature;
        }
        // Positive: the prior makes the matrix definite.
        let determinant = h00 * h11 - h01 * h01;
        let step = ((h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant);
        // Halve a step that goes too far.
        let before = loss((slope, offset));
        let mut size = 1.0;
        while size > 1e-6 && loss((slope - size * step.0, offset - size * step.1)) > before {
            size *= 0.5;
        }
        slope -= size * step.0;
        offset -= size * step.1;
        if size * (step.0.abs() + step.1.abs()) < 1e-9 {
            break;
        }
    }
    Line {
        slope: (slope as f32).clamp(SMALLEST_SLOPE, LARGEST),
        offset: (offset as f32).clamp(-LARGEST, LARGEST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::Reliability;

    /// Predictions that are right less often than they say.
    fn overconfident(label: u8, count: usize) -> Vec<Outcome> {
        (0..count)
            .map(|n| {
                let probability = 0.5 + 0.499 * (n % 100) as f32 / 100.0;
                let truth = 0.3 + 0.5 * (n % 100) as f32 / 100.0;
                // Evenly spread, so that the share of right ones is as wanted.
                let right = (n / 100 * 37 % 100) as f32 / 100.0 < truth;
                Outcome {
                    label: Label(label),
                    probability,
                    right,
                }
            })
            .collect()
    }

    fn error(outcomes: &[Outcome], calibration: &Calibration) -> f64 {
        let mut reliability = Reliability::new(10);
        for outcome in outcomes {
            reliability.add(calibration.score(outcome.label, outcome.probability), outcome.right);
        }
        reliability.expected_calibration_error()
    }

    #[test]
    fn scores_become_right_as_often_as_they_say() {
        let outcomes = overconfident(0, 10_000);
        let before = error(&outcomes, &Calibration::identity(1));
        let after = error(&outcomes, &Calibration::fit(1, &outcomes));
        assert!(before > 0.15 && after < 0.03, "{before} before, {after} after");
    }

    #[test]
    fn scores_never_fall_while_probabilities_rise() {
        // The worse the more certain: no calibration may turn the order around.
        let inverted: Vec<Outcome> = (0..1000)
            .map(|n| Outcome {
                label: Label(0),
                probability: n as f32 / 1000.0,
                right: n < 500,
            })
            .collect();
        for calibration in [
            Calibration::fit(2, &inverted),
            Calibration::fit(2, &overconfident(1, 1000)),
        ] {
            for label in [Label(0), Label(1)] {
                let scores: Vec<f32> = (0..=1000)
                    .map(|n| calibration.score(label, n as f32 / 1000.0))
                    .collect();
                assert!(scores.is_sorted(), "{calibration:?}");
                assert!(scores.iter().all(|score| (0.0..=1.0).contains(score)));
            }
        }
    }

    #[test]
    fn labels_with_little_data_follow_the_others() {
        let mut outcomes = overconfident(0, 5000);
        let alone = Calibration::fit(2, &outcomes);
        outcomes.push(Outcome {
            label: Label(1),
            probability: 0.9,
            right: false,
        });
        let both = Calibration::fit(2, &outcomes);
        let (first, second) = (both.score(Label(0), 0.9), both.score(Label(1), 0.9));
        assert!((alone.score(Label(0), 0.9) - first).abs() < 0.01);
        assert!(second < first && first - second < 0.05, "{first} {second}");
        assert_eq!(Calibration::fit(1, &[]), Calibration::identity(1));
    }
}
