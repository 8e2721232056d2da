//! What jobs that train are to do. The gateway stores it as the job's `analysis`, the worker reads it back.

use construe_jobs::{InputFormat, Location};
use serde::{Deserialize, Serialize};

use crate::analysis::Reading;

/// Thousandths of a training that are done when it has its model, and begins to measure it: what trainers report and
/// iterations show as a stage of their own.
pub const EVALUATING_FROM: u16 = 900;

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
    /// Annotation files that the manifest names lie below this place.
    #[serde(default)]
    pub annotations: Option<Location>,
    /// Whether the lines are about pages of PDF files, each with an annotation file.
    #[serde(default)]
    pub native: bool,
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

/// Documents that are files of their own, and the CSV files that give them labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelledDocuments {
    /// CSV of labels, names of files and, for documents of several pages, pages.
    pub labels: Location,
    /// The files lie below this place.
    pub documents: Location,
}

/// Training data of a classifier: every source is used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainingData {
    /// Two-column CSV files (one object each, or a prefix).
    #[serde(default)]
    pub csv: Vec<Location>,
    #[serde(default)]
    pub manifests: Vec<ManifestSource>,
    #[serde(default)]
    pub documents: Vec<LabelledDocuments>,
}

impl TrainingData {
    pub fn is_empty(&self) -> bool {
        self.first().is_none()
    }

    /// The first place of them.
    pub fn first(&self) -> Option<&Location> {
        let manifests = self.manifests.iter().map(|manifest| &manifest.location);
        let documents = self.documents.iter().map(|documents| &documents.labels);
        self.csv.iter().chain(manifests).chain(documents).next()
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
    /// How documents that are files of their own are read.
    #[serde(default)]
    pub reading: Reading,
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
        self.first().is_none()
    }

    /// The first place of them.
    pub fn first(&self) -> Option<&Location> {
        let documents = self.documents.iter().map(|source| &source.documents);
        let manifests = self.manifests.iter().map(|manifest| &manifest.location);
        documents.chain(manifests).next()
    }

    /// Whether the documents may hold entities beside those that are marked.
    pub fn is_partial(&self) -> bool {
        self.entity_list.is_some() || self.manifests.iter().any(|manifest| manifest.partial)
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

/// Analysis of a job that makes a model without training it: of a kind that trains, which tells the worker. That of
/// trainings has no member `copy`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelCopy {
    /// The model to be copied.
    pub copy: ModelRef,
    /// What its training reported, which holds for the copy.
    pub report: serde_json::Value,
}

impl ModelCopy {
    /// Whether this is the analysis of such a job.
    pub fn is_meant(analysis: &serde_json::Value) -> bool {
        analysis.get("copy").is_some()
    }
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
        /// The only labels that the documents may have; empty: they may have any.
        #[serde(default)]
        labels: Vec<String>,
        /// Code of the flywheel's language, as clients give it.
        #[serde(default)]
        language: String,
        /// How documents that are files of their own are read.
        #[serde(default)]
        reading: Reading,
        data: TrainingData,
    },
    Entities {
        /// Code of the flywheel's language, as clients give it.
        language: String,
        types: Vec<String>,
        data: RecognizerData,
    },
}

impl DatasetFormat {
    /// The first place of the data.
    pub fn first(&self) -> Option<&Location> {
        match self {
            DatasetFormat::Classification { data, .. } => data.first(),
            DatasetFormat::Entities { data, .. } => data.first(),
        }
    }

    /// Name of the dataset's object in the data lake.
    pub fn object(&self) -> &'static str {
        match self {
            DatasetFormat::Classification { .. } => CLASSIFICATION_DATASET,
            DatasetFormat::Entities { data, .. } if data.is_partial() => PARTIAL_ENTITIES_DATASET,
            DatasetFormat::Entities { .. } => ENTITIES_DATASET,
        }
    }
}

/// Analysis of a [`DatasetImport`](construe_jobs::JobKind::DatasetImport) job. Its artifact is the data in the form
/// that trainings of flywheels read: a two-column CSV, or an augmented manifest of documents within.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DatasetImport {
    pub format: DatasetFormat,
}
