//! Augmented manifests of text classification.

use std::io::BufRead;

use serde_json::Value;

use crate::classification::{Format, Mode, labels};
use crate::error::{DataError, Rule};
use crate::manifest;
use crate::manifest::Source;
use crate::warnings::Warnings;

/// A document with its labels. Its `Debug` output leaves the text out.
#[derive(Clone, PartialEq, Eq)]
pub struct Labelled {
    /// Its line, from 1.
    pub line: u64,
    /// At least one label, exactly one in multi-class mode.
    pub labels: Vec<String>,
    /// The document.
    pub source: Source,
}

impl std::fmt::Debug for Labelled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Labelled")
            .field("line", &self.line)
            .field("labels", &self.labels)
            .finish_non_exhaustive()
    }
}

/// Reads a manifest.
pub struct Manifest<R> {
    lines: manifest::Manifest<R>,
    mode: Mode,
    warnings: Warnings,
}

impl<R: BufRead> Manifest<R> {
    /// Reads `input` from its beginning. `attributes` are the names that labelling jobs gave to their results; in a
    /// chain of jobs a line has those of some of them. In multi-class mode the last one that a line has counts.
    pub fn new(input: R, format: &Format, attributes: &[String]) -> Manifest<R> {
        Manifest {
            lines: manifest::Manifest::new(input, attributes.to_vec(), format.longest_row),
            mode: format.mode,
            warnings: Warnings::default(),
        }
    }

    /// The next document with labels, `None` after the last.
    ///
    /// # Errors
    /// A line that breaks a rule, or an input that cannot be read. There is no reading on after it.
    pub fn next_document(&mut self) -> Result<Option<Labelled>, DataError> {
        while let Some(line) = self.lines.next_labelled()? {
            if matches!(&line.source, Source::Text(text) if text.trim().is_empty()) {
                self.warnings.empty_documents += 1;
                continue;
            }
            let labels = self
                .labels(&line.attributes)
                .map_err(|rule| DataError::at(line.line, rule))?;
            return Ok(Some(Labelled {
                line: line.line,
                labels,
                source: line.source,
            }));
        }
        Ok(None)
    }

    fn labels(&mut self, attributes: &[(Value, Option<Value>)]) -> Result<Vec<String>, Rule> {
        let mut all = Vec::new();
        for (value, metadata) in attributes {
            let metadata = metadata.as_ref().and_then(Value::as_object);
            let names = match self.mode {
                Mode::MultiClass => {
                    all.clear();
                    let name = metadata.and_then(|data| data.get("class-name")).and_then(Value::as_str);
                    vec![name.ok_or(ONE_CLASS)?]
                }
                Mode::MultiLabel => {
                    let map = metadata.and_then(|data| data.get("class-map"));
                    let map = map.and_then(Value::as_object).ok_or(CLASS_MAP)?;
                    let numbers = value.as_array().ok_or(CLASS_MAP)?.iter();
                    numbers
                        .map(|number| map.get(&number.to_string()).and_then(Value::as_str).ok_or(CLASS_MAP))
                        .collect::<Result<_, _>>()?
                }
            };
            for name in names {
                let label = labels::checked(name, &mut self.warnings)?.to_owned();
                labels::add(label, &mut all, &mut self.warnings);
            }
        }
        if all.is_empty() {
            return Err(Rule::EmptyLabel);
        }
        Ok(all)
    }

    /// What was left out so far.
    pub fn warnings(&self) -> Warnings {
        let (without_attribute, failed_labelling) = self.lines.left_out();
        Warnings {
            without_attribute,
            failed_labelling,
            ..self.warnings
        }
    }
}

const ONE_CLASS: Rule = Rule::Attribute {
    expected: "must have metadata with the name of the class in \"class-name\"",
};
const CLASS_MAP: Rule = Rule::Attribute {
    expected: "must be a list of numbers that \"class-map\" in the metadata gives names to",
};
