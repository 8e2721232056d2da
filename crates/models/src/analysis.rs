//! What jobs that use a trained model are to do. The gateway stores it as the job's `analysis`, the worker reads it back.

use serde::{Deserialize, Serialize};

use crate::training::{ClassifierMode, ModelRef};

/// How documents that are not plain text are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Recognise the text of every page from its picture, also where the file has the text itself.
    #[serde(default)]
    pub force_ocr: bool,
}

/// Analysis of a [`DocumentClassification`](construe_jobs::JobKind::DocumentClassification) job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Classification {
    pub model: ModelRef,
    pub mode: ClassifierMode,
    /// Code of the language that the model was trained for, as clients give it.
    pub language: String,
    #[serde(default)]
    pub reading: Reading,
    /// Whether the model learnt from documents that are not plain text: others are told to those who ask.
    #[serde(default)]
    pub native: bool,
}

/// Analysis of an [`EntitiesDetection`](construe_jobs::JobKind::EntitiesDetection) job with a recognizer of the
/// customer's own. That of other jobs of this kind has no member `model`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recognition {
    pub model: ModelRef,
    /// Code of the language that the model was trained for, as clients give it.
    pub language: String,
    #[serde(default)]
    pub reading: Reading,
}
