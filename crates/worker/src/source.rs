//! The bridge from a trainer's thread to the object store.

use std::collections::HashMap;
use std::io::{self, BufRead, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use construe_jobs::{Access, Location, ObjectError, ObjectErrorKind, ObjectMeta, ObjectStore};
use futures::StreamExt;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use crate::control::{Control, Signal};
use crate::interruption::Interruption;
use crate::trainer::{TrainerError, TrainingData, TrainingObject};

/// Chunks read ahead of the trainer.
const CHUNKS_AHEAD: usize = 8;
/// Times in a row that a broken read is taken up where it broke, before the whole work is.
const RESUMPTIONS: u32 = 4;

/// Why the data ended early; the first reason counts.
#[derive(Clone, Default)]
pub(crate) struct Trouble(Arc<Mutex<Option<Interruption>>>);

impl Trouble {
    fn record(&self, interruption: Interruption) {
        let mut trouble = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        trouble.get_or_insert(interruption);
    }

    pub(crate) fn take(&self) -> Option<Interruption> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Lists and reads for a thread that may block. Objects are pinned by the ETag of their first listing.
pub(crate) struct Source {
    objects: Arc<dyn ObjectStore>,
    access: Access,
    control: Arc<Control>,
    runtime: Handle,
    first_pause: Duration,
    /// Objects that may be remembered.
    most_objects: usize,
    found: Mutex<Found>,
    trouble: Trouble,
}

/// What listings found.
#[derive(Default)]
struct Found {
    by_place: HashMap<Location, Arc<[TrainingObject]>>,
    /// Objects that were asked for one by one.
    by_key: HashMap<Location, TrainingObject>,
    /// Objects of all places.
    objects: usize,
}

impl Source {
    pub(crate) fn new(
        objects: Arc<dyn ObjectStore>,
        access: Access,
        control: Arc<Control>,
        runtime: Handle,
        first_pause: Duration,
        most_objects: usize,
    ) -> Self {
        Self {
            objects,
            access,
            control,
            runtime,
            first_pause,
            most_objects,
            found: Mutex::default(),
            trouble: Trouble::default(),
        }
    }

    pub(crate) fn trouble(&self) -> Trouble {
        self.trouble.clone()
    }

    /// The objects below a place; more than `most` are not looked for.
    async fn list(&self, place: &Location, most: usize) -> Result<Vec<TrainingObject>, ObjectError> {
        let mut found = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let page = self
                .objects
                .list(&self.access, &place.bucket, &place.key, after.as_deref())
                .await?;
            let Some(last) = page.objects.last() else {
                return Ok(found);
            };
            after = Some(last.key.clone());
            found.extend(
                page.objects
                    .into_iter()
                    .filter(|object| !is_folder_marker(object))
                    .map(|object| found_object(&place.bucket, object)),
            );
            if !page.more || found.len() > most {
                return Ok(found);
            }
        }
    }

    /// The object with exactly this key.
    async fn look_up(&self, place: &Location) -> Result<Option<TrainingObject>, ObjectError> {
        // Of all keys that begin with it, it is the first.
        let page = self.objects.list(&self.access, &place.bucket, &place.key, None).await?;
        let first = page.objects.into_iter().next();
        Ok(first
            .filter(|object| object.key == place.key && !is_folder_marker(object))
            .map(|object| found_object(&place.bucket, object)))
    }

    /// What listing comes to, unless the work is to end meanwhile.
    fn wait<T>(
        &self,
        place: &Location,
        listing: impl Future<Output = Result<T, ObjectError>>,
    ) -> Result<T, TrainerError> {
        let listed = self.runtime.block_on(async {
            tokio::select! {
                biased;
                () = self.control.reached(Signal::Release) => None,
                listed = listing => Some(listed),
            }
        });
        match listed {
            None => Err(TrainerError::Interrupted),
            Some(listed) => listed.map_err(|error| self.fail(&error, place)),
        }
    }

    fn known(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses more than may be remembered. `left`: objects that still may.
    fn check_room(&self, place: &Location, found: usize, left: usize) -> Result<(), TrainerError> {
        if found <= left {
            return Ok(());
        }
        let most = self.most_objects;
        let sentence = format!("A training can read {most} objects; with those at {place} there are more.");
        Err(TrainerError::refused("TOO_MANY_OBJECTS", sentence))
    }

    fn fail(&self, error: &ObjectError, location: &Location) -> TrainerError {
        record(&self.trouble, error, location);
        TrainerError::Interrupted
    }
}

fn record(trouble: &Trouble, error: &ObjectError, location: &Location) {
    tracing::warn!(error = error as &dyn std::error::Error, kind = ?error.kind, "reading training data failed");
    trouble.record(Interruption::input(error, location));
}

fn found_object(bucket: &str, object: ObjectMeta) -> TrainingObject {
    TrainingObject {
        location: Location::new(bucket, object.key),
        etag: object.etag,
        size: object.size,
    }
}

fn is_folder_marker(object: &ObjectMeta) -> bool {
    object.size == 0 && object.key.ends_with('/')
}

impl TrainingData for Source {
    fn objects(&self, place: &Location) -> Result<Arc<[TrainingObject]>, TrainerError> {
        let left = {
            let known = self.known();
            if let Some(found) = known.by_place.get(place) {
                return Ok(found.clone());
            }
            self.most_objects.saturating_sub(known.objects)
        };
        let found: Arc<[TrainingObject]> = self.wait(place, self.list(place, left))?.into();
        if found.is_empty() {
            let sentence = format!("No objects were found at the input location {place}.");
            return Err(TrainerError::refused("INPUT_NOT_FOUND", sentence));
        }
        self.check_room(place, found.len(), left)?;
        let mut known = self.known();
        known.objects += found.len();
        known.by_place.insert(place.clone(), found.clone());
        Ok(found)
    }

    fn object(&self, place: &Location) -> Result<TrainingObject, TrainerError> {
        let left = {
            let known = self.known();
            if let Some(object) = known.by_key.get(place) {
                return Ok(object.clone());
            }
            self.most_objects.saturating_sub(known.objects)
        };
        let Some(object) = self.wait(place, self.look_up(place))? else {
            return Err(TrainerError::missing(place));
        };
        self.check_room(place, 1, left)?;
        let mut known = self.known();
        known.objects += 1;
        known.by_key.insert(place.clone(), object.clone());
        Ok(object)
    }

    fn open(&self, object: &TrainingObject) -> Result<Box<dyn BufRead>, TrainerError> {
        let (sender, chunks) = mpsc::channel(CHUNKS_AHEAD);
        let fetch = Fetch {
            objects: self.objects.clone(),
            access: self.access.clone(),
            object: object.clone(),
            pause: self.first_pause,
            trouble: self.trouble.clone(),
            sender,
        };
        let control = self.control.clone();
        let task = self.runtime.spawn(async move {
            tokio::select! {
                biased;
                () = control.reached(Signal::Release) => {}
                () = fetch.run() => {}
            }
        });
        Ok(Box::new(ObjectReader {
            chunks,
            current: Bytes::new(),
            left: object.size,
            _task: AbortOnDropHandle::new(task),
        }))
    }
}

/// Brings one object's bytes, going on where a read broke.
struct Fetch {
    objects: Arc<dyn ObjectStore>,
    access: Access,
    object: TrainingObject,
    pause: Duration,
    trouble: Trouble,
    sender: mpsc::Sender<Bytes>,
}

impl Fetch {
    async fn run(self) {
        let (mut at, mut broken) = (0, 0);
        while at < self.object.size {
            let before = at;
            let Err(error) = self.from(&mut at).await else {
                return;
            };
            broken = if at > before { 1 } else { broken + 1 };
            if !error.is_retryable() || broken > RESUMPTIONS {
                record(&self.trouble, &error, &self.object.location);
                return;
            }
            tokio::time::sleep(self.pause.mul_f64(0.5 + fastrand::f64()) * broken).await;
        }
    }

    /// Sends what comes from `at` on, which it moves. `Ok`: all has been sent, or nobody listens any more.
    async fn from(&self, at: &mut u64) -> Result<(), ObjectError> {
        let TrainingObject { location, etag, size } = &self.object;
        let mut stream = self
            .objects
            .read(&self.access, location, Some(etag), *at..*size)
            .await?;
        while let Some(chunk) = stream.next().await {
            let chunk = chunk?;
            *at += chunk.len() as u64;
            if self.sender.send(chunk).await.is_err() {
                return Ok(());
            }
        }
        if *at == *size {
            return Ok(());
        }
        Err(ObjectError::new(
            ObjectErrorKind::Unavailable,
            format!("received {at} of {size} bytes of a training object"),
        ))
    }
}

struct ObjectReader {
    chunks: mpsc::Receiver<Bytes>,
    current: Bytes,
    /// Bytes that have not come yet.
    left: u64,
    _task: AbortOnDropHandle<()>,
}

impl BufRead for ObjectReader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.current.is_empty() && self.left > 0 {
            // The reason that nothing comes any more is known elsewhere.
            let chunk = self.chunks.blocking_recv().ok_or(io::ErrorKind::BrokenPipe)?;
            self.left = self.left.saturating_sub(chunk.len() as u64);
            self.current = chunk;
        }
        Ok(&self.current)
    }

    fn consume(&mut self, amount: usize) {
        let _ = self.current.split_to(amount.min(self.current.len()));
    }
}

impl Read for ObjectReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let amount = ready.len().min(into.len());
        into[..amount].copy_from_slice(&ready[..amount]);
        self.consume(amount);
        Ok(amount)
    }
}
