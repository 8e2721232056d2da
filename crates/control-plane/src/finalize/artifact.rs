//! Artifacts: what the one shard of a job made is copied to its place, and its report becomes the job's result.

use std::ops::Range;

use construe_jobs::{
    Access, ArtifactPlace, Job, JobSpec, Location, NewObject, ObjectStream, OutputLayout, Part, WriteTag,
};
use futures::TryStreamExt;
use serde_json::Value;

use super::end_object;
use crate::broken::{Broken, Failure, output_trouble, part_trouble, storing_trouble};
use crate::lease::HeldLease;
use crate::plane::Context;

/// Longest report that is taken for one, in bytes.
const REPORT_BYTES: u64 = 4 << 20;
const BINARY: &str = "application/octet-stream";
const GZIP: &str = "application/gzip";

/// Puts artifact and archive of `job` into their places; the report, with the artifact's key added. `None`: a stop
/// came first, and nothing was made.
pub(super) async fn write(
    context: &Context,
    job: &Job,
    held: &HeldLease,
    place: &ArtifactPlace,
) -> Result<Option<Value>, Broken> {
    let shards = held.persist(|| context.store.done_shards(job.id, 0, 1)).await?;
    let Some(part) = shards.into_iter().next().map(|shard| shard.part) else {
        return Ok(None);
    };
    if part.cut {
        return Ok(None);
    }
    let [artifact, archive, report] = sections(&part).ok_or_else(mismatch)?;
    let mut report = read_report(context, &part, report).await?;
    let digest = match report.get("digest") {
        Some(Value::String(digest)) if is_sha256(digest) => digest.clone(),
        _ => return Err(mismatch().into()),
    };
    let target = match place {
        ArtifactPlace::Work { prefix } => Target {
            access: Access::Service,
            location: Location::new(context.objects.work_bucket(), format!("{prefix}{digest}")),
            kms_key_id: None,
            content_type: BINARY,
        },
        ArtifactPlace::Output { name } => Target::in_folder(job, name, BINARY),
    };
    let key = target.location.key.clone();
    copy(context, job, target, &part, artifact).await?;
    if let OutputLayout::Artifact {
        archive: Some(name), ..
    } = &job.spec.layout
    {
        copy(context, job, Target::in_folder(job, name, GZIP), &part, archive).await?;
    }
    report.insert("key".to_owned(), key.into());
    Ok(Some(Value::Object(report)))
}

/// Whether a report tells of something that the customer should look at.
pub(super) fn has_warnings(report: &Value) -> bool {
    let warnings = report.get("warnings").and_then(Value::as_array);
    warnings.is_some_and(|warnings| !warnings.is_empty())
}

/// Where one object goes.
struct Target {
    access: Access,
    location: Location,
    kms_key_id: Option<String>,
    content_type: &'static str,
}

impl Target {
    fn in_folder(job: &Job, name: &str, content_type: &'static str) -> Self {
        let JobSpec { output, kms_key_id, .. } = &job.spec;
        Self {
            access: job.access(),
            location: Location::new(&output.bucket, format!("{}{name}", output.key)),
            kms_key_id: kms_key_id.clone(),
            content_type,
        }
    }

    fn trouble(&self, error: construe_jobs::ObjectError) -> Broken {
        match self.access {
            Access::Service => storing_trouble(&error),
            Access::Role { .. } => output_trouble(error, &self.location),
        }
    }
}

/// The ranges of artifact, archive and report.
fn sections(part: &Part) -> Option<[Range<u64>; 3]> {
    let &[artifact, archive, report] = part.lengths.as_slice() else {
        return None;
    };
    let archive_end = artifact.checked_add(archive)?;
    let end = archive_end.checked_add(report)?;
    (end == part.size).then_some([0..artifact, artifact..archive_end, archive_end..end])
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn mismatch() -> Failure {
    Failure::internal("What the job made does not match its record.")
}

async fn open(context: &Context, part: &Part, range: Range<u64>) -> Result<ObjectStream, Broken> {
    let location = Location::new(context.objects.work_bucket(), &part.key);
    context
        .objects
        .read(&Access::Service, &location, None, range)
        .await
        .map_err(part_trouble)
}

async fn read_report(
    context: &Context,
    part: &Part,
    range: Range<u64>,
) -> Result<serde_json::Map<String, Value>, Broken> {
    if range.end - range.start > REPORT_BYTES {
        return Err(mismatch().into());
    }
    let mut stream = open(context, part, range).await?;
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.try_next().await.map_err(part_trouble)? {
        bytes.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&bytes).map_err(|_| mismatch().into())
}

/// Copies a range of the part. An object that an earlier finaliser of the same part wrote is left as it is.
async fn copy(context: &Context, job: &Job, target: Target, part: &Part, range: Range<u64>) -> Result<(), Broken> {
    // The semaphore is never closed.
    let _permit = context.budget.large.clone().acquire_owned().await;
    let object = NewObject {
        location: target.location.clone(),
        content_type: target.content_type,
        size: Some(range.end - range.start),
        once: Some(WriteTag {
            job: job.id.to_string(),
            digest: format!("{}:{}-{}", part.digest, range.start, range.end),
        }),
        kms_key_id: target.kms_key_id.clone(),
    };
    let mut left = range.end - range.start;
    let mut writer = context
        .objects
        .write(&target.access, object)
        .await
        .map_err(|error| target.trouble(error))?;
    let copied = async {
        let mut stream = open(context, part, range).await?;
        while let Some(chunk) = stream.try_next().await.map_err(part_trouble)? {
            left = left.checked_sub(chunk.len() as u64).ok_or_else(mismatch)?;
            writer.write(chunk).await.map_err(|error| target.trouble(error))?;
        }
        if left > 0 {
            return Err(Failure::internal("A result of the job is shorter than its record.").into());
        }
        Ok(())
    };
    let copied = copied.await;
    end_object(writer, copied, |error| target.trouble(error)).await
}
