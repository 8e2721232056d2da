//! Documents of a file, one after the other.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail};
use construe_documents::LineReader;

use crate::cli::Per;

/// Bytes read at once.
const CHUNK: usize = 1 << 20;
/// Longest document of the command line, so that a wrong file cannot take all memory.
const DOCUMENT_LIMIT: u64 = 256 << 20;

/// Hands the documents of a file to `each`, with the number of the line if a line is one; `-` is standard input.
pub fn each_document(
    path: &Path,
    per: Per,
    mut each: impl FnMut(Option<u64>, &[u8]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut input: Box<dyn Read> = if path == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(File::open(path).with_context(|| format!("opening {}", path.display()))?)
    };
    let reading = || format!("reading {}", path.display());
    match per {
        Per::File => {
            let mut bytes = Vec::new();
            input
                .take(DOCUMENT_LIMIT + 1)
                .read_to_end(&mut bytes)
                .with_context(reading)?;
            if bytes.len() as u64 > DOCUMENT_LIMIT {
                bail!(
                    "{} is longer than {DOCUMENT_LIMIT} bytes; for a file of many lines use --per line",
                    path.display()
                );
            }
            each(None, &bytes)
        }
        Per::Line => {
            let mut lines = LineReader::new(0, DOCUMENT_LIMIT);
            let mut chunk = vec![0; CHUNK];
            loop {
                let read = input.read(&mut chunk).with_context(reading)?;
                if read == 0 {
                    break;
                }
                let mut rest = &chunk[..read];
                while let Some(line) = lines.next_line(&mut rest) {
                    each(Some(line.number), line.bytes)?;
                }
            }
            match lines.finish() {
                Some(line) => each(Some(line.number), line.bytes),
                None => Ok(()),
            }
        }
    }
}
