//! Annotated sequences to learn from.

use std::ops::Range;

use crate::Error;
use crate::features::Features;
use crate::labels::{Label, LabelSet, Labels};
use crate::scheme::Constraint;

/// A span as annotated: its label is one of `labels`, usually the only one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnnotatedSpan {
    /// First token.
    pub start: usize,
    /// One past the last token.
    pub end: usize,
    /// What it can be. Several where the source's label is coarser than the model's.
    pub labels: LabelSet,
}

/// What the annotation of one sequence says, and what it leaves open.
#[derive(Clone, Debug, PartialEq)]
pub struct Annotation {
    /// The annotated spans, in order, without overlaps.
    pub spans: Vec<AnnotatedSpan>,
    /// The labels that the source annotates wherever they occur. A token outside all spans may still belong to a span
    /// of any other label.
    pub covers: LabelSet,
    /// Ranges of tokens of which nothing is known, in order, outside the spans.
    pub unknown: Vec<Range<usize>>,
    /// How much the sequence counts; 1 for an ordinary one.
    pub weight: f32,
}

impl Annotation {
    /// No spans, ordinary weight.
    pub fn new(covers: LabelSet) -> Annotation {
        Annotation {
            spans: Vec::new(),
            covers,
            unknown: Vec::new(),
            weight: 1.0,
        }
    }

    /// Adds a span of one label.
    #[must_use]
    pub fn with_span(mut self, start: usize, end: usize, label: Label) -> Annotation {
        self.spans.push(AnnotatedSpan {
            start,
            end,
            labels: label.into(),
        });
        self
    }

    /// Whether a span that somebody found can be judged by the annotation.
    pub fn judges(&self, start: usize, end: usize, label: Label) -> bool {
        self.covers.contains(label) && !self.unknown.iter().any(|zone| zone.start < end && start < zone.end)
    }

    fn check(&self, labels: &Labels, tokens: usize) -> Result<(), Error> {
        let mut free_from = 0;
        for span in &self.spans {
            if span.start < free_from || span.end <= span.start || span.end > tokens {
                return Err(Error::Annotation(
                    "spans must be in order, within the sequence and without overlaps",
                ));
            }
            if span.labels.is_empty() || !span.labels.is_subset(labels.all()) {
                return Err(Error::Annotation(
                    "a span needs at least one label, all of them the model's",
                ));
            }
            free_from = span.end;
        }
        let spans = self.spans.iter().map(|span| span.start..span.end);
        let mut ranges: Vec<Range<usize>> = spans.chain(self.unknown.iter().cloned()).collect();
        ranges.sort_unstable_by_key(|range| range.start);
        if ranges.iter().any(|range| range.is_empty() || range.end > tokens)
            || ranges.windows(2).any(|pair| pair[0].end > pair[1].start)
            || !self.unknown.is_sorted_by_key(|range| range.start)
        {
            return Err(Error::Annotation(
                "unknown ranges must be in order, within the sequence and outside the spans",
            ));
        }
        if !self.covers.is_subset(labels.all()) {
            return Err(Error::Annotation("the covered labels must be the model's"));
        }
        if !(self.weight.is_finite() && self.weight > 0.0) {
            return Err(Error::Annotation("the weight must be a positive number"));
        }
        Ok(())
    }
}

/// Annotated sequences with their features.
#[derive(Clone, Debug)]
pub struct Corpus {
    labels: Labels,
    sequences: Vec<(Features, Annotation)>,
    tokens: usize,
}

impl Corpus {
    /// No sequence yet.
    pub fn new(labels: Labels) -> Corpus {
        Corpus {
            labels,
            sequences: Vec::new(),
            tokens: 0,
        }
    }

    /// Adds a sequence. One without tokens is left out.
    ///
    /// # Errors
    /// An annotation that does not fit the features or the labels.
    pub fn push(&mut self, features: Features, annotation: Annotation) -> Result<(), Error> {
        annotation.check(&self.labels, features.tokens())?;
        if features.tokens() > 0 {
            self.tokens += features.tokens();
            self.sequences.push((features, annotation));
        }
        Ok(())
    }

    /// The labels of the annotations.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// Number of sequences.
    pub fn len(&self) -> usize {
        self.sequences.len()
    }

    /// Whether there is no sequence.
    pub fn is_empty(&self) -> bool {
        self.sequences.is_empty()
    }

    /// Number of tokens.
    pub fn tokens(&self) -> usize {
        self.tokens
    }

    /// The sequences, in the order in which they came.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Features, &Annotation)> {
        self.sequences
            .iter()
            .map(|(features, annotation)| (features, annotation))
    }
}

/// Calls with what the annotation says of each token.
pub(crate) fn for_each_constraint(
    annotation: &Annotation,
    labels: &Labels,
    tokens: usize,
    mut call: impl FnMut(usize, Constraint),
) {
    let open = labels.all().without(annotation.covers);
    let mut spans = annotation.spans.iter().peekable();
    let mut unknown = annotation.unknown.iter().peekable();
    let mut token = 0;
    let mut after_span = false;
    while token < tokens {
        match spans.next_if(|span| span.start == token) {
            Some(span) => {
                for position in span.start..span.end {
                    let constraint = match (position == span.start, position + 1 == span.end) {
                        (true, true) => Constraint::Only(span.labels),
                        (true, false) => Constraint::First(span.labels),
                        (false, false) => Constraint::Middle(span.labels),
                        (false, true) => Constraint::Last(span.labels),
                    };
                    call(position, constraint);
                }
                token = span.end;
                after_span = true;
            }
            None => {
                while unknown.next_if(|zone| zone.end <= token).is_some() {}
                let constraint = if unknown.peek().is_some_and(|zone| zone.start <= token) {
                    Constraint::Unknown { after_span }
                } else if after_span {
                    Constraint::OutsideAfterSpan(open)
                } else {
                    Constraint::Outside(open)
                };
                call(token, constraint);
                token += 1;
                after_span = false;
            }
        }
    }
}
