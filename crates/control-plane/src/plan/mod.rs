//! The planner: lists a job's input and cuts it into shards.
//!
//! Shards are a function of the input and the settings alone. They are committed in batches, each with
//! a cursor that stands between two shards; a planner that takes over starts there with nothing in
//! hand, exactly as its predecessor had nothing in hand at that place, and so cuts the same shards.
//! Workers begin with the first batch, while the rest of a large object is still being read.

mod pack;

use construe_documents::{Cut, Cutter};
use construe_jobs::{
    Access, InputFormat, Job, JobState, Location, NewShard, ObjectMeta, PartialObject, PlanBatch, PlanCursor, Planned,
    Slice,
};
use futures::StreamExt;
use tokio::time::Instant;

use crate::broken::{Broken, Failure, input_ended_early, input_trouble, output_trouble};
use crate::lease::HeldLease;
use crate::plane::Context;
use pack::Packer;

/// Shards of a job's first batch, so that workers begin early; each batch may be twice the one before.
const FIRST_BATCH: usize = 2;
/// Slices in a batch, at most: a thousand keys of a thousand bytes are a megabyte, which is held four times while the
/// batch is committed (planned, to be tried again, as a row's text and in the database's hands).
const BATCH_SLICES: usize = 4_000;
/// Bytes looked through without letting other tasks run: some tenths of a millisecond.
const FEED: usize = 512 << 10;

/// Plans `job` from `cursor` to the end of its input.
pub(crate) async fn run(
    context: &Context,
    job: &Job,
    held: &HeldLease,
    cursor: PlanCursor,
) -> Result<Option<JobState>, Broken> {
    let mut planner = Planner {
        context,
        job,
        held,
        access: job.access(),
        packer: Packer::new(context.config.shard_target, context.config.shard_objects),
        batch: PlanBatch {
            shards: Vec::new(),
            cursor,
            objects: 0,
            last: false,
        },
        batch_slices: 0,
        batch_shards: FIRST_BATCH.min(context.config.batch_shards),
        committed: Instant::now(),
    };
    match planner.plan().await {
        Err(Broken::Passing(failure)) => {
            // What is cut already is kept, so that every try gets further than the one before.
            if !planner.batch.shards.is_empty() {
                planner.commit().await?;
            }
            Err(Broken::Passing(failure))
        }
        result => result.map(|()| None),
    }
}

struct Planner<'a> {
    context: &'a Context,
    job: &'a Job,
    held: &'a HeldLease,
    access: Access,
    packer: Packer,
    /// Shards that are cut and not committed; its cursor stands behind the last of them.
    batch: PlanBatch,
    batch_slices: usize,
    /// Shards with which the batch is full.
    batch_shards: usize,
    committed: Instant,
}

impl Planner<'_> {
    async fn plan(&mut self) -> Result<(), Broken> {
        if self.held.stopping() {
            return self.commit().await;
        }
        let is_new = self.batch.cursor == PlanCursor::default();
        if is_new {
            self.check_output().await?;
        }
        if self.job.spec.layout.is_artifact() {
            // One piece of work, which finds its input by itself.
            self.close_shard(Vec::new(), None);
            self.batch.last = true;
            return self.commit().await;
        }
        let partial = self.batch.cursor.within.clone();
        let mut after = self.batch.cursor.after.clone();
        if let Some(partial) = partial {
            after = Some(partial.key.clone());
            self.cut_object(partial).await?;
        }
        self.plan_listing(after).await?;
        if let Some(pack) = self.packer.take() {
            self.close_shard(pack, None);
        }
        if self.batch.cursor.next_ordinal == 0 {
            return Err(Failure::nothing_found(&self.job.spec.input).into());
        }
        self.batch.last = true;
        self.commit().await
    }

    /// Better to learn now than after hours of analysis.
    async fn check_output(&self) -> Result<(), Broken> {
        if !self.job.spec.layout.writes_output() {
            return Ok(());
        }
        let output = &self.job.spec.output;
        self.context
            .objects
            .check_writable(&self.access, output)
            .await
            .map_err(|error| output_trouble(error, output))
    }

    async fn plan_listing(&mut self, mut after: Option<String>) -> Result<(), Broken> {
        let input = &self.job.spec.input;
        loop {
            let page = self
                .context
                .objects
                .list(&self.access, &input.bucket, &input.key, after.as_deref())
                .await
                .map_err(|error| input_trouble(error, input))?;
            let Some(last) = page.objects.last() else {
                return Ok(());
            };
            after = Some(last.key.clone());
            for object in page.objects {
                if !is_folder_marker(&object) {
                    self.plan_object(object).await?;
                }
            }
            if !page.more {
                return Ok(());
            }
            self.commit_when_due().await?;
        }
    }

    async fn plan_object(&mut self, object: ObjectMeta) -> Result<(), Broken> {
        let target = self.context.config.shard_target;
        let is_cut = self.job.spec.format == InputFormat::OneDocPerLine && object.size > target;
        if is_cut {
            if let Some(pack) = self.packer.take() {
                self.close_shard(pack, None);
            }
            let ObjectMeta { key, etag, size } = object;
            return self
                .cut_object(PartialObject {
                    key,
                    etag,
                    size,
                    offset: 0,
                    line: 0,
                })
                .await;
        }
        let is_read = self.job.spec.format == InputFormat::OneDocPerLine || object.size <= self.job.spec.document_limit;
        // A file over the limit becomes an error record unread.
        let weight = if is_read { object.size } else { 0 };
        let slice = Slice {
            key: object.key,
            etag: object.etag,
            start: 0,
            end: object.size,
            first_line: 0,
        };
        if let Some(pack) = self.packer.add(slice, weight) {
            self.close_shard(pack, None);
            self.commit_when_due().await?;
        }
        Ok(())
    }

    /// Reads a large line file from `partial` on, to divide it at line starts into shards of equal size.
    async fn cut_object(&mut self, partial: PartialObject) -> Result<(), Broken> {
        let location = Location::new(&self.job.spec.input.bucket, &partial.key);
        let size = partial.size;
        let share = equal_share(size, self.context.config.shard_target);
        let slice = |from: Cut, end: u64| Slice {
            key: partial.key.clone(),
            etag: partial.etag.clone(),
            start: from.offset,
            end,
            first_line: from.line,
        };
        let mut from = Cut {
            offset: partial.offset,
            line: partial.line,
        };
        let mut cutter = Cutter::new(from.offset, from.line, share);
        let mut cuts = Vec::new();
        let mut read = from.offset;
        let mut stream = self
            .context
            .objects
            .read(&self.access, &location, Some(&partial.etag), from.offset..size)
            .await
            .map_err(|error| input_trouble(error, &location))?;
        // What remains is not read once it can be no more than one share.
        while size - from.offset > share && read < size {
            let Some(chunk) = stream.next().await else {
                return Err(input_ended_early(&location));
            };
            let chunk = chunk.map_err(|error| input_trouble(error, &location))?;
            read += chunk.len() as u64;
            for piece in chunk.chunks(FEED) {
                cutter.feed(piece, &mut cuts);
                tokio::task::yield_now().await;
            }
            for cut in cuts.drain(..).filter(|cut| cut.offset < size) {
                let rest = PartialObject {
                    offset: cut.offset,
                    line: cut.line,
                    ..partial.clone()
                };
                self.close_shard(vec![slice(from, cut.offset)], Some(rest));
                from = cut;
            }
            self.commit_when_due().await?;
        }
        self.close_shard(vec![slice(from, size)], None);
        Ok(())
    }

    /// Adds a shard. `rest` is what remains of its object; without it, the shard's objects are complete.
    fn close_shard(&mut self, slices: Vec<Slice>, rest: Option<PartialObject>) {
        let cursor = &mut self.batch.cursor;
        if rest.is_none() {
            self.batch.objects += slices.len() as u64;
            cursor.after = slices.last().map(|slice| slice.key.clone());
        }
        cursor.within = rest;
        self.batch_slices += slices.len();
        self.batch.shards.push(NewShard {
            ordinal: cursor.next_ordinal,
            slices,
        });
        cursor.next_ordinal += 1;
    }

    async fn commit_when_due(&mut self) -> Result<(), Broken> {
        let is_full = self.batch.shards.len() >= self.batch_shards || self.batch_slices >= BATCH_SLICES;
        let is_late = !self.batch.shards.is_empty() && self.committed.elapsed() >= self.context.config.batch_every;
        // A stop is answered by the next commit, whatever it holds.
        if is_full || is_late || self.held.stopping() {
            self.commit().await?;
        }
        Ok(())
    }

    async fn commit(&mut self) -> Result<(), Broken> {
        let planned = self
            .held
            .persist(|| {
                let batch = self.batch.clone();
                self.context.store.extend_plan(self.job.id, self.held.token, batch)
            })
            .await?;
        match planned {
            Planned::Continue => {}
            Planned::Stopped => return Err(Broken::Stopped),
            Planned::Lost => return Err(Broken::Lost),
        }
        tracing::debug!(job = %self.job.id, shards = self.batch.cursor.next_ordinal, last = self.batch.last, "planned");
        self.context.wake.notify_one();
        self.batch.shards.clear();
        self.batch.objects = 0;
        self.batch_slices = 0;
        self.batch_shards = (self.batch_shards * 2).min(self.context.config.batch_shards);
        self.committed = Instant::now();
        Ok(())
    }
}

/// S3 consoles make folders as empty objects: they hold no documents.
pub(crate) fn is_folder_marker(object: &ObjectMeta) -> bool {
    object.size == 0 && object.key.ends_with('/')
}

/// The size of the fewest equal pieces that are no larger than `target`, so that no short rest remains.
fn equal_share(size: u64, target: u64) -> u64 {
    let target = target.max(1);
    size.div_ceil(size.div_ceil(target).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_equal_and_no_larger_than_the_target() {
        for (size, target, share) in [(17, 16, 9), (32, 16, 16), (33, 16, 11), (1, 16, 1), (100, 1, 1)] {
            assert_eq!(equal_share(size, target), share, "{size} by {target}");
        }
    }

    #[test]
    fn folder_markers_are_empty_and_end_with_a_slash() {
        let object = |key: &str, size| ObjectMeta {
            key: key.to_owned(),
            etag: String::new(),
            size,
        };
        assert!(is_folder_marker(&object("a/", 0)));
        assert!(!is_folder_marker(&object("a/", 1)));
        assert!(!is_folder_marker(&object("a", 0)));
    }
}
