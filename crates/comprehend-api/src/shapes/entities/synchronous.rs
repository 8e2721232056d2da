//! Entity detection in texts that come with the request, answered at once.

use crate::decode::Request;
use crate::error::ApiError;
use crate::records::{Entity, PageEntities};
use crate::shapes::common::{
    DOCUMENT_READER_CONFIG, DocumentReaderConfig, ENTITY_RECOGNIZER_ENDPOINT_ARN, LANGUAGE_CODE, LanguageCode,
};
use crate::shapes::document::{DocumentInput, DocumentMetadata, DocumentTypeItem, PageErrorItem, document_input};
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
pub enum DetectEntitiesInput {
    BuiltIn(EntitiesText),
    Custom(CustomEntitiesDocument),
}

/// A text for the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntitiesText {
    pub text: DocumentText,
    pub language: LanguageCode,
}

/// A document for a recognizer of the caller's own, whose language is that of its training.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomEntitiesDocument {
    pub endpoint_arn: String,
    pub document: DocumentInput,
    /// Whether a document that has its text in the file is to be read from its picture all the same.
    pub forces_reading: bool,
}

impl DetectEntitiesRequest {
    /// The checks that the shape cannot express.
    pub fn check(self) -> Result<DetectEntitiesInput, ApiError> {
        if let Some(reader) = &self.document_reader_config {
            reader.check()?;
        }
        if let Some(endpoint_arn) = self.endpoint_arn {
            let reader = self.document_reader_config.as_ref();
            return Ok(DetectEntitiesInput::Custom(CustomEntitiesDocument {
                endpoint_arn,
                document: document_input(self.text, self.bytes)?,
                forces_reading: reader.is_some_and(DocumentReaderConfig::forces_reading),
            }));
        }
        if self.text.is_some() == self.bytes.is_some() {
            return Err(ApiError::invalid_request(
                "Exactly one of Text and Bytes must be specified.",
            ));
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
        Ok(DetectEntitiesInput::BuiltIn(EntitiesText { text, language }))
    }
}

/// The members of an entity, and how its score is written, are those of a job's records.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DetectEntitiesResponse<'a> {
    pub entities: Vec<Entity<'a>>,
}

/// The answer about a document that came as a file. Of plain text, `found` has no blocks, and `entities` are there
/// in its place.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DetectEntitiesInFileResponse<'a> {
    #[serde(flatten)]
    pub found: Option<PageEntities<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entities: Option<Vec<Entity<'a>>>,
    pub document_metadata: DocumentMetadata,
    pub document_type: Vec<DocumentTypeItem>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<PageErrorItem>,
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
