//! What all augmented manifests have in common: JSON lines with a document and attributes of labelling jobs.

use std::io::BufRead;

use serde_json::{Map, Value};

use crate::error::{DataError, Rule};
use crate::lines::Lines;

/// The document of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The document itself.
    Text(String),
    /// The URI of the object that holds it, for the caller to fetch.
    Reference(String),
}

/// A line with the attributes that it has, of those that were asked for.
pub(crate) struct Labelled {
    pub(crate) line: u64,
    pub(crate) source: Source,
    /// Each attribute with its metadata, in the order in which they were asked for.
    pub(crate) attributes: Vec<(Value, Option<Value>)>,
}

/// Reads a manifest line by line.
pub(crate) struct Manifest<R> {
    lines: Lines<R>,
    attributes: Vec<String>,
    without_attribute: u64,
    failed: u64,
    found_attribute: bool,
}

impl<R: BufRead> Manifest<R> {
    pub(crate) fn new(input: R, attributes: Vec<String>, longest_line: usize) -> Manifest<R> {
        Manifest {
            lines: Lines::new(input, longest_line),
            attributes,
            without_attribute: 0,
            failed: 0,
            found_attribute: false,
        }
    }

    /// Lines left out so far: without any attribute, and with labelling that failed.
    pub(crate) fn left_out(&self) -> (u64, u64) {
        (self.without_attribute, self.failed)
    }

    /// The next line that has one of the attributes.
    pub(crate) fn next_labelled(&mut self) -> Result<Option<Labelled>, DataError> {
        while let Some((line, text)) = self.lines.next_line()? {
            let fault = |rule| DataError::at(line, rule);
            let Ok(Value::Object(mut object)) = serde_json::from_str(text) else {
                return Err(fault(Rule::NotAnObject));
            };
            let source = source(&mut object).ok_or_else(|| fault(Rule::NoSource))?;
            let mut attributes = Vec::new();
            let mut failed = false;
            for name in &self.attributes {
                let value = object.remove(name);
                let metadata = object.remove(&format!("{name}-metadata"));
                // What a labelling job leaves for a document that nobody could label.
                failed |= metadata
                    .as_ref()
                    .is_some_and(|data| data.get("failure-reason").is_some());
                if let Some(value) = value.filter(|value| !value.is_null()) {
                    attributes.push((value, metadata));
                }
            }
            self.found_attribute |= failed || !attributes.is_empty();
            if failed {
                self.failed += 1;
            } else if attributes.is_empty() {
                self.without_attribute += 1;
            } else {
                return Ok(Some(Labelled {
                    line,
                    source,
                    attributes,
                }));
            }
        }
        if !self.found_attribute && self.without_attribute > 0 {
            return Err(DataError::at(self.lines.number(), Rule::NoAttribute));
        }
        Ok(None)
    }
}

fn source(object: &mut Map<String, Value>) -> Option<Source> {
    match (object.remove("source"), object.remove("source-ref")) {
        (Some(Value::String(text)), _) => Some(Source::Text(text)),
        (_, Some(Value::String(uri))) => Some(Source::Reference(uri)),
        _ => None,
    }
}
