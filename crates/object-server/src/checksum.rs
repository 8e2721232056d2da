//! The checksums that S3 clients send along: computed while a body passes, compared, kept, combined.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use crc_fast::CrcAlgorithm;
use serde::{Deserialize, Serialize};
use sha2::Digest as _;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

impl Algorithm {
    pub const ALL: [Self; 5] = [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Sha1, Self::Sha256];

    /// As in `x-amz-checksum-algorithm`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The header (or trailer) that carries a value of it.
    pub fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    fn crc(self) -> Option<CrcAlgorithm> {
        match self {
            Self::Crc32 => Some(CrcAlgorithm::Crc32IsoHdlc),
            Self::Crc32c => Some(CrcAlgorithm::Crc32Iscsi),
            Self::Crc64Nvme => Some(CrcAlgorithm::Crc64Nvme),
            Self::Sha1 | Self::Sha256 => None,
        }
    }

    /// Length of a value in bytes.
    fn length(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }
}

/// Whether the checksum of a multipart object covers its bytes or the checksums of its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    FullObject,
    Composite,
}

/// A checksum as the wire writes it: base64, with `-N` after a composite one of N parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checksum {
    pub algorithm: Algorithm,
    pub form: Form,
    pub value: String,
}

impl Checksum {
    pub fn of_whole(algorithm: Algorithm, value: impl Into<String>) -> Self {
        Self {
            algorithm,
            form: Form::FullObject,
            value: value.into(),
        }
    }

    fn raw(&self) -> Option<Vec<u8>> {
        BASE64
            .decode(&self.value)
            .ok()
            .filter(|raw| raw.len() == self.algorithm.length())
    }
}

/// What the parts of a multipart upload will be summed up with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChecksumPlan {
    pub algorithm: Algorithm,
    pub form: Form,
}

impl ChecksumPlan {
    /// `None` when the algorithm has no such form: the hashes cannot be combined into one of the
    /// whole, and CRC64NVME has no composite form.
    pub fn new(algorithm: Algorithm, form: Option<Form>) -> Option<Self> {
        let form = form.unwrap_or(match algorithm {
            Algorithm::Crc64Nvme => Form::FullObject,
            _ => Form::Composite,
        });
        let possible = match form {
            Form::FullObject => algorithm.crc().is_some(),
            Form::Composite => algorithm != Algorithm::Crc64Nvme,
        };
        possible.then_some(Self { algorithm, form })
    }

    /// The checksum of the object made of these parts (checksum and size in bytes of each); `None`
    /// when a part lacks one of this algorithm.
    pub fn combine<'a>(&self, parts: impl Iterator<Item = (Option<&'a Checksum>, u64)>) -> Option<Checksum> {
        match (self.form, self.algorithm.crc()) {
            (Form::FullObject, Some(crc)) => {
                let mut whole = None;
                for (part, size) in parts {
                    let raw = part.filter(|part| part.algorithm == self.algorithm)?.raw()?;
                    let value = raw.iter().fold(0, |value, &byte| value << 8 | u64::from(byte));
                    whole = Some(match whole {
                        None => value,
                        Some(before) => crc_fast::checksum_combine(crc, before, value, size),
                    });
                }
                let bytes = whole?.to_be_bytes();
                let value = BASE64.encode(&bytes[bytes.len() - self.algorithm.length()..]);
                Some(Checksum {
                    algorithm: self.algorithm,
                    form: self.form,
                    value,
                })
            }
            (Form::FullObject, None) => None,
            (Form::Composite, _) => {
                let mut hasher = Hasher::new(self.algorithm);
                let mut count = 0;
                for (part, _) in parts {
                    hasher.update(&part.filter(|part| part.algorithm == self.algorithm)?.raw()?);
                    count += 1;
                }
                let value = format!("{}-{count}", hasher.finish().value);
                Some(Checksum {
                    algorithm: self.algorithm,
                    form: self.form,
                    value,
                })
            }
        }
    }
}

/// Sums up bytes as they pass.
pub struct Hasher {
    algorithm: Algorithm,
    state: State,
}

enum State {
    Crc(crc_fast::Digest),
    Sha1(s3s::crypto::Sha1),
    Sha256(sha2::Sha256),
}

impl Hasher {
    pub fn new(algorithm: Algorithm) -> Self {
        use s3s::crypto::Checksum as _;
        let state = match (algorithm, algorithm.crc()) {
            (_, Some(crc)) => State::Crc(crc_fast::Digest::new(crc)),
            (Algorithm::Sha1, None) => State::Sha1(s3s::crypto::Sha1::new()),
            (_, None) => State::Sha256(sha2::Sha256::new()),
        };
        Self { algorithm, state }
    }

    pub fn update(&mut self, data: &[u8]) {
        use s3s::crypto::Checksum as _;
        match &mut self.state {
            State::Crc(crc) => crc.update(data),
            State::Sha1(sha1) => sha1.update(data),
            State::Sha256(sha256) => sha256.update(data),
        }
    }

    pub fn finish(self) -> Checksum {
        use s3s::crypto::Checksum as _;
        let value = match self.state {
            State::Crc(crc) => {
                let bytes = crc.finalize().to_be_bytes();
                BASE64.encode(&bytes[bytes.len() - self.algorithm.length()..])
            }
            State::Sha1(sha1) => BASE64.encode(sha1.finalize()),
            State::Sha256(sha256) => BASE64.encode(sha256.finalize()),
        };
        Checksum::of_whole(self.algorithm, value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(algorithm: Algorithm, data: &[u8]) -> Checksum {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(data);
        hasher.finish()
    }

    #[test]
    fn known_values() {
        // Over "123456789": the check values that define the CRCs, and the hashes of it.
        let cases = [
            (Algorithm::Crc32, "y/Q5Jg=="),
            (Algorithm::Crc32c, "4waSgw=="),
            (Algorithm::Crc64Nvme, "rosUhgp5mIg="),
            (Algorithm::Sha1, "98O8HYCOBHMq32eZZczDTKeuNEE="),
            (Algorithm::Sha256, "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
        ];
        for (algorithm, expected) in cases {
            assert_eq!(sum(algorithm, b"123456789").value, expected, "{algorithm:?}");
        }
    }

    #[test]
    fn parts_combine_to_the_checksum_of_the_whole() {
        let data: Vec<u8> = (0..100_000u32).map(|n| (n * 31 % 251) as u8).collect();
        for algorithm in [Algorithm::Crc32, Algorithm::Crc32c, Algorithm::Crc64Nvme] {
            let plan = ChecksumPlan::new(algorithm, Some(Form::FullObject)).expect("a CRC combines");
            let parts: Vec<_> = data
                .chunks(33_333)
                .map(|part| (sum(algorithm, part), part.len() as u64))
                .collect();
            let combined = plan.combine(parts.iter().map(|(sum, size)| (Some(sum), *size)));
            assert_eq!(combined, Some(sum(algorithm, &data)), "{algorithm:?}");
        }
    }

    #[test]
    fn composite_is_the_checksum_of_checksums() {
        let plan = ChecksumPlan::new(Algorithm::Sha256, None).expect("a hash has a composite form");
        let parts = [sum(Algorithm::Sha256, b"a"), sum(Algorithm::Sha256, b"b")];
        let combined = plan
            .combine(parts.iter().map(|sum| (Some(sum), 1)))
            .expect("both parts have one");
        let joined: Vec<u8> = parts
            .iter()
            .flat_map(|part| part.raw().expect("just computed"))
            .collect();
        assert_eq!(combined.value, format!("{}-2", sum(Algorithm::Sha256, &joined).value));
        assert_eq!(plan.combine([(Some(&parts[0]), 1), (None, 1)].into_iter()), None);
        assert_eq!(ChecksumPlan::new(Algorithm::Sha256, Some(Form::FullObject)), None);
        assert_eq!(ChecksumPlan::new(Algorithm::Crc64Nvme, Some(Form::Composite)), None);
    }
}
