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
    /// What the one shard of a job made as a whole, such as a trained model. Its part has three sections, whose sizes
    /// are the part's lengths: the artifact, an archive of files for the customer (both copied as they are), and a
    /// report (JSON, kept as the job's result).
    Artifact {
        place: ArtifactPlace,
        /// Name of the archive in the job's folder; without one, no archive is written.
        archive: Option<String>,
    },
}

/// Where an artifact goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArtifactPlace {
    /// Into the work bucket, under this prefix and then the SHA-256 of the artifact.
    Work { prefix: String },
    /// Into the job's folder, under this name.
    Output { name: String },
}

impl OutputLayout {
    /// Whether parts are compressed by the worker that makes them.
    pub fn parts_are_compressed(&self) -> bool {
        matches!(self, OutputLayout::Archive { .. })
    }

    /// Whether the job is one piece of work, which finds its input by itself: its plan is one shard without slices.
    pub fn is_artifact(&self) -> bool {
        matches!(self, OutputLayout::Artifact { .. })
    }

    /// Whether anything is written into the job's folder.
    pub fn writes_output(&self) -> bool {
        let writes_nothing = matches!(
            self,
            OutputLayout::Artifact {
                place: ArtifactPlace::Work { .. },
                archive: None,
            }
        );
        !writes_nothing
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
            (
                OutputLayout::Artifact {
                    place: ArtifactPlace::Work {
                        prefix: "models/7/".to_owned(),
                    },
                    archive: Some("output.tar.gz".to_owned()),
                },
                r#"{"artifact":{"place":{"work":{"prefix":"models/7/"}},"archive":"output.tar.gz"}}"#,
            ),
            (archive, r#"{"archive":{"name":"output.tar.gz","member":"output"}}"#),
        ] {
            assert_eq!(serde_json::to_string(&layout).unwrap(), stored);
            assert_eq!(serde_json::from_str::<OutputLayout>(stored).unwrap(), layout);
        }
    }
}
