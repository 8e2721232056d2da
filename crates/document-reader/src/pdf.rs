//! PDF files: the text in them where there is any, pictures of their pages where not.

mod canvas;
mod decrypted;
mod encryption;
mod expansion;
mod glyphs;
mod layout;
mod lexer;
mod raster;
mod value;

use crate::error::{Failure, PageError, ReadError};
use crate::limits::Watch;
use crate::ocr::OcrUnavailable;
use crate::picture::Picture;
use crate::recognise::Recogniser;
use crate::sandbox::{self, Interrupted};
use crate::{Content, Kind, Limits, Page};
use canvas::Canvas;
use glyphs::GlyphDevice;
use hayro_interpret::hayro_syntax::content::UntypedIter;
use hayro_interpret::hayro_syntax::object::{Object, Stream};
use hayro_interpret::hayro_syntax::page::Page as PdfPage;
use hayro_interpret::hayro_syntax::{LoadPdfError, Pdf};
use hayro_interpret::kurbo::{Affine, Rect, Size};
use hayro_interpret::util::TransformExt;
use hayro_interpret::{Context, Device, InterpreterCache, InterpreterSettings, interpret_page};
use raster::RasterDevice;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// Points per inch.
const POINTS: f64 = 72.0;
/// Resolution of the pictures of pages.
const DOTS_PER_INCH: f64 = 300.0;
/// Pixels of the picture of a page; larger pages are drawn with fewer dots per inch.
const MOST_PIXELS: f64 = 40_000_000.0;
/// A page that images cover to this part is a scan, if it has fewer letters than this besides: the
/// number of the page, or the stamp of the scanner's program.
const SCAN_COVER: f64 = 0.5;
const SCAN_LETTERS: usize = 60;
/// A page more of whose glyphs than this stand for no known character is read as a picture.
const MOST_UNKNOWN: f64 = 0.3;
/// Time for the content of one page, recognition aside: thousands of times what a page takes.
const PAGE_TIME: Duration = Duration::from_secs(20);
/// Bytes of the text of one instruction. The library makes glyphs of all of it at once, a hundred
/// times as large.
const MOST_TEXT: usize = 256 * 1024;
/// Content up to this size is not searched for longer ones: what it holds is no danger.
const SMALL_STREAM: usize = 1024 * 1024;
/// Shapes that may be letters drawn as outlines, on a page without text.
const OUTLINE_SHAPES: usize = 40;

/// How PDF pages are to be read.
pub(crate) struct PdfOptions<'a> {
    pub limits: &'a Limits,
    pub force_ocr: bool,
    pub recogniser: Result<Recogniser<'a>, &'a OcrUnavailable>,
}

/// Reads the pages of a PDF file.
pub(crate) fn read(bytes: &[u8], options: &PdfOptions<'_>, watch: &Watch<'_>) -> Result<Vec<Page>, ReadError> {
    sandbox::run(watch, |watch| read_inside(bytes, options, watch)).unwrap_or(Err(damaged("the parser gave up on it")))
}

fn damaged(reason: &'static str) -> ReadError {
    ReadError::Corrupt {
        kind: Kind::NativePdf,
        reason,
    }
}

fn read_inside(bytes: &[u8], options: &PdfOptions<'_>, watch: &Watch<'_>) -> Result<Vec<Page>, ReadError> {
    let bytes = decrypted::plain(bytes, watch)?;
    expansion::check(&bytes, options.limits.expanded_bytes, watch)?;
    let pdf = Pdf::new(bytes.into_owned()).map_err(|error| match error {
        LoadPdfError::Decryption(_) => ReadError::Encrypted { kind: Kind::NativePdf },
        LoadPdfError::Invalid => damaged("its structure cannot be read"),
    })?;
    let count = u32::try_from(pdf.pages().len()).unwrap_or(u32::MAX);
    if count == 0 {
        return Err(damaged("it has no pages"));
    }
    let limit = options.limits.pages;
    if count > limit {
        return Err(ReadError::Pages { pages: count, limit });
    }
    let mut cache = InterpreterCache::new();
    let mut pages = Vec::new();
    let mut unread = None;
    for (number, pdf_page) in (1..).zip(pdf.pages().iter()) {
        watch.check()?;
        let asked = || watch.check().is_err();
        let page_watch = Watch::new(PAGE_TIME, &asked);
        let reading = PageReading {
            page: pdf_page,
            cache: &cache,
            options,
            watch,
            page_watch: &page_watch,
        };
        let outcome = catch_unwind(AssertUnwindSafe(|| reading.read())).unwrap_or_else(|payload| {
            let error = if !payload.is::<Interrupted>() {
                PageError::bad_page("the page cannot be interpreted")
            } else if let Err(error) = watch.check() {
                sandbox::interrupt(error)
            } else {
                PageError::size("the page's content takes too long")
            };
            Outcome {
                kind: Kind::NativePdf,
                content: Err(error.into()),
            }
        });
        watch.check()?;
        // What a panic left half done must not meet the next page.
        if let Err(Failure::Page(_)) = outcome.content {
            cache = InterpreterCache::new();
        }
        let content = match outcome.content {
            Ok(content) => Ok(content),
            Err(Failure::Page(error)) => Err(error),
            Err(Failure::Document(ReadError::OcrUnavailable(reason))) => {
                let error = PageError::internal(format!("text in images cannot be read: {reason}"));
                unread = Some(reason);
                Err(error)
            }
            Err(Failure::Document(error)) => return Err(error),
        };
        pages.push(Page {
            number,
            kind: outcome.kind,
            content,
        });
    }
    match unread {
        // Nothing could be read, and that is why.
        Some(reason) if pages.iter().all(|page| page.content.is_err()) => Err(ReadError::OcrUnavailable(reason)),
        _ => Ok(pages),
    }
}

/// Whether one instruction of a content has more text than any page in all.
fn is_endless_text(content: &[u8]) -> bool {
    let mut instructions = UntypedIter::new(content);
    while let Some(instruction) = instructions.next() {
        let text: usize = instruction
            .operands()
            .map(|operand| match operand {
                Object::String(text) => text.as_bytes().len(),
                Object::Array(parts) => parts
                    .iter::<Object<'_>>()
                    .filter_map(Object::into_string)
                    .map(|part| part.as_bytes().len())
                    .sum(),
                _ => 0,
            })
            .sum();
        if text > MOST_TEXT {
            return true;
        }
    }
    false
}

struct PageReading<'p, 'a> {
    page: &'p PdfPage<'a>,
    cache: &'p InterpreterCache<'a>,
    options: &'p PdfOptions<'p>,
    watch: &'p Watch<'p>,
    /// For interpreting this page, recognition aside.
    page_watch: &'p Watch<'p>,
}

struct Outcome {
    kind: Kind,
    content: Result<Content, Failure>,
}

impl<'a> PageReading<'_, 'a> {
    fn read(&self) -> Outcome {
        if !self.content_fits() {
            let error = PageError::size("the page's content is too large when unpacked");
            return Outcome {
                kind: Kind::NativePdf,
                content: Err(error.into()),
            };
        }
        let size = self.size();
        let bounds = size.to_rect();
        let mut device = GlyphDevice::new(bounds, self.page_watch);
        self.interpret(bounds, 1.0, &mut device);
        let letters = device.glyphs.len();
        let unknown = device.unknown as f64 / (letters + device.unknown).max(1) as f64;
        let scan = device.image_cover >= SCAN_COVER && letters < SCAN_LETTERS;
        let no_text = letters == 0 && (device.image_cover > 0.0 || device.paths >= OUTLINE_SHAPES);
        let unreadable = unknown > MOST_UNKNOWN;
        let kind = if scan || no_text || unreadable {
            Kind::ScannedPdf
        } else {
            Kind::NativePdf
        };
        let content = if kind == Kind::ScannedPdf || self.options.force_ocr {
            self.recognise(size)
        } else {
            Ok(layout::content(device.glyphs, size))
        };
        Outcome { kind, content }
    }

    fn size(&self) -> Size {
        let (width, height) = self.page.render_dimensions();
        let side = |length: f32| {
            if length.is_finite() {
                f64::from(length).clamp(1.0, 1e5)
            } else {
                1.0
            }
        };
        Size::new(side(width), side(height))
    }

    fn interpret(&self, bounds: Rect, scale: f64, device: &mut impl Device<'a>) {
        let transform = Affine::scale(scale) * self.page.initial_transform(true).to_kurbo();
        let settings = InterpreterSettings::default();
        let mut context = Context::new(transform, bounds, self.cache, self.page.xref(), settings);
        interpret_page(self.page, &mut context, device);
    }

    fn recognise(&self, size: Size) -> Result<Content, Failure> {
        let most = (MOST_PIXELS / size.area()).sqrt();
        let scale = (DOTS_PER_INCH / POINTS).min(most);
        let side = |length: f64| ((length * scale).round() as usize).max(1);
        let picture = Picture::white(
            side(size.width),
            side(size.height),
            ((scale * POINTS).round() as u32).max(1),
        );
        let canvas = Canvas::new(picture, self.page_watch);
        let bounds = canvas.bounds();
        let limits = self.options.limits;
        let mut device = RasterDevice::new(canvas, limits.page_pixels, limits.expanded_bytes);
        self.interpret(bounds, scale, &mut device);
        if device.too_large {
            return Err(PageError::size("an image on the page is too large").into());
        }
        match &self.options.recogniser {
            Ok(recogniser) => recogniser.content(device.canvas.picture, self.watch),
            Err(reason) => Err(ReadError::OcrUnavailable((*reason).clone()).into()),
        }
    }

    /// Whether the page's own content can be interpreted: its streams, of which one may be named many
    /// times, within what may be unpacked, and without a text that is too long.
    fn content_fits(&self) -> bool {
        if let Some(Object::Array(contents)) = self.page.raw().get::<Object<'_>>(b"Contents".as_slice()) {
            let mut total = 0_usize;
            for stream in contents.iter::<Stream<'_>>() {
                if let Err(error) = self.watch.check() {
                    sandbox::interrupt(error);
                }
                total = total.saturating_add(stream.decoded_data().map_or(0, |data| data.len()));
                if total > self.options.limits.expanded_bytes {
                    return false;
                }
            }
        }
        let content = self.page.page_stream().unwrap_or_default();
        content.len() <= SMALL_STREAM || !is_endless_text(content)
    }
}
