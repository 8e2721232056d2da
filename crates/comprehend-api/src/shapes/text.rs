//! What the synchronous operations on one text share: the text, its size, its language.

use super::common::{LANGUAGE_CODE, LanguageCode};
use crate::error::{ApiError, ErrorCode};
use crate::validate::{ListRule, Rule, Shape, StringRule, required};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The text of a document, as a request brings it. Its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DocumentText(String);

impl DocumentText {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Refuses a text of more than `limit` bytes of UTF-8. The limits are decimal ("100 KB" is 100,000
    /// bytes), as the service's own error text says; jobs count in powers of two.
    pub(super) fn check_size(&self, limit: usize) -> Result<(), ApiError> {
        let size = self.0.len();
        if size <= limit {
            return Ok(());
        }
        Err(ApiError::new(
            ErrorCode::TextSizeLimitExceededException,
            format!(
                "Input text size exceeds limit. Max length of request text allowed is {limit} bytes while in this \
                 request the text size is {size} bytes"
            ),
        ))
    }
}

impl fmt::Debug for DocumentText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DocumentText({} bytes)", self.0.len())
    }
}

/// Most texts in one batch.
pub const MAX_BATCH_TEXTS: usize = 25;

pub(super) fn check_batch_size(texts: usize) -> Result<(), ApiError> {
    if texts <= MAX_BATCH_TEXTS {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::BatchSizeLimitExceededException,
        format!("Batch size exceeds limit. A request can have {MAX_BATCH_TEXTS} texts while this one has {texts}"),
    ))
}

/// Why a text of a batch has no result; the others have theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BatchItemError {
    /// Of the text in the request, from 0.
    pub index: usize,
    pub error_code: &'static str,
    pub error_message: String,
}

impl BatchItemError {
    /// The error of a text over `limit` bytes.
    pub fn of_size(index: usize, text: &DocumentText, limit: usize) -> Option<Self> {
        let error = text.check_size(limit).err()?;
        Some(Self {
            index,
            error_code: "TEXT_SIZE_LIMIT_EXCEEDED",
            error_message: error.message.into_owned(),
        })
    }

    /// The analysis failed for a reason of ours.
    pub fn internal(index: usize) -> Self {
        Self {
            index,
            error_code: "INTERNAL_SERVER_ERROR",
            error_message: "Text could not be analyzed.".to_owned(),
        }
    }
}

/// Refuses a language that the service has but `operation` does not.
pub(super) fn check_language(
    operation: &str,
    language: LanguageCode,
    supported: &[LanguageCode],
) -> Result<(), ApiError> {
    if supported.contains(&language) {
        return Ok(());
    }
    let supported: Vec<&str> = supported.iter().map(|language| language.as_str()).collect();
    Err(ApiError::new(
        ErrorCode::UnsupportedLanguageException,
        format!(
            "{operation} does not support the language '{language}'. Supported languages: {}.",
            supported.join(", ")
        ),
    ))
}

/// A text in a stated language. The model does not mark `Text` as sensitive; it is all the same.
pub(super) static TEXT_REQUEST: Shape = Shape {
    members: &[
        required("Text", Rule::String(StringRule::new().min(1).sensitive())),
        required("LanguageCode", LANGUAGE_CODE),
    ],
};

/// Texts in one stated language.
pub(super) static BATCH_TEXT_REQUEST: Shape = Shape {
    members: &[
        required(
            "TextList",
            Rule::List(
                ListRule::of(&Rule::String(StringRule::new().min(1).sensitive()))
                    .min(1)
                    .sensitive(),
            ),
        ),
        required("LanguageCode", LANGUAGE_CODE),
    ],
};
