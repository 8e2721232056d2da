//! An S3 endpoint over a local folder, and the same objects for code in this process.
//!
//! [`Storage`] keeps the objects; [`ObjectServer`] speaks S3 for them (protocol and signatures by the
//! `s3s` crate) and [`EmbeddedObjects`] is the port of the job pipeline on them, without HTTP between.
//! Requests are path style (`/bucket/key`) only: virtual-host style would need DNS names, which a
//! local endpoint does not have. Versioning, tags, ACLs and encryption are refused, never pretended.

mod account;
mod checksum;
mod embedded;
mod server;
mod storage;

pub use account::{Account, AccountDirectory, InvalidAccount, Secret, StaticAccounts};
pub use checksum::{Algorithm, Checksum, ChecksumPlan, Form};
pub use embedded::EmbeddedObjects;
pub use server::{ObjectBody, ObjectServer};
pub use storage::{
    Attributes, Bucket, ByteRange, Completion, ContentStream, ContentWriter, Digest, Draft, ListPage, ListQuery,
    MAX_KEY_BYTES, MAX_PAGE, MAX_PART_NUMBER, MIN_PART_BYTES, NamedPart, ObjectInfo, ObjectSummary, OpenObject, Part,
    PartPage, Precondition, Storage, StorageError, StorageOptions, Swept, Upload, UploadPage, UploadQuery,
};
