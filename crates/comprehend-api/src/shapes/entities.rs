//! Entity detection: jobs here, one or a few texts at a time in [`synchronous`].

mod synchronous;

pub use synchronous::{
    BatchDetectEntitiesItemResult, BatchDetectEntitiesRequest, BatchDetectEntitiesResponse, CustomEntitiesDocument,
    DetectEntitiesInFileResponse, DetectEntitiesInput, DetectEntitiesRequest, DetectEntitiesResponse, EntitiesText,
    MAX_BATCH_TEXT_BYTES, MAX_TEXT_BYTES,
};

use super::common::{self, InputDataConfig, LanguageCode, OutputDataConfig, VpcConfig, check_role, check_volume_key};
use super::job::{JobRecord, JobStatus, epoch_seconds, job_requests};
use super::tags::{self, Tag, check_tags};
use crate::Caller;
use crate::arn::{ResourceArn, RoleArn};
use crate::decode::Request;
use crate::error::ApiError;
use crate::output::output_prefix;
use crate::s3_uri::S3Uri;
use crate::shapes::classification::ModelChoice;
use crate::validate::{Rule, Shape, optional, required};
use serde::{Deserialize, Serialize};

/// In a job's ARN.
pub const RESOURCE_TYPE: &str = "entities-detection-job";
/// In the path of a job's results.
pub const OUTPUT_CODE: &str = "NER";
/// The archive with a job's results, in its folder, and the archive's one member.
pub const ARCHIVE_NAME: &str = "output.tar.gz";
pub const ARCHIVE_MEMBER: &str = "output";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StartEntitiesDetectionJobRequest {
    pub input_data_config: InputDataConfig,
    pub output_data_config: OutputDataConfig,
    pub data_access_role_arn: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity_recognizer_arn: Option<String>,
    pub language_code: LanguageCode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_request_token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume_kms_key_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vpc_config: Option<VpcConfig>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Tag>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flywheel_arn: Option<String>,
}

/// What a checked start request amounts to.
#[derive(Clone, Debug, PartialEq)]
pub struct EntitiesJob {
    pub input: S3Uri,
    pub output: S3Uri,
    pub role: RoleArn,
    pub analysis: EntitiesAnalysis,
    /// The recognizer that is to be used in place of the engine.
    pub model: Option<ModelChoice>,
    /// Whether documents that have their text in the file are to be read from their pictures all the same.
    pub forces_reading: bool,
}

/// What the engine is to do. The gateway stores it with the job, the worker reads it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntitiesAnalysis {
    pub language: LanguageCode,
}

impl StartEntitiesDetectionJobRequest {
    /// The checks that the shape cannot express.
    pub fn check(&self, caller: &Caller) -> Result<EntitiesJob, ApiError> {
        let input = self.input_data_config.check()?;
        let output = self.output_data_config.check(caller, OUTPUT_CODE)?;
        let role = check_role(caller, &self.data_access_role_arn)?;
        check_volume_key(self.volume_kms_key_id.as_deref())?;
        check_tags(self.tags.as_deref().unwrap_or_default())?;
        let model = match (&self.entity_recognizer_arn, &self.flywheel_arn) {
            (None, None) => None,
            (recognizer, flywheel) => Some(ModelChoice::of(
                "EntityRecognizerArn",
                recognizer.as_ref(),
                flywheel.as_ref(),
            )?),
        };
        let reader = self.input_data_config.document_reader_config.as_ref();
        Ok(EntitiesJob {
            input,
            output,
            role,
            analysis: EntitiesAnalysis {
                language: self.language_code,
            },
            model,
            forces_reading: reader.is_some_and(|reader| reader.forces_reading()),
        })
    }

    /// What Describe and List answer about the job that this request started. `recognizer`: ARN of the one that it
    /// works with, if it is not the engine.
    pub fn describe(
        &self,
        caller: &Caller,
        job: &JobRecord<'_>,
        recognizer: Option<&str>,
    ) -> EntitiesDetectionJobProperties {
        let input_format = Some(self.input_data_config.format());
        EntitiesDetectionJobProperties {
            job_id: job.job_id.to_owned(),
            job_arn: job_arn(caller, job.job_id),
            job_name: self.job_name.clone(),
            job_status: job.status,
            message: job.message.map(str::to_owned),
            submit_time: epoch_seconds(job.submit_time_micros),
            end_time: job.end_time_micros.map(epoch_seconds),
            input_data_config: InputDataConfig {
                input_format,
                ..self.input_data_config.clone()
            },
            output_data_config: OutputDataConfig {
                s3_uri: job.results.to_owned(),
                ..self.output_data_config.clone()
            },
            language_code: self.language_code,
            data_access_role_arn: self.data_access_role_arn.clone(),
            volume_kms_key_id: self.volume_kms_key_id.clone(),
            vpc_config: self.vpc_config.clone(),
            entity_recognizer_arn: recognizer.map(str::to_owned),
            flywheel_arn: self.flywheel_arn.clone(),
        }
    }
}

pub fn job_arn(caller: &Caller, job_id: &str) -> String {
    ResourceArn::new(&caller.region, &caller.account, RESOURCE_TYPE, job_id).to_string()
}

/// The folder of a job's archive.
pub fn results_folder(output: &S3Uri, caller: &Caller, job_id: &str) -> S3Uri {
    output_prefix(output, &caller.account, OUTPUT_CODE, job_id)
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StartEntitiesDetectionJobResponse {
    pub job_id: String,
    pub job_arn: String,
    pub job_status: JobStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entity_recognizer_arn: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeEntitiesDetectionJobResponse {
    pub entities_detection_job_properties: EntitiesDetectionJobProperties,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EntitiesDetectionJobProperties {
    pub job_id: String,
    pub job_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_name: Option<String>,
    pub job_status: JobStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Seconds since 1970, as is `end_time`.
    pub submit_time: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<f64>,
    pub input_data_config: InputDataConfig,
    pub output_data_config: OutputDataConfig,
    pub language_code: LanguageCode,
    pub data_access_role_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_kms_key_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_config: Option<VpcConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entity_recognizer_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flywheel_arn: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListEntitiesDetectionJobsResponse {
    pub entities_detection_job_properties_list: Vec<EntitiesDetectionJobProperties>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

impl Request for StartEntitiesDetectionJobRequest {
    const OPERATION: &'static str = "StartEntitiesDetectionJob";
    const SHAPE: &'static Shape = &START_REQUEST;
}

job_requests! {
    DescribeEntitiesDetectionJobRequest = "DescribeEntitiesDetectionJob",
    ListEntitiesDetectionJobsRequest = "ListEntitiesDetectionJobs",
    StopEntitiesDetectionJobRequest = "StopEntitiesDetectionJob"
}

static START_REQUEST: Shape = Shape {
    members: &[
        required("InputDataConfig", Rule::Structure(&common::INPUT_DATA_CONFIG)),
        required("OutputDataConfig", Rule::Structure(&common::OUTPUT_DATA_CONFIG)),
        required("DataAccessRoleArn", common::ROLE_ARN),
        optional("JobName", common::JOB_NAME),
        optional("EntityRecognizerArn", common::ENTITY_RECOGNIZER_ARN),
        required("LanguageCode", common::LANGUAGE_CODE),
        optional("ClientRequestToken", common::CLIENT_REQUEST_TOKEN),
        optional("VolumeKmsKeyId", common::KMS_KEY_ID),
        optional("VpcConfig", Rule::Structure(&common::VPC_CONFIG)),
        optional("Tags", tags::TAG_LIST),
        optional("FlywheelArn", common::FLYWHEEL_ARN),
    ],
};

#[cfg(test)]
mod tests;
