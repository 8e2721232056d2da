//! The port's operations.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration, Delete, EncodingType, ObjectIdentifier};
use construe_jobs::{
    Access, Location, NewObject, ObjectError, ObjectErrorKind, ObjectMeta, ObjectPage, ObjectStore, ObjectStream,
    ObjectWriter,
};
use futures::{StreamExt as _, stream};

use crate::clients::Clients;
use crate::config::S3Config;
use crate::error::failure;
use crate::read::read;
use crate::write::S3Writer;

/// [`ObjectStore`] on an S3.
#[derive(Clone)]
pub struct S3Objects {
    clients: Arc<Clients>,
}

impl S3Objects {
    /// Connects with the service's rights and makes the work bucket if it is missing.
    ///
    /// # Errors
    /// When the store is out of reach, refuses the service's credentials, or the work bucket belongs
    /// to somebody else.
    pub async fn connect(config: S3Config) -> Result<Self, ObjectError> {
        let objects = Self {
            clients: Arc::new(Clients::new(config)),
        };
        match objects.ping().await {
            Err(error) if error.kind == ObjectErrorKind::NoSuchBucket => objects.create_work_bucket().await?,
            outcome => outcome?,
        }
        Ok(objects)
    }

    async fn create_work_bucket(&self) -> Result<(), ObjectError> {
        let config = self.clients.config();
        // S3 names no location for its first region.
        let elsewhere = (config.region != "us-east-1").then(|| {
            CreateBucketConfiguration::builder()
                .location_constraint(BucketLocationConstraint::from(config.region.as_str()))
                .build()
        });
        let made = self
            .clients
            .service()
            .create_bucket()
            .bucket(&config.work_bucket)
            .set_create_bucket_configuration(elsewhere)
            .send()
            .await;
        match made {
            Ok(_) => {
                tracing::info!(bucket = config.work_bucket, "made the work bucket");
                Ok(())
            }
            // Another process may have been quicker: then the bucket is there, and ours.
            Err(error) => match self.ping().await {
                Ok(()) => Ok(()),
                Err(_) => Err(failure(&error, &format!("making bucket {}", config.work_bucket))),
            },
        }
    }

    async fn page(
        client: &Client,
        bucket: &str,
        prefix: &str,
        after: Option<&str>,
        limit: Option<i32>,
    ) -> Result<ObjectPage, ObjectError> {
        let place = format!("listing s3://{bucket}/{prefix}");
        let output = client
            .list_objects_v2()
            .bucket(bucket)
            .prefix(prefix)
            .set_start_after(after.map(str::to_owned))
            .set_max_keys(limit)
            // Some keys have no form in XML.
            .encoding_type(EncodingType::Url)
            .send()
            .await
            .map_err(|error| failure(&error, &place))?;
        let encoded = output.encoding_type() == Some(&EncodingType::Url);
        let objects = output
            .contents()
            .iter()
            .map(|object| {
                let key = object.key().unwrap_or_default();
                let key = if encoded { url_decode(key) } else { Some(key.to_owned()) };
                Some(ObjectMeta {
                    key: key?,
                    etag: object.e_tag()?.to_owned(),
                    size: u64::try_from(object.size()?).ok()?,
                })
            })
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| {
                ObjectError::new(
                    ObjectErrorKind::Other,
                    format!("{place}: the store lists an object without a readable key, ETag or size"),
                )
            })?;
        Ok(ObjectPage {
            objects,
            more: output.is_truncated().unwrap_or(false),
        })
    }
}

/// Undoes `encoding-type=url`, where S3 writes a space as `+`.
fn url_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                (digit()? * 16 + digit()?) as u8
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

#[async_trait]
impl ObjectStore for S3Objects {
    async fn list(
        &self,
        access: &Access,
        bucket: &str,
        prefix: &str,
        after: Option<&str>,
    ) -> Result<ObjectPage, ObjectError> {
        Self::page(&self.clients.of(access).await?, bucket, prefix, after, None).await
    }

    async fn read(
        &self,
        access: &Access,
        location: &Location,
        etag: Option<&str>,
        range: Range<u64>,
    ) -> Result<ObjectStream, ObjectError> {
        let client = self.clients.of(access).await?;
        if range.is_empty() {
            // There is no way to ask S3 for no bytes.
            return Ok(stream::empty().boxed());
        }
        read(client, location.clone(), etag, range).await
    }

    async fn write(&self, access: &Access, object: NewObject) -> Result<Box<dyn ObjectWriter>, ObjectError> {
        let client = self.clients.of(access).await?;
        Ok(Box::new(S3Writer::new(client, object)))
    }

    async fn check_writable(&self, access: &Access, location: &Location) -> Result<(), ObjectError> {
        let client = self.clients.of(access).await?;
        let place = format!("writing {location}");
        // The one request that needs the right to write and shows nothing to anybody.
        let begun = client
            .create_multipart_upload()
            .bucket(&location.bucket)
            .key(&location.key)
            .send()
            .await
            .map_err(|error| failure(&error, &place))?;
        let aborted = client
            .abort_multipart_upload()
            .bucket(&location.bucket)
            .key(&location.key)
            .set_upload_id(begun.upload_id)
            .send()
            .await;
        if let Err(error) = aborted {
            // It can be written; what is left over is for the bucket's lifecycle rules.
            tracing::warn!(error = %failure(&error, &place), "could not remove a trial upload");
        }
        Ok(())
    }

    async fn remove_work(&self, prefix: &str) -> Result<(), ObjectError> {
        let (client, bucket) = (self.clients.service(), self.work_bucket());
        let place = format!("removing s3://{bucket}/{prefix}");
        loop {
            let page = Self::page(client, bucket, prefix, None, None).await?;
            let keys: Vec<_> = page
                .objects
                .into_iter()
                .filter_map(|object| ObjectIdentifier::builder().key(object.key).build().ok())
                .collect();
            if keys.is_empty() {
                return Ok(());
            }
            let delete = Delete::builder()
                .set_objects(Some(keys))
                .quiet(true)
                .build()
                .map_err(|error| ObjectError::new(ObjectErrorKind::Other, format!("{place}: {error}")))?;
            let answer = client
                .delete_objects()
                .bucket(bucket)
                .delete(delete)
                .send()
                .await
                .map_err(|error| failure(&error, &place))?;
            if let Some(error) = answer.errors().first() {
                return Err(ObjectError::new(
                    ObjectErrorKind::Other,
                    format!(
                        "{place}: {}: {}",
                        error.code().unwrap_or("Error"),
                        error.message().unwrap_or_default()
                    ),
                ));
            }
            if !page.more {
                return Ok(());
            }
        }
    }

    fn work_bucket(&self) -> &str {
        &self.clients.config().work_bucket
    }

    async fn ping(&self) -> Result<(), ObjectError> {
        Self::page(self.clients.service(), self.work_bucket(), "", None, Some(1))
            .await
            .map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_decoded_as_s3_encodes_them() {
        assert_eq!(url_decode("a+b%2Bc/d%25%C3%A9%0A").as_deref(), Some("a b+c/d%é\n"));
        assert_eq!(url_decode("%2"), None);
        assert_eq!(url_decode("%FF"), None);
    }
}
