//! The worker's analyzer, with nothing in its object storage.

#[path = "../../../training-sources/tests/support/objects.rs"]
mod objects;

use std::sync::{Arc, LazyLock};

use construe_custom_entities::Resources;
use construe_custom_models::Recognizers;
use construe_document_reader::{OcrConfig, Reader};
use construe_entities::Engine;
use construe_worker_entities::{Custom, EntitiesAnalyzer};
use objects::NoObjects;

pub static ANALYZER: LazyLock<EntitiesAnalyzer> = LazyLock::new(|| {
    let entities = Arc::new(Engine::load().expect("the shipped models load"));
    let pii = Arc::new(construe_pii::Engine::load().expect("the shipped models load"));
    let resources = Resources::new(entities.clone());
    let custom = Custom {
        recognizers: Arc::new(Recognizers::new(Arc::new(NoObjects), 0, resources)),
        reader: Arc::new(Reader::new(OcrConfig::default())),
    };
    EntitiesAnalyzer::new(entities, pii, custom)
});
