//! How good a recogniser is, as the service reports it.

use construe_tagging::learn::Label;
use construe_tagging::learn::evaluate::{Counts, Span, SpanScores};

use crate::model::{Model, Scratch};
use crate::selection::Document;

/// Precision, recall and F1 from 0 to 100.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Quality {
    /// The share of entities found that are right in extent and type.
    pub precision: f64,
    /// The share of annotated entities that were found.
    pub recall: f64,
    /// The harmonic mean of both.
    pub f1: f64,
}

/// What is known of one type.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeMetrics {
    /// Its name.
    pub name: String,
    /// How well it is found.
    pub quality: Quality,
    /// How often it is annotated in the documents that were trained on.
    pub train_mentions: u64,
}

/// What is known of a recogniser.
#[derive(Clone, Debug, PartialEq)]
pub struct Metrics {
    /// All types together: every entity counts the same.
    pub overall: Quality,
    /// Each type, in the order of [`Model::types`].
    pub types: Vec<TypeMetrics>,
    /// Documents that were trained on.
    pub trained_documents: u64,
    /// Documents that it was judged by.
    pub test_documents: u64,
}

impl From<Counts> for Quality {
    fn from(counts: Counts) -> Quality {
        let ratios = counts.exact();
        Quality {
            precision: 100.0 * ratios.precision,
            recall: 100.0 * ratios.recall,
            f1: 100.0 * ratios.f1,
        }
    }
}

/// How a model did on annotated documents.
pub(crate) struct Judge {
    scores: SpanScores,
}

impl Judge {
    /// Judges a model by documents whose spans are numbered as in `types`.
    pub(crate) fn of(model: &Model, types: &[String], documents: &[Document]) -> Judge {
        let number = |name: &String| types.iter().position(|other| other == name);
        let numbers: Vec<Option<usize>> = model.types().iter().map(number).collect();
        let (mut scratch, mut entities) = (Scratch::default(), Vec::new());
        let mut scores = SpanScores::new();
        for document in documents {
            model.analyze(&mut scratch, &document.text, &mut entities);
            let gold = document.spans.iter().map(|span| Span {
                start: span.start as usize,
                end: span.end as usize,
                label: Label(span.kind),
            });
            let found = entities.iter().filter_map(|entity| {
                // A model has fewer types than a byte has values.
                numbers[usize::from(entity.kind)].map(|number| Span {
                    start: entity.start,
                    end: entity.end,
                    label: Label(number as u8),
                })
            });
            scores.add(&gold.collect::<Vec<_>>(), &found.collect::<Vec<_>>());
        }
        Judge { scores }
    }

    pub(crate) fn overall(&self) -> Quality {
        self.scores.total().into()
    }

    pub(crate) fn types(&self, types: &[String], train_mentions: &[u64]) -> Vec<TypeMetrics> {
        let types = (0..).zip(types).zip(train_mentions);
        types
            .map(|((number, name), &train_mentions)| TypeMetrics {
                name: name.clone(),
                quality: self.scores.label(Label(number)).into(),
                train_mentions,
            })
            .collect()
    }
}
