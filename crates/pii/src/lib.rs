//! Finds and redacts personal information in English and Spanish text: the 36 types of Amazon Comprehend.
//!
//! [`Engine::load`] is the expensive step, [`Engine::analyze`] the cheap one: it works in memory that the caller
//! keeps ([`Scratch`]), takes time linear in the text and cannot fail because of what the text holds. The same
//! text gives the same findings, whatever was analysed before and on however many threads.
//!
//! Numbers, codes, dates, addresses and ages are read by rules (`construe-recognizers`); on names a trained tagger that
//! sees what the rules found has the last word. `models/README.md` has its figures, [`training`] trains it anew.
//!
//! Offsets of findings count Unicode code points, as clients do; byte offsets stand beside them for slicing.

mod engine;
mod language;
mod redact;
mod resolve;
mod tagger;
mod types;

pub use engine::{Engine, Finding, LoadError, Scratch};
pub use language::{Language, UnknownLanguage};
pub use redact::{Mask, redact};
pub use tagger::training;
pub use types::{PiiType, TypeSet, UnknownType};
