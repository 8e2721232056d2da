//! From faults of the parts behind the gateway to errors of the protocol.

use construe_comprehend_api::{ApiError, ErrorCode};
use construe_jobs::StoreError;

/// The client learns that something is wrong on this side, the log learns what.
pub fn internal(error: &(dyn std::error::Error + 'static)) -> ApiError {
    let mut chain = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        chain.push_str(": ");
        chain.push_str(&cause.to_string());
        source = cause.source();
    }
    tracing::error!(error = chain, "request failed");
    ApiError::internal()
}

pub fn store(error: StoreError) -> ApiError {
    match error {
        StoreError::TokenReused => {
            ApiError::invalid_request("ClientRequestToken was used before with a different request.")
        }
        StoreError::TooManyTags => ApiError::new(
            ErrorCode::TooManyTagsException,
            "The resource would have more tags than a resource can have.",
        ),
        other => internal(&other),
    }
}
