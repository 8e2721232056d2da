//! Medical entities and protected health information in one text, answered at once.

use construe_comprehend_api::ApiError;
use construe_comprehend_api::shapes::medical::detect::{DetectEntitiesV2Request, DetectPhiRequest};
use construe_medical::Engine;

use super::{Call, to_json};
use crate::analysis::{Analyst, MedicalQuestion};
use crate::service::Gateway;

/// The answers point into texts, so they are written where the texts are.
type Answer = Result<Vec<u8>, ApiError>;

pub async fn entities(gateway: &Gateway, call: &Call<'_>) -> Answer {
    let request: DetectEntitiesV2Request = call.decode()?;
    request.check()?;
    let work = move |analyst: &mut Analyst<'_, Engine>| {
        let text = request.text.as_str();
        let found = analyst
            .analyze(text, MedicalQuestion::Entities)
            .map_err(|_| ApiError::internal())?;
        to_json(&construe_medical_answers::entities(text, found))
    };
    gateway.medical.run(work).await?
}

pub async fn phi(gateway: &Gateway, call: &Call<'_>) -> Answer {
    let request: DetectPhiRequest = call.decode()?;
    request.check()?;
    let work = move |analyst: &mut Analyst<'_, Engine>| {
        let text = request.text.as_str();
        let found = analyst
            .analyze(text, MedicalQuestion::Phi)
            .map_err(|_| ApiError::internal())?;
        to_json(&construe_medical_answers::phi(text, &found.entities))
    };
    gateway.medical.run(work).await?
}
