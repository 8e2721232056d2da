//! Finds entities in text of twelve languages: persons, places, organizations, products, events, dates, quantities,
//! titles of works and others.
//!
//! [`Engine::load`] opens the engine; the model of a language is loaded by [`Engine::prepare`], or with the first text.
//! [`Engine::analyze`] works in memory that the caller keeps ([`Scratch`]), takes time linear in the text and cannot
//! fail because of what the text holds. The same text gives the same entities, whatever was analysed before and on
//! however many threads.
//!
//! Offsets count Unicode code points, as clients do; byte offsets stand beside them for slicing.

mod engine;
mod knowledge;
pub mod languages;
pub mod training;
mod types;

pub use construe_text::Language;
pub use engine::{Engine, Entity, LoadError, Scratch};
pub use knowledge::{EntityKnowledge, KnowledgeError, WordLists};
pub use types::{EntityType, UnknownType};
