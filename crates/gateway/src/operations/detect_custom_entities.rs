//! Entities of a caller's own types in one document that comes with the request, answered at once.

use construe_comprehend_api::ApiError;
use construe_comprehend_api::records::{self, PageEntities};
use construe_comprehend_api::shapes::document::{BlockEntity, DocumentInput};
use construe_comprehend_api::shapes::entities::{
    CustomEntitiesDocument, DetectEntitiesInFileResponse, DetectEntitiesResponse,
};
use construe_custom_entities::{Entity, Model, Scratch};
use construe_document_answers::{self as answers, PageBlocks};
use construe_document_reader::Document;
use construe_models::ResourceKind;

use super::{Call, endpoints, models, to_json};
use crate::analysis;
use crate::failure;
use crate::reading::{self, Stop};
use crate::service::Gateway;

pub async fn detect(gateway: &Gateway, call: &Call<'_>, request: CustomEntitiesDocument) -> Result<Vec<u8>, ApiError> {
    let kind = ResourceKind::EntityRecognizer;
    let (resource, pinned) = endpoints::served(gateway, call, kind, &request.endpoint_arn).await?;
    let options = reading::options(request.forces_reading, &models::language(&resource)?);
    let recognizer = gateway.recognizers.get(&pinned).await.map_err(failure::model)?;
    let reader = gateway.reader.clone();
    let stop = Stop::new();
    let stopped = stop.signal();
    let line = gateway.lines.of(&request.document);
    // The answer points into the document, so it is written where that is.
    let work = move || {
        let model: &Model = &recognizer;
        match request.document {
            DocumentInput::Text(text) => to_json(&DetectEntitiesResponse {
                entities: entities(model, text.as_str()),
            }),
            DocumentInput::Bytes(bytes) => {
                let document = reading::read(&reader, &bytes, &options, &stopped)?;
                to_json(&of_document(model, &document, bytes.as_slice()))
            }
        }
    };
    analysis::on_core(line, work).await?
}

/// The answer about a file; `seed` is what its blocks are named after.
fn of_document<'d>(model: &'d Model, document: &'d Document, seed: &[u8]) -> DetectEntitiesInFileResponse<'d> {
    let mut response = DetectEntitiesInFileResponse {
        found: None,
        entities: None,
        document_metadata: answers::metadata(document),
        document_type: answers::types(document),
        errors: answers::errors(document),
    };
    if document.kind.is_plain_text() {
        let text = document.pages.iter().find_map(|page| page.content.as_ref().ok());
        response.entities = Some(text.map_or_else(Vec::new, |content| entities(model, &content.text)));
        return response;
    }
    let mut found = PageEntities {
        blocks: Vec::new(),
        entities: Vec::new(),
    };
    for page in &document.pages {
        let Ok(content) = &page.content else { continue };
        let blocks = PageBlocks::new(page.number, content, seed);
        let entity = |entity: &Entity| {
            let bytes = entity.byte_start..entity.byte_end;
            BlockEntity {
                block_references: blocks.references(&bytes),
                score: entity.score,
                text: content.text.get(bytes).unwrap_or_default(),
                entity_type: type_name(model, entity),
            }
        };
        found.entities.extend(analyze(model, &content.text).iter().map(entity));
        found.blocks.extend(blocks.blocks());
    }
    response.found = Some(found);
    response
}

fn entities<'t>(model: &'t Model, text: &'t str) -> Vec<records::Entity<'t>> {
    let entity = |entity: &Entity| records::Entity {
        begin_offset: entity.start,
        end_offset: entity.end,
        score: entity.score,
        // The engine's offsets are those of characters of the text.
        text: text.get(entity.byte_start..entity.byte_end).unwrap_or_default(),
        entity_type: type_name(model, entity),
    };
    analyze(model, text).iter().map(entity).collect()
}

/// Every entity is of one of the model's types.
fn type_name<'m>(model: &'m Model, entity: &Entity) -> &'m str {
    model.types().get(usize::from(entity.kind)).map_or("", String::as_str)
}

fn analyze(model: &Model, text: &str) -> Vec<Entity> {
    let mut found = Vec::new();
    model.analyze(&mut Scratch::default(), text, &mut found);
    found
}
