//! Training of the two taggers from annotated texts.
//!
//! Sources differ in what they annotate: each [`Example`] says which types it covers, and what it does not cover is
//! learnt from as far as it can be, never taken for a negative. Zones that a source leaves open are left out.

use std::ops::{ControlFlow, Range};

use construe_learn::{
    AnnotatedSpan, Annotation, Corpus, Epoch, FeatureHasher, Features, Label, LabelSet, Labels, Provenance, Report,
    Settings, Tagger,
};
use construe_lexicon::Lexicon;
use construe_recognizers::Recognizers;
use sha2::{Digest, Sha256};

use crate::features::{PHI_SCHEMA, SCHEMA, Source};
use crate::labels::{EntityLabel, PhiLabel};
use crate::phi::{Known, Marks};
use crate::terminology::{Matches, Terminology};
use crate::tokens::Tokens;
use crate::{LoadError, Type, data};

/// A stretch of a text with its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Labelled {
    /// First code point.
    pub start: usize,
    /// One past the last code point.
    pub end: usize,
    /// What it is, entity or attribute.
    pub kind: Type,
}

/// An annotated text. Its `Debug` output leaves the text out.
#[derive(Clone)]
pub struct Example {
    /// Tells the example from others; decides which examples are held out.
    pub id: String,
    /// The text.
    pub text: String,
    /// Entities and attributes, in any order; where two overlap the tagger learns the longer.
    pub spans: Vec<Labelled>,
    /// The types that are annotated wherever they occur.
    pub covers: Vec<Type>,
    /// Code points that are not judged.
    pub ignore: Vec<Range<usize>>,
    /// How much the example counts; 1 for an ordinary one.
    pub weight: f32,
}

impl std::fmt::Debug for Example {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Example")
            .field("bytes", &self.text.len())
            .field("spans", &self.spans.len())
            .finish_non_exhaustive()
    }
}

/// Which tagger to train.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Medical entities and the attributes that no grammar finds.
    Entities,
    /// Protected health information.
    Phi,
}

/// Training failed.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    /// The data of the engine cannot be loaded.
    #[error("load what the features need")]
    Load(#[from] LoadError),
    /// The learner refused the data, diverged or was stopped.
    #[error("train the tagger")]
    Learn(#[from] construe_learn::Error),
}

/// A trained tagger.
#[derive(Debug)]
pub struct Trained {
    /// The model file.
    pub bytes: Vec<u8>,
    /// What training did.
    pub report: Report,
    /// Examples and tokens seen, held-out ones included.
    pub examples: usize,
    /// Tokens among them.
    pub tokens: usize,
}

/// The settings that the shipped models were trained with.
pub fn settings(task: Task) -> Settings {
    match task {
        Task::Entities => Settings {
            epochs: 6,
            max_features: 230_000,
            uncovered_prior: 0.7,
            dropout: 0.35,
            ..Settings::default()
        },
        Task::Phi => Settings {
            epochs: 8,
            refit_epochs: 3,
            max_features: 200_000,
            dropout: 0.4,
            ..Settings::default()
        },
    }
}

/// How much the texts of a source count for the shipped models. Generated notes teach form, not facts: they count less
/// for entities; for protected health information they are nearly all there is. What is no medical text counts half.
pub fn weight(task: Task, source: &str) -> f32 {
    match (task, source) {
        (Task::Entities, "synthnote") => 0.4,
        (Task::Entities, "notes") => 0.8,
        (Task::Phi, "gum" | "uner-ewt" | "tab" | "synthetic") => 0.5,
        _ => 1.0,
    }
}

/// One example in this many is held out, to stop in time and to calibrate the scores.
const HELD_OUT: u32 = 20;

/// Trains a tagger. The same examples in the same order and the same settings give the same bytes.
///
/// # Errors
/// See [`TrainingError`].
pub fn train(
    task: Task,
    examples: &[Example],
    settings: &Settings,
    progress: impl FnMut(&Epoch) -> ControlFlow<()>,
) -> Result<Trained, TrainingError> {
    let mut reader = Reader::new(task)?;
    let labels = task.labels();
    let (mut training, mut held_out) = (Corpus::new(labels.clone()), Corpus::new(labels));
    let mut digest = Sha256::new();
    for example in examples {
        example.add_to(&mut digest);
        let draw = FeatureHasher::new(0).text(&example.id).finish();
        let corpus = if draw.is_multiple_of(HELD_OUT) {
            &mut held_out
        } else {
            &mut training
        };
        reader.read(example, corpus)?;
    }
    let provenance = Provenance {
        feature_schema: task.schema().to_owned(),
        data_fingerprint: digest.finalize().into(),
    };
    let (mut tagger, report) = construe_learn::train(&training, &held_out, settings, provenance, progress)?;
    tagger.calibrate(&held_out);
    Ok(Trained {
        bytes: tagger.to_bytes(),
        report,
        examples: examples.len(),
        tokens: training.tokens() + held_out.tokens(),
    })
}

/// Counts what a tagger finds in examples, at the level of its own labels: a development tool.
///
/// # Errors
/// See [`TrainingError`].
pub fn evaluate(
    task: Task,
    tagger: &[u8],
    examples: &[Example],
) -> Result<construe_learn::evaluate::SpanScores, TrainingError> {
    let mut reader = Reader::new(task)?;
    let mut corpus = Corpus::new(task.labels());
    for example in examples {
        reader.read(example, &mut corpus)?;
    }
    Ok(Tagger::from_bytes(tagger, task.schema())?.evaluate(&corpus))
}

impl Task {
    /// The labels of the tagger.
    pub fn labels(self) -> Labels {
        let names: Vec<&str> = match self {
            Task::Entities => EntityLabel::ALL.map(EntityLabel::name).to_vec(),
            Task::Phi => PhiLabel::ALL.map(PhiLabel::name).to_vec(),
        };
        Labels::new(names).expect("the names are distinct, short and fewer than 64")
    }

    /// Name and version of the features of the tagger.
    fn schema(self) -> &'static str {
        match self {
            Task::Entities => SCHEMA,
            Task::Phi => PHI_SCHEMA,
        }
    }

    fn label(self, kind: Type) -> Option<Label> {
        match self {
            Task::Entities => EntityLabel::of(kind).map(|label| Label(label as u8)),
            Task::Phi => PhiLabel::of(kind).map(|label| Label(label as u8)),
        }
    }
}

impl Example {
    fn add_to(&self, digest: &mut Sha256) {
        let mut number = |value: usize| digest.update((value as u64).to_le_bytes());
        number(self.text.len());
        number(self.spans.len());
        for span in &self.spans {
            number(span.start);
            number(span.end);
            number(span.kind as usize);
        }
        number(self.covers.len());
        self.covers.iter().for_each(|&kind| number(kind as usize));
        number(self.ignore.len());
        for zone in &self.ignore {
            number(zone.start);
            number(zone.end);
        }
        digest.update(self.weight.to_le_bytes());
        digest.update(self.text.as_bytes());
    }
}

/// Turns examples into sequences.
struct Reader {
    task: Task,
    terminology: Terminology,
    lexicon: Lexicon,
    /// Recognizers for the tagger that uses them.
    recognizers: Option<(Recognizers, Marks)>,
    tokens: Tokens,
    matches: Matches,
    features: Features,
}

impl Reader {
    fn new(task: Task) -> Result<Reader, TrainingError> {
        Ok(Reader {
            task,
            terminology: data::terminology()?,
            lexicon: match task {
                Task::Entities => data::medical_lexicon()?,
                Task::Phi => data::english_lexicon()?,
            },
            recognizers: match task {
                Task::Entities => None,
                Task::Phi => Some((Recognizers::load().map_err(LoadError::from)?, Marks::default())),
            },
            tokens: Tokens::default(),
            matches: Matches::default(),
            features: Features::new(),
        })
    }

    fn read(&mut self, example: &Example, corpus: &mut Corpus) -> Result<(), TrainingError> {
        let text = &example.text;
        self.tokens.read(text);
        self.terminology.find(&self.tokens, &mut self.matches);
        if let Some((recognizers, marks)) = &mut self.recognizers {
            marks.read(recognizers, text, &self.tokens);
        }
        let boundaries: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let bytes = |start: usize, end: usize| {
            let last = boundaries.len() - 1;
            boundaries[start.min(last)]..boundaries[end.min(last)]
        };
        let covers: LabelSet = example
            .covers
            .iter()
            .filter_map(|&kind| self.task.label(kind))
            .collect();
        let mut spans: Vec<(Range<usize>, Label)> = example
            .spans
            .iter()
            .filter_map(|span| {
                Some((
                    self.tokens.touching(bytes(span.start, span.end)),
                    self.task.label(span.kind)?,
                ))
            })
            .filter(|(range, _)| !range.is_empty())
            .collect();
        spans.sort_by_key(|(range, label)| (std::cmp::Reverse(range.len()), range.start, *label));
        let mut owner: Vec<Option<usize>> = vec![None; self.tokens.len()];
        let mut kept: Vec<(Range<usize>, Label)> = Vec::new();
        for (range, label) in spans {
            if owner[range.clone()].iter().all(Option::is_none) {
                owner[range.clone()].fill(Some(kept.len()));
                kept.push((range, label));
            }
        }
        let mut open = vec![false; self.tokens.len()];
        for zone in &example.ignore {
            open[self.tokens.touching(bytes(zone.start, zone.end))].fill(true);
        }
        let source = Source {
            text,
            tokens: &self.tokens,
            matches: &self.matches,
            lexicon: &self.lexicon,
            known: self.recognizers.as_ref().map(|(recognizers, marks)| Known {
                marks: &marks.tokens,
                gazetteer: recognizers.gazetteer(),
            }),
        };
        for sentence in self.tokens.sentences() {
            source.features(sentence, &mut self.features);
            let mut annotation = Annotation::new(covers);
            annotation.weight = example.weight;
            for token in sentence.clone() {
                match owner[token].map(|span| &kept[span]) {
                    Some((range, label)) => {
                        // A span that a sentence boundary cuts is learnt from by neither part.
                        if range.end > sentence.end || range.start < sentence.start {
                            add_unknown(&mut annotation.unknown, token - sentence.start);
                        } else if range.start == token {
                            annotation.spans.push(AnnotatedSpan {
                                start: token - sentence.start,
                                end: range.end - sentence.start,
                                labels: (*label).into(),
                            });
                        }
                    }
                    None if open[token] => add_unknown(&mut annotation.unknown, token - sentence.start),
                    None => {}
                }
            }
            corpus.push(self.features.clone(), annotation)?;
        }
        Ok(())
    }
}

/// Adds a token to the ranges of which nothing is known.
fn add_unknown(unknown: &mut Vec<Range<usize>>, token: usize) {
    match unknown.last_mut() {
        Some(range) if range.end == token => range.end += 1,
        _ => unknown.push(token..token + 1),
    }
}
