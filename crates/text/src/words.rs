//! Words: runs of letters and digits with exact offsets and the classes of characters they hold.
//!
//! A word holds no punctuation at all: `O'Brien` is two words, `4111-1111` too. What joins words (a hyphen in a
//! surname, dots in an address) is the business of whoever reads them, since it differs by purpose.

/// Which kinds of characters a word holds. A set of flags.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Shape(u8);

impl Shape {
    const LOWER: u8 = 1;
    const UPPER: u8 = 2;
    const DIGIT: u8 = 4;
    const OTHER: u8 = 8;
    const UPPER_FIRST: u8 = 16;
    const NON_ASCII: u8 = 32;

    /// Holds a digit `0` to `9`.
    pub const fn has_digit(self) -> bool {
        self.0 & Self::DIGIT != 0
    }

    /// Holds a letter of any script.
    pub const fn has_letter(self) -> bool {
        self.0 & (Self::LOWER | Self::UPPER | Self::OTHER) != 0
    }

    /// Holds only digits `0` to `9`.
    pub const fn is_digits(self) -> bool {
        self.0 & (Self::DIGIT | Self::LOWER | Self::UPPER | Self::OTHER) == Self::DIGIT
    }

    /// Holds only letters.
    pub const fn is_letters(self) -> bool {
        self.0 & Self::DIGIT == 0
    }

    /// Holds an upper-case letter.
    pub const fn has_upper(self) -> bool {
        self.0 & Self::UPPER != 0
    }

    /// Holds a lower-case letter.
    pub const fn has_lower(self) -> bool {
        self.0 & Self::LOWER != 0
    }

    /// The first character is an upper-case letter.
    pub const fn starts_upper(self) -> bool {
        self.0 & Self::UPPER_FIRST != 0
    }

    /// Letters without a lower-case one.
    pub const fn is_upper(self) -> bool {
        self.0 & (Self::UPPER | Self::LOWER | Self::OTHER) == Self::UPPER
    }

    /// Letters without an upper-case one.
    pub const fn is_lower(self) -> bool {
        self.0 & (Self::UPPER | Self::LOWER | Self::OTHER) == Self::LOWER
    }

    /// Holds only ASCII characters.
    pub const fn is_ascii(self) -> bool {
        self.0 & Self::NON_ASCII == 0
    }
}

impl std::fmt::Debug for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Shape({:06b})", self.0)
    }
}

/// One word. Offsets are bytes, 32 bits wide to keep arrays of words small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// Classes of the characters.
    pub shape: Shape,
}

impl Word {
    /// Length in bytes.
    pub const fn len(&self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether the word holds no byte; words found by [`split_words`] never are.
    pub const fn is_empty(&self) -> bool {
        self.start == self.end
    }
}

/// Flags of an ASCII byte; 0 ends a word, `0x80` marks the lead or tail of a longer character.
const CLASS: [u8; 256] = {
    let mut class = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        class[byte] = match byte as u8 {
            b'a'..=b'z' => Shape::LOWER,
            b'A'..=b'Z' => Shape::UPPER,
            b'0'..=b'9' => Shape::DIGIT,
            0x80.. => 0x80,
            _ => 0,
        };
        byte += 1;
    }
    class
};

/// Flags of a character outside ASCII; 0 if it is no part of a word.
fn wide_class(c: char) -> u8 {
    let flags = if c.is_uppercase() {
        Shape::UPPER
    } else if c.is_lowercase() {
        Shape::LOWER
    } else if c.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&c) {
        Shape::OTHER
    } else {
        return 0;
    };
    flags | Shape::NON_ASCII
}

/// Calls `found` for each word of `text`, in order.
///
/// # Panics
/// If `text` is longer than `u32::MAX` bytes.
#[inline]
pub fn split_words(text: &str, mut found: impl FnMut(Word)) {
    let bytes = text.as_bytes();
    assert!(
        u32::try_from(bytes.len()).is_ok(),
        "a text to be split is at most 4 GiB long"
    );
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        let mut flags = 0;
        let mut first = 0;
        while at < bytes.len() {
            let mut class = CLASS[bytes[at] as usize];
            let mut width = 1;
            if class == 0x80 {
                let Some(c) = text[at..].chars().next() else { break };
                class = wide_class(c);
                width = c.len_utf8();
            }
            if class == 0 {
                if flags == 0 {
                    at += width;
                }
                break;
            }
            if flags == 0 {
                first = class;
            }
            flags |= class;
            at += width;
        }
        if flags != 0 {
            if first & Shape::UPPER != 0 {
                flags |= Shape::UPPER_FIRST;
            }
            found(Word {
                start: start as u32,
                end: at as u32,
                shape: Shape(flags),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<Word> {
        let mut out = Vec::new();
        split_words(text, |word| out.push(word));
        out
    }

    fn surface(text: &str) -> Vec<&str> {
        words(text)
            .iter()
            .map(|word| &text[word.start as usize..word.end as usize])
            .collect()
    }

    #[test]
    fn words_hold_letters_and_digits_only() {
        assert_eq!(
            surface("O'Brien, 4111-1111; a_b c/o"),
            ["O", "Brien", "4111", "1111", "a", "b", "c", "o"]
        );
        assert_eq!(
            surface("  Núñez—e\u{301}t\u{e9} 東京 "),
            ["Núñez", "e\u{301}t\u{e9}", "東京"]
        );
        assert_eq!(surface("…"), [""; 0]);
    }

    #[test]
    fn shapes() {
        let shape = |text: &str| words(text)[0].shape;
        assert!(shape("1234").is_digits() && shape("1234").has_digit());
        assert!(shape("Ärger").starts_upper() && !shape("Ärger").is_upper() && !shape("Ärger").is_ascii());
        assert!(shape("IBAN").is_upper() && shape("AB12").has_digit() && !shape("AB12").is_letters());
        assert!(shape("abc").is_lower() && !shape("東京").is_lower());
    }

    proptest! {
        #[test]
        fn words_are_exactly_the_maximal_runs(text in any::<String>()) {
            let in_word = |c: char| if c.is_ascii() { c.is_ascii_alphanumeric() } else { wide_class(c) != 0 };
            let expected: Vec<&str> = text.split(|c| !in_word(c)).filter(|run| !run.is_empty()).collect();
            prop_assert_eq!(surface(&text), expected);
        }
    }
}
