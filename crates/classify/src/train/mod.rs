//! Training.
//!
//! Two classifiers learn side by side and are added up: a naive Bayes classifier, which is at its best with few
//! documents, and a support vector machine for each label. How much each counts is found out on documents that neither
//! learnt from; so is whether features should count more the more they tell about labels.
//!
//! Examples that fit into memory are read once, learnt from in many passes and held out in turn ([`memory`]). Others are
//! read twice and learnt from in blocks ([`stream`]). Where there are many, fewer are held out and there are fewer passes
//! ([`many`]).

mod bayes;
mod document;
mod dual;
mod fitted;
mod lanes;
mod many;
mod matrix;
mod memory;
mod quantize;
mod stream;
mod vocabulary;
mod weights;

use std::ops::ControlFlow;

use crate::calibration::Verdict;
use crate::model::{Model, Parts, value_number};
use crate::{Example, Examples, Mode, Settings, TrainError};
use fitted::Fitted;
use quantize::Quantizer;
use vocabulary::Vocabulary;

/// How far training is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The part of the work that is done, from 0 to 1.
    pub done: f32,
    /// Number of examples read so far; those that are read again count again.
    pub examples: u64,
}

/// Training was stopped.
pub(crate) struct Stopped;
impl<E> From<Stopped> for TrainError<E> {
    fn from(_: Stopped) -> Self {
        TrainError::Stopped
    }
}

/// Trains a classifier. `watch` is told now and then how far it is and may end it.
///
/// # Errors
/// If the examples cannot be read, have labels that no model can have or fewer than two of them, if there are not the
/// same examples each time, or if `watch` ends it.
pub fn train<E: Examples>(
    settings: &Settings,
    examples: &mut E,
    watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Model, TrainError<E::Error>> {
    let mut watch = Watch {
        watch,
        done: 0.0,
        examples: 0,
        expected: u64::MAX,
    };
    let mut vocabulary = Vocabulary::collect(settings, examples, &mut watch)?;
    let (fitted, verdict, always_one) = match vocabulary.matrix.take() {
        Some(matrix) => memory::train(settings, &vocabulary, &matrix, &mut watch)?,
        None => stream::train(settings, &vocabulary, examples, &mut watch)?,
    };
    watch.at(1.0)?;
    Ok(assemble(settings.mode, vocabulary, fitted, verdict, always_one))
}

fn assemble(mode: Mode, vocabulary: Vocabulary, fitted: Fitted, verdict: Verdict, always_one: bool) -> Model {
    let labels = vocabulary.labels.len();
    let columns = vocabulary.columns;
    let quantizer = Quantizer::new();
    let mut quantized = Vec::with_capacity(columns.base.len());
    let mut rows = Vec::with_capacity(columns.base.len() * labels);
    fitted.blended(verdict.shares, &columns, |_, value, row| {
        quantized.push((value_number(value), quantizer.quantize(row, &mut rows)));
    });
    let meanings = fitted.meanings(verdict.shares, &columns);
    let mut features: Vec<(u32, u32)> = vocabulary.features.into_iter().zip(columns.of_features).collect();
    features.sort_unstable();
    let of_features = || features.iter().map(|&(_, column)| column as usize);
    let mut biases = vec![0.0; labels];
    fitted.machine.biases(&mut biases);
    biases.iter_mut().for_each(|bias| *bias *= verdict.shares.0);
    Model::assemble(Parts {
        mode,
        table: vocabulary.table,
        meanings,
        labels: vocabulary.labels.into_keys().collect(),
        features: features.iter().map(|&(feature, _)| feature).collect(),
        values: of_features().map(|column| quantized[column].0).collect(),
        scales: of_features().map(|column| quantized[column].1).collect(),
        weights: of_features()
            .flat_map(|column| &rows[column * labels..][..labels])
            .copied()
            .collect(),
        biases,
        calibration: verdict.calibration,
        always_one: mode == Mode::MultiClass || always_one,
    })
}

/// Whoever watches training.
pub(crate) struct Watch<'w> {
    watch: &'w mut dyn FnMut(Progress) -> ControlFlow<()>,
    done: f32,
    examples: u64,
    /// Number of examples that will be read in all, if reading them is the work.
    expected: u64,
}

impl Watch<'_> {
    /// Reports that a part of the work is done.
    fn at(&mut self, done: f32) -> Result<(), Stopped> {
        self.done = self.done.max(done.min(1.0));
        match (self.watch)(Progress {
            done: self.done,
            examples: self.examples,
        }) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Stopped),
        }
    }
}

/// After so many examples whoever watches hears of it.
const EXAMPLES_BETWEEN_REPORTS: u64 = 512;

/// Goes through the examples once.
fn visit<E: Examples>(
    examples: &mut E,
    watch: &mut Watch<'_>,
    each: &mut dyn FnMut(Example<'_>, &mut Watch<'_>) -> ControlFlow<()>,
) -> Result<(), TrainError<E::Error>> {
    let mut stopped = false;
    examples
        .visit(&mut |example| {
            if watch.examples.is_multiple_of(EXAMPLES_BETWEEN_REPORTS)
                && watch.at(watch.examples as f32 / watch.expected as f32).is_err()
            {
                stopped = true;
                return ControlFlow::Break(());
            }
            watch.examples += 1;
            each(example, watch)
        })
        .map_err(TrainError::Source)?;
    if stopped { Err(TrainError::Stopped) } else { Ok(()) }
}

/// A generator of numbers that look random: SplitMix64.
#[derive(Clone, Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn shuffle(&mut self, items: &mut [u32]) {
        for last in (1..items.len()).rev() {
            let other = (u128::from(self.next()) * (last as u128 + 1)) >> 64;
            items.swap(last, other as usize);
        }
    }
}
