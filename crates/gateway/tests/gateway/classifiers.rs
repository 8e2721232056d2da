//! Custom classifiers and jobs that work with them.

use std::ops::ControlFlow;
use std::sync::LazyLock;

use construe_classify::{Example, Mode, Settings};
use construe_jobs::{ArtifactPlace, Ending, JobKind, JobStore, OutputLayout, Owner};
use construe_models::{Classification, ClassifierTraining};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{ACCOUNT, REGION, ROLE, Site, arn};

/// A classifier of spam, and one of two labels that do not exclude each other.
pub static SPAM: LazyLock<Vec<u8>> = LazyLock::new(|| train(Mode::MultiClass));
pub static TOPICS: LazyLock<Vec<u8>> = LazyLock::new(|| train(Mode::MultiLabel));

fn train(mode: Mode) -> Vec<u8> {
    let texts: Vec<(String, [&str; 1])> = (0..40)
        .flat_map(|n| {
            [
                (format!("win a prize of {n} pounds, call now to claim"), ["spam"]),
                (format!("see you at {n} o'clock at the station, love"), ["ham"]),
            ]
        })
        .collect();
    let examples: Vec<Example<'_>> = texts.iter().map(|(text, labels)| Example { text, labels }).collect();
    let model = construe_classify::train(&Settings::new(mode), &mut examples.as_slice(), &mut |_| {
        ControlFlow::Continue(())
    });
    model.unwrap().to_bytes()
}

/// What the training of [`SPAM`] reports.
pub fn report() -> Value {
    json!({
        "labels": 2, "trained_documents": 72, "test_documents": 8,
        "measures": {"accuracy": 1.0, "precision": 1.0, "recall": 0.5, "f1": 0.75, "micro_precision": 1.0,
            "micro_recall": 1.0, "micro_f1": 1.0, "hamming_loss": 0.0},
    })
}

pub fn create(name: &str, version: Option<&str>) -> Value {
    let mut request = json!({
        "DocumentClassifierName": name, "DataAccessRoleArn": ROLE, "LanguageCode": "en",
        "InputDataConfig": {"S3Uri": "s3://bucket/train.csv"},
    });
    if let Some(version) = version {
        request["VersionName"] = version.into();
    }
    request
}

/// ARN of a classifier that is trained.
pub async fn trained(site: &Site, name: &str, model: &[u8]) -> String {
    let mut request = create(name, None);
    if model == TOPICS.as_slice() {
        request["Mode"] = "MULTI_LABEL".into();
    }
    let created = site.ok("CreateDocumentClassifier", request).await;
    let arn = created["DocumentClassifierArn"].as_str().unwrap().to_owned();
    site.trained(&arn, model, report()).await;
    arn
}

pub fn start(classifier: &str) -> Value {
    json!({
        "DocumentClassifierArn": classifier, "DataAccessRoleArn": ROLE, "JobName": "sms",
        "InputDataConfig": {"S3Uri": "s3://bucket/in"}, "OutputDataConfig": {"S3Uri": "s3://bucket/out"},
    })
}

async fn described(site: &Site, arn: &str) -> Value {
    let answer = site
        .ok("DescribeDocumentClassifier", json!({"DocumentClassifierArn": arn}))
        .await;
    answer["DocumentClassifierProperties"].clone()
}

#[tokio::test]
async fn a_classifier_is_what_its_training_is() {
    let site = Site::new().await;
    let mut request = create("spam", Some("v1"));
    request["Mode"] = "MULTI_LABEL".into();
    request["InputDataConfig"]["LabelDelimiter"] = ";".into();
    request["InputDataConfig"]["TestS3Uri"] = "s3://bucket/test.csv".into();
    request["OutputDataConfig"] = json!({"S3Uri": "s3://bucket/models/"});
    request["Tags"] = json!([{"Key": "team", "Value": "claims"}]);
    request["ClientRequestToken"] = "once".into();
    let created = site.ok("CreateDocumentClassifier", request.clone()).await;
    let classifier = arn("document-classifier/spam/version/v1");
    assert_eq!(created, json!({"DocumentClassifierArn": classifier}));
    assert_eq!(site.ok("CreateDocumentClassifier", request.clone()).await, created);
    request["LanguageCode"] = "de".into();
    assert_eq!(
        site.code("CreateDocumentClassifier", request.clone()).await,
        "InvalidRequestException"
    );
    request["ClientRequestToken"] = "twice".into();
    assert_eq!(
        site.code("CreateDocumentClassifier", request).await,
        "ResourceInUseException"
    );

    let job = site.making(&classifier).await;
    let owner = Owner {
        account: ACCOUNT.into(),
        region: REGION.into(),
        kind: JobKind::ClassifierTraining,
    };
    let stored = site.store.get(&owner, job).await.unwrap().unwrap();
    let training = ClassifierTraining::deserialize(&stored.spec.analysis).unwrap();
    assert_eq!(
        (training.mode, training.delimiter.as_str(), training.language.as_str()),
        (construe_models::ClassifierMode::MultiLabel, ";", "en")
    );
    assert_eq!(training.train.csv[0].to_string(), "s3://bucket/train.csv");
    assert_eq!(training.test.csv[0].to_string(), "s3://bucket/test.csv");
    let archive = format!("s3://bucket/models/111122223333-CLR-{job}/output/output.tar.gz");
    assert_eq!(stored.spec.results().to_string(), archive);
    let OutputLayout::Artifact { place, .. } = &stored.spec.layout else {
        panic!("a training makes a model");
    };
    let prefix = format!("models/{job}/");
    assert_eq!(place, &ArtifactPlace::Work { prefix });

    let submitted = described(&site, &classifier).await;
    assert_eq!(
        (&submitted["Status"], &submitted["Mode"], &submitted["VersionName"]),
        (&"SUBMITTED".into(), &"MULTI_LABEL".into(), &"v1".into())
    );
    assert_eq!(submitted["OutputDataConfig"]["S3Uri"], archive.as_str());
    assert!(submitted.get("ClassifierMetadata").is_none() && submitted.get("EndTime").is_none());
    let tags = site.ok("ListTagsForResource", json!({"ResourceArn": classifier})).await;
    assert_eq!(tags["Tags"], json!([{"Key": "team", "Value": "claims"}]));
    // What is not trained cannot be used, and what is trained cannot be deleted.
    assert_eq!(
        site.code("StartDocumentClassificationJob", start(&classifier)).await,
        "ResourceUnavailableException"
    );
    assert_eq!(
        site.code("DeleteDocumentClassifier", json!({"DocumentClassifierArn": classifier}))
            .await,
        "ResourceUnavailableException"
    );

    let mut warned = report();
    warned["warnings"] = json!(["3 documents are empty", "2 documents are in the test data too"]);
    site.trained(&classifier, TOPICS.as_slice(), warned).await;
    let trained = described(&site, &classifier).await;
    assert_eq!(trained["Status"], "TRAINED_WITH_WARNING");
    assert_eq!(
        trained["Message"],
        "3 documents are empty; 2 documents are in the test data too"
    );
    assert!(trained["TrainingEndTime"].as_f64() >= trained["TrainingStartTime"].as_f64());
    let metadata = json!({
        "NumberOfLabels": 2, "NumberOfTrainedDocuments": 72, "NumberOfTestDocuments": 8,
        "EvaluationMetrics": {"Accuracy": 1.0, "Precision": 1.0, "Recall": 0.5, "F1Score": 0.75,
            "MicroPrecision": 1.0, "MicroRecall": 1.0, "MicroF1Score": 1.0, "HammingLoss": 0.0},
    });
    assert_eq!(trained["ClassifierMetadata"], metadata);

    let failed = site.ok("CreateDocumentClassifier", create("broken", None)).await;
    let failed = failed["DocumentClassifierArn"].as_str().unwrap();
    let message = "INVALID_TRAINING_DATA: train.csv, line 7: the quotes are never closed.";
    site.fail(site.making(failed).await, message).await;
    let properties = described(&site, failed).await;
    assert_eq!(
        (&properties["Status"], &properties["Message"]),
        (&"IN_ERROR".into(), &message.into())
    );
    for (status, count) in [
        ("TRAINED", 0),
        ("TRAINED_WITH_WARNING", 1),
        ("IN_ERROR", 1),
        ("DELETING", 0),
    ] {
        let listed = site
            .ok("ListDocumentClassifiers", json!({"Filter": {"Status": status}}))
            .await;
        let listed = listed["DocumentClassifierPropertiesList"].as_array().unwrap();
        assert_eq!(listed.len(), count, "{status}");
        assert!(listed.iter().all(|classifier| classifier["Status"] == status));
    }
    site.ok("DeleteDocumentClassifier", json!({"DocumentClassifierArn": failed}))
        .await;
    for operation in [
        "DescribeDocumentClassifier",
        "StopTrainingDocumentClassifier",
        "DeleteDocumentClassifier",
    ] {
        let code = site.code(operation, json!({"DocumentClassifierArn": failed})).await;
        assert_eq!(code, "ResourceNotFoundException", "{operation}");
    }
}

#[tokio::test]
async fn versions_are_listed_in_pages_and_summed_up() {
    let site = Site::new().await;
    for version in 0..5 {
        let request = create("spam", Some(&format!("v{version}")));
        site.ok("CreateDocumentClassifier", request).await;
    }
    site.ok("CreateDocumentClassifier", create("mood", None)).await;
    let mut seen = Vec::new();
    let mut request = json!({"MaxResults": 2, "Filter": {"DocumentClassifierName": "spam"}});
    loop {
        let page = site.ok("ListDocumentClassifiers", request.clone()).await;
        let listed = page["DocumentClassifierPropertiesList"].as_array().unwrap();
        seen.extend(listed.iter().map(|one| one["VersionName"].as_str().unwrap().to_owned()));
        let Some(token) = page.get("NextToken") else { break };
        request["NextToken"] = token.clone();
    }
    assert_eq!(seen, ["v4", "v3", "v2", "v1", "v0"]);
    request["Filter"] = json!({"DocumentClassifierName": "mood"});
    assert_eq!(
        site.code("ListDocumentClassifiers", request).await,
        "InvalidRequestException",
        "a token is good for its own list only"
    );
    let two = json!({"Filter": {"DocumentClassifierName": "mood", "Status": "TRAINED"}});
    assert_eq!(
        site.code("ListDocumentClassifiers", two).await,
        "InvalidFilterException"
    );

    let first = site
        .ok("ListDocumentClassifierSummaries", json!({"MaxResults": 1}))
        .await;
    let request = json!({"MaxResults": 1, "NextToken": first["NextToken"]});
    let second = site.ok("ListDocumentClassifierSummaries", request).await;
    assert!(second.get("NextToken").is_none());
    let summary = |page: &Value| {
        let mut summary = page["DocumentClassifierSummariesList"][0].clone();
        summary
            .as_object_mut()
            .unwrap()
            .remove("LatestVersionCreatedAt")
            .unwrap();
        summary
    };
    assert_eq!(
        [summary(&first), summary(&second)],
        [
            json!({"DocumentClassifierName": "mood", "NumberOfVersions": 1, "LatestVersionStatus": "SUBMITTED"}),
            json!({"DocumentClassifierName": "spam", "NumberOfVersions": 5, "LatestVersionName": "v4",
                "LatestVersionStatus": "SUBMITTED"}),
        ]
    );
}

#[tokio::test]
async fn a_job_pins_its_classifier() {
    let site = Site::new().await;
    let classifier = trained(&site, "spam", &SPAM).await;
    let mut request = start(&classifier);
    request["InputDataConfig"]["InputFormat"] = "ONE_DOC_PER_FILE".into();
    request["InputDataConfig"]["DocumentReaderConfig"] = json!({
        "DocumentReadAction": "TEXTRACT_DETECT_DOCUMENT_TEXT", "DocumentReadMode": "FORCE_DOCUMENT_READ_ACTION"});
    let started = site.ok("StartDocumentClassificationJob", request).await;
    assert_eq!(started["DocumentClassifierArn"], classifier.as_str());
    let id = started["JobId"].as_str().unwrap();
    assert_eq!(
        started["JobArn"],
        arn(&format!("document-classification-job/{id}")).as_str()
    );
    let described = site.ok("DescribeDocumentClassificationJob", json!({"JobId": id})).await;
    let job = &described["DocumentClassificationJobProperties"];
    let archive = format!("s3://bucket/out/111122223333-CLN-{id}/output/output.tar.gz");
    assert_eq!(job["OutputDataConfig"]["S3Uri"], archive.as_str());
    assert_eq!(job["DocumentClassifierArn"], classifier.as_str());
    let listed = site
        .ok("ListDocumentClassificationJobs", json!({"Filter": {"JobName": "sms"}}))
        .await;
    assert_eq!(listed["DocumentClassificationJobPropertiesList"], json!([job]));
    site.ok("ListTagsForResource", json!({"ResourceArn": started["JobArn"]}))
        .await;

    let owner = Owner {
        account: ACCOUNT.into(),
        region: REGION.into(),
        kind: JobKind::DocumentClassification,
    };
    let stored = site.store.get(&owner, id.parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(stored.spec.document_limit, 50 << 20, "files may be PDFs");
    let analysis = Classification::deserialize(&stored.spec.analysis).unwrap();
    assert_eq!(
        (analysis.model.arn.as_str(), analysis.model.size),
        (classifier.as_str(), SPAM.len() as u64)
    );
    assert_eq!((analysis.language.as_str(), analysis.reading.force_ocr), ("en", true));

    let delete = json!({"DocumentClassifierArn": classifier});
    let refused = site.refused("DeleteDocumentClassifier", delete.clone()).await;
    assert_eq!(refused["__type"], "ResourceInUseException", "{refused}");
    site.end(id.parse().unwrap(), Ending::Completed, None).await;
    site.ok("DeleteDocumentClassifier", delete).await;
    assert_eq!(
        site.code("StartDocumentClassificationJob", start(&classifier)).await,
        "ResourceNotFoundException"
    );
    // Its jobs are described all the same.
    let described = site.ok("DescribeDocumentClassificationJob", json!({"JobId": id})).await;
    let job = &described["DocumentClassificationJobProperties"];
    assert_eq!(
        (&job["JobStatus"], &job["DocumentClassifierArn"]),
        (&"COMPLETED".into(), &classifier.into())
    );
    let mut unknown = start(&arn("document-classifier/spam"));
    unknown["FlywheelArn"] = arn("flywheel/mill").into();
    assert_eq!(
        site.code("StartDocumentClassificationJob", unknown.clone()).await,
        "InvalidRequestException"
    );
    unknown.as_object_mut().unwrap().remove("DocumentClassifierArn");
    assert_eq!(
        site.code("StartDocumentClassificationJob", unknown).await,
        "ResourceNotFoundException"
    );
}
