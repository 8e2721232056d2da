//! Entity records of the real engine.

mod analyzer;
#[path = "../../worker/tests/support/job.rs"]
mod job;

use analyzer::ANALYZER;
use construe_entities::Language;
use construe_jobs::JobKind;
use construe_worker::{Analyzer, Document, DocumentError, Outcome, Session};
use construe_worker_entities::Prepared;
use job::job;
use serde_json::{Value, json};

const TEXT: &str = "😀 Zoë met Angela Merkel in Berlin, Germany, on 5 May 2015. \"Quoted\" words.";

fn session(language: &str) -> Box<dyn Session> {
    ANALYZER
        .session(
            &job(JobKind::EntitiesDetection, json!({ "language": language })),
            &Prepared::BuiltIn,
        )
        .unwrap()
}

fn document(line: Option<u64>, text: &str) -> Document<'_> {
    match line {
        Some(line) => Document::line("notes.txt", line, Ok(text), b"\r\n"),
        None => Document::file("notes.txt", Ok(text), text.as_bytes()),
    }
}

fn output(session: &mut dyn Session, documents: &[Document<'_>]) -> String {
    let mut out = Vec::new();
    for document in documents {
        session.analyze(document, &mut out);
    }
    String::from_utf8(out).unwrap()
}

#[test]
fn records_quote_the_text_where_their_offsets_in_code_points_say() {
    let documents = [document(Some(0), TEXT), document(Some(1), ""), document(None, TEXT)];
    let out = output(&mut *session("en"), &documents);
    let records: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(out.ends_with('\n') && records.len() == 3);
    let entities = records[0]["Entities"].as_array().unwrap();
    assert!(!entities.is_empty(), "{out}");
    for entity in entities {
        let offset = |member: &str| usize::try_from(entity[member].as_u64().unwrap()).unwrap();
        let (begin, end) = (offset("BeginOffset"), offset("EndOffset"));
        let surface: String = TEXT.chars().skip(begin).take(end - begin).collect();
        assert_eq!(entity["Text"], surface);
        assert!((0.0..=1.0).contains(&entity["Score"].as_f64().unwrap()));
    }
    assert_eq!(records[1], json!({ "Entities": [], "File": "notes.txt", "Line": 1 }));
    assert_eq!(
        (&records[2]["Entities"], records[2].get("Line")),
        (&records[0]["Entities"], None)
    );
}

#[test]
fn a_document_comes_out_the_same_in_any_company() {
    let documents = [
        document(Some(0), TEXT),
        document(Some(1), "zoë again, in berlin"),
        document(Some(2), "Merkel"),
    ];
    let mut used = session("en");
    output(&mut *used, &documents);
    for document in &documents {
        assert_eq!(
            output(&mut *used, &[*document]),
            output(&mut *session("en"), &[*document])
        );
    }
}

#[test]
fn documents_that_fail_leave_a_record_and_jobs_that_cannot_be_done_say_why() {
    let mut out = Vec::new();
    let failed = Document {
        content: Err(DocumentError::NotUtf8),
        ..document(Some(5), "")
    };
    let outcome = session("de").analyze(&failed, &mut out);
    assert_eq!(outcome, Outcome::Failed("UNSUPPORTED_ENCODING"));
    let record: Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(
        (&record["ErrorCode"], &record["Line"]),
        (&json!("UNSUPPORTED_ENCODING"), &json!(5))
    );

    for language in Language::ALL {
        session(language.code());
    }
    for analysis in [json!({}), json!({ "language": "tlh" })] {
        let error = ANALYZER
            .session(&job(JobKind::EntitiesDetection, analysis), &Prepared::BuiltIn)
            .err()
            .unwrap();
        assert!(error.message.starts_with("INTERNAL_ERROR: "), "{}", error.message);
    }
}
