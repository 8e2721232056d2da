//! What is judged.

use std::collections::{BTreeMap, BTreeSet};

use construe_corpus::{Record, Sources, Zone};
use construe_learn::Label;
use construe_learn::evaluate::Span;

use crate::Error;

/// The labels that are judged, and in the texts of which source.
///
/// What a source does not mark throughout cannot be judged there: a finding may be right although nothing is marked. Of
/// what it marks in part, only recall can be told.
pub struct Scope {
    labels: Vec<String>,
    numbers: BTreeMap<String, Label>,
    /// By source, by label. `None`: every label is marked throughout everywhere.
    marks: Option<BTreeMap<String, Vec<Marks>>>,
}

/// How a source marks a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Marks {
    Throughout,
    InPart,
    Not,
}

/// The spans of one text that count.
pub(crate) struct Judged<S> {
    /// Of labels that are marked throughout.
    pub(crate) gold: Vec<Span>,
    pub(crate) found: Vec<S>,
    /// Of labels that are marked in part.
    pub(crate) partial_gold: Vec<Span>,
    pub(crate) partial_found: Vec<S>,
}

impl Scope {
    /// The scope of `records`: the labels that `sources` say are covered or, without sources, all labels that occur; of
    /// these only `only`, if it names any.
    ///
    /// # Errors
    /// A text of an unknown source, a label of `only` that is nowhere, no label or more than 256.
    pub fn new(records: &[Record], sources: Option<&Sources>, only: &[String]) -> Result<Scope, Error> {
        let mut labels: Vec<String> = match sources {
            Some(sources) => sources.labels().to_vec(),
            None => {
                let spans = records.iter().flat_map(|record| &record.spans);
                let occurring: BTreeSet<&String> = spans.map(|span| &span.label).collect();
                occurring.into_iter().cloned().collect()
            }
        };
        if let Some(unknown) = only.iter().find(|label| !labels.contains(label)) {
            return Err(Error::UnknownLabel(unknown.clone()));
        }
        if !only.is_empty() {
            labels.retain(|label| only.contains(label));
        }
        if labels.is_empty() {
            return Err(Error::NoLabels);
        }
        if labels.len() > usize::from(u8::MAX) + 1 {
            return Err(Error::TooManyLabels(labels.len()));
        }
        let marks = match sources {
            None => None,
            Some(sources) => Some(marks(records, sources, &labels)?),
        };
        let numbers = labels
            .iter()
            .enumerate()
            .map(|(index, label)| (label.clone(), Label(index as u8)))
            .collect();
        Ok(Scope { labels, numbers, marks })
    }

    /// The labels that are judged.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The number of a label that is judged.
    pub(crate) fn label(&self, name: &str) -> Option<Label> {
        self.numbers.get(name).copied()
    }

    /// Leaves out what cannot be judged in the text: labels that its source does not mark, and whatever touches a zone
    /// that the annotation leaves open.
    pub(crate) fn restrict<S: Copy>(&self, record: &Record, found: &[S], span: impl Fn(&S) -> Span) -> Judged<S> {
        let of_source = self.marks.as_ref().map(|marks| marks.get(&record.source));
        let marked = |span: &Span, wanted: Marks| {
            let marks = match of_source {
                None => Marks::Throughout,
                Some(marks) => marks.map_or(Marks::Not, |marks| marks[span.label.index()]),
            };
            marks == wanted && !record.ignore.iter().any(|zone| touches(span, zone))
        };
        let annotations = record.spans.iter().filter_map(|annotation| {
            Some(Span {
                start: annotation.start,
                end: annotation.end,
                label: self.label(&annotation.label)?,
            })
        });
        let annotations: Vec<Span> = annotations.collect();
        let gold = |wanted| {
            annotations
                .iter()
                .copied()
                .filter(|span| marked(span, wanted))
                .collect()
        };
        let found = |wanted| {
            found
                .iter()
                .copied()
                .filter(|found| marked(&span(found), wanted))
                .collect()
        };
        Judged {
            gold: gold(Marks::Throughout),
            found: found(Marks::Throughout),
            partial_gold: gold(Marks::InPart),
            partial_found: found(Marks::InPart),
        }
    }
}

fn marks(records: &[Record], sources: &Sources, labels: &[String]) -> Result<BTreeMap<String, Vec<Marks>>, Error> {
    let mut all = BTreeMap::new();
    for record in records {
        if all.contains_key(&record.source) {
            continue;
        }
        let covered = sources.covers(&record.source).ok_or_else(|| Error::UnknownSource {
            id: record.id.clone(),
            origin: record.source.clone(),
        })?;
        let partial = sources.partial(&record.source);
        let marks = labels.iter().map(|label| match label {
            label if covered.contains(label) => Marks::Throughout,
            label if partial.contains(label) => Marks::InPart,
            _ => Marks::Not,
        });
        all.insert(record.source.clone(), marks.collect());
    }
    Ok(all)
}

fn touches(span: &Span, zone: &Zone) -> bool {
    span.start < zone.end && zone.start < span.end
}
