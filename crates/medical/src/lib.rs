//! Medical text analysis of English: entities with attributes and traits, and protected health information.
//!
//! This is a tool for processing text. It is no substitute for professional medical advice, diagnosis or treatment, and
//! what it finds is to be checked by people before it decides anything about a patient.
//!
//! [`Engine::analyze_entities`] runs, sentence by sentence: tokens that part numbers from what they count; the longest
//! phrases of the [`terminology`]; a sequence tagger that has both as features; a grammar of prescriptions and results;
//! a linker of attributes; and an assertion step that reads negation, hypotheses, history and family from the words
//! around a mention and from the section of the note. [`Engine::analyze_phi`] brings the recognizers of identifying
//! information together with a tagger of its own.

mod assertion;
mod attributes;
mod data;
mod decoder;
mod document;
mod engine;
mod features;
pub mod grammar;
mod labels;
mod linker;
mod offsets;
mod phi;
pub mod terminology;
mod tokens;
pub mod training;
mod types;
mod votes;
mod words;

pub use engine::{Engine, Scratch};
pub use types::*;

/// The engine could not be loaded: the data that the program carries are damaged.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The terminologies.
    #[error("load the terminologies")]
    Terminology(#[from] terminology::TerminologyError),
    /// The kinds of words.
    #[error("load the kinds of words")]
    Lexicon(#[from] construe_lexicon::Error),
    /// The data of the recognizers.
    #[error("load the data of the recognizers")]
    Recognizers(#[from] construe_recognizers::GazetteerError),
    /// A model.
    #[error("load a model")]
    Model(#[from] construe_learn::Error),
}
