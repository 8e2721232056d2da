//! Quality in figures: precision, recall and F1 of spans, and how well scores match outcomes.
//!
//! A match is *exact* (same start, end and label) or an *overlap* (same label, at least one position in common; each
//! gold span takes at most one predicted span and the other way round, so that as many pairs as possible are formed).

use std::collections::VecDeque;

use crate::labels::Label;

/// A labelled range, end exclusive, in any unit as long as gold and prediction use the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First position.
    pub start: usize,
    /// One past the last position.
    pub end: usize,
    /// What it is.
    pub label: Label,
}

/// How many spans there were and how many matched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Spans in the gold standard.
    pub gold: usize,
    /// Spans predicted.
    pub predicted: usize,
    /// Pairs with the same start, end and label.
    pub exact: usize,
    /// Pairs with the same label that share a position.
    pub overlap: usize,
}

/// Precision, recall and their harmonic mean, each from 0 to 1 and 0 where nothing was predicted or there is no gold.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ratios {
    /// The share of predictions that match.
    pub precision: f64,
    /// The share of gold spans that are matched.
    pub recall: f64,
    /// The harmonic mean of both.
    pub f1: f64,
}

impl Counts {
    /// Figures for exact matches.
    pub fn exact(&self) -> Ratios {
        self.ratios(self.exact)
    }

    /// Figures for overlaps.
    pub fn overlap(&self) -> Ratios {
        self.ratios(self.overlap)
    }

    fn ratios(&self, matched: usize) -> Ratios {
        let share = |of: usize| if of == 0 { 0.0 } else { matched as f64 / of as f64 };
        let (precision, recall) = (share(self.predicted), share(self.gold));
        let sum = precision + recall;
        Ratios {
            precision,
            recall,
            f1: if sum > 0.0 { 2.0 * precision * recall / sum } else { 0.0 },
        }
    }

    /// Adds the counts of another set of documents.
    pub fn add(&mut self, other: &Counts) {
        self.gold += other.gold;
        self.predicted += other.predicted;
        self.exact += other.exact;
        self.overlap += other.overlap;
    }
}

/// Counts by label, added up over documents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpanScores {
    labels: Vec<Counts>,
}

impl SpanScores {
    /// Nothing counted.
    pub fn new() -> SpanScores {
        SpanScores::default()
    }

    /// Counts the spans of one document. The same span twice counts once.
    pub fn add(&mut self, gold: &[Span], predicted: &[Span]) {
        let (gold, predicted) = (by_label(gold), by_label(predicted));
        let labels = gold
            .iter()
            .chain(&predicted)
            .map(|span| span.label.index() + 1)
            .max()
            .unwrap_or(0);
        if self.labels.len() < labels {
            self.labels.resize(labels, Counts::default());
        }
        for (index, counts) in self.labels.iter_mut().enumerate() {
            let gold = of_label(&gold, index);
            let predicted = of_label(&predicted, index);
            counts.add(&Counts {
                gold: gold.len(),
                predicted: predicted.len(),
                exact: gold.iter().filter(|span| predicted.binary_search(span).is_ok()).count(),
                overlap: overlapping_pairs(gold, predicted),
            });
        }
    }

    /// The counts of one label.
    pub fn label(&self, label: Label) -> Counts {
        self.labels.get(label.index()).copied().unwrap_or_default()
    }

    /// The counts of all labels together, for micro-averages.
    pub fn total(&self) -> Counts {
        let mut total = Counts::default();
        self.labels.iter().for_each(|counts| total.add(counts));
        total
    }
}

/// Distinct spans, sorted by label, then start, then end.
fn by_label(spans: &[Span]) -> Vec<Span> {
    let mut spans = spans.to_vec();
    spans.sort_unstable_by_key(|span| (span.label, span.start, span.end));
    spans.dedup();
    spans
}

fn of_label(spans: &[Span], index: usize) -> &[Span] {
    let start = spans.partition_point(|span| span.label.index() < index);
    let end = spans.partition_point(|span| span.label.index() <= index);
    &spans[start..end]
}

/// The size of a largest one-to-one matching of overlapping spans, both slices sorted by start.
fn overlapping_pairs(gold: &[Span], predicted: &[Span]) -> usize {
    // No span before `first[…]` reaches far enough to the right.
    let furthest_end: Vec<usize> = predicted
        .iter()
        .scan(0, |furthest, span| {
            *furthest = span.end.max(*furthest);
            Some(*furthest)
        })
        .collect();
    let near = |span: &Span| {
        let first = furthest_end.partition_point(|&end| end <= span.start);
        let after = predicted.partition_point(|other| other.start < span.end);
        let start = span.start;
        (first..after).filter(move |&other| predicted[other].end > start)
    };

    // Augmenting paths, breadth first: no recursion, however long a chain of overlaps is.
    let mut partner: Vec<Option<usize>> = vec![None; predicted.len()];
    let mut reached_from: Vec<Option<usize>> = vec![None; predicted.len()];
    let mut pairs = 0;
    for root in 0..gold.len() {
        let mut queue = VecDeque::from([root]);
        let mut touched = Vec::new();
        let mut free = None;
        'search: while let Some(from) = queue.pop_front() {
            for other in near(&gold[from]) {
                if reached_from[other].is_some() {
                    continue;
                }
                reached_from[other] = Some(from);
                touched.push(other);
                match partner[other] {
                    Some(next) => queue.push_back(next),
                    None => {
                        free = Some(other);
                        break 'search;
                    }
                }
            }
        }
        if free.is_some() {
            pairs += 1;
        }
        // Walk back along the path, giving each gold span on it its new partner.
        while let Some(other) = free {
            let Some(from) = reached_from[other] else { break };
            let former = touched
                .iter()
                .copied()
                .find(|&candidate| partner[candidate] == Some(from));
            partner[other] = Some(from);
            free = former;
        }
        touched.into_iter().for_each(|other| reached_from[other] = None);
    }
    pairs
}

/// Predictions whose scores fall into one interval.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ReliabilityBin {
    /// How many there are.
    pub count: usize,
    /// How many of them were right.
    pub right: usize,
    /// Sum of their scores.
    pub score_sum: f64,
}

impl ReliabilityBin {
    /// The mean score, 0 where the bin is empty.
    pub fn mean_score(&self) -> f64 {
        if self.count == 0 {
            0.0
        } else {
            self.score_sum / self.count as f64
        }
    }

    /// The share that was right, 0 where the bin is empty.
    pub fn accuracy(&self) -> f64 {
        if self.count == 0 {
            0.0
        } else {
            self.right as f64 / self.count as f64
        }
    }
}

/// Scores from 0 to 1 against outcomes, in bins of equal width.
#[derive(Clone, Debug, PartialEq)]
pub struct Reliability {
    bins: Vec<ReliabilityBin>,
}

impl Reliability {
    /// # Panics
    /// If `bins` is zero.
    pub fn new(bins: usize) -> Reliability {
        assert!(bins > 0, "at least one bin");
        Reliability {
            bins: vec![ReliabilityBin::default(); bins],
        }
    }

    /// Counts one prediction.
    pub fn add(&mut self, score: f32, right: bool) {
        let last = self.bins.len() - 1;
        let bin = &mut self.bins[((f64::from(score) * (last + 1) as f64) as usize).min(last)];
        bin.count += 1;
        bin.right += usize::from(right);
        bin.score_sum += f64::from(score);
    }

    /// The bins, lowest scores first.
    pub fn bins(&self) -> &[ReliabilityBin] {
        &self.bins
    }

    /// The expected calibration error: the distance between mean score and accuracy, averaged over the predictions.
    pub fn expected_calibration_error(&self) -> f64 {
        let total: usize = self.bins.iter().map(|bin| bin.count).sum();
        if total == 0 {
            return 0.0;
        }
        self.bins
            .iter()
            .map(|bin| (bin.score_sum - bin.right as f64).abs())
            .sum::<f64>()
            / total as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(rows: &[(usize, usize, u8)]) -> Vec<Span> {
        rows.iter()
            .map(|&(start, end, label)| Span {
                start,
                end,
                label: Label(label),
            })
            .collect()
    }

    #[test]
    fn overlap_needs_the_largest_matching() {
        // Taking the first neighbour of the first gold span would leave the second without a partner.
        let gold = spans(&[(0, 10, 0), (0, 3, 0), (8, 12, 0)]);
        let predicted = spans(&[(1, 2, 0), (5, 9, 0), (9, 20, 0)]);
        let mut scores = SpanScores::new();
        scores.add(&gold, &predicted);
        assert_eq!(
            scores.total(),
            Counts {
                gold: 3,
                predicted: 3,
                exact: 0,
                overlap: 3
            }
        );
    }

    #[test]
    fn long_chains_are_quick() {
        let chain = |offset: usize| {
            (0..20_000)
                .map(|n| (n * 10 + offset, n * 10 + offset + 9, 0))
                .collect::<Vec<_>>()
        };
        let mut scores = SpanScores::new();
        scores.add(&spans(&chain(0)), &spans(&chain(5)));
        assert_eq!(scores.total().overlap, 20_000);
    }

    #[test]
    fn calibration_error_of_known_bins() {
        let mut reliability = Reliability::new(10);
        (0..10).for_each(|n| reliability.add(0.95, n < 9));
        (0..10).for_each(|n| reliability.add(0.25, n < 5));
        assert!((reliability.expected_calibration_error() - (0.05 + 0.25) / 2.0).abs() < 1e-6);
        reliability.add(1.0, true);
        assert_eq!(reliability.bins()[9].count, 11);
        assert_eq!(Reliability::new(5).expected_calibration_error(), 0.0);
    }
}
