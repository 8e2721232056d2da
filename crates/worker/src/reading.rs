//! Bringing the input of a shard to its analysis, in order, a bounded number of bytes ahead.

use std::sync::Arc;

use bytes::Bytes;
use construe_jobs::{
    Access, InputFormat, Job, Location, ObjectError, ObjectErrorKind, ObjectStore, ObjectStream, Slice,
};
use futures::stream::FuturesOrdered;
use futures::{FutureExt, StreamExt, TryStreamExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::analyzer::Unreadable;
use crate::config::WorkerConfig;
use crate::control::{Control, Signal};
use crate::interruption::Interruption;

/// Chunks on their way to the analysis. What bounds memory is the bytes; this bounds the rest.
const CHUNKS_AHEAD: usize = 256;

/// What the analysis gets for each slice, in order: `Chunk`s and an `End`, or one of the others alone.
pub(crate) enum Input {
    Chunk(Chunk),
    End,
    /// One document, and over the limit: it was not read.
    TooLarge,
    /// One document, and it cannot be read.
    Unreadable(Unreadable),
}

/// Bytes of input; dropping them makes room for more.
pub(crate) struct Chunk {
    pub(crate) bytes: Bytes,
    _room: OwnedSemaphorePermit,
}

pub(crate) fn channel() -> (mpsc::Sender<Input>, mpsc::Receiver<Input>) {
    mpsc::channel(CHUNKS_AHEAD)
}

/// A slice's bytes, or how to get them.
enum Body {
    TooLarge,
    Unreadable(Unreadable),
    Whole(Vec<Bytes>),
    /// Too much to fetch ahead: opened when it is due.
    Streamed,
}

/// A body on its way to be handed on. `_turn` makes room for another one: they are given in order, so that the body
/// that is due never waits for those behind it.
struct Fetched<'s> {
    slice: &'s Slice,
    body: Result<Body, ObjectError>,
    _turn: OwnedSemaphorePermit,
}

pub(crate) struct Reader<'a> {
    objects: &'a dyn ObjectStore,
    access: Access,
    job: &'a Job,
    room: Arc<Semaphore>,
    /// Bytes that one chunk may take of the room.
    largest_chunk: usize,
    /// Objects up to this size are fetched ahead.
    small: u64,
    objects_ahead: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(config: &WorkerConfig, objects: &'a dyn ObjectStore, job: &'a Job) -> Self {
        let objects_ahead = config.objects_ahead.max(1);
        let half = (config.read_window / 2).max(4);
        Self {
            objects,
            access: job.access(),
            job,
            room: Arc::new(Semaphore::new(half)),
            largest_chunk: half / 4,
            small: (half / objects_ahead) as u64,
            objects_ahead,
        }
    }

    /// Sends the input of `slices`, until their end or until anything but running on is asked for.
    /// Only a receiver that got every `End` has all of the input.
    pub(crate) async fn read(
        &self,
        slices: &[Slice],
        control: &Control,
        input: mpsc::Sender<Input>,
    ) -> Result<(), Interruption> {
        tokio::select! {
            biased;
            () = control.reached(Signal::Release) => Ok(()),
            result = self.read_all(slices, &input) => result,
        }
    }

    async fn read_all(&self, slices: &[Slice], input: &mpsc::Sender<Input>) -> Result<(), Interruption> {
        let (fetched, fetched_ahead) = mpsc::unbounded_channel();
        let hand_on = self.hand_on(fetched_ahead, input);
        tokio::pin!(hand_on);
        tokio::select! {
            result = &mut hand_on => result,
            () = self.fetch(slices, fetched) => hand_on.await,
        }
    }

    /// Gets the bodies of `slices` in order, some of them at a time. It runs beside what hands them on: a read that
    /// is left half-way while that waits would keep a connection of the store that others, or this very shard, wait
    /// for.
    async fn fetch<'s>(&self, slices: &'s [Slice], fetched: mpsc::UnboundedSender<Fetched<'s>>) {
        let turns = Arc::new(Semaphore::new(self.objects_ahead));
        let mut slices = slices.iter();
        let mut under_way = FuturesOrdered::new();
        loop {
            tokio::select! {
                biased;
                Some(body) = under_way.next() => {
                    if fetched.send(body).is_err() {
                        return;
                    }
                }
                Ok(turn) = turns.clone().acquire_owned(), if !slices.as_slice().is_empty() => {
                    under_way.extend(slices.next().map(|slice| self.fetch_one(slice, turn).boxed()));
                }
                else => return,
            }
        }
    }

    async fn fetch_one<'s>(&self, slice: &'s Slice, turn: OwnedSemaphorePermit) -> Fetched<'s> {
        Fetched {
            slice,
            body: self.body(slice).await,
            _turn: turn,
        }
    }

    async fn hand_on(
        &self,
        mut fetched: mpsc::UnboundedReceiver<Fetched<'_>>,
        input: &mpsc::Sender<Input>,
    ) -> Result<(), Interruption> {
        while let Some(Fetched { slice, body, _turn }) = fetched.recv().await {
            let body = match body {
                // Nothing of such an object has been sent: it was fetched whole or not at all.
                Err(error) if self.job.spec.layout.lists_files() => match Unreadable::of(&error) {
                    Some(unreadable) => Body::Unreadable(unreadable),
                    None => return Err(self.failure(error, slice)),
                },
                body => body.map_err(|error| self.failure(error, slice))?,
            };
            let sent = match body {
                Body::TooLarge => input.send(Input::TooLarge).await.is_ok(),
                Body::Unreadable(unreadable) => input.send(Input::Unreadable(unreadable)).await.is_ok(),
                Body::Whole(chunks) => {
                    let mut open = true;
                    for chunk in chunks {
                        open = open && self.send(chunk, input).await;
                    }
                    open && input.send(Input::End).await.is_ok()
                }
                Body::Streamed => self.stream(slice, input).await? && input.send(Input::End).await.is_ok(),
            };
            if !sent {
                // The analysis ended early, and knows why.
                return Ok(());
            }
        }
        Ok(())
    }

    async fn body(&self, slice: &Slice) -> Result<Body, ObjectError> {
        let is_document = self.job.spec.format == InputFormat::OneDocPerFile;
        if is_document && slice.len() > self.job.spec.document_limit {
            return Ok(Body::TooLarge);
        }
        if slice.is_empty() {
            return Ok(Body::Whole(Vec::new()));
        }
        // What a listing job reads is within a limit of some kilobytes, and a failure must not come half-way.
        if slice.len() > self.small && !self.job.spec.layout.lists_files() {
            return Ok(Body::Streamed);
        }
        let chunks: Vec<Bytes> = self.open(slice).await?.try_collect().await?;
        let received = chunks.iter().map(|chunk| chunk.len() as u64).sum();
        complete(slice, received)?;
        Ok(Body::Whole(chunks))
    }

    /// `false`: nobody listens any more.
    async fn stream(&self, slice: &Slice, input: &mpsc::Sender<Input>) -> Result<bool, Interruption> {
        let fail = |error| self.failure(error, slice);
        let mut stream = self.open(slice).await.map_err(fail)?;
        let mut received = 0;
        while let Some(chunk) = stream.try_next().await.map_err(fail)? {
            received += chunk.len() as u64;
            if !self.send(chunk, input).await {
                return Ok(false);
            }
        }
        complete(slice, received).map_err(fail)?;
        Ok(true)
    }

    async fn open(&self, slice: &Slice) -> Result<ObjectStream, ObjectError> {
        let location = self.location(slice);
        self.objects
            .read(&self.access, &location, Some(&slice.etag), slice.start..slice.end)
            .await
    }

    async fn send(&self, mut bytes: Bytes, input: &mpsc::Sender<Input>) -> bool {
        while !bytes.is_empty() {
            let piece = bytes.split_to(bytes.len().min(self.largest_chunk));
            // A piece is a quarter of the room at most, and the semaphore is never closed.
            let Ok(room) = self.room.clone().acquire_many_owned(piece.len() as u32).await else {
                return false;
            };
            if input
                .send(Input::Chunk(Chunk {
                    bytes: piece,
                    _room: room,
                }))
                .await
                .is_err()
            {
                return false;
            }
        }
        true
    }

    fn location(&self, slice: &Slice) -> Location {
        Location::new(self.job.spec.input.bucket.clone(), slice.key.clone())
    }

    fn failure(&self, error: ObjectError, slice: &Slice) -> Interruption {
        let location = self.location(slice);
        tracing::warn!(error = &error as &dyn std::error::Error, kind = ?error.kind, "reading input failed");
        Interruption::input(&error, &location)
    }
}

/// A stream that ends early without an error must not pass for the end of the input.
fn complete(slice: &Slice, received: u64) -> Result<(), ObjectError> {
    if received == slice.len() {
        return Ok(());
    }
    Err(ObjectError::new(
        ObjectErrorKind::Unavailable,
        format!(
            "received {received} of {} bytes of a range of an input object",
            slice.len()
        ),
    ))
}
