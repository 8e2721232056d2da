//! Entity detection: a document in, a record out.

use std::sync::Arc;

use construe_comprehend_api::records;
use construe_comprehend_api::shapes::entities::EntitiesAnalysis;
use construe_entities::{Engine, Entity, Language, Scratch};
use construe_jobs::Job;
use construe_worker::{AnalyzerError, Document, Outcome, Session};

use construe_worker_records::{Records, parameters, record_error};

/// Begins an entity detection job.
pub(crate) fn session(engine: &Arc<Engine>, job: &Job) -> Result<Box<dyn Session>, AnalyzerError> {
    let analysis: EntitiesAnalysis = parameters(job)?;
    let code = analysis.language.as_str();
    let language = Language::from_code(code).ok_or_else(|| {
        AnalyzerError::new(format!(
            "UNSUPPORTED_LANGUAGE: Entity detection does not support the language {code}."
        ))
    })?;
    // Now rather than with the first document: a model that cannot be used is the job's failure, not that document's.
    engine.prepare(language).map_err(|error| {
        tracing::error!(error = error as &dyn std::error::Error, "loading a model failed");
        AnalyzerError::new("INTERNAL_ERROR: The model of the job's language cannot be used.")
    })?;
    Ok(Box::new(EntitiesSession {
        engine: engine.clone(),
        scratch: engine.scratch(),
        language,
        found: Vec::new(),
        records: Records::default(),
    }))
}

struct EntitiesSession {
    engine: Arc<Engine>,
    scratch: Scratch,
    language: Language,
    /// In the document in hand; kept for its memory.
    found: Vec<Entity>,
    records: Records,
}

impl Session for EntitiesSession {
    fn analyze(&mut self, document: &Document<'_>, out: &mut Vec<u8>) -> Outcome {
        let text = match document.content {
            Ok(text) => text,
            Err(error) => {
                let error = record_error(error);
                self.records.of(document.file).error(out, document.line, &error);
                return Outcome::Failed(error.code());
            }
        };
        self.engine
            .analyze(&mut self.scratch, text, self.language, &mut self.found);
        let entities = self.found.iter().map(|entity| records::Entity {
            begin_offset: entity.start,
            end_offset: entity.end,
            score: entity.score,
            text: &text[entity.byte_start..entity.byte_end],
            entity_type: entity.kind.name(),
        });
        self.records.of(document.file).entities(out, document.line, entities);
        Outcome::Analyzed
    }
}
