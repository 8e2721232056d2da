use construe_jobs::{Job, ObjectError, ObjectErrorKind, WorkerKind};

/// One document, or what stands in its place.
#[derive(Clone, Copy)]
pub struct Document<'a> {
    /// Name of the input object: its key after the last slash.
    pub file: &'a str,
    /// Number of the line, from 0; `None` where the whole object is one document.
    pub line: Option<u64>,
    pub content: Result<&'a str, DocumentError>,
    /// What ended the line: LF, CR, CRLF, or nothing.
    pub terminator: &'a [u8],
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
    /// Which shards it can do.
    fn kind(&self) -> WorkerKind;

    /// Begins the analysis of one shard with the parameters of its job; an error fails the job.
    fn session(&self, job: &Job) -> Result<Box<dyn Session>, AnalyzerError>;
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
}
