//! Trained models, fetched once and kept while there is room.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use construe_jobs::{Access, Location, ObjectError, ObjectStore};
use futures::TryStreamExt;
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use crate::training::ModelRef;

/// A model in memory.
pub trait LoadedModel: Sized + Send + Sync + 'static {
    type Error: std::error::Error + Send + Sync + 'static;
    /// What models of this kind share, such as word lists that the program carries.
    type Resources: Clone + Send + Sync + 'static;

    fn from_bytes(bytes: &[u8], resources: &Self::Resources) -> Result<Self, Self::Error>;
    /// Bytes of memory that it takes.
    fn memory_usage(&self) -> usize;
}

#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("fetching a model")]
    Object(#[from] ObjectError),
    /// What lies there is not what training left there.
    #[error("a stored model is damaged")]
    Damaged,
    /// Made by another version of this program.
    #[error("a stored model cannot be used")]
    Unusable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl FetchError {
    pub fn is_retryable(&self) -> bool {
        matches!(self, FetchError::Object(error) if error.is_retryable())
    }
}

type Slot<M> = Arc<OnceCell<Arc<M>>>;

/// Models by digest. Those not used for longest go when they take more than `budget` bytes together; whoever still
/// works with one keeps it alive until done.
pub struct ModelCache<M: LoadedModel> {
    objects: Arc<dyn ObjectStore>,
    resources: M::Resources,
    budget: usize,
    kept: Mutex<Kept<M>>,
}

struct Kept<M> {
    slots: HashMap<String, (Slot<M>, u64)>,
    /// Counts uses, so that the latest is known.
    uses: u64,
}

impl<M: LoadedModel> ModelCache<M> {
    /// `budget`: bytes.
    pub fn new(objects: Arc<dyn ObjectStore>, budget: usize, resources: M::Resources) -> Self {
        Self {
            objects,
            resources,
            budget,
            kept: Mutex::new(Kept {
                slots: HashMap::new(),
                uses: 0,
            }),
        }
    }

    /// What the models share.
    pub fn resources(&self) -> &M::Resources {
        &self.resources
    }

    /// The model, from memory or from the object store; many that ask at once cause one fetch.
    ///
    /// # Errors
    ///
    /// [`FetchError`]; the next call tries again.
    pub async fn get(&self, model: &ModelRef) -> Result<Arc<M>, FetchError> {
        let slot = self.slot(&model.digest);
        let loaded = slot.get_or_try_init(|| self.fetch(model)).await.cloned();
        drop(slot);
        match loaded {
            Ok(_) => self.make_room(&model.digest),
            Err(_) => self.forget_failed(&model.digest),
        }
        loaded
    }

    fn slot(&self, digest: &str) -> Slot<M> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.uses += 1;
        let now = kept.uses;
        let (slot, used) = kept.slots.entry(digest.to_owned()).or_default();
        *used = now;
        slot.clone()
    }

    /// Drops the place of a model that could not be loaded, unless somebody else is trying.
    fn forget_failed(&self, digest: &str) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = |slot: &Slot<M>| !slot.initialized() && Arc::strong_count(slot) == 1;
        if kept.slots.get(digest).is_some_and(|(slot, _)| idle(slot)) {
            kept.slots.remove(digest);
        }
    }

    /// The model's file, for a copy of it; nothing of it is kept.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub async fn file(&self, model: &ModelRef) -> Result<Vec<u8>, FetchError> {
        let bytes = self.read(model).await?;
        let digest = model.digest.clone();
        let checked = tokio::task::spawn_blocking(move || check(bytes, &digest));
        checked.await.unwrap_or(Err(FetchError::Damaged))
    }

    async fn read(&self, model: &ModelRef) -> Result<Vec<u8>, FetchError> {
        let location = Location::new(self.objects.work_bucket(), &model.key);
        let mut stream = self
            .objects
            .read(&Access::Service, &location, None, 0..model.size)
            .await?;
        let mut bytes = Vec::new();
        while let Some(chunk) = stream.try_next().await? {
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    async fn fetch(&self, model: &ModelRef) -> Result<Arc<M>, FetchError> {
        let bytes = self.read(model).await?;
        let digest = model.digest.clone();
        let resources = self.resources.clone();
        // Parsing takes tens of milliseconds: not on a thread that serves others.
        let parsed = tokio::task::spawn_blocking(move || {
            let bytes = check(bytes, &digest)?;
            M::from_bytes(&bytes, &resources).map_err(|error| FetchError::Unusable(Box::new(error)))
        });
        // A parser that panics met bytes it should have refused.
        parsed.await.unwrap_or(Err(FetchError::Damaged)).map(Arc::new)
    }

    /// Lets the longest unused go until the rest is within the budget; never the one just asked for.
    fn make_room(&self, asked: &str) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let size = |slot: &Slot<M>| slot.get().map_or(0, |model| model.memory_usage());
        let mut total: usize = kept.slots.values().map(|(slot, _)| size(slot)).sum();
        while total > self.budget {
            let oldest = kept
                .slots
                .iter()
                .filter(|(digest, (slot, _))| *digest != asked && slot.initialized())
                .min_by_key(|(_, (_, used))| *used)
                .map(|(digest, (slot, _))| (digest.clone(), size(slot)));
            let Some((digest, freed)) = oldest else { return };
            kept.slots.remove(&digest);
            total -= freed;
        }
    }
}

/// The bytes, if this is their digest.
fn check(bytes: Vec<u8>, digest: &str) -> Result<Vec<u8>, FetchError> {
    match hex::encode(Sha256::digest(&bytes)) == digest {
        true => Ok(bytes),
        false => Err(FetchError::Damaged),
    }
}
