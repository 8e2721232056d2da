//! What the entities worker does: entity detection with the built-in types or a customer's own, the training of
//! recognizers for the latter, PII detection and redaction.
//!
//! The runtime ([`construe_worker`]) brings documents and takes bytes away, the engines ([`construe_entities`],
//! [`construe_custom_entities`], [`construe_pii`]) learn and find; this crate reads a job's parameters and writes its
//! records.

mod custom;
mod entities;
mod pii;
mod training;

use std::sync::Arc;

use construe_custom_models::{Recognizer, Recognizers};
use construe_document_reader::Reader;
use construe_jobs::{Job, JobKind, WorkerKind};
use construe_models::{ModelCopy, Recognition, RecognizerTraining};
use construe_training_sources::Copy;
use construe_worker::{Analyzer, AnalyzerError, PrepareError, Session, Trainer};
use construe_worker_records::parameters;

/// What the jobs of customers' own types need.
#[derive(Clone)]
pub struct Custom {
    pub recognizers: Arc<Recognizers>,
    pub reader: Arc<Reader>,
}

/// Does the jobs of the entities worker, with engines whose models all slots share.
pub struct EntitiesAnalyzer {
    entities: Arc<construe_entities::Engine>,
    pii: Arc<construe_pii::Engine>,
    custom: Custom,
}

impl EntitiesAnalyzer {
    pub fn new(entities: Arc<construe_entities::Engine>, pii: Arc<construe_pii::Engine>, custom: Custom) -> Self {
        Self { entities, pii, custom }
    }
}

/// What a job needs besides the engines.
pub enum Prepared {
    /// Nothing: its parameters are read by its session.
    BuiltIn,
    Recognition(Recognition, Arc<Recognizer>),
    Training(Box<RecognizerTraining>, Option<Arc<Recognizer>>),
    /// With the file of the model.
    Copy(ModelCopy, Vec<u8>),
}

impl Analyzer for EntitiesAnalyzer {
    type Prepared = Prepared;

    fn kind(&self) -> WorkerKind {
        WorkerKind::Entities
    }

    async fn prepare(&self, job: &Job) -> Result<Prepared, PrepareError> {
        let recognizers = &self.custom.recognizers;
        Ok(match job.kind {
            // Only jobs with a recognizer of the customer's own name a model.
            JobKind::EntitiesDetection if job.spec.analysis.get("model").is_some() => {
                let analysis: Recognition = parameters(job)?;
                let model = recognizers.get(&analysis.model).await?;
                Prepared::Recognition(analysis, model)
            }
            JobKind::RecognizerTraining if ModelCopy::is_meant(&job.spec.analysis) => {
                let copy: ModelCopy = parameters(job)?;
                let file = recognizers.file(&copy.copy).await?;
                Prepared::Copy(copy, file)
            }
            JobKind::RecognizerTraining => {
                let analysis: RecognizerTraining = parameters(job)?;
                let compared = match &analysis.compare {
                    Some(model) => Some(recognizers.get(model).await?),
                    None => None,
                };
                Prepared::Training(Box::new(analysis), compared)
            }
            _ => Prepared::BuiltIn,
        })
    }

    fn session(&self, job: &Job, prepared: &Prepared) -> Result<Box<dyn Session>, AnalyzerError> {
        match (job.kind, prepared) {
            (_, Prepared::Recognition(analysis, model)) => {
                Ok(custom::session(analysis, model.clone(), self.custom.reader.clone()))
            }
            (JobKind::EntitiesDetection, _) => entities::session(&self.entities, job),
            (JobKind::PiiEntitiesDetection, _) => pii::session(&self.pii, job),
            _ => Err(AnalyzerError::wrong_kind()),
        }
    }

    fn trainer(&self, _job: &Job, prepared: &Prepared) -> Result<Box<dyn Trainer>, AnalyzerError> {
        match prepared {
            Prepared::Training(analysis, compared) => Ok(Box::new(training::RecognizerTrainer::new(
                (**analysis).clone(),
                compared.clone(),
                self.custom.recognizers.resources().clone(),
            ))),
            Prepared::Copy(copy, file) => Ok(Box::new(Copy::new(copy.clone(), file.clone()))),
            Prepared::BuiltIn | Prepared::Recognition(..) => Err(AnalyzerError::wrong_kind()),
        }
    }
}
