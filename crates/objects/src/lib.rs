//! The port to object storage on any S3, by Amazon's SDK.
//!
//! Two kinds of rights: the service's own for its work bucket, and those of a job's role, which come
//! from the configuration (static keys for a role or an account) or from STS. The SDK lives in this
//! crate only: it is slow to compile, and nothing else needs to know it.

mod clients;
mod config;
mod error;
mod read;
mod store;
mod write;

pub use config::{RoleCredentials, S3Config, StaticCredentials};
pub use store::S3Objects;
