//! Endpoints, through which custom models answer at once.

use super::common::{self, check_role};
use super::job::epoch_seconds;
use super::resource::{ResourceFilter, arn_requests, create_request, filtered_list_request};
use super::string_enum;
use super::tags::{self, Tag, check_tags};
use crate::Caller;
use crate::arn::ResourceArn;
use crate::decode::Request;
use crate::error::{ApiError, ErrorCode};
use crate::shapes::classification::ModelChoice;
use crate::validate::{Rule, Shape, StringRule, optional, required};
use serde::{Deserialize, Serialize};

/// In the ARN of a classifier's endpoint.
pub const CLASSIFIER_RESOURCE_TYPE: &str = "document-classifier-endpoint";
/// In the ARN of a recognizer's endpoint.
pub const RECOGNIZER_RESOURCE_TYPE: &str = "entity-recognizer-endpoint";
/// How many endpoints an account can have in a region.
pub const MAX_ENDPOINTS: u32 = 10;
/// Most inference units of an endpoint. They cost nothing here and change nothing.
pub const MAX_INFERENCE_UNITS: u32 = 10;

string_enum! {
    EndpointStatus {
        Creating = "CREATING",
        Deleting = "DELETING",
        Failed = "FAILED",
        InService = "IN_SERVICE",
        Updating = "UPDATING",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateEndpointRequest {
    pub endpoint_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_arn: Option<String>,
    pub desired_inference_units: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_request_token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Tag>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_access_role_arn: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flywheel_arn: Option<String>,
}

impl CreateEndpointRequest {
    /// The checks that the shape cannot express; which model is meant.
    pub fn check(&self, caller: &Caller) -> Result<ModelChoice, ApiError> {
        check_units(self.desired_inference_units)?;
        if let Some(role) = &self.data_access_role_arn {
            check_role(caller, role)?;
        }
        check_tags(self.tags.as_deref().unwrap_or_default())?;
        ModelChoice::of("ModelArn", self.model_arn.as_ref(), self.flywheel_arn.as_ref())
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateEndpointRequest {
    pub endpoint_arn: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desired_model_arn: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desired_inference_units: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desired_data_access_role_arn: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flywheel_arn: Option<String>,
}

impl UpdateEndpointRequest {
    /// The checks that the shape cannot express; which model is to be served from now on, if another one.
    pub fn check(&self, caller: &Caller) -> Result<Option<ModelChoice>, ApiError> {
        self.desired_inference_units.map(check_units).transpose()?;
        if let Some(role) = &self.desired_data_access_role_arn {
            check_role(caller, role)?;
        }
        match (&self.desired_model_arn, &self.flywheel_arn) {
            (None, None) => Ok(None),
            (model, flywheel) => ModelChoice::of("DesiredModelArn", model.as_ref(), flywheel.as_ref()).map(Some),
        }
    }
}

/// The model has no upper bound; the service's guidelines do.
fn check_units(units: u32) -> Result<(), ApiError> {
    if units <= MAX_INFERENCE_UNITS {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::ResourceLimitExceededException,
        format!("An endpoint can have at most {MAX_INFERENCE_UNITS} inference units."),
    ))
}

pub fn endpoint_arn(caller: &Caller, resource_type: &str, name: &str) -> String {
    ResourceArn::new(&caller.region, &caller.account, resource_type, name).to_string()
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateEndpointResponse {
    pub endpoint_arn: String,
    pub model_arn: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateEndpointResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub desired_model_arn: Option<String>,
}

/// What an endpoint is, in the words of the server. Times are microseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EndpointRecord<'a> {
    pub arn: &'a str,
    /// The model that it serves.
    pub model_arn: Option<&'a str>,
    pub inference_units: u32,
    pub role_arn: Option<&'a str>,
    pub flywheel_arn: Option<&'a str>,
    pub created_micros: i64,
    pub modified_micros: i64,
}

impl EndpointRecord<'_> {
    /// What Describe and List answer. A model is loaded when it is first asked, so an endpoint is in service from the
    /// beginning and what is desired is what is.
    pub fn describe(&self) -> EndpointProperties {
        let model = self.model_arn.map(str::to_owned);
        let role = self.role_arn.map(str::to_owned);
        EndpointProperties {
            endpoint_arn: self.arn.to_owned(),
            status: EndpointStatus::InService,
            model_arn: model.clone(),
            desired_model_arn: model,
            desired_inference_units: self.inference_units,
            current_inference_units: self.inference_units,
            creation_time: epoch_seconds(self.created_micros),
            last_modified_time: epoch_seconds(self.modified_micros),
            data_access_role_arn: role.clone(),
            desired_data_access_role_arn: role,
            flywheel_arn: self.flywheel_arn.map(str::to_owned),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EndpointProperties {
    pub endpoint_arn: String,
    pub status: EndpointStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub desired_model_arn: Option<String>,
    pub desired_inference_units: u32,
    pub current_inference_units: u32,
    /// Seconds since 1970, as is `last_modified_time`.
    pub creation_time: f64,
    pub last_modified_time: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_access_role_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub desired_data_access_role_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flywheel_arn: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeEndpointResponse {
    pub endpoint_properties: EndpointProperties,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListEndpointsResponse {
    pub endpoint_properties_list: Vec<EndpointProperties>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EndpointFilter {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_arn: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<EndpointStatus>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creation_time_before: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creation_time_after: Option<f64>,
}

impl ListEndpointsRequest {
    /// The one filter that is set, if any. This operation has no exception of its own for more.
    pub fn filter(&self) -> Result<Option<ResourceFilter<EndpointStatus>>, ApiError> {
        let filter = self.filter.clone().unwrap_or_default();
        let members = [
            filter.model_arn.map(ResourceFilter::Model),
            filter.status.map(ResourceFilter::Status),
            ResourceFilter::created_before(filter.creation_time_before),
            ResourceFilter::created_after(filter.creation_time_after),
        ];
        ResourceFilter::single(members, ErrorCode::InvalidRequestException)
    }
}

create_request! { CreateEndpointRequest = "CreateEndpoint", endpoint_name, CREATE_REQUEST }

impl Request for UpdateEndpointRequest {
    const OPERATION: &'static str = "UpdateEndpoint";
    const SHAPE: &'static Shape = &UPDATE_REQUEST;
}

arn_requests! {
    endpoint_arn: common::ENDPOINT_ARN as "EndpointArn";
    DescribeEndpointRequest = "DescribeEndpoint",
    DeleteEndpointRequest = "DeleteEndpoint",
}

filtered_list_request! { ListEndpointsRequest = "ListEndpoints", EndpointFilter, FILTER }

/// A number that does not fit 32 bits fails to decode.
const INFERENCE_UNITS: Rule = Rule::Integer {
    min: Some(1),
    max: None,
};

static FILTER: Shape = Shape {
    members: &[
        optional("ModelArn", common::MODEL_ARN),
        optional("Status", Rule::String(StringRule::new().one_of(EndpointStatus::NAMES))),
        optional("CreationTimeBefore", Rule::Timestamp),
        optional("CreationTimeAfter", Rule::Timestamp),
    ],
};

static CREATE_REQUEST: Shape = Shape {
    members: &[
        required("EndpointName", common::ENDPOINT_NAME),
        optional("ModelArn", common::MODEL_ARN),
        required("DesiredInferenceUnits", INFERENCE_UNITS),
        optional("ClientRequestToken", common::CLIENT_REQUEST_TOKEN),
        optional("Tags", tags::TAG_LIST),
        optional("DataAccessRoleArn", common::ROLE_ARN),
        optional("FlywheelArn", common::FLYWHEEL_ARN),
    ],
};

static UPDATE_REQUEST: Shape = Shape {
    members: &[
        required("EndpointArn", common::ENDPOINT_ARN),
        optional("DesiredModelArn", common::MODEL_ARN),
        optional("DesiredInferenceUnits", INFERENCE_UNITS),
        optional("DesiredDataAccessRoleArn", common::ROLE_ARN),
        optional("FlywheelArn", common::FLYWHEEL_ARN),
    ],
};

#[cfg(test)]
mod tests;
