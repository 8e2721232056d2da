//! Small sets of words that most words are not in.

/// A set of words that is quick to say no: most words differ from all of its words in the first letter or
/// the length.
pub struct WordSet {
    words: &'static [&'static str],
    /// For each first byte the lengths of the words that start with it.
    lengths: [u32; 256],
    /// For each first byte where those words begin and end in the list: short stretches if it is sorted.
    stretches: [(u16, u16); 256],
    /// Whether the list is sorted.
    sorted: bool,
}

impl WordSet {
    /// The set of these words, none of which is empty.
    pub const fn new(words: &'static [&'static str]) -> WordSet {
        assert!(words.len() < u16::MAX as usize, "a set of words is small");
        let mut lengths = [0; 256];
        let mut stretches = [(0, 0); 256];
        let mut sorted = true;
        let mut index = 0;
        while index < words.len() {
            let word = words[index].as_bytes();
            if index > 0 {
                sorted = sorted && precedes(words[index - 1].as_bytes(), word);
            }
            let first = word[0] as usize;
            if lengths[first] == 0 {
                stretches[first].0 = index as u16;
            }
            stretches[first].1 = index as u16 + 1;
            lengths[first] |= length_bit(word.len());
            index += 1;
        }
        WordSet {
            words,
            lengths,
            stretches,
            sorted,
        }
    }

    /// Whether the word is in the set.
    #[inline]
    pub fn contains(&self, word: &[u8]) -> bool {
        let Some(first) = word.first().map(|&first| usize::from(first)) else {
            return false;
        };
        if self.lengths[first] & length_bit(word.len()) == 0 {
            return false;
        }
        let (from, to) = self.stretches[first];
        let stretch = &self.words[usize::from(from)..usize::from(to)];
        if self.sorted {
            stretch.binary_search_by(|known| known.as_bytes().cmp(word)).is_ok()
        } else {
            stretch.iter().any(|known| known.as_bytes() == word)
        }
    }
}

/// Whether one word stands before another in order.
const fn precedes(one: &[u8], other: &[u8]) -> bool {
    let mut index = 0;
    while index < one.len() && index < other.len() {
        if one[index] != other[index] {
            return one[index] < other[index];
        }
        index += 1;
    }
    one.len() < other.len()
}

/// A set of phrases, each a list of words.
pub struct PhraseSet {
    phrases: &'static [&'static [&'static str]],
    /// For each first byte the lengths of the first words that start with it.
    lengths: [u32; 256],
}

impl PhraseSet {
    /// The set of these phrases, none of which is empty.
    pub const fn new(phrases: &'static [&'static [&'static str]]) -> PhraseSet {
        let mut lengths = [0; 256];
        let mut index = 0;
        while index < phrases.len() {
            let word = phrases[index][0].as_bytes();
            lengths[word[0] as usize] |= length_bit(word.len());
            index += 1;
        }
        PhraseSet { phrases, lengths }
    }

    /// The length of the longest phrase that the words start with.
    pub fn longest<'w>(&self, word: impl Fn(usize) -> &'w [u8]) -> Option<usize> {
        let first = word(0);
        let lengths = first.first().map_or(0, |&byte| self.lengths[usize::from(byte)]);
        if lengths & length_bit(first.len()) == 0 {
            return None;
        }
        let matches = |phrase: &&&[&str]| {
            phrase
                .iter()
                .enumerate()
                .all(|(offset, part)| part.as_bytes() == word(offset))
        };
        self.phrases.iter().filter(matches).map(|phrase| phrase.len()).max()
    }
}

const fn length_bit(len: usize) -> u32 {
    1 << if len > 31 { 31 } else { len }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_words_are_in_the_set() {
        static SET: WordSet = WordSet::new(&["nurse", "cook", "anesthesiology technician of the night shift"]);
        for word in ["nurse", "cook", "anesthesiology technician of the night shift"] {
            assert!(SET.contains(word.as_bytes()), "{word}");
        }
        for word in ["", "n", "nurses", "novel", "Cook", "\u{e9}t\u{e9}"] {
            assert!(!SET.contains(word.as_bytes()), "{word}");
        }
    }
}
