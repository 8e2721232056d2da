//! Storing a job, once for each client token.

use construe_jobs::{
    ClientToken, Created, Job, JobState, JobWork, NewJob, PlanCursor, Progress, StoreError, StorePolicy, Tag, Timestamp,
};

use crate::database::{Connection, values};
use crate::error::Fault;
use crate::job;
use crate::list;
use crate::resources::hold_model;
use crate::rows::{LeaseColumns, StoredJob, id, to_json};

pub(crate) async fn create(tx: &mut Connection, policy: &StorePolicy, new: &NewJob) -> Result<Created, Fault> {
    let (now, latest): (i64, Option<i64>) = tx
        .one(
            "/* create.now */ SELECT {now}, \
             (SELECT max(submit_time) FROM jobs WHERE account = $1 AND region = $2 AND kind = $3)",
            values![account: new.account.as_str(), region: new.region.as_str(), kind: new.kind],
        )
        .await?;
    // Listings go by this time. It increases even where the clock is coarse or was set back.
    let submit_time = latest.map_or(now, |latest| now.max(latest + 1));

    if let Some(existing) = claim_token(tx, new, now).await? {
        return Ok(Created {
            job: existing,
            replayed: true,
        });
    }
    hold_model(tx, new).await?;
    let stored = stored_job(new, submit_time, now);
    insert(tx, &stored, new.model.as_deref()).await?;
    job::ring(tx, policy, &stored, JobWork::Plan).await?;
    insert_tags(tx, &new.arn, &new.tags).await?;
    Ok(Created {
        job: stored.job,
        replayed: false,
    })
}

/// The tags of a resource that had none.
pub(crate) async fn insert_tags(tx: &mut Connection, arn: &str, tags: &[Tag]) -> Result<(), Fault> {
    let rows = tags
        .iter()
        .map(|tag| values![arn: arn, key: tag.key.as_str(), value: tag.value.as_str()])
        .collect();
    tx.insert("/* create.tags */ INSERT INTO tags (resource_arn, key, value)", rows)
        .await
}

/// Takes the client's token for the new job, or finds the job that it made before. A concurrent
/// request with the same token waits here for the first to commit.
async fn claim_token(tx: &mut Connection, new: &NewJob, now: i64) -> Result<Option<Job>, Fault> {
    let Some(token) = &new.token else {
        return Ok(None);
    };
    let claimed = tx
        .execute(
            "/* create.claim_token */ INSERT INTO client_tokens \
             (account, region, operation, token, request_digest, job_id, created) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
            values![
                account: new.account.as_str(),
                region: new.region.as_str(),
                operation: token.operation,
                token: token.token.as_str(),
                digest: token.request_digest.as_str(),
                job: new.id,
                created: now,
            ],
        )
        .await?;
    if claimed == 1 {
        return Ok(None);
    }
    let existing = made_before(tx, &new.account, &new.region, token).await?;
    existing
        .ok_or(Fault::Unreadable("a client token that was there is gone"))
        .map(Some)
}

/// The job that the client's token made.
pub(crate) async fn made_before(
    connection: &mut Connection,
    account: &str,
    region: &str,
    token: &ClientToken,
) -> Result<Option<Job>, Fault> {
    let found: Option<(String, String)> = connection
        .optional(
            "/* create.read_token */ SELECT request_digest, job_id FROM client_tokens \
             WHERE account = $1 AND region = $2 AND operation = $3 AND token = $4",
            values![
                account: account,
                region: region,
                operation: token.operation,
                token: token.token.as_str(),
            ],
        )
        .await?;
    let Some((digest, job_id)) = found else {
        return Ok(None);
    };
    if digest != token.request_digest {
        return Err(StoreError::TokenReused.into());
    }
    let existing = list::read(connection, id(&job_id)?).await?;
    let existing = existing.ok_or(Fault::Unreadable("a client token without its job"))?;
    Ok(Some(existing.job))
}

fn stored_job(new: &NewJob, submit_time: i64, now: i64) -> StoredJob {
    StoredJob {
        job: Job {
            id: new.id,
            account: new.account.clone(),
            region: new.region.clone(),
            kind: new.kind,
            name: new.name.clone(),
            state: JobState::Submitted,
            request: new.request.clone(),
            spec: new.spec.clone(),
            submit_time: Timestamp(submit_time),
            start_time: None,
            end_time: None,
            message: None,
            result: None,
            progress: Progress::default(),
            trace: new.trace.clone(),
        },
        cursor: PlanCursor::default(),
        open_items: 1,
        stop_time: None,
        ring_at: None,
        lease: LeaseColumns {
            token: None,
            holder: None,
            expires: None,
            attempt: 0,
            expiries: 0,
            faults: 0,
        },
        now,
    }
}

async fn insert(tx: &mut Connection, stored: &StoredJob, model: Option<&str>) -> Result<(), Fault> {
    let job = &stored.job;
    tx.execute(
        "/* create.job */ INSERT INTO jobs \
         (id, account, region, kind, name, state, request, spec, trace, submit_time, plan_cursor, open_items, model) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        values![
            id: job.id,
            account: job.account.as_str(),
            region: job.region.as_str(),
            kind: job.kind,
            name: job.name.as_deref(),
            state: job.state,
            request: to_json(&job.request, "jobs.request")?,
            spec: to_json(&job.spec, "jobs.spec")?,
            trace: job.trace.as_deref(),
            submit_time: job.submit_time.0,
            plan_cursor: to_json(&stored.cursor, "jobs.plan_cursor")?,
            open_items: stored.open_items,
            model: model,
        ],
    )
    .await?;
    Ok(())
}
