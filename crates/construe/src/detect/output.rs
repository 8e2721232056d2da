//! The forms in which findings are printed.

use std::io::Write;

use anstyle::{AnsiColor, Style};
use serde::{Deserialize, Serialize};

use crate::engines::Finding;

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

fn line(record: &impl Serialize, out: &mut Vec<u8>) {
    // Writing plain records of strings and numbers to memory cannot fail.
    serde_json::to_writer(&mut *out, record).expect("records are serialisable");
    out.push(b'\n');
}

/// `FILE:LINE:COLUMN: TYPE SCORE TEXT`, counting from 1 as editors do.
pub fn listing(file: &str, line_number: Option<u64>, text: &str, findings: &[Finding<'_>], out: &mut Vec<u8>) {
    let (mut scanned, mut line, mut line_start) = (0, line_number.unwrap_or(0) + 1, 0);
    for finding in findings {
        for (offset, byte) in text.as_bytes()[scanned..finding.byte_start].iter().enumerate() {
            if *byte == b'\n' {
                line += 1;
                line_start = scanned + offset + 1;
            }
        }
        scanned = finding.byte_start;
        let column = text[line_start..finding.byte_start].chars().count() + 1;
        let surface = text[finding.byte_start..finding.byte_end].replace(['\n', '\r'], " ");
        let Finding { label, score, .. } = *finding;
        // Writing to memory cannot fail.
        let _ = writeln!(
            out,
            "{file}:{line}:{column}: {label} {score:.2} {}",
            printable(&surface)
        );
    }
}

/// The text, with each finding coloured and its type behind it.
pub fn coloured(text: &str, findings: &[Finding<'_>], out: &mut Vec<u8>) {
    let dim = Style::new().dimmed();
    let mut copied = 0;
    for finding in findings {
        let style = style(finding.label);
        let surface = printable(&text[finding.byte_start..finding.byte_end]);
        out.extend_from_slice(printable(&text[copied..finding.byte_start]).as_bytes());
        // Writing to memory cannot fail.
        let _ = write!(out, "{style}{surface}{style:#} {dim}{}{dim:#}", finding.label);
        copied = finding.byte_end;
    }
    out.extend_from_slice(printable(&text[copied..]).as_bytes());
    if !text.ends_with('\n') {
        out.push(b'\n');
    }
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
        "NAME" | "PERSON" => AnsiColor::Green,
        "ADDRESS" | "LOCATION" => AnsiColor::Yellow,
        "DATE_TIME" | "AGE" | "DATE" | "QUANTITY" => AnsiColor::Blue,
        "EMAIL" | "PHONE" | "URL" | "ORGANIZATION" => AnsiColor::Cyan,
        "USERNAME" | "PASSWORD" | "PIN" | "AWS_ACCESS_KEY" | "AWS_SECRET_KEY" | "IP_ADDRESS" | "MAC_ADDRESS"
        | "COMMERCIAL_ITEM" | "EVENT" | "TITLE" => AnsiColor::Magenta,
        _ => AnsiColor::Red,
    };
    color.on_default().bold()
}
