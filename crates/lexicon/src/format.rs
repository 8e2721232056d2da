//! The file of a lexicon, all numbers little-endian:
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `CNSTLEX\0` |
//! | 32 | SHA-256 of all that follows |
//! | 4, 4, 2, 1, 1 | version, number of words, of kinds, of levels of groups (3), bits of a bucket's number |
//! | kinds × levels | groups of each kind, from fine to coarse |
//! | 2^bits | number of words of each bucket |
//! | words × 2 | fingerprints, bucket by bucket |
//! | words × 2 | kinds, in the same order |
//!
//! A word's hash is FNV-1a of 64 bits over its folded form, mixed; its upper bits are the bucket, its lower 16 the
//! fingerprint.

use sha2::{Digest, Sha256};

use crate::Entry;

const MAGIC: &[u8; 8] = b"CNSTLEX\0";
const VERSION: u32 = 1;
const LEVELS: u8 = 3;
/// More buckets than any lexicon needs.
const MOST_BITS: u8 = 24;

pub(crate) const SEED: u64 = 0xcbf2_9ce4_8422_2325;
pub(crate) const FACTOR: u64 = 0x100_0000_01b3;

/// Spreads the hash over the upper bits, where FNV is poor.
#[inline]
pub(crate) fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    value ^ (value >> 32)
}

/// Why a lexicon cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes do not begin like a lexicon.
    #[error("not a lexicon")]
    Foreign,
    /// The lexicon has a format that this program does not know.
    #[error("lexicon of version {0}, this program reads version {VERSION}")]
    Version(u32),
    /// The checksum does not fit the content.
    #[error("lexicon damaged: wrong checksum")]
    Checksum,
    /// The content contradicts itself.
    #[error("lexicon damaged: {0}")]
    Malformed(&'static str),
}

/// What a file holds.
pub(crate) struct Parts {
    /// See [`crate::Lexicon`].
    pub(crate) starts: Vec<u32>,
    pub(crate) fingerprints: Vec<u16>,
    pub(crate) kinds: Vec<u16>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) bucket_bits: u32,
}

impl Parts {
    pub(crate) fn read(bytes: &[u8]) -> Result<Parts, Error> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(Error::Foreign)?;
        let (checksum, body) = rest
            .split_first_chunk::<32>()
            .ok_or(Error::Malformed("it ends too early"))?;
        if Sha256::digest(body).as_slice() != checksum {
            return Err(Error::Checksum);
        }
        let mut rest = body;
        let version = u32::from_le_bytes(take(&mut rest)?);
        if version != VERSION {
            return Err(Error::Version(version));
        }
        let words = u32::from_le_bytes(take(&mut rest)?) as usize;
        let kinds = usize::from(u16::from_le_bytes(take(&mut rest)?));
        let [levels, bits] = take(&mut rest)?;
        if levels != LEVELS || !(1..=MOST_BITS).contains(&bits) {
            return Err(Error::Malformed("unexpected numbers of levels or buckets"));
        }
        let groups = take_many(&mut rest, kinds * usize::from(LEVELS))?;
        let sizes = take_many(&mut rest, 1 << bits)?;
        let fingerprints = take_many(&mut rest, words * 2)?;
        let kinds_of_words = take_many(&mut rest, words * 2)?;
        if !rest.is_empty() {
            return Err(Error::Malformed("something follows its end"));
        }

        let mut starts = Vec::with_capacity(sizes.len() + 1);
        let mut start = 0;
        starts.push(start);
        for &size in sizes {
            start += u32::from(size);
            starts.push(start);
        }
        if start as usize != words {
            return Err(Error::Malformed("the buckets do not hold all words"));
        }
        let kinds_of_words = numbers(kinds_of_words);
        if kinds_of_words.iter().any(|&kind| usize::from(kind) >= kinds) {
            return Err(Error::Malformed("a word has an unknown kind"));
        }
        let (groups, _) = groups.as_chunks::<3>();
        let entries = groups
            .iter()
            .zip(0..)
            .map(|(&[fine, coarse, broad], kind)| Entry {
                kind,
                fine,
                coarse,
                broad,
            })
            .collect();
        Ok(Parts {
            starts,
            fingerprints: numbers(fingerprints),
            kinds: kinds_of_words,
            entries,
            bucket_bits: u32::from(bits),
        })
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], Error> {
    let (taken, after) = rest
        .split_first_chunk::<N>()
        .ok_or(Error::Malformed("it ends too early"))?;
    *rest = after;
    Ok(*taken)
}

fn take_many<'b>(rest: &mut &'b [u8], count: usize) -> Result<&'b [u8], Error> {
    let (taken, after) = rest
        .split_at_checked(count)
        .ok_or(Error::Malformed("it ends too early"))?;
    *rest = after;
    Ok(taken)
}

fn numbers(bytes: &[u8]) -> Vec<u16> {
    let (pairs, _) = bytes.as_chunks::<2>();
    pairs.iter().map(|&pair| u16::from_le_bytes(pair)).collect()
}
