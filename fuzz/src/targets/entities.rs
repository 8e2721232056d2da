//! The engine of entities, in all its languages.

use construe_entities::{Engine, Entity, LoadError, Scratch};
use construe_text::Language;

use super::same;
use crate::{Offsets, Target, check_spans};

/// The engine with one memory that lives through all texts.
pub(super) struct Entities {
    engine: Engine,
    scratch: Scratch,
    found: Vec<Entity>,
}

impl Entities {
    pub(super) fn load() -> Result<Entities, LoadError> {
        let engine = Engine::load()?;
        let scratch = engine.scratch();
        Ok(Entities {
            engine,
            scratch,
            found: Vec::new(),
        })
    }

    fn fresh(&self, language: Language, text: &str) -> Vec<Entity> {
        let mut found = Vec::new();
        self.engine
            .analyze(&mut self.engine.scratch(), text, language, &mut found);
        found
    }
}

impl Target for Entities {
    fn name(&self) -> &'static str {
        "entities"
    }

    fn languages(&self) -> &[Language] {
        &Language::ALL
    }

    fn check(&mut self, language: Language, text: &str) -> Result<(), String> {
        self.engine.analyze(&mut self.scratch, text, language, &mut self.found);
        let offsets = |found: &Entity| Offsets {
            start: found.start,
            end: found.end,
            byte_start: found.byte_start,
            byte_end: found.byte_end,
        };
        check_spans(text, self.found.iter().map(offsets))?;
        if let Some(found) = self.found.iter().find(|found| !(0.0..=1.0).contains(&found.score)) {
            return Err(format!("{} has the score {}", found.kind.name(), found.score));
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
        same("a blank paragraph before the text", &shifted, &self.found)
    }

    fn work(&mut self, language: Language, text: &str) {
        self.engine.analyze(&mut self.scratch, text, language, &mut self.found);
    }

    fn reset(&mut self) {
        self.scratch = self.engine.scratch();
    }
}
