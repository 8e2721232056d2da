//! A development tool: trains a tagger on annotated lines with plain features and prints its quality by source, so
//! that a change to the learner can be judged in minutes.
//!
//! ```text
//! cargo run --release -p construe-learn --example ner_probe -- train=FILE dev=FILE sources=FILE
//!     [percent=100] [scheme=bio|bilou] [epochs=N] [refit=N] [rate=X] [l2=X] [prior=X] [min_count=N] [features=N]
//!     [seed=N] [covers=all] [without=SOURCE,SOURCE] [buckets=BITS] [out=FILE]
//! ```
//!
//! `train` and `dev` have one JSON object per line: `id`, `source`, `text`, and `spans` with `start`, `end` (code
//! points) and `label`. `sources` says for each source which labels it `covers`; `covers=all` takes what a source does
//! not annotate for a negative instead. `without` leaves sources out of training and judges by them alone. `buckets` folds the features into a table of that many bits. `out` gets the
//! predictions for `dev` in the same form.

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::ops::ControlFlow;
use std::time::Instant;

use construe_learn::evaluate::{Counts, Reliability, Span, SpanScores};
use construe_learn::{
    AnnotatedSpan, Annotation, Corpus, FeatureHasher, Features, Label, LabelSet, Labels, Provenance, Scheme, Scratch,
    Settings, Tagger, train,
};
use serde_json::{Value, json};

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let options: HashMap<String, String> = std::env::args()
        .skip(1)
        .map(|argument| {
            argument
                .split_once('=')
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
        })
        .collect::<Option<_>>()
        .ok_or("every argument has the form KEY=VALUE")?;
    let number = |key: &str, default: f64| -> Result<f64, Failure> {
        options.get(key).map_or(Ok(default), |value| {
            value.parse().map_err(|_| format!("{key} is no number").into())
        })
    };
    let file = |key: &str| options.get(key).ok_or(format!("{key}=FILE is missing"));
    let defaults = Settings::default();
    let settings = Settings {
        scheme: match options.get("scheme").map(String::as_str) {
            Some("bilou") => Scheme::Bilou,
            _ => Scheme::Bio,
        },
        epochs: number("epochs", defaults.epochs.into())? as u32,
        refit_epochs: number("refit", defaults.refit_epochs.into())? as u32,
        learning_rate: number("rate", defaults.learning_rate.into())? as f32,
        l2: number("l2", defaults.l2.into())? as f32,
        uncovered_prior: number("prior", defaults.uncovered_prior.into())? as f32,
        min_count: number("min_count", defaults.min_count.into())? as u32,
        max_features: number("features", defaults.max_features.into())? as u32,
        seed: number("seed", defaults.seed as f64)? as u64,
        ..defaults
    };
    let mask = match number("buckets", 32.0)? as u32 {
        32.. => u32::MAX,
        bits => (1 << bits) - 1,
    };

    let sources: Value = serde_json::from_reader(BufReader::new(std::fs::File::open(file("sources")?)?))?;
    let names = sources["labels"].as_array().ok_or("sources has no labels")?;
    let labels = Labels::new(names.iter().filter_map(Value::as_str))?;
    let mut covers: HashMap<String, LabelSet> = HashMap::new();
    for (source, facts) in sources["sources"].as_object().ok_or("sources has no sources")? {
        let covered = facts["covers"].as_array().ok_or("a source has no covers")?;
        let covered = covered
            .iter()
            .filter_map(Value::as_str)
            .filter_map(|name| labels.find(name))
            .collect();
        covers.insert(source.clone(), covered);
    }
    let covers_of = |source: &str| covers.get(source).copied().unwrap_or(labels.all());

    let (mut training, mut held_out) = (Corpus::new(labels.clone()), Corpus::new(labels.clone()));
    let percent = number("percent", 100.0)? as u32;
    let without: Vec<&str> = options
        .get("without")
        .map(|list| list.split(',').collect())
        .unwrap_or_default();
    let everything_covered = options.get("covers").is_some_and(|value| value == "all");
    for document in read(file("train")?, &labels)? {
        let draw = FeatureHasher::new(0).text(&document.id).finish();
        if draw % 100 >= percent || without.contains(&document.source.as_str()) {
            continue;
        }
        let (features, annotation) = document.example(covers_of(&document.source), mask);
        if (draw / 100).is_multiple_of(20) {
            held_out.push(features, annotation)?;
        } else if everything_covered {
            training.push(
                features,
                Annotation {
                    covers: labels.all(),
                    ..annotation
                },
            )?;
        } else {
            training.push(features, annotation)?;
        }
    }
    println!(
        "{} sequences, {} tokens; {} held out",
        training.len(),
        training.tokens(),
        held_out.len()
    );

    let start = Instant::now();
    let provenance = Provenance {
        feature_schema: "probe".to_owned(),
        data_fingerprint: [0; 32],
    };
    let (mut tagger, report) = train(&training, &held_out, &settings, provenance, |epoch| {
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
    println!(
        "features: {} seen, {} fitted, {} kept; finished model F1 {:.4}",
        report.features_seen,
        report.features_fitted,
        report.features_kept,
        report.held_out.exact().f1
    );
    let calibration = tagger.calibrate(&held_out);
    println!("{calibration:?}");
    let bytes = tagger.to_bytes();
    let start = Instant::now();
    let tagger = Tagger::from_bytes(&bytes, "probe")?;
    println!(
        "{} bytes, loaded in {:?}, {} bytes in memory",
        bytes.len(),
        start.elapsed(),
        tagger.memory_usage()
    );
    let mut documents = read(file("dev")?, &labels)?;
    documents.retain(|document| without.is_empty() || without.contains(&document.source.as_str()));
    judge(&tagger, &documents, &covers_of, mask, options.get("out"))
}

/// Prints the quality on the documents, by source and by label, and the speed.
fn judge(
    tagger: &Tagger,
    documents: &[Document],
    covers_of: &dyn Fn(&str) -> LabelSet,
    mask: u32,
    out: Option<&String>,
) -> Result<(), Failure> {
    let mut out = out.map(std::fs::File::create).transpose()?;
    let mut by_source: BTreeMap<&str, SpanScores> = BTreeMap::new();
    let mut by_label = SpanScores::new();
    let (mut raw, mut calibrated) = (Reliability::new(10), Reliability::new(10));
    let mut scratch = Scratch::default();
    let features: Vec<Features> = documents.iter().map(|document| document.features(mask)).collect();
    for (document, features) in documents.iter().zip(&features) {
        let covers = covers_of(&document.source);
        let found = tagger.tag(features, &mut scratch);
        let span = |start: usize, end: usize, label| Span {
            start: document.tokens[start].start,
            end: document.tokens[end - 1].end,
            label,
        };
        let gold: Vec<Span> = document
            .spans
            .iter()
            .copied()
            .filter(|span| covers.contains(span.label))
            .collect();
        let mut predicted = Vec::new();
        for found in found.iter().filter(|found| covers.contains(found.label)) {
            let span = span(found.start, found.end, found.label);
            raw.add(found.probability, gold.contains(&span));
            calibrated.add(found.score, gold.contains(&span));
            predicted.push(span);
        }
        by_source.entry(&document.source).or_default().add(&gold, &predicted);
        by_label.add(&gold, &predicted);
        if let Some(out) = &mut out {
            let spans: Vec<Value> = found
                .iter()
                .map(|found| (span(found.start, found.end, found.label), found.score))
                .map(|(span, score)| {
                    json!({"start": span.start, "end": span.end, "label": tagger.labels().name(span.label), "score": score})
                })
                .collect();
            writeln!(
                out,
                "{}",
                json!({"id": document.id, "text": document.text, "spans": spans})
            )?;
        }
    }
    by_source.retain(|_, scores| scores.total().gold > 0);
    let mut mean = 0.0;
    for (source, scores) in &by_source {
        mean += scores.total().exact().f1 / by_source.len() as f64;
        print_row(source, &scores.total());
    }
    println!("mean F1 of sources {:.2}", 100.0 * mean);
    tagger
        .labels()
        .iter()
        .for_each(|(label, name)| print_row(name, &by_label.label(label)));
    print_row("all", &by_label.total());
    // The best of some passes: other work on the machine only ever slows one down.
    let mut seconds = f64::INFINITY;
    for _ in 0..20 {
        let start = Instant::now();
        for features in &features {
            tagger.tag(features, &mut scratch);
        }
        seconds = seconds.min(start.elapsed().as_secs_f64());
    }
    let tokens: usize = features.iter().map(Features::tokens).sum();
    let pushed: usize = features.iter().flat_map(Features::iter).map(<[u32]>::len).sum();
    println!(
        "calibration error {:.4} before, {:.4} after; {:.2} million tokens a second, {:.1} features each",
        raw.expected_calibration_error(),
        calibrated.expected_calibration_error(),
        tokens as f64 / seconds / 1e6,
        pushed as f64 / tokens as f64
    );
    Ok(())
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

/// One line of the data. Offsets of spans are code points.
struct Document {
    id: String,
    source: String,
    text: String,
    spans: Vec<Span>,
    tokens: Vec<Token>,
}

/// A word or a punctuation mark.
struct Token {
    /// First code point.
    start: usize,
    /// One past the last code point.
    end: usize,
    text: String,
}

fn read(path: &str, labels: &Labels) -> Result<Vec<Document>, Failure> {
    let mut documents = Vec::new();
    for line in BufReader::new(std::fs::File::open(path)?).lines() {
        let object: Value = serde_json::from_str(&line?)?;
        let text = |key: &str| {
            object[key]
                .as_str()
                .map(str::to_owned)
                .ok_or(format!("a line has no {key}"))
        };
        let mut spans = Vec::new();
        for span in object["spans"].as_array().ok_or("a line has no spans")? {
            let offset = |key: &str| {
                span[key]
                    .as_u64()
                    .map(|offset| offset as usize)
                    .ok_or("a span has no offset")
            };
            let label: Label = span["label"]
                .as_str()
                .and_then(|name| labels.find(name))
                .ok_or("a label is unknown")?;
            spans.push(Span {
                start: offset("start")?,
                end: offset("end")?,
                label,
            });
        }
        spans.sort_unstable();
        let tokens = tokens(&text("text")?);
        documents.push(Document {
            id: text("id")?,
            source: text("source")?,
            text: text("text")?,
            spans,
            tokens,
        });
    }
    Ok(documents)
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut in_word = false;
    for (position, c) in text.chars().enumerate() {
        if c.is_alphanumeric() && in_word {
            let word = tokens.last_mut().expect("a word has begun");
            word.end = position + 1;
            word.text.push(c);
        } else if !c.is_whitespace() {
            tokens.push(Token {
                start: position,
                end: position + 1,
                text: c.to_string(),
            });
        }
        in_word = c.is_alphanumeric();
    }
    tokens
}

impl Document {
    /// Features and annotation. A span takes every token that it touches.
    fn example(&self, covers: LabelSet, mask: u32) -> (Features, Annotation) {
        let mut annotation = Annotation::new(covers);
        let mut free_from = 0;
        for span in &self.spans {
            let start = self
                .tokens
                .partition_point(|token| token.end <= span.start)
                .max(free_from);
            let end = self.tokens.partition_point(|token| token.start < span.end);
            if start < end {
                annotation.spans.push(AnnotatedSpan {
                    start,
                    end,
                    labels: span.label.into(),
                });
                free_from = end;
            }
        }
        (self.features(mask), annotation)
    }

    fn features(&self, mask: u32) -> Features {
        let lower: Vec<String> = self.tokens.iter().map(|token| token.text.to_lowercase()).collect();
        let shapes: Vec<String> = self.tokens.iter().map(|token| shape(&token.text)).collect();
        let at = |values: &[String], position: usize, offset: isize| -> String {
            let position = position.checked_add_signed(offset);
            position
                .and_then(|position| values.get(position))
                .cloned()
                .unwrap_or_else(|| "\u{0}".to_owned())
        };
        let mut features = Features::new();
        for position in 0..self.tokens.len() {
            let mut push = |template: u32, parts: &[&str]| {
                let hasher = parts
                    .iter()
                    .fold(FeatureHasher::new(template), |hasher, part| hasher.text(part));
                features.push(hasher.finish() & mask);
            };
            let word = &lower[position];
            push(0, &[]);
            push(1, &[word]);
            push(2, &[&self.tokens[position].text]);
            push(3, &[&shapes[position]]);
            let characters: Vec<char> = word.chars().collect();
            for length in 1..=4.min(characters.len()) {
                push(3 + length as u32, &[&characters[..length].iter().collect::<String>()]);
                push(
                    7 + length as u32,
                    &[&characters[characters.len() - length..].iter().collect::<String>()],
                );
            }
            for offset in [-2, -1, 1, 2] {
                push((20 + offset) as u32, &[&at(&lower, position, offset)]);
                push((30 + offset) as u32, &[&at(&shapes, position, offset)]);
            }
            push(40, &[&at(&lower, position, -1), word]);
            push(41, &[word, &at(&lower, position, 1)]);
            push(42, &[&at(&shapes, position, -1), &shapes[position]]);
            push(43, &[&shapes[position], &at(&shapes, position, 1)]);
            push(44, &[&at(&lower, position, -1), &at(&lower, position, 1)]);
            push(
                45,
                &[&at(&shapes, position, -1), &shapes[position], &at(&shapes, position, 1)],
            );
            features.end_token();
        }
        features
    }
}

/// Upper-case letters as X, lower-case ones as x, digits as 0; runs cut to two.
fn shape(word: &str) -> String {
    let mut shape: Vec<char> = Vec::new();
    for c in word.chars() {
        let class = match c {
            c if c.is_uppercase() => 'X',
            c if c.is_alphabetic() => 'x',
            c if c.is_numeric() => '0',
            c => c,
        };
        if shape.len() < 2 || shape[shape.len() - 2..] != [class, class] {
            shape.push(class);
        }
    }
    shape.into_iter().collect()
}
