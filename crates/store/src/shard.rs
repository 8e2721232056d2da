//! What a worker does to the shard it holds.

use construe_jobs::{DoneShard, Guarded, JobId, JobState, LeaseToken, Part, PartFiles, ShardState, StorePolicy};

use crate::database::{Connection, values};
use crate::error::Fault;
use crate::job::{self, one_row};
use crate::rows::{DoneRow, ShardRow, StoredJob, StoredShard, shard_columns, to_json};
use crate::window;

/// The job is locked before.
pub(crate) async fn lock(tx: &mut Connection, job: JobId, ordinal: u64) -> Result<Option<StoredShard>, Fault> {
    let row: Option<ShardRow> = tx
        .optional(
            concat!(
                "/* shard.lock */ SELECT ",
                shard_columns!(),
                " FROM shards WHERE job_id = $1 AND ordinal = $2 {for_update}"
            ),
            values![job: job, ordinal: ordinal],
        )
        .await?;
    row.map(StoredShard::try_from).transpose()
}

pub(crate) async fn mark_document(
    connection: &mut Connection,
    id: JobId,
    ordinal: u64,
    token: LeaseToken,
    document: u64,
) -> Result<Guarded, Fault> {
    let touched = connection
        .execute(
            "/* shard.mark_document */ UPDATE shards SET suspect = $4 \
             WHERE job_id = $1 AND ordinal = $2 AND lease_token = $3 AND lease_expires IS NOT NULL",
            values![job: id, ordinal: ordinal, token: token, document: document],
        )
        .await?;
    Ok(if touched == 1 { Guarded::Applied } else { Guarded::Lost })
}

pub(crate) async fn report_progress(
    connection: &mut Connection,
    id: JobId,
    ordinal: u64,
    token: LeaseToken,
    per_mille: u16,
) -> Result<Guarded, Fault> {
    let touched = connection
        .execute(
            "/* shard.report_progress */ UPDATE shards SET per_mille = $4 \
             WHERE job_id = $1 AND ordinal = $2 AND lease_token = $3 AND lease_expires IS NOT NULL",
            values![job: id, ordinal: ordinal, token: token, per_mille: u32::from(per_mille)],
        )
        .await?;
    Ok(if touched == 1 { Guarded::Applied } else { Guarded::Lost })
}

pub(crate) async fn commit(
    tx: &mut Connection,
    policy: &StorePolicy,
    id: JobId,
    ordinal: u64,
    token: LeaseToken,
    part: &Part,
) -> Result<Guarded, Fault> {
    let Some(job) = job::lock(tx, id).await? else {
        return Ok(Guarded::Lost);
    };
    let Some(shard) = lock(tx, id, ordinal).await? else {
        return Ok(Guarded::Lost);
    };
    if shard.state == ShardState::Done && shard.lease.ended_with(token) {
        // Done before, and the reply was lost.
        return Ok(Guarded::Applied);
    }
    let open_to_results = matches!(job.job.state, JobState::InProgress | JobState::StopRequested);
    if shard.state != ShardState::Leased || !shard.lease.is_held_by(token) || !open_to_results {
        return Ok(Guarded::Lost);
    }
    store_part(tx, id, ordinal, part).await?;
    let (open,): (i64,) = tx
        .one(
            "/* shard.book */ UPDATE jobs SET open_items = open_items - 1, shards_done = shards_done + 1, \
             bytes_done = bytes_done + $2, documents = documents + $3, documents_failed = documents_failed + $4, \
             cut = (cut OR $5) WHERE id = $1 RETURNING open_items",
            values![
                job: id,
                input_bytes: part.input_bytes,
                documents: part.documents,
                documents_failed: part.documents_failed,
                cut: part.cut,
            ],
        )
        .await?;
    job::finalize_if_closed(tx, policy, &job, open).await?;
    if open > 0 && job.job.state == JobState::InProgress {
        window::fill(tx, policy, &job).await?;
    }
    Ok(Guarded::Applied)
}

async fn store_part(tx: &mut Connection, id: JobId, ordinal: u64, part: &Part) -> Result<(), Fault> {
    let files = (part.files != PartFiles::default())
        .then(|| to_json(&part.files, "shards.part_files"))
        .transpose()?;
    let touched = tx
        .execute(
            "/* shard.commit */ UPDATE shards SET state = 'done', lease_expires = NULL, suspect = NULL, \
             part_key = $3, part_digest = $4, part_lengths = $5, part_cut = $6, \
             documents = $7, documents_failed = $8, input_bytes = $9, part_size = $10, part_files = $11 \
             WHERE job_id = $1 AND ordinal = $2 AND state = 'leased'",
            values![
                job: id,
                ordinal: ordinal,
                key: part.key.as_str(),
                digest: part.digest.as_str(),
                lengths: to_json(&part.lengths, "shards.part_lengths")?,
                cut: part.cut,
                documents: part.documents,
                documents_failed: part.documents_failed,
                input_bytes: part.input_bytes,
                size: part.size,
                files: files,
            ],
        )
        .await?;
    one_row(touched)
}

/// Gives up a leased shard of a job that is to stop.
pub(crate) async fn cut(
    tx: &mut Connection,
    policy: &StorePolicy,
    job: &StoredJob,
    shard: &StoredShard,
) -> Result<(), Fault> {
    let touched = tx
        .execute(
            "/* shard.cut */ UPDATE shards SET state = 'cancelled', lease_expires = NULL \
             WHERE job_id = $1 AND ordinal = $2 AND state = 'leased'",
            values![job: job.job.id, ordinal: shard.ordinal],
        )
        .await?;
    one_row(touched)?;
    mark_cut(tx, job).await?;
    job::close_items(tx, policy, job, 1).await
}

/// Remembers that the output will not be whole.
pub(crate) async fn mark_cut(tx: &mut Connection, job: &StoredJob) -> Result<(), Fault> {
    let touched = tx
        .execute(
            "/* shard.mark_cut */ UPDATE jobs SET cut = TRUE WHERE id = $1",
            values![id: job.job.id],
        )
        .await?;
    one_row(touched)
}

pub(crate) async fn done(
    connection: &mut Connection,
    id: JobId,
    from: u64,
    limit: u32,
) -> Result<Vec<DoneShard>, Fault> {
    let rows: Vec<DoneRow> = connection
        .all(
            "/* shard.done */ SELECT ordinal, slices, part_key, part_digest, part_size, part_lengths, part_cut, \
             documents, documents_failed, input_bytes, part_files FROM shards \
             WHERE job_id = $1 AND ordinal >= $2 AND state = 'done' ORDER BY ordinal LIMIT $3",
            values![job: id, from: from, limit: limit],
        )
        .await?;
    rows.into_iter().map(DoneShard::try_from).collect()
}
