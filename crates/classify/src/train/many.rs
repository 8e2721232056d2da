//! What training on many examples does otherwise: it cannot afford to learn from all of them again and again.

use super::bayes::Counts;
use super::dual::Multipliers;
use super::fitted::{Weighing, judge};
use super::matrix::{Matrix, Vectors};
use super::vocabulary::Vocabulary;
use super::weights::Weights;
use super::{Random, Stopped, Watch, dual};
use crate::Settings;
use crate::calibration::Judged;

/// From so many entries of all vectors on, examples are many: about 5 MB of text.
pub(super) const MANY_ENTRIES: usize = 16_000_000;
/// Passes over many examples.
pub(super) const PASSES_OVER_MANY: u32 = 2;
/// One example in so many is held out.
pub(super) const HELD_OUT: usize = 10;
/// No more are held out than make this many decisions about labels.
pub(super) const MOST_DECISIONS: usize = 1 << 20;

/// How many documents tell whether features should count more the more they tell about labels: a third of them is learnt
/// from, but no less than the fewest and no more than this, and so many are judged.
const SAMPLE: usize = 4000;
const FEWEST: usize = 1000;
const SAMPLE_JUDGED: usize = 4000;
const PASSES_OVER_SAMPLE: u32 = 2;

/// How much features should count: learnt `from` some documents of a matrix, judged `on` others.
pub(super) fn choose_values(
    settings: &Settings,
    vocabulary: &Vocabulary,
    counts: &Counts<'_>,
    bayes: &Weights,
    (matrix, documents): (&Matrix, &[u32]),
    (held_out, judged_documents): (&Matrix, &[u32]),
    watch: &mut Watch<'_>,
) -> Result<Vec<f32>, Stopped> {
    let mut best: Option<(Vec<f32>, f64)> = None;
    let sample = (documents.len() / 3).clamp(FEWEST, SAMPLE).min(documents.len());
    let documents = &documents[..sample];
    for weighing in Weighing::ALL {
        let mut values = weighing.values(&vocabulary.columns, counts);
        counts.keep_unseen(&mut values);
        matrix.weigh_meanings(documents, &mut values);
        let mut vectors = Vectors::default();
        vectors.fill(matrix, documents, &values);
        let mut machine = vocabulary.machine(settings.mode);
        let mut multipliers = Multipliers::new(&machine, matrix.len());
        let task = dual::Task {
            matrix,
            vectors: &vectors,
            documents,
            passes: PASSES_OVER_SAMPLE,
            cost: vocabulary.cost(),
        };
        dual::solve(
            &mut machine,
            &mut multipliers,
            &task,
            &mut Random(settings.seed),
            &mut |_| watch.at(watch.done),
        )?;
        let mut judged = Judged::new(bayes.labels);
        for &document in &judged_documents[..judged_documents.len().min(SAMPLE_JUDGED)] {
            judge(&values, &machine, bayes, held_out, document as usize, &mut judged);
        }
        let loss = judged.verdict(settings.mode).loss;
        if best.as_ref().is_none_or(|(_, best)| loss < *best) {
            best = Some((values, loss));
        }
    }
    Ok(best.map_or_else(Vec::new, |(values, _)| values))
}
