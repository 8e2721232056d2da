//! Finding the places where a large line file may be divided, in one pass at the speed of memory.
//!
//! Only few line starts matter, so lines between two cuts are counted in bulk and never visited.

use memchr::{memchr_iter, memchr2};

use crate::{CR, LF};

/// A line start at which a line file is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Bytes before the line.
    pub offset: u64,
    /// Number of the line, from 0.
    pub line: u64,
}

/// Cuts a stream of a line file into ranges at line starts.
///
/// A place counts as a line start once a byte of the line has been seen there, so the end of the file
/// never becomes a cut, whatever the last line ends with.
#[derive(Debug, Clone)]
pub struct Cutter {
    target: u64,
    /// Place of the next byte to be fed.
    offset: u64,
    /// Number of the line in which the last byte stood.
    line: u64,
    /// A line start here or later becomes a cut.
    next_cut: u64,
    last_byte: LastByte,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LastByte {
    Ordinary,
    /// A line feed, alone or after a carriage return.
    Lf,
    /// The line has ended, but a line feed may still belong to its end.
    Cr,
}

impl LastByte {
    fn of(byte: u8) -> Self {
        match byte {
            LF => LastByte::Lf,
            CR => LastByte::Cr,
            _ => LastByte::Ordinary,
        }
    }
}

impl Cutter {
    /// Begins at `offset`, where line number `line` starts. Ranges hold at least `target` bytes each,
    /// except the last.
    pub fn new(offset: u64, line: u64, target: u64) -> Cutter {
        let target = target.max(1);
        Cutter {
            target,
            offset,
            line,
            next_cut: offset.saturating_add(target),
            last_byte: LastByte::Ordinary,
        }
    }

    /// Takes the next bytes, pushing a cut at the first line start at least `target` bytes after the
    /// last cut, and so on.
    pub fn feed(&mut self, chunk: &[u8], cuts: &mut Vec<Cut>) {
        let mut rest = chunk;
        while let Some(&first) = rest.first() {
            if self.last_byte == LastByte::Cr && first == LF {
                self.advance(&mut rest, 1);
                continue;
            }
            if self.last_byte != LastByte::Ordinary {
                self.begin_line(cuts);
            }
            // A line that ends with the byte before `next_cut` would be followed by a cut; ends before it are not.
            let uncut = usize::try_from(self.next_cut.saturating_sub(self.offset)).unwrap_or(usize::MAX);
            let length = if uncut > 1 {
                let length = rest.len().min(uncut - 1);
                self.line += starts_within(&rest[..length]);
                length
            } else {
                memchr2(LF, CR, rest).map_or(rest.len(), |end| end + 1)
            };
            self.advance(&mut rest, length);
        }
    }

    fn begin_line(&mut self, cuts: &mut Vec<Cut>) {
        self.line += 1;
        if self.offset >= self.next_cut {
            cuts.push(Cut {
                offset: self.offset,
                line: self.line,
            });
            self.next_cut = self.offset.saturating_add(self.target);
        }
    }

    /// Passes over `length` bytes, at least one.
    fn advance(&mut self, rest: &mut &[u8], length: usize) {
        let (passed, left) = rest.split_at(length);
        self.offset += length as u64;
        self.last_byte = passed.last().map_or(self.last_byte, |&byte| LastByte::of(byte));
        *rest = left;
    }
}

/// Line starts within `bytes`, the first byte aside: line ends followed by at least one byte that is not part of them.
fn starts_within(bytes: &[u8]) -> u64 {
    let Some((_, ends)) = bytes.split_last() else {
        return 0;
    };
    let line_feeds = memchr_iter(LF, ends).count();
    let lone_returns = memchr_iter(CR, ends).filter(|&at| bytes[at + 1] != LF).count();
    (line_feeds + lone_returns) as u64
}
