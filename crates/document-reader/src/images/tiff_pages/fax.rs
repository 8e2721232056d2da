//! The codings of fax machines before group 4 (TIFF 6.0, sections 10 and 11; ITU-T T.4).

use super::Tiff;
use hayro_ccitt::{DecodeSettings, Decoder, DecoderContext, EncodingMode};
use tiff::tags::Tag;

const COMPRESSION_RUNS: u16 = 2;
const COMPRESSION_GROUP_3: u16 = 3;
/// Bits of the options of group 3: rows that refer to the one before, end-of-line codes that are filled
/// up to end at a byte.
const TWO_DIMENSIONAL: u32 = 1;
/// Bits are packed into bytes from the lowest.
const REVERSED_BITS: u16 = 2;
const BLACK_IS_ZERO: u16 = 1;

/// The pixels of a page in one of these codings, one byte each; `None` if it is in another. Rows that
/// cannot be decoded are white.
pub(super) fn pixels(decoder: &mut Tiff<'_>, file: &[u8], width: usize, height: usize) -> Option<Vec<u8>> {
    let compression: u16 = decoder.find_tag_unsigned(Tag::Compression).ok()??;
    if !matches!(compression, COMPRESSION_RUNS | COMPRESSION_GROUP_3) {
        return None;
    }
    let mut number = |tag| decoder.find_tag_unsigned::<u32>(tag).ok().flatten();
    let rows_per_strip = number(Tag::RowsPerStrip)
        .map_or(height, |rows| rows as usize)
        .clamp(1, height.max(1));
    // Known to the standard as T4Options.
    let options = number(Tag::Unknown(292)).unwrap_or(0);
    let reversed = number(Tag::FillOrder) == Some(u32::from(REVERSED_BITS));
    let inverted = number(Tag::PhotometricInterpretation) == Some(u32::from(BLACK_IS_ZERO));
    let offsets = decoder.find_tag_unsigned_vec::<u64>(Tag::StripOffsets).ok()??;
    let lengths = decoder.find_tag_unsigned_vec::<u64>(Tag::StripByteCounts).ok()??;
    let mut page = Page {
        pixels: Vec::with_capacity(width * height),
        width,
    };
    for (strip, (offset, length)) in offsets.iter().zip(&lengths).enumerate() {
        let first = strip.checked_mul(rows_per_strip)?;
        if first >= height {
            break;
        }
        let rows = rows_per_strip.min(height - first);
        let start = usize::try_from(*offset).ok()?.min(file.len());
        let end = start.saturating_add(usize::try_from(*length).ok()?).min(file.len());
        let data: Vec<u8> = if reversed {
            file[start..end].iter().map(|byte| byte.reverse_bits()).collect()
        } else {
            file[start..end].to_vec()
        };
        let settings = DecodeSettings {
            columns: u32::try_from(width).ok()?,
            rows: u32::try_from(rows).ok()?,
            end_of_block: false,
            end_of_line: compression == COMPRESSION_GROUP_3,
            rows_are_byte_aligned: compression == COMPRESSION_RUNS,
            encoding: if compression == COMPRESSION_GROUP_3 && options & TWO_DIMENSIONAL != 0 {
                EncodingMode::Group3_2D
            } else {
                EncodingMode::Group3_1D
            },
            strict: false,
        };
        // What was decoded before an error is kept.
        let _ = hayro_ccitt::decode(&data, &mut page, &mut DecoderContext::new(settings));
        page.pixels.resize((first + rows) * width, 255);
    }
    page.pixels.resize(width * height, 255);
    // The coding speaks of black and white; files may say that they mean the opposite.
    if inverted {
        for pixel in &mut page.pixels {
            *pixel = 255 - *pixel;
        }
    }
    Some(page.pixels)
}

struct Page {
    pixels: Vec<u8>,
    width: usize,
}

impl Decoder for Page {
    fn push_row(&mut self, changes: &[u32]) {
        let start = self.pixels.len();
        self.pixels.resize(start + self.width, 255);
        let row = &mut self.pixels[start..];
        let at = |change: u32| (change as usize).min(row.len());
        let spans: Vec<(usize, usize)> = changes
            .chunks(2)
            .map(|span| (at(span[0]), span.get(1).map_or(row.len(), |end| at(*end))))
            .collect();
        for (from, to) in spans {
            if from < to {
                row[from..to].fill(0);
            }
        }
    }
}
