//! Object storage in memory.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use construe_jobs::{
    Access, Location, NewObject, ObjectError, ObjectErrorKind, ObjectMeta, ObjectPage, ObjectStore, ObjectStream,
    ObjectWriter, WriteTag, Written,
};
use futures::StreamExt;

pub const WORK: &str = "work";

#[derive(Clone)]
pub struct Stored {
    pub body: Bytes,
    pub etag: String,
    pub content_type: &'static str,
    pub tag: Option<WriteTag>,
}

pub struct FakeObjects {
    shared: Arc<Shared>,
    pub page_size: AtomicUsize,
    /// Bytes in a chunk of a stream.
    pub chunk_size: AtomicUsize,
    /// The next so many reads break off after their first chunk.
    pub break_reads: AtomicU32,
    /// The next so many writes fail for now.
    pub fail_writes: AtomicU32,
    pub read_denied: Mutex<HashSet<String>>,
    pub write_denied: Mutex<HashSet<String>>,
    /// Changes this key just before it is read.
    pub change_on_read: Mutex<Option<String>>,
    /// Reads of this key never give a byte.
    pub hang_reads: Mutex<Option<String>>,
    /// Writes to this key never end: they wait at their last step.
    pub hang_completions: Arc<Mutex<Option<String>>>,
    /// Writes that do.
    pub hanging: Arc<AtomicU32>,
    /// How long a read takes to begin.
    pub read_delay: Mutex<Duration>,
    /// Every read: bucket, key, range.
    pub reads: Mutex<Vec<(String, String, Range<u64>)>>,
    pub calls: AtomicU32,
}

#[derive(Default)]
struct Shared {
    buckets: Mutex<HashSet<String>>,
    objects: Mutex<BTreeMap<(String, String), Stored>>,
    created: AtomicU32,
    already_there: AtomicU32,
    writing: AtomicUsize,
    most_writing: AtomicUsize,
    next_etag: AtomicU32,
}

impl Default for FakeObjects {
    fn default() -> Self {
        Self {
            shared: Arc::default(),
            page_size: AtomicUsize::new(1000),
            chunk_size: AtomicUsize::new(64),
            break_reads: AtomicU32::new(0),
            fail_writes: AtomicU32::new(0),
            read_denied: Mutex::default(),
            write_denied: Mutex::default(),
            change_on_read: Mutex::default(),
            hang_reads: Mutex::default(),
            hang_completions: Arc::default(),
            hanging: Arc::default(),
            read_delay: Mutex::default(),
            reads: Mutex::default(),
            calls: AtomicU32::new(0),
        }
    }
}

fn error<T>(kind: ObjectErrorKind, location: &Location) -> Result<T, ObjectError> {
    Err(ObjectError::new(kind, format!("touching {location}")))
}

fn take_one(knob: &AtomicU32) -> bool {
    knob.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1))
        .is_ok()
}

impl FakeObjects {
    pub fn make_bucket(&self, bucket: &str) {
        self.shared.buckets.lock().unwrap().insert(bucket.to_owned());
    }

    pub fn remove_bucket(&self, bucket: &str) {
        self.shared.buckets.lock().unwrap().remove(bucket);
    }

    pub fn put(&self, bucket: &str, key: &str, body: impl Into<Bytes>) {
        let etag = format!("\"{}\"", self.shared.next_etag.fetch_add(1, Ordering::SeqCst));
        let stored = Stored {
            body: body.into(),
            etag,
            content_type: "application/octet-stream",
            tag: None,
        };
        let at = (bucket.to_owned(), key.to_owned());
        self.shared.objects.lock().unwrap().insert(at, stored);
    }

    pub fn get(&self, bucket: &str, key: &str) -> Option<Stored> {
        let at = (bucket.to_owned(), key.to_owned());
        self.shared.objects.lock().unwrap().get(&at).cloned()
    }

    /// Every object of a bucket, by key.
    pub fn all(&self, bucket: &str) -> BTreeMap<String, Stored> {
        let objects = self.shared.objects.lock().unwrap();
        let of_bucket = objects.iter().filter(|((b, _), _)| b == bucket);
        of_bucket
            .map(|((_, key), stored)| (key.clone(), stored.clone()))
            .collect()
    }

    pub fn created(&self) -> u32 {
        self.shared.created.load(Ordering::SeqCst)
    }

    pub fn already_there(&self) -> u32 {
        self.shared.already_there.load(Ordering::SeqCst)
    }

    pub fn most_writing(&self) -> usize {
        self.shared.most_writing.load(Ordering::SeqCst)
    }

    fn check_bucket(&self, location: &Location) -> Result<(), ObjectError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let exists = location.bucket == WORK || self.shared.buckets.lock().unwrap().contains(&location.bucket);
        if exists {
            Ok(())
        } else {
            error(ObjectErrorKind::NoSuchBucket, location)
        }
    }

    fn check_access(
        &self,
        access: &Access,
        denied: &Mutex<HashSet<String>>,
        location: &Location,
    ) -> Result<(), ObjectError> {
        // The service's rights are for its own bucket, a role's for everything else.
        assert_eq!(*access == Access::Service, location.bucket == WORK, "{location}");
        if denied.lock().unwrap().contains(&location.bucket) {
            return error(ObjectErrorKind::AccessDenied, location);
        }
        self.check_bucket(location)
    }
}

#[async_trait]
impl ObjectStore for FakeObjects {
    async fn list(
        &self,
        access: &Access,
        bucket: &str,
        prefix: &str,
        after: Option<&str>,
    ) -> Result<ObjectPage, ObjectError> {
        self.check_access(access, &self.read_denied, &Location::new(bucket, prefix))?;
        let mut objects: Vec<ObjectMeta> = self
            .all(bucket)
            .into_iter()
            .filter(|(key, _)| key.starts_with(prefix) && after.is_none_or(|after| key.as_str() > after))
            .map(|(key, stored)| ObjectMeta {
                key,
                etag: stored.etag,
                size: stored.body.len() as u64,
            })
            .collect();
        let page_size = self.page_size.load(Ordering::SeqCst);
        let more = objects.len() > page_size;
        objects.truncate(page_size);
        Ok(ObjectPage { objects, more })
    }

    async fn read(
        &self,
        access: &Access,
        location: &Location,
        etag: Option<&str>,
        range: Range<u64>,
    ) -> Result<ObjectStream, ObjectError> {
        self.check_access(access, &self.read_denied, location)?;
        let delay = *self.read_delay.lock().unwrap();
        tokio::time::sleep(delay).await;
        let change = self.change_on_read.lock().unwrap().take_if(|key| *key == location.key);
        if change.is_some() {
            self.put(&location.bucket, &location.key, "changed");
        }
        let read = (location.bucket.clone(), location.key.clone(), range.clone());
        self.reads.lock().unwrap().push(read);
        let Some(stored) = self.get(&location.bucket, &location.key) else {
            return error(ObjectErrorKind::NotFound, location);
        };
        if etag.is_some_and(|etag| etag != stored.etag) {
            return error(ObjectErrorKind::Changed, location);
        }
        if self.hang_reads.lock().unwrap().as_ref() == Some(&location.key) {
            return Ok(futures::stream::pending().boxed());
        }
        let body = stored.body.slice(range.start as usize..range.end as usize);
        let chunk_size = self.chunk_size.load(Ordering::SeqCst);
        let mut chunks: Vec<_> = body.chunks(chunk_size).map(|c| Ok(body.slice_ref(c))).collect();
        if take_one(&self.break_reads) {
            chunks.truncate(1);
            chunks.push(error(ObjectErrorKind::Unavailable, location));
        }
        Ok(futures::stream::iter(chunks).boxed())
    }

    async fn write(&self, access: &Access, object: NewObject) -> Result<Box<dyn ObjectWriter>, ObjectError> {
        self.check_access(access, &self.write_denied, &object.location)?;
        if take_one(&self.fail_writes) {
            return error(ObjectErrorKind::Unavailable, &object.location);
        }
        let writing = self.shared.writing.fetch_add(1, Ordering::SeqCst) + 1;
        self.shared.most_writing.fetch_max(writing, Ordering::SeqCst);
        Ok(Box::new(FakeWriter {
            shared: self.shared.clone(),
            hang_completions: self.hang_completions.clone(),
            hanging: self.hanging.clone(),
            object,
            body: Vec::new(),
        }))
    }

    async fn check_writable(&self, access: &Access, location: &Location) -> Result<(), ObjectError> {
        self.check_access(access, &self.write_denied, location)
    }

    async fn remove_work(&self, prefix: &str) -> Result<(), ObjectError> {
        let mut objects = self.shared.objects.lock().unwrap();
        objects.retain(|(bucket, key), _| !(bucket == WORK && key.starts_with(prefix)));
        Ok(())
    }

    fn work_bucket(&self) -> &str {
        WORK
    }

    async fn ping(&self) -> Result<(), ObjectError> {
        Ok(())
    }
}

struct FakeWriter {
    shared: Arc<Shared>,
    hang_completions: Arc<Mutex<Option<String>>>,
    hanging: Arc<AtomicU32>,
    object: NewObject,
    body: Vec<u8>,
}

impl Drop for FakeWriter {
    fn drop(&mut self) {
        self.shared.writing.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl ObjectWriter for FakeWriter {
    async fn write(&mut self, chunk: Bytes) -> Result<(), ObjectError> {
        // Real writes take time, and others run meanwhile.
        tokio::task::yield_now().await;
        self.body.extend_from_slice(&chunk);
        Ok(())
    }

    async fn complete(mut self: Box<Self>) -> Result<Written, ObjectError> {
        tokio::task::yield_now().await;
        let hangs = self.hang_completions.lock().unwrap().as_ref() == Some(&self.object.location.key);
        if hangs {
            self.hanging.fetch_add(1, Ordering::SeqCst);
            std::future::pending::<()>().await;
        }
        let size = self.object.size;
        assert!(
            size.is_none_or(|size| size == self.body.len() as u64),
            "announced {size:?}"
        );
        let location = self.object.location.clone();
        let at = (location.bucket.clone(), location.key.clone());
        let mut objects = self.shared.objects.lock().unwrap();
        if let (Some(tag), Some(there)) = (&self.object.once, objects.get(&at)) {
            if there.tag.as_ref() != Some(tag) {
                return error(ObjectErrorKind::Conflict, &location);
            }
            assert_eq!(there.body, self.body, "the same tag on other bytes");
            self.shared.already_there.fetch_add(1, Ordering::SeqCst);
            return Ok(Written::AlreadyThere);
        }
        self.shared.created.fetch_add(1, Ordering::SeqCst);
        let stored = Stored {
            body: std::mem::take(&mut self.body).into(),
            etag: format!("\"{}\"", self.shared.next_etag.fetch_add(1, Ordering::SeqCst)),
            content_type: self.object.content_type,
            tag: self.object.once.take(),
        };
        objects.insert(at, stored);
        Ok(Written::Created)
    }

    async fn abort(self: Box<Self>) {}
}
