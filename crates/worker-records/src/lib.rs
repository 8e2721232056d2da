//! What workers of Comprehend's jobs do alike: read parameters, open documents, write records.

mod opening;
mod session;

use opening::{DocumentOpener, Opened};
pub use session::{RecordAnalysis, RecordSession};

use construe_comprehend_api::records::{self, RecordWriter};
use construe_jobs::Job;
use construe_worker::{AnalyzerError, DocumentError};
use serde::de::DeserializeOwned;

/// The job's parameters, as the gateway stored them.
pub fn parameters<P: DeserializeOwned>(job: &Job) -> Result<P, AnalyzerError> {
    P::deserialize(&job.spec.analysis).map_err(|_| AnalyzerError::unreadable_parameters())
}

/// What a record says of a document that did not reach the analysis.
pub fn record_error(error: DocumentError) -> records::DocumentError {
    match error {
        DocumentError::TooLarge { limit } => records::DocumentError::SizeExceeded { limit_bytes: limit },
        DocumentError::NotUtf8 => records::DocumentError::UnsupportedEncoding,
        // What cannot be read ends jobs of these kinds before it gets here.
        DocumentError::Unprocessable | DocumentError::Unreadable(_) => records::DocumentError::Internal,
    }
}

/// The writer of records for the file in hand. Documents of one file come together, so the last one is kept.
pub struct Records {
    make: fn(&str) -> RecordWriter,
    last: Option<(String, RecordWriter)>,
}

impl Default for Records {
    fn default() -> Self {
        Self::made_by(RecordWriter::new)
    }
}

impl Records {
    /// Writers of a kind of their own.
    pub fn made_by(make: fn(&str) -> RecordWriter) -> Self {
        Self { make, last: None }
    }

    pub fn of(&mut self, file: &str) -> &RecordWriter {
        if !matches!(&self.last, Some((name, _)) if name == file) {
            self.last = None;
        }
        let make = self.make;
        &self.last.get_or_insert_with(|| (file.to_owned(), make(file))).1
    }
}
