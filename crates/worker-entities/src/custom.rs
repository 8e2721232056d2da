//! Entities of a customer's own types: a document in, a record out; or one for each page.

use std::sync::Arc;

use construe_comprehend_api::records::{self, PageEntities, PagePlace, RecordWriter};
use construe_comprehend_api::shapes::document::BlockEntity;
use construe_custom_entities::{Entity, Model, Scratch};
use construe_custom_models::Recognizer;
use construe_document_answers::PageBlocks;
use construe_document_reader::{Content, Reader};
use construe_models::Recognition;
use construe_worker::Session;
use construe_worker_records::{RecordAnalysis, RecordSession, Records};

/// Begins an entity detection job with a recognizer of the customer's own.
pub(crate) fn session(analysis: &Recognition, model: Arc<Recognizer>, reader: Arc<Reader>) -> Box<dyn Session> {
    let entities = CustomEntities {
        model,
        scratch: Scratch::default(),
        found: Vec::new(),
    };
    Box::new(RecordSession::new(
        entities,
        reader,
        analysis.reading,
        &analysis.language,
        Records::default(),
    ))
}

struct CustomEntities {
    model: Arc<Recognizer>,
    scratch: Scratch,
    /// In the text in hand; kept for its memory.
    found: Vec<Entity>,
}

impl RecordAnalysis for CustomEntities {
    fn text(&mut self, text: &str, line: Option<u64>, writer: &RecordWriter, out: &mut Vec<u8>) {
        self.model.analyze(&mut self.scratch, text, &mut self.found);
        let entities = self.found.iter().map(|entity| records::Entity {
            begin_offset: entity.start,
            end_offset: entity.end,
            score: entity.score,
            text: &text[entity.byte_start..entity.byte_end],
            entity_type: type_name(&self.model, entity),
        });
        writer.entities(out, line, entities);
    }

    fn page(&mut self, file: &str, content: &Content, place: &PagePlace, writer: &RecordWriter, out: &mut Vec<u8>) {
        self.model.analyze(&mut self.scratch, &content.text, &mut self.found);
        let blocks = PageBlocks::new(place.number, content, file.as_bytes());
        let found = PageEntities {
            blocks: blocks.blocks(),
            entities: entities(&self.model, content, &blocks, &self.found),
        };
        writer.page_entities(out, place, &found);
    }
}

fn entities<'a>(
    model: &'a Model,
    content: &'a Content,
    blocks: &PageBlocks<'_>,
    found: &[Entity],
) -> Vec<BlockEntity<'a>> {
    let entities = found.iter().map(|entity| {
        let bytes = entity.byte_start..entity.byte_end;
        BlockEntity {
            block_references: blocks.references(&bytes),
            score: entity.score,
            text: &content.text[bytes],
            entity_type: type_name(model, entity),
        }
    });
    entities.collect()
}

/// A model's entities have its types.
fn type_name<'m>(model: &'m Model, entity: &Entity) -> &'m str {
    model.types().get(usize::from(entity.kind)).map_or("", String::as_str)
}
