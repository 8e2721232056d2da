use std::future::Future;

use construe_jobs::{Job, ObjectError, ObjectErrorKind, WorkerKind};
use construe_models::FetchError;

use crate::trainer::Trainer;

/// One document, or what stands in its place.
#[derive(Clone, Copy)]
pub struct Document<'a> {
    /// Name of the input object: its key after the last slash.
    pub file: &'a str,
    /// Number of the line, from 0; `None` where the whole object is one document.
    pub line: Option<u64>,
    pub content: Result<&'a str, DocumentError>,
    /// Where the whole object is one document and within the limit: its bytes, for analyses that read more than plain
    /// text. Empty otherwise.
    pub bytes: &'a [u8],
    /// What ended the line: LF, CR, CRLF, or nothing.
    pub terminator: &'a [u8],
    /// Whether the analysis should end early. To be asked now and then by analyses that take more than a second; once
    /// it has answered `true`, what they appended for this document is thrown away.
    pub interrupted: &'a dyn Fn() -> bool,
}

impl<'a> Document<'a> {
    /// A line of an input object.
    pub fn line(file: &'a str, line: u64, content: Result<&'a str, DocumentError>, terminator: &'a [u8]) -> Self {
        Self {
            file,
            line: Some(line),
            content,
            bytes: b"",
            terminator,
            interrupted: &|| false,
        }
    }

    /// A whole input object.
    pub fn file(file: &'a str, content: Result<&'a str, DocumentError>, bytes: &'a [u8]) -> Self {
        Self {
            file,
            line: None,
            content,
            bytes,
            terminator: b"",
            interrupted: &|| false,
        }
    }

    /// The same document, not to be touched.
    pub(crate) fn unprocessable(self) -> Self {
        Self {
            content: Err(DocumentError::Unprocessable),
            bytes: b"",
            ..self
        }
    }
}

/// Why a document cannot be analysed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Longer than the job's limit, in bytes.
    #[error("the document is longer than {limit} bytes")]
    TooLarge { limit: u64 },
    #[error("the document is not UTF-8")]
    NotUtf8,
    /// Analysing it failed before, and took the analysis or the whole process down.
    #[error("the document cannot be processed")]
    Unprocessable,
    /// Its input object cannot be read. Only jobs that list their input objects
    /// ([`OutputLayout::lists_files`](construe_jobs::OutputLayout::lists_files)) go on after that.
    #[error("{0}")]
    Unreadable(Unreadable),
}

/// Why an input object cannot be read, now or later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("the input object was deleted while the job ran")]
    Deleted,
    #[error("the input object changed while the job ran")]
    Changed,
    #[error("the job's role has no access to the input object")]
    AccessDenied,
}

impl Unreadable {
    /// `None`: the trouble is not the object's own.
    pub(crate) fn of(error: &ObjectError) -> Option<Self> {
        match error.kind {
            ObjectErrorKind::NotFound => Some(Self::Deleted),
            ObjectErrorKind::Changed => Some(Self::Changed),
            ObjectErrorKind::AccessDenied => Some(Self::AccessDenied),
            ObjectErrorKind::NoSuchBucket
            | ObjectErrorKind::Conflict
            | ObjectErrorKind::Unsupported
            | ObjectErrorKind::Unavailable
            | ObjectErrorKind::Other => None,
        }
    }
}

impl From<construe_documents::DocumentError> for DocumentError {
    fn from(error: construe_documents::DocumentError) -> Self {
        match error {
            construe_documents::DocumentError::TooLarge { limit } => DocumentError::TooLarge { limit },
            construe_documents::DocumentError::NotUtf8 => DocumentError::NotUtf8,
        }
    }
}

/// What became of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Analyzed,
    /// The code of the error that was written in its place, or that its job lists; a metric label, so one of a few.
    Failed(&'static str),
}

/// An engine, loaded once and shared by all slots.
pub trait Analyzer: Send + Sync + 'static {
    /// What a job needs besides the engine, such as a model of the customer's.
    type Prepared: Send + Sync + 'static;

    /// Which shards it can do.
    fn kind(&self) -> WorkerKind;

    /// Reads the parameters of a job and fetches what it needs, once for each shard.
    fn prepare(&self, job: &Job) -> impl Future<Output = Result<Self::Prepared, PrepareError>> + Send;

    /// Begins the analysis of one shard with the parameters of its job; an error fails the job.
    fn session(&self, job: &Job, prepared: &Self::Prepared) -> Result<Box<dyn Session>, AnalyzerError>;

    /// Begins a job that makes an artifact ([`OutputLayout::Artifact`](construe_jobs::OutputLayout::Artifact)); an
    /// error fails the job.
    fn trainer(&self, _job: &Job, _prepared: &Self::Prepared) -> Result<Box<dyn Trainer>, AnalyzerError> {
        Err(AnalyzerError::wrong_kind())
    }
}

/// The analysis of one shard, on one thread.
///
/// What it appends for a document must depend on the document and the job alone: a shard may be done
/// twice, and in other company.
pub trait Session: Send {
    /// Appends the result of one document to `out`, or an error record in its place.
    ///
    /// A panic is caught: what was appended is taken back, the session replaced by a new one, and the
    /// document given again as [`DocumentError::Unprocessable`].
    fn analyze(&mut self, document: &Document<'_>, out: &mut Vec<u8>) -> Outcome;
}

/// A job cannot be analysed at all.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct AnalyzerError {
    /// Shown to the user: an upper-case code, a colon, a sentence.
    pub message: String,
}

impl AnalyzerError {
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }

    /// A queue brought what belongs into another.
    pub fn wrong_kind() -> Self {
        Self::new("INTERNAL_ERROR: The job came to a worker that does not do its kind.")
    }

    /// What the gateway stored is not what this worker reads.
    pub fn unreadable_parameters() -> Self {
        Self::new("INTERNAL_ERROR: The parameters of the job could not be read.")
    }
}

/// A shard cannot be begun. Messages are an upper-case code, a colon, and a sentence.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PrepareError {
    /// The job fails.
    #[error("{0}")]
    Failed(String),
    /// To be tried again; the job fails after too many times.
    #[error("{0}")]
    Passing(String),
}

impl From<AnalyzerError> for PrepareError {
    fn from(error: AnalyzerError) -> Self {
        PrepareError::Failed(error.message)
    }
}

impl From<FetchError> for PrepareError {
    fn from(error: FetchError) -> Self {
        tracing::warn!(error = &error as &dyn std::error::Error, "fetching a model failed");
        match error {
            error if error.is_retryable() => {
                PrepareError::Passing("MODEL_UNAVAILABLE: The model of the job could not be read.".to_owned())
            }
            FetchError::Object(error) if error.kind == ObjectErrorKind::NotFound => {
                PrepareError::Failed("MODEL_NOT_FOUND: The model of the job does not exist any more.".to_owned())
            }
            FetchError::Object(_) => {
                // The service's own bucket refuses: the operator's to remove.
                PrepareError::Passing("MODEL_UNAVAILABLE: The model of the job could not be read.".to_owned())
            }
            FetchError::Damaged => PrepareError::Failed("MODEL_DAMAGED: The model of the job is damaged.".to_owned()),
            FetchError::Unusable(_) => PrepareError::Failed(
                "MODEL_UNUSABLE: The model of the job was made by another version of this program: train it again."
                    .to_owned(),
            ),
        }
    }
}
