//! One automaton for every known word and phrase.
//!
//! A phrase is stored as its folded letters and digits only. While text is read, accents and case fold away and
//! separators inside a phrase are skipped, so the one entry `access key` finds `access key`, `Access-Key`,
//! `access_key`, `AccessKey` and `accesskey`. A search starts at a word and runs at most as far as the longest
//! phrase; most stop at the second or third letter. It never returns to text it has read, so a pass over a text
//! costs time linear in its length.

use crate::tags::Tags;

/// Letters `a` to `z`, then digits.
const SYMBOLS: usize = 36;
/// Classes of bytes beside the symbols.
const STOP: u8 = 0xff;
const SEPARATOR: u8 = 0xfe;
const LATIN_LEAD: u8 = 0xfd;
const WIDE_LEAD: u8 = 0xfc;

/// Separators that may stand between two letters of a phrase.
const MAX_SEPARATORS: u32 = 3;

const CLASS: [u8; 256] = {
    let mut class = [STOP; 256];
    let mut byte = 0;
    while byte < 256 {
        class[byte] = match byte as u8 {
            b @ b'a'..=b'z' => b - b'a',
            b @ b'A'..=b'Z' => b - b'A',
            b @ b'0'..=b'9' => b - b'0' + 26,
            b' ' | b'_' | b'-' | b'.' | b'\'' | b'/' | b'#' | b'(' | b')' => SEPARATOR,
            0xc3 => LATIN_LEAD,
            0xc2 | 0xe2 => WIDE_LEAD,
            _ => STOP,
        };
        byte += 1;
    }
    class
};

/// Symbols of the second byte of `C3 xx` (U+00C0 to U+00FF).
fn latin_symbol(second: u8) -> u8 {
    char::from_u32(0xc0 + u32::from(second & 0x3f))
        .and_then(construe_text::fold::fold_char)
        .map_or(STOP, |byte| CLASS[byte as usize])
}

/// The automaton. Dense rows: a step is one array read.
pub struct Phrases {
    rows: Vec<[u16; SYMBOLS]>,
    tags: Vec<Tags>,
    latin: [u8; 64],
}

/// A phrase found in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// One past its last byte.
    pub end: usize,
    /// What it means.
    pub tags: Tags,
}

impl Phrases {
    /// The automaton of `entries`. Entries that fold to the same letters share their tags.
    ///
    /// # Panics
    /// If the entries need more than 65,535 states: the tables are part of the program.
    pub fn new<'a>(entries: impl Iterator<Item = (Tags, &'a str)>) -> Phrases {
        let mut phrases = Phrases {
            rows: vec![[0; SYMBOLS]],
            tags: vec![Tags::NONE],
            latin: [STOP; 64],
        };
        for second in 0..64 {
            phrases.latin[second as usize] = latin_symbol(second);
        }
        let mut key = Vec::new();
        for (tags, phrase) in entries {
            key.clear();
            // Signs such as `º` are separators in a text, so they are none of the letters of a phrase.
            key.extend(phrase.chars().filter_map(construe_text::fold::fold_char));
            phrases.insert(&key, tags);
        }
        phrases
    }

    fn insert(&mut self, key: &[u8], tags: Tags) {
        let mut state = 0;
        for &byte in key {
            let symbol = CLASS[byte as usize] as usize;
            assert!(symbol < SYMBOLS, "phrases fold to letters and digits");
            let mut next = self.rows[state][symbol] as usize;
            if next == 0 {
                next = self.rows.len();
                self.rows.push([0; SYMBOLS]);
                self.tags.push(Tags::NONE);
                self.rows[state][symbol] = u16::try_from(next).expect("the tables fit 65,535 states");
            }
            state = next;
        }
        self.tags[state] = self.tags[state] | tags;
    }

    /// The longest phrase that starts at byte `start` and ends at the end of a word. With `inside_words` it may
    /// also end inside one, as in the tag `<swiftbic>`.
    #[inline]
    pub fn longest(&self, bytes: &[u8], start: usize, inside_words: bool) -> Option<Found> {
        let mut state = 0;
        let mut at = start;
        let mut separators = 0;
        let mut found = None;
        while at < bytes.len() {
            let mut class = CLASS[bytes[at] as usize];
            let mut width = 1;
            if class >= WIDE_LEAD {
                if class == STOP {
                    break;
                }
                if class == LATIN_LEAD {
                    class = bytes
                        .get(at + 1)
                        .map_or(STOP, |&second| self.latin[(second & 0x3f) as usize]);
                    width = 2;
                } else if class == WIDE_LEAD {
                    width = wide_separator(&bytes[at..]);
                    class = if width == 0 { STOP } else { SEPARATOR };
                }
                if class == STOP {
                    break;
                }
                if class == SEPARATOR {
                    separators += 1;
                    if separators > MAX_SEPARATORS {
                        break;
                    }
                    at += width;
                    continue;
                }
            }
            state = self.rows[state][class as usize] as usize;
            if state == 0 {
                break;
            }
            separators = 0;
            at += width;
            let tags = self.tags[state];
            if !tags.is_empty() && (inside_words || ends_word(bytes, at)) {
                found = Some(Found { end: at, tags });
            }
        }
        found
    }

    /// Heap memory in bytes.
    pub fn memory_usage(&self) -> usize {
        self.rows.capacity() * size_of::<[u16; SYMBOLS]>() + self.tags.capacity() * size_of::<Tags>()
    }
}

/// Length of a typographic apostrophe, a no-break space or an ordinal sign at the start of `bytes`, else 0.
fn wide_separator(bytes: &[u8]) -> usize {
    match bytes {
        [0xe2, 0x80, 0x99 | 0x91, ..] => 3,
        [0xc2, 0xa0 | 0xaa | 0xba, ..] => 2,
        _ => 0,
    }
}

/// Whether a word may end before byte `at`: no letter or digit follows, or a capital after a small letter.
#[inline]
fn ends_word(bytes: &[u8], at: usize) -> bool {
    let Some(&next) = bytes.get(at) else { return true };
    match next {
        b'A'..=b'Z' => bytes[at - 1].is_ascii_lowercase(),
        b'a'..=b'z' | b'0'..=b'9' => false,
        0x80.. => !matches!(CLASS[next as usize], LATIN_LEAD) && matches!(next, 0xc2 | 0xe2 | 0xe3 | 0xef),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrases() -> Phrases {
        Phrases::new(
            [
                (Tags::AWS_ACCESS, "access key"),
                (Tags::PASSWORD, "contraseña"),
                (Tags::PIN, "pin"),
                (Tags::PIN, "pin code"),
                (Tags::DRIVER, "driver's license"),
            ]
            .into_iter(),
        )
    }

    #[test]
    fn one_entry_finds_every_spelling() {
        let phrases = phrases();
        for text in [
            "access key",
            "ACCESS_KEY",
            "Access-Key",
            "AccessKey",
            "accesskey",
            "access  key",
            "accessKeyId",
        ] {
            let found = phrases
                .longest(text.as_bytes(), 0, false)
                .unwrap_or_else(|| panic!("{text}"));
            assert_eq!(found.tags, Tags::AWS_ACCESS);
            assert!(text[..found.end].to_lowercase().ends_with("key"), "{text}");
        }
        for text in ["Contraseña", "contrasena", "CONTRASEÑA:"] {
            assert!(phrases.longest(text.as_bytes(), 0, false).is_some(), "{text}");
        }
        assert!(phrases.longest("driver’s license".as_bytes(), 0, false).is_some());
    }

    #[test]
    fn the_longest_phrase_that_ends_a_word() {
        let phrases = phrases();
        let end = |text: &str, inside| phrases.longest(text.as_bytes(), 0, inside).map(|found| found.end);
        assert_eq!(end("pin code 1", false), Some(8));
        assert_eq!(end("pin. Codes", false), Some(3));
        assert_eq!(end("pinto", false), None);
        assert_eq!(end("pinto", true), Some(3));
        assert_eq!(end("pin    code", false), Some(3));
    }
}
