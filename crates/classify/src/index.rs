//! From features to rows of weights.

/// A hash table of features: those of a model, numbered in ascending order.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    /// Features and their numbers; `u32::MAX` as a number marks an empty slot. A power of two of them.
    slots: Vec<(u32, u32)>,
    /// What is left of a spread feature when shifted by this is its first slot.
    shift: u32,
}

const EMPTY: u32 = u32::MAX;

impl Index {
    /// Numbers features in the order given, from 0.
    pub(crate) fn new(features: &[u32]) -> Index {
        let bits = (features.len() * 2).next_power_of_two().trailing_zeros().max(1);
        let mut index = Index {
            slots: vec![(0, EMPTY); 1 << bits],
            shift: 64 - bits,
        };
        for (&feature, number) in features.iter().zip(0..) {
            let mut at = index.first(feature);
            while index.slots[at].1 != EMPTY {
                at = (at + 1) & (index.slots.len() - 1);
            }
            index.slots[at] = (feature, number);
        }
        index
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
