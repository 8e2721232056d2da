//! Training: AdaGrad on the (partial) likelihood, pruning, a second fit of what is left.
//!
//! One thread and one order of operations: the same data and settings give the same bytes.

mod data;
mod optimizer;
mod settings;

#[cfg(test)]
mod tests;

use std::ops::ControlFlow;

pub use settings::Settings;

use self::data::{Sequence, sequences, vocabulary};
use self::optimizer::{Weights, Workspace};
use crate::Error;
use crate::corpus::{Annotation, Corpus};
use crate::evaluate::{Counts, Span, SpanScores};
use crate::index::Index;
use crate::labels::{Label, Labels, TokenSpan};
use crate::model::{Provenance, Tagger};
use crate::scheme::Tags;

/// The part of training that a pass belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// All features.
    Fit,
    /// The features that pruning left.
    Refit,
}

/// The result of one pass over the data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Epoch {
    /// Which part of training it was.
    pub phase: Phase,
    /// Number of the pass in its phase, from 1.
    pub number: u32,
    /// Loss per token during the pass, in nats.
    pub training_loss: f64,
    /// Loss per token on the held-out part after it.
    pub held_out_loss: f64,
    /// Spans found on the held-out part after it.
    pub held_out: Counts,
}

/// What training did.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// All passes, in order.
    pub epochs: Vec<Epoch>,
    /// Distinct features in the data.
    pub features_seen: usize,
    /// Of these, frequent enough to get weights.
    pub features_fitted: usize,
    /// Of these, kept in the model.
    pub features_kept: usize,
    /// Spans found on the held-out part by the finished model with its weights of eight bits.
    pub held_out: Counts,
}

/// Trains a tagger.
///
/// After each pass, `progress` sees its result and may end the training. The held-out part decides which pass was
/// the best; if it is empty, the last one counts. Labels that an annotation does not cover are left out of its score.
///
/// # Errors
/// Unusable data or settings, weights that grow without bounds, or [`Error::Stopped`].
pub fn train(
    corpus: &Corpus,
    held_out: &Corpus,
    settings: &Settings,
    provenance: Provenance,
    mut progress: impl FnMut(&Epoch) -> ControlFlow<()>,
) -> Result<(Tagger, Report), Error> {
    settings.check()?;
    if corpus.is_empty() {
        return Err(Error::TrainingData("it has no sequence"));
    }
    if corpus.labels() != held_out.labels() {
        return Err(Error::TrainingData("the held-out part has other labels"));
    }
    let vocabulary = vocabulary(corpus, settings.min_count);
    let index = Index::new(vocabulary.mixed);
    let tags = Tags::new(settings.scheme, corpus.labels().len());
    let mut weights = Weights::new(tags, &vocabulary.counts, corpus.len(), settings);
    let mut run = Run {
        labels: corpus.labels(),
        settings,
        training: sequences(corpus, &index),
        held_out: sequences(held_out, &index),
        workspace: Workspace::default(),
        random: SplitMix(settings.seed),
        epochs: Vec::new(),
        progress: &mut progress,
    };
    run.fit(&mut weights, Phase::Fit)?;

    let features_fitted = index.len();
    let kept = most_important(&weights, &vocabulary.counts, settings.max_features as usize);
    weights = weights.retain(&kept);
    let mixed: Vec<u32> = kept.iter().map(|&feature| index.mixed()[feature]).collect();
    let index = Index::new(mixed);
    run.training = sequences(corpus, &index);
    run.held_out = sequences(held_out, &index);
    run.fit(&mut weights, Phase::Refit)?;

    let rows = (0..kept.len()).map(|feature| weights.row(feature));
    let tagger = Tagger::from_weights(
        corpus.labels().clone(),
        *settings,
        provenance,
        index.mixed(),
        rows,
        &weights.transitions.scores,
    )?;
    let report = Report {
        epochs: run.epochs,
        features_seen: vocabulary.seen,
        features_fitted,
        features_kept: tagger.features(),
        held_out: tagger.evaluate(held_out).total(),
    };
    Ok((tagger, report))
}

/// The features with the greatest influence, ascending.
fn most_important(weights: &Weights, counts: &[u32], at_most: usize) -> Vec<usize> {
    // How far a feature moves scores, and how often it does.
    let importance = |feature: usize| {
        let squares: f32 = weights.row(feature).iter().map(|weight| weight * weight).sum();
        squares * counts[feature] as f32
    };
    let mut ranked: Vec<(f32, usize)> = (0..counts.len())
        .map(|feature| (importance(feature), feature))
        .filter(|&(value, _)| value > 0.0)
        .collect();
    ranked.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    ranked.truncate(at_most);
    let mut kept: Vec<usize> = ranked.into_iter().map(|(_, feature)| feature).collect();
    kept.sort_unstable();
    kept
}

struct Run<'a> {
    labels: &'a Labels,
    settings: &'a Settings,
    training: Vec<Sequence<'a>>,
    held_out: Vec<Sequence<'a>>,
    workspace: Workspace,
    random: SplitMix,
    epochs: Vec<Epoch>,
    progress: &'a mut dyn FnMut(&Epoch) -> ControlFlow<()>,
}

impl Run<'_> {
    /// Passes over the data until it gets no better, and leaves the best weights.
    fn fit(&mut self, weights: &mut Weights, phase: Phase) -> Result<(), Error> {
        let (epochs, start_rate) = match phase {
            Phase::Fit => (self.settings.epochs, self.settings.learning_rate),
            // Small steps: the weights are nearly where they should be.
            Phase::Refit => (self.settings.refit_epochs, self.settings.learning_rate * 0.3),
        };
        let mut order: Vec<u32> = (0..self.training.len() as u32).collect();
        let steps = epochs as usize * order.len();
        let mut best = None;
        let mut thinned = Sequence::empty(self.training[0].annotation);
        for number in 1..=epochs {
            self.random.shuffle(&mut order);
            let mut loss = 0.0;
            for (done, &position) in order.iter().enumerate() {
                let step = (number - 1) as usize * order.len() + done;
                let rate = start_rate * (1.0 - 0.9 * step as f32 / steps as f32);
                let mut sequence = &self.training[position as usize];
                if self.settings.dropout > 0.0 {
                    sequence.thin_out(self.settings.dropout, &mut self.random, &mut thinned);
                    sequence = &thinned;
                }
                loss += self.workspace.gradient(weights, self.labels, sequence);
                self.workspace.step(weights, sequence, rate);
            }
            let tokens: usize = self.training.iter().map(Sequence::tokens).sum();
            if !loss.is_finite() {
                return Err(Error::Diverged);
            }
            let (held_out_loss, held_out) = self.evaluate(weights);
            let epoch = Epoch {
                phase,
                number,
                training_loss: loss / tokens as f64,
                held_out_loss,
                held_out,
            };
            self.epochs.push(epoch);
            if (self.progress)(&epoch).is_break() {
                return Err(Error::Stopped);
            }
            let quality = (held_out.exact().f1, -held_out_loss);
            match &best {
                Some((best_quality, best_number, _)) if *best_quality >= quality && !self.held_out.is_empty() => {
                    if number - best_number >= self.settings.patience {
                        break;
                    }
                }
                _ => best = Some((quality, number, weights.snapshot())),
            }
        }
        if let Some((_, _, snapshot)) = best {
            weights.restore(&snapshot);
        }
        Ok(())
    }

    /// Loss per token and spans found on the held-out part.
    fn evaluate(&mut self, weights: &Weights) -> (f64, Counts) {
        let mut scores = SpanScores::new();
        let (mut loss, mut tokens, mut predicted) = (0.0, 0, Vec::new());
        for sequence in &self.held_out {
            loss += self.workspace.loss(weights, self.labels, sequence);
            tokens += sequence.tokens();
            predicted.clear();
            self.workspace.best_spans(weights, |span| predicted.push(span));
            let (gold, found) = comparable(sequence.annotation, &predicted);
            scores.add(&gold, &found);
        }
        (loss / tokens.max(1) as f64, scores.total())
    }
}

/// The spans of a sequence that can be scored: those with covered labels. A gold span with several possible labels
/// takes the one that was predicted, if it is among them.
pub(crate) fn comparable(annotation: &Annotation, predicted: &[TokenSpan]) -> (Vec<Span>, Vec<Span>) {
    let as_span = |start, end, label| Span { start, end, label };
    let gold = annotation
        .spans
        .iter()
        .filter(|span| span.labels.is_subset(annotation.covers))
        .map(|span| {
            let same = |found: &&TokenSpan| {
                (found.start, found.end) == (span.start, span.end) && span.labels.contains(found.label)
            };
            let found = predicted.iter().find(same).map(|found| found.label);
            let label = found.or_else(|| span.labels.iter().next()).unwrap_or(Label(0));
            as_span(span.start, span.end, label)
        });
    let found = predicted
        .iter()
        .filter(|span| annotation.judges(span.start, span.end, span.label))
        .map(|span| as_span(span.start, span.end, span.label));
    (gold.collect(), found.collect())
}

/// A small generator of random numbers, here so that no dependency's next version changes what is trained.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn shuffle(&mut self, items: &mut [u32]) {
        for last in (1..items.len()).rev() {
            // The upper bits of the product spread evenly enough over far fewer than 2^32 places.
            let other = (u128::from(self.next()) * (last as u128 + 1)) >> 64;
            items.swap(last, other as usize);
        }
    }
}
