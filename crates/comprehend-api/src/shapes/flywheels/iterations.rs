//! Iterations of flywheels: the next version is trained, and measured beside the active one.

use crate::decode::Request;
use crate::error::{ApiError, ErrorCode};
use crate::s3_uri::S3Uri;
use crate::shapes::common;
use crate::shapes::job::epoch_seconds;
use crate::shapes::resource::{MAX_RESULTS, NEXT_TOKEN, ResourceFilter, page_request};
use crate::shapes::string_enum;
use crate::validate::{Pattern, Rule, Shape, StringRule, optional, required};
use serde::{Deserialize, Serialize};

/// How many iterations of an account's flywheels can run at a time in a region.
pub const MAX_RUNNING: u32 = 10;

string_enum! {
    IterationStatus {
        Training = "TRAINING",
        Evaluating = "EVALUATING",
        Completed = "COMPLETED",
        Failed = "FAILED",
        StopRequested = "STOP_REQUESTED",
        Stopped = "STOPPED",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StartFlywheelIterationRequest {
    pub flywheel_arn: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_request_token: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StartFlywheelIterationResponse {
    pub flywheel_arn: String,
    pub flywheel_iteration_id: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeFlywheelIterationRequest {
    pub flywheel_arn: String,
    pub flywheel_iteration_id: String,
}

/// From 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct IterationMetrics {
    pub average_f1_score: f64,
    pub average_precision: f64,
    pub average_recall: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub average_accuracy: Option<f64>,
}

/// What the server knows about an iteration. Times are microseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IterationRecord<'a> {
    pub flywheel_arn: &'a str,
    pub id: &'a str,
    pub status: IterationStatus,
    /// Why it failed: an upper-case code, a colon, a sentence.
    pub message: Option<&'a str>,
    /// The model that was active when the iteration began.
    pub evaluated_model: Option<&'a str>,
    pub evaluated_metrics: Option<IterationMetrics>,
    /// Once it is trained.
    pub trained_model: Option<&'a str>,
    pub trained_metrics: Option<IterationMetrics>,
    /// Where in the data lake the iteration leaves what it measured.
    pub evaluation: &'a str,
    pub created_micros: i64,
    pub end_micros: Option<i64>,
}

impl IterationRecord<'_> {
    pub fn describe(&self) -> IterationProperties {
        IterationProperties {
            flywheel_arn: self.flywheel_arn.to_owned(),
            flywheel_iteration_id: self.id.to_owned(),
            creation_time: epoch_seconds(self.created_micros),
            end_time: self.end_micros.map(epoch_seconds),
            status: self.status,
            message: self.message.map(str::to_owned),
            evaluated_model_arn: self.evaluated_model.map(str::to_owned),
            evaluated_model_metrics: self.evaluated_metrics,
            trained_model_arn: self.trained_model.map(str::to_owned),
            trained_model_metrics: self.trained_metrics,
            evaluation_manifest_s3_prefix: self.evaluation.to_owned(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct IterationProperties {
    pub flywheel_arn: String,
    pub flywheel_iteration_id: String,
    /// Seconds since 1970, as is `end_time`.
    pub creation_time: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<f64>,
    pub status: IterationStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evaluated_model_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evaluated_model_metrics: Option<IterationMetrics>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trained_model_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trained_model_metrics: Option<IterationMetrics>,
    pub evaluation_manifest_s3_prefix: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeFlywheelIterationResponse {
    pub flywheel_iteration_properties: IterationProperties,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListFlywheelIterationHistoryResponse {
    pub flywheel_iteration_properties_list: Vec<IterationProperties>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct IterationFilter {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creation_time_after: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creation_time_before: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListFlywheelIterationHistoryRequest {
    pub flywheel_arn: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<IterationFilter>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_results: Option<u32>,
}

impl ListFlywheelIterationHistoryRequest {
    /// The one filter that is set, if any.
    pub fn filter(&self) -> Result<Option<ResourceFilter<IterationStatus>>, ApiError> {
        let filter = self.filter.clone().unwrap_or_default();
        let members = [
            ResourceFilter::created_before(filter.creation_time_before),
            ResourceFilter::created_after(filter.creation_time_after),
        ];
        ResourceFilter::single(members, ErrorCode::InvalidFilterException)
    }
}

/// The folder of an iteration in its flywheel's data lake.
pub fn evaluation_folder(lake: &S3Uri, iteration: &str) -> S3Uri {
    S3Uri {
        bucket: lake.bucket.clone(),
        key: format!("{}evaluation/{iteration}/", lake.key),
    }
}

page_request! {
    ListFlywheelIterationHistoryRequest: (String, Option<IterationFilter>) =
        request => (request.flywheel_arn.clone(), request.filter.clone())
}

impl Request for StartFlywheelIterationRequest {
    const OPERATION: &'static str = "StartFlywheelIteration";
    const SHAPE: &'static Shape = &START_REQUEST;
}

impl Request for DescribeFlywheelIterationRequest {
    const OPERATION: &'static str = "DescribeFlywheelIteration";
    const SHAPE: &'static Shape = &DESCRIBE_REQUEST;
}

impl Request for ListFlywheelIterationHistoryRequest {
    const OPERATION: &'static str = "ListFlywheelIterationHistory";
    const SHAPE: &'static Shape = &LIST_REQUEST;
}

static ITERATION_ID_PATTERN: Pattern = Pattern::new("[0-9]{8}T[0-9]{6}Z");

static START_REQUEST: Shape = Shape {
    members: &[
        required("FlywheelArn", common::FLYWHEEL_ARN),
        optional("ClientRequestToken", common::CLIENT_REQUEST_TOKEN),
    ],
};

static DESCRIBE_REQUEST: Shape = Shape {
    members: &[
        required("FlywheelArn", common::FLYWHEEL_ARN),
        required(
            "FlywheelIterationId",
            Rule::String(StringRule::new().max(63).pattern(&ITERATION_ID_PATTERN)),
        ),
    ],
};

static FILTER: Shape = Shape {
    members: &[
        optional("CreationTimeAfter", Rule::Timestamp),
        optional("CreationTimeBefore", Rule::Timestamp),
    ],
};

static LIST_REQUEST: Shape = Shape {
    members: &[
        required("FlywheelArn", common::FLYWHEEL_ARN),
        optional("Filter", Rule::Structure(&FILTER)),
        NEXT_TOKEN,
        MAX_RESULTS,
    ],
};
