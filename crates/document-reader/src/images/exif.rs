//! Which way up a picture is: one entry of the camera's notes in a JPEG or PNG file, and of a TIFF page.

use crate::picture::Picture;

/// How the stored picture has to be turned; values as in the Exif standard (tag 0x0112).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Orientation(u16);

const TAG: u16 = 0x0112;

impl Default for Orientation {
    fn default() -> Self {
        Self(1)
    }
}

/// The orientation in Exif data, upright if there is none.
pub(super) fn orientation(exif: &[u8]) -> Orientation {
    find(exif).map_or(Orientation::default(), Orientation::new)
}

/// Exif data are the directory of a TIFF file.
fn find(exif: &[u8]) -> Option<u16> {
    let little = match exif.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = |at: usize| -> Option<u16> {
        let bytes = exif.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little {
            u16::from_le_bytes(bytes)
        } else {
            u16::from_be_bytes(bytes)
        })
    };
    let long = |at: usize| -> Option<u32> {
        let bytes = exif.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        })
    };
    let directory = usize::try_from(long(4)?).ok()?;
    let entries = usize::from(short(directory)?);
    (0..entries)
        .map_while(|entry| directory.checked_add(2 + 12 * entry))
        .find(|at| short(*at) == Some(TAG))
        .and_then(|at| short(at.checked_add(8)?))
}

impl Orientation {
    /// From the value of an entry; upright if it has no meaning.
    pub(super) fn new(value: u16) -> Self {
        if (1..=8).contains(&value) {
            Self(value)
        } else {
            Self::default()
        }
    }

    /// The picture as it was seen.
    pub(super) fn apply(self, picture: Picture) -> Picture {
        let (width, height) = (picture.width, picture.height);
        // For each value, whether rows become columns, and from which end each axis is read.
        let (turned, from_right, from_bottom) = match self.0 {
            2 => (false, true, false),
            3 => (false, true, true),
            4 => (false, false, true),
            5 => (true, false, false),
            6 => (true, false, true),
            7 => (true, true, true),
            8 => (true, true, false),
            _ => return picture,
        };
        let (new_width, new_height) = if turned { (height, width) } else { (width, height) };
        let mut pixels = Vec::with_capacity(picture.pixels.len());
        for y in 0..new_height {
            for x in 0..new_width {
                let (column, row) = if turned { (y, x) } else { (x, y) };
                let column = if from_right { width - 1 - column } else { column };
                let row = if from_bottom { height - 1 - row } else { row };
                pixels.push(picture.pixels[row * width + column]);
            }
        }
        Picture {
            width: new_width,
            height: new_height,
            pixels,
            ..picture
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_turns_the_picture_as_the_standard_says() {
        // 1 2 3
        // 4 5 6
        let stored = Picture {
            width: 3,
            height: 2,
            dots_per_inch: 72,
            pixels: vec![1, 2, 3, 4, 5, 6],
        };
        let expected: [(u16, usize, [u8; 6]); 8] = [
            (1, 3, [1, 2, 3, 4, 5, 6]),
            (2, 3, [3, 2, 1, 6, 5, 4]),
            (3, 3, [6, 5, 4, 3, 2, 1]),
            (4, 3, [4, 5, 6, 1, 2, 3]),
            (5, 2, [1, 4, 2, 5, 3, 6]),
            (6, 2, [4, 1, 5, 2, 6, 3]),
            (7, 2, [6, 3, 5, 2, 4, 1]),
            (8, 2, [3, 6, 2, 5, 1, 4]),
        ];
        for (value, width, pixels) in expected {
            let seen = Orientation(value).apply(stored.clone());
            assert_eq!(
                (seen.width, seen.pixels),
                (width, pixels.to_vec()),
                "orientation {value}"
            );
        }
    }

    #[test]
    fn the_entry_is_found_in_either_byte_order() {
        let little = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0";
        let big = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x03\0\0";
        assert_eq!(orientation(little), Orientation(6));
        assert_eq!(orientation(big), Orientation(3));
        for end in 0..little.len() {
            orientation(&little[..end]);
        }
        assert_eq!(orientation(b"II*\0\xff\xff\xff\xff"), Orientation(1));
    }
}
