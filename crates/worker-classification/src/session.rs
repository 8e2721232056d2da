//! Classification: a document in, a record out; or one for each page.

use std::sync::Arc;

use construe_classify::{Model, Prediction, Scratch};
use construe_comprehend_api::records::{Class, PagePlace, RecordWriter};
use construe_comprehend_api::shapes::classifiers::ClassifierMode as RecordMode;
use construe_comprehend_api::shapes::document::PageWarningItem;
use construe_custom_models::Classifier;
use construe_document_reader::{Content, Reader};
use construe_models::{Classification, ClassifierMode};
use construe_worker::Session;
use construe_worker_records::{RecordAnalysis, RecordSession, Records};

/// Begins a classification job.
pub(crate) fn begin(analysis: &Classification, model: Arc<Classifier>, reader: Arc<Reader>) -> Box<dyn Session> {
    let classes = Classes {
        mode: match analysis.mode {
            ClassifierMode::MultiClass => RecordMode::MultiClass,
            ClassifierMode::MultiLabel => RecordMode::MultiLabel,
        },
        scratch: model.scratch(),
        model,
        native: analysis.native,
        predictions: Vec::new(),
    };
    let records = Records::made_by(RecordWriter::for_classification);
    Box::new(RecordSession::new(
        classes,
        reader,
        analysis.reading,
        &analysis.language,
        records,
    ))
}

struct Classes {
    model: Arc<Classifier>,
    scratch: Scratch,
    mode: RecordMode,
    /// Whether the model learnt from documents that are not plain text.
    native: bool,
    /// For the text in hand; kept for its memory.
    predictions: Vec<Prediction>,
}

impl RecordAnalysis for Classes {
    fn text(&mut self, text: &str, line: Option<u64>, writer: &RecordWriter, out: &mut Vec<u8>) {
        let classes = classify(&self.model, &mut self.scratch, text, &mut self.predictions);
        let warning = self.native.then(PageWarningItem::native_model);
        writer.classes(out, line, self.mode, &classes, warning);
    }

    fn page(&mut self, _: &str, content: &Content, place: &PagePlace, writer: &RecordWriter, out: &mut Vec<u8>) {
        let classes = classify(&self.model, &mut self.scratch, &content.text, &mut self.predictions);
        let warning = (!self.native).then(|| PageWarningItem::plain_text_model(place.number));
        writer.page_classes(out, place, self.mode, &classes, warning);
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
