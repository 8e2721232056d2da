//! Annotated texts on disk: JSON lines of texts with labelled spans, and what their sources annotate.
//!
//! One object per line, plain or compressed with gzip:
//!
//! ```json
//! {"id": "1", "lang": "en", "source": "letters", "text": "Ann moved.", "spans": [{"start": 0, "end": 3, "label": "PERSON"}]}
//! ```
//!
//! Offsets are Unicode code points, `end` exclusive. Other keys are ignored, so that records can carry more.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use serde::{Deserialize, Deserializer};

/// A file of annotated texts that cannot be read. Says where, never what the text says.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be opened or read.
    #[error("read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A line, or the file of sources, is not JSON of the expected form. Without the parser's own message, since that
    /// may quote the text.
    #[error("{path}:{line}:{column}: not {expected}")]
    Json {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What should be there.
        expected: &'static str,
    },
    /// A span lies outside its text.
    #[error("{path}:{line}: the span {start}..{end} lies outside the text of {length} code points or is empty")]
    Span {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// First code point.
        start: usize,
        /// One past the last code point.
        end: usize,
        /// Length of the text in code points.
        length: usize,
    },
}

/// A labelled stretch of a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Annotation {
    /// First code point.
    pub start: usize,
    /// One past the last code point.
    pub end: usize,
    /// What it is.
    pub label: String,
}

/// A stretch of a text that is not judged: both to mark it and not to mark it is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Zone {
    /// First code point.
    pub start: usize,
    /// One past the last code point.
    pub end: usize,
}

/// An annotated text. Its `Debug` output leaves the text out.
#[derive(Clone, Deserialize)]
pub struct Record {
    /// Tells the record from others of the file. A number becomes its digits.
    #[serde(deserialize_with = "id")]
    pub id: String,
    /// Language code, if the file says.
    #[serde(default)]
    pub lang: Option<String>,
    /// Where it comes from; empty if the file does not say.
    #[serde(default)]
    pub source: String,
    /// The text.
    pub text: String,
    /// Its spans, sorted.
    #[serde(default)]
    pub spans: Vec<Annotation>,
    /// What is not judged.
    #[serde(default)]
    pub ignore: Vec<Zone>,
}

/// The id of a record as files have it: a string or a number.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Id {
    /// A string.
    Text(String),
    /// A number.
    Number(serde_json::Number),
}

impl Id {
    /// The id as a record has it.
    pub fn into_string(self) -> String {
        match self {
            Id::Text(text) => text,
            Id::Number(number) => number.to_string(),
        }
    }
}

fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Id::deserialize(deserializer).map(Id::into_string)
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record")
            .field("id", &self.id)
            .field("source", &self.source)
            .field("bytes", &self.text.len())
            .field("spans", &self.spans.len())
            .finish_non_exhaustive()
    }
}

/// Reads all records of a file, plain or compressed. Empty lines are skipped; spans come out sorted.
///
/// # Errors
/// A file that cannot be read, a line of another form, a span outside its text.
pub fn read(path: impl AsRef<Path>) -> Result<Vec<Record>, Error> {
    let path = path.as_ref();
    let mut records = Vec::new();
    for line in lines(path)? {
        let (number, line) = line?;
        let mut record: Record = serde_json::from_str(&line).map_err(|error| Error::Json {
            path: path.to_owned(),
            line: number,
            column: error.column(),
            expected: "an annotated text: an object with id, text and spans",
        })?;
        let length = record.text.chars().count();
        let bounds = record.spans.iter().map(|span| (span.start, span.end));
        let zones = record.ignore.iter().map(|zone| (zone.start, zone.end));
        if let Some((start, end)) = bounds.chain(zones).find(|&(start, end)| start >= end || end > length) {
            return Err(Error::Span {
                path: path.to_owned(),
                line: number,
                start,
                end,
                length,
            });
        }
        record.spans.sort_unstable();
        records.push(record);
    }
    Ok(records)
}

/// The lines of a file, plain or compressed with gzip, that are not empty, with their numbers from 1.
///
/// # Errors
/// A file that cannot be read, or is not UTF-8.
pub fn lines(path: &Path) -> Result<impl Iterator<Item = Result<(usize, String), Error>>, Error> {
    let lines = BufReader::new(open(path)?).lines().zip(1..);
    Ok(lines.filter_map(move |(line, number)| match line {
        Ok(line) if line.trim().is_empty() => None,
        Ok(line) => Some(Ok((number, line))),
        Err(source) => Some(Err(Error::Read {
            path: path.to_owned(),
            source,
        })),
    }))
}

/// The first two bytes of a file compressed with gzip.
const GZIP: [u8; 2] = [0x1f, 0x8b];

fn open(path: &Path) -> Result<Box<dyn Read>, Error> {
    let read = || -> std::io::Result<Box<dyn Read>> {
        let mut file = BufReader::new(File::open(path)?);
        if file.fill_buf()?.starts_with(&GZIP) {
            Ok(Box::new(MultiGzDecoder::new(file)))
        } else {
            Ok(Box::new(file))
        }
    };
    read().map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })
}

#[derive(Clone, Debug, Deserialize)]
struct Source {
    #[serde(default)]
    covers: Vec<String>,
    #[serde(default, alias = "covers_partly")]
    partial: Vec<String>,
}

#[derive(Deserialize)]
struct NamedSource {
    source: String,
    #[serde(flatten)]
    facts: Source,
}

/// Sources by name, or a list of sources that say their names.
#[derive(Deserialize)]
#[serde(untagged)]
enum Listing {
    ByName(BTreeMap<String, Source>),
    List(Vec<NamedSource>),
}

#[derive(Deserialize)]
struct SourcesFile {
    #[serde(default)]
    labels: Vec<String>,
    sources: Listing,
}

/// What the sources of a collection annotate.
///
/// A source *covers* a label if it marks it wherever it occurs; only then is an unmarked place a sign that there is
/// nothing. Where a label is *partial*, its spans are right and their absence says nothing.
#[derive(Clone, Debug)]
pub struct Sources {
    labels: Vec<String>,
    sources: BTreeMap<String, Source>,
}

impl Sources {
    /// Reads a file of the form `{"labels": [...], "sources": {"name": {"covers": [...], "partial": [...]}}}`, or with
    /// the sources as a list of `{"source": "name", "covers": [...]}`. Without `labels` they are those that the sources
    /// name, sorted.
    ///
    /// # Errors
    /// A file that cannot be read or has another form.
    pub fn read(path: impl AsRef<Path>) -> Result<Sources, Error> {
        let path = path.as_ref();
        let file: SourcesFile = serde_json::from_reader(BufReader::new(open(path)?)).map_err(|error| Error::Json {
            path: path.to_owned(),
            line: error.line(),
            column: error.column(),
            expected: "a file of sources: an object with labels and sources",
        })?;
        let sources = match file.sources {
            Listing::ByName(sources) => sources,
            Listing::List(list) => list.into_iter().map(|named| (named.source, named.facts)).collect(),
        };
        let labels = if file.labels.is_empty() {
            let named: BTreeSet<&String> = sources
                .values()
                .flat_map(|source| source.covers.iter().chain(&source.partial))
                .collect();
            named.into_iter().cloned().collect()
        } else {
            file.labels
        };
        Ok(Sources { labels, sources })
    }

    /// All labels of the collection.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The labels that `source` marks throughout, `None` if the source is unknown.
    pub fn covers(&self, source: &str) -> Option<&[String]> {
        self.sources.get(source).map(|source| source.covers.as_slice())
    }

    /// The labels that `source` marks here and there.
    pub fn partial(&self, source: &str) -> &[String] {
        self.sources.get(source).map_or(&[], |source| source.partial.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    const LINE: &str = r#"{"id":"1","text":"Zoë and Ann","spans":[{"start":8,"end":11,"label":"P"},{"start":0,"end":3,"label":"P"}],"x":1}"#;

    #[test]
    fn reads_plain_and_compressed_alike_in_order_of_spans() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(LINE.as_bytes()).unwrap();
        for bytes in [format!("{LINE}\n\n").into_bytes(), gzip.finish().unwrap()] {
            let records = read(file(&bytes).path()).unwrap();
            assert_eq!(records.len(), 1);
            let starts: Vec<usize> = records[0].spans.iter().map(|span| span.start).collect();
            assert_eq!(starts, [0, 8]);
        }
    }

    #[test]
    fn a_span_outside_the_text_is_told_with_its_line() {
        let bytes = format!("{LINE}\n{}\n", LINE.replace("\"end\":11", "\"end\":12"));
        let error = read(file(bytes.as_bytes()).path()).unwrap_err();
        assert!(
            matches!(
                error,
                Error::Span {
                    line: 2,
                    end: 12,
                    length: 11,
                    ..
                }
            ),
            "{error:?}"
        );
        assert!(!format!("{error:?} {error}").contains("Ann"));
    }

    #[test]
    fn sources_tell_covered_from_partial_from_unknown() {
        let sources = file(br#"{"labels":["A","B"],"sources":{"s":{"covers":["A"],"partial":["B"],"repo":"r"}}}"#);
        let sources = Sources::read(sources.path()).unwrap();
        assert_eq!(sources.labels(), ["A", "B"]);
        assert_eq!(sources.covers("s"), Some(&["A".to_owned()][..]));
        assert_eq!(sources.partial("s"), ["B"]);
        assert_eq!(sources.covers("t"), None);
    }

    #[test]
    fn sources_may_come_as_a_list_and_name_the_labels_themselves() {
        let sources = file(br#"{"format":"x","sources":[{"source":"s","covers":["B"],"covers_partly":["A"]}]}"#);
        let sources = Sources::read(sources.path()).unwrap();
        assert_eq!(sources.labels(), ["A", "B"]);
        assert_eq!(sources.covers("s"), Some(&["B".to_owned()][..]));
        assert_eq!(sources.partial("s"), ["A"]);
    }

    #[test]
    fn ids_may_be_numbers_and_bad_lines_are_told_without_their_text() {
        let numbered = LINE.replace("\"id\":\"1\"", "\"id\":17");
        assert_eq!(read(file(numbered.as_bytes()).path()).unwrap()[0].id, "17");
        let broken = format!("{LINE}\n{}\n", LINE.replace("\"start\":0", "\"start\":\"Ann\""));
        let error = read(file(broken.as_bytes()).path()).unwrap_err();
        assert!(matches!(error, Error::Json { line: 2, .. }));
        assert!(!format!("{error:?} {error}").contains("Ann"));
    }

    #[test]
    fn debug_output_holds_no_text() {
        let records = read(file(LINE.as_bytes()).path()).unwrap();
        assert!(!format!("{:?}", records[0]).contains("Ann"));
    }
}
