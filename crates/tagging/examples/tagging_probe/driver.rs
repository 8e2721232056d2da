//! Trains and judges by source, so that a change to features or data can be judged in a minute. Tasks with knowledge
//! of their own include this file in a probe of their own.
//!
//! ```text
//! train=FILE,FILE… dev=FILE,FILE… sources=SOURCES.json language=CODE
//!     [percent=100]             share of the training records
//!     [without=SOURCE,SOURCE…]  left out of training; they are judged by their training records too, and have a mean
//!                               of their own
//!     [weights=SOURCE:X,…]      how much the records of a source count
//!     [only=SOURCE,SOURCE…]     train on these sources alone
//!     [lower=X] [upper=X] [title=X]  share of records with capitals of which a copy in other case is added
//!     [scheme=bio|bilou] [epochs=N] [refit=N] [rate=X] [l2=X] [prior=X] [dropout=X] [min_count=N] [features=N] [seed=N]
//!     [worst=N]                 print some errors of each label
//!     [out=FILE]                write the model
//! ```

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::ops::ControlFlow;
use std::time::Instant;

use construe_corpus::{Record, Sources};
use construe_tagging::learn::evaluate::{Counts, Reliability, Span, SpanScores};
use construe_tagging::learn::{FeatureHasher, LabelSet, Labels, Scheme, Settings};
use construe_tagging::{Case, CorpusBuilder, Example, Found, Knowledge, Model, Scratch, train};
use construe_text::Language;

type Failure = Box<dyn Error>;

/// The most records of one source that are judged.
const JUDGED: usize = 1500;

/// Runs the probe with the task's knowledge. `finish` may change what was found in a text, as the task's engine does.
pub fn run<K: Knowledge>(knowledge: &K, finish: impl Fn(Language, &str, &mut Vec<Found>)) -> Result<(), Failure> {
    let options = Options::read()?;
    let defaults = Settings::default();
    let settings = Settings {
        scheme: match options.get("scheme") {
            Some("bilou") => Scheme::Bilou,
            _ => Scheme::Bio,
        },
        epochs: options.number("epochs", defaults.epochs.into())? as u32,
        refit_epochs: options.number("refit", defaults.refit_epochs.into())? as u32,
        learning_rate: options.number("rate", defaults.learning_rate.into())? as f32,
        l2: options.number("l2", defaults.l2.into())? as f32,
        uncovered_prior: options.number("prior", defaults.uncovered_prior.into())? as f32,
        dropout: options.number("dropout", defaults.dropout.into())? as f32,
        min_count: options.number("min_count", defaults.min_count.into())? as u32,
        max_features: options.number("features", defaults.max_features.into())? as u32,
        seed: options.number("seed", defaults.seed as f64)? as u64,
        ..defaults
    };
    let language = Language::from_code(options.get("language").unwrap_or("en")).ok_or("unknown language")?;
    let sources = Sources::read(options.get("sources").ok_or("sources=FILE is missing")?)?;
    let labels = Labels::new(sources.labels().iter().cloned())?;
    let covers = |source: &str| -> LabelSet {
        sources.covers(source).map_or(labels.all(), |names| {
            names.iter().filter_map(|name| labels.find(name)).collect()
        })
    };
    let weights: HashMap<&str, f32> = options
        .list("weights")
        .filter_map(|pair| pair.split_once(':'))
        .map(|(source, weight)| Ok((source, weight.parse()?)))
        .collect::<Result<_, Failure>>()?;
    let without: Vec<&str> = options.list("without").collect();
    let only: Vec<&str> = options.list("only").collect();

    let mut judged = Vec::new();
    for file in options.list("dev") {
        judged.extend(construe_corpus::read(file)?);
    }
    let mut training = CorpusBuilder::new(language, labels.clone(), knowledge);
    let mut held_out = CorpusBuilder::new(language, labels.clone(), knowledge);
    let percent = options.number("percent", 100.0)? as u32;
    let start = Instant::now();
    for file in options.list("train") {
        for record in construe_corpus::read(file)? {
            let draw = FeatureHasher::new(0).text(&record.id).finish();
            if without.contains(&record.source.as_str()) {
                judged.push(record);
                continue;
            }
            if draw % 100 >= percent || !(only.is_empty() || only.contains(&record.source.as_str())) {
                continue;
            }
            let mut example = example(&record, &labels, covers(&record.source));
            example.weight = weights.get(record.source.as_str()).copied().unwrap_or(1.0);
            if (draw / 100).is_multiple_of(20) {
                held_out.add(&example)?;
                continue;
            }
            training.add(&example)?;
            if record.text.chars().any(char::is_uppercase) {
                for (number, (key, case)) in [("lower", Case::Lower), ("upper", Case::Upper), ("title", Case::Title)]
                    .into_iter()
                    .enumerate()
                {
                    let draw = FeatureHasher::new(1 + number as u32).text(&record.id).finish();
                    if f64::from(draw) < options.number(key, 0.0)? * f64::from(u32::MAX) {
                        training.add(&example.recased(case, example.weight))?;
                    }
                }
            }
        }
    }
    println!(
        "{} sequences, {} tokens; {} held out; read in {:.1} s",
        training.corpus().len(),
        training.corpus().tokens(),
        held_out.corpus().len(),
        start.elapsed().as_secs_f64()
    );
    let start = Instant::now();
    let (model, report) = train(&training, &held_out, &settings, |epoch| {
        println!(
            "{:?} {}: loss {:.4}, held out {:.4}, F1 {:.4}; {:.1} s",
            epoch.phase,
            epoch.number,
            epoch.training_loss,
            epoch.held_out_loss,
            epoch.held_out.exact().f1,
            start.elapsed().as_secs_f64()
        );
        ControlFlow::Continue(())
    })?;
    let bytes = model.to_bytes();
    println!(
        "features: {} seen, {} fitted, {} kept; {} bytes",
        report.features_seen,
        report.features_fitted,
        report.features_kept,
        bytes.len()
    );
    if let Some(file) = options.get("out") {
        std::fs::write(file, &bytes)?;
    }
    let mut seen: HashMap<String, usize> = HashMap::new();
    judged.sort_by_key(|record| FeatureHasher::new(9).text(&record.id).finish());
    judged.retain(|record| {
        let count = seen.entry(record.source.clone()).or_default();
        *count += 1;
        *count <= JUDGED
    });
    let worst = options.number("worst", 0.0)? as usize;
    judge(knowledge, &finish, &model, &judged, &covers, &without, worst)?;
    let mut scratch = Scratch::default();
    let mut found = Vec::new();
    let bytes: usize = judged.iter().map(|record| record.text.len()).sum();
    let mut seconds = f64::INFINITY;
    for _ in 0..2 {
        let start = Instant::now();
        for record in &judged {
            model.analyze(knowledge, &mut scratch, &record.text, &mut found);
        }
        seconds = seconds.min(start.elapsed().as_secs_f64());
    }
    println!(
        "{:.2} MB/s; {} bytes of scratch",
        bytes as f64 / seconds / 1e6,
        scratch.memory_usage()
    );
    Ok(())
}

/// Prints the quality of a model, by source and by label.
fn judge<K: Knowledge>(
    knowledge: &K,
    finish: &impl Fn(Language, &str, &mut Vec<Found>),
    model: &Model,
    judged: &[Record],
    covers: &impl Fn(&str) -> LabelSet,
    without: &[&str],
    worst: usize,
) -> Result<(), Failure> {
    let labels = model.labels();
    let mut errors: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut by_source: BTreeMap<&str, SpanScores> = BTreeMap::new();
    let mut by_label = SpanScores::new();
    let (mut reliability, mut unseen_reliability) = (Reliability::new(10), Reliability::new(10));
    let mut scratch = Scratch::default();
    let mut found = Vec::new();
    for record in judged {
        let covers = covers(&record.source);
        model.analyze(knowledge, &mut scratch, &record.text, &mut found);
        finish(model.language(), &record.text, &mut found);
        let gold: Vec<Span> = example(record, labels, covers)
            .spans
            .into_iter()
            .map(|(range, label)| Span {
                start: range.start,
                end: range.end,
                label,
            })
            .filter(|span| covers.contains(span.label))
            .collect();
        found.retain(|found| {
            covers.contains(found.label)
                && !record
                    .ignore
                    .iter()
                    .any(|zone| zone.start < found.end && found.start < zone.end)
        });
        let predicted: Vec<Span> = found
            .iter()
            .map(|found| Span {
                start: found.start,
                end: found.end,
                label: found.label,
            })
            .collect();
        for (found, span) in found.iter().zip(&predicted) {
            let reliability = match without.contains(&record.source.as_str()) {
                true => &mut unseen_reliability,
                false => &mut reliability,
            };
            reliability.add(found.score, gold.contains(span));
        }
        by_source.entry(&record.source).or_default().add(&gold, &predicted);
        by_label.add(&gold, &predicted);
        if worst > 0 {
            for (sign, spans, others) in [("missed", &gold, &predicted), ("wrong", &predicted, &gold)] {
                for span in spans.iter().filter(|span| !others.contains(span)) {
                    errors
                        .entry(format!("{} {sign}", labels.name(span.label)))
                        .or_default()
                        .push(snippet(record, span));
                }
            }
        }
    }
    by_source.retain(|_, scores| scores.total().gold > 0);
    // Of a handful of spans nothing can be said.
    let (mut seen, mut unseen) = (Vec::new(), Vec::new());
    for (source, scores) in &by_source {
        let total = scores.total();
        if without.contains(source) {
            unseen.push(total.exact().f1);
            print_row(&format!("*{source}"), &total);
        } else {
            if total.gold >= 30 {
                seen.push(total.exact().f1);
            }
            print_row(source, &total);
        }
    }
    for (label, name) in labels.iter() {
        print_row(name, &by_label.label(label));
    }
    print_row("all", &by_label.total());
    println!(
        "calibration error {:.4}, unseen {:.4}",
        reliability.expected_calibration_error(),
        unseen_reliability.expected_calibration_error()
    );
    let mean = |values: &[f64]| 100.0 * values.iter().sum::<f64>() / values.len().max(1) as f64;
    println!("MEAN F1 OF SOURCES {:.2}, UNSEEN {:.2}", mean(&seen), mean(&unseen));
    for (kind, examples) in errors {
        println!("== {kind}: {}", examples.len());
        let step = (examples.len() / worst).max(1);
        examples
            .iter()
            .step_by(step)
            .take(worst)
            .for_each(|example| println!("   {example}"));
    }
    Ok(())
}

fn example<'r>(record: &'r Record, labels: &Labels, covers: LabelSet) -> Example<'r> {
    Example {
        text: record.text.as_str().into(),
        spans: record
            .spans
            .iter()
            .filter_map(|span| Some((span.start..span.end, labels.find(&span.label)?)))
            .collect(),
        ignore: record.ignore.iter().map(|zone| zone.start..zone.end).collect(),
        covers,
        weight: 1.0,
    }
}

/// A span with some of the text around it.
fn snippet(record: &Record, span: &Span) -> String {
    let part = |from: usize, to: usize| record.text.chars().skip(from).take(to - from).collect::<String>();
    format!(
        "{}: {}[{}]{}",
        record.source,
        part(span.start.saturating_sub(40), span.start),
        part(span.start, span.end),
        part(span.end, span.end + 30)
    )
}

fn print_row(name: &str, counts: &Counts) {
    let (exact, overlap) = (counts.exact(), counts.overlap());
    println!(
        "{name:<22} {:>6} {:>6} | {:6.2} {:6.2} {:6.2} | {:6.2}",
        counts.gold,
        counts.predicted,
        100.0 * exact.precision,
        100.0 * exact.recall,
        100.0 * exact.f1,
        100.0 * overlap.f1
    );
}

/// Arguments of the form `KEY=VALUE`.
struct Options(HashMap<String, String>);

impl Options {
    fn read() -> Result<Options, Failure> {
        let pairs = std::env::args().skip(1).map(|argument| {
            let (key, value) = argument.split_once('=')?;
            Some((key.to_owned(), value.to_owned()))
        });
        Ok(Options(
            pairs
                .collect::<Option<_>>()
                .ok_or("every argument has the form KEY=VALUE")?,
        ))
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    fn list(&self, key: &str) -> impl Iterator<Item = &str> {
        self.get(key)
            .unwrap_or_default()
            .split(',')
            .filter(|part| !part.is_empty())
    }

    fn number(&self, key: &str, default: f64) -> Result<f64, Failure> {
        self.get(key).map_or(Ok(default), |value| {
            value.parse().map_err(|_| format!("{key} is no number").into())
        })
    }
}
