//! Shapes that every kind of analysis job shares: input, output, role, language.

use super::string_enum;
use crate::Caller;
use crate::arn::{RoleArn, is_kms_key, is_kms_key_reference};
use crate::error::{ApiError, ErrorCode};
use crate::output::output_prefix;
use crate::s3_uri::{MAX_KEY_BYTES, S3Uri};
use crate::validate::{ListRule, Pattern, Rule, Shape, StringRule, optional, required};
use serde::{Deserialize, Serialize};

string_enum! {
    LanguageCode {
        En = "en", Es = "es", Fr = "fr", De = "de", It = "it", Pt = "pt", Ar = "ar", Hi = "hi", Ja = "ja",
        Ko = "ko", Zh = "zh", ZhTw = "zh-TW",
    }
}

string_enum! {
    /// What one document is.
    InputFormat { OneDocPerFile = "ONE_DOC_PER_FILE", OneDocPerLine = "ONE_DOC_PER_LINE" }
}

string_enum! {
    DocumentReadAction {
        DetectDocumentText = "TEXTRACT_DETECT_DOCUMENT_TEXT",
        AnalyzeDocument = "TEXTRACT_ANALYZE_DOCUMENT",
    }
}

string_enum! {
    DocumentReadMode {
        ServiceDefault = "SERVICE_DEFAULT",
        ForceDocumentReadAction = "FORCE_DOCUMENT_READ_ACTION",
    }
}

string_enum! {
    DocumentReadFeature { Tables = "TABLES", Forms = "FORMS" }
}

/// How scanned and structured documents are to be read; accepted and unused by text-only jobs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DocumentReaderConfig {
    pub document_read_action: DocumentReadAction,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_read_mode: Option<DocumentReadMode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feature_types: Option<Vec<DocumentReadFeature>>,
}

impl DocumentReaderConfig {
    /// Whether documents that have their text in the file are to be read from their pictures all the same.
    pub fn forces_reading(&self) -> bool {
        self.document_read_mode == Some(DocumentReadMode::ForceDocumentReadAction)
    }

    pub(super) fn check(&self) -> Result<(), ApiError> {
        if self.document_read_action == DocumentReadAction::AnalyzeDocument && self.feature_types.is_none() {
            return Err(ApiError::invalid_request(
                "DocumentReaderConfig with DocumentReadAction TEXTRACT_ANALYZE_DOCUMENT needs FeatureTypes.",
            ));
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InputDataConfig {
    /// One object, or a prefix: every object whose key begins with it.
    pub s3_uri: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_format: Option<InputFormat>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_reader_config: Option<DocumentReaderConfig>,
}

impl InputDataConfig {
    /// The format in force: one document per line unless told otherwise.
    pub fn format(&self) -> InputFormat {
        self.input_format.unwrap_or(InputFormat::OneDocPerLine)
    }

    pub(super) fn check(&self) -> Result<S3Uri, ApiError> {
        if let Some(reader) = &self.document_reader_config {
            reader.check()?;
        }
        parse_location("InputDataConfig", &self.s3_uri)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct OutputDataConfig {
    /// In a request the folder for results, in an answer the place of this job's results.
    pub s3_uri: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
}

/// Length of the job ids made by this service.
const JOB_ID_CHARS: usize = 32;

impl OutputDataConfig {
    /// `code` is the job type's short name in result paths.
    pub(super) fn check(&self, caller: &Caller, code: &str) -> Result<S3Uri, ApiError> {
        let location = check_output_place(&self.s3_uri, caller, code)?;
        check_output_key(self.kms_key_id.as_deref())?;
        Ok(location)
    }
}

/// `OutputDataConfig.S3Uri`, below which the results of a job with this code go.
pub(super) fn check_output_place(uri: &str, caller: &Caller, code: &str) -> Result<S3Uri, ApiError> {
    let location = parse_location("OutputDataConfig", uri)?;
    let results = output_prefix(&location, &caller.account, code, &"0".repeat(JOB_ID_CHARS));
    if results.key.len() >= MAX_KEY_BYTES {
        return Err(ApiError::invalid_request(format!(
            "OutputDataConfig.S3Uri is too long: the keys of the results would exceed {MAX_KEY_BYTES} bytes.",
        )));
    }
    Ok(location)
}

/// `OutputDataConfig.KmsKeyId`.
pub(super) fn check_output_key(key: Option<&str>) -> Result<(), ApiError> {
    if key.is_none_or(is_kms_key_reference) {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::KmsKeyValidationException,
        "OutputDataConfig.KmsKeyId must be a KMS key id, key ARN, alias name or alias ARN.",
    ))
}

/// A network that the service's own machines are to work in. Checked and shown again, without effect here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcConfig {
    pub security_group_ids: Vec<String>,
    pub subnets: Vec<String>,
}

/// The key for the volumes of the machines that analyse. Workers keep documents in memory and have no such
/// volumes, so a key in the right form is shown again and needs nothing else.
pub(super) fn check_volume_key(key: Option<&str>) -> Result<(), ApiError> {
    if key.is_none_or(is_kms_key) {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::KmsKeyValidationException,
        "VolumeKmsKeyId must be a KMS key id or key ARN.",
    ))
}

/// The `S3Uri` of the named structure.
pub(super) fn parse_location(config: &str, uri: &str) -> Result<S3Uri, ApiError> {
    uri.parse()
        .map_err(|error| ApiError::invalid_request(format!("{config}.S3Uri {error}.")))
}

/// The role that reads input and writes results must be one of the caller's own account.
pub(super) fn check_role(caller: &Caller, arn: &str) -> Result<RoleArn, ApiError> {
    let role: RoleArn = arn
        .parse()
        .map_err(|error| ApiError::invalid_request(format!("DataAccessRoleArn is {error}.")))?;
    if role.account != caller.account {
        return Err(ApiError::invalid_request(
            "DataAccessRoleArn must be a role of the calling account.",
        ));
    }
    Ok(role)
}

pub(super) static S3_URI_PATTERN: Pattern = Pattern::new(r"s3://[a-z0-9][\.\-a-z0-9]{1,61}[a-z0-9](/.*)?");
static KMS_KEY_ID_PATTERN: Pattern = Pattern::new(r"^\p{ASCII}+$");
static ROLE_ARN_PATTERN: Pattern = Pattern::new("arn:aws(-[^:]+)?:iam::[0-9]{12}:role/.+");
static CLIENT_REQUEST_TOKEN_PATTERN: Pattern = Pattern::new("^[a-zA-Z0-9-]+$");
static NAME_PATTERN: Pattern = Pattern::new(r"^([\p{L}\p{Z}\p{N}_.:/=+\-%@]*)$");
static COMPREHEND_ARN_PATTERN: Pattern = Pattern::new(concat!(
    "arn:aws(-[^:]+)?:comprehend:[a-zA-Z0-9-]*:[0-9]{12}:[a-zA-Z0-9-]{1,64}/[a-zA-Z0-9](-*[a-zA-Z0-9])*",
    "((/dataset/[a-zA-Z0-9](-*[a-zA-Z0-9])*)|(/version/[a-zA-Z0-9](-*[a-zA-Z0-9])*))?",
));

static VPC_ID_PATTERN: Pattern = Pattern::new("[-0-9a-zA-Z]+");
static ENTITY_RECOGNIZER_ARN_PATTERN: Pattern = Pattern::new(concat!(
    "arn:aws(-[^:]+)?:comprehend:[a-zA-Z0-9-]*:[0-9]{12}:entity-recognizer/[a-zA-Z0-9](-*[a-zA-Z0-9])*",
    "(/version/[a-zA-Z0-9](-*[a-zA-Z0-9])*)?",
));
static FLYWHEEL_ARN_PATTERN: Pattern =
    Pattern::new("arn:aws(-[^:]+)?:comprehend:[a-zA-Z0-9-]*:[0-9]{12}:flywheel/[a-zA-Z0-9](-*[a-zA-Z0-9])*");
static ENTITY_RECOGNIZER_ENDPOINT_ARN_PATTERN: Pattern = Pattern::new(
    "arn:aws(-[^:]+)?:comprehend:[a-zA-Z0-9-]*:[0-9]{12}:entity-recognizer-endpoint/[a-zA-Z0-9](-*[a-zA-Z0-9])*",
);

static RESOURCE_NAME_PATTERN: Pattern = Pattern::new("^[a-zA-Z0-9](-*[a-zA-Z0-9])*$");
static DOCUMENT_CLASSIFIER_ARN_PATTERN: Pattern = Pattern::new(concat!(
    "arn:aws(-[^:]+)?:comprehend:[a-zA-Z0-9-]*:[0-9]{12}:document-classifier/[a-zA-Z0-9](-*[a-zA-Z0-9])*",
    "(/version/[a-zA-Z0-9](-*[a-zA-Z0-9])*)?",
));
static DOCUMENT_CLASSIFIER_ENDPOINT_ARN_PATTERN: Pattern = Pattern::new(concat!(
    "arn:aws(-[^:]+)?:comprehend:[a-zA-Z0-9-]*:([0-9]{12}|aws):document-classifier-endpoint/",
    "[a-zA-Z0-9](-*[a-zA-Z0-9])*",
));
static MODEL_ARN_PATTERN: Pattern = Pattern::new(concat!(
    "arn:aws(-[^:]+)?:comprehend:[a-zA-Z0-9-]*:[0-9]{12}:(document-classifier|entity-recognizer)/",
    "[a-zA-Z0-9](-*[a-zA-Z0-9])*(/version/[a-zA-Z0-9](-*[a-zA-Z0-9])*)?",
));
static ENDPOINT_ARN_PATTERN: Pattern = Pattern::new(concat!(
    "arn:aws(-[^:]+)?:comprehend:[a-zA-Z0-9-]*:[0-9]{12}:",
    "(document-classifier-endpoint|entity-recognizer-endpoint)/[a-zA-Z0-9](-*[a-zA-Z0-9])*",
));
static POLICY_PATTERN: Pattern = Pattern::new(r"[\u0009\u000A\u000D\u0020-\u00FF]+");
static LABEL_DELIMITER_PATTERN: Pattern = Pattern::new(r"^[ ~!@#$%^*\-_+=|\\:;\t>?/]$");

pub(super) const S3_URI: Rule = Rule::String(StringRule::new().max(1024).pattern(&S3_URI_PATTERN));
pub(super) const KMS_KEY_ID: Rule = Rule::String(StringRule::new().max(2048).pattern(&KMS_KEY_ID_PATTERN));
pub(super) const ROLE_ARN: Rule = Rule::String(StringRule::new().min(20).max(2048).pattern(&ROLE_ARN_PATTERN));
pub(super) const CLIENT_REQUEST_TOKEN: Rule =
    Rule::String(StringRule::new().min(1).max(64).pattern(&CLIENT_REQUEST_TOKEN_PATTERN));
pub(super) const JOB_NAME: Rule = Rule::String(StringRule::new().min(1).max(256).pattern(&NAME_PATTERN));
pub(super) const JOB_ID: Rule = Rule::String(StringRule::new().min(1).max(32).pattern(&NAME_PATTERN));
pub(super) const COMPREHEND_ARN: Rule = Rule::String(StringRule::new().max(256).pattern(&COMPREHEND_ARN_PATTERN));
pub(super) const ENTITY_RECOGNIZER_ARN: Rule =
    Rule::String(StringRule::new().max(256).pattern(&ENTITY_RECOGNIZER_ARN_PATTERN));
pub(super) const FLYWHEEL_ARN: Rule = Rule::String(StringRule::new().max(256).pattern(&FLYWHEEL_ARN_PATTERN));
pub(super) const ENTITY_RECOGNIZER_ENDPOINT_ARN: Rule = Rule::String(
    StringRule::new()
        .max(256)
        .pattern(&ENTITY_RECOGNIZER_ENDPOINT_ARN_PATTERN),
);
/// The name of a resource, or of a version of it.
pub(super) const RESOURCE_NAME: Rule = Rule::String(StringRule::new().max(63).pattern(&RESOURCE_NAME_PATTERN));
pub(super) const ENDPOINT_NAME: Rule = Rule::String(StringRule::new().max(40).pattern(&RESOURCE_NAME_PATTERN));
pub(super) const DOCUMENT_CLASSIFIER_ARN: Rule =
    Rule::String(StringRule::new().max(256).pattern(&DOCUMENT_CLASSIFIER_ARN_PATTERN));
pub(super) const DOCUMENT_CLASSIFIER_ENDPOINT_ARN: Rule = Rule::String(
    StringRule::new()
        .max(256)
        .pattern(&DOCUMENT_CLASSIFIER_ENDPOINT_ARN_PATTERN),
);
pub(super) const MODEL_ARN: Rule = Rule::String(StringRule::new().max(256).pattern(&MODEL_ARN_PATTERN));
pub(super) const ENDPOINT_ARN: Rule = Rule::String(StringRule::new().max(256).pattern(&ENDPOINT_ARN_PATTERN));
pub(super) const MODEL_POLICY: Rule = Rule::String(StringRule::new().min(1).max(20_000).pattern(&POLICY_PATTERN));
pub(super) const LABEL_DELIMITER: Rule =
    Rule::String(StringRule::new().min(1).max(1).pattern(&LABEL_DELIMITER_PATTERN));
const VPC_ID: Rule = Rule::String(StringRule::new().min(1).max(32).pattern(&VPC_ID_PATTERN));

pub(super) static VPC_CONFIG: Shape = Shape {
    members: &[
        required("SecurityGroupIds", Rule::List(ListRule::of(&VPC_ID).min(1).max(5))),
        required("Subnets", Rule::List(ListRule::of(&VPC_ID).min(1).max(16))),
    ],
};

pub(super) const LANGUAGE_CODE: Rule = Rule::String(StringRule::new().one_of(LanguageCode::NAMES));

pub(super) static DOCUMENT_READER_CONFIG: Shape = Shape {
    members: &[
        required(
            "DocumentReadAction",
            Rule::String(StringRule::new().one_of(DocumentReadAction::NAMES)),
        ),
        optional(
            "DocumentReadMode",
            Rule::String(StringRule::new().one_of(DocumentReadMode::NAMES)),
        ),
        optional(
            "FeatureTypes",
            Rule::List(
                ListRule::of(&Rule::String(StringRule::new().one_of(DocumentReadFeature::NAMES)))
                    .min(1)
                    .max(2),
            ),
        ),
    ],
};

pub(super) static INPUT_DATA_CONFIG: Shape = Shape {
    members: &[
        required("S3Uri", S3_URI),
        optional(
            "InputFormat",
            Rule::String(StringRule::new().one_of(InputFormat::NAMES)),
        ),
        optional("DocumentReaderConfig", Rule::Structure(&DOCUMENT_READER_CONFIG)),
    ],
};

pub(super) static OUTPUT_DATA_CONFIG: Shape = Shape {
    members: &[required("S3Uri", S3_URI), optional("KmsKeyId", KMS_KEY_ID)],
};
