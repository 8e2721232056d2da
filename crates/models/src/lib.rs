//! The domain of custom models: what clients make of their own (classifiers, entity recognizers, endpoints,
//! flywheels, datasets), how it is recorded, what trains it, and how a trained model is fetched.
//!
//! Training is a job like any other (see `construe-jobs`): leased, stopped, inspected. A model's record only names the
//! job that makes it, and its status is read off that job; nothing has to be kept in step.

mod analysis;
mod cache;
mod registry;
mod report;
mod resource;
mod training;

pub use analysis::{Classification, Reading, Recognition};
pub use cache::{FetchError, LoadedModel, ModelCache};
pub use registry::{
    CreatedResource, Creation, Deletion, Limit, ModelRegistry, NewResource, Referent, RegistryError, ResourceFilter,
    ResourceOwner, ResourcePosition, ResourceSummary,
};
pub use report::{
    ArtifactReport, ClassifierMeasures, ClassifierReport, DatasetReport, RecognizerReport, SpanMeasures, TypeReport,
};
pub use resource::{Making, Resource, ResourceKind};
pub use training::{
    CLASSIFICATION_DATASET, ClassifierMode, ClassifierTraining, DATASET_ATTRIBUTE, DATASET_DELIMITER, DatasetFormat,
    DatasetImport, DocumentSource, ENTITIES_DATASET, EVALUATING_FROM, LabelledDocuments, ManifestSource, ModelCopy,
    ModelRef, PARTIAL_ENTITIES_DATASET, RecognizerData, RecognizerTraining, TrainingData,
};
