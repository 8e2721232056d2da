//! What training on many examples does otherwise: it cannot afford to learn from all of them again and again.

use super::bayes::Counts;
use super::dual::Multipliers;
use super::fitted::{Weighing, judge};
use super::matrix::{Matrix, Vectors};
use super::vocabulary::Vocabulary;
use super::weights::Weights;
use super::{Random, Stopped, Watch, dual};
use crate::calibration::Judged;
use crate::{Mode, Settings};

/// From so many entries of all vectors on, examples are many: about 5 MB of text.
pub(super) const MANY_ENTRIES: usize = 16_000_000;
/// Passes over many examples.
pub(super) const PASSES_OVER_MANY: u32 = 2;
/// One example in so many is held out.
pub(super) const HELD_OUT: usize = 10;
/// No more are held out than make this many decisions about labels.
pub(super) const MOST_DECISIONS: usize = 1 << 20;

/// How many documents tell whether features should count more the more they tell about labels: a third of them is learnt
/// from, but no less than the fewest and no more than this.
const SAMPLE: usize = 2500;
const FEWEST: usize = 1000;
const PASSES_OVER_SAMPLE: u32 = 2;
/// So many documents are judged that they make about this many decisions about labels, within bounds.
const SAMPLE_DECISIONS: usize = 1 << 15;
const FEWEST_JUDGED: usize = 1000;
const MOST_JUDGED: usize = 4000;
/// With many labels the first of them tell, no fewer than this.
const SAMPLE_LABELS: usize = 32;

/// How much features should count: learnt `from` some documents of a matrix, judged `on` others. Where labels have few
/// examples each, nothing needs to be tried: mildly by what they tell is best.
pub(super) fn choose_values(
    settings: &Settings,
    vocabulary: &Vocabulary,
    counts: &Counts<'_>,
    bayes: &Weights,
    (matrix, documents): (&Matrix, &[u32]),
    (held_out, judged_documents): (&Matrix, &[u32]),
    watch: &mut Watch<'_>,
) -> Result<Vec<f32>, Stopped> {
    let complete = |mut values: Vec<f32>, documents: &[u32]| -> Vec<f32> {
        counts.keep_unseen(&mut values);
        matrix.weigh_meanings(documents, &mut values);
        values
    };
    if vocabulary.has_few_for_a_label() {
        let values = Weighing::Mild.values(&vocabulary.columns, counts);
        return Ok(complete(values, &documents[..documents.len().min(SAMPLE)]));
    }
    let labels = sample_labels(settings.mode, bayes.labels, matrix, documents);
    let sample = |matrix: &Matrix, documents: &[u32], most: usize| -> Vec<u32> {
        let takes_part =
            |&document: &u32| settings.mode == Mode::MultiLabel || has_label_below(matrix, document, labels);
        documents.iter().copied().filter(takes_part).take(most).collect()
    };
    let documents = &sample(matrix, documents, (documents.len() / 3).clamp(FEWEST, SAMPLE));
    let most_judged = (SAMPLE_DECISIONS / labels).clamp(FEWEST_JUDGED, MOST_JUDGED);
    let judged_documents = &sample(held_out, judged_documents, most_judged);
    // By themselves, so that learning takes memory for them alone.
    let part = matrix.part(documents);
    let part_documents: Vec<u32> = (0..part.len() as u32).collect();
    let mut best: Option<(Vec<f32>, f64)> = None;
    for values in Weighing::all_values(Weighing::MANY, &vocabulary.columns, counts) {
        let values = complete(values, documents);
        let mut vectors = Vectors::default();
        vectors.fill(&part, &part_documents, &values);
        let mut machine = Weights::of_machine(values.len(), labels, settings.mode);
        let mut multipliers = Multipliers::new(&machine, part.len());
        let task = dual::Task {
            matrix: &part,
            vectors: &vectors,
            documents: &part_documents,
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
        let mut judged = Judged::new(labels);
        judge(&values, &machine, bayes, held_out, judged_documents, &mut judged);
        let loss = judged.loss(settings.mode);
        if best.as_ref().is_none_or(|(_, best)| loss < *best) {
            best = Some((values, loss));
        }
    }
    Ok(best.map_or_else(Vec::new, |(values, _)| values))
}

/// With how many labels it is found out how features should count. With one label for each document those with others take
/// no part, so they must be enough for the documents of a sample.
fn sample_labels(mode: Mode, labels: usize, matrix: &Matrix, documents: &[u32]) -> usize {
    let enough = |count: usize| {
        let documents = documents
            .iter()
            .filter(|&&document| has_label_below(matrix, document, count));
        mode == Mode::MultiLabel || documents.take(FEWEST).count() == FEWEST
    };
    (1..)
        .map(|times| times * SAMPLE_LABELS)
        .find(|&count| count >= labels || enough(count))
        .map_or(labels, |count| count.min(labels))
}

fn has_label_below(matrix: &Matrix, document: u32, count: usize) -> bool {
    let labels = matrix.labels(document as usize);
    labels.iter().all(|&label| (label as usize) < count)
}
