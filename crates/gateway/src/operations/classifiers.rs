//! Custom classifiers.

use construe_comprehend_api::ApiError;
use construe_comprehend_api::s3_uri::S3Uri;
use construe_comprehend_api::shapes::classification::DOCUMENT_LIMIT;
use construe_comprehend_api::shapes::classifiers::{
    self as shapes, ARCHIVE_NAME, ClassifierData, ClassifierEvaluationMetrics, ClassifierMetadata, ClassifierMode,
    CreateDocumentClassifierRequest, CreateDocumentClassifierResponse, DeleteDocumentClassifierRequest,
    DescribeDocumentClassifierRequest, DescribeDocumentClassifierResponse, DocumentClassifierProperties,
    DocumentClassifierSummary, ListDocumentClassifierSummariesRequest, ListDocumentClassifierSummariesResponse,
    ListDocumentClassifiersRequest, ListDocumentClassifiersResponse, StopTrainingDocumentClassifierRequest,
    results_folder,
};
use construe_comprehend_api::shapes::job::epoch_seconds;
use construe_comprehend_api::shapes::resource::ManifestPlace;
use construe_jobs::{ArtifactPlace, InputFormat, JobId, JobKind, JobSpec, Location, NewJob, OutputLayout};
use construe_models::{
    ClassifierMeasures, ClassifierReport, ClassifierTraining, LabelledDocuments, ManifestSource, NewResource, Reading,
    Resource, ResourceKind, TrainingData,
};

use super::models::Properties;
use super::resources::{
    self, existing, filters, model_record, model_status, report, stored_request, training, training_states, warnings,
};
use super::tags::Empty;
use super::{Call, jobs};
use crate::failure;
use crate::service::Gateway;

const KIND: ResourceKind = ResourceKind::DocumentClassifier;

pub async fn create(gateway: &Gateway, call: &Call<'_>) -> Result<CreateDocumentClassifierResponse, ApiError> {
    let request: CreateDocumentClassifierRequest = call.decode()?;
    let checked = request.check(&call.caller)?;
    let output = request.output_data_config.as_ref();
    let kms_key_id = output.and_then(|output| output.kms_key_id.clone());
    jobs::check_kms_key(gateway, kms_key_id.as_deref())?;
    let training = ClassifierTraining {
        mode: mode(checked.mode),
        delimiter: checked.delimiter,
        language: request.language_code.as_str().to_owned(),
        train: training_data(&checked.train),
        test: training_data(&checked.test),
        compare: None,
        reading: Reading {
            force_ocr: checked.forces_reading,
        },
    };
    let input = checked.train.first().cloned().ok_or_else(ApiError::internal)?;
    let job = training_job(
        gateway,
        call,
        Training {
            kind: JobKind::ClassifierTraining,
            name: request.document_classifier_name.clone(),
            input,
            output: checked
                .output
                .as_ref()
                .map(|output| move |id: &str| results_folder(output, &call.caller, id)),
            role_arn: request.data_access_role_arn.clone(),
            kms_key_id,
            analysis: serde_json::to_value(&training).map_err(|error| failure::internal(&error))?,
        },
    );
    let resource = NewResource {
        version: request.version_name.clone(),
        properties: Properties::with_policy(gateway, request.model_policy.as_deref()).stored()?,
        ..resources::requested(call, KIND, &request, request.arn(&call.caller))?
    };
    let created = resources::create(gateway, &request, resource, Some(job)).await?;
    Ok(CreateDocumentClassifierResponse {
        document_classifier_arn: created.arn,
    })
}

/// What a job that trains a model is made of. `output`: from the job's id to the customer's folder.
pub struct Training<F> {
    pub kind: JobKind,
    pub name: String,
    /// The first place of training data.
    pub input: S3Uri,
    pub output: Option<F>,
    pub role_arn: String,
    pub kms_key_id: Option<String>,
    pub analysis: serde_json::Value,
}

/// The job that trains a model. The model goes into the service's own bucket; what it leaves for the customer goes
/// into the customer's folder, where one was named.
pub fn training_job<F: FnOnce(&str) -> S3Uri>(gateway: &Gateway, call: &Call<'_>, training: Training<F>) -> NewJob {
    let id = JobId::new();
    let prefix = format!("models/{id}/");
    let folder = training.output.map(|output| jobs::location(output(&id.to_string())));
    let archive = folder.is_some().then(|| ARCHIVE_NAME.to_owned());
    let spec = JobSpec {
        input: jobs::location(training.input),
        format: InputFormat::OneDocPerLine,
        output: folder.unwrap_or_else(|| Location::new(gateway.objects.work_bucket(), &prefix)),
        layout: OutputLayout::Artifact {
            place: ArtifactPlace::Work { prefix },
            archive,
        },
        role_arn: training.role_arn,
        document_limit: DOCUMENT_LIMIT,
        kms_key_id: training.kms_key_id,
        analysis: training.analysis,
    };
    resources::making_job(call, id, training.kind, training.name, spec)
}

pub fn mode(mode: ClassifierMode) -> construe_models::ClassifierMode {
    match mode {
        ClassifierMode::MultiClass => construe_models::ClassifierMode::MultiClass,
        ClassifierMode::MultiLabel => construe_models::ClassifierMode::MultiLabel,
    }
}

pub fn training_data(data: &ClassifierData) -> TrainingData {
    TrainingData {
        csv: data.csv.iter().cloned().map(jobs::location).collect(),
        manifests: data.manifests.iter().map(manifest).collect(),
        documents: data.documents.iter().map(documents).collect(),
    }
}

fn documents(place: &shapes::LabelledDocuments) -> LabelledDocuments {
    LabelledDocuments {
        labels: jobs::location(place.labels.clone()),
        documents: jobs::location(place.documents.clone()),
    }
}

pub fn manifest(place: &ManifestPlace) -> ManifestSource {
    ManifestSource {
        location: jobs::location(place.location.clone()),
        attributes: place.attributes.clone(),
        annotations: place.annotations.clone().map(jobs::location),
        native: place.native,
        partial: false,
    }
}

pub async fn describe(gateway: &Gateway, call: &Call<'_>) -> Result<DescribeDocumentClassifierResponse, ApiError> {
    let request: DescribeDocumentClassifierRequest = call.decode()?;
    let model = existing(gateway, call, KIND, &request.document_classifier_arn).await?;
    Ok(DescribeDocumentClassifierResponse {
        document_classifier_properties: properties(call, &model)?,
    })
}

pub async fn list(gateway: &Gateway, call: &Call<'_>) -> Result<ListDocumentClassifiersResponse, ApiError> {
    let request: ListDocumentClassifiersRequest = call.decode()?;
    let filters = filters(request.filter()?, training_states);
    let (models, next_token) = resources::list_filtered(gateway, call, KIND, &request, filters).await?;
    let properties: Result<_, _> = models.iter().map(|model| properties(call, model)).collect();
    Ok(ListDocumentClassifiersResponse {
        document_classifier_properties_list: properties?,
        next_token,
    })
}

pub async fn summaries(
    gateway: &Gateway,
    call: &Call<'_>,
) -> Result<ListDocumentClassifierSummariesResponse, ApiError> {
    let request: ListDocumentClassifierSummariesRequest = call.decode()?;
    let (summaries, next_token) = resources::summaries(gateway, call, KIND, &request).await?;
    let summaries = summaries.into_iter().map(|summary| {
        Ok(DocumentClassifierSummary {
            document_classifier_name: summary.name,
            number_of_versions: summary.versions,
            latest_version_created_at: epoch_seconds(summary.latest.created.0),
            latest_version_status: model_status(training(&summary.latest)?),
            latest_version_name: summary.latest.version,
        })
    });
    let summaries: Result<_, ApiError> = summaries.collect();
    Ok(ListDocumentClassifierSummariesResponse {
        document_classifier_summaries_list: summaries?,
        next_token,
    })
}

pub async fn stop(gateway: &Gateway, call: &Call<'_>) -> Result<Empty, ApiError> {
    let request: StopTrainingDocumentClassifierRequest = call.decode()?;
    resources::stop_training(gateway, call, KIND, &request.document_classifier_arn).await
}

pub async fn delete(gateway: &Gateway, call: &Call<'_>) -> Result<Empty, ApiError> {
    let request: DeleteDocumentClassifierRequest = call.decode()?;
    resources::delete(gateway, call, KIND, &request.document_classifier_arn).await
}

fn properties(call: &Call<'_>, model: &Resource) -> Result<DocumentClassifierProperties, ApiError> {
    let request: CreateDocumentClassifierRequest = stored_request(model)?;
    let training = training(model)?;
    let report: Option<ClassifierReport> = report(training)?;
    let folder = request
        .output_data_config
        .as_ref()
        .and_then(|output| output.s3_uri.as_ref());
    let archive = folder.and_then(|folder| {
        let folder = results_folder(&folder.parse().ok()?, &call.caller, &training.job.to_string());
        Some(format!("{folder}{ARCHIVE_NAME}"))
    });
    let warning = report.as_ref().and_then(|report| warnings(&report.warnings));
    Ok(request.describe(
        &model_record(model, training, &Properties::of(model)?, warning.as_deref()),
        archive.as_deref(),
        report.as_ref().map(metadata),
    ))
}

fn metadata(report: &ClassifierReport) -> ClassifierMetadata {
    ClassifierMetadata {
        number_of_labels: report.labels,
        number_of_trained_documents: report.trained_documents,
        number_of_test_documents: report.test_documents,
        evaluation_metrics: metrics(&report.measures),
    }
}

fn metrics(measures: &ClassifierMeasures) -> ClassifierEvaluationMetrics {
    ClassifierEvaluationMetrics {
        accuracy: measures.accuracy,
        precision: measures.precision,
        recall: measures.recall,
        f1_score: measures.f1,
        micro_precision: measures.micro_precision,
        micro_recall: measures.micro_recall,
        micro_f1_score: measures.micro_f1,
        hamming_loss: measures.hamming_loss,
    }
}

/// What is to be known of a classifier to work with it.
pub struct Known {
    pub mode: ClassifierMode,
    /// Code.
    pub language: String,
    /// Whether it learnt from documents that are not plain text.
    pub native: bool,
}

impl Known {
    pub fn of(model: &Resource) -> Result<Self, ApiError> {
        let request: CreateDocumentClassifierRequest = stored_request(model)?;
        Ok(Self {
            mode: request.mode(),
            language: request.language_code.as_str().to_owned(),
            native: request.is_native(),
        })
    }
}
