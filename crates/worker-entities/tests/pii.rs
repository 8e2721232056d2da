//! Records and redacted text of the real engine.

mod analyzer;
#[path = "../../worker/tests/support/job.rs"]
mod job;

use analyzer::ANALYZER;
use construe_jobs::JobKind;
use construe_worker::{Analyzer, Document, DocumentError, Outcome, Session};
use construe_worker_entities::Prepared;
use job::job;
use serde_json::{Value, json};

const TEXT: &str = "😀 write to zoë@example.com or jane.doe@example.org, card 4111 1111 1111 1111";

fn analysis(changes: Value) -> Value {
    let mut analysis = json!({
        "mode": "ONLY_OFFSETS", "language": "en", "types": "all", "mask_mode": "MASK", "mask_character": "*",
    });
    for (member, value) in changes.as_object().unwrap() {
        analysis[member] = value.clone();
    }
    analysis
}

fn session(changes: Value) -> Box<dyn Session> {
    ANALYZER
        .session(
            &job(JobKind::PiiEntitiesDetection, analysis(changes)),
            &Prepared::BuiltIn,
        )
        .unwrap()
}

fn line<'a>(number: u64, text: &'a str, terminator: &'a [u8]) -> Document<'a> {
    Document::line("notes.txt", number, Ok(text), terminator)
}

fn output(session: &mut dyn Session, documents: &[Document<'_>]) -> String {
    let mut out = Vec::new();
    for document in documents {
        session.analyze(document, &mut out);
    }
    String::from_utf8(out).unwrap()
}

fn found(record: &Value, text: &str) -> Vec<(String, String)> {
    let slice = |entity: &Value| {
        let offset = |member: &str| entity[member].as_u64().unwrap() as usize;
        let (begin, end) = (offset("BeginOffset"), offset("EndOffset"));
        text.chars().skip(begin).take(end - begin).collect::<String>()
    };
    let entities = record["Entities"].as_array().unwrap();
    entities
        .iter()
        .map(|entity| (entity["Type"].as_str().unwrap().to_owned(), slice(entity)))
        .collect()
}

#[test]
fn records_have_offsets_in_code_points() {
    let mut session = session(json!({}));
    let file = Document::file("other \"file\"", Ok(TEXT), TEXT.as_bytes());
    let out = output(&mut *session, &[line(0, TEXT, b"\r\n"), line(1, "", b"\n"), file]);
    let records: Vec<Value> = out
        .lines()
        .map(|record| serde_json::from_str(record).unwrap())
        .collect();
    assert!(out.ends_with('\n') && records.len() == 3);
    for (record, file, line) in [
        (&records[0], "notes.txt", json!(0)),
        (&records[2], "other \"file\"", Value::Null),
    ] {
        assert_eq!((record["File"].as_str(), &record["Line"]), (Some(file), &line));
        let found = found(record, TEXT);
        for expected in [
            ("EMAIL", "jane.doe@example.org"),
            ("CREDIT_DEBIT_NUMBER", "4111 1111 1111 1111"),
        ] {
            let expected = (expected.0.to_owned(), expected.1.to_owned());
            assert!(found.contains(&expected), "{expected:?} is not in {found:?}");
        }
    }
    assert_eq!(records[1], json!({ "Entities": [], "File": "notes.txt", "Line": 1 }));
}

#[test]
fn redaction_keeps_all_else_and_the_ends_of_lines() {
    let text = "mail jane.doe@example.org now";
    let documents = [
        line(0, text, b"\r\n"),
        line(1, "nothing here", b"\r"),
        line(2, text, b""),
    ];
    let masked = output(
        &mut *session(json!({ "mode": "ONLY_REDACTION", "mask_character": "#" })),
        &documents,
    );
    let mask = "#".repeat("jane.doe@example.org".len());
    assert_eq!(masked, format!("mail {mask} now\r\nnothing here\rmail {mask} now"));
    let replaced = output(
        &mut *session(json!({ "mode": "ONLY_REDACTION", "mask_mode": "REPLACE_WITH_PII_ENTITY_TYPE" })),
        &documents[..1],
    );
    assert_eq!(replaced, "mail [EMAIL] now\r\n");
    let others = output(
        &mut *session(json!({ "mode": "ONLY_REDACTION", "types": { "only": ["SSN", "PHONE"] } })),
        &documents[..1],
    );
    assert_eq!(others, format!("{text}\r\n"));
}

#[test]
fn documents_that_fail_leave_a_record_in_their_place() {
    for (error, code) in [
        (DocumentError::TooLarge { limit: 9 }, "DOCUMENT_SIZE_EXCEEDED"),
        (DocumentError::NotUtf8, "UNSUPPORTED_ENCODING"),
        (DocumentError::Unprocessable, "INTERNAL_SERVER_ERROR"),
    ] {
        for (mode, terminator, end) in [
            ("ONLY_OFFSETS", "\r\n", "\n"),
            ("ONLY_REDACTION", "\r\n", "\r\n"),
            ("ONLY_REDACTION", "\r", "\r"),
            ("ONLY_REDACTION", "", "\n"),
        ] {
            let mut out = b"before".to_vec();
            let document = Document {
                content: Err(error),
                ..line(5, "", terminator.as_bytes())
            };
            let outcome = session(json!({ "mode": mode })).analyze(&document, &mut out);
            assert_eq!(outcome, Outcome::Failed(code));
            let out = String::from_utf8(out).unwrap();
            let record = out.strip_prefix("before").unwrap().strip_suffix(end).unwrap();
            assert!(record.ends_with('}'), "{out:?}");
            let record: Value = serde_json::from_str(record).unwrap();
            assert_eq!(
                (&record["ErrorCode"], &record["File"], &record["Line"]),
                (&json!(code), &json!("notes.txt"), &json!(5))
            );
        }
    }
}

#[test]
fn a_document_comes_out_the_same_in_any_company() {
    let mut used = session(json!({}));
    let documents = [
        line(0, "Dr. Jane Doe, born 1/2/1970", b"\n"),
        line(1, "4111", b"\n"),
        line(2, TEXT, b"\n"),
    ];
    output(&mut *used, &documents);
    for document in &documents {
        let alone = output(&mut *session(json!({})), &[*document]);
        assert_eq!(output(&mut *used, &[*document]), alone);
    }
}

#[test]
fn jobs_that_cannot_be_done_are_refused_with_a_code() {
    for (analysis, code) in [
        (json!({}), "INTERNAL_ERROR: "),
        (analysis(json!({ "language": "fr" })), "UNSUPPORTED_LANGUAGE: "),
        (
            analysis(json!({ "mode": "ONLY_REDACTION", "types": { "only": ["ALL"] } })),
            "UNSUPPORTED_ENTITY_TYPE: ",
        ),
    ] {
        let error = ANALYZER
            .session(&job(JobKind::PiiEntitiesDetection, analysis), &Prepared::BuiltIn)
            .err()
            .unwrap();
        assert!(error.message.starts_with(code), "{}", error.message);
    }
}
