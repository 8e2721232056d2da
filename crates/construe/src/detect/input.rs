//! Documents from files and standard input, in batches.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use construe_documents::LineReader;

/// Bytes after which a batch is handed on.
const BATCH_BYTES: usize = 1 << 20;
/// Longest document of the command line, so that a wrong file cannot take all memory.
const DOCUMENT_LIMIT: usize = 256 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    File,
    Line,
    /// A line of JSON with `id` and `text`.
    SpansLine,
}

/// Documents read together, from one file.
pub struct Batch {
    pub name: Arc<str>,
    pub unit: Unit,
    /// Number of the first line, from 0.
    pub first_line: u64,
    pub bytes: Vec<u8>,
}

/// Reads the inputs one after the other.
pub struct Batches<'a> {
    paths: std::slice::Iter<'a, PathBuf>,
    unit: Unit,
    current: Option<Open>,
}

struct Open {
    name: Arc<str>,
    reader: Box<dyn BufRead + Send>,
    line: u64,
}

impl<'a> Batches<'a> {
    pub fn new(paths: &'a [PathBuf], unit: Unit) -> Self {
        Self {
            paths: paths.iter(),
            unit,
            current: None,
        }
    }

    fn next_batch(&mut self) -> anyhow::Result<Option<Batch>> {
        loop {
            if self.current.is_none() {
                let Some(path) = self.paths.next() else { return Ok(None) };
                self.current = Some(open(path)?);
            }
            let Some(open) = &mut self.current else { return Ok(None) };
            let batch = match self.unit {
                Unit::File => read_whole(open),
                Unit::Line | Unit::SpansLine => read_lines(open, self.unit),
            }
            .with_context(|| format!("reading {}", open.name))?;
            if batch.is_none() || self.unit == Unit::File {
                self.current = None;
            }
            if let Some(batch) = batch {
                return Ok(Some(batch));
            }
        }
    }
}

impl Iterator for Batches<'_> {
    type Item = anyhow::Result<Batch>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_batch().transpose()
    }
}

fn open(path: &Path) -> anyhow::Result<Open> {
    let (name, source): (_, Box<dyn Read + Send>) = if path == Path::new("-") {
        ("(standard input)".into(), Box::new(std::io::stdin()))
    } else {
        let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
        (path.display().to_string(), Box::new(file))
    };
    Ok(Open {
        name: name.into(),
        reader: Box::new(BufReader::with_capacity(BATCH_BYTES, source)),
        line: 0,
    })
}

fn read_whole(open: &mut Open) -> anyhow::Result<Option<Batch>> {
    let mut bytes = Vec::new();
    open.reader
        .by_ref()
        .take(DOCUMENT_LIMIT as u64 + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() > DOCUMENT_LIMIT {
        bail!("a document may have {DOCUMENT_LIMIT} bytes; for a file of many lines use --per line");
    }
    Ok(Some(Batch {
        name: open.name.clone(),
        unit: Unit::File,
        first_line: 0,
        bytes,
    }))
}

/// Whole lines, up to about a batch's size. Here a line ends with LF; a CR or CRLF inside is found
/// when the batch is divided into documents.
fn read_lines(open: &mut Open, unit: Unit) -> anyhow::Result<Option<Batch>> {
    let mut bytes = Vec::with_capacity(BATCH_BYTES + BATCH_BYTES / 8);
    let first_line = open.line;
    while bytes.len() < BATCH_BYTES {
        let before = bytes.len();
        let read = open
            .reader
            .by_ref()
            .take(DOCUMENT_LIMIT as u64 + 1)
            .read_until(b'\n', &mut bytes)?;
        if read == 0 {
            break;
        }
        if read > DOCUMENT_LIMIT {
            bail!("line {} is longer than {DOCUMENT_LIMIT} bytes", open.line + 1);
        }
        open.line += count_lines(&bytes[before..]);
    }
    Ok((!bytes.is_empty()).then(|| Batch {
        name: open.name.clone(),
        unit,
        first_line,
        bytes,
    }))
}

/// Lines in bytes that end with a line end or with the file.
fn count_lines(bytes: &[u8]) -> u64 {
    let mut lines = 0;
    each_line(bytes, 0, |_, _| {
        lines += 1;
        Ok(())
    })
    .map_or(lines, |()| lines)
}

/// Calls `visit` with the number and the bytes of each line; LF, CR and CRLF end a line, as in a batch job.
pub fn each_line(
    bytes: &[u8],
    first_line: u64,
    mut visit: impl FnMut(u64, &[u8]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut reader = LineReader::new(first_line, DOCUMENT_LIMIT as u64);
    let mut rest = bytes;
    while let Some(line) = reader.next_line(&mut rest) {
        visit(line.number, line.bytes)?;
    }
    match reader.finish() {
        Some(line) => visit(line.number, line.bytes),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_end_ends_a_line() {
        let mut lines = Vec::new();
        each_line(b"a\r\nb\rc\n\nd", 7, |number, bytes| {
            lines.push((number, bytes.to_vec()));
            Ok(())
        })
        .unwrap();
        let expected = [(7, "a"), (8, "b"), (9, "c"), (10, ""), (11, "d")];
        assert_eq!(lines, expected.map(|(number, text)| (number, text.as_bytes().to_vec())));
        assert_eq!(count_lines(b"a\n"), 1);
    }
}
