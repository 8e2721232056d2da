//! Storing resources with the job that makes them, once for each client token and name.

use construe_jobs::{ClientToken, JobId, JobState, NewJob, StoreError, StorePolicy};
use construe_models::{CreatedResource, Creation, Limit, NewResource, RegistryError, Resource, ResourceOwner};

use super::read::read;
use crate::create;
use crate::database::{Connection, values};
use crate::error::Fault;
use crate::job::one_row;
use crate::rows::{count, to_json};

/// Serializable, since no row lock keeps a name free or a count small. All that may refuse the request is looked at
/// before anything is written.
pub(super) async fn create(
    tx: &mut Connection,
    policy: &StorePolicy,
    creation: &Creation,
) -> Result<Result<CreatedResource, RegistryError>, Fault> {
    let first = &creation.resource;
    if let Some(token) = &creation.token {
        match of_token(tx, &first.owner, token).await? {
            Ok(None) => {}
            Ok(Some(resource)) => {
                return Ok(Ok(CreatedResource {
                    resource,
                    replayed: true,
                }));
            }
            Err(refusal) => return Ok(Err(refusal)),
        }
    }
    for new in std::iter::once(first).chain(&creation.along) {
        if let Some(refusal) = refusal(tx, new).await? {
            return Ok(Err(refusal));
        }
    }

    let job = match &creation.job {
        Some(job) => {
            let job = NewJob {
                token: None,
                tags: Vec::new(),
                ..job.clone()
            };
            Some(create::create(tx, policy, &job).await?.job.id)
        }
        None => None,
    };
    for new in std::iter::once(first).chain(&creation.along) {
        insert(tx, new, job).await?;
    }
    if let Some(token) = &creation.token {
        keep_token(tx, first, token).await?;
    }
    let resource = read(tx, &first.arn).await?;
    Ok(Ok(CreatedResource {
        resource: resource.ok_or(Fault::Unreadable("a resource just stored is not there"))?,
        replayed: false,
    }))
}

/// The resource that the client's token made.
pub(super) async fn of_token(
    connection: &mut Connection,
    owner: &ResourceOwner,
    token: &ClientToken,
) -> Result<Result<Option<Resource>, RegistryError>, Fault> {
    let found: Option<(String, String)> = connection
        .optional(
            "/* resources.read_token */ SELECT request_digest, resource_arn FROM resource_tokens \
             WHERE account = $1 AND region = $2 AND operation = $3 AND token = $4",
            values![
                account: owner.account.as_str(),
                region: owner.region.as_str(),
                operation: token.operation,
                token: token.token.as_str(),
            ],
        )
        .await?;
    let Some((digest, arn)) = found else {
        return Ok(Ok(None));
    };
    if digest != token.request_digest {
        return Ok(Err(RegistryError::TokenReused));
    }
    // Outside of a transaction the resource may be deleted in between, and its token with it.
    Ok(Ok(read(connection, &arn).await?))
}

async fn refusal(tx: &mut Connection, new: &NewResource) -> Result<Option<RegistryError>, Fault> {
    let taken: Option<(String,)> = tx
        .optional(
            "/* resources.taken */ SELECT arn FROM resources WHERE arn = $1",
            values![arn: new.arn.as_str()],
        )
        .await?;
    if taken.is_some() {
        return Ok(Some(RegistryError::Exists));
    }
    for referent in new.parent.iter().chain(&new.uses) {
        let held: Option<(String,)> = tx
            .optional(
                "/* resources.hold */ SELECT arn FROM resources \
                 WHERE arn = $1 AND account = $2 AND region = $3 {for_share}",
                values![
                    arn: referent.as_str(),
                    account: new.owner.account.as_str(),
                    region: new.owner.region.as_str(),
                ],
            )
            .await?;
        if held.is_none() {
            return Ok(Some(RegistryError::NoReferent));
        }
    }
    let (limit, parent, being_made) = match new.limit {
        None => return Ok(None),
        Some(Limit::OfOwner(limit)) => (limit, None, false),
        Some(Limit::OfParent(limit)) => (limit, new.parent.as_deref(), false),
        Some(Limit::OfOwnerBeingMade(limit)) => (limit, None, true),
    };
    let (existing,): (i64,) = tx
        .one(
            "/* resources.count */ SELECT count(*) FROM resources WHERE account = $1 AND region = $2 AND kind = $3 \
             AND (CAST($4 AS TEXT) IS NULL OR parent = $4) AND (CAST($5 AS TEXT) IS NULL OR variant = $5) \
             AND ($6 = FALSE OR EXISTS (SELECT 1 FROM jobs WHERE id = job_id AND end_time IS NULL))",
            values![
                account: new.owner.account.as_str(),
                region: new.owner.region.as_str(),
                kind: new.owner.kind,
                parent: parent,
                variant: new.variant.as_deref(),
                being_made: being_made,
            ],
        )
        .await?;
    let full = count(existing)? >= u64::from(limit);
    Ok(full.then_some(RegistryError::TooMany { limit }))
}

async fn insert(tx: &mut Connection, new: &NewResource, job: Option<JobId>) -> Result<(), Fault> {
    let (now, latest): (i64, Option<i64>) = tx
        .one(
            "/* resources.now */ SELECT {now}, \
             (SELECT max(created) FROM resources WHERE account = $1 AND region = $2 AND kind = $3)",
            values![
                account: new.owner.account.as_str(),
                region: new.owner.region.as_str(),
                kind: new.owner.kind,
            ],
        )
        .await?;
    // Listings go by this time. It increases even where the clock is coarse or was set back.
    let created = latest.map_or(now, |latest| now.max(latest + 1));
    // A concurrent insertion of the same name, which `refusal` cannot see, is a serialization failure here.
    let inserted = tx
        .execute(
            "/* resources.insert */ INSERT INTO resources (arn, account, region, kind, name, version, variant, parent, \
             uses, request, properties, job_id, created, modified) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13) ON CONFLICT DO NOTHING",
            values![
                arn: new.arn.as_str(),
                account: new.owner.account.as_str(),
                region: new.owner.region.as_str(),
                kind: new.owner.kind,
                name: new.name.as_str(),
                version: new.version.as_deref(),
                variant: new.variant.as_deref(),
                parent: new.parent.as_deref(),
                uses: new.uses.as_deref(),
                request: to_json(&new.request, "resources.request")?,
                properties: to_json(&new.properties, "resources.properties")?,
                job: job.map(|job| job.to_string()),
                created: created,
            ],
        )
        .await?;
    one_row(inserted)?;
    // A request to tag an earlier resource of this name may have come too late to meet it.
    tx.execute(
        "/* resources.clear_tags */ DELETE FROM tags WHERE resource_arn = $1",
        values![arn: new.arn.as_str()],
    )
    .await?;
    create::insert_tags(tx, &new.arn, &new.tags).await
}

async fn keep_token(tx: &mut Connection, new: &NewResource, token: &ClientToken) -> Result<(), Fault> {
    let kept = tx
        .execute(
            "/* resources.keep_token */ INSERT INTO resource_tokens \
             (account, region, operation, token, request_digest, resource_arn, created) \
             VALUES ($1, $2, $3, $4, $5, $6, {now}) ON CONFLICT DO NOTHING",
            values![
                account: new.owner.account.as_str(),
                region: new.owner.region.as_str(),
                operation: token.operation,
                token: token.token.as_str(),
                digest: token.request_digest.as_str(),
                arn: new.arn.as_str(),
            ],
        )
        .await?;
    one_row(kept)
}

/// Keeps the model of a new job from being deleted until this transaction, after which the job itself does. The model
/// must have been trained.
pub(crate) async fn hold_model(tx: &mut Connection, new: &NewJob) -> Result<(), Fault> {
    let Some(model) = &new.model else {
        return Ok(());
    };
    let held: Option<(Option<String>,)> = tx
        .optional(
            "/* resources.hold_model */ SELECT job_id FROM resources WHERE arn = $1 AND account = $2 AND region = $3 \
             AND kind IN ('document-classifier', 'entity-recognizer') {for_share}",
            values![arn: model.as_str(), account: new.account.as_str(), region: new.region.as_str()],
        )
        .await?;
    let Some((training,)) = held else {
        return Err(StoreError::ModelNotFound.into());
    };
    let state: Option<(String,)> = tx
        .optional(
            "/* resources.training_state */ SELECT state FROM jobs WHERE id = $1",
            values![id: training],
        )
        .await?;
    let trained = state.is_some_and(|(state,)| {
        matches!(
            state.parse::<JobState>(),
            Ok(JobState::Completed | JobState::PartialSuccess)
        )
    });
    match trained {
        true => Ok(()),
        false => Err(StoreError::ModelUnavailable.into()),
    }
}
