//! Copies of models, also of other accounts' where these allow it.
//!
//! A copy is a model of its own: a job of its own brings the file to its own place, so that it stays when the original
//! goes. What it learnt from is not told to the new owner.

use construe_comprehend_api::arn::ResourceArn;
use construe_comprehend_api::s3_uri::S3Uri;
use construe_comprehend_api::shapes::classifiers::{ClassifierInput, CreateDocumentClassifierRequest};
use construe_comprehend_api::shapes::policies::{ImportModelRequest, ImportModelResponse, Policy};
use construe_comprehend_api::shapes::recognizers::{CreateEntityRecognizerRequest, RecognizerInput};
use construe_comprehend_api::{ApiError, ErrorCode};
use construe_jobs::JobKind;
use construe_models::{ArtifactReport, Creation, ModelCopy, ModelRef, NewResource, Resource, ResourceKind};
use serde::Deserialize;

use super::Call;
use super::classifiers::{Training, training_job};
use super::models::Properties;
use super::resources::{self, stored_request};
use crate::failure;
use crate::service::Gateway;

pub async fn import(gateway: &Gateway, call: &Call<'_>) -> Result<ImportModelResponse, ApiError> {
    let request: ImportModelRequest = call.decode()?;
    request.check(&call.caller)?;
    let source = source(gateway, call, &request.source_model_arn).await?;
    let pinned = source.model().ok_or_else(failure::model_unavailable)?;
    let copy = Copy::new(call, &request, &source)?;
    let own = source.account == call.caller.account;
    let mut job = training_job(
        gateway,
        call,
        Training {
            kind: copy.job,
            name: copy.name.clone(),
            input: S3Uri {
                bucket: gateway.objects.work_bucket().to_owned(),
                key: pinned.key.clone(),
            },
            output: None::<fn(&str) -> S3Uri>,
            role_arn: request.data_access_role_arn.clone().unwrap_or_default(),
            kms_key_id: None,
            analysis: analysis(&source, pinned)?,
        },
    );
    // The original cannot be deleted meanwhile. That of another account can: then there is nothing to copy.
    job.model = own.then(|| source.arn.clone());
    let kept = Properties {
        source: Some(source.arn.clone()),
        ..Properties::default()
    };
    let creation = Creation {
        resource: NewResource {
            arn: copy.arn,
            owner: call.resource_owner(source.kind),
            name: copy.name,
            version: request.version_name.clone(),
            variant: None,
            parent: None,
            uses: None,
            request: copy.request,
            properties: kept.stored()?,
            tags: resources::tags(request.tags.as_deref()),
            limit: None,
        },
        along: None,
        job: Some(job),
        token: None,
    };
    let created = gateway.registry.create_resource(creation).await;
    let created = created.map_err(failure::registry)?;
    gateway.wake();
    Ok(ImportModelResponse {
        model_arn: created.resource.arn,
    })
}

/// The model that is to be copied: the caller's own, or one whose policy lets the caller. Of others nobody learns
/// whether they exist.
async fn source(gateway: &Gateway, call: &Call<'_>, arn: &str) -> Result<Resource, ApiError> {
    let arn: ResourceArn = arn.parse().map_err(|_| ApiError::resource_not_found())?;
    if arn.region != call.caller.region {
        return Err(ApiError::new(
            ErrorCode::InvalidRequestException,
            "SourceModelArn must be of the region in which the model is imported.",
        ));
    }
    let text = arn.to_string();
    let found = gateway
        .registry
        .get_resource(&arn.account, &arn.region, &text)
        .await
        .map_err(failure::store)?;
    let found = found.filter(|model| model.kind.is_model());
    let source = found.ok_or_else(ApiError::resource_not_found)?;
    if source.account == call.caller.account {
        return Ok(source);
    }
    let policy = Properties::of(&source)?.policy;
    let policy = policy.map(|policy| Policy::parse(&policy.text)).transpose()?;
    match policy.is_some_and(|policy| policy.allows_import(&call.caller.account, &text)) {
        true => Ok(source),
        false => Err(ApiError::resource_not_found()),
    }
}

/// What the job is to do.
fn analysis(source: &Resource, pinned: ModelRef) -> Result<serde_json::Value, ApiError> {
    let result = resources::training(source)?
        .result
        .as_ref()
        .ok_or_else(ApiError::internal)?;
    let report = ArtifactReport::<serde_json::Value>::deserialize(result).map_err(|error| failure::internal(&error))?;
    let copy = ModelCopy {
        copy: pinned,
        report: report.report,
    };
    serde_json::to_value(&copy).map_err(|error| failure::internal(&error))
}

/// The new model, recorded as if a request had made it.
struct Copy {
    arn: String,
    name: String,
    job: JobKind,
    request: serde_json::Value,
}

impl Copy {
    fn new(call: &Call<'_>, import: &ImportModelRequest, source: &Resource) -> Result<Self, ApiError> {
        let name = import.model_name.clone().unwrap_or_else(|| source.name.clone());
        let role = import.data_access_role_arn.clone().unwrap_or_default();
        let (arn, job, request) = match source.kind {
            ResourceKind::EntityRecognizer => {
                let original: CreateEntityRecognizerRequest = stored_request(source)?;
                let request = CreateEntityRecognizerRequest {
                    recognizer_name: name.clone(),
                    version_name: import.version_name.clone(),
                    data_access_role_arn: role,
                    tags: None,
                    input_data_config: RecognizerInput {
                        entity_types: original.input_data_config.entity_types,
                        ..RecognizerInput::default()
                    },
                    client_request_token: None,
                    language_code: original.language_code,
                    volume_kms_key_id: None,
                    vpc_config: None,
                    model_kms_key_id: None,
                    model_policy: None,
                };
                let arn = request.arn(&call.caller);
                (arn, JobKind::RecognizerTraining, serde_json::to_value(&request))
            }
            _ => {
                let original: CreateDocumentClassifierRequest = stored_request(source)?;
                let request = CreateDocumentClassifierRequest {
                    document_classifier_name: name.clone(),
                    version_name: import.version_name.clone(),
                    data_access_role_arn: role,
                    tags: None,
                    input_data_config: ClassifierInput {
                        document_type: original.input_data_config.document_type,
                        ..ClassifierInput::default()
                    },
                    output_data_config: None,
                    client_request_token: None,
                    language_code: original.language_code,
                    volume_kms_key_id: None,
                    vpc_config: None,
                    mode: original.mode,
                    model_kms_key_id: None,
                    model_policy: None,
                };
                let arn = request.arn(&call.caller);
                (arn, JobKind::ClassifierTraining, serde_json::to_value(&request))
            }
        };
        Ok(Self {
            arn,
            name,
            job,
            request: request.map_err(|error| failure::internal(&error))?,
        })
    }
}
