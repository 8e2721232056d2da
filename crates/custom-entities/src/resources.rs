//! What all recognisers share.

use std::sync::Arc;

use construe_entities::{Engine, EntityKnowledge, KnowledgeError, LoadError, WordLists};
use construe_text::Language;

/// The product's own knowledge could not be loaded: its data are damaged.
#[derive(Debug, thiserror::Error)]
pub enum ResourcesError {
    /// The entity engine.
    #[error("load the entity engine")]
    Engine(#[from] LoadError),
    /// The word lists.
    #[error("load the word lists of entities")]
    Knowledge(#[from] KnowledgeError),
}

/// The entity engine and its word lists: loaded once, shared by all recognisers of a process.
#[derive(Clone)]
pub struct Resources {
    engine: Arc<Engine>,
    lists: Arc<WordLists>,
}

impl Resources {
    /// Loads everything.
    ///
    /// # Errors
    /// If the data that the program carries are damaged.
    pub fn load() -> Result<Resources, ResourcesError> {
        Resources::with_engine(Arc::new(Engine::load()?))
    }

    /// Shares an engine that is loaded.
    ///
    /// # Errors
    /// If the data that the program carries are damaged.
    pub fn with_engine(engine: Arc<Engine>) -> Result<Resources, ResourcesError> {
        let lists = Arc::new(WordLists::load()?);
        Ok(Resources { engine, lists })
    }

    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    pub(crate) fn words(&self, language: Language) -> EntityKnowledge {
        EntityKnowledge::new(language, self.lists.clone())
    }
}

impl std::fmt::Debug for Resources {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resources").finish_non_exhaustive()
    }
}
