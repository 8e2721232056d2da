//! The file of a model, all numbers little-endian:
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `CNSTCER\0` |
//! | 32 | SHA-256 of all that follows |
//! | 4 | version |
//! | 4 | 1 if what the entity engine finds is among the features, else 0 |
//! | 4 | bytes of the list of entities |
//! | those | the list, see `list.rs` |
//! | rest | the tagger, in the format of `construe-learn` |

use sha2::{Digest, Sha256};

use crate::error::LoadError;

const MAGIC: &[u8; 8] = b"CNSTCER\0";
const VERSION: u32 = 1;

/// What a file holds.
#[derive(Debug, PartialEq)]
pub(crate) struct Parts<'f> {
    pub(crate) has_engine: bool,
    pub(crate) list: &'f [u8],
    pub(crate) tagger: &'f [u8],
}

/// Puts a file together.
pub(crate) fn write(parts: &Parts<'_>) -> Vec<u8> {
    let Parts {
        has_engine,
        list,
        tagger,
    } = parts;
    let mut body = Vec::with_capacity(12 + list.len() + tagger.len());
    body.extend_from_slice(&VERSION.to_le_bytes());
    body.extend_from_slice(&u32::from(*has_engine).to_le_bytes());
    body.extend_from_slice(&(list.len() as u32).to_le_bytes());
    body.extend_from_slice(list);
    body.extend_from_slice(tagger);
    let mut file = MAGIC.to_vec();
    file.extend_from_slice(&Sha256::digest(&body));
    file.extend_from_slice(&body);
    file
}

/// Takes a file apart.
pub(crate) fn read(bytes: &[u8]) -> Result<Parts<'_>, LoadError> {
    const SHORT: LoadError = LoadError::Malformed("it ends too early");
    let rest = bytes.strip_prefix(MAGIC).ok_or(LoadError::Foreign)?;
    let (checksum, body) = rest.split_first_chunk::<32>().ok_or(SHORT)?;
    if Sha256::digest(body).as_slice() != checksum {
        return Err(LoadError::Checksum);
    }
    let (version, rest) = body.split_first_chunk::<4>().ok_or(SHORT)?;
    let found = u32::from_le_bytes(*version);
    if found != VERSION {
        return Err(LoadError::Version { found, known: VERSION });
    }
    let (engine, rest) = rest.split_first_chunk::<4>().ok_or(SHORT)?;
    let has_engine = match u32::from_le_bytes(*engine) {
        0 => false,
        1 => true,
        _ => return Err(LoadError::Malformed("an unknown kind of features")),
    };
    let (length, rest) = rest.split_first_chunk::<4>().ok_or(SHORT)?;
    let (list, tagger) = rest
        .split_at_checked(u32::from_le_bytes(*length) as usize)
        .ok_or(SHORT)?;
    Ok(Parts {
        has_engine,
        list,
        tagger,
    })
}
