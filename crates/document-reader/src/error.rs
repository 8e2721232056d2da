//! What can go wrong with a whole document, and what with one page of it.
//!
//! Messages say what was wrong with a file, never what stands in it.

use crate::Kind;
use std::time::Duration;

/// Why no page of a document was read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The file is larger than files of its kind may be.
    #[error("the {kind} has {bytes} bytes; at most {limit} are read")]
    Size { kind: Kind, bytes: usize, limit: usize },
    /// Neither UTF-8 text nor PDF, DOCX, PNG, JPEG or TIFF.
    #[error("the document is of a type that cannot be read: expected UTF-8 text, PDF, DOCX, PNG, JPEG or TIFF")]
    Unsupported,
    /// More pages than may be read.
    #[error("the document has {pages} pages; at most {limit} are read")]
    Pages { pages: u32, limit: u32 },
    /// Protected by a password or by rights.
    #[error("the {kind} is encrypted")]
    Encrypted { kind: Kind },
    /// Damaged, or not what its first bytes say it is.
    #[error("the {kind} is damaged: {reason}")]
    Corrupt { kind: Kind, reason: &'static str },
    /// Small in the file, huge in memory.
    #[error("the {kind} expands to more than {limit} bytes")]
    Expansion { kind: Kind, limit: usize },
    /// The time for the document ran out.
    #[error("reading took longer than {} s", limit.as_secs_f32())]
    Time { limit: Duration },
    /// The document needs text recognition, and there is no program for it.
    #[error("text in images cannot be read: {0}")]
    OcrUnavailable(#[source] crate::OcrUnavailable),
    /// The caller asked to stop.
    #[error("reading was stopped")]
    Stopped,
}

impl ReadError {
    /// The API's `Detail.Reason` of an InvalidRequestException, or `None` where the document is not to
    /// blame (time, a missing program, a stop).
    #[must_use]
    pub fn invalid_reason(&self) -> Option<&'static str> {
        match self {
            Self::Size { .. } | Self::Expansion { .. } => Some("DOCUMENT_SIZE_EXCEEDED"),
            Self::Unsupported | Self::Encrypted { .. } | Self::Corrupt { .. } => Some("UNSUPPORTED_DOC_TYPE"),
            Self::Pages { .. } => Some("PAGE_LIMIT_EXCEEDED"),
            Self::Time { .. } | Self::OcrUnavailable(_) | Self::Stopped => None,
        }
    }
}

/// The codes of errors of one page: the API's `PageBasedErrorCode`, less throughput, which nothing
/// here limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageErrorCode {
    /// The page cannot be read by text recognition.
    BadPage,
    /// More characters on the page than may be.
    CharactersExceeded,
    /// The page is too large: as an image, or unpacked.
    SizeExceeded,
    /// Not the document's fault, or not known to be.
    Internal,
}

impl PageErrorCode {
    /// The value of the API's enumeration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadPage => "TEXTRACT_BAD_PAGE",
            Self::CharactersExceeded => "PAGE_CHARACTERS_EXCEEDED",
            Self::SizeExceeded => "PAGE_SIZE_EXCEEDED",
            Self::Internal => "INTERNAL_SERVER_ERROR",
        }
    }
}

/// Why one page was not read; the others of its document may have been.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PageError {
    /// The API's code.
    pub code: PageErrorCode,
    /// What to tell the user: a sentence without any of the page's text.
    pub message: String,
}

impl PageError {
    pub(crate) fn new(code: PageErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    pub(crate) fn bad_page(message: impl Into<String>) -> Self {
        Self::new(PageErrorCode::BadPage, message)
    }

    pub(crate) fn size(message: impl Into<String>) -> Self {
        Self::new(PageErrorCode::SizeExceeded, message)
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(PageErrorCode::Internal, message)
    }
}

/// What stops the reading of a page: this page's own trouble, or the whole document's.
pub(crate) enum Failure {
    Page(PageError),
    Document(ReadError),
}

impl From<PageError> for Failure {
    fn from(error: PageError) -> Self {
        Self::Page(error)
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        Self::Document(error)
    }
}
