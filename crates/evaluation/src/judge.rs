//! Runs an engine on annotated texts and counts.

use std::collections::BTreeMap;
use std::time::Duration;

use construe_corpus::Record;
use construe_learn::evaluate::{Reliability, Span, SpanScores};

use crate::report::{Report, Tally};
use crate::scope::Scope;
use crate::worst::Worst;
use crate::{Error, thread_cpu_time};

/// Bins of the calibration error.
pub(crate) const CALIBRATION_BINS: usize = 10;

/// A span with the engine's belief in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) span: Span,
    pub(crate) score: Option<f32>,
}

/// Takes what an engine finds in one text.
pub struct Findings<'a> {
    scope: &'a Scope,
    found: Vec<Found>,
}

impl Findings<'_> {
    /// Takes one finding, with offsets in code points and a score from 0 to 1 if the engine has one. A label that is not
    /// judged is passed over.
    pub fn push(&mut self, start: usize, end: usize, label: &str, score: Option<f32>) {
        if let Some(label) = self.scope.label(label) {
            self.found.push(Found {
                span: Span { start, end, label },
                score,
            });
        }
    }
}

/// The result of [`judge`].
pub struct Judgement {
    /// The figures.
    pub report: Report,
    /// The errors behind them.
    pub worst: Worst,
}

/// Has `analyze` look for spans in each text and compares them with the annotation.
///
/// `analyze` gets the text, the code of its language (its own or `language`) and where to put findings; it answers
/// whether it knows the language. Texts in languages that it does not know are counted as such and not judged.
///
/// All texts of a language are read twice: the first time pages are touched and caches filled, as in a worker's first
/// seconds; the second time the processor time is taken.
///
/// # Errors
/// A text whose language neither it nor the caller says; an engine that finds something else the second time.
pub fn judge(
    task: &str,
    scope: &Scope,
    records: &[Record],
    language: Option<&str>,
    mut analyze: impl FnMut(&Record, &str, &mut Findings<'_>) -> bool,
) -> Result<Judgement, Error> {
    let mut by_language: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
    for record in records {
        let language = record.lang.as_deref().or(language);
        let language = language.ok_or_else(|| Error::UnknownLanguage(record.id.clone()))?;
        by_language.entry(language).or_default().push(record);
    }
    let mut report = Report::new(task);
    let mut worst = Worst::new(scope);
    for (language, records) in by_language {
        let mut pass = || {
            let mut findings = Findings {
                scope,
                found: Vec::new(),
            };
            let mut ends = Vec::with_capacity(records.len());
            let start = thread_cpu_time();
            let known = records.iter().all(|record| {
                let known = analyze(record, language, &mut findings);
                ends.push(findings.found.len());
                known
            });
            (known, findings.found, ends, thread_cpu_time() - start)
        };
        let (known, found, ends, _) = pass();
        let (_, again, _, taken) = pass();
        if found != again {
            return Err(Error::Unstable(language.to_owned()));
        }
        if known {
            let found = parts(&found, &ends);
            report
                .languages
                .push(count(scope, language, &records, found, taken, &mut worst));
        } else {
            report.unknown_languages.insert(language.to_owned(), records.len());
        }
    }
    Ok(Judgement { report, worst })
}

/// The findings of each text.
fn parts<'f>(found: &'f [Found], ends: &'f [usize]) -> impl Iterator<Item = &'f [Found]> {
    let starts = std::iter::once(0).chain(ends.iter().copied());
    starts.zip(ends).map(|(start, &end)| &found[start..end])
}

fn count<'f>(
    scope: &Scope,
    language: &str,
    records: &[&Record],
    found: impl Iterator<Item = &'f [Found]>,
    taken: Duration,
    worst: &mut Worst,
) -> crate::LanguageReport {
    let mut sources: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut reliability = Reliability::new(CALIBRATION_BINS);
    for (record, found) in records.iter().zip(found) {
        let judged = scope.restrict(record, found, |found: &Found| found.span);
        let spans: Vec<Span> = judged.found.iter().map(|found| found.span).collect();
        let tally = sources.entry(&record.source).or_insert_with(|| Tally {
            documents: 0,
            bytes: 0,
            spans: SpanScores::new(),
            partial: SpanScores::new(),
            reliability: Reliability::new(CALIBRATION_BINS),
        });
        tally.documents += 1;
        tally.bytes += record.text.len();
        tally.spans.add(&judged.gold, &spans);
        let partial: Vec<Span> = judged.partial_found.iter().map(|found| found.span).collect();
        tally.partial.add(&judged.partial_gold, &partial);
        for found in &judged.found {
            if let Some(score) = found.score {
                let right = judged.gold.contains(&found.span);
                tally.reliability.add(score, right);
                reliability.add(score, right);
            }
        }
        worst.add(record, &judged.gold, &judged.found);
    }
    crate::LanguageReport::new(scope, language, &sources, &reliability, taken)
}
