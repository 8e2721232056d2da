//! What the operations on resources have in common: making, look-up, lists, deletion, the status of models.

use construe_comprehend_api::arn::ResourceArn;
use construe_comprehend_api::page_token::{Listing, Position};
use construe_comprehend_api::shapes::resource::{
    CreateRequest, ModelRecord, ModelStatus, PageRequest, ResourceFilter, own_arn,
};
use construe_comprehend_api::shapes::tags;
use construe_comprehend_api::{ApiError, ErrorCode};
use construe_jobs::{ClientToken, JobId, JobKind, JobSpec, JobState, NewJob, Tag, Timestamp};
use construe_models::{
    self as models, ArtifactReport, Creation, Deletion, Making, NewResource, Resource, ResourceKind, ResourceOwner,
    ResourcePosition,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Call;
use super::models::Properties;
use super::tags::Empty;
use crate::control::Stopped;
use crate::failure;
use crate::service::Gateway;
use construe_comprehend_api::decode::{Request, fingerprint};

impl Call<'_> {
    pub fn resource_owner(&self, kind: ResourceKind) -> ResourceOwner {
        ResourceOwner {
            account: self.caller.account.clone(),
            region: self.caller.region.clone(),
            kind,
        }
    }
}

/// The resource of the caller's with this ARN, if there is one and it is of this kind.
pub async fn find(
    gateway: &Gateway,
    call: &Call<'_>,
    kind: ResourceKind,
    arn: &str,
) -> Result<Option<Resource>, ApiError> {
    let Some(arn) = own_arn(&call.caller, arn) else {
        return Ok(None);
    };
    let found = by_arn(gateway, call, &arn).await?;
    Ok(found.filter(|resource| resource.kind == kind))
}

/// As [`find`], of any kind.
pub async fn by_arn(gateway: &Gateway, call: &Call<'_>, arn: &ResourceArn) -> Result<Option<Resource>, ApiError> {
    let caller = &call.caller;
    gateway
        .registry
        .get_resource(&caller.account, &caller.region, &arn.to_string())
        .await
        .map_err(failure::store)
}

/// As [`find`]; that there is none is an error.
pub async fn existing(gateway: &Gateway, call: &Call<'_>, kind: ResourceKind, arn: &str) -> Result<Resource, ApiError> {
    let found = find(gateway, call, kind, arn).await?;
    found.ok_or_else(ApiError::resource_not_found)
}

/// The request that made a resource, as it was stored.
pub fn stored_request<R: DeserializeOwned>(resource: &Resource) -> Result<R, ApiError> {
    R::deserialize(&resource.request).map_err(|error| failure::internal(&error))
}

/// The tags of a request, as they are stored.
pub fn tags(tags: Option<&[tags::Tag]>) -> Vec<Tag> {
    let tags = tags.unwrap_or_default().iter().map(|tag| Tag {
        key: tag.key.clone(),
        value: tag.value.clone().unwrap_or_default(),
    });
    tags.collect()
}

/// A client's token together with the rest of its request.
pub fn token<R: Request>(token: Option<&str>, without_token: &R) -> Option<ClientToken> {
    token.map(|token| ClientToken {
        operation: R::OPERATION,
        token: token.to_owned(),
        request_digest: fingerprint(without_token),
    })
}

/// A resource of the caller's as it was asked for. What else belongs to its kind is left empty.
pub fn requested<R: CreateRequest>(
    call: &Call<'_>,
    kind: ResourceKind,
    request: &R,
    arn: String,
) -> Result<NewResource, ApiError> {
    Ok(NewResource {
        arn,
        owner: call.resource_owner(kind),
        name: request.name().to_owned(),
        version: None,
        variant: None,
        parent: None,
        uses: None,
        request: serde_json::to_value(request).map_err(|error| failure::internal(&error))?,
        properties: serde_json::Value::Null,
        tags: tags(request.tags()),
        limit: None,
    })
}

/// Makes a resource, unless this request has made it before. `job`: the one that makes it, if that takes a job.
pub async fn create<R: CreateRequest>(
    gateway: &Gateway,
    request: &R,
    resource: NewResource,
    job: Option<NewJob>,
) -> Result<Resource, ApiError> {
    let by_job = job.is_some();
    let creation = Creation {
        resource,
        along: None,
        job,
        token: token(request.token(), &request.without_token()),
    };
    let created = gateway
        .registry
        .create_resource(creation)
        .await
        .map_err(failure::registry)?;
    if by_job {
        gateway.wake();
    }
    Ok(created.resource)
}

/// The resource that this request has made before, if it still exists: the answer does not depend on what has become of
/// the things that the resource was made of.
pub async fn made_before<R: CreateRequest>(
    gateway: &Gateway,
    call: &Call<'_>,
    kind: ResourceKind,
    request: &R,
) -> Result<Option<Resource>, ApiError> {
    let Some(token) = token(request.token(), &request.without_token()) else {
        return Ok(None);
    };
    let made = gateway
        .registry
        .resource_of_token(&call.resource_owner(kind), &token)
        .await;
    made.map_err(failure::registry)
}

/// A job that makes a resource.
pub fn making_job(call: &Call<'_>, id: JobId, kind: JobKind, name: String, spec: JobSpec) -> NewJob {
    NewJob {
        id,
        // Clients know the resource, which has an ARN and tags of its own.
        arn: String::new(),
        account: call.caller.account.clone(),
        region: call.caller.region.clone(),
        kind,
        name: Some(name),
        request: serde_json::Value::Null,
        spec,
        model: None,
        token: None,
        tags: Vec::new(),
        trace: construe_telemetry::context::current_traceparent(),
    }
}

/// What the job that makes a resource has reported, once it is done.
pub fn report<R: DeserializeOwned>(making: &Making) -> Result<Option<R>, ApiError> {
    let report = making.result.as_ref().map(ArtifactReport::<R>::deserialize);
    let report = report.transpose().map_err(|error| failure::internal(&error))?;
    Ok(report.map(|report| report.report))
}

/// A page of resources, and the token for the next one. `filters` are what the request's filter amounts to.
pub async fn list<R: PageRequest>(
    gateway: &Gateway,
    call: &Call<'_>,
    kind: ResourceKind,
    request: &R,
    filters: &[models::ResourceFilter],
) -> Result<(Vec<Resource>, Option<String>), ApiError> {
    let listing = Listing::new(call.page_key, &call.caller, R::OPERATION, &request.restriction());
    let after = request.next_token().map(|token| listing.decode(token)).transpose()?;
    let after = after.map(|position| ResourcePosition {
        created: Timestamp(position.submit_time_micros),
        arn: position.id,
    });
    let limit = request.max_results();
    // One more than asked for tells whether there is a next page.
    let mut resources = gateway
        .registry
        .list_resources(&call.resource_owner(kind), filters, after.as_ref(), limit + 1)
        .await
        .map_err(failure::store)?;
    let more = resources.len() > limit as usize;
    resources.truncate(limit as usize);
    let last = resources.last().filter(|_| more);
    let next_token = last.map(|resource| {
        listing.encode(&Position {
            submit_time_micros: resource.created.0,
            id: resource.arn.clone(),
        })
    });
    Ok((resources, next_token))
}

/// As [`list`], with what [`filters`] makes of the request's filter.
pub async fn list_filtered<R: PageRequest>(
    gateway: &Gateway,
    call: &Call<'_>,
    kind: ResourceKind,
    request: &R,
    filters: Option<Vec<models::ResourceFilter>>,
) -> Result<(Vec<Resource>, Option<String>), ApiError> {
    match filters {
        Some(filters) => list(gateway, call, kind, request, &filters).await,
        None => Ok((Vec::new(), None)),
    }
}

/// A page of names of models, and the token for the next one.
pub async fn summaries<R: PageRequest>(
    gateway: &Gateway,
    call: &Call<'_>,
    kind: ResourceKind,
    request: &R,
) -> Result<(Vec<models::ResourceSummary>, Option<String>), ApiError> {
    let listing = Listing::new(call.page_key, &call.caller, R::OPERATION, &request.restriction());
    let after = request.next_token().map(|token| listing.decode(token)).transpose()?;
    let limit = request.max_results();
    let mut summaries = gateway
        .registry
        .summarize_resources(
            &call.resource_owner(kind),
            after.as_ref().map(|position| position.id.as_str()),
            limit + 1,
        )
        .await
        .map_err(failure::store)?;
    let more = summaries.len() > limit as usize;
    summaries.truncate(limit as usize);
    let last = summaries.last().filter(|_| more);
    let next_token = last.map(|summary| {
        listing.encode(&Position {
            submit_time_micros: 0,
            id: summary.name.clone(),
        })
    });
    Ok((summaries, next_token))
}

/// A request's filter in the words of the registry; `None`: nothing can pass it. `states`: of the job that makes a
/// resource with that status.
pub fn filters<S>(
    filter: Option<ResourceFilter<S>>,
    states: impl FnOnce(S) -> Option<Vec<Option<JobState>>>,
) -> Option<Vec<models::ResourceFilter>> {
    let Some(filter) = filter else {
        return Some(Vec::new());
    };
    Some(vec![match filter {
        ResourceFilter::Name(name) => models::ResourceFilter::Name(name),
        ResourceFilter::Model(arn) => models::ResourceFilter::Uses(arn),
        ResourceFilter::Status(status) => models::ResourceFilter::Making(states(status)?),
        ResourceFilter::CreatedBefore(micros) => models::ResourceFilter::CreatedBefore(Timestamp(micros)),
        ResourceFilter::CreatedAfter(micros) => models::ResourceFilter::CreatedAfter(Timestamp(micros)),
    }])
}

/// The states of the job that trains a model with this status. Models are gone as soon as they are deleted.
pub fn training_states(status: ModelStatus) -> Option<Vec<Option<JobState>>> {
    let state = match status {
        ModelStatus::Submitted => JobState::Submitted,
        ModelStatus::Training => JobState::InProgress,
        ModelStatus::StopRequested => JobState::StopRequested,
        ModelStatus::Stopped => JobState::Stopped,
        ModelStatus::InError => JobState::Failed,
        ModelStatus::Trained => JobState::Completed,
        ModelStatus::TrainedWithWarning => JobState::PartialSuccess,
        ModelStatus::Deleting => return None,
    };
    Some(vec![Some(state)])
}

/// The status of a model, which is that of the job that trains it.
pub fn model_status(making: &Making) -> ModelStatus {
    status_of_training(making.state)
}

fn status_of_training(state: JobState) -> ModelStatus {
    match state {
        JobState::Submitted => ModelStatus::Submitted,
        JobState::InProgress => ModelStatus::Training,
        JobState::StopRequested => ModelStatus::StopRequested,
        JobState::Stopped => ModelStatus::Stopped,
        JobState::Failed => ModelStatus::InError,
        JobState::Completed => ModelStatus::Trained,
        JobState::PartialSuccess => ModelStatus::TrainedWithWarning,
    }
}

/// The job that trains a model; each has one.
pub fn training(model: &Resource) -> Result<&Making, ApiError> {
    model.making.as_ref().ok_or_else(|| {
        tracing::error!(arn = model.arn, "a model is recorded without the job that trains it");
        ApiError::internal()
    })
}

/// What is known of a model besides the request that made it. `message`: what its training warns of.
pub fn model_record<'a>(
    model: &'a Resource,
    training: &'a Making,
    kept: &'a Properties,
    warnings: Option<&'a str>,
) -> ModelRecord<'a> {
    ModelRecord {
        arn: &model.arn,
        status: model_status(training),
        message: training.message.as_deref().or(warnings),
        submit_time_micros: model.created.0,
        training_start_micros: training.start_time.map(|time| time.0),
        training_end_micros: training.end_time.map(|time| time.0),
        flywheel_arn: model.parent.as_deref(),
        source_arn: kept.source.as_deref(),
    }
}

/// What a training warns of, in one text.
pub fn warnings(warnings: &[String]) -> Option<String> {
    (!warnings.is_empty()).then(|| warnings.join("; "))
}

/// The kind of the jobs that train models of this kind.
pub fn training_kind(kind: ResourceKind) -> JobKind {
    match kind {
        ResourceKind::EntityRecognizer => JobKind::RecognizerTraining,
        _ => JobKind::ClassifierTraining,
    }
}

/// Asks for the end of a model's training.
pub async fn stop_training(
    gateway: &Gateway,
    call: &Call<'_>,
    kind: ResourceKind,
    arn: &str,
) -> Result<Empty, ApiError> {
    let model = existing(gateway, call, kind, arn).await?;
    let owner = call.owner(training_kind(kind));
    let ended = |state: JobState| {
        let status = status_of_training(state);
        Err(ApiError::invalid_request(format!(
            "The training cannot be stopped: it has ended with the status {status}."
        )))
    };
    let training = training(&model)?;
    if training.end_time.is_some() {
        return ended(training.state);
    }
    match gateway.control.stop(&owner, training.job).await? {
        Some(Stopped::Requested) => Ok(Empty {}),
        Some(Stopped::Ended(state)) => ended(state),
        // Deleted since it was looked up.
        None => Err(ApiError::resource_not_found()),
    }
}

/// Deletes a resource that nothing needs.
pub async fn delete(gateway: &Gateway, call: &Call<'_>, kind: ResourceKind, arn: &str) -> Result<Empty, ApiError> {
    let arn = own_arn(&call.caller, arn).ok_or_else(ApiError::resource_not_found)?;
    let deletion = gateway
        .registry
        .delete_resource(&call.resource_owner(kind), &arn.to_string())
        .await
        .map_err(failure::store)?;
    let in_use = |message: String| Err(ApiError::new(ErrorCode::ResourceInUseException, message));
    match deletion {
        Deletion::Deleted => Ok(Empty {}),
        Deletion::NotFound => Err(ApiError::resource_not_found()),
        Deletion::BeingMade if kind.is_model() => Err(ApiError::new(
            ErrorCode::ResourceUnavailableException,
            "RESOURCE_UNAVAILABLE: The model is still being trained. Stop the training first.",
        )),
        Deletion::BeingMade => in_use("RESOURCE_IN_USE: The resource is still being made.".to_owned()),
        Deletion::UsedByJob => in_use("RESOURCE_IN_USE: A job that has not ended uses the resource.".to_owned()),
        Deletion::UsedByResource(user) => in_use(format!("RESOURCE_IN_USE: The resource is in use by: {user}.")),
    }
}
