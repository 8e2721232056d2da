//! Classification: a document in, a record out; or one for each page.

use std::sync::Arc;

use construe_classify::{Model, Prediction, Scratch};
use construe_comprehend_api::records::{Class, RecordWriter};
use construe_comprehend_api::shapes::classifiers::ClassifierMode as RecordMode;
use construe_custom_models::Classifier;
use construe_document_answers::{page_error, place};
use construe_document_reader::{self as reader, Reader};
use construe_models::{Classification, ClassifierMode};
use construe_worker::{Document, Outcome, Session};
use construe_worker_records::{DocumentOpener, Opened, Records};

/// Begins a classification job.
pub(crate) fn begin(analysis: &Classification, model: Arc<Classifier>, reader: Arc<Reader>) -> Box<dyn Session> {
    Box::new(ClassificationSession {
        opener: DocumentOpener::new(reader, analysis.reading, &analysis.language),
        mode: match analysis.mode {
            ClassifierMode::MultiClass => RecordMode::MultiClass,
            ClassifierMode::MultiLabel => RecordMode::MultiLabel,
        },
        scratch: model.scratch(),
        model,
        predictions: Vec::new(),
        records: Records::made_by(RecordWriter::for_classification),
    })
}

struct ClassificationSession {
    model: Arc<Classifier>,
    scratch: Scratch,
    opener: DocumentOpener,
    mode: RecordMode,
    /// For the document in hand; kept for its memory.
    predictions: Vec<Prediction>,
    records: Records,
}

impl Session for ClassificationSession {
    fn analyze(&mut self, document: &Document<'_>, out: &mut Vec<u8>) -> Outcome {
        match self.opener.open(document) {
            Opened::Text(text) => {
                let classes = classify(&self.model, &mut self.scratch, text, &mut self.predictions);
                self.records
                    .of(document.file)
                    .classes(out, document.line, self.mode, &classes);
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

impl ClassificationSession {
    fn pages(&mut self, file: &str, document: &reader::Document, out: &mut Vec<u8>) -> Outcome {
        let writer = self.records.of(file);
        // The outcome of the document: that of its best page.
        let mut outcome = None;
        for page in &document.pages {
            let place = place(document, page);
            match &page.content {
                Ok(content) => {
                    let classes = classify(&self.model, &mut self.scratch, &content.text, &mut self.predictions);
                    writer.page_classes(out, &place, self.mode, &classes);
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

/// All classes of a text, the best first.
fn classify<'m>(
    model: &'m Model,
    scratch: &mut Scratch,
    text: &str,
    predictions: &mut Vec<Prediction>,
) -> Vec<Class<'m>> {
    model.classify(scratch, text, predictions);
    let names = model.labels();
    predictions
        .iter()
        .filter_map(|prediction| {
            let name = names.get(prediction.label as usize)?;
            Some(Class {
                name,
                score: prediction.score,
            })
        })
        .collect()
}
