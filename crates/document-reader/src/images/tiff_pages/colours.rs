//! Colours of which the TIFF library reads the samples only under another name: indices into a palette
//! pass for greys, and L*a*b* for red, green and blue.

use super::Tiff;
use super::layout::Layout;
use crate::images::luma;
use std::borrow::Cow;
use tiff::tags::Tag;

/// The tag of the photometric interpretation, and its values (TIFF 6.0, sections 5, 8 and 23).
const INTERPRETATION: u64 = 262;
const BLACK_IS_ZERO: u8 = 1;
const RED_GREEN_BLUE: u8 = 2;
const PALETTE: u64 = 3;
const CIE_LAB: u64 = 8;
const ICC_LAB: u64 = 9;

/// What the samples of a page are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colours {
    /// What the library says.
    AsStored,
    /// Indices into a palette.
    Palette,
    /// A brightness and two more.
    BrightnessFirst,
}

/// The file with such interpretations replaced in the directories at these places, and what the
/// samples of each are.
pub(super) fn made_readable<'a>(bytes: &'a [u8], directories: &[u64]) -> (Cow<'a, [u8]>, Vec<Colours>) {
    let mut file = Cow::Borrowed(bytes);
    let layout = Layout::of(bytes);
    let colours = directories
        .iter()
        .map(|directory| {
            let Some((at, interpretation)) = interpretation(bytes, &layout, *directory) else {
                return Colours::AsStored;
            };
            let (replacement, colours) = match interpretation {
                PALETTE => (BLACK_IS_ZERO, Colours::Palette),
                CIE_LAB | ICC_LAB => (RED_GREEN_BLUE, Colours::BrightnessFirst),
                _ => return Colours::AsStored,
            };
            // All values fit into a byte: the lowest of the two.
            let lowest = if layout.big_endian { at + 1 } else { at };
            file.to_mut()[lowest] = replacement;
            colours
        })
        .collect();
    (file, colours)
}

/// Where the interpretation stands in a directory, and what it is.
fn interpretation(bytes: &[u8], layout: &Layout, directory: u64) -> Option<(usize, u64)> {
    let directory = usize::try_from(directory).ok()?;
    let count = usize::try_from(layout.number(bytes, directory, layout.count_size())?).ok()?;
    let first = directory.checked_add(layout.count_size())?;
    for entry in (first..bytes.len()).step_by(layout.entry_size()).take(count) {
        if layout.number(bytes, entry, 2)? == INTERPRETATION {
            let at = entry + layout.entry_size() - layout.offset_size();
            return Some((at, layout.number(bytes, at, 2)?));
        }
    }
    None
}

/// The brightness of each colour of a palette.
pub(super) struct Palette(Vec<u8>);

impl Palette {
    /// The brightness of each pixel; a colour that is not there is white.
    pub(super) fn look_up(&self, mut pixels: Vec<u8>) -> Vec<u8> {
        for pixel in &mut pixels {
            *pixel = self.0.get(usize::from(*pixel)).copied().unwrap_or(u8::MAX);
        }
        pixels
    }
}

/// The palette of the page at hand: all of its reds, then its greens, then its blues, 16 bits each.
pub(super) fn palette(decoder: &mut Tiff<'_>) -> Option<Palette> {
    let colours = decoder.find_tag_unsigned_vec::<u16>(Tag::ColorMap).ok()??;
    let size = colours.len() / 3;
    // Some programs wrote bytes where the standard wants twice as much.
    let shift = if colours.iter().all(|value| *value < 256) { 0 } else { 8 };
    let byte = |colour: usize| (colours[colour] >> shift) as u8;
    let brightness = (0..size).map(|index| luma(byte(index), byte(size + index), byte(2 * size + index)));
    Some(Palette(brightness.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory at 8 of two entries, the second the interpretation, in every layout.
    fn file(big_endian: bool, big: bool, interpretation: u8) -> Vec<u8> {
        let put = |file: &mut Vec<u8>, value: u64, size: usize| {
            let bytes = value.to_be_bytes();
            let mut digits = bytes[8 - size..].to_vec();
            if !big_endian {
                digits.reverse();
            }
            file.extend(digits);
        };
        let mut file = if big_endian { b"MM".to_vec() } else { b"II".to_vec() };
        put(&mut file, if big { 43 } else { 42 }, 2);
        put(&mut file, 8, 4);
        put(&mut file, 2, if big { 8 } else { 2 });
        for (tag, value) in [(256, 3), (262, u64::from(interpretation))] {
            put(&mut file, tag, 2);
            put(&mut file, 3, 2);
            put(&mut file, 1, if big { 8 } else { 4 });
            put(&mut file, value, 2);
            file.resize(file.len() + if big { 6 } else { 2 }, 0);
        }
        file
    }

    #[test]
    fn only_the_interpretations_that_need_it_are_replaced() {
        for (big_endian, big) in [(false, false), (true, false), (false, true), (true, true)] {
            for (before, after, expected) in [
                (3, 1, Colours::Palette),
                (8, 2, Colours::BrightnessFirst),
                (2, 2, Colours::AsStored),
            ] {
                let stored = file(big_endian, big, before);
                let (readable, colours) = made_readable(&stored, &[8]);
                assert_eq!(readable, file(big_endian, big, after), "{big_endian} {big} {before}");
                assert_eq!(colours, [expected]);
                for end in 0..stored.len() {
                    made_readable(&stored[..end], &[8, u64::MAX, 3]);
                }
            }
        }
    }

    #[test]
    fn pixels_get_the_brightness_of_their_colours() {
        let palette = Palette(vec![0, 200]);
        assert_eq!(palette.look_up(vec![1, 0, 7]), [200, 0, 255]);
    }
}
