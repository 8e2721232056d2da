//! Classification jobs.

use construe_comprehend_api::shapes::classification::{
    ARCHIVE_MEMBER, ARCHIVE_NAME, DOCUMENT_LIMIT, DescribeDocumentClassificationJobRequest,
    DescribeDocumentClassificationJobResponse, DocumentClassificationJobProperties,
    ListDocumentClassificationJobsRequest, ListDocumentClassificationJobsResponse,
    StartDocumentClassificationJobRequest, StartDocumentClassificationJobResponse, job_arn, results_folder,
};
use construe_comprehend_api::shapes::job::JobStatus;
use construe_comprehend_api::{ApiError, Caller};
use construe_jobs::{Job, JobId, JobKind, JobSpec, OutputLayout};
use construe_models::{Classification, Reading, ResourceKind};
use serde::Deserialize;

use super::jobs::{self, Start};
use super::{Call, classifiers, models, record, stored_request};
use crate::failure;
use crate::service::Gateway;

const KIND: JobKind = JobKind::DocumentClassification;

pub async fn start(gateway: &Gateway, call: &Call<'_>) -> Result<StartDocumentClassificationJobResponse, ApiError> {
    let request: StartDocumentClassificationJobRequest = call.decode()?;
    let without_token = StartDocumentClassificationJobRequest {
        client_request_token: None,
        ..request.clone()
    };
    let token = request.client_request_token.as_deref().zip(Some(without_token));
    if let Some(job) = jobs::started_before(gateway, call, KIND, token.as_ref()).await? {
        return started(&call.caller, &job);
    }
    let checked = request.check(&call.caller)?;
    jobs::check_kms(gateway, &request.output_data_config)?;
    let (model, pinned) = models::pinned(gateway, call, ResourceKind::DocumentClassifier, &checked.model).await?;
    let known = classifiers::Known::of(&model)?;
    let classifier = pinned.arn.clone();
    let analysis = Classification {
        model: pinned,
        mode: classifiers::mode(known.mode),
        language: known.language,
        native: known.native,
        reading: Reading {
            force_ocr: checked.forces_reading,
        },
    };
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
        document_limit: jobs::document_limit(&request.input_data_config, DOCUMENT_LIMIT),
        kms_key_id: request.output_data_config.kms_key_id.clone(),
        analysis: serde_json::to_value(&analysis).map_err(|error| failure::internal(&error))?,
    };
    let start = Start {
        kind: KIND,
        id,
        arn: job_arn(&call.caller, &id.to_string()),
        request: &request,
        name: request.job_name.as_deref(),
        token,
        tags: request.tags.as_deref(),
        model: Some(&classifier),
        spec,
    };
    let job = jobs::start(gateway, call, start).await?;
    started(&call.caller, &job)
}

fn started(caller: &Caller, job: &Job) -> Result<StartDocumentClassificationJobResponse, ApiError> {
    let job_id = job.id.to_string();
    Ok(StartDocumentClassificationJobResponse {
        job_arn: job_arn(caller, &job_id),
        job_id,
        // Also when the token is repeated later: the same request gets the same answer.
        job_status: JobStatus::Submitted,
        document_classifier_arn: classifier_of(job)?,
    })
}

pub async fn describe(
    gateway: &Gateway,
    call: &Call<'_>,
) -> Result<DescribeDocumentClassificationJobResponse, ApiError> {
    let request: DescribeDocumentClassificationJobRequest = call.decode()?;
    let job = jobs::describe(gateway, call, KIND, &request.job_id).await?;
    Ok(DescribeDocumentClassificationJobResponse {
        document_classification_job_properties: properties(&call.caller, &job)?,
    })
}

pub async fn list(gateway: &Gateway, call: &Call<'_>) -> Result<ListDocumentClassificationJobsResponse, ApiError> {
    let request: ListDocumentClassificationJobsRequest = call.decode()?;
    let (jobs, next_token) = jobs::list(gateway, call, KIND, &request).await?;
    let properties: Result<_, _> = jobs.iter().map(|job| properties(&call.caller, job)).collect();
    Ok(ListDocumentClassificationJobsResponse {
        document_classification_job_properties_list: properties?,
        next_token,
    })
}

fn properties(caller: &Caller, job: &Job) -> Result<DocumentClassificationJobProperties, ApiError> {
    let request: StartDocumentClassificationJobRequest = stored_request(job)?;
    Ok(request.describe(
        caller,
        &record(job, &job.id.to_string(), &job.spec.results().to_string()),
        &classifier_of(job)?,
    ))
}

/// ARN of the classifier that a job works with.
fn classifier_of(job: &Job) -> Result<String, ApiError> {
    let analysis = Classification::deserialize(&job.spec.analysis).map_err(|error| failure::internal(&error))?;
    Ok(analysis.model.arn)
}
