//! What the entities worker does: today, PII detection and redaction.
//!
//! The runtime ([`construe_worker`]) brings documents and takes bytes away, the engine
//! ([`construe_pii`]) finds; this crate reads a job's parameters and writes its records.

mod pii;

use std::sync::Arc;

use construe_jobs::{Job, JobKind, WorkerKind};
use construe_pii::{Engine, LoadError};
use construe_worker::{Analyzer, AnalyzerError, Session};

/// Does the jobs of the entities worker, with engines whose models all slots share.
pub struct EntitiesAnalyzer {
    pii: Arc<Engine>,
}

impl EntitiesAnalyzer {
    pub fn new(pii: Arc<Engine>) -> Self {
        Self { pii }
    }

    /// Loads the models of the engines.
    pub fn load() -> Result<Self, LoadError> {
        Ok(Self::new(Arc::new(Engine::load()?)))
    }
}

impl Analyzer for EntitiesAnalyzer {
    fn kind(&self) -> WorkerKind {
        WorkerKind::Entities
    }

    fn session(&self, job: &Job) -> Result<Box<dyn Session>, AnalyzerError> {
        match job.kind {
            JobKind::PiiEntitiesDetection => pii::session(&self.pii, job),
        }
    }
}
