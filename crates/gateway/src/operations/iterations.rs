//! Iterations of flywheels. One job trains the next version of the model on all that is in the data lake and measures
//! the active one on the same test data; the iteration and the new version are two views of that job.

use std::time::Duration;

use construe_comprehend_api::s3_uri::S3Uri;
use construe_comprehend_api::shapes::classifiers::{
    ClassifierInput, ClassifierMode, ClassifierOutput, CreateDocumentClassifierRequest, classifier_arn,
};
use construe_comprehend_api::shapes::flywheels::iterations::{
    DescribeFlywheelIterationRequest, DescribeFlywheelIterationResponse, IterationMetrics, IterationProperties,
    IterationRecord, IterationStatus, ListFlywheelIterationHistoryRequest, ListFlywheelIterationHistoryResponse,
    MAX_RUNNING, StartFlywheelIterationRequest, StartFlywheelIterationResponse, evaluation_folder,
};
use construe_comprehend_api::shapes::flywheels::{ModelType, compact_time};
use construe_comprehend_api::shapes::recognizers::{
    CreateEntityRecognizerRequest, DataFormat, RecognizerInput, recognizer_arn,
};
use construe_comprehend_api::shapes::resource::AugmentedManifest;
use construe_comprehend_api::{ApiError, ErrorCode};
use construe_jobs::{JobKind, JobState, Location};
use construe_models::{
    ArtifactReport, ClassifierMeasures, ClassifierReport, ClassifierTraining, Creation, DATASET_ATTRIBUTE,
    DATASET_DELIMITER, Limit, ManifestSource, ModelRef, NewResource, PARTIAL_ENTITIES_DATASET, Reading, RecognizerData,
    RecognizerReport, RecognizerTraining, RegistryError, Resource, ResourceFilter, ResourceKind, SpanMeasures,
    TrainingData,
};
use serde::{Deserialize, Serialize};

use super::classifiers::{Training, mode, training_job};
use super::datasets::Place;
use super::flywheels::Settings;
use super::models::Properties;
use super::resources::{self, existing, filters};
use super::{Call, models};
use crate::failure;
use crate::service::Gateway;

const KIND: ResourceKind = ResourceKind::FlywheelIteration;
/// Ids are seconds; when they are taken, so many of the following ones are tried.
const ID_TRIES: u32 = 20;
/// What Amazon's service says of an iteration that trained and evaluated.
const FULL_ITERATION: &str = "FULL_ITERATION: Flywheel iteration performed all functions successfully.";
/// More than a flywheel can have.
const ALL_DATASETS: u32 = 100;

/// What is kept of an iteration besides the request that made it.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    model_type: ModelType,
    /// The model that was active when the iteration began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    evaluated: Option<String>,
    trained: String,
    evaluation: Location,
}

/// The data of a flywheel's complete datasets.
#[derive(Default)]
struct Gathered {
    train: Vec<Location>,
    test: Vec<Location>,
}

pub async fn start(gateway: &Gateway, call: &Call<'_>) -> Result<StartFlywheelIterationResponse, ApiError> {
    let request: StartFlywheelIterationRequest = call.decode()?;
    let flywheel = existing(gateway, call, ResourceKind::Flywheel, &request.flywheel_arn).await?;
    let settings = Settings::of(&flywheel)?;
    let data = gather(gateway, call, &flywheel).await?;
    let active = models::active_model(gateway, call, &flywheel.arn).await?;
    let active = active.as_ref().and_then(Resource::model);

    let without_token = StartFlywheelIterationRequest {
        client_request_token: None,
        ..request.clone()
    };
    let began = gateway.now();
    let mut offset = 0;
    loop {
        let id = compact_time((began + Duration::from_secs(offset.into())).into());
        let mut creation = creation(gateway, call, &flywheel, &settings, &data, active.as_ref(), &id)?;
        creation.resource.request = serde_json::to_value(&request).map_err(|error| failure::internal(&error))?;
        creation.token = resources::token(request.client_request_token.as_deref(), &without_token);
        match gateway.registry.create_resource(creation).await {
            Ok(created) => {
                gateway.wake();
                return Ok(StartFlywheelIterationResponse {
                    flywheel_arn: flywheel.arn,
                    flywheel_iteration_id: created.resource.name,
                });
            }
            // Another one began in this second.
            Err(RegistryError::Exists) if offset < ID_TRIES => offset += 1,
            Err(RegistryError::TooMany { limit }) => {
                return Err(ApiError::new(
                    ErrorCode::TooManyRequestsException,
                    format!("At most {limit} iterations of flywheels can run at a time."),
                ));
            }
            Err(error) => return Err(failure::registry(error)),
        }
    }
}

async fn gather(gateway: &Gateway, call: &Call<'_>, flywheel: &Resource) -> Result<Gathered, ApiError> {
    let complete = vec![Some(JobState::Completed), Some(JobState::PartialSuccess)];
    let wanted = [
        ResourceFilter::Parent(flywheel.arn.clone()),
        ResourceFilter::Making(complete),
    ];
    let owner = call.resource_owner(ResourceKind::Dataset);
    let datasets = gateway
        .registry
        .list_resources(&owner, &wanted, None, ALL_DATASETS)
        .await;
    let mut data = Gathered::default();
    // The oldest first, so that adding a dataset leaves the order of the rest as it was.
    for dataset in datasets.map_err(failure::store)?.iter().rev() {
        let place = Place::of(dataset)?.location();
        match dataset.variant.as_deref() {
            Some("TEST") => data.test.push(place),
            _ => data.train.push(place),
        }
    }
    if data.train.is_empty() {
        return Err(ApiError::invalid_request(
            "The flywheel has no complete dataset of the type TRAIN to learn from.",
        ));
    }
    Ok(data)
}

/// The iteration of this id, with the model that it is to train and the job that does it.
fn creation(
    gateway: &Gateway,
    call: &Call<'_>,
    flywheel: &Resource,
    settings: &Settings,
    data: &Gathered,
    active: Option<&ModelRef>,
    id: &str,
) -> Result<Creation, ApiError> {
    let lake = S3Uri {
        bucket: settings.lake.bucket.clone(),
        key: settings.lake.key.clone(),
    };
    let evaluation = evaluation_folder(&lake, id);
    let first = data.train.first().ok_or_else(ApiError::internal)?;
    let (kind, analysis) = training(settings, data, active)?;
    let mut job = training_job(
        gateway,
        call,
        Training {
            kind,
            name: settings.model_name.clone(),
            input: S3Uri {
                bucket: first.bucket.clone(),
                key: first.key.clone(),
            },
            output: Some(|_: &str| evaluation.clone()),
            role_arn: settings.role_arn.clone(),
            kms_key_id: settings.lake_key(),
            analysis,
        },
    );
    // What it is measured beside cannot be deleted meanwhile.
    job.model = active.map(|active| active.arn.clone());
    let model = new_version(call, flywheel, settings, id, &evaluation.to_string())?;
    let kept = Kept {
        model_type: settings.model_type,
        evaluated: active.map(|active| active.arn.clone()),
        trained: model.arn.clone(),
        evaluation: Location::new(&evaluation.bucket, &evaluation.key),
    };
    Ok(Creation {
        resource: NewResource {
            arn: iteration_arn(&flywheel.arn, id),
            owner: call.resource_owner(KIND),
            name: id.to_owned(),
            version: None,
            variant: None,
            parent: Some(flywheel.arn.clone()),
            uses: None,
            request: serde_json::Value::Null,
            properties: serde_json::to_value(&kept).map_err(|error| failure::internal(&error))?,
            tags: Vec::new(),
            limit: Some(Limit::OfOwnerBeingMade(MAX_RUNNING)),
        },
        along: Some(model),
        job: Some(job),
        token: None,
    })
}

/// The protocol has no ARN for iterations; records need one.
fn iteration_arn(flywheel: &str, id: &str) -> String {
    format!("{flywheel}/iteration/{id}")
}

/// What the job is to do.
fn training(
    settings: &Settings,
    data: &Gathered,
    active: Option<&ModelRef>,
) -> Result<(JobKind, serde_json::Value), ApiError> {
    let language = settings.task.language_code.as_str().to_owned();
    let compare = active.cloned();
    let (kind, analysis) = match settings.model_type {
        ModelType::DocumentClassifier => {
            let csv = |places: &[Location]| TrainingData {
                csv: places.to_vec(),
                ..TrainingData::default()
            };
            let training = ClassifierTraining {
                mode: mode(classifier_mode(settings)),
                delimiter: DATASET_DELIMITER.to_owned(),
                language,
                train: csv(&data.train),
                test: csv(&data.test),
                compare,
                reading: Reading::default(),
            };
            (JobKind::ClassifierTraining, serde_json::to_value(&training))
        }
        ModelType::EntityRecognizer => {
            let manifests = |places: &[Location]| RecognizerData {
                manifests: places.iter().map(manifest).collect(),
                ..RecognizerData::default()
            };
            let training = RecognizerTraining {
                language,
                types: settings.types(),
                train: manifests(&data.train),
                test: manifests(&data.test),
                compare,
            };
            (JobKind::RecognizerTraining, serde_json::to_value(&training))
        }
    };
    Ok((kind, analysis.map_err(|error| failure::internal(&error))?))
}

fn classifier_mode(settings: &Settings) -> ClassifierMode {
    let task = settings.task.document_classification_config.as_ref();
    task.map_or(ClassifierMode::MultiClass, |task| task.mode)
}

/// A dataset of annotated documents in the data lake.
fn manifest(place: &Location) -> ManifestSource {
    ManifestSource {
        location: place.clone(),
        attributes: vec![DATASET_ATTRIBUTE.to_owned()],
        annotations: None,
        native: false,
        partial: place.key.ends_with(PARTIAL_ENTITIES_DATASET),
    }
}

/// The model that an iteration trains: a version of the flywheel's model, named after the iteration, and recorded as if
/// a request had made it from what is in the data lake.
fn new_version(
    call: &Call<'_>,
    flywheel: &Resource,
    settings: &Settings,
    id: &str,
    evaluation: &str,
) -> Result<NewResource, ApiError> {
    let datasets = format!("{}datasets/", settings.lake);
    let security = settings.security.clone().unwrap_or_default();
    let name = settings.model_name.clone();
    let (arn, request, properties) = match settings.model_type {
        ModelType::DocumentClassifier => {
            let request = CreateDocumentClassifierRequest {
                document_classifier_name: name,
                version_name: Some(id.to_owned()),
                data_access_role_arn: settings.role_arn.clone(),
                tags: None,
                input_data_config: ClassifierInput {
                    s3_uri: Some(datasets),
                    ..ClassifierInput::default()
                },
                output_data_config: Some(ClassifierOutput {
                    flywheel_stats_s3_prefix: Some(evaluation.to_owned()),
                    ..ClassifierOutput::default()
                }),
                client_request_token: None,
                language_code: settings.task.language_code,
                volume_kms_key_id: security.volume_kms_key_id,
                vpc_config: security.vpc_config,
                mode: Some(classifier_mode(settings)),
                model_kms_key_id: None,
                model_policy: None,
            };
            let arn = classifier_arn(&call.caller, &settings.model_name, Some(id));
            (arn, serde_json::to_value(&request), Ok(serde_json::Value::Null))
        }
        ModelType::EntityRecognizer => {
            let types = settings.task.entity_recognition_config.clone();
            let request = CreateEntityRecognizerRequest {
                recognizer_name: name,
                version_name: Some(id.to_owned()),
                data_access_role_arn: settings.role_arn.clone(),
                tags: None,
                input_data_config: RecognizerInput {
                    data_format: Some(DataFormat::AugmentedManifest),
                    entity_types: types.map(|task| task.entity_types).unwrap_or_default(),
                    augmented_manifests: Some(vec![AugmentedManifest {
                        s3_uri: datasets,
                        split: None,
                        attribute_names: vec![DATASET_ATTRIBUTE.to_owned()],
                        annotation_data_s3_uri: None,
                        source_documents_s3_uri: None,
                        document_type: None,
                    }]),
                    ..RecognizerInput::default()
                },
                client_request_token: None,
                language_code: settings.task.language_code,
                volume_kms_key_id: security.volume_kms_key_id,
                vpc_config: security.vpc_config,
                model_kms_key_id: None,
                model_policy: None,
            };
            let properties = Properties {
                statistics: Some(evaluation.to_owned()),
                ..Properties::default()
            };
            let arn = recognizer_arn(&call.caller, &settings.model_name, Some(id));
            (arn, serde_json::to_value(&request), serde_json::to_value(&properties))
        }
    };
    Ok(NewResource {
        arn,
        owner: call.resource_owner(settings.model_kind()),
        name: settings.model_name.clone(),
        version: Some(id.to_owned()),
        variant: None,
        parent: Some(flywheel.arn.clone()),
        uses: None,
        request: request.map_err(|error| failure::internal(&error))?,
        properties: properties.map_err(|error| failure::internal(&error))?,
        tags: Vec::new(),
        limit: None,
    })
}

pub async fn describe(gateway: &Gateway, call: &Call<'_>) -> Result<DescribeFlywheelIterationResponse, ApiError> {
    let request: DescribeFlywheelIterationRequest = call.decode()?;
    let flywheel = existing(gateway, call, ResourceKind::Flywheel, &request.flywheel_arn).await?;
    let arn = iteration_arn(&flywheel.arn, &request.flywheel_iteration_id);
    let iteration = existing(gateway, call, KIND, &arn).await?;
    Ok(DescribeFlywheelIterationResponse {
        flywheel_iteration_properties: properties(&flywheel.arn, &iteration)?,
    })
}

pub async fn history(gateway: &Gateway, call: &Call<'_>) -> Result<ListFlywheelIterationHistoryResponse, ApiError> {
    let request: ListFlywheelIterationHistoryRequest = call.decode()?;
    let flywheel = existing(gateway, call, ResourceKind::Flywheel, &request.flywheel_arn).await?;
    // The filter has times only, no status that nothing could have.
    let mut filters = filters(request.filter()?, |_| None).unwrap_or_default();
    filters.push(ResourceFilter::Parent(flywheel.arn.clone()));
    let (iterations, next_token) = resources::list(gateway, call, KIND, &request, &filters).await?;
    let iterations = iterations.iter().map(|iteration| properties(&flywheel.arn, iteration));
    let iterations: Result<_, _> = iterations.collect();
    Ok(ListFlywheelIterationHistoryResponse {
        flywheel_iteration_properties_list: iterations?,
        next_token,
    })
}

fn properties(flywheel: &str, iteration: &Resource) -> Result<IterationProperties, ApiError> {
    let kept = Kept::deserialize(&iteration.properties).map_err(|error| failure::internal(&error))?;
    let job = resources::training(iteration)?;
    let metrics = job.result.as_ref().map(|report| match kept.model_type {
        ModelType::DocumentClassifier => {
            let report = ArtifactReport::<ClassifierReport>::deserialize(report)?.report;
            Ok((report.compared.map(of_classifier), of_classifier(report.measures)))
        }
        ModelType::EntityRecognizer => {
            let report = ArtifactReport::<RecognizerReport>::deserialize(report)?.report;
            Ok((report.compared.map(of_recognizer), of_recognizer(report.measures)))
        }
    });
    let metrics = metrics
        .transpose()
        .map_err(|error: serde_json::Error| failure::internal(&error))?;
    let evaluation = kept.evaluation.to_string();
    let completed = matches!(job.state, JobState::Completed | JobState::PartialSuccess).then_some(FULL_ITERATION);
    let record = IterationRecord {
        flywheel_arn: flywheel,
        id: &iteration.name,
        status: match job.state {
            JobState::InProgress if job.is_evaluating() => IterationStatus::Evaluating,
            JobState::Submitted | JobState::InProgress => IterationStatus::Training,
            JobState::Completed | JobState::PartialSuccess => IterationStatus::Completed,
            JobState::Failed => IterationStatus::Failed,
            JobState::StopRequested => IterationStatus::StopRequested,
            JobState::Stopped => IterationStatus::Stopped,
        },
        message: job.message.as_deref().or(completed),
        evaluated_model: kept.evaluated.as_deref(),
        evaluated_metrics: metrics.and_then(|(evaluated, _)| evaluated),
        trained_model: Some(&kept.trained),
        trained_metrics: metrics.map(|(_, trained)| trained),
        evaluation: &evaluation,
        created_micros: iteration.created.0,
        end_micros: job.end_time.map(|time| time.0),
    };
    Ok(record.describe())
}

fn of_classifier(measures: ClassifierMeasures) -> IterationMetrics {
    IterationMetrics {
        average_f1_score: measures.f1,
        average_precision: measures.precision,
        average_recall: measures.recall,
        average_accuracy: Some(measures.accuracy),
    }
}

fn of_recognizer(measures: SpanMeasures) -> IterationMetrics {
    IterationMetrics {
        average_f1_score: measures.f1,
        average_precision: measures.precision,
        average_recall: measures.recall,
        average_accuracy: None,
    }
}
