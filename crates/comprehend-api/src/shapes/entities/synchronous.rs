//! Entity detection in texts that come with the request, answered at once.

use super::no_custom_model;
use crate::decode::Request;
use crate::error::{ApiError, ErrorCode};
use crate::records::Entity;
use crate::shapes::common::{
    DOCUMENT_READER_CONFIG, DocumentReaderConfig, ENTITY_RECOGNIZER_ENDPOINT_ARN, LANGUAGE_CODE, LanguageCode,
};
use crate::shapes::text::{BATCH_TEXT_REQUEST, BatchItemError, DocumentText, check_batch_size};
use crate::validate::{Rule, Shape, StringRule, optional};
use serde::{Deserialize, Serialize};

/// Longest text of [`DetectEntitiesRequest`], in bytes.
pub const MAX_TEXT_BYTES: usize = 100_000;
/// Longest text of [`BatchDetectEntitiesRequest`], in bytes.
pub const MAX_BATCH_TEXT_BYTES: usize = 5_000;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DetectEntitiesRequest {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<DocumentText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language_code: Option<LanguageCode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint_arn: Option<String>,
    /// In base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<DocumentText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_reader_config: Option<DocumentReaderConfig>,
}

/// What a checked request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntitiesText {
    pub text: DocumentText,
    pub language: LanguageCode,
}

impl DetectEntitiesRequest {
    /// The checks that the shape cannot express. Endpoints and documents other than text belong to custom
    /// models, which this server does not have yet.
    pub fn check(self) -> Result<EntitiesText, ApiError> {
        if let Some(reader) = &self.document_reader_config {
            reader.check()?;
        }
        if self.text.is_some() == self.bytes.is_some() {
            return Err(ApiError::invalid_request(
                "Exactly one of Text and Bytes must be specified.",
            ));
        }
        if self.endpoint_arn.is_some() {
            return Err(no_custom_model(ErrorCode::ResourceUnavailableException, "EndpointArn"));
        }
        let Some(text) = self.text else {
            return Err(ApiError::invalid_request(
                "Bytes can be used only together with EndpointArn.",
            ));
        };
        let Some(language) = self.language_code else {
            return Err(ApiError::invalid_request(
                "LanguageCode is required when EndpointArn is not specified.",
            ));
        };
        text.check_size(MAX_TEXT_BYTES)?;
        Ok(EntitiesText { text, language })
    }
}

/// The members of an entity, and how its score is written, are those of a job's records.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DetectEntitiesResponse<'a> {
    pub entities: Vec<Entity<'a>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct BatchDetectEntitiesRequest {
    pub text_list: Vec<DocumentText>,
    pub language_code: LanguageCode,
}

impl BatchDetectEntitiesRequest {
    /// The check that concerns the batch as a whole. A text that is too long is an error of its own
    /// ([`BatchItemError::of_size`]), and the others are analysed.
    pub fn check(&self) -> Result<(), ApiError> {
        check_batch_size(self.text_list.len())
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BatchDetectEntitiesResponse<'a> {
    /// By index, as are the errors; each text of the request is in one of the two lists.
    pub result_list: Vec<BatchDetectEntitiesItemResult<'a>>,
    pub error_list: Vec<BatchItemError>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BatchDetectEntitiesItemResult<'a> {
    /// Of the text in the request, from 0.
    pub index: usize,
    pub entities: Vec<Entity<'a>>,
}

impl Request for DetectEntitiesRequest {
    const OPERATION: &'static str = "DetectEntities";
    const SHAPE: &'static Shape = &DETECT_REQUEST;
}

impl Request for BatchDetectEntitiesRequest {
    const OPERATION: &'static str = "BatchDetectEntities";
    const SHAPE: &'static Shape = &BATCH_TEXT_REQUEST;
}

static DETECT_REQUEST: Shape = Shape {
    members: &[
        optional("Text", Rule::String(StringRule::new().min(1).sensitive())),
        optional("LanguageCode", LANGUAGE_CODE),
        optional("EndpointArn", ENTITY_RECOGNIZER_ENDPOINT_ARN),
        optional("Bytes", Rule::Blob { min: Some(1) }),
        optional("DocumentReaderConfig", Rule::Structure(&DOCUMENT_READER_CONFIG)),
    ],
};
