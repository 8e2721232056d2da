//! Taking in the body of an upload: into a content file, digested and compared on the way.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures::StreamExt as _;
use http::{HeaderMap, HeaderValue};
use md5::Digest as _;
use s3s::dto::StreamingBlob;
use s3s::{S3Error, S3ErrorCode, S3Result, StdError, TrailingHeaders, s3_error};

use crate::checksum::{Algorithm, Checksum, Hasher};
use crate::storage::{Digest, Draft, Storage};

use super::convert::storage_error;

/// What a client said about the body.
pub(super) struct Announced {
    /// Bytes.
    pub(super) length: Option<i64>,
    /// Base64, as in `Content-MD5`.
    pub(super) md5: Option<String>,
    algorithm: Option<Algorithm>,
    /// `None` when it comes in the trailer, or not at all.
    checksum: Option<Checksum>,
}

impl Announced {
    /// Reads the headers of an upload. `algorithm`: what `x-amz-sdk-checksum-algorithm` names.
    pub(super) fn new(
        headers: &HeaderMap,
        length: Option<i64>,
        md5: Option<String>,
        algorithm: Option<&str>,
    ) -> S3Result<Self> {
        let checksum = checksum_header(headers)?;
        let in_trailer = headers
            .get_all("x-amz-trailer")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .find_map(|names| {
                Algorithm::ALL.into_iter().find(|algorithm| {
                    names
                        .split(',')
                        .any(|name| name.trim().eq_ignore_ascii_case(algorithm.header()))
                })
            });
        let named = algorithm.and_then(Algorithm::from_name);
        let algorithm = checksum.as_ref().map(|sum| sum.algorithm).or(in_trailer).or(named);
        Ok(Self {
            length,
            md5,
            algorithm,
            checksum,
        })
    }
}

/// The one checksum header of a request, if it has any.
pub(super) fn checksum_header(headers: &HeaderMap) -> S3Result<Option<Checksum>> {
    let mut found = None;
    for algorithm in Algorithm::ALL {
        let Some(value) = headers.get(algorithm.header()) else {
            continue;
        };
        if found.is_some() {
            return Err(s3_error!(
                InvalidRequest,
                "There can be only one x-amz-checksum- header."
            ));
        }
        found = Some(Checksum::of_whole(algorithm, text(value)?));
    }
    Ok(found)
}

fn text(value: &HeaderValue) -> S3Result<&str> {
    value
        .to_str()
        .map_err(|_| s3_error!(InvalidRequest, "A checksum header is not text."))
}

/// A body that is stored but not yet referred to.
pub(super) struct Received {
    pub(super) draft: Draft,
    /// Hex.
    pub(super) md5: String,
    pub(super) checksum: Option<Checksum>,
}

struct BodyDigest {
    md5: md5::Md5,
    checksum: Option<Hasher>,
}

impl Digest for BodyDigest {
    fn update(&mut self, data: &[u8]) {
        self.md5.update(data);
        if let Some(checksum) = &mut self.checksum {
            checksum.update(data);
        }
    }
}

/// Stores the body. Whatever fails, and whatever does not match, leaves nothing behind.
pub(super) async fn receive(
    storage: &Storage,
    body: Option<StreamingBlob>,
    announced: Announced,
    trailers: Option<TrailingHeaders>,
) -> S3Result<Received> {
    let digest = BodyDigest {
        md5: md5::Md5::new(),
        checksum: announced.algorithm.map(Hasher::new),
    };
    let mut writer = storage.writer(digest);
    if let Some(mut body) = body {
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(body_error)?;
            writer.write(chunk).await.map_err(|error| storage_error(error.into()))?;
        }
    }
    let (draft, digest) = writer.finish().await.map_err(|error| storage_error(error.into()))?;

    if announced
        .length
        .is_some_and(|length| u64::try_from(length) != Ok(draft.length()))
    {
        return Err(s3_error!(IncompleteBody, "The body is not as long as announced."));
    }
    let md5 = digest.md5.finalize();
    if let Some(expected) = &announced.md5 {
        let expected = BASE64
            .decode(expected)
            .map_err(|_| s3_error!(InvalidDigest, "Content-MD5 is not valid."))?;
        if expected[..] != md5[..] {
            return Err(s3_error!(BadDigest, "The body has another MD5 than Content-MD5 says."));
        }
    }
    let checksum = digest.checksum.map(Hasher::finish);
    if let Some(sum) = &checksum {
        let expected = match announced.checksum {
            Some(expected) => Some(expected.value),
            None => trailing(trailers.as_ref(), sum.algorithm)?,
        };
        if expected.is_some_and(|expected| expected != sum.value) {
            return Err(s3_error!(
                BadDigest,
                "The body has another {} than the request says.",
                sum.algorithm.name()
            ));
        }
    }
    Ok(Received {
        draft,
        md5: hex::encode(md5),
        checksum,
    })
}

fn trailing(trailers: Option<&TrailingHeaders>, algorithm: Algorithm) -> S3Result<Option<String>> {
    let Some(trailers) = trailers else { return Ok(None) };
    let value = trailers
        .read(|headers| headers.get(algorithm.header()).cloned())
        .flatten();
    value.map(|value| text(&value).map(str::to_owned)).transpose()
}

/// s3s keeps the types of these errors to itself, so their names have to do.
fn body_error(error: StdError) -> S3Error {
    let text = error.to_string();
    if text.contains("Sha256Mismatch") {
        let code = S3ErrorCode::Custom("XAmzContentSHA256Mismatch".into());
        let mut error = S3Error::with_message(code, "The body has another SHA-256 than x-amz-content-sha256 says.");
        error.set_status_code(http::StatusCode::BAD_REQUEST);
        error
    } else if text.contains("SignatureMismatch") {
        s3_error!(SignatureDoesNotMatch, "The signature of a chunk does not match.")
    } else {
        s3_error!(IncompleteBody, "The body ended early or is malformed.")
    }
}
