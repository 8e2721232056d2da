//! The tables inside a document that people edit.

use std::path::Path;

use anyhow::Context;
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

/// Puts `tables` between the two marker lines of the file.
pub fn update(path: &Path, tables: &str) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let updated = replace(&text, tables)
        .with_context(|| format!("{} has no line {BEGIN} with a line {END} after it", path.display()))?;
    std::fs::write(path, updated).with_context(|| format!("writing {}", path.display()))
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
}
