//! What output objects a job leaves behind.

use serde::{Deserialize, Serialize};

/// How the parts of shards become output objects.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputLayout {
    /// One object for each input object: its path below the input location, with `.out` after it.
    #[default]
    PerObject,
    /// As [`PerObject`](OutputLayout::PerObject), for objects that are one document each; an object that could not
    /// be analysed has no output. Three JSON objects beside the outputs say what became of every input object.
    Batch {
        /// What those objects call the job's type.
        job_type: String,
    },
    /// One gzip-compressed tar archive with one member, which holds the results of all input objects.
    ///
    /// A shard's part is a gzip file of its own, and gzip files one after the other are a gzip file: the
    /// archive is the tar header, the parts as they are, and the tar trailer, nothing compressed twice.
    Archive {
        /// Of the archive, in the job's folder.
        name: String,
        /// Of its member; at most 100 bytes.
        member: String,
    },
}

impl OutputLayout {
    /// Whether parts are compressed by the worker that makes them.
    pub fn parts_are_compressed(&self) -> bool {
        matches!(self, OutputLayout::Archive { .. })
    }

    /// Whether an input object that cannot be read is one unprocessed file among others, instead of the end of the
    /// job; and whether parts tell which objects those are.
    pub fn lists_files(&self) -> bool {
        matches!(self, OutputLayout::Batch { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_layouts_stay_readable() {
        let archive = OutputLayout::Archive {
            name: "output.tar.gz".to_owned(),
            member: "output".to_owned(),
        };
        for (layout, stored) in [
            (OutputLayout::PerObject, r#""per_object""#),
            (
                OutputLayout::Batch {
                    job_type: "PHIDetection".to_owned(),
                },
                r#"{"batch":{"job_type":"PHIDetection"}}"#,
            ),
            (archive, r#"{"archive":{"name":"output.tar.gz","member":"output"}}"#),
        ] {
            assert_eq!(serde_json::to_string(&layout).unwrap(), stored);
            assert_eq!(serde_json::from_str::<OutputLayout>(stored).unwrap(), layout);
        }
    }
}
