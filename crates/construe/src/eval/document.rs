//! The tables inside a document that people edit.

use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, bail};
use construe_evaluation::{Report, markdown};

use super::classification::{self, Row};

const BEGIN: &str = "<!-- begin: make eval -->";
const END: &str = "<!-- end: make eval -->";

/// All tables: one row for each task and language, then the rest.
pub fn tables(reports: &[Report], classifiers: &[Row]) -> String {
    let mut text = String::new();
    if let Some(processor) = processor() {
        text += &format!("Throughput: one thread of {processor}, per second of processor time.\n\n");
    }
    text += &markdown::summary(reports);
    if !classifiers.is_empty() {
        text += "\nClassifiers, each learnt from the training part of a set and judged on its development part:\n\n";
        text += &classification::table(classifiers);
    }
    for report in reports {
        text.push('\n');
        text += markdown::details(report).trim_end();
        text.push('\n');
    }
    text
}

/// A file with the two marker lines, or one that will be made.
pub struct Document<'p> {
    path: &'p Path,
    text: String,
}

impl<'p> Document<'p> {
    /// Looks at the file before anything is measured for it.
    pub fn open(path: &'p Path) -> anyhow::Result<Self> {
        let text = match std::fs::read_to_string(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => format!("{BEGIN}\n{END}\n"),
            read => read.with_context(|| format!("reading {}", path.display()))?,
        };
        if replace(&text, "").is_none() {
            bail!("{} has no line {BEGIN} with a line {END} after it", path.display());
        }
        Ok(Self { path, text })
    }

    /// Puts `tables` between the marker lines.
    pub fn update(&self, tables: &str) -> anyhow::Result<()> {
        let Self { path, text } = self;
        // Both markers were there.
        let updated = replace(text, tables).unwrap_or_default();
        std::fs::write(path, updated).with_context(|| format!("writing {}", path.display()))
    }
}

fn replace(text: &str, tables: &str) -> Option<String> {
    let begin = text.find(BEGIN)? + BEGIN.len();
    let end = begin + text[begin..].find(END)?;
    Some(format!("{}\n\n{}\n\n{}", &text[..begin], tables.trim(), &text[end..]))
}

/// The name of the processor, where the system tells it.
fn processor() -> Option<String> {
    let facts = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = facts.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_the_tables_stays() {
        let text = format!("above\n{BEGIN}\nold\n{END}\nbelow\n");
        let once = replace(&text, "new\n").expect("both markers");
        assert_eq!(once, format!("above\n{BEGIN}\n\nnew\n\n{END}\nbelow\n"));
        assert_eq!(replace(&once, "new\n").as_ref(), Some(&once));
        assert_eq!(replace(&format!("{END} {BEGIN}"), "new"), None);
    }

    #[test]
    fn a_missing_document_is_made_and_another_one_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("quality.md");
        let document = Document::open(&path).expect("it will be made");
        assert!(!path.exists(), "nothing is measured yet");
        for tables in ["first", "second"] {
            document.update(tables).expect("it is written");
            let text = std::fs::read_to_string(&path).expect("it was made");
            assert_eq!(text, format!("{BEGIN}\n\n{tables}\n\n{END}\n"));
            Document::open(&path).expect("it has its markers");
        }
        std::fs::write(&path, "notes").expect("it is written");
        assert!(Document::open(&path).is_err(), "no markers");
        assert!(Document::open(folder.path()).is_err(), "a folder");
    }
}
