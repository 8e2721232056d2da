//! Customers' models as they are kept in memory: what the cache of `construe-models` needs to know of the engines,
//! in one place for workers and gateway, so that both may share a cache.

use std::ops::Deref;

use construe_models::{LoadedModel, ModelCache};

/// A classifier that a customer trained.
pub struct Classifier(construe_classify::Model);

/// Classifiers, fetched when they are first asked for.
pub type Classifiers = ModelCache<Classifier>;

impl Deref for Classifier {
    type Target = construe_classify::Model;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl LoadedModel for Classifier {
    type Error = construe_classify::LoadError;

    type Resources = ();

    fn from_bytes(bytes: &[u8], (): &()) -> Result<Self, Self::Error> {
        construe_classify::Model::from_bytes(bytes).map(Self)
    }

    fn memory_usage(&self) -> usize {
        self.0.memory_usage()
    }
}

/// An entity recognizer that a customer trained.
pub struct Recognizer(construe_custom_entities::Model);

/// Recognizers, fetched when they are first asked for.
pub type Recognizers = ModelCache<Recognizer>;

impl Deref for Recognizer {
    type Target = construe_custom_entities::Model;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl LoadedModel for Recognizer {
    type Error = construe_custom_entities::LoadError;
    type Resources = construe_custom_entities::Resources;

    fn from_bytes(bytes: &[u8], resources: &Self::Resources) -> Result<Self, Self::Error> {
        construe_custom_entities::Model::from_bytes(bytes, resources).map(Self)
    }

    fn memory_usage(&self) -> usize {
        self.0.memory_usage()
    }
}
