//! From documents to a recogniser.

use std::ops::ControlFlow;

use construe_tagging::learn::{self, Labels};
use construe_text::Language;
use construe_training_data::entities::{Span, Types};

use crate::error::{NotEnough, TrainError};
use crate::knowledge::CustomKnowledge;
use crate::list::{Entities, ListMatcher};
use crate::metrics::{Judge, Metrics, Quality};
use crate::model::Model;
use crate::resources::Resources;
use crate::run::{Clock, Run, is_engine_worth_asking, learner};
use crate::selection::{Document, Selection, count, hold_out};

/// The least that a recogniser is trained on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Minimum {
    /// Bytes of text.
    pub text: u64,
    /// Documents with entities.
    pub documents: u64,
    /// Annotations of each type, where documents are annotated.
    pub annotations_per_type: u64,
    /// Occurrences of each type's entities, where there is a list of them.
    pub matches_per_type: u64,
}

impl Default for Minimum {
    /// The service's own: 5 KB, 3 documents, 25 annotations or 200 matches of each type.
    fn default() -> Minimum {
        Minimum {
            text: 5000,
            documents: 3,
            annotations_per_type: 25,
            matches_per_type: 200,
        }
    }
}

/// How to train.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The language of the documents.
    pub language: Language,
    /// The types to be found.
    pub types: Types,
    /// Less is refused.
    pub minimum: Minimum,
    /// Bytes of memory that a training may take, more or less: they decide how much text is kept. Of larger corpora a
    /// sample is learnt from, drawn by the documents' digests; those with entities come first.
    pub memory: usize,
    /// Settings of the learner, in place of those that fit the amount of data.
    pub learner: Option<learn::Settings>,
    /// Seed of the order in which documents are learnt from.
    pub seed: u64,
}

impl Settings {
    /// The usual settings.
    pub fn new(language: Language, types: Types) -> Settings {
        Settings {
            language,
            types,
            minimum: Minimum::default(),
            memory: 400 << 20,
            learner: None,
            seed: 1,
        }
    }

    /// Bytes of documents to keep. Of each byte of text come so many bytes of features, and of weights for each type:
    /// measured with 3 and with 10 types.
    fn most_text(&self) -> usize {
        self.memory / (90 + 6 * self.types.len())
    }
}

/// How far a training is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// From 0 to 1, never falling.
    pub share: f64,
}

/// A recogniser and what is known of it.
#[derive(Debug)]
pub struct Trained {
    /// The recogniser.
    pub model: Model,
    /// How good it is.
    pub metrics: Metrics,
    /// How good the model is that was to be compared with it, judged by the same documents.
    pub compared: Option<Quality>,
    /// Entities of the list that are too long to be known as a whole.
    pub entities_left_out: u64,
    /// Documents that were not learnt from, since memory did not suffice for all of them.
    pub documents_left_out: u64,
}

/// One document in that many is held out where no test documents are given.
const HELD_OUT: usize = 10;
/// Documents without entities take at most that part of the memory.
const PLAIN_SHARE: usize = 3;
/// Test documents take at most that part of the memory.
const TEST_SHARE: usize = 2;

/// What the spans of documents come from.
enum Source {
    /// Somebody marked them.
    Annotations,
    /// They are the entities of a list; there may be others.
    List(Box<ListMatcher>),
}

/// Takes documents, then trains.
pub struct Trainer {
    settings: Settings,
    source: Source,
    annotated: Selection,
    plain: Selection,
    test: Option<Selection>,
    /// Documents to learn from so far.
    documents: u64,
    /// Documents to judge by so far.
    test_documents: u64,
    /// Of these, with entities.
    with_entities: u64,
    /// Bytes of their texts.
    text: u64,
    /// Spans of each type.
    mentions: Vec<u64>,
}

impl Trainer {
    /// For documents in which every entity is annotated.
    pub fn annotated(settings: Settings) -> Trainer {
        Trainer::new(settings, Source::Annotations)
    }

    /// For documents in which the entities of a list occur, with the numbers of their types. Where one text has several
    /// types the first counts.
    pub fn listed<T: AsRef<str>>(settings: Settings, list: impl IntoIterator<Item = (T, u8)>) -> Trainer {
        let kinds = settings.types.len();
        let known = list.into_iter().filter(|&(_, kind)| usize::from(kind) < kinds);
        let matcher = ListMatcher::new(settings.language, known);
        Trainer::new(settings, Source::List(Box::new(matcher)))
    }

    fn new(settings: Settings, source: Source) -> Trainer {
        let most = settings.most_text();
        let plain = most / PLAIN_SHARE;
        Trainer {
            source,
            annotated: Selection::new(most - plain),
            plain: Selection::new(plain),
            test: None,
            documents: 0,
            test_documents: 0,
            with_entities: 0,
            text: 0,
            mentions: vec![0; settings.types.len()],
            settings,
        }
    }

    /// Adds a document to learn from, with all its entities. With a list of entities `spans` is ignored.
    ///
    /// # Errors
    /// A span outside the text or of an unknown type.
    pub fn add(&mut self, text: &str, spans: &[Span]) -> Result<(), TrainError> {
        let complete = matches!(self.source, Source::Annotations);
        self.add_document(text, spans, complete)
    }

    /// Adds a document to learn from, with some of its entities, as a list leads to: nothing follows from the absence of
    /// others. With a list of entities `spans` is ignored.
    ///
    /// # Errors
    /// As [`Trainer::add`].
    pub fn add_partly(&mut self, text: &str, spans: &[Span]) -> Result<(), TrainError> {
        self.add_document(text, spans, false)
    }

    fn add_document(&mut self, text: &str, spans: &[Span], complete: bool) -> Result<(), TrainError> {
        let spans = self.spans(text, spans)?;
        self.text += text.len() as u64;
        self.with_entities += u64::from(!spans.is_empty());
        for span in &spans {
            self.mentions[usize::from(span.kind)] += 1;
        }
        for part in Document::parts(self.documents, text, &spans, complete) {
            let kept = if part.is_annotated {
                &mut self.annotated
            } else {
                &mut self.plain
            };
            kept.add(part);
        }
        self.documents += 1;
        Ok(())
    }

    /// Adds a document to judge the recogniser by. Without any, one in ten of the others serves as such.
    ///
    /// # Errors
    /// As [`Trainer::add`].
    pub fn add_test(&mut self, text: &str, spans: &[Span]) -> Result<(), TrainError> {
        let spans = self.spans(text, spans)?;
        let budget = self.settings.most_text() / TEST_SHARE;
        let test = self.test.get_or_insert_with(|| Selection::new(budget));
        for part in Document::parts(self.test_documents, text, &spans, true) {
            test.add(part);
        }
        self.test_documents += 1;
        Ok(())
    }

    /// The spans of a document as they will be learnt: those of the list, or the given ones in order without the white
    /// space around them.
    fn spans(&mut self, text: &str, given: &[Span]) -> Result<Vec<Span>, TrainError> {
        let mut spans = Vec::new();
        match &mut self.source {
            Source::List(matcher) => matcher.find(text, &mut spans),
            Source::Annotations if given.is_empty() => {}
            Source::Annotations => {
                let spaces: Vec<bool> = text.chars().map(char::is_whitespace).collect();
                for &Span { start, end, kind } in given {
                    let characters = spaces.get(start as usize..end as usize).ok_or(TrainError::Span)?;
                    if usize::from(kind) >= self.mentions.len() {
                        return Err(TrainError::Span);
                    }
                    let before = characters.iter().take_while(|&&space| space).count() as u32;
                    let after = characters.iter().rev().take_while(|&&space| space).count() as u32;
                    if before < end - start {
                        let (start, end) = (start + before, end - after);
                        spans.push(Span { start, end, kind });
                    }
                }
                spans.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
            }
        }
        Ok(spans)
    }

    /// Whether there is enough to train a recogniser, as far as is known.
    ///
    /// # Errors
    /// What there is too little of.
    pub fn check(&self) -> Result<(), NotEnough> {
        let minimum = self.settings.minimum;
        if self.text < minimum.text {
            return Err(NotEnough::Text {
                found: self.text,
                needed: minimum.text,
            });
        }
        let needed = match self.source {
            Source::Annotations => minimum.annotations_per_type,
            Source::List(_) => minimum.matches_per_type,
        };
        let names = self.settings.types.names().iter();
        let fewest = names.zip(&self.mentions).min_by_key(|&(_, &mentions)| mentions);
        if let Some((kind, &found)) = fewest.filter(|&(_, &found)| found < needed) {
            let kind = kind.clone();
            return Err(match self.source {
                Source::Annotations => NotEnough::Annotations { kind, found, needed },
                Source::List(_) => NotEnough::Matches { kind, found, needed },
            });
        }
        // Without two there would be none to learn from or none to judge by.
        let needed = minimum.documents.max(1 + u64::from(self.test.is_none()));
        if self.with_entities < needed {
            return Err(NotEnough::Documents {
                found: self.with_entities,
                needed,
            });
        }
        Ok(())
    }

    /// Trains a recogniser and judges it. The same documents in the same order give the same bytes. `watch` hears how
    /// far it is and may end it.
    ///
    /// # Errors
    /// Too few data, a training that `watch` ended, or an entity engine that is damaged.
    pub fn train(
        self,
        resources: &Resources,
        watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Trained, TrainError> {
        self.train_and_compare(resources, None, watch)
    }

    /// Trains a recogniser and judges it and an earlier one by the same documents. Types that the earlier one lacks count
    /// as never found.
    ///
    /// # Errors
    /// As [`Trainer::train`].
    pub fn train_and_compare(
        self,
        resources: &Resources,
        earlier: Option<&Model>,
        watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Trained, TrainError> {
        self.check()?;
        let settings = self.settings;
        let mut documents = self.annotated.into_documents();
        documents.append(&mut self.plain.into_documents());
        let documents_left_out = self.documents - count(&documents);
        let (training, test) = match self.test {
            Some(test) => (documents, test.into_documents()),
            None => hold_out(documents, HELD_OUT),
        };
        let (list, entities_left_out) = match self.source {
            Source::Annotations => (Entities::default(), 0),
            Source::List(matcher) => {
                let left_out = matcher.left_out();
                (matcher.into_entities(), left_out)
            }
        };
        let engine = resources.engine(settings.language)?;
        let is_asked = is_engine_worth_asking(engine, settings.language, &training);
        let knowledge = CustomKnowledge::new(resources, settings.language, is_asked.then_some(engine), list);
        let labels = Labels::new(settings.types.names()).map_err(|error| TrainError::Tagger(error.into()))?;
        let run = Run {
            knowledge: &knowledge,
            language: settings.language,
            labels,
            learner: settings.learner.unwrap_or_else(|| learner(&training, settings.seed)),
        };
        let mut clock = Clock::new(watch);
        let tagger = run.train(&training, &mut clock)?;
        // Passes may have ended early. What is left is judging.
        clock.tell(1.0)?;
        let model = Model::new(tagger, knowledge);

        let judge = Judge::of(&model, settings.types.names(), &test);
        let mut mentions = vec![0; settings.types.len()];
        for span in training.iter().flat_map(|document| &document.spans) {
            mentions[usize::from(span.kind)] += 1;
        }
        let metrics = Metrics {
            overall: judge.overall(),
            types: judge.types(settings.types.names(), &mentions),
            trained_documents: count(&training),
            test_documents: count(&test),
        };
        clock.tell(1.0)?;
        Ok(Trained {
            model,
            metrics,
            compared: earlier.map(|earlier| Judge::of(earlier, settings.types.names(), &test).overall()),
            entities_left_out,
            documents_left_out,
        })
    }
}

impl std::fmt::Debug for Trainer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trainer")
            .field("settings", &self.settings)
            .field("documents", &self.documents)
            .field("mentions", &self.mentions)
            .finish_non_exhaustive()
    }
}
