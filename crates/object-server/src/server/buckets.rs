//! Buckets: made, found, listed, removed.

use http::StatusCode;
use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result};

use crate::storage::StorageError;

use super::convert::{storage_error, timestamp};
use super::front::{Front, caller};
use super::listing::account;

pub(super) async fn create_bucket(
    front: &Front,
    req: S3Request<CreateBucketInput>,
) -> S3Result<S3Response<CreateBucketOutput>> {
    let owner = caller(&req)?;
    let configuration = req.input.create_bucket_configuration.as_ref();
    let location = configuration.and_then(|configuration| configuration.location_constraint.as_ref());
    let name = &req.input.bucket;
    match front
        .storage
        .create_bucket(name, owner, location.map(BucketLocationConstraint::as_str))
        .await
    {
        Ok(_) => {}
        // As us-east-1 does: making one's own bucket again is no error.
        Err(StorageError::BucketAlreadyOwned) if location.is_none() => {}
        Err(error) => return Err(storage_error(error)),
    }
    Ok(S3Response::new(CreateBucketOutput {
        location: Some(format!("/{name}")),
    }))
}

pub(super) async fn delete_bucket(
    front: &Front,
    req: S3Request<DeleteBucketInput>,
) -> S3Result<S3Response<DeleteBucketOutput>> {
    let bucket = front.bucket(&req, &req.input.bucket)?;
    front.storage.delete_bucket(&bucket).await.map_err(storage_error)?;
    Ok(S3Response::with_status(DeleteBucketOutput {}, StatusCode::NO_CONTENT))
}

pub(super) async fn head_bucket(
    front: &Front,
    req: S3Request<HeadBucketInput>,
) -> S3Result<S3Response<HeadBucketOutput>> {
    let bucket = front.bucket(&req, &req.input.bucket)?;
    let region = bucket.location.clone().unwrap_or_else(|| "us-east-1".to_owned());
    Ok(S3Response::new(HeadBucketOutput {
        bucket_region: Some(region),
        ..HeadBucketOutput::default()
    }))
}

pub(super) async fn get_bucket_location(
    front: &Front,
    req: S3Request<GetBucketLocationInput>,
) -> S3Result<S3Response<GetBucketLocationOutput>> {
    let bucket = front.bucket(&req, &req.input.bucket)?;
    let location_constraint = bucket.location.clone().map(BucketLocationConstraint::from);
    Ok(S3Response::new(GetBucketLocationOutput { location_constraint }))
}

pub(super) async fn get_bucket_versioning(
    front: &Front,
    req: S3Request<GetBucketVersioningInput>,
) -> S3Result<S3Response<GetBucketVersioningOutput>> {
    front.bucket(&req, &req.input.bucket)?;
    // The answer for a bucket that never had versioning.
    Ok(S3Response::new(GetBucketVersioningOutput::default()))
}

pub(super) async fn list_buckets(
    front: &Front,
    req: S3Request<ListBucketsInput>,
) -> S3Result<S3Response<ListBucketsOutput>> {
    let owner = caller(&req)?;
    let prefix = req.input.prefix.as_deref().unwrap_or_default();
    let limit = match req.input.max_buckets {
        Some(limit) => usize::try_from(limit).unwrap_or(0).max(1),
        None => usize::MAX,
    };
    let after = req.input.continuation_token.as_deref().unwrap_or_default();
    let mut found = front.storage.buckets(owner);
    found.retain(|bucket| bucket.name.starts_with(prefix) && bucket.name.as_str() > after);
    let more = found.len() > limit;
    found.truncate(limit);
    let continuation_token = more.then(|| found.last().map(|bucket| bucket.name.clone())).flatten();
    let buckets = found
        .iter()
        .map(|bucket| Bucket {
            name: Some(bucket.name.clone()),
            creation_date: Some(timestamp(bucket.created)),
            bucket_region: bucket.location.clone(),
        })
        .collect();
    Ok(S3Response::new(ListBucketsOutput {
        buckets: Some(buckets),
        owner: Some(account(owner)),
        continuation_token,
        prefix: req.input.prefix.clone(),
    }))
}
