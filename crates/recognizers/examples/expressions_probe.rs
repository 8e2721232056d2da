//! How well the grammars of dates and quantities agree with annotated text: exact precision, recall and F1 by source and
//! group, in both readings; with `--errors`, what they miss and what they find in excess.
//!
//! `expressions_probe LANGUAGE SOURCES.json FILE... [--source NAME] [--share 0-9...] [--errors DATE|QUANTITY wide|narrow N]`
//!
//! `--share` takes only the records whose place in the file ends in one of the digits given, so that grammars can be
//! developed on some and judged on others.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::time::Instant;

use construe_corpus::{Record, Sources};
use construe_recognizers::expressions::{Expression, Expressions, Group, Kind, Reading, Scratch};
use construe_text::{CodePoints, Language};

const USAGE: &str = "usage: expressions_probe LANGUAGE SOURCES.json FILE... [--source NAME] [--share DIGITS] \
                     [--errors DATE|QUANTITY wide|narrow COUNT]";

#[derive(Default)]
struct Options {
    files: Vec<String>,
    source: Option<String>,
    share: Option<String>,
    errors: Option<(String, Reading, usize)>,
}

/// Right, found and annotated spans.
#[derive(Default, Clone, Copy)]
struct Counts {
    right: usize,
    found: usize,
    annotated: usize,
}

impl Counts {
    fn f1(self) -> f64 {
        2.0 * self.right as f64 / (self.found + self.annotated).max(1) as f64
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn options(mut arguments: impl Iterator<Item = String>) -> Option<Options> {
    let mut options = Options::default();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--source" => options.source = Some(arguments.next()?),
            "--share" => options.share = Some(arguments.next()?),
            "--errors" => {
                let label = arguments.next()?;
                let reading = match arguments.next()?.as_str() {
                    "wide" => Reading::Wide,
                    "narrow" => Reading::Narrow,
                    _ => return None,
                };
                options.errors = Some((label, reading, arguments.next()?.parse().ok()?));
            }
            _ => options.files.push(argument),
        }
    }
    Some(options)
}

fn run() -> Result<(), String> {
    let mut options = options(std::env::args().skip(1)).ok_or(USAGE)?;
    if options.files.len() < 3 {
        return Err(USAGE.to_owned());
    }
    let language = Language::from_code(&options.files.remove(0)).ok_or("unknown language")?;
    let sources = Sources::read(options.files.remove(0)).map_err(|error| error.to_string())?;
    let expressions = Expressions::new();
    let start = Instant::now();
    expressions.prepare(language);
    println!(
        "compiled in {:.1} ms: {:?} states, {} KiB",
        start.elapsed().as_secs_f64() * 1e3,
        expressions.states(language),
        expressions.memory_usage() / 1024
    );
    let mut scratch = Scratch::default();
    let mut counts: BTreeMap<(String, &str, bool), [Counts; 2]> = BTreeMap::new();
    let mut kinds: BTreeMap<(Reading, Kind), Counts> = BTreeMap::new();
    let (mut bytes, mut seconds) = (0, 0.0);
    for file in &options.files {
        let records = construe_corpus::read(file).map_err(|error| error.to_string())?;
        for (place, record) in records.iter().enumerate() {
            let digit = char::from_digit((place % 10) as u32, 10).unwrap_or('0');
            let elsewhere = options.share.as_ref().is_some_and(|share| !share.contains(digit));
            if elsewhere || options.source.as_ref().is_some_and(|source| *source != record.source) {
                continue;
            }
            let mut found = Vec::new();
            let start = Instant::now();
            expressions.find(&mut scratch, &record.text, language, &mut found);
            seconds += start.elapsed().as_secs_f64();
            bytes += record.text.len();
            judge(record, &sources, &found, &options, &mut counts, &mut kinds);
        }
    }
    for ((source, label, covered), both) in &counts {
        for (reading, count) in ["wide", "narrow"].into_iter().zip(both) {
            println!(
                "{source:22} {label:9} {reading:7} {}  recall {:.3}  precision {:.3}  F1 {:.3}  ({} annotated)",
                if *covered { "covered" } else { "partial" },
                count.right as f64 / count.annotated.max(1) as f64,
                count.right as f64 / count.found.max(1) as f64,
                count.f1(),
                count.annotated
            );
        }
    }
    for ((reading, kind), count) in &kinds {
        println!(
            "{:11} {reading:?}: right {} of {} ({:.3})",
            kind.name(),
            count.right,
            count.found,
            count.right as f64 / count.found.max(1) as f64
        );
    }
    println!("{:.1} MB/s", bytes as f64 / 1e6 / seconds);
    Ok(())
}

fn judge(
    record: &Record,
    sources: &Sources,
    found: &[Expression],
    options: &Options,
    counts: &mut BTreeMap<(String, &str, bool), [Counts; 2]>,
    kinds: &mut BTreeMap<(Reading, Kind), Counts>,
) {
    let covers = sources.covers(&record.source).unwrap_or_default();
    for (label, group) in [("DATE", Group::Date), ("QUANTITY", Group::Quantity)] {
        let annotated: BTreeSet<(usize, usize)> = record
            .spans
            .iter()
            .filter(|span| span.label == label)
            .map(|span| (span.start, span.end))
            .collect();
        let covered = covers.iter().any(|covered| covered == label);
        if annotated.is_empty() && !covered {
            continue;
        }
        // Where plain numbers are not annotated as quantities, they are not judged as such.
        for (slot, reading) in [Reading::Wide, Reading::Narrow].into_iter().enumerate() {
            let mut ours = BTreeMap::new();
            let mut points = CodePoints::new(&record.text);
            for expression in found.iter().filter(|found| found.reading.is_part_of(reading)) {
                let (start, end) = (points.at(expression.span.start), points.at(expression.span.end));
                if expression.kind.group() == group && (covered || !expression.kind.is_plain_number()) {
                    ours.insert((start, end), expression.kind);
                }
            }
            let right = ours.keys().filter(|span| annotated.contains(span)).count();
            let count = &mut counts.entry((record.source.clone(), label, covered)).or_default()[slot];
            count.right += right;
            count.found += ours.len();
            count.annotated += annotated.len();
            if covered {
                for (span, kind) in &ours {
                    let count = kinds.entry((reading, *kind)).or_default();
                    count.found += 1;
                    count.right += usize::from(annotated.contains(span));
                }
            }
            if let Some((_, _, most)) = options
                .errors
                .as_ref()
                .filter(|(asked, which, _)| asked == label && *which == reading)
            {
                errors(record, &annotated, &ours, *most);
            }
        }
    }
}

/// Prints a record whose annotation differs from what was found: `[annotated]`, `<found>`.
fn errors(record: &Record, annotated: &BTreeSet<(usize, usize)>, ours: &BTreeMap<(usize, usize), Kind>, most: usize) {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static PRINTED: AtomicUsize = AtomicUsize::new(0);
    if ours.keys().eq(annotated.iter()) || PRINTED.fetch_add(1, Ordering::Relaxed) >= most {
        return;
    }
    let mut line = String::new();
    for (index, c) in record.text.chars().chain(['\n']).enumerate() {
        for _ in ours.keys().filter(|span| span.1 == index) {
            line.push('>');
        }
        for _ in annotated.iter().filter(|span| span.1 == index) {
            line.push(']');
        }
        for _ in annotated.iter().filter(|span| span.0 == index) {
            line.push('[');
        }
        for (_, kind) in ours.iter().filter(|(span, _)| span.0 == index) {
            line.push('<');
            line.push_str(&kind.name()[..2]);
            line.push(':');
        }
        line.push(if c == '\n' { ' ' } else { c });
    }
    println!("{:14} {line}", record.source);
}
