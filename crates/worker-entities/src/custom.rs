//! Entities of a customer's own types: a document in, a record out; or one for each page.

use std::sync::Arc;

use construe_comprehend_api::records::{self, PageEntities};
use construe_comprehend_api::shapes::document::BlockEntity;
use construe_custom_entities::{Entity, Model, Scratch};
use construe_custom_models::Recognizer;
use construe_document_answers::{PageBlocks, page_error, place};
use construe_document_reader::{self as reader, Content, Reader};
use construe_models::Recognition;
use construe_worker::{Document, Outcome, Session};
use construe_worker_records::{DocumentOpener, Opened, Records};

/// Begins an entity detection job with a recognizer of the customer's own.
pub(crate) fn session(analysis: &Recognition, model: Arc<Recognizer>, reader: Arc<Reader>) -> Box<dyn Session> {
    Box::new(CustomSession {
        opener: DocumentOpener::new(reader, analysis.reading, &analysis.language),
        model,
        scratch: Scratch::default(),
        found: Vec::new(),
        records: Records::default(),
    })
}

struct CustomSession {
    model: Arc<Recognizer>,
    scratch: Scratch,
    opener: DocumentOpener,
    /// In the text in hand; kept for its memory.
    found: Vec<Entity>,
    records: Records,
}

impl Session for CustomSession {
    fn analyze(&mut self, document: &Document<'_>, out: &mut Vec<u8>) -> Outcome {
        match self.opener.open(document) {
            Opened::Text(text) => {
                self.model.analyze(&mut self.scratch, text, &mut self.found);
                let entities = self.found.iter().map(|entity| records::Entity {
                    begin_offset: entity.start,
                    end_offset: entity.end,
                    score: entity.score,
                    text: &text[entity.byte_start..entity.byte_end],
                    entity_type: type_name(&self.model, entity),
                });
                self.records.of(document.file).entities(out, document.line, entities);
                Outcome::Analyzed
            }
            Opened::Pages(pages) => self.pages(document.file, &pages, out),
            Opened::Failed(error) => {
                self.records.of(document.file).error(out, document.line, &error);
                Outcome::Failed(error.code())
            }
            Opened::Interrupted => Outcome::Analyzed,
        }
    }
}

impl CustomSession {
    fn pages(&mut self, file: &str, document: &reader::Document, out: &mut Vec<u8>) -> Outcome {
        let writer = self.records.of(file);
        // The outcome of the document: that of its best page.
        let mut outcome = None;
        for page in &document.pages {
            let place = place(document, page);
            match &page.content {
                Ok(content) => {
                    self.model.analyze(&mut self.scratch, &content.text, &mut self.found);
                    let blocks = PageBlocks::new(page.number, content, file.as_bytes());
                    let found = PageEntities {
                        blocks: blocks.blocks(),
                        entities: entities(&self.model, content, &blocks, &self.found),
                    };
                    writer.page_entities(out, &place, &found);
                    outcome = Some(Outcome::Analyzed);
                }
                Err(error) => {
                    writer.page_error(out, &place, &page_error(page.number, error));
                    outcome.get_or_insert(Outcome::Failed(error.code.as_str()));
                }
            }
        }
        outcome.unwrap_or(Outcome::Analyzed)
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
