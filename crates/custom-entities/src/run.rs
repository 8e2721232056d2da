//! Training on documents that are at hand.

use std::ops::ControlFlow;

use construe_entities::Engine;
use construe_tagging::learn::{Calibration, Label, LabelSet, Labels, Outcome};
use construe_tagging::{CorpusBuilder, Example, learn};
use construe_text::Language;
use construe_training_data::entities::Span;

use crate::error::TrainError;
use crate::knowledge::CustomKnowledge;
use crate::selection::Document;
use crate::trainer::Progress;

/// With less text than this, scores are fitted to models of parts of the data, so that all of it can be learnt from.
const LITTLE_TEXT: usize = 600_000;
/// How many such models.
const FOLDS: usize = 3;
/// With more text, one document in that many decides when to stop and fits the scores.
const DEVELOPMENT: usize = 15;
/// From this share of the annotations on that it touches, what the entity engine finds is worth its time.
const ENGINE_SHARE: f64 = 0.15;
/// Bytes of text that this is judged by.
const ENGINE_SAMPLE: usize = 400_000;

/// Whether the entity engine's findings touch enough of the annotations.
pub(crate) fn is_engine_worth_asking(engine: &Engine, language: Language, documents: &[Document]) -> bool {
    let (mut scratch, mut entities) = (engine.scratch(), Vec::new());
    let (mut spans, mut touched, mut read) = (0_u64, 0_u64, 0);
    for document in documents.iter().filter(|document| !document.spans.is_empty()) {
        engine.analyze(&mut scratch, &document.text, language, &mut entities);
        for span in &document.spans {
            let (start, end) = (span.start as usize, span.end as usize);
            let next = entities.partition_point(|entity| entity.end <= start);
            touched += u64::from(entities.get(next).is_some_and(|entity| entity.start < end));
            spans += 1;
        }
        read += document.text.len();
        if read >= ENGINE_SAMPLE {
            break;
        }
    }
    touched as f64 >= ENGINE_SHARE * spans.max(1) as f64
}

/// Bytes of text.
fn text_of(documents: &[Document]) -> usize {
    documents.iter().map(|document| document.text.len()).sum()
}

/// Settings of the learner for these documents: `DESIGN.md` has the measurements.
pub(crate) fn learner(documents: &[Document], seed: u64) -> learn::Settings {
    let complete = documents.iter().filter(|document| document.complete).count();
    learn::Settings {
        epochs: if text_of(documents) < LITTLE_TEXT { 20 } else { 10 },
        // What a list does not name must be found by what stands around it.
        dropout: if complete * 2 >= documents.len() { 0.3 } else { 0.5 },
        // Of documents whose annotation is not complete.
        uncovered_prior: 0.8,
        seed,
        ..learn::Settings::default()
    }
}

/// Tells the caller how far the training is.
pub(crate) struct Clock<'w> {
    watch: &'w mut dyn FnMut(Progress) -> ControlFlow<()>,
    /// What was told last.
    share: f64,
}

impl<'w> Clock<'w> {
    pub(crate) fn new(watch: &'w mut dyn FnMut(Progress) -> ControlFlow<()>) -> Clock<'w> {
        Clock { watch, share: 0.0 }
    }

    pub(crate) fn tell(&mut self, share: f64) -> Result<(), TrainError> {
        self.share = share.clamp(self.share, 1.0);
        match (self.watch)(Progress { share: self.share }) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(TrainError::Stopped),
        }
    }
}

/// Trainings on parts of the same documents.
pub(crate) struct Run<'k> {
    pub(crate) knowledge: &'k CustomKnowledge,
    pub(crate) language: Language,
    pub(crate) labels: Labels,
    pub(crate) learner: learn::Settings,
}

impl<'k> Run<'k> {
    /// Trains a tagger on the documents.
    pub(crate) fn train(
        &self,
        documents: &[Document],
        clock: &mut Clock<'_>,
    ) -> Result<construe_tagging::Model, TrainError> {
        if text_of(documents) < LITTLE_TEXT {
            self.train_with_folds(documents, clock)
        } else {
            self.train_with_development(documents, clock)
        }
    }

    /// Little text: all of it is learnt from, and scores are fitted to what models of parts of it make of the rest.
    fn train_with_folds(
        &self,
        documents: &[Document],
        clock: &mut Clock<'_>,
    ) -> Result<construe_tagging::Model, TrainError> {
        let mut outcomes: Vec<Outcome> = Vec::new();
        let share = 1.0 / (FOLDS + 1) as f64;
        for fold in 0..FOLDS {
            let (held_out, rest) = split(documents, |number| number % FOLDS == fold);
            let rest = self.read(rest, clock)?;
            let held_out = self.read(held_out, clock)?;
            if rest.corpus().is_empty() || held_out.corpus().is_empty() {
                continue;
            }
            let from = fold as f64 * share;
            let model = self.fit(&rest, &self.builder(), clock, from..from + share)?;
            outcomes.extend(model.tagger().outcomes(held_out.corpus()));
        }
        let all = self.read(documents, clock)?;
        let mut model = self.fit(&all, &self.builder(), clock, 1.0 - share..1.0)?;
        model
            .set_calibration(Calibration::fit(self.labels.len(), &outcomes))
            .map_err(TrainError::Tagger)?;
        Ok(model)
    }

    /// More text: a part decides when to stop and fits the scores.
    fn train_with_development(
        &self,
        documents: &[Document],
        clock: &mut Clock<'_>,
    ) -> Result<construe_tagging::Model, TrainError> {
        let (development, rest) = split(documents, |number| number % DEVELOPMENT == 0);
        let rest = self.read(rest, clock)?;
        let development = self.read(development, clock)?;
        self.fit(&rest, &development, clock, 0.0..1.0)
    }

    fn builder(&self) -> CorpusBuilder<'k, CustomKnowledge> {
        CorpusBuilder::new(self.language, self.labels.clone(), self.knowledge)
    }

    fn read<'d>(
        &self,
        documents: impl IntoIterator<Item = &'d Document>,
        clock: &mut Clock<'_>,
    ) -> Result<CorpusBuilder<'k, CustomKnowledge>, TrainError> {
        let mut builder = self.builder();
        for document in documents {
            clock.tell(0.0)?;
            let span = |span: &Span| (span.start as usize..span.end as usize, Label(span.kind));
            let example = Example {
                text: (&*document.text).into(),
                spans: document.spans.iter().map(span).collect(),
                ignore: Vec::new(),
                covers: if document.complete {
                    self.labels.all()
                } else {
                    LabelSet::EMPTY
                },
                weight: 1.0,
            };
            builder.add(&example).map_err(TrainError::Tagger)?;
        }
        Ok(builder)
    }

    fn fit(
        &self,
        training: &CorpusBuilder<'_, CustomKnowledge>,
        held_out: &CorpusBuilder<'_, CustomKnowledge>,
        clock: &mut Clock<'_>,
        share: std::ops::Range<f64>,
    ) -> Result<construe_tagging::Model, TrainError> {
        let epochs = f64::from(self.learner.epochs + self.learner.refit_epochs);
        let mut done = 0.0;
        let trained = construe_tagging::train(training, held_out, &self.learner, |_| {
            done += 1.0;
            let now = share.start + (share.end - share.start) * (done / epochs).min(1.0);
            match clock.tell(now) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            }
        });
        match trained {
            Ok((model, _)) => Ok(model),
            Err(construe_tagging::Error::Learn(learn::Error::Stopped)) => Err(TrainError::Stopped),
            Err(error) => Err(TrainError::Tagger(error)),
        }
    }
}

/// The documents whose numbers are chosen, and the others.
fn split(documents: &[Document], chosen: impl Fn(usize) -> bool) -> (Vec<&Document>, Vec<&Document>) {
    let (mut these, mut others) = (Vec::new(), Vec::new());
    for (number, document) in documents.iter().enumerate() {
        if chosen(number) { &mut these } else { &mut others }.push(document);
    }
    (these, others)
}
