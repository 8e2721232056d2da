//! Rows of labels and names of documents, for classifiers of PDF files, images and the like.

use std::io::BufRead;

use crate::classification::{Format, labels};
use crate::csv::Csv;
use crate::error::{DataError, Rule};
use crate::warnings::Warnings;

/// A document in a file, with its labels.
#[derive(Debug, PartialEq, Eq)]
pub struct DocumentRow<'r> {
    /// The line where it begins, from 1.
    pub line: u64,
    /// At least one label, exactly one in multi-class mode.
    pub labels: Vec<&'r str>,
    /// The name of the file, as it stands there.
    pub file: &'r str,
    /// The page that is meant, from 1; all of the file if there is none.
    pub page: Option<u32>,
}

/// Reads a file of two or three columns without a header: labels, name of a file, page.
pub struct DocumentRows<R> {
    csv: Csv<R>,
    format: Format,
    warnings: Warnings,
}

impl<R: BufRead> DocumentRows<R> {
    /// Reads `input` from its beginning.
    pub fn new(input: R, format: Format) -> DocumentRows<R> {
        DocumentRows {
            csv: Csv::new(input, format.longest_row, "2 or 3"),
            format,
            warnings: Warnings::default(),
        }
    }

    /// The next row, `None` after the last.
    ///
    /// # Errors
    /// A row that breaks a rule, or an input that cannot be read. There is no reading on after it.
    pub fn next_row(&mut self) -> Result<Option<DocumentRow<'_>>, DataError> {
        let expected = self.csv.expected();
        let Some(record) = self.csv.next_record()? else {
            return Ok(None);
        };
        let fault = |rule| DataError::at(record.line, rule);
        let (column, file, page) = match record.fields[..] {
            [column, file] => (column, file, ""),
            [column, file, page] => (column, file, page.trim()),
            _ => return Err(fault(Rule::Columns { expected })),
        };
        let labels = labels::split(column, &self.format, &mut self.warnings).map_err(fault)?;
        let file = file.trim();
        if file.is_empty() {
            return Err(fault(Rule::FileName));
        }
        let page = match page {
            "" => None,
            page => match page.parse() {
                Ok(page) if page > 0 => Some(page),
                _ => return Err(fault(Rule::Page)),
            },
        };
        Ok(Some(DocumentRow {
            line: record.line,
            labels,
            file,
            page,
        }))
    }

    /// What was left out so far.
    pub fn warnings(&self) -> &Warnings {
        &self.warnings
    }
}
