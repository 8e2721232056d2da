//! PII detection jobs.

use construe_comprehend_api::shapes::job::{JobStatus, StopJobResponse};
use construe_comprehend_api::shapes::pii::{
    DescribePiiEntitiesDetectionJobRequest, DescribePiiEntitiesDetectionJobResponse,
    ListPiiEntitiesDetectionJobsRequest, ListPiiEntitiesDetectionJobsResponse, PiiEntitiesDetectionJobProperties,
    StartPiiEntitiesDetectionJobRequest, StartPiiEntitiesDetectionJobResponse, StopPiiEntitiesDetectionJobRequest,
    job_arn, results_location,
};
use construe_comprehend_api::{ApiError, Caller};
use construe_jobs::{Job, JobId, JobKind, JobSpec, OutputLayout};

use super::jobs::{self, Start};
use super::{Call, record, stored_request};
use crate::failure;
use crate::service::Gateway;

const KIND: JobKind = JobKind::PiiEntitiesDetection;

pub async fn start(gateway: &Gateway, call: &Call<'_>) -> Result<StartPiiEntitiesDetectionJobResponse, ApiError> {
    let request: StartPiiEntitiesDetectionJobRequest = call.decode()?;
    let checked = request.check(&call.caller)?;
    jobs::check_kms(gateway, &request.output_data_config)?;
    let id = JobId::new();
    let output = results_location(&checked.output, &call.caller, &id.to_string());
    let spec = JobSpec {
        input: jobs::location(checked.input),
        format: jobs::input_format(&request.input_data_config),
        output: jobs::location(output),
        layout: OutputLayout::PerObject,
        role_arn: request.data_access_role_arn.clone(),
        document_limit: jobs::DOCUMENT_LIMIT,
        kms_key_id: request.output_data_config.kms_key_id.clone(),
        analysis: serde_json::to_value(&checked.analysis).map_err(|error| failure::internal(&error))?,
    };
    let without_token = StartPiiEntitiesDetectionJobRequest {
        client_request_token: None,
        ..request.clone()
    };
    let start = Start {
        kind: KIND,
        id,
        arn: job_arn(&call.caller, &id.to_string()),
        request: &request,
        name: request.job_name.as_deref(),
        token: request.client_request_token.as_deref().zip(Some(without_token)),
        tags: request.tags.as_deref(),
        model: None,
        spec,
    };
    let job_id = jobs::start(gateway, call, start).await?.id.to_string();
    Ok(StartPiiEntitiesDetectionJobResponse {
        job_arn: job_arn(&call.caller, &job_id),
        job_id,
        // Also when the token is repeated later: the same request gets the same answer.
        job_status: JobStatus::Submitted,
    })
}

pub async fn describe(gateway: &Gateway, call: &Call<'_>) -> Result<DescribePiiEntitiesDetectionJobResponse, ApiError> {
    let request: DescribePiiEntitiesDetectionJobRequest = call.decode()?;
    let job = jobs::describe(gateway, call, KIND, &request.job_id).await?;
    Ok(DescribePiiEntitiesDetectionJobResponse {
        pii_entities_detection_job_properties: properties(&call.caller, &job)?,
    })
}

pub async fn list(gateway: &Gateway, call: &Call<'_>) -> Result<ListPiiEntitiesDetectionJobsResponse, ApiError> {
    let request: ListPiiEntitiesDetectionJobsRequest = call.decode()?;
    let (jobs, next_token) = jobs::list(gateway, call, KIND, &request).await?;
    let properties: Result<_, _> = jobs.iter().map(|job| properties(&call.caller, job)).collect();
    Ok(ListPiiEntitiesDetectionJobsResponse {
        pii_entities_detection_job_properties_list: properties?,
        next_token,
    })
}

pub async fn stop(gateway: &Gateway, call: &Call<'_>) -> Result<StopJobResponse, ApiError> {
    let request: StopPiiEntitiesDetectionJobRequest = call.decode()?;
    jobs::stop(gateway, call, KIND, request.job_id).await
}

fn properties(caller: &Caller, job: &Job) -> Result<PiiEntitiesDetectionJobProperties, ApiError> {
    let request: StartPiiEntitiesDetectionJobRequest = stored_request(job)?;
    Ok(request.describe(
        caller,
        &record(job, &job.id.to_string(), &job.spec.results().to_string()),
    ))
}
