//! Documents that are not plain text: bytes of a PDF, a DOCX, a PNG, JPEG or TIFF in; pages of text
//! with the place of every word on them out.
//!
//! Everything is synchronous and meant for a thread that may block: a page with ten thousand words
//! takes milliseconds, but a picture goes through the `tesseract` program, which takes seconds. The
//! bytes come from strangers, so every step has a limit ([`Limits`]) and an answer for what is beyond
//! it: a [`ReadError`] for a document, a [`PageError`] for a page. See DESIGN.md for what is read
//! with what, and why.

mod content;
mod docx;
mod enhance;
mod error;
mod images;
mod kind;
mod limits;
mod ocr;
mod page;
mod pdf;
mod picture;
mod plain;
mod recognise;
mod sandbox;
mod textract;

pub use error::{PageError, PageErrorCode, ReadError};
pub use kind::Kind;
pub use limits::{Limits, Options};
pub use ocr::{OcrConfig, OcrUnavailable, OcrVersion};
pub use page::{BoundingBox, Content, Document, Line, Page, Word};

use std::sync::OnceLock;

use kind::{Format, format_of};
use limits::Watch;
use ocr::Ocr;
use pdf::PdfOptions;
use recognise::Recogniser;

/// Reads documents; one for the life of a process, shared between threads.
#[derive(Debug)]
pub struct Reader {
    config: OcrConfig,
    /// Looked for when it is first needed: most processes never read a picture, and all start sooner without.
    ocr: OnceLock<Result<Ocr, OcrUnavailable>>,
}

impl Reader {
    /// The program that recognises text is looked for once, with the first document that may need it; that takes some
    /// tenths of a second. Without it, documents that do not need it can still be read.
    #[must_use]
    pub fn new(config: OcrConfig) -> Self {
        Self {
            config,
            ocr: OnceLock::new(),
        }
    }

    fn found(&self) -> Result<&Ocr, &OcrUnavailable> {
        self.ocr.get_or_init(|| Ocr::find(self.config.clone())).as_ref()
    }

    /// What recognises text, or why nothing does: for a check-up of the installation.
    ///
    /// # Errors
    ///
    /// What is missing, and how to get it.
    pub fn ocr(&self) -> Result<&OcrVersion, &OcrUnavailable> {
        self.found().map(Ocr::version)
    }

    /// What `bytes` seem to be, by their first bytes. Every PDF is [`Kind::NativePdf`] here: which
    /// pages are pictures shows only in reading.
    #[must_use]
    pub fn detect(bytes: &[u8]) -> Option<Kind> {
        match format_of(bytes)? {
            Format::Text => Some(Kind::PlainText),
            Format::Pdf => Some(Kind::NativePdf),
            Format::Zip => Some(Kind::MsWord),
            Format::Png | Format::Jpeg | Format::Tiff => Some(Kind::Image),
            Format::CompoundFile => None,
        }
    }

    /// Reads a document. `stop` is asked now and then, at least every few hundred milliseconds, and
    /// ends the reading with [`ReadError::Stopped`] once it says so.
    ///
    /// # Errors
    ///
    /// If nothing of the document can be read. Pages that fail by themselves are in the answer.
    pub fn read(&self, bytes: &[u8], options: &Options, stop: &dyn Fn() -> bool) -> Result<Document, ReadError> {
        let watch = Watch::new(options.limits.time, stop);
        watch.check()?;
        let format = format_of(bytes).ok_or(ReadError::Unsupported)?;
        let kind = match Self::detect(bytes) {
            Some(kind) => kind,
            None if docx::is_encrypted(bytes) => {
                return Err(ReadError::Encrypted { kind: Kind::MsWord });
            }
            None => return Err(ReadError::Unsupported),
        };
        let limits = &options.limits;
        if kind == Kind::PlainText
            && let Some(document) = textract_output(bytes, limits)?
        {
            return Ok(document);
        }
        let limit = limits.bytes(kind);
        if bytes.len() > limit {
            return Err(ReadError::Size {
                kind,
                bytes: bytes.len(),
                limit,
            });
        }
        let mut pages = match format {
            Format::Text => {
                vec![plain::read(
                    std::str::from_utf8(bytes).map_err(|_| ReadError::Unsupported)?,
                )]
            }
            Format::Zip => docx::read(bytes, limits, &watch)?,
            Format::Pdf => {
                let recogniser = self.recogniser(options);
                let options = PdfOptions {
                    limits,
                    force_ocr: options.force_ocr,
                    recogniser,
                };
                pdf::read(bytes, &options, &watch)?
            }
            Format::Png | Format::Jpeg | Format::Tiff => {
                let recogniser = self.recogniser(options);
                images::read(format, bytes, limits, &recogniser, &watch)?
            }
            Format::CompoundFile => return Err(ReadError::Unsupported),
        };
        for page in &mut pages {
            page.limit_characters(limits.page_characters);
        }
        let scanned = pages.iter().all(|page| page.kind == Kind::ScannedPdf);
        let kind = if scanned { Kind::ScannedPdf } else { kind };
        Ok(Document { kind, pages })
    }

    fn recogniser<'a>(&'a self, options: &'a Options) -> Result<Recogniser<'a>, &'a OcrUnavailable> {
        let language = options.language.as_deref();
        self.found().map(|ocr| Recogniser::new(ocr, language))
    }
}

/// The document of which a text is the output of Amazon Textract, if it is that and may be.
fn textract_output(bytes: &[u8], limits: &Limits) -> Result<Option<Document>, ReadError> {
    let limit = limits.textract_bytes;
    let likely = std::str::from_utf8(bytes)
        .ok()
        .filter(|text| limit > 0 && textract::is_likely(text));
    let Some(text) = likely else {
        return Ok(None);
    };
    if bytes.len() > limit {
        return Err(ReadError::Size {
            kind: Kind::TextractDetectDocumentText,
            bytes: bytes.len(),
            limit,
        });
    }
    let Some((kind, mut pages)) = textract::read(text, limits)? else {
        return Ok(None);
    };
    for page in &mut pages {
        page.limit_characters(limits.page_characters);
    }
    Ok(Some(Document { kind, pages }))
}
