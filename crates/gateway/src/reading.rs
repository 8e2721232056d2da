//! Documents that come with a request: how they are read, and how reading ends when nobody waits any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use construe_comprehend_api::ApiError;
use construe_comprehend_api::shapes::document::DocumentBytes;
use construe_document_reader::{Document, Limits, Options, Reader};

/// How a synchronous operation reads a document in this language.
pub fn options(force_ocr: bool, language: &str) -> Options {
    Options {
        force_ocr,
        language: Some(language.to_owned()),
        limits: Limits::synchronous(),
    }
}

/// Reads a document; those that cannot be read are errors of the request.
pub fn read(
    reader: &Reader,
    bytes: &DocumentBytes,
    options: &Options,
    stopped: &dyn Fn() -> bool,
) -> Result<Document, ApiError> {
    reader
        .read(bytes.as_slice(), options, stopped)
        .map_err(|error| construe_document_answers::api_error(&error))
}

/// Says so to those who read when the request that they read for is given up, which drops this.
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    pub fn new() -> Self {
        Self(Arc::default())
    }

    /// Tells whether to stop.
    pub fn signal(&self) -> impl Fn() -> bool + Send + 'static {
        let stopped = self.0.clone();
        move || stopped.load(Ordering::Relaxed)
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
