//! `construe classify`: a model of one's own on files, with no service.

pub mod input;

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, bail};
use construe_classify::{Mode, Model, Prediction, Scratch};
use serde::Serialize;

use crate::cli::{Classify, ClassifyFormat};

/// Reads a model.
pub fn load(path: &Path) -> anyhow::Result<Model> {
    let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    Model::from_bytes(&bytes).with_context(|| format!("loading {}", path.display()))
}

/// Runs `construe classify`.
pub fn run(arguments: &Classify) -> anyhow::Result<()> {
    let model = load(&arguments.model)?;
    let standard_input = [PathBuf::from("-")];
    let files = if arguments.files.is_empty() {
        &standard_input
    } else {
        &arguments.files[..]
    };
    let mut run = Run {
        scratch: model.scratch(),
        predictions: Vec::new(),
        out: BufWriter::with_capacity(1 << 20, std::io::stdout().lock()),
        documents: 0,
        bytes: 0,
        failed: 0,
        model: &model,
        arguments,
    };
    let started = Instant::now();
    for file in files {
        let name = if file == Path::new("-") {
            "(standard input)".into()
        } else {
            file.to_string_lossy()
        };
        input::each_document(file, arguments.per, |line, bytes| run.document(&name, line, bytes))?;
    }
    run.out.flush()?;
    if arguments.stats {
        let seconds = started.elapsed().as_secs_f64();
        eprintln!(
            "{} documents, {} bytes in {seconds:.3} s: {:.1} MB/s",
            run.documents,
            run.bytes,
            run.bytes as f64 / 1e6 / seconds
        );
    }
    if run.failed > 0 {
        bail!("{} of {} documents are not UTF-8", run.failed, run.documents);
    }
    Ok(())
}

struct Run<'a, W: Write> {
    model: &'a Model,
    arguments: &'a Classify,
    scratch: Scratch,
    predictions: Vec<Prediction>,
    out: W,
    documents: u64,
    bytes: u64,
    failed: u64,
}

/// A record of the output of a job; here a file has the name that the command line gave it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Record<'a> {
    file: &'a str,
    /// A text, as in the service's own output.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    classes: Option<Vec<Scored<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<Vec<Scored<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Scored<'a> {
    name: &'a str,
    score: f32,
}

impl<W: Write> Run<'_, W> {
    fn document(&mut self, file: &str, line: Option<u64>, bytes: &[u8]) -> anyhow::Result<()> {
        self.documents += 1;
        self.bytes += bytes.len() as u64;
        let text = std::str::from_utf8(bytes);
        if let Ok(text) = text {
            self.model.classify(&mut self.scratch, text, &mut self.predictions);
        } else {
            self.failed += 1;
            self.predictions.clear();
        }
        match self.arguments.format {
            ClassifyFormat::None => Ok(()),
            ClassifyFormat::Text => self.text(file, line, text.is_ok()),
            ClassifyFormat::Json => self.json(file, line, text.is_ok()),
        }
    }

    fn name(&self, prediction: &Prediction) -> &str {
        &self.model.labels()[prediction.label as usize]
    }

    fn text(&mut self, file: &str, line: Option<u64>, readable: bool) -> anyhow::Result<()> {
        let mut row = match line {
            // Lines of editors count from 1.
            Some(line) => format!("{file}:{}:", line + 1),
            None => format!("{file}:"),
        };
        if !readable {
            row += " not UTF-8";
        }
        for prediction in self.model.chosen(&self.predictions) {
            row += &format!(" {} {:.2}", self.name(prediction), prediction.score);
        }
        writeln!(self.out, "{row}")?;
        Ok(())
    }

    fn json(&mut self, file: &str, line: Option<u64>, readable: bool) -> anyhow::Result<()> {
        let most = self.arguments.most.max(self.model.chosen(&self.predictions).len());
        let scored = || -> Vec<Scored<'_>> {
            let best = self.predictions.iter().take(most);
            best.map(|prediction| Scored {
                name: self.name(prediction),
                score: prediction.score,
            })
            .collect()
        };
        let one = self.model.mode() == Mode::MultiClass;
        let record = Record {
            file,
            line: line.map(|line| line.to_string()),
            classes: (readable && one).then(scored),
            labels: (readable && !one).then(scored),
            error_code: (!readable).then_some("UNSUPPORTED_ENCODING"),
            error_message: (!readable).then_some("Document is not in UTF-8 format."),
        };
        let record = serde_json::to_string(&record)?;
        writeln!(self.out, "{record}")?;
        Ok(())
    }
}
