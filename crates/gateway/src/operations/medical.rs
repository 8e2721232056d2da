//! Comprehend Medical's batch jobs, of both types.

use construe_comprehend_api::ApiError;
use construe_comprehend_api::manifest;
use construe_comprehend_api::s3_uri::S3Uri;
use construe_comprehend_api::shapes::job::ListRequest;
use construe_comprehend_api::shapes::medical::{
    DescribeResponse, FILE_LIMIT, JobIdResponse, JobProperties, JobType, ListResponse, StartJob, StartRequest,
    results_location,
};
use construe_jobs::{InputFormat, Job, JobId, JobKind, JobSpec, JobState, OutputLayout};
use construe_medical_answers::MODEL_VERSION;

use super::jobs::{self, Start};
use super::{Call, record, stored_request};
use crate::service::Gateway;

fn kind(job_type: JobType) -> JobKind {
    match job_type {
        JobType::EntitiesDetection => JobKind::MedicalEntitiesDetection,
        JobType::PhiDetection => JobKind::PhiDetection,
    }
}

pub async fn start<R: StartRequest>(gateway: &Gateway, call: &Call<'_>) -> Result<JobIdResponse, ApiError> {
    let request: R = call.decode()?;
    let job = request.as_ref();
    let checked = job.check(&call.caller, R::JOB_TYPE)?;
    if job.kms_key.is_some() && !gateway.config.kms {
        return Err(ApiError::invalid_request(
            "This server's object store has no key service: results cannot be encrypted with KMSKey.",
        ));
    }
    let id = JobId::new();
    let output = results_location(&checked.output, &call.caller, R::JOB_TYPE, &id.to_string());
    let spec = JobSpec {
        input: jobs::location(checked.input),
        format: InputFormat::OneDocPerFile,
        output: jobs::location(output),
        layout: OutputLayout::Batch {
            job_type: R::JOB_TYPE.manifest_name().to_owned(),
        },
        role_arn: job.data_access_role_arn.clone(),
        document_limit: FILE_LIMIT,
        kms_key_id: job.kms_key.clone(),
        // The kind of the job says it all.
        analysis: serde_json::Value::Null,
    };
    let without_token = R::from(StartJob {
        client_request_token: None,
        ..job.clone()
    });
    let start = Start {
        kind: kind(R::JOB_TYPE),
        id,
        // Jobs of this service have no ARN, and no tags to be kept under it.
        arn: String::new(),
        request: &request,
        name: job.job_name.as_deref(),
        token: job.client_request_token.as_deref().zip(Some(without_token)),
        tags: None,
        model: None,
        spec,
    };
    let job_id = jobs::start(gateway, call, start).await?.id.to_string();
    Ok(JobIdResponse { job_id })
}

pub async fn describe(
    gateway: &Gateway,
    call: &Call<'_>,
    job_type: JobType,
    id: &str,
) -> Result<DescribeResponse, ApiError> {
    let job = jobs::describe(gateway, call, kind(job_type), id).await?;
    Ok(DescribeResponse {
        comprehend_medical_async_job_properties: properties(&job)?,
    })
}

pub async fn list<R: ListRequest>(
    gateway: &Gateway,
    call: &Call<'_>,
    job_type: JobType,
    request: &R,
) -> Result<ListResponse, ApiError> {
    let (jobs, next_token) = jobs::list(gateway, call, kind(job_type), request).await?;
    let properties: Result<_, _> = jobs.iter().map(properties).collect();
    Ok(ListResponse {
        comprehend_medical_async_job_properties_list: properties?,
        next_token,
    })
}

pub async fn stop(
    gateway: &Gateway,
    call: &Call<'_>,
    job_type: JobType,
    id: String,
) -> Result<JobIdResponse, ApiError> {
    let stopped = jobs::stop(gateway, call, kind(job_type), id).await?;
    Ok(JobIdResponse { job_id: stopped.job_id })
}

fn properties(job: &Job) -> Result<JobProperties, ApiError> {
    let request: StartJob = stored_request(job)?;
    let results = S3Uri {
        bucket: job.spec.output.bucket.clone(),
        key: job.spec.output.key.clone(),
    };
    // It is the last thing that a job writes. A failed job may have failed before.
    let has_manifest = matches!(
        job.state,
        JobState::Completed | JobState::PartialSuccess | JobState::Stopped
    );
    let manifest = has_manifest.then(|| format!("{}{}", results.key, manifest::MANIFEST));
    Ok(request.describe(&record(job, &job.id.to_string(), ""), &results, manifest, MODEL_VERSION))
}
