//! PII detection jobs.

use construe_comprehend_api::decode::{Request as _, fingerprint};
use construe_comprehend_api::page_token::{Listing, Position};
use construe_comprehend_api::s3_uri::S3Uri;
use construe_comprehend_api::shapes::common::InputFormat as ApiInputFormat;
use construe_comprehend_api::shapes::job::JobStatus;
use construe_comprehend_api::shapes::pii::{
    DescribePiiEntitiesDetectionJobRequest, DescribePiiEntitiesDetectionJobResponse,
    ListPiiEntitiesDetectionJobsRequest, ListPiiEntitiesDetectionJobsResponse, PiiEntitiesDetectionJobProperties,
    PiiJob, StartPiiEntitiesDetectionJobRequest, StartPiiEntitiesDetectionJobResponse,
    StopPiiEntitiesDetectionJobRequest, StopPiiEntitiesDetectionJobResponse, job_arn, results_location,
};
use construe_comprehend_api::{ApiError, Caller, ErrorCode};
use construe_jobs::{
    ClientToken, InputFormat, Job, JobId, JobKind, JobSpec, ListPosition, Location, NewJob, Tag, Timestamp,
};

use super::{Call, job_filter, record, stored_request};
use crate::control::Stopped;
use crate::failure;
use crate::service::Gateway;

const KIND: JobKind = JobKind::PiiEntitiesDetection;
/// Longest document of a PII job: "1 MB" of the service's guidelines, 1,024-based as its job errors are.
const DOCUMENT_LIMIT: u64 = 1 << 20;

pub async fn start(gateway: &Gateway, call: &Call<'_>) -> Result<StartPiiEntitiesDetectionJobResponse, ApiError> {
    let request: StartPiiEntitiesDetectionJobRequest = call.decode()?;
    let checked = request.check(&call.caller)?;
    let kms_key_id = request.output_data_config.kms_key_id.clone();
    if kms_key_id.is_some() && !gateway.config.kms {
        return Err(ApiError::new(
            ErrorCode::KmsKeyValidationException,
            "This server's object store has no key service: results cannot be encrypted with \
             OutputDataConfig.KmsKeyId.",
        ));
    }
    let new_job = new_job(call, &request, checked, kms_key_id)?;
    let created = gateway.store.create(new_job).await.map_err(failure::store)?;
    gateway.wake();
    let id = created.job.id.to_string();
    Ok(StartPiiEntitiesDetectionJobResponse {
        job_arn: job_arn(&call.caller, &id),
        job_id: id,
        // Also when the token is repeated later: the same request gets the same answer.
        job_status: JobStatus::Submitted,
    })
}

fn new_job(
    call: &Call<'_>,
    request: &StartPiiEntitiesDetectionJobRequest,
    checked: PiiJob,
    kms_key_id: Option<String>,
) -> Result<NewJob, ApiError> {
    let id = JobId::new();
    let output = results_location(&checked.output, &call.caller, &id.to_string());
    let spec = JobSpec {
        input: location(checked.input),
        format: match request.input_data_config.format() {
            ApiInputFormat::OneDocPerFile => InputFormat::OneDocPerFile,
            ApiInputFormat::OneDocPerLine => InputFormat::OneDocPerLine,
        },
        output: location(output),
        role_arn: request.data_access_role_arn.clone(),
        document_limit: DOCUMENT_LIMIT,
        kms_key_id,
        analysis: serde_json::to_value(&checked.analysis).map_err(|error| failure::internal(&error))?,
    };
    let token = request.client_request_token.clone().map(|token| ClientToken {
        operation: StartPiiEntitiesDetectionJobRequest::OPERATION,
        token,
        request_digest: fingerprint(&StartPiiEntitiesDetectionJobRequest {
            client_request_token: None,
            ..request.clone()
        }),
    });
    let tags = request.tags.iter().flatten();
    Ok(NewJob {
        id,
        account: call.caller.account.clone(),
        region: call.caller.region.clone(),
        kind: KIND,
        name: request.job_name.clone(),
        request: serde_json::to_value(request).map_err(|error| failure::internal(&error))?,
        spec,
        token,
        arn: job_arn(&call.caller, &id.to_string()),
        tags: tags
            .map(|tag| Tag {
                key: tag.key.clone(),
                value: tag.value.clone().unwrap_or_default(),
            })
            .collect(),
        trace: construe_telemetry::context::current_traceparent(),
    })
}

fn location(uri: S3Uri) -> Location {
    Location {
        bucket: uri.bucket,
        key: uri.key,
    }
}

pub async fn describe(gateway: &Gateway, call: &Call<'_>) -> Result<DescribePiiEntitiesDetectionJobResponse, ApiError> {
    let request: DescribePiiEntitiesDetectionJobRequest = call.decode()?;
    let id: JobId = request.job_id.parse().map_err(|_| ApiError::job_not_found())?;
    let job = gateway.store.get(&call.owner(KIND), id).await.map_err(failure::store)?;
    let job = job.ok_or_else(ApiError::job_not_found)?;
    Ok(DescribePiiEntitiesDetectionJobResponse {
        pii_entities_detection_job_properties: properties(&call.caller, &job)?,
    })
}

pub async fn list(gateway: &Gateway, call: &Call<'_>) -> Result<ListPiiEntitiesDetectionJobsResponse, ApiError> {
    let request: ListPiiEntitiesDetectionJobsRequest = call.decode()?;
    let filter = request.filter()?.map(job_filter);
    let listing = Listing::new(
        call.page_key,
        &call.caller,
        ListPiiEntitiesDetectionJobsRequest::OPERATION,
        &request.filter,
    );
    let after = request
        .next_token
        .as_deref()
        .map(|token| list_position(&listing, token))
        .transpose()?;
    let limit = request.max_results();
    // One more than asked for tells whether there is a next page.
    let mut jobs = gateway
        .store
        .list(&call.owner(KIND), filter.as_ref(), after, limit + 1)
        .await
        .map_err(failure::store)?;
    let more = jobs.len() > limit as usize;
    jobs.truncate(limit as usize);
    let last = jobs.last().filter(|_| more);
    let next_token = last.map(|job| {
        listing.encode(&Position {
            submit_time_micros: job.submit_time.0,
            job_id: job.id.to_string(),
        })
    });
    let properties: Result<_, _> = jobs.iter().map(|job| properties(&call.caller, job)).collect();
    Ok(ListPiiEntitiesDetectionJobsResponse {
        pii_entities_detection_job_properties_list: properties?,
        next_token,
    })
}

fn list_position(listing: &Listing, token: &str) -> Result<ListPosition, ApiError> {
    let position = listing.decode(token)?;
    // Tokens are signed: one that decodes was made here, with a job id in it.
    let id = position.job_id.parse().map_err(|error| failure::internal(&error))?;
    Ok(ListPosition {
        submit_time: Timestamp(position.submit_time_micros),
        id,
    })
}

pub async fn stop(gateway: &Gateway, call: &Call<'_>) -> Result<StopPiiEntitiesDetectionJobResponse, ApiError> {
    let request: StopPiiEntitiesDetectionJobRequest = call.decode()?;
    let id: JobId = request.job_id.parse().map_err(|_| ApiError::job_not_found())?;
    match gateway.control.stop(&call.owner(KIND), id).await? {
        None => Err(ApiError::job_not_found()),
        Some(Stopped::Ended(state)) => Err(ApiError::invalid_request(format!(
            "The job cannot be stopped: it has ended with the status {state}."
        ))),
        Some(Stopped::Requested) => Ok(StopPiiEntitiesDetectionJobResponse {
            job_id: request.job_id,
            job_status: JobStatus::StopRequested,
        }),
    }
}

fn properties(caller: &Caller, job: &Job) -> Result<PiiEntitiesDetectionJobProperties, ApiError> {
    let request: StartPiiEntitiesDetectionJobRequest = stored_request(job)?;
    Ok(request.describe(caller, &record(job, &job.id.to_string(), &job.spec.output.to_string())))
}
