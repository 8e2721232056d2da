//! How much a document may cost, and the watch that holds a reading to it.

use crate::{Kind, ReadError};
use std::time::{Duration, Instant};

const MIB: usize = 1024 * 1024;

/// What a document may cost. Sizes are those of the service for which this stands in
/// ("Inputs for asynchronous custom analysis", "Inputs for real-time custom analysis"); time,
/// expansion and pixels are this program's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a plain text.
    pub text_bytes: usize,
    /// Bytes of a PDF file.
    pub pdf_bytes: usize,
    /// Bytes of a DOCX file.
    pub word_bytes: usize,
    /// Bytes of a PNG, JPEG or TIFF file.
    pub image_bytes: usize,
    /// Bytes of the output of Amazon Textract; with 0 it is taken for text.
    pub textract_bytes: usize,
    /// Pages of a document.
    pub pages: u32,
    /// Characters of one page.
    pub page_characters: usize,
    /// Bytes that the packed parts of a file may come to: of a DOCX the sum of the parts that are
    /// read, of a PDF that of all streams of data.
    pub expanded_bytes: usize,
    /// Pixels of one picture, before anything is allocated for it.
    pub page_pixels: u64,
    /// Wall-clock time for the document. A page has a limit of its own in [`crate::OcrConfig`].
    pub time: Duration,
}

impl Limits {
    /// Those of jobs.
    #[must_use]
    pub fn asynchronous() -> Self {
        Self {
            text_bytes: 10 * MIB,
            pdf_bytes: 50 * MIB,
            word_bytes: 5 * MIB,
            image_bytes: 10 * MIB,
            textract_bytes: 0,
            pages: 100,
            page_characters: usize::MAX,
            expanded_bytes: 256 * MIB,
            page_pixels: 80_000_000,
            time: Duration::from_secs(15 * 60),
        }
    }

    /// Those of requests that wait for their answer: one page.
    #[must_use]
    pub fn synchronous() -> Self {
        Self {
            text_bytes: 10 * 1024,
            pdf_bytes: 10 * MIB,
            word_bytes: 10 * MIB,
            image_bytes: 10 * MIB,
            textract_bytes: MIB,
            pages: 1,
            page_characters: 10_000,
            expanded_bytes: 128 * MIB,
            page_pixels: 40_000_000,
            time: Duration::from_secs(60),
        }
    }

    pub(crate) fn bytes(&self, kind: Kind) -> usize {
        match kind {
            Kind::PlainText => self.text_bytes,
            Kind::NativePdf | Kind::ScannedPdf => self.pdf_bytes,
            Kind::MsWord => self.word_bytes,
            Kind::Image => self.image_bytes,
            Kind::TextractDetectDocumentText | Kind::TextractAnalyzeDocument => self.textract_bytes,
        }
    }
}

/// How to read a document.
#[derive(Clone, Debug)]
pub struct Options {
    /// Read PDF pages as pictures even if their text is in the file
    /// (`DocumentReadMode: FORCE_DOCUMENT_READ_ACTION`).
    pub force_ocr: bool,
    /// The language of the text for recognition: a code of the API (`en`, `zh-TW`) or one of
    /// Tesseract (`eng`, `eng+fra`). Without one, or where its data are not installed, English.
    pub language: Option<String>,
    /// What the document may cost.
    pub limits: Limits,
}

impl Options {
    /// Service defaults within `limits`.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            force_ocr: false,
            language: None,
            limits,
        }
    }
}

/// The time that is left, and whether the caller still wants the answer.
pub(crate) struct Watch<'a> {
    started: Instant,
    /// Counted from `started`; differs from `limit` where the document was begun before.
    left: Duration,
    limit: Duration,
    stop: &'a dyn Fn() -> bool,
}

impl<'a> Watch<'a> {
    pub(crate) fn new(limit: Duration, stop: &'a dyn Fn() -> bool) -> Self {
        Self::with_left(limit, limit, stop)
    }

    /// A watch over the rest of a document's time.
    pub(crate) fn with_left(limit: Duration, left: Duration, stop: &'a dyn Fn() -> bool) -> Self {
        Self {
            started: Instant::now(),
            left,
            limit,
            stop,
        }
    }

    /// The document's time in all.
    pub(crate) fn limit(&self) -> Duration {
        self.limit
    }

    /// The time that is left.
    pub(crate) fn left(&self) -> Duration {
        self.left.saturating_sub(self.started.elapsed())
    }

    /// An error once the time is over or the caller has asked to stop.
    pub(crate) fn check(&self) -> Result<(), ReadError> {
        if (self.stop)() {
            Err(ReadError::Stopped)
        } else if self.left().is_zero() {
            Err(ReadError::Time { limit: self.limit })
        } else {
            Ok(())
        }
    }
}
