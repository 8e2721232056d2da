//! The forms in which findings are printed.

use std::io::Write;

use anstyle::{AnsiColor, Style};
use serde::{Deserialize, Serialize};

use crate::engines::{Answer, Finding, Session};

#[derive(Deserialize)]
pub struct SpansInput {
    id: serde_json::Value,
    pub text: String,
    /// Language of this text, where it differs from the one of the command line.
    pub lang: Option<String>,
}

#[derive(Serialize)]
struct SpansOutput<'a> {
    id: &'a serde_json::Value,
    text: &'a str,
    spans: Vec<SpanRecord<'a>>,
}

#[derive(Serialize)]
struct SpanRecord<'a> {
    start: usize,
    end: usize,
    label: &'a str,
    score: f32,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct JsonRecord<'a> {
    entities: Vec<JsonEntity<'a>>,
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct JsonEntity<'a> {
    begin_offset: usize,
    end_offset: usize,
    score: f32,
    text: &'a str,
    r#type: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AnswerRecord<'a> {
    #[serde(flatten)]
    answer: &'a Answer<'a>,
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
}

pub fn spans(document: SpansInput, findings: &[Finding<'_>], out: &mut Vec<u8>) {
    let spans = findings
        .iter()
        .map(|f| SpanRecord {
            start: f.start,
            end: f.end,
            label: f.label,
            score: f.score,
        })
        .collect();
    line(
        &SpansOutput {
            id: &document.id,
            text: &document.text,
            spans,
        },
        out,
    );
}

pub fn json(file: &str, line_number: Option<u64>, text: &str, findings: &[Finding<'_>], out: &mut Vec<u8>) {
    let entities = findings
        .iter()
        .map(|f| JsonEntity {
            begin_offset: f.start,
            end_offset: f.end,
            score: f.score,
            text: &text[f.byte_start..f.byte_end],
            r#type: f.label,
        })
        .collect();
    line(
        &JsonRecord {
            entities,
            file,
            line: line_number,
        },
        out,
    );
}

/// The answer of the service, with the place of its document.
pub fn answer(file: &str, line_number: Option<u64>, answer: &Answer<'_>, out: &mut Vec<u8>) {
    line(
        &AnswerRecord {
            answer,
            file,
            line: line_number,
        },
        out,
    );
}

fn line(record: &impl Serialize, out: &mut Vec<u8>) {
    // Writing plain records of strings and numbers to memory cannot fail.
    serde_json::to_writer(&mut *out, record).expect("records are serialisable");
    out.push(b'\n');
}

/// `FILE:LINE:COLUMN: TYPE SCORE TEXT [REMARKS]`, counting from 1 as editors do. Findings come in the order of their
/// starts.
pub fn listing(
    file: &str,
    line_number: Option<u64>,
    text: &str,
    findings: &[Finding<'_>],
    session: &Session<'_>,
    out: &mut Vec<u8>,
) {
    let (mut scanned, mut line, mut line_start) = (0, line_number.unwrap_or(0) + 1, 0);
    for (index, finding) in findings.iter().enumerate() {
        for (offset, byte) in text.as_bytes()[scanned..finding.byte_start].iter().enumerate() {
            if *byte == b'\n' {
                line += 1;
                line_start = scanned + offset + 1;
            }
        }
        scanned = finding.byte_start;
        let column = text[line_start..finding.byte_start].chars().count() + 1;
        let Finding { label, score, .. } = *finding;
        let surface = on_one_line(&text[finding.byte_start..finding.byte_end]);
        let remarks = remarks(session, text, index);
        // Writing to memory cannot fail.
        let _ = writeln!(out, "{file}:{line}:{column}: {label} {score:.2} {surface}{remarks}");
    }
}

/// The text, with each finding coloured and its type behind it. Of findings that share a place the first is coloured,
/// and the others add what lies beyond it.
pub fn coloured(text: &str, findings: &[Finding<'_>], session: &Session<'_>, out: &mut Vec<u8>) {
    let dim = Style::new().dimmed();
    let mut copied = 0;
    for (index, finding) in findings.iter().enumerate() {
        let style = style(finding.label);
        let (start, end) = (finding.byte_start.max(copied), finding.byte_end.max(copied));
        let surface = printable(&text[start..end]);
        let remarks = remarks(session, text, index);
        out.extend_from_slice(printable(&text[copied..start]).as_bytes());
        // Writing to memory cannot fail.
        let _ = write!(out, "{style}{surface}{style:#} {dim}{}{remarks}{dim:#}", finding.label);
        copied = end;
    }
    out.extend_from_slice(printable(&text[copied..]).as_bytes());
    if !text.ends_with('\n') {
        out.push(b'\n');
    }
}

/// ` [NEGATION, DIRECTION left]`, or nothing.
fn remarks(session: &Session<'_>, text: &str, index: usize) -> String {
    let remarks = session.remarks(text, index);
    if remarks.is_empty() {
        return String::new();
    }
    format!(" [{}]", on_one_line(&remarks.join(", ")))
}

fn on_one_line(text: &str) -> String {
    printable(&text.replace(['\n', '\r'], " ")).into_owned()
}

/// Control characters could steer the terminal that shows them; carriage returns are left out.
fn printable(text: &str) -> std::borrow::Cow<'_, str> {
    let harmful = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    if text.contains(harmful) {
        let shown = text.chars().filter(|&c| c != '\r');
        shown
            .map(|c| if harmful(c) { '\u{fffd}' } else { c })
            .collect::<String>()
            .into()
    } else {
        text.into()
    }
}

/// A colour for each kind of thing, whichever engine found it.
fn style(label: &str) -> Style {
    let color = match label {
        "NAME" | "PERSON" | "GENERIC_NAME" | "BRAND_NAME" => AnsiColor::Green,
        "ADDRESS" | "LOCATION" | "SYSTEM_ORGAN_SITE" => AnsiColor::Yellow,
        "DATE_TIME" | "AGE" | "DATE" | "QUANTITY" => AnsiColor::Blue,
        "EMAIL" | "PHONE" | "PHONE_OR_FAX" | "URL" | "ORGANIZATION" | "TEST_NAME" => AnsiColor::Cyan,
        "USERNAME" | "PASSWORD" | "PIN" | "AWS_ACCESS_KEY" | "AWS_SECRET_KEY" | "IP_ADDRESS" | "MAC_ADDRESS"
        | "COMMERCIAL_ITEM" | "EVENT" | "TITLE" | "PROCEDURE_NAME" | "TREATMENT_NAME" => AnsiColor::Magenta,
        _ => AnsiColor::Red,
    };
    color.on_default().bold()
}
