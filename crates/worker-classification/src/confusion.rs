//! The archive that training leaves to the customer: `confusion_matrix.json`, as Amazon's page "Classifier training
//! output" describes it.

use construe_classify::{Confusion, Evaluation};
use construe_jobs::Timestamp;
use serde::Serialize;

const MEMBER: &str = "confusion_matrix.json";

#[derive(Serialize)]
struct Matrices<'a, M> {
    #[serde(rename = "type")]
    kind: &'static str,
    confusion_matrix: M,
    labels: &'a [String],
    all_labels: &'a [String],
}

/// `made` is the time of the archive's member: the job's, so that an attempt that repeats another leaves the same.
pub(crate) fn archive(evaluation: &Evaluation, made: Timestamp) -> Vec<u8> {
    let labels = evaluation.labels();
    let json = match evaluation.confusion() {
        Confusion::MultiClass(matrix) => json("multi_class", matrix, labels),
        Confusion::MultiLabel(matrices) => json("multi_label", matrices, labels),
    };
    let seconds = u64::try_from(made.0 / 1_000_000).unwrap_or(0);
    // The name is short enough for any archive.
    construe_archive::tar_gz(&[(MEMBER, &json)], seconds).unwrap_or_default()
}

fn json(kind: &'static str, confusion_matrix: impl Serialize, labels: &[String]) -> Vec<u8> {
    let matrices = Matrices {
        kind,
        confusion_matrix,
        labels,
        all_labels: labels,
    };
    // Numbers and strings: nothing here that JSON could not hold.
    serde_json::to_vec(&matrices).unwrap_or_default()
}
