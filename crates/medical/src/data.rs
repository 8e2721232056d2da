//! What the engine carries: the terminologies and the models.

use construe_learn::Tagger;
use construe_lexicon::Lexicon;

use crate::LoadError;
use crate::features::{PHI_SCHEMA, SCHEMA};
use crate::terminology::Terminology;

static TERMINOLOGY: &[u8] = include_bytes!("../terms/terminology.fst");
static LEXICON: &[u8] = include_bytes!("../terms/medical.lexicon");
static ENTITIES: &[u8] = include_bytes!("../models/entities.tagger");
static PHI: &[u8] = include_bytes!("../models/phi.tagger");

/// Opens the terminologies.
///
/// # Errors
/// If they are damaged.
pub fn terminology() -> Result<Terminology, LoadError> {
    Ok(Terminology::new(TERMINOLOGY)?)
}

/// Opens the kinds of medical words.
///
/// # Errors
/// If they are damaged.
pub fn medical_lexicon() -> Result<Lexicon, LoadError> {
    Ok(Lexicon::from_bytes(LEXICON)?)
}

/// Opens the kinds of English words.
///
/// # Errors
/// If they are damaged.
pub fn english_lexicon() -> Result<Lexicon, LoadError> {
    Ok(Lexicon::english()?)
}

/// Opens the tagger of medical entities.
///
/// # Errors
/// If the model is damaged or made for other features.
pub fn entity_tagger() -> Result<Tagger, LoadError> {
    Ok(Tagger::from_bytes(ENTITIES, SCHEMA)?)
}

/// Opens the tagger of protected health information.
///
/// # Errors
/// If the model is damaged or made for other features.
pub fn phi_tagger() -> Result<Tagger, LoadError> {
    Ok(Tagger::from_bytes(PHI, PHI_SCHEMA)?)
}
