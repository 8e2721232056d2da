//! Training on examples that do not fit into memory.
//!
//! The examples are read twice after the first pass: once to count, once to correct the support vector machines. They
//! are taken in blocks that fit; each block is learnt from in a few passes, beginning from the weights so far, and the
//! mean of the weights after each block is what remains. One example in ten is held out, up to a number that is enough
//! to judge by.

use std::ops::ControlFlow;

use super::bayes::Counts;
use super::fitted::{Fitted, Weighing, judge};
use super::matrix::{Matrix, Weights};
use super::vocabulary::{Translator, Vocabulary};
use super::{Random, Stopped, Watch, dual, visit};
use crate::calibration::{Judged, Verdict};
use crate::model::stride;
use crate::{Example, Examples, Settings, TrainError};

/// One example in so many is held out.
const HELD_OUT: u64 = 10;
/// No more are held out than make this many decisions about labels.
const MOST_DECISIONS: u64 = 1 << 20;
/// Passes over a block.
const PASSES: u32 = 3;

/// Trains the classifiers; says too what they are worth and whether every document has a label.
pub(super) fn train<E: Examples>(
    settings: &Settings,
    vocabulary: &Vocabulary,
    examples: &mut E,
    watch: &mut Watch<'_>,
) -> Result<(Fitted, Verdict, bool), TrainError<E::Error>> {
    watch.expected = 3 * vocabulary.examples;
    let base = &vocabulary.base;
    let (features, labels) = (vocabulary.features.len(), vocabulary.labels.len());
    let mut translator = Translator::new(vocabulary);

    let mut held_out = Matrix::default();
    let mut always_one = true;
    let mut counts = Counts::new(features, labels);
    let mut block = Matrix::default();
    again(vocabulary, examples, watch, &mut |number, example, _| {
        if is_held_out(number, labels) {
            return Ok(translator.add(example, &mut held_out));
        }
        block.clear();
        let added = translator.add(example, &mut block);
        if added.is_some() {
            always_one &= !block.labels(0).is_empty();
            counts.add(&block, 0, base);
        }
        Ok(added)
    })?;
    let bayes = counts.complement();
    let mut learners: Vec<Learner> = Weighing::ALL
        .into_iter()
        .map(|weighing| Learner::new(weighing.values(base, &counts), vocabulary))
        .collect();
    drop(counts);

    let mut random = Random(settings.seed);
    // Half of the memory is for the vectors that learning makes of the block.
    let room = settings.memory / 2;
    block.clear();
    again(vocabulary, examples, watch, &mut |number, example, watch| {
        if is_held_out(number, labels) {
            return Ok(Some(()));
        }
        let multipliers = block.len() * stride(labels) * size_of::<f32>();
        if block.memory_usage() + multipliers > room {
            for learner in &mut learners {
                learner.learn(&block, &mut random, watch)?;
            }
            keep_better(settings, &mut learners, &bayes, &held_out, base);
            block.clear();
        }
        Ok(translator.add(example, &mut block))
    })?;
    for learner in &mut learners {
        learner.learn(&block, &mut random, watch)?;
    }
    keep_better(settings, &mut learners, &bayes, &held_out, base);
    drop(block);
    let learner = learners.swap_remove(0);
    let fitted = Fitted {
        machine: learner.mean(),
        values: learner.values,
        bayes,
    };
    let mut judged = Judged::new(labels);
    fitted.judge(&held_out, 0..held_out.len(), base, &mut judged);
    always_one &= (0..held_out.len()).all(|document| !held_out.labels(document).is_empty());
    Ok((fitted, judged.verdict(settings.mode), always_one))
}

fn is_held_out(number: u64, labels: usize) -> bool {
    number % HELD_OUT == HELD_OUT - 1 && number / HELD_OUT < MOST_DECISIONS / labels as u64
}

/// What becomes of an example and its number.
type Again<'a> = dyn FnMut(u64, Example<'_>, &mut Watch<'_>) -> Result<Option<()>, Stopped> + 'a;

/// Goes through the examples once more. `each` gets them with their numbers from 0 and answers `None` to one that it did
/// not expect.
fn again<E: Examples>(
    vocabulary: &Vocabulary,
    examples: &mut E,
    watch: &mut Watch<'_>,
    each: &mut Again<'_>,
) -> Result<(), TrainError<E::Error>> {
    let mut number = 0;
    let mut outcome = Ok(Some(()));
    visit(examples, watch, &mut |example, watch| {
        outcome = if number < vocabulary.examples {
            each(number, example, watch)
        } else {
            Ok(None)
        };
        number += 1;
        match outcome {
            Ok(Some(())) => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        }
    })?;
    match outcome? {
        Some(()) if number == vocabulary.examples => Ok(()),
        _ => Err(TrainError::Unrepeatable),
    }
}

/// Of several learners only the one that does best on the documents held out goes on.
fn keep_better(settings: &Settings, learners: &mut Vec<Learner>, bayes: &Weights, held_out: &Matrix, base: &[f32]) {
    if learners.len() < 2 {
        return;
    }
    let loss = |learner: &Learner| {
        let mut judged = Judged::new(bayes.labels);
        for document in 0..held_out.len() {
            judge(
                &learner.values,
                &learner.weights,
                bayes,
                held_out,
                document,
                base,
                &mut judged,
            );
        }
        judged.verdict(settings.mode).loss
    };
    let losses: Vec<f64> = learners.iter().map(loss).collect();
    let best = losses
        .iter()
        .enumerate()
        .min_by(|a, b| a.1.total_cmp(b.1))
        .map_or(0, |(place, _)| place);
    learners.swap(0, best);
    learners.truncate(1);
}

/// Support vector machines that learn from block after block.
struct Learner {
    values: Vec<f32>,
    cost: f32,
    weights: Weights,
    /// The weights after each block, times its number of documents.
    sum: Weights,
    documents: usize,
}

impl Learner {
    fn new(values: Vec<f32>, vocabulary: &Vocabulary) -> Learner {
        let (features, labels) = (vocabulary.features.len(), vocabulary.labels.len());
        Learner {
            values,
            cost: vocabulary.cost(),
            weights: Weights::new(features, labels),
            sum: Weights::new(features, labels),
            documents: 0,
        }
    }

    fn learn(&mut self, block: &Matrix, random: &mut Random, watch: &mut Watch<'_>) -> Result<(), Stopped> {
        let all: Vec<u32> = (0..block.len() as u32).collect();
        let task = dual::Task {
            matrix: block,
            values: &self.values,
            documents: &all,
            passes: PASSES,
            cost: self.cost,
        };
        dual::solve(&mut self.weights, &task, random, &mut |_| watch.at(watch.done))?;
        let documents = block.len() as f32;
        let add = |sums: &mut [f32], weights: &[f32]| {
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum += documents * weight;
            }
        };
        add(&mut self.sum.rows, &self.weights.rows);
        add(&mut self.sum.biases, &self.weights.biases);
        self.documents += block.len();
        Ok(())
    }

    fn mean(&self) -> Weights {
        let mut mean = self.sum.clone();
        let share = 1.0 / self.documents.max(1) as f32;
        mean.rows.iter_mut().for_each(|weight| *weight *= share);
        mean.biases.iter_mut().for_each(|bias| *bias *= share);
        mean
    }
}
