//! From the bytes of a request body to a typed request.

use crate::error::ApiError;
use crate::validate::{self, Shape};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A request type of the service together with its rule table.
pub trait Request: Serialize + DeserializeOwned {
    /// The operation it belongs to.
    const OPERATION: &'static str;
    const SHAPE: &'static Shape;
}

/// Parses and checks a body. An empty one counts as `{}`, as the protocol asks of servers.
pub fn decode<R: Request>(body: &[u8]) -> Result<R, ApiError> {
    let body = if body.is_empty() { b"{}" } else { body };
    let value: Value = serde_json::from_slice(body).map_err(|error| {
        // Position only: the parser's own text may quote the body.
        let (line, column) = (error.line(), error.column());
        ApiError::serialization(format!("The body is not valid JSON at line {line} column {column}."))
    })?;
    // `null` is an absent member anywhere else, but no request.
    if value.is_null() {
        return Err(ApiError::serialization("The body is not a JSON object."));
    }
    validate::check_types(R::SHAPE, &value)?;
    validate::check_constraints(R::SHAPE, &value)?;
    serde_json::from_value(value)
        .map_err(|_| ApiError::serialization(format!("The body does not decode as a {} request.", R::OPERATION)))
}

/// A digest of all that a request asks for, in hexadecimal: two uses of one `ClientRequestToken` are
/// the same request exactly when their fingerprints agree. Unknown members and spelling do not count.
pub fn fingerprint<R: Request>(request: &R) -> String {
    let canonical = serde_json::to_vec(request).expect("requests are plain structs");
    hex::encode(Sha256::digest(canonical))
}
