//! Rows as this crate writes them: every reader of comma-separated values reads them.

use std::io::{self, ErrorKind, Write};

/// A label that holds the delimiter cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a label holds the delimiter of labels")]
pub struct DelimiterInLabel;

/// Writes a row that [`crate::classification::Rows`] reads back with the same delimiter: labels, a comma, the text in
/// quotation marks, LF. Without a delimiter there is one label, as in multi-class mode.
///
/// # Errors
/// Those of the writer; an [`ErrorKind::InvalidInput`] with [`DelimiterInLabel`] inside for labels that would be read
/// back as others. Nothing is written then.
pub fn write_row(out: &mut impl Write, labels: &[&str], delimiter: Option<char>, text: &str) -> io::Result<()> {
    let ambiguous = match delimiter {
        Some(delimiter) => labels.iter().any(|label| label.contains(delimiter)),
        None => labels.len() != 1,
    };
    if ambiguous || labels.is_empty() {
        return Err(io::Error::new(ErrorKind::InvalidInput, DelimiterInLabel));
    }
    let mut column = labels[0].to_owned();
    for label in &labels[1..] {
        column.extend(delimiter);
        column.push_str(label);
    }
    // A byte order mark at the start of a file would be taken for one of the file.
    if column.contains(['"', ',', '\n', '\r', '\u{feff}']) {
        quoted(out, &column)?;
    } else {
        out.write_all(column.as_bytes())?;
    }
    out.write_all(b",")?;
    quoted(out, text)?;
    out.write_all(b"\n")
}

fn quoted(out: &mut impl Write, field: &str) -> io::Result<()> {
    out.write_all(b"\"")?;
    for (position, part) in field.split('"').enumerate() {
        if position > 0 {
            out.write_all(b"\"\"")?;
        }
        out.write_all(part.as_bytes())?;
    }
    out.write_all(b"\"")
}
