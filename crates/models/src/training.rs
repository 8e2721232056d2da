//! What jobs that train are to do. The gateway stores it as the job's `analysis`, the worker reads it back.

use construe_jobs::{InputFormat, Location};
use serde::{Deserialize, Serialize};

/// A trained model, pinned: what jobs and endpoints work with.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ModelRef {
    pub arn: String,
    /// Key in the work bucket.
    pub key: String,
    /// SHA-256 of the model file, hexadecimal.
    pub digest: String,
    /// Bytes of the model file.
    pub size: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassifierMode {
    MultiClass,
    MultiLabel,
}

/// An augmented manifest and what in it is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestSource {
    /// One object, or all whose keys begin so.
    pub location: Location,
    /// Names of the label attributes.
    pub attributes: Vec<String>,
    /// Documents that `source-ref` names lie below this place.
    #[serde(default)]
    pub documents: Option<Location>,
    /// Annotation files that the manifest names lie below this place.
    #[serde(default)]
    pub annotations: Option<Location>,
    /// Whether the documents may hold entities beside those that are annotated.
    #[serde(default)]
    pub partial: bool,
}

/// Documents with or without annotations in a file of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentSource {
    pub documents: Location,
    pub format: InputFormat,
    /// CSV of annotations.
    #[serde(default)]
    pub annotations: Option<Location>,
}

/// Training data of a classifier: every source is used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainingData {
    /// Two-column CSV files (one object each, or a prefix).
    #[serde(default)]
    pub csv: Vec<Location>,
    #[serde(default)]
    pub manifests: Vec<ManifestSource>,
}

impl TrainingData {
    pub fn is_empty(&self) -> bool {
        self.csv.is_empty() && self.manifests.is_empty()
    }
}

/// Analysis of a [`ClassifierTraining`](construe_jobs::JobKind::ClassifierTraining) job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassifierTraining {
    pub mode: ClassifierMode,
    /// Between the labels of a document.
    pub delimiter: String,
    /// Code, as clients give it.
    pub language: String,
    pub train: TrainingData,
    /// Without any, a tenth of the training data is kept back.
    #[serde(default)]
    pub test: TrainingData,
    /// An earlier version, to be measured on the same test data.
    #[serde(default)]
    pub compare: Option<ModelRef>,
}

/// Training data of a recognizer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecognizerData {
    #[serde(default)]
    pub documents: Vec<DocumentSource>,
    /// CSV of names; they are looked for in the documents.
    #[serde(default)]
    pub entity_list: Option<Location>,
    #[serde(default)]
    pub manifests: Vec<ManifestSource>,
}

impl RecognizerData {
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty() && self.manifests.is_empty()
    }
}

/// Analysis of a [`RecognizerTraining`](construe_jobs::JobKind::RecognizerTraining) job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecognizerTraining {
    /// Code, as clients give it.
    pub language: String,
    pub types: Vec<String>,
    pub train: RecognizerData,
    /// Without any, a tenth of the training data is kept back.
    #[serde(default)]
    pub test: RecognizerData,
    #[serde(default)]
    pub compare: Option<ModelRef>,
}

/// Name of a dataset's object in the data lake, of a classifier's flywheel: CSV of two columns.
pub const CLASSIFICATION_DATASET: &str = "documents.csv";
/// Between the labels of a document in it.
pub const DATASET_DELIMITER: &str = "|";
/// Name of a dataset's object in the data lake, of a recognizer's flywheel: an augmented manifest.
pub const ENTITIES_DATASET: &str = "documents.manifest";
/// Its name where the annotations are what of a list of entities occurs in the documents
/// ([`ManifestSource::partial`]).
pub const PARTIAL_ENTITIES_DATASET: &str = "occurrences.manifest";
/// The label attribute in both.
pub const DATASET_ATTRIBUTE: &str = "annotations";

/// What the data of a dataset is for, and so what is checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatasetFormat {
    Classification {
        mode: ClassifierMode,
        delimiter: String,
        data: TrainingData,
    },
    Entities {
        /// Code of the flywheel's language, as clients give it.
        language: String,
        types: Vec<String>,
        data: RecognizerData,
    },
}

/// Analysis of a [`DatasetImport`](construe_jobs::JobKind::DatasetImport) job. Its artifact is the data in the form
/// that trainings of flywheels read: a two-column CSV, or an augmented manifest of documents within.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DatasetImport {
    pub format: DatasetFormat,
}
