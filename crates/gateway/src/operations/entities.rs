//! Entity detection jobs.

use construe_comprehend_api::shapes::entities::{
    ARCHIVE_MEMBER, ARCHIVE_NAME, DescribeEntitiesDetectionJobRequest, DescribeEntitiesDetectionJobResponse,
    EntitiesDetectionJobProperties, ListEntitiesDetectionJobsRequest, ListEntitiesDetectionJobsResponse,
    StartEntitiesDetectionJobRequest, StartEntitiesDetectionJobResponse, StopEntitiesDetectionJobRequest, job_arn,
    results_folder,
};
use construe_comprehend_api::shapes::job::{JobStatus, StopJobResponse};
use construe_comprehend_api::{ApiError, Caller};
use construe_jobs::{Job, JobId, JobKind, JobSpec, OutputLayout};
use construe_models::{Reading, Recognition, ResourceKind};
use serde::Deserialize;

use super::jobs::{self, Start};
use super::{Call, models, record, stored_request};
use crate::failure;
use crate::service::Gateway;

const KIND: JobKind = JobKind::EntitiesDetection;

pub async fn start(gateway: &Gateway, call: &Call<'_>) -> Result<StartEntitiesDetectionJobResponse, ApiError> {
    let request: StartEntitiesDetectionJobRequest = call.decode()?;
    let without_token = StartEntitiesDetectionJobRequest {
        client_request_token: None,
        ..request.clone()
    };
    let token = request.client_request_token.as_deref().zip(Some(without_token));
    if let Some(job) = jobs::started_before(gateway, call, KIND, token.as_ref()).await? {
        return started(&call.caller, &job);
    }
    let checked = request.check(&call.caller)?;
    jobs::check_kms(gateway, &request.output_data_config)?;
    let recognition = match &checked.model {
        Some(choice) => {
            let (model, pinned) = models::pinned(gateway, call, ResourceKind::EntityRecognizer, choice).await?;
            Some(Recognition {
                model: pinned,
                // The job's language is ignored in favour of the model's.
                language: models::language(&model)?,
                reading: Reading {
                    force_ocr: checked.forces_reading,
                },
            })
        }
        None => None,
    };
    let analysis = match &recognition {
        Some(recognition) => serde_json::to_value(recognition),
        None => serde_json::to_value(&checked.analysis),
    };
    let recognizer = recognition.as_ref().map(|recognition| recognition.model.arn.as_str());
    let id = JobId::new();
    let folder = results_folder(&checked.output, &call.caller, &id.to_string());
    let spec = JobSpec {
        input: jobs::location(checked.input),
        format: jobs::input_format(&request.input_data_config),
        output: jobs::location(folder),
        layout: OutputLayout::Archive {
            name: ARCHIVE_NAME.to_owned(),
            member: ARCHIVE_MEMBER.to_owned(),
        },
        role_arn: request.data_access_role_arn.clone(),
        document_limit: match &recognition {
            Some(_) => jobs::document_limit(&request.input_data_config, jobs::DOCUMENT_LIMIT),
            None => jobs::DOCUMENT_LIMIT,
        },
        kms_key_id: request.output_data_config.kms_key_id.clone(),
        analysis: analysis.map_err(|error| failure::internal(&error))?,
    };
    let start = Start {
        kind: KIND,
        id,
        arn: job_arn(&call.caller, &id.to_string()),
        request: &request,
        name: request.job_name.as_deref(),
        token,
        tags: request.tags.as_deref(),
        model: recognizer,
        spec,
    };
    let job = jobs::start(gateway, call, start).await?;
    started(&call.caller, &job)
}

fn started(caller: &Caller, job: &Job) -> Result<StartEntitiesDetectionJobResponse, ApiError> {
    let job_id = job.id.to_string();
    Ok(StartEntitiesDetectionJobResponse {
        job_arn: job_arn(caller, &job_id),
        job_id,
        // Also when the token is repeated later: the same request gets the same answer.
        job_status: JobStatus::Submitted,
        entity_recognizer_arn: recognizer_of(job)?,
    })
}

pub async fn describe(gateway: &Gateway, call: &Call<'_>) -> Result<DescribeEntitiesDetectionJobResponse, ApiError> {
    let request: DescribeEntitiesDetectionJobRequest = call.decode()?;
    let job = jobs::describe(gateway, call, KIND, &request.job_id).await?;
    Ok(DescribeEntitiesDetectionJobResponse {
        entities_detection_job_properties: properties(&call.caller, &job)?,
    })
}

pub async fn list(gateway: &Gateway, call: &Call<'_>) -> Result<ListEntitiesDetectionJobsResponse, ApiError> {
    let request: ListEntitiesDetectionJobsRequest = call.decode()?;
    let (jobs, next_token) = jobs::list(gateway, call, KIND, &request).await?;
    let properties: Result<_, _> = jobs.iter().map(|job| properties(&call.caller, job)).collect();
    Ok(ListEntitiesDetectionJobsResponse {
        entities_detection_job_properties_list: properties?,
        next_token,
    })
}

pub async fn stop(gateway: &Gateway, call: &Call<'_>) -> Result<StopJobResponse, ApiError> {
    let request: StopEntitiesDetectionJobRequest = call.decode()?;
    jobs::stop(gateway, call, KIND, request.job_id).await
}

fn properties(caller: &Caller, job: &Job) -> Result<EntitiesDetectionJobProperties, ApiError> {
    let request: StartEntitiesDetectionJobRequest = stored_request(job)?;
    Ok(request.describe(
        caller,
        &record(job, &job.id.to_string(), &job.spec.results().to_string()),
        recognizer_of(job)?.as_deref(),
    ))
}

/// ARN of the recognizer that a job works with, if it is not the engine.
fn recognizer_of(job: &Job) -> Result<Option<String>, ApiError> {
    if job.spec.analysis.get("model").is_none() {
        return Ok(None);
    }
    let analysis = Recognition::deserialize(&job.spec.analysis).map_err(|error| failure::internal(&error))?;
    Ok(Some(analysis.model.arn))
}
