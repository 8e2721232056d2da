//! What a recogniser knows beyond the text: all that the entity engine knows, what it finds, and the list of entities.

use std::ops::Range;
use std::sync::Arc;

use construe_entities::{Engine, Entity, EntityKnowledge};
use construe_tagging::{Document, Knowledge, Marks, WordFeatures};
use construe_text::Language;

use crate::list::Entities;
use crate::resources::Resources;

/// Version of these features: to be raised with every change. Those of the entity engine's knowledge have their own.
const SCHEMA: &str = "custom entities 1";

// Marks: those of the entity engine's knowledge lie below 2000.
/// What the engine finds, by type.
const ENGINE: u32 = 2000;
/// The same by type and score.
const ENGINE_SCORE: u32 = 2100;
/// Entities of the list, by type.
const LISTED: u32 = 2200;

/// Knowledge for one recogniser.
pub(crate) struct CustomKnowledge {
    language: Language,
    words: EntityKnowledge,
    /// Left out where it has little to say: reading takes a third of the time then.
    engine: Option<Arc<Engine>>,
    list: Entities,
    schema: String,
}

/// Memory for the search of passages.
#[derive(Default)]
pub(crate) struct CustomScratch {
    words: <EntityKnowledge as Knowledge>::Scratch,
    engine: Option<construe_entities::Scratch>,
    entities: Vec<Entity>,
    /// Entities of the list in the last document: tokens and type, in order.
    pub(crate) listed: Vec<(Range<usize>, u8)>,
}

impl CustomKnowledge {
    /// With the engine, made ready for the language, or without it.
    pub(crate) fn new(
        resources: &Resources,
        language: Language,
        engine: Option<&Arc<Engine>>,
        list: Entities,
    ) -> CustomKnowledge {
        let words = resources.words(language);
        CustomKnowledge {
            language,
            schema: format!("{SCHEMA}, {}", words.schema()),
            words,
            engine: engine.cloned(),
            list,
        }
    }

    /// Whether what the entity engine finds is among the features.
    pub(crate) fn has_engine(&self) -> bool {
        self.engine.is_some()
    }

    pub(crate) fn list(&self) -> &Entities {
        &self.list
    }
}

impl Knowledge for CustomKnowledge {
    type Scratch = CustomScratch;

    fn schema(&self) -> &str {
        &self.schema
    }

    fn word(&self, surface: &str, folded: &str, out: &mut WordFeatures) {
        self.words.word(surface, folded, out);
    }

    fn passages(&self, scratch: &mut CustomScratch, document: &Document<'_>, out: &mut Marks) {
        self.words.passages(&mut scratch.words, document, out);
        if let Some(engine) = &self.engine {
            let memory = scratch.engine.get_or_insert_with(|| engine.scratch());
            engine.analyze(memory, document.text, self.language, &mut scratch.entities);
            for entity in &scratch.entities {
                let tokens = document.tokens_in(entity.byte_start..entity.byte_end);
                let kind = entity.kind as u32;
                let sure = (entity.score * 4.0) as u32;
                out.add(tokens.clone(), ENGINE + kind);
                out.add(tokens, ENGINE_SCORE + kind * 5 + sure.min(4));
            }
        }
        scratch.listed.clear();
        self.list.find(document, |tokens, kind| {
            out.add(tokens.clone(), LISTED + u32::from(kind));
            scratch.listed.push((tokens, kind));
        });
    }
}
