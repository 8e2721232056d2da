//! Runs the targets for a number of texts or files, or one of them on what failed before.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, bail};
use clap::Parser;
use construe_fuzz::{Failure, Settings, Target, documents, run, targets};
use construe_text::Language;

/// The target that reads files in place of texts.
const DOCUMENTS: &str = "documents";

/// Checks on generated texts and files what must hold for any of them.
#[derive(Debug, Parser)]
#[command(name = "construe-fuzz")]
struct Arguments {
    /// Targets; none for all
    targets: Vec<String>,
    /// Texts for each target, or files
    #[arg(long, default_value_t = 2000)]
    count: u64,
    /// Seed of the texts
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The longest text in bytes
    #[arg(long, default_value_t = 8192)]
    longest: usize,
    /// Folder for what fails
    #[arg(long, default_value = "target/fuzz-failures")]
    failures: PathBuf,
    /// Check the text of this file instead
    #[arg(long, value_name = "FILE")]
    reproduce: Option<PathBuf>,
    /// Language of that text
    #[arg(long, default_value = "en")]
    language: String,
}

fn main() -> ExitCode {
    match fuzz(&Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("construe-fuzz: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn fuzz(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let names: Vec<&str> = match arguments.targets.is_empty() {
        true => targets::NAMES.to_vec(),
        false => arguments.targets.iter().map(String::as_str).collect(),
    };
    let mut targets = Vec::with_capacity(names.len());
    for name in names.iter().filter(|name| **name != DOCUMENTS) {
        match targets::load(name) {
            Some(target) => targets.push(target?),
            None => bail!(
                "unknown target {name:?}; known are {} and {DOCUMENTS}",
                targets::NAMES.join(", ")
            ),
        }
    }
    // All of them, or named.
    let with_documents = arguments.targets.is_empty() || names.contains(&DOCUMENTS);
    if let Some(path) = &arguments.reproduce {
        return match arguments.targets.as_slice() {
            [name] if name == DOCUMENTS => reproduce_document(path),
            _ => reproduce(&mut targets, path, &arguments.language),
        };
    }
    let settings = Settings {
        count: arguments.count,
        seed: arguments.seed,
        longest: arguments.longest,
        patterns: arguments.count / 50,
    };
    let mut failed = false;
    for target in &mut targets {
        let start = Instant::now();
        match run(target.as_mut(), &settings) {
            Ok(summary) => println!(
                "{}: {} texts, {} bytes, {} patterns timed, no failure; seed {}, {:.1} s",
                target.name(),
                summary.texts,
                summary.bytes,
                summary.patterns,
                settings.seed,
                start.elapsed().as_secs_f64()
            ),
            Err(failure) => {
                failed = true;
                report(&failure, settings.seed, &arguments.failures)?;
            }
        }
    }
    if with_documents {
        failed |= !fuzz_documents(arguments)?;
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Checks files; says whether all is well.
fn fuzz_documents(arguments: &Arguments) -> anyhow::Result<bool> {
    let settings = documents::Settings {
        count: arguments.count,
        seed: arguments.seed,
    };
    let start = Instant::now();
    match documents::run(&settings) {
        Ok(summary) => {
            println!(
                "{DOCUMENTS}: {} files, {} bytes, {} of them read, the slowest in {:.2} s, no failure; seed {}, {:.1} s",
                summary.files,
                summary.bytes,
                summary.reached,
                summary.longest.as_secs_f64(),
                settings.seed,
                start.elapsed().as_secs_f64()
            );
            Ok(true)
        }
        Err(failure) => {
            let folder = &arguments.failures;
            std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
            let path = folder.join(format!("{DOCUMENTS}-{}-{}", settings.seed, failure.number));
            std::fs::write(&path, &failure.bytes).with_context(|| format!("writing {}", path.display()))?;
            println!(
                "{DOCUMENTS}: FAILED on file {} of seed {}: {}",
                failure.number, settings.seed, failure.reason
            );
            println!(
                "  again: cargo run -p construe-fuzz -- {DOCUMENTS} --reproduce {}",
                path.display()
            );
            Ok(false)
        }
    }
}

/// Checks one file.
fn reproduce_document(path: &Path) -> anyhow::Result<ExitCode> {
    let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    Ok(match documents::check(&documents::reader(), &bytes) {
        Ok(_) => {
            println!("{DOCUMENTS}: no failure");
            ExitCode::SUCCESS
        }
        Err(reason) => {
            println!("{DOCUMENTS}: {reason}");
            ExitCode::FAILURE
        }
    })
}

/// Checks one text without catching a panic, so that its backtrace shows.
fn reproduce(targets: &mut [Box<dyn Target>], path: &Path, language: &str) -> anyhow::Result<ExitCode> {
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let language = Language::from_code(language).context("unknown language")?;
    let mut failed = false;
    for target in targets
        .iter_mut()
        .filter(|target| target.languages().contains(&language))
    {
        match target.check(language, &text) {
            Ok(()) => println!("{}: no failure", target.name()),
            Err(reason) => {
                failed = true;
                println!("{}: {reason}", target.name());
            }
        }
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn report(failure: &Failure, seed: u64, folder: &Path) -> anyhow::Result<()> {
    let Failure {
        target,
        number,
        language,
        text,
        reason,
    } = failure;
    std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let path = folder.join(format!("{target}-{seed}-{number}.txt"));
    std::fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
    println!("{target}: FAILED on text {number} of seed {seed}: {reason}");
    println!("  {}", text.escape_debug());
    println!(
        "  again: cargo run -p construe-fuzz -- {target} --language {} --reproduce {}",
        language.code(),
        path.display()
    );
    Ok(())
}
