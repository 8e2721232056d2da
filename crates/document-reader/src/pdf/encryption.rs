//! The standard security handler of PDF, for files that open without a password: the password of
//! their owner only says what a reader should not offer, such as printing (ISO 32000-2, 7.6).
//!
//! MD5 and RC4 are what old files have; nothing is kept secret with them here.

use super::value::{Dictionary, Value};
use aes::cipher::consts::U16;
use aes::cipher::{BlockDecrypt, BlockEncrypt, KeyInit};
use aes::{Aes128, Aes256};
use md5::Md5;
use sha2::{Digest, Sha256, Sha384, Sha512};
use std::collections::BTreeMap;

/// What an empty password is filled up with (7.6.4.3.2, step a).
const PADDING: [u8; 32] = [
    0x28, 0xbf, 0x4e, 0x5e, 0x4e, 0x75, 0x8a, 0x41, 0x64, 0x00, 0x4e, 0x56, 0xff, 0xfa, 0x01, 0x08, 0x2e, 0x2e, 0x00,
    0xb6, 0xd0, 0x68, 0x3e, 0x80, 0x2f, 0x0c, 0xa9, 0xfe, 0x64, 0x53, 0x69, 0x7a,
];
/// Bytes of a block of AES.
const BLOCK: usize = 16;

/// How data are encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    None,
    Rc4,
    Aes128,
    Aes256,
}

/// What decrypts the strings and streams of a file.
pub(super) struct Decryptor {
    key: Vec<u8>,
    strings: Method,
    streams: Method,
    /// The crypt filters that a stream may name.
    filters: BTreeMap<Vec<u8>, Method>,
}

impl Decryptor {
    /// From the file's encryption dictionary and the first part of its identifier; `None` if it wants
    /// a password, or is encrypted in another way than the standard's.
    pub(super) fn new(dictionary: &Dictionary, id: &[u8]) -> Option<Self> {
        if dictionary.name("Filter")? != b"Standard" {
            return None;
        }
        let (version, revision) = (dictionary.number("V")?, dictionary.number("R")?);
        let (strings, streams, filters) = match version {
            1 | 2 => (Method::Rc4, Method::Rc4, BTreeMap::new()),
            4 | 5 => {
                let filters = crypt_filters(dictionary);
                let method = |key: &str| match dictionary.name(key) {
                    None | Some(b"Identity") => Some(Method::None),
                    Some(name) => filters.get(name).copied(),
                };
                (method("StrF")?, method("StmF")?, filters)
            }
            _ => return None,
        };
        let key = match revision {
            2..=4 => {
                let bits = match (version, dictionary.number("Length")) {
                    (1, _) | (2, None) => 40,
                    (_, None) => 128,
                    // Some programs wrote bytes.
                    (_, Some(bytes @ 5..=16)) => bytes * 8,
                    (_, Some(bits)) => bits,
                };
                let bytes = usize::try_from(bits / 8)
                    .ok()
                    .filter(|bytes| (5..=16).contains(bytes))?;
                old_key(dictionary, id, revision, bytes)?
            }
            5 | 6 => new_key(dictionary, revision)?,
            _ => return None,
        };
        let fits = |method: &Method| (*method == Method::Aes256) == (key.len() == 32) || *method == Method::None;
        let all = filters.values().chain([&strings, &streams]);
        if !all.into_iter().all(fits) {
            return None;
        }
        Some(Self {
            key,
            strings,
            streams,
            filters,
        })
    }

    /// A string of the object with this number and generation.
    pub(super) fn string(&self, data: &[u8], number: u32, generation: u16) -> Vec<u8> {
        self.decrypt(self.strings, data, number, generation)
    }

    /// A stream; `filter` is the crypt filter that it names, if any.
    pub(super) fn stream(&self, data: &[u8], filter: Option<&[u8]>, number: u32, generation: u16) -> Vec<u8> {
        let method = match filter {
            None => self.streams,
            // `Identity` is among them though no file defines it.
            Some(name) => self.filters.get(name).copied().unwrap_or(Method::None),
        };
        self.decrypt(method, data, number, generation)
    }

    fn decrypt(&self, method: Method, data: &[u8], number: u32, generation: u16) -> Vec<u8> {
        match method {
            Method::None => data.to_vec(),
            Method::Rc4 => rc4(&self.object_key(number, generation, b""), data),
            Method::Aes128 => {
                let key = self.object_key(number, generation, b"sAlT");
                Aes128::new_from_slice(&key).map_or_else(|_| Vec::new(), |cipher| chained(&cipher, data))
            }
            Method::Aes256 => {
                Aes256::new_from_slice(&self.key).map_or_else(|_| Vec::new(), |cipher| chained(&cipher, data))
            }
        }
    }

    /// The key for one object (7.6.3.2, algorithm 1).
    fn object_key(&self, number: u32, generation: u16, salt: &[u8]) -> Vec<u8> {
        let hash = Md5::new()
            .chain_update(&self.key)
            .chain_update(&number.to_le_bytes()[..3])
            .chain_update(generation.to_le_bytes())
            .chain_update(salt)
            .finalize();
        hash[..(self.key.len() + 5).min(16)].to_vec()
    }
}

fn crypt_filters(dictionary: &Dictionary) -> BTreeMap<Vec<u8>, Method> {
    let Some(Value::Dictionary(filters)) = dictionary.get("CF") else {
        return BTreeMap::new();
    };
    let known = filters.iter().filter_map(|(name, filter)| {
        let Value::Dictionary(filter) = filter else {
            return None;
        };
        let method = match filter.name("CFM")? {
            b"None" => Method::None,
            b"V2" => Method::Rc4,
            b"AESV2" => Method::Aes128,
            b"AESV3" => Method::Aes256,
            _ => return None,
        };
        Some((name.to_vec(), method))
    });
    known.collect()
}

/// The key of a file up to revision 4, if the empty password is the user's (algorithms 2, 4 and 5).
fn old_key(dictionary: &Dictionary, id: &[u8], revision: i64, bytes: usize) -> Option<Vec<u8>> {
    let owner = dictionary.string("O")?;
    let user = dictionary.string("U")?;
    // As 32 bits, whatever its sign.
    let permissions = dictionary.number("P")? as u32;
    let mut hash = Md5::new()
        .chain_update(PADDING)
        .chain_update(owner.get(..32)?)
        .chain_update(permissions.to_le_bytes())
        .chain_update(id);
    if revision >= 4 && dictionary.word("EncryptMetadata") == Some(b"false") {
        hash.update([0xff; 4]);
    }
    let mut hash = hash.finalize();
    if revision == 2 {
        let key = hash[..bytes].to_vec();
        return (rc4(&key, &PADDING) == user.get(..32)?).then_some(key);
    }
    for _ in 0..50 {
        hash = Md5::digest(&hash[..bytes]);
    }
    let key = hash[..bytes].to_vec();
    let mut check = Md5::new().chain_update(PADDING).chain_update(id).finalize().to_vec();
    for round in 0..20 {
        let key: Vec<u8> = key.iter().map(|byte| byte ^ round).collect();
        check = rc4(&key, &check);
    }
    (check == user.get(..16)?).then_some(key)
}

/// The key of a file from revision 5 on, if the empty password is the user's (algorithms 2.A and 11).
fn new_key(dictionary: &Dictionary, revision: i64) -> Option<Vec<u8>> {
    let user = dictionary.string("U")?;
    let (check, validation, salt) = (user.get(..32)?, user.get(32..40)?, user.get(40..48)?);
    if hardened(validation, revision)? != check {
        return None;
    }
    let cipher = Aes256::new_from_slice(&hardened(salt, revision)?).ok()?;
    let wrapped = dictionary.string("UE")?.get(..32)?;
    Some(unchained(&cipher, &[0; BLOCK], wrapped))
}

/// The hash of the empty password with a salt (algorithm 2.B).
fn hardened(salt: &[u8], revision: i64) -> Option<Vec<u8>> {
    let mut key = Sha256::digest(salt).to_vec();
    if revision == 5 {
        return Some(key);
    }
    // The last byte of a round ends them after the 287th at the latest.
    for round in 1_u16.. {
        let mut data = key.repeat(64);
        let cipher = Aes128::new_from_slice(key.get(..16)?).ok()?;
        let mut previous: [u8; BLOCK] = key.get(16..32)?.try_into().ok()?;
        for block in data.as_chunks_mut::<BLOCK>().0 {
            for (byte, before) in block.iter_mut().zip(previous) {
                *byte ^= before;
            }
            let mut closed = aes::Block::from(*block);
            cipher.encrypt_block(&mut closed);
            *block = closed.into();
            previous = *block;
        }
        // The first block as a number modulo 3: 256 is 1 modulo 3, so that the sum of its bytes will do.
        let sum: u32 = data.iter().take(BLOCK).map(|byte| u32::from(*byte)).sum();
        key = match sum % 3 {
            0 => Sha256::digest(&data).to_vec(),
            1 => Sha384::digest(&data).to_vec(),
            _ => Sha512::digest(&data).to_vec(),
        };
        if round >= 64 && data.last().is_some_and(|last| u16::from(*last) <= round - 32) {
            break;
        }
    }
    key.truncate(32);
    Some(key)
}

/// Decrypts data that begin with the block to chain the first one to, and end with padding.
fn chained(cipher: &impl BlockDecrypt<BlockSize = U16>, data: &[u8]) -> Vec<u8> {
    let Some((first, data)) = data.split_first_chunk::<BLOCK>() else {
        return Vec::new();
    };
    let mut plain = unchained(cipher, first, data);
    if let Some(padding @ 1..=16) = plain.last().copied() {
        let length = plain.len().saturating_sub(usize::from(padding));
        if plain[length..].iter().all(|byte| *byte == padding) {
            plain.truncate(length);
        }
    }
    plain
}

/// Decrypts the whole blocks of chained data.
fn unchained(cipher: &impl BlockDecrypt<BlockSize = U16>, first: &[u8; BLOCK], data: &[u8]) -> Vec<u8> {
    let mut previous = first;
    let mut plain = Vec::with_capacity(data.len());
    for block in data.as_chunks::<BLOCK>().0 {
        let mut open = aes::Block::from(*block);
        cipher.decrypt_block(&mut open);
        plain.extend(open.iter().zip(previous).map(|(byte, before)| byte ^ before));
        previous = block;
    }
    plain
}

/// RC4, which decrypts as it encrypts.
fn rc4(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut state: [u8; 256] = std::array::from_fn(|index| index as u8);
    let mut j = 0_u8;
    for (i, key) in (0..256).zip(key.iter().cycle()) {
        j = j.wrapping_add(state[i]).wrapping_add(*key);
        state.swap(i, usize::from(j));
    }
    let (mut i, mut j) = (0_u8, 0_u8);
    data.iter()
        .map(|byte| {
            i = i.wrapping_add(1);
            j = j.wrapping_add(state[usize::from(i)]);
            state.swap(usize::from(i), usize::from(j));
            byte ^ state[usize::from(state[usize::from(i)].wrapping_add(state[usize::from(j)]))]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_old_cipher_gives_its_well_known_answer() {
        assert_eq!(rc4(b"Wiki", b"pedia"), [0x10, 0x21, 0xbf, 0x04, 0x20]);
    }
}
