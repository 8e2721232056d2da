//! What kinds of jobs there are, and which pool of workers does them.

macro_rules! named_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::UnknownName;

            fn from_str(text: &str) -> Result<Self, $crate::UnknownName> {
                match text {
                    $($text => Ok($name::$variant),)+
                    _ => Err($crate::UnknownName { what: stringify!($name), name: text.to_owned() }),
                }
            }
        }
    };
}
pub(crate) use named_enum;

/// A name that stands for no value, such as a kind from a newer version in an older one's database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what}: {name:?}")]
pub struct UnknownName {
    pub what: &'static str,
    pub name: String,
}

named_enum! {
    /// A kind of job: one per `Start…Job` operation, and those that make what other jobs use.
    JobKind {
        PiiEntitiesDetection = "pii-entities-detection",
        EntitiesDetection = "entities-detection",
        MedicalEntitiesDetection = "medical-entities-detection",
        PhiDetection = "phi-detection",
        DocumentClassification = "document-classification",
        /// Makes a classifier, or the next version of a flywheel's.
        ClassifierTraining = "document-classifier-training",
        /// Makes an entity recognizer, or the next version of a flywheel's.
        RecognizerTraining = "entity-recognizer-training",
        /// Checks the data of a flywheel's dataset and brings it into the data lake.
        DatasetImport = "dataset-import",
    }
}

named_enum! {
    /// A pool of workers; each pool has its own queue and scales alone.
    WorkerKind {
        Classification = "classification",
        Entities = "entities",
        Medical = "medical",
    }
}

impl JobKind {
    pub const fn worker(self) -> WorkerKind {
        match self {
            JobKind::PiiEntitiesDetection | JobKind::EntitiesDetection | JobKind::RecognizerTraining => {
                WorkerKind::Entities
            }
            JobKind::DocumentClassification | JobKind::ClassifierTraining | JobKind::DatasetImport => {
                WorkerKind::Classification
            }
            JobKind::MedicalEntitiesDetection | JobKind::PhiDetection => WorkerKind::Medical,
        }
    }
}
