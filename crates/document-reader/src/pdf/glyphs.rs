//! What a page shows, as far as its text is concerned: glyphs with the characters they stand for and
//! where they stand, and how much of the page is pictures.

use crate::limits::Watch;
use crate::sandbox;
use hayro_interpret::font::{Glyph as PdfGlyph, GlyphRun};
use hayro_interpret::hayro_cmap::{BfString, WritingMode};
use hayro_interpret::hayro_syntax::object::{self, Dict};
use hayro_interpret::kurbo::{Affine, BezPath, Point, Rect, Vec2};
use hayro_interpret::{BlendMode, ClipPath, Device, DrawMode, DrawProps, Image, ImageDrawProps, SoftMask};

/// Units of an em in which glyphs are measured.
const UNITS_PER_EM: f64 = 1000.0;
/// Callbacks between two looks at the watch.
const CALLS_PER_CHECK: u32 = 256;
/// Glyphs of one page; the densest pages have some twenty thousand.
const MAX_GLYPHS: usize = 400_000;
/// Spans with replacement text inside one another.
const MAX_SPANS: usize = 64;

/// One glyph, or several that stand for a text together.
#[derive(Clone, Debug)]
pub(super) struct Glyph {
    pub text: String,
    /// Where it begins on its base line, in points from the upper left corner of the page.
    pub origin: Point,
    /// From where it begins to where the next one would.
    pub advance: Vec2,
    /// Height of the font there.
    pub size: f64,
}

/// Collects the glyphs of a page.
pub(super) struct GlyphDevice<'w> {
    watch: &'w Watch<'w>,
    calls: u32,
    page: Rect,
    pub glyphs: Vec<Glyph>,
    /// Glyphs that stand for no known character.
    pub unknown: usize,
    /// Sum of the areas of images, as a part of the page.
    pub image_cover: f64,
    /// Shapes that were drawn.
    pub paths: usize,
    /// Open marked-content sequences; those with replacement text with where they began.
    spans: Vec<Option<(String, usize)>>,
}

impl<'w> GlyphDevice<'w> {
    pub(super) fn new(page: Rect, watch: &'w Watch<'w>) -> Self {
        Self {
            watch,
            calls: 0,
            page,
            glyphs: Vec::new(),
            unknown: 0,
            image_cover: 0.0,
            paths: 0,
            spans: Vec::new(),
        }
    }

    /// Looks at the watch now and then. Every nested piece of content comes by here, so that content
    /// which repeats itself without end is left.
    fn tick(&mut self) {
        self.calls = self.calls.wrapping_add(1);
        if self.calls.is_multiple_of(CALLS_PER_CHECK)
            && let Err(error) = self.watch.check()
        {
            sandbox::interrupt(error);
        }
    }

    fn glyph(&mut self, glyph: &PdfGlyph<'_>, to_page: Affine, vertical: bool) {
        if self.glyphs.len() >= MAX_GLYPHS {
            return;
        }
        let origin = to_page * Point::ZERO;
        let size = (to_page * Point::new(0.0, UNITS_PER_EM) - origin).hypot();
        if !origin.is_finite() || !size.is_finite() || !self.page.contains(origin) {
            return;
        }
        let width = match glyph {
            PdfGlyph::Outline(outline) => outline.advance_width(),
            PdfGlyph::Type3(type3) => type3.advance_width(),
        };
        let advance = if vertical {
            // Glyphs of vertical writing are as high as wide, and stand below their origin.
            Point::new(0.0, -UNITS_PER_EM)
        } else {
            Point::new(width.map_or(UNITS_PER_EM / 2.0, f64::from), 0.0)
        };
        let advance = to_page * advance - origin;
        let text = match glyph.as_unicode() {
            Some(BfString::Char(character)) => character.to_string(),
            Some(BfString::String(text)) => text,
            None => String::new(),
        };
        let text: String = text.chars().filter(|character| is_readable(*character)).collect();
        if text.is_empty() {
            self.unknown += 1;
            return;
        }
        self.glyphs.push(Glyph {
            text,
            origin,
            advance,
            size,
        });
    }
}

/// Whether a character means the same to everybody: not one for private use, as which symbol fonts
/// give their pictures, nor a control or replacement character.
fn is_readable(character: char) -> bool {
    !matches!(character,
        '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}' | '\u{fffd}' | '\u{ad}')
        && (!character.is_control() || character.is_whitespace())
}

impl<'a> Device<'a> for GlyphDevice<'_> {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        let vertical = matches!(run.writing_mode(), WritingMode::Vertical);
        for glyph in run.glyphs() {
            self.tick();
            self.glyph(glyph, props.transform * glyph.transform(), vertical);
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        self.tick();
        let pixels = Rect::new(0.0, 0.0, f64::from(image.width()), f64::from(image.height()));
        let area = props.transform.transform_rect_bbox(pixels).intersect(self.page).area();
        if area.is_finite() {
            self.image_cover += area / self.page.area().max(1.0);
        }
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {
        self.tick();
        self.paths += 1;
    }

    fn push_clip_path(&mut self, _: &ClipPath) {
        self.tick();
    }

    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {
        self.tick();
    }

    fn pop_clip(&mut self) {}

    fn pop_transparency_group(&mut self) {}

    fn begin_marked_content(&mut self, _: &[u8], properties: Option<&Dict<'_>>) {
        self.tick();
        let replacement = properties
            .filter(|_| self.spans.len() < MAX_SPANS)
            .and_then(|properties| properties.get::<object::String<'_>>(b"ActualText".as_slice()))
            .map(|text| (decode_text(text.as_bytes()), self.glyphs.len()));
        self.spans.push(replacement);
    }

    fn end_marked_content(&mut self) {
        self.tick();
        let Some(Some((text, start))) = self.spans.pop() else {
            return;
        };
        let text: String = text.chars().filter(|character| is_readable(*character)).collect();
        // Replacement text for several lines would lose their places.
        let glyphs = self.glyphs.get(start..).unwrap_or_default();
        let (Some(first), Some(last)) = (glyphs.first(), glyphs.last()) else {
            return;
        };
        let one_line = (last.origin.y - first.origin.y).abs() < first.size / 2.0;
        if text.is_empty() || !one_line {
            return;
        }
        let ends = glyphs.iter().map(|glyph| glyph.origin + glyph.advance);
        let left = glyphs.iter().map(|glyph| glyph.origin.x).fold(f64::INFINITY, f64::min);
        let right = ends.map(|end| end.x).fold(f64::NEG_INFINITY, f64::max);
        let merged = Glyph {
            text,
            origin: Point::new(left, first.origin.y),
            advance: Vec2::new(right - left, 0.0),
            size: first.size,
        };
        self.glyphs.truncate(start);
        self.glyphs.push(merged);
    }
}

/// A text string of PDF: UTF-16 or UTF-8 with its mark, else one byte per character, of which those
/// that matter here are the same as in Latin-1.
fn decode_text(bytes: &[u8]) -> String {
    match bytes {
        [0xfe, 0xff, units @ ..] => {
            let units = units.as_chunks::<2>().0.iter().map(|unit| u16::from_be_bytes(*unit));
            char::decode_utf16(units).filter_map(Result::ok).collect()
        }
        [0xef, 0xbb, 0xbf, text @ ..] => String::from_utf8_lossy(text).into_owned(),
        _ => bytes.iter().copied().map(char::from).collect(),
    }
}
