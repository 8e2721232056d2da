//! `construe train`: models from annotated texts and labelled documents.

pub mod classifier;
mod recognizer;
mod shipped;
mod tagger;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::ops::ControlFlow;
use std::path::Path;

use construe_tagging::learn::{Epoch, Phase};

use crate::cli::Train;

/// Runs `construe train`.
pub fn run(command: Train) -> anyhow::Result<()> {
    match command {
        Train::Classifier(arguments) => classifier::run(&arguments),
        Train::Tagger(arguments) => tagger::run(&arguments),
        Train::Recognizer(arguments) => recognizer::run(&arguments),
        Train::Shipped(arguments) => shipped::run(&arguments),
    }
}

/// Opens a file, which may be compressed.
fn open(path: &Path) -> std::io::Result<Box<dyn BufRead>> {
    let file = File::open(path)?;
    Ok(if path.extension().is_some_and(|extension| extension == "gz") {
        Box::new(BufReader::new(flate2::read::MultiGzDecoder::new(file)))
    } else {
        Box::new(BufReader::with_capacity(1 << 18, file))
    })
}

/// Tells on standard error how a pass went.
fn tell(stage: &str, epoch: &Epoch) -> ControlFlow<()> {
    let phase = match epoch.phase {
        Phase::Fit => "all features",
        Phase::Refit => "kept features",
    };
    eprintln!(
        "{stage}{phase}, pass {}: loss {:.4}, held out {:.4}, F1 {:.1} %",
        epoch.number,
        epoch.training_loss,
        epoch.held_out_loss,
        100.0 * epoch.held_out.exact().f1
    );
    ControlFlow::Continue(())
}
