//! What training jobs report; kept as the job's result.

use serde::{Deserialize, Serialize};

/// The report of a job with [`OutputLayout::Artifact`](construe_jobs::OutputLayout::Artifact). The worker writes
/// everything but `key`, which the finaliser adds when the artifact has come to its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArtifactReport<R> {
    /// SHA-256 of the artifact, hexadecimal.
    pub digest: String,
    /// Bytes of the artifact.
    pub size: u64,
    /// Key of the artifact in its bucket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    #[serde(flatten)]
    pub report: R,
}

/// All from 0 to 1, as Amazon's page "Custom classifier metrics" defines them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct ClassifierMeasures {
    pub accuracy: f64,
    pub precision: f64,
    pub recall: f64,
    pub f1: f64,
    pub micro_precision: f64,
    pub micro_recall: f64,
    pub micro_f1: f64,
    pub hamming_loss: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassifierReport {
    pub labels: u32,
    pub trained_documents: u64,
    pub test_documents: u64,
    pub measures: ClassifierMeasures,
    /// Of the earlier version on the same test data.
    #[serde(default)]
    pub compared: Option<ClassifierMeasures>,
    /// What is worth knowing and did not keep the model from being trained.
    #[serde(default)]
    pub warnings: Vec<String>,
}

/// From 0 to 1; the protocol gives those of recognizers in hundredths.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct SpanMeasures {
    pub precision: f64,
    pub recall: f64,
    pub f1: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TypeReport {
    pub name: String,
    pub measures: SpanMeasures,
    pub train_mentions: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecognizerReport {
    pub trained_documents: u64,
    pub test_documents: u64,
    pub measures: SpanMeasures,
    pub types: Vec<TypeReport>,
    #[serde(default)]
    pub compared: Option<SpanMeasures>,
    #[serde(default)]
    pub warnings: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DatasetReport {
    pub documents: u64,
    #[serde(default)]
    pub warnings: Vec<String>,
}
