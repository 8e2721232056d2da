//! Datasets of flywheels. A job checks the data and brings it into the data lake; the dataset's status is that of the
//! job.

use construe_comprehend_api::ApiError;
use construe_comprehend_api::s3_uri::S3Uri;
use construe_comprehend_api::shapes::classification::DOCUMENT_LIMIT;
use construe_comprehend_api::shapes::classifiers::ClassifierMode;
use construe_comprehend_api::shapes::datasets::{
    CreateDatasetRequest, CreateDatasetResponse, DatasetData, DatasetProperties, DatasetRecord, DatasetRestriction,
    DatasetStatus, DatasetType, DescribeDatasetRequest, DescribeDatasetResponse, ListDatasetsRequest,
    ListDatasetsResponse, MAX_TEST_DATASETS, MAX_TRAIN_DATASETS, dataset_arn,
};
use construe_comprehend_api::shapes::flywheels::compact_time;
use construe_comprehend_api::shapes::resource::ResourceFilter as ApiFilter;
use construe_jobs::{ArtifactPlace, InputFormat, JobId, JobKind, JobSpec, JobState, Location, NewJob, OutputLayout};
use construe_models::{
    CLASSIFICATION_DATASET, DatasetFormat, DatasetImport, DatasetReport, ENTITIES_DATASET, Limit, NewResource,
    PARTIAL_ENTITIES_DATASET, Resource, ResourceFilter, ResourceKind,
};
use serde::{Deserialize, Serialize};

use super::classifiers::{mode, training_data as classifier_data};
use super::flywheels::Settings;
use super::recognizers::training_data as recognizer_data;
use super::resources::{self, existing, filters, report, stored_request, warnings};
use super::{Call, jobs};
use crate::failure;
use crate::service::Gateway;

const KIND: ResourceKind = ResourceKind::Dataset;

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
    let data = request.check(settings.model_type)?;
    let time = compact_time(gateway.now().into());
    let place = Place {
        folder: Location::new(
            &settings.lake.bucket,
            format!("{}datasets/{}/{time}/", settings.lake.key, request.dataset_name),
        ),
        object: match &data {
            DatasetData::Classification { .. } => CLASSIFICATION_DATASET.to_owned(),
            DatasetData::Entities(data) if data.entity_list.is_some() => PARTIAL_ENTITIES_DATASET.to_owned(),
            DatasetData::Entities(_) => ENTITIES_DATASET.to_owned(),
        },
    };
    let job = import(call, &request, &settings, &place, &data)?;
    let dataset_type = request.dataset_type();
    let arn = dataset_arn(&flywheel.arn, &request.dataset_name);
    let resource = NewResource {
        variant: Some(dataset_type.as_str().to_owned()),
        parent: Some(flywheel.arn),
        properties: serde_json::to_value(&place).map_err(|error| failure::internal(&error))?,
        limit: Some(Limit::OfParent(match dataset_type {
            DatasetType::Train => MAX_TRAIN_DATASETS,
            DatasetType::Test => MAX_TEST_DATASETS,
        })),
        ..resources::requested(call, KIND, &request, arn)?
    };
    let created = resources::create(gateway, &request, resource, Some(job)).await?;
    Ok(CreateDatasetResponse {
        dataset_arn: created.arn,
    })
}

/// The job that brings the data into the data lake.
fn import(
    call: &Call<'_>,
    request: &CreateDatasetRequest,
    settings: &Settings,
    place: &Place,
    data: &DatasetData,
) -> Result<NewJob, ApiError> {
    let (first, format) = import_format(settings, data);
    let first = first.cloned().ok_or_else(ApiError::internal)?;
    let analysis = serde_json::to_value(DatasetImport { format });
    let spec = JobSpec {
        input: jobs::location(first),
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

/// The first place of the data, and what it is.
fn import_format<'d>(settings: &Settings, data: &'d DatasetData) -> (Option<&'d S3Uri>, DatasetFormat) {
    match data {
        DatasetData::Classification { delimiter, data } => {
            let task = settings.task.document_classification_config.as_ref();
            let format = DatasetFormat::Classification {
                mode: mode(task.map_or(ClassifierMode::MultiClass, |task| task.mode)),
                delimiter: delimiter.clone(),
                data: classifier_data(data),
            };
            (data.first(), format)
        }
        DatasetData::Entities(data) => {
            let format = DatasetFormat::Entities {
                language: settings.task.language_code.as_str().to_owned(),
                types: entity_types(settings),
                data: recognizer_data(data),
            };
            (data.first(), format)
        }
    }
}

/// What the recognizers of a flywheel are to find; of classifiers, nothing.
pub fn entity_types(settings: &Settings) -> Vec<String> {
    let task = settings.task.entity_recognition_config.as_ref();
    let types = task.map(|task| task.entity_types.iter().map(|one| one.r#type.clone()).collect());
    types.unwrap_or_default()
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
