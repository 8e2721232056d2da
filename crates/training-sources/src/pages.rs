//! Labelled documents that are files of their own: PDF, Word, images.
//!
//! They are read once and kept as text, since a training goes through its data several times and recognising the text of
//! a picture takes seconds. A document that cannot be read is left out and counted, as it would be in a job; a row that
//! names a document or a page that is not there is refused, since nobody meant that.

use std::collections::HashMap;
use std::io::Read;

use construe_document_reader::{Document, Limits, Options, ReadError, Reader};
use construe_jobs::Location;
use construe_models::LabelledDocuments;
use construe_training_data::classification::{DocumentRows, Format};
use construe_training_data::{DataError, Rule, Warnings};
use construe_worker::{TrainerError, TrainingData, TrainingObject};

use crate::ahead::Ahead;
use crate::failure::data_refused;
use crate::meter::Meter;

/// Bytes of text that the pages of a training may have together: some 80,000 pages.
const MOST_TEXT: usize = 256 << 20;
/// The most rows that name documents, and the most bytes of their labels: all of them are needed at a time.
const MOST_ROWS: usize = 1_000_000;
const MOST_LABELS: usize = 64 << 20;

/// How documents are read.
pub struct Reading<'r> {
    reader: &'r Reader,
    options: Options,
}

impl<'r> Reading<'r> {
    /// `language`: code of that of the documents.
    pub fn new(reader: &'r Reader, reading: construe_models::Reading, language: &str) -> Self {
        let options = Options {
            force_ocr: reading.force_ocr,
            language: Some(language.to_owned()),
            limits: Limits::asynchronous(),
        };
        Self { reader, options }
    }
}

/// The text of a page, or of all pages of a document, with its labels.
pub(crate) struct Page {
    /// Of the file of labels, in [`Pages::files`].
    file: usize,
    /// In that file, from 1.
    pub(crate) line: u64,
    pub(crate) labels: Vec<String>,
    pub(crate) text: String,
}

/// The pages that a job names, in the order of the rows that do.
#[derive(Default)]
pub(crate) struct Pages {
    files: Vec<Location>,
    pages: Vec<Page>,
    pub(crate) warnings: Warnings,
}

/// A row whose document has not been read yet.
struct Row {
    file: usize,
    line: u64,
    labels: Vec<String>,
    page: Option<u32>,
}

impl Pages {
    pub(crate) fn read(
        data: &dyn TrainingData,
        places: &[LabelledDocuments],
        format: &Format,
        reading: &Reading<'_>,
        meter: &Meter<'_>,
    ) -> Result<Self, TrainerError> {
        let mut pages = Self::default();
        let mut rows = Rows::default();
        for place in places {
            let found = data.objects(&place.documents)?;
            let documents = by_name(&found, &place.documents);
            for object in data.objects(&place.labels)?.iter() {
                let warnings = rows.read(data, object, format, &documents)?;
                pages.warnings.add(&warnings);
            }
        }
        pages.files = rows.files;
        let mut texts: Vec<Option<String>> = rows.rows.iter().map(|_| None).collect();
        let mut kept = 0;
        let mut documents = Ahead::new(data, rows.documents.iter().map(|(object, _)| object));
        for (number, (_, of_document)) in rows.documents.iter().enumerate() {
            let share = number as f64 / rows.documents.len() as f64;
            meter.report(share)?;
            let Some((object, content)) = documents.next()? else {
                break;
            };
            let stopped = || meter.go_on(share).is_break();
            let document = match read(content, reading, &stopped)? {
                Ok(document) => document,
                Err(ReadError::Stopped) => return Err(TrainerError::Interrupted),
                Err(error @ ReadError::OcrUnavailable(_)) => {
                    return Err(TrainerError::refused(
                        "OCR_UNAVAILABLE",
                        format_args!("{}: {error}.", object.location),
                    ));
                }
                Err(_) => {
                    pages.warnings.unreadable_documents += of_document.len() as u64;
                    continue;
                }
            };
            for &row in of_document {
                let text = pages.text(&document, &rows.rows[row])?;
                kept += text.as_ref().map_or(0, String::len);
                if kept > MOST_TEXT {
                    return Err(too_large(format_args!(
                        "The documents hold more than {MOST_TEXT} bytes of text."
                    )));
                }
                texts[row] = text;
            }
        }
        let with_text = rows.rows.into_iter().zip(texts);
        pages.pages.extend(with_text.filter_map(|(row, text)| {
            Some(Page {
                file: row.file,
                line: row.line,
                labels: row.labels,
                text: text?,
            })
        }));
        Ok(pages)
    }

    /// The text that a row means; `None`: there is none to learn from.
    fn text(&mut self, document: &Document, row: &Row) -> Result<Option<String>, TrainerError> {
        let text = match row.page {
            None => document.text(),
            Some(number) => {
                let Some(page) = document.pages.iter().find(|page| page.number == number) else {
                    let rule = Rule::PageBeyondEnd {
                        pages: document.pages.len(),
                    };
                    let line = row.line;
                    return Err(data_refused(&self.files[row.file], DataError::Invalid { line, rule }));
                };
                match &page.content {
                    Ok(content) => content.text.clone(),
                    Err(_) => {
                        self.warnings.unreadable_documents += 1;
                        return Ok(None);
                    }
                }
            }
        };
        if text.trim().is_empty() {
            self.warnings.empty_documents += 1;
            return Ok(None);
        }
        Ok(Some(text))
    }

    /// The pages, each with the file of labels that names it.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Location, &Page)> {
        self.pages.iter().map(|page| (&self.files[page.file], page))
    }

    /// Bytes of their text.
    pub(crate) fn bytes(&self) -> u64 {
        self.pages.iter().map(|page| page.text.len() as u64).sum()
    }
}

fn too_large(sentence: std::fmt::Arguments<'_>) -> TrainerError {
    TrainerError::refused("TRAINING_DATA_TOO_LARGE", sentence)
}

/// The rows of all files of labels, and which of them name which document: the documents in the order in which they are
/// named first.
#[derive(Default)]
struct Rows {
    files: Vec<Location>,
    rows: Vec<Row>,
    documents: Vec<(TrainingObject, Vec<usize>)>,
    known: HashMap<Location, usize>,
    /// Bytes of the labels of all rows.
    labels: usize,
}

impl Rows {
    fn read(
        &mut self,
        data: &dyn TrainingData,
        object: &TrainingObject,
        format: &Format,
        documents: &HashMap<&str, &TrainingObject>,
    ) -> Result<Warnings, TrainerError> {
        let location = &object.location;
        let refused = |error| data_refused(location, error);
        let file = self.files.len();
        self.files.push(location.clone());
        let mut rows = DocumentRows::new(data.open(object)?, format.clone());
        while let Some(row) = rows.next_row().map_err(refused)? {
            let line = row.line;
            let Some(&document) = documents.get(row.file) else {
                let rule = Rule::UnknownDocument;
                return Err(refused(DataError::Invalid { line, rule }));
            };
            let number = *self.known.entry(document.location.clone()).or_insert_with(|| {
                self.documents.push((document.clone(), Vec::new()));
                self.documents.len() - 1
            });
            self.labels += row.labels.iter().map(|label| label.len()).sum::<usize>();
            if self.rows.len() == MOST_ROWS || self.labels > MOST_LABELS {
                return Err(too_large(format_args!(
                    "More than {MOST_ROWS} rows name documents, or their labels have more than {MOST_LABELS} bytes."
                )));
            }
            self.documents[number].1.push(self.rows.len());
            self.rows.push(Row {
                file,
                line,
                labels: row.labels.iter().map(|&label| label.to_owned()).collect(),
                page: row.page,
            });
        }
        Ok(*rows.warnings())
    }
}

/// The documents below a place by the names that rows may have for them: what follows the place or its folder.
fn by_name<'f>(found: &'f [TrainingObject], place: &Location) -> HashMap<&'f str, &'f TrainingObject> {
    let folder = place.key.rfind('/').map_or(0, |slash| slash + 1);
    let key = |object: &'f TrainingObject| object.location.key.as_str();
    let mut documents: HashMap<_, _> = found.iter().map(|object| (&key(object)[folder..], object)).collect();
    // A place without the slash at its end is a folder all the same, if anything lies in it.
    let inside = |object| Some((key(object)[place.key.len()..].strip_prefix('/')?, object));
    documents.extend(found.iter().filter_map(inside));
    documents
}

/// Reads a document; the inner error is the document's own.
fn read(
    content: impl Read,
    reading: &Reading<'_>,
    stopped: &dyn Fn() -> bool,
) -> Result<Result<Document, ReadError>, TrainerError> {
    // No kind of document may be larger than a PDF. One that is has more bytes than are worth fetching.
    let most = reading.options.limits.pdf_bytes as u64;
    let mut bytes = Vec::new();
    content.take(most + 1).read_to_end(&mut bytes)?;
    Ok(reading.reader.read(&bytes, &reading.options, stopped))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_have_the_names_that_follow_their_place() {
        let keys = ["in/docs/a.pdf", "in/docs/more/b.pdf", "in/docs-2/a.pdf"];
        for (place, name, key) in [
            ("in/docs/", "a.pdf", Some("in/docs/a.pdf")),
            ("in/docs/", "more/b.pdf", Some("in/docs/more/b.pdf")),
            ("in/docs/", "b.pdf", None),
            ("in/docs", "a.pdf", Some("in/docs/a.pdf")),
            ("in/docs", "docs/a.pdf", Some("in/docs/a.pdf")),
            ("in/docs", "docs-2/a.pdf", Some("in/docs-2/a.pdf")),
            ("in/docs/a.pdf", "a.pdf", Some("in/docs/a.pdf")),
            ("", "in/docs/a.pdf", Some("in/docs/a.pdf")),
        ] {
            let found: Vec<_> = keys
                .iter()
                .filter(|key| key.starts_with(place))
                .map(|&key| TrainingObject {
                    location: Location::new("b", key),
                    etag: String::new(),
                    size: 1,
                })
                .collect();
            let names = by_name(&found, &Location::new("b", place));
            let found = names.get(name).map(|object| object.location.key.as_str());
            assert_eq!(found, key, "{name} below {place:?}");
        }
    }
}
