//! Jobs that make one thing from data of their own choice, such as a model: the interface.

use std::io::{BufRead, Write};
use std::ops::ControlFlow;
use std::sync::Arc;

use construe_jobs::Location;
use serde::Serialize;

/// The work of one job, on a thread of its own.
///
/// What it makes must depend on the job and its data alone: it may be done twice.
pub trait Trainer: Send {
    /// Reads `data` as often as it likes, writes the artifact, and tells about it. The artifact may be written at the
    /// very end or as it comes about; whatever was written counts only if this succeeds.
    ///
    /// A panic fails the job.
    fn train(
        &mut self,
        data: &dyn TrainingData,
        watch: &dyn Watch,
        artifact: &mut dyn Write,
    ) -> Result<Trained, TrainerError>;
}

/// What a job made, besides its artifact.
#[derive(Debug, Clone, Default)]
pub struct Trained {
    /// Becomes the job's result, with the artifact's `digest`, `size` and `key` added.
    pub report: Report,
    /// An archive of files for the customer, written where the job's layout names one.
    pub archive: Vec<u8>,
    pub documents: u64,
    /// Documents that could not be used, among `documents`.
    pub documents_failed: u64,
    /// Bytes of the input, each counted once however often it was read.
    pub input_bytes: u64,
}

/// The members of a JSON object.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report(serde_json::Map<String, serde_json::Value>);

impl Report {
    /// `None`: it is not a JSON object.
    pub fn of(report: &impl Serialize) -> Option<Self> {
        match serde_json::to_value(report) {
            Ok(serde_json::Value::Object(members)) => Some(Self(members)),
            _ => None,
        }
    }

    pub(crate) fn into_members(self) -> serde_json::Map<String, serde_json::Value> {
        self.0
    }

    pub fn members(&self) -> &serde_json::Map<String, serde_json::Value> {
        &self.0
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrainerError {
    /// The job fails with this message: an upper-case code, a colon, a sentence.
    #[error("{0}")]
    Refused(String),
    /// Reading, writing or going on was refused from outside, where the reason is known.
    #[error("training was interrupted")]
    Interrupted,
}

impl TrainerError {
    pub fn refused(code: &str, sentence: impl std::fmt::Display) -> Self {
        TrainerError::Refused(format!("{code}: {sentence}"))
    }

    /// There is no such object.
    pub(crate) fn missing(place: &Location) -> Self {
        Self::refused("INPUT_NOT_FOUND", format_args!("{place} does not exist."))
    }
}

/// Readers and writers of the runtime fail for reasons that the runtime keeps.
impl From<std::io::Error> for TrainerError {
    fn from(_: std::io::Error) -> Self {
        TrainerError::Interrupted
    }
}

/// The data of a job, read with the rights of its role. Every object stays the one that was found first: if it
/// changes while the job runs, the job fails.
pub trait TrainingData {
    /// The objects whose keys begin with that of `place`, in the order of keys; without markers of folders. None at
    /// all is an error.
    fn objects(&self, place: &Location) -> Result<Arc<[TrainingObject]>, TrainerError>;

    /// The object with exactly this key.
    fn object(&self, place: &Location) -> Result<TrainingObject, TrainerError> {
        let found = self.objects(place)?;
        let exact = found.iter().find(|object| object.location.key == place.key);
        exact.cloned().ok_or_else(|| TrainerError::missing(place))
    }

    /// Reads an object from its beginning. An error of the reader is [`TrainerError::Interrupted`].
    fn open(&self, object: &TrainingObject) -> Result<Box<dyn BufRead>, TrainerError>;
}

/// An input object, as it was when it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainingObject {
    pub location: Location,
    pub etag: String,
    /// Bytes.
    pub size: u64,
}

/// To whom a long piece of work tells how far it is, and who may end it.
pub trait Watch {
    /// `per_mille`: thousandths that are done. Cheap; to be called several times a second. `Break`: give up, with
    /// [`TrainerError::Interrupted`].
    fn report(&self, per_mille: u16) -> ControlFlow<()>;
}
