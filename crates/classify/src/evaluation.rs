//! How well a classifier does: the measures and the confusion matrices of Amazon Comprehend.
//!
//! The definitions are those of its guide (pages "Custom classifier metrics", "Confusion matrix"): precision, recall
//! and F1 are means over the labels, each counting the same, the micro measures count every decision the same, and the
//! Hamming loss is the share of labels that are wrong: where documents have one each, that of the documents. F1 is the
//! mean of the labels' F1, not that of the two means.

use crate::Mode;

/// The measures, from 0 to 1. Without documents all are 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metrics {
    /// Share of the documents whose labels are exactly right.
    pub accuracy: f64,
    /// Mean of the labels' precisions.
    pub precision: f64,
    /// Mean of the labels' recalls.
    pub recall: f64,
    /// Mean of the labels' F1 scores.
    pub f1_score: f64,
    /// Precision of all decisions together.
    pub micro_precision: f64,
    /// Recall of all decisions together.
    pub micro_recall: f64,
    /// F1 score of all decisions together.
    pub micro_f1_score: f64,
    /// Multi-class: share of the documents whose label is wrong. Multi-label: share of the pairs of a document and a
    /// label that were decided wrongly.
    pub hamming_loss: f64,
}

/// Who was taken for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confusion {
    /// Rows are the actual labels, columns the predicted ones, both in the order of the evaluation's labels.
    MultiClass(Vec<Vec<u64>>),
    /// For each label whether it was there (row) and whether it was predicted (column), the order being no, yes.
    MultiLabel(Vec<[[u64; 2]; 2]>),
}

/// Counts of right and wrong decisions.
#[derive(Clone, Debug)]
pub struct Evaluation {
    mode: Mode,
    /// Sorted.
    labels: Vec<String>,
    /// For multi-class, labels × labels.
    pairs: Vec<u64>,
    counts: Vec<Counts>,
    documents: u64,
    exact: u64,
    /// Labels of documents that are none of the labels: no prediction can be right about them.
    foreign: u64,
}

/// Decisions about one label.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    right: u64,
    predicted: u64,
    actual: u64,
}

impl Counts {
    fn precision(self) -> f64 {
        share(self.right, self.predicted)
    }

    fn recall(self) -> f64 {
        share(self.right, self.actual)
    }

    fn f1(self) -> f64 {
        share(2 * self.right, self.predicted + self.actual)
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

impl Evaluation {
    /// An evaluation of a classifier with these labels.
    pub fn new<L: Into<String>>(mode: Mode, labels: impl IntoIterator<Item = L>) -> Evaluation {
        let mut labels: Vec<String> = labels.into_iter().map(Into::into).collect();
        labels.sort_unstable();
        labels.dedup();
        let pairs = match mode {
            Mode::MultiClass => labels.len() * labels.len(),
            Mode::MultiLabel => 0,
        };
        Evaluation {
            mode,
            pairs: vec![0; pairs],
            counts: vec![Counts::default(); labels.len()],
            labels,
            documents: 0,
            exact: 0,
            foreign: 0,
        }
    }

    /// The labels, sorted.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Number of documents so far.
    pub fn documents(&self) -> u64 {
        self.documents
    }

    /// Counts one document: its labels and those predicted. A label of the document that the classifier does not know
    /// is one that it misses.
    pub fn add(&mut self, truth: &[&str], predicted: &[&str]) {
        self.documents += 1;
        let actual = self.indices(truth);
        let found = self.indices(predicted);
        let mut foreign: Vec<&str> = truth
            .iter()
            .copied()
            .filter(|label| self.index(label).is_none())
            .collect();
        foreign.sort_unstable();
        foreign.dedup();
        self.foreign += foreign.len() as u64;
        self.exact += u64::from(foreign.is_empty() && actual == found);
        for &label in &actual {
            self.counts[label].actual += 1;
            self.counts[label].right += u64::from(found.binary_search(&label).is_ok());
        }
        for &label in &found {
            self.counts[label].predicted += 1;
        }
        if let (Mode::MultiClass, [row], [column]) = (self.mode, &actual[..], &found[..]) {
            self.pairs[row * self.labels.len() + column] += 1;
        }
    }

    fn index(&self, label: &str) -> Option<usize> {
        self.labels.binary_search_by(|known| known.as_str().cmp(label)).ok()
    }

    /// Known labels, sorted, each once.
    fn indices(&self, labels: &[&str]) -> Vec<usize> {
        let mut indices: Vec<usize> = labels.iter().filter_map(|label| self.index(label)).collect();
        indices.sort_unstable();
        indices.dedup();
        indices
    }

    /// The measures of the documents so far.
    pub fn metrics(&self) -> Metrics {
        // A label that is neither there nor predicted says nothing.
        let judged: Vec<Counts> = self
            .counts
            .iter()
            .copied()
            .filter(|counts| counts.actual + counts.predicted > 0)
            .collect();
        let mean = |measure: fn(Counts) -> f64| {
            let sum: f64 = judged.iter().map(|&counts| measure(counts)).sum();
            if judged.is_empty() {
                0.0
            } else {
                sum / judged.len() as f64
            }
        };
        let mut all = judged.iter().fold(Counts::default(), |sum, counts| Counts {
            right: sum.right + counts.right,
            predicted: sum.predicted + counts.predicted,
            actual: sum.actual + counts.actual,
        });
        all.actual += self.foreign;
        let wrong = (all.predicted - all.right) + (all.actual - all.right);
        let hamming_loss = match self.mode {
            Mode::MultiClass => share(self.documents - self.exact, self.documents),
            Mode::MultiLabel => share(wrong, self.documents * self.labels.len() as u64 + self.foreign),
        };
        Metrics {
            accuracy: share(self.exact, self.documents),
            precision: mean(Counts::precision),
            recall: mean(Counts::recall),
            f1_score: mean(Counts::f1),
            micro_precision: all.precision(),
            micro_recall: all.recall(),
            micro_f1_score: all.f1(),
            hamming_loss,
        }
    }

    /// The confusion matrices of the documents so far.
    pub fn confusion(&self) -> Confusion {
        match self.mode {
            Mode::MultiClass => Confusion::MultiClass(
                self.pairs
                    .chunks(self.labels.len().max(1))
                    .map(<[u64]>::to_vec)
                    .collect(),
            ),
            Mode::MultiLabel => Confusion::MultiLabel(
                self.counts
                    .iter()
                    .map(|counts| {
                        let (missed, invented) = (counts.actual - counts.right, counts.predicted - counts.right);
                        let neither = self.documents - counts.right - missed - invented;
                        [[neither, invented], [missed, counts.right]]
                    })
                    .collect(),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: f64, expected: f64) {
        assert!((got - expected).abs() < 1e-9, "{got} instead of {expected}");
    }

    #[test]
    fn multi_class_by_hand() {
        let mut evaluation = Evaluation::new(Mode::MultiClass, ["spam", "ham", "news"]);
        for (truth, predicted) in [
            ("ham", "ham"),
            ("ham", "ham"),
            ("ham", "spam"),
            ("spam", "spam"),
            ("news", "ham"),
        ] {
            evaluation.add(&[truth], &[predicted]);
        }
        assert_eq!(evaluation.labels(), ["ham", "news", "spam"]);
        assert_eq!(
            evaluation.confusion(),
            Confusion::MultiClass(vec![vec![2, 0, 1], vec![1, 0, 0], vec![0, 0, 1]])
        );
        let metrics = evaluation.metrics();
        close(metrics.accuracy, 0.6);
        close(metrics.precision, (2.0 / 3.0 + 0.0 + 0.5) / 3.0);
        close(metrics.recall, (2.0 / 3.0 + 0.0 + 1.0) / 3.0);
        close(metrics.f1_score, (2.0 / 3.0 + 0.0 + 2.0 / 3.0) / 3.0);
        close(metrics.micro_precision, 0.6);
        close(metrics.micro_recall, 0.6);
        close(metrics.micro_f1_score, 0.6);
        close(metrics.hamming_loss, 2.0 / 5.0);
    }

    #[test]
    fn multi_label_by_hand() {
        let mut evaluation = Evaluation::new(Mode::MultiLabel, ["a", "b"]);
        evaluation.add(&["a", "b"], &["a"]);
        evaluation.add(&["b", "b"], &["b"]);
        evaluation.add(&[], &["a"]);
        evaluation.add(&[], &[]);
        assert_eq!(
            evaluation.confusion(),
            Confusion::MultiLabel(vec![[[2, 1], [0, 1]], [[2, 0], [1, 1]]])
        );
        let metrics = evaluation.metrics();
        close(metrics.accuracy, 0.5);
        close(metrics.precision, (0.5 + 1.0) / 2.0);
        close(metrics.recall, (1.0 + 0.5) / 2.0);
        close(metrics.f1_score, 2.0 / 3.0);
        close(metrics.micro_precision, 2.0 / 3.0);
        close(metrics.micro_recall, 2.0 / 3.0);
        close(metrics.hamming_loss, 2.0 / 8.0);
    }

    #[test]
    fn a_label_unknown_to_the_classifier_is_missed() {
        let mut evaluation = Evaluation::new(Mode::MultiClass, ["a", "b"]);
        evaluation.add(&["c"], &["a"]);
        evaluation.add(&["b"], &["b"]);
        let metrics = evaluation.metrics();
        close(metrics.accuracy, 0.5);
        close(metrics.micro_recall, 0.5);
        close(metrics.micro_precision, 0.5);
    }

    #[test]
    fn nothing_gives_zeros() {
        let evaluation = Evaluation::new(Mode::MultiLabel, Vec::<String>::new());
        assert_eq!(evaluation.metrics().f1_score, 0.0);
        assert_eq!(evaluation.confusion(), Confusion::MultiLabel(Vec::new()));
    }
}
