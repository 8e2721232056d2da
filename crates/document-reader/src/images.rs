//! PNG, JPEG and TIFF files: each page a picture in grey, decoded in Rust.
//!
//! The text recogniser could read these files itself, but then its C libraries would meet the
//! strangers' bytes; so it only ever gets pixels. The size of a picture is checked before anything is
//! allocated for its pixels.

mod exif;
mod jpeg_end;
mod tiff_pages;

use crate::error::{Failure, PageError, ReadError};
use crate::kind::Format;
use crate::limits::Watch;
use crate::ocr::OcrUnavailable;
use crate::picture::Picture;
use crate::recognise::Recogniser;
use crate::{Content, Kind, Limits, Page, sandbox};
use std::io::Cursor;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// Inches per metre, for the unit of PNG.
const METRES_PER_INCH: f64 = 0.0254;

/// A picture that was decoded, or why it was not.
type Decoded = Result<Picture, PageError>;

/// Reads the pages of an image file.
pub(crate) fn read(
    format: Format,
    bytes: &[u8],
    limits: &Limits,
    recogniser: &Result<Recogniser<'_>, &OcrUnavailable>,
    watch: &Watch<'_>,
) -> Result<Vec<Page>, ReadError> {
    let mut pages = Vec::new();
    let mut page = |picture: Decoded| -> Result<(), ReadError> {
        let content = match picture {
            // Only now: what is wrong with the file is wrong whether there is a recogniser or not.
            Ok(picture) => match recogniser {
                Ok(recogniser) => content(picture, recogniser, watch)?,
                Err(reason) => return Err(ReadError::OcrUnavailable((*reason).clone())),
            },
            Err(error) => Err(error),
        };
        let number = pages.len() as u32 + 1;
        pages.push(Page {
            number,
            kind: Kind::Image,
            content,
        });
        watch.check()
    };
    match format {
        Format::Png => page(decoded(|| png_picture(bytes, limits))?)?,
        Format::Jpeg => page(decoded(|| jpeg_picture(bytes, limits))?)?,
        _ => tiff_pages::each(bytes, limits, watch, page)?,
    }
    Ok(pages)
}

/// What a decoder makes of a file; a panic in it is damage.
fn decoded<T>(decode: impl FnOnce() -> Result<T, ReadError>) -> Result<T, ReadError> {
    sandbox::contained(decode).unwrap_or(Err(damaged("the decoder gave up on it")))
}

fn content(
    picture: Picture,
    recogniser: &Recogniser<'_>,
    watch: &Watch<'_>,
) -> Result<Result<Content, PageError>, ReadError> {
    match recogniser.content(picture, watch) {
        Ok(content) => Ok(Ok(content)),
        Err(Failure::Page(error)) => Ok(Err(error)),
        Err(Failure::Document(error)) => Err(error),
    }
}

fn damaged(reason: &'static str) -> ReadError {
    ReadError::Corrupt {
        kind: Kind::Image,
        reason,
    }
}

/// Refuses pictures that are too large to unpack.
fn check_size(width: u64, height: u64, limits: &Limits) -> Result<(), PageError> {
    let pixels = width.saturating_mul(height);
    if pixels > limits.page_pixels {
        return Err(PageError::size(format!(
            "the image has {width} by {height} pixels; at most {} in all are read",
            limits.page_pixels
        )));
    }
    Ok(())
}

fn png_picture(bytes: &[u8], limits: &Limits) -> Result<Decoded, ReadError> {
    // Four bytes for each pixel, and as many again for what the decoder needs itself.
    let memory = usize::try_from(limits.page_pixels.saturating_mul(8)).unwrap_or(usize::MAX);
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: memory });
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
    let mut reader = decoder.read_info().map_err(|_| damaged("its header cannot be read"))?;
    let info = reader.info();
    let (width, height) = (info.width, info.height);
    if let Err(error) = check_size(u64::from(width), u64::from(height), limits) {
        return Ok(Err(error));
    }
    let dots_per_inch = info
        .pixel_dims
        .filter(|dims| dims.unit == png::Unit::Meter)
        .map_or(0.0, |dims| f64::from(dims.xppu) * METRES_PER_INCH);
    let orientation = info
        .exif_metadata
        .as_deref()
        .map_or(exif::Orientation::default(), exif::orientation);
    let size = reader
        .output_buffer_size()
        .ok_or_else(|| damaged("its size makes no sense"))?;
    let mut pixels = vec![0; size];
    let frame = reader
        .next_frame(&mut pixels)
        .map_err(|_| damaged("its pixels cannot be unpacked"))?;
    let (samples, alpha) = match frame.color_type {
        png::ColorType::Grayscale | png::ColorType::Indexed => (1, false),
        png::ColorType::GrayscaleAlpha => (2, true),
        png::ColorType::Rgb => (3, false),
        png::ColorType::Rgba => (4, true),
    };
    let grey = grey(&pixels, samples, alpha);
    let picture = Picture::new(width as usize, height as usize, dots_per_inch, grey)
        .ok_or_else(|| damaged("it has fewer pixels than it says"))?;
    Ok(Ok(orientation.apply(picture)))
}

fn jpeg_picture(bytes: &[u8], limits: &Limits) -> Result<Decoded, ReadError> {
    let most = usize::from(u16::MAX);
    // Most decoders fill up what a file that was cut off lacks, this one too: with grey, in which a text recogniser sees
    // an empty page. Where the end is there, small faults are forgiven.
    let options = DecoderOptions::default()
        .set_max_width(most)
        .set_max_height(most)
        .set_strict_mode(!jpeg_end::is_there(bytes));
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder
        .decode_headers()
        .map_err(|_| damaged("its header cannot be read"))?;
    let info = decoder.info().ok_or_else(|| damaged("its header cannot be read"))?;
    let (width, height) = (usize::from(info.width), usize::from(info.height));
    if let Err(error) = check_size(width as u64, height as u64, limits) {
        return Ok(Err(error));
    }
    let dots_per_inch = match info.pixel_density {
        1 => f64::from(info.x_density),
        2 => f64::from(info.x_density) * 2.54,
        _ => 0.0,
    };
    let orientation = info
        .exif_data
        .as_deref()
        .map_or(exif::Orientation::default(), exif::orientation);
    // Brightness is one of the components of most JPEGs, so that grey costs nothing.
    let (space, samples) = match decoder.input_colorspace() {
        Some(ColorSpace::CMYK | ColorSpace::YCCK | ColorSpace::RGB) => (ColorSpace::RGB, 3),
        _ => (ColorSpace::Luma, 1),
    };
    decoder.set_options(options.jpeg_set_out_colorspace(space));
    let pixels = decoder.decode().map_err(|_| damaged("its pixels cannot be unpacked"))?;
    let picture = Picture::new(width, height, dots_per_inch, grey(&pixels, samples, false))
        .ok_or_else(|| damaged("it has fewer pixels than it says"))?;
    Ok(Ok(orientation.apply(picture)))
}

/// One grey byte per pixel, from bytes with `samples` to a pixel, the last of them opacity if `alpha`.
fn grey(bytes: &[u8], samples: usize, alpha: bool) -> Vec<u8> {
    let colours = samples - usize::from(alpha);
    bytes
        .chunks_exact(samples)
        .map(|pixel| {
            let value = match pixel[..colours] {
                [red, green, blue] => u32::from(luma(red, green, blue)),
                [first, ..] => u32::from(first),
                [] => 255,
            };
            let opacity = if alpha { u32::from(pixel[samples - 1]) } else { 255 };
            // Upon white paper. A mean of bytes is a byte.
            ((value * opacity + 255 * (255 - opacity)) / 255) as u8
        })
        .collect()
}

/// The brightness of a colour, by the weights of ITU-R BT.601.
fn luma(red: u8, green: u8, blue: u8) -> u8 {
    let sum = u32::from(red) * 299 + u32::from(green) * 587 + u32::from(blue) * 114;
    // A mean of bytes is a byte.
    (sum / 1000) as u8
}
