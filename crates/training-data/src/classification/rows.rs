//! Rows of labels and texts.

use std::io::BufRead;

use crate::classification::{Format, labels};
use crate::csv::Csv;
use crate::digest::Digest;
use crate::error::{DataError, Rule};
use crate::warnings::Warnings;

/// A document with its labels. Its `Debug` output leaves the text out.
#[derive(PartialEq, Eq)]
pub struct Row<'r> {
    /// The line where it begins, from 1.
    pub line: u64,
    /// At least one label, exactly one in multi-class mode.
    pub labels: Vec<&'r str>,
    /// The text: more than white space.
    pub text: &'r str,
}

impl Row<'_> {
    /// Tells the text from others, but for case and white space.
    pub fn digest(&self) -> Digest {
        Digest::of(self.text)
    }
}

impl std::fmt::Debug for Row<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Row")
            .field("line", &self.line)
            .field("labels", &self.labels)
            .field("bytes", &self.text.len())
            .finish()
    }
}

/// Reads a file of two columns without a header: labels and text.
pub struct Rows<R> {
    csv: Csv<R>,
    format: Format,
    warnings: Warnings,
}

impl<R: BufRead> Rows<R> {
    /// Reads `input` from its beginning.
    pub fn new(input: R, format: Format) -> Rows<R> {
        Rows {
            csv: Csv::new(input, format.longest_row, "2"),
            format,
            warnings: Warnings::default(),
        }
    }

    /// The next row with a text, `None` after the last.
    ///
    /// # Errors
    /// A row that breaks a rule, or an input that cannot be read. There is no reading on after it.
    pub fn next_row(&mut self) -> Result<Option<Row<'_>>, DataError> {
        loop {
            if !self.csv.advance()? {
                return Ok(None);
            }
            if !self.csv.ends_blank(2) {
                break;
            }
            self.warnings.empty_documents += 1;
        }
        let expected = self.csv.expected();
        let record = self.csv.record()?;
        let fault = |rule| DataError::at(record.line, rule);
        let [column, text] = record.fields[..] else {
            return Err(fault(Rule::Columns { expected }));
        };
        let labels = labels::split(column, &self.format, &mut self.warnings).map_err(fault)?;
        Ok(Some(Row {
            line: record.line,
            labels,
            text,
        }))
    }

    /// What was left out so far.
    pub fn warnings(&self) -> &Warnings {
        &self.warnings
    }
}
