//! From a document that was read to what Comprehend tells about it: pages, their types and errors, the lines and words
//! in which entities stand.
//!
//! The gateway answers with this, and workers write it into records: the same document has the same blocks either way.

mod blocks;

pub use blocks::PageBlocks;

use construe_comprehend_api::records::{DocumentError, PagePlace};
use construe_comprehend_api::shapes::document::{
    DocumentMetadata, DocumentTypeItem, ExtractedCharacters, PageErrorItem, PageWarningItem,
};
use construe_comprehend_api::{ApiError, ErrorCode, InvalidDocument};
use construe_document_reader::{Document, Page, PageError, ReadError};

/// Number of the last page that was read or could not be.
fn pages(document: &Document) -> u32 {
    document.pages.iter().map(|page| page.number).max().unwrap_or_default()
}

/// What was extracted from each page.
pub fn metadata(document: &Document) -> DocumentMetadata {
    let characters = document.pages.iter().map(|page| ExtractedCharacters {
        page: page.number,
        count: page.content.as_ref().map_or(0, |content| content.text.chars().count()),
    });
    DocumentMetadata {
        pages: pages(document),
        extracted_characters: characters.collect(),
    }
}

/// What each page is.
pub fn types(document: &Document) -> Vec<DocumentTypeItem> {
    let types = document.pages.iter().map(|page| DocumentTypeItem {
        page: page.number,
        document_type: page.kind.api_name(),
    });
    types.collect()
}

/// The pages that could not be read.
pub fn errors(document: &Document) -> Vec<PageErrorItem> {
    let errors = document.pages.iter().filter_map(|page| {
        let error = page.content.as_ref().err()?;
        Some(page_error(page.number, error))
    });
    errors.collect()
}

pub fn page_error(page: u32, error: &PageError) -> PageErrorItem {
    PageErrorItem {
        page,
        error_code: error.code.as_str(),
        error_message: sentence(&error.message),
    }
}

/// The pages whose layout a classifier did not consider.
pub fn warnings(document: &Document) -> Vec<PageWarningItem> {
    let with_layout = document
        .pages
        .iter()
        .filter(|page| page.content.is_ok() && !page.kind.is_plain_text());
    with_layout
        .map(|page| PageWarningItem::plain_text_model(page.number))
        .collect()
}

/// Which page a job's record is about.
pub fn place(document: &Document, page: &Page) -> PagePlace {
    PagePlace {
        number: page.number,
        pages: pages(document),
        document_type: page.kind.job_name(),
    }
}

/// What a job records in place of a document of which nothing could be read.
pub fn document_error(error: &ReadError) -> DocumentError {
    let code = match error.invalid_reason() {
        Some(reason) => reason,
        // What reads pictures stands for the service that reads them at Amazon's: it cannot be used.
        None if matches!(error, ReadError::OcrUnavailable(_)) => "TEXTRACT_ACCESS_DENIED",
        None => "INTERNAL_SERVER_ERROR",
    };
    DocumentError::Unreadable {
        code,
        message: sentence(&error.to_string()),
    }
}

/// The error of a request whose document cannot be read.
pub fn api_error(error: &ReadError) -> ApiError {
    let message = sentence(&error.to_string());
    match error {
        ReadError::Size { .. } | ReadError::Expansion { .. } => {
            ApiError::invalid_document(InvalidDocument::SizeExceeded, message)
        }
        ReadError::Unsupported | ReadError::Encrypted { .. } | ReadError::Corrupt { .. } => {
            ApiError::invalid_document(InvalidDocument::UnsupportedType, message)
        }
        ReadError::Pages { .. } => ApiError::invalid_document(InvalidDocument::PageLimitExceeded, message),
        ReadError::OcrUnavailable(_) => ApiError::new(ErrorCode::ResourceUnavailableException, message),
        ReadError::Time { .. } => ApiError::invalid_request(message),
        ReadError::Stopped => ApiError::internal(),
    }
}

/// From an error's text to one for clients: with a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(char::to_uppercase);
    let mut sentence: String = first.into_iter().flatten().chain(characters).collect();
    if !sentence.ends_with('.') {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;
    use construe_document_reader::{Content, Kind, PageErrorCode};

    fn page(number: u32, kind: Kind, content: Result<&str, PageErrorCode>) -> Page {
        let content = content.map_err(|code| PageError {
            code,
            message: "a page without sense".into(),
        });
        Page {
            number,
            kind,
            content: content.map(|text| Content {
                text: text.into(),
                lines: Vec::new(),
            }),
        }
    }

    #[test]
    fn what_is_told_about_pages() {
        let document = Document {
            kind: Kind::NativePdf,
            pages: vec![
                page(1, Kind::NativePdf, Ok("é😀x")),
                page(2, Kind::ScannedPdf, Err(PageErrorCode::BadPage)),
                page(3, Kind::ScannedPdf, Ok("")),
            ],
        };
        let metadata = metadata(&document);
        let counts: Vec<_> = metadata
            .extracted_characters
            .iter()
            .map(|page| (page.page, page.count))
            .collect();
        assert_eq!((metadata.pages, counts), (3, vec![(1, 3), (2, 0), (3, 0)]));
        let types: Vec<_> = types(&document).iter().map(|page| page.document_type).collect();
        assert_eq!(types, ["NATIVE_PDF", "SCANNED_PDF", "SCANNED_PDF"]);
        let errors = errors(&document);
        assert_eq!((errors.len(), errors[0].page), (1, 2));
        assert_eq!(
            (errors[0].error_code, errors[0].error_message.as_str()),
            ("TEXTRACT_BAD_PAGE", "A page without sense.")
        );
        let warned: Vec<_> = warnings(&document).iter().map(|warning| warning.page).collect();
        assert_eq!(warned, [1, 3]);
        let place = place(&document, &document.pages[1]);
        assert_eq!((place.number, place.pages, place.document_type), (2, 3, "ScannedPDF"));
        let text = Document {
            kind: Kind::PlainText,
            pages: vec![page(1, Kind::PlainText, Ok("x"))],
        };
        assert_eq!(super::warnings(&text), []);
    }

    #[test]
    fn errors_of_documents() {
        use construe_comprehend_api::ErrorCode::*;
        for (error, code, reason) in [
            (
                ReadError::Pages { pages: 2, limit: 1 },
                InvalidRequestException,
                "PAGE_LIMIT_EXCEEDED",
            ),
            (
                ReadError::Encrypted { kind: Kind::NativePdf },
                InvalidRequestException,
                "UNSUPPORTED_DOC_TYPE",
            ),
            (
                ReadError::Expansion {
                    kind: Kind::MsWord,
                    limit: 1,
                },
                InvalidRequestException,
                "DOCUMENT_SIZE_EXCEEDED",
            ),
        ] {
            let answered = api_error(&error);
            assert_eq!(answered.code, code);
            assert_eq!(answered.document.map(InvalidDocument::as_str), Some(reason));
            assert_eq!(document_error(&error).code(), reason);
            assert!(answered.message.starts_with("The ") && answered.message.ends_with('.'));
        }
    }
}
