//! Documents as the analysis wants them: text, or the pages of a file that is more than text.

use std::cell::Cell;
use std::sync::Arc;

use construe_comprehend_api::records;
use construe_document_answers::document_error;
use construe_document_reader::{self as reader, Kind, Limits, Options, ReadError, Reader};
use construe_models::Reading;
use construe_worker::Document;

use crate::record_error;

/// A document that was opened.
pub(crate) enum Opened<'a> {
    Text(&'a str),
    Pages(reader::Document),
    Failed(records::DocumentError),
    /// The job is to end: whatever is written for this document is thrown away.
    Interrupted,
}

/// Opens the documents of one job.
pub(crate) struct DocumentOpener {
    reader: Arc<Reader>,
    options: Options,
    /// Whether the log says that pictures cannot be read.
    told: Cell<bool>,
}

impl DocumentOpener {
    /// `language`: of the documents, for the recognition of text in pictures.
    pub(crate) fn new(reader: Arc<Reader>, reading: Reading, language: &str) -> Self {
        Self {
            reader,
            options: Options {
                force_ocr: reading.force_ocr,
                language: Some(language.to_owned()),
                limits: Limits::asynchronous(),
            },
            told: Cell::new(false),
        }
    }

    /// Lines are text. A file is what its first bytes say; one that says nothing is text too.
    pub(crate) fn open<'a>(&self, document: &Document<'a>) -> Opened<'a> {
        let kind = Reader::detect(document.bytes);
        let is_file = document.line.is_none();
        let is_text = matches!(kind, None | Some(Kind::PlainText));
        match document.content {
            Ok(text) if is_file && is_text && text.len() > self.options.limits.text_bytes => {
                Opened::Failed(records::DocumentError::SizeExceeded {
                    limit_bytes: self.options.limits.text_bytes as u64,
                })
            }
            Ok(text) if !is_file || is_text => Opened::Text(text),
            // What could not be fetched, or not be touched, has no bytes.
            Err(error) if is_text || document.bytes.is_empty() => Opened::Failed(record_error(error)),
            _ => match self.reader.read(document.bytes, &self.options, document.interrupted) {
                Ok(document) => Opened::Pages(document),
                Err(ReadError::Stopped) => Opened::Interrupted,
                Err(error) => {
                    self.tell_once(&error);
                    Opened::Failed(document_error(&error))
                }
            },
        }
    }

    /// A missing program is the operator's business, but not once for each document.
    fn tell_once(&self, error: &ReadError) {
        if let ReadError::OcrUnavailable(missing) = error
            && !self.told.replace(true)
        {
            tracing::warn!(reason = %missing, "text in pictures cannot be recognised: see `construe doctor`");
        }
    }
}
