//! The medical engine, whose entities may overlap.

use construe_medical::{Analysis, Engine, Entity, LoadError, Scratch};
use construe_text::Language;

use super::same;
use crate::{Offsets, Target, check_spans};

/// The engine with one memory that lives through all texts.
pub(super) struct Medical {
    engine: Engine,
    scratch: Scratch,
    analysis: Analysis,
    phi: Vec<Entity>,
}

impl Medical {
    pub(super) fn load() -> Result<Medical, LoadError> {
        let engine = Engine::load()?;
        let scratch = engine.scratch();
        Ok(Medical {
            engine,
            scratch,
            analysis: Analysis::new(),
            phi: Vec::new(),
        })
    }
}

/// The places of all entities and attributes.
fn places(analysis: &Analysis) -> impl Iterator<Item = Offsets> {
    let entities = analysis.entities.iter().map(offsets);
    let attached = analysis.entities.iter().flat_map(|entity| &entity.attributes);
    let unmapped = analysis.unmapped.iter().map(|unmapped| &unmapped.attribute);
    entities.chain(attached.chain(unmapped).map(|attribute| Offsets {
        start: attribute.start,
        end: attribute.end,
        byte_start: attribute.byte_start,
        byte_end: attribute.byte_end,
    }))
}

fn offsets(entity: &Entity) -> Offsets {
    Offsets {
        start: entity.start,
        end: entity.end,
        byte_start: entity.byte_start,
        byte_end: entity.byte_end,
    }
}

impl Target for Medical {
    fn name(&self) -> &'static str {
        "medical"
    }

    fn languages(&self) -> &[Language] {
        &[Language::En]
    }

    fn check(&mut self, language: Language, text: &str) -> Result<(), String> {
        self.work(language, text);
        for place in places(&self.analysis) {
            check_spans(text, [place])?;
        }
        check_spans(text, self.phi.iter().map(offsets))?;
        let entities = self.analysis.entities.iter();
        if !entities.map(|entity| entity.byte_start).is_sorted() {
            return Err("entities are out of order".to_owned());
        }
        let (mut analysis, mut phi) = (Analysis::new(), Vec::new());
        let mut scratch = self.engine.scratch();
        self.engine.analyze_entities(&mut scratch, text, &mut analysis);
        self.engine.analyze_phi(&mut scratch, text, &mut phi);
        same("fresh memory", &analysis, &self.analysis)?;
        same("fresh memory", &phi, &self.phi)
    }

    fn work(&mut self, _: Language, text: &str) {
        self.engine
            .analyze_entities(&mut self.scratch, text, &mut self.analysis);
        self.engine.analyze_phi(&mut self.scratch, text, &mut self.phi);
    }

    fn reset(&mut self) {
        self.scratch = self.engine.scratch();
    }
}
