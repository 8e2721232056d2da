//! Sessions that make records of whatever documents come: one of a text, or one of each page.

use std::sync::Arc;

use construe_comprehend_api::records::{PagePlace, RecordWriter};
use construe_document_answers::{page_error, place};
use construe_document_reader::{self as reader, Content, Reader};
use construe_models::Reading;
use construe_worker::{Document, Outcome, Session};

use crate::{DocumentOpener, Opened, Records};

/// What is looked for in documents, and how records tell of it.
pub trait RecordAnalysis: Send {
    /// Appends the record of a document that is text; `line` as in [`Document`].
    fn text(&mut self, text: &str, line: Option<u64>, writer: &RecordWriter, out: &mut Vec<u8>);

    /// Appends the record of one page of `file`.
    fn page(&mut self, file: &str, content: &Content, place: &PagePlace, writer: &RecordWriter, out: &mut Vec<u8>);
}

/// Opens documents and hands their texts and pages to an analysis; what cannot be read gets an error record.
pub struct RecordSession<A> {
    analysis: A,
    opener: DocumentOpener,
    records: Records,
}

impl<A: RecordAnalysis> RecordSession<A> {
    /// `language`: of the documents.
    pub fn new(analysis: A, reader: Arc<Reader>, reading: Reading, language: &str, records: Records) -> Self {
        Self {
            analysis,
            opener: DocumentOpener::new(reader, reading, language),
            records,
        }
    }

    fn pages(&mut self, file: &str, document: &reader::Document, out: &mut Vec<u8>) -> Outcome {
        let writer = self.records.of(file);
        // The outcome of the document: that of its best page.
        let mut outcome = None;
        for page in &document.pages {
            let place = place(document, page);
            match &page.content {
                Ok(content) => {
                    self.analysis.page(file, content, &place, writer, out);
                    outcome = Some(Outcome::Analyzed);
                }
                Err(error) => {
                    writer.page_error(out, &place, &page_error(page.number, error));
                    outcome.get_or_insert(Outcome::Failed(error.code.as_str()));
                }
            }
        }
        outcome.unwrap_or(Outcome::Analyzed)
    }
}

impl<A: RecordAnalysis> Session for RecordSession<A> {
    fn analyze(&mut self, document: &Document<'_>, out: &mut Vec<u8>) -> Outcome {
        match self.opener.open(document) {
            Opened::Text(text) => {
                let writer = self.records.of(document.file);
                self.analysis.text(text, document.line, writer, out);
                Outcome::Analyzed
            }
            Opened::Pages(pages) => self.pages(document.file, &pages, out),
            Opened::Failed(error) => {
                self.records.of(document.file).error(out, document.line, &error);
                Outcome::Failed(error.code())
            }
            Opened::Interrupted => Outcome::Analyzed,
        }
    }
}
