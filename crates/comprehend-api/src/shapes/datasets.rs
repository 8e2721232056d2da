//! Datasets: what flywheels learn from and are measured on.

use super::classifiers::{ClassifierData, DEFAULT_DELIMITER};
use super::common::{self, InputFormat};
use super::flywheels::ModelType;
use super::job::epoch_seconds;
use super::recognizers::{self, EntityList, RecognizerData, annotated, labels};
use super::resource::{
    self, AugmentedManifest, DocumentTypeFormat, MAX_RESULTS, ManifestPlace, NEXT_TOKEN, ResourceFilter, arn_requests,
    create_request, page_request,
};
use super::string_enum;
use super::tags::{self, Tag, check_tags};
use crate::decode::Request;
use crate::error::{ApiError, ErrorCode};
use crate::validate::{ListRule, Pattern, Rule, Shape, StringRule, optional, required};
use serde::{Deserialize, Serialize};

/// How many datasets of each type a flywheel can have.
pub const MAX_TRAIN_DATASETS: u32 = 50;
pub const MAX_TEST_DATASETS: u32 = 10;

string_enum! {
    DatasetType { Train = "TRAIN", Test = "TEST" }
}

string_enum! {
    DatasetStatus { Creating = "CREATING", Completed = "COMPLETED", Failed = "FAILED" }
}

string_enum! {
    DatasetDataFormat { ComprehendCsv = "COMPREHEND_CSV", AugmentedManifest = "AUGMENTED_MANIFEST" }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DatasetManifest {
    pub attribute_names: Vec<String>,
    pub s3_uri: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotation_data_s3_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_documents_s3_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_type: Option<DocumentTypeFormat>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ClassifierDatasetInput {
    pub s3_uri: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_delimiter: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DatasetAnnotations {
    pub s3_uri: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DatasetDocuments {
    pub s3_uri: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_format: Option<InputFormat>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RecognizerDatasetInput {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotations: Option<DatasetAnnotations>,
    pub documents: DatasetDocuments,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity_list: Option<EntityList>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DatasetInput {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub augmented_manifests: Option<Vec<DatasetManifest>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_format: Option<DatasetDataFormat>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_classifier_input_data_config: Option<ClassifierDatasetInput>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity_recognizer_input_data_config: Option<RecognizerDatasetInput>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateDatasetRequest {
    pub flywheel_arn: String,
    pub dataset_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset_type: Option<DatasetType>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub input_data_config: DatasetInput,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_request_token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Tag>>,
}

/// Where the data of a dataset lies before it comes into the data lake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatasetData {
    Classification { delimiter: String, data: ClassifierData },
    Entities(RecognizerData),
}

impl CreateDatasetRequest {
    /// The type in force: training data unless told otherwise.
    pub fn dataset_type(&self) -> DatasetType {
        self.dataset_type.unwrap_or(DatasetType::Train)
    }

    /// The checks that the shape cannot express, for a dataset of a flywheel for models of this type.
    pub fn check(&self, model_type: ModelType) -> Result<DatasetData, ApiError> {
        check_tags(self.tags.as_deref().unwrap_or_default())?;
        self.input_data_config.check(model_type)
    }
}

impl DatasetInput {
    fn check(&self, model_type: ModelType) -> Result<DatasetData, ApiError> {
        let classifier = self.document_classifier_input_data_config.as_ref();
        let recognizer = self.entity_recognizer_input_data_config.as_ref();
        let manifests = self.augmented_manifests.as_deref().unwrap_or_default();
        let invalid = |text: &'static str| Err(ApiError::invalid_request(text));
        let foreign = match model_type {
            ModelType::DocumentClassifier => recognizer.is_some(),
            ModelType::EntityRecognizer => classifier.is_some(),
        };
        if foreign {
            return invalid("InputDataConfig is for another type of model than that of the flywheel.");
        }
        match self.data_format.unwrap_or(DatasetDataFormat::ComprehendCsv) {
            DatasetDataFormat::AugmentedManifest => {
                if classifier.is_some() || recognizer.is_some() {
                    return invalid("With the data format AUGMENTED_MANIFEST, InputDataConfig has manifests alone.");
                }
                if manifests.is_empty() {
                    return invalid("AugmentedManifests is required with the data format AUGMENTED_MANIFEST.");
                }
                let manifests = manifests.iter().map(DatasetManifest::check);
                let manifests = manifests.collect::<Result<Vec<_>, _>>()?;
                Ok(match model_type {
                    ModelType::DocumentClassifier => DatasetData::Classification {
                        delimiter: DEFAULT_DELIMITER.to_owned(),
                        data: ClassifierData {
                            manifests: manifests
                                .into_iter()
                                .map(ManifestPlace::plain_text)
                                .collect::<Result<_, _>>()?,
                            ..ClassifierData::default()
                        },
                    },
                    ModelType::EntityRecognizer => DatasetData::Entities(RecognizerData {
                        manifests,
                        ..RecognizerData::default()
                    }),
                })
            }
            DatasetDataFormat::ComprehendCsv => {
                if !manifests.is_empty() {
                    return invalid("AugmentedManifests can be used only with the data format AUGMENTED_MANIFEST.");
                }
                match (classifier, recognizer) {
                    (Some(classifier), _) => classifier.check(),
                    (_, Some(recognizer)) => recognizer.check(),
                    (None, None) => invalid(
                        "InputDataConfig needs DocumentClassifierInputDataConfig or EntityRecognizerInputDataConfig, \
                         after the type of the flywheel's model.",
                    ),
                }
            }
        }
    }
}

impl DatasetManifest {
    fn check(&self) -> Result<ManifestPlace, ApiError> {
        let manifest = AugmentedManifest {
            s3_uri: self.s3_uri.clone(),
            split: None,
            attribute_names: self.attribute_names.clone(),
            annotation_data_s3_uri: self.annotation_data_s3_uri.clone(),
            source_documents_s3_uri: self.source_documents_s3_uri.clone(),
            document_type: self.document_type,
        };
        manifest.check()
    }
}

impl ClassifierDatasetInput {
    fn check(&self) -> Result<DatasetData, ApiError> {
        let place = common::parse_location("DocumentClassifierInputDataConfig", &self.s3_uri)?;
        Ok(DatasetData::Classification {
            delimiter: self.label_delimiter.as_deref().unwrap_or(DEFAULT_DELIMITER).to_owned(),
            data: ClassifierData {
                csv: vec![place],
                ..ClassifierData::default()
            },
        })
    }
}

impl RecognizerDatasetInput {
    fn check(&self) -> Result<DatasetData, ApiError> {
        let annotations = self.annotations.as_ref().map(|one| one.s3_uri.as_str());
        let source = labels(annotations, self.entity_list.as_ref())?;
        let data = annotated(&self.documents.s3_uri, self.documents.input_format, &source)?;
        Ok(DatasetData::Entities(data))
    }
}

/// ARN of the dataset of this name, of the flywheel with this ARN.
pub fn dataset_arn(flywheel_arn: &str, name: &str) -> String {
    format!("{flywheel_arn}/dataset/{name}")
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateDatasetResponse {
    pub dataset_arn: String,
}

/// What the server knows about a dataset besides the request that made it. Times are microseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DatasetRecord<'a> {
    pub arn: &'a str,
    /// Where its data is in the data lake.
    pub place: &'a str,
    pub status: DatasetStatus,
    /// Why it failed: an upper-case code, a colon, a sentence.
    pub message: Option<&'a str>,
    pub documents: Option<u64>,
    pub created_micros: i64,
    pub end_micros: Option<i64>,
}

impl CreateDatasetRequest {
    /// What Describe and List answer about the dataset that this request made.
    pub fn describe(&self, dataset: &DatasetRecord<'_>) -> DatasetProperties {
        DatasetProperties {
            dataset_arn: dataset.arn.to_owned(),
            dataset_name: self.dataset_name.clone(),
            dataset_type: self.dataset_type(),
            dataset_s3_uri: dataset.place.to_owned(),
            description: self.description.clone(),
            status: dataset.status,
            message: dataset.message.map(str::to_owned),
            number_of_documents: dataset.documents,
            creation_time: epoch_seconds(dataset.created_micros),
            end_time: dataset.end_micros.map(epoch_seconds),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DatasetProperties {
    pub dataset_arn: String,
    pub dataset_name: String,
    pub dataset_type: DatasetType,
    pub dataset_s3_uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub status: DatasetStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number_of_documents: Option<u64>,
    /// Seconds since 1970, as is `end_time`.
    pub creation_time: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeDatasetResponse {
    pub dataset_properties: DatasetProperties,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListDatasetsResponse {
    pub dataset_properties_list: Vec<DatasetProperties>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DatasetFilter {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<DatasetStatus>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset_type: Option<DatasetType>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creation_time_after: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creation_time_before: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListDatasetsRequest {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flywheel_arn: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<DatasetFilter>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_results: Option<u32>,
}

/// The one member of a dataset filter that is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatasetRestriction {
    Type(DatasetType),
    Other(ResourceFilter<DatasetStatus>),
}

impl ListDatasetsRequest {
    /// The one filter that is set, if any.
    pub fn filter(&self) -> Result<Option<DatasetRestriction>, ApiError> {
        let filter = self.filter.clone().unwrap_or_default();
        let others = [
            filter.status.map(ResourceFilter::Status),
            ResourceFilter::created_before(filter.creation_time_before),
            ResourceFilter::created_after(filter.creation_time_after),
        ];
        let other = ResourceFilter::single(others, ErrorCode::InvalidFilterException)?;
        let members = [
            filter.dataset_type.map(DatasetRestriction::Type),
            other.map(DatasetRestriction::Other),
        ];
        super::job::only_one(members)
    }
}

page_request! {
    ListDatasetsRequest: (Option<String>, Option<DatasetFilter>) =
        request => (request.flywheel_arn.clone(), request.filter.clone())
}

create_request! { CreateDatasetRequest = "CreateDataset", dataset_name, CREATE_REQUEST }

impl Request for ListDatasetsRequest {
    const OPERATION: &'static str = "ListDatasets";
    const SHAPE: &'static Shape = &LIST_REQUEST;
}

arn_requests! {
    dataset_arn: DATASET_ARN as "DatasetArn";
    DescribeDatasetRequest = "DescribeDataset",
}

static DATASET_ARN_PATTERN: Pattern = Pattern::new(concat!(
    "arn:aws(-[^:]+)?:comprehend:[a-zA-Z0-9-]*:[0-9]{12}:flywheel/[a-zA-Z0-9](-*[a-zA-Z0-9])*",
    "/dataset/[a-zA-Z0-9](-*[a-zA-Z0-9])*",
));
const DATASET_ARN: Rule = Rule::String(StringRule::new().max(256).pattern(&DATASET_ARN_PATTERN));

static DESCRIPTION_PATTERN: Pattern = Pattern::new(r"^([a-zA-Z0-9_])[\\a-zA-Z0-9_@#%*+=:?./!\s-]*$");

static MANIFEST: Shape = Shape {
    members: &[
        required("AttributeNames", resource::ATTRIBUTE_NAMES),
        required("S3Uri", common::S3_URI),
        optional("AnnotationDataS3Uri", common::S3_URI),
        optional("SourceDocumentsS3Uri", common::S3_URI),
        optional("DocumentType", resource::DOCUMENT_TYPE_FORMAT),
    ],
};
static MANIFEST_ITEM: Rule = Rule::Structure(&MANIFEST);

static CLASSIFIER_INPUT: Shape = Shape {
    members: &[
        required("S3Uri", common::S3_URI),
        optional("LabelDelimiter", common::LABEL_DELIMITER),
    ],
};

static DOCUMENTS: Shape = Shape {
    members: &[
        required("S3Uri", common::S3_URI),
        optional("InputFormat", recognizers::INPUT_FORMAT),
    ],
};

static RECOGNIZER_INPUT: Shape = Shape {
    members: &[
        optional("Annotations", Rule::Structure(&recognizers::PLACE)),
        required("Documents", Rule::Structure(&DOCUMENTS)),
        optional("EntityList", Rule::Structure(&recognizers::PLACE)),
    ],
};

static INPUT: Shape = Shape {
    members: &[
        optional("AugmentedManifests", Rule::List(ListRule::of(&MANIFEST_ITEM))),
        optional(
            "DataFormat",
            Rule::String(StringRule::new().one_of(DatasetDataFormat::NAMES)),
        ),
        optional("DocumentClassifierInputDataConfig", Rule::Structure(&CLASSIFIER_INPUT)),
        optional("EntityRecognizerInputDataConfig", Rule::Structure(&RECOGNIZER_INPUT)),
    ],
};

const DATASET_TYPE: Rule = Rule::String(StringRule::new().one_of(DatasetType::NAMES));

static CREATE_REQUEST: Shape = Shape {
    members: &[
        required("FlywheelArn", common::FLYWHEEL_ARN),
        required("DatasetName", common::RESOURCE_NAME),
        optional("DatasetType", DATASET_TYPE),
        optional(
            "Description",
            Rule::String(StringRule::new().max(2048).pattern(&DESCRIPTION_PATTERN)),
        ),
        required("InputDataConfig", Rule::Structure(&INPUT)),
        optional("ClientRequestToken", common::CLIENT_REQUEST_TOKEN),
        optional("Tags", tags::TAG_LIST),
    ],
};

static FILTER: Shape = Shape {
    members: &[
        optional("Status", Rule::String(StringRule::new().one_of(DatasetStatus::NAMES))),
        optional("DatasetType", DATASET_TYPE),
        optional("CreationTimeAfter", Rule::Timestamp),
        optional("CreationTimeBefore", Rule::Timestamp),
    ],
};

static LIST_REQUEST: Shape = Shape {
    members: &[
        optional("FlywheelArn", common::FLYWHEEL_ARN),
        optional("Filter", Rule::Structure(&FILTER)),
        NEXT_TOKEN,
        MAX_RESULTS,
    ],
};

#[cfg(test)]
mod tests;
