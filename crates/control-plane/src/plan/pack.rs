//! Packing small objects into shards.

use construe_jobs::Slice;

/// Collects whole objects until the next one would be too much.
///
/// Where a pack ends depends only on the objects since the last one ended.
#[derive(Debug)]
pub(super) struct Packer {
    target: u64,
    most_objects: usize,
    pack: Vec<Slice>,
    weight: u64,
}

impl Packer {
    /// `target` is in the unit of the weights given to [`add`](Self::add): bytes to be read.
    pub(super) fn new(target: u64, most_objects: usize) -> Self {
        Self {
            target,
            most_objects: most_objects.max(1),
            pack: Vec::new(),
            weight: 0,
        }
    }

    /// Takes an object; if it does not fit, it begins a new pack, and the one before is returned.
    pub(super) fn add(&mut self, slice: Slice, weight: u64) -> Option<Vec<Slice>> {
        let fits = self.pack.len() < self.most_objects && self.weight.saturating_add(weight) <= self.target;
        let full = if fits { None } else { self.take() };
        self.pack.push(slice);
        self.weight = self.weight.saturating_add(weight);
        full
    }

    /// The pack in hand, unless it is empty.
    pub(super) fn take(&mut self) -> Option<Vec<Slice>> {
        self.weight = 0;
        Some(std::mem::take(&mut self.pack)).filter(|pack| !pack.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packs(weights: &[u64], target: u64, most_objects: usize) -> Vec<usize> {
        let mut packer = Packer::new(target, most_objects);
        let mut packs = Vec::new();
        for (index, &weight) in weights.iter().enumerate() {
            let slice = Slice {
                key: index.to_string(),
                etag: String::new(),
                start: 0,
                end: weight,
                first_line: 0,
            };
            packs.extend(packer.add(slice, weight));
        }
        packs.extend(packer.take());
        packs.iter().map(Vec::len).collect()
    }

    #[test]
    fn packs_end_before_the_object_that_is_too_much() {
        assert!(packs(&[], 10, 5).is_empty());
        assert_eq!(packs(&[4, 6, 1], 10, 5), [2, 1]);
        assert_eq!(packs(&[11, 1, 11], 10, 5), [1, 1, 1]);
        assert_eq!(packs(&[0; 11], 10, 5), [5, 5, 1]);
        assert_eq!(packs(&[u64::MAX, u64::MAX], 10, 5), [1, 1]);
    }
}
