//! What a file is, told by its first bytes: names and content types are never asked.

use std::fmt;

/// The kinds of document that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// UTF-8 text.
    PlainText,
    /// A PDF page whose text is in the file.
    NativePdf,
    /// A PDF page that is a picture, or that was read as one because the caller said so.
    ScannedPdf,
    /// Office Open XML as Microsoft Word writes it (DOCX).
    MsWord,
    /// PNG, JPEG or TIFF.
    Image,
    /// What Amazon Textract's `DetectDocumentText` answered for a document.
    TextractDetectDocumentText,
    /// What its `AnalyzeDocument` answered.
    TextractAnalyzeDocument,
}

impl Kind {
    /// The name in the output files of jobs, as `DocumentType` there.
    #[must_use]
    pub fn job_name(self) -> &'static str {
        match self {
            Self::PlainText => "PlainText",
            Self::NativePdf => "NativePDF",
            Self::ScannedPdf => "ScannedPDF",
            Self::MsWord => "MSWord",
            Self::Image => "Image",
            // Jobs do not take these for anything but text.
            Self::TextractDetectDocumentText | Self::TextractAnalyzeDocument => self.api_name(),
        }
    }

    /// The name in synchronous answers: a value of the API's enumeration `DocumentType`.
    #[must_use]
    pub fn api_name(self) -> &'static str {
        match self {
            Self::PlainText => "PLAIN_TEXT",
            Self::NativePdf => "NATIVE_PDF",
            Self::ScannedPdf => "SCANNED_PDF",
            Self::MsWord => "MS_WORD",
            Self::Image => "IMAGE",
            Self::TextractDetectDocumentText => "TEXTRACT_DETECT_DOCUMENT_TEXT_JSON",
            Self::TextractAnalyzeDocument => "TEXTRACT_ANALYZE_DOCUMENT_JSON",
        }
    }

    /// Whether this is text already, of which nothing had to be extracted.
    #[must_use]
    pub fn is_plain_text(self) -> bool {
        self == Self::PlainText
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::PlainText => "plain text",
            Self::NativePdf => "PDF",
            Self::ScannedPdf => "scanned PDF",
            Self::MsWord => "Word document",
            Self::Image => "image",
            Self::TextractDetectDocumentText | Self::TextractAnalyzeDocument => "output of Amazon Textract",
        })
    }
}

/// The file formats behind the kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Pdf,
    Zip,
    /// The container of Word up to 2003, and of Office documents with a password.
    CompoundFile,
    Png,
    Jpeg,
    Tiff,
}

/// Readers of PDF accept bytes before the header, up to here.
const PDF_HEADER_WINDOW: usize = 1024;

/// The format of `bytes` by their signature; text if they are UTF-8 without control characters that
/// no text has.
pub(crate) fn format_of(bytes: &[u8]) -> Option<Format> {
    let starts = |signature: &[u8]| bytes.starts_with(signature);
    if starts(b"\x89PNG\r\n\x1a\n") {
        Some(Format::Png)
    } else if starts(b"\xff\xd8\xff") {
        Some(Format::Jpeg)
    } else if starts(b"II*\0") || starts(b"MM\0*") || starts(b"II+\0") || starts(b"MM\0+") {
        Some(Format::Tiff)
    } else if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") {
        Some(Format::Zip)
    } else if starts(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        Some(Format::CompoundFile)
    } else if starts(b"%PDF-") {
        Some(Format::Pdf)
    } else if is_text(bytes) {
        // Before the looser search for a PDF header, so that a text about PDF stays text.
        Some(Format::Text)
    } else if has_pdf_header(bytes) {
        Some(Format::Pdf)
    } else {
        None
    }
}

fn has_pdf_header(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(PDF_HEADER_WINDOW)];
    head.windows(5).any(|window| window == b"%PDF-")
}

fn is_text(bytes: &[u8]) -> bool {
    !bytes.contains(&0) && std::str::from_utf8(bytes).is_ok()
}
