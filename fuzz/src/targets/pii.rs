//! The PII engine.

use construe_pii::{Engine, Finding, LoadError, Mask, Scratch, TypeSet, redact};
use construe_text::Language;

use super::same;
use crate::{Offsets, Target, check_spans};

/// The engine with one memory that lives through all texts.
pub(super) struct Pii {
    engine: Engine,
    scratch: Scratch,
    found: Vec<Finding>,
}

impl Pii {
    pub(super) fn load() -> Result<Pii, LoadError> {
        let engine = Engine::load()?;
        let scratch = engine.scratch();
        Ok(Pii {
            engine,
            scratch,
            found: Vec::new(),
        })
    }

    fn fresh(&self, language: construe_pii::Language, text: &str) -> Vec<Finding> {
        let mut found = Vec::new();
        self.engine
            .analyze(&mut self.engine.scratch(), text, language, &mut found);
        found
    }
}

fn engine_language(language: Language) -> construe_pii::Language {
    match language {
        Language::Es => construe_pii::Language::Es,
        _ => construe_pii::Language::En,
    }
}

impl Target for Pii {
    fn name(&self) -> &'static str {
        "pii"
    }

    fn languages(&self) -> &[Language] {
        &[Language::En, Language::Es]
    }

    fn check(&mut self, language: Language, text: &str) -> Result<(), String> {
        let language = engine_language(language);
        self.engine.analyze(&mut self.scratch, text, language, &mut self.found);
        let offsets = |found: &Finding| Offsets {
            start: found.start,
            end: found.end,
            byte_start: found.byte_start,
            byte_end: found.byte_end,
        };
        check_spans(text, self.found.iter().map(offsets))?;
        if let Some(found) = self.found.iter().find(|found| !(0.0..=1.0).contains(&found.score)) {
            return Err(format!("{} has the score {}", found.kind.as_str(), found.score));
        }
        same("fresh memory", &self.fresh(language, text), &self.found)?;
        let mut shifted = self.fresh(language, &format!("\n\n{text}"));
        for found in &mut shifted {
            // What could begin in the blank lines is caught by the comparison.
            found.start = found.start.wrapping_sub(2);
            found.end = found.end.wrapping_sub(2);
            found.byte_start = found.byte_start.wrapping_sub(2);
            found.byte_end = found.byte_end.wrapping_sub(2);
        }
        same("a blank paragraph before the text", &shifted, &self.found)?;
        let mut redacted = Vec::new();
        redact(text, &self.found, &TypeSet::all(), Mask::Character('*'), &mut redacted);
        match String::from_utf8(redacted) {
            Ok(redacted) if redacted.chars().count() == text.chars().count() => Ok(()),
            Ok(_) => Err("masking changes the length".to_owned()),
            Err(_) => Err("masking breaks a character".to_owned()),
        }
    }

    fn work(&mut self, language: Language, text: &str) {
        self.engine
            .analyze(&mut self.scratch, text, engine_language(language), &mut self.found);
    }

    fn reset(&mut self) {
        self.scratch = self.engine.scratch();
    }
}
