//! Reads documents and prints their text, or compares what was read with what it should be.
//!
//! ```text
//! cargo run --release -p construe-document-reader --example read -- FILE...
//! cargo run --release -p construe-document-reader --example read -- --compare FOLDER
//! ```
//!
//! Options before the files: `--force-ocr`, `--language CODE`, `--boxes` (each word with its box).
//! A folder to compare has a true text `NAME.txt` beside each document `NAME`. For each the table gives
//! word recall and precision (bags of words between white space, after NFC) and the character error
//! rate (white space collapsed).

use construe_document_reader::{Document, Limits, OcrConfig, Options, Reader};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;
use unicode_normalization::UnicodeNormalization;

fn main() -> Result<(), Box<dyn Error>> {
    let mut options = Options::new(Limits::asynchronous());
    let (mut compare, mut boxes, mut files) = (false, false, Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--force-ocr" => options.force_ocr = true,
            "--language" => options.language = Some(arguments.next().ok_or("--language needs a code")?),
            "--boxes" => boxes = true,
            "--compare" => compare = true,
            file => files.push(PathBuf::from(file)),
        }
    }
    let reader = Reader::new(OcrConfig::default());
    for file in files {
        if compare {
            compare_folder(&reader, &options, &file)?;
        } else {
            let document = reader.read(&std::fs::read(&file)?, &options, &|| false)?;
            print(&document, boxes);
        }
    }
    Ok(())
}

fn print(document: &Document, boxes: bool) {
    for page in &document.pages {
        println!("--- page {}, {}", page.number, page.kind.job_name());
        match &page.content {
            Err(error) => println!("{}: {error}", error.code.as_str()),
            Ok(content) if boxes => {
                for word in content.lines.iter().flat_map(|line| &line.words) {
                    println!("{:?}\t{:?}", &content.text[word.range.clone()], word.bounds);
                }
            }
            Ok(content) => println!("{}", content.text),
        }
    }
}

fn compare_folder(reader: &Reader, options: &Options, folder: &Path) -> Result<(), Box<dyn Error>> {
    println!(
        "{:<34} {:>10} {:>7} {:>9} {:>7} {:>7}",
        "file", "kind", "recall", "precision", "CER", "ms"
    );
    let mut truths: Vec<PathBuf> = std::fs::read_dir(folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    truths.sort();
    for truth in truths {
        let file = truth.with_extension("");
        let Ok(bytes) = std::fs::read(&file) else {
            continue;
        };
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let started = Instant::now();
        match reader.read(&bytes, options, &|| false) {
            Err(error) => println!("{name:<34} {error}"),
            Ok(document) => {
                let milliseconds = started.elapsed().as_millis();
                let (wanted, found) = (std::fs::read_to_string(&truth)?, document.text());
                let (recall, precision) = word_scores(&wanted, &found);
                let rate = character_error_rate(&wanted, &found);
                let kind = document.kind.job_name();
                println!("{name:<34} {kind:>10} {recall:>7.4} {precision:>9.4} {rate:>7.4} {milliseconds:>7}");
            }
        }
    }
    Ok(())
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(|word| word.nfc().collect()).collect()
}

fn word_scores(wanted: &str, found: &str) -> (f64, f64) {
    let mut counts: BTreeMap<String, [usize; 2]> = BTreeMap::new();
    for (side, text) in [wanted, found].into_iter().enumerate() {
        for word in words(text) {
            counts.entry(word).or_default()[side] += 1;
        }
    }
    let sum = |value: fn(&[usize; 2]) -> usize| counts.values().map(value).sum::<usize>() as f64;
    let common = sum(|[wanted, found]| *wanted.min(found));
    let (all_wanted, all_found) = (sum(|counts| counts[0]), sum(|counts| counts[1]));
    (common / all_wanted.max(1.0), common / all_found.max(1.0))
}

/// Edits of characters that lead from one to the other, per character wanted.
fn character_error_rate(wanted: &str, found: &str) -> f64 {
    let wanted: Vec<char> = words(wanted).join(" ").chars().collect();
    let found: Vec<char> = words(found).join(" ").chars().collect();
    let mut row: Vec<usize> = (0..=found.len()).collect();
    for (position, character) in wanted.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = position + 1;
        for (column, other) in found.iter().enumerate() {
            let cost = diagonal + usize::from(character != other);
            diagonal = row[column + 1];
            row[column + 1] = cost.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[found.len()] as f64 / wanted.len().max(1) as f64
}
