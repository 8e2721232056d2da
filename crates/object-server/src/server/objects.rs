//! Objects: written, read, copied, removed.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::Stream;
use http::StatusCode;
use s3s::dto::*;
use s3s::stream::{ByteStream, RemainingLength};
use s3s::{S3Request, S3Response, S3Result, StdError, s3_error};

use crate::storage::{ByteRange, ContentStream, ObjectInfo, Precondition, StorageError};

use super::body::{Announced, receive};
use super::convert::{
    ReadConditions, Refused, attributes, byte_range, check_metadata, check_version, precondition, set_checksum, size,
    storage_error, strong, timestamp,
};
use super::front::{Front, caller};

/// Most keys in one DeleteObjects request.
const MAX_DELETES: usize = 1000;

fn wants_checksum(mode: Option<&ChecksumMode>) -> bool {
    mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED)
}

fn expires(info: &ObjectInfo) -> Option<Timestamp> {
    let seconds = info.attributes.expires?;
    time::OffsetDateTime::from_unix_timestamp(seconds).ok().map(timestamp)
}

fn content_range(range: &std::ops::Range<u64>, size: u64) -> String {
    format!("bytes {}-{}/{size}", range.start, range.end.saturating_sub(1))
}

/// Bodies of responses know their length, so that they are sent with one.
struct Download(ContentStream);

impl Stream for Download {
    type Item = Result<Bytes, StdError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.0).poll_next(cx).map_err(Into::into)
    }
}

impl ByteStream for Download {
    fn remaining_length(&self) -> RemainingLength {
        match usize::try_from(self.0.remaining()) {
            Ok(remaining) => RemainingLength::new_exact(remaining),
            Err(_) => RemainingLength::unknown(),
        }
    }
}

pub(super) async fn put_object(
    front: &Front,
    mut req: S3Request<PutObjectInput>,
) -> S3Result<S3Response<PutObjectOutput>> {
    let bucket = front.bucket(&req, &req.input.bucket)?;
    let input = &mut req.input;
    let mut attributes = attributes!(input);
    check_metadata(&attributes)?;
    let precondition = precondition(input.if_match.take(), input.if_none_match.take())?;
    // Decided for good when the object is committed; asked here so as not to take in a body in vain.
    if precondition != Precondition::None {
        let standing = match front.storage.head(&bucket, &input.key).await {
            Ok(info) => Some(info.etag),
            Err(StorageError::NoSuchKey) => None,
            Err(error) => return Err(storage_error(error)),
        };
        precondition.check(standing.as_deref()).map_err(storage_error)?;
    }
    let announced = Announced::new(
        &req.headers,
        input.content_length,
        input.content_md5.take(),
        input.checksum_algorithm.as_ref().map(ChecksumAlgorithm::as_str),
    )?;
    let received = receive(
        &front.storage,
        input.body.take(),
        announced,
        req.trailing_headers.take(),
    )
    .await?;
    attributes.checksum = received.checksum;
    let content = vec![received.draft];
    let info = front
        .storage
        .put(&bucket, &input.key, content, received.md5, attributes, precondition)
        .await
        .map_err(storage_error)?;
    let mut output = PutObjectOutput {
        e_tag: Some(strong(&info.etag)),
        ..PutObjectOutput::default()
    };
    output.checksum_type = set_checksum!(output, info.attributes.checksum.as_ref());
    Ok(S3Response::new(output))
}

pub(super) async fn get_object(front: &Front, req: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
    let bucket = front.bucket(&req, &req.input.bucket)?;
    let input = req.input;
    check_version(input.version_id.as_deref())?;
    if input.part_number.is_some() {
        return Err(s3_error!(
            NotImplemented,
            "Reading by part number is not supported by this endpoint."
        ));
    }
    let conditions = ReadConditions {
        if_match: input.if_match,
        if_none_match: input.if_none_match,
        if_modified_since: input.if_modified_since,
        if_unmodified_since: input.if_unmodified_since,
    };
    let partial = input.range.is_some();
    let range = byte_range(input.range);
    let opened = front
        .storage
        .open_object(&bucket, &input.key, |info| {
            conditions.check(info).map_err(Refused)?;
            Ok::<_, Refused>(range.of(info.size)?)
        })
        .await
        .map_err(|Refused(error)| error)?;
    let info = opened.info;
    let mut output = GetObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        content_length: size(opened.range.end - opened.range.start),
        content_range: partial.then(|| content_range(&opened.range, info.size)),
        body: Some(StreamingBlob::new(Download(opened.stream))),
        e_tag: Some(strong(&info.etag)),
        last_modified: Some(timestamp(info.modified)),
        expires: expires(&info),
        ..GetObjectOutput::default()
    };
    // A checksum is of the whole: with a part of the body it would be taken for that of the part.
    if wants_checksum(input.checksum_mode.as_ref()) && !partial {
        output.checksum_type = set_checksum!(output, info.attributes.checksum.as_ref());
    }
    output.content_type = info.attributes.content_type;
    output.cache_control = info.attributes.cache_control;
    output.content_disposition = info.attributes.content_disposition;
    output.content_encoding = info.attributes.content_encoding;
    output.content_language = info.attributes.content_language;
    output.metadata = Some(info.attributes.metadata.into_iter().collect());
    Ok(S3Response::new(output))
}

pub(super) async fn head_object(
    front: &Front,
    req: S3Request<HeadObjectInput>,
) -> S3Result<S3Response<HeadObjectOutput>> {
    let bucket = front.bucket(&req, &req.input.bucket)?;
    let input = req.input;
    check_version(input.version_id.as_deref())?;
    if input.part_number.is_some() {
        return Err(s3_error!(
            NotImplemented,
            "Reading by part number is not supported by this endpoint."
        ));
    }
    let info = front.storage.head(&bucket, &input.key).await.map_err(storage_error)?;
    let conditions = ReadConditions {
        if_match: input.if_match,
        if_none_match: input.if_none_match,
        if_modified_since: input.if_modified_since,
        if_unmodified_since: input.if_unmodified_since,
    };
    conditions.check(&info)?;
    let partial = input.range.is_some();
    let range = byte_range(input.range).of(info.size).map_err(storage_error)?;
    let mut output = HeadObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        content_length: size(range.end - range.start),
        content_range: partial.then(|| content_range(&range, info.size)),
        e_tag: Some(strong(&info.etag)),
        last_modified: Some(timestamp(info.modified)),
        expires: expires(&info),
        ..HeadObjectOutput::default()
    };
    if wants_checksum(input.checksum_mode.as_ref()) {
        output.checksum_type = set_checksum!(output, info.attributes.checksum.as_ref());
    }
    output.content_type = info.attributes.content_type;
    output.cache_control = info.attributes.cache_control;
    output.content_disposition = info.attributes.content_disposition;
    output.content_encoding = info.attributes.content_encoding;
    output.content_language = info.attributes.content_language;
    output.metadata = Some(info.attributes.metadata.into_iter().collect());
    if partial {
        return Ok(S3Response::with_status(output, StatusCode::PARTIAL_CONTENT));
    }
    Ok(S3Response::new(output))
}

pub(super) async fn delete_object(
    front: &Front,
    req: S3Request<DeleteObjectInput>,
) -> S3Result<S3Response<DeleteObjectOutput>> {
    let bucket = front.bucket(&req, &req.input.bucket)?;
    let input = req.input;
    check_version(input.version_id.as_deref())?;
    if input.if_match_last_modified_time.is_some() || input.if_match_size.is_some() {
        return Err(s3_error!(
            NotImplemented,
            "The only precondition of a removal is If-Match."
        ));
    }
    let precondition = precondition(input.if_match, None)?;
    front
        .storage
        .delete(&bucket, &input.key, precondition)
        .await
        .map_err(storage_error)?;
    Ok(S3Response::with_status(
        DeleteObjectOutput::default(),
        StatusCode::NO_CONTENT,
    ))
}

pub(super) async fn delete_objects(
    front: &Front,
    req: S3Request<DeleteObjectsInput>,
) -> S3Result<S3Response<DeleteObjectsOutput>> {
    let bucket = front.bucket(&req, &req.input.bucket)?;
    let Delete { objects, quiet } = req.input.delete;
    if objects.is_empty() || objects.len() > MAX_DELETES {
        return Err(s3_error!(
            MalformedXML,
            "Between 1 and 1000 keys can be removed at once."
        ));
    }
    let mut keys = Vec::with_capacity(objects.len());
    let mut deleted = Vec::new();
    let mut errors = Vec::new();
    let mut report = |key: String, outcome: S3Result<()>| match outcome {
        Ok(()) => deleted.push(DeletedObject {
            key: Some(key),
            ..DeletedObject::default()
        }),
        Err(error) => errors.push(Error {
            key: Some(key),
            code: Some(error.code().as_str().to_owned()),
            message: error.message().map(str::to_owned),
            version_id: None,
        }),
    };
    for object in objects {
        if let Err(error) = check_version(object.version_id.as_deref()) {
            report(object.key, Err(error));
        } else if object.last_modified_time.is_some() || object.size.is_some() {
            report(
                object.key,
                Err(s3_error!(
                    NotImplemented,
                    "The only precondition of a removal is the ETag."
                )),
            );
        } else if let Some(etag) = object.e_tag {
            let precondition = Precondition::Etag(etag.into_value());
            let outcome = front.storage.delete(&bucket, &object.key, precondition).await;
            report(object.key, outcome.map_err(storage_error));
        } else {
            keys.push(object.key);
        }
    }
    front
        .storage
        .delete_many(&bucket, keys.clone())
        .await
        .map_err(storage_error)?;
    keys.into_iter().for_each(|key| report(key, Ok(())));
    let deleted = if quiet.unwrap_or(false) { None } else { Some(deleted) };
    Ok(S3Response::new(DeleteObjectsOutput {
        deleted,
        errors: Some(errors),
        request_charged: None,
    }))
}

pub(super) async fn copy_object(
    front: &Front,
    mut req: S3Request<CopyObjectInput>,
) -> S3Result<S3Response<CopyObjectOutput>> {
    let bucket = front.bucket(&req, &req.input.bucket)?;
    let conditions = ReadConditions {
        if_match: req.input.copy_source_if_match.take(),
        if_none_match: req.input.copy_source_if_none_match.take(),
        if_modified_since: req.input.copy_source_if_modified_since.take(),
        if_unmodified_since: req.input.copy_source_if_unmodified_since.take(),
    };
    let replace = match req.input.metadata_directive.as_ref().map(MetadataDirective::as_str) {
        None | Some(MetadataDirective::COPY) => false,
        Some(MetadataDirective::REPLACE) => true,
        Some(_) => return Err(s3_error!(InvalidArgument, "Unknown metadata directive.")),
    };
    if let CopySource::Bucket { bucket, key, .. } = &req.input.copy_source
        && **bucket == *req.input.bucket
        && **key == *req.input.key
        && !replace
    {
        return Err(s3_error!(
            InvalidRequest,
            "Copying an object to itself must replace its metadata."
        ));
    }
    let caller = caller(&req)?.to_owned();
    let (source, content) = front
        .copied(
            &caller,
            &req.headers,
            &req.input.copy_source,
            conditions,
            ByteRange::Full,
        )
        .await?;
    let input = &mut req.input;
    let attributes = if replace {
        let mut attributes = attributes!(input);
        check_metadata(&attributes)?;
        attributes.checksum = source.attributes.checksum;
        attributes
    } else {
        source.attributes
    };
    let info = front
        .storage
        .put(
            &bucket,
            &input.key,
            content,
            source.etag,
            attributes,
            Precondition::None,
        )
        .await
        .map_err(storage_error)?;
    let mut result = CopyObjectResult {
        e_tag: Some(strong(&info.etag)),
        last_modified: Some(timestamp(info.modified)),
        ..CopyObjectResult::default()
    };
    result.checksum_type = set_checksum!(result, info.attributes.checksum.as_ref());
    Ok(S3Response::new(CopyObjectOutput {
        copy_object_result: Some(result),
        ..CopyObjectOutput::default()
    }))
}
