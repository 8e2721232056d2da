//! Documents as numbers: the same text, the same number.

use sha2::{Digest as _, Sha256};

/// 128 bits of a document's text: equal for texts that differ in case or white space only. Stable across versions, so
/// that what is held out stays held out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub u128);

impl Digest {
    /// The digest of a document.
    pub fn of(text: &str) -> Digest {
        let mut hash = Sha256::new();
        let mut buffer = Vec::with_capacity(4096);
        let mut words = text.split_whitespace();
        if let Some(first) = words.next() {
            push_lower(first, &mut buffer);
        }
        for word in words {
            buffer.push(b' ');
            push_lower(word, &mut buffer);
            if buffer.len() >= 4096 {
                hash.update(&buffer);
                buffer.clear();
            }
        }
        hash.update(&buffer);
        let bytes: [u8; 32] = hash.finalize().into();
        let (half, _) = bytes.split_first_chunk::<16>().expect("32 bytes hold 16");
        Digest(u128::from_le_bytes(*half))
    }

    /// Whether the document is among the one in `one_in` that are kept for testing, where no test data are given.
    /// Equal documents fall to the same side. Never with 0.
    pub const fn is_held_out(self, one_in: u32) -> bool {
        one_in > 0 && ((self.0 >> 64) as u64).is_multiple_of(one_in as u64)
    }
}

fn push_lower(word: &str, out: &mut Vec<u8>) {
    if word.is_ascii() {
        out.extend(word.bytes().map(|byte| byte.to_ascii_lowercase()));
    } else {
        let mut buffer = [0; 4];
        for c in word.chars().flat_map(char::to_lowercase) {
            out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_white_space_do_not_count() {
        let expected = Digest::of("Écrire à la main");
        assert_eq!(Digest::of("\técrire  À la\r\nMAIN "), expected);
        assert_ne!(Digest::of("écrire à lamain"), expected);
        assert_ne!(Digest::of("ecrire a la main"), expected);
        // Held-out parts of published figures depend on it.
        assert_eq!(Digest::of("Construe").0, Digest::of(" construe").0);
        assert_eq!(Digest::of("").0 as u32, 0x42c4_b0e3);
    }

    #[test]
    fn a_tenth_is_held_out() {
        let held_out = (0..10_000).filter(|n| Digest::of(&format!("document {n}")).is_held_out(10));
        let count = held_out.count();
        assert!((900..1100).contains(&count), "{count}");
        assert!(!Digest::of("a").is_held_out(0));
        assert!(Digest::of("a").is_held_out(1));
    }

    #[test]
    fn long_documents_are_hashed_whole() {
        let text = "word ".repeat(3000);
        assert_ne!(Digest::of(&text), Digest::of(&text[..text.len() - 5]));
    }
}
