//! From a feature's hash to its row.
//!
//! Rows are numbered in the order of their mixed hashes, and the upper bits of the mixed hash say where in that order
//! to look: a window of eight candidates is compared at once, without a branch that depends on whether the feature is
//! known. That is unpredictable, and guessing wrong would cost more than the look-up itself. There are no empty slots
//! and no row numbers to store: 6 bytes for a feature.

/// A sorted list of mixed hashes with a table of contents.
#[derive(Clone)]
pub(crate) struct Index {
    /// Ascending, then a window of padding.
    mixed: Vec<u32>,
    /// For each value of the upper bits the first row; one more at the end.
    starts: Vec<u32>,
    shift: u32,
    filter: Filter,
}

/// Says of most features that are not in the list that they are not: one bit of a small table instead of three
/// visits to large ones. Most features of a text are not in the list, since those that combine words are so many.
#[derive(Clone)]
struct Filter {
    words: Vec<u64>,
    shift: u32,
}

impl Filter {
    fn new(mixed: &[u32]) -> Filter {
        // Eight bits for a feature.
        let bits = (mixed.len() * 8)
            .next_power_of_two()
            .trailing_zeros()
            .clamp(6, u32::BITS);
        let mut filter = Filter {
            words: vec![0; 1 << (bits - 6)],
            shift: u32::BITS - bits,
        };
        for &hash in mixed {
            let bit = filter.bit(hash);
            filter.words[bit >> 6] |= 1 << (bit & 63);
        }
        filter
    }

    /// Another product than that of the table of contents: its upper bits are taken there.
    #[inline(always)]
    fn bit(&self, mixed: u32) -> usize {
        (mixed.wrapping_mul(0x85EB_CA6B) >> self.shift) as usize
    }

    #[inline(always)]
    fn may_have(&self, mixed: u32) -> bool {
        let bit = self.bit(mixed);
        self.words[bit >> 6] >> (bit & 63) & 1 == 1
    }
}

const WINDOW: usize = 8;

/// Sixteen buckets at least: twice as many as there are candidates whose window reaches the padding.
const PADDING_BITS: u32 = 4;

/// A number that nobody finds in the padding: of a bucket that has none of the last candidates.
fn padding(mixed: &[u32]) -> u32 {
    let last = &mixed[mixed.len().saturating_sub(WINDOW)..];
    let upper_bits = |hash: u32| hash >> (u32::BITS - PADDING_BITS);
    let free = (0..1 << PADDING_BITS).find(|&bits| last.iter().all(|&hash| upper_bits(hash) != bits));
    free.expect("eight candidates leave half of sixteen buckets free") << (u32::BITS - PADDING_BITS)
}

/// A bijection: callers may give numbers that are not well mixed; the upper bits of the product are.
pub(crate) const fn mix(hash: u32) -> u32 {
    hash.wrapping_mul(0x9E37_79B1)
}

impl Index {
    /// Numbers mixed hashes, which ascend, in their order.
    ///
    /// # Panics
    /// If there are 2^31 or more.
    pub(crate) fn new(mut mixed: Vec<u32>) -> Index {
        assert!(mixed.len() < 1 << 31, "an index has fewer than 2^31 features");
        debug_assert!(mixed.is_sorted_by(|a, b| a < b));
        // Two candidates in the mean; see `padding` for the lower bound.
        let bits = (mixed.len() / 2).next_power_of_two().trailing_zeros().max(PADDING_BITS);
        let shift = u32::BITS - bits;
        let mut starts = Vec::with_capacity((1 << bits) + 1);
        let mut row = 0;
        for bucket in 0..1u64 << bits {
            row += mixed[row..]
                .iter()
                .take_while(|&&hash| u64::from(hash >> shift) < bucket)
                .count();
            starts.push(row as u32);
        }
        starts.push(mixed.len() as u32);
        let filter = Filter::new(&mixed);
        mixed.resize(mixed.len() + WINDOW, padding(&mixed));
        mixed.shrink_to_fit();
        Index {
            mixed,
            starts,
            shift,
            filter,
        }
    }

    /// The row of a feature.
    pub(crate) fn find(&self, hash: u32) -> Option<u32> {
        self.find_among(hash, self.candidates(hash))
    }

    /// Where the candidates for a feature begin and end.
    #[inline(always)]
    pub(crate) fn candidates(&self, hash: u32) -> (u32, u32) {
        let bucket = (mix(hash) >> self.shift) as usize;
        (self.starts[bucket], self.starts[bucket + 1])
    }

    /// Something of where the candidates lie, to bring them near.
    #[inline(always)]
    pub(crate) fn touch(&self, (start, _): (u32, u32)) -> u32 {
        // The window ends in the padding at the latest, and may reach over the end of a line.
        self.mixed[start as usize] ^ self.mixed[start as usize + WINDOW - 1]
    }

    /// The row of a feature among its candidates.
    #[inline(always)]
    pub(crate) fn find_among(&self, hash: u32, (start, end): (u32, u32)) -> Option<u32> {
        let wanted = mix(hash);
        let window: &[u32; WINDOW] = self.mixed[start as usize..].first_chunk()?;
        let mut place = 0u32;
        for (position, &candidate) in window.iter().enumerate() {
            place |= if candidate == wanted { position as u32 + 1 } else { 0 };
        }
        if (end - start) as usize > WINDOW {
            // Seldom: one bucket in four thousand.
            let row = self.mixed[start as usize..end as usize].binary_search(&wanted).ok()?;
            return Some(start + row as u32);
        }
        let after = start + place;
        (place != 0 && after <= end).then(|| after - 1)
    }

    /// Whether the feature may have a row: false only if it has none.
    #[inline(always)]
    pub(crate) fn may_have(&self, hash: u32) -> bool {
        self.filter.may_have(mix(hash))
    }

    /// Number of features.
    pub(crate) fn len(&self) -> usize {
        self.mixed.len() - WINDOW
    }

    /// The mixed hashes, ascending.
    pub(crate) fn mixed(&self) -> &[u32] {
        &self.mixed[..self.len()]
    }

    /// Bytes held.
    pub(crate) fn memory_usage(&self) -> usize {
        (self.mixed.capacity() + self.starts.capacity()) * size_of::<u32>()
            + self.filter.words.capacity() * size_of::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use super::{Index, mix};

    /// The inverse of `mix`: that of its factor comes by Newton's method.
    fn unmix(mixed: u32) -> u32 {
        let inverse = (0..5).fold(1u32, |x, _| x.wrapping_mul(2u32.wrapping_sub(mix(1).wrapping_mul(x))));
        mixed.wrapping_mul(inverse)
    }

    fn index(hashes: &[u32]) -> Index {
        let mut mixed: Vec<u32> = hashes.iter().map(|&hash| mix(hash)).collect();
        mixed.sort_unstable();
        mixed.dedup();
        Index::new(mixed)
    }

    #[test]
    fn finds_what_is_there_and_nothing_else() {
        let hashes: Vec<u32> = (0..5000u32).map(|n| n.wrapping_mul(n) ^ 0xABCD).collect();
        let index = index(&hashes);
        for hash in hashes.iter().copied().chain(0..100_000) {
            let expected = index.mixed().binary_search(&mix(hash)).ok().map(|row| row as u32);
            assert_eq!(index.find(hash), expected, "{hash}");
            assert!(expected.is_none() || index.may_have(hash));
        }
    }

    #[test]
    fn small_and_crowded_ones() {
        assert_eq!(index(&[]).find(0), None);
        assert_eq!(index(&[0]).find(0), Some(0));
        assert_eq!(index(&[0]).find(7), None);
        for mixed in [
            vec![0],
            vec![u32::MAX],
            vec![0, u32::MAX],
            (0..16).map(|n| n << 28).collect(),
            (0..7).collect(),
        ] {
            let index = Index::new(mixed.clone());
            for wanted in (0..16).flat_map(|n| [n << 28, n]).chain([u32::MAX]) {
                let expected = mixed.binary_search(&wanted).ok().map(|row| row as u32);
                assert_eq!(index.find(unmix(wanted)), expected, "{wanted:#x} in {mixed:x?}");
            }
        }
        // All in one bucket.
        let crowded = Index::new((0..1000).collect());
        assert_eq!(crowded.find(0), Some(0));
        for row in 0..2000u32 {
            assert_eq!(crowded.find(unmix(row)), (row < 1000).then_some(row));
        }
    }
}
