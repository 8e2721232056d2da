//! Labelled spans in documents: features of words and characters in twelve languages, training from annotated texts,
//! tagging of whole texts.
//!
//! The crate knows no task. Labels and data come from its callers, and so does what they know beyond the text
//! ([`Knowledge`]): word lists, clusters, matches of grammars.
//!
//! Weights of a word's features are summed once and kept; what a token costs is a look-up for each word
//! near it and one for each feature that combines words. `DESIGN.md` has the measurements.

mod cache;
mod characters;
mod document;
mod error;
mod features;
mod knowledge;
mod model;
mod recase;
mod regime;
mod training;
mod words;

#[cfg(test)]
mod tests;

pub use construe_learn as learn;
pub use document::{Buffers, Document};
pub use error::Error;
pub use knowledge::{Knowledge, Marks, NoKnowledge, WordFeatures};
pub use model::{Found, FoundTokens, Model, Scratch};
pub use recase::{Case, recase};
pub use regime::Regime;
pub use training::{CorpusBuilder, Example, train};
