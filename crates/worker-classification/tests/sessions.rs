//! Documents in, records out.

#[path = "../../worker/tests/support/job.rs"]
mod job;
#[path = "../../training-sources/tests/support/objects.rs"]
mod objects;

use std::sync::Arc;

use construe_classify::{Example, Mode, Settings};
use construe_custom_models::{Classifier, Classifiers};
use construe_document_reader::{OcrConfig, Reader};
use construe_jobs::JobKind;
use construe_models::{Classification, ClassifierMode, LoadedModel, ModelRef, Reading};
use construe_worker::{Analyzer, Document, DocumentError, Outcome, Session};
use construe_worker_classification::{ClassificationAnalyzer, Prepared};
use job::job;
use objects::NoObjects;
use serde_json::{Value, json};

/// A model that tells letters from invoices, in either mode.
fn model(mode: Mode) -> Arc<Classifier> {
    let texts: Vec<(String, &str)> = (0..40)
        .map(|n| match n % 2 {
            0 => (
                format!("invoice number {n}: amount due, please pay the total"),
                "invoice",
            ),
            _ => (
                format!("dear friend, number {n}, kind regards and best wishes"),
                "letter",
            ),
        })
        .collect();
    let labels: Vec<[&str; 1]> = texts.iter().map(|(_, label)| [*label]).collect();
    let examples: Vec<Example<'_>> = texts
        .iter()
        .zip(&labels)
        .map(|((text, _), labels)| Example { text, labels })
        .collect();
    let trained = construe_classify::train(&Settings::new(mode), &mut &examples[..], &mut |_| {
        std::ops::ControlFlow::Continue(())
    });
    Arc::new(Classifier::from_bytes(&trained.unwrap().to_bytes(), &()).unwrap())
}

/// Text recognition is left out: these tests need none.
fn session(mode: ClassifierMode) -> Box<dyn Session> {
    let reader = Reader::new(OcrConfig {
        program: "no-such-program".into(),
        ..OcrConfig::default()
    });
    let models = Arc::new(Classifiers::new(Arc::new(NoObjects), 0, ()));
    let analyzer = ClassificationAnalyzer::new(models, Arc::new(reader));
    let analysis = Classification {
        model: ModelRef {
            arn: "arn".to_owned(),
            key: "key".to_owned(),
            digest: "digest".to_owned(),
            size: 1,
        },
        mode,
        language: "en".to_owned(),
        reading: Reading::default(),
        native: false,
    };
    let model = model(match mode {
        ClassifierMode::MultiClass => Mode::MultiClass,
        ClassifierMode::MultiLabel => Mode::MultiLabel,
    });
    analyzer
        .session(
            &job(JobKind::DocumentClassification, Value::Null),
            &Prepared::Classification(analysis, model),
        )
        .unwrap()
}

fn analyze(session: &mut dyn Session, document: &Document<'_>) -> (Outcome, Vec<Value>) {
    let mut out = Vec::new();
    let outcome = session.analyze(document, &mut out);
    let records = out.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    (
        outcome,
        records.map(|line| serde_json::from_slice(line).unwrap()).collect(),
    )
}

fn best(record: &Value, member: &str) -> String {
    record[member][0]["Name"].as_str().unwrap().to_owned()
}

#[test]
fn lines_and_files_of_text_have_a_record_each() {
    let mut session = session(ClassifierMode::MultiClass);
    let line = Document::line("mail.txt", 7, Ok("please pay the amount due"), b"\n");
    let (outcome, records) = analyze(&mut *session, &line);
    assert_eq!((outcome, records.len()), (Outcome::Analyzed, 1));
    assert_eq!(
        (&records[0]["File"], &records[0]["Line"]),
        (&json!("mail.txt"), &json!("7"))
    );
    assert_eq!(best(&records[0], "Classes"), "invoice");
    let scores: f64 = records[0]["Classes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|class| class["Score"].as_f64().unwrap())
        .sum();
    assert!((scores - 1.0).abs() < 1e-4);

    let text = "dear friend\nbest wishes";
    let file = Document::file("a.txt", Ok(text), text.as_bytes());
    let (_, records) = analyze(&mut *session, &file);
    assert_eq!(
        (best(&records[0], "Classes").as_str(), records[0].get("Line")),
        ("letter", None)
    );
    // Empty files are documents too.
    assert_eq!(analyze(&mut *session, &Document::file("e.txt", Ok(""), b"")).1.len(), 1);
}

#[test]
fn models_of_several_labels_give_labels() {
    let line = Document::line("mail.txt", 0, Ok("please pay the amount due"), b"\n");
    let (_, records) = analyze(&mut *session(ClassifierMode::MultiLabel), &line);
    assert_eq!(best(&records[0], "Labels"), "invoice");
    assert!(records[0].get("Classes").is_none());
}

#[test]
fn what_cannot_be_read_leaves_an_error_record() {
    let mut session = session(ClassifierMode::MultiClass);
    let large = "x".repeat((10 << 20) + 1);
    let pdf = b"%PDF-1.7\nnothing that makes sense";
    let docx = b"PK\x03\x04 no zip file at all";
    let image = b"\x89PNG\r\n\x1a\n and then nothing";
    let cases: [(Document<'_>, &str); 7] = [
        (
            Document::line("a", 1, Err(DocumentError::NotUtf8), b"\n"),
            "UNSUPPORTED_ENCODING",
        ),
        (
            Document::file("a", Err(DocumentError::NotUtf8), b"caf\xe9"),
            "UNSUPPORTED_ENCODING",
        ),
        (
            Document::file("a", Err(DocumentError::TooLarge { limit: 9 }), b""),
            "DOCUMENT_SIZE_EXCEEDED",
        ),
        (
            Document::file("a", Ok(&large), large.as_bytes()),
            "DOCUMENT_SIZE_EXCEEDED",
        ),
        (
            Document::file("a", Err(DocumentError::NotUtf8), pdf),
            "UNSUPPORTED_DOC_TYPE",
        ),
        (
            Document::file("a", Err(DocumentError::NotUtf8), docx),
            "UNSUPPORTED_DOC_TYPE",
        ),
        (
            Document::file("a", Err(DocumentError::NotUtf8), image),
            "UNSUPPORTED_DOC_TYPE",
        ),
    ];
    for (document, code) in &cases {
        let (outcome, records) = analyze(&mut *session, document);
        assert_eq!(records.len(), 1);
        // The program for pictures is missing here, which is known before they are looked at.
        let found = records[0]["ErrorCode"].as_str().unwrap();
        let as_expected = found == *code || (document.bytes == image && found == "TEXTRACT_ACCESS_DENIED");
        assert!(as_expected, "{found} instead of {code}");
        assert!(matches!(outcome, Outcome::Failed(_)));
    }
    // A line is text, whatever it begins with.
    let line = Document::line("a", 0, Ok("%PDF-1.7 invoice, amount due"), b"\n");
    assert_eq!(analyze(&mut *session, &line).0, Outcome::Analyzed);
}

/// A PDF with one line of text on each page.
fn pdf(pages: &[&str]) -> Vec<u8> {
    let page_objects: Vec<usize> = (0..pages.len()).map(|page| 4 + 2 * page).collect();
    let kids: Vec<String> = page_objects.iter().map(|number| format!("{number} 0 R")).collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Kids [{}] /Count {} >>", kids.join(" "), pages.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    for (text, number) in pages.iter().zip(&page_objects) {
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {} 0 R \
             /Resources << /Font << /F1 3 0 R >> >> >>",
            number + 1
        ));
        let content = format!("BT /F1 12 Tf 50 700 Td ({text}) Tj ET");
        objects.push(format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()));
    }
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut offsets = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        offsets.push(file.len());
        file.extend(format!("{} 0 obj\n{object}\nendobj\n", index + 1).bytes());
    }
    let table = file.len();
    file.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
    for offset in offsets {
        file.extend(format!("{offset:010} 00000 n \n").bytes());
    }
    let trailer = format!(
        "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n",
        objects.len() + 1
    );
    file.extend(trailer.bytes());
    file
}

#[test]
fn a_document_with_pages_has_a_record_for_each() {
    let bytes = pdf(&["please pay the amount due", "dear friend, best wishes"]);
    let text = std::str::from_utf8(&bytes).map_err(|_| DocumentError::NotUtf8);
    let document = Document::file("a.pdf", text, &bytes);
    let (outcome, records) = analyze(&mut *session(ClassifierMode::MultiClass), &document);
    assert_eq!((outcome, records.len()), (Outcome::Analyzed, 2));
    for (index, (record, class)) in records.iter().zip(["invoice", "letter"]).enumerate() {
        assert_eq!(
            (&record["File"], &record["DocumentType"]),
            (&json!("a.pdf"), &json!("NativePDF"))
        );
        assert_eq!(
            record["DocumentMetadata"],
            json!({ "PageNumber": index + 1, "Pages": 2 })
        );
        assert_eq!(best(record, "Classes"), class);
    }
}

#[test]
fn a_document_is_given_up_when_the_job_is_to_end() {
    let bytes = b"%PDF-1.7\nwhatever";
    let document = Document {
        interrupted: &|| true,
        ..Document::file("a.pdf", Err(DocumentError::NotUtf8), bytes)
    };
    let (_, records) = analyze(&mut *session(ClassifierMode::MultiClass), &document);
    assert!(records.is_empty());
}
