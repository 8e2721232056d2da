//! Flywheels, which train the next version of a model from the data that was gathered for it.

pub mod iterations;

use std::collections::BTreeSet;

use super::classifiers::{CLASSIFIER_MODE, ClassifierMode};
use super::common::{self, LanguageCode, VpcConfig, check_role, check_volume_key};
use super::job::epoch_seconds;
use super::recognizers::{ENTITY_TYPES, EntityType, check_types};
use super::resource::{ResourceFilter, arn_requests, check_model_key, create_request, filtered_list_request};
use super::string_enum;
use super::tags::{self, Tag, check_tags};
use crate::Caller;
use crate::arn::{ResourceArn, RoleArn, is_kms_key_reference};
use crate::decode::Request;
use crate::error::{ApiError, ErrorCode};
use crate::s3_uri::S3Uri;
use crate::validate::{ListRule, Pattern, Rule, Shape, StringRule, optional, required};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// In a flywheel's ARN.
pub const RESOURCE_TYPE: &str = "flywheel";
/// How many flywheels an account can have in a region.
pub const MAX_FLYWHEELS: u32 = 50;

string_enum! {
    ModelType { DocumentClassifier = "DOCUMENT_CLASSIFIER", EntityRecognizer = "ENTITY_RECOGNIZER" }
}

string_enum! {
    FlywheelStatus {
        Creating = "CREATING",
        Active = "ACTIVE",
        Updating = "UPDATING",
        Deleting = "DELETING",
        Failed = "FAILED",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ClassificationTask {
    pub mode: ClassifierMode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Vec<String>>,
}

impl ClassificationTask {
    fn check(&self) -> Result<(), ApiError> {
        let labels = self.labels.as_deref().unwrap_or_default();
        let most = self.mode.most_labels();
        if labels.len() > most {
            return Err(ApiError::invalid_request(format!(
                "A model in the mode {} has at most {most} labels; TaskConfig names {}.",
                self.mode.as_str(),
                labels.len()
            )));
        }
        let mut known = BTreeSet::new();
        for label in labels.iter().map(|label| label.trim()) {
            if label.is_empty() || !known.insert(label) {
                return Err(ApiError::invalid_request(
                    "Each of the labels of TaskConfig must be named once, and not be empty.",
                ));
            }
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RecognitionTask {
    pub entity_types: Vec<EntityType>,
}

/// What the models of a flywheel are to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TaskConfig {
    pub language_code: LanguageCode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_classification_config: Option<ClassificationTask>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity_recognition_config: Option<RecognitionTask>,
}

impl TaskConfig {
    /// The type of model that does this.
    fn check(&self) -> Result<ModelType, ApiError> {
        match (&self.document_classification_config, &self.entity_recognition_config) {
            (Some(classification), None) => {
                classification.check()?;
                Ok(ModelType::DocumentClassifier)
            }
            (None, Some(recognition)) => {
                check_types(&recognition.entity_types)?;
                Ok(ModelType::EntityRecognizer)
            }
            _ => Err(ApiError::invalid_request(
                "TaskConfig needs one of DocumentClassificationConfig and EntityRecognitionConfig.",
            )),
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DataSecurityConfig {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_kms_key_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume_kms_key_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_lake_kms_key_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vpc_config: Option<VpcConfig>,
}

impl DataSecurityConfig {
    fn check(&self) -> Result<(), ApiError> {
        check_model_key(self.model_kms_key_id.as_deref())?;
        check_volume_key(self.volume_kms_key_id.as_deref())?;
        if self.data_lake_kms_key_id.as_deref().is_none_or(is_kms_key_reference) {
            return Ok(());
        }
        Err(ApiError::new(
            ErrorCode::KmsKeyValidationException,
            "DataLakeKmsKeyId must be a KMS key id, key ARN, alias name or alias ARN.",
        ))
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateFlywheelRequest {
    pub flywheel_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_model_arn: Option<String>,
    pub data_access_role_arn: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_config: Option<TaskConfig>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_type: Option<ModelType>,
    pub data_lake_s3_uri: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_security_config: Option<DataSecurityConfig>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_request_token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Tag>>,
}

/// Where a flywheel's work begins.
#[derive(Clone, Debug, PartialEq)]
pub enum FlywheelOrigin {
    /// ARN of a trained model, which says what the following ones are to do.
    Model(String),
    Task(ModelType, TaskConfig),
}

/// What a checked create request amounts to.
#[derive(Clone, Debug, PartialEq)]
pub struct NewFlywheel {
    pub origin: FlywheelOrigin,
    /// As the request names it: the flywheel's own place lies below.
    pub lake: S3Uri,
    pub role: RoleArn,
}

impl CreateFlywheelRequest {
    pub fn arn(&self, caller: &Caller) -> String {
        ResourceArn::new(&caller.region, &caller.account, RESOURCE_TYPE, &self.flywheel_name).to_string()
    }

    /// The checks that the shape cannot express.
    pub fn check(&self, caller: &Caller) -> Result<NewFlywheel, ApiError> {
        let origin = self.origin()?;
        let lake = self.data_lake_s3_uri.parse();
        let lake = lake.map_err(|error| ApiError::invalid_request(format!("DataLakeS3Uri {error}.")))?;
        let role = check_role(caller, &self.data_access_role_arn)?;
        if let Some(security) = &self.data_security_config {
            security.check()?;
        }
        check_tags(self.tags.as_deref().unwrap_or_default())?;
        Ok(NewFlywheel { origin, lake, role })
    }

    fn origin(&self) -> Result<FlywheelOrigin, ApiError> {
        let invalid = |text: &'static str| Err(ApiError::invalid_request(text));
        match (&self.active_model_arn, self.model_type, &self.task_config) {
            (Some(model), None, None) => Ok(FlywheelOrigin::Model(model.clone())),
            (Some(_), _, _) => invalid("ActiveModelArn excludes ModelType and TaskConfig, which the model settles."),
            (None, Some(model_type), Some(task)) => match task.check()? == model_type {
                true => Ok(FlywheelOrigin::Task(model_type, task.clone())),
                false => invalid("TaskConfig is for another type of model than ModelType."),
            },
            (None, _, _) => invalid("A flywheel needs ActiveModelArn, or ModelType and TaskConfig."),
        }
    }
}

/// The part of a flywheel's security that can be changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateDataSecurityConfig {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_kms_key_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume_kms_key_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vpc_config: Option<VpcConfig>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateFlywheelRequest {
    pub flywheel_arn: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_model_arn: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_access_role_arn: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_security_config: Option<UpdateDataSecurityConfig>,
}

impl UpdateFlywheelRequest {
    /// The checks that the shape cannot express.
    pub fn check(&self, caller: &Caller) -> Result<(), ApiError> {
        if let Some(role) = &self.data_access_role_arn {
            check_role(caller, role)?;
        }
        match &self.data_security_config {
            Some(security) => security.applied_to(None).check(),
            None => Ok(()),
        }
    }
}

impl UpdateDataSecurityConfig {
    /// `security` with what this changes; members that are absent here stay as they are.
    pub fn applied_to(&self, security: Option<DataSecurityConfig>) -> DataSecurityConfig {
        let security = security.unwrap_or_default();
        DataSecurityConfig {
            model_kms_key_id: self.model_kms_key_id.clone().or(security.model_kms_key_id),
            volume_kms_key_id: self.volume_kms_key_id.clone().or(security.volume_kms_key_id),
            data_lake_kms_key_id: security.data_lake_kms_key_id,
            vpc_config: self.vpc_config.clone().or(security.vpc_config),
        }
    }
}

/// A moment as ids of iterations and folders of data lakes name it.
pub fn compact_time(time: OffsetDateTime) -> String {
    let format = time::macros::format_description!("[year][month][day]T[hour][minute][second]Z");
    let time = time.to_offset(time::UtcOffset::UTC);
    time.format(format)
        .expect("the format has only numbers that every date has")
}

/// A flywheel's own place, below the one that a request names.
pub fn data_lake(request: &S3Uri, flywheel: &str, time: &str) -> S3Uri {
    let parent = request.key.trim_end_matches('/');
    let separator = if parent.is_empty() { "" } else { "/" };
    S3Uri {
        bucket: request.bucket.clone(),
        key: format!("{parent}{separator}{flywheel}/schemaVersion=1/{time}/"),
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateFlywheelResponse {
    pub flywheel_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_model_arn: Option<String>,
}

/// What the server knows about a flywheel. Times are microseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FlywheelRecord<'a> {
    pub arn: &'a str,
    pub active_model_arn: Option<&'a str>,
    pub role_arn: &'a str,
    pub task: &'a TaskConfig,
    pub model_type: ModelType,
    pub data_lake: &'a str,
    pub security: Option<&'a DataSecurityConfig>,
    pub created_micros: i64,
    pub modified_micros: i64,
    pub latest_iteration: Option<&'a str>,
}

impl FlywheelRecord<'_> {
    /// What Describe and Update answer. A flywheel is made and changed within a request, so it is always active.
    pub fn describe(&self) -> FlywheelProperties {
        FlywheelProperties {
            flywheel_arn: self.arn.to_owned(),
            active_model_arn: self.active_model_arn.map(str::to_owned),
            data_access_role_arn: self.role_arn.to_owned(),
            task_config: self.task.clone(),
            data_lake_s3_uri: self.data_lake.to_owned(),
            data_security_config: self.security.cloned().unwrap_or_default(),
            status: FlywheelStatus::Active,
            model_type: self.model_type,
            creation_time: epoch_seconds(self.created_micros),
            last_modified_time: epoch_seconds(self.modified_micros),
            latest_flywheel_iteration: self.latest_iteration.map(str::to_owned),
        }
    }

    /// What List answers.
    pub fn summarize(&self) -> FlywheelSummary {
        FlywheelSummary {
            flywheel_arn: self.arn.to_owned(),
            active_model_arn: self.active_model_arn.map(str::to_owned),
            data_lake_s3_uri: self.data_lake.to_owned(),
            status: FlywheelStatus::Active,
            model_type: self.model_type,
            creation_time: epoch_seconds(self.created_micros),
            last_modified_time: epoch_seconds(self.modified_micros),
            latest_flywheel_iteration: self.latest_iteration.map(str::to_owned),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FlywheelProperties {
    pub flywheel_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_model_arn: Option<String>,
    pub data_access_role_arn: String,
    pub task_config: TaskConfig,
    pub data_lake_s3_uri: String,
    /// Empty where nothing was asked for.
    pub data_security_config: DataSecurityConfig,
    pub status: FlywheelStatus,
    pub model_type: ModelType,
    /// Seconds since 1970, as is `last_modified_time`.
    pub creation_time: f64,
    pub last_modified_time: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest_flywheel_iteration: Option<String>,
}

/// The answer to Describe and to Update.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FlywheelResponse {
    pub flywheel_properties: FlywheelProperties,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FlywheelSummary {
    pub flywheel_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_model_arn: Option<String>,
    pub data_lake_s3_uri: String,
    pub status: FlywheelStatus,
    pub model_type: ModelType,
    /// Seconds since 1970, as is `last_modified_time`.
    pub creation_time: f64,
    pub last_modified_time: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest_flywheel_iteration: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListFlywheelsResponse {
    pub flywheel_summary_list: Vec<FlywheelSummary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FlywheelFilter {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<FlywheelStatus>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creation_time_after: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creation_time_before: Option<f64>,
}

impl ListFlywheelsRequest {
    /// The one filter that is set, if any.
    pub fn filter(&self) -> Result<Option<ResourceFilter<FlywheelStatus>>, ApiError> {
        let filter = self.filter.clone().unwrap_or_default();
        let members = [
            filter.status.map(ResourceFilter::Status),
            ResourceFilter::created_before(filter.creation_time_before),
            ResourceFilter::created_after(filter.creation_time_after),
        ];
        ResourceFilter::single(members, ErrorCode::InvalidFilterException)
    }
}

create_request! { CreateFlywheelRequest = "CreateFlywheel", flywheel_name, CREATE_REQUEST }

impl Request for UpdateFlywheelRequest {
    const OPERATION: &'static str = "UpdateFlywheel";
    const SHAPE: &'static Shape = &UPDATE_REQUEST;
}

arn_requests! {
    flywheel_arn: common::FLYWHEEL_ARN as "FlywheelArn";
    DescribeFlywheelRequest = "DescribeFlywheel",
    DeleteFlywheelRequest = "DeleteFlywheel",
}

filtered_list_request! { ListFlywheelsRequest = "ListFlywheels", FlywheelFilter, FILTER }

static LABEL_PATTERN: Pattern = Pattern::new(r"^\P{C}*$");
static LABEL: Rule = Rule::String(StringRule::new().max(5000).pattern(&LABEL_PATTERN));

static CLASSIFICATION_TASK: Shape = Shape {
    members: &[
        required("Mode", CLASSIFIER_MODE),
        optional("Labels", Rule::List(ListRule::of(&LABEL).max(1000))),
    ],
};

static RECOGNITION_TASK: Shape = Shape {
    members: &[required("EntityTypes", ENTITY_TYPES)],
};

static TASK: Shape = Shape {
    members: &[
        required("LanguageCode", common::LANGUAGE_CODE),
        optional("DocumentClassificationConfig", Rule::Structure(&CLASSIFICATION_TASK)),
        optional("EntityRecognitionConfig", Rule::Structure(&RECOGNITION_TASK)),
    ],
};

static SECURITY: Shape = Shape {
    members: &[
        optional("ModelKmsKeyId", common::KMS_KEY_ID),
        optional("VolumeKmsKeyId", common::KMS_KEY_ID),
        optional("DataLakeKmsKeyId", common::KMS_KEY_ID),
        optional("VpcConfig", Rule::Structure(&common::VPC_CONFIG)),
    ],
};

static SECURITY_UPDATE: Shape = Shape {
    members: &[
        optional("ModelKmsKeyId", common::KMS_KEY_ID),
        optional("VolumeKmsKeyId", common::KMS_KEY_ID),
        optional("VpcConfig", Rule::Structure(&common::VPC_CONFIG)),
    ],
};

static FILTER: Shape = Shape {
    members: &[
        optional("Status", Rule::String(StringRule::new().one_of(FlywheelStatus::NAMES))),
        optional("CreationTimeAfter", Rule::Timestamp),
        optional("CreationTimeBefore", Rule::Timestamp),
    ],
};

static CREATE_REQUEST: Shape = Shape {
    members: &[
        required("FlywheelName", common::RESOURCE_NAME),
        optional("ActiveModelArn", common::MODEL_ARN),
        required("DataAccessRoleArn", common::ROLE_ARN),
        optional("TaskConfig", Rule::Structure(&TASK)),
        optional("ModelType", Rule::String(StringRule::new().one_of(ModelType::NAMES))),
        required(
            "DataLakeS3Uri",
            Rule::String(StringRule::new().max(512).pattern(&common::S3_URI_PATTERN)),
        ),
        optional("DataSecurityConfig", Rule::Structure(&SECURITY)),
        optional("ClientRequestToken", common::CLIENT_REQUEST_TOKEN),
        optional("Tags", tags::TAG_LIST),
    ],
};

static UPDATE_REQUEST: Shape = Shape {
    members: &[
        required("FlywheelArn", common::FLYWHEEL_ARN),
        optional("ActiveModelArn", common::MODEL_ARN),
        optional("DataAccessRoleArn", common::ROLE_ARN),
        optional("DataSecurityConfig", Rule::Structure(&SECURITY_UPDATE)),
    ],
};

#[cfg(test)]
mod tests;
