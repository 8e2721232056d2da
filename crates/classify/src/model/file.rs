//! The file of a model, all numbers little-endian:
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `CNSTCLS\0` |
//! | 4 | version |
//! | 1, 1 | mode (0: one label for each document, 1: any number), whether one label is always chosen |
//! | 4, 4 | number of labels, of features |
//! | each 2 and its length | labels, ascending |
//! | 12 each | for each label bias, slope and offset of the calibration |
//! | 8 | the identity of the table of word vectors, 0 if there is none |
//! | numbers × labels × 4 | if there is one, for each number of its vectors a weight for each label |
//! | 1 to 5 each | features, ascending, as differences in LEB128 |
//! | features | how much each counts |
//! | features | scales of the rows |
//! | features × labels | rows of weights |
//! | 32 | SHA-256 of all before it |

use construe_word_vectors::Table;
use sha2::{Digest, Sha256};

use super::{Model, Parts};
use crate::calibration::{Calibration, Line};
use crate::{LoadError, MAX_LABELS, Mode};

const MAGIC: &[u8; 8] = b"CNSTCLS\0";
const CHECKSUM_LEN: usize = 32;
/// No number in a model is larger.
const LARGEST: f32 = 1e6;

/// The version of the format that this program writes, and the only one that it reads.
pub const FORMAT_VERSION: u32 = 2;

impl Model {
    /// The model as a file. The same model always gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        write(&self.parts)
    }

    /// Reads a model.
    ///
    /// # Errors
    /// If the bytes are no model, are of another version, or are damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Model, LoadError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(LoadError::Foreign)?;
        let (version, _) = rest.split_first_chunk::<4>().ok_or(LoadError::Checksum)?;
        let found = u32::from_le_bytes(*version);
        if found != FORMAT_VERSION {
            return Err(LoadError::Version { found });
        }
        let (content, checksum) = bytes.split_last_chunk::<CHECKSUM_LEN>().ok_or(LoadError::Checksum)?;
        if Sha256::digest(content).as_slice() != checksum {
            return Err(LoadError::Checksum);
        }
        let body = content
            .get(MAGIC.len() + 4..)
            .ok_or(LoadError::Malformed("it ends too early"))?;
        Ok(Model::assemble(read(body)?))
    }
}

/// A number that tells models apart.
pub(super) fn fingerprint(parts: &Parts) -> u64 {
    let file = write(parts);
    file.last_chunk().map_or(0, |end| u64::from_le_bytes(*end))
}

fn write(parts: &Parts) -> Vec<u8> {
    let mut out = Vec::with_capacity(parts.weights.len() + parts.features.len() * 5 + 4096);
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
    out.push(u8::from(parts.mode == Mode::MultiLabel));
    out.push(u8::from(parts.always_one));
    let number = |out: &mut Vec<u8>, value: f32| out.extend_from_slice(&value.to_le_bytes());
    out.extend_from_slice(&(parts.labels.len() as u32).to_le_bytes());
    out.extend_from_slice(&(parts.features.len() as u32).to_le_bytes());
    for label in &parts.labels {
        out.extend_from_slice(&(label.len() as u16).to_le_bytes());
        out.extend_from_slice(label.as_bytes());
    }
    for (&bias, line) in parts.biases.iter().zip(&parts.calibration.lines) {
        for value in [bias, line.slope, line.offset] {
            number(&mut out, value);
        }
    }
    out.extend_from_slice(&parts.table.map_or(0, Table::identity).to_le_bytes());
    for &weight in &parts.meanings {
        number(&mut out, weight);
    }
    let mut before = 0;
    for &feature in &parts.features {
        write_leb128(&mut out, feature - before);
        before = feature;
    }
    out.extend_from_slice(&parts.values);
    out.extend_from_slice(&parts.scales);
    out.extend(parts.weights.iter().map(|weight| weight.cast_unsigned()));
    let checksum = Sha256::digest(&out);
    out.extend_from_slice(&checksum);
    out
}

fn read(body: &[u8]) -> Result<Parts, LoadError> {
    let mut input = Input(body);
    let [mode, always_one] = input.array()?;
    let mode = match mode {
        0 => Mode::MultiClass,
        1 => Mode::MultiLabel,
        _ => return Err(LoadError::Malformed("its mode is unknown")),
    };
    let label_count = u32::from_le_bytes(input.array()?) as usize;
    let feature_count = u32::from_le_bytes(input.array()?) as usize;
    if !(2..=MAX_LABELS).contains(&label_count) {
        return Err(LoadError::Malformed("it has too few or too many labels"));
    }
    let mut labels: Vec<String> = Vec::with_capacity(label_count);
    for _ in 0..label_count {
        let len = u16::from_le_bytes(input.array()?);
        let label = std::str::from_utf8(input.take(usize::from(len))?)
            .map_err(|_| LoadError::Malformed("a label is not UTF-8"))?;
        if labels.last().is_some_and(|last| last.as_str() >= label) {
            return Err(LoadError::Malformed("its labels are not in order"));
        }
        labels.push(label.to_owned());
    }
    let mut biases = Vec::with_capacity(label_count);
    let mut lines = Vec::with_capacity(label_count);
    for _ in 0..label_count {
        biases.push(input.number()?);
        lines.push(Line {
            slope: input.number()?,
            offset: input.number()?,
        });
    }
    let table = match u64::from_le_bytes(input.array()?) {
        0 => None,
        identity => Some(Table::with_identity(identity).ok_or(LoadError::WordVectors)?),
    };
    let mut meanings = Vec::new();
    if let Some(table) = table {
        for _ in 0..table.dimensions() * label_count {
            meanings.push(input.number()?);
        }
    }
    // A feature takes three bytes and its weights at least: nothing is allocated on a file's word alone.
    if feature_count > input.0.len() / (3 + label_count) {
        return Err(LoadError::Malformed("it has fewer features than it says"));
    }
    let mut features = Vec::with_capacity(feature_count);
    let mut feature = 0u32;
    for place in 0..feature_count {
        let step = input.leb128()?;
        if step == 0 && place > 0 {
            return Err(LoadError::Malformed("its features are not in order"));
        }
        feature = feature
            .checked_add(step)
            .ok_or(LoadError::Malformed("its features are not in order"))?;
        features.push(feature);
    }
    let values = input.take(feature_count)?.to_vec();
    let scales = input.take(feature_count)?.to_vec();
    // Cannot overflow: both factors are bounded by the file's length.
    let weights = input.take(feature_count * label_count)?;
    if !input.0.is_empty() {
        return Err(LoadError::Malformed("something follows its end"));
    }
    Ok(Parts {
        mode,
        labels,
        features,
        values,
        scales,
        weights: weights.iter().map(|&weight| weight.cast_signed()).collect(),
        table,
        meanings,
        biases,
        calibration: Calibration { lines },
        always_one: always_one != 0,
    })
}

/// Seven bits to a byte, lowest first; the eighth says that more follow.
fn write_leb128(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Bytes not read yet.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], LoadError> {
        let (taken, rest) = self
            .0
            .split_at_checked(len)
            .ok_or(LoadError::Malformed("it ends too early"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], LoadError> {
        let (taken, rest) = self
            .0
            .split_first_chunk()
            .ok_or(LoadError::Malformed("it ends too early"))?;
        self.0 = rest;
        Ok(*taken)
    }

    fn number(&mut self) -> Result<f32, LoadError> {
        let number = f32::from_le_bytes(self.array()?);
        // Not a number is not in the range either.
        if (-LARGEST..=LARGEST).contains(&number) {
            Ok(number)
        } else {
            Err(LoadError::Malformed("a number is out of range"))
        }
    }

    fn leb128(&mut self) -> Result<u32, LoadError> {
        let mut value = 0u64;
        for shift in [0, 7, 14, 21, 28] {
            let [byte] = self.array()?;
            value |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return u32::try_from(value).map_err(|_| LoadError::Malformed("a number is too large"));
            }
        }
        Err(LoadError::Malformed("a number is too long"))
    }
}
