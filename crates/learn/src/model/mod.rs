//! A trained tagger.

mod file;
mod scoring;

#[cfg(test)]
mod tests;

pub use file::FORMAT_VERSION;

use crate::Error;
use crate::calibration::{Calibration, Outcome};
use crate::corpus::{Annotation, Corpus};
use crate::evaluate::{Reliability, SpanScores};
use crate::features::Features;
use crate::index::Index;
use crate::inference::log_space::LogSpace;
use crate::inference::{ForwardBackward, LARGEST_TRANSITION, Transitions, Underflow, Viterbi};
use crate::labels::{Label, Labels, TokenSpan};
use crate::scheme::Tags;
use crate::train::{Settings, comparable};

/// Where a model comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// Name and version of the feature templates. A model works with the features that it was trained on, no others.
    pub feature_schema: String,
    /// SHA-256 of the training data, as the caller defines it.
    pub data_fingerprint: [u8; 32],
}

/// A span that the model found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoredSpan {
    /// First token.
    pub start: usize,
    /// One past the last token.
    pub end: usize,
    /// What it is.
    pub label: Label,
    /// The model's probability that exactly these tokens form a span of this label.
    pub probability: f32,
    /// How often such a span is right: the probability after calibration. The higher of two probabilities of one
    /// label never has the lower score.
    pub score: f32,
}

/// Working memory of [`Tagger::tag`]: keep one per thread. It grows with the longest sequence, by about
/// 25 bytes per tag and token.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    rows: scoring::Rows,
    scores: Vec<f32>,
    viterbi: Viterbi,
    sums: ForwardBackward,
    spans: Vec<ScoredSpan>,
}

/// How well scores match outcomes before and after calibration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CalibrationReport {
    /// Predictions that calibration was fitted to.
    pub predictions: usize,
    /// Expected calibration error of the model's probabilities, in 10 bins.
    pub error_before: f64,
    /// That of the scores, each fitted on the other half of the sequences.
    pub error_after: f64,
}

/// A trained model: immutable, to be shared between threads.
#[derive(Clone)]
pub struct Tagger {
    labels: Labels,
    settings: Settings,
    provenance: Provenance,
    tags: Tags,
    transitions: Transitions,
    index: Index,
    /// One row per feature, as [`scoring`] packs it.
    weights: Vec<u64>,
    /// What a weight of 1 stands for, for each tag.
    scales: Vec<f32>,
    calibration: Calibration,
}

impl std::fmt::Debug for Tagger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tagger")
            .field("labels", &self.labels)
            .field("provenance", &self.provenance)
            .field("settings", &self.settings)
            .field("features", &self.features())
            .finish_non_exhaustive()
    }
}

/// How many features of one token can be added to a row of sums.
pub const MAX_SUMMED_FEATURES: usize = scoring::ROWS_AT_ONCE;

/// The largest scale of weights: far above any trained one, far below what sums could overflow.
const LARGEST_SCALE: f32 = 1000.0;

impl Tagger {
    /// Rounds trained weights to eight bits, each tag with its own scale. Mixed hashes ascend; features that round to
    /// nothing are dropped.
    pub(crate) fn from_weights<'a>(
        labels: Labels,
        settings: Settings,
        provenance: Provenance,
        mixed: &[u32],
        rows: impl Iterator<Item = &'a [f32]> + Clone,
        transition_scores: &[f32],
    ) -> Result<Tagger, Error> {
        let tags = Tags::new(settings.scheme, labels.len());
        let mut scales = vec![0.0f32; tags.stride];
        for row in rows.clone() {
            for (scale, &weight) in scales.iter_mut().zip(row) {
                if !weight.is_finite() {
                    return Err(Error::Diverged);
                }
                *scale = scale.max(weight.abs() / f32::from(i8::MAX));
            }
        }
        let (mut kept, mut weights) = (Vec::new(), Vec::new());
        for (&hash, row) in mixed.iter().zip(rows) {
            let start = weights.len();
            weights.extend(
                row.iter()
                    .zip(&scales)
                    .map(|(&w, &scale)| if scale > 0.0 { (w / scale).round() as i8 } else { 0 }),
            );
            if weights[start..].iter().all(|&weight| weight == 0) {
                weights.truncate(start);
            } else {
                kept.push(hash);
            }
        }
        let calibration = Calibration::identity(labels.len());
        Tagger::assemble(
            Parts {
                labels,
                settings,
                provenance,
                mixed: kept,
                weights,
                scales,
                calibration,
            },
            transition_scores,
        )
    }

    fn assemble(parts: Parts, transition_scores: &[f32]) -> Result<Tagger, Error> {
        let Parts {
            labels,
            settings,
            provenance,
            mixed,
            weights,
            scales,
            calibration,
        } = parts;
        let tags = Tags::new(settings.scheme, labels.len());
        let mut transitions = Transitions::new(&tags);
        for (index, (score, &given)) in transitions.scores.iter_mut().zip(transition_scores).enumerate() {
            if !transitions.layout.is_padding(&tags, index) {
                *score = given;
            }
        }
        let mut used = (0..transitions.layout.len)
            .filter(|&index| !transitions.layout.is_padding(&tags, index))
            .map(|index| &transitions.scores[index]);
        let bounded = |value: &f32, bound: f32| value.abs() <= bound;
        if !used.all(|score| bounded(score, LARGEST_TRANSITION))
            || !scales.iter().all(|scale| bounded(scale, LARGEST_SCALE))
        {
            return Err(Error::Diverged);
        }
        transitions.update_factors(&tags);
        let index = Index::new(mixed);
        let weights = scoring::pack(&weights).collect();
        Ok(Tagger {
            labels,
            settings,
            provenance,
            tags,
            transitions,
            index,
            weights,
            scales,
            calibration,
        })
    }

    /// Finds the spans of the best tagging, in order. They do not overlap.
    ///
    /// Time and memory are linear in the number of tokens: split very long texts.
    pub fn tag<'s>(&self, features: &Features, scratch: &'s mut Scratch) -> &'s [ScoredSpan] {
        self.find_rows(features, &mut scratch.rows);
        self.score_tokens(&scratch.rows, &mut scratch.scores);
        self.decode(scratch)
    }

    /// Length of a row of sums: what [`Tagger::add_to`] adds to for one token.
    pub fn row_len(&self) -> usize {
        self.tags.stride
    }

    /// Adds the weights of each token's features to its row of sums, one row after the other. Sums can be added to each
    /// other: callers keep those of words that return. All in all a token may have [`MAX_SUMMED_FEATURES`]; with more
    /// its sums are wrong.
    ///
    /// Tokens beyond the last row of [`Tagger::row_len`] numbers are left out.
    pub fn add_to(&self, sums: &mut [i16], features: &Features, scratch: &mut Scratch) {
        self.find_rows(features, &mut scratch.rows);
        self.sum_tokens(&scratch.rows, sums);
    }

    /// Like [`Tagger::tag`] for tokens whose features were summed by [`Tagger::add_to`].
    pub fn tag_sums<'s>(&self, sums: &[i16], scratch: &'s mut Scratch) -> &'s [ScoredSpan] {
        self.score_sums(sums, &mut scratch.scores);
        self.decode(scratch)
    }

    /// Finds the spans by the scores of the tokens.
    fn decode<'s>(&self, scratch: &'s mut Scratch) -> &'s [ScoredSpan] {
        let Scratch {
            scores,
            viterbi,
            sums,
            spans,
            ..
        } = scratch;
        spans.clear();
        viterbi.run(&self.tags, &self.transitions, scores);
        self.tags.spans(&viterbi.path, |TokenSpan { start, end, label }| {
            spans.push(ScoredSpan {
                start,
                end,
                label,
                probability: 0.0,
                score: 0.0,
            });
        });
        if spans.is_empty() {
            // Most sentences end here: probabilities cost as much again.
            return spans;
        }
        let exact = match sums.run(&self.tags, &self.transitions, scores, None) {
            Ok(()) => None,
            Err(Underflow) => Some(LogSpace::run(&self.tags, &self.transitions, scores, None)),
        };
        for span in spans.iter_mut() {
            let token_span = TokenSpan {
                start: span.start,
                end: span.end,
                label: span.label,
            };
            span.probability = match &exact {
                None => sums.span_probability(&self.tags, &self.transitions, token_span),
                Some(exact) => exact.span_probability(token_span),
            };
            span.score = self.calibration.score(span.label, span.probability);
        }
        spans
    }

    /// Counts the spans found in a corpus against its annotation. Labels that an annotation does not cover are left
    /// out of its score.
    pub fn evaluate(&self, corpus: &Corpus) -> SpanScores {
        let mut scores = SpanScores::new();
        self.for_each_prediction(corpus, |annotation, predicted| {
            let predicted: Vec<_> = predicted.iter().map(unscored).collect();
            let (gold, found) = comparable(annotation, &predicted);
            scores.add(&gold, &found);
        });
        scores
    }

    /// What became of the predictions on a corpus: to fit scores to those of several models.
    pub fn outcomes(&self, corpus: &Corpus) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        self.for_each_prediction(corpus, |annotation, predicted| {
            outcomes.extend(judged(annotation, predicted));
        });
        outcomes
    }

    /// Fits the scores to a corpus that the model was not trained on.
    pub fn calibrate(&mut self, corpus: &Corpus) -> CalibrationReport {
        let mut halves = [Vec::new(), Vec::new()];
        let mut turn = 0;
        self.for_each_prediction(corpus, |annotation, predicted| {
            turn ^= 1;
            halves[turn].extend(judged(annotation, predicted));
        });
        let (mut before, mut after) = (Reliability::new(10), Reliability::new(10));
        for (half, other) in [(0, 1), (1, 0)] {
            let fitted = Calibration::fit(self.labels.len(), &halves[other]);
            for outcome in &halves[half] {
                before.add(outcome.probability, outcome.right);
                after.add(fitted.score(outcome.label, outcome.probability), outcome.right);
            }
        }
        let outcomes = halves.concat();
        self.calibration = Calibration::fit(self.labels.len(), &outcomes);
        CalibrationReport {
            predictions: outcomes.len(),
            error_before: before.expected_calibration_error(),
            error_after: after.expected_calibration_error(),
        }
    }

    /// Takes a calibration fitted elsewhere: to predictions of models that were trained without the sources they were
    /// judged by.
    ///
    /// # Errors
    /// If it is for another number of labels.
    pub fn set_calibration(&mut self, calibration: Calibration) -> Result<(), Error> {
        if calibration.lines.len() != self.labels.len() {
            return Err(Error::LabelCount(calibration.lines.len()));
        }
        self.calibration = calibration;
        Ok(())
    }

    fn for_each_prediction(&self, corpus: &Corpus, mut call: impl FnMut(&Annotation, &[ScoredSpan])) {
        let mut scratch = Scratch::default();
        for (features, annotation) in corpus.iter() {
            call(annotation, self.tag(features, &mut scratch));
        }
    }

    /// The labels of the spans that it finds.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// Where it comes from.
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// How it was trained.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Number of features with weights.
    pub fn features(&self) -> usize {
        self.index.len()
    }

    /// Bytes held on the heap, but for a few small tables.
    pub fn memory_usage(&self) -> usize {
        self.index.memory_usage() + self.weights.capacity() * size_of::<u64>()
    }
}

/// What a tagger is put together from, beside its transitions.
struct Parts {
    labels: Labels,
    settings: Settings,
    provenance: Provenance,
    mixed: Vec<u32>,
    weights: Vec<i8>,
    scales: Vec<f32>,
    calibration: Calibration,
}

/// The predictions that an annotation can judge.
fn judged(annotation: &Annotation, predicted: &[ScoredSpan]) -> impl Iterator<Item = Outcome> {
    let judged = predicted
        .iter()
        .filter(|span| annotation.judges(span.start, span.end, span.label));
    judged.map(|span| Outcome {
        label: span.label,
        probability: span.probability,
        right: annotation
            .spans
            .iter()
            .any(|gold| (gold.start, gold.end) == (span.start, span.end) && gold.labels.contains(span.label)),
    })
}

fn unscored(span: &ScoredSpan) -> TokenSpan {
    TokenSpan {
        start: span.start,
        end: span.end,
        label: span.label,
    }
}
