//! Verification of AWS Signature Version 4 in the Authorization header.
//!
//! The server repeats the client's computation over the request as received and compares the result
//! in constant time. The body's hash is always the one of the received bytes, whatever an
//! `x-amz-content-sha256` header says. Paths are normalised as for every service but S3.

mod authorization;
mod canonical;

pub use authorization::Authorization;

use crate::error::{ApiError, ErrorCode};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc2822;
use time::macros::format_description;
use time::{Duration, OffsetDateTime, PrimitiveDateTime};

/// How far a request's time may be from the server's, each way.
pub const MAX_CLOCK_SKEW: Duration = Duration::minutes(15);

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const BASIC_ISO_8601: &[BorrowedFormatItem<'_>] = format_description!("[year][month][day]T[hour][minute][second]Z");

/// A secret access key. Its `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(REDACTED)")
    }
}

/// The parts of a request that its signature covers, as they came over the wire.
#[derive(Clone, Copy, Debug)]
pub struct SignedRequest<'a> {
    pub method: &'a str,
    /// Still percent-encoded.
    pub path: &'a str,
    /// Still percent-encoded, without the question mark; empty when there is none.
    pub query: &'a str,
    /// In the order received, names in any case. Under HTTP/2 the caller adds `host` from the
    /// authority.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// SHA-256 of the body as received, in lower-case hexadecimal.
    pub body_sha256_hex: &'a str,
}

impl<'a> SignedRequest<'a> {
    fn header(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.headers
            .iter()
            .filter(move |(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| *value)
    }
}

/// What a valid signature proves: who asks, and for which region and service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    pub access_key: String,
    /// Eight digits.
    pub date: String,
    pub region: String,
    pub service: String,
}

/// Lower-case hexadecimal SHA-256, for [`SignedRequest::body_sha256_hex`].
pub fn sha256_hex(body: &[u8]) -> String {
    hex::encode(Sha256::digest(body))
}

/// Verifies a request. `lookup` finds the secret of an access key.
pub fn verify(
    request: &SignedRequest<'_>,
    now: OffsetDateTime,
    lookup: impl FnOnce(&str) -> Option<Secret>,
) -> Result<Scope, ApiError> {
    let mut values = request.header("authorization");
    let value = values.next().ok_or_else(|| {
        ApiError::new(
            ErrorCode::MissingAuthenticationTokenException,
            "The request has no Authorization header.",
        )
    })?;
    if values.next().is_some() {
        return Err(incomplete("The request has more than one Authorization header."));
    }
    let value = std::str::from_utf8(value).map_err(|_| incomplete("The Authorization header is not text."))?;
    let authorization = Authorization::parse(value)?;

    let (time, date_header) = request_time(request)?;
    for name in ["host", date_header, "x-amz-target"] {
        let present = request.header(name).next().is_some();
        // Without these a signature would fit other operations, servers or times.
        if (present || name == "host") && !authorization.signs(name) {
            return Err(ApiError::invalid_signature(format!(
                "The header {name} must be signed."
            )));
        }
    }
    let timestamp = time
        .format(BASIC_ISO_8601)
        .map_err(|_| incomplete("The request's time is out of range."))?;
    if !timestamp.starts_with(authorization.date) {
        return Err(ApiError::invalid_signature(
            "The date of the credential's scope is not the request's date.",
        ));
    }
    if (now - time).abs() > MAX_CLOCK_SKEW {
        let message = format!(
            "The request's time {timestamp} is more than {} minutes from the server's time.",
            MAX_CLOCK_SKEW.whole_minutes()
        );
        return Err(ApiError::invalid_signature(message));
    }

    let secret = lookup(authorization.access_key).ok_or_else(|| {
        ApiError::new(
            ErrorCode::UnrecognizedClientException,
            "The access key of the request is not known.",
        )
    })?;
    let canonical_request = canonical::canonical_request(request, &authorization.signed_headers)?;
    let string_to_sign = format!(
        "{ALGORITHM}\n{timestamp}\n{}\n{}",
        authorization.scope(),
        sha256_hex(&canonical_request)
    );
    let expected = hmac(&signing_key(&secret, &authorization), string_to_sign.as_bytes());
    if !bool::from(expected.ct_eq(&authorization.signature)) {
        return Err(ApiError::invalid_signature(
            "The signature does not match the request. Check the secret access key and that nothing between client \
             and server changes the request.",
        ));
    }
    Ok(Scope {
        access_key: authorization.access_key.to_owned(),
        date: authorization.date.to_owned(),
        region: authorization.region.to_owned(),
        service: authorization.service.to_owned(),
    })
}

/// The time a request was signed at, and the header that says so.
fn request_time(request: &SignedRequest<'_>) -> Result<(OffsetDateTime, &'static str), ApiError> {
    for name in ["x-amz-date", "date"] {
        let mut values = request.header(name);
        let Some(value) = values.next() else { continue };
        let text = std::str::from_utf8(value).unwrap_or_default().trim();
        let basic = PrimitiveDateTime::parse(text, BASIC_ISO_8601)
            .map(PrimitiveDateTime::assume_utc)
            .ok();
        let time = basic.or_else(|| OffsetDateTime::parse(text, &Rfc2822).ok());
        return match (time, values.next()) {
            // The string to sign holds the time in UTC.
            (Some(time), None) => Ok((time.to_offset(time::UtcOffset::UTC), name)),
            _ => Err(incomplete("The request's date header cannot be read.")),
        };
    }
    Err(incomplete("The request has neither an X-Amz-Date nor a Date header."))
}

fn incomplete(message: &'static str) -> ApiError {
    ApiError::new(ErrorCode::IncompleteSignatureException, message)
}

fn signing_key(secret: &Secret, authorization: &Authorization<'_>) -> [u8; 32] {
    let mut key = hmac(format!("AWS4{}", secret.0).as_bytes(), authorization.date.as_bytes());
    for part in [authorization.region, authorization.service, authorization::TERMINATOR] {
        key = hmac(&key, part.as_bytes());
    }
    key
}

fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.chain_update(message).finalize().into_bytes().into()
}

#[cfg(test)]
mod tests;
