//! Lines out of chunks, without copying those that lie within one chunk.

use memchr::memchr2;

use crate::text::{DocumentError, text};
use crate::{CR, LF};

/// One line of input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// The line without its end; empty where the line is too long.
    pub bytes: &'a [u8],
    /// LF, CR, CRLF, or nothing at the end of the input.
    pub terminator: &'static [u8],
    /// Position in the file, from 0.
    pub number: u64,
    /// Whether the line exceeds the limit, so that its bytes were not kept.
    pub too_long: bool,
    /// Bytes of the line without its end, kept or not.
    pub length: u64,
    limit: u64,
}

impl<'a> Line<'a> {
    /// The line as a text.
    pub fn text(&self) -> Result<&'a str, DocumentError> {
        if self.too_long {
            return Err(DocumentError::TooLarge { limit: self.limit });
        }
        text(self.bytes, self.limit)
    }

    /// Bytes of input that the line takes up, its end included.
    pub fn input_bytes(&self) -> u64 {
        self.length + self.terminator.len() as u64
    }
}

/// Cuts chunks into lines. Lines longer than the limit are counted and measured but not kept, so memory
/// is bounded by the limit.
///
/// ```
/// # use construe_documents::LineReader;
/// let mut lines = LineReader::new(0, 1024);
/// let mut seen = Vec::new();
/// for mut chunk in [&b"one\r"[..], b"\ntwo"] {
///     while let Some(line) = lines.next_line(&mut chunk) {
///         seen.push(line.text().unwrap().to_owned());
///     }
/// }
/// seen.extend(lines.finish().map(|line| line.text().unwrap().to_owned()));
/// assert_eq!(seen, ["one", "two"]);
/// ```
#[derive(Debug)]
pub struct LineReader {
    limit: u64,
    /// Number of the next line to be given out.
    number: u64,
    /// The line in progress, as far as earlier chunks held it; empty once it is too long.
    carried: Vec<u8>,
    /// Length of the line in progress, kept or not.
    length: u64,
    /// The line in progress ended with a carriage return at the end of a chunk: a line feed may follow.
    held_return: bool,
    /// The line in `carried` was given out by the last call.
    given: bool,
}

impl LineReader {
    /// Begins at a line start, that of line number `first_line`. `limit` is the longest line kept, in bytes.
    pub fn new(first_line: u64, limit: u64) -> LineReader {
        LineReader {
            limit,
            number: first_line,
            carried: Vec::new(),
            length: 0,
            held_return: false,
            given: false,
        }
    }

    /// The next line that is complete with these bytes, which are consumed as far as they were needed.
    /// `None`: all of `chunk` was consumed, the next one is needed.
    pub fn next_line<'r, 'c: 'r>(&'r mut self, chunk: &mut &'c [u8]) -> Option<Line<'r>> {
        self.forget_given();
        if self.held_return {
            let &first = chunk.first()?;
            self.held_return = false;
            if first == LF {
                *chunk = &chunk[1..];
                return Some(self.give_carried(b"\r\n"));
            }
            return Some(self.give_carried(b"\r"));
        }
        let Some(end) = memchr2(LF, CR, chunk) else {
            self.carry(chunk);
            *chunk = &[];
            return None;
        };
        let line = &chunk[..end];
        let terminator: &'static [u8] = match (chunk[end], chunk.get(end + 1)) {
            (LF, _) => b"\n",
            (_, Some(&LF)) => b"\r\n",
            (_, Some(_)) => b"\r",
            (_, None) => {
                self.carry(line);
                self.held_return = true;
                *chunk = &[];
                return None;
            }
        };
        *chunk = &chunk[end + terminator.len()..];
        if self.length > 0 {
            self.carry(line);
            return Some(self.give_carried(terminator));
        }
        Some(self.give(line, end as u64, terminator))
    }

    /// The last line, if the input did not end with a line end that is already accounted for.
    pub fn finish(&mut self) -> Option<Line<'_>> {
        self.forget_given();
        if self.held_return {
            self.held_return = false;
            return Some(self.give_carried(b"\r"));
        }
        (self.length > 0).then(|| self.give_carried(b""))
    }

    fn forget_given(&mut self) {
        if self.given {
            self.given = false;
            self.carried.clear();
            self.length = 0;
        }
    }

    fn carry(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        if self.length > self.limit {
            self.carried.clear();
            return;
        }
        let needed = self.carried.len() + bytes.len();
        if needed > self.carried.capacity() {
            // Doubling, but never beyond the limit. The line fits it, so the limit fits a usize here.
            let wanted = needed.max(self.carried.capacity() * 2).min(self.limit as usize);
            self.carried.reserve_exact(wanted - self.carried.len());
        }
        self.carried.extend_from_slice(bytes);
    }

    fn give_carried(&mut self, terminator: &'static [u8]) -> Line<'_> {
        self.given = true;
        let number = self.number;
        self.number += 1;
        self.line(&self.carried, number, self.length, terminator)
    }

    fn give<'c>(&mut self, bytes: &'c [u8], length: u64, terminator: &'static [u8]) -> Line<'c> {
        let number = self.number;
        self.number += 1;
        self.line(bytes, number, length, terminator)
    }

    fn line<'a>(&self, bytes: &'a [u8], number: u64, length: u64, terminator: &'static [u8]) -> Line<'a> {
        let too_long = length > self.limit;
        Line {
            bytes: if too_long { &[] } else { bytes },
            terminator,
            number,
            too_long,
            length,
            limit: self.limit,
        }
    }
}
