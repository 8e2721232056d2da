//! From faults of the parts behind the gateway to errors of the protocol.

use construe_comprehend_api::{ApiError, ErrorCode};
use construe_jobs::StoreError;
use construe_models::{FetchError, RegistryError};

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
        StoreError::ModelNotFound => ApiError::resource_not_found(),
        StoreError::ModelUnavailable => model_unavailable(),
        other => internal(&other),
    }
}

pub fn registry(error: RegistryError) -> ApiError {
    match error {
        RegistryError::Exists => ApiError::new(
            ErrorCode::ResourceInUseException,
            "A resource with this name exists already. Use another name or another version name.",
        ),
        RegistryError::TokenReused => store(StoreError::TokenReused),
        RegistryError::NoReferent => ApiError::resource_not_found(),
        RegistryError::TooMany { limit } => ApiError::new(
            ErrorCode::ResourceLimitExceededException,
            format!("There can be at most {limit} resources of this kind."),
        ),
        RegistryError::Store(error) => store(error),
    }
}

/// A trained model could not be loaded.
pub fn model(error: FetchError) -> ApiError {
    let answer = internal(&error);
    if error.is_retryable() {
        return answer;
    }
    ApiError::new(
        ErrorCode::ResourceUnavailableException,
        "The model cannot be loaded: what training left is missing or was changed. Train it again.",
    )
}

pub fn model_unavailable() -> ApiError {
    ApiError::new(
        ErrorCode::ResourceUnavailableException,
        "RESOURCE_UNAVAILABLE: The model is not trained, or its training has failed.",
    )
}
