//! Writing objects: one request for a small one, parts for a large one, and in both cases nothing
//! visible before the last request has succeeded.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart, ServerSideEncryption};
use bytes::{Bytes, BytesMut};
use construe_jobs::{NewObject, ObjectError, ObjectErrorKind, ObjectWriter, WriteTag, Written};
use tokio::task::JoinSet;

use crate::error::{failure, may_have_happened, status};

/// User metadata that carries the [`WriteTag`].
const TAG_JOB: &str = "construe-job";
const TAG_DIGEST: &str = "construe-digest";

const MIB: u64 = 1024 * 1024;
/// Bytes of a part when nothing asks for larger ones. S3 takes no smaller ones than 5 MiB.
const PART_BYTES: u64 = 8 * MIB;
/// Parts aimed at when the size is known; S3 takes 10,000.
const AIMED_PARTS: u64 = 9_000;
/// When the size is not known, parts grow by [`PART_BYTES`] after each so many, so that memory stays
/// small for small objects and 10,000 parts still hold 440 GB.
const PARTS_OF_ONE_SIZE: u64 = 1_000;
/// Parts on their way at once. With the one being filled, so many and one more are in memory.
const IN_FLIGHT: usize = 2;
/// Attempts at a small object that another conditional write got in the way of.
const CONFLICT_ATTEMPTS: usize = 4;
const CONFLICT_PAUSE: Duration = Duration::from_millis(200);

/// Bytes of part `number` (from 1) of an object of `size` bytes.
fn part_bytes(size: Option<u64>, number: u64) -> usize {
    let bytes = match size {
        Some(size) => PART_BYTES.max(size.div_ceil(AIMED_PARTS).next_multiple_of(MIB)),
        None => PART_BYTES * (1 + (number - 1) / PARTS_OF_ONE_SIZE),
    };
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

pub(crate) struct S3Writer {
    target: Target,
    /// Bytes of the part in `buffer` when it is full.
    part_bytes: usize,
    buffer: BytesMut,
    /// Bytes given to [`ObjectWriter::write`] so far.
    written: u64,
    upload: Option<MultipartUpload>,
}

/// The object to be made, and how to ask for it.
#[derive(Clone)]
struct Target {
    client: Client,
    object: NewObject,
}

struct MultipartUpload {
    target: Target,
    /// `None` once completed or aborted.
    id: Option<String>,
    sending: JoinSet<Result<CompletedPart, ObjectError>>,
    sent: Vec<CompletedPart>,
    next_number: i32,
}

impl S3Writer {
    pub(crate) fn new(client: Client, object: NewObject) -> Self {
        let part_bytes = part_bytes(object.size, 1);
        Self {
            target: Target { client, object },
            part_bytes,
            buffer: BytesMut::new(),
            written: 0,
            upload: None,
        }
    }
}

#[async_trait]
impl ObjectWriter for S3Writer {
    async fn write(&mut self, mut chunk: Bytes) -> Result<(), ObjectError> {
        self.written += chunk.len() as u64;
        while !chunk.is_empty() {
            // A full buffer is sent only when more follows: the last part must not be empty, and an
            // object of just one part needs no multipart upload.
            if self.buffer.len() == self.part_bytes {
                let part = self.buffer.split().freeze();
                let upload = self.upload().await?;
                upload.send(part).await?;
                let next = upload.next_number;
                self.part_bytes = part_bytes(self.target.object.size, next.unsigned_abs().into());
            }
            if self.buffer.is_empty() && self.upload.is_some() {
                // Whole parts follow: growing by doubling would take up to twice their size.
                self.buffer.reserve(self.part_bytes);
            }
            let room = self.part_bytes - self.buffer.len();
            let fitting = chunk.split_to(room.min(chunk.len()));
            self.buffer.extend_from_slice(&fitting);
        }
        Ok(())
    }

    async fn complete(mut self: Box<Self>) -> Result<Written, ObjectError> {
        let last = std::mem::take(&mut self.buffer).freeze();
        let Some(mut upload) = self.upload.take() else {
            return self.target.put(last).await;
        };
        upload.send(last).await?;
        upload.complete(self.written).await
    }

    async fn abort(mut self: Box<Self>) {
        if let Some(mut upload) = self.upload.take() {
            upload.abort().await;
        }
    }
}

impl S3Writer {
    async fn upload(&mut self) -> Result<&mut MultipartUpload, ObjectError> {
        let upload = match self.upload.take() {
            Some(upload) => upload,
            None => self.target.begin().await?,
        };
        Ok(self.upload.insert(upload))
    }
}

impl Target {
    fn place(&self) -> String {
        format!("writing {}", self.object.location)
    }

    fn metadata(&self) -> Option<HashMap<String, String>> {
        let tag = self.object.once.as_ref()?;
        Some(HashMap::from([
            (TAG_JOB.to_owned(), tag.job.clone()),
            (TAG_DIGEST.to_owned(), tag.digest.clone()),
        ]))
    }

    fn encryption(&self) -> Option<ServerSideEncryption> {
        self.object.kms_key_id.as_ref().map(|_| ServerSideEncryption::AwsKms)
    }

    /// Whether the last request says `If-None-Match: *`.
    fn condition(&self, conditional: bool) -> Option<String> {
        (conditional && self.object.once.is_some()).then(|| "*".to_owned())
    }

    /// What stands at the key, in the port's words; `None` when nothing does.
    async fn standing(&self) -> Result<Option<Written>, ObjectError> {
        let location = &self.object.location;
        let found = self
            .client
            .head_object()
            .bucket(&location.bucket)
            .key(&location.key)
            .send()
            .await;
        match found {
            Ok(found) => {
                let metadata = found.metadata();
                let value = |name: &str| metadata.and_then(|metadata| metadata.get(name)).map(String::as_str);
                let wanted = self.object.once.as_ref();
                if wanted.is_some_and(|WriteTag { job, digest }| {
                    value(TAG_JOB) == Some(job) && value(TAG_DIGEST) == Some(digest)
                }) {
                    Ok(Some(Written::AlreadyThere))
                } else {
                    let message = format!("{}: another object stands there", self.place());
                    Err(ObjectError::new(ObjectErrorKind::Conflict, message))
                }
            }
            Err(error) if status(&error) == Some(404) => Ok(None),
            Err(error) => Err(failure(&error, &self.place())),
        }
    }

    /// Looks before writing what must not exist yet. Stores that know conditional writes decide it
    /// again when it counts; on those that do not, this is what keeps foreign objects from harm.
    async fn look_first(&self) -> Result<Option<Written>, ObjectError> {
        if self.object.once.is_none() {
            return Ok(None);
        }
        match self.standing().await {
            Err(error) if error.kind == ObjectErrorKind::Conflict => Err(error),
            Ok(outcome) => Ok(outcome),
            // A role that may write need not be allowed to look.
            Err(_) => Ok(None),
        }
    }

    async fn put(&self, body: Bytes) -> Result<Written, ObjectError> {
        if let Some(outcome) = self.look_first().await? {
            return Ok(outcome);
        }
        let location = &self.object.location;
        let mut conditional = true;
        let mut attempts = 0;
        loop {
            attempts += 1;
            let sent = self
                .client
                .put_object()
                .bucket(&location.bucket)
                .key(&location.key)
                .content_type(self.object.content_type)
                .set_metadata(self.metadata())
                .set_server_side_encryption(self.encryption())
                .set_ssekms_key_id(self.object.kms_key_id.clone())
                .set_if_none_match(self.condition(conditional))
                .body(ByteStream::from(body.clone()))
                .send()
                .await;
            let Err(error) = sent else { return Ok(Written::Created) };
            let failed = failure(&error, &self.place());
            match status(&error) {
                // Somebody else's write, or our own whose answer was lost.
                Some(412) => return self.standing().await?.ok_or(failed),
                Some(409) if attempts < CONFLICT_ATTEMPTS => {
                    tokio::time::sleep(CONFLICT_PAUSE.mul_f64(0.5 + fastrand::f64())).await;
                }
                _ if conditional && self.lacks_conditions(&failed) => conditional = false,
                _ => return Err(failed),
            }
        }
    }

    /// Whether a refusal may be of the condition rather than of the write.
    fn lacks_conditions(&self, failed: &ObjectError) -> bool {
        self.object.once.is_some() && self.object.kms_key_id.is_none() && failed.kind == ObjectErrorKind::Unsupported
    }

    async fn begin(&self) -> Result<MultipartUpload, ObjectError> {
        let location = &self.object.location;
        let begun = self
            .client
            .create_multipart_upload()
            .bucket(&location.bucket)
            .key(&location.key)
            .content_type(self.object.content_type)
            .set_metadata(self.metadata())
            .set_server_side_encryption(self.encryption())
            .set_ssekms_key_id(self.object.kms_key_id.clone())
            .send()
            .await
            .map_err(|error| failure(&error, &self.place()))?;
        let id = begun.upload_id.ok_or_else(|| {
            ObjectError::new(
                ObjectErrorKind::Other,
                format!("{}: the store gave no upload id", self.place()),
            )
        })?;
        Ok(MultipartUpload {
            target: self.clone(),
            id: Some(id),
            sending: JoinSet::new(),
            sent: Vec::new(),
            next_number: 1,
        })
    }
}

impl MultipartUpload {
    /// Starts sending a part, once fewer than [`IN_FLIGHT`] others are on their way.
    async fn send(&mut self, body: Bytes) -> Result<(), ObjectError> {
        self.wait_until_sending_fewer_than(IN_FLIGHT).await?;
        let number = self.next_number;
        self.next_number += 1;
        let place = format!("{} (part {number})", self.target.place());
        let location = &self.target.object.location;
        let request = self
            .target
            .client
            .upload_part()
            .bucket(&location.bucket)
            .key(&location.key)
            .set_upload_id(self.id.clone())
            .part_number(number)
            .body(ByteStream::from(body));
        self.sending.spawn(async move {
            let sent = request.send().await.map_err(|error| failure(&error, &place))?;
            Ok(CompletedPart::builder()
                .part_number(number)
                .set_e_tag(sent.e_tag)
                .build())
        });
        Ok(())
    }

    async fn wait_until_sending_fewer_than(&mut self, limit: usize) -> Result<(), ObjectError> {
        while self.sending.len() >= limit {
            match self.sending.join_next().await {
                Some(Ok(part)) => self.sent.push(part?),
                Some(Err(error)) => {
                    let message = format!("{}: sending a part ended early: {error}", self.target.place());
                    return Err(ObjectError::new(ObjectErrorKind::Other, message));
                }
                None => break,
            }
        }
        Ok(())
    }

    /// The commit point. `size`: of the whole object, in bytes.
    async fn complete(&mut self, size: u64) -> Result<Written, ObjectError> {
        self.wait_until_sending_fewer_than(1).await?;
        self.sent.sort_by_key(CompletedPart::part_number);
        if let Some(outcome) = self.target.look_first().await? {
            return Ok(outcome);
        }
        let location = &self.target.object.location;
        let mut conditional = true;
        loop {
            let parts = CompletedMultipartUpload::builder()
                .set_parts(Some(self.sent.clone()))
                .build();
            let completed = self
                .target
                .client
                .complete_multipart_upload()
                .bucket(&location.bucket)
                .key(&location.key)
                .set_upload_id(self.id.clone())
                .set_if_none_match(self.target.condition(conditional))
                .multipart_upload(parts)
                .send()
                .await;
            let Err(error) = completed else {
                self.id = None;
                return Ok(Written::Created);
            };
            let failed = failure(&error, &self.target.place());
            if status(&error) == Some(412) {
                return self.target.standing().await?.ok_or(failed);
            }
            if conditional && self.target.lacks_conditions(&failed) {
                conditional = false;
                continue;
            }
            if may_have_happened(&error) && self.has_happened(size).await {
                self.id = None;
                return Ok(Written::Created);
            }
            // After a 409 the parts are of no more use: the caller begins anew, for it is retryable.
            return Err(failed);
        }
    }

    /// Looks whether a completion whose answer was lost did take effect.
    async fn has_happened(&self, size: u64) -> bool {
        if self.target.object.once.is_some() {
            return matches!(self.target.standing().await, Ok(Some(Written::AlreadyThere)));
        }
        // The key is this writer's own: an object of this size there is this one.
        let location = &self.target.object.location;
        let found = self
            .target
            .client
            .head_object()
            .bucket(&location.bucket)
            .key(&location.key)
            .send()
            .await;
        found.is_ok_and(|found| found.content_length().and_then(|found| u64::try_from(found).ok()) == Some(size))
    }

    async fn abort(&mut self) {
        self.sending.shutdown().await;
        if let Some(id) = self.id.take() {
            abort(self.target.clone(), id).await;
        }
    }
}

async fn abort(target: Target, id: String) {
    let location = &target.object.location;
    let aborted = target
        .client
        .abort_multipart_upload()
        .bucket(&location.bucket)
        .key(&location.key)
        .upload_id(id)
        .send()
        .await;
    if let Err(error) = aborted {
        // It stays invisible; the bucket's lifecycle rules clear it away.
        tracing::warn!(error = %failure(&error, &target.place()), "could not abort an upload");
    }
}

impl Drop for MultipartUpload {
    fn drop(&mut self) {
        let Some(id) = self.id.take() else { return };
        self.sending.abort_all();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(abort(self.target.clone(), id));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_grow_with_the_object() {
        assert_eq!(part_bytes(Some(0), 1) as u64, PART_BYTES);
        assert_eq!(part_bytes(Some(70_000 * MIB), 1) as u64, PART_BYTES);
        let huge = 5 * 1024 * 1024 * MIB;
        let part = part_bytes(Some(huge), 1) as u64;
        assert!(huge.div_ceil(part) <= AIMED_PARTS && part.is_multiple_of(MIB), "{part}");
        assert_eq!(part_bytes(Some(huge), 10_000) as u64, part);
        assert_eq!(part_bytes(None, 1_000) as u64, PART_BYTES);
        let most: u64 = (1..=10_000).map(|number| part_bytes(None, number) as u64).sum();
        assert!(most >= 440_000_000_000, "{most}");
    }
}
