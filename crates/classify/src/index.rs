//! From features to rows of weights.

/// A hash table of features and their numbers.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    /// Features and their numbers; `u32::MAX` as a number marks an empty slot. A power of two of them.
    slots: Vec<(u32, u32)>,
    /// What is left of a spread feature when shifted by this is its first slot.
    shift: u32,
    /// Number of features.
    len: usize,
}

const EMPTY: u32 = u32::MAX;

impl Default for Index {
    fn default() -> Index {
        Index::with_room(0)
    }
}

impl Index {
    /// Numbers features in the order given, from 0.
    pub(crate) fn new(features: &[u32]) -> Index {
        let mut index = Index::with_room(features.len());
        for (&feature, number) in features.iter().zip(0..) {
            index.entry(feature, number);
        }
        index
    }

    fn with_room(features: usize) -> Index {
        let bits = (features * 2).next_power_of_two().trailing_zeros().max(1);
        Index {
            slots: vec![(0, EMPTY); 1 << bits],
            shift: 64 - bits,
            len: 0,
        }
    }

    /// The number of a feature, which is `next` from now on if it had none.
    #[inline]
    pub(crate) fn entry(&mut self, feature: u32, next: u32) -> u32 {
        if self.len * 2 >= self.slots.len() {
            self.grow();
        }
        let mut at = self.first(feature);
        loop {
            let (found, number) = self.slots[at];
            if number == EMPTY {
                self.slots[at] = (feature, next);
                self.len += 1;
                return next;
            }
            if found == feature {
                return number;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    #[cold]
    fn grow(&mut self) {
        let old = std::mem::replace(self, Index::with_room(self.slots.len() * 2));
        for (feature, number) in old.slots.into_iter().filter(|&(_, number)| number != EMPTY) {
            self.entry(feature, number);
        }
    }

    #[inline]
    fn first(&self, feature: u32) -> usize {
        (u64::from(feature).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> self.shift) as usize
    }

    /// The number of a feature.
    #[inline]
    pub(crate) fn get(&self, feature: u32) -> Option<u32> {
        let mut at = self.first(feature);
        loop {
            let (found, number) = self.slots[at];
            if number == EMPTY {
                return None;
            }
            if found == feature {
                return Some(number);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// Heap memory in bytes.
    pub(crate) fn memory_usage(&self) -> usize {
        self.slots.capacity() * size_of::<(u32, u32)>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_is_there_and_nothing_else() {
        for count in [0u32, 1, 2, 3, 1000] {
            let features: Vec<u32> = (0..count).map(|n| n * 7919).collect();
            let index = Index::new(&features);
            for (&feature, number) in features.iter().zip(0..) {
                assert_eq!(index.get(feature), Some(number));
                assert_eq!(index.get(feature + 1), None);
            }
        }
    }
}
