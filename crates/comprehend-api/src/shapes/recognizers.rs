//! Custom entity recognizers: made by training, described, listed, stopped, deleted.

use super::common::{self, InputFormat, LanguageCode, VpcConfig, check_role, check_volume_key};
use super::job::epoch_seconds;
use super::resource::{
    self, AugmentedManifest, ManifestPlace, ModelRecord, ModelStatus, Split, check_model_key, check_model_policy,
    create_request, model_requests,
};
use super::string_enum;
use super::tags::{self, Tag, check_tags};
use crate::Caller;
use crate::arn::{ResourceArn, RoleArn};
use crate::error::ApiError;
use crate::s3_uri::S3Uri;
use crate::validate::{ListRule, Pattern, Rule, Shape, StringRule, optional, required};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// In a recognizer's ARN.
pub const RESOURCE_TYPE: &str = "entity-recognizer";
/// How many entity types a recognizer can find.
pub const MAX_ENTITY_TYPES: usize = 25;

string_enum! {
    DataFormat { ComprehendCsv = "COMPREHEND_CSV", AugmentedManifest = "AUGMENTED_MANIFEST" }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EntityType {
    pub r#type: String,
}

/// One document for each file, or for each line of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Documents {
    pub s3_uri: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_s3_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_format: Option<InputFormat>,
}

/// CSV of where in the documents entities are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Annotations {
    pub s3_uri: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_s3_uri: Option<String>,
}

/// CSV of names and their types, to be looked for in the documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EntityList {
    pub s3_uri: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RecognizerInput {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_format: Option<DataFormat>,
    pub entity_types: Vec<EntityType>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub documents: Option<Documents>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotations: Option<Annotations>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity_list: Option<EntityList>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub augmented_manifests: Option<Vec<AugmentedManifest>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateEntityRecognizerRequest {
    pub recognizer_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_name: Option<String>,
    pub data_access_role_arn: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Tag>>,
    pub input_data_config: RecognizerInput,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_request_token: Option<String>,
    pub language_code: LanguageCode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume_kms_key_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vpc_config: Option<VpcConfig>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_kms_key_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_policy: Option<String>,
}

/// Documents that passed the checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentsPlace {
    pub documents: S3Uri,
    pub format: InputFormat,
    /// Without them, what an entity list names is looked for.
    pub annotations: Option<S3Uri>,
}

/// Where annotated documents lie.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecognizerData {
    pub documents: Vec<DocumentsPlace>,
    pub entity_list: Option<S3Uri>,
    pub manifests: Vec<ManifestPlace>,
}

impl RecognizerData {
    /// The first place of them.
    pub fn first(&self) -> Option<&S3Uri> {
        let manifests = self.manifests.iter().map(|manifest| &manifest.location);
        let documents = self.documents.iter().map(|documents| &documents.documents);
        documents.chain(manifests).next()
    }
}

/// What a checked create request amounts to.
#[derive(Clone, Debug, PartialEq)]
pub struct RecognizerTraining {
    pub types: Vec<String>,
    pub train: RecognizerData,
    /// Empty: a part of the training data is kept back.
    pub test: RecognizerData,
    pub role: RoleArn,
}

impl CreateEntityRecognizerRequest {
    pub fn arn(&self, caller: &Caller) -> String {
        recognizer_arn(caller, &self.recognizer_name, self.version_name.as_deref())
    }

    /// The checks that the shape cannot express.
    pub fn check(&self, caller: &Caller) -> Result<RecognizerTraining, ApiError> {
        let types = check_types(&self.input_data_config.entity_types)?;
        let (train, test) = self.input_data_config.check()?;
        let role = check_role(caller, &self.data_access_role_arn)?;
        check_volume_key(self.volume_kms_key_id.as_deref())?;
        check_model_key(self.model_kms_key_id.as_deref())?;
        check_model_policy(self.model_policy.as_deref())?;
        check_tags(self.tags.as_deref().unwrap_or_default())?;
        Ok(RecognizerTraining {
            types,
            train,
            test,
            role,
        })
    }

    /// What Describe and List answer about the recognizer that this request made. `statistics`: where a flywheel's
    /// iteration left what it measured.
    pub fn describe(
        &self,
        model: &ModelRecord<'_>,
        statistics: Option<&str>,
        metadata: Option<RecognizerMetadata>,
    ) -> EntityRecognizerProperties {
        EntityRecognizerProperties {
            entity_recognizer_arn: model.arn.to_owned(),
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
            recognizer_metadata: metadata,
            data_access_role_arn: self.data_access_role_arn.clone(),
            volume_kms_key_id: self.volume_kms_key_id.clone(),
            vpc_config: self.vpc_config.clone(),
            version_name: self.version_name.clone(),
            source_model_arn: model.source_arn.map(str::to_owned),
            flywheel_arn: model.flywheel_arn.map(str::to_owned),
            output_data_config: statistics.map(|prefix| RecognizerOutput {
                flywheel_stats_s3_prefix: prefix.to_owned(),
            }),
        }
    }
}

/// The names of the types, each of them once.
pub(super) fn check_types(types: &[EntityType]) -> Result<Vec<String>, ApiError> {
    if types.is_empty() || types.len() > MAX_ENTITY_TYPES {
        return Err(ApiError::invalid_request(format!(
            "EntityTypes must name 1 to {MAX_ENTITY_TYPES} entity types."
        )));
    }
    let distinct: BTreeSet<&str> = types.iter().map(|one| one.r#type.as_str()).collect();
    if distinct.len() < types.len() {
        return Err(ApiError::invalid_request("EntityTypes names an entity type twice."));
    }
    Ok(types.iter().map(|one| one.r#type.clone()).collect())
}

fn place(member: &str, uri: &str) -> Result<S3Uri, ApiError> {
    common::parse_location(&format!("InputDataConfig.{member}"), uri)
}

impl RecognizerInput {
    /// With the formats that hold where none were given.
    fn in_force(&self) -> Self {
        let documents = self.documents.clone().map(|documents| Documents {
            input_format: documents.input_format.or(Some(InputFormat::OneDocPerLine)),
            ..documents
        });
        Self {
            data_format: self.data_format.or(Some(DataFormat::ComprehendCsv)),
            documents,
            ..self.clone()
        }
    }

    /// Training and test data.
    fn check(&self) -> Result<(RecognizerData, RecognizerData), ApiError> {
        match self.data_format.unwrap_or(DataFormat::ComprehendCsv) {
            DataFormat::ComprehendCsv => {
                if self.augmented_manifests.as_ref().is_some_and(|list| !list.is_empty()) {
                    return Err(ApiError::invalid_request(
                        "AugmentedManifests can be used only with the data format AUGMENTED_MANIFEST.",
                    ));
                }
                self.check_csv()
            }
            DataFormat::AugmentedManifest => self.check_manifests(),
        }
    }

    fn check_csv(&self) -> Result<(RecognizerData, RecognizerData), ApiError> {
        let invalid = |text: &'static str| Err(ApiError::invalid_request(text));
        let Some(documents) = &self.documents else {
            return invalid("InputDataConfig.Documents is required with the data format COMPREHEND_CSV.");
        };
        let source = labels(
            self.annotations.as_ref().map(|one| one.s3_uri.as_str()),
            self.entity_list.as_ref(),
        )?;
        let train = annotated(&documents.s3_uri, documents.input_format, &source)?;
        let annotations = self.annotations.as_ref().map(|one| one.test_s3_uri.as_deref());
        let test = match (documents.test_s3_uri.as_deref(), annotations) {
            (None, None | Some(None)) => RecognizerData::default(),
            (Some(uri), None) => annotated(uri, documents.input_format, &source)?,
            (Some(uri), Some(Some(annotations))) => {
                let source = LabelSource::Annotations(place("Annotations", annotations)?);
                annotated(uri, documents.input_format, &source)?
            }
            _ => {
                return invalid(
                    "Documents.TestS3Uri and Annotations.TestS3Uri belong together: test documents need annotations.",
                );
            }
        };
        Ok((train, test))
    }

    fn check_manifests(&self) -> Result<(RecognizerData, RecognizerData), ApiError> {
        let invalid = |text: &'static str| Err(ApiError::invalid_request(text));
        if self.documents.is_some() || self.annotations.is_some() || self.entity_list.is_some() {
            return invalid(
                "Documents, Annotations and EntityList can be used only with the data format COMPREHEND_CSV.",
            );
        }
        let (mut train, mut test) = (RecognizerData::default(), RecognizerData::default());
        for manifest in self.augmented_manifests.as_deref().unwrap_or_default() {
            let manifest = manifest.check()?;
            match manifest.split {
                Split::Train => train.manifests.push(manifest),
                Split::Test => test.manifests.push(manifest),
            }
        }
        if train.manifests.is_empty() {
            return invalid(
                "AugmentedManifests is required with the data format AUGMENTED_MANIFEST, with at least one manifest \
                 of the split TRAIN.",
            );
        }
        Ok((train, test))
    }
}

/// What tells which parts of documents are entities.
pub(super) enum LabelSource {
    Annotations(S3Uri),
    EntityList(S3Uri),
}

pub(super) fn labels(annotations: Option<&str>, list: Option<&EntityList>) -> Result<LabelSource, ApiError> {
    match (annotations, list) {
        (Some(annotations), None) => Ok(LabelSource::Annotations(place("Annotations", annotations)?)),
        (None, Some(list)) => Ok(LabelSource::EntityList(place("EntityList", &list.s3_uri)?)),
        _ => Err(ApiError::invalid_request(
            "Documents come with either Annotations or an EntityList: set one of the two.",
        )),
    }
}

pub(super) fn annotated(
    documents: &str,
    format: Option<InputFormat>,
    source: &LabelSource,
) -> Result<RecognizerData, ApiError> {
    let (annotations, entity_list) = match source {
        LabelSource::Annotations(place) => (Some(place.clone()), None),
        LabelSource::EntityList(place) => (None, Some(place.clone())),
    };
    Ok(RecognizerData {
        documents: vec![DocumentsPlace {
            documents: place("Documents", documents)?,
            format: format.unwrap_or(InputFormat::OneDocPerLine),
            annotations,
        }],
        entity_list,
        manifests: Vec::new(),
    })
}

pub fn recognizer_arn(caller: &Caller, name: &str, version: Option<&str>) -> String {
    ResourceArn::versioned(&caller.region, &caller.account, RESOURCE_TYPE, name, version).to_string()
}

/// From 0 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RecognizerEvaluationMetrics {
    pub precision: f64,
    pub recall: f64,
    pub f1_score: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EntityTypeMetadata {
    pub r#type: String,
    pub evaluation_metrics: RecognizerEvaluationMetrics,
    pub number_of_train_mentions: u64,
}

/// What the training learnt about itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RecognizerMetadata {
    pub number_of_trained_documents: u64,
    pub number_of_test_documents: u64,
    pub evaluation_metrics: RecognizerEvaluationMetrics,
    pub entity_types: Vec<EntityTypeMetadata>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RecognizerOutput {
    pub flywheel_stats_s3_prefix: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EntityRecognizerProperties {
    pub entity_recognizer_arn: String,
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
    pub input_data_config: RecognizerInput,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recognizer_metadata: Option<RecognizerMetadata>,
    /// Empty where a copy was made without one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub data_access_role_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_kms_key_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_config: Option<VpcConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_name: Option<String>,
    /// Of the model of which this is a copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_model_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flywheel_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_data_config: Option<RecognizerOutput>,
}

create_request! { CreateEntityRecognizerRequest = "CreateEntityRecognizer", recognizer_name, CREATE_REQUEST }

model_requests! {
    recognizer_name as "RecognizerName",
    entity_recognizer_arn: common::ENTITY_RECOGNIZER_ARN as "EntityRecognizerArn";
    CreateEntityRecognizerResponse,
    DescribeEntityRecognizerRequest = "DescribeEntityRecognizer" -> DescribeEntityRecognizerResponse {
        entity_recognizer_properties: EntityRecognizerProperties
    },
    ListEntityRecognizersRequest = "ListEntityRecognizers" where EntityRecognizerFilter
        -> ListEntityRecognizersResponse { entity_recognizer_properties_list },
    ListEntityRecognizerSummariesRequest = "ListEntityRecognizerSummaries"
        -> ListEntityRecognizerSummariesResponse { entity_recognizer_summaries_list: EntityRecognizerSummary },
    StopTrainingEntityRecognizerRequest = "StopTrainingEntityRecognizer",
    DeleteEntityRecognizerRequest = "DeleteEntityRecognizer",
}

/// The first part of the equivalent stands for a beginning that is no written-out `\n`, `\r` or `\t`, the second for
/// what goes on without a written-out `\n`.
static ENTITY_TYPE_PATTERN: Pattern = Pattern::written(
    r"^(?![^\n\r\t,]*\\n|\\r|\\t)[^\n\r\t,]+$",
    concat!(
        r"^(?:(?:[^\n\r\t,\\]|\\[^\n\r\t,\\nrt]|\\{2,}[^\n\r\t,\\n])",
        r"(?:[^\n\r\t,\\]|\\+[^\n\r\t,\\n])*\\*|\\+)$"
    ),
);

static ENTITY_TYPE: Shape = Shape {
    members: &[required(
        "Type",
        Rule::String(StringRule::new().max(64).pattern(&ENTITY_TYPE_PATTERN)),
    )],
};
static ENTITY_TYPE_ITEM: Rule = Rule::Structure(&ENTITY_TYPE);
pub(super) const ENTITY_TYPES: Rule = Rule::List(ListRule::of(&ENTITY_TYPE_ITEM));

pub(super) const INPUT_FORMAT: Rule = Rule::String(StringRule::new().one_of(InputFormat::NAMES));

static DOCUMENTS: Shape = Shape {
    members: &[
        required("S3Uri", common::S3_URI),
        optional("TestS3Uri", common::S3_URI),
        optional("InputFormat", INPUT_FORMAT),
    ],
};

static ANNOTATIONS: Shape = Shape {
    members: &[required("S3Uri", common::S3_URI), optional("TestS3Uri", common::S3_URI)],
};

/// A structure with an `S3Uri` alone.
pub(super) static PLACE: Shape = Shape {
    members: &[required("S3Uri", common::S3_URI)],
};

static INPUT: Shape = Shape {
    members: &[
        optional("DataFormat", Rule::String(StringRule::new().one_of(DataFormat::NAMES))),
        required("EntityTypes", ENTITY_TYPES),
        optional("Documents", Rule::Structure(&DOCUMENTS)),
        optional("Annotations", Rule::Structure(&ANNOTATIONS)),
        optional("EntityList", Rule::Structure(&PLACE)),
        optional("AugmentedManifests", resource::AUGMENTED_MANIFESTS),
    ],
};

static CREATE_REQUEST: Shape = Shape {
    members: &[
        required("RecognizerName", common::RESOURCE_NAME),
        optional("VersionName", common::RESOURCE_NAME),
        required("DataAccessRoleArn", common::ROLE_ARN),
        optional("Tags", tags::TAG_LIST),
        required("InputDataConfig", Rule::Structure(&INPUT)),
        optional("ClientRequestToken", common::CLIENT_REQUEST_TOKEN),
        required("LanguageCode", common::LANGUAGE_CODE),
        optional("VolumeKmsKeyId", common::KMS_KEY_ID),
        optional("VpcConfig", Rule::Structure(&common::VPC_CONFIG)),
        optional("ModelKmsKeyId", common::KMS_KEY_ID),
        optional("ModelPolicy", common::MODEL_POLICY),
    ],
};

#[cfg(test)]
mod tests;
