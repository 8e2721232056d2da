//! Copying ranges of parts into output objects.

use std::sync::Arc;

use bytes::Bytes;
use construe_jobs::{Access, Job, Location, NewObject, ObjectError, ObjectErrorKind, ObjectStream, WriteTag};
use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use super::outputs::{Output, Piece, Run};
use super::{composed, end_object};
use crate::broken::{Broken, Failure, output_trouble, part_trouble};
use crate::plane::Context;

/// Ranges opened ahead of the one being read.
const OPEN_AHEAD: usize = 2;
/// Chunks read ahead of the one being written.
const CHUNKS_AHEAD: usize = 4;

/// Writes the outputs of a run: small ones several at a time, large ones as their bytes arrive.
pub(super) async fn run(
    context: Arc<Context>,
    job: Arc<Job>,
    run: Run,
    _permit: Option<OwnedSemaphorePermit>,
) -> Result<(), Broken> {
    let mut source = Source::open(&context, run.pieces);
    // Dropped with this future, which ends the writes under way.
    let mut writes = JoinSet::new();
    for output in run.outputs {
        if output.size > context.budget.small() {
            // The semaphores are never closed.
            let _permit = context.budget.large.clone().acquire_owned().await;
            write_large(&context, &job, output, &mut source).await?;
            continue;
        }
        let kib = u32::try_from(output.size >> 10).unwrap_or(u32::MAX).saturating_add(1);
        let held = (
            context.budget.writes.clone().acquire_owned().await,
            context
                .budget
                .kib
                .clone()
                .acquire_many_owned(kib.min(context.budget.kib_total))
                .await,
        );
        let body = source.take(output.size).await?;
        let (context, job) = (context.clone(), job.clone());
        let writing = async move {
            let _held = held;
            write_small(&context, &job, output, body).await
        };
        writes.spawn(writing.in_current_span());
        while let Some(ended) = writes.try_join_next() {
            composed(ended)?;
        }
    }
    while let Some(ended) = writes.join_next().await {
        composed(ended)?;
    }
    Ok(())
}

async fn write_small(context: &Context, job: &Job, output: Output, body: Vec<Bytes>) -> Result<(), Broken> {
    let location = output.location.clone();
    let written = async {
        let mut writer = context.objects.write(&job.access(), new_object(job, output)).await?;
        for chunk in body {
            writer.write(chunk).await?;
        }
        writer.complete().await
    };
    written
        .await
        .map(|_| ())
        .map_err(|error| output_trouble(error, &location))
}

async fn write_large(context: &Context, job: &Job, output: Output, source: &mut Source) -> Result<(), Broken> {
    let location = output.location.clone();
    let mut left = output.size;
    let mut writer = context
        .objects
        .write(&job.access(), new_object(job, output))
        .await
        .map_err(|error| output_trouble(error, &location))?;
    let copied = async {
        while left > 0 {
            let chunk = source.next(left).await?;
            left -= chunk.len() as u64;
            writer
                .write(chunk)
                .await
                .map_err(|error| output_trouble(error, &location))?;
        }
        Ok(())
    };
    let copied = copied.await;
    end_object(writer, copied, |error| output_trouble(error, &location)).await
}

fn new_object(job: &Job, output: Output) -> NewObject {
    NewObject {
        location: output.location,
        content_type: output.content_type,
        size: Some(output.size),
        once: Some(WriteTag {
            job: job.id.to_string(),
            digest: output.digest,
        }),
        kms_key_id: job.spec.kms_key_id.clone(),
    }
}

/// The bytes of a run, read ahead by a task of its own so that reading and writing overlap.
struct Source {
    chunks: mpsc::Receiver<Result<Bytes, ObjectError>>,
    /// Received and not yet taken.
    rest: Bytes,
    _reader: AbortOnDropHandle<()>,
}

impl Source {
    fn open(context: &Arc<Context>, pieces: Vec<Piece>) -> Self {
        let (sender, chunks) = mpsc::channel(CHUNKS_AHEAD);
        let reader = tokio::spawn(read(context.clone(), pieces, sender).in_current_span());
        Self {
            chunks,
            rest: Bytes::new(),
            _reader: AbortOnDropHandle::new(reader),
        }
    }

    /// The next bytes: at least one, at most `most`.
    async fn next(&mut self, most: u64) -> Result<Bytes, Broken> {
        while self.rest.is_empty() {
            self.rest = match self.chunks.recv().await {
                Some(chunk) => chunk.map_err(part_trouble)?,
                None => return Err(Failure::internal("A result of the analysis is shorter than its record.").into()),
            };
        }
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        Ok(self.rest.split_to(most.min(self.rest.len())))
    }

    /// The next `size` bytes, uncopied.
    async fn take(&mut self, size: u64) -> Result<Vec<Bytes>, Broken> {
        let mut taken = Vec::new();
        let mut left = size;
        while left > 0 {
            let chunk = self.next(left).await?;
            left -= chunk.len() as u64;
            taken.push(chunk);
        }
        Ok(taken)
    }
}

async fn read(context: Arc<Context>, pieces: Vec<Piece>, sender: mpsc::Sender<Result<Bytes, ObjectError>>) {
    let pieces = pieces
        .into_iter()
        .filter(|piece| !matches!(piece, Piece::Part(part) if part.range.is_empty()));
    let opened = stream::iter(pieces).map(|piece| open_beside(context.clone(), piece).boxed());
    let mut chunks = opened.buffered(OPEN_AHEAD).try_flatten();
    while let Some(chunk) = chunks.next().await {
        let is_end = chunk.is_err();
        if sender.send(chunk).await.is_err() || is_end {
            return;
        }
    }
}

/// A task of its own: an open that is left half-way while the piece before it is read and written would keep a
/// connection of the store that others wait for.
async fn open_beside(context: Arc<Context>, piece: Piece) -> Result<ObjectStream, ObjectError> {
    let opening = tokio::spawn(open(context, piece).in_current_span());
    match AbortOnDropHandle::new(opening).await {
        Ok(opened) => opened,
        Err(error) => Err(ObjectError::new(ObjectErrorKind::Other, error.to_string())),
    }
}

async fn open(context: Arc<Context>, piece: Piece) -> Result<ObjectStream, ObjectError> {
    match piece {
        Piece::Bytes(bytes) => Ok(stream::once(async { Ok(bytes) }).boxed()),
        Piece::Part(part) => {
            let location = Location::new(context.objects.work_bucket(), &*part.part);
            context
                .objects
                .read(&Access::Service, &location, None, part.range)
                .await
        }
    }
}
