//! The port's words for what S3 and the way to it answer.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use construe_jobs::{ObjectError, ObjectErrorKind};

/// What `attempt` (such as `reading s3://bucket/key`) failed with.
pub(crate) fn failure<E>(error: &SdkError<E, HttpResponse>, attempt: &str) -> ObjectError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error {
        SdkError::ServiceError(answer) => {
            let (status, code) = (answer.raw().status().as_u16(), answer.err().code());
            let kind = kind(code, status);
            let message = match (code, answer.err().message()) {
                (Some(code), Some(message)) => format!("{attempt}: {code}: {message}"),
                (Some(code), None) => format!("{attempt}: {code}"),
                _ if answer.raw().status().is_success() => {
                    format!(
                        "{attempt}: the store's answer cannot be understood: {}",
                        chain(answer.err())
                    )
                }
                _ => format!("{attempt}: the store answered {status}"),
            };
            ObjectError::new(kind, message)
        }
        other => {
            let kind = match other {
                _ if refused_credentials(other) => ObjectErrorKind::AccessDenied,
                SdkError::ConstructionFailure(_) => ObjectErrorKind::Other,
                _ => ObjectErrorKind::Unavailable,
            };
            ObjectError::new(kind, format!("{attempt}: {}", chain(other)))
        }
    }
}

/// The kind of an S3 error code; where a store gives none (answers to HEAD have no body), of the status.
fn kind(code: Option<&str>, status: u16) -> ObjectErrorKind {
    match code.unwrap_or_default() {
        "NoSuchBucket" => ObjectErrorKind::NoSuchBucket,
        "NoSuchKey" | "NotFound" => ObjectErrorKind::NotFound,
        "AccessDenied"
        | "AllAccessDisabled"
        | "AccountProblem"
        | "InvalidAccessKeyId"
        | "SignatureDoesNotMatch"
        | "InvalidToken"
        | "ExpiredToken"
        | "InvalidSecurity"
        | "NotSignedUp"
        | "InvalidObjectState" => ObjectErrorKind::AccessDenied,
        "PreconditionFailed" => ObjectErrorKind::Changed,
        "NotImplemented" => ObjectErrorKind::Unsupported,
        // A clock that is off stays off: asking again will not help, and nobody was denied anything.
        "RequestTimeTooSkewed" => ObjectErrorKind::Other,
        "SlowDown"
        | "Throttling"
        | "RequestTimeout"
        | "InternalError"
        | "ServiceUnavailable"
        | "OperationAborted"
        | "ConditionalRequestConflict" => ObjectErrorKind::Unavailable,
        _ => match status {
            401 | 403 => ObjectErrorKind::AccessDenied,
            404 => ObjectErrorKind::NotFound,
            412 => ObjectErrorKind::Changed,
            501 => ObjectErrorKind::Unsupported,
            408 | 409 | 429 | 500..=599 => ObjectErrorKind::Unavailable,
            _ => ObjectErrorKind::Other,
        },
    }
}

/// Whether the role's credentials were refused, rather than STS being out of reach.
fn refused_credentials(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<CredentialsError>() {
            // The SDK names this case "service error": STS answered, and the answer was no. Its type
            // belongs to a crate of the SDK that is not ours to depend on.
            return error
                .source()
                .is_some_and(|source| source.to_string().starts_with("service error"));
        }
        next = error.source();
    }
    false
}

/// The error and its causes, one after the other.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}

/// Whether the request may have taken effect although it failed: its answer was lost, or the SDK sent
/// it again and the second met what the first had done.
pub(crate) fn may_have_happened<E>(error: &SdkError<E, HttpResponse>) -> bool
where
    E: ProvideErrorMetadata,
{
    match error {
        SdkError::ServiceError(answer) => {
            let status = answer.raw().status();
            // Success with an answer that the SDK cannot read: S3 itself begins to answer a completion
            // before it knows the end, and other servers name its elements otherwise.
            status.is_success() || status.is_server_error() || answer.err().code() == Some("NoSuchUpload")
        }
        SdkError::ConstructionFailure(_) => false,
        _ => true,
    }
}

/// Status of the answer, if there was one.
pub(crate) fn status<E>(error: &SdkError<E, HttpResponse>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ObjectErrorKind::*;

    #[test]
    fn codes_and_statuses_map_to_kinds() {
        let cases = [
            (Some("NoSuchBucket"), 404, NoSuchBucket),
            (Some("NoSuchKey"), 404, NotFound),
            (None, 404, NotFound),
            (None, 403, AccessDenied),
            (Some("InvalidAccessKeyId"), 403, AccessDenied),
            (Some("RequestTimeTooSkewed"), 403, Other),
            (Some("PreconditionFailed"), 412, Changed),
            (None, 412, Changed),
            (Some("NotImplemented"), 501, Unsupported),
            (Some("SlowDown"), 503, Unavailable),
            (Some("SomethingNew"), 500, Unavailable),
            (Some("SomethingNew"), 400, Other),
            (Some("PermanentRedirect"), 301, Other),
            (Some("ConditionalRequestConflict"), 409, Unavailable),
        ];
        for (code, status, expected) in cases {
            assert_eq!(kind(code, status), expected, "{code:?} {status}");
        }
    }
}
