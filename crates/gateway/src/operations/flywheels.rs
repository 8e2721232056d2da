//! Flywheels: made, described, listed, changed, deleted.
//!
//! A flywheel is a record and a place in a customer's bucket, made within the request: it is always active. What its
//! models are to do is settled then and never changes.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use construe_comprehend_api::shapes::classifiers::CreateDocumentClassifierRequest;
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
use super::{Call, datasets, jobs};
use crate::failure;
use crate::service::Gateway;

const KIND: ResourceKind = ResourceKind::Flywheel;
/// How often an update looks again at a flywheel that others are changing.
const UPDATE_TRIES: usize = 10;
/// Seconds after now that may name a new data lake.
const LAKE_TRIES: u64 = 20;
/// Labels in messages are cut to that many characters.
const SHOWN: usize = 60;

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

    /// The only labels that its classifiers are to have; none: any.
    pub fn labels(&self) -> &[String] {
        let task = self.task.document_classification_config.as_ref();
        task.and_then(|task| task.labels.as_deref()).unwrap_or_default()
    }

    /// What its recognizers are to find; of classifiers, nothing.
    pub fn types(&self) -> Vec<String> {
        types(&self.task).map(str::to_owned).collect()
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
    if let Some(flywheel) = resources::made_before(gateway, call, KIND, &request).await? {
        // Its answer may have been lost before all was done.
        if let Some(model) = first_model(gateway, call, &request).await? {
            datasets::adopt(gateway, call, &flywheel, &model).await?;
        }
        return Ok(created(flywheel));
    }
    let checked = request.check(&call.caller)?;
    let (model, known) = match checked.origin {
        FlywheelOrigin::Model(arn) => {
            let (model, known) = trained(gateway, call, &arn).await?;
            (Some(model), known)
        }
        FlywheelOrigin::Task(model_type, task) => {
            let name = request.flywheel_name.clone();
            (None, Known { model_type, name, task })
        }
    };
    let lake = |time: SystemTime| {
        let time = compact_time(time.into());
        jobs::location(data_lake(&checked.lake, &request.flywheel_name, &time))
    };
    let mut settings = Settings {
        model_type: known.model_type,
        model_name: known.name,
        task: known.task,
        lake: lake(gateway.now()),
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
    // An earlier flywheel of this name leaves its data, maybe of this very second.
    for second in 1..=LAKE_TRIES {
        if is_free(gateway, call, &settings).await? {
            break;
        }
        settings.lake = lake(gateway.now() + Duration::from_secs(second));
    }

    let resource = NewResource {
        uses: model.as_ref().map(|model| model.arn.clone()),
        properties: settings.stored()?,
        limit: Some(Limit::OfOwner(MAX_FLYWHEELS)),
        ..resources::requested(call, KIND, &request, request.arn(&call.caller))?
    };
    let flywheel = resources::create(gateway, &request, resource, None).await?;
    if let Some(model) = model {
        datasets::adopt(gateway, call, &flywheel, &model).await?;
    }
    Ok(created(flywheel))
}

/// The model that a request began with, if it still exists.
async fn first_model(
    gateway: &Gateway,
    call: &Call<'_>,
    request: &CreateFlywheelRequest,
) -> Result<Option<Resource>, ApiError> {
    let arn = request.active_model_arn.as_deref();
    match arn.and_then(|arn| own_arn(&call.caller, arn)) {
        Some(arn) => resources::by_arn(gateway, call, &arn).await,
        None => Ok(None),
    }
}

fn created(flywheel: Resource) -> CreateFlywheelResponse {
    CreateFlywheelResponse {
        flywheel_arn: flywheel.arn,
        active_model_arn: flywheel.uses,
    }
}

fn access(call: &Call<'_>, settings: &Settings) -> Access {
    Access::Role {
        account: call.caller.account.clone(),
        region: call.caller.region.clone(),
        role_arn: settings.role_arn.clone(),
    }
}

/// Whether nothing lies where the data lake is to be.
async fn is_free(gateway: &Gateway, call: &Call<'_>, settings: &Settings) -> Result<bool, ApiError> {
    let Location { bucket, key } = &settings.lake;
    let listed = gateway.objects.list(&access(call, settings), bucket, key, None).await;
    match listed {
        Ok(page) => Ok(page.objects.is_empty()),
        Err(error) if error.kind == ObjectErrorKind::AccessDenied => Err(ApiError::invalid_request(
            "NO_READ_ACCESS_TO_INPUT: The provided data access role does not have proper access to DataLakeS3Uri.",
        )),
        Err(error) => Err(failure::internal(&error)),
    }
}

/// Better to learn now that nothing can be written there than with the first dataset.
async fn check_lake(gateway: &Gateway, call: &Call<'_>, settings: &Settings) -> Result<(), ApiError> {
    let checked = gateway
        .objects
        .check_writable(&access(call, settings), &settings.lake)
        .await;
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
        if let Some((model, known)) = &active {
            check_task(&settings, known)?;
            check_labels(gateway, &settings, model).await?;
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
    let refused = |what: &str, model: &str, flywheel: &str| {
        Err(ApiError::invalid_request(format!(
            "{what} of the model of ActiveModelArn is {model}; that of the flywheel is {flywheel}."
        )))
    };
    if known.model_type != settings.model_type {
        return refused("The type", known.model_type.as_str(), settings.model_type.as_str());
    }
    let (own, task) = (&known.task, &settings.task);
    if own.language_code != task.language_code {
        return refused("The language", own.language_code.as_str(), task.language_code.as_str());
    }
    let mode = |task: &TaskConfig| task.document_classification_config.as_ref().map(|task| task.mode);
    if let (Some(own), Some(mode)) = (mode(own), mode(task))
        && own != mode
    {
        return refused("The mode", own.as_str(), mode.as_str());
    }
    let allowed = settings.types();
    match types(own).find(|own| !allowed.iter().any(|allowed| allowed == own)) {
        None => Ok(()),
        Some(foreign) => Err(ApiError::invalid_request(format!(
            "The model of ActiveModelArn finds entities of the type {foreign}, which the flywheel's TaskConfig does not \
             name."
        ))),
    }
}

/// The types that a task names.
fn types(task: &TaskConfig) -> impl Iterator<Item = &str> {
    let task = task.entity_recognition_config.as_ref();
    let types = task.map_or(&[][..], |task| &task.entity_types[..]);
    types.iter().map(|one| one.r#type.as_str())
}

/// Which labels a classifier has is in the model itself.
async fn check_labels(gateway: &Gateway, settings: &Settings, model: &Resource) -> Result<(), ApiError> {
    if settings.labels().is_empty() {
        return Ok(());
    }
    let pinned = model.model().ok_or_else(failure::model_unavailable)?;
    let classifier = gateway.classifiers.get(&pinned).await.map_err(failure::model)?;
    let allowed: BTreeSet<&str> = settings.labels().iter().map(|label| label.trim()).collect();
    match classifier
        .labels()
        .iter()
        .find(|label| !allowed.contains(label.as_str()))
    {
        None => Ok(()),
        Some(foreign) => Err(ApiError::invalid_request(format!(
            "The model of ActiveModelArn has the label {:?}, which the flywheel's TaskConfig does not name.",
            foreign.chars().take(SHOWN).collect::<String>()
        ))),
    }
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
