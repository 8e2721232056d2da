//! How large the streams of a PDF become when they are unpacked, found out before a library unpacks
//! them.
//!
//! The PDF library unpacks a stream into memory whole, without a limit, and streams that hold objects
//! as soon as the file is opened. So the file is searched first for the keyword that begins a stream,
//! wherever it stands, and what follows is unpacked piece by piece into a small buffer that is thrown
//! away. What the search cannot judge is refused: one packing inside another, and a filter that the
//! dictionary names by reference only.

use crate::limits::Watch;
use crate::{Kind, ReadError};
use flate2::{Decompress, FlushDecompress, Status};

/// Unpacked size of one stream that is not an image. Fonts for Chinese and Japanese come to some
/// twenty million bytes.
const DATA_STREAM_BYTES: usize = 48 * 1024 * 1024;
/// Names of the filters that can make much out of little, long and short.
const FLATE: [&[u8]; 2] = [b"/FlateDecode", b"/Fl"];
const LZW: [&[u8]; 2] = [b"/LZWDecode", b"/LZW"];
const RUN_LENGTH: [&[u8]; 2] = [b"/RunLengthDecode", b"/RL"];
/// The most bytes that one byte of run lengths can stand for.
const RUN_LENGTH_RATIO: usize = 64;

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
    let mut total = 0_usize;
    let mut previous = 0;
    let mut inflater = Inflater::new();
    for keyword in stream_keywords(bytes) {
        watch.check()?;
        let dictionary = unescape(dictionary_before(&bytes[previous..keyword]));
        previous = keyword;
        let data = after_line_end(&bytes[keyword + b"stream".len()..]);
        let filters = Filters::of(&dictionary);
        if filters.unclear {
            return Err(ReadError::Corrupt {
                kind: Kind::NativePdf,
                reason: "a stream is packed more than once, or how it is packed cannot be told",
            });
        }
        // Images are unpacked one at a time when a page is drawn, other streams may be kept.
        let image = filters.image;
        let stream_limit = if image { limit } else { limit.min(DATA_STREAM_BYTES) };
        // Whatever the dictionary says: it may be found elsewhere than it stands here.
        let mut size = inflater.size(data, stream_limit);
        if filters.lzw {
            size = size.max(lzw_expanded(data, stream_limit));
        }
        if filters.run_length {
            let end = find(data, b"endstream").unwrap_or(data.len());
            size = size.max(end.saturating_mul(RUN_LENGTH_RATIO));
        }
        if size > stream_limit {
            return Err(too_much());
        }
        if !image {
            total = total.saturating_add(size);
            if total > limit {
                return Err(too_much());
            }
        }
    }
    Ok(())
}

/// Whether the unpacked size of a stream stays within `limit`, by the filters that the library says
/// it has; for images inside content streams, which the search through the file does not see.
pub(super) fn fits(flate: usize, other: usize, data: &[u8], limit: usize) -> bool {
    match (flate, other) {
        (0, 0) => true,
        (1, 0) => Inflater::new().size(data, limit) <= limit,
        (0, 1) => lzw_expanded(data, limit) <= limit && data.len().saturating_mul(RUN_LENGTH_RATIO) <= limit,
        _ => false,
    }
}

/// What a stream's dictionary says about its packing.
#[derive(Default)]
struct Filters {
    lzw: bool,
    run_length: bool,
    image: bool,
    unclear: bool,
}

impl Filters {
    fn of(dictionary: &[u8]) -> Self {
        let lzw = count_any(dictionary, &LZW);
        let run_length = count_any(dictionary, &RUN_LENGTH);
        let packings = lzw + run_length + count_any(dictionary, &FLATE);
        let by_reference = find(dictionary, b"/Filter").is_some_and(|position| {
            let value = &dictionary[position + b"/Filter".len()..];
            let value = value.iter().find(|byte| !byte.is_ascii_whitespace());
            value.is_some_and(u8::is_ascii_digit)
        });
        Self {
            lzw: lzw > 0,
            run_length: run_length > 0,
            image: contains(dictionary, b"/Image") && !contains(dictionary, b"/ObjStm"),
            unclear: packings > 1 || by_reference,
        }
    }
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

/// Names may write any of their characters as `#` and two hexadecimal digits.
fn unescape(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, tail @ ..] = rest {
        if let (b'#', [high, low, after @ ..]) = (first, tail)
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            plain.push(high << 4 | low);
            rest = after;
        } else {
            plain.push(*first);
            rest = tail;
        }
    }
    plain
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

fn after_line_end(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_prefix(b"\r").unwrap_or(bytes);
    bytes.strip_prefix(b"\n").unwrap_or(bytes)
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
    fn size(&mut self, data: &[u8], limit: usize) -> usize {
        let mut largest = 0;
        for (header, decoder) in &mut self.decoders {
            decoder.reset(*header);
            loop {
                let (read, written) = (decoder.total_in(), decoder.total_out());
                // No more was read than there is, so the position is a usize.
                let input = &data[usize::try_from(read).unwrap_or(data.len())..];
                let status = decoder.decompress(input, &mut self.buffer, FlushDecompress::None);
                let size = usize::try_from(decoder.total_out()).unwrap_or(usize::MAX);
                let stuck = decoder.total_in() == read && decoder.total_out() == written;
                largest = largest.max(size);
                if size > limit || stuck || !matches!(status, Ok(Status::Ok)) {
                    break;
                }
            }
        }
        largest
    }
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

/// Occurrences of the first pattern, and of the second where the first does not begin there and no
/// longer name does.
fn count_any(bytes: &[u8], [long, short]: &[&[u8]; 2]) -> usize {
    let count = |name: &[u8]| {
        bytes
            .windows(name.len())
            .enumerate()
            .filter(|(position, window)| {
                *window == name && !bytes.get(position + name.len()).is_some_and(u8::is_ascii_alphanumeric)
            })
            .count()
    };
    count(long) + count(short)
}

fn contains(bytes: &[u8], pattern: &[u8]) -> bool {
    find(bytes, pattern).is_some()
}

/// The first occurrence of a pattern.
pub(super) fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, pattern)
}
