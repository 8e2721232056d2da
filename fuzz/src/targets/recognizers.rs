//! The recognizers behind the PII engine, which may report overlapping candidates.

use construe_recognizers::{Candidate, GazetteerError, Kinds, Recognizers as Engine, Scratch};
use construe_text::Language;

use super::same;
use crate::Target;

/// The recognizers with one memory that lives through all texts.
pub(super) struct Recognizers {
    engine: Engine,
    scratch: Scratch,
    found: Vec<Candidate>,
}

impl Recognizers {
    pub(super) fn load() -> Result<Recognizers, GazetteerError> {
        Ok(Recognizers {
            engine: Engine::load()?,
            scratch: Scratch::default(),
            found: Vec::new(),
        })
    }
}

fn engine_language(language: Language) -> construe_recognizers::Language {
    match language {
        Language::Es => construe_recognizers::Language::Spanish,
        _ => construe_recognizers::Language::English,
    }
}

impl Target for Recognizers {
    fn name(&self) -> &'static str {
        "recognizers"
    }

    fn languages(&self) -> &[Language] {
        &[Language::En, Language::Es]
    }

    fn check(&mut self, language: Language, text: &str) -> Result<(), String> {
        self.work(language, text);
        for found in &self.found {
            let span = found.span;
            let inside = span.start < span.end && span.end <= text.len();
            if !inside || !text.is_char_boundary(span.start) || !text.is_char_boundary(span.end) {
                return Err(format!("{found:?}: empty, outside the text or inside a character"));
            }
            if !found.score.is_finite() || found.score < 0.0 {
                return Err(format!("{found:?}: a score that is none"));
            }
        }
        let mut fresh = Vec::new();
        let wanted = Kinds::ALL;
        self.engine.find(
            &mut Scratch::default(),
            text,
            engine_language(language),
            wanted,
            &mut fresh,
        );
        same("fresh memory", &fresh, &self.found)
    }

    fn work(&mut self, language: Language, text: &str) {
        self.found.clear();
        let Recognizers { engine, scratch, found } = self;
        engine.find(scratch, text, engine_language(language), Kinds::ALL, found);
    }

    fn reset(&mut self) {
        self.scratch = Scratch::default();
    }
}
