//! Classification of one document that comes with the request.

use crate::decode::Request;
use crate::error::ApiError;
use crate::records::Class;
use crate::shapes::classifiers::ClassifierMode;
use crate::shapes::common::{DOCUMENT_CLASSIFIER_ENDPOINT_ARN, DOCUMENT_READER_CONFIG, DocumentReaderConfig};
use crate::shapes::document::{
    DocumentInput, DocumentMetadata, DocumentTypeItem, PageErrorItem, PageWarningItem, document_input,
};
use crate::shapes::text::DocumentText;
use crate::validate::{Rule, Shape, StringRule, optional, required};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ClassifyDocumentRequest {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<DocumentText>,
    pub endpoint_arn: String,
    /// In base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<DocumentText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_reader_config: Option<DocumentReaderConfig>,
}

/// What a checked request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentToClassify {
    pub endpoint_arn: String,
    pub document: DocumentInput,
    /// Whether a document that has its text in the file is to be read from its picture all the same.
    pub forces_reading: bool,
}

impl ClassifyDocumentRequest {
    /// The checks that the shape cannot express.
    pub fn check(self) -> Result<DocumentToClassify, ApiError> {
        if let Some(reader) = &self.document_reader_config {
            reader.check()?;
        }
        let forces_reading = self
            .document_reader_config
            .as_ref()
            .is_some_and(DocumentReaderConfig::forces_reading);
        Ok(DocumentToClassify {
            endpoint_arn: self.endpoint_arn,
            document: document_input(self.text, self.bytes)?,
            forces_reading,
        })
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ClassifyDocumentResponse<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<DocumentClass<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<Vec<DocumentClass<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_metadata: Option<DocumentMetadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_type: Option<Vec<DocumentTypeItem>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<PageErrorItem>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<PageWarningItem>,
}

impl<'a> ClassifyDocumentResponse<'a> {
    /// The answer with `classes`, under the name that they have in this mode.
    pub fn with_classes(self, mode: ClassifierMode, classes: Vec<DocumentClass<'a>>) -> Self {
        match mode {
            ClassifierMode::MultiClass => Self {
                classes: Some(classes),
                ..self
            },
            ClassifierMode::MultiLabel => Self {
                labels: Some(classes),
                ..self
            },
        }
    }
}

/// A class of a document, or a label of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DocumentClass<'a> {
    #[serde(flatten)]
    pub class: Class<'a>,
    /// Where the document came as a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
}

impl Request for ClassifyDocumentRequest {
    const OPERATION: &'static str = "ClassifyDocument";
    const SHAPE: &'static Shape = &REQUEST;
}

static REQUEST: Shape = Shape {
    members: &[
        optional("Text", Rule::String(StringRule::new().min(1).sensitive())),
        required("EndpointArn", DOCUMENT_CLASSIFIER_ENDPOINT_ARN),
        optional("Bytes", Rule::Blob { min: Some(1) }),
        optional("DocumentReaderConfig", Rule::Structure(&DOCUMENT_READER_CONFIG)),
    ],
};
