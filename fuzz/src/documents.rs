//! Documents that are not plain text: files of each kind that is read, damaged in the ways that parsers mind.
//!
//! No recogniser of text in pictures is run: pictures are decoded, pages drawn, and then there is an error for want of
//! one. A case is a function of seed and number, as everywhere here.

mod damage;
mod samples;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use construe_document_reader::{Content, Limits, OcrConfig, Options, ReadError, Reader};

use crate::run::quietly;

/// Longer than any of these small files may take, on a busy machine as well; most take a thousandth of it.
const PATIENCE: Duration = Duration::from_secs(60);

/// How much to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Files.
    pub count: u64,
    /// Seed of all cases.
    pub seed: u64,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Files read.
    pub files: u64,
    /// Their bytes.
    pub bytes: usize,
    /// Files of which at least one page could be read, or would have been by a recogniser: the others say little about
    /// what lies behind the first check.
    pub reached: u64,
    /// The longest time that one took.
    pub longest: Duration,
}

/// A file for which something does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Number of the case.
    pub number: u64,
    /// The file.
    pub bytes: Vec<u8>,
    /// What does not hold.
    pub reason: String,
}

/// A reader as under test: without a recogniser.
#[must_use]
pub fn reader() -> Reader {
    Reader::new(OcrConfig {
        program: PathBuf::from("no-such-program-anywhere"),
        ..OcrConfig::default()
    })
}

/// Checks the reader on generated files.
///
/// # Errors
/// The first failure.
pub fn run(settings: &Settings) -> Result<Summary, Box<Failure>> {
    let reader = reader();
    let mut summary = Summary::default();
    for number in 0..settings.count {
        let bytes = damage::file(settings.seed, number);
        let started = Instant::now();
        let mut outcome = Ok(false);
        let checked = quietly(|| {
            outcome = check(&reader, &bytes);
            Ok(())
        });
        let took = started.elapsed();
        match checked.and(outcome) {
            Err(reason) => return Err(Box::new(Failure { number, bytes, reason })),
            Ok(reached) => {
                summary.files += 1;
                summary.bytes += bytes.len();
                summary.reached += u64::from(reached);
                summary.longest = summary.longest.max(took);
            }
        }
    }
    Ok(summary)
}

/// Checks what must hold for any file; says whether anything behind its structure was reached.
///
/// # Errors
/// What does not hold.
pub fn check(reader: &Reader, bytes: &[u8]) -> Result<bool, String> {
    let mut options = Options::new(Limits::asynchronous());
    options.limits.time = PATIENCE;
    let started = Instant::now();
    let first = reader.read(bytes, &options, &|| false);
    if matches!(first, Err(ReadError::Time { .. })) || started.elapsed() > PATIENCE {
        return Err(format!("takes {:?}", started.elapsed()));
    }
    if let Ok(document) = &first {
        let numbers = document.pages.iter().map(|page| page.number);
        if document.pages.is_empty() || !numbers.eq(1..=document.pages.len() as u32) {
            return Err("its pages are not counted from 1".to_owned());
        }
        for content in document.pages.iter().filter_map(|page| page.content.as_ref().ok()) {
            check_content(content)?;
        }
    }
    if reader.read(bytes, &options, &|| false) != first {
        return Err("reading it again gives another result".to_owned());
    }
    Ok(matches!(first, Ok(_) | Err(ReadError::OcrUnavailable(_))))
}

/// Lines and words lie in the text, in order and apart; words are words; places lie on the page.
fn check_content(content: &Content) -> Result<(), String> {
    let mut free_from = 0;
    for line in &content.lines {
        if line.range.start < free_from || content.text.get(line.range.clone()).is_none() || line.words.is_empty() {
            return Err(format!("the line at {:?} is out of place or has no words", line.range));
        }
        free_from = line.range.start;
        for word in &line.words {
            let text = content.text.get(word.range.clone()).unwrap_or_default();
            let inside = word.range.start >= free_from && word.range.end <= line.range.end;
            if !inside || text.is_empty() || text.contains(char::is_whitespace) {
                return Err(format!("the word at {:?} is out of place or no word", word.range));
            }
            free_from = word.range.end;
        }
        let bounds = line.words.iter().map(|word| word.bounds).chain([line.bounds]);
        for bounds in bounds.flatten() {
            let unit = 0.0..=1.0;
            let sides = [bounds.left, bounds.top, bounds.width, bounds.height];
            if !sides.iter().all(|side| unit.contains(side)) {
                return Err(format!("{bounds:?} is not on the page"));
            }
        }
    }
    Ok(())
}
