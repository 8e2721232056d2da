//! What the entities worker does: entity detection, PII detection and redaction.
//!
//! The runtime ([`construe_worker`]) brings documents and takes bytes away, the engines
//! ([`construe_entities`], [`construe_pii`]) find; this crate reads a job's parameters and writes its records.

mod entities;
mod pii;
mod records;

use std::sync::Arc;

use construe_jobs::{Job, JobKind, WorkerKind};
use construe_worker::{Analyzer, AnalyzerError, Session};

/// The models of an engine cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("loading the engine of entities")]
    Entities(#[from] construe_entities::LoadError),
    #[error("loading the engine of personal data")]
    Pii(#[from] construe_pii::LoadError),
}

/// Does the jobs of the entities worker, with engines whose models all slots share.
pub struct EntitiesAnalyzer {
    entities: Arc<construe_entities::Engine>,
    pii: Arc<construe_pii::Engine>,
}

impl EntitiesAnalyzer {
    pub fn new(entities: Arc<construe_entities::Engine>, pii: Arc<construe_pii::Engine>) -> Self {
        Self { entities, pii }
    }

    /// Loads the models of the engines.
    pub fn load() -> Result<Self, LoadError> {
        let entities = Arc::new(construe_entities::Engine::load()?);
        let pii = Arc::new(construe_pii::Engine::load()?);
        Ok(Self::new(entities, pii))
    }
}

impl Analyzer for EntitiesAnalyzer {
    fn kind(&self) -> WorkerKind {
        WorkerKind::Entities
    }

    fn session(&self, job: &Job) -> Result<Box<dyn Session>, AnalyzerError> {
        match job.kind {
            JobKind::EntitiesDetection => entities::session(&self.entities, job),
            JobKind::PiiEntitiesDetection => pii::session(&self.pii, job),
            JobKind::MedicalEntitiesDetection | JobKind::PhiDetection => Err(AnalyzerError::new(
                "INTERNAL_ERROR: The job came to a worker that does not do its kind.",
            )),
        }
    }
}
