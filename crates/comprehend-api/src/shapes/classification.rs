//! Custom classification: jobs here, one document at a time in [`synchronous`].

mod synchronous;

pub use synchronous::{ClassifyDocumentRequest, ClassifyDocumentResponse, DocumentClass, DocumentToClassify};

use super::common::{self, InputDataConfig, OutputDataConfig, VpcConfig, check_role, check_volume_key};
use super::job::{JobFilterMembers, JobRecord, JobStatus, ListRequest, epoch_seconds};
use super::tags::{self, Tag, check_tags};
use crate::Caller;
use crate::arn::{ResourceArn, RoleArn};
use crate::decode::Request;
use crate::error::{ApiError, ErrorCode};
use crate::output::output_prefix;
use crate::s3_uri::S3Uri;
use crate::validate::{Rule, Shape, optional, required};
use serde::{Deserialize, Serialize};

/// In a job's ARN.
pub const RESOURCE_TYPE: &str = "document-classification-job";
/// In the path of a job's results.
pub const OUTPUT_CODE: &str = "CLN";
/// The archive with a job's results, in its folder, and the archive's one member.
pub const ARCHIVE_NAME: &str = "output.tar.gz";
pub const ARCHIVE_MEMBER: &str = "predictions.jsonl";
/// Longest document of plain text, in bytes: "10 MB" of the service's guidelines, 1,024-based as its job errors are.
pub const DOCUMENT_LIMIT: u64 = 10 << 20;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StartDocumentClassificationJobRequest {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_classifier_arn: Option<String>,
    pub input_data_config: InputDataConfig,
    pub output_data_config: OutputDataConfig,
    pub data_access_role_arn: String,
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

/// What a job works with, as the request names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelChoice {
    /// ARN of a model.
    Model(String),
    /// ARN of the flywheel whose active model it is.
    Flywheel(String),
}

impl ModelChoice {
    pub fn arn(&self) -> &str {
        match self {
            Self::Model(arn) | Self::Flywheel(arn) => arn,
        }
    }

    /// The one of two members that is set, of which `member` is the name of the first.
    pub(super) fn of(member: &str, model: Option<&String>, flywheel: Option<&String>) -> Result<Self, ApiError> {
        match (model, flywheel) {
            (Some(model), None) => Ok(Self::Model(model.clone())),
            (None, Some(flywheel)) => Ok(Self::Flywheel(flywheel.clone())),
            _ => Err(ApiError::invalid_request(format!(
                "Exactly one of {member} and FlywheelArn must be specified."
            ))),
        }
    }
}

/// What a checked start request amounts to.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassificationJob {
    pub input: S3Uri,
    pub output: S3Uri,
    pub role: RoleArn,
    pub model: ModelChoice,
    /// Whether documents that have their text in the file are to be read from their pictures all the same.
    pub forces_reading: bool,
}

impl StartDocumentClassificationJobRequest {
    /// The checks that the shape cannot express.
    pub fn check(&self, caller: &Caller) -> Result<ClassificationJob, ApiError> {
        let input = self.input_data_config.check()?;
        let output = self.output_data_config.check(caller, OUTPUT_CODE)?;
        let role = check_role(caller, &self.data_access_role_arn)?;
        check_volume_key(self.volume_kms_key_id.as_deref())?;
        check_tags(self.tags.as_deref().unwrap_or_default())?;
        let model = ModelChoice::of(
            "DocumentClassifierArn",
            self.document_classifier_arn.as_ref(),
            self.flywheel_arn.as_ref(),
        )?;
        let reader = self.input_data_config.document_reader_config.as_ref();
        Ok(ClassificationJob {
            input,
            output,
            role,
            model,
            forces_reading: reader.is_some_and(|reader| reader.forces_reading()),
        })
    }

    /// What Describe and List answer about the job that this request started. `classifier`: ARN of the classifier
    /// that it works with.
    pub fn describe(
        &self,
        caller: &Caller,
        job: &JobRecord<'_>,
        classifier: &str,
    ) -> DocumentClassificationJobProperties {
        DocumentClassificationJobProperties {
            job_id: job.job_id.to_owned(),
            job_arn: job_arn(caller, job.job_id),
            job_name: self.job_name.clone(),
            job_status: job.status,
            message: job.message.map(str::to_owned),
            submit_time: epoch_seconds(job.submit_time_micros),
            end_time: job.end_time_micros.map(epoch_seconds),
            document_classifier_arn: classifier.to_owned(),
            input_data_config: InputDataConfig {
                input_format: Some(self.input_data_config.format()),
                ..self.input_data_config.clone()
            },
            output_data_config: OutputDataConfig {
                s3_uri: job.results.to_owned(),
                ..self.output_data_config.clone()
            },
            data_access_role_arn: self.data_access_role_arn.clone(),
            volume_kms_key_id: self.volume_kms_key_id.clone(),
            vpc_config: self.vpc_config.clone(),
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
pub struct StartDocumentClassificationJobResponse {
    pub job_id: String,
    pub job_arn: String,
    pub job_status: JobStatus,
    pub document_classifier_arn: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeDocumentClassificationJobResponse {
    pub document_classification_job_properties: DocumentClassificationJobProperties,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DocumentClassificationJobProperties {
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
    pub document_classifier_arn: String,
    pub input_data_config: InputDataConfig,
    pub output_data_config: OutputDataConfig,
    pub data_access_role_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_kms_key_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_config: Option<VpcConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flywheel_arn: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListDocumentClassificationJobsResponse {
    pub document_classification_job_properties_list: Vec<DocumentClassificationJobProperties>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// There is no Stop for these jobs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeDocumentClassificationJobRequest {
    pub job_id: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListDocumentClassificationJobsRequest {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<JobFilterMembers>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_results: Option<u32>,
}

impl Request for StartDocumentClassificationJobRequest {
    const OPERATION: &'static str = "StartDocumentClassificationJob";
    const SHAPE: &'static Shape = &START_REQUEST;
}

impl Request for DescribeDocumentClassificationJobRequest {
    const OPERATION: &'static str = "DescribeDocumentClassificationJob";
    const SHAPE: &'static Shape = &super::job::JOB_ID_REQUEST;
}

impl Request for ListDocumentClassificationJobsRequest {
    const OPERATION: &'static str = "ListDocumentClassificationJobs";
    const SHAPE: &'static Shape = &super::job::LIST_REQUEST;
}

impl ListRequest for ListDocumentClassificationJobsRequest {
    const FILTER_ERROR: ErrorCode = ErrorCode::InvalidFilterException;

    fn filter_members(&self) -> Option<&JobFilterMembers> {
        self.filter.as_ref()
    }

    fn next_token(&self) -> Option<&str> {
        self.next_token.as_deref()
    }

    fn max_results(&self) -> u32 {
        self.max_results.unwrap_or(super::job::DEFAULT_MAX_RESULTS)
    }
}

static START_REQUEST: Shape = Shape {
    members: &[
        optional("JobName", common::JOB_NAME),
        optional("DocumentClassifierArn", common::DOCUMENT_CLASSIFIER_ARN),
        required("InputDataConfig", Rule::Structure(&common::INPUT_DATA_CONFIG)),
        required("OutputDataConfig", Rule::Structure(&common::OUTPUT_DATA_CONFIG)),
        required("DataAccessRoleArn", common::ROLE_ARN),
        optional("ClientRequestToken", common::CLIENT_REQUEST_TOKEN),
        optional("VolumeKmsKeyId", common::KMS_KEY_ID),
        optional("VpcConfig", Rule::Structure(&common::VPC_CONFIG)),
        optional("Tags", tags::TAG_LIST),
        optional("FlywheelArn", common::FLYWHEEL_ARN),
    ],
};

#[cfg(test)]
mod tests;
