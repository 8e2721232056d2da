//! How a TIFF file is laid out (TIFF 6.0, section 2; BigTIFF), as far as it is read without the library.

use std::collections::HashSet;

/// How the numbers of a file and its directories lie.
pub(super) struct Layout {
    pub(super) big_endian: bool,
    /// Of BigTIFF: directories count their entries with eight bytes, and entries have twenty.
    big: bool,
}

impl Layout {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let big_endian = bytes.starts_with(b"MM");
        let version = if big_endian { bytes.get(3) } else { bytes.get(2) };
        Self {
            big_endian,
            big: version == Some(&43),
        }
    }

    /// Bytes of the number of a directory's entries, with which it begins.
    pub(super) fn count_size(&self) -> usize {
        if self.big { 8 } else { 2 }
    }

    pub(super) fn entry_size(&self) -> usize {
        if self.big { 20 } else { 12 }
    }

    /// Bytes of a place in the file. An entry ends with one, or with its value.
    pub(super) fn offset_size(&self) -> usize {
        if self.big { 8 } else { 4 }
    }

    /// How many directories follow the one at `directory`. Their entries are not looked at, so that even a file of
    /// nothing but directories is soon counted; a chain that comes back to itself ends there.
    pub(super) fn following(&self, bytes: &[u8], directory: u64) -> usize {
        let mut seen = HashSet::from([directory]);
        let mut last = directory;
        // Those that lie within one another have no claim to be counted, nor to the memory for it.
        let most = bytes.len() / (self.count_size() + self.offset_size());
        while seen.len() < most
            && let Some(next) = self.next(bytes, last)
            && seen.insert(next)
        {
            last = next;
        }
        seen.len() - 1
    }

    fn next(&self, bytes: &[u8], directory: u64) -> Option<u64> {
        let directory = usize::try_from(directory).ok()?;
        let count = usize::try_from(self.number(bytes, directory, self.count_size())?).ok()?;
        let entries = directory.checked_add(self.count_size())?;
        let end = entries.checked_add(count.checked_mul(self.entry_size())?)?;
        let next = self.number(bytes, end, self.offset_size())?;
        // None follows the last.
        (next != 0).then_some(next)
    }

    pub(super) fn number(&self, bytes: &[u8], at: usize, size: usize) -> Option<u64> {
        let digits = bytes.get(at..at.checked_add(size)?)?;
        let append = |number: u64, digit: &u8| number << 8 | u64::from(*digit);
        Some(if self.big_endian {
            digits.iter().fold(0, append)
        } else {
            digits.iter().rev().fold(0, append)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directories_that_follow_are_counted() {
        // Empty ones at 8, 14, 20 and 26; the last leads back to 14 or nowhere.
        let chain = |last: u8| -> Vec<u8> {
            let mut file = b"II*\0\x08\0\0\0".to_vec();
            for next in [14, 20, 26, last] {
                file.extend([0, 0, next, 0, 0, 0]);
            }
            file
        };
        for last in [0, 14, 255] {
            let file = chain(last);
            // A place outside of the file is counted: a directory that cannot be read.
            let lost = usize::from(last == 255);
            assert_eq!(Layout::of(&file).following(&file, 8), 3 + lost, "{last}");
            for end in 0..file.len() {
                assert!(Layout::of(&file[..end]).following(&file[..end], 8) <= 3);
            }
        }
        let big = b"MM\0\x2b\0\x08\0\0\0\0\0\0\0\0\0\x10\
            \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
        assert_eq!(Layout::of(big).following(big, 16), 1);
    }
}
