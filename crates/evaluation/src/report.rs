//! The figures.

use std::collections::BTreeMap;
use std::time::Duration;

use construe_learn::Label;
use construe_learn::evaluate::{Counts, Ratios, Reliability, SpanScores};
use serde::Serialize;

use crate::Scope;

/// The figures of one task.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// What was looked for, such as `entities`.
    pub task: String,
    /// By language.
    pub languages: Vec<LanguageReport>,
    /// Texts that were not judged since the engine does not know their language, by language.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub unknown_languages: BTreeMap<String, usize>,
}

/// The figures of one language.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LanguageReport {
    /// Its code.
    pub language: String,
    /// Texts judged.
    pub documents: usize,
    /// Their size.
    pub bytes: usize,
    /// All spans together (micro-averages).
    pub all: Figures,
    /// Exact F1, as the mean over the sources in which something is marked.
    pub mean_exact_f1: f64,
    /// F1 of overlaps, as the mean over the sources in which something is marked.
    pub mean_overlap_f1: f64,
    /// By label; those that were neither marked nor found are left out.
    pub labels: Vec<LabelReport>,
    /// By source.
    pub sources: Vec<SourceReport>,
    /// Whether scores mean what they say; `None` if findings have no scores.
    pub calibration: Option<Calibration>,
    /// How fast it was, if something was timed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speed: Option<Speed>,
}

/// The figures of one source.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SourceReport {
    /// Its name; empty if texts do not say.
    pub source: String,
    /// Texts judged.
    pub documents: usize,
    /// Their size.
    pub bytes: usize,
    /// All spans together.
    pub all: Figures,
    /// By label.
    pub labels: Vec<LabelReport>,
    /// Labels that the source marks only in part.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub partial: Vec<RecallReport>,
    /// Whether scores mean what they say; `None` if findings have no scores.
    pub calibration: Option<Calibration>,
}

/// How much of what is marked was found, for a label that is marked only in part.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecallReport {
    /// Its name.
    pub label: String,
    /// Spans marked.
    pub gold: usize,
    /// Share of them that was found with the same start and end.
    pub exact_recall: f64,
    /// Share of them of which at least a character was found.
    pub overlap_recall: f64,
}

/// The figures of one label.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LabelReport {
    /// Its name.
    pub label: String,
    /// Its figures.
    #[serde(flatten)]
    pub figures: Figures,
}

/// Counts and ratios.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// Spans marked.
    pub gold: usize,
    /// Spans found.
    pub predicted: usize,
    /// Same start, end and label.
    pub exact: Matches,
    /// Same label and at least one character in common, each span in one pair at most.
    pub overlap: Matches,
}

/// One kind of match; ratios from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Matches {
    /// Share of what was found.
    pub precision: f64,
    /// Share of what was marked.
    pub recall: f64,
    /// Their harmonic mean.
    pub f1: f64,
    /// Pairs.
    pub matched: usize,
}

/// Scores against outcomes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Calibration {
    /// The expected calibration error: how far mean score and share of exact matches are apart, from 0 to 1, averaged
    /// over the findings in bins of a tenth.
    pub expected_error: f64,
    /// The bins that are not empty, lowest scores first.
    pub bins: Vec<CalibrationBin>,
}

/// Findings with similar scores.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CalibrationBin {
    /// How many.
    pub count: usize,
    /// Their mean score.
    pub mean_score: f64,
    /// The share that was right.
    pub accuracy: f64,
}

/// Throughput of one thread.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Speed {
    /// Text analysed.
    pub bytes: usize,
    /// Processor time.
    pub cpu_seconds: f64,
    /// Millions of bytes in a second of processor time; 0 if the clock did not move.
    pub megabytes_per_cpu_second: f64,
}

/// Counts of one source.
pub(crate) struct Tally {
    pub(crate) documents: usize,
    pub(crate) bytes: usize,
    pub(crate) spans: SpanScores,
    /// Of labels that the source marks in part.
    pub(crate) partial: SpanScores,
    pub(crate) reliability: Reliability,
}

impl Report {
    pub(crate) fn new(task: &str) -> Report {
        Report {
            task: task.to_owned(),
            languages: Vec::new(),
            unknown_languages: BTreeMap::new(),
        }
    }

    /// Forgets the times, where no engine ran.
    pub fn leave_out_speed(&mut self) {
        self.languages.iter_mut().for_each(|language| language.speed = None);
    }
}

impl LanguageReport {
    pub(crate) fn new(
        scope: &Scope,
        language: &str,
        tallies: &BTreeMap<&str, Tally>,
        reliability: &Reliability,
        taken: Duration,
    ) -> LanguageReport {
        let sources: Vec<SourceReport> = tallies
            .iter()
            .map(|(source, tally)| SourceReport {
                source: (*source).to_owned(),
                documents: tally.documents,
                bytes: tally.bytes,
                all: Figures::of(&tally.spans.total()),
                labels: labels(scope, |label| tally.spans.label(label)),
                partial: recall(scope, &tally.partial),
                calibration: Calibration::of(&tally.reliability),
            })
            .collect();
        let sum = |of: &dyn Fn(&SpanScores) -> Counts| {
            let mut sum = Counts::default();
            tallies.values().for_each(|tally| sum.add(&of(&tally.spans)));
            sum
        };
        let marked: Vec<&SourceReport> = sources.iter().filter(|source| source.all.gold > 0).collect();
        let mean = |of: fn(&Figures) -> f64| {
            let total: f64 = marked.iter().map(|source| of(&source.all)).sum();
            total / marked.len().max(1) as f64
        };
        let bytes = tallies.values().map(|tally| tally.bytes).sum();
        LanguageReport {
            language: language.to_owned(),
            documents: tallies.values().map(|tally| tally.documents).sum(),
            bytes,
            all: Figures::of(&sum(&SpanScores::total)),
            mean_exact_f1: mean(|figures| figures.exact.f1),
            mean_overlap_f1: mean(|figures| figures.overlap.f1),
            labels: labels(scope, |label| sum(&|spans: &SpanScores| spans.label(label))),
            calibration: Calibration::of(reliability),
            speed: Some(Speed::of(bytes, taken)),
            sources,
        }
    }
}

/// The labels that were marked or found.
fn labels(scope: &Scope, counts: impl Fn(Label) -> Counts) -> Vec<LabelReport> {
    let all = scope.labels().iter().enumerate();
    all.map(|(index, name)| (name, counts(Label(index as u8))))
        .filter(|(_, counts)| counts.gold + counts.predicted > 0)
        .map(|(name, counts)| LabelReport {
            label: name.clone(),
            figures: Figures::of(&counts),
        })
        .collect()
}

/// The labels that were marked in part.
fn recall(scope: &Scope, spans: &SpanScores) -> Vec<RecallReport> {
    let all = scope.labels().iter().enumerate();
    all.map(|(index, name)| (name, spans.label(Label(index as u8))))
        .filter(|(_, counts)| counts.gold > 0)
        .map(|(name, counts)| RecallReport {
            label: name.clone(),
            gold: counts.gold,
            exact_recall: counts.exact().recall,
            overlap_recall: counts.overlap().recall,
        })
        .collect()
}

impl Figures {
    fn of(counts: &Counts) -> Figures {
        Figures {
            gold: counts.gold,
            predicted: counts.predicted,
            exact: Matches::of(counts.exact(), counts.exact),
            overlap: Matches::of(counts.overlap(), counts.overlap),
        }
    }
}

impl Matches {
    fn of(ratios: Ratios, matched: usize) -> Matches {
        Matches {
            precision: ratios.precision,
            recall: ratios.recall,
            f1: ratios.f1,
            matched,
        }
    }
}

impl Calibration {
    fn of(reliability: &Reliability) -> Option<Calibration> {
        let bins: Vec<CalibrationBin> = reliability
            .bins()
            .iter()
            .filter(|bin| bin.count > 0)
            .map(|bin| CalibrationBin {
                count: bin.count,
                mean_score: bin.mean_score(),
                accuracy: bin.accuracy(),
            })
            .collect();
        (!bins.is_empty()).then(|| Calibration {
            expected_error: reliability.expected_calibration_error(),
            bins,
        })
    }
}

impl Speed {
    fn of(bytes: usize, taken: Duration) -> Speed {
        let cpu_seconds = taken.as_secs_f64();
        Speed {
            bytes,
            cpu_seconds,
            megabytes_per_cpu_second: if cpu_seconds > 0.0 {
                bytes as f64 / 1e6 / cpu_seconds
            } else {
                0.0
            },
        }
    }
}
