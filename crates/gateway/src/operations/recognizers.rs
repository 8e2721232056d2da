//! Custom entity recognizers.

use super::classifiers::{Training, manifest, training_job};
use super::models::Properties;
use super::resources::{
    self, existing, filters, model_record, model_status, report, stored_request, training, training_states, warnings,
};
use super::tags::Empty;
use super::{Call, jobs};
use crate::failure;
use crate::service::Gateway;
use construe_comprehend_api::ApiError;
use construe_comprehend_api::s3_uri::S3Uri;
use construe_comprehend_api::shapes::common::InputFormat as ApiInputFormat;
use construe_comprehend_api::shapes::job::epoch_seconds;
use construe_comprehend_api::shapes::recognizers::{
    self as shapes, CreateEntityRecognizerRequest, CreateEntityRecognizerResponse, DeleteEntityRecognizerRequest,
    DescribeEntityRecognizerRequest, DescribeEntityRecognizerResponse, EntityRecognizerProperties,
    EntityRecognizerSummary, EntityTypeMetadata, ListEntityRecognizerSummariesRequest,
    ListEntityRecognizerSummariesResponse, ListEntityRecognizersRequest, ListEntityRecognizersResponse,
    RecognizerEvaluationMetrics, RecognizerMetadata, StopTrainingEntityRecognizerRequest,
};
use construe_jobs::{InputFormat, JobKind};
use construe_models::{
    DocumentSource, NewResource, RecognizerData, RecognizerReport, RecognizerTraining, Resource, ResourceKind,
    SpanMeasures,
};

const KIND: ResourceKind = ResourceKind::EntityRecognizer;

pub async fn create(gateway: &Gateway, call: &Call<'_>) -> Result<CreateEntityRecognizerResponse, ApiError> {
    let request: CreateEntityRecognizerRequest = call.decode()?;
    let checked = request.check(&call.caller)?;
    let training = RecognizerTraining {
        language: request.language_code.as_str().to_owned(),
        types: checked.types,
        train: training_data(&checked.train),
        test: training_data(&checked.test),
        compare: None,
    };
    let job = training_job(
        gateway,
        call,
        Training {
            kind: JobKind::RecognizerTraining,
            name: request.recognizer_name.clone(),
            input: checked.train.first().cloned().ok_or_else(ApiError::internal)?,
            output: None::<fn(&str) -> S3Uri>,
            role_arn: request.data_access_role_arn.clone(),
            kms_key_id: None,
            analysis: serde_json::to_value(&training).map_err(|error| failure::internal(&error))?,
        },
    );
    let resource = NewResource {
        version: request.version_name.clone(),
        properties: Properties::with_policy(gateway, request.model_policy.as_deref()).stored()?,
        ..resources::requested(call, KIND, &request, request.arn(&call.caller))?
    };
    let created = resources::create(gateway, &request, resource, Some(job)).await?;
    Ok(CreateEntityRecognizerResponse {
        entity_recognizer_arn: created.arn,
    })
}

/// Annotated documents, in the words of the domain.
pub fn training_data(data: &shapes::RecognizerData) -> RecognizerData {
    let documents = data.documents.iter().map(|place| DocumentSource {
        documents: jobs::location(place.documents.clone()),
        format: match place.format {
            ApiInputFormat::OneDocPerFile => InputFormat::OneDocPerFile,
            ApiInputFormat::OneDocPerLine => InputFormat::OneDocPerLine,
        },
        annotations: place.annotations.clone().map(jobs::location),
    });
    RecognizerData {
        documents: documents.collect(),
        entity_list: data.entity_list.clone().map(jobs::location),
        manifests: data.manifests.iter().map(manifest).collect(),
    }
}

pub async fn describe(gateway: &Gateway, call: &Call<'_>) -> Result<DescribeEntityRecognizerResponse, ApiError> {
    let request: DescribeEntityRecognizerRequest = call.decode()?;
    let model = existing(gateway, call, KIND, &request.entity_recognizer_arn).await?;
    Ok(DescribeEntityRecognizerResponse {
        entity_recognizer_properties: properties(&model)?,
    })
}

pub async fn list(gateway: &Gateway, call: &Call<'_>) -> Result<ListEntityRecognizersResponse, ApiError> {
    let request: ListEntityRecognizersRequest = call.decode()?;
    let filters = filters(request.filter()?, training_states);
    let (models, next_token) = resources::list_filtered(gateway, call, KIND, &request, filters).await?;
    let properties: Result<_, _> = models.iter().map(properties).collect();
    Ok(ListEntityRecognizersResponse {
        entity_recognizer_properties_list: properties?,
        next_token,
    })
}

pub async fn summaries(gateway: &Gateway, call: &Call<'_>) -> Result<ListEntityRecognizerSummariesResponse, ApiError> {
    let request: ListEntityRecognizerSummariesRequest = call.decode()?;
    let (summaries, next_token) = resources::summaries(gateway, call, KIND, &request).await?;
    let summaries = summaries.into_iter().map(|summary| {
        Ok(EntityRecognizerSummary {
            recognizer_name: summary.name,
            number_of_versions: summary.versions,
            latest_version_created_at: epoch_seconds(summary.latest.created.0),
            latest_version_status: model_status(training(&summary.latest)?),
            latest_version_name: summary.latest.version,
        })
    });
    let summaries: Result<_, ApiError> = summaries.collect();
    Ok(ListEntityRecognizerSummariesResponse {
        entity_recognizer_summaries_list: summaries?,
        next_token,
    })
}

pub async fn stop(gateway: &Gateway, call: &Call<'_>) -> Result<Empty, ApiError> {
    let request: StopTrainingEntityRecognizerRequest = call.decode()?;
    resources::stop_training(gateway, call, KIND, &request.entity_recognizer_arn).await
}

pub async fn delete(gateway: &Gateway, call: &Call<'_>) -> Result<Empty, ApiError> {
    let request: DeleteEntityRecognizerRequest = call.decode()?;
    resources::delete(gateway, call, KIND, &request.entity_recognizer_arn).await
}

fn properties(model: &Resource) -> Result<EntityRecognizerProperties, ApiError> {
    let request: CreateEntityRecognizerRequest = stored_request(model)?;
    let training = training(model)?;
    let report: Option<RecognizerReport> = report(training)?;
    let kept = Properties::of(model)?;
    let warning = report.as_ref().and_then(|report| warnings(&report.warnings));
    Ok(request.describe(
        &model_record(model, training, &kept, warning.as_deref()),
        kept.statistics.as_deref(),
        report.as_ref().map(metadata),
    ))
}

fn metadata(report: &RecognizerReport) -> RecognizerMetadata {
    let types = report.types.iter().map(|one| EntityTypeMetadata {
        r#type: one.name.clone(),
        evaluation_metrics: metrics(&one.measures),
        number_of_train_mentions: one.train_mentions,
    });
    RecognizerMetadata {
        number_of_trained_documents: report.trained_documents,
        number_of_test_documents: report.test_documents,
        evaluation_metrics: metrics(&report.measures),
        entity_types: types.collect(),
    }
}

/// The protocol gives those of recognizers in hundredths.
fn metrics(measures: &SpanMeasures) -> RecognizerEvaluationMetrics {
    RecognizerEvaluationMetrics {
        precision: hundredths(measures.precision),
        recall: hundredths(measures.recall),
        f1_score: hundredths(measures.f1),
    }
}

/// With ten digits after the point, which is more than was measured and less than what binary fractions leave behind.
fn hundredths(share: f64) -> f64 {
    (share * 1e12).round() / 1e10
}
