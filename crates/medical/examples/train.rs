//! Trains a tagger of the engine and prints its quality on the development part by source.
//!
//! ```text
//! cargo run --release -p construe-medical --example train -- task=entities|phi data=DATA [out=FILE]
//!     [without=SOURCE,SOURCE] [percent=100] [epochs=N] [features=N] [prior=X] [l2=X] [min_count=N]
//!     [dropout=X] [rate=X] [refit=N]
//! ```
//!
//! `DATA` holds the folders `medical` and `phi`; for protected health information also `ner` and `pii`, and for the
//! grammars that write texts (`training`) `gazetteers`. `without` leaves sources out of training and judges by them alone;
//! for the shipped models neither it nor `percent` is given.

mod data;

use std::collections::{BTreeMap, HashMap};
use std::io::BufReader;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use construe_learn::evaluate::Counts;
use construe_medical::Type;
use construe_medical::training::{Example, Task, evaluate, settings, train, weight};
use data::{Annotated, Failure, open, read};
use serde_json::Value;

/// Texts that the grammars write.
const GENERATED_NOTES: usize = 4000;
const GENERATED_LETTERS: usize = 26_000;

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
    let root = PathBuf::from(options.get("data").ok_or("data=DATA is missing")?);
    let task = match options.get("task").map(String::as_str) {
        Some("entities") => Task::Entities,
        Some("phi") => Task::Phi,
        _ => return Err("task=entities or task=phi is missing".into()),
    };
    let without: Vec<&str> = options
        .get("without")
        .map(|list| list.split(',').collect())
        .unwrap_or_default();
    let percent = number("percent", 100.0)? as usize;
    let mut training = material(task, &root, "train.jsonl.gz")?;
    match task {
        Task::Entities => training.extend(data::generated::notes(&root, GENERATED_NOTES)?),
        Task::Phi => {
            training.extend(data::generated::letters(
                &root,
                number("letters", GENERATED_LETTERS as f64)? as usize,
            )?);
            training.extend(data::everyday::read(&root)?);
        }
    }
    training.retain(|record| !without.contains(&record.source.as_str()));
    for record in &mut training {
        record.example.weight = weight(task, &record.source);
    }
    let examples: Vec<Example> = training
        .into_iter()
        .enumerate()
        .filter(|(position, _)| position % 100 < percent)
        .map(|(_, record)| record.example)
        .collect();
    let default = settings(task);
    let chosen = construe_learn::Settings {
        epochs: number("epochs", default.epochs.into())? as u32,
        refit_epochs: number("refit", default.refit_epochs.into())? as u32,
        max_features: number("features", default.max_features.into())? as u32,
        min_count: number("min_count", default.min_count.into())? as u32,
        uncovered_prior: number("prior", default.uncovered_prior.into())? as f32,
        l2: number("l2", default.l2.into())? as f32,
        dropout: number("dropout", default.dropout.into())? as f32,
        learning_rate: number("rate", default.learning_rate.into())? as f32,
        ..default
    };
    let start = Instant::now();
    let trained = train(task, &examples, &chosen, |epoch| {
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
        "{} examples, {} tokens; features: {} seen, {} fitted, {} kept; {} bytes",
        trained.examples,
        trained.tokens,
        trained.report.features_seen,
        trained.report.features_fitted,
        trained.report.features_kept,
        trained.bytes.len()
    );

    let mut by_source: BTreeMap<String, Vec<Example>> = BTreeMap::new();
    for record in material(task, &root, "dev.jsonl.gz")? {
        if without.is_empty() || without.contains(&record.source.as_str()) {
            by_source.entry(record.source).or_default().push(record.example);
        }
    }
    for record in material(task, &root, "train.jsonl.gz")? {
        if without.contains(&record.source.as_str()) {
            by_source.entry(record.source).or_default().push(record.example);
        }
    }
    let mut mean = 0.0;
    for (source, examples) in &by_source {
        let scores = evaluate(task, &trained.bytes, examples)?;
        println!("{source}: {}", figures(&scores.total()));
        for (label, name) in task.labels().iter() {
            let counts = scores.label(label);
            if counts.gold + counts.predicted > 0 {
                println!("    {name:<20} {}", figures(&counts));
            }
        }
        mean += scores.total().exact().f1 / by_source.len() as f64;
    }
    println!("mean {:.4}", mean);
    if let Some(path) = options.get("out") {
        std::fs::write(path, &trained.bytes)?;
    }
    Ok(())
}

/// The types that each source covers, attributes included.
fn covers(path: &Path) -> Result<BTreeMap<String, Vec<Type>>, Failure> {
    let sources: Value = serde_json::from_reader(BufReader::new(open(path)?))?;
    let types = |list: &Value| -> Vec<Type> {
        list.as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .filter_map(Type::from_name)
            .collect()
    };
    let mut covers = BTreeMap::new();
    let mut add = |name: &str, facts: &Value| {
        let mut all = types(&facts["covers"]);
        all.extend(types(&facts["covers_attributes"]));
        covers.insert(name.to_owned(), all);
    };
    match &sources["sources"] {
        Value::Object(map) => map.iter().for_each(|(name, facts)| add(name, facts)),
        Value::Array(list) => list
            .iter()
            .for_each(|facts| add(facts["source"].as_str().unwrap_or_default(), facts)),
        _ => return Err("the file of sources has no sources".into()),
    }
    Ok(covers)
}

/// The texts that a tagger learns from or is judged by.
fn material(task: Task, root: &Path, file: &str) -> Result<Vec<Annotated>, Failure> {
    let medical = root.join("medical");
    let mut records = Vec::new();
    if task == Task::Phi {
        let phi = root.join("phi");
        records.extend(read(&phi.join(file), &covers(&phi.join("SOURCES.json"))?)?);
    }
    let mut clinical = read(&medical.join(file), &covers(&medical.join("SOURCES.json"))?)?;
    if task == Task::Phi {
        // Published texts name no patients: what looks like a name there is none.
        for record in &mut clinical {
            record
                .example
                .covers
                .extend([Type::Name, Type::PhoneOrFax, Type::Email, Type::Url, Type::Id]);
        }
        clinical.retain(|record| record.source != "phee");
    }
    records.extend(clinical);
    Ok(records)
}

fn figures(counts: &Counts) -> String {
    let exact = counts.exact();
    format!(
        "{} gold, {} found; exact P {:.4} R {:.4} F1 {:.4}; overlap F1 {:.4}",
        counts.gold,
        counts.predicted,
        exact.precision,
        exact.recall,
        exact.f1,
        counts.overlap().f1
    )
}
