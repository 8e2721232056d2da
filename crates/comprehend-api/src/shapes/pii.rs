//! PII detection: jobs here, one text at a time in [`synchronous`].

mod analysis;
mod synchronous;

pub use analysis::{MaskMode, PiiAnalysis, PiiMode, PiiTypes};
pub use synchronous::{
    ContainsPiiEntitiesRequest, ContainsPiiEntitiesResponse, DetectPiiEntitiesRequest, DetectPiiEntitiesResponse,
    EntityLabel, MAX_TEXT_BYTES,
};

use super::common::{self, InputDataConfig, LanguageCode, OutputDataConfig, check_role};
use super::job::{JobRecord, JobStatus, epoch_seconds, job_requests};
use super::string_enum;
use super::tags::{self, Tag, check_tags};
use crate::Caller;
use crate::arn::{ResourceArn, RoleArn};
use crate::decode::Request;
use crate::error::ApiError;
use crate::output::output_prefix;
use crate::s3_uri::S3Uri;
use crate::validate::{ListRule, Pattern, Rule, Shape, StringRule, enum_violation, optional, required};
use serde::{Deserialize, Serialize};

/// In a job's ARN.
pub const RESOURCE_TYPE: &str = "pii-entities-detection-job";
/// In the path of a job's results.
pub const OUTPUT_CODE: &str = "PII";
/// The languages that PII detection is documented for.
pub const LANGUAGES: &[LanguageCode] = &[LanguageCode::En, LanguageCode::Es];

string_enum! {
    /// Types of findings, and `ALL`, which stands for every one of them.
    PiiEntityType {
        BankAccountNumber = "BANK_ACCOUNT_NUMBER",
        BankRouting = "BANK_ROUTING",
        CreditDebitNumber = "CREDIT_DEBIT_NUMBER",
        CreditDebitCvv = "CREDIT_DEBIT_CVV",
        CreditDebitExpiry = "CREDIT_DEBIT_EXPIRY",
        Pin = "PIN",
        Email = "EMAIL",
        Address = "ADDRESS",
        Name = "NAME",
        Phone = "PHONE",
        Ssn = "SSN",
        DateTime = "DATE_TIME",
        PassportNumber = "PASSPORT_NUMBER",
        DriverId = "DRIVER_ID",
        Url = "URL",
        Age = "AGE",
        Username = "USERNAME",
        Password = "PASSWORD",
        AwsAccessKey = "AWS_ACCESS_KEY",
        AwsSecretKey = "AWS_SECRET_KEY",
        IpAddress = "IP_ADDRESS",
        MacAddress = "MAC_ADDRESS",
        All = "ALL",
        LicensePlate = "LICENSE_PLATE",
        VehicleIdentificationNumber = "VEHICLE_IDENTIFICATION_NUMBER",
        UkNationalInsuranceNumber = "UK_NATIONAL_INSURANCE_NUMBER",
        CaSocialInsuranceNumber = "CA_SOCIAL_INSURANCE_NUMBER",
        UsIndividualTaxIdentificationNumber = "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER",
        UkUniqueTaxpayerReferenceNumber = "UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER",
        InPermanentAccountNumber = "IN_PERMANENT_ACCOUNT_NUMBER",
        InNrega = "IN_NREGA",
        InternationalBankAccountNumber = "INTERNATIONAL_BANK_ACCOUNT_NUMBER",
        SwiftCode = "SWIFT_CODE",
        UkNationalHealthServiceNumber = "UK_NATIONAL_HEALTH_SERVICE_NUMBER",
        CaHealthNumber = "CA_HEALTH_NUMBER",
        InAadhaar = "IN_AADHAAR",
        InVoterNumber = "IN_VOTER_NUMBER",
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RedactionConfig {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pii_entity_types: Option<Vec<PiiEntityType>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask_mode: Option<MaskMode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask_character: Option<char>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StartPiiEntitiesDetectionJobRequest {
    pub input_data_config: InputDataConfig,
    pub output_data_config: OutputDataConfig,
    pub mode: PiiMode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redaction_config: Option<RedactionConfig>,
    pub data_access_role_arn: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_name: Option<String>,
    pub language_code: LanguageCode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_request_token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Tag>>,
}

/// What a checked start request amounts to.
#[derive(Clone, Debug, PartialEq)]
pub struct PiiJob {
    pub input: S3Uri,
    pub output: S3Uri,
    pub role: RoleArn,
    pub analysis: PiiAnalysis,
}

impl StartPiiEntitiesDetectionJobRequest {
    /// The checks that the shape cannot express.
    ///
    /// A language that the service has but PII detection does not is answered like a value outside
    /// the member's enum: this operation does not list UnsupportedLanguageException among its errors.
    pub fn check(&self, caller: &Caller) -> Result<PiiJob, ApiError> {
        if !LANGUAGES.contains(&self.language_code) {
            let allowed: Vec<&str> = LANGUAGES.iter().map(|language| language.as_str()).collect();
            return Err(enum_violation("LanguageCode", self.language_code.as_str(), &allowed));
        }
        let analysis = PiiAnalysis::from_request(self)?;
        let input = self.input_data_config.check()?;
        let output = self.output_data_config.check(caller, OUTPUT_CODE)?;
        let role = check_role(caller, &self.data_access_role_arn)?;
        check_tags(self.tags.as_deref().unwrap_or_default())?;
        Ok(PiiJob {
            input,
            output,
            role,
            analysis,
        })
    }

    /// What Describe and List answer about the job that this request started.
    pub fn describe(&self, caller: &Caller, job: &JobRecord<'_>) -> PiiEntitiesDetectionJobProperties {
        let input_format = Some(self.input_data_config.format());
        PiiEntitiesDetectionJobProperties {
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
            redaction_config: self.redaction_config.clone(),
            language_code: self.language_code,
            data_access_role_arn: self.data_access_role_arn.clone(),
            mode: self.mode,
        }
    }
}

pub fn job_arn(caller: &Caller, job_id: &str) -> String {
    ResourceArn::new(&caller.region, &caller.account, RESOURCE_TYPE, job_id).to_string()
}

/// The folder of a PII job's `.out` files.
pub fn results_location(output: &S3Uri, caller: &Caller, job_id: &str) -> S3Uri {
    output_prefix(output, &caller.account, OUTPUT_CODE, job_id)
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StartPiiEntitiesDetectionJobResponse {
    pub job_id: String,
    pub job_arn: String,
    pub job_status: JobStatus,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribePiiEntitiesDetectionJobResponse {
    pub pii_entities_detection_job_properties: PiiEntitiesDetectionJobProperties,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PiiEntitiesDetectionJobProperties {
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redaction_config: Option<RedactionConfig>,
    pub language_code: LanguageCode,
    pub data_access_role_arn: String,
    pub mode: PiiMode,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListPiiEntitiesDetectionJobsResponse {
    pub pii_entities_detection_job_properties_list: Vec<PiiEntitiesDetectionJobProperties>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

impl Request for StartPiiEntitiesDetectionJobRequest {
    const OPERATION: &'static str = "StartPiiEntitiesDetectionJob";
    const SHAPE: &'static Shape = &START_REQUEST;
}

job_requests! {
    DescribePiiEntitiesDetectionJobRequest = "DescribePiiEntitiesDetectionJob",
    ListPiiEntitiesDetectionJobsRequest = "ListPiiEntitiesDetectionJobs",
    StopPiiEntitiesDetectionJobRequest = "StopPiiEntitiesDetectionJob"
}

static MASK_CHARACTER_PATTERN: Pattern = Pattern::new("[!@#$%&*]");

static REDACTION_CONFIG: Shape = Shape {
    members: &[
        optional(
            "PiiEntityTypes",
            Rule::List(ListRule::of(&Rule::String(
                StringRule::new().one_of(PiiEntityType::NAMES),
            ))),
        ),
        optional("MaskMode", Rule::String(StringRule::new().one_of(MaskMode::NAMES))),
        optional(
            "MaskCharacter",
            Rule::String(StringRule::new().min(1).max(1).pattern(&MASK_CHARACTER_PATTERN)),
        ),
    ],
};

static START_REQUEST: Shape = Shape {
    members: &[
        required("InputDataConfig", Rule::Structure(&common::INPUT_DATA_CONFIG)),
        required("OutputDataConfig", Rule::Structure(&common::OUTPUT_DATA_CONFIG)),
        required("Mode", Rule::String(StringRule::new().one_of(PiiMode::NAMES))),
        optional("RedactionConfig", Rule::Structure(&REDACTION_CONFIG)),
        required("DataAccessRoleArn", common::ROLE_ARN),
        optional("JobName", common::JOB_NAME),
        required("LanguageCode", common::LANGUAGE_CODE),
        optional("ClientRequestToken", common::CLIENT_REQUEST_TOKEN),
        optional("Tags", tags::TAG_LIST),
    ],
};

#[cfg(test)]
mod tests;
