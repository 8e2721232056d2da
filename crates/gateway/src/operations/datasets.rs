//! Datasets of flywheels. A job checks the data and brings it into the data lake; the dataset's status is that of the
//! job.

use construe_comprehend_api::ApiError;
use construe_comprehend_api::shapes::classification::DOCUMENT_LIMIT;
use construe_comprehend_api::shapes::classifiers::ClassifierMode;
use construe_comprehend_api::shapes::datasets::{
    CreateDatasetRequest, CreateDatasetResponse, DatasetData, DatasetInput, DatasetProperties, DatasetRecord,
    DatasetRestriction, DatasetStatus, DatasetType, DescribeDatasetRequest, DescribeDatasetResponse,
    ListDatasetsRequest, ListDatasetsResponse, MAX_TEST_DATASETS, MAX_TRAIN_DATASETS, dataset_arn,
};
use construe_comprehend_api::shapes::flywheels::compact_time;
use construe_comprehend_api::shapes::resource::ResourceFilter as ApiFilter;
use construe_jobs::{
    ArtifactPlace, InputFormat, Job, JobId, JobKind, JobSpec, JobState, Location, NewJob, OutputLayout,
};
use construe_models::{
    ClassifierTraining, Creation, DatasetFormat, DatasetImport, DatasetReport, Limit, ModelCopy, NewResource, Reading,
    RecognizerTraining, RegistryError, Resource, ResourceFilter, ResourceKind,
};
use serde::{Deserialize, Serialize};

use super::Call;
use super::classifiers::{mode, training_data as classifier_data};
use super::flywheels::Settings;
use super::recognizers::training_data as recognizer_data;
use super::resources::{self, existing, filters, report, stored_request, training_kind, warnings};
use crate::failure;
use crate::service::Gateway;

const KIND: ResourceKind = ResourceKind::Dataset;
/// Names of the datasets that hold what a flywheel's first model was trained and tested with.
const ADOPTED_TRAINING_DATA: &str = "initial-training-data";
const ADOPTED_TEST_DATA: &str = "initial-test-data";

/// What is kept of a dataset besides the request that made it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Place {
    /// The dataset's folder in the data lake.
    pub folder: Location,
    /// Name of its object there.
    pub object: String,
}

impl Place {
    pub fn of(dataset: &Resource) -> Result<Self, ApiError> {
        Self::deserialize(&dataset.properties).map_err(|error| failure::internal(&error))
    }

    pub fn location(&self) -> Location {
        Location::new(&self.folder.bucket, format!("{}{}", self.folder.key, self.object))
    }
}

pub async fn create(gateway: &Gateway, call: &Call<'_>) -> Result<CreateDatasetResponse, ApiError> {
    let request: CreateDatasetRequest = call.decode()?;
    let flywheel = existing(gateway, call, ResourceKind::Flywheel, &request.flywheel_arn).await?;
    let settings = Settings::of(&flywheel)?;
    let format = import_format(&settings, &request.check(settings.model_type)?);
    let (resource, job) = made_of(gateway, call, &flywheel, &settings, &request, format)?;
    let created = resources::create(gateway, &request, resource, Some(job)).await?;
    Ok(CreateDatasetResponse {
        dataset_arn: created.arn,
    })
}

/// A dataset of a flywheel, and the job that brings its data into the data lake.
fn made_of(
    gateway: &Gateway,
    call: &Call<'_>,
    flywheel: &Resource,
    settings: &Settings,
    request: &CreateDatasetRequest,
    format: DatasetFormat,
) -> Result<(NewResource, NewJob), ApiError> {
    let time = compact_time(gateway.now().into());
    let place = Place {
        folder: Location::new(
            &settings.lake.bucket,
            format!("{}datasets/{}/{time}/", settings.lake.key, request.dataset_name),
        ),
        object: format.object().to_owned(),
    };
    let job = import(call, request, settings, &place, format)?;
    let dataset_type = request.dataset_type();
    let arn = dataset_arn(&flywheel.arn, &request.dataset_name);
    let resource = NewResource {
        variant: Some(dataset_type.as_str().to_owned()),
        parent: Some(flywheel.arn.clone()),
        properties: serde_json::to_value(&place).map_err(|error| failure::internal(&error))?,
        limit: Some(Limit::OfParent(match dataset_type {
            DatasetType::Train => MAX_TRAIN_DATASETS,
            DatasetType::Test => MAX_TEST_DATASETS,
        })),
        ..resources::requested(call, KIND, request, arn)?
    };
    Ok((resource, job))
}

/// Brings what a model was trained and tested with into the data lake of a flywheel that goes on with it, as datasets of
/// their own. What was begun before is left as it is.
pub async fn adopt(gateway: &Gateway, call: &Call<'_>, flywheel: &Resource, model: &Resource) -> Result<(), ApiError> {
    let settings = Settings::of(flywheel)?;
    let training = resources::training(model)?.job;
    let training = gateway
        .store
        .get(&call.owner(training_kind(model.kind)), training)
        .await;
    let training = training.map_err(failure::store)?.ok_or_else(ApiError::internal)?;
    // The data of a copied model are its first owner's.
    if ModelCopy::is_meant(&training.spec.analysis) {
        return Ok(());
    }
    for (dataset_type, format) in learnt_from(&training)? {
        // Without test data a part of the others was kept back, and will be again.
        if format.first().is_none() {
            continue;
        }
        let request = CreateDatasetRequest {
            flywheel_arn: flywheel.arn.clone(),
            dataset_name: match dataset_type {
                DatasetType::Train => ADOPTED_TRAINING_DATA.to_owned(),
                DatasetType::Test => ADOPTED_TEST_DATA.to_owned(),
            },
            dataset_type: Some(dataset_type),
            description: Some(format!("From {}", model.arn)),
            input_data_config: DatasetInput::default(),
            client_request_token: None,
            tags: None,
        };
        let (resource, job) = made_of(gateway, call, flywheel, &settings, &request, format)?;
        let creation = Creation {
            resource,
            along: None,
            job: Some(job),
            token: None,
        };
        match gateway.registry.create_resource(creation).await {
            Ok(_) | Err(RegistryError::Exists) => {}
            Err(error) => return Err(failure::registry(error)),
        }
    }
    gateway.wake();
    Ok(())
}

/// What a training had to learn from and what to test with.
fn learnt_from(training: &Job) -> Result<[(DatasetType, DatasetFormat); 2], ApiError> {
    let analysis = &training.spec.analysis;
    let unreadable = |error: serde_json::Error| failure::internal(&error);
    let [train, test] = match training.kind {
        JobKind::RecognizerTraining => {
            let training = RecognizerTraining::deserialize(analysis).map_err(unreadable)?;
            [training.train, training.test].map(|data| DatasetFormat::Entities {
                language: training.language.clone(),
                types: training.types.clone(),
                data,
            })
        }
        _ => {
            let training = ClassifierTraining::deserialize(analysis).map_err(unreadable)?;
            [training.train, training.test].map(|data| DatasetFormat::Classification {
                mode: training.mode,
                delimiter: training.delimiter.clone(),
                labels: Vec::new(),
                language: training.language.clone(),
                reading: training.reading,
                data,
            })
        }
    };
    Ok([(DatasetType::Train, train), (DatasetType::Test, test)])
}

/// The job that brings the data into the data lake.
fn import(
    call: &Call<'_>,
    request: &CreateDatasetRequest,
    settings: &Settings,
    place: &Place,
    format: DatasetFormat,
) -> Result<NewJob, ApiError> {
    let input = format.first().cloned().ok_or_else(ApiError::internal)?;
    let analysis = serde_json::to_value(DatasetImport { format });
    let spec = JobSpec {
        input,
        format: InputFormat::OneDocPerLine,
        output: place.folder.clone(),
        layout: OutputLayout::Artifact {
            place: ArtifactPlace::Output {
                name: place.object.clone(),
            },
            archive: None,
        },
        role_arn: settings.role_arn.clone(),
        document_limit: DOCUMENT_LIMIT,
        kms_key_id: settings.lake_key(),
        analysis: analysis.map_err(|error| failure::internal(&error))?,
    };
    let (id, name) = (JobId::new(), request.dataset_name.clone());
    Ok(resources::making_job(call, id, JobKind::DatasetImport, name, spec))
}

/// What data of a client's are.
fn import_format(settings: &Settings, data: &DatasetData) -> DatasetFormat {
    let language = settings.task.language_code.as_str().to_owned();
    match data {
        DatasetData::Classification { delimiter, data } => {
            let task = settings.task.document_classification_config.as_ref();
            let labels = settings.labels().iter();
            DatasetFormat::Classification {
                mode: mode(task.map_or(ClassifierMode::MultiClass, |task| task.mode)),
                delimiter: delimiter.clone(),
                labels: labels.map(|label| label.trim().to_owned()).collect(),
                language,
                reading: Reading::default(),
                data: classifier_data(data),
            }
        }
        DatasetData::Entities(data) => DatasetFormat::Entities {
            language,
            types: settings.types(),
            data: recognizer_data(data),
        },
    }
}

pub async fn describe(gateway: &Gateway, call: &Call<'_>) -> Result<DescribeDatasetResponse, ApiError> {
    let request: DescribeDatasetRequest = call.decode()?;
    let dataset = existing(gateway, call, KIND, &request.dataset_arn).await?;
    Ok(DescribeDatasetResponse {
        dataset_properties: properties(&dataset)?,
    })
}

pub async fn list(gateway: &Gateway, call: &Call<'_>) -> Result<ListDatasetsResponse, ApiError> {
    let request: ListDatasetsRequest = call.decode()?;
    let mut filters = match request.filter()? {
        None => Vec::new(),
        Some(DatasetRestriction::Type(one)) => vec![ResourceFilter::Variant(one.as_str().to_owned())],
        Some(DatasetRestriction::Other(filter)) => other_filters(filter),
    };
    if let Some(flywheel) = &request.flywheel_arn {
        let flywheel = existing(gateway, call, ResourceKind::Flywheel, flywheel).await?;
        filters.push(ResourceFilter::Parent(flywheel.arn));
    }
    let (datasets, next_token) = resources::list(gateway, call, KIND, &request, &filters).await?;
    let properties: Result<_, _> = datasets.iter().map(properties).collect();
    Ok(ListDatasetsResponse {
        dataset_properties_list: properties?,
        next_token,
    })
}

fn other_filters(filter: ApiFilter<DatasetStatus>) -> Vec<ResourceFilter> {
    let filters = filters(Some(filter), |status| {
        let states: &[JobState] = match status {
            DatasetStatus::Creating => &[JobState::Submitted, JobState::InProgress, JobState::StopRequested],
            DatasetStatus::Completed => &[JobState::Completed, JobState::PartialSuccess],
            DatasetStatus::Failed => &[JobState::Failed, JobState::Stopped],
        };
        Some(states.iter().copied().map(Some).collect())
    });
    // Each status has its states.
    filters.unwrap_or_default()
}

fn properties(dataset: &Resource) -> Result<DatasetProperties, ApiError> {
    let request: CreateDatasetRequest = stored_request(dataset)?;
    let import = resources::training(dataset)?;
    let report: Option<DatasetReport> = report(import)?;
    let warning = report.as_ref().and_then(|report| warnings(&report.warnings));
    let place = Place::of(dataset)?.folder.to_string();
    Ok(request.describe(&DatasetRecord {
        arn: &dataset.arn,
        place: &place,
        status: match import.state {
            JobState::Submitted | JobState::InProgress | JobState::StopRequested => DatasetStatus::Creating,
            JobState::Completed | JobState::PartialSuccess => DatasetStatus::Completed,
            JobState::Failed | JobState::Stopped => DatasetStatus::Failed,
        },
        message: import.message.as_deref().or(warning.as_deref()),
        documents: report.as_ref().map(|report| report.documents),
        created_micros: dataset.created.0,
        end_micros: import.end_time.map(|time| time.0),
    }))
}
