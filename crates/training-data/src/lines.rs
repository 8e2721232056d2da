//! Lines of a file as a stream, with a limit.

use std::io::BufRead;

use crate::csv::filled;
use crate::error::{DataError, Rule};

/// Reads lines that end with LF or CRLF, or with the end of the file.
pub(crate) struct Lines<R> {
    input: R,
    longest: usize,
    number: u64,
    bytes: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(input: R, longest: usize) -> Lines<R> {
        Lines {
            input,
            longest,
            number: 0,
            bytes: Vec::new(),
        }
    }

    /// How many lines were read.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// The next line that is not blank, with its number from 1.
    pub(crate) fn next_line(&mut self) -> Result<Option<(u64, &str)>, DataError> {
        loop {
            if !self.read_line()? {
                return Ok(None);
            }
            if self.number == 1 && self.bytes.starts_with("\u{feff}".as_bytes()) {
                self.bytes.drain(..3);
            }
            if !self.bytes.trim_ascii().is_empty() {
                break;
            }
        }
        match simdutf8::basic::from_utf8(&self.bytes) {
            Ok(line) => Ok(Some((self.number, line))),
            Err(_) => Err(DataError::at(self.number, Rule::NotUtf8)),
        }
    }

    /// Whether there was another line; leaves it without its end in `bytes`.
    fn read_line(&mut self) -> Result<bool, DataError> {
        self.bytes.clear();
        let mut begun = false;
        loop {
            let chunk = filled(&mut self.input)?;
            if chunk.is_empty() {
                return Ok(begun);
            }
            if !begun {
                begun = true;
                self.number += 1;
            }
            let chunk = &chunk[..chunk.len().min(self.longest - self.bytes.len() + 1)];
            let end = memchr::memchr(b'\n', chunk);
            self.bytes.extend_from_slice(&chunk[..end.unwrap_or(chunk.len())]);
            let read = end.map_or(chunk.len(), |end| end + 1);
            self.input.consume(read);
            if self.bytes.len() > self.longest {
                let limit = self.longest;
                return Err(DataError::at(self.number, Rule::RowTooLong { limit }));
            }
            if end.is_some() {
                return Ok(true);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn read(bytes: &[u8], buffer: usize) -> Result<Vec<(u64, String)>, String> {
        let mut lines = Lines::new(BufReader::with_capacity(buffer, bytes), 8);
        let mut all = Vec::new();
        while let Some((number, line)) = lines.next_line().map_err(|error| error.to_string())? {
            all.push((number, line.trim_end().to_owned()));
        }
        Ok(all)
    }

    #[test]
    fn lines_keep_their_numbers() {
        for buffer in [1, 2, 64] {
            let lines = read("\u{feff}a\r\n\n  \nb\nc".as_bytes(), buffer);
            let expected = [(1, "a"), (4, "b"), (5, "c")].map(|(number, line)| (number, line.to_owned()));
            assert_eq!(lines, Ok(expected.to_vec()));
            assert_eq!(read(b"12345678\n", buffer).map(|lines| lines.len()), Ok(1));
            let error = read(b"a\n123456789\n", buffer).expect_err("too long");
            assert!(error.starts_with("line 2: "), "{error}");
            let error = read(b"a\n\xff\n", buffer).expect_err("not UTF-8");
            assert!(error.starts_with("line 2: "), "{error}");
        }
    }
}
