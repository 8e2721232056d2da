//! What can go wrong.

use crate::resources::EngineError;

/// Bytes that are no model of this crate, or one that this program cannot use.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The bytes do not begin like a model.
    #[error("this is not the model of a custom entity recognizer")]
    Foreign,
    /// The model has a format that this program does not know.
    #[error("model format version {found} is unknown; this program reads version {known}")]
    Version {
        /// The file's version.
        found: u32,
        /// The version that can be read.
        known: u32,
    },
    /// The bytes are not those that were written.
    #[error("the model is damaged: its checksum does not match")]
    Checksum,
    /// The right checksum, and content that makes no sense.
    #[error("the model is malformed: {0}")]
    Malformed(&'static str),
    /// What the recogniser reads with is damaged.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The tagger inside cannot be used.
    #[error("read the tagger of the model")]
    Tagger(#[source] construe_tagging::Error),
}

/// Training data that are too few.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotEnough {
    /// Too little text.
    #[error("the training documents must have at least {needed} bytes of text together and have {found}")]
    Text {
        /// Bytes that there are.
        found: u64,
        /// Bytes that there should be.
        needed: u64,
    },
    /// Too few documents with an entity in them.
    #[error("at least {needed} training documents must have entities; {found} have")]
    Documents {
        /// How many there are.
        found: u64,
        /// How many there should be.
        needed: u64,
    },
    /// Too few annotations of a type.
    #[error("each entity type must have at least {needed} annotations in the training documents; {kind} has {found}")]
    Annotations {
        /// The type with the fewest.
        kind: String,
        /// How many it has.
        found: u64,
        /// How many it should have.
        needed: u64,
    },
    /// Too few matches of a type's entities.
    #[error(
        "the entities of each type must occur at least {needed} times in the training documents; those of {kind} \
         occur {found} times"
    )]
    Matches {
        /// The type with the fewest.
        kind: String,
        /// How often its entities occur.
        found: u64,
        /// How often they should.
        needed: u64,
    },
}

/// No model was trained.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The data are too few.
    #[error(transparent)]
    NotEnough(#[from] NotEnough),
    /// The caller's watch ended the training.
    #[error("training was stopped")]
    Stopped,
    /// A span outside its document, a type that is none of the model's.
    #[error("an annotation lies outside its document or has an unknown type")]
    Span,
    /// What recognisers read with is damaged.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The learner's reason.
    #[error("train the tagger of the model")]
    Tagger(#[source] construe_tagging::Error),
}
