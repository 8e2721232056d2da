//! Documents that manifests refer to.

use std::io::Read;

use construe_jobs::Location;
use construe_training_data::LONGEST_ROW;
use construe_worker::{TrainerError, TrainingData};

/// The place that `s3://bucket/key` names.
fn place(uri: &str) -> Option<Location> {
    let (bucket, key) = uri.strip_prefix("s3://")?.split_once('/')?;
    (!bucket.is_empty() && !key.is_empty()).then(|| Location::new(bucket, key))
}

/// The text of the object that a line of a manifest refers to.
pub(crate) fn referenced(
    data: &dyn TrainingData,
    manifest: &Location,
    line: u64,
    uri: &str,
) -> Result<String, TrainerError> {
    let refused = |rule: &str| {
        TrainerError::refused(
            "INVALID_TRAINING_DATA",
            format_args!("{manifest}, line {line}: {rule}."),
        )
    };
    let place = place(uri).ok_or_else(|| refused("the document must be named as s3://bucket/key"))?;
    let object = data.object(&place)?;
    if object.size > LONGEST_ROW as u64 {
        return Err(refused(&format!(
            "the document that is named has more than {LONGEST_ROW} bytes"
        )));
    }
    let mut bytes = Vec::new();
    data.open(&object)?.read_to_end(&mut bytes)?;
    String::from_utf8(bytes).map_err(|_| refused("the document that is named must be encoded in UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_buckets_and_keys() {
        assert_eq!(place("s3://b/k/l.txt"), Some(Location::new("b", "k/l.txt")));
        for bad in ["", "s3://b", "s3://b/", "s3:///k", "https://b/k", "b/k"] {
            assert_eq!(place(bad), None, "{bad}");
        }
    }
}
