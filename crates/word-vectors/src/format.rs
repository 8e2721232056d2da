//! The file of a table, all numbers little-endian:
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `CNSTVEC\0` |
//! | 32 | SHA-256 of all that follows |
//! | 4, 4, 1, 1 | version, number of units, numbers of a vector (at most 128), bits of a bucket's number |
//! | 2^bits | number of units of each bucket |
//! | units × 2 | fingerprints, bucket by bucket |
//! | units × 2 | the largest number of each vector, in units of 1/65535, in the same order |
//! | units × numbers | the numbers of each vector, in units of 1/127 of the largest, likewise |
//!
//! A unit's hash is FNV-1a of 64 bits, mixed; its upper bits are the bucket, its lower 16 the fingerprint.

use crate::{DIMENSIONS, Table};

const MAGIC: &[u8; 8] = b"CNSTVEC\0";
const VERSION: u32 = 2;
/// More buckets than any table needs.
const MOST_BITS: u8 = 24;

const SEED: u64 = 0xcbf2_9ce4_8422_2325;
const FACTOR: u64 = 0x100_0000_01b3;

/// The hash of a unit.
#[inline]
pub(crate) fn hash(unit: &str) -> u64 {
    let value = unit
        .bytes()
        .fold(SEED, |value, byte| (value ^ u64::from(byte)).wrapping_mul(FACTOR));
    // FNV is poor in its upper bits.
    let value = (value ^ (value >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    value ^ (value >> 32)
}

/// Why a table cannot be opened.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes do not begin like a table.
    #[error("not a table of word vectors")]
    Foreign,
    /// The table has a format that this program does not know.
    #[error("table of word vectors of version {0}, this program reads version {VERSION}")]
    Version(u32),
    /// The content contradicts itself.
    #[error("table of word vectors damaged: {0}")]
    Malformed(&'static str),
}

const TOO_SHORT: Error = Error::Malformed("it ends too early");

impl Table {
    /// Opens a table. Its checksum is taken for its identity and not verified, since that takes longer than all the rest.
    ///
    /// # Errors
    /// If the bytes are not those of a table, are of another version, or contradict themselves.
    pub fn from_bytes(bytes: &'static [u8]) -> Result<Table, Error> {
        let mut rest = bytes.strip_prefix(MAGIC).ok_or(Error::Foreign)?;
        let (identity, _rest_of_checksum): ([u8; 8], [u8; 24]) = (take(&mut rest)?, take(&mut rest)?);
        let version = u32::from_le_bytes(take(&mut rest)?);
        if version != VERSION {
            return Err(Error::Version(version));
        }
        let units = u32::from_le_bytes(take(&mut rest)?) as usize;
        let [dimensions, bits] = take(&mut rest)?;
        let dimensions = usize::from(dimensions);
        if !(1..=DIMENSIONS).contains(&dimensions) || !(1..=MOST_BITS).contains(&bits) {
            return Err(Error::Malformed("its measures are out of range"));
        }
        let sizes = rest.split_off(..1 << bits).ok_or(TOO_SHORT)?;
        let mut starts = Vec::with_capacity(sizes.len() + 1);
        let mut start = 0;
        starts.push(start);
        for &size in sizes {
            start += u32::from(size);
            starts.push(start);
        }
        if start as usize != units {
            return Err(Error::Malformed("its buckets do not hold its units"));
        }
        let (fingerprints, _) = rest.split_off(..units * 2).ok_or(TOO_SHORT)?.as_chunks();
        let (scales, _) = rest.split_off(..units * 2).ok_or(TOO_SHORT)?.as_chunks();
        if rest.len() != units * dimensions {
            return Err(Error::Malformed("it has not as many vectors as units"));
        }
        Ok(Table {
            starts,
            fingerprints,
            scales,
            rows: rest,
            dimensions,
            shift: 64 - u32::from(bits),
            identity: u64::from_le_bytes(identity),
        })
    }
}

fn take<const N: usize>(rest: &mut &'static [u8]) -> Result<[u8; N], Error> {
    let (taken, after) = rest.split_first_chunk().ok_or(TOO_SHORT)?;
    *rest = after;
    Ok(*taken)
}
