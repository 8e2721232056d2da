//! Training on examples that fit into memory.
//!
//! Some documents are held out, to find out on them how much features and classifiers should count and how sure an answer
//! is. Where there are few documents, they are held out in turn. In the end all of them are learnt from.

use super::bayes::Counts;
use super::dual::Multipliers;
use super::fitted::{Fitted, Weighing};
use super::many::{self, HELD_OUT, MANY_ENTRIES, MOST_DECISIONS, PASSES_OVER_MANY};
use super::matrix::{Matrix, Vectors};
use super::vocabulary::Vocabulary;
use super::weights::{WIDEST, Weights, lanes};
use super::{Random, Stopped, Watch, dual};
use crate::calibration::{Judged, Verdict};
use crate::{Mode, Settings};

/// Up to so many documents each of them is held out once.
const FEW: usize = 2000;
/// Into how many parts few documents are divided, each to be judged by classifiers that learnt from the others.
const PARTS: usize = 6;
/// With how many of these parts it is found out how features should be weighed.
const TRIED_PARTS: usize = 3;

/// One document in so many is held out.
fn held_out_share(documents: usize) -> usize {
    match documents {
        0..6_000 => 4,
        6_000..30_000 => 5,
        _ => HELD_OUT,
    }
}

/// Passes over many documents of many labels, among the first of which those without a label of a band are divided.
const PASSES_WITH_MANY_LABELS: u32 = 4;

/// Passes over documents: more gain nothing.
fn passes(matrix: &Matrix, many_labels: bool) -> u32 {
    if many_labels {
        PASSES_WITH_MANY_LABELS
    } else if matrix.features.len() >= MANY_ENTRIES {
        PASSES_OVER_MANY
    } else if matrix.len() >= 30_000 {
        4
    } else {
        10
    }
}

/// Passes over all documents when most of them have been learnt from.
fn last_passes(documents: usize) -> u32 {
    match documents {
        0..30_000 => 3,
        _ => 2,
    }
}

/// Trains the classifiers; says too what they are worth and whether every document has a label.
pub(super) fn train(
    settings: &Settings,
    vocabulary: &Vocabulary,
    matrix: &Matrix,
    watch: &mut Watch<'_>,
) -> Result<(Fitted, Verdict, bool), Stopped> {
    let mut order: Vec<u32> = (0..matrix.len() as u32).collect();
    Random(settings.seed).shuffle(&mut order);
    let mut fitting = Fitting {
        settings,
        vocabulary,
        matrix,
        vectors: Vectors::default(),
        rounds: 1,
        round: 0,
    };
    let (fitted, verdict) = if matrix.len() < FEW {
        fitting.few(&order, watch)?
    } else {
        fitting.many(&order, watch)?
    };
    let always_one = (0..matrix.len()).all(|document| !matrix.labels(document).is_empty());
    Ok((fitted, verdict, always_one))
}

/// Fits classifiers.
struct Fitting<'f> {
    settings: &'f Settings,
    vocabulary: &'f Vocabulary,
    matrix: &'f Matrix,
    vectors: Vectors,
    /// Number of fits in all, and of those that are done.
    rounds: u32,
    round: u32,
}

impl<'f> Fitting<'f> {
    /// Learns from few documents in the order given.
    fn few(&mut self, order: &[u32], watch: &mut Watch<'_>) -> Result<(Fitted, Verdict), Stopped> {
        self.rounds = (Weighing::FEW.len() * TRIED_PARTS + PARTS - TRIED_PARTS + 1) as u32;
        let mut judged = Weighing::FEW.map(|_| Judged::new(self.vocabulary.labels.len()));
        for part in 0..TRIED_PARTS {
            self.judge_part(order, part, &Weighing::FEW, &mut judged, watch)?;
        }
        let losses = judged.each_ref().map(|judged| judged.loss(self.settings.mode));
        let best = usize::from(losses[1] < losses[0]);
        let (weighing, judged) = (&Weighing::FEW[best..=best], &mut judged[best..=best]);
        for part in TRIED_PARTS..PARTS {
            self.judge_part(order, part, weighing, judged, watch)?;
        }
        let verdict = judged[0].verdict(self.settings.mode);
        let (counts, bayes) = self.count(order);
        let mut values = weighing[0].values(&self.vocabulary.columns, &counts);
        drop(counts);
        self.matrix.weigh_meanings(order, &mut values);
        let (machine, _) = self.machine(&values, order, false, watch)?;
        Ok((Fitted { values, machine, bayes }, verdict))
    }

    /// Judges a part by classifiers with each weighing that learnt from the others.
    fn judge_part(
        &mut self,
        order: &[u32],
        part: usize,
        weighings: &[Weighing],
        judged: &mut [Judged],
        watch: &mut Watch<'_>,
    ) -> Result<(), Stopped> {
        let is_in_part = |&(place, _): &(usize, &u32)| place % PARTS == part;
        let documents = || order.iter().enumerate();
        let learnt: Vec<u32> = documents()
            .filter(|item| !is_in_part(item))
            .map(|item| *item.1)
            .collect();
        let (counts, mut bayes) = self.count(&learnt);
        for (weighing, judged) in weighings.iter().zip(judged) {
            let mut values = weighing.values(&self.vocabulary.columns, &counts);
            counts.hide_unseen(&mut values);
            self.matrix.weigh_meanings(&learnt, &mut values);
            let (machine, _) = self.machine(&values, &learnt, false, watch)?;
            let fitted = Fitted { values, machine, bayes };
            let held_out: Vec<u32> = documents().filter(is_in_part).map(|item| *item.1).collect();
            fitted.judge(self.matrix, &held_out, judged);
            bayes = fitted.bayes;
        }
        Ok(())
    }

    /// Learns from many documents in the order given.
    fn many(&mut self, order: &[u32], watch: &mut Watch<'_>) -> Result<(Fitted, Verdict), Stopped> {
        let (vocabulary, matrix) = (self.vocabulary, self.matrix);
        let labels = vocabulary.labels.len();
        let held_out = (order.len() / held_out_share(order.len())).min(MOST_DECISIONS / labels);
        let (held_out, learnt) = order.split_at(held_out);
        let (mut counts, bayes) = self.count(learnt);
        let (from, on) = ((matrix, learnt), (matrix, held_out));
        let values = many::choose_values(self.settings, vocabulary, &counts, &bayes, from, on, watch)?;
        // With one label for each document nearly all have none of a band: see `Multipliers::spread`.
        let many_labels = self.settings.mode == Mode::MultiClass && lanes(labels) > WIDEST;
        let (machine, mut multipliers) = self.machine(&values, learnt, many_labels, watch)?;
        let mut fitted = Fitted { values, machine, bayes };
        let mut judged = Judged::new(labels);
        let all_values = fitted.values.clone();
        counts.hide_unseen(&mut fitted.values);
        fitted.judge(matrix, held_out, &mut judged);
        fitted.values = all_values;
        let verdict = judged.verdict(self.settings.mode);
        // What was held out is learnt from too: alone at first, so that the others need not be gone through as often.
        counts.add_all(matrix, held_out);
        counts.complement_into(&mut fitted.bayes);
        drop(counts);
        self.vectors.fill(matrix, held_out, &fitted.values);
        for (documents, passes) in [(held_out, 1), (order, last_passes(order.len()))] {
            let task = dual::Task {
                matrix,
                vectors: &self.vectors,
                documents,
                passes,
                cost: vocabulary.cost(),
            };
            if !many_labels {
                multipliers.wake();
            }
            let random = &mut Random(self.settings.seed);
            dual::solve(&mut fitted.machine, &mut multipliers, &task, random, &mut |_| {
                watch.at(watch.done)
            })?;
        }
        Ok((fitted, verdict))
    }

    /// Counts documents; the naive Bayes classifier that they make.
    fn count(&self, documents: &[u32]) -> (Counts<'f>, Weights) {
        let mut counts = Counts::new(&self.vocabulary.columns, self.vocabulary.labels.len());
        counts.add_all(self.matrix, documents);
        let bayes = counts.complement();
        (counts, bayes)
    }

    /// Support vector machines that learn from documents.
    fn machine(
        &mut self,
        values: &[f32],
        documents: &[u32],
        many_labels: bool,
        watch: &mut Watch<'_>,
    ) -> Result<(Weights, Multipliers), Stopped> {
        self.vectors.fill(self.matrix, documents, values);
        let mut machine = self.vocabulary.machine(self.settings.mode);
        let mut multipliers = Multipliers::new(&machine, self.matrix.len());
        if many_labels {
            let random = &mut Random(self.settings.seed);
            multipliers.spread(&machine, self.matrix, PASSES_WITH_MANY_LABELS as u8, random);
        }
        let task = dual::Task {
            matrix: self.matrix,
            vectors: &self.vectors,
            documents,
            passes: passes(self.matrix, many_labels),
            cost: self.vocabulary.cost(),
        };
        let (round, rounds) = (self.round as f32, self.rounds as f32);
        let random = &mut Random(self.settings.seed);
        dual::solve(&mut machine, &mut multipliers, &task, random, &mut |done| {
            watch.at((round + done) / rounds)
        })?;
        self.round += 1;
        Ok((machine, multipliers))
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::ops::ControlFlow;

    use super::*;
    use crate::{Example, Examples};

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
    fn few_and_many_documents_are_learnt_from_and_judged() {
        for documents in [600, 2400] {
            let settings = Settings::new(Mode::MultiClass);
            let mut on = |_| ControlFlow::Continue(());
            let mut watch = Watch {
                watch: &mut on,
                done: 0.0,
                examples: 0,
                expected: u64::MAX,
            };
            let mut vocabulary =
                Vocabulary::collect(&settings, &mut Made(documents), &mut watch).expect("the examples are fine");
            let matrix = vocabulary.matrix.take().expect("they fit into memory");
            let mut learn = || {
                train(&settings, &vocabulary, &matrix, &mut watch)
                    .ok()
                    .expect("nobody stops it")
            };
            let (fitted, verdict, always_one) = learn();
            assert!(always_one);
            // For each column the value of all its features times the weights of one.
            let mut rows = Vec::new();
            fitted.blended(verdict.shares, &vocabulary.columns, |column, value, row| {
                let value = value * vocabulary.columns.roots[column].powi(2);
                rows.push(row.iter().map(|weight| value * weight).collect::<Vec<f32>>());
            });
            let meanings = fitted.meanings(verdict.shares, &vocabulary.columns);
            rows.extend(meanings.chunks(LABELS.len()).map(<[f32]>::to_vec));
            for document in 0..matrix.len() {
                let mut scores = [0.0f32; LABELS.len()];
                for (column, times) in matrix.row(document) {
                    let added = scores.iter_mut().zip(&rows[column]);
                    added.for_each(|(score, weight)| *score += times * weight);
                }
                let best = (0..LABELS.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b]));
                assert_eq!(best, Some(matrix.labels(document)[0] as usize), "document {document}");
            }
            let again = learn().0.machine;
            assert_eq!(
                again.bands[0].rows, fitted.machine.bands[0].rows,
                "training is repeatable"
            );
        }
    }
}
