//! Features of a sequence: for each token a list of 32-bit hashes.
//!
//! What a feature means (a word, a suffix, a gazetteer match) is the caller's business; here it is a number. 32
//! bits are enough: the collisions among a million features number about a hundred pairs, and a feature that the
//! model has never seen is mistaken for one of its 200 000 rows once in 20 000 times.

/// Hashes one feature: a template number, then its values in order.
///
/// The numbers end up in model files, so the function may never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeatureHasher(u64);

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
const FACTOR: u64 = 0xD6E8_FEB8_6659_FD93;

impl FeatureHasher {
    /// Starts a feature of the template `template`; features of different templates do not meet but by chance.
    pub const fn new(template: u32) -> FeatureHasher {
        FeatureHasher(0).number(template as u64)
    }

    /// Adds a number.
    pub const fn number(self, value: u64) -> FeatureHasher {
        // A folded 64 by 64 multiplication spreads every bit of the input over the whole word.
        let product = (self.0.wrapping_add(STEP) ^ value) as u128 * FACTOR as u128;
        FeatureHasher((product as u64) ^ ((product >> 64) as u64))
    }

    /// Adds a string of bytes; its length counts, so that "ab" and "c" differ from "a" and "bc".
    pub fn bytes(self, value: &[u8]) -> FeatureHasher {
        let (words, rest) = value.as_chunks::<8>();
        let mut hasher = self.number(value.len() as u64);
        for word in words {
            hasher = hasher.number(u64::from_le_bytes(*word));
        }
        if rest.is_empty() {
            return hasher;
        }
        let mut word = [0; 8];
        word[..rest.len()].copy_from_slice(rest);
        hasher.number(u64::from_le_bytes(word))
    }

    /// Adds a text.
    pub fn text(self, value: &str) -> FeatureHasher {
        self.bytes(value.as_bytes())
    }

    /// The feature's number.
    pub const fn finish(self) -> u32 {
        let mixed = self.number(0).0;
        (mixed ^ (mixed >> 32)) as u32
    }
}

/// The features of the tokens of one sequence. Clear and fill it again for the next: it keeps its memory.
#[derive(Clone, Debug, Default)]
pub struct Features {
    hashes: Vec<u32>,
    /// Where each token's hashes end.
    ends: Vec<u32>,
}

impl Features {
    /// No token.
    pub fn new() -> Features {
        Features::default()
    }

    /// Forgets all tokens.
    pub fn clear(&mut self) {
        self.hashes.clear();
        self.ends.clear();
    }

    /// Adds a feature to the current token. Twice the same counts twice.
    pub fn push(&mut self, hash: u32) {
        self.hashes.push(hash);
    }

    /// Ends the current token; what follows belongs to the next one.
    ///
    /// # Panics
    /// If the sequence has 2^32 features or more.
    pub fn end_token(&mut self) {
        self.ends
            .push(u32::try_from(self.hashes.len()).expect("a sequence has fewer than 2^32 features"));
    }

    /// Number of tokens ended.
    pub fn tokens(&self) -> usize {
        self.ends.len()
    }

    /// Number of features of all tokens together.
    pub fn len(&self) -> usize {
        self.ends.last().map_or(0, |&end| end as usize)
    }

    /// Whether no token has a feature.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The features of each token, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u32]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let token = &self.hashes[start..end as usize];
            start = end as usize;
            token
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_never_change() {
        // Model files hold these numbers: a new function needs a new feature schema in every model.
        let cases = [
            (FeatureHasher::new(0).finish(), 0xA50B_7E69),
            (FeatureHasher::new(1).text("Paris").finish(), 0x75C9_B77D),
            (
                FeatureHasher::new(1).text("more than eight bytes").finish(),
                0xE80F_39CE,
            ),
            (FeatureHasher::new(2).number(7).text("").finish(), 0xD5F5_E8EA),
        ];
        for (got, expected) in cases {
            assert_eq!(got, expected, "{got:#010x}");
        }
    }

    #[test]
    fn boundaries_and_templates_matter() {
        let hash = |parts: &[&str]| {
            parts
                .iter()
                .fold(FeatureHasher::new(1), |h, part| h.text(part))
                .finish()
        };
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
        assert_ne!(hash(&["a", ""]), hash(&["a"]));
        assert_ne!(hash(&["a"]), hash(&["a\0"]));
        assert_ne!(
            FeatureHasher::new(1).text("a").finish(),
            FeatureHasher::new(2).text("a").finish()
        );
    }

    #[test]
    fn tokens_keep_their_features() {
        let mut features = Features::new();
        for token in [&[1, 2][..], &[], &[3]] {
            token.iter().for_each(|&hash| features.push(hash));
            features.end_token();
        }
        assert_eq!(features.tokens(), 3);
        assert_eq!(features.iter().collect::<Vec<_>>(), [&[1, 2][..], &[], &[3]]);
    }
}
