//! Training on examples that fit into memory.

use super::bayes::Counts;
use super::fitted::{Fitted, Weighing};
use super::matrix::{Matrix, Weights};
use super::vocabulary::Vocabulary;
use super::{Random, Stopped, Watch, dual};
use crate::Settings;
use crate::calibration::{Judged, Verdict};

/// Passes over the documents: more gain nothing.
fn passes(documents: usize) -> u32 {
    match documents {
        0..30_000 => 10,
        _ => 4,
    }
}

/// Into how many parts documents are divided, each to be judged by classifiers that learnt from the others, and how many
/// of these parts are judged: the more documents, the fewer are needed to know how good a classifier is.
fn folds(documents: usize) -> (usize, usize) {
    match documents {
        0..2_000 => (6, 6),
        2_000..6_000 => (4, 2),
        6_000..30_000 => (5, 1),
        _ => (10, 1),
    }
}

/// Trains the classifiers; says too what they are worth and whether every document has a label.
pub(super) fn train(
    settings: &Settings,
    vocabulary: &Vocabulary,
    matrix: &Matrix,
    watch: &mut Watch<'_>,
) -> Result<(Fitted, Verdict, bool), Stopped> {
    let labels = vocabulary.labels.len();
    let mut order: Vec<u32> = (0..matrix.len() as u32).collect();
    Random(settings.seed).shuffle(&mut order);
    let (parts, judged_parts) = folds(matrix.len());
    let rounds = (Weighing::ALL.len() * judged_parts + 1) as f32;
    let mut round = 0.0;
    let mut fit = |weighing: Weighing, learnt: &[u32], watch: &mut Watch<'_>| {
        let fitted = fit(settings, vocabulary, matrix, weighing, learnt, &mut |done| {
            watch.at((round + done) / rounds)
        });
        round += 1.0;
        fitted
    };

    let mut best: Option<(Weighing, Verdict)> = None;
    for weighing in Weighing::ALL {
        let mut judged = Judged::new(labels);
        for part in 0..judged_parts {
            let in_part = |&(place, _): &(usize, &u32)| place % parts == part;
            let learnt: Vec<u32> = order
                .iter()
                .enumerate()
                .filter(|item| !in_part(item))
                .map(|item| *item.1)
                .collect();
            let held_out = order.iter().enumerate().filter(in_part).map(|item| *item.1 as usize);
            let fitted = fit(weighing, &learnt, watch)?;
            fitted.judge(matrix, held_out, &vocabulary.base, &mut judged);
        }
        let verdict = judged.verdict(settings.mode);
        if best.as_ref().is_none_or(|(_, best)| verdict.loss < best.loss) {
            best = Some((weighing, verdict));
        }
    }
    let (weighing, verdict) = best.unwrap_or_else(|| (Weighing::Plain, Judged::new(labels).verdict(settings.mode)));
    let fitted = fit(weighing, &order, watch)?;
    let always_one = (0..matrix.len()).all(|document| !matrix.labels(document).is_empty());
    Ok((fitted, verdict, always_one))
}

fn fit(
    settings: &Settings,
    vocabulary: &Vocabulary,
    matrix: &Matrix,
    weighing: Weighing,
    documents: &[u32],
    progress: &mut dyn FnMut(f32) -> Result<(), Stopped>,
) -> Result<Fitted, Stopped> {
    let (features, labels) = (vocabulary.features.len(), vocabulary.labels.len());
    let mut counts = Counts::new(features, labels);
    for &document in documents {
        counts.add(matrix, document as usize, &vocabulary.base);
    }
    let values = weighing.values(&vocabulary.base, &counts);
    let bayes = counts.complement();
    drop(counts);
    let mut machine = Weights::new(features, labels);
    let mut random = Random(settings.seed);
    let task = dual::Task {
        matrix,
        values: &values,
        documents,
        passes: passes(matrix.len()),
        cost: vocabulary.cost(),
    };
    dual::solve(&mut machine, &task, &mut random, progress)?;
    Ok(Fitted { values, machine, bayes })
}
