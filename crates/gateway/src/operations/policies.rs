//! Policies of models: who else may copy them.

use std::time::UNIX_EPOCH;

use construe_comprehend_api::shapes::policies::{
    DeleteResourcePolicyRequest, DescribeResourcePolicyRequest, DescribeResourcePolicyResponse, Policy, PolicyRecord,
    PutResourcePolicyRequest, PutResourcePolicyResponse,
};
use construe_comprehend_api::shapes::resource::own_arn;
use construe_comprehend_api::{ApiError, ErrorCode};
use construe_jobs::JobId;
use construe_models::Resource;

use super::Call;
use super::models::Properties;
use super::resources;
use super::tags::Empty;
use crate::failure;
use crate::service::Gateway;

/// How often a change looks again at a model that others are changing.
const TRIES: usize = 10;

/// A policy as it is kept from now on; `before`: the one that it replaces.
pub fn record(gateway: &Gateway, text: &str, before: Option<&PolicyRecord>) -> PolicyRecord {
    let since_1970 = gateway.now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = i64::try_from(since_1970.as_micros()).unwrap_or(i64::MAX);
    PolicyRecord {
        text: text.to_owned(),
        // Hexadecimal digits that no other one has.
        revision: JobId::new().to_string(),
        created_micros: before.map_or(now, |before| before.created_micros),
        modified_micros: now,
    }
}

pub async fn put(gateway: &Gateway, call: &Call<'_>) -> Result<PutResourcePolicyResponse, ApiError> {
    let request: PutResourcePolicyRequest = call.decode()?;
    Policy::parse(&request.resource_policy)?;
    let revision = request.policy_revision_id.as_deref();
    let put = change(gateway, call, &request.resource_arn, |before| {
        check_revision(before, revision)?;
        Ok(Some(record(gateway, &request.resource_policy, before)))
    });
    let policy = put.await?.ok_or_else(ApiError::internal)?;
    Ok(PutResourcePolicyResponse {
        policy_revision_id: policy.revision,
    })
}

pub async fn describe(gateway: &Gateway, call: &Call<'_>) -> Result<DescribeResourcePolicyResponse, ApiError> {
    let request: DescribeResourcePolicyRequest = call.decode()?;
    let model = own_model(gateway, call, &request.resource_arn).await?;
    let policy = Properties::of(&model)?.policy;
    policy.map(|policy| policy.describe()).ok_or_else(none)
}

pub async fn delete(gateway: &Gateway, call: &Call<'_>) -> Result<Empty, ApiError> {
    let request: DeleteResourcePolicyRequest = call.decode()?;
    let revision = request.policy_revision_id.as_deref();
    let deleted = change(gateway, call, &request.resource_arn, |before| {
        check_revision(before, revision)?;
        before.map(|_| None).ok_or_else(none)
    });
    deleted.await?;
    Ok(Empty {})
}

fn none() -> ApiError {
    ApiError::new(
        ErrorCode::ResourceNotFoundException,
        "RESOURCE_NOT_FOUND: The model has no resource policy.",
    )
}

/// A client that names a revision means to change that one and no later one.
fn check_revision(policy: Option<&PolicyRecord>, revision: Option<&str>) -> Result<(), ApiError> {
    let current = policy.map(|policy| policy.revision.as_str());
    match revision {
        Some(revision) if !current.is_some_and(|current| current.eq_ignore_ascii_case(revision)) => Err(
            ApiError::invalid_request("PolicyRevisionId is not that of the policy that the model has now."),
        ),
        _ => Ok(()),
    }
}

/// A model of the caller's.
async fn own_model(gateway: &Gateway, call: &Call<'_>, arn: &str) -> Result<Resource, ApiError> {
    let arn = own_arn(&call.caller, arn).ok_or_else(ApiError::resource_not_found)?;
    let model = resources::by_arn(gateway, call, &arn).await?;
    model
        .filter(|model| model.kind.is_model())
        .ok_or_else(ApiError::resource_not_found)
}

/// Replaces a model's policy by what `changed` makes of it; that one.
async fn change(
    gateway: &Gateway,
    call: &Call<'_>,
    arn: &str,
    changed: impl Fn(Option<&PolicyRecord>) -> Result<Option<PolicyRecord>, ApiError>,
) -> Result<Option<PolicyRecord>, ApiError> {
    for _ in 0..TRIES {
        let model = own_model(gateway, call, arn).await?;
        let mut kept = Properties::of(&model)?;
        kept.policy = changed(kept.policy.as_ref())?;
        let updated = gateway
            .registry
            .update_resource(&model.arn, model.revision, &kept.stored()?, None)
            .await
            .map_err(failure::registry)?;
        if updated.is_some() {
            return Ok(kept.policy);
        }
    }
    Err(ApiError::invalid_request("The policy is being changed by others."))
}
