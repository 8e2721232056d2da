//! Trains a recogniser on part of a collection and judges it by another, beside a tagger without knowledge.
//!
//! ```text
//! train=FILE[,FILE…] [test=FILE]  without test=, half of the documents of train= are for judging
//!     [language=en] [source=NAME]  documents of this source only; [train_source=] and [test_source=] for one of them
//!     types=NAME,NAME…             labels of these names
//!     [by=label|orig]              which of a span's names counts
//!     [documents=200]              how many documents to learn from
//!     [list=60]                    learn from a list of that share of the entities instead, in percent
//!     [list_test=1]                the same with the entities of the test documents too
//!     [speed=FILE]                 how fast that text is read, the best of five times
//!     [scheme=bio|bilou] [epochs=N] [refit=N] [rate=X] [l2=X] [prior=X] [dropout=X] [min_count=N] [seed=N]
//! ```

use std::collections::BTreeMap;
use std::error::Error;
use std::ops::ControlFlow;
use std::time::Instant;

use construe_custom_entities::{Language, Minimum, Resources, Scratch, Settings, Span, Trainer, Types};
use construe_tagging::learn::evaluate::{Reliability, Span as Judged, SpanScores};
use construe_tagging::learn::{self, FeatureHasher, Label, Labels};
use construe_tagging::{CorpusBuilder, Example, NoKnowledge};
use construe_training_data::Digest;

type Failure = Box<dyn Error>;

struct Document {
    text: String,
    spans: Vec<Span>,
}

fn main() -> Result<(), Failure> {
    let options: BTreeMap<String, String> = std::env::args()
        .skip(1)
        .filter_map(|argument| {
            argument
                .split_once('=')
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
        })
        .collect();
    let get = |key: &str| options.get(key).map(String::as_str);
    let number = |key: &str, default: f64| get(key).map_or(Ok(default), str::parse::<f64>);
    let language = Language::from_code(get("language").unwrap_or("en")).ok_or("unknown language")?;
    let types = Types::new(get("types").ok_or("types= is missing")?.split(',').map(str::trim))?;
    let by = get("by").unwrap_or("label");
    let read = |key: &str| -> Result<Vec<Document>, Failure> {
        let mut all = Vec::new();
        for file in get(key).into_iter().flat_map(|files| files.split(',')) {
            let source = get(&format!("{key}_source")).or(get("source"));
            read_file(file, source, by, &types, &mut all)?;
        }
        all.sort_by_key(|document| Digest::of(&document.text));
        Ok(all)
    };
    let mut training = read("train")?;
    let test = match get("test") {
        Some(_) => read("test")?,
        None => training.split_off(training.len() / 2),
    };
    training.truncate(number("documents", 200.0)? as usize);
    let mentions = |documents: &[Document]| documents.iter().map(|document| document.spans.len()).sum::<usize>();
    println!(
        "train {} documents, {} mentions; test {} documents, {} mentions",
        training.len(),
        mentions(&training),
        test.len(),
        mentions(&test)
    );

    let resources = Resources::load()?;
    let override_learner = [
        "scheme",
        "epochs",
        "refit",
        "rate",
        "l2",
        "prior",
        "dropout",
        "min_count",
    ]
    .iter()
    .any(|key| get(key).is_some());
    let base = learn::Settings::default();
    let learner = learn::Settings {
        scheme: match get("scheme") {
            Some("bilou") => learn::Scheme::Bilou,
            _ => learn::Scheme::Bio,
        },
        epochs: number("epochs", 20.0)? as u32,
        refit_epochs: number("refit", base.refit_epochs.into())? as u32,
        learning_rate: number("rate", base.learning_rate.into())? as f32,
        l2: number("l2", base.l2.into())? as f32,
        uncovered_prior: number("prior", 0.85)? as f32,
        dropout: number("dropout", 0.3)? as f32,
        min_count: number("min_count", 2.0)? as u32,
        seed: number("seed", 1.0)? as u64,
        ..base
    };
    let mut settings = Settings::new(language, types.clone());
    settings.minimum = Minimum {
        text: 0,
        documents: 0,
        annotations_per_type: 0,
        matches_per_type: 0,
    };
    settings.seed = number("seed", 1.0)? as u64;
    settings.learner = override_learner.then_some(learner);

    let share = number("list", 0.0)? as u32;
    let mut listed: BTreeMap<String, u8> = BTreeMap::new();
    if share > 0 {
        let more: &[Document] = if get("list_test") == Some("1") { &test } else { &[] };
        for document in training.iter().chain(more) {
            for span in &document.spans {
                let surface = surface(&document.text, span);
                if FeatureHasher::new(7).text(&surface).finish() % 100 < share {
                    listed.insert(surface, span.kind);
                }
            }
        }
    }
    let start = Instant::now();
    let mut trainer = match share {
        0 => Trainer::annotated(settings),
        _ => Trainer::listed(settings, listed.iter().map(|(text, &kind)| (text.as_str(), kind))),
    };
    for document in &training {
        trainer.add(&document.text, &document.spans)?;
    }
    // Judged below, so that none of the documents is lost to learning.
    trainer.add_test(&test[0].text, &test[0].spans)?;
    let trained = trainer.train(&resources, &mut |_| ControlFlow::Continue(()))?;
    let seconds = start.elapsed().as_secs_f64();
    let bytes = trained.model.to_bytes();

    let mut scratch = Scratch::default();
    let mut entities = Vec::new();
    let mut scores = SpanScores::new();
    let mut reliability = Reliability::new(10);
    let (mut known, mut known_found, mut new, mut new_found) = (0, 0, 0, 0);
    let start = Instant::now();
    for document in &test {
        trained.model.analyze(&mut scratch, &document.text, &mut entities);
        let found: Vec<Judged> = entities.iter().map(|e| judged(e.start, e.end, e.kind)).collect();
        let gold: Vec<Judged> = document.spans.iter().map(as_judged).collect();
        for entity in &entities {
            let right = gold.contains(&judged(entity.start, entity.end, entity.kind));
            reliability.add(entity.score, right);
        }
        for span in &document.spans {
            let right = usize::from(found.contains(&as_judged(span)));
            if listed.contains_key(&surface(&document.text, span)) {
                known += 1;
                known_found += right;
            } else {
                new += 1;
                new_found += right;
            }
        }
        scores.add(&gold, &found);
    }
    let text: usize = test.iter().map(|document| document.text.len()).sum();
    let speed = text as f64 / 1e6 / start.elapsed().as_secs_f64();
    let total = scores.total().exact();
    println!(
        "recognizer  P {:.1} R {:.1} F1 {:.1}   trained in {seconds:.1} s, {} bytes, {speed:.1} MB/s",
        100.0 * total.precision,
        100.0 * total.recall,
        100.0 * total.f1,
        bytes.len()
    );
    println!(
        "            calibration error {:.3}",
        reliability.expected_calibration_error()
    );
    if share > 0 {
        println!(
            "            listed {known_found} of {known} found, others {new_found} of {new}; {} in the list",
            listed.len()
        );
    }
    for (index, name) in types.names().iter().enumerate() {
        let counts = scores.label(Label(index as u8));
        println!("    {name}: F1 {:.1} of {}", 100.0 * counts.exact().f1, counts.gold);
    }
    if let Some(file) = get("speed") {
        let text = std::fs::read_to_string(file)?;
        let runs = (0..5).map(|_| {
            let start = Instant::now();
            trained.model.analyze(&mut scratch, &text, &mut entities);
            start.elapsed().as_secs_f64()
        });
        let best = runs.fold(f64::INFINITY, f64::min);
        println!("            {:.1} MB/s on {file}", text.len() as f64 / 1e6 / best);
    }
    if share == 0 && get("plain") != Some("0") {
        let labels = Labels::new(types.names())?;
        let mut corpus = CorpusBuilder::new(language, labels.clone(), &NoKnowledge);
        for document in &training {
            let spans = document.spans.iter();
            corpus.add(&Example {
                text: document.text.as_str().into(),
                spans: spans
                    .map(|s| (s.start as usize..s.end as usize, Label(s.kind)))
                    .collect(),
                ignore: Vec::new(),
                covers: labels.all(),
                weight: 1.0,
            })?;
        }
        let none = CorpusBuilder::new(language, labels, &NoKnowledge);
        let go_on = |_: &learn::Epoch| ControlFlow::Continue(());
        let (model, _) = construe_tagging::train(&corpus, &none, &learn::Settings { min_count: 1, ..base }, go_on)?;
        let mut scratch = construe_tagging::Scratch::default();
        let mut found = Vec::new();
        let mut scores = SpanScores::new();
        for document in &test {
            model.analyze(&NoKnowledge, &mut scratch, &document.text, &mut found);
            let found: Vec<Judged> = found.iter().map(|f| judged(f.start, f.end, f.label.0)).collect();
            let gold: Vec<Judged> = document.spans.iter().map(as_judged).collect();
            scores.add(&gold, &found);
        }
        let total = scores.total().exact();
        println!(
            "plain       P {:.1} R {:.1} F1 {:.1}",
            100.0 * total.precision,
            100.0 * total.recall,
            100.0 * total.f1
        );
    }
    Ok(())
}

fn judged(start: usize, end: usize, kind: u8) -> Judged {
    Judged {
        start,
        end,
        label: Label(kind),
    }
}

fn as_judged(span: &Span) -> Judged {
    judged(span.start as usize, span.end as usize, span.kind)
}

fn surface(text: &str, span: &Span) -> String {
    let characters = text.chars().skip(span.start as usize);
    characters.take((span.end - span.start) as usize).collect()
}

fn read_file(
    file: &str,
    source: Option<&str>,
    by: &str,
    types: &Types,
    out: &mut Vec<Document>,
) -> Result<(), Failure> {
    for line in construe_corpus::lines(file.as_ref())? {
        let (_, line) = line?;
        let record: serde_json::Value = serde_json::from_str(&line)?;
        if source.is_some_and(|source| record["source"] != source) {
            continue;
        }
        let mut spans = Vec::new();
        for span in record["spans"].as_array().into_iter().flatten() {
            let label = span[by].as_str().unwrap_or_default();
            if let (Some(kind), Some(start), Some(end)) =
                (types.find(label), span["start"].as_u64(), span["end"].as_u64())
            {
                let (start, end) = (start as u32, end as u32);
                spans.push(Span { start, end, kind });
            }
        }
        spans.sort_unstable();
        let mut free_from = 0;
        spans.retain(|span| {
            let free = span.start >= free_from;
            if free {
                free_from = span.end;
            }
            free
        });
        let text = record["text"].as_str().unwrap_or_default().to_owned();
        out.push(Document { text, spans });
    }
    Ok(())
}
