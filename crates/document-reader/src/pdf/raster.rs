//! Draws a page in grey, for text recognition.

use super::canvas::Canvas;
use super::expansion::{self, Filters};
use crate::picture::Picture;
use hayro_interpret::font::{Glyph, GlyphRun};
use hayro_interpret::hayro_syntax::object::{Array, Dict, Name, Object, Stream};
use hayro_interpret::kurbo::{Affine, BezPath, Rect, Shape, Stroke, StrokeOpts, stroke};
use hayro_interpret::{
    BlendMode, ClipPath, Device, DrawMode, DrawProps, FillRule, Image, ImageData, ImageDrawProps, LumaData, Paint,
    SoftMask, StrokeProps,
};

/// Strokes thinner than this many pixels are drawn as wide, as renderers do.
const THINNEST_STROKE: f64 = 1.0;
/// Grey of patterns and shadings, which are not drawn themselves: light, so that text on them shows.
const PATTERN_GREY: f32 = 225.0;
/// Type 3 glyphs inside type 3 glyphs.
const MAX_GLYPH_DEPTH: usize = 4;
/// Elements of a path that is stroked.
const MAX_STROKED: usize = 100_000;

/// A device that paints.
pub(super) struct RasterDevice<'w> {
    pub canvas: Canvas<'w>,
    /// Rectangles around the clip paths in force.
    clips: Vec<Rect>,
    /// Opacity of the groups in force.
    groups: Vec<f32>,
    max_pixels: u64,
    max_bytes: usize,
    /// An image was left out because it is too large.
    pub too_large: bool,
    glyph_depth: usize,
}

impl<'w> RasterDevice<'w> {
    /// `max_pixels` and `max_bytes` hold for each image on the page.
    pub(super) fn new(canvas: Canvas<'w>, max_pixels: u64, max_bytes: usize) -> Self {
        Self {
            canvas,
            clips: Vec::new(),
            groups: Vec::new(),
            max_pixels,
            max_bytes,
            too_large: false,
            glyph_depth: 0,
        }
    }

    fn clip(&self) -> Rect {
        self.clips.last().copied().unwrap_or_else(|| self.canvas.bounds())
    }

    fn push_clip(&mut self, bounds: Rect) {
        self.canvas.check();
        let clip = self.clip().intersect(bounds);
        self.clips.push(clip);
    }

    /// Grey and opacity of a paint.
    fn tone(&self, paint: &Paint<'_>) -> (f32, f32) {
        let group = self.groups.last().copied().unwrap_or(1.0);
        match paint {
            Paint::Color(color) => {
                let [red, green, blue, alpha] = color.to_rgba().to_rgba8();
                (luma(red, green, blue), f32::from(alpha) / 255.0 * group)
            }
            Paint::Pattern(_) => (PATTERN_GREY, group),
        }
    }

    fn paint(&mut self, path: &BezPath, transform: Affine, tone: (f32, f32), mode: &DrawMode) {
        let clip = self.clip();
        let (grey, opacity) = tone;
        match mode {
            DrawMode::Fill(rule) => {
                self.canvas.fill(&(transform * path), *rule, grey, opacity, clip);
            }
            DrawMode::Stroke(props) => {
                if let Some(outline) = stroked(path, transform, props) {
                    self.canvas.fill(&outline, FillRule::NonZero, grey, opacity, clip);
                }
            }
            DrawMode::FillAndStroke(rule, props) => {
                self.paint(path, transform, tone, &DrawMode::Fill(*rule));
                self.paint(path, transform, tone, &DrawMode::Stroke(props.clone()));
            }
            DrawMode::Invisible => {}
        }
    }

    /// Whether an image and its masks may be unpacked.
    fn may_unpack(&mut self, stream: &Stream<'_>, width: u32, height: u32) -> bool {
        let mask_of = |key: &[u8]| stream.dict().get::<Stream<'_>>(key);
        let masks = [mask_of(b"SMask"), mask_of(b"Mask")];
        let within = self.is_within(stream, width, height)
            && masks.iter().flatten().all(|mask| {
                let side = |key: &[u8]| mask.dict().get::<u32>(key).unwrap_or(0);
                self.is_within(mask, side(b"Width"), side(b"Height"))
            });
        self.too_large |= !within;
        within
    }

    fn is_within(&self, stream: &Stream<'_>, width: u32, height: u32) -> bool {
        let data = stream.raw_data();
        let pixels = u64::from(width) * u64::from(height);
        // Four samples to a pixel are what everything is prepared for.
        let pixels = pixels.saturating_mul(colorants(stream).div_ceil(4).max(1));
        let mut claimed = Some(pixels);
        let names = filters(stream);
        for filter in &names {
            match filter.as_ref() {
                // These two say in their data how large they are, whatever the dictionary says.
                b"JPXDecode" => claimed = jpx_pixels(&data),
                b"JBIG2Decode" => claimed = jbig2_pixels(&data),
                // A fax has rows as long as its parameters say. With no height, it would have as many as
                // its data make.
                b"CCITTFaxDecode" | b"CCF" => {
                    claimed = (height > 0).then(|| fax_columns(stream).saturating_mul(u64::from(height)));
                }
                _ => {}
            }
        }
        claimed.is_some_and(|claimed| claimed <= self.max_pixels)
            && pixels <= self.max_pixels
            && Filters::of_names(names.iter().map(AsRef::as_ref))
                .is_some_and(|filters| expansion::fits(filters, &data, self.max_bytes))
    }
}

/// The names of a stream's filters, in the order in which they are undone. Either key may hold one name
/// or several, in images inside content streams the short one.
fn filters<'a>(stream: &Stream<'a>) -> Vec<Name<'a>> {
    let dictionary = stream.dict();
    [b"F".as_slice(), b"Filter".as_slice()]
        .iter()
        .flat_map(|key| {
            let one = dictionary.get::<Name<'a>>(*key);
            let several = dictionary.get::<Array<'a>>(*key);
            one.into_iter().chain(
                several
                    .into_iter()
                    .flat_map(|names| names.iter::<Name<'a>>().collect::<Vec<_>>()),
            )
        })
        .collect()
}

/// The longest row that the parameters of a stream's filters speak of, in pixels.
fn fax_columns(stream: &Stream<'_>) -> u64 {
    /// Where nothing is said (ISO 32000-2, table 11).
    const USUAL: u64 = 1728;
    let dictionary = stream.dict();
    let columns = |parameters: Dict<'_>| parameters.get::<usize>(b"Columns".as_slice());
    [b"DP".as_slice(), b"DecodeParms".as_slice()]
        .iter()
        .flat_map(|key| {
            let one = dictionary.get::<Dict<'_>>(*key);
            let several = dictionary.get::<Array<'_>>(*key);
            let several = several.map(|all| {
                all.iter::<Object<'_>>()
                    .filter_map(Object::into_dict)
                    .collect::<Vec<_>>()
            });
            one.into_iter().chain(several.unwrap_or_default())
        })
        .filter_map(columns)
        .map(|columns| columns as u64)
        .fold(USUAL, u64::max)
}

/// Samples of a pixel, if its colours are a mixture of any number of inks.
fn colorants(stream: &Stream<'_>) -> u64 {
    let dictionary = stream.dict();
    [b"CS".as_slice(), b"ColorSpace".as_slice()]
        .iter()
        .filter_map(|key| dictionary.get::<Array<'_>>(*key))
        .filter_map(|space| space.iter::<Object<'_>>().nth(1))
        .filter_map(|names| match names {
            Object::Array(names) => Some(names.iter::<Object<'_>>().count() as u64),
            _ => None,
        })
        .fold(0, u64::max)
}

impl<'a> Device<'a> for RasterDevice<'_> {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        self.canvas.check();
        let tone = self.tone(&props.paint);
        self.paint(path, props.transform, tone, mode);
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        self.canvas.check();
        let tone = self.tone(&props.paint);
        for glyph in run.glyphs() {
            match &**glyph {
                Glyph::Outline(outline) => {
                    let path = glyph.transform() * outline.outline();
                    self.paint(&path, props.transform, tone, mode);
                }
                Glyph::Type3(type3) if self.glyph_depth < MAX_GLYPH_DEPTH => {
                    self.glyph_depth += 1;
                    type3.interpret(self, props.transform, glyph.transform(), &props.paint);
                    self.glyph_depth -= 1;
                }
                Glyph::Type3(_) => {}
            }
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        self.canvas.check();
        let stream = match &image {
            Image::Stencil(stencil) => stencil.stream(),
            Image::Raster(raster) => raster.stream(),
        };
        if !self.may_unpack(stream, image.width(), image.height()) {
            return;
        }
        let clip = self.clip();
        match image {
            Image::Stencil(stencil) => stencil.with_stencil(
                |mask, paint| {
                    let (grey, _) = self.tone(paint);
                    let scale = scale_of(mask.scale_factors);
                    let Some(mask) = picture(mask) else { return };
                    let mut ink = mask.clone();
                    ink.pixels.fill(grey as u8);
                    self.canvas.image(&ink, Some(&mask), props.transform * scale, clip);
                },
                None,
            ),
            Image::Raster(raster) => raster.with_rgba(
                |image, opacity| {
                    let scale = scale_of(image.scale_factors());
                    let Some(grey) = grey_image(image) else { return };
                    let opacity = opacity.and_then(picture);
                    self.canvas
                        .image(&grey, opacity.as_ref(), props.transform * scale, clip);
                },
                None,
            ),
        }
    }

    fn push_clip_path(&mut self, clip: &ClipPath) {
        self.push_clip(clip.path.bounding_box());
    }

    fn push_clip_rect(&mut self, rect: &Rect) {
        self.push_clip(*rect);
    }

    fn pop_clip(&mut self) {
        self.clips.pop();
    }

    fn push_transparency_group(&mut self, opacity: f32, _: Option<SoftMask<'a>>, _: BlendMode) {
        self.canvas.check();
        let group = self.groups.last().copied().unwrap_or(1.0);
        self.groups.push(group * opacity);
    }

    fn pop_transparency_group(&mut self) {
        self.groups.pop();
    }
}

fn scale_of((x, y): (f32, f32)) -> Affine {
    Affine::scale_non_uniform(f64::from(x), f64::from(y))
}

/// The outline of a stroked path, in pixels. Dashes are drawn as one line: they are ornament, and
/// short ones on a long path would be without number.
fn stroked(path: &BezPath, transform: Affine, props: &StrokeProps) -> Option<BezPath> {
    if path.elements().len() > MAX_STROKED || !path.bounding_box().is_finite() {
        return None;
    }
    let scale = transform.determinant().abs().sqrt();
    if scale.is_nan() || scale <= 1e-9 {
        return None;
    }
    let width = f64::from(props.line_width).max(THINNEST_STROKE / scale);
    let style = Stroke {
        width,
        join: props.line_join,
        miter_limit: f64::from(props.miter_limit),
        start_cap: props.line_cap,
        end_cap: props.line_cap,
        ..Stroke::default()
    };
    Some(transform * stroke(path, &style, &StrokeOpts::default(), 0.2 / scale))
}

fn luma(red: u8, green: u8, blue: u8) -> f32 {
    0.299 * f32::from(red) + 0.587 * f32::from(green) + 0.114 * f32::from(blue)
}

fn picture(luma: LumaData) -> Option<Picture> {
    let (width, height) = (luma.width as usize, luma.height as usize);
    let whole = width > 0 && height > 0 && luma.data.len() == width * height;
    whole.then_some(Picture {
        width,
        height,
        dots_per_inch: 72,
        pixels: luma.data,
    })
}

fn grey_image(image: ImageData) -> Option<Picture> {
    match image {
        ImageData::Luma(luma) => picture(luma),
        ImageData::Rgb(rgb) => {
            let pixels = rgb
                .data
                .as_chunks::<3>()
                .0
                .iter()
                .map(|[red, green, blue]| luma(*red, *green, *blue) as u8)
                .collect();
            picture(LumaData {
                data: pixels,
                width: rgb.width,
                height: rgb.height,
                interpolate: rgb.interpolate,
                scale_factors: rgb.scale_factors,
            })
        }
    }
}

/// Pixels of a JPEG 2000 image, from the marker segment that gives its size (ISO/IEC 15444-1, A.5.1).
fn jpx_pixels(data: &[u8]) -> Option<u64> {
    let start = expansion::find(data, b"\xff\x4f\xff\x51")?;
    let field = |at: usize| -> Option<u64> {
        let bytes = data.get(start + at..start + at + 4)?;
        Some(u64::from(u32::from_be_bytes(bytes.try_into().ok()?)))
    };
    let components = data.get(start + 40..start + 42)?;
    let components = u64::from(u16::from_be_bytes(components.try_into().ok()?));
    // Marker, length and capabilities come first.
    let (width, height) = (field(8)?, field(12)?);
    width.checked_mul(height)?.checked_mul(components.max(3) / 3)
}

/// Pixels of a JBIG2 page, from its page information segment, or its first region's size if it says
/// that its height is unknown (ITU-T T.88, 7.2 and 7.4.8).
fn jbig2_pixels(data: &[u8]) -> Option<u64> {
    let mut rest = data;
    let mut largest = 0_u64;
    while rest.len() >= 11 {
        let number = u32::from_be_bytes(*rest.first_chunk()?);
        let flags = rest[4];
        let referred = rest[5] >> 5;
        let referred_size = match number {
            0..=256 => 1,
            257..=65536 => 2,
            _ => 4,
        };
        let header = if referred == 7 {
            let count = u32::from_be_bytes(*rest.get(5..)?.first_chunk()?) & 0x1fff_ffff;
            let count = usize::try_from(count).ok()?;
            9_usize
                .checked_add((count + 1).div_ceil(8))?
                .checked_add(count.checked_mul(referred_size)?)?
        } else {
            6 + usize::from(referred) * referred_size
        };
        let header = header.checked_add(if flags & 0x40 != 0 { 4 } else { 1 })?;
        let length = u32::from_be_bytes(*rest.get(header..)?.first_chunk()?);
        let body = rest.get(header + 4..)?;
        let kind = flags & 0x3f;
        // Page information, and the regions, all begin with width and height.
        let has_size = kind == 48 || matches!(kind, 4..=7 | 20..=23 | 36..=43);
        if has_size {
            let width = u64::from(u32::from_be_bytes(*body.first_chunk()?));
            let height = u64::from(u32::from_be_bytes(*body.get(4..)?.first_chunk()?));
            if !(kind == 48 && height == u64::from(u32::MAX)) {
                largest = largest.max(width.checked_mul(height)?);
            }
        }
        // An unknown length is allowed for one kind of region only, the last of the page.
        if length == u32::MAX {
            break;
        }
        rest = body.get(usize::try_from(length).ok()?..).unwrap_or_default();
    }
    (largest > 0).then_some(largest)
}
