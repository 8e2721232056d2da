//! The lines of result files.
//!
//! Written straight into a byte buffer: a job writes one record per document, so a detour over maps
//! or an allocation per finding would show.

mod classification;
mod pages;

pub use classification::{Class, listed};
pub use pages::{PageEntities, PagePlace};

use serde::Serialize;
use std::borrow::Cow;
use std::fmt;

/// One finding. Offsets count Unicode code points of the document, the end is exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PiiEntity<'a> {
    pub begin_offset: usize,
    pub end_offset: usize,
    /// 0 to 1.
    pub score: f32,
    /// A type's name on the wire.
    #[serde(rename = "Type")]
    pub entity_type: &'a str,
}

/// One entity, as jobs and synchronous operations write it.
#[derive(Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Entity<'a> {
    pub begin_offset: usize,
    pub end_offset: usize,
    /// 0 to 1.
    pub score: f32,
    /// The words themselves, from the document.
    pub text: &'a str,
    /// A type's name on the wire.
    #[serde(rename = "Type")]
    pub entity_type: &'a str,
}

/// Without the text, which belongs in no log.
impl fmt::Debug for Entity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entity")
            .field("begin_offset", &self.begin_offset)
            .field("end_offset", &self.end_offset)
            .field("score", &self.score)
            .field("entity_type", &self.entity_type)
            .finish_non_exhaustive()
    }
}

/// A document that could not be analysed; the job goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentError {
    SizeExceeded {
        limit_bytes: u64,
    },
    /// The document is not UTF-8.
    UnsupportedEncoding,
    /// A file that is not plain text and could not be read.
    Unreadable {
        code: &'static str,
        message: String,
    },
    /// The document could not be analysed for a reason of ours.
    Internal,
}

impl DocumentError {
    pub const fn code(&self) -> &'static str {
        match self {
            Self::SizeExceeded { .. } => "DOCUMENT_SIZE_EXCEEDED",
            Self::UnsupportedEncoding => "UNSUPPORTED_ENCODING",
            Self::Unreadable { code, .. } => code,
            Self::Internal => "INTERNAL_SERVER_ERROR",
        }
    }

    pub fn message(&self) -> Cow<'static, str> {
        match self {
            Self::SizeExceeded { limit_bytes } => {
                Cow::Owned(format!("Document size exceeds maximum size limit {limit_bytes} bytes."))
            }
            Self::UnsupportedEncoding => Cow::Borrowed("Document is not in UTF-8 format."),
            Self::Unreadable { message, .. } => Cow::Owned(message.clone()),
            Self::Internal => Cow::Borrowed("Document could not be analyzed."),
        }
    }
}

/// Writes the records of one input file.
#[derive(Clone, Debug)]
pub struct RecordWriter {
    /// `"File":"<escaped name>"`, made once per file.
    file_member: Vec<u8>,
    /// Whether `Line` is a string, as it is in records of classification.
    lines_as_text: bool,
}

impl RecordWriter {
    /// `file` is the object's name: what follows the last slash of its key.
    pub fn new(file: &str) -> Self {
        let mut file_member = b"\"File\":".to_vec();
        push_json(&mut file_member, file);
        Self {
            file_member,
            lines_as_text: false,
        }
    }

    /// Appends the record of a document. `line` counts from 0 within the file and is absent when the
    /// file is one document.
    pub fn pii<'a>(&self, out: &mut Vec<u8>, line: Option<u64>, entities: impl IntoIterator<Item = PiiEntity<'a>>) {
        self.found(out, line, entities.into_iter().map(|entity| (entity, None)));
    }

    /// Appends the record of a document's entities; `line` as in [`pii`](Self::pii).
    pub fn entities<'a>(&self, out: &mut Vec<u8>, line: Option<u64>, entities: impl IntoIterator<Item = Entity<'a>>) {
        let entities = entities.into_iter().map(|entity| {
            let without_text = PiiEntity {
                begin_offset: entity.begin_offset,
                end_offset: entity.end_offset,
                score: entity.score,
                entity_type: entity.entity_type,
            };
            (without_text, Some(entity.text))
        });
        self.found(out, line, entities);
    }

    /// Appends a record of entities, each with its text where the record shows it.
    fn found<'a>(
        &self,
        out: &mut Vec<u8>,
        line: Option<u64>,
        entities: impl Iterator<Item = (PiiEntity<'a>, Option<&'a str>)>,
    ) {
        out.extend_from_slice(b"{\"Entities\":[");
        for (index, (entity, text)) in entities.enumerate() {
            out.extend_from_slice(if index == 0 {
                b"{\"BeginOffset\":"
            } else {
                b",{\"BeginOffset\":"
            });
            push_json(out, &entity.begin_offset);
            out.extend_from_slice(b",\"EndOffset\":");
            push_json(out, &entity.end_offset);
            out.extend_from_slice(b",\"Score\":");
            push_score(out, entity.score);
            if let Some(text) = text {
                out.extend_from_slice(b",\"Text\":");
                push_json(out, text);
            }
            out.extend_from_slice(b",\"Type\":\"");
            // Names of types have nothing to escape.
            out.extend_from_slice(entity.entity_type.as_bytes());
            out.extend_from_slice(b"\"}");
        }
        out.extend_from_slice(b"],");
        self.finish(out, line);
    }

    /// Appends the record that stands in the place of a document's result.
    pub fn error(&self, out: &mut Vec<u8>, line: Option<u64>, error: &DocumentError) {
        out.extend_from_slice(b"{\"ErrorCode\":");
        push_json(out, error.code());
        out.extend_from_slice(b",\"ErrorMessage\":");
        push_json(out, &*error.message());
        out.push(b',');
        self.finish(out, line);
    }

    fn finish(&self, out: &mut Vec<u8>, line: Option<u64>) {
        out.extend_from_slice(&self.file_member);
        if let Some(line) = line {
            self.push_line(out, line);
        }
        out.extend_from_slice(b"}\n");
    }

    fn push_line(&self, out: &mut Vec<u8>, line: u64) {
        let quote: &[u8] = if self.lines_as_text { b"\"" } else { b"" };
        out.extend_from_slice(b",\"Line\":");
        out.extend_from_slice(quote);
        push_json(out, &line);
        out.extend_from_slice(quote);
    }
}

/// The shortest text that reads back as the same `f32`.
fn push_score(out: &mut Vec<u8>, score: f32) {
    debug_assert!((0.0..=1.0).contains(&score), "score {score} is not a probability");
    push_json(out, &score);
}

fn push_json(out: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    serde_json::to_writer(out, value).expect("writing numbers and strings to a Vec cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entity(begin_offset: usize, end_offset: usize, score: f32, entity_type: &str) -> PiiEntity<'_> {
        PiiEntity {
            begin_offset,
            end_offset,
            score,
            entity_type,
        }
    }

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn pii_records() {
        let writer = RecordWriter::new("notes.txt");
        let two = [entity(0, 5, 0.9987, "NAME"), entity(10, 21, 1.0, "SSN")];
        assert_eq!(
            written(|out| writer.pii(out, Some(3), two)),
            "{\"Entities\":[{\"BeginOffset\":0,\"EndOffset\":5,\"Score\":0.9987,\"Type\":\"NAME\"},\
             {\"BeginOffset\":10,\"EndOffset\":21,\"Score\":1.0,\"Type\":\"SSN\"}],\"File\":\"notes.txt\",\"Line\":3}\n"
        );
        assert_eq!(
            written(|out| writer.pii(out, Some(0), [])),
            "{\"Entities\":[],\"File\":\"notes.txt\",\"Line\":0}\n"
        );
        assert_eq!(
            written(|out| writer.pii(out, None, [])),
            "{\"Entities\":[],\"File\":\"notes.txt\"}\n"
        );
    }

    #[test]
    fn entity_records() {
        let writer = RecordWriter::new("notes.txt");
        let entities = [Entity {
            begin_offset: 3,
            end_offset: 13,
            score: 0.875,
            text: "A \"B\"\n\u{2028}é😀.",
            entity_type: "TITLE",
        }];
        assert_eq!(
            written(|out| writer.entities(out, Some(3), entities)),
            "{\"Entities\":[{\"BeginOffset\":3,\"EndOffset\":13,\"Score\":0.875,\"Text\":\"A \\\"B\\\"\\n\u{2028}é😀.\",\
             \"Type\":\"TITLE\"}],\"File\":\"notes.txt\",\"Line\":3}\n"
        );
        assert_eq!(
            written(|out| writer.entities(out, None, [])),
            "{\"Entities\":[],\"File\":\"notes.txt\"}\n"
        );
        // The same members in the same order where one text is answered at once.
        let answer = serde_json::to_string(&entities).unwrap();
        assert!(written(|out| writer.entities(out, None, entities)).contains(&answer));
        assert!(!format!("{entities:?}").contains('😀'));
    }

    #[test]
    fn error_records() {
        let writer = RecordWriter::new("notes.txt");
        assert_eq!(
            written(|out| writer.error(out, Some(7), &DocumentError::SizeExceeded { limit_bytes: 1_048_576 })),
            "{\"ErrorCode\":\"DOCUMENT_SIZE_EXCEEDED\",\"ErrorMessage\":\"Document size exceeds maximum size limit \
             1048576 bytes.\",\"File\":\"notes.txt\",\"Line\":7}\n"
        );
        assert_eq!(
            written(|out| writer.error(out, None, &DocumentError::UnsupportedEncoding)),
            "{\"ErrorCode\":\"UNSUPPORTED_ENCODING\",\"ErrorMessage\":\"Document is not in UTF-8 format.\",\
             \"File\":\"notes.txt\"}\n"
        );
    }

    #[test]
    fn file_names_are_escaped() {
        let name = "a\"b\\c\u{1}\n\u{2028}é😀.txt";
        let line = written(|out| RecordWriter::new(name).pii(out, None, []));
        assert_eq!(line.matches('\n').count(), 1);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&line).unwrap()["File"], name);
    }

    #[test]
    fn scores_read_back_unchanged() {
        for score in [0.0, 0.1, 0.5, 0.9999, 0.123_456_79, f32::MIN_POSITIVE, 1.0] {
            let line = written(|out| RecordWriter::new("f").pii(out, None, [entity(0, 1, score, "PIN")]));
            let record: serde_json::Value = serde_json::from_str(&line).unwrap();
            assert_eq!(record["Entities"][0]["Score"].as_f64().unwrap() as f32, score, "{line}");
        }
    }
}
