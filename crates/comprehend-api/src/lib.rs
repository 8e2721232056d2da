//! Amazon Comprehend's wire protocol: shapes, constraints, names, signatures and output records.
//!
//! Nothing here performs I/O: the gateway feeds bytes in and gets typed requests or protocol errors
//! out, the workers get serialised records. Supporting one more operation takes its types and rule
//! table under [`shapes`], a status in [`operation`], and a handler in the gateway.
//!
//! Shapes and constraints follow the published service models; `tests/model.rs` compares the rule
//! tables with them in both directions.

pub mod arn;
pub mod decode;
pub mod error;
pub mod manifest;
pub mod operation;
pub mod output;
pub mod page_token;
pub mod protocol;
pub mod records;
pub mod s3_uri;
pub mod shapes;
pub mod signature;
pub mod validate;

pub use error::{ApiError, ErrorCode, InvalidDocument};

/// The authenticated origin of a request: who asks, and in which region.
///
/// The region is the one of the signature's scope; it appears in ARNs and separates resources.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Caller {
    /// Twelve digits.
    pub account: String,
    pub region: String,
}
