//! What the storage keeps, and the ways in which it refuses.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::checksum::{Checksum, ChecksumPlan};

/// Longest key in bytes of UTF-8.
pub const MAX_KEY_BYTES: usize = 1024;
/// Smallest part of a multipart upload but the last, in bytes.
pub const MIN_PART_BYTES: u64 = 5 * 1024 * 1024;
/// Parts of an upload are numbered from 1 to this.
pub const MAX_PART_NUMBER: u32 = 10_000;
/// Most entries that one page of any listing holds.
pub const MAX_PAGE: usize = 1000;

/// A bucket as it was when it was looked up. Operations through it fail with
/// [`StorageError::NoSuchBucket`] once it is gone, even if another of the same name exists by then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    pub(crate) id: i64,
    pub name: String,
    /// Id of the account that made it.
    pub owner: String,
    /// Region asked for when it was made, if any.
    pub location: Option<String>,
    pub created: OffsetDateTime,
}

/// Headers and user metadata that come back as they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attributes {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_control: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_disposition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_encoding: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_language: Option<String>,
    /// Seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<i64>,
    /// Without the `x-amz-meta-` prefix.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checksum: Option<Checksum>,
}

/// One version of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectInfo {
    pub(crate) id: i64,
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// Without quotes.
    pub etag: String,
    pub modified: OffsetDateTime,
    pub attributes: Attributes,
}

/// An object in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectSummary {
    pub key: String,
    pub size: u64,
    /// Without quotes.
    pub etag: String,
    pub modified: OffsetDateTime,
}

/// What a listing is asked for.
#[derive(Debug, Clone, Default)]
pub struct ListQuery {
    pub prefix: String,
    /// Keys that share all up to its first occurrence after `prefix` are rolled up. Empty means none.
    pub delimiter: String,
    /// Only entries (keys and rolled-up prefixes) that sort after this are given.
    pub after: Option<String>,
    /// Most entries; capped at [`MAX_PAGE`].
    pub limit: usize,
}

/// One page of a listing, in the order of the keys' UTF-8 bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListPage {
    pub objects: Vec<ObjectSummary>,
    pub prefixes: Vec<String>,
    /// The last entry when more follow: pass it as [`ListQuery::after`] to go on.
    pub next: Option<String>,
}

/// What must hold for a write or removal to take place, checked in the transaction that does it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Precondition {
    #[default]
    None,
    /// Nothing is stored at the key.
    Absent,
    /// Something is stored at the key.
    Present,
    /// The object at the key has this ETag (without quotes).
    Etag(String),
}

impl Precondition {
    /// Checks against the ETag of what is stored now.
    pub(crate) fn check(&self, stored: Option<&str>) -> Result<(), StorageError> {
        match (self, stored) {
            (Self::None, _) | (Self::Absent, None) | (Self::Present, Some(_)) => Ok(()),
            (Self::Absent, Some(_)) => Err(StorageError::PreconditionFailed),
            (Self::Present | Self::Etag(_), None) => Err(StorageError::NoSuchKey),
            (Self::Etag(wanted), Some(etag)) if wanted == etag => Ok(()),
            (Self::Etag(_), Some(_)) => Err(StorageError::PreconditionFailed),
        }
    }
}

/// A multipart upload under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    pub id: String,
    pub key: String,
    pub created: OffsetDateTime,
    pub checksum: Option<ChecksumPlan>,
}

/// A part of a multipart upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub number: u32,
    pub size: u64,
    /// Without quotes.
    pub etag: String,
    pub modified: OffsetDateTime,
    pub checksum: Option<Checksum>,
}

/// A part as the caller names it when completing an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPart {
    pub number: u32,
    /// Without quotes.
    pub etag: String,
    /// Compared with what was stored when given.
    pub checksum: Option<Checksum>,
}

/// What the caller says about the object that an upload makes.
#[derive(Debug, Clone, Default)]
pub struct Completion {
    pub parts: Vec<NamedPart>,
    pub precondition: Precondition,
    /// Total size in bytes, compared when given.
    pub size: Option<u64>,
    /// Checksum of the whole, compared when given.
    pub checksum: Option<Checksum>,
}

/// A page of the parts of an upload.
#[derive(Debug, Clone)]
pub struct PartPage {
    pub upload: Upload,
    pub parts: Vec<Part>,
    pub more: bool,
}

/// A page of the uploads of a bucket, by key and then by age.
#[derive(Debug, Clone, Default)]
pub struct UploadPage {
    pub uploads: Vec<Upload>,
    pub prefixes: Vec<String>,
    pub more: bool,
}

/// Which bytes of an object a reader wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteRange {
    Full,
    /// From `first` to `last` inclusive, or to the end.
    From {
        first: u64,
        last: Option<u64>,
    },
    /// The last so many bytes.
    Suffix(u64),
}

impl ByteRange {
    /// The bytes of an object of `size` bytes, or [`StorageError::InvalidRange`] when there are none.
    pub fn of(self, size: u64) -> Result<Range<u64>, StorageError> {
        match self {
            Self::Full => Ok(0..size),
            Self::From { first, last } => {
                let end = last.map_or(size, |last| last.saturating_add(1).min(size));
                if first < end {
                    Ok(first..end)
                } else {
                    Err(StorageError::InvalidRange)
                }
            }
            Self::Suffix(0) => Err(StorageError::InvalidRange),
            Self::Suffix(_) if size == 0 => Err(StorageError::InvalidRange),
            Self::Suffix(length) => Ok(size - length.min(size)..size),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    #[error("the bucket does not exist")]
    NoSuchBucket,
    #[error("the bucket exists and belongs to another account")]
    BucketTaken,
    #[error("the bucket exists and belongs to this account")]
    BucketAlreadyOwned,
    #[error("the bucket is not empty")]
    BucketNotEmpty,
    #[error("the key does not exist")]
    NoSuchKey,
    #[error("the key is empty or longer than {MAX_KEY_BYTES} bytes")]
    InvalidKey,
    #[error("the multipart upload does not exist, or is of another key")]
    NoSuchUpload,
    #[error("a part is missing, or its ETag or checksum is another")]
    InvalidPart,
    #[error("the parts are not in ascending order")]
    InvalidPartOrder,
    #[error("a part number is not between 1 and {MAX_PART_NUMBER}")]
    InvalidPartNumber,
    #[error("no parts were named")]
    NoParts,
    #[error("a part other than the last is smaller than {MIN_PART_BYTES} bytes")]
    PartTooSmall,
    #[error("the size or checksum of the whole is another than the one given")]
    DigestMismatch,
    #[error("the precondition does not hold")]
    PreconditionFailed,
    #[error("no byte of the object lies in the range")]
    InvalidRange,
    #[error("the data folder is in use by another process")]
    Locked,
    #[error("a content file could not be read or written")]
    Content(#[source] io::Error),
    #[error("the index could not be read or written")]
    Index(#[source] sqlx::Error),
    #[error("the index has a form that this version cannot bring up to date")]
    Migration(#[source] sqlx::migrate::MigrateError),
    #[error("the index holds a value that cannot be understood")]
    CorruptIndex,
    #[error("the storage is shutting down")]
    Closed,
}

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            // Rows refer to buckets only: a missing one is a bucket deleted in between.
            sqlx::Error::Database(database) if database.is_foreign_key_violation() => Self::NoSuchBucket,
            sqlx::Error::PoolClosed => Self::Closed,
            _ => Self::Index(error),
        }
    }
}

impl From<io::Error> for StorageError {
    fn from(error: io::Error) -> Self {
        Self::Content(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_follow_rfc_9110() {
        let from = |first, last| ByteRange::From { first, last };
        let cases = [
            (ByteRange::Full, 0, Some(0..0)),
            (ByteRange::Full, 5, Some(0..5)),
            (from(0, Some(0)), 5, Some(0..1)),
            (from(2, None), 5, Some(2..5)),
            (from(2, Some(u64::MAX)), 5, Some(2..5)),
            (from(5, None), 5, None),
            (from(0, None), 0, None),
            (ByteRange::Suffix(2), 5, Some(3..5)),
            (ByteRange::Suffix(9), 5, Some(0..5)),
            (ByteRange::Suffix(0), 5, None),
            (ByteRange::Suffix(1), 0, None),
        ];
        for (range, size, expected) in cases {
            assert_eq!(range.of(size).ok(), expected, "{range:?} of {size}");
        }
    }
}
