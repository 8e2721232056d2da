//! Multipart uploads.

use s3s::dto::*;
use s3s::{S3Error, S3Request, S3Response, S3Result, s3_error};
use uuid::Uuid;

use crate::checksum::{Algorithm, Checksum, ChecksumPlan, Form};
use crate::storage::{ByteRange, Completion, NamedPart, StorageError, UploadQuery};

use super::body::{self, Announced, receive};
use super::convert::{
    ReadConditions, attributes, byte_range, check_metadata, checksum_type, precondition, set_checksum, size,
    storage_error, strong, timestamp, url_encode,
};
use super::front::{Front, caller};
use super::listing::{KeyEncoding, account, page_limit};

/// An ETag for bytes whose MD5 nobody computed; the suffix marks it as something else.
fn fresh_etag() -> String {
    format!("{}-1", Uuid::new_v4().simple())
}

fn checksum_plan(algorithm: Option<&ChecksumAlgorithm>, form: Option<&ChecksumType>) -> S3Result<Option<ChecksumPlan>> {
    let Some(algorithm) = algorithm else { return Ok(None) };
    let invalid = || s3_error!(InvalidRequest, "The checksum algorithm and type do not go together.");
    let algorithm = Algorithm::from_name(algorithm.as_str()).ok_or_else(invalid)?;
    let form = match form.map(ChecksumType::as_str) {
        None => None,
        Some(ChecksumType::FULL_OBJECT) => Some(Form::FullObject),
        Some(ChecksumType::COMPOSITE) => Some(Form::Composite),
        Some(_) => return Err(invalid()),
    };
    ChecksumPlan::new(algorithm, form).map(Some).ok_or_else(invalid)
}

/// The one checksum among the fields of a named part.
fn part_checksum(part: &CompletedPart) -> Option<Checksum> {
    [
        (Algorithm::Crc32, &part.checksum_crc32),
        (Algorithm::Crc32c, &part.checksum_crc32c),
        (Algorithm::Crc64Nvme, &part.checksum_crc64nvme),
        (Algorithm::Sha1, &part.checksum_sha1),
        (Algorithm::Sha256, &part.checksum_sha256),
    ]
    .into_iter()
    .find_map(|(algorithm, value)| value.clone().map(|value| Checksum::of_whole(algorithm, value)))
}

fn part_number(number: i32) -> S3Result<u32> {
    u32::try_from(number).map_err(|_| storage_error(StorageError::InvalidPartNumber))
}

pub(super) async fn create_multipart_upload(
    front: &Front,
    mut req: S3Request<CreateMultipartUploadInput>,
) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
    let bucket = front.bucket(&req, &req.input.bucket)?;
    let input = &mut req.input;
    let attributes = attributes!(input);
    check_metadata(&attributes)?;
    let plan = checksum_plan(input.checksum_algorithm.as_ref(), input.checksum_type.as_ref())?;
    let upload = front
        .storage
        .create_upload(&bucket, &input.key, attributes, plan)
        .await
        .map_err(storage_error)?;
    Ok(S3Response::new(CreateMultipartUploadOutput {
        bucket: Some(bucket.name.clone()),
        key: Some(upload.key),
        upload_id: Some(upload.id),
        checksum_algorithm: plan.map(|plan| ChecksumAlgorithm::from_static(plan.algorithm.name())),
        checksum_type: plan.map(|plan| checksum_type(plan.form)),
        ..CreateMultipartUploadOutput::default()
    }))
}

pub(super) async fn upload_part(
    front: &Front,
    mut req: S3Request<UploadPartInput>,
) -> S3Result<S3Response<UploadPartOutput>> {
    let bucket = front.bucket(&req, &req.input.bucket)?;
    let input = &mut req.input;
    let number = part_number(input.part_number)?;
    // Asked before taking in a body in vain; it also tells what the upload is summed up with.
    let upload = front
        .storage
        .upload(&bucket, &input.key, &input.upload_id)
        .await
        .map_err(storage_error)?;
    let planned = upload.checksum.map(|plan| plan.algorithm.name());
    let announced = Announced::new(
        &req.headers,
        input.content_length,
        input.content_md5.take(),
        input
            .checksum_algorithm
            .as_ref()
            .map(ChecksumAlgorithm::as_str)
            .or(planned),
    )?;
    let received = receive(
        &front.storage,
        input.body.take(),
        announced,
        req.trailing_headers.take(),
    )
    .await?;
    let content = vec![received.draft];
    let part = front
        .storage
        .put_part(
            &bucket,
            &input.key,
            &input.upload_id,
            number,
            content,
            received.md5,
            received.checksum,
        )
        .await
        .map_err(storage_error)?;
    let mut output = UploadPartOutput {
        e_tag: Some(strong(&part.etag)),
        ..UploadPartOutput::default()
    };
    set_checksum!(output, part.checksum.as_ref());
    Ok(S3Response::new(output))
}

pub(super) async fn upload_part_copy(
    front: &Front,
    mut req: S3Request<UploadPartCopyInput>,
) -> S3Result<S3Response<UploadPartCopyOutput>> {
    let bucket = front.bucket(&req, &req.input.bucket)?;
    let number = part_number(req.input.part_number)?;
    let conditions = ReadConditions {
        if_match: req.input.copy_source_if_match.take(),
        if_none_match: req.input.copy_source_if_none_match.take(),
        if_modified_since: req.input.copy_source_if_modified_since.take(),
        if_unmodified_since: req.input.copy_source_if_unmodified_since.take(),
    };
    let range = match req.input.copy_source_range.as_deref().map(Range::parse) {
        None => ByteRange::Full,
        Some(Ok(range)) => byte_range(Some(range)),
        Some(Err(_)) => return Err(s3_error!(InvalidArgument, "The copy source range is not valid.")),
    };
    let caller = caller(&req)?.to_owned();
    let (source, content) = front
        .copied(&caller, &req.headers, &req.input.copy_source, conditions, range)
        .await?;
    let whole = range == ByteRange::Full;
    let etag = if whole { source.etag } else { fresh_etag() };
    // That of a composite object says nothing about the bytes of a part.
    let checksum = source
        .attributes
        .checksum
        .filter(|sum| whole && sum.form == Form::FullObject);
    let part = front
        .storage
        .put_part(
            &bucket,
            &req.input.key,
            &req.input.upload_id,
            number,
            content,
            etag,
            checksum,
        )
        .await
        .map_err(storage_error)?;
    let mut result = CopyPartResult {
        e_tag: Some(strong(&part.etag)),
        last_modified: Some(timestamp(part.modified)),
        ..CopyPartResult::default()
    };
    set_checksum!(result, part.checksum.as_ref());
    Ok(S3Response::new(UploadPartCopyOutput {
        copy_part_result: Some(result),
        ..UploadPartCopyOutput::default()
    }))
}

pub(super) async fn complete_multipart_upload(
    front: &Front,
    req: S3Request<CompleteMultipartUploadInput>,
) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
    let bucket = front.bucket(&req, &req.input.bucket)?;
    let checksum = body::checksum_header(&req.headers)?;
    let input = req.input;
    let named = input
        .multipart_upload
        .and_then(|upload| upload.parts)
        .unwrap_or_default();
    let malformed = || -> S3Error { s3_error!(MalformedXML, "Each part needs its number and ETag.") };
    let parts = named
        .into_iter()
        .map(|part| {
            Ok(NamedPart {
                number: part_number(part.part_number.ok_or_else(malformed)?)?,
                checksum: part_checksum(&part),
                etag: part.e_tag.ok_or_else(malformed)?.into_value(),
            })
        })
        .collect::<S3Result<Vec<_>>>()?;
    let completion = Completion {
        parts,
        precondition: precondition(input.if_match, input.if_none_match)?,
        size: input.mpu_object_size.and_then(|size| u64::try_from(size).ok()),
        checksum,
    };
    let info = front
        .storage
        .complete_upload(&bucket, &input.key, &input.upload_id, completion)
        .await
        .map_err(storage_error)?;
    let mut output = CompleteMultipartUploadOutput {
        location: Some(format!("/{}/{}", bucket.name, url_encode(&info.key))),
        bucket: Some(bucket.name.clone()),
        e_tag: Some(strong(&info.etag)),
        ..CompleteMultipartUploadOutput::default()
    };
    output.checksum_type = set_checksum!(output, info.attributes.checksum.as_ref());
    output.key = Some(info.key);
    Ok(S3Response::new(output))
}

pub(super) async fn abort_multipart_upload(
    front: &Front,
    req: S3Request<AbortMultipartUploadInput>,
) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
    let bucket = front.bucket(&req, &req.input.bucket)?;
    let input = req.input;
    front
        .storage
        .abort_upload(&bucket, &input.key, &input.upload_id)
        .await
        .map_err(storage_error)?;
    Ok(S3Response::with_status(
        AbortMultipartUploadOutput::default(),
        http::StatusCode::NO_CONTENT,
    ))
}

pub(super) async fn list_parts(front: &Front, req: S3Request<ListPartsInput>) -> S3Result<S3Response<ListPartsOutput>> {
    let bucket = front.bucket(&req, &req.input.bucket)?;
    let input = req.input;
    let limit = page_limit(input.max_parts)?;
    let after = part_number(input.part_number_marker.unwrap_or(0))?;
    let page = front
        .storage
        .list_parts(&bucket, &input.key, &input.upload_id, after, limit)
        .await
        .map_err(storage_error)?;
    let last = page.parts.last().map_or(after, |part| part.number);
    let parts = page
        .parts
        .into_iter()
        .map(|stored| {
            let mut part = Part {
                part_number: i32::try_from(stored.number).ok(),
                size: size(stored.size),
                e_tag: Some(strong(&stored.etag)),
                last_modified: Some(timestamp(stored.modified)),
                ..Part::default()
            };
            set_checksum!(part, stored.checksum.as_ref());
            part
        })
        .collect();
    let plan = page.upload.checksum;
    Ok(S3Response::new(ListPartsOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(input.upload_id),
        max_parts: i32::try_from(limit).ok(),
        part_number_marker: i32::try_from(after).ok(),
        next_part_number_marker: i32::try_from(last).ok(),
        is_truncated: Some(page.more),
        parts: Some(parts),
        owner: Some(account(&bucket.owner)),
        storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
        checksum_algorithm: plan.map(|plan| ChecksumAlgorithm::from_static(plan.algorithm.name())),
        checksum_type: plan.map(|plan| checksum_type(plan.form)),
        ..ListPartsOutput::default()
    }))
}

pub(super) async fn list_multipart_uploads(
    front: &Front,
    req: S3Request<ListMultipartUploadsInput>,
) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
    let bucket = front.bucket(&req, &req.input.bucket)?;
    let input = req.input;
    let encoding = KeyEncoding::new(input.encoding_type.as_ref())?;
    let query = UploadQuery {
        prefix: input.prefix.unwrap_or_default(),
        delimiter: input.delimiter.unwrap_or_default(),
        after_upload: input
            .upload_id_marker
            .filter(|marker| !marker.is_empty() && input.key_marker.is_some()),
        after_key: input.key_marker.filter(|marker| !marker.is_empty()),
        limit: page_limit(input.max_uploads)?,
    };
    let page = front
        .storage
        .list_uploads(&bucket, &query)
        .await
        .map_err(storage_error)?;
    // The page ends with whichever of its last upload and last rolled-up prefix sorts later.
    let last_upload = page
        .uploads
        .last()
        .map(|upload| (upload.key.clone(), Some(upload.id.clone())));
    let last_prefix = page.prefixes.last().map(|prefix| (prefix.clone(), None));
    let (next_key, next_upload) = match last_upload.max(last_prefix).filter(|_| page.more) {
        Some((key, upload)) => (Some(key), upload),
        None => (None, None),
    };
    let uploads = page
        .uploads
        .into_iter()
        .map(|upload| MultipartUpload {
            key: Some(encoding.encode(upload.key)),
            upload_id: Some(upload.id),
            initiated: Some(timestamp(upload.created)),
            owner: Some(account(&bucket.owner)),
            storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
            checksum_algorithm: upload
                .checksum
                .map(|plan| ChecksumAlgorithm::from_static(plan.algorithm.name())),
            checksum_type: upload.checksum.map(|plan| checksum_type(plan.form)),
            ..MultipartUpload::default()
        })
        .collect();
    Ok(S3Response::new(ListMultipartUploadsOutput {
        bucket: Some(input.bucket),
        key_marker: query.after_key.map(|key| encoding.encode(key)),
        upload_id_marker: query.after_upload,
        next_key_marker: next_key.map(|key| encoding.encode(key)),
        next_upload_id_marker: next_upload,
        max_uploads: i32::try_from(query.limit).ok(),
        is_truncated: Some(page.more),
        uploads: Some(uploads),
        common_prefixes: Some(encoding.prefixes(page.prefixes)),
        prefix: Some(encoding.encode(query.prefix)),
        delimiter: Some(query.delimiter)
            .filter(|text| !text.is_empty())
            .map(|text| encoding.encode(text)),
        encoding_type: input.encoding_type,
        ..ListMultipartUploadsOutput::default()
    }))
}
