//! The port to object storage.
//!
//! Bytes live in S3 (or in the embedded object server); nothing here says which. Two kinds of place
//! exist: the customer's buckets, touched with the rights of the job's role, and the service's own
//! work bucket, where shard results wait until the finaliser composes them.

use std::ops::Range;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use serde::{Deserialize, Serialize};

/// With whose rights an object is touched.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Access {
    /// The service's own rights, good for the work bucket only.
    Service,
    /// The rights of the role that the job names in `DataAccessRoleArn`.
    Role {
        account: String,
        region: String,
        role_arn: String,
    },
}

/// A bucket and the key, or the beginning of keys, in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Location {
    pub bucket: String,
    pub key: String,
}

impl Location {
    pub fn new(bucket: impl Into<String>, key: impl Into<String>) -> Self {
        Self {
            bucket: bucket.into(),
            key: key.into(),
        }
    }
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

/// One object of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectMeta {
    pub key: String,
    /// As the store gives it, quotes included.
    pub etag: String,
    /// Bytes.
    pub size: u64,
}

/// A part of a listing, in the byte order of keys.
#[derive(Debug, Clone, Default)]
pub struct ObjectPage {
    pub objects: Vec<ObjectMeta>,
    /// Whether objects follow the last one of this page.
    pub more: bool,
}

/// What an object to be written is, and how its writing is made safe to repeat.
#[derive(Debug, Clone)]
pub struct NewObject {
    pub location: Location,
    pub content_type: &'static str,
    /// Known total size in bytes, if any: it decides the size of multipart parts.
    pub size: Option<u64>,
    /// `None`: the key is this writer's own and may be overwritten (a shard's attempt). `Some`: the
    /// object must not exist yet; if it does, the same tag on it means that an earlier attempt of the
    /// same work wrote it ([`Written::AlreadyThere`]), another tag or none is a [`ObjectErrorKind::Conflict`].
    pub once: Option<WriteTag>,
    /// KMS key to encrypt with, where the store can; the embedded one refuses.
    pub kms_key_id: Option<String>,
}

/// Names the work that wrote an object; kept as the object's user metadata (`construe-job`, `construe-digest`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteTag {
    pub job: String,
    /// Digest over what the object is composed of.
    pub digest: String,
}

/// How a write ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    Created,
    AlreadyThere,
}

pub type ObjectStream = BoxStream<'static, Result<Bytes, ObjectError>>;

/// Reads and writes objects. Implementations retry what is worth retrying and are cheap to share.
#[async_trait]
pub trait ObjectStore: Send + Sync {
    /// Objects whose keys begin with `prefix` and come after `after`, in the byte order of keys;
    /// at most 1,000.
    async fn list(
        &self,
        access: &Access,
        bucket: &str,
        prefix: &str,
        after: Option<&str>,
    ) -> Result<ObjectPage, ObjectError>;

    /// Streams `range` (bytes) of the object, only if its ETag still is `etag`; otherwise the error
    /// is [`ObjectErrorKind::Changed`]. An empty range yields an empty stream.
    async fn read(
        &self,
        access: &Access,
        location: &Location,
        etag: Option<&str>,
        range: Range<u64>,
    ) -> Result<ObjectStream, ObjectError>;

    /// Begins an object. Nothing is visible before [`ObjectWriter::complete`].
    async fn write(&self, access: &Access, object: NewObject) -> Result<Box<dyn ObjectWriter>, ObjectError>;

    /// Finds out whether an object could be written at `location`, leaving nothing visible there.
    async fn check_writable(&self, access: &Access, location: &Location) -> Result<(), ObjectError>;

    /// Removes every object of the service's work bucket whose key begins with `prefix`.
    async fn remove_work(&self, prefix: &str) -> Result<(), ObjectError>;

    /// Name of the bucket that belongs to the service.
    fn work_bucket(&self) -> &str;

    /// Fails when the store cannot be used at all (for readiness and `doctor`).
    async fn ping(&self) -> Result<(), ObjectError>;
}

/// An object being written. Dropping it without [`complete`](ObjectWriter::complete) leaves nothing visible.
#[async_trait]
pub trait ObjectWriter: Send {
    /// Appends; returns when the bytes are buffered or sent, so a slow store slows its writer.
    async fn write(&mut self, chunk: Bytes) -> Result<(), ObjectError>;
    /// The commit point: afterwards the whole object is visible.
    async fn complete(self: Box<Self>) -> Result<Written, ObjectError>;
    /// Gives up, removing what was sent so far.
    async fn abort(self: Box<Self>);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ObjectErrorKind {
    NoSuchBucket,
    NotFound,
    AccessDenied,
    /// The object is not the one that was listed (its ETag differs).
    Changed,
    /// Another writer's object stands at the key.
    Conflict,
    /// The store cannot do what the request asks for (such as encryption with a named key).
    Unsupported,
    /// Passing trouble: the same call may succeed later.
    Unavailable,
    Other,
}

/// `message` names what was attempted, on which place; never contents, never credentials.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct ObjectError {
    pub kind: ObjectErrorKind,
    pub message: String,
}

impl ObjectError {
    pub fn new(kind: ObjectErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    pub fn is_retryable(&self) -> bool {
        self.kind == ObjectErrorKind::Unavailable
    }
}
