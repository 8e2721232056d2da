//! The three files that tell what became of every input object of a batch.
//!
//! Both lists are written as they are made, while the records of shards and a new listing of the input are walked
//! side by side in the order of keys: memory does not depend on the number of files. What is listed now and was not
//! planned came after the start, or belongs to what a stop cut off.
//!
//! The files say when and with what the writing finaliser found things, so a finaliser that repeats the work of another
//! writes them anew instead of finding them there. The manifest is the last of them.

use std::iter::Peekable;
use std::sync::Arc;

use bytes::Bytes;
use construe_comprehend_api::manifest::{
    FileListWriter, ListedFile, MANIFEST, Manifest, Place, SUCCESS, Summary, UNPROCESSED, Unprocessed, UnprocessedFile,
};
use construe_jobs::{DoneShard, Ending, Job, JobState, Location, NewObject, ObjectErrorKind, ObjectMeta, ObjectWriter};
use serde::Serialize;

use super::PAGE;
use super::names::OutputNames;
use crate::broken::{Broken, Failure, input_trouble, output_trouble};
use crate::lease::HeldLease;
use crate::plan::is_folder_marker;
use crate::plane::Context;

const CONTENT_TYPE: &str = "application/json";
/// Bytes of a list that are gathered before they are written.
const CHUNK: usize = 64 << 10;

/// Writes the lists and the manifest; how the job is to end.
pub(super) async fn write(
    context: &Arc<Context>,
    job: &Job,
    held: &HeldLease,
    names: OutputNames,
    job_type: &str,
    is_stopped: bool,
) -> Result<Ending, Broken> {
    let mut lists = Lists::open(context, job, names).await?;
    let mut from = 0;
    loop {
        let page = held.persist(|| context.store.done_shards(job.id, from, PAGE)).await?;
        let is_last = page.len() < PAGE as usize;
        for shard in page {
            from = shard.ordinal + 1;
            lists.add(shard).await?;
        }
        if is_last {
            break;
        }
    }
    let counts = lists.finish().await?;
    let (state, ending) = match counts {
        _ if is_stopped => (JobState::Stopped, Ok(Ending::Stopped)),
        Counts { failed: 0, .. } => (JobState::Completed, Ok(Ending::Completed)),
        Counts { succeeded: 0, .. } => {
            let failure = Failure::nothing_processed(&beside(job, UNPROCESSED));
            (JobState::Failed, Err(failure.into()))
        }
        _ => (JobState::PartialSuccess, Ok(Ending::PartialSuccess)),
    };
    // By the database's clock, as the submission is.
    let inspected = held.persist(|| context.store.inspect(None, job.id)).await?;
    let now = inspected.map_or(job.submit_time, |inspection| inspection.now);
    let manifest = Manifest {
        summary: Summary {
            status: state.as_str(),
            job_type,
            input_data_configuration: place(&job.spec.input),
            output_data_configuration: place(&job.spec.output),
            input_file_count: counts.succeeded + counts.unprocessed,
            total_metered_characters: counts.characters,
            unprocessed_files_count: counts.unprocessed,
            success_files_count: counts.succeeded,
            total_duration_seconds: seconds(now.0.saturating_sub(job.submit_time.0)),
            successful_files_list_location: &beside(job, SUCCESS).key,
            unprocessed_files_list_location: &beside(job, UNPROCESSED).key,
        },
    };
    let body = serde_json::to_vec_pretty(&manifest)
        .map_err(|_| Failure::internal("The manifest of the job could not be written."))?;
    let mut file = File::open(context, job, MANIFEST).await?;
    file.write(body).await?;
    file.complete().await?;
    ending
}

fn place(location: &Location) -> Place<'_> {
    Place {
        bucket: &location.bucket,
        path: &location.key,
    }
}

/// A file in the folder of the results.
fn beside(job: &Job, name: &str) -> Location {
    let folder = &job.spec.output;
    Location::new(&folder.bucket, format!("{}{name}", folder.key))
}

/// To the millisecond.
fn seconds(micros: i64) -> f64 {
    (micros.max(0) / 1000) as f64 / 1000.0
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    succeeded: u64,
    unprocessed: u64,
    /// Those among the unprocessed that were there at the start.
    failed: u64,
    /// Code points.
    characters: u64,
}

struct Lists<'a> {
    names: OutputNames,
    success: List,
    unprocessed: List,
    input: InputListing<'a>,
    /// Why objects that no shard covers were not processed.
    uncovered: Unprocessed,
    counts: Counts,
}

impl<'a> Lists<'a> {
    async fn open(context: &'a Context, job: &'a Job, names: OutputNames) -> Result<Self, Broken> {
        Ok(Self {
            names,
            success: List::open(context, job, SUCCESS).await?,
            unprocessed: List::open(context, job, UNPROCESSED).await?,
            input: InputListing::new(context, job),
            uncovered: if job.progress.cut {
                Unprocessed::NotReached
            } else {
                Unprocessed::AddedLater
            },
            counts: Counts::default(),
        })
    }

    /// Takes the next shard.
    async fn add(&mut self, shard: DoneShard) -> Result<(), Broken> {
        let DoneShard { slices, part, .. } = shard;
        self.counts.characters += part.files.characters;
        let mut failed = part.files.failed.into_iter().peekable();
        for (index, slice) in slices.iter().enumerate() {
            while let Some(object) = self.input.next_before(Some(&slice.key)).await? {
                self.add_uncovered(&object).await?;
            }
            let failure = failed.next_if(|failed| failed.slice as usize == index);
            let has_result = part.lengths.get(index).is_some_and(|&length| length > 0);
            let reason = match failure {
                Some(failed) => Some(Unprocessed::from_code(&failed.code)),
                None if has_result => None,
                None if part.cut => Some(Unprocessed::NotReached),
                None => Some(Unprocessed::Internal),
            };
            match reason {
                None => {
                    let output = self.names.of(&slice.key).key;
                    self.success.add(&listed(&slice.key, &output, slice.len())).await?;
                    self.counts.succeeded += 1;
                }
                Some(reason) => {
                    self.counts.failed += 1;
                    self.add_unprocessed(&slice.key, slice.len(), reason).await?;
                }
            }
        }
        Ok(())
    }

    async fn add_uncovered(&mut self, object: &ObjectMeta) -> Result<(), Broken> {
        self.add_unprocessed(&object.key, object.size, self.uncovered).await
    }

    async fn add_unprocessed(&mut self, key: &str, size: u64, reason: Unprocessed) -> Result<(), Broken> {
        let output = self.names.of(key).key;
        let file = UnprocessedFile::new(listed(key, &output, size), reason);
        self.counts.unprocessed += 1;
        self.unprocessed.add(&file).await
    }

    /// No shard follows.
    async fn finish(mut self) -> Result<Counts, Broken> {
        while let Some(object) = self.input.next_before(None).await? {
            self.add_uncovered(&object).await?;
        }
        self.success.finish().await?;
        self.unprocessed.finish().await?;
        Ok(self.counts)
    }
}

fn listed<'k>(input: &'k str, output: &'k str, input_size: u64) -> ListedFile<'k> {
    ListedFile {
        input,
        output,
        input_size,
    }
}

/// The input as it is listed now, without the job's own output.
struct InputListing<'a> {
    context: &'a Context,
    job: &'a Job,
    page: Peekable<std::vec::IntoIter<ObjectMeta>>,
    after: Option<String>,
    more: bool,
}

impl<'a> InputListing<'a> {
    fn new(context: &'a Context, job: &'a Job) -> Self {
        Self {
            context,
            job,
            page: Vec::new().into_iter().peekable(),
            after: None,
            more: true,
        }
    }

    /// The next object whose key comes before `key`, or the next one at all. `key` itself is passed over, should it
    /// still be there.
    async fn next_before(&mut self, key: Option<&str>) -> Result<Option<ObjectMeta>, Broken> {
        loop {
            if self.page.peek().is_none() {
                if !self.more {
                    return Ok(None);
                }
                self.fetch().await?;
                continue;
            }
            let Some(object) = self
                .page
                .next_if(|object| key.is_none_or(|key| object.key.as_str() <= key))
            else {
                return Ok(None);
            };
            let is_known = key.is_some_and(|key| object.key == key);
            if !is_known && !is_folder_marker(&object) && !self.is_own(&object) {
                return Ok(Some(object));
            }
        }
    }

    async fn fetch(&mut self) -> Result<(), Broken> {
        let input = &self.job.spec.input;
        let access = self.job.access();
        let listing = self
            .context
            .objects
            .list(&access, &input.bucket, &input.key, self.after.as_deref());
        let page = match listing.await {
            Ok(page) => page,
            // Results that are there already are worth more than a note about files that came late.
            Err(error)
                if matches!(
                    error.kind,
                    ObjectErrorKind::AccessDenied | ObjectErrorKind::NoSuchBucket
                ) =>
            {
                self.more = false;
                return Ok(());
            }
            Err(error) => return Err(input_trouble(error, input)),
        };
        let last = page.objects.last().map(|object| object.key.clone());
        self.more = page.more && last.is_some();
        self.after = last;
        self.page = page.objects.into_iter().peekable();
        Ok(())
    }

    fn is_own(&self, object: &ObjectMeta) -> bool {
        let output = &self.job.spec.output;
        output.bucket == self.job.spec.input.bucket && object.key.starts_with(&output.key)
    }
}

/// A list that is being written.
struct List {
    file: File,
    writer: FileListWriter,
    pending: Vec<u8>,
}

impl List {
    async fn open(context: &Context, job: &Job, name: &str) -> Result<Self, Broken> {
        Ok(Self {
            file: File::open(context, job, name).await?,
            writer: FileListWriter::default(),
            pending: Vec::new(),
        })
    }

    async fn add(&mut self, file: &impl Serialize) -> Result<(), Broken> {
        self.writer.add(file, &mut self.pending);
        if self.pending.len() >= CHUNK {
            self.file.write(std::mem::take(&mut self.pending)).await?;
        }
        Ok(())
    }

    async fn finish(mut self) -> Result<(), Broken> {
        self.writer.finish(&mut self.pending);
        self.file.write(self.pending).await?;
        self.file.complete().await
    }
}

/// An object beside the outputs that is being written.
struct File {
    location: Location,
    writer: Box<dyn ObjectWriter>,
}

impl File {
    async fn open(context: &Context, job: &Job, name: &str) -> Result<Self, Broken> {
        let location = beside(job, name);
        let object = NewObject {
            location: location.clone(),
            content_type: CONTENT_TYPE,
            size: None,
            once: None,
            kms_key_id: job.spec.kms_key_id.clone(),
        };
        let writer = context
            .objects
            .write(&job.access(), object)
            .await
            .map_err(|error| output_trouble(error, &location))?;
        Ok(Self { location, writer })
    }

    async fn write(&mut self, chunk: Vec<u8>) -> Result<(), Broken> {
        let written = self.writer.write(Bytes::from(chunk)).await;
        written.map_err(|error| output_trouble(error, &self.location))
    }

    async fn complete(self) -> Result<(), Broken> {
        let Self { location, writer } = self;
        let completed = writer.complete().await;
        completed.map(|_| ()).map_err(|error| output_trouble(error, &location))
    }
}
