//! What the Start, Describe, List and Stop operations of every job type do alike.

use construe_comprehend_api::decode::Request;
use construe_comprehend_api::page_token::{Listing, Position};
use construe_comprehend_api::s3_uri::S3Uri;
use construe_comprehend_api::shapes::common::{InputDataConfig, InputFormat as ApiInputFormat, OutputDataConfig};
use construe_comprehend_api::shapes::document::JOB_FILE_LIMIT;
use construe_comprehend_api::shapes::job::{JobStatus, ListRequest, StopJobResponse};
use construe_comprehend_api::shapes::tags;
use construe_comprehend_api::{ApiError, ErrorCode};
use construe_jobs::{InputFormat, Job, JobId, JobKind, JobSpec, ListPosition, Location, NewJob, Timestamp};

use super::{Call, job_filter, resources};
use crate::control::Stopped;
use crate::failure;
use crate::service::Gateway;

/// Longest document of a job, as of the types served so far: "1 MB" of the service's guidelines, 1,024-based as its
/// job errors are.
pub const DOCUMENT_LIMIT: u64 = 1 << 20;

/// A start request that was checked, with the members of it that count for every job type.
pub struct Start<'r, R> {
    pub kind: JobKind,
    pub id: JobId,
    pub arn: String,
    pub request: &'r R,
    pub name: Option<&'r str>,
    /// The client's token, and the request without it.
    pub token: Option<(&'r str, R)>,
    pub tags: Option<&'r [tags::Tag]>,
    /// ARN of the model of the caller's own that the job works with.
    pub model: Option<&'r str>,
    pub spec: JobSpec,
}

/// The job that this request has started before: its answer does not depend on what has become of the model since.
pub async fn started_before<R: Request>(
    gateway: &Gateway,
    call: &Call<'_>,
    kind: JobKind,
    token: Option<&(&str, R)>,
) -> Result<Option<Job>, ApiError> {
    let token = token.and_then(|(token, request)| resources::token(Some(token), request));
    match token {
        Some(token) => gateway
            .store
            .job_of_token(&call.owner(kind), &token)
            .await
            .map_err(failure::store),
        None => Ok(None),
    }
}

/// Stores the job; the job that is now the client's, which is an earlier one if the token was used before.
pub async fn start<R: Request>(gateway: &Gateway, call: &Call<'_>, start: Start<'_, R>) -> Result<Job, ApiError> {
    let token = start
        .token
        .and_then(|(token, request)| resources::token(Some(token), &request));
    let job = NewJob {
        id: start.id,
        arn: start.arn,
        account: call.caller.account.clone(),
        region: call.caller.region.clone(),
        kind: start.kind,
        name: start.name.map(str::to_owned),
        request: serde_json::to_value(start.request).map_err(|error| failure::internal(&error))?,
        spec: start.spec,
        model: start.model.map(str::to_owned),
        token,
        tags: resources::tags(start.tags),
        trace: construe_telemetry::context::current_traceparent(),
    };
    let created = gateway.store.create(job).await.map_err(failure::store)?;
    gateway.wake();
    Ok(created.job)
}

/// Refuses a key for results that this server's object store could not use.
pub fn check_kms(gateway: &Gateway, output: &OutputDataConfig) -> Result<(), ApiError> {
    check_kms_key(gateway, output.kms_key_id.as_deref())
}

/// As [`check_kms`].
pub fn check_kms_key(gateway: &Gateway, key: Option<&str>) -> Result<(), ApiError> {
    if key.is_none() || gateway.config.kms {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::KmsKeyValidationException,
        "This server's object store has no key service: results cannot be encrypted with \
         OutputDataConfig.KmsKeyId.",
    ))
}

pub fn input_format(input: &InputDataConfig) -> InputFormat {
    match input.format() {
        ApiInputFormat::OneDocPerFile => InputFormat::OneDocPerFile,
        ApiInputFormat::OneDocPerLine => InputFormat::OneDocPerLine,
    }
}

/// Longest document of a job that works with a custom model, which reads files of many kinds. `line`: longest line.
pub fn document_limit(input: &InputDataConfig, line: u64) -> u64 {
    match input.format() {
        ApiInputFormat::OneDocPerFile => JOB_FILE_LIMIT,
        ApiInputFormat::OneDocPerLine => line,
    }
}

pub fn location(uri: S3Uri) -> Location {
    Location {
        bucket: uri.bucket,
        key: uri.key,
    }
}

pub async fn describe(gateway: &Gateway, call: &Call<'_>, kind: JobKind, id: &str) -> Result<Job, ApiError> {
    let id: JobId = id.parse().map_err(|_| not_found(kind))?;
    let job = gateway.store.get(&call.owner(kind), id).await.map_err(failure::store)?;
    job.ok_or_else(|| not_found(kind))
}

/// The two services name it differently.
fn not_found(kind: JobKind) -> ApiError {
    match kind {
        JobKind::MedicalEntitiesDetection | JobKind::PhiDetection => ApiError::resource_not_found(),
        _ => ApiError::job_not_found(),
    }
}

/// A page of jobs, and the token for the next one.
pub async fn list<R: ListRequest>(
    gateway: &Gateway,
    call: &Call<'_>,
    kind: JobKind,
    request: &R,
) -> Result<(Vec<Job>, Option<String>), ApiError> {
    let filter = request.filter()?.map(job_filter);
    let listing = Listing::new(call.page_key, &call.caller, R::OPERATION, &request.filter_members());
    let after = request
        .next_token()
        .map(|token| list_position(&listing, token))
        .transpose()?;
    let limit = request.max_results();
    // One more than asked for tells whether there is a next page.
    let mut jobs = gateway
        .store
        .list(&call.owner(kind), filter.as_ref(), after, limit + 1)
        .await
        .map_err(failure::store)?;
    let more = jobs.len() > limit as usize;
    jobs.truncate(limit as usize);
    let last = jobs.last().filter(|_| more);
    let next_token = last.map(|job| {
        listing.encode(&Position {
            submit_time_micros: job.submit_time.0,
            id: job.id.to_string(),
        })
    });
    Ok((jobs, next_token))
}

fn list_position(listing: &Listing, token: &str) -> Result<ListPosition, ApiError> {
    let position = listing.decode(token)?;
    // Tokens are signed: one that decodes was made here, with a job id in it.
    let id = position.id.parse().map_err(|error| failure::internal(&error))?;
    Ok(ListPosition {
        submit_time: Timestamp(position.submit_time_micros),
        id,
    })
}

pub async fn stop(gateway: &Gateway, call: &Call<'_>, kind: JobKind, id: String) -> Result<StopJobResponse, ApiError> {
    let job: JobId = id.parse().map_err(|_| not_found(kind))?;
    match gateway.control.stop(&call.owner(kind), job).await? {
        None => Err(not_found(kind)),
        Some(Stopped::Ended(state)) => Err(ApiError::invalid_request(format!(
            "The job cannot be stopped: it has ended with the status {state}."
        ))),
        Some(Stopped::Requested) => Ok(StopJobResponse {
            job_id: id,
            job_status: JobStatus::StopRequested,
        }),
    }
}
