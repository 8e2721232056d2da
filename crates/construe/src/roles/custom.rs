//! What customers' own models need: caches of them, and a reader of documents that are more than text.

use std::sync::Arc;

use anyhow::Context;
use construe_custom_entities::Resources;
use construe_custom_models::{Classifiers, Recognizers};
use construe_document_reader::Reader;
use construe_jobs::ObjectStore;

use crate::config::Config;

pub fn classifiers(config: &Config, objects: Arc<dyn ObjectStore>) -> Arc<Classifiers> {
    Arc::new(Classifiers::new(objects, config.models.memory_bytes, ()))
}

pub fn recognizers(config: &Config, objects: Arc<dyn ObjectStore>, resources: Resources) -> Arc<Recognizers> {
    Arc::new(Recognizers::new(objects, config.models.memory_bytes, resources))
}

pub fn resources(entities: Arc<construe_entities::Engine>) -> anyhow::Result<Resources> {
    Resources::with_engine(entities).context("loading what recognizers share")
}

/// Looks for the program that recognises text in pictures, and says so in the log where there is none.
pub fn reader(config: &Config) -> Arc<Reader> {
    let reader = Reader::new(config.ocr.reader_config());
    if let Err(missing) = reader.ocr() {
        tracing::info!(reason = %missing, "pictures of text cannot be read; everything else can");
    }
    Arc::new(reader)
}
