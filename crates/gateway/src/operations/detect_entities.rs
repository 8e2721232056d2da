//! Entity detection in texts that come with the request, answered at once.

use construe_comprehend_api::ApiError;
use construe_comprehend_api::records;
use construe_comprehend_api::shapes::common::LanguageCode;
use construe_comprehend_api::shapes::entities::{
    BatchDetectEntitiesItemResult, BatchDetectEntitiesRequest, BatchDetectEntitiesResponse, DetectEntitiesInput,
    DetectEntitiesRequest, DetectEntitiesResponse, MAX_BATCH_TEXT_BYTES,
};
use construe_comprehend_api::shapes::text::{BatchItemError, DocumentText};
use construe_entities::{Engine, Entity, Language};

use super::{Call, detect_custom_entities, to_json};
use crate::analysis::Analyst;
use crate::service::Gateway;

/// The answers below point into texts, so they are written where the texts are.
type Answer = Result<Vec<u8>, ApiError>;

pub async fn detect(gateway: &Gateway, call: &Call<'_>) -> Answer {
    let request = call
        .decode_document::<DetectEntitiesRequest, _>(DetectEntitiesRequest::check)
        .await?;
    let request = match request {
        DetectEntitiesInput::BuiltIn(request) => request,
        DetectEntitiesInput::Custom(request) => return detect_custom_entities::detect(gateway, call, request).await,
    };
    let language = language(request.language)?;
    let work = move |analyst: &mut Analyst<'_, Engine>| {
        let text = request.text.as_str();
        let found = analyst.analyze(text, language).map_err(|_| ApiError::internal())?;
        to_json(&DetectEntitiesResponse {
            entities: entities(text, found),
        })
    };
    gateway.entities.run(work).await?
}

pub async fn detect_batch(gateway: &Gateway, call: &Call<'_>) -> Answer {
    let request: BatchDetectEntitiesRequest = call.decode()?;
    request.check()?;
    let language = language(request.language_code)?;
    let work = move |analyst: &mut Analyst<'_, Engine>| {
        let mut answer = BatchDetectEntitiesResponse {
            result_list: Vec::new(),
            error_list: Vec::new(),
        };
        for (index, text) in request.text_list.iter().enumerate() {
            match detect_in_batch(analyst, index, text, language) {
                Ok(entities) => answer
                    .result_list
                    .push(BatchDetectEntitiesItemResult { index, entities }),
                Err(error) => answer.error_list.push(error),
            }
        }
        to_json(&answer)
    };
    gateway.entities.run(work).await?
}

fn detect_in_batch<'t>(
    analyst: &mut Analyst<'_, Engine>,
    index: usize,
    text: &'t DocumentText,
    language: Language,
) -> Result<Vec<records::Entity<'t>>, BatchItemError> {
    if let Some(error) = BatchItemError::of_size(index, text, MAX_BATCH_TEXT_BYTES) {
        return Err(error);
    }
    let found = analyst
        .analyze(text.as_str(), language)
        .map_err(|_| BatchItemError::internal(index))?;
    Ok(entities(text.as_str(), found))
}

/// The engine's name for a language.
fn language(code: LanguageCode) -> Result<Language, ApiError> {
    Language::from_code(code.as_str()).ok_or_else(|| {
        tracing::error!(
            language = code.as_str(),
            "the engine does not know a language of the protocol"
        );
        ApiError::internal()
    })
}

fn entities<'t>(text: &'t str, found: &[Entity]) -> Vec<records::Entity<'t>> {
    let entity = |entity: &Entity| records::Entity {
        begin_offset: entity.start,
        end_offset: entity.end,
        score: entity.score,
        // The engine's offsets are those of characters of the text.
        text: text.get(entity.byte_start..entity.byte_end).unwrap_or_default(),
        entity_type: entity.kind.name(),
    };
    found.iter().map(entity).collect()
}
