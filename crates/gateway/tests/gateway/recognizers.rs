//! Custom entity recognizers.

use construe_jobs::{ArtifactPlace, JobKind, JobStore, Location, OutputLayout, Owner};
use construe_models::RecognizerTraining;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{ACCOUNT, REGION, ROLE, Site, arn};

pub fn create(name: &str, version: Option<&str>) -> Value {
    let mut request = json!({
        "RecognizerName": name, "DataAccessRoleArn": ROLE, "LanguageCode": "de",
        "InputDataConfig": {
            "EntityTypes": [{"Type": "PART"}, {"Type": "MAKER"}],
            "Documents": {"S3Uri": "s3://bucket/texts/"},
            "Annotations": {"S3Uri": "s3://bucket/annotations.csv"},
        },
    });
    if let Some(version) = version {
        request["VersionName"] = version.into();
    }
    request
}

/// What a training reports.
pub fn report() -> Value {
    let measures = json!({"precision": 0.57, "recall": 0.25, "f1": 0.375});
    json!({
        "trained_documents": 90, "test_documents": 10, "measures": measures,
        "types": [{"name": "PART", "measures": measures, "train_mentions": 200}],
    })
}

async fn described(site: &Site, arn: &str) -> Value {
    let answer = site
        .ok("DescribeEntityRecognizer", json!({"EntityRecognizerArn": arn}))
        .await;
    answer["EntityRecognizerProperties"].clone()
}

#[tokio::test]
async fn a_recognizer_is_made_trained_and_deleted() {
    let site = Site::new().await;
    let mut request = create("parts", Some("v1"));
    request["ClientRequestToken"] = "t".into();
    request["Tags"] = json!([{"Key": "team", "Value": "a"}]);
    let created = site.ok("CreateEntityRecognizer", request.clone()).await;
    let parts = arn("entity-recognizer/parts/version/v1");
    assert_eq!(created, json!({"EntityRecognizerArn": parts}));
    assert_eq!(
        site.ok("CreateEntityRecognizer", request.clone()).await,
        created,
        "the same token"
    );
    request["LanguageCode"] = "en".into();
    assert_eq!(
        site.code("CreateEntityRecognizer", request).await,
        "InvalidRequestException"
    );
    let taken = create("parts", Some("v1"));
    assert_eq!(
        site.code("CreateEntityRecognizer", taken).await,
        "ResourceInUseException"
    );
    let tags = site.ok("ListTagsForResource", json!({"ResourceArn": parts})).await;
    assert_eq!(tags["Tags"], json!([{"Key": "team", "Value": "a"}]));

    // The job that trains it.
    let owner = Owner {
        account: ACCOUNT.to_owned(),
        region: REGION.to_owned(),
        kind: JobKind::RecognizerTraining,
    };
    let id = site.making(&parts).await;
    let job = site.store.get(&owner, id).await.unwrap().unwrap();
    let place = ArtifactPlace::Work {
        prefix: format!("models/{id}/"),
    };
    assert_eq!(job.spec.layout, OutputLayout::Artifact { place, archive: None });
    assert_eq!(
        (job.spec.input, job.spec.role_arn.as_str()),
        (Location::new("bucket", "texts/"), ROLE)
    );
    let training = RecognizerTraining::deserialize(&job.spec.analysis).unwrap();
    assert_eq!(
        (training.language.as_str(), training.types),
        ("de", vec!["PART".to_owned(), "MAKER".to_owned()])
    );
    assert_eq!(
        training.train.documents[0].annotations,
        Some(Location::new("bucket", "annotations.csv"))
    );
    assert!(training.test.is_empty() && training.compare.is_none());

    let by_arn = json!({"EntityRecognizerArn": parts});
    let waiting = described(&site, &parts).await;
    assert_eq!(
        (&waiting["Status"], waiting.get("RecognizerMetadata")),
        (&"SUBMITTED".into(), None)
    );
    assert_eq!(
        site.code("DeleteEntityRecognizer", by_arn.clone()).await,
        "ResourceUnavailableException"
    );

    let mut report = report();
    report["warnings"] = json!(["SKIPPED: 3 documents are empty."]);
    site.trained(&parts, b"a model", report).await;
    let trained = described(&site, &parts).await;
    let metrics = json!({"Precision": 57.0, "Recall": 25.0, "F1Score": 37.5});
    assert_eq!(
        trained["RecognizerMetadata"],
        json!({
            "NumberOfTrainedDocuments": 90,
            "NumberOfTestDocuments": 10,
            "EvaluationMetrics": metrics,
            "EntityTypes": [{"Type": "PART", "EvaluationMetrics": metrics, "NumberOfTrainMentions": 200}],
        })
    );
    assert_eq!(trained["Status"], "TRAINED_WITH_WARNING");
    assert_eq!(trained["Message"], "SKIPPED: 3 documents are empty.");
    let mut in_force = create("parts", None)["InputDataConfig"].clone();
    in_force["DataFormat"] = "COMPREHEND_CSV".into();
    in_force["Documents"]["InputFormat"] = "ONE_DOC_PER_LINE".into();
    assert_eq!(trained["InputDataConfig"], in_force);
    assert!(trained["TrainingEndTime"].as_f64() >= trained["SubmitTime"].as_f64());
    assert_eq!(
        site.code("StopTrainingEntityRecognizer", by_arn.clone()).await,
        "InvalidRequestException",
        "the training has ended"
    );

    site.ok("DeleteEntityRecognizer", by_arn.clone()).await;
    assert_eq!(
        site.code("DescribeEntityRecognizer", by_arn.clone()).await,
        "ResourceNotFoundException"
    );
    assert_eq!(
        site.code("DeleteEntityRecognizer", by_arn).await,
        "ResourceNotFoundException"
    );
}

#[tokio::test]
async fn recognizers_are_listed_and_summed_up() {
    let site = Site::new().await;
    for (name, version) in [("parts", Some("v1")), ("makers", None), ("parts", Some("v2"))] {
        site.ok("CreateEntityRecognizer", create(name, version)).await;
    }
    let failed = site.making(&arn("entity-recognizer/makers")).await;
    site.fail(failed, "TOO_FEW_DOCUMENTS: no.").await;
    let stopped = site.making(&arn("entity-recognizer/parts/version/v2")).await;
    site.store.stop(None, stopped).await.unwrap();

    let listed = |answer: &Value| -> Vec<String> {
        let list = answer["EntityRecognizerPropertiesList"].as_array().unwrap();
        let short = |one: &Value| {
            one["EntityRecognizerArn"]
                .as_str()
                .unwrap()
                .rsplit('/')
                .next()
                .unwrap()
                .to_owned()
        };
        list.iter().map(short).collect()
    };
    for (filter, expected) in [
        (json!({}), vec!["v2", "makers", "v1"]),
        (json!({"RecognizerName": "parts"}), vec!["v2", "v1"]),
        (json!({"Status": "IN_ERROR"}), vec!["makers"]),
        (json!({"Status": "STOP_REQUESTED"}), vec!["v2"]),
        (json!({"Status": "DELETING"}), vec![]),
    ] {
        let answer = site.ok("ListEntityRecognizers", json!({"Filter": filter})).await;
        assert_eq!(listed(&answer), expected, "{filter}");
    }
    let two = json!({"Filter": {"Status": "TRAINED", "RecognizerName": "parts"}});
    assert_eq!(site.code("ListEntityRecognizers", two).await, "InvalidFilterException");
    let first = site.ok("ListEntityRecognizers", json!({"MaxResults": 2})).await;
    let rest = json!({"MaxResults": 2, "NextToken": first["NextToken"]});
    let rest = site.ok("ListEntityRecognizers", rest).await;
    assert_eq!(
        (listed(&first), listed(&rest)),
        (vec!["v2".to_owned(), "makers".to_owned()], vec!["v1".to_owned()])
    );
    assert!(rest.get("NextToken").is_none());
    let makers = described(&site, &arn("entity-recognizer/makers")).await;
    assert_eq!(
        (&makers["Status"], &makers["Message"]),
        (&"IN_ERROR".into(), &"TOO_FEW_DOCUMENTS: no.".into())
    );

    let summaries = site.ok("ListEntityRecognizerSummaries", json!({})).await;
    let mut summaries = summaries["EntityRecognizerSummariesList"].clone();
    for summary in summaries.as_array_mut().unwrap() {
        assert!(
            summary
                .as_object_mut()
                .unwrap()
                .remove("LatestVersionCreatedAt")
                .unwrap()
                .is_f64()
        );
    }
    assert_eq!(
        summaries,
        json!([
            {"RecognizerName": "makers", "NumberOfVersions": 1, "LatestVersionStatus": "IN_ERROR"},
            {"RecognizerName": "parts", "NumberOfVersions": 2, "LatestVersionName": "v2",
             "LatestVersionStatus": "STOP_REQUESTED"},
        ])
    );
}
