//! Files of annotations: where in which document an entity stands.

use std::collections::HashMap;
use std::io::BufRead;

use crate::csv::Csv;
use crate::entities::{Span, Types};
use crate::error::{DataError, Rule};
use crate::warnings::Warnings;

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Documents {
    /// Each line of a file is one; `Line` counts them from 0 and offsets begin at each anew.
    Lines,
    /// Each file is one.
    Files,
}

/// An annotation as the file has it.
#[derive(Clone, Copy, Debug)]
struct Annotation {
    /// Number of the file in order of appearance.
    file: u32,
    /// The document's line, 0 where files are documents.
    line: u64,
    span: Span,
    /// The line in the file of annotations.
    row: u64,
}

/// All annotations of a corpus, by document.
pub struct Annotations {
    files: HashMap<String, u32>,
    /// By file, line, start.
    all: Vec<Annotation>,
    /// Whether the annotation's document was there.
    used: Vec<bool>,
    /// Bytes of the names of all files.
    names: usize,
    documents: Documents,
    warnings: Warnings,
}

/// The most annotations of a training: all of them are needed at a time, 40 bytes each. Texts of the size that models are
/// trained on have a hundredth of them.
pub const MOST_ANNOTATIONS: usize = 5_000_000;

/// The most bytes that the names of the files may have together.
pub const MOST_NAME_BYTES: usize = 100_000_000;

/// What annotations may come to.
struct Limits {
    annotations: usize,
    name_bytes: usize,
}

const LIMITS: Limits = Limits {
    annotations: MOST_ANNOTATIONS,
    name_bytes: MOST_NAME_BYTES,
};

impl std::fmt::Debug for Annotations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Annotations")
            .field("files", &self.files.len())
            .field("annotations", &self.all.len())
            .field("warnings", &self.warnings)
            .finish_non_exhaustive()
    }
}

const HEADER_LINES: &str = "File,Line,Begin Offset,End Offset,Type";
const HEADER_FILES: &str = "File,Begin Offset,End Offset,Type";

/// Where the columns stand.
struct Columns {
    file: usize,
    line: Option<usize>,
    begin: usize,
    end: usize,
    kind: usize,
    count: usize,
}

impl Columns {
    fn read(header: &[&str], documents: Documents) -> Option<Columns> {
        let find = |name: &str| {
            let same = |column: &&str| {
                // "Begin Offset", "begin_offset" and "BeginOffset" are one name.
                let letters = column.chars().filter(|c| !c.is_whitespace() && *c != '_');
                letters.map(|c| c.to_ascii_lowercase()).eq(name.chars())
            };
            header.iter().position(same)
        };
        let columns = Columns {
            file: find("file")?,
            line: find("line"),
            begin: find("beginoffset")?,
            end: find("endoffset")?,
            kind: find("type")?,
            count: header.len(),
        };
        let known = 4 + usize::from(columns.line.is_some());
        let fits = header.len() == known && (documents == Documents::Files || columns.line.is_some());
        fits.then_some(columns)
    }
}

impl Annotations {
    /// Reads a file of annotations with its header. Those of other types than `types` are left out.
    ///
    /// # Errors
    /// A header or row that breaks a rule, or an input that cannot be read.
    pub fn read<R: BufRead>(input: R, types: &Types, documents: Documents) -> Result<Annotations, DataError> {
        let mut annotations = Annotations {
            files: HashMap::new(),
            all: Vec::new(),
            used: Vec::new(),
            names: 0,
            documents,
            warnings: Warnings::default(),
        };
        annotations.append(input, types)?;
        Ok(annotations)
    }

    /// Adds those of another file: training data may lie in several. Call it before asking for documents.
    ///
    /// # Errors
    /// As [`Annotations::read`].
    pub fn append<R: BufRead>(&mut self, input: R, types: &Types) -> Result<(), DataError> {
        self.append_within(&LIMITS, input, types)
    }

    fn append_within<R: BufRead>(&mut self, limits: &Limits, input: R, types: &Types) -> Result<(), DataError> {
        let (header, columns) = match self.documents {
            Documents::Lines => (HEADER_LINES, "5"),
            Documents::Files => (HEADER_FILES, "4"),
        };
        let mut csv = Csv::new(input, crate::LONGEST_ROW, columns);
        let bad_header = || DataError::at(1, Rule::Header { expected: header });
        let first = csv.next_record()?.ok_or_else(bad_header)?;
        let columns = Columns::read(&first.fields, self.documents).ok_or_else(bad_header)?;
        let expected = csv.expected();
        while let Some(record) = csv.next_record()? {
            let fault = |rule| DataError::at(record.line, rule);
            let fields = &record.fields;
            if fields.len() != columns.count {
                return Err(fault(Rule::Columns { expected }));
            }
            let file = fields[columns.file].trim();
            if file.is_empty() {
                return Err(fault(Rule::FileName));
            }
            let line = match columns.line {
                None => 0,
                Some(column) => match (self.documents, fields[column].trim()) {
                    (Documents::Files, "" | "0") => 0,
                    (Documents::Files, _) => return Err(fault(Rule::LineInFile)),
                    (Documents::Lines, line) => number(line, "Line").map_err(fault)?,
                },
            };
            let start = number(fields[columns.begin].trim(), "Begin Offset").map_err(fault)?;
            let end = number(fields[columns.end].trim(), "End Offset").map_err(fault)?;
            if end <= start {
                return Err(fault(Rule::OffsetOrder));
            }
            let Some(kind) = types.read(fields[columns.kind]).map_err(fault)? else {
                self.warnings.other_types += 1;
                continue;
            };
            if self.all.len() == limits.annotations {
                let limit = limits.annotations;
                return Err(fault(Rule::TooManyAnnotations { limit }));
            }
            let file = match self.files.get(file) {
                Some(&number) => number,
                None => {
                    self.names += file.len();
                    if self.names > limits.name_bytes {
                        let (what, limit) = ("names of files", limits.name_bytes);
                        return Err(fault(Rule::TooManyBytes { what, limit }));
                    }
                    let number = self.files.len() as u32;
                    self.files.insert(file.to_owned(), number);
                    number
                }
            };
            self.all.push(Annotation {
                file,
                line,
                span: Span { start, end, kind },
                row: record.line,
            });
        }
        // Of those that begin together the longest comes first, of those that are equal the first in the file.
        self.all.sort_by_key(|annotation| {
            let span = annotation.span;
            (
                annotation.file,
                annotation.line,
                span.start,
                std::cmp::Reverse(span.end),
            )
        });
        self.used = vec![false; self.all.len()];
        Ok(())
    }

    /// The annotations of a document, in order, none overlapping another. `file` is the name of its object: all of the
    /// key, or any part of it after a slash, as the file of annotations has it; `line` counts from 0 and is ignored
    /// where files are documents.
    ///
    /// # Errors
    /// An annotation beyond the end of the text or of white space only, by its line in the file of annotations.
    pub fn of(&mut self, file: &str, line: u64, text: &str) -> Result<Vec<Span>, DataError> {
        let Some(file) = self.file(file) else {
            return Ok(Vec::new());
        };
        let line = match self.documents {
            Documents::Lines => line,
            Documents::Files => 0,
        };
        let first = self
            .all
            .partition_point(|annotation| (annotation.file, annotation.line) < (file, line));
        let count = self.all[first..].partition_point(|annotation| (annotation.file, annotation.line) == (file, line));
        if count == 0 {
            return Ok(Vec::new());
        }
        self.used[first..first + count].fill(true);
        let checker = SpanChecker::new(text);
        let mut spans: Vec<Span> = Vec::with_capacity(count);
        for annotation in &self.all[first..first + count] {
            let span = annotation.span;
            checker
                .check(span)
                .map_err(|rule| DataError::at(annotation.row, rule))?;
            match spans.last() {
                Some(last) if *last == span => {}
                Some(last) if span.start < last.end => self.warnings.overlaps += 1,
                _ => spans.push(span),
            }
        }
        Ok(spans)
    }

    /// The number of a file by its whole name or by what follows one of the slashes, the longest first.
    fn file(&self, name: &str) -> Option<u32> {
        let tails = name.match_indices('/').map(|(at, _)| &name[at + 1..]);
        std::iter::once(name)
            .chain(tails)
            .find_map(|tail| self.files.get(tail).copied())
    }

    /// How many annotations there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// What was left out, with the annotations whose documents were not asked for.
    pub fn warnings(&self) -> Warnings {
        Warnings {
            without_document: self.used.iter().filter(|&&used| !used).count() as u64,
            ..self.warnings
        }
    }
}

fn number<N: std::str::FromStr>(field: &str, column: &'static str) -> Result<N, Rule> {
    field.parse().map_err(|_| Rule::Number { column })
}

/// Tells whether spans lie inside a document and hold anything.
pub(crate) struct SpanChecker {
    /// Whether each character is white space.
    spaces: Vec<bool>,
}

impl SpanChecker {
    pub(crate) fn new(text: &str) -> SpanChecker {
        SpanChecker {
            spaces: text.chars().map(char::is_whitespace).collect(),
        }
    }

    pub(crate) fn check(&self, span: Span) -> Result<(), Rule> {
        let length = self.spaces.len();
        match self.spaces.get(span.start as usize..span.end as usize) {
            None => Err(Rule::OffsetBeyondEnd { length }),
            Some(characters) if characters.iter().all(|&space| space) => Err(Rule::OffsetsOfSpace),
            Some(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_as_a_whole_is_bounded() {
        let types = Types::new(["A"]).unwrap();
        let rows = "File,Begin Offset,End Offset,Type\na.txt,0,1,A\nb.txt,0,1,A\na.txt,2,3,A\n";
        for (annotations, name_bytes, refused) in [
            (3, 10, None),
            (
                2,
                10,
                Some("line 4: this is one annotation more than the 2 that a training can have"),
            ),
            (
                3,
                9,
                Some("line 3: the names of files up to here have more than 9 bytes together"),
            ),
        ] {
            let limits = Limits {
                annotations,
                name_bytes,
            };
            let header = "File,Begin Offset,End Offset,Type\n".as_bytes();
            let mut all = Annotations::read(header, &types, Documents::Files).unwrap();
            let read = all.append_within(&limits, rows.as_bytes(), &types);
            let told = read.err().map(|error| error.to_string());
            assert_eq!(told.as_deref(), refused, "{annotations} and {name_bytes}");
        }
    }
}
