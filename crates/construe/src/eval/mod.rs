//! `construe eval`: the engines on annotated texts.

mod classification;
mod document;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use construe_corpus::{Record, Sources};
use construe_evaluation::{Findings, Judgement, Predictions, Report, Scope, judge, markdown};
use construe_text::Language;

use self::document::Document;
use crate::cli::{Eval, EvalAll, Judged, Output};
use crate::engines::{Engine, Task};

/// The code of ISO 639 for a language that nobody said.
const UNDETERMINED: &str = "und";

/// Runs `construe eval`.
pub fn run(command: Eval) -> anyhow::Result<()> {
    match command {
        Eval::Entities { model: None, judged } => task(Task::Entities, &judged),
        Eval::Entities {
            model: Some(model),
            judged,
        } => engine("recognizer", || Engine::recognizer(&model), &judged),
        Eval::Pii(judged) => task(Task::Pii, &judged),
        Eval::Medical(judged) => task(Task::Medical, &judged),
        Eval::Phi(judged) => task(Task::Phi, &judged),
        Eval::Tagger { model, judged } => engine("tagger", || Engine::tagger(&model), &judged),
        Eval::Spans { predictions, judged } => spans(&predictions, &judged),
        Eval::Classification(arguments) => classification::run(&arguments),
        Eval::All(arguments) => all(&arguments),
    }
}

fn task(task: Task, judged: &Judged) -> anyhow::Result<()> {
    engine(task.name(), || Engine::load(task), judged)
}

fn engine(name: &str, load: impl FnOnce() -> anyhow::Result<Engine>, judged: &Judged) -> anyhow::Result<()> {
    let data = Data::read(judged)?;
    print(&data.judge(name, &load()?)?, &judged.output)
}

fn spans(predictions: &Path, judged: &Judged) -> anyhow::Result<()> {
    let data = Data::read(judged)?;
    let predictions = Predictions::read(predictions, &data.records).context("reading the predictions")?;
    let mut judgement = judge(
        "spans",
        &data.scope,
        &data.records,
        Some(data.language.unwrap_or(UNDETERMINED)),
        |record, _, findings| {
            predictions.find(record, findings);
            true
        },
    )?;
    // What was timed is the look-up.
    judgement.report.leave_out_speed();
    print(&judgement, &judged.output)
}

/// The tasks of `eval all`, and where their data are.
fn tasks(folder: &Path) -> anyhow::Result<Vec<(Task, Vec<PathBuf>, PathBuf)>> {
    let mut tasks = Vec::new();
    let mut add = |task: Task, data: Vec<PathBuf>, sources: &str| {
        let data: Vec<PathBuf> = data.into_iter().filter(|path| path.exists()).collect();
        if !data.is_empty() {
            tasks.push((task, data, folder.join(sources)));
        }
    };
    let languages = Language::ALL.map(|language| folder.join("ner").join(language.code()).join("dev.jsonl.gz"));
    add(Task::Entities, languages.to_vec(), "ner/SOURCES.json");
    add(Task::Pii, vec![folder.join("pii/dev.jsonl.gz")], "pii/SOURCES.json");
    add(
        Task::Medical,
        vec![folder.join("medical/dev.jsonl.gz")],
        "medical/SOURCES.json",
    );
    add(Task::Phi, vec![folder.join("phi/dev.jsonl.gz")], "phi/SOURCES.json");
    if tasks.is_empty() {
        bail!(
            "{} has no file of development data that is known here, such as pii/dev.jsonl.gz",
            folder.display()
        );
    }
    Ok(tasks)
}

fn all(arguments: &EvalAll) -> anyhow::Result<()> {
    let document = arguments.write.as_deref().map(Document::open).transpose()?;
    let mut reports = Vec::new();
    for (task, files, sources) in tasks(&arguments.data)? {
        let data = Data::open(&files, Some(&sources), &[], None)?;
        let engine = Engine::load(task)?;
        reports.push(data.judge(task.name(), &engine)?.report);
    }
    let sets = arguments.data.join("classification");
    let rows = if sets.is_dir() {
        classification::rows(&sets)?
    } else {
        Vec::new()
    };
    let mut text = String::new();
    if arguments.json {
        for report in &reports {
            text += &serde_json::to_string(report)?;
            text.push('\n');
        }
        text += &classification::json(&rows)?;
    } else {
        text = document::tables(&reports, &rows);
    }
    if let Some(document) = document {
        document.update(&document::tables(&reports, &rows))?;
    }
    show(&text)
}

/// Annotated texts, and what of them is judged.
struct Data<'a> {
    records: Vec<Record>,
    scope: Scope,
    /// That of the texts that do not say theirs.
    language: Option<&'a str>,
}

impl<'a> Data<'a> {
    fn read(judged: &'a Judged) -> anyhow::Result<Data<'a>> {
        let sources = judged.sources.as_deref();
        Data::open(&judged.data, sources, &judged.labels, judged.language.as_deref())
    }

    fn open(
        files: &[PathBuf],
        sources: Option<&Path>,
        labels: &[String],
        language: Option<&'a str>,
    ) -> anyhow::Result<Data<'a>> {
        let mut records = Vec::new();
        for file in files {
            records.append(&mut construe_corpus::read(file)?);
        }
        let sources = sources.map(Sources::read).transpose()?;
        let scope = Scope::new(&records, sources.as_ref(), labels)?;
        Ok(Data {
            records,
            scope,
            language,
        })
    }

    fn judge(&self, task: &str, engine: &Engine) -> anyhow::Result<Judgement> {
        // Loading is not what is timed.
        engine.prepare(self.records.iter().filter_map(|record| record.lang.as_deref()))?;
        engine.prepare(self.language)?;
        let mut session = engine.session();
        let mut found = Vec::new();
        let analyze = |record: &Record, language: &str, findings: &mut Findings<'_>| {
            let known = session.analyze(&record.text, language, &mut found);
            for found in &found {
                findings.push(found.start, found.end, found.label, Some(found.score));
            }
            known
        };
        let language = self.language.unwrap_or(engine.languages()[0]);
        let judgement = judge(task, &self.scope, &self.records, Some(language), analyze)?;
        for (language, documents) in &judgement.report.unknown_languages {
            eprintln!("not judged: {documents} texts in {language}, which the engine does not know");
        }
        if judgement.report.languages.is_empty() {
            bail!("there was nothing to judge");
        }
        Ok(judgement)
    }
}

fn print(judgement: &Judgement, output: &Output) -> anyhow::Result<()> {
    let Judgement { report, worst } = judgement;
    show(&match output {
        Output { worst: Some(most), .. } => worst.listing(*most),
        Output { json: true, .. } => json(report)?,
        _ => markdown::report(report),
    })
}

fn json(report: &Report) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(report)? + "\n")
}

fn show(text: &str) -> anyhow::Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        // `construe eval … | head` is no failure.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("writing to standard output"),
    }
}
