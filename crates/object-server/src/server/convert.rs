//! Between the protocol's types and the storage's.

use http::{HeaderMap, HeaderValue};
use s3s::dto::{self, ETag, ETagCondition, Timestamp};
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};
use time::OffsetDateTime;

use crate::checksum::{Algorithm, Checksum, Form};
use crate::storage::{Attributes, ByteRange, ObjectInfo, Precondition, StorageError};

/// The protocol's name for a refusal.
pub(super) fn storage_error(error: StorageError) -> S3Error {
    let code = match &error {
        StorageError::NoSuchBucket => S3ErrorCode::NoSuchBucket,
        StorageError::BucketTaken => S3ErrorCode::BucketAlreadyExists,
        StorageError::BucketAlreadyOwned => S3ErrorCode::BucketAlreadyOwnedByYou,
        StorageError::BucketNotEmpty => S3ErrorCode::BucketNotEmpty,
        StorageError::NoSuchKey => S3ErrorCode::NoSuchKey,
        StorageError::InvalidKey => S3ErrorCode::KeyTooLongError,
        StorageError::NoSuchUpload => S3ErrorCode::NoSuchUpload,
        StorageError::InvalidPart => S3ErrorCode::InvalidPart,
        StorageError::InvalidPartOrder => S3ErrorCode::InvalidPartOrder,
        StorageError::InvalidPartNumber => S3ErrorCode::InvalidArgument,
        StorageError::NoParts => S3ErrorCode::MalformedXML,
        StorageError::PartTooSmall => S3ErrorCode::EntityTooSmall,
        StorageError::DigestMismatch => S3ErrorCode::BadDigest,
        StorageError::PreconditionFailed => S3ErrorCode::PreconditionFailed,
        StorageError::InvalidRange => S3ErrorCode::InvalidRange,
        StorageError::Closed => S3ErrorCode::ServiceUnavailable,
        StorageError::Locked
        | StorageError::Content(_)
        | StorageError::Index(_)
        | StorageError::Migration(_)
        | StorageError::CorruptIndex => {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            tracing::error!(%error, source, "an S3 request failed");
            S3ErrorCode::InternalError
        }
    };
    S3Error::with_message(code, sentence(&error.to_string()))
}

/// Our errors are lower case without a full stop; those that S3 users read are sentences.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(characters).chain(['.']).collect()
}

impl From<StorageError> for Refused {
    fn from(error: StorageError) -> Self {
        Self(storage_error(error))
    }
}

/// An [`S3Error`] that storage errors turn into, for closures that the storage calls.
pub(super) struct Refused(pub(super) S3Error);

pub(super) fn timestamp(time: OffsetDateTime) -> Timestamp {
    Timestamp::from(time)
}

pub(super) fn strong(etag: &str) -> ETag {
    ETag::Strong(etag.to_owned())
}

/// Sizes and lengths are signed on the wire.
pub(super) fn size(bytes: u64) -> Option<i64> {
    i64::try_from(bytes).ok()
}

/// Preconditions of writes.
pub(super) fn precondition(
    if_match: Option<ETagCondition>,
    if_none_match: Option<ETagCondition>,
) -> S3Result<Precondition> {
    match (if_match, if_none_match) {
        (None, None) => Ok(Precondition::None),
        (Some(ETagCondition::Any), None) => Ok(Precondition::Present),
        (Some(ETagCondition::ETag(etag)), None) => Ok(Precondition::Etag(etag.into_value())),
        (None, Some(ETagCondition::Any)) => Ok(Precondition::Absent),
        (None, Some(ETagCondition::ETag(_))) => Err(s3_error!(
            NotImplemented,
            "If-None-Match of a write supports only the value *."
        )),
        (Some(_), Some(_)) => Err(s3_error!(InvalidRequest, "Give If-Match or If-None-Match, not both.")),
    }
}

/// Preconditions of reads.
pub(super) struct ReadConditions {
    pub(super) if_match: Option<ETagCondition>,
    pub(super) if_none_match: Option<ETagCondition>,
    pub(super) if_modified_since: Option<Timestamp>,
    pub(super) if_unmodified_since: Option<Timestamp>,
}

impl ReadConditions {
    /// In the order of RFC 9110, section 13.2.2: a condition on the ETag makes the one on the time void.
    pub(super) fn check(&self, info: &ObjectInfo) -> S3Result<()> {
        let matches = |condition: &ETagCondition| match condition {
            ETagCondition::Any => true,
            ETagCondition::ETag(etag) => etag.value() == info.etag,
        };
        // Dates on the wire have whole seconds.
        let modified = info.modified.unix_timestamp();
        let seconds = |time: &Timestamp| OffsetDateTime::from(time.clone()).unix_timestamp();
        let intact = match (&self.if_match, &self.if_unmodified_since) {
            (Some(condition), _) => matches(condition),
            (None, Some(time)) => modified <= seconds(time),
            (None, None) => true,
        };
        if !intact {
            return Err(s3_error!(PreconditionFailed, "The precondition does not hold."));
        }
        let fresh = match (&self.if_none_match, &self.if_modified_since) {
            (Some(condition), _) => !matches(condition),
            (None, Some(time)) => modified > seconds(time),
            (None, None) => true,
        };
        if !fresh {
            let mut error = s3_error!(NotModified, "Not modified.");
            let mut headers = HeaderMap::new();
            if let Ok(etag) = HeaderValue::try_from(format!("\"{}\"", info.etag)) {
                headers.insert(http::header::ETAG, etag);
            }
            error.set_headers(headers);
            return Err(error);
        }
        Ok(())
    }
}

pub(super) fn byte_range(range: Option<dto::Range>) -> ByteRange {
    match range {
        None => ByteRange::Full,
        Some(dto::Range::Int { first, last }) => ByteRange::From { first, last },
        Some(dto::Range::Suffix { length }) => ByteRange::Suffix(length),
    }
}

/// Objects have no versions but the one that S3 calls null.
pub(super) fn check_version(version: Option<&str>) -> S3Result<()> {
    match version {
        None | Some("null") => Ok(()),
        Some(_) => Err(s3_error!(
            NoSuchVersion,
            "Versioning is not supported by this endpoint."
        )),
    }
}

/// Gathers the kept headers of any input that has them.
macro_rules! attributes {
    ($input:expr) => {
        $crate::storage::Attributes {
            content_type: $input.content_type.take(),
            cache_control: $input.cache_control.take(),
            content_disposition: $input.content_disposition.take(),
            content_encoding: $input
                .content_encoding
                .take()
                .and_then($crate::server::convert::kept_encoding),
            content_language: $input.content_language.take(),
            expires: $input
                .expires
                .take()
                .map(|time| ::time::OffsetDateTime::from(time).unix_timestamp()),
            metadata: $input.metadata.take().unwrap_or_default().into_iter().collect(),
            checksum: None,
        }
    };
}
pub(super) use attributes;

/// `aws-chunked` is an encoding of the request, not of the object.
pub(super) fn kept_encoding(encoding: String) -> Option<String> {
    let kept: Vec<_> = encoding
        .split(',')
        .map(str::trim)
        .filter(|name| !matches!(*name, "" | "aws-chunked"))
        .collect();
    (!kept.is_empty()).then(|| kept.join(","))
}

/// S3 allows 2 KB of user metadata, names and values together.
pub(super) fn check_metadata(attributes: &Attributes) -> S3Result<()> {
    let size: usize = attributes
        .metadata
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if size > 2048 {
        return Err(s3_error!(MetadataTooLarge, "The user metadata is larger than 2 KB."));
    }
    Ok(())
}

/// One value in the five fields that outputs have for checksums.
#[derive(Default)]
pub(super) struct ChecksumFields {
    pub(super) crc32: Option<String>,
    pub(super) crc32c: Option<String>,
    pub(super) crc64nvme: Option<String>,
    pub(super) sha1: Option<String>,
    pub(super) sha256: Option<String>,
    pub(super) form: Option<dto::ChecksumType>,
}

impl From<Option<&Checksum>> for ChecksumFields {
    fn from(checksum: Option<&Checksum>) -> Self {
        let mut fields = Self::default();
        let Some(checksum) = checksum else { return fields };
        let field = match checksum.algorithm {
            Algorithm::Crc32 => &mut fields.crc32,
            Algorithm::Crc32c => &mut fields.crc32c,
            Algorithm::Crc64Nvme => &mut fields.crc64nvme,
            Algorithm::Sha1 => &mut fields.sha1,
            Algorithm::Sha256 => &mut fields.sha256,
        };
        *field = Some(checksum.value.clone());
        fields.form = Some(checksum_type(checksum.form));
        fields
    }
}

pub(super) fn checksum_type(form: Form) -> dto::ChecksumType {
    dto::ChecksumType::from_static(match form {
        Form::FullObject => dto::ChecksumType::FULL_OBJECT,
        Form::Composite => dto::ChecksumType::COMPOSITE,
    })
}

/// Fills the checksum fields of an output in place.
macro_rules! set_checksum {
    ($output:expr, $checksum:expr) => {{
        let fields = $crate::server::convert::ChecksumFields::from($checksum);
        $output.checksum_crc32 = fields.crc32;
        $output.checksum_crc32c = fields.crc32c;
        $output.checksum_crc64nvme = fields.crc64nvme;
        $output.checksum_sha1 = fields.sha1;
        $output.checksum_sha256 = fields.sha256;
        fields.form
    }};
}
pub(super) use set_checksum;

/// Percent-encodes for `encoding-type=url`. Clients decode with or without `+` for a space, so none is made.
pub(super) fn url_encode(text: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => encoded.push(byte.into()),
            // Writing to a string cannot fail.
            _ => drop(write!(encoded, "%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(etag: &str, modified: i64) -> ObjectInfo {
        ObjectInfo {
            id: 1,
            key: "k".to_owned(),
            size: 1,
            etag: etag.to_owned(),
            modified: OffsetDateTime::from_unix_timestamp(modified).expect("in range"),
            attributes: Attributes::default(),
        }
    }

    #[test]
    fn read_conditions_follow_rfc_9110() {
        let tag = |etag: &str| Some(ETagCondition::ETag(strong(etag)));
        let at = |seconds| {
            Some(Timestamp::from(
                OffsetDateTime::from_unix_timestamp(seconds).expect("in range"),
            ))
        };
        let code = |if_match, if_none_match, if_modified_since, if_unmodified_since| {
            ReadConditions {
                if_match,
                if_none_match,
                if_modified_since,
                if_unmodified_since,
            }
            .check(&info("e", 1000))
            .err()
            .map(|error| error.code().as_str().to_owned())
        };
        let failed = Some("PreconditionFailed".to_owned());
        let not_modified = Some("NotModified".to_owned());
        assert_eq!(code(None, None, None, None), None);
        assert_eq!(
            code(tag("e"), None, None, at(1)),
            None,
            "If-Match makes If-Unmodified-Since void"
        );
        assert_eq!(code(tag("x"), None, None, None), failed);
        assert_eq!(code(None, tag("e"), None, None), not_modified);
        assert_eq!(
            code(None, tag("x"), at(2000), None),
            None,
            "If-None-Match makes If-Modified-Since void"
        );
        assert_eq!(code(None, Some(ETagCondition::Any), None, None), not_modified);
        assert_eq!(code(None, None, at(1000), None), not_modified);
        assert_eq!(code(None, None, at(999), None), None);
        assert_eq!(code(None, None, None, at(999)), failed);
        assert_eq!(code(None, None, None, at(1000)), None);
    }

    #[test]
    fn keys_are_encoded_so_that_either_way_of_decoding_restores_them() {
        assert_eq!(url_encode("a b+c/d%é\n"), "a%20b%2Bc/d%25%C3%A9%0A");
    }
}
