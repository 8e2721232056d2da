//! `s3://bucket/key` locations.

use std::fmt;
use std::str::FromStr;

/// The longest object key S3 takes, in bytes of UTF-8.
pub const MAX_KEY_BYTES: usize = 1024;

/// A bucket with an object key or key prefix, which may be empty. Keys are opaque: no escapes, no
/// `?` or `#`, no path normalisation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct S3Uri {
    pub bucket: String,
    /// Without the slash that follows the bucket.
    pub key: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum S3UriError {
    #[error("does not begin with s3://")]
    Scheme,
    #[error("does not name a valid bucket")]
    Bucket,
    #[error("names a key longer than {MAX_KEY_BYTES} bytes")]
    KeyTooLong,
}

impl FromStr for S3Uri {
    type Err = S3UriError;

    fn from_str(text: &str) -> Result<Self, S3UriError> {
        let rest = text.strip_prefix("s3://").ok_or(S3UriError::Scheme)?;
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        if !is_bucket_name(bucket) {
            return Err(S3UriError::Bucket);
        }
        if key.len() > MAX_KEY_BYTES {
            return Err(S3UriError::KeyTooLong);
        }
        Ok(Self {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
        })
    }
}

impl fmt::Display for S3Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

/// The model's pattern, and S3's own rule against neighbouring dots.
fn is_bucket_name(name: &str) -> bool {
    let letter_or_digit = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = name.as_bytes();
    (3..=63).contains(&bytes.len())
        && bytes
            .iter()
            .all(|byte| letter_or_digit(byte) || matches!(byte, b'.' | b'-'))
        && bytes.first().is_some_and(letter_or_digit)
        && bytes.last().is_some_and(letter_or_digit)
        && !name.contains("..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_bucket_and_key() {
        for (text, bucket, key) in [
            ("s3://bucket", "bucket", ""),
            ("s3://bucket/", "bucket", ""),
            ("s3://bucket/part", "bucket", "part"),
            ("s3://b-1.x/a//b/../c ?#%41/", "b-1.x", "a//b/../c ?#%41/"),
            ("s3://bucket//lead", "bucket", "/lead"),
        ] {
            let uri: S3Uri = text.parse().unwrap();
            assert_eq!((uri.bucket.as_str(), uri.key.as_str()), (bucket, key), "{text}");
        }
        assert_eq!("s3://bucket".parse::<S3Uri>().unwrap().to_string(), "s3://bucket/");
    }

    #[test]
    fn refuses_what_cannot_be_a_location() {
        let long_key = format!("s3://bucket/{}", "é".repeat(513));
        for (text, error) in [
            ("S3://bucket/a", S3UriError::Scheme),
            ("https://bucket/a", S3UriError::Scheme),
            ("s3://", S3UriError::Bucket),
            ("s3:///a", S3UriError::Bucket),
            ("s3://ab/a", S3UriError::Bucket),
            ("s3://Bucket/a", S3UriError::Bucket),
            ("s3://-bucket/a", S3UriError::Bucket),
            ("s3://buc..ket/a", S3UriError::Bucket),
            (long_key.as_str(), S3UriError::KeyTooLong),
        ] {
            assert_eq!(text.parse::<S3Uri>(), Err(error), "{text}");
        }
    }
}
