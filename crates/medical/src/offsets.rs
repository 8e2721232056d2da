//! Byte offsets to code-point offsets in any order.

use construe_text::count_code_points;

/// Bytes between two counts that are kept.
const STEP: usize = 256;

/// Counts of code points up to every [`STEP`] bytes of a text, so that any offset costs the same.
#[derive(Default)]
pub struct CodePointIndex {
    ascii: bool,
    counts: Vec<u32>,
}

impl CodePointIndex {
    /// Reads a text.
    pub fn read(&mut self, text: &str) {
        self.counts.clear();
        self.ascii = text.is_ascii();
        if self.ascii {
            return;
        }
        let mut count = 0;
        for chunk in text.as_bytes().chunks(STEP) {
            self.counts.push(count);
            // A character counts in the chunk where it starts.
            count += count_code_points(chunk) as u32;
        }
    }

    /// The code-point offset of a byte offset of the text that was read.
    pub fn at(&self, text: &str, byte: usize) -> usize {
        if self.ascii {
            return byte;
        }
        let Some(chunk) = (byte / STEP).checked_sub(usize::from(byte / STEP >= self.counts.len())) else {
            return 0;
        };
        self.counts[chunk] as usize + count_code_points(&text.as_bytes()[chunk * STEP..byte])
    }

    /// Heap memory in bytes.
    pub fn memory_usage(&self) -> usize {
        self.counts.capacity() * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_char_indices(text in "[aé東😀]{0,700}") {
            let mut index = CodePointIndex::default();
            index.read(&text);
            for (position, (byte, _)) in text.char_indices().enumerate() {
                prop_assert_eq!(index.at(&text, byte), position);
            }
            prop_assert_eq!(index.at(&text, text.len()), text.chars().count());
        }
    }
}
