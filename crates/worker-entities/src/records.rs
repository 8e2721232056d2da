//! What all analyses of this worker do alike: read parameters, write records.

use construe_comprehend_api::records::{self, RecordWriter};
use construe_jobs::Job;
use construe_worker::{AnalyzerError, DocumentError};
use serde::de::DeserializeOwned;

/// The job's parameters, as the gateway stored them.
pub(crate) fn parameters<P: DeserializeOwned>(job: &Job) -> Result<P, AnalyzerError> {
    P::deserialize(&job.spec.analysis)
        .map_err(|_| AnalyzerError::new("INTERNAL_ERROR: The parameters of the job could not be read."))
}

pub(crate) fn record_error(error: DocumentError) -> records::DocumentError {
    match error {
        DocumentError::TooLarge { limit } => records::DocumentError::SizeExceeded { limit_bytes: limit },
        DocumentError::NotUtf8 => records::DocumentError::UnsupportedEncoding,
        // What cannot be read ends jobs of these kinds before it gets here.
        DocumentError::Unprocessable | DocumentError::Unreadable(_) => records::DocumentError::Internal,
    }
}

/// The writer of records for the file in hand. Documents of one file come together, so the last one is kept.
#[derive(Default)]
pub(crate) struct Records(Option<(String, RecordWriter)>);

impl Records {
    pub(crate) fn of(&mut self, file: &str) -> &RecordWriter {
        if !matches!(&self.0, Some((name, _)) if name == file) {
            self.0 = None;
        }
        &self
            .0
            .get_or_insert_with(|| (file.to_owned(), RecordWriter::new(file)))
            .1
    }
}
