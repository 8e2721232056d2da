//! Augmented manifests of named entity recognition.

use std::io::BufRead;

use serde_json::Value;

use crate::entities::annotations::SpanChecker;
use crate::entities::{Span, Types};
use crate::error::{DataError, Rule};
use crate::manifest;
use crate::manifest::Source;
use crate::warnings::Warnings;

/// A document with its entities. Its `Debug` output leaves the text out.
#[derive(Clone, PartialEq, Eq)]
pub struct Annotated {
    /// Its line, from 1.
    pub line: u64,
    /// The document.
    pub source: Source,
    /// Its entities, in order, none overlapping another. Checked against the text if the manifest holds it; if it holds
    /// a reference, [`Annotated::check`] does so once the text is there.
    pub spans: Vec<Span>,
}

impl std::fmt::Debug for Annotated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Annotated")
            .field("line", &self.line)
            .field("spans", &self.spans.len())
            .finish_non_exhaustive()
    }
}

impl Annotated {
    /// Checks the entities against the text that the reference leads to.
    ///
    /// # Errors
    /// An entity beyond the end of the text or of white space only.
    pub fn check(&self, text: &str) -> Result<(), DataError> {
        let checker = SpanChecker::new(text);
        let check = |&span: &Span| checker.check(span).map_err(|rule| DataError::at(self.line, rule));
        self.spans.iter().try_for_each(check)
    }
}

/// Reads a manifest.
pub struct Manifest<'t, R> {
    lines: manifest::Manifest<R>,
    types: &'t Types,
    warnings: Warnings,
}

impl<'t, R: BufRead> Manifest<'t, R> {
    /// Reads `input` from its beginning. `attributes` are the names that labelling jobs gave to their results; a line may
    /// have several of them, which count together. Entities of other types than `types` are left out.
    pub fn new(input: R, attributes: &[String], types: &'t Types) -> Manifest<'t, R> {
        Manifest {
            lines: manifest::Manifest::new(input, attributes.to_vec(), crate::LONGEST_ROW),
            types,
            warnings: Warnings::default(),
        }
    }

    /// The next document, `None` after the last.
    ///
    /// # Errors
    /// A line that breaks a rule, or an input that cannot be read. There is no reading on after it.
    pub fn next_document(&mut self) -> Result<Option<Annotated>, DataError> {
        while let Some(line) = self.lines.next_labelled()? {
            if matches!(&line.source, Source::Text(text) if text.trim().is_empty()) {
                self.warnings.empty_documents += 1;
                continue;
            }
            let number = line.line;
            let mut spans = Vec::new();
            for (value, _) in &line.attributes {
                self.read(value, &mut spans)
                    .map_err(|rule| DataError::at(number, rule))?;
            }
            let document = Annotated {
                line: number,
                source: line.source,
                spans: without_overlaps(spans, &mut self.warnings),
            };
            if let Source::Text(text) = &document.source {
                document.check(text)?;
            }
            return Ok(Some(document));
        }
        Ok(None)
    }

    fn read(&mut self, attribute: &Value, out: &mut Vec<Span>) -> Result<(), Rule> {
        let entities = attribute.pointer("/annotations/entities").and_then(Value::as_array);
        for entity in entities.ok_or(ENTITIES)? {
            let offset = |name: &str| {
                let offset = entity.get(name).and_then(Value::as_u64);
                offset.and_then(|offset| u32::try_from(offset).ok()).ok_or(ENTITIES)
            };
            let (start, end) = (offset("startOffset")?, offset("endOffset")?);
            if end <= start {
                return Err(Rule::OffsetOrder);
            }
            let label = entity.get("label").and_then(Value::as_str).ok_or(ENTITIES)?;
            match self.types.read(label)? {
                Some(kind) => out.push(Span { start, end, kind }),
                None => self.warnings.other_types += 1,
            }
        }
        Ok(())
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

/// Sorted, without those that overlap one before them, which `warnings` count.
pub fn without_overlaps(mut spans: Vec<Span>, warnings: &mut Warnings) -> Vec<Span> {
    spans.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
    spans.dedup();
    let mut free_from = 0;
    spans.retain(|span| {
        let free = span.start >= free_from;
        if free {
            free_from = span.end;
        } else {
            warnings.overlaps += 1;
        }
        free
    });
    spans
}

const ENTITIES: Rule = Rule::Attribute {
    expected: "must hold \"annotations\" with \"entities\", each with \"startOffset\", \"endOffset\" and \"label\"",
};
