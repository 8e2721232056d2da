//! Byte offsets to code-point offsets.

/// Number of code points in `bytes`, which must be a run of whole UTF-8 characters.
///
/// Counts the bytes that start a character. The plain loop is what compilers turn into SIMD.
#[inline]
pub fn count_code_points(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| (byte as i8) >= -0x40).count()
}

/// Converts byte offsets that do not decrease into code-point offsets, reading each byte of the text once.
///
/// Texts are mostly ASCII: when the whole text is, a conversion costs nothing.
#[derive(Debug, Clone)]
pub struct CodePoints<'t> {
    text: &'t str,
    ascii: bool,
    byte: usize,
    code_point: usize,
}

impl<'t> CodePoints<'t> {
    /// A converter standing at the start of `text`.
    pub fn new(text: &'t str) -> CodePoints<'t> {
        CodePoints {
            text,
            ascii: text.is_ascii(),
            byte: 0,
            code_point: 0,
        }
    }

    /// The code-point offset of byte offset `byte`, which must lie on a character boundary of the text. An
    /// offset before the last one asked for starts the count again from the beginning.
    pub fn at(&mut self, byte: usize) -> usize {
        debug_assert!(self.text.is_char_boundary(byte));
        if self.ascii {
            return byte;
        }
        if byte < self.byte {
            self.byte = 0;
            self.code_point = 0;
        }
        self.code_point += count_code_points(&self.text.as_bytes()[self.byte..byte]);
        self.byte = byte;
        self.code_point
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_char_indices(text in "\\PC{0,60}", picks in proptest::collection::vec(0usize..61, 0..20)) {
            let boundaries: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let mut offsets = CodePoints::new(&text);
            for pick in picks {
                let index = pick.min(boundaries.len() - 1);
                prop_assert_eq!(offsets.at(boundaries[index]), index);
            }
        }

        #[test]
        fn counts_like_chars(text in any::<String>()) {
            prop_assert_eq!(count_code_points(text.as_bytes()), text.chars().count());
        }
    }
}
