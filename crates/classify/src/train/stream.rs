//! Training on examples that do not fit into memory.
//!
//! The examples are read once more after the first pass. They are taken in blocks that fit; the first tells how much
//! features should count. Each block is learnt from in a few passes, beginning from the weights so far, and the mean of
//! the weights after each block is what remains. Some examples are held out, up to a number that is enough to judge by.

use std::ops::ControlFlow;

use super::bayes::Counts;
use super::dual::Multipliers;
use super::fitted::Fitted;
use super::many::{HELD_OUT, MANY_ENTRIES, MOST_DECISIONS, PASSES_OVER_MANY, choose_values};
use super::matrix::{Matrix, Vectors};
use super::vocabulary::{Translator, Vocabulary};
use super::weights::{Weights, lanes};
use super::{Random, Stopped, Watch, dual, visit};
use crate::calibration::{Judged, Verdict};
use crate::{Example, Examples, Settings, TrainError};

/// Passes over a block where examples are not many.
const PASSES: u32 = 3;

/// Trains the classifiers; says too what they are worth and whether every document has a label.
pub(super) fn train<E: Examples>(
    settings: &Settings,
    vocabulary: &Vocabulary,
    examples: &mut E,
    watch: &mut Watch<'_>,
) -> Result<(Fitted, Verdict, bool), TrainError<E::Error>> {
    watch.expected = 2 * vocabulary.examples;
    let labels = vocabulary.labels.len();
    let mut translator = Translator::new(vocabulary);
    let mut always_one = true;
    let mut held_out = Matrix::default();
    let mut counts = Counts::new(&vocabulary.columns, labels);
    let mut learner: Option<Learner> = None;
    let mut random = Random(settings.seed);
    let mut learn = |block: &Matrix, counts: &Counts<'_>, held_out: &Matrix, watch: &mut Watch<'_>| {
        let learner = match &mut learner {
            Some(learner) => learner,
            None => learner.insert(Learner::begin(settings, vocabulary, counts, block, held_out, watch)?),
        };
        learner.learn(block, &mut random, watch)
    };
    // A third of what a block may take is for the vectors that learning makes of it.
    let others = vocabulary.memory_of_tables() + settings.memory / SHARE_HELD_OUT;
    let room = settings.memory.saturating_sub(others).max(SMALLEST_BLOCK) / 3 * 2;
    let mut block = Matrix::with_room(room);
    again(vocabulary, examples, watch, &mut |number, example, watch| {
        if is_held_out(number, labels, &held_out, settings.memory) {
            return Ok(translator.add(example, &mut held_out));
        }
        let multipliers = block.len() * lanes(labels) * size_of::<f32>();
        if block.memory_usage() + multipliers > room {
            learn(&block, &counts, &held_out, watch)?;
            block.clear();
        }
        let added = translator.add(example, &mut block);
        if added.is_some() {
            let last = block.len() - 1;
            always_one &= !block.labels(last).is_empty();
            counts.add(&block, last);
        }
        Ok(added)
    })?;
    learn(&block, &counts, &held_out, watch)?;
    drop(block);
    let (values, machine) = match learner {
        Some(learner) => learner.finish(),
        None => return Err(TrainError::Unrepeatable),
    };
    let bayes = counts.complement();
    drop(counts);
    let fitted = Fitted { values, machine, bayes };
    let mut judged = Judged::new(labels);
    let judged_documents: Vec<u32> = (0..held_out.len() as u32).collect();
    fitted.judge(&held_out, &judged_documents, &mut judged);
    always_one &= (0..held_out.len()).all(|document| !held_out.labels(document).is_empty());
    Ok((fitted, judged.verdict(settings.mode), always_one))
}

/// However little memory is left, a block has this many bytes, its vectors included.
const SMALLEST_BLOCK: usize = 64 << 20;

/// Held-out examples take no larger share of the memory.
const SHARE_HELD_OUT: usize = 8;

/// Whether an example is held out beside those that already are.
fn is_held_out(number: u64, labels: usize, held_out: &Matrix, memory: usize) -> bool {
    let every = HELD_OUT as u64;
    number % every == every - 1
        && number / every < (MOST_DECISIONS / labels) as u64
        && held_out.memory_usage() < memory / SHARE_HELD_OUT
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

/// Support vector machines that learn from block after block.
struct Learner {
    values: Vec<f32>,
    vectors: Vectors,
    cost: f32,
    weights: Weights,
    /// The weights after each block, times its number of documents.
    sum: Weights,
    documents: usize,
    /// Passes over a block.
    passes: u32,
}

impl Learner {
    /// Begins with the first block and what was counted and held out so far.
    fn begin(
        settings: &Settings,
        vocabulary: &Vocabulary,
        counts: &Counts<'_>,
        block: &Matrix,
        held_out: &Matrix,
        watch: &mut Watch<'_>,
    ) -> Result<Learner, Stopped> {
        let all = |matrix: &Matrix| -> Vec<u32> { (0..matrix.len() as u32).collect() };
        let (learnt, judged) = (all(block), all(held_out));
        let bayes = counts.complement();
        let (from, on) = ((block, learnt.as_slice()), (held_out, judged.as_slice()));
        let values = choose_values(settings, vocabulary, counts, &bayes, from, on, watch)?;
        let weights = vocabulary.machine(settings.mode);
        Ok(Learner {
            values,
            vectors: Vectors::default(),
            cost: vocabulary.cost(),
            sum: weights.clone(),
            weights,
            documents: 0,
            passes: if vocabulary.entries < MANY_ENTRIES as u64 {
                PASSES
            } else {
                PASSES_OVER_MANY
            },
        })
    }

    fn learn(&mut self, block: &Matrix, random: &mut Random, watch: &mut Watch<'_>) -> Result<(), Stopped> {
        let all: Vec<u32> = (0..block.len() as u32).collect();
        self.vectors.fill(block, &all, &self.values);
        let mut multipliers = Multipliers::new(&self.weights, block.len());
        let task = dual::Task {
            matrix: block,
            vectors: &self.vectors,
            documents: &all,
            passes: self.passes,
            cost: self.cost,
        };
        dual::solve(&mut self.weights, &mut multipliers, &task, random, &mut |_| {
            watch.at(watch.done)
        })?;
        let documents = block.len() as f32;
        self.sum.zip(&self.weights, |sum, weight| *sum += documents * weight);
        self.documents += block.len();
        Ok(())
    }

    /// How much columns count, and the mean of the weights.
    fn finish(self) -> (Vec<f32>, Weights) {
        let share = 1.0 / self.documents.max(1) as f32;
        let mut mean = self.sum;
        mean.each(|weight| *weight *= share);
        (self.values, mean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_out_keeps_to_its_share_of_the_memory() {
        let memory = 1 << 20;
        let mut held_out = Matrix::default();
        let long: Vec<u32> = (0..500).collect();
        for number in 0..100_000 {
            if is_held_out(number, 2, &held_out, memory) {
                held_out.push((&long, &[1.0; 500]), &[0]);
            }
        }
        let share = memory / SHARE_HELD_OUT;
        assert!(held_out.memory_usage() >= share && held_out.memory_usage() < share + 5000);
    }
}
