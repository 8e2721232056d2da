//! What the classification worker does: classifying documents with customers' own models, training these, and checking
//! the datasets of flywheels.
//!
//! The runtime ([`construe_worker`]) brings documents and data and takes bytes away, the engine ([`construe_classify`])
//! learns and classifies; this crate reads a job's parameters, judges what was learnt, and writes records.

mod confusion;
mod hold_out;
mod session;
mod training;

use std::sync::Arc;

use construe_custom_models::{Classifier, Classifiers};
use construe_document_reader::Reader;
use construe_jobs::{Job, JobKind, WorkerKind};
use construe_models::{Classification, ClassifierTraining, DatasetImport, ModelCopy};
use construe_training_sources::Copy;
use construe_training_sources::dataset::Import;
use construe_worker::{Analyzer, AnalyzerError, PrepareError, Session, Trainer};
use construe_worker_records::parameters;

/// Does the jobs of the classification worker, with models that all slots share.
pub struct ClassificationAnalyzer {
    models: Arc<Classifiers>,
    reader: Arc<Reader>,
}

impl ClassificationAnalyzer {
    pub fn new(models: Arc<Classifiers>, reader: Arc<Reader>) -> Self {
        Self { models, reader }
    }
}

/// A job's parameters, and the models that it needs.
pub enum Prepared {
    Classification(Classification, Arc<Classifier>),
    Training(ClassifierTraining, Option<Arc<Classifier>>),
    /// With the file of the model.
    Copy(ModelCopy, Vec<u8>),
    Import(DatasetImport),
}

impl Analyzer for ClassificationAnalyzer {
    type Prepared = Prepared;

    fn kind(&self) -> WorkerKind {
        WorkerKind::Classification
    }

    async fn prepare(&self, job: &Job) -> Result<Prepared, PrepareError> {
        Ok(match job.kind {
            JobKind::DocumentClassification => {
                let analysis: Classification = parameters(job)?;
                let model = self.models.get(&analysis.model).await?;
                Prepared::Classification(analysis, model)
            }
            JobKind::ClassifierTraining if ModelCopy::is_meant(&job.spec.analysis) => {
                let copy: ModelCopy = parameters(job)?;
                let file = self.models.file(&copy.copy).await?;
                Prepared::Copy(copy, file)
            }
            JobKind::ClassifierTraining => {
                let analysis: ClassifierTraining = parameters(job)?;
                let compared = match &analysis.compare {
                    Some(model) => Some(self.models.get(model).await?),
                    None => None,
                };
                Prepared::Training(analysis, compared)
            }
            JobKind::DatasetImport => Prepared::Import(parameters(job)?),
            _ => return Err(AnalyzerError::wrong_kind().into()),
        })
    }

    fn session(&self, _job: &Job, prepared: &Prepared) -> Result<Box<dyn Session>, AnalyzerError> {
        match prepared {
            Prepared::Classification(analysis, model) => {
                Ok(session::begin(analysis, model.clone(), self.reader.clone()))
            }
            Prepared::Training(..) | Prepared::Copy(..) | Prepared::Import(_) => Err(AnalyzerError::wrong_kind()),
        }
    }

    fn trainer(&self, job: &Job, prepared: &Prepared) -> Result<Box<dyn Trainer>, AnalyzerError> {
        match prepared {
            Prepared::Training(analysis, compared) => Ok(Box::new(training::ClassifierTrainer::new(
                analysis.clone(),
                compared.clone(),
                job.submit_time,
                self.reader.clone(),
            ))),
            Prepared::Copy(copy, file) => Ok(Box::new(Copy::new(copy.clone(), file.clone()))),
            Prepared::Import(import) => Ok(Box::new(Import::new(import.clone(), self.reader.clone()))),
            Prepared::Classification(..) => Err(AnalyzerError::wrong_kind()),
        }
    }
}
