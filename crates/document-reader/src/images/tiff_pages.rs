//! The pages of a TIFF file.

mod fax;

use super::{Decoded, check_size, damaged, grey};
use crate::Limits;
use crate::error::{PageError, ReadError};
use crate::limits::Watch;
use crate::picture::Picture;
use std::io::Cursor;
use tiff::ColorType;
use tiff::decoder::{Decoder, DecodingResult};
use tiff::tags::Tag;

type Tiff<'a> = Decoder<Cursor<&'a [u8]>>;

/// Decodes one page after the other and hands each to `page`. Colours by a palette, which the TIFF
/// library does not know, are not read.
pub(super) fn each(
    bytes: &[u8],
    limits: &Limits,
    watch: &Watch<'_>,
    mut page: impl FnMut(Decoded) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let mut decoder = open(bytes, limits)?;
    let count = count_pages(open(bytes, limits)?, watch, limits.pages)?;
    if count > limits.pages {
        return Err(ReadError::Pages {
            pages: count,
            limit: limits.pages,
        });
    }
    for index in 0..count {
        let decoded = if index == 0 || decoder.next_image().is_ok() {
            picture(&mut decoder, bytes, limits)
        } else {
            Err(PageError::bad_page("the page's directory cannot be read"))
        };
        // A file with one page is damaged if that page is.
        if count == 1
            && let Err(PageError {
                code: crate::PageErrorCode::BadPage,
                ..
            }) = decoded
        {
            return Err(damaged("its pixels cannot be unpacked"));
        }
        page(decoded)?;
    }
    Ok(())
}

fn open<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Tiff<'a>, ReadError> {
    let mut memory = tiff::decoder::Limits::default();
    memory.decoding_buffer_size = usize::try_from(limits.page_pixels.saturating_mul(4)).unwrap_or(usize::MAX);
    memory.intermediate_buffer_size = memory.decoding_buffer_size;
    let decoder = Decoder::new(Cursor::new(bytes)).map_err(|_| damaged("its header cannot be read"))?;
    Ok(decoder.with_limits(memory))
}

/// Pages of the file, counted no further than one beyond `limit`.
fn count_pages(mut decoder: Tiff<'_>, watch: &Watch<'_>, limit: u32) -> Result<u32, ReadError> {
    let mut count = 1;
    while decoder.more_images() && count <= limit {
        watch.check()?;
        if decoder.next_image().is_err() {
            // The rest of the chain is lost.
            break;
        }
        count += 1;
    }
    Ok(count)
}

fn picture(decoder: &mut Tiff<'_>, bytes: &[u8], limits: &Limits) -> Decoded {
    let bad = |_| PageError::bad_page("the page's pixels cannot be unpacked");
    let (width, height) = decoder.dimensions().map_err(bad)?;
    check_size(u64::from(width), u64::from(height), limits)?;
    let (width, height) = (width as usize, height as usize);
    let (across, down) = resolution(decoder);
    if let Some(pixels) = fax::pixels(decoder, bytes, width, height) {
        let picture = Picture::new(width, height, across, pixels)
            .ok_or_else(|| PageError::bad_page("the page has fewer pixels than it says"))?;
        return Ok(picture.with_square_pixels(across, down));
    }
    let color = decoder.colortype().map_err(bad)?;
    let samples = decoder.read_image().map_err(bad)?;
    let bytes = bytes_of(samples).ok_or_else(|| PageError::bad_page("the page's pixels are of a rare kind"))?;
    let pixels = match color {
        ColorType::Gray(bits @ (1 | 2 | 4)) => unpacked(&bytes, width, height, bits),
        ColorType::RGBA(_) if bytes.len() == width * height * 4 => grey(&bytes, 4, true),
        ColorType::GrayA(_) if bytes.len() == width * height * 2 => grey(&bytes, 2, true),
        ColorType::CMYK(_) if bytes.len() == width * height * 4 => bytes
            .as_chunks::<4>()
            .0
            .iter()
            .map(|[cyan, magenta, yellow, black]| {
                let light = |ink: u8| (255 - u32::from(ink)) * (255 - u32::from(*black)) / 255;
                let value = light(*cyan) * 299 + light(*magenta) * 587 + light(*yellow) * 114;
                (value / 1000) as u8
            })
            .collect(),
        // Planes come one by one, and the first will do; of YCbCr it is the brightness.
        _ if bytes.len() == width * height => bytes,
        ColorType::YCbCr(_) => bytes.chunks_exact(3).map(|pixel| pixel[0]).collect(),
        _ => grey(&bytes, (bytes.len() / (width * height).max(1)).clamp(1, 16), false),
    };
    let picture = Picture::new(width, height, across, pixels)
        .ok_or_else(|| PageError::bad_page("the page has fewer pixels than it says"))?;
    Ok(picture.with_square_pixels(across, down))
}

/// Samples of any width as bytes, the most significant part of each.
fn bytes_of(samples: DecodingResult) -> Option<Vec<u8>> {
    match samples {
        DecodingResult::U8(values) => Some(values),
        DecodingResult::U16(values) => Some(values.iter().map(|value| (value >> 8) as u8).collect()),
        DecodingResult::U32(values) => Some(values.iter().map(|value| (value >> 24) as u8).collect()),
        DecodingResult::F32(values) => Some(values.iter().map(|value| (value * 255.0) as u8).collect()),
        _ => None,
    }
}

/// One byte per sample from 0 to 255, from rows of packed ones that begin at whole bytes.
fn unpacked(bytes: &[u8], width: usize, height: usize, bits: u8) -> Vec<u8> {
    let bits = usize::from(bits);
    let per_byte = 8 / bits;
    let most = (1_u16 << bits) - 1;
    let stride = width.div_ceil(per_byte);
    let mut values = Vec::with_capacity(width * height);
    for row in bytes.chunks_exact(stride.max(1)).take(height) {
        values.extend((0..width).map(|x| {
            let shift = 8 - bits - (x % per_byte) * bits;
            let value = u16::from(row[x / per_byte]) >> shift & most;
            // Within a byte, as the value is at most the greatest.
            (value * 255 / most) as u8
        }));
    }
    values
}

/// Dots per inch along and down the page, 0 if unknown.
fn resolution(decoder: &mut Tiff<'_>) -> (f64, f64) {
    let mut value = |tag| match decoder.find_tag(tag) {
        Ok(Some(tiff::decoder::ifd::Value::Rational(over, under))) if under > 0 => f64::from(over) / f64::from(under),
        _ => 0.0,
    };
    let (across, down) = (value(Tag::XResolution), value(Tag::YResolution));
    match decoder.find_tag_unsigned::<u16>(Tag::ResolutionUnit) {
        // 1 is no unit, 3 a centimetre; an inch is the default.
        Ok(Some(1)) => (0.0, 0.0),
        Ok(Some(3)) => (across * 2.54, down * 2.54),
        _ => (across, down),
    }
}
