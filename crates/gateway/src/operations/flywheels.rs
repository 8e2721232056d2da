//! Flywheels: made, described, listed, changed, deleted.
//!
//! A flywheel is a record and a place in a customer's bucket, made within the request: it is always active. What its
//! models are to do is settled then and never changes.

use construe_comprehend_api::shapes::classifiers::{ClassifierMode, CreateDocumentClassifierRequest};
use construe_comprehend_api::shapes::flywheels::{
    ClassificationTask, CreateFlywheelRequest, CreateFlywheelResponse, DataSecurityConfig, DeleteFlywheelRequest,
    DescribeFlywheelRequest, FlywheelOrigin, FlywheelRecord, FlywheelResponse, FlywheelStatus, ListFlywheelsRequest,
    ListFlywheelsResponse, MAX_FLYWHEELS, ModelType, RecognitionTask, TaskConfig, UpdateFlywheelRequest, compact_time,
    data_lake,
};
use construe_comprehend_api::shapes::recognizers::CreateEntityRecognizerRequest;
use construe_comprehend_api::shapes::resource::own_arn;
use construe_comprehend_api::{ApiError, ErrorCode};
use construe_jobs::{Access, Location, ObjectErrorKind};
use construe_models::{Limit, NewResource, Referent, Resource, ResourceFilter, ResourceKind};
use serde::{Deserialize, Serialize};

use super::resources::{self, existing, filters, stored_request};
use super::tags::Empty;
use super::{Call, jobs};
use crate::failure;
use crate::service::Gateway;

const KIND: ResourceKind = ResourceKind::Flywheel;
/// How often an update looks again at a flywheel that others are changing.
const UPDATE_TRIES: usize = 10;

/// What is kept of a flywheel besides the request that made it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Settings {
    pub model_type: ModelType,
    /// Of all models that its iterations train.
    pub model_name: String,
    pub task: TaskConfig,
    /// The flywheel's own folder.
    pub lake: Location,
    pub role_arn: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security: Option<DataSecurityConfig>,
}

impl Settings {
    pub fn of(flywheel: &Resource) -> Result<Self, ApiError> {
        Self::deserialize(&flywheel.properties).map_err(|error| failure::internal(&error))
    }

    fn stored(&self) -> Result<serde_json::Value, ApiError> {
        serde_json::to_value(self).map_err(|error| failure::internal(&error))
    }

    /// The key with which objects in the data lake are encrypted.
    pub fn lake_key(&self) -> Option<String> {
        self.security.as_ref()?.data_lake_kms_key_id.clone()
    }

    /// The kind of its models.
    pub fn model_kind(&self) -> ResourceKind {
        match self.model_type {
            ModelType::DocumentClassifier => ResourceKind::DocumentClassifier,
            ModelType::EntityRecognizer => ResourceKind::EntityRecognizer,
        }
    }
}

/// What a model does, as a flywheel goes on with it.
struct Known {
    model_type: ModelType,
    name: String,
    task: TaskConfig,
}

/// The trained model that a request names as the active one.
async fn trained(gateway: &Gateway, call: &Call<'_>, arn: &str) -> Result<(Resource, Known), ApiError> {
    let arn = own_arn(&call.caller, arn).ok_or_else(ApiError::resource_not_found)?;
    let model = resources::by_arn(gateway, call, &arn).await?;
    let model = model.ok_or_else(ApiError::resource_not_found)?;
    let (model_type, language_code, classification, recognition) = match model.kind {
        ResourceKind::DocumentClassifier => {
            let request: CreateDocumentClassifierRequest = stored_request(&model)?;
            let task = ClassificationTask {
                mode: request.mode(),
                labels: None,
            };
            (ModelType::DocumentClassifier, request.language_code, Some(task), None)
        }
        ResourceKind::EntityRecognizer => {
            let request: CreateEntityRecognizerRequest = stored_request(&model)?;
            let task = RecognitionTask {
                entity_types: request.input_data_config.entity_types,
            };
            (ModelType::EntityRecognizer, request.language_code, None, Some(task))
        }
        _ => return Err(ApiError::resource_not_found()),
    };
    if model.model().is_none() {
        return Err(failure::model_unavailable());
    }
    let known = Known {
        model_type,
        name: model.name.clone(),
        task: TaskConfig {
            language_code,
            document_classification_config: classification,
            entity_recognition_config: recognition,
        },
    };
    Ok((model, known))
}

pub async fn create(gateway: &Gateway, call: &Call<'_>) -> Result<CreateFlywheelResponse, ApiError> {
    let request: CreateFlywheelRequest = call.decode()?;
    let checked = request.check(&call.caller)?;
    let (active, known) = match checked.origin {
        FlywheelOrigin::Model(arn) => {
            let (model, known) = trained(gateway, call, &arn).await?;
            (Some(model.arn), known)
        }
        FlywheelOrigin::Task(model_type, task) => {
            let name = request.flywheel_name.clone();
            (None, Known { model_type, name, task })
        }
    };
    let time = compact_time(gateway.now().into());
    let settings = Settings {
        model_type: known.model_type,
        model_name: known.name,
        task: known.task,
        lake: jobs::location(data_lake(&checked.lake, &request.flywheel_name, &time)),
        role_arn: request.data_access_role_arn.clone(),
        security: request.data_security_config.clone(),
    };
    if settings.lake_key().is_some() && !gateway.config.kms {
        return Err(ApiError::new(
            ErrorCode::KmsKeyValidationException,
            "This server's object store has no key service: leave out DataSecurityConfig.DataLakeKmsKeyId.",
        ));
    }
    check_lake(gateway, call, &settings).await?;

    let resource = NewResource {
        uses: active,
        properties: settings.stored()?,
        limit: Some(Limit::OfOwner(MAX_FLYWHEELS)),
        ..resources::requested(call, KIND, &request, request.arn(&call.caller))?
    };
    let created = resources::create(gateway, &request, resource, None).await?;
    Ok(CreateFlywheelResponse {
        flywheel_arn: created.arn,
        active_model_arn: created.uses,
    })
}

/// Better to learn now that nothing can be written there than with the first dataset.
async fn check_lake(gateway: &Gateway, call: &Call<'_>, settings: &Settings) -> Result<(), ApiError> {
    let access = Access::Role {
        account: call.caller.account.clone(),
        region: call.caller.region.clone(),
        role_arn: settings.role_arn.clone(),
    };
    let checked = gateway.objects.check_writable(&access, &settings.lake).await;
    checked.map_err(|error| match error.kind {
        ObjectErrorKind::NoSuchBucket => ApiError::invalid_request("The bucket of DataLakeS3Uri does not exist."),
        ObjectErrorKind::AccessDenied => ApiError::invalid_request(
            "NO_WRITE_ACCESS_TO_OUTPUT: The provided data access role does not have proper access to DataLakeS3Uri.",
        ),
        _ => failure::internal(&error),
    })
}

pub async fn describe(gateway: &Gateway, call: &Call<'_>) -> Result<FlywheelResponse, ApiError> {
    let request: DescribeFlywheelRequest = call.decode()?;
    let flywheel = existing(gateway, call, KIND, &request.flywheel_arn).await?;
    answer(gateway, call, &flywheel).await
}

async fn answer(gateway: &Gateway, call: &Call<'_>, flywheel: &Resource) -> Result<FlywheelResponse, ApiError> {
    let settings = Settings::of(flywheel)?;
    let latest = latest_iteration(gateway, call, flywheel).await?;
    let lake = settings.lake.to_string();
    Ok(FlywheelResponse {
        flywheel_properties: record(flywheel, &settings, &lake, latest.as_deref()).describe(),
    })
}

pub async fn list(gateway: &Gateway, call: &Call<'_>) -> Result<ListFlywheelsResponse, ApiError> {
    let request: ListFlywheelsRequest = call.decode()?;
    // No job makes a flywheel, and all of them are active.
    let making = |status| (status == FlywheelStatus::Active).then(|| vec![None]);
    let filters = filters(request.filter()?, making);
    let (flywheels, next_token) = resources::list_filtered(gateway, call, KIND, &request, filters).await?;
    let mut listed = Vec::new();
    for flywheel in &flywheels {
        let settings = Settings::of(flywheel)?;
        let latest = latest_iteration(gateway, call, flywheel).await?;
        let lake = settings.lake.to_string();
        listed.push(record(flywheel, &settings, &lake, latest.as_deref()).summarize());
    }
    Ok(ListFlywheelsResponse {
        flywheel_summary_list: listed,
        next_token,
    })
}

pub async fn update(gateway: &Gateway, call: &Call<'_>) -> Result<FlywheelResponse, ApiError> {
    let request: UpdateFlywheelRequest = call.decode()?;
    request.check(&call.caller)?;
    let active = match &request.active_model_arn {
        Some(arn) => Some(trained(gateway, call, arn).await?),
        None => None,
    };
    for _ in 0..UPDATE_TRIES {
        let flywheel = existing(gateway, call, KIND, &request.flywheel_arn).await?;
        let mut settings = Settings::of(&flywheel)?;
        if let Some((_, known)) = &active {
            check_task(&settings, known)?;
        }
        if let Some(role) = &request.data_access_role_arn {
            settings.role_arn = role.clone();
            check_lake(gateway, call, &settings).await?;
        }
        if let Some(security) = &request.data_security_config {
            settings.security = Some(security.applied_to(settings.security.take()));
        }
        let referent = active.as_ref().map(|(model, _)| Referent::Model(&model.arn));
        let updated = gateway
            .registry
            .update_resource(&flywheel.arn, flywheel.revision, &settings.stored()?, referent)
            .await
            .map_err(failure::registry)?;
        if let Some(updated) = updated {
            return answer(gateway, call, &updated).await;
        }
    }
    Err(ApiError::new(
        ErrorCode::TooManyRequestsException,
        "The flywheel is being updated by others.",
    ))
}

/// A flywheel's active model does what its next models are to do, or measuring one beside the other means nothing.
fn check_task(settings: &Settings, known: &Known) -> Result<(), ApiError> {
    let mode = |task: &TaskConfig| -> Option<ClassifierMode> {
        task.document_classification_config.as_ref().map(|task| task.mode)
    };
    if known.model_type == settings.model_type && mode(&known.task) == mode(&settings.task) {
        return Ok(());
    }
    Err(ApiError::invalid_request(
        "ActiveModelArn is of another type or mode than the models of the flywheel.",
    ))
}

pub async fn delete(gateway: &Gateway, call: &Call<'_>) -> Result<Empty, ApiError> {
    let request: DeleteFlywheelRequest = call.decode()?;
    resources::delete(gateway, call, KIND, &request.flywheel_arn).await
}

async fn latest_iteration(gateway: &Gateway, call: &Call<'_>, flywheel: &Resource) -> Result<Option<String>, ApiError> {
    let of_flywheel = ResourceFilter::Parent(flywheel.arn.clone());
    let owner = call.resource_owner(ResourceKind::FlywheelIteration);
    let latest = gateway.registry.list_resources(&owner, &[of_flywheel], None, 1).await;
    let mut latest = latest.map_err(failure::store)?;
    Ok(latest.pop().map(|iteration| iteration.name))
}

fn record<'a>(
    flywheel: &'a Resource,
    settings: &'a Settings,
    lake: &'a str,
    latest_iteration: Option<&'a str>,
) -> FlywheelRecord<'a> {
    FlywheelRecord {
        arn: &flywheel.arn,
        active_model_arn: flywheel.uses.as_deref(),
        role_arn: &settings.role_arn,
        task: &settings.task,
        model_type: settings.model_type,
        data_lake: lake,
        security: settings.security.as_ref(),
        created_micros: flywheel.created.0,
        modified_micros: flywheel.modified.0,
        latest_iteration,
    }
}
