//! One function per operation: typed request in, typed answer or protocol error out.

mod classification;
mod classifiers;
mod classify_document;
mod datasets;
mod detect_custom_entities;
mod detect_entities;
mod detect_medical;
mod detect_pii;
mod endpoints;
mod entities;
mod flywheels;
mod imports;
mod iterations;
mod jobs;
mod medical;
mod models;
mod pii;
mod policies;
mod recognizers;
mod resources;
mod tags;

use axum::body::Bytes;
use construe_comprehend_api::decode::{Request, decode};
use construe_comprehend_api::operation::Operation;
use construe_comprehend_api::shapes::job::{JobFilter, JobRecord, JobStatus};
use construe_comprehend_api::shapes::medical::{
    DescribeEntitiesDetectionV2JobRequest, DescribePhiDetectionJobRequest, JobType, ListEntitiesDetectionV2JobsRequest,
    ListPhiDetectionJobsRequest, StartEntitiesDetectionV2JobRequest, StartPhiDetectionJobRequest,
    StopEntitiesDetectionV2JobRequest, StopPhiDetectionJobRequest,
};
use construe_comprehend_api::{ApiError, Caller};
use construe_jobs::{Job, JobKind, JobState, Owner, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure;
use crate::service::Gateway;

/// An authenticated request.
pub struct Call<'a> {
    pub caller: Caller,
    /// Key of this caller's page tokens; a secret that all gateways of a site know.
    pub page_key: &'a [u8],
    pub body: &'a Bytes,
}

/// Bodies up to this length are parsed where they are; longer ones on a thread that may take its time.
const SMALL_BODY_BYTES: usize = 128 << 10;

impl Call<'_> {
    fn decode<R: Request>(&self) -> Result<R, ApiError> {
        decode(self.body)
    }

    /// Decodes and checks a request that may bring a document of megabytes.
    async fn decode_document<R: Request + 'static, T: Send + 'static>(
        &self,
        check: fn(R) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let body = self.body.clone();
        let decoded = move || decode(&body).and_then(check);
        if self.body.len() <= SMALL_BODY_BYTES {
            return decoded();
        }
        let decoded = tokio::task::spawn_blocking(decoded).await;
        decoded.map_err(|ended| failure::internal(&ended))?
    }

    fn owner(&self, kind: JobKind) -> Owner {
        Owner {
            account: self.caller.account.clone(),
            region: self.caller.region.clone(),
            kind,
        }
    }
}

/// Answers a call of a known operation.
pub async fn answer(gateway: &Gateway, operation: &Operation, call: Call<'_>) -> Result<Vec<u8>, ApiError> {
    match operation.name {
        "StartPiiEntitiesDetectionJob" => to_json(&pii::start(gateway, &call).await?),
        "DescribePiiEntitiesDetectionJob" => to_json(&pii::describe(gateway, &call).await?),
        "ListPiiEntitiesDetectionJobs" => to_json(&pii::list(gateway, &call).await?),
        "StopPiiEntitiesDetectionJob" => to_json(&pii::stop(gateway, &call).await?),
        "StartEntitiesDetectionJob" => to_json(&entities::start(gateway, &call).await?),
        "DescribeEntitiesDetectionJob" => to_json(&entities::describe(gateway, &call).await?),
        "ListEntitiesDetectionJobs" => to_json(&entities::list(gateway, &call).await?),
        "StopEntitiesDetectionJob" => to_json(&entities::stop(gateway, &call).await?),
        "StartDocumentClassificationJob" => to_json(&classification::start(gateway, &call).await?),
        "DescribeDocumentClassificationJob" => to_json(&classification::describe(gateway, &call).await?),
        "ListDocumentClassificationJobs" => to_json(&classification::list(gateway, &call).await?),
        "CreateDocumentClassifier" => to_json(&classifiers::create(gateway, &call).await?),
        "DescribeDocumentClassifier" => to_json(&classifiers::describe(gateway, &call).await?),
        "ListDocumentClassifiers" => to_json(&classifiers::list(gateway, &call).await?),
        "ListDocumentClassifierSummaries" => to_json(&classifiers::summaries(gateway, &call).await?),
        "StopTrainingDocumentClassifier" => to_json(&classifiers::stop(gateway, &call).await?),
        "DeleteDocumentClassifier" => to_json(&classifiers::delete(gateway, &call).await?),
        "CreateEntityRecognizer" => to_json(&recognizers::create(gateway, &call).await?),
        "DescribeEntityRecognizer" => to_json(&recognizers::describe(gateway, &call).await?),
        "ListEntityRecognizers" => to_json(&recognizers::list(gateway, &call).await?),
        "ListEntityRecognizerSummaries" => to_json(&recognizers::summaries(gateway, &call).await?),
        "StopTrainingEntityRecognizer" => to_json(&recognizers::stop(gateway, &call).await?),
        "DeleteEntityRecognizer" => to_json(&recognizers::delete(gateway, &call).await?),
        "CreateFlywheel" => to_json(&flywheels::create(gateway, &call).await?),
        "DescribeFlywheel" => to_json(&flywheels::describe(gateway, &call).await?),
        "ListFlywheels" => to_json(&flywheels::list(gateway, &call).await?),
        "UpdateFlywheel" => to_json(&flywheels::update(gateway, &call).await?),
        "DeleteFlywheel" => to_json(&flywheels::delete(gateway, &call).await?),
        "StartFlywheelIteration" => to_json(&iterations::start(gateway, &call).await?),
        "DescribeFlywheelIteration" => to_json(&iterations::describe(gateway, &call).await?),
        "ListFlywheelIterationHistory" => to_json(&iterations::history(gateway, &call).await?),
        "CreateDataset" => to_json(&datasets::create(gateway, &call).await?),
        "DescribeDataset" => to_json(&datasets::describe(gateway, &call).await?),
        "ListDatasets" => to_json(&datasets::list(gateway, &call).await?),
        "CreateEndpoint" => to_json(&endpoints::create(gateway, &call).await?),
        "DescribeEndpoint" => to_json(&endpoints::describe(gateway, &call).await?),
        "ListEndpoints" => to_json(&endpoints::list(gateway, &call).await?),
        "UpdateEndpoint" => to_json(&endpoints::update(gateway, &call).await?),
        "DeleteEndpoint" => to_json(&endpoints::delete(gateway, &call).await?),
        "ImportModel" => to_json(&imports::import(gateway, &call).await?),
        "PutResourcePolicy" => to_json(&policies::put(gateway, &call).await?),
        "DescribeResourcePolicy" => to_json(&policies::describe(gateway, &call).await?),
        "DeleteResourcePolicy" => to_json(&policies::delete(gateway, &call).await?),
        "ClassifyDocument" => classify_document::classify(gateway, &call).await,
        "DetectEntities" => detect_entities::detect(gateway, &call).await,
        "BatchDetectEntities" => detect_entities::detect_batch(gateway, &call).await,
        "DetectPiiEntities" => to_json(&detect_pii::detect(gateway, &call).await?),
        "ContainsPiiEntities" => to_json(&detect_pii::contains(gateway, &call).await?),
        "StartEntitiesDetectionV2Job" => {
            to_json(&medical::start::<StartEntitiesDetectionV2JobRequest>(gateway, &call).await?)
        }
        "DescribeEntitiesDetectionV2Job" => {
            let request: DescribeEntitiesDetectionV2JobRequest = call.decode()?;
            to_json(&medical::describe(gateway, &call, JobType::EntitiesDetection, &request.job_id).await?)
        }
        "ListEntitiesDetectionV2Jobs" => {
            let request: ListEntitiesDetectionV2JobsRequest = call.decode()?;
            to_json(&medical::list(gateway, &call, JobType::EntitiesDetection, &request).await?)
        }
        "StopEntitiesDetectionV2Job" => {
            let request: StopEntitiesDetectionV2JobRequest = call.decode()?;
            to_json(&medical::stop(gateway, &call, JobType::EntitiesDetection, request.job_id).await?)
        }
        "StartPHIDetectionJob" => to_json(&medical::start::<StartPhiDetectionJobRequest>(gateway, &call).await?),
        "DescribePHIDetectionJob" => {
            let request: DescribePhiDetectionJobRequest = call.decode()?;
            to_json(&medical::describe(gateway, &call, JobType::PhiDetection, &request.job_id).await?)
        }
        "ListPHIDetectionJobs" => {
            let request: ListPhiDetectionJobsRequest = call.decode()?;
            to_json(&medical::list(gateway, &call, JobType::PhiDetection, &request).await?)
        }
        "StopPHIDetectionJob" => {
            let request: StopPhiDetectionJobRequest = call.decode()?;
            to_json(&medical::stop(gateway, &call, JobType::PhiDetection, request.job_id).await?)
        }
        "DetectEntitiesV2" => detect_medical::entities(gateway, &call).await,
        "DetectPHI" => detect_medical::phi(gateway, &call).await,
        "TagResource" => to_json(&tags::tag(gateway, &call).await?),
        "UntagResource" => to_json(&tags::untag(gateway, &call).await?),
        "ListTagsForResource" => to_json(&tags::list(gateway, &call).await?),
        // A test keeps this function and the table of operations together.
        other => {
            tracing::error!(operation = other, "the table names an operation that has no handler");
            Err(ApiError::internal())
        }
    }
}

fn to_json(answer: &impl Serialize) -> Result<Vec<u8>, ApiError> {
    serde_json::to_vec(answer).map_err(|error| failure::internal(&error))
}

/// The request that started a job, as it was stored.
fn stored_request<R: DeserializeOwned>(job: &Job) -> Result<R, ApiError> {
    R::deserialize(&job.request).map_err(|error| failure::internal(&error))
}

fn record<'a>(job: &'a Job, id: &'a str, results: &'a str) -> JobRecord<'a> {
    JobRecord {
        results,
        job_id: id,
        status: status(job.state),
        message: job.message.as_deref(),
        submit_time_micros: job.submit_time.0,
        end_time_micros: job.end_time.map(|time| time.0),
    }
}

fn status(state: JobState) -> JobStatus {
    match state {
        JobState::Submitted => JobStatus::Submitted,
        JobState::InProgress => JobStatus::InProgress,
        JobState::Completed => JobStatus::Completed,
        JobState::PartialSuccess => JobStatus::PartialSuccess,
        JobState::Failed => JobStatus::Failed,
        JobState::StopRequested => JobStatus::StopRequested,
        JobState::Stopped => JobStatus::Stopped,
    }
}

fn job_filter(filter: JobFilter) -> construe_jobs::JobFilter {
    match filter {
        JobFilter::Name(name) => construe_jobs::JobFilter::Name(name),
        JobFilter::Status(status) => construe_jobs::JobFilter::State(match status {
            JobStatus::Submitted => JobState::Submitted,
            JobStatus::InProgress => JobState::InProgress,
            JobStatus::Completed => JobState::Completed,
            JobStatus::PartialSuccess => JobState::PartialSuccess,
            JobStatus::Failed => JobState::Failed,
            JobStatus::StopRequested => JobState::StopRequested,
            JobStatus::Stopped => JobState::Stopped,
        }),
        JobFilter::SubmittedBefore(micros) => construe_jobs::JobFilter::SubmittedBefore(Timestamp(micros)),
        JobFilter::SubmittedAfter(micros) => construe_jobs::JobFilter::SubmittedAfter(Timestamp(micros)),
    }
}
