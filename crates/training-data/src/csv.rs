//! Comma-separated values as a stream: one row in memory.
//!
//! A field in quotation marks may hold commas, line breaks and, written twice, quotation marks. In a field without them
//! a quotation mark is an ordinary character. Lines end with LF, CR or CRLF; empty lines are no rows; a byte order mark
//! at the start is left out.

use std::io::{BufRead, ErrorKind};

use memchr::memchr3;

use crate::error::{DataError, Rule};

const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// Rows of more columns are told before memory is spent on them.
const MOST_COLUMNS: usize = 64;

/// Reads rows.
pub(crate) struct Csv<R> {
    input: R,
    longest_row: usize,
    /// What a wrong number of columns is told to be instead.
    expected: &'static str,
    /// The line of the next byte.
    line: u64,
    /// Whether the last byte was a CR: an LF after it ends the same line.
    after_cr: bool,
    begun: bool,
    /// The line where the row begins.
    row_line: u64,
    /// The bytes of all fields of the row, one after the other.
    bytes: Vec<u8>,
    /// Where each field ends in `bytes`, and the line where it begins.
    fields: Vec<(usize, u64)>,
}

/// Where the next byte stands.
#[derive(Clone, Copy, PartialEq)]
enum State {
    FieldStart,
    Plain,
    /// In a field in quotation marks that was opened on that line.
    Quoted(u64),
    /// After a quotation mark in such a field.
    QuoteInQuoted(u64),
}

/// A row.
#[derive(Debug, PartialEq)]
pub(crate) struct Record<'r> {
    /// The line where it begins.
    pub(crate) line: u64,
    pub(crate) fields: Vec<&'r str>,
}

impl<R: BufRead> Csv<R> {
    /// Rows are at most `longest_row` bytes long; `expected` says how many columns there should be.
    pub(crate) fn new(input: R, longest_row: usize, expected: &'static str) -> Csv<R> {
        Csv {
            input,
            longest_row,
            expected,
            line: 1,
            after_cr: false,
            begun: false,
            row_line: 1,
            bytes: Vec::new(),
            fields: Vec::new(),
        }
    }

    /// The error for a row with another number of columns.
    fn wrong_columns(&self, line: u64) -> DataError {
        let expected = self.expected;
        DataError::at(line, Rule::Columns { expected })
    }

    /// What a wrong number of columns is told to be instead.
    pub(crate) fn expected(&self) -> &'static str {
        self.expected
    }

    /// Reads the next row; `false` after the last.
    pub(crate) fn advance(&mut self) -> Result<bool, DataError> {
        if !self.begun {
            self.skip_byte_order_mark()?;
            self.begun = true;
        }
        let row = self.read_row()?;
        self.row_line = row.unwrap_or(self.line);
        Ok(row.is_some())
    }

    /// The next row, `None` after the last.
    pub(crate) fn next_record(&mut self) -> Result<Option<Record<'_>>, DataError> {
        if self.advance()? {
            self.record().map(Some)
        } else {
            Ok(None)
        }
    }

    /// Whether the row has that many columns and the last one holds nothing but white space.
    pub(crate) fn ends_blank(&self, columns: usize) -> bool {
        let start = match self.fields[..] {
            [.., (start, _), _] => start,
            _ => 0,
        };
        let rest = self.bytes[start..].trim_ascii_start();
        // Text mostly begins with a letter that says so at once.
        let blank = match rest.first() {
            None => true,
            Some(byte) if byte.is_ascii() => false,
            Some(_) => std::str::from_utf8(rest).is_ok_and(|text| text.trim().is_empty()),
        };
        blank && self.fields.len() == columns
    }

    /// The row that was read last.
    pub(crate) fn record(&self) -> Result<Record<'_>, DataError> {
        let mut fields = Vec::with_capacity(self.fields.len());
        let mut start = 0;
        for &(end, line) in &self.fields {
            let bytes = &self.bytes[start..end];
            let field = simdutf8::compat::from_utf8(bytes).map_err(|error| {
                let breaks = count_line_breaks(&bytes[..error.valid_up_to()]);
                DataError::at(line + breaks, Rule::NotUtf8)
            })?;
            fields.push(field);
            start = end;
        }
        Ok(Record {
            line: self.row_line,
            fields,
        })
    }

    fn skip_byte_order_mark(&mut self) -> Result<(), DataError> {
        for (position, expected) in BYTE_ORDER_MARK.into_iter().enumerate() {
            let next = filled(&mut self.input)?.first().copied();
            if next == Some(expected) {
                self.input.consume(1);
            } else if position == 0 {
                break;
            } else {
                // No character begins like the mark and goes on as it likes; there is no need to know which it was.
                return Err(DataError::at(1, Rule::NotUtf8));
            }
        }
        Ok(())
    }

    /// Reads the bytes of a row that is not empty and returns the line where it begins.
    fn read_row(&mut self) -> Result<Option<u64>, DataError> {
        self.bytes.clear();
        self.fields.clear();
        let mut begin = self.line;
        let mut field_line = self.line;
        let mut state = State::FieldStart;
        loop {
            if self.bytes.len() > self.longest_row {
                let limit = self.longest_row;
                return Err(DataError::at(begin, Rule::RowTooLong { limit }));
            }
            if self.fields.len() > MOST_COLUMNS {
                return Err(self.wrong_columns(begin));
            }
            let chunk = filled(&mut self.input)?;
            let Some(&byte) = chunk.first() else {
                return match state {
                    State::Quoted(line) => Err(DataError::at(line, Rule::UnclosedQuote)),
                    State::FieldStart if self.fields.is_empty() => Ok(None),
                    _ => {
                        self.fields.push((self.bytes.len(), field_line));
                        Ok(Some(begin))
                    }
                };
            };
            if byte == b'\n' && std::mem::take(&mut self.after_cr) {
                self.input.consume(1);
                if matches!(state, State::Quoted(_)) {
                    self.bytes.push(byte);
                }
                continue;
            }
            self.after_cr = false;
            match (state, byte) {
                (State::FieldStart, b'"') => {
                    state = State::Quoted(self.line);
                    self.input.consume(1);
                }
                (State::FieldStart | State::Plain, _) => {
                    // As much as fits into the row's limit, and one byte more to notice.
                    let room = self.longest_row - self.bytes.len() + 1;
                    let chunk = &chunk[..chunk.len().min(room)];
                    let plain = memchr3(b',', b'\n', b'\r', chunk).unwrap_or(chunk.len());
                    self.bytes.extend_from_slice(&chunk[..plain]);
                    let separator = chunk.get(plain).copied();
                    self.input.consume(plain + usize::from(separator.is_some()));
                    state = State::Plain;
                    if let Some(separator) = separator {
                        self.fields.push((self.bytes.len(), field_line));
                        state = State::FieldStart;
                        if separator != b',' {
                            self.end_line(separator);
                            if self.fields.len() > 1 || !self.bytes.is_empty() {
                                return Ok(Some(begin));
                            }
                            self.fields.clear();
                            begin = self.line;
                        }
                        field_line = self.line;
                    }
                }
                (State::Quoted(opened), _) => {
                    let room = self.longest_row - self.bytes.len() + 1;
                    let chunk = &chunk[..chunk.len().min(room)];
                    let plain = memchr3(b'"', b'\n', b'\r', chunk).unwrap_or(chunk.len());
                    self.bytes.extend_from_slice(&chunk[..plain]);
                    let mark = chunk.get(plain).copied();
                    self.input.consume(plain + usize::from(mark.is_some()));
                    match mark {
                        Some(b'"') => state = State::QuoteInQuoted(opened),
                        Some(line_break) => {
                            self.bytes.push(line_break);
                            self.end_line(line_break);
                        }
                        None => {}
                    }
                }
                (State::QuoteInQuoted(opened), b'"') => {
                    self.bytes.push(byte);
                    self.input.consume(1);
                    state = State::Quoted(opened);
                }
                (State::QuoteInQuoted(_), b',') => {
                    self.fields.push((self.bytes.len(), field_line));
                    self.input.consume(1);
                    state = State::FieldStart;
                    field_line = self.line;
                }
                (State::QuoteInQuoted(_), b'\n' | b'\r') => {
                    self.fields.push((self.bytes.len(), field_line));
                    self.input.consume(1);
                    self.end_line(byte);
                    return Ok(Some(begin));
                }
                (State::QuoteInQuoted(_), _) => {
                    return Err(DataError::at(self.line, Rule::TextAfterQuote));
                }
            }
        }
    }

    fn end_line(&mut self, line_break: u8) {
        self.line += 1;
        self.after_cr = line_break == b'\r';
    }
}

/// The next bytes of the input; none at its end.
pub(crate) fn filled<R: BufRead>(input: &mut R) -> Result<&[u8], DataError> {
    // Two calls: what the first one returns cannot be returned from within a loop.
    loop {
        match input.fill_buf() {
            Ok(_) => break,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(DataError::Read(error)),
        }
    }
    Ok(input.fill_buf()?)
}

/// LF, CR, and CRLF as one.
fn count_line_breaks(bytes: &[u8]) -> u64 {
    let mut before = 0;
    let mut count = 0;
    for &byte in bytes {
        count += u64::from(byte == b'\r' || (byte == b'\n' && before != b'\r'));
        before = byte;
    }
    count
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use proptest::prelude::*;

    use super::*;

    type Rows = Vec<(u64, Vec<String>)>;

    /// Rows, and the error that ended them, read through a buffer of that many bytes.
    fn read_by(bytes: &[u8], buffer: usize) -> (Rows, Option<(u64, Rule)>) {
        let mut csv = Csv::new(BufReader::with_capacity(buffer, bytes), 64, "2");
        let mut rows = Vec::new();
        loop {
            match csv.next_record() {
                Ok(Some(record)) => {
                    rows.push((
                        record.line,
                        record.fields.iter().map(|&field| field.to_owned()).collect(),
                    ));
                }
                Ok(None) => return (rows, None),
                Err(DataError::Invalid { line, rule }) => return (rows, Some((line, rule))),
                Err(DataError::Read(error)) => panic!("{error}"),
            }
        }
    }

    fn read(bytes: &[u8]) -> (Rows, Option<(u64, Rule)>) {
        let whole = read_by(bytes, 1024);
        for buffer in [1, 2, 3, 7] {
            assert_eq!(read_by(bytes, buffer), whole, "through a buffer of {buffer}");
        }
        whole
    }

    fn rows(text: &str) -> Rows {
        let (rows, error) = read(text.as_bytes());
        assert_eq!(error, None, "{text:?}");
        rows
    }

    fn fault(bytes: &[u8]) -> (u64, Rule) {
        read(bytes).1.expect("a fault")
    }

    fn row(line: u64, fields: &[&str]) -> (u64, Vec<String>) {
        (line, fields.iter().map(|&field| field.to_owned()).collect())
    }

    #[test]
    fn rows_of_every_form() {
        for (text, expected) in [
            ("", vec![]),
            ("\u{feff}", vec![]),
            ("\u{feff}a,b\n", vec![row(1, &["a", "b"])]),
            ("a,b", vec![row(1, &["a", "b"])]),
            (
                "a,b\nc,d\r\ne,f\rg,h",
                vec![
                    row(1, &["a", "b"]),
                    row(2, &["c", "d"]),
                    row(3, &["e", "f"]),
                    row(4, &["g", "h"]),
                ],
            ),
            ("\n\r\n\ra,b\n\n", vec![row(4, &["a", "b"])]),
            (
                "a,\n,b\n,\n",
                vec![row(1, &["a", ""]), row(2, &["", "b"]), row(3, &["", ""])],
            ),
            ("\"a\",\"b,\"\"c\"\"\"\r\n", vec![row(1, &["a", "b,\"c\""])]),
            (
                "a,\"1\n2\r\n3\r4\"\nb,c",
                vec![row(1, &["a", "1\n2\r\n3\r4"]), row(5, &["b", "c"])],
            ),
            ("a,5\" screen \"x\"", vec![row(1, &["a", "5\" screen \"x\""])]),
            ("\"\"\n\"\",\"\"", vec![row(1, &[""]), row(2, &["", ""])]),
            ("a,\"b\"", vec![row(1, &["a", "b"])]),
            ("日本,\"é\"\n", vec![row(1, &["日本", "é"])]),
        ] {
            assert_eq!(rows(text), expected, "{text:?}");
        }
    }

    #[test]
    fn faults_name_the_line() {
        assert_eq!(fault(b"a,b\nc,\"d\ne,f\n"), (2, Rule::UnclosedQuote));
        assert_eq!(fault(b"a,\"b\nc\" d,e\n"), (2, Rule::TextAfterQuote));
        assert_eq!(fault(b"a,b\na,\xff\n"), (2, Rule::NotUtf8));
        assert_eq!(fault(b"a,\"b\r\nc\n\xff\"\n"), (3, Rule::NotUtf8));
        // A character that is cut by the end of a field.
        assert_eq!(fault(b"\xc3,\xa9\n"), (1, Rule::NotUtf8));
        assert_eq!(fault(b"\xef\xbba,b"), (1, Rule::NotUtf8));
        // UTF-16 with its mark.
        assert_eq!(fault(b"\xff\xfea\0,\0b\0"), (1, Rule::NotUtf8));
        let limit = Rule::RowTooLong { limit: 64 };
        assert_eq!(
            fault(format!("a,b\nc,{}\n", "d".repeat(64)).as_bytes()),
            (2, limit.clone())
        );
        assert_eq!(fault(format!("a,\"{}", "d\n".repeat(40)).as_bytes()), (1, limit));
        assert_eq!(fault(",".repeat(100).as_bytes()), (1, Rule::Columns { expected: "2" }));
        let fits = format!("c,{}\n", "d".repeat(63));
        assert_eq!(rows(&fits).len(), 1);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_alike_through_any_buffer(
            bytes in proptest::collection::vec(
                prop_oneof![Just(b','), Just(b'"'), Just(b'\n'), Just(b'\r'), Just(b'a'), any::<u8>()], 0..60,
            ),
        ) {
            read(&bytes);
        }

        #[test]
        fn what_is_quoted_comes_back(fields in proptest::collection::vec(
            proptest::collection::vec("[ab,\"\n\r|é]{0,6}", 2..4), 0..5),
        ) {
            let mut text = String::new();
            for row in &fields {
                let quoted: Vec<_> = row.iter().map(|field| format!("\"{}\"", field.replace('"', "\"\""))).collect();
                text.push_str(&quoted.join(","));
                text.push('\n');
            }
            let read: Vec<Vec<String>> = rows(&text).into_iter().map(|(_, fields)| fields).collect();
            prop_assert_eq!(read, fields);
        }
    }
}
