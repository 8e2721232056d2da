//! Training on examples that fit into memory.

use super::bayes::Counts;
use super::fitted::{Fitted, Weighing};
use super::many::{HELD_OUT, MANY_ENTRIES, MOST_DECISIONS, PASSES_OVER_MANY, choose_values};
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
    let always_one = (0..matrix.len()).all(|document| !matrix.labels(document).is_empty());
    if matrix.features.len() >= MANY_ENTRIES {
        let (fitted, verdict) = train_on_many(settings, vocabulary, matrix, &order, watch)?;
        return Ok((fitted, verdict, always_one));
    }
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
    Ok((fitted, verdict, always_one))
}

/// The same for many documents in the order given: what is held out is held out for good.
fn train_on_many(
    settings: &Settings,
    vocabulary: &Vocabulary,
    matrix: &Matrix,
    order: &[u32],
    watch: &mut Watch<'_>,
) -> Result<(Fitted, Verdict), Stopped> {
    let labels = vocabulary.labels.len();
    let (held_out, learnt) = order.split_at((order.len() / HELD_OUT).min(MOST_DECISIONS / labels));
    let mut counts = Counts::new(vocabulary.features.len(), labels);
    for &document in learnt {
        counts.add(matrix, document as usize, &vocabulary.base);
    }
    let mut fitted = Fitted {
        values: Vec::new(),
        machine: Weights::new(vocabulary.features.len(), labels),
        bayes: counts.complement(),
    };
    let (from, on) = ((matrix, learnt), (matrix, held_out));
    fitted.values = choose_values(settings, vocabulary, &counts, &fitted.bayes, from, on, watch)?;

    let mut random = Random(settings.seed);
    let task = dual::Task {
        matrix,
        values: &fitted.values,
        documents: learnt,
        passes: PASSES_OVER_MANY,
        cost: vocabulary.cost(),
    };
    let start = watch.done;
    dual::solve(&mut fitted.machine, &task, &mut random, &mut |done| {
        watch.at(start + (1.0 - start) * done)
    })?;
    let mut judged = Judged::new(labels);
    let held_out_documents = held_out.iter().map(|&document| document as usize);
    fitted.judge(matrix, held_out_documents, &vocabulary.base, &mut judged);
    let verdict = judged.verdict(settings.mode);
    Ok((fitted, verdict))
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

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::ops::ControlFlow;

    use super::*;
    use crate::{Example, Examples, Mode};

    /// Every document has a word of its label and one that says nothing.
    struct Made(u32);

    const LABELS: [&str; 3] = ["north", "east", "south"];

    impl Examples for Made {
        type Error = Infallible;

        fn visit(&mut self, each: &mut dyn FnMut(Example<'_>) -> ControlFlow<()>) -> Result<(), Infallible> {
            for number in 0..self.0 {
                let label = LABELS[number as usize % LABELS.len()];
                let text = format!("{label}wards {}", number / 3 % 7);
                if each(Example {
                    text: &text,
                    labels: &[label],
                })
                .is_break()
                {
                    break;
                }
            }
            Ok(())
        }
    }

    #[test]
    fn many_documents_are_learnt_from_and_judged() {
        let settings = Settings::new(Mode::MultiClass);
        let mut on = |_| ControlFlow::Continue(());
        let mut watch = Watch {
            watch: &mut on,
            done: 0.0,
            examples: 0,
            expected: u64::MAX,
        };
        let mut vocabulary = Vocabulary::collect(&settings, &mut Made(600), &mut watch).expect("the examples are fine");
        let matrix = vocabulary.matrix.take().expect("they fit into memory");
        let order: Vec<u32> = (0..matrix.len() as u32).collect();
        let mut learn = || {
            train_on_many(&settings, &vocabulary, &matrix, &order, &mut watch)
                .ok()
                .expect("nobody stops it")
        };
        let (fitted, verdict) = learn();
        assert!(verdict.loss < 0.05, "{}", verdict.loss);
        let weights = fitted.blended(verdict.shares, &vocabulary.base);
        let mut scores = [0.0; LABELS.len()];
        for document in 0..matrix.len() {
            let scale = matrix.scale(document, &fitted.values);
            weights.score(&matrix, document, &fitted.values, scale, &mut scores);
            let best = (0..LABELS.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b]));
            assert_eq!(best, Some(matrix.labels(document)[0] as usize), "document {document}");
        }
        assert_eq!(learn().0.machine.rows, fitted.machine.rows, "training is repeatable");
    }
}
