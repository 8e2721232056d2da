//! Error codes and their rendering.
//!
//! HTTP status: over JSON every client error is 400 as the API reference says, although the service
//! models name 404 and 429 for some; JSON clients look at `__type` only. Authentication failures are
//! 403, as Amazon's JSON services answer them. [`Protocol::status`](crate::protocol::Protocol::status)
//! has that of the other protocol.

use serde::Serialize;
use std::borrow::Cow;
use std::fmt;

macro_rules! error_codes {
    ($($code:ident = $status:literal),+ $(,)?) => {
        /// The `__type` of an error answer.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $($code),+ }

        impl ErrorCode {
            pub const VARIANTS: &'static [Self] = &[$(Self::$code),+];

            /// The name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$code => stringify!($code)),+ }
            }

            /// The HTTP status it is sent with over AWS JSON.
            pub const fn http_status(self) -> u16 {
                match self { $(Self::$code => $status),+ }
            }
        }
    };
}

error_codes! {
    // Before an operation is reached.
    MissingAuthenticationTokenException = 403,
    IncompleteSignatureException = 400,
    UnrecognizedClientException = 403,
    InvalidSignatureException = 403,
    AccessDeniedException = 403,
    UnknownOperationException = 400,
    SerializationException = 400,
    ValidationException = 400,
    RequestEntityTooLargeException = 413,
    // Modelled by one or both services.
    BatchSizeLimitExceededException = 400,
    ConcurrentModificationException = 400,
    InvalidEncodingException = 400,
    InvalidFilterException = 400,
    InvalidRequestException = 400,
    JobNotFoundException = 400,
    KmsKeyValidationException = 400,
    ResourceInUseException = 400,
    ResourceLimitExceededException = 400,
    ResourceNotFoundException = 400,
    ResourceUnavailableException = 400,
    TextSizeLimitExceededException = 400,
    TooManyRequestsException = 400,
    TooManyTagKeysException = 400,
    TooManyTagsException = 400,
    UnsupportedLanguageException = 400,
    InternalServerException = 500,
    ServiceUnavailableException = 503,
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error as the client sees it. The message never holds document text or a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ApiError {
    pub code: ErrorCode,
    pub message: Cow<'static, str>,
    /// What is wrong with the document of an InvalidRequestException.
    pub document: Option<InvalidDocument>,
}

/// Why a document that came with a request cannot be read: `Detail.Reason` of an InvalidRequestException.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidDocument {
    SizeExceeded,
    UnsupportedType,
    PageLimitExceeded,
}

impl InvalidDocument {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SizeExceeded => "DOCUMENT_SIZE_EXCEEDED",
            Self::UnsupportedType => "UNSUPPORTED_DOC_TYPE",
            Self::PageLimitExceeded => "PAGE_LIMIT_EXCEEDED",
        }
    }
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "__type")]
    code: &'a str,
    #[serde(rename = "Message")]
    message: &'a str,
    #[serde(rename = "Reason", skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(rename = "Detail", skip_serializing_if = "Option::is_none")]
    detail: Option<Detail>,
}

#[derive(Serialize)]
struct Detail {
    #[serde(rename = "Reason")]
    reason: &'static str,
}

impl ApiError {
    pub fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            document: None,
        }
    }

    /// A document that came with the request cannot be read.
    pub fn invalid_document(document: InvalidDocument, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            document: Some(document),
            ..Self::invalid_request(message)
        }
    }

    pub fn invalid_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::InvalidRequestException, message)
    }

    pub(crate) fn serialization(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::SerializationException, message)
    }

    pub(crate) fn invalid_signature(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::InvalidSignatureException, message)
    }

    /// Describe or Stop of a job that the caller's account and region do not have.
    pub fn job_not_found() -> Self {
        Self::new(ErrorCode::JobNotFoundException, NOT_FOUND)
    }

    /// A tag operation on a resource, or Describe or Stop of a Comprehend Medical job, that the caller's account and region do not have.
    pub fn resource_not_found() -> Self {
        Self::new(ErrorCode::ResourceNotFoundException, NOT_FOUND)
    }

    /// The answer to a fault of ours; its cause belongs in the log, not here.
    pub fn internal() -> Self {
        Self::new(
            ErrorCode::InternalServerException,
            "An internal error occurred. Retry the request.",
        )
    }

    /// The body of the answer: `{"__type": ..., "Message": ...}`, and what is wrong with a document.
    pub fn to_json(&self) -> Vec<u8> {
        let body = Body {
            code: self.code.as_str(),
            message: &self.message,
            reason: self.document.map(|_| "INVALID_DOCUMENT"),
            detail: self.document.map(|document| Detail {
                reason: document.as_str(),
            }),
        };
        serde_json::to_vec(&body).expect("strings always serialise")
    }
}

const NOT_FOUND: &str = "RESOURCE_NOT_FOUND: Could not find specified resource.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn body_and_status() {
        let error = ApiError::invalid_request("a \"quoted\" name");
        assert_eq!(
            error.to_json(),
            br#"{"__type":"InvalidRequestException","Message":"a \"quoted\" name"}"#
        );
        let document = ApiError::invalid_document(InvalidDocument::PageLimitExceeded, "too many");
        assert_eq!(
            document.to_json(),
            br#"{"__type":"InvalidRequestException","Message":"too many","Reason":"INVALID_DOCUMENT","Detail":{"Reason":"PAGE_LIMIT_EXCEEDED"}}"#
        );
        assert_eq!(error.code.http_status(), 400);
        assert_eq!(error.to_string(), "InvalidRequestException: a \"quoted\" name");
        assert_eq!(ApiError::internal().code.http_status(), 500);
        assert_eq!(ErrorCode::RequestEntityTooLargeException.http_status(), 413);
        assert_eq!(ErrorCode::InvalidSignatureException.http_status(), 403);
        assert_eq!(ErrorCode::JobNotFoundException.http_status(), 400);
    }
}
