//! The port to object storage, straight on the [`Storage`]: no HTTP and no loop through TCP, so that
//! jobs of the embedded mode read and write at the speed of files.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use construe_jobs::{
    Access, Location, NewObject, ObjectError, ObjectErrorKind, ObjectMeta, ObjectPage, ObjectStore, ObjectStream,
    ObjectWriter, WriteTag, Written,
};
use futures::StreamExt as _;
use uuid::Uuid;

use crate::storage::{
    Attributes, Bucket, ContentWriter, ListQuery, MAX_PAGE, Precondition, Storage, StorageError, check_key,
};

/// Owner of the work bucket: no account id, so no access key leads to it.
const SERVICE: &str = "construe-service";

/// User metadata that carries the [`WriteTag`].
const TAG_JOB: &str = "construe-job";
const TAG_DIGEST: &str = "construe-digest";

/// [`ObjectStore`] on a local [`Storage`]. A role may touch the buckets of its own account, the
/// service its work bucket.
#[derive(Clone)]
pub struct EmbeddedObjects {
    storage: Storage,
    work_bucket: String,
}

impl EmbeddedObjects {
    /// Makes the work bucket if it is not there yet.
    ///
    /// # Errors
    /// When a customer's bucket has that name.
    pub async fn new(storage: Storage, work_bucket: impl Into<String>) -> Result<Self, StorageError> {
        let work_bucket = work_bucket.into();
        match storage.create_bucket(&work_bucket, SERVICE, None).await {
            Ok(_) | Err(StorageError::BucketAlreadyOwned) => Ok(Self { storage, work_bucket }),
            Err(error) => Err(error),
        }
    }

    fn bucket(&self, access: &Access, name: &str, place: &str) -> Result<Arc<Bucket>, ObjectError> {
        let bucket = self.storage.bucket(name).map_err(|error| failure(error, place))?;
        let caller = match access {
            Access::Service => SERVICE,
            Access::Role { account, .. } => account,
        };
        if bucket.owner != caller {
            return Err(ObjectError::new(
                ObjectErrorKind::AccessDenied,
                format!("{place}: the bucket belongs to another account"),
            ));
        }
        Ok(bucket)
    }
}

/// The port's words for a refusal, at the place that was touched.
fn failure(error: StorageError, place: &str) -> ObjectError {
    let kind = match &error {
        StorageError::NoSuchBucket => ObjectErrorKind::NoSuchBucket,
        StorageError::NoSuchKey => ObjectErrorKind::NotFound,
        StorageError::PreconditionFailed => ObjectErrorKind::Changed,
        StorageError::Content(_) | StorageError::Index(_) | StorageError::Closed => ObjectErrorKind::Unavailable,
        _ => ObjectErrorKind::Other,
    };
    match std::error::Error::source(&error) {
        Some(source) => ObjectError::new(kind, format!("{place}: {error}: {source}")),
        None => ObjectError::new(kind, format!("{place}: {error}")),
    }
}

fn changed(place: &str) -> ObjectError {
    ObjectError::new(
        ObjectErrorKind::Changed,
        format!("{place}: the object is not the one that was listed"),
    )
}

/// Why an object was not opened.
enum Refusal {
    Storage(StorageError),
    Changed,
}

impl From<StorageError> for Refusal {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

fn unquoted(etag: &str) -> &str {
    etag.strip_prefix('"')
        .and_then(|etag| etag.strip_suffix('"'))
        .unwrap_or(etag)
}

#[async_trait]
impl ObjectStore for EmbeddedObjects {
    async fn list(
        &self,
        access: &Access,
        bucket: &str,
        prefix: &str,
        after: Option<&str>,
    ) -> Result<ObjectPage, ObjectError> {
        let place = format!("listing s3://{bucket}/{prefix}");
        let bucket = self.bucket(access, bucket, &place)?;
        let query = ListQuery {
            prefix: prefix.to_owned(),
            delimiter: String::new(),
            after: after.map(str::to_owned),
            limit: MAX_PAGE,
        };
        let page = self
            .storage
            .list(&bucket, &query)
            .await
            .map_err(|error| failure(error, &place))?;
        let objects = page
            .objects
            .into_iter()
            .map(|object| ObjectMeta {
                key: object.key,
                etag: format!("\"{}\"", object.etag),
                size: object.size,
            })
            .collect();
        Ok(ObjectPage {
            objects,
            more: page.next.is_some(),
        })
    }

    async fn read(
        &self,
        access: &Access,
        location: &Location,
        etag: Option<&str>,
        range: Range<u64>,
    ) -> Result<ObjectStream, ObjectError> {
        let place = format!("reading {location}");
        let bucket = self.bucket(access, &location.bucket, &place)?;
        let wanted = etag.map(|etag| unquoted(etag).to_owned());
        let opened = self
            .storage
            .open_object(&bucket, &location.key, move |info| {
                if wanted.as_ref().is_some_and(|wanted| *wanted != info.etag) {
                    return Err(Refusal::Changed);
                }
                if range.start > info.size {
                    return Err(Refusal::Storage(StorageError::InvalidRange));
                }
                Ok(range.start..range.end.clamp(range.start, info.size))
            })
            .await
            .map_err(|refusal| match refusal {
                Refusal::Storage(error) => failure(error, &place),
                Refusal::Changed => changed(&place),
            })?;
        Ok(opened
            .stream
            .map(move |chunk| chunk.map_err(|error| failure(error.into(), &place)))
            .boxed())
    }

    async fn write(&self, access: &Access, object: NewObject) -> Result<Box<dyn ObjectWriter>, ObjectError> {
        let place = format!("writing {}", object.location);
        let bucket = self.bucket(access, &object.location.bucket, &place)?;
        if object.kms_key_id.is_some() {
            return Err(ObjectError::new(
                ObjectErrorKind::Unsupported,
                format!("{place}: the embedded store cannot encrypt with a key of KMS"),
            ));
        }
        let mut attributes = Attributes {
            content_type: Some(object.content_type.to_owned()),
            ..Attributes::default()
        };
        if let Some(tag) = &object.once {
            attributes.metadata.insert(TAG_JOB.to_owned(), tag.job.clone());
            attributes.metadata.insert(TAG_DIGEST.to_owned(), tag.digest.clone());
        }
        Ok(Box::new(EmbeddedWriter {
            content: self.storage.writer(()),
            storage: self.storage.clone(),
            bucket,
            key: object.location.key,
            attributes,
            once: object.once,
            place,
        }))
    }

    async fn check_writable(&self, access: &Access, location: &Location) -> Result<(), ObjectError> {
        let place = format!("writing {location}");
        self.bucket(access, &location.bucket, &place)?;
        check_key(&location.key).map_err(|error| failure(error, &place))
    }

    async fn remove_work(&self, prefix: &str) -> Result<(), ObjectError> {
        let place = format!("removing s3://{}/{prefix}", self.work_bucket);
        let bucket = self.bucket(&Access::Service, &self.work_bucket, &place)?;
        let query = ListQuery {
            prefix: prefix.to_owned(),
            limit: MAX_PAGE,
            ..ListQuery::default()
        };
        loop {
            let page = self
                .storage
                .list(&bucket, &query)
                .await
                .map_err(|error| failure(error, &place))?;
            let keys: Vec<_> = page.objects.into_iter().map(|object| object.key).collect();
            if !keys.is_empty() {
                self.storage
                    .delete_many(&bucket, keys)
                    .await
                    .map_err(|error| failure(error, &place))?;
            }
            if page.next.is_none() {
                return Ok(());
            }
        }
    }

    fn work_bucket(&self) -> &str {
        &self.work_bucket
    }

    async fn ping(&self) -> Result<(), ObjectError> {
        self.list(&Access::Service, &self.work_bucket, "", None).await.map(drop)
    }
}

struct EmbeddedWriter {
    content: ContentWriter<()>,
    storage: Storage,
    bucket: Arc<Bucket>,
    key: String,
    attributes: Attributes,
    once: Option<WriteTag>,
    place: String,
}

#[async_trait]
impl ObjectWriter for EmbeddedWriter {
    async fn write(&mut self, chunk: Bytes) -> Result<(), ObjectError> {
        self.content
            .write(chunk)
            .await
            .map_err(|error| failure(error.into(), &self.place))
    }

    async fn complete(self: Box<Self>) -> Result<Written, ObjectError> {
        let Self {
            content,
            storage,
            bucket,
            key,
            attributes,
            once,
            place,
        } = *self;
        let failure = |error| failure(error, &place);
        let (draft, ()) = content.finish().await.map_err(|error| failure(error.into()))?;
        // Not a digest: hashing would cost more than writing. S3 promises an MD5 for plain uploads
        // only; the suffix marks this one as something else.
        let etag = format!("{}-1", Uuid::new_v4().simple());
        let precondition = if once.is_some() {
            Precondition::Absent
        } else {
            Precondition::None
        };
        match storage
            .put(&bucket, &key, vec![draft], etag, attributes, precondition)
            .await
        {
            Ok(_) => Ok(Written::Created),
            Err(StorageError::PreconditionFailed) => {
                let standing = storage.head(&bucket, &key).await.map_err(failure)?;
                let metadata = &standing.attributes.metadata;
                let ours = once.is_some_and(|tag| {
                    metadata.get(TAG_JOB) == Some(&tag.job) && metadata.get(TAG_DIGEST) == Some(&tag.digest)
                });
                if ours {
                    Ok(Written::AlreadyThere)
                } else {
                    Err(ObjectError::new(
                        ObjectErrorKind::Conflict,
                        format!("{place}: another object stands there"),
                    ))
                }
            }
            Err(error) => Err(failure(error)),
        }
    }

    async fn abort(self: Box<Self>) {
        // Dropping the draft removes its file.
    }
}
