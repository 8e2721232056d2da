//! The operations of S3 on a [`Storage`]. What is missing here answers `NotImplemented`.

use std::sync::Arc;

use http::HeaderMap;
use s3s::dto::*;
use s3s::{S3, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};

use crate::storage::{self, ByteRange, ObjectInfo, Storage};

use super::auth::Caller;
use super::convert::{ReadConditions, Refused, check_version, storage_error};
use super::{buckets, listing, objects, uploads};

pub(super) struct Front {
    pub(super) storage: Storage,
}

impl Front {
    pub(super) fn new(storage: Storage) -> Self {
        Self { storage }
    }

    /// The bucket, if the caller may touch it. Every operation begins here, for the storage takes
    /// nothing but resolved buckets.
    pub(super) fn bucket<T>(&self, request: &S3Request<T>, name: &str) -> S3Result<Arc<storage::Bucket>> {
        self.bucket_of(caller(request)?, name, &request.headers, "x-amz-expected-bucket-owner")
    }

    fn bucket_of(
        &self,
        caller: &str,
        name: &str,
        headers: &HeaderMap,
        expected_owner: &str,
    ) -> S3Result<Arc<storage::Bucket>> {
        let bucket = self.storage.bucket(name).map_err(storage_error)?;
        let expected = headers
            .get(expected_owner)
            .is_none_or(|expected| expected.as_bytes() == bucket.owner.as_bytes());
        if bucket.owner != caller || !expected {
            return Err(s3_error!(AccessDenied, "The bucket belongs to another account."));
        }
        Ok(bucket)
    }

    /// Makes content of the bytes that a copy names, if its conditions hold.
    pub(super) async fn copied(
        &self,
        caller: &str,
        headers: &HeaderMap,
        source: &CopySource,
        conditions: ReadConditions,
        range: ByteRange,
    ) -> S3Result<(ObjectInfo, Vec<storage::Draft>)> {
        let CopySource::Bucket {
            bucket,
            key,
            version_id,
        } = source
        else {
            return Err(s3_error!(
                NotImplemented,
                "Access points are not supported by this endpoint."
            ));
        };
        check_version(version_id.as_deref())?;
        let bucket = self.bucket_of(caller, bucket, headers, "x-amz-source-expected-bucket-owner")?;
        let choose = move |info: &ObjectInfo| {
            // Copying has no 304: a condition that does not hold is a failure.
            conditions.check(info).map_err(|error| match error.code() {
                S3ErrorCode::NotModified => Refused(s3_error!(PreconditionFailed)),
                _ => Refused(error),
            })?;
            Ok::<_, Refused>(range.of(info.size)?)
        };
        self.storage
            .clone_content(&bucket, key, choose)
            .await
            .map_err(|Refused(error)| error)
    }
}

/// The account that signed the request.
pub(super) fn caller<T>(request: &S3Request<T>) -> S3Result<&str> {
    match request.extensions.get::<Caller>() {
        Some(Caller(account)) => Ok(account),
        None => Err(s3_error!(AccessDenied, "The request is not signed.")),
    }
}

/// The table of operations: each goes to the function of its name in the module before it.
macro_rules! operations {
    ($($module:ident::$name:ident($input:ident) -> $output:ident,)*) => {
        #[async_trait::async_trait]
        impl S3 for Front {
            $(
                async fn $name(&self, req: S3Request<$input>) -> S3Result<S3Response<$output>> {
                    $module::$name(self, req).await
                }
            )*
        }
    };
}

operations! {
    buckets::create_bucket(CreateBucketInput) -> CreateBucketOutput,
    buckets::delete_bucket(DeleteBucketInput) -> DeleteBucketOutput,
    buckets::head_bucket(HeadBucketInput) -> HeadBucketOutput,
    buckets::get_bucket_location(GetBucketLocationInput) -> GetBucketLocationOutput,
    buckets::get_bucket_versioning(GetBucketVersioningInput) -> GetBucketVersioningOutput,
    buckets::list_buckets(ListBucketsInput) -> ListBucketsOutput,
    listing::list_objects(ListObjectsInput) -> ListObjectsOutput,
    listing::list_objects_v2(ListObjectsV2Input) -> ListObjectsV2Output,
    objects::put_object(PutObjectInput) -> PutObjectOutput,
    objects::get_object(GetObjectInput) -> GetObjectOutput,
    objects::head_object(HeadObjectInput) -> HeadObjectOutput,
    objects::delete_object(DeleteObjectInput) -> DeleteObjectOutput,
    objects::delete_objects(DeleteObjectsInput) -> DeleteObjectsOutput,
    objects::copy_object(CopyObjectInput) -> CopyObjectOutput,
    uploads::create_multipart_upload(CreateMultipartUploadInput) -> CreateMultipartUploadOutput,
    uploads::upload_part(UploadPartInput) -> UploadPartOutput,
    uploads::upload_part_copy(UploadPartCopyInput) -> UploadPartCopyOutput,
    uploads::complete_multipart_upload(CompleteMultipartUploadInput) -> CompleteMultipartUploadOutput,
    uploads::abort_multipart_upload(AbortMultipartUploadInput) -> AbortMultipartUploadOutput,
    uploads::list_parts(ListPartsInput) -> ListPartsOutput,
    uploads::list_multipart_uploads(ListMultipartUploadsInput) -> ListMultipartUploadsOutput,
}
