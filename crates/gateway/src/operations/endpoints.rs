//! Endpoints of custom models. One is a name for a model that this gateway loads when it is first asked.

use construe_comprehend_api::shapes::classification::ModelChoice;
use construe_comprehend_api::shapes::endpoints::{
    CLASSIFIER_RESOURCE_TYPE, CreateEndpointRequest, CreateEndpointResponse, DeleteEndpointRequest,
    DescribeEndpointRequest, DescribeEndpointResponse, EndpointProperties, EndpointRecord, EndpointStatus,
    ListEndpointsRequest, ListEndpointsResponse, MAX_ENDPOINTS, RECOGNIZER_RESOURCE_TYPE, UpdateEndpointRequest,
    UpdateEndpointResponse, endpoint_arn,
};
use construe_comprehend_api::shapes::resource::own_arn;
use construe_comprehend_api::{ApiError, ErrorCode};
use construe_models::{Limit, ModelRef, NewResource, Referent, Resource, ResourceKind};
use serde::{Deserialize, Serialize};

use super::resources::{self, existing, filters};
use super::tags::Empty;
use super::{Call, models};
use crate::failure;
use crate::service::Gateway;

const KIND: ResourceKind = ResourceKind::Endpoint;
/// How often an update is tried again that others came before.
const UPDATE_TRIES: u32 = 5;

/// What can change in an endpoint's life, besides its model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Settings {
    inference_units: u32,
    role_arn: Option<String>,
}

impl Settings {
    fn of(endpoint: &Resource) -> Result<Self, ApiError> {
        Self::deserialize(&endpoint.properties).map_err(|error| failure::internal(&error))
    }

    fn stored(&self) -> Result<serde_json::Value, ApiError> {
        serde_json::to_value(self).map_err(|error| failure::internal(&error))
    }
}

pub async fn create(gateway: &Gateway, call: &Call<'_>) -> Result<CreateEndpointResponse, ApiError> {
    let request: CreateEndpointRequest = call.decode()?;
    if let Some(endpoint) = resources::made_before(gateway, call, KIND, &request).await? {
        let model_arn = model_arn(gateway, call, &endpoint).await?;
        return Ok(CreateEndpointResponse {
            endpoint_arn: endpoint.arn,
            model_arn: model_arn.ok_or_else(failure::model_unavailable)?,
        });
    }
    let choice = request.check(&call.caller)?;
    let kind = model_kind(gateway, call, &choice).await?;
    let (model, _) = models::pinned(gateway, call, kind, &choice).await?;
    let resource_type = match kind {
        ResourceKind::EntityRecognizer => RECOGNIZER_RESOURCE_TYPE,
        _ => CLASSIFIER_RESOURCE_TYPE,
    };
    let settings = Settings {
        inference_units: request.desired_inference_units,
        role_arn: request.data_access_role_arn.clone(),
    };
    let (parent, uses) = match &choice {
        ModelChoice::Model(_) => (None, Some(model.arn.clone())),
        ModelChoice::Flywheel(_) => (own_arn(&call.caller, choice.arn()).map(|arn| arn.to_string()), None),
    };
    let arn = endpoint_arn(&call.caller, resource_type, &request.endpoint_name);
    let resource = NewResource {
        parent,
        uses,
        properties: settings.stored()?,
        limit: Some(Limit::OfOwner(MAX_ENDPOINTS)),
        ..resources::requested(call, KIND, &request, arn)?
    };
    let created = resources::create(gateway, &request, resource, None).await?;
    Ok(CreateEndpointResponse {
        endpoint_arn: created.arn,
        model_arn: model.arn,
    })
}

/// Of which kind the model is that a request chose.
async fn model_kind(gateway: &Gateway, call: &Call<'_>, choice: &ModelChoice) -> Result<ResourceKind, ApiError> {
    let model = match choice {
        ModelChoice::Model(arn) => {
            let arn = own_arn(&call.caller, arn).ok_or_else(ApiError::resource_not_found)?;
            let found = resources::by_arn(gateway, call, &arn).await?;
            found.ok_or_else(ApiError::resource_not_found)?
        }
        ModelChoice::Flywheel(arn) => {
            let active = models::active_model(gateway, call, arn).await?;
            active.ok_or_else(failure::model_unavailable)?
        }
    };
    if model.kind.is_model() {
        Ok(model.kind)
    } else {
        Err(ApiError::resource_not_found())
    }
}

pub async fn describe(gateway: &Gateway, call: &Call<'_>) -> Result<DescribeEndpointResponse, ApiError> {
    let request: DescribeEndpointRequest = call.decode()?;
    let endpoint = existing(gateway, call, KIND, &request.endpoint_arn).await?;
    Ok(DescribeEndpointResponse {
        endpoint_properties: properties(gateway, call, &endpoint).await?,
    })
}

pub async fn list(gateway: &Gateway, call: &Call<'_>) -> Result<ListEndpointsResponse, ApiError> {
    let request: ListEndpointsRequest = call.decode()?;
    // No job makes an endpoint, and all of them are in service.
    let making = |status| (status == EndpointStatus::InService).then(|| vec![None]);
    let filters = filters(request.filter()?, making);
    let (endpoints, next_token) = resources::list_filtered(gateway, call, KIND, &request, filters).await?;
    let mut listed = Vec::new();
    for endpoint in &endpoints {
        listed.push(properties(gateway, call, endpoint).await?);
    }
    Ok(ListEndpointsResponse {
        endpoint_properties_list: listed,
        next_token,
    })
}

pub async fn update(gateway: &Gateway, call: &Call<'_>) -> Result<UpdateEndpointResponse, ApiError> {
    let request: UpdateEndpointRequest = call.decode()?;
    let choice = request.check(&call.caller)?;
    let endpoint_arn = own_arn(&call.caller, &request.endpoint_arn).ok_or_else(ApiError::resource_not_found)?;
    let kind = match endpoint_arn.resource_type.as_str() {
        RECOGNIZER_RESOURCE_TYPE => ResourceKind::EntityRecognizer,
        _ => ResourceKind::DocumentClassifier,
    };
    for _ in 0..UPDATE_TRIES {
        let endpoint = existing(gateway, call, KIND, &request.endpoint_arn).await?;
        let model = match &choice {
            None => None,
            Some(choice) if model_kind(gateway, call, choice).await? != kind => {
                return Err(ApiError::invalid_request(format!(
                    "The endpoint serves models of the kind {kind}; the model is of another."
                )));
            }
            Some(choice) => Some(models::pinned(gateway, call, kind, choice).await?.0),
        };
        let mut settings = Settings::of(&endpoint)?;
        if let Some(units) = request.desired_inference_units {
            settings.inference_units = units;
        }
        if let Some(role) = &request.desired_data_access_role_arn {
            settings.role_arn = Some(role.clone());
        }
        let flywheel = choice.as_ref().and_then(|choice| own_arn(&call.caller, choice.arn()));
        let flywheel = flywheel.map(|arn| arn.to_string());
        let refers = match (&choice, &model) {
            (Some(ModelChoice::Flywheel(_)), _) => flywheel.as_deref().map(Referent::Flywheel),
            (_, Some(model)) => Some(Referent::Model(&model.arn)),
            _ => None,
        };
        let updated = gateway
            .registry
            .update_resource(&endpoint.arn, endpoint.revision, &settings.stored()?, refers)
            .await
            .map_err(failure::registry)?;
        if updated.is_some() {
            return Ok(UpdateEndpointResponse {
                desired_model_arn: model.map(|model| model.arn),
            });
        }
    }
    Err(ApiError::new(
        ErrorCode::ResourceInUseException,
        "RESOURCE_IN_USE: The endpoint is being updated by others.",
    ))
}

pub async fn delete(gateway: &Gateway, call: &Call<'_>) -> Result<Empty, ApiError> {
    let request: DeleteEndpointRequest = call.decode()?;
    resources::delete(gateway, call, KIND, &request.endpoint_arn).await
}

/// ARN of the model that an endpoint stands for now.
async fn model_arn(gateway: &Gateway, call: &Call<'_>, endpoint: &Resource) -> Result<Option<String>, ApiError> {
    Ok(match (&endpoint.uses, &endpoint.parent) {
        (Some(model), _) => Some(model.clone()),
        (None, Some(flywheel)) => models::active_model(gateway, call, flywheel)
            .await?
            .map(|model| model.arn),
        (None, None) => None,
    })
}

async fn properties(gateway: &Gateway, call: &Call<'_>, endpoint: &Resource) -> Result<EndpointProperties, ApiError> {
    let settings = Settings::of(endpoint)?;
    let model = model_arn(gateway, call, endpoint).await?;
    let record = EndpointRecord {
        arn: &endpoint.arn,
        model_arn: model.as_deref(),
        inference_units: settings.inference_units,
        role_arn: settings.role_arn.as_deref(),
        flywheel_arn: endpoint.parent.as_deref(),
        created_micros: endpoint.created.0,
        modified_micros: endpoint.modified.0,
    };
    Ok(record.describe())
}

/// The model that an endpoint serves now. Whatever is wrong with it, synchronous operations have one code for it.
pub async fn served(
    gateway: &Gateway,
    call: &Call<'_>,
    kind: ResourceKind,
    arn: &str,
) -> Result<(Resource, ModelRef), ApiError> {
    let endpoint = resources::find(gateway, call, KIND, arn).await?;
    let choice = endpoint.and_then(|endpoint| match (endpoint.uses, endpoint.parent) {
        (Some(model), _) => Some(ModelChoice::Model(model)),
        (None, flywheel) => flywheel.map(ModelChoice::Flywheel),
    });
    let unavailable = || {
        ApiError::new(
            ErrorCode::ResourceUnavailableException,
            "RESOURCE_UNAVAILABLE: There is no such endpoint in service.",
        )
    };
    let choice = choice.ok_or_else(unavailable)?;
    let pinned = models::pinned(gateway, call, kind, &choice).await;
    pinned.map_err(|error| match error.code {
        ErrorCode::ResourceNotFoundException => unavailable(),
        _ => error,
    })
}
