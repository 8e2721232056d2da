//! Tags on resources: jobs, and what is kept in the registry.

use construe_comprehend_api::ApiError;
use construe_comprehend_api::shapes::resource::own_arn;
use construe_comprehend_api::shapes::tags::{
    ListTagsForResourceRequest, ListTagsForResourceResponse, MAX_TAGS, Tag, TagResourceRequest, UntagResourceRequest,
};
use construe_comprehend_api::shapes::{classification, entities, pii};
use construe_jobs::JobKind;
use construe_models::ResourceKind;
use serde::Serialize;

use super::{Call, resources};
use crate::failure;
use crate::service::Gateway;

/// An answer without members.
#[derive(Serialize)]
pub struct Empty {}

pub async fn tag(gateway: &Gateway, call: &Call<'_>) -> Result<Empty, ApiError> {
    let request: TagResourceRequest = call.decode()?;
    request.check()?;
    let arn = existing(gateway, call, &request.resource_arn).await?;
    let tags: Vec<_> = request
        .tags
        .into_iter()
        .map(|tag| construe_jobs::Tag {
            key: tag.key,
            value: tag.value.unwrap_or_default(),
        })
        .collect();
    gateway
        .store
        .put_tags(&arn, &tags, MAX_TAGS)
        .await
        .map_err(failure::store)?;
    Ok(Empty {})
}

pub async fn untag(gateway: &Gateway, call: &Call<'_>) -> Result<Empty, ApiError> {
    let request: UntagResourceRequest = call.decode()?;
    request.check()?;
    let arn = existing(gateway, call, &request.resource_arn).await?;
    gateway
        .store
        .remove_tags(&arn, &request.tag_keys)
        .await
        .map_err(failure::store)?;
    Ok(Empty {})
}

pub async fn list(gateway: &Gateway, call: &Call<'_>) -> Result<ListTagsForResourceResponse, ApiError> {
    let request: ListTagsForResourceRequest = call.decode()?;
    let arn = existing(gateway, call, &request.resource_arn).await?;
    let tags = gateway.store.tags(&arn).await.map_err(failure::store)?;
    let tags = tags
        .into_iter()
        .map(|tag| Tag {
            key: tag.key,
            value: Some(tag.value),
        })
        .collect();
    Ok(ListTagsForResourceResponse {
        resource_arn: request.resource_arn,
        tags,
    })
}

/// The ARN in its one spelling, if it names a resource of the caller's account and region.
async fn existing(gateway: &Gateway, call: &Call<'_>, arn: &str) -> Result<String, ApiError> {
    let arn = own_arn(&call.caller, arn).ok_or_else(ApiError::resource_not_found)?;
    let kind = match arn.resource_type.as_str() {
        pii::RESOURCE_TYPE => Some(JobKind::PiiEntitiesDetection),
        entities::RESOURCE_TYPE => Some(JobKind::EntitiesDetection),
        classification::RESOURCE_TYPE => Some(JobKind::DocumentClassification),
        _ => None,
    };
    let exists = match kind {
        Some(kind) => match arn.resource_id.parse() {
            Ok(id) => {
                let job = gateway.store.get(&call.owner(kind), id).await;
                job.map_err(failure::store)?.is_some()
            }
            Err(_) => false,
        },
        // Iterations have no tags.
        None => resources::by_arn(gateway, call, &arn)
            .await?
            .is_some_and(|resource| resource.kind != ResourceKind::FlywheelIteration),
    };
    exists.then(|| arn.to_string()).ok_or_else(ApiError::resource_not_found)
}
