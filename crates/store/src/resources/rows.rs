//! Rows of resources, and what they become.

use construe_jobs::{JobState, Progress, Timestamp};
use construe_models::{Making, Resource};

use crate::error::Fault;
use crate::rows::{count, from_json, id};

/// ARN of the model that a flywheel uses which was told none: the first of its models to be trained. The end of a
/// training is never changed, and that model cannot be deleted (see `change`), so the answer stays the same.
macro_rules! first_trained {
    ($flywheel:literal) => {
        concat!(
            "(SELECT m.arn FROM resources m JOIN jobs t ON t.id = m.job_id WHERE m.parent = ",
            $flywheel,
            ".arn AND m.kind IN ('document-classifier', 'entity-recognizer') \
             AND t.state IN ('COMPLETED', 'PARTIAL_SUCCESS') ORDER BY t.end_time, m.arn LIMIT 1)"
        )
    };
}
pub(super) use first_trained;

/// Selects what a [`ResourceRow`] holds, from `r` and the job `j` that makes it.
macro_rules! select_resource {
    ($name:literal, $more:literal) => {
        concat!(
            "/* ",
            $name,
            " */ SELECT r.arn, r.account, r.region, r.kind, r.name, r.version, r.variant, r.parent, \
             CASE WHEN r.kind = 'flywheel' AND r.uses IS NULL THEN ",
            first_trained!("r"),
            " ELSE r.uses END AS uses, \
             r.request, r.properties, r.created, r.modified, r.revision, \
             j.id AS job_id, j.state, j.start_time, j.end_time, j.message, j.result, j.planned, j.cut, j.shards, \
             j.shards_done, j.objects, j.bytes, j.bytes_done, j.documents, j.documents_failed, \
             (SELECT max(s.per_mille) FROM shards s WHERE s.job_id = j.id) AS per_mille",
            $more,
            " FROM resources r LEFT JOIN jobs j ON j.id = r.job_id"
        )
    };
}
pub(super) use select_resource;

#[derive(sqlx::FromRow)]
pub(super) struct ResourceRow {
    arn: String,
    account: String,
    region: String,
    kind: String,
    name: String,
    version: Option<String>,
    variant: Option<String>,
    parent: Option<String>,
    uses: Option<String>,
    request: String,
    properties: String,
    created: i64,
    modified: i64,
    revision: i64,
    #[sqlx(flatten)]
    making: MakingRow,
}

/// All null where no job makes the resource.
#[derive(sqlx::FromRow)]
struct MakingRow {
    job_id: Option<String>,
    state: Option<String>,
    start_time: Option<i64>,
    end_time: Option<i64>,
    message: Option<String>,
    result: Option<String>,
    planned: Option<bool>,
    cut: Option<bool>,
    shards: Option<i64>,
    shards_done: Option<i64>,
    objects: Option<i64>,
    bytes: Option<i64>,
    bytes_done: Option<i64>,
    documents: Option<i64>,
    documents_failed: Option<i64>,
    per_mille: Option<i64>,
}

/// A name with how many resources have it, and the latest of them.
#[derive(sqlx::FromRow)]
pub(super) struct SummaryRow {
    pub(super) versions: i64,
    #[sqlx(flatten)]
    pub(super) latest: ResourceRow,
}

impl TryFrom<ResourceRow> for Resource {
    type Error = Fault;

    fn try_from(row: ResourceRow) -> Result<Self, Fault> {
        Ok(Resource {
            arn: row.arn,
            account: row.account,
            region: row.region,
            kind: row
                .kind
                .parse()
                .map_err(|_| Fault::Unreadable("a resource of an unknown kind"))?,
            name: row.name,
            version: row.version,
            variant: row.variant,
            parent: row.parent,
            uses: row.uses,
            request: from_json(&row.request, "resources.request")?,
            properties: from_json(&row.properties, "resources.properties")?,
            created: Timestamp(row.created),
            modified: Timestamp(row.modified),
            revision: row.revision,
            making: making(row.making)?,
        })
    }
}

fn making(row: MakingRow) -> Result<Option<Making>, Fault> {
    let Some(job) = row.job_id else {
        return Ok(None);
    };
    let state = row.state.unwrap_or_default().parse::<JobState>();
    let counted = |value: Option<i64>| count(value.unwrap_or(0));
    Ok(Some(Making {
        job: id(&job)?,
        state: state.map_err(|_| Fault::Unreadable("a job in an unknown state"))?,
        start_time: row.start_time.map(Timestamp),
        end_time: row.end_time.map(Timestamp),
        message: row.message,
        progress: Progress {
            planned: row.planned.unwrap_or(false),
            shards: counted(row.shards)?,
            shards_done: counted(row.shards_done)?,
            objects: counted(row.objects)?,
            bytes: counted(row.bytes)?,
            bytes_done: counted(row.bytes_done)?,
            documents: counted(row.documents)?,
            documents_failed: counted(row.documents_failed)?,
            cut: row.cut.unwrap_or(false),
        },
        per_mille: u16::try_from(row.per_mille.unwrap_or(0)).unwrap_or(1000),
        result: row
            .result
            .as_deref()
            .map(|result| from_json(result, "jobs.result"))
            .transpose()?,
    }))
}
