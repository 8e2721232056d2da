//! `construe train`: models from annotated texts and labelled documents.

pub mod classifier;
mod shipped;
mod tagger;

use std::ops::ControlFlow;

use construe_tagging::learn::{Epoch, Phase};

use crate::cli::Train;

/// Runs `construe train`.
pub fn run(command: Train) -> anyhow::Result<()> {
    match command {
        Train::Classifier(arguments) => classifier::run(&arguments),
        Train::Tagger(arguments) => tagger::run(&arguments),
        Train::Shipped(arguments) => shipped::run(&arguments),
    }
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
