//! What all recognisers share.

use std::error::Error;
use std::sync::Arc;

use construe_entities::{Engine, EntityKnowledge, LoadError};
use construe_text::Language;

/// The entity engine and its word lists: loaded once, shared by all recognisers of a process.
#[derive(Clone)]
pub struct Resources {
    engine: Arc<Engine>,
}

/// The entity engine has no sound model for a language: the program's data are damaged.
#[derive(Debug, thiserror::Error)]
#[error("load the entity engine for {language}: {reason}")]
pub struct EngineError {
    language: &'static str,
    /// The engine keeps the error itself, for everybody who asks.
    reason: String,
}

impl Resources {
    /// Loads the entity engine.
    ///
    /// # Errors
    /// If the data that the program carries are damaged.
    pub fn load() -> Result<Resources, LoadError> {
        Ok(Resources::new(Arc::new(Engine::load()?)))
    }

    /// Shares an engine that is loaded.
    pub fn new(engine: Arc<Engine>) -> Resources {
        Resources { engine }
    }

    /// The engine, ready for a language.
    pub(crate) fn engine(&self, language: Language) -> Result<&Arc<Engine>, EngineError> {
        match self.engine.prepare(language) {
            Ok(()) => Ok(&self.engine),
            Err(error) => Err(EngineError {
                language: language.code(),
                reason: match error.source() {
                    Some(source) => format!("{error}: {source}"),
                    None => error.to_string(),
                },
            }),
        }
    }

    pub(crate) fn words(&self, language: Language) -> EntityKnowledge {
        EntityKnowledge::new(language, self.engine.lists().clone())
    }
}

impl std::fmt::Debug for Resources {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resources").finish_non_exhaustive()
    }
}
