//! The model file.
//!
//! Little-endian throughout; texts are a length and UTF-8.
//!
//! ```text
//! magic                     8 bytes
//! format version            u32
//! feature schema            u16 length, text
//! training data             32 bytes, SHA-256
//! settings                  scheme u8, epochs u32, patience u32, refit epochs u32, learning rate f32, l2 f32,
//!                           uncovered prior f32, dropout f32, min count u32, max features u32, seed u64
//! labels                    u8 count, each u8 length, text
//! calibration               for each label slope f32, offset f32
//! transitions               f32 each, in the order of the transition layout, without padding
//! scales                    f32 for each tag
//! features                  u32 count; mixed hashes ascending, as differences in LEB128; then rows of i8, one per tag
//! checksum                  32 bytes, SHA-256 of all before it
//! ```

use sha2::{Digest, Sha256};

use super::scoring::{WORD, unpack};
use super::{LARGEST_SCALE, Parts, Provenance, Tagger};
use crate::Error;
use crate::calibration::{Calibration, LARGEST, Line, SMALLEST_SLOPE};
use crate::inference::{LARGEST_TRANSITION, Transitions};
use crate::labels::Labels;
use crate::scheme::{Scheme, Tags};
use crate::train::Settings;

const MAGIC: [u8; 8] = *b"CNSTAGR\0";
const CHECKSUM_LEN: usize = 32;

/// The version of the format that this program writes, and the only one that it reads.
pub const FORMAT_VERSION: u32 = 1;

impl Tagger {
    /// The model as a file. The same model always gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.weights.len() * WORD + self.index.len() * 3 + 4096);
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
        let schema = self.provenance.feature_schema.as_bytes();
        out.extend_from_slice(&(schema.len() as u16).to_le_bytes());
        out.extend_from_slice(schema);
        out.extend_from_slice(&self.provenance.data_fingerprint);
        write_settings(&mut out, &self.settings);
        out.push(self.labels.len() as u8);
        for (_, name) in self.labels.iter() {
            out.push(name.len() as u8);
            out.extend_from_slice(name.as_bytes());
        }
        for line in &self.calibration.lines {
            out.extend_from_slice(&line.slope.to_le_bytes());
            out.extend_from_slice(&line.offset.to_le_bytes());
        }
        for (index, score) in self.transitions.scores.iter().enumerate() {
            if !self.transitions.layout.is_padding(&self.tags, index) {
                out.extend_from_slice(&score.to_le_bytes());
            }
        }
        self.tags
            .iter()
            .for_each(|tag| out.extend_from_slice(&self.scales[tag].to_le_bytes()));
        out.extend_from_slice(&(self.index.len() as u32).to_le_bytes());
        let mut before = 0;
        for &hash in self.index.mixed() {
            write_leb128(&mut out, hash - before);
            before = hash;
        }
        for row in self.weights.chunks_exact(self.tags.stride / WORD) {
            let weight = |tag: usize| unpack(row[tag / WORD])[tag % WORD];
            out.extend(self.tags.iter().map(|tag| weight(tag).cast_unsigned()));
        }
        seal(&mut out);
        out
    }

    /// The feature schema that a model file names, for callers that have several. Nothing else is checked.
    ///
    /// # Errors
    /// Bytes that do not begin as a model file does.
    pub fn feature_schema_of(bytes: &[u8]) -> Result<&str, Error> {
        let after_magic = bytes.strip_prefix(&MAGIC).ok_or(Error::NotAModel)?;
        let mut input = Input(after_magic);
        check_version(u32::from_le_bytes(input.array()?))?;
        let schema_len = u16::from_le_bytes(input.array()?);
        input.text(usize::from(schema_len))
    }

    /// Reads a model that works with the features of `feature_schema`.
    ///
    /// # Errors
    /// Bytes that are no model file, of an unknown version, damaged, malformed, or for other features.
    pub fn from_bytes(bytes: &[u8], feature_schema: &str) -> Result<Tagger, Error> {
        let after_magic = bytes.strip_prefix(&MAGIC).ok_or(Error::NotAModel)?;
        let (version, _) = after_magic.split_first_chunk().ok_or(Error::Checksum)?;
        check_version(u32::from_le_bytes(*version))?;
        let (content, checksum) = bytes.split_last_chunk::<CHECKSUM_LEN>().ok_or(Error::Checksum)?;
        if Sha256::digest(content)[..] != checksum[..] {
            return Err(Error::Checksum);
        }
        let body = content
            .get(MAGIC.len() + size_of::<u32>()..)
            .ok_or(Error::Malformed("it ends too early"))?;
        let mut input = Input(body);
        let tagger = read(&mut input, feature_schema)?;
        if !input.0.is_empty() {
            return Err(Error::Malformed("it goes on after its end"));
        }
        Ok(tagger)
    }
}

fn check_version(found: u32) -> Result<(), Error> {
    if found == FORMAT_VERSION {
        return Ok(());
    }
    Err(Error::UnknownVersion {
        found,
        known: FORMAT_VERSION,
    })
}

/// Appends the checksum.
pub(super) fn seal(out: &mut Vec<u8>) {
    let checksum = Sha256::digest(&out[..]);
    out.extend_from_slice(&checksum);
}

fn read(input: &mut Input<'_>, feature_schema: &str) -> Result<Tagger, Error> {
    let schema_len = u16::from_le_bytes(input.array()?);
    let schema = input.text(usize::from(schema_len))?;
    if schema != feature_schema {
        return Err(Error::FeatureSchema {
            found: schema.to_owned(),
            expected: feature_schema.to_owned(),
        });
    }
    let provenance = Provenance {
        feature_schema: schema.to_owned(),
        data_fingerprint: input.array()?,
    };
    let settings = read_settings(input)?;
    let mut names = Vec::new();
    for _ in 0..input.byte()? {
        let len = input.byte()?;
        names.push(input.text(usize::from(len))?);
    }
    let labels = Labels::new(names)?;
    let mut lines = Vec::new();
    for _ in 0..labels.len() {
        let line = Line {
            slope: input.number()?,
            offset: input.number()?,
        };
        if !(SMALLEST_SLOPE..=LARGEST).contains(&line.slope) || !(-LARGEST..=LARGEST).contains(&line.offset) {
            return Err(Error::Malformed("calibration is out of range"));
        }
        lines.push(line);
    }
    let tags = Tags::new(settings.scheme, labels.len());
    let mut transitions = Transitions::new(&tags);
    let (layout, len) = (transitions.layout, transitions.layout.len);
    for index in (0..len).filter(|&index| !layout.is_padding(&tags, index)) {
        transitions.scores[index] = input.bounded(LARGEST_TRANSITION)?;
    }
    let mut scales = vec![0.0; tags.stride];
    for tag in tags.iter() {
        scales[tag] = input.bounded(LARGEST_SCALE)?;
    }
    let count = u32::from_le_bytes(input.array()?) as usize;
    let tag_count = tags.iter().count();
    // A feature takes a byte and its row at least: nothing is allocated on a file's word alone.
    if count > input.0.len() / (1 + tag_count) {
        return Err(Error::Malformed("it has fewer features than it says"));
    }
    let mut mixed = Vec::with_capacity(count);
    let mut hash = 0u32;
    for position in 0..count {
        let step = input.leb128()?;
        if step == 0 && position > 0 {
            return Err(Error::Malformed("features are not in order"));
        }
        hash = hash
            .checked_add(step)
            .ok_or(Error::Malformed("features are not in order"))?;
        mixed.push(hash);
    }
    let rows = input.take(
        count
            .checked_mul(tag_count)
            .ok_or(Error::Malformed("it has too many features"))?,
    )?;
    let mut weights = vec![0i8; count * tags.stride];
    let (starting, continuing) = (tags.starting, tags.continuing);
    for (row, given) in weights.chunks_exact_mut(tags.stride).zip(rows.chunks_exact(tag_count)) {
        let (given_starting, given_continuing) = given.split_at(starting);
        row.iter_mut()
            .zip(given_starting)
            .for_each(|(weight, &byte)| *weight = byte as i8);
        row[continuing..]
            .iter_mut()
            .zip(given_continuing)
            .for_each(|(weight, &byte)| *weight = byte as i8);
    }
    let calibration = Calibration { lines };
    let parts = Parts {
        labels,
        settings,
        provenance,
        mixed,
        weights,
        scales,
        calibration,
    };
    Tagger::assemble(parts, &transitions.scores)
}

fn write_settings(out: &mut Vec<u8>, settings: &Settings) {
    out.push(match settings.scheme {
        Scheme::Bio => 0,
        Scheme::Bilou => 1,
    });
    for number in [settings.epochs, settings.patience, settings.refit_epochs] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    for number in [
        settings.learning_rate,
        settings.l2,
        settings.uncovered_prior,
        settings.dropout,
    ] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    for number in [settings.min_count, settings.max_features] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    out.extend_from_slice(&settings.seed.to_le_bytes());
}

fn read_settings(input: &mut Input<'_>) -> Result<Settings, Error> {
    let settings = Settings {
        scheme: match input.byte()? {
            0 => Scheme::Bio,
            1 => Scheme::Bilou,
            _ => return Err(Error::Malformed("its tagging scheme is unknown")),
        },
        epochs: u32::from_le_bytes(input.array()?),
        patience: u32::from_le_bytes(input.array()?),
        refit_epochs: u32::from_le_bytes(input.array()?),
        learning_rate: input.number()?,
        l2: input.number()?,
        uncovered_prior: input.number()?,
        dropout: input.number()?,
        min_count: u32::from_le_bytes(input.array()?),
        max_features: u32::from_le_bytes(input.array()?),
        seed: u64::from_le_bytes(input.array()?),
    };
    settings.check()?;
    Ok(settings)
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
    fn take(&mut self, len: usize) -> Result<&'a [u8], Error> {
        let (taken, rest) = self
            .0
            .split_at_checked(len)
            .ok_or(Error::Malformed("it ends too early"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (taken, rest) = self
            .0
            .split_first_chunk()
            .ok_or(Error::Malformed("it ends too early"))?;
        self.0 = rest;
        Ok(*taken)
    }

    fn byte(&mut self) -> Result<u8, Error> {
        Ok(self.array::<1>()?[0])
    }

    fn text(&mut self, len: usize) -> Result<&'a str, Error> {
        std::str::from_utf8(self.take(len)?).map_err(|_| Error::Malformed("a text is not UTF-8"))
    }

    fn number(&mut self) -> Result<f32, Error> {
        Ok(f32::from_le_bytes(self.array()?))
    }

    fn bounded(&mut self, bound: f32) -> Result<f32, Error> {
        let number = self.number()?;
        if number.abs() <= bound {
            Ok(number)
        } else {
            Err(Error::Malformed("a weight is out of range"))
        }
    }

    fn leb128(&mut self) -> Result<u32, Error> {
        let mut value = 0u64;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return u32::try_from(value).map_err(|_| Error::Malformed("a number is too large"));
            }
        }
        Err(Error::Malformed("a number is too long"))
    }
}
