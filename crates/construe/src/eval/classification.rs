//! `construe eval classification`: how good classifiers are that learn from sets of labelled documents.
//!
//! A set is a folder with `train.csv` and `dev.csv`, plain or .gz: a classifier learns from the one and is judged on the
//! other. A set with several labels in a row is one of any number of labels.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use construe_classify::{Example, Metrics, Mode, Settings, train};
use construe_evaluation::thread_cpu_time;
use serde::Serialize;

use crate::cli::EvalClassification;
use crate::train::classifier::{Data, Part, Source, judge};

/// What stands between labels.
const DELIMITER: char = '|';

/// One row of the table.
#[derive(Debug, Serialize)]
pub struct Row {
    set: String,
    mode: &'static str,
    labels: usize,
    learnt: u64,
    judged: u64,
    /// Share of the documents whose labels are exactly right.
    accuracy: f64,
    macro_f1: f64,
    micro_f1: f64,
    /// Of the file.
    model_bytes: usize,
    training_seconds: f64,
    /// Of text, per second of processor time of one thread.
    training_megabytes_per_second: f64,
    classification_megabytes_per_second: f64,
}

/// Runs `construe eval classification`.
pub fn run(arguments: &EvalClassification) -> anyhow::Result<()> {
    let rows = rows(&arguments.data)?;
    if rows.is_empty() {
        bail!("{} has no folder with train.csv and dev.csv", arguments.data.display());
    }
    let text = if arguments.json { json(&rows)? } else { table(&rows) };
    super::show(&text)
}

/// Each row as a line of JSON.
pub fn json(rows: &[Row]) -> anyhow::Result<String> {
    let mut text = String::new();
    for row in rows {
        text += &serde_json::to_string(row)?;
        text.push('\n');
    }
    Ok(text)
}

/// Learns from every set of a folder, or from the one that the folder is, and judges.
pub fn rows(folder: &Path) -> anyhow::Result<Vec<Row>> {
    let mut sets: Vec<PathBuf> = std::fs::read_dir(folder)
        .with_context(|| format!("reading {}", folder.display()))?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<_>>()?;
    sets.sort();
    sets.push(folder.to_owned());
    let mut rows = Vec::new();
    for set in sets {
        let part = |name: &str| {
            let file = |ending: &str| set.join(format!("{name}.{ending}"));
            [file("csv"), file("csv.gz")].into_iter().find(|file| file.exists())
        };
        if let (Some(learnt), Some(judged)) = (part("train"), part("dev")) {
            rows.push(row(&set, learnt, judged).with_context(|| format!("judging by {}", set.display()))?);
        }
    }
    Ok(rows)
}

fn row(set: &Path, learnt: PathBuf, judged: PathBuf) -> anyhow::Result<Row> {
    let learnt = [learnt];
    let mut several = false;
    let (mut documents, mut bytes) = (0, 0);
    Data::new(&learnt, Mode::MultiLabel, Some(DELIMITER))?.read(Part::All, &mut |_, example: Example<'_>| {
        several |= example.labels.len() > 1;
        documents += 1;
        bytes += example.text.len();
        ControlFlow::Continue(())
    })?;
    let mode = if several { Mode::MultiLabel } else { Mode::MultiClass };
    let learnt = Data::new(&learnt, mode, Some(DELIMITER))?;
    let judged = Data::new(&[judged], mode, Some(DELIMITER))?;

    let started = thread_cpu_time();
    let model = train(&Settings::new(mode), &mut Source(&learnt, Part::All), &mut |_| {
        ControlFlow::Continue(())
    })?;
    let training = (thread_cpu_time() - started).as_secs_f64();
    let evaluation = judge(&model, &judged, Part::All)?;
    let Metrics {
        accuracy,
        f1_score,
        micro_f1_score,
        ..
    } = evaluation.metrics();
    Ok(Row {
        set: set
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        mode: if several { "multi-label" } else { "multi-class" },
        labels: model.labels().len(),
        learnt: documents,
        judged: evaluation.documents(),
        accuracy,
        macro_f1: f1_score,
        micro_f1: micro_f1_score,
        model_bytes: model.to_bytes().len(),
        training_seconds: training,
        training_megabytes_per_second: bytes as f64 / 1e6 / training,
        classification_megabytes_per_second: speed(&model, &judged)?,
    })
}

/// How fast documents of one kilobyte are classified, made of those of a set one after the other.
fn speed(model: &construe_classify::Model, data: &Data) -> anyhow::Result<f64> {
    const DOCUMENT: usize = 1000;
    let mut documents = vec![String::new()];
    data.read(Part::All, &mut |_, example| {
        if documents.last().is_some_and(|last| last.len() >= DOCUMENT) {
            documents.push(String::new());
        }
        if let Some(last) = documents.last_mut() {
            last.push_str(example.text);
            last.push('\n');
        }
        ControlFlow::Continue(())
    })?;
    let mut scratch = model.scratch();
    let mut predictions = Vec::new();
    let mut taken = 0.0;
    // The first time memory is cold, as it is not in a worker that has run for a while.
    for _ in 0..2 {
        let started = thread_cpu_time();
        for document in &documents {
            model.classify(&mut scratch, document, &mut predictions);
        }
        taken = (thread_cpu_time() - started).as_secs_f64();
    }
    let bytes: usize = documents.iter().map(String::len).sum();
    Ok(bytes as f64 / 1e6 / taken)
}

/// The rows as a table in Markdown.
pub fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "| set | labels | learnt from | judged | accuracy | macro F1 | micro F1 | model, MB | training, s | \
         training, MB/s | MB/s |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for row in rows {
        let several = if row.mode == "multi-label" {
            " of any number"
        } else {
            ""
        };
        text += &format!(
            "| {} | {}{several} | {} | {} | {:.3} | {:.3} | {:.3} | {:.1} | {:.1} | {:.1} | {:.0} |\n",
            row.set,
            row.labels,
            row.learnt,
            row.judged,
            row.accuracy,
            row.macro_f1,
            row.micro_f1,
            row.model_bytes as f64 / 1e6,
            row.training_seconds,
            row.training_megabytes_per_second,
            row.classification_megabytes_per_second,
        );
    }
    text
}
