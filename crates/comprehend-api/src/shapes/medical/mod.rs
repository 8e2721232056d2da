//! Comprehend Medical: batch jobs here, one text at a time in [`detect`].

pub mod detect;

use super::common;
use super::job::{JobRecord, JobStatus, epoch_seconds, job_requests};
use super::string_enum;
use crate::Caller;
use crate::arn::is_kms_key_reference;
use crate::decode::Request;
use crate::error::ApiError;
use crate::output::batch_prefix;
use crate::s3_uri::{MAX_KEY_BYTES, S3Uri};
use crate::validate::{Pattern, Rule, Shape, StringRule, optional, required};
use serde::{Deserialize, Serialize};

/// Longest file of a batch, in bytes: "40 KB" of the service's quotas, 1,024-based as all limits of jobs are.
pub const FILE_LIMIT: u64 = 40 << 10;

/// How long after its submission the service forgets a job, in microseconds: 120 days.
const LIFETIME_MICROS: i64 = 120 * 24 * 3600 * 1_000_000;

string_enum! {
    /// The languages of the service.
    LanguageCode { En = "en" }
}

string_enum! {
    /// A type of job, as the folders of results are named.
    JobType { EntitiesDetection = "EntitiesDetection", PhiDetection = "PHIDetection" }
}

impl JobType {
    /// As the manifest of a batch calls it.
    pub const fn manifest_name(self) -> &'static str {
        match self {
            Self::EntitiesDetection => "DetectEntitiesJob",
            Self::PhiDetection => "PHIDetection",
        }
    }
}

/// A place in a bucket: one object, or the beginning of many keys.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataConfig {
    #[serde(rename = "S3Bucket")]
    pub s3_bucket: String,
    #[serde(default, rename = "S3Key", skip_serializing_if = "Option::is_none")]
    pub s3_key: Option<String>,
}

impl DataConfig {
    fn check(&self, member: &str) -> Result<S3Uri, ApiError> {
        let key = self.s3_key.as_deref().unwrap_or_default();
        if key.contains("//") {
            return Err(ApiError::invalid_request(format!(
                "{member}.S3Key cannot contain two slashes in a row."
            )));
        }
        format!("s3://{}/{key}", self.s3_bucket)
            .parse()
            .map_err(|error| ApiError::invalid_request(format!("{member} {error}.")))
    }
}

/// The members of every Start request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StartJob {
    pub input_data_config: DataConfig,
    pub output_data_config: DataConfig,
    pub data_access_role_arn: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_request_token: Option<String>,
    #[serde(default, rename = "KMSKey", skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<String>,
    pub language_code: LanguageCode,
}

/// What a checked start request amounts to.
#[derive(Clone, Debug, PartialEq)]
pub struct MedicalJob {
    pub input: S3Uri,
    pub output: S3Uri,
}

/// A Start request of this service.
pub trait StartRequest: Request + From<StartJob> + AsRef<StartJob> {
    const JOB_TYPE: JobType;
}

impl StartJob {
    /// The checks that the shape cannot express.
    pub fn check(&self, caller: &Caller, job_type: JobType) -> Result<MedicalJob, ApiError> {
        let input = self.input_data_config.check("InputDataConfig")?;
        let output = self.output_data_config.check("OutputDataConfig")?;
        let results = results_location(&output, caller, job_type, &"0".repeat(32));
        if results.key.len() >= MAX_KEY_BYTES {
            return Err(ApiError::invalid_request(format!(
                "OutputDataConfig.S3Key is too long: the keys of the results would exceed {MAX_KEY_BYTES} bytes.",
            )));
        }
        common::check_role(caller, &self.data_access_role_arn)?;
        if self.kms_key.as_deref().is_some_and(|key| !is_kms_key_reference(key)) {
            return Err(ApiError::invalid_request(
                "KMSKey must be a KMS key id, key ARN, alias name or alias ARN.",
            ));
        }
        Ok(MedicalJob { input, output })
    }

    /// What Describe and List answer about the job that this request started. `results` is the job's folder;
    /// `manifest`, the key of its manifest if there is one.
    pub fn describe(
        &self,
        job: &JobRecord<'_>,
        results: &S3Uri,
        manifest: Option<String>,
        model_version: &'static str,
    ) -> JobProperties {
        JobProperties {
            job_id: job.job_id.to_owned(),
            job_name: self.job_name.clone(),
            job_status: job.status,
            message: job.message.map(str::to_owned),
            submit_time: epoch_seconds(job.submit_time_micros),
            end_time: job.end_time_micros.map(epoch_seconds),
            expiration_time: epoch_seconds(job.submit_time_micros.saturating_add(LIFETIME_MICROS)),
            input_data_config: self.input_data_config.clone(),
            output_data_config: DataConfig {
                s3_bucket: results.bucket.clone(),
                s3_key: Some(results.key.clone()),
            },
            language_code: self.language_code,
            data_access_role_arn: self.data_access_role_arn.clone(),
            manifest_file_path: manifest,
            kms_key: self.kms_key.clone(),
            model_version,
        }
    }
}

/// The folder of a job's results.
pub fn results_location(output: &S3Uri, caller: &Caller, job_type: JobType, job_id: &str) -> S3Uri {
    batch_prefix(output, &caller.account, job_type.as_str(), job_id)
}

/// The answer to Start and Stop.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct JobIdResponse {
    pub job_id: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeResponse {
    pub comprehend_medical_async_job_properties: JobProperties,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListResponse {
    pub comprehend_medical_async_job_properties_list: Vec<JobProperties>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct JobProperties {
    pub job_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_name: Option<String>,
    pub job_status: JobStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Seconds since 1970, as are the other times.
    pub submit_time: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<f64>,
    pub expiration_time: f64,
    pub input_data_config: DataConfig,
    pub output_data_config: DataConfig,
    pub language_code: LanguageCode,
    pub data_access_role_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifest_file_path: Option<String>,
    #[serde(rename = "KMSKey", skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<String>,
    pub model_version: &'static str,
}

macro_rules! start_request {
    ($request:ident = $operation:literal, $job_type:ident) => {
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $request(pub StartJob);

        impl From<StartJob> for $request {
            fn from(job: StartJob) -> Self {
                Self(job)
            }
        }

        impl AsRef<StartJob> for $request {
            fn as_ref(&self) -> &StartJob {
                &self.0
            }
        }

        impl Request for $request {
            const OPERATION: &'static str = $operation;
            const SHAPE: &'static Shape = &START_REQUEST;
        }

        impl StartRequest for $request {
            const JOB_TYPE: JobType = JobType::$job_type;
        }
    };
}

start_request!(
    StartEntitiesDetectionV2JobRequest = "StartEntitiesDetectionV2Job",
    EntitiesDetection
);
start_request!(StartPhiDetectionJobRequest = "StartPHIDetectionJob", PhiDetection);

job_requests! {
    DescribeEntitiesDetectionV2JobRequest = "DescribeEntitiesDetectionV2Job",
    ListEntitiesDetectionV2JobsRequest = "ListEntitiesDetectionV2Jobs" where LIST_REQUEST, ValidationException,
    StopEntitiesDetectionV2JobRequest = "StopEntitiesDetectionV2Job"
}

job_requests! {
    DescribePhiDetectionJobRequest = "DescribePHIDetectionJob",
    ListPhiDetectionJobsRequest = "ListPHIDetectionJobs" where LIST_REQUEST, ValidationException,
    StopPhiDetectionJobRequest = "StopPHIDetectionJob"
}

/// The look-ahead stands before the end, where nothing follows: it is always content.
static S3_BUCKET_PATTERN: Pattern = Pattern::written(r"^[0-9a-z\.\-_]*(?!\.)$", r"^[0-9a-z\.\-_]*$");
static ANY_PATTERN: Pattern = Pattern::new(".*");

static DATA_CONFIG: Shape = Shape {
    members: &[
        required(
            "S3Bucket",
            Rule::String(StringRule::new().min(3).max(63).pattern(&S3_BUCKET_PATTERN)),
        ),
        optional("S3Key", Rule::String(StringRule::new().max(1024).pattern(&ANY_PATTERN))),
    ],
};

static START_REQUEST: Shape = Shape {
    members: &[
        required("InputDataConfig", Rule::Structure(&DATA_CONFIG)),
        required("OutputDataConfig", Rule::Structure(&DATA_CONFIG)),
        required("DataAccessRoleArn", common::ROLE_ARN),
        optional("JobName", common::JOB_NAME),
        optional("ClientRequestToken", common::CLIENT_REQUEST_TOKEN),
        optional(
            "KMSKey",
            Rule::String(StringRule::new().min(1).max(2048).pattern(&ANY_PATTERN)),
        ),
        required(
            "LanguageCode",
            Rule::String(StringRule::new().one_of(LanguageCode::NAMES)),
        ),
    ],
};

static JOB_FILTER: Shape = Shape {
    members: &[
        optional("JobName", common::JOB_NAME),
        optional("JobStatus", Rule::String(StringRule::new().one_of(JobStatus::NAMES))),
        optional("SubmitTimeBefore", Rule::Timestamp),
        optional("SubmitTimeAfter", Rule::Timestamp),
    ],
};

static LIST_REQUEST: Shape = Shape {
    members: &[
        optional("Filter", Rule::Structure(&JOB_FILTER)),
        optional("NextToken", Rule::String(StringRule::new().min(1))),
        optional(
            "MaxResults",
            Rule::Integer {
                min: Some(1),
                max: Some(500),
            },
        ),
    ],
};

#[cfg(test)]
mod tests;
