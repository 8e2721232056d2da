//! Recognizers of customers' own: trained from documents, used in sessions.

mod analyzer;
#[path = "../../worker/tests/support/job.rs"]
mod job;
#[path = "../../training-sources/tests/support/mod.rs"]
mod support;

use std::fmt::Write;
use std::sync::Arc;

use analyzer::ANALYZER;
use construe_custom_entities::Resources;
use construe_custom_models::Recognizer;
use construe_jobs::{InputFormat, JobKind};
use construe_models::{
    DocumentSource, EVALUATING_FROM, LoadedModel, ModelRef, Reading, Recognition, RecognizerData, RecognizerReport,
    RecognizerTraining,
};
use construe_worker::{Analyzer, Document, DocumentError, Outcome, TrainerError};
use construe_worker_entities::Prepared;
use job::job;
use serde_json::{Value, json};
use support::{Files, Watcher, place};

const PRODUCTS: [&str; 6] = [
    "Zephyr X1",
    "Aero Book 5",
    "Lumen Pad",
    "Quill Note",
    "Torque Max",
    "Nimbus Watch",
];

/// Complaints about products, one a line, and where the products stand.
fn complaints(count: usize) -> (String, String) {
    let mut texts = String::new();
    let mut marks = "File,Line,Begin Offset,End Offset,Type\n".to_owned();
    for n in 0..count {
        let before = ["I ordered the ", "My brand new ", "Yesterday the "][n % 3];
        let product = PRODUCTS[(n / 3) % PRODUCTS.len()];
        let _ = writeln!(
            texts,
            "{before}{product} broke after {} days of use, which is sad.",
            n % 29 + 2
        );
        let _ = writeln!(
            marks,
            "docs.txt,{n},{},{},PRODUCT",
            before.len(),
            before.len() + product.len()
        );
    }
    (texts, marks)
}

fn documents(annotations: Option<&str>) -> RecognizerData {
    RecognizerData {
        documents: vec![DocumentSource {
            documents: place("docs.txt"),
            format: InputFormat::OneDocPerLine,
            annotations: annotations.map(place),
        }],
        ..RecognizerData::default()
    }
}

fn training(train: RecognizerData) -> RecognizerTraining {
    RecognizerTraining {
        language: "en".to_owned(),
        types: vec!["PRODUCT".to_owned()],
        train,
        test: RecognizerData::default(),
        compare: None,
    }
}

fn train(
    files: &Files,
    training: RecognizerTraining,
    compared: Option<Arc<Recognizer>>,
    watcher: &Watcher,
) -> Result<(Arc<Recognizer>, RecognizerReport), TrainerError> {
    let prepared = Prepared::Training(Box::new(training), compared);
    let mut trainer = ANALYZER
        .trainer(&job(JobKind::RecognizerTraining, Value::Null), &prepared)
        .unwrap();
    let mut model = Vec::new();
    let trained = trainer.train(files, watcher, &mut model)?;
    let report = serde_json::from_value(Value::Object(trained.report.members().clone())).unwrap();
    let resources = Resources::load().unwrap();
    Ok((Arc::new(Recognizer::from_bytes(&model, &resources).unwrap()), report))
}

fn session_output(model: Arc<Recognizer>, document: &Document<'_>) -> (Outcome, Value) {
    let analysis = Recognition {
        model: ModelRef {
            arn: "arn".to_owned(),
            key: "key".to_owned(),
            digest: "digest".to_owned(),
            size: 1,
        },
        language: "en".to_owned(),
        reading: Reading::default(),
    };
    let prepared = Prepared::Recognition(analysis, model);
    let mut session = ANALYZER
        .session(&job(JobKind::EntitiesDetection, Value::Null), &prepared)
        .unwrap();
    let mut out = Vec::new();
    let outcome = session.analyze(document, &mut out);
    (outcome, serde_json::from_slice(&out).unwrap())
}

#[test]
fn a_recognizer_learns_from_annotations_and_finds_its_types() {
    let (texts, marks) = complaints(150);
    let files = Files::default().with("docs.txt", texts).with("marks.csv", marks);
    let watcher = Watcher::patient();
    let (model, report) = train(&files, training(documents(Some("marks.csv"))), None, &watcher).unwrap();
    assert_eq!(report.trained_documents + report.test_documents, 150);
    assert!(report.measures.f1 > 0.9 && report.measures.f1 <= 1.0, "{report:?}");
    assert_eq!((report.types.len(), report.types[0].name.as_str()), (1, "PRODUCT"));
    assert!(watcher.highest.into_inner() >= EVALUATING_FROM && report.warnings.is_empty());

    let text = "\u{1f600} I ordered the Lumen Pad again";
    let (outcome, record) = session_output(model.clone(), &Document::line("a.txt", 3, Ok(text), b"\n"));
    assert_eq!(outcome, Outcome::Analyzed);
    assert_eq!((&record["File"], &record["Line"]), (&json!("a.txt"), &json!(3)));
    let found = &record["Entities"][0];
    assert_eq!(
        (
            &found["Text"],
            &found["Type"],
            &found["BeginOffset"],
            &found["EndOffset"]
        ),
        (&json!("Lumen Pad"), &json!("PRODUCT"), &json!(16), &json!(25))
    );
    let broken = Document::file("a.pdf", Err(DocumentError::NotUtf8), b"%PDF-1.7 no more");
    let (outcome, record) = session_output(model.clone(), &broken);
    assert!(matches!(outcome, Outcome::Failed("UNSUPPORTED_DOC_TYPE")), "{record}");

    // The same documents judge an earlier version.
    let (_, report) = train(
        &files,
        training(documents(Some("marks.csv"))),
        Some(model),
        &Watcher::patient(),
    )
    .unwrap();
    assert!(report.compared.unwrap().f1 > 0.9);
}

#[test]
fn a_recognizer_learns_from_a_list() {
    let (texts, _) = complaints(260);
    let list = PRODUCTS.iter().fold("Text,Type\n".to_owned(), |list, product| {
        format!("{list}{product},PRODUCT\n")
    });
    let files = Files::default().with("docs.txt", texts).with("list.csv", list);
    let data = RecognizerData {
        entity_list: Some(place("list.csv")),
        ..documents(None)
    };
    let (model, report) = train(&files, training(data), None, &Watcher::patient()).unwrap();
    assert!(report.types[0].train_mentions > 200, "{report:?}");
    let (_, record) = session_output(
        model,
        &Document::line("a.txt", 0, Ok("where is my Quill Note now"), b"\n"),
    );
    assert_eq!(record["Entities"][0]["Text"], "Quill Note");
}

#[test]
fn data_that_cannot_be_used_are_refused_with_the_reason() {
    let (texts, marks) = complaints(150);
    let (few, few_marks) = complaints(20);
    let files = Files::default()
        .with("docs.txt", texts)
        .with("few/docs.txt", few.repeat(5))
        .with("few.csv", few_marks)
        .with("marks.csv", marks)
        .with("header.csv", "File,Begin,End\n")
        .with(
            "beyond.csv",
            "File,Line,Begin Offset,End Offset,Type\ndocs.txt,0,5,500,PRODUCT\n",
        );
    for (data, message) in [
        (
            documents(Some("header.csv")),
            "INVALID_TRAINING_DATA: s3://data/header.csv, line 1: the first line must name the columns: \
             File,Line,Begin Offset,End Offset,Type.",
        ),
        (
            documents(Some("beyond.csv")),
            "INVALID_TRAINING_DATA: s3://data/beyond.csv, line 2: the end offset lies beyond the end of the document",
        ),
        (
            documents(Some("few.csv")),
            "INSUFFICIENT_TRAINING_DATA: Each entity type must have at least 25 annotations in the training \
             documents; PRODUCT has 20.",
        ),
    ] {
        let refused = train(&files, training(data), None, &Watcher::patient()).err().unwrap();
        assert!(refused.to_string().starts_with(message), "{refused}");
    }
    let stopped = train(
        &files,
        training(documents(Some("marks.csv"))),
        None,
        &Watcher::stopping_after(12),
    );
    assert_eq!(stopped.err(), Some(TrainerError::Interrupted));
}
