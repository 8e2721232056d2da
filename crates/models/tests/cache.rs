//! What a cache of models promises to those who ask it.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use construe_jobs::{
    Access, Location, NewObject, ObjectError, ObjectErrorKind, ObjectPage, ObjectStore, ObjectStream, ObjectWriter,
};
use construe_models::{FetchError, LoadedModel, ModelCache, ModelRef};
use futures::StreamExt;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

/// A model that is its bytes. Those that begin with a capital X are of another version, with a P they break the parser.
#[derive(Debug, PartialEq)]
struct Bytewise(Vec<u8>);

#[derive(Debug, thiserror::Error)]
#[error("made by another version")]
struct OtherVersion;

impl LoadedModel for Bytewise {
    type Error = OtherVersion;

    type Resources = ();

    fn from_bytes(bytes: &[u8], (): &()) -> Result<Self, OtherVersion> {
        match bytes.first() {
            Some(b'X') => Err(OtherVersion),
            Some(b'P') => panic!("a parser that met bytes it should have refused"),
            _ => Ok(Self(bytes.to_vec())),
        }
    }

    fn memory_usage(&self) -> usize {
        self.0.len()
    }
}

/// Objects by key; reading waits for a permit, and fails while there is a reason to.
struct Objects {
    contents: Mutex<HashMap<String, Vec<u8>>>,
    reads: AtomicUsize,
    permits: Semaphore,
    failing: Mutex<Option<ObjectErrorKind>>,
}

fn unused<T>() -> Result<T, ObjectError> {
    Err(ObjectError::new(ObjectErrorKind::Unsupported, "a cache only reads"))
}

#[async_trait]
impl ObjectStore for Objects {
    async fn list(&self, _: &Access, _: &str, _: &str, _: Option<&str>) -> Result<ObjectPage, ObjectError> {
        unused()
    }

    async fn read(
        &self,
        access: &Access,
        location: &Location,
        _: Option<&str>,
        range: Range<u64>,
    ) -> Result<ObjectStream, ObjectError> {
        assert_eq!((access, location.bucket.as_str()), (&Access::Service, "work"));
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.permits.acquire().await.expect("never closed").forget();
        if let Some(kind) = *self.failing.lock().unwrap() {
            return Err(ObjectError::new(kind, "reading a model"));
        }
        let contents = self.contents.lock().unwrap();
        let bytes = contents
            .get(&location.key)
            .ok_or_else(|| ObjectError::new(ObjectErrorKind::NotFound, "reading a model"))?;
        let bytes = &bytes[range.start as usize..bytes.len().min(range.end as usize)];
        let chunks: Vec<_> = bytes.chunks(3).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
        Ok(futures::stream::iter(chunks).boxed())
    }

    async fn write(&self, _: &Access, _: NewObject) -> Result<Box<dyn ObjectWriter>, ObjectError> {
        unused()
    }

    async fn check_writable(&self, _: &Access, _: &Location) -> Result<(), ObjectError> {
        unused()
    }

    async fn remove_work(&self, _: &str) -> Result<(), ObjectError> {
        unused()
    }

    fn work_bucket(&self) -> &str {
        "work"
    }

    async fn ping(&self) -> Result<(), ObjectError> {
        unused()
    }
}

struct Site {
    objects: Arc<Objects>,
    cache: Arc<ModelCache<Bytewise>>,
}

impl Site {
    /// A cache with a budget of `budget` bytes, above objects that can be read at once.
    fn new(budget: usize) -> Self {
        let objects = Arc::new(Objects {
            contents: Mutex::default(),
            reads: AtomicUsize::new(0),
            permits: Semaphore::new(1000),
            failing: Mutex::new(None),
        });
        Self {
            cache: Arc::new(ModelCache::new(objects.clone(), budget, ())),
            objects,
        }
    }

    fn put(&self, content: &str) -> ModelRef {
        let digest = hex::encode(Sha256::digest(content));
        let key = format!("models/7/{digest}");
        let mut contents = self.objects.contents.lock().unwrap();
        contents.insert(key.clone(), content.as_bytes().to_vec());
        ModelRef {
            arn: "arn:model".to_owned(),
            key,
            digest,
            size: content.len() as u64,
        }
    }

    async fn get(&self, model: &ModelRef) -> Result<Arc<Bytewise>, FetchError> {
        self.cache.get(model).await
    }

    fn reads(&self) -> usize {
        self.objects.reads.load(Ordering::SeqCst)
    }

    fn fail_with(&self, kind: Option<ObjectErrorKind>) {
        *self.objects.failing.lock().unwrap() = kind;
    }
}

#[tokio::test]
async fn many_that_ask_at_once_cause_one_fetch() {
    let site = Site::new(100);
    let model = site.put("a model of some bytes");
    site.objects.permits.forget_permits(1000);
    let asking: Vec<_> = (0..8)
        .map(|_| {
            let (cache, model) = (site.cache.clone(), model.clone());
            tokio::spawn(async move { cache.get(&model).await })
        })
        .collect();
    // All have asked when the one read waits and nobody else can go on.
    while site.reads() == 0 {
        tokio::task::yield_now().await;
    }
    site.objects.permits.add_permits(8);
    let mut got = Vec::new();
    for one in asking {
        got.push(one.await.unwrap().expect("the model"));
    }
    assert_eq!(site.reads(), 1);
    assert!(got.iter().all(|one| Arc::ptr_eq(one, &got[0])));
    assert_eq!(got[0].0, b"a model of some bytes");
}

#[tokio::test]
async fn what_was_not_used_for_longest_makes_room() {
    let site = Site::new(25);
    let [a, b, c] = ["aaaaaaaaaa", "bbbbbbbbbb", "cccccccccc"].map(|content| site.put(content));
    site.get(&a).await.unwrap();
    site.get(&b).await.unwrap();
    let held = site.get(&a).await.unwrap();
    assert_eq!(site.reads(), 2);
    site.get(&c).await.unwrap();
    site.get(&a).await.unwrap();
    assert_eq!(site.reads(), 3, "of three, the second was not used for longest");
    site.get(&b).await.unwrap();
    assert_eq!(site.reads(), 4, "it was let go");
    site.get(&a).await.unwrap();
    assert_eq!(site.reads(), 4);

    let large = site.put(&"l".repeat(40));
    for _ in 0..2 {
        assert_eq!(site.get(&large).await.unwrap().0.len(), 40);
    }
    assert_eq!(site.reads(), 5, "what is asked for stays, whatever its size");
    let again = site.get(&a).await.unwrap();
    assert_eq!(site.reads(), 6, "everything else went");
    assert_eq!(held, again, "who held it kept it alive");
}

#[tokio::test]
async fn a_damaged_file_is_refused() {
    let site = Site::new(100);
    for damage in [&b"a model, changed"[..], b"a model of", b"P", b""] {
        let model = site.put("a model of some bytes");
        site.objects
            .contents
            .lock()
            .unwrap()
            .insert(model.key.clone(), damage.to_vec());
        let refused = site.get(&model).await;
        let Err(error @ FetchError::Damaged) = refused else {
            panic!("{refused:?}")
        };
        assert!(!error.is_retryable());
        site.put("a model of some bytes");
        site.get(&model).await.expect("whole again");
        // The next damage must not be hidden by what is kept.
        site.get(&site.put(&"x".repeat(101)))
            .await
            .expect("larger than all others together");
    }
    let breaks = site.put("P breaks the parser");
    assert!(matches!(site.get(&breaks).await, Err(FetchError::Damaged)));
    let foreign = site.put("X of another version");
    let refused = site.get(&foreign).await;
    let Err(FetchError::Unusable(reason)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(reason.to_string(), "made by another version");
}

#[tokio::test]
async fn a_failure_is_not_remembered() {
    let site = Site::new(100);
    let model = site.put("a model of some bytes");
    site.fail_with(Some(ObjectErrorKind::Unavailable));
    let error = site.get(&model).await.expect_err("the store is away");
    assert!(error.is_retryable(), "{error}");
    site.fail_with(Some(ObjectErrorKind::NotFound));
    let error = site.get(&model).await.expect_err("the object is gone");
    assert!(!error.is_retryable(), "{error}");
    site.fail_with(None);
    site.get(&model).await.expect("the store is back");
    site.get(&model).await.expect("from memory");
    assert_eq!(site.reads(), 3);
}
