//! What the medical worker does: medical entities and protected health information, a file at a time.
//!
//! The runtime ([`construe_worker`]) brings documents and takes bytes away, the engine ([`construe_medical`]) finds;
//! this crate writes the answers. Each file's result is the answer that the synchronous operation would give; a file
//! without a result gets a reason instead, which its job lists.

use std::sync::Arc;

use construe_comprehend_api::manifest::Unprocessed;
use construe_jobs::{Job, JobKind, WorkerKind};
use construe_medical::{Analysis, Engine, LoadError, Scratch};
use construe_worker::{Analyzer, AnalyzerError, Document, DocumentError, Outcome, PrepareError, Session, Unreadable};
use serde::Serialize;

/// Does the jobs of the medical worker, with an engine that all slots share.
pub struct MedicalAnalyzer {
    engine: Arc<Engine>,
}

impl MedicalAnalyzer {
    pub fn new(engine: Arc<Engine>) -> Self {
        Self { engine }
    }

    /// Loads the engine.
    pub fn load() -> Result<Self, LoadError> {
        Ok(Self::new(Arc::new(Engine::load()?)))
    }
}

impl Analyzer for MedicalAnalyzer {
    type Prepared = ();

    fn kind(&self) -> WorkerKind {
        WorkerKind::Medical
    }

    async fn prepare(&self, _job: &Job) -> Result<(), PrepareError> {
        Ok(())
    }

    fn session(&self, job: &Job, (): &()) -> Result<Box<dyn Session>, AnalyzerError> {
        let task = match job.kind {
            JobKind::MedicalEntitiesDetection => Task::Entities,
            JobKind::PhiDetection => Task::Phi,
            _ => return Err(AnalyzerError::wrong_kind()),
        };
        Ok(Box::new(MedicalSession {
            engine: self.engine.clone(),
            scratch: self.engine.scratch(),
            task,
            found: Analysis::new(),
        }))
    }
}

#[derive(Clone, Copy)]
enum Task {
    Entities,
    Phi,
}

struct MedicalSession {
    engine: Arc<Engine>,
    scratch: Scratch,
    task: Task,
    /// In the document in hand; kept for its memory.
    found: Analysis,
}

impl Session for MedicalSession {
    fn analyze(&mut self, document: &Document<'_>, out: &mut Vec<u8>) -> Outcome {
        let text = match document.content {
            Ok("") => return Outcome::Failed(Unprocessed::Empty.code()),
            Ok(text) => text,
            Err(error) => return Outcome::Failed(reason(error).code()),
        };
        let Self {
            engine, scratch, found, ..
        } = self;
        match self.task {
            Task::Entities => {
                engine.analyze_entities(scratch, text, found);
                write(&construe_medical_answers::entities(text, found), out)
            }
            Task::Phi => {
                engine.analyze_phi(scratch, text, &mut found.entities);
                write(&construe_medical_answers::phi(text, &found.entities), out)
            }
        }
    }
}

fn reason(error: DocumentError) -> Unprocessed {
    match error {
        DocumentError::TooLarge { .. } => Unprocessed::TooLarge,
        DocumentError::NotUtf8 => Unprocessed::NotUtf8,
        DocumentError::Unprocessable => Unprocessed::Internal,
        DocumentError::Unreadable(Unreadable::Deleted) => Unprocessed::Deleted,
        DocumentError::Unreadable(Unreadable::Changed) => Unprocessed::Changed,
        DocumentError::Unreadable(Unreadable::AccessDenied) => Unprocessed::AccessDenied,
    }
}

fn write(answer: &impl Serialize, out: &mut Vec<u8>) -> Outcome {
    let before = out.len();
    match serde_json::to_writer(&mut *out, answer) {
        Ok(()) => Outcome::Analyzed,
        // Scores are finite and names are strings; should an answer be no JSON all the same, nothing of it remains.
        Err(_) => {
            out.truncate(before);
            Outcome::Failed(Unprocessed::Internal.code())
        }
    }
}
