//! Who is calling, and what this endpoint refuses before an operation begins.

use std::sync::Arc;

use http::{HeaderMap, Uri};
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::{S3Result, s3_error};

use crate::account::AccountDirectory;

/// The account whose signature the request carries.
#[derive(Debug, Clone)]
pub(super) struct Caller(pub(super) String);

/// Gives s3s the secrets to check signatures with.
pub(super) struct Auth(pub(super) Arc<dyn AccountDirectory>);

#[async_trait::async_trait]
impl S3Auth for Auth {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        match self.0.by_access_key(access_key) {
            Some(account) => Ok(SecretKey::from(account.secret.expose())),
            None => Err(s3_error!(InvalidAccessKeyId, "The access key id is not known here.")),
        }
    }
}

/// Lets signed requests through that ask for nothing this endpoint would have to pretend.
pub(super) struct Gate(pub(super) Arc<dyn AccountDirectory>);

#[async_trait::async_trait]
impl S3Access for Gate {
    async fn check(&self, cx: &mut S3AccessContext<'_>) -> S3Result<()> {
        let account = cx
            .credentials()
            .and_then(|credentials| self.0.by_access_key(&credentials.access_key));
        let Some(account) = account else {
            return Err(s3_error!(
                AccessDenied,
                "Anonymous requests are not allowed: sign the request."
            ));
        };
        if signed_by_version_2(cx.headers(), cx.uri()) {
            return Err(s3_error!(
                InvalidRequest,
                "Only signatures of version 4 (AWS4-HMAC-SHA256) are accepted."
            ));
        }
        // Form uploads are authorised by a policy document, which nothing here needs.
        if cx.s3_op().name() == "PostObject" {
            return Err(s3_error!(NotImplemented, "Browser form uploads are not supported."));
        }
        refuse_unsupported(cx.headers(), cx.uri())?;
        cx.extensions_mut().insert(Caller(account.id));
        Ok(())
    }
}

/// Version 2 signatures have no date limits, so a captured request could be replayed for ever.
fn signed_by_version_2(headers: &HeaderMap, uri: &Uri) -> bool {
    let by_header = headers
        .get(http::header::AUTHORIZATION)
        .is_some_and(|value| !value.as_bytes().starts_with(b"AWS4-HMAC-SHA256"));
    by_header || query_names(uri).any(|name| name == "Signature")
}

fn query_names(uri: &Uri) -> impl Iterator<Item = &str> {
    uri.query()
        .unwrap_or_default()
        .split('&')
        .map(|pair| pair.split_once('=').map_or(pair, |(name, _)| name))
}

/// Refuses features whose absence a client could not notice from the answer.
fn refuse_unsupported(headers: &HeaderMap, uri: &Uri) -> S3Result<()> {
    const ENCRYPTION: [&str; 2] = [
        "x-amz-server-side-encryption",
        "x-amz-copy-source-server-side-encryption",
    ];
    let names = headers.keys().map(|name| name.as_str().to_owned());
    // Signers may move headers of a presigned request into its query.
    let names = names.chain(query_names(uri).map(str::to_ascii_lowercase));
    for name in names {
        if ENCRYPTION.iter().any(|prefix| name.starts_with(prefix)) {
            return Err(s3_error!(
                NotImplemented,
                "Server-side encryption is not supported by this endpoint."
            ));
        }
        let what = match name.as_str() {
            name if name.starts_with("x-amz-object-lock-") => "Object Lock",
            name if name.starts_with("x-amz-grant-") => "Access control by grants",
            name if name.starts_with("x-amz-tagging") => "Object tagging",
            "x-amz-website-redirect-location" => "Website redirection",
            "x-amz-write-offset-bytes" => "Appending to objects",
            "x-amz-bucket-object-lock-enabled" => "Object Lock",
            _ => continue,
        };
        return Err(s3_error!(NotImplemented, "{what} is not supported by this endpoint."));
    }
    let is_one_of = |name: &str, allowed: &[&str]| {
        headers
            .get(name)
            .is_none_or(|value| allowed.iter().any(|allowed| value.as_bytes() == allowed.as_bytes()))
    };
    if !is_one_of("x-amz-acl", &["private", "bucket-owner-full-control"]) {
        return Err(s3_error!(
            NotImplemented,
            "Only the account that owns a bucket has access to it."
        ));
    }
    if !is_one_of("x-amz-storage-class", &["STANDARD"]) {
        return Err(s3_error!(InvalidStorageClass, "The only storage class is STANDARD."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsupported_features_are_refused_by_header_and_by_query() {
        let plain = Uri::from_static("/bucket/key?list-type=2");
        let header = |name: &'static str, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().expect("a valid header value"));
            refuse_unsupported(&headers, &plain).is_err()
        };
        assert!(header("x-amz-server-side-encryption", "AES256"));
        assert!(header("x-amz-server-side-encryption-customer-algorithm", "AES256"));
        assert!(header("x-amz-acl", "public-read"));
        assert!(header("x-amz-storage-class", "GLACIER"));
        assert!(header("x-amz-tagging", "a=b"));
        assert!(!header("x-amz-acl", "private"));
        assert!(!header("x-amz-meta-x-amz-tagging", "a=b"));
        let hoisted = Uri::from_static("/bucket/key?X-Amz-Server-Side-Encryption=AES256&X-Amz-Date=0");
        assert!(refuse_unsupported(&HeaderMap::new(), &hoisted).is_err());
    }

    #[test]
    fn version_2_signatures_are_told_apart() {
        let mut headers = HeaderMap::new();
        let uri = Uri::from_static("/b/k?X-Amz-Signature=0");
        assert!(!signed_by_version_2(&headers, &uri));
        assert!(signed_by_version_2(
            &headers,
            &Uri::from_static("/b/k?AWSAccessKeyId=a&Signature=b")
        ));
        headers.insert("authorization", "AWS key:sig".parse().expect("a valid header value"));
        assert!(signed_by_version_2(&headers, &uri));
    }
}
