//! The pages of a TIFF file.

mod colours;
mod fax;
mod layout;

use super::{Decoded, check_size, damaged, decoded, exif, grey};
use crate::Limits;
use crate::error::{PageError, ReadError};
use crate::limits::Watch;
use crate::picture::Picture;
use colours::Colours;
use layout::Layout;
use std::io::Cursor;
use tiff::ColorType;
use tiff::decoder::{Decoder, DecodingResult};
use tiff::tags::Tag;

type Tiff<'a> = Decoder<Cursor<&'a [u8]>>;

/// Decodes one page after the other and hands each to `page`.
pub(super) fn each(
    bytes: &[u8],
    limits: &Limits,
    watch: &Watch<'_>,
    mut page: impl FnMut(Decoded) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let directories = decoded(|| directories(open(bytes, limits)?, watch, limits.pages))?;
    let count = u32::try_from(directories.len()).unwrap_or(u32::MAX);
    if count > limits.pages {
        let following = directories
            .last()
            .map_or(0, |last| Layout::of(bytes).following(bytes, *last));
        return Err(ReadError::Pages {
            pages: count.saturating_add(u32::try_from(following).unwrap_or(u32::MAX)),
            limit: limits.pages,
        });
    }
    let (bytes, colours) = colours::made_readable(bytes, &directories);
    let bytes = bytes.as_ref();
    let mut decoder = open(bytes, limits)?;
    for (index, colours) in colours.into_iter().enumerate() {
        let picture = if index == 0 || decoder.next_image().is_ok() {
            decoded(|| Ok(picture(&mut decoder, bytes, colours, limits)))?
        } else {
            Err(PageError::bad_page("the page's directory cannot be read"))
        };
        // A file with one page is damaged if that page is.
        if count == 1
            && let Err(PageError {
                code: crate::PageErrorCode::BadPage,
                ..
            }) = picture
        {
            return Err(damaged("its pixels cannot be unpacked"));
        }
        page(picture)?;
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

/// Where the directories of the file's pages are, no further than one beyond `limit` pages.
fn directories(mut decoder: Tiff<'_>, watch: &Watch<'_>, limit: u32) -> Result<Vec<u64>, ReadError> {
    let mut places = Vec::new();
    loop {
        // The library has always read the directory at hand.
        places.push(decoder.ifd_pointer().map_or(0, |place| place.0));
        if !decoder.more_images() || places.len() > limit as usize {
            return Ok(places);
        }
        watch.check()?;
        if decoder.next_image().is_err() {
            // The rest of the chain is lost.
            return Ok(places);
        }
    }
}

fn picture(decoder: &mut Tiff<'_>, bytes: &[u8], colours: Colours, limits: &Limits) -> Decoded {
    let bad = |_| PageError::bad_page("the page's pixels cannot be unpacked");
    let (width, height) = decoder.dimensions().map_err(bad)?;
    check_size(u64::from(width), u64::from(height), limits)?;
    let (width, height) = (width as usize, height as usize);
    let (across, down) = resolution(decoder);
    let orientation = decoder.find_tag_unsigned(Tag::Orientation).ok().flatten();
    let finish = |pixels| {
        let picture = Picture::new(width, height, across, pixels)
            .ok_or_else(|| PageError::bad_page("the page has fewer pixels than it says"))?;
        let upright = exif::Orientation::new(orientation.unwrap_or_default());
        Ok(upright.apply(picture.with_square_pixels(across, down)))
    };
    if let Some(pixels) = fax::pixels(decoder, bytes, width, height) {
        return finish(pixels);
    }
    let color = decoder.colortype().map_err(bad)?;
    let palette = if colours == Colours::Palette {
        Some(colours::palette(decoder).ok_or_else(|| PageError::bad_page("the page's palette cannot be read"))?)
    } else {
        None
    };
    let samples = decoder.read_image().map_err(bad)?;
    let bytes = bytes_of(samples).ok_or_else(|| PageError::bad_page("the page's pixels are of a rare kind"))?;
    let pixels = match (color, palette) {
        (ColorType::Gray(bits @ (1 | 2 | 4)), Some(palette)) => palette.look_up(unpacked(&bytes, width, height, bits)),
        (ColorType::Gray(bits @ (1 | 2 | 4)), None) => scaled(unpacked(&bytes, width, height, bits), bits),
        (_, Some(palette)) => palette.look_up(bytes),
        (ColorType::RGBA(_), _) if bytes.len() == width * height * 4 => grey(&bytes, 4, true),
        (ColorType::GrayA(_), _) if bytes.len() == width * height * 2 => grey(&bytes, 2, true),
        (ColorType::CMYK(_), _) if bytes.len() == width * height * 4 => bytes
            .as_chunks::<4>()
            .0
            .iter()
            .map(|[cyan, magenta, yellow, black]| {
                let light = |ink: u8| (255 - u32::from(ink)) * (255 - u32::from(*black)) / 255;
                let value = light(*cyan) * 299 + light(*magenta) * 587 + light(*yellow) * 114;
                (value / 1000) as u8
            })
            .collect(),
        // Planes come one by one, and the first will do; of YCbCr and Lab it is the brightness.
        _ if bytes.len() == width * height => bytes,
        (ColorType::RGB(_), _) if colours == Colours::BrightnessFirst => first_of_three(&bytes),
        (ColorType::YCbCr(_), _) => first_of_three(&bytes),
        _ => grey(&bytes, (bytes.len() / (width * height).max(1)).clamp(1, 16), false),
    };
    finish(pixels)
}

fn first_of_three(bytes: &[u8]) -> Vec<u8> {
    bytes.as_chunks::<3>().0.iter().map(|pixel| pixel[0]).collect()
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

/// One byte per sample, from rows of packed ones that begin at whole bytes.
fn unpacked(bytes: &[u8], width: usize, height: usize, bits: u8) -> Vec<u8> {
    let bits = usize::from(bits);
    let per_byte = 8 / bits;
    let most = u8::MAX >> (8 - bits);
    let stride = width.div_ceil(per_byte);
    let mut values = Vec::with_capacity(width * height);
    for row in bytes.chunks_exact(stride.max(1)).take(height) {
        values.extend((0..width).map(|x| {
            let shift = 8 - bits - (x % per_byte) * bits;
            row[x / per_byte] >> shift & most
        }));
    }
    values
}

/// Samples of some bits, from 0 to 255.
fn scaled(mut values: Vec<u8>, bits: u8) -> Vec<u8> {
    let step = u8::MAX / (u8::MAX >> (8 - bits));
    for value in &mut values {
        *value *= step;
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
