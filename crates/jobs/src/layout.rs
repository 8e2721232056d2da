//! What output objects a job leaves behind.

use serde::{Deserialize, Serialize};

/// How the parts of shards become output objects.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputLayout {
    /// One object for each input object: its path below the input location, with `.out` after it.
    #[default]
    PerObject,
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
            (archive, r#"{"archive":{"name":"output.tar.gz","member":"output"}}"#),
        ] {
            assert_eq!(serde_json::to_string(&layout).unwrap(), stored);
            assert_eq!(serde_json::from_str::<OutputLayout>(stored).unwrap(), layout);
        }
    }
}
