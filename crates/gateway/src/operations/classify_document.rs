//! Classification of one document that comes with the request, answered at once.

use construe_classify::{Model, Prediction};
use construe_comprehend_api::ApiError;
use construe_comprehend_api::records::{Class, listed};
use construe_comprehend_api::shapes::classification::{
    ClassifyDocumentRequest, ClassifyDocumentResponse, DocumentClass,
};
use construe_comprehend_api::shapes::classifiers::ClassifierMode;
use construe_comprehend_api::shapes::document::{DocumentInput, PageWarningItem};
use construe_document_answers as answers;
use construe_document_reader::Document;
use construe_models::ResourceKind;

use super::classifiers::Known;
use super::{Call, endpoints, to_json};
use crate::analysis;
use crate::failure;
use crate::reading::{self, Stop};
use crate::service::Gateway;

pub async fn classify(gateway: &Gateway, call: &Call<'_>) -> Result<Vec<u8>, ApiError> {
    let request = call
        .decode_document::<ClassifyDocumentRequest, _>(ClassifyDocumentRequest::check)
        .await?;
    let kind = ResourceKind::DocumentClassifier;
    let (resource, pinned) = endpoints::served(gateway, call, kind, &request.endpoint_arn).await?;
    let known = Known::of(&resource)?;
    let classifier = gateway.classifiers.get(&pinned).await.map_err(failure::model)?;
    let reader = gateway.reader.clone();
    let stop = Stop::new();
    let stopped = stop.signal();
    let line = gateway.lines.of(&request.document);
    // The answer points into the model's names of classes, so it is written where the model is.
    let work = move || {
        let model: &Model = &classifier;
        let answer = match request.document {
            DocumentInput::Text(text) => {
                let classes = classes(model, known.mode, text.as_str(), None);
                let answer = ClassifyDocumentResponse {
                    warnings: text_warning(known.native),
                    ..ClassifyDocumentResponse::default()
                };
                answer.with_classes(known.mode, classes)
            }
            DocumentInput::Bytes(bytes) => {
                let options = reading::options(request.forces_reading, &known.language);
                let document = reading::read(&reader, &bytes, &options, &stopped)?;
                of_document(model, &known, &document)
            }
        };
        to_json(&answer)
    };
    analysis::on_core(line, work).await?
}

/// The answer about a file: classes of each page that could be read.
fn of_document<'m>(model: &'m Model, known: &Known, document: &Document) -> ClassifyDocumentResponse<'m> {
    let mode = known.mode;
    let mut found = Vec::new();
    for page in &document.pages {
        if let Ok(content) = &page.content {
            found.extend(classes(model, mode, &content.text, Some(page.number)));
        }
    }
    let answer = ClassifyDocumentResponse {
        document_metadata: Some(answers::metadata(document)),
        document_type: Some(answers::types(document)),
        errors: answers::errors(document),
        warnings: match known.native {
            true => text_warning(document.kind.is_plain_text()),
            false => answers::warnings(document),
        },
        ..ClassifyDocumentResponse::default()
    };
    answer.with_classes(mode, found)
}

/// What is told about plain text, if it does not fit the model.
fn text_warning(misfit: bool) -> Vec<PageWarningItem> {
    misfit.then(PageWarningItem::native_model).into_iter().collect()
}

fn classes<'m>(model: &'m Model, mode: ClassifierMode, text: &str, page: Option<u32>) -> Vec<DocumentClass<'m>> {
    let mut predictions: Vec<Prediction> = Vec::new();
    model.classify(&mut model.scratch(), text, &mut predictions);
    let class = |prediction: &Prediction| Class {
        name: &model.labels()[prediction.label as usize],
        score: prediction.score,
    };
    let classes: Vec<Class<'m>> = predictions.iter().map(class).collect();
    let shown = classes.iter().take(listed(mode, &classes));
    shown.map(|&class| DocumentClass { class, page }).collect()
}
