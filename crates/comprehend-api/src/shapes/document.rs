//! Documents for custom models: as requests bring them, and what answers and records tell about their pages.

use crate::error::ApiError;
use crate::shapes::text::DocumentText;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Serialize;
use std::fmt;

/// Longest text for a custom model, in bytes.
pub const MAX_TEXT_BYTES: usize = 10_000;
/// Longest file for a custom model, in bytes: "10 MB", read generously.
pub const MAX_FILE_BYTES: usize = 10 << 20;

/// Longest file of a job that works with a custom model, in bytes: "50 MB" for a PDF, which may be the longest. Other
/// kinds of documents have lower limits, which hold once it is seen what a file is.
pub const JOB_FILE_LIMIT: u64 = 50 << 20;

/// The bytes of a document, as a request brings them. Its `Debug` shows nothing of them.
#[derive(Clone, PartialEq, Eq)]
pub struct DocumentBytes(Vec<u8>);

impl DocumentBytes {
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for DocumentBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DocumentBytes({} bytes)", self.0.len())
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentInput {
    Text(DocumentText),
    Bytes(DocumentBytes),
}

/// Clients of this protocol pad base64, but those that do not are understood as well.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The document of a request for a custom model, of which `bytes` is in base64.
pub(super) fn document_input(
    text: Option<DocumentText>,
    bytes: Option<DocumentText>,
) -> Result<DocumentInput, ApiError> {
    match (text, bytes) {
        (Some(text), None) => {
            text.check_size(MAX_TEXT_BYTES)?;
            Ok(DocumentInput::Text(text))
        }
        (None, Some(bytes)) => BASE64
            .decode(bytes.as_str())
            .map(|bytes| DocumentInput::Bytes(DocumentBytes(bytes)))
            .map_err(|_| ApiError::serialization("The member 'bytes' is not in base64.")),
        _ => Err(ApiError::invalid_request(
            "Exactly one of Text and Bytes must be specified.",
        )),
    }
}

/// What was extracted from a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DocumentMetadata {
    pub pages: u32,
    pub extracted_characters: Vec<ExtractedCharacters>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExtractedCharacters {
    /// Counted from 1, here and below.
    pub page: u32,
    pub count: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DocumentTypeItem {
    pub page: u32,
    /// Such as `NATIVE_PDF`.
    #[serde(rename = "Type")]
    pub document_type: &'static str,
}

/// A page that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PageErrorItem {
    pub page: u32,
    /// Such as `PAGE_CHARACTERS_EXCEEDED`.
    pub error_code: &'static str,
    pub error_message: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PageWarningItem {
    pub page: u32,
    pub warn_code: &'static str,
    pub warn_message: &'static str,
}

impl PageWarningItem {
    /// A text before a classifier that was trained with documents that are not plain text.
    pub const fn native_model() -> Self {
        Self {
            page: 1,
            warn_code: "INFERENCING_PLAINTEXT_WITH_NATIVE_TRAINED_MODEL",
            warn_message: "The classifier was trained with documents that are not plain text.",
        }
    }

    /// A page with a layout before a classifier that was trained with plain text.
    pub const fn plain_text_model(page: u32) -> Self {
        Self {
            page,
            warn_code: "INFERENCING_NATIVE_DOCUMENT_WITH_PLAINTEXT_TRAINED_MODEL",
            warn_message: "The classifier was trained with plain text: the page's layout was not considered.",
        }
    }
}

/// A line of a page, or a word of it.
#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Block<'a> {
    pub id: String,
    pub block_type: BlockType,
    pub text: &'a str,
    pub page: u32,
    /// Unknown where documents have no layout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub geometry: Option<Geometry>,
    /// Of a line, its words.
    pub relationships: Vec<Relationship>,
}

/// Without the text, which belongs in no log.
impl fmt::Debug for Block<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Block")
            .field("id", &self.id)
            .field("block_type", &self.block_type)
            .field("page", &self.page)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum BlockType {
    Line,
    Word,
}

/// In parts of the page's width and height, from the upper left corner.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Geometry {
    pub bounding_box: BoundingBox,
    /// The four corners, clockwise from the upper left one.
    pub polygon: [Point; 4],
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BoundingBox {
    pub height: f32,
    pub left: f32,
    pub top: f32,
    pub width: f32,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Point {
    pub x: f32,
    pub y: f32,
}

impl From<BoundingBox> for Geometry {
    fn from(bounds: BoundingBox) -> Self {
        let (left, top) = (bounds.left, bounds.top);
        let (right, bottom) = (left + bounds.width, top + bounds.height);
        let polygon = [(left, top), (right, top), (right, bottom), (left, bottom)];
        Self {
            bounding_box: bounds,
            polygon: polygon.map(|(x, y)| Point { x, y }),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Relationship {
    pub ids: Vec<String>,
    #[serde(rename = "Type")]
    pub relationship: &'static str,
}

impl Relationship {
    pub fn children(ids: Vec<String>) -> Self {
        Self {
            ids,
            relationship: "CHILD",
        }
    }
}

/// Where an entity stands: in which line, and in which words of it. Offsets count characters of that block's text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BlockReference {
    pub block_id: String,
    pub begin_offset: usize,
    pub end_offset: usize,
    pub child_blocks: Vec<ChildBlock>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ChildBlock {
    pub child_block_id: String,
    pub begin_offset: usize,
    pub end_offset: usize,
}

/// An entity of a page: its place is in blocks.
#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BlockEntity<'a> {
    pub block_references: Vec<BlockReference>,
    /// 0 to 1.
    pub score: f32,
    pub text: &'a str,
    #[serde(rename = "Type")]
    pub entity_type: &'a str,
}

/// Without the text, which belongs in no log.
impl fmt::Debug for BlockEntity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockEntity")
            .field("block_references", &self.block_references)
            .field("score", &self.score)
            .field("entity_type", &self.entity_type)
            .finish_non_exhaustive()
    }
}
