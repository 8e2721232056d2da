//! Changing and deleting resources.

use construe_jobs::{ArtifactPlace, JobId, OutputLayout};
use construe_models::{Deletion, Referent, RegistryError, Resource, ResourceKind, ResourceOwner};

use super::garbage;
use super::read::read;
use crate::database::{Connection, values};
use crate::error::Fault;
use crate::job::one_row;
use crate::list;
use crate::rows::{id, to_json};

pub(super) async fn update(
    tx: &mut Connection,
    arn: &str,
    revision: i64,
    properties: &serde_json::Value,
    referent: Option<Referent<'_>>,
) -> Result<Result<Option<Resource>, RegistryError>, Fault> {
    let (uses, parent) = match referent {
        None => (None, None),
        Some(Referent::Model(model)) => (Some(model), None),
        Some(Referent::Flywheel(flywheel)) => (None, Some(flywheel)),
    };
    if let Some(target) = uses.or(parent) {
        let held: Option<(String,)> = tx
            .optional(
                "/* resources.hold_referent */ SELECT t.arn FROM resources t WHERE t.arn = $1 AND EXISTS ( \
                 SELECT 1 FROM resources r WHERE r.arn = $2 AND r.account = t.account AND r.region = t.region) \
                 {for_share}",
                values![target: target, arn: arn],
            )
            .await?;
        if held.is_none() {
            return Ok(Err(RegistryError::NoReferent));
        }
    }
    let changed = tx
        .execute(
            "/* resources.update */ UPDATE resources \
             SET properties = $3, uses = CASE WHEN $4 THEN $5 ELSE uses END, \
             parent = CASE WHEN $4 THEN $6 ELSE parent END, modified = {now}, revision = revision + 1 \
             WHERE arn = $1 AND revision = $2",
            values![
                arn: arn,
                revision: revision,
                properties: to_json(properties, "resources.properties")?,
                refers: referent.is_some(),
                uses: uses,
                parent: parent,
            ],
        )
        .await?;
    Ok(Ok(match changed {
        0 => None,
        _ => read(tx, arn).await?,
    }))
}

pub(super) async fn delete(tx: &mut Connection, owner: &ResourceOwner, arn: &str) -> Result<Deletion, Fault> {
    let locked: Option<(Option<String>,)> = tx
        .optional(
            "/* resources.lock */ SELECT job_id FROM resources \
             WHERE arn = $1 AND account = $2 AND region = $3 AND kind = $4 {for_update}",
            values![
                arn: arn,
                account: owner.account.as_str(),
                region: owner.region.as_str(),
                kind: owner.kind,
            ],
        )
        .await?;
    let Some((making,)) = locked else {
        return Ok(Deletion::NotFound);
    };
    let making = making.as_deref().map(id).transpose()?;
    if let Some(obstacle) = obstacle(tx, owner.kind, arn, making).await? {
        return Ok(obstacle);
    }
    if let Some(making) = making {
        discard_artifact(tx, making).await?;
    }
    if owner.kind == ResourceKind::Flywheel {
        release_children(tx, arn).await?;
    }
    remove(tx, arn).await?;
    Ok(Deletion::Deleted)
}

/// What a deletion has to wait for.
async fn obstacle(
    tx: &mut Connection,
    kind: ResourceKind,
    arn: &str,
    making: Option<JobId>,
) -> Result<Option<Deletion>, Fault> {
    if let Some(making) = making {
        let live: Option<(String,)> = tx
            .optional(
                "/* resources.being_made */ SELECT id FROM jobs WHERE id = $1 AND end_time IS NULL",
                values![id: making],
            )
            .await?;
        if live.is_some() {
            return Ok(Some(Deletion::BeingMade));
        }
    }
    // Of a model, the jobs that work with it; of a flywheel, those that make what belongs to it.
    let live: Option<(String,)> = tx
        .optional(
            "/* resources.used_by_job */ SELECT id FROM jobs WHERE model = $1 AND end_time IS NULL \
             UNION ALL SELECT j.id FROM resources c JOIN jobs j ON j.id = c.job_id \
             WHERE c.parent = $1 AND j.end_time IS NULL LIMIT 1",
            values![arn: arn],
        )
        .await?;
    if live.is_some() {
        return Ok(Some(Deletion::UsedByJob));
    }
    let user: Option<(String,)> = tx
        .optional(
            "/* resources.used_by */ SELECT kind FROM resources WHERE uses = $1 OR (parent = $1 AND kind = 'endpoint') \
             ORDER BY kind LIMIT 1",
            values![arn: arn],
        )
        .await?;
    if let Some((user,)) = user {
        let user = user
            .parse()
            .map_err(|_| Fault::Unreadable("a resource of an unknown kind"))?;
        return Ok(Some(Deletion::UsedByResource(user)));
    }
    let in_force = kind.is_model() && is_first_trained(tx, arn).await?;
    Ok(in_force.then_some(Deletion::UsedByResource(ResourceKind::Flywheel)))
}

/// Whether a flywheel that was told no model uses this one.
async fn is_first_trained(tx: &mut Connection, model: &str) -> Result<bool, Fault> {
    let parent: Option<(String,)> = tx
        .optional(
            "/* resources.undecided_flywheel */ SELECT f.arn FROM resources f JOIN resources m ON m.parent = f.arn \
             WHERE m.arn = $1 AND f.uses IS NULL",
            values![arn: model],
        )
        .await?;
    match parent {
        None => Ok(false),
        Some((flywheel,)) => {
            let flywheel = read(tx, &flywheel).await?;
            Ok(flywheel.is_some_and(|flywheel| flywheel.uses.as_deref() == Some(model)))
        }
    }
}

/// What a job left in the work bucket belongs to nothing any more. What it left in the customer's bucket stays.
async fn discard_artifact(tx: &mut Connection, making: JobId) -> Result<(), Fault> {
    let job = list::read(tx, making).await?;
    let layout = job.map(|stored| stored.job.spec.layout);
    if let Some(OutputLayout::Artifact {
        place: ArtifactPlace::Work { prefix },
        ..
    }) = layout
    {
        garbage::add(tx, &prefix).await?;
    }
    Ok(())
}

/// Datasets and iterations go with their flywheel; models stay, and a later flywheel of that name has none of them.
async fn release_children(tx: &mut Connection, flywheel: &str) -> Result<(), Fault> {
    tx.execute(
        "/* resources.release_models */ UPDATE resources SET parent = NULL \
         WHERE parent = $1 AND kind IN ('document-classifier', 'entity-recognizer')",
        values![parent: flywheel],
    )
    .await?;
    tx.execute(
        "/* resources.delete_child_tags */ DELETE FROM tags \
         WHERE resource_arn IN (SELECT arn FROM resources WHERE parent = $1)",
        values![parent: flywheel],
    )
    .await?;
    tx.execute(
        "/* resources.delete_children */ DELETE FROM resources WHERE parent = $1",
        values![parent: flywheel],
    )
    .await?;
    Ok(())
}

async fn remove(tx: &mut Connection, arn: &str) -> Result<(), Fault> {
    tx.execute(
        "/* resources.delete_tags */ DELETE FROM tags WHERE resource_arn = $1",
        values![arn: arn],
    )
    .await?;
    let removed = tx
        .execute(
            "/* resources.delete */ DELETE FROM resources WHERE arn = $1",
            values![arn: arn],
        )
        .await?;
    one_row(removed)
}
