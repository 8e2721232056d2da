//! Which output belongs to which input object.

use std::sync::Arc;

use construe_jobs::{Job, Location};

use super::PAGE;
use crate::broken::Broken;
use crate::lease::HeldLease;
use crate::plane::Context;

/// `<output folder><path of the object below the input's folder>.out`
#[derive(Debug, Clone)]
pub(super) struct OutputNames {
    output: Location,
    /// What the keys of outputs leave out of the keys of their inputs. Ends with a slash, or is empty.
    folder: String,
}

impl OutputNames {
    /// The names for a job: paths below the last slash of its input location.
    ///
    /// A batch names a folder, with its slash or without. Without, the key may also be the beginning of names beside
    /// the folder, and paths below the one and below the other could coincide: `in/a/ab` and `in/ab`, under `in/a`. So
    /// the paths begin in the folder if all of the job's objects lie there, else beside it.
    pub(super) async fn find(context: &Arc<Context>, job: &Job, held: &HeldLease) -> Result<Self, Broken> {
        let input = &job.spec.input.key;
        if job.spec.layout.lists_files() && !input.is_empty() && !input.ends_with('/') {
            let folder = format!("{input}/");
            if holds_all(context, job, held, &folder).await? {
                return Ok(Self::below(&job.spec.output, folder));
            }
        }
        let last_slash = input.rfind('/').map_or(0, |slash| slash + 1);
        Ok(Self::below(&job.spec.output, input[..last_slash].to_owned()))
    }

    pub(super) fn below(output: &Location, folder: String) -> Self {
        Self {
            output: output.clone(),
            folder,
        }
    }

    pub(super) fn of(&self, key: &str) -> Location {
        // All objects of the job lie in the folder; one that came later keeps its whole key, and has no output.
        let path = key.strip_prefix(&self.folder).unwrap_or(key);
        Location::new(&self.output.bucket, format!("{}{path}.out", self.output.key))
    }
}

/// Whether the keys of all objects with results begin with `folder`. Shards and their slices are in the order of keys,
/// and what begins alike stands together: the first and the last tell.
async fn holds_all(context: &Arc<Context>, job: &Job, held: &HeldLease, folder: &str) -> Result<bool, Broken> {
    let first = held.persist(|| context.store.done_shards(job.id, 0, 1)).await?;
    let first = first.first().and_then(|shard| shard.slices.first());
    if !first.is_some_and(|slice| slice.key.starts_with(folder)) {
        return Ok(false);
    }
    // A stop leaves no results at the end, and then the last ones are somewhere before it.
    let mut from = job.progress.shards;
    loop {
        from = from.saturating_sub(u64::from(PAGE));
        let page = held.persist(|| context.store.done_shards(job.id, from, PAGE)).await?;
        if let Some(last) = page.last().and_then(|shard| shard.slices.last()) {
            return Ok(last.key.starts_with(folder));
        }
        if from == 0 {
            return Ok(true);
        }
    }
}
