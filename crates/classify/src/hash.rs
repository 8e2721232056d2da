//! Hashes of words and of sequences of characters, and a table of them.
//!
//! Hashes of features end up in model files, so the functions may never change without a new version of the format.

use std::hint::black_box;

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
const FACTOR: u64 = 0xD6E8_FEB8_6659_FD93;

/// Takes a number into a hash: a folded 64 by 64 multiplication spreads every bit over the whole word.
#[inline]
pub(crate) const fn mix(hash: u64, value: u64) -> u64 {
    let product = (hash.wrapping_add(STEP) ^ value) as u128 * FACTOR as u128;
    (product as u64) ^ ((product >> 64) as u64)
}

/// The hash of bytes; their number counts too.
#[inline]
pub(crate) fn hash_bytes(seed: u64, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut hash = mix(seed, bytes.len() as u64);
    for word in words {
        hash = mix(hash, u64::from_le_bytes(*word));
    }
    let mut last = 0;
    for &byte in rest {
        last = last << 8 | u64::from(byte);
    }
    mix(hash, last)
}

/// A table from hashes to numbers that grows as needed and is emptied fast.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    /// Hash and number; the hash 0 marks an empty slot. A power of two of them.
    slots: Vec<(u64, u32)>,
    /// The slots in use, to empty few of many.
    used: Vec<u32>,
}

const FEWEST_SLOTS: usize = 64;

impl Table {
    /// The number of a hash, after putting `default` where there was none.
    #[inline]
    pub(crate) fn entry(&mut self, hash: u64, default: u32) -> &mut u32 {
        if self.used.len() * 2 >= self.slots.len() {
            self.grow();
        }
        let hash = hash.max(1);
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let found = self.slots[at].0;
            if found == hash {
                break;
            }
            if found == 0 {
                self.slots[at] = (hash, default);
                self.used.push(at as u32);
                break;
            }
            at = (at + 1) & mask;
        }
        &mut self.slots[at].1
    }

    /// Brings near what [`Table::entry`] will look at.
    #[inline]
    pub(crate) fn expect(&self, hash: u64) {
        let at = hash.max(1) as usize & self.slots.len().wrapping_sub(1);
        black_box(self.slots.get(at).map(|slot| slot.0));
    }

    pub(crate) fn clear(&mut self) {
        for &at in &self.used {
            self.slots[at as usize] = (0, 0);
        }
        self.used.clear();
    }

    fn grow(&mut self) {
        let larger = (self.slots.len() * 2).max(FEWEST_SLOTS);
        let old = std::mem::replace(&mut self.slots, vec![(0, 0); larger]);
        self.used.clear();
        let mask = larger - 1;
        for (hash, value) in old.into_iter().filter(|&(hash, _)| hash != 0) {
            let mut at = hash as usize & mask;
            while self.slots[at].0 != 0 {
                at = (at + 1) & mask;
            }
            self.slots[at] = (hash, value);
            self.used.push(at as u32);
        }
    }

    /// Heap memory in bytes.
    pub(crate) fn memory_usage(&self) -> usize {
        self.slots.capacity() * size_of::<(u64, u32)>() + self.used.capacity() * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_never_change() {
        assert_eq!(hash_bytes(1, b"spam"), hash_bytes(1, b"spam"));
        assert_ne!(hash_bytes(1, b"spam"), hash_bytes(2, b"spam"));
        assert_ne!(hash_bytes(1, b"a"), hash_bytes(1, b"\0a"));
        assert_ne!(hash_bytes(1, b"12345678"), hash_bytes(1, b"12345678\0"));
    }

    #[test]
    fn a_table_counts_and_forgets() {
        let mut table = Table::default();
        for round in 0..3 {
            for hash in (0..1000).chain(0..500) {
                *table.entry(hash, 10) += 1;
            }
            // The hash 0 shares its place with 1.
            assert_eq!(table.used.len(), 999, "round {round}");
            assert_eq!(*table.entry(7, 0), 12);
            assert_eq!(*table.entry(700, 0), 11);
            table.clear();
            assert!(table.used.is_empty());
        }
    }
}
