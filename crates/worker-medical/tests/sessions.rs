//! Documents in, answers out.

#[path = "../../worker/tests/support/job.rs"]
mod job;

use std::sync::{Arc, LazyLock};

use construe_jobs::JobKind;
use construe_medical::{Analysis, Engine};
use construe_worker::{Analyzer, Document, DocumentError, Outcome, Unreadable};
use construe_worker_medical::MedicalAnalyzer;
use job::job;
use serde_json::Value;

static ENGINE: LazyLock<Arc<Engine>> = LazyLock::new(|| Arc::new(Engine::load().expect("the shipped models load")));

const NOTE: &str = "😀 Patient John Smith, 54 years, denies chest pain. Metformin 500 mg twice daily.";

fn document(content: Result<&str, DocumentError>) -> Document<'_> {
    Document::file("note.txt", content, b"")
}

#[test]
fn files_hold_the_answers_of_the_synchronous_operations() {
    let analyzer = MedicalAnalyzer::new(ENGINE.clone());
    let (mut scratch, mut found) = (ENGINE.scratch(), Analysis::new());
    ENGINE.analyze_entities(&mut scratch, NOTE, &mut found);
    assert!(
        found.entities.len() >= 2,
        "the engine finds the medicine and the symptom"
    );
    let entities = serde_json::to_vec(&construe_medical_answers::entities(NOTE, &found)).unwrap();
    let mut phi_found = Vec::new();
    ENGINE.analyze_phi(&mut scratch, NOTE, &mut phi_found);
    let phi = serde_json::to_vec(&construe_medical_answers::phi(NOTE, &phi_found)).unwrap();
    for (kind, expected) in [
        (JobKind::MedicalEntitiesDetection, entities),
        (JobKind::PhiDetection, phi),
    ] {
        let mut session = analyzer.session(&job(kind, Value::Null), &()).unwrap();
        // Twice: nothing of one document shows in the next.
        for _ in 0..2 {
            let mut out = b"before".to_vec();
            assert_eq!(session.analyze(&document(Ok(NOTE)), &mut out), Outcome::Analyzed);
            assert_eq!(out[6..], expected, "{kind}");
        }
    }
}

#[test]
fn what_cannot_be_analysed_leaves_a_reason_and_no_bytes() {
    let mut session = MedicalAnalyzer::new(ENGINE.clone())
        .session(&job(JobKind::PhiDetection, Value::Null), &())
        .unwrap();
    for (content, code) in [
        (Ok(""), "EMPTY_FILE"),
        (Err(DocumentError::TooLarge { limit: 9 }), "DOCUMENT_SIZE_EXCEEDED"),
        (Err(DocumentError::NotUtf8), "UNSUPPORTED_ENCODING"),
        (Err(DocumentError::Unprocessable), "INTERNAL_SERVER_ERROR"),
        (Err(DocumentError::Unreadable(Unreadable::Deleted)), "FILE_NOT_FOUND"),
        (Err(DocumentError::Unreadable(Unreadable::Changed)), "FILE_CHANGED"),
        (
            Err(DocumentError::Unreadable(Unreadable::AccessDenied)),
            "NO_READ_ACCESS_TO_FILE",
        ),
    ] {
        let mut out = Vec::new();
        assert_eq!(session.analyze(&document(content), &mut out), Outcome::Failed(code));
        assert!(out.is_empty());
    }
    let mut out = Vec::new();
    assert_eq!(session.analyze(&document(Ok(" \n\u{0}")), &mut out), Outcome::Analyzed);
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(&out).unwrap()["Entities"],
        serde_json::json!([])
    );
}

#[test]
fn jobs_of_other_workers_are_refused() {
    let analyzer = MedicalAnalyzer::new(ENGINE.clone());
    assert!(
        analyzer
            .session(&job(JobKind::EntitiesDetection, Value::Null), &())
            .is_err()
    );
}
