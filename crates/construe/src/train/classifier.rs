//! `construe train classifier`: a model from a user's own labelled documents.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, bail};
use construe_classify::{Evaluation, Example, Examples, Metrics, Mode, Model, Progress, Settings, train};
use construe_training_data::classification::{self, Census, Format, Minimum, Rows};
use construe_training_data::{DataError, Warnings};

use super::open;
use crate::cli::{Labelled, TrainClassifier};

/// Without test data, one document in so many is kept for testing.
const HELD_OUT: u32 = 10;

/// Files of labelled documents.
pub struct Data {
    files: Vec<PathBuf>,
    format: Format,
}

/// Which of the documents are meant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Part {
    All,
    Learnt,
    HeldOut,
}

/// Why documents cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    #[error("opening {0}")]
    Open(PathBuf, #[source] std::io::Error),
    #[error("reading {0}")]
    Read(PathBuf, #[source] DataError),
}

impl Data {
    pub fn new(files: &[PathBuf], mode: Mode, delimiter: Option<char>) -> anyhow::Result<Data> {
        if files.iter().any(|file| file == Path::new("-")) {
            bail!("training reads its data more than once, which standard input does not allow");
        }
        let mut format = Format::new(match mode {
            Mode::MultiClass => classification::Mode::MultiClass,
            Mode::MultiLabel => classification::Mode::MultiLabel,
        });
        if let Some(delimiter) = delimiter {
            format = format.with_delimiter(delimiter);
        }
        Ok(Data {
            files: files.to_vec(),
            format,
        })
    }

    /// Hands the documents of a part to `each`: line, labels, text. Returns what was left out.
    pub fn read(
        &self,
        part: Part,
        each: &mut dyn FnMut(u64, Example<'_>) -> ControlFlow<()>,
    ) -> Result<Warnings, Unreadable> {
        let mut warnings = Warnings::default();
        for file in &self.files {
            let input = open(file).map_err(|error| Unreadable::Open(file.clone(), error))?;
            let mut rows = Rows::new(input, self.format.clone());
            while let Some(row) = rows.next_row().map_err(|error| Unreadable::Read(file.clone(), error))? {
                if part != Part::All && row.digest().is_held_out(HELD_OUT) != (part == Part::HeldOut) {
                    continue;
                }
                let example = Example {
                    text: row.text,
                    labels: &row.labels,
                };
                if each(row.line, example).is_break() {
                    return Ok(warnings);
                }
            }
            warnings.add(rows.warnings());
        }
        Ok(warnings)
    }
}

/// A part of the data as a source of examples.
pub struct Source<'d>(pub &'d Data, pub Part);

impl Examples for Source<'_> {
    type Error = Unreadable;

    fn visit(&mut self, each: &mut dyn FnMut(Example<'_>) -> ControlFlow<()>) -> Result<(), Unreadable> {
        self.0.read(self.1, &mut |_, example| each(example)).map(|_| ())
    }
}

/// Has a model judge documents.
pub fn judge(model: &Model, data: &Data, part: Part) -> anyhow::Result<Evaluation> {
    let mut evaluation = Evaluation::new(model.mode(), model.labels().iter().cloned());
    let mut scratch = model.scratch();
    let mut predictions = Vec::new();
    data.read(part, &mut |_, example| {
        model.classify(&mut scratch, example.text, &mut predictions);
        let chosen = model.chosen(&predictions).iter();
        let predicted: Vec<&str> = chosen
            .map(|chosen| model.labels()[chosen.label as usize].as_str())
            .collect();
        evaluation.add(example.labels, &predicted);
        ControlFlow::Continue(())
    })?;
    Ok(evaluation)
}

pub fn run(arguments: &TrainClassifier) -> anyhow::Result<()> {
    let mode = match arguments.mode {
        Labelled::MultiClass => Mode::MultiClass,
        Labelled::MultiLabel => Mode::MultiLabel,
    };
    let data = Data::new(&arguments.data, mode, arguments.delimiter)?;
    let test = match arguments.test.is_empty() {
        true => None,
        false => Some(Data::new(&arguments.test, mode, arguments.delimiter)?),
    };
    let learnt = if test.is_some() { Part::All } else { Part::Learnt };

    let counts = survey(&data)?;
    let started = Instant::now();
    let settings = Settings {
        seed: arguments.seed,
        ..Settings::new(mode)
    };
    let shows = std::io::stderr().is_terminal();
    let bar = if shows {
        indicatif::ProgressBar::new(1000)
    } else {
        indicatif::ProgressBar::hidden()
    };
    let model = train(&settings, &mut Source(&data, learnt), &mut |progress: Progress| {
        bar.set_position((1000.0 * progress.done) as u64);
        ControlFlow::Continue(())
    });
    bar.finish_and_clear();
    let model = model.context("training")?;
    let seconds = started.elapsed().as_secs_f64();
    let bytes = model.to_bytes();
    std::fs::write(&arguments.out, &bytes).with_context(|| format!("writing {}", arguments.out.display()))?;

    let evaluation = match &test {
        Some(test) => judge(&model, test, Part::All)?,
        None => judge(&model, &data, Part::HeldOut)?,
    };
    println!("model         {}, {} bytes", arguments.out.display(), bytes.len());
    println!("labels        {}", counts.labels.len());
    for (label, documents) in &counts.labels {
        println!("              {documents:>8}  {label}");
    }
    let tested = evaluation.documents();
    let trained = if test.is_some() {
        counts.documents
    } else {
        counts.documents - tested
    };
    println!("documents     {trained} learnt from in {seconds:.1} s, {tested} tested on");
    if tested == 0 {
        println!("test          no document");
    } else {
        print!("{}", figures(&evaluation.metrics()));
    }
    Ok(())
}

/// The measures as a column.
fn figures(metrics: &Metrics) -> String {
    [
        ("accuracy", metrics.accuracy),
        ("precision", metrics.precision),
        ("recall", metrics.recall),
        ("F1", metrics.f1_score),
        ("micro prec.", metrics.micro_precision),
        ("micro recall", metrics.micro_recall),
        ("micro F1", metrics.micro_f1_score),
        ("Hamming loss", metrics.hamming_loss),
    ]
    .map(|(name, value)| format!("{name:<13} {value:.4}\n"))
    .concat()
}

struct Survey {
    labels: BTreeMap<String, u64>,
    documents: u64,
}

/// Looks at all documents: whether there are enough of them.
fn survey(data: &Data) -> anyhow::Result<Survey> {
    let mut census = Census::new(data.format.mode);
    let mut failure = None;
    let warnings = data.read(Part::All, &mut |line, example| match census.add(line, example.labels) {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => {
            failure = Some(error);
            ControlFlow::Break(())
        }
    })?;
    if let Some(error) = failure {
        return Err(error).context("reading the data");
    }
    // A model for the service needs more; here the user sees the figures at once.
    census.check(Minimum {
        labels: 2,
        documents_per_label: 2,
    })?;
    if !warnings.is_empty() {
        eprintln!("construe: {warnings}");
    }
    Ok(Survey {
        labels: census
            .labels()
            .map(|(label, count)| (label.to_owned(), count))
            .collect(),
        documents: census.documents(),
    })
}
