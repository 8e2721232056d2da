//! Training a recognizer: reading the documents, learning, judging.

use std::io::Write;
use std::sync::Arc;

use construe_custom_entities::{Quality, Resources, Settings, TrainError, Trainer as Learner};
use construe_custom_models::Recognizer;
use construe_models::{EVALUATING_FROM, RecognizerReport, RecognizerTraining, SpanMeasures, TypeReport};
use construe_training_sources::dataset::sentences;
use construe_training_sources::entities::{Corpus, entity_list, language, types};
use construe_training_sources::{Meter, too_little};
use construe_worker::{Report, Trained, Trainer, TrainerError, TrainingData, Watch};

/// Thousandths of the work that are done when all documents are read.
const READ: u16 = 50;

pub(crate) struct RecognizerTrainer {
    job: RecognizerTraining,
    compared: Option<Arc<Recognizer>>,
    resources: Resources,
}

impl RecognizerTrainer {
    pub(crate) fn new(job: RecognizerTraining, compared: Option<Arc<Recognizer>>, resources: Resources) -> Self {
        Self {
            job,
            compared,
            resources,
        }
    }
}

impl Trainer for RecognizerTrainer {
    fn train(
        &mut self,
        data: &dyn TrainingData,
        watch: &dyn Watch,
        artifact: &mut dyn Write,
    ) -> Result<Trained, TrainerError> {
        let job = &self.job;
        let language = language(&job.language)?;
        let types = types(&job.types)?;
        let settings = Settings::new(language, types.clone());
        let (mut learner, mut warnings) = match &job.train.entity_list {
            Some(place) => {
                let list = entity_list(data, place, &types)?;
                let known = list.entities.iter().map(|(text, kind)| (text.as_str(), *kind));
                (Learner::listed(settings, known), list.warnings)
            }
            None => (Learner::annotated(settings), Default::default()),
        };
        let meter = Meter::new(watch, 0, READ / 2);
        let corpus = Corpus::new(data, &job.train, &types);
        let mut documents = 0;
        let left_out = corpus.visit(&meter, &mut |document| {
            documents += 1;
            let added = match document.partial {
                // Of a list, the learner finds the entities itself.
                true => learner.add_partly(document.text, document.spans),
                false => learner.add(document.text, document.spans),
            };
            added.map_err(failed)
        })?;
        warnings.add(&left_out);
        learner.check().map_err(|few| too_little(&few))?;
        let mut bytes = corpus.bytes()?;
        if !job.test.is_empty() {
            let test = Corpus::new(data, &job.test, &types);
            let meter = Meter::new(watch, READ / 2, READ);
            let left_out = test.visit(&meter, &mut |document| {
                documents += 1;
                learner.add_test(document.text, document.spans).map_err(failed)
            })?;
            warnings.add(&left_out);
            bytes += test.bytes()?;
        }
        let stage = Meter::new(watch, READ, EVALUATING_FROM);
        let earlier = self.compared.as_deref().map(|compared| &**compared);
        let trained = learner.train_and_compare(&self.resources, earlier, &mut |progress| stage.go_on(progress.share));
        let trained = trained.map_err(failed)?;
        artifact.write_all(&trained.model.to_bytes())?;
        let metrics = &trained.metrics;
        let mut told = sentences(&warnings);
        if trained.entities_left_out > 0 {
            told.push(format!(
                "{} entities of the list are too long to be known as a whole",
                trained.entities_left_out
            ));
        }
        if trained.documents_left_out > 0 {
            told.push(format!(
                "{} documents were left out: the model was trained on a sample of the rest",
                trained.documents_left_out
            ));
        }
        let report = RecognizerReport {
            trained_documents: metrics.trained_documents,
            test_documents: metrics.test_documents,
            measures: measures(metrics.overall),
            types: metrics
                .types
                .iter()
                .map(|kind| TypeReport {
                    name: kind.name.clone(),
                    measures: measures(kind.quality),
                    train_mentions: kind.train_mentions,
                })
                .collect(),
            compared: trained.compared.map(measures),
            warnings: told,
        };
        Ok(Trained {
            report: Report::of(&report).unwrap_or_default(),
            documents,
            input_bytes: bytes,
            ..Trained::default()
        })
    }
}

/// Reports have shares, the engine has hundredths.
fn measures(quality: Quality) -> SpanMeasures {
    SpanMeasures {
        precision: quality.precision / 100.0,
        recall: quality.recall / 100.0,
        f1: quality.f1 / 100.0,
    }
}

fn failed(error: TrainError) -> TrainerError {
    match error {
        TrainError::NotEnough(few) => too_little(&few),
        TrainError::Stopped => TrainerError::Interrupted,
        // Looked at before, so a bug.
        error => TrainerError::refused(
            "TRAINING_FAILED",
            format_args!("The recognizer was not trained: {error}."),
        ),
    }
}
