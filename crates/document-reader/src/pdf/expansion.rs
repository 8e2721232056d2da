//! How large the streams of a PDF become when they are unpacked, found out before a library unpacks
//! them.
//!
//! The PDF library unpacks a stream into memory whole, without a limit, and streams that hold objects
//! as soon as the file is opened. So the file is searched first for the keyword that begins a stream,
//! wherever it stands, and what follows is unpacked piece by piece into a small buffer that is thrown
//! away. What the search cannot judge is refused: one packing inside another, and filters that
//! are named by reference only.

mod filters;

use super::lexer;
use crate::limits::Watch;
use crate::{Kind, ReadError};
pub(super) use filters::Filters;
use flate2::{Decompress, FlushDecompress, Status};

/// Unpacked size of one stream that is not an image. Fonts for Chinese and Japanese come to some
/// twenty million bytes.
const DATA_STREAM_BYTES: usize = 48 * 1024 * 1024;
/// Images are unpacked one at a time when a page is drawn; but who knows which of them the file calls
/// for as something that is kept. All of them together may come to this many times the limit.
const IMAGES: usize = 4;
/// The most bytes that one byte of deflated data can stand for.
const FLATE_RATIO: usize = 1032;

/// Checks the streams of a file.
///
/// # Errors
///
/// Too much in one stream or in all that are kept at once; a stream that cannot be judged; the watch.
pub(super) fn check(bytes: &[u8], limit: usize, watch: &Watch<'_>) -> Result<(), ReadError> {
    let too_much = || ReadError::Expansion {
        kind: Kind::NativePdf,
        limit,
    };
    let filters = filters::named(bytes, watch)?;
    let (mut total, mut images) = (0_usize, 0_usize);
    let mut previous = 0;
    let mut inflater = Inflater::new();
    for keyword in stream_keywords(bytes) {
        watch.check()?;
        let dictionary = dictionary_before(&bytes[previous..keyword]);
        previous = keyword;
        let data = after_line_end(&bytes[keyword + b"stream".len()..]);
        let image = contains(dictionary, b"/Image") && !contains(dictionary, b"/ObjStm");
        let stream_limit = if image { limit } else { limit.min(DATA_STREAM_BYTES) };
        let size = unpacked(&mut inflater, data, filters.of(keyword), stream_limit);
        if size > stream_limit {
            return Err(too_much());
        }
        let (sum, most) = match image {
            true => (&mut images, limit.saturating_mul(IMAGES)),
            false => (&mut total, limit),
        };
        *sum = sum.saturating_add(size);
        if *sum > most {
            return Err(too_much());
        }
    }
    Ok(())
}

/// Bytes that a stream's data come to, no further than just beyond `limit`.
fn unpacked(inflater: &mut Inflater, data: &[u8], filters: Filters, limit: usize) -> usize {
    // Deflated or not: what a dictionary says may be found elsewhere than it stands.
    if !filters.base85 && !filters.hexadecimal {
        return expanded(inflater, data, filters, limit);
    }
    let mut size = expanded(inflater, data, Filters::default(), limit);
    if filters.base85 {
        size = size.max(expanded(inflater, &base85(data), filters, limit));
    }
    if filters.hexadecimal {
        size = size.max(expanded(inflater, &hexadecimal(data), filters, limit));
    }
    size
}

/// The same for data of which nothing but one packing has to be undone.
fn expanded(inflater: &mut Inflater, data: &[u8], filters: Filters, limit: usize) -> usize {
    let inflated = inflater.size(data, limit);
    let mut size = inflated.bytes;
    let end = || find(data, b"endstream").unwrap_or(data.len());
    if filters.flate && inflated.damaged {
        // The library goes on where this one gave up.
        let rest = end().saturating_sub(inflated.read);
        size = size.saturating_add(rest.saturating_mul(FLATE_RATIO));
    }
    if filters.lzw {
        size = size.max(lzw_expanded(data, limit));
    }
    if filters.run_length {
        size = size.max(run_length_expanded(&data[..end()]));
    }
    size
}

/// Whether the unpacked size of a stream stays within `limit`, by the filters that the library says
/// it has; for images inside content streams, which the search through the file does not see.
pub(super) fn fits(filters: Filters, data: &[u8], limit: usize) -> bool {
    unpacked(&mut Inflater::new(), data, filters, limit) <= limit
}

/// Positions of the keyword `stream` that are not the end of `endstream`.
fn stream_keywords(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let position = from + find(&bytes[from..], b"stream")?;
            from = position + b"stream".len();
            if !bytes[..position].ends_with(b"end") {
                return Some(position);
            }
        }
    })
}

/// The end of `bytes` from the last `obj` on.
fn dictionary_before(bytes: &[u8]) -> &[u8] {
    let start = bytes.windows(3).rposition(|window| window == b"obj").unwrap_or(0);
    &bytes[start..]
}

fn after_line_end(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_prefix(b"\r").unwrap_or(bytes);
    bytes.strip_prefix(b"\n").unwrap_or(bytes)
}

/// What became of deflated data.
#[derive(Clone, Copy, Default)]
struct Inflated {
    /// Bytes that they came to.
    bytes: usize,
    /// Bytes of them that were used.
    read: usize,
    /// They ended with an error.
    damaged: bool,
}

/// Finds out how much deflated data come to.
struct Inflater {
    /// With and without the header of zlib: libraries try both.
    decoders: [(bool, Decompress); 2],
    buffer: Vec<u8>,
}

impl Inflater {
    fn new() -> Self {
        Self {
            decoders: [true, false].map(|header| (header, Decompress::new(header))),
            buffer: vec![0; 32 * 1024],
        }
    }

    /// Bytes that `data` come to, counted no further than just beyond `limit`; data that are not
    /// deflated count as far as they seem to be.
    fn size(&mut self, data: &[u8], limit: usize) -> Inflated {
        let mut largest = Inflated::default();
        for (header, decoder) in &mut self.decoders {
            decoder.reset(*header);
            loop {
                let (read, written) = (decoder.total_in(), decoder.total_out());
                // No more was read than there is, so the position is a usize.
                let input = &data[usize::try_from(read).unwrap_or(data.len())..];
                let status = decoder.decompress(input, &mut self.buffer, FlushDecompress::None);
                let size = usize::try_from(decoder.total_out()).unwrap_or(usize::MAX);
                let stuck = decoder.total_in() == read && decoder.total_out() == written;
                if size > largest.bytes || largest.read == 0 {
                    largest = Inflated {
                        bytes: size,
                        read: usize::try_from(decoder.total_in()).unwrap_or(data.len()),
                        damaged: status.is_err(),
                    };
                }
                if size > limit || stuck || !matches!(status, Ok(Status::Ok)) {
                    break;
                }
            }
        }
        largest
    }
}

/// Bytes that run lengths come to (ISO 32000-2, 7.4.5).
fn run_length_expanded(data: &[u8]) -> usize {
    let (mut at, mut size) = (0, 0_usize);
    while let Some(length) = data.get(at).map(|byte| usize::from(*byte)) {
        let (used, made) = match length {
            0..=127 => (length + 2, length + 1),
            128 => break,
            _ => (2, 257 - length),
        };
        at += used;
        size += made;
    }
    size
}

/// Bytes that LZW data come to, counted no further than just beyond `limit`.
fn lzw_expanded(data: &[u8], limit: usize) -> usize {
    let end = find(data, b"endstream").unwrap_or(data.len());
    let data = &data[..end];
    const CLEAR: usize = 256;
    const END: usize = 257;
    // Length of the string that each code stands for; what the strings are does not matter.
    let mut lengths: Vec<usize> = Vec::with_capacity(4096);
    let mut size = 0_usize;
    let (mut bits, mut have) = (0_u32, 0_u32);
    let mut previous: Option<usize> = None;
    let restart = |lengths: &mut Vec<usize>| {
        lengths.clear();
        lengths.resize(258, 1);
    };
    restart(&mut lengths);
    for byte in data {
        bits = bits << 8 | u32::from(*byte);
        have += 8;
        // The early change of code width that PDF has by default makes codes longer a little
        // sooner; for a count of bytes either will do.
        let width = match lengths.len() {
            0..=510 => 9,
            511..=1022 => 10,
            1023..=2046 => 11,
            _ => 12,
        };
        if have < width {
            continue;
        }
        have -= width;
        let code = (bits >> have) as usize & ((1 << width) - 1);
        match code {
            CLEAR => {
                restart(&mut lengths);
                previous = None;
            }
            END => return size,
            _ => {
                let length = match (lengths.get(code), previous) {
                    (Some(length), _) => *length,
                    (None, Some(previous)) => previous + 1,
                    // Not LZW.
                    (None, None) => return size,
                };
                size = size.saturating_add(length);
                if let Some(previous) = previous
                    && lengths.len() < 4096
                {
                    lengths.push(previous + 1);
                }
                previous = Some(length);
            }
        }
        if size > limit {
            return size;
        }
    }
    size
}

/// The bytes for which digits to the base of 85 stand, as far as they are such (ISO 32000-2, 7.4.3).
fn base85(data: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    let mut group = Vec::with_capacity(5);
    let put = |group: &mut Vec<u8>, plain: &mut Vec<u8>| {
        let count = group.len();
        group.resize(5, b'u' - b'!');
        let value = group.iter().fold(0_u32, |value, digit| {
            value.wrapping_mul(85).wrapping_add(u32::from(*digit))
        });
        plain.extend_from_slice(&value.to_be_bytes()[..count.saturating_sub(1)]);
        group.clear();
    };
    for byte in data.iter().filter(|byte| !lexer::is_space(**byte)) {
        match byte {
            b'!'..=b'u' => group.push(byte - b'!'),
            b'z' if group.is_empty() => plain.extend_from_slice(&[0; 4]),
            _ => break,
        }
        if group.len() == 5 {
            put(&mut group, &mut plain);
        }
    }
    put(&mut group, &mut plain);
    plain
}

/// The same for hexadecimal digits.
fn hexadecimal(data: &[u8]) -> Vec<u8> {
    let digits = data
        .iter()
        .filter(|byte| !lexer::is_space(**byte))
        .map_while(|byte| char::from(*byte).to_digit(16));
    let digits: Vec<u32> = digits.collect();
    // Two digits make a byte.
    digits
        .chunks(2)
        .map(|pair| (pair[0] << 4 | pair.get(1).copied().unwrap_or(0)) as u8)
        .collect()
}

fn contains(bytes: &[u8], pattern: &[u8]) -> bool {
    find(bytes, pattern).is_some()
}

/// The first occurrence of a pattern.
pub(super) fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_stand_for_bytes() {
        // ISO 32000-2 has no example; this is the one of the encoding's usual description.
        assert_eq!(base85(b"9jqo^BlbD-BleB1DJ+*+F(f,q ~>"), b"Man is distinguished");
        assert_eq!(base85(b"z!!\x80zz"), [0; 5]);
        assert_eq!(hexadecimal(b"4 1\n427>41"), b"ABp");
    }
}
