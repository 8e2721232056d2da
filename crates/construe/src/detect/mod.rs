//! `construe detect`: the engines on files, with no service.
//!
//! Work is cut into batches of documents; threads analyse batches and one writer prints them in order,
//! so that the output is the same at any number of threads and memory stays flat.

mod input;
mod output;
mod pipeline;

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::time::Instant;

use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::{Color, Detect, DetectArguments, Format, MEDICAL_NOTICE, Per};
use crate::engines::{Engine, Filter, Task};

/// Runs `construe detect`.
pub fn run(command: Detect) -> anyhow::Result<()> {
    match command {
        Detect::Pii(arguments) => detect(&Engine::load(Task::Pii)?, arguments),
        Detect::Entities { model: None, arguments } => detect(&Engine::load(Task::Entities)?, arguments),
        Detect::Entities {
            model: Some(model),
            arguments,
        } => detect(&Engine::recognizer(&model)?, arguments),
        Detect::Medical(arguments) => medical(Task::Medical, arguments),
        Detect::Phi(arguments) => medical(Task::Phi, arguments),
        Detect::Tagger { model, arguments } => detect(&Engine::tagger(&model)?, arguments),
    }
}

fn medical(task: Task, arguments: DetectArguments) -> anyhow::Result<()> {
    let engine = Engine::load(task)?;
    // Not on standard output, which may be a file or the input of another program.
    eprintln!("construe: {MEDICAL_NOTICE}");
    detect(&engine, arguments)
}

fn detect(engine: &Engine, arguments: DetectArguments) -> anyhow::Result<()> {
    let languages = engine.languages();
    let language = arguments.language.as_deref().unwrap_or(languages[0]);
    if !languages.contains(&language) {
        bail!(
            "this engine knows the languages {}, not {language:?}",
            languages.join(", ")
        );
    }
    let language = language.to_owned();
    engine.prepare([language.as_str()])?;
    let labels = labels(engine, &arguments.types)?;
    if arguments.format == Format::Spans && arguments.per == Per::Line {
        bail!("--format spans reads one document from each line already: leave --per line out");
    }
    let stdout = std::io::stdout();
    let color = match arguments.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => stdout.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    };
    let settings = pipeline::Settings {
        language,
        filter: Filter {
            labels,
            threshold: arguments.threshold,
        },
        format: arguments.format,
        color,
        threads: arguments
            .threads
            .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, |n| n.get()))
            .max(1),
    };
    let inputs = if arguments.files.is_empty() {
        vec![PathBuf::from("-")]
    } else {
        arguments.files
    };
    let unit = match (arguments.format, arguments.per) {
        (Format::Spans, _) => input::Unit::SpansLine,
        (_, Per::Line) => input::Unit::Line,
        (_, Per::File) => input::Unit::File,
    };

    let progress = progress(&inputs);
    let started = Instant::now();
    let mut writer = std::io::BufWriter::with_capacity(1 << 20, stdout.lock());
    let result = pipeline::run(
        engine,
        &settings,
        input::Batches::new(&inputs, unit),
        &mut writer,
        &progress,
    )
    .and_then(|totals| {
        writer.flush()?;
        Ok(totals)
    });
    progress.finish_and_clear();
    match result {
        Ok(totals) => {
            if arguments.stats {
                let seconds = started.elapsed().as_secs_f64();
                eprintln!(
                    "{} documents, {} findings, {} bytes in {seconds:.3} s on {} threads: {:.1} MB/s",
                    totals.documents,
                    totals.findings,
                    totals.bytes,
                    settings.threads,
                    totals.bytes as f64 / 1e6 / seconds
                );
            }
            if totals.failed > 0 {
                bail!(
                    "{} of {} documents could not be analysed",
                    totals.failed,
                    totals.documents
                );
            }
            Ok(())
        }
        // `construe detect … | head` is no failure.
        Err(error) if is_broken_pipe(&error) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The labels asked for; `None` for all.
fn labels(engine: &Engine, names: &[String]) -> anyhow::Result<Option<BTreeSet<String>>> {
    if names.is_empty() || names.iter().any(|name| name == "ALL") {
        return Ok(None);
    }
    let mut wanted = BTreeSet::new();
    for name in names {
        let labels = engine.labels_named(name.trim());
        if labels.is_empty() {
            bail!("unknown type {name:?}; known are {}", engine.labels().join(", "));
        }
        wanted.extend(labels.into_iter().map(str::to_owned));
    }
    Ok(Some(wanted))
}

/// A bar on standard error while a terminal watches and the work is not over at once.
fn progress(inputs: &[PathBuf]) -> ProgressBar {
    let total: u64 = inputs
        .iter()
        .map(|path| std::fs::metadata(path).map_or(0, |meta| meta.len()))
        .sum();
    if total < (8 << 20) || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(total).with_style(style)
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
}
