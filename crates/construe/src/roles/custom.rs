//! What customers' own models need: caches of them, and a reader of documents that are more than text.

use std::sync::Arc;

use construe_custom_entities::Resources;
use construe_custom_models::{Classifiers, Recognizers};
use construe_document_reader::Reader;
use construe_entities::Engine;
use construe_jobs::ObjectStore;

use crate::config::Config;

pub fn classifiers(config: &Config, objects: Arc<dyn ObjectStore>) -> Arc<Classifiers> {
    Arc::new(Classifiers::new(objects, config.models.memory_bytes, ()))
}

/// They work on top of the engine of built-in entities.
pub fn recognizers(config: &Config, objects: Arc<dyn ObjectStore>, entities: Arc<Engine>) -> Arc<Recognizers> {
    let resources = Resources::new(entities);
    Arc::new(Recognizers::new(objects, config.models.memory_bytes, resources))
}

/// `construe doctor` tells whether it can read pictures of text.
pub fn reader(config: &Config) -> Arc<Reader> {
    Arc::new(Reader::new(config.ocr.reader_config()))
}
