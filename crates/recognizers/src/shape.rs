//! Shapes: the layout of a number or code, written as an example.
//!
//! In a shape `9` is a digit, `A` a letter, `X` a letter or digit; anything else stands for itself. `"999-99-9999"`
//! is a social security number with hyphens. A shape is matched in one pass over at most its own length.

/// The longest text a shape may cover, in bytes.
pub const MAX_SHAPE: usize = 32;

/// The end of `shape` in `bytes` if it begins at `start`, whatever follows.
#[inline]
pub fn match_at(shape: &[u8], bytes: &[u8], start: usize) -> Option<usize> {
    let end = start + shape.len();
    let text = bytes.get(start..end)?;
    let fits = shape.iter().zip(text).all(|(&pattern, &byte)| match pattern {
        b'9' => byte.is_ascii_digit(),
        b'A' => byte.is_ascii_alphabetic(),
        b'X' => byte.is_ascii_alphanumeric(),
        literal => byte == literal,
    });
    fits.then_some(end)
}

/// The letters and digits of a match, upper case, without separators.
#[derive(Clone, Copy)]
pub struct Compact {
    bytes: [u8; MAX_SHAPE],
    len: usize,
}

impl Compact {
    /// The compact form of `text`, cut at [`MAX_SHAPE`] characters.
    pub fn of(text: &[u8]) -> Compact {
        let mut compact = Compact {
            bytes: [0; MAX_SHAPE],
            len: 0,
        };
        for byte in text.iter().filter(|byte| byte.is_ascii_alphanumeric()).take(MAX_SHAPE) {
            compact.bytes[compact.len] = byte.to_ascii_uppercase();
            compact.len += 1;
        }
        compact
    }

    /// The characters.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_examples() {
        let ends = |shape: &str, text: &str| match_at(shape.as_bytes(), text.as_bytes(), 0);
        assert_eq!(ends("999-99-9999", "123-45-6789x"), Some(11));
        assert_eq!(ends("999-99-9999", "123 45 6789"), None);
        assert_eq!(ends("A9X", "b2C"), Some(3));
        assert_eq!(ends("A9X", "b2"), None);
        assert_eq!(Compact::of(b"gb82 WEST-1").as_bytes(), b"GB82WEST1");
    }
}
