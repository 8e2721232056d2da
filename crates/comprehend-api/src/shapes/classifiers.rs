//! Custom classifiers: made by training, described, listed, stopped, deleted.

use super::common::{
    self, DocumentReaderConfig, LanguageCode, VpcConfig, check_output_key, check_output_place, check_role,
    check_volume_key,
};
use super::job::epoch_seconds;
use super::resource::{
    self, AugmentedManifest, DocumentTypeFormat, ManifestPlace, ModelRecord, ModelStatus, Split, check_model_key,
    check_model_policy, create_request, model_requests,
};
use super::string_enum;
use super::tags::{self, Tag, check_tags};
use crate::Caller;
use crate::arn::{ResourceArn, RoleArn};
use crate::error::ApiError;
use crate::output::output_prefix;
use crate::s3_uri::S3Uri;
use crate::validate::{Rule, Shape, StringRule, optional, required};
use serde::{Deserialize, Serialize};

/// In a classifier's ARN.
pub const RESOURCE_TYPE: &str = "document-classifier";
/// In the path of what training leaves for the customer.
pub const OUTPUT_CODE: &str = "CLR";
/// The archive that training leaves there.
pub const ARCHIVE_NAME: &str = "output.tar.gz";
/// Between the labels of a document, unless a request says otherwise.
pub const DEFAULT_DELIMITER: &str = "|";

string_enum! {
    ClassifierMode { MultiClass = "MULTI_CLASS", MultiLabel = "MULTI_LABEL" }
}

impl ClassifierMode {
    /// The most labels of a model, as of the page "Guidelines and quotas".
    pub const fn most_labels(self) -> usize {
        match self {
            ClassifierMode::MultiClass => 1000,
            ClassifierMode::MultiLabel => 100,
        }
    }
}

string_enum! {
    DataFormat { ComprehendCsv = "COMPREHEND_CSV", AugmentedManifest = "AUGMENTED_MANIFEST" }
}

/// Documents that are files of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ClassifierDocuments {
    pub s3_uri: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_s3_uri: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ClassifierInput {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_format: Option<DataFormat>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s3_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_s3_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_delimiter: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub augmented_manifests: Option<Vec<AugmentedManifest>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_type: Option<DocumentTypeFormat>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub documents: Option<ClassifierDocuments>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_reader_config: Option<DocumentReaderConfig>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ClassifierOutput {
    /// In a request the folder for what training leaves, in an answer the place of this training's archive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s3_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flywheel_stats_s3_prefix: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateDocumentClassifierRequest {
    pub document_classifier_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_name: Option<String>,
    pub data_access_role_arn: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Tag>>,
    pub input_data_config: ClassifierInput,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_data_config: Option<ClassifierOutput>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_request_token: Option<String>,
    pub language_code: LanguageCode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume_kms_key_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vpc_config: Option<VpcConfig>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<ClassifierMode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_kms_key_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_policy: Option<String>,
}

/// Where labelled documents lie.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClassifierData {
    pub csv: Vec<S3Uri>,
    pub manifests: Vec<ManifestPlace>,
    pub documents: Vec<LabelledDocuments>,
}

/// Where documents lie that are files of their own, and what gives them labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelledDocuments {
    /// CSV of labels, names of files and pages.
    pub labels: S3Uri,
    pub documents: S3Uri,
}

impl ClassifierData {
    /// The first place of them.
    pub fn first(&self) -> Option<&S3Uri> {
        let manifests = self.manifests.iter().map(|manifest| &manifest.location);
        let documents = self.documents.iter().map(|documents| &documents.labels);
        self.csv.iter().chain(manifests).chain(documents).next()
    }
}

/// What a checked create request amounts to.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassifierTraining {
    pub mode: ClassifierMode,
    pub delimiter: String,
    pub train: ClassifierData,
    /// Empty: a part of the training data is kept back.
    pub test: ClassifierData,
    /// Without one, nothing is left for the customer but the model.
    pub output: Option<S3Uri>,
    pub role: RoleArn,
    /// Whether documents that have their text in the file are to be read from their pictures all the same.
    pub forces_reading: bool,
}

impl CreateDocumentClassifierRequest {
    pub fn mode(&self) -> ClassifierMode {
        self.mode.unwrap_or(ClassifierMode::MultiClass)
    }

    /// Whether the model learns from documents that are not plain text.
    pub fn is_native(&self) -> bool {
        self.input_data_config.document_type == Some(DocumentTypeFormat::SemiStructuredDocument)
    }

    pub fn arn(&self, caller: &Caller) -> String {
        classifier_arn(caller, &self.document_classifier_name, self.version_name.as_deref())
    }

    /// The checks that the shape cannot express.
    pub fn check(&self, caller: &Caller) -> Result<ClassifierTraining, ApiError> {
        let (train, test) = self.input_data_config.check()?;
        let role = check_role(caller, &self.data_access_role_arn)?;
        let output = self.output_data_config.clone().unwrap_or_default();
        check_output_key(output.kms_key_id.as_deref())?;
        let place = output.s3_uri.as_deref();
        let place = place
            .map(|uri| check_output_place(uri, caller, OUTPUT_CODE))
            .transpose()?;
        check_volume_key(self.volume_kms_key_id.as_deref())?;
        check_model_key(self.model_kms_key_id.as_deref())?;
        check_model_policy(self.model_policy.as_deref())?;
        check_tags(self.tags.as_deref().unwrap_or_default())?;
        let delimiter = self.input_data_config.label_delimiter.as_deref();
        let reader = self.input_data_config.document_reader_config.as_ref();
        Ok(ClassifierTraining {
            mode: self.mode(),
            delimiter: delimiter.unwrap_or(DEFAULT_DELIMITER).to_owned(),
            train,
            test,
            output: place,
            role,
            forces_reading: reader.is_some_and(DocumentReaderConfig::forces_reading),
        })
    }

    /// What Describe and List answer about the classifier that this request made. `archive`: the place of what
    /// training leaves for the customer.
    pub fn describe(
        &self,
        model: &ModelRecord<'_>,
        archive: Option<&str>,
        metadata: Option<ClassifierMetadata>,
    ) -> DocumentClassifierProperties {
        let output = self.output_data_config.clone().unwrap_or_default();
        DocumentClassifierProperties {
            document_classifier_arn: model.arn.to_owned(),
            language_code: self.language_code,
            status: model.status,
            message: model.message.map(str::to_owned),
            submit_time: epoch_seconds(model.submit_time_micros),
            end_time: model.training_end_micros.map(epoch_seconds),
            training_start_time: model.training_start_micros.map(epoch_seconds),
            training_end_time: model
                .training_start_micros
                .and(model.training_end_micros)
                .map(epoch_seconds),
            input_data_config: self.input_data_config.in_force(),
            output_data_config: ClassifierOutput {
                s3_uri: archive.map(str::to_owned).or(output.s3_uri),
                ..output
            },
            classifier_metadata: metadata,
            data_access_role_arn: self.data_access_role_arn.clone(),
            volume_kms_key_id: self.volume_kms_key_id.clone(),
            vpc_config: self.vpc_config.clone(),
            mode: self.mode(),
            version_name: self.version_name.clone(),
            source_model_arn: model.source_arn.map(str::to_owned),
            flywheel_arn: model.flywheel_arn.map(str::to_owned),
        }
    }
}

impl ClassifierInput {
    /// With the data format that holds where none was given.
    fn in_force(&self) -> Self {
        Self {
            data_format: self.data_format.or(Some(DataFormat::ComprehendCsv)),
            ..self.clone()
        }
    }

    /// The CSV files of training and test data.
    fn check_csv(&self) -> Result<(S3Uri, Option<S3Uri>), ApiError> {
        let Some(uri) = &self.s3_uri else {
            return Err(ApiError::invalid_request(
                "InputDataConfig.S3Uri is required with the data format COMPREHEND_CSV.",
            ));
        };
        let test = self.test_s3_uri.as_deref();
        Ok((
            common::parse_location("InputDataConfig", uri)?,
            test.map(|uri| parse_member("TestS3Uri", uri)).transpose()?,
        ))
    }

    /// Training and test data that are files of their own.
    fn check_documents(&self) -> Result<(ClassifierData, ClassifierData), ApiError> {
        let invalid = |text: &'static str| Err(ApiError::invalid_request(text));
        if self.data_format == Some(DataFormat::AugmentedManifest) || self.augmented_manifests.is_some() {
            return invalid("With the document type SEMI_STRUCTURED_DOCUMENT, the data format is COMPREHEND_CSV.");
        }
        let Some(documents) = &self.documents else {
            return invalid("InputDataConfig.Documents is required with the document type SEMI_STRUCTURED_DOCUMENT.");
        };
        let (labels, test_labels) = self.check_csv()?;
        let data = |labels, documents| ClassifierData {
            documents: vec![LabelledDocuments { labels, documents }],
            ..ClassifierData::default()
        };
        let train = data(labels, parse_member("Documents.S3Uri", &documents.s3_uri)?);
        let test = match (test_labels, documents.test_s3_uri.as_deref()) {
            (None, None) => ClassifierData::default(),
            (Some(labels), Some(uri)) => data(labels, parse_member("Documents.TestS3Uri", uri)?),
            _ => return invalid("InputDataConfig.TestS3Uri and Documents.TestS3Uri are given both or not at all."),
        };
        Ok((train, test))
    }

    /// Training and test data.
    fn check(&self) -> Result<(ClassifierData, ClassifierData), ApiError> {
        let invalid = |text: &'static str| Err(ApiError::invalid_request(text));
        if let Some(reader) = &self.document_reader_config {
            reader.check()?;
        }
        if self.document_type == Some(DocumentTypeFormat::SemiStructuredDocument) {
            return self.check_documents();
        }
        if self.documents.is_some() {
            return invalid("InputDataConfig.Documents can be used only with SEMI_STRUCTURED_DOCUMENT.");
        }
        let manifests = self.augmented_manifests.as_deref().unwrap_or_default();
        let (mut train, mut test) = (ClassifierData::default(), ClassifierData::default());
        match self.data_format.unwrap_or(DataFormat::ComprehendCsv) {
            DataFormat::ComprehendCsv => {
                if !manifests.is_empty() {
                    return invalid("AugmentedManifests can be used only with the data format AUGMENTED_MANIFEST.");
                }
                let (places, of_tests) = self.check_csv()?;
                train.csv.push(places);
                test.csv.extend(of_tests);
            }
            DataFormat::AugmentedManifest => {
                if self.s3_uri.is_some() || self.test_s3_uri.is_some() {
                    return invalid("S3Uri and TestS3Uri can be used only with the data format COMPREHEND_CSV.");
                }
                for manifest in manifests {
                    let manifest = manifest.check()?.plain_text()?;
                    match manifest.split {
                        Split::Train => train.manifests.push(manifest),
                        Split::Test => test.manifests.push(manifest),
                    }
                }
                if train.manifests.is_empty() {
                    return invalid(
                        "AugmentedManifests is required with the data format AUGMENTED_MANIFEST, with at least one \
                         manifest of the split TRAIN.",
                    );
                }
            }
        }
        Ok((train, test))
    }
}

fn parse_member(member: &str, uri: &str) -> Result<S3Uri, ApiError> {
    uri.parse()
        .map_err(|error| ApiError::invalid_request(format!("InputDataConfig.{member} {error}.")))
}

pub fn classifier_arn(caller: &Caller, name: &str, version: Option<&str>) -> String {
    ResourceArn::versioned(&caller.region, &caller.account, RESOURCE_TYPE, name, version).to_string()
}

/// The folder of the archive that a training leaves for the customer.
pub fn results_folder(output: &S3Uri, caller: &Caller, job_id: &str) -> S3Uri {
    output_prefix(output, &caller.account, OUTPUT_CODE, job_id)
}

/// What the training learnt about itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ClassifierMetadata {
    pub number_of_labels: u32,
    pub number_of_trained_documents: u64,
    pub number_of_test_documents: u64,
    pub evaluation_metrics: ClassifierEvaluationMetrics,
}

/// From 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ClassifierEvaluationMetrics {
    pub accuracy: f64,
    pub precision: f64,
    pub recall: f64,
    pub f1_score: f64,
    pub micro_precision: f64,
    pub micro_recall: f64,
    pub micro_f1_score: f64,
    pub hamming_loss: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DocumentClassifierProperties {
    pub document_classifier_arn: String,
    pub language_code: LanguageCode,
    pub status: ModelStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Seconds since 1970, as are the other times.
    pub submit_time: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub training_start_time: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub training_end_time: Option<f64>,
    pub input_data_config: ClassifierInput,
    /// Empty where nothing was asked for.
    pub output_data_config: ClassifierOutput,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classifier_metadata: Option<ClassifierMetadata>,
    /// Empty where a copy was made without one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub data_access_role_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_kms_key_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_config: Option<VpcConfig>,
    pub mode: ClassifierMode,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_name: Option<String>,
    /// Of the model of which this is a copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_model_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flywheel_arn: Option<String>,
}

create_request! { CreateDocumentClassifierRequest = "CreateDocumentClassifier", document_classifier_name, CREATE_REQUEST }

model_requests! {
    document_classifier_name as "DocumentClassifierName",
    document_classifier_arn: common::DOCUMENT_CLASSIFIER_ARN as "DocumentClassifierArn";
    CreateDocumentClassifierResponse,
    DescribeDocumentClassifierRequest = "DescribeDocumentClassifier" -> DescribeDocumentClassifierResponse {
        document_classifier_properties: DocumentClassifierProperties
    },
    ListDocumentClassifiersRequest = "ListDocumentClassifiers" where DocumentClassifierFilter
        -> ListDocumentClassifiersResponse { document_classifier_properties_list },
    ListDocumentClassifierSummariesRequest = "ListDocumentClassifierSummaries"
        -> ListDocumentClassifierSummariesResponse {
            document_classifier_summaries_list: DocumentClassifierSummary
        },
    StopTrainingDocumentClassifierRequest = "StopTrainingDocumentClassifier",
    DeleteDocumentClassifierRequest = "DeleteDocumentClassifier",
}

pub(super) const CLASSIFIER_MODE: Rule = Rule::String(StringRule::new().one_of(ClassifierMode::NAMES));

static DOCUMENTS: Shape = Shape {
    members: &[required("S3Uri", common::S3_URI), optional("TestS3Uri", common::S3_URI)],
};

static INPUT: Shape = Shape {
    members: &[
        optional("DataFormat", Rule::String(StringRule::new().one_of(DataFormat::NAMES))),
        optional("S3Uri", common::S3_URI),
        optional("TestS3Uri", common::S3_URI),
        optional("LabelDelimiter", common::LABEL_DELIMITER),
        optional("AugmentedManifests", resource::AUGMENTED_MANIFESTS),
        optional("DocumentType", resource::DOCUMENT_TYPE_FORMAT),
        optional("Documents", Rule::Structure(&DOCUMENTS)),
        optional("DocumentReaderConfig", Rule::Structure(&common::DOCUMENT_READER_CONFIG)),
    ],
};

static OUTPUT: Shape = Shape {
    members: &[
        optional("S3Uri", common::S3_URI),
        optional("KmsKeyId", common::KMS_KEY_ID),
        optional("FlywheelStatsS3Prefix", common::S3_URI),
    ],
};

static CREATE_REQUEST: Shape = Shape {
    members: &[
        required("DocumentClassifierName", common::RESOURCE_NAME),
        optional("VersionName", common::RESOURCE_NAME),
        required("DataAccessRoleArn", common::ROLE_ARN),
        optional("Tags", tags::TAG_LIST),
        required("InputDataConfig", Rule::Structure(&INPUT)),
        optional("OutputDataConfig", Rule::Structure(&OUTPUT)),
        optional("ClientRequestToken", common::CLIENT_REQUEST_TOKEN),
        required("LanguageCode", common::LANGUAGE_CODE),
        optional("VolumeKmsKeyId", common::KMS_KEY_ID),
        optional("VpcConfig", Rule::Structure(&common::VPC_CONFIG)),
        optional("Mode", CLASSIFIER_MODE),
        optional("ModelKmsKeyId", common::KMS_KEY_ID),
        optional("ModelPolicy", common::MODEL_POLICY),
    ],
};

#[cfg(test)]
mod tests;
