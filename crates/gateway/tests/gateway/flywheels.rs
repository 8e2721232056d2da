//! Flywheels with their datasets and iterations.

use construe_jobs::{
    ArtifactPlace, Ending, Guarded, Job, JobId, JobKind, JobStore, Location, OutputLayout, Owner, StopOutcome,
};
use construe_models::{
    ClassifierMode, ClassifierTraining, DatasetFormat, DatasetImport, ModelRegistry, RecognizerTraining,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::classifiers::{SPAM, TOPICS, report, trained};
use crate::support::{ACCOUNT, REGION, ROLE, Site, arn};

/// A flywheel for a task of classification, or with what `changes` puts over that.
fn create(name: &str, changes: &Value) -> Value {
    let mut request = json!({
        "FlywheelName": name, "DataAccessRoleArn": ROLE, "DataLakeS3Uri": "s3://lake/of",
        "ModelType": "DOCUMENT_CLASSIFIER",
        "TaskConfig": {"LanguageCode": "en", "DocumentClassificationConfig": {"Mode": "MULTI_CLASS"}},
    });
    for (name, value) in changes.as_object().unwrap() {
        request[name] = value.clone();
    }
    request
}

fn with_model(name: &str, model: &str) -> Value {
    create(
        name,
        &json!({"ModelType": null, "TaskConfig": null, "ActiveModelArn": model}),
    )
}

fn dataset(flywheel: &str, name: &str, kind: &str) -> Value {
    json!({
        "FlywheelArn": flywheel, "DatasetName": name, "DatasetType": kind,
        "InputDataConfig": {"DocumentClassifierInputDataConfig": {
            "S3Uri": format!("s3://bucket/{name}.csv"), "LabelDelimiter": ";",
        }},
    })
}

async fn described(site: &Site, flywheel: &str) -> Value {
    let answer = site.ok("DescribeFlywheel", json!({"FlywheelArn": flywheel})).await;
    answer["FlywheelProperties"].clone()
}

async fn iteration(site: &Site, flywheel: &str, id: &Value) -> Value {
    let request = json!({"FlywheelArn": flywheel, "FlywheelIterationId": id});
    let answer = site.ok("DescribeFlywheelIteration", request).await;
    answer["FlywheelIterationProperties"].clone()
}

async fn job(site: &Site, id: JobId, kind: JobKind) -> Job {
    let owner = Owner {
        account: ACCOUNT.to_owned(),
        region: REGION.to_owned(),
        kind,
    };
    site.store.get(&owner, id).await.unwrap().unwrap()
}

/// A dataset whose data has come into the data lake.
async fn import(site: &Site, request: Value, documents: u64) -> String {
    let created = site.ok("CreateDataset", request).await;
    let arn = created["DatasetArn"].as_str().unwrap().to_owned();
    let result = json!({"digest": "d", "size": 1, "documents": documents});
    site.end(site.making(&arn).await, Ending::Completed, Some(&result))
        .await;
    arn
}

fn key(lake: &Value) -> String {
    let uri = lake.as_str().unwrap();
    uri.strip_prefix("s3://lake/").expect(uri).to_owned()
}

#[tokio::test]
async fn a_flywheel_lives_with_its_model() {
    let site = Site::new().await;
    let model = trained(&site, "spam", &SPAM).await;
    let mut request = with_model("wheel", &model);
    request["ClientRequestToken"] = "t".into();
    request["Tags"] = json!([{"Key": "team"}]);
    let created = site.ok("CreateFlywheel", request.clone()).await;
    let wheel = arn("flywheel/wheel");
    assert_eq!(created, json!({"FlywheelArn": wheel, "ActiveModelArn": model}));
    assert_eq!(site.ok("CreateFlywheel", request).await, created, "the same token");
    assert_eq!(
        site.code("CreateFlywheel", create("wheel", &json!({}))).await,
        "ResourceInUseException"
    );
    let tags = site.ok("ListTagsForResource", json!({"ResourceArn": wheel})).await;
    assert_eq!(tags["Tags"][0]["Key"], "team");

    let properties = described(&site, &wheel).await;
    let mut expected = json!({
        "FlywheelArn": wheel,
        "ActiveModelArn": model,
        "DataAccessRoleArn": ROLE,
        "TaskConfig": {"LanguageCode": "en", "DocumentClassificationConfig": {"Mode": "MULTI_CLASS"}},
        "DataSecurityConfig": {},
        "Status": "ACTIVE",
        "ModelType": "DOCUMENT_CLASSIFIER",
    });
    for varying in ["CreationTime", "LastModifiedTime", "DataLakeS3Uri"] {
        expected[varying] = properties[varying].clone();
    }
    assert_eq!(properties, expected);
    let lake = key(&properties["DataLakeS3Uri"]);
    let time = lake.strip_prefix("of/wheel/schemaVersion=1/").expect(&lake);
    assert_eq!((time.len(), &time[15..]), ("20260601T000000Z/".len(), "Z/"), "{lake}");

    let by_model = json!({"DocumentClassifierArn": model});
    assert_eq!(
        site.code("DeleteDocumentClassifier", by_model.clone()).await,
        "ResourceInUseException"
    );
    let topics = trained(&site, "topics", &TOPICS).await;
    let better = trained(&site, "better", &SPAM).await;
    let change = |model: &str| json!({"FlywheelArn": wheel, "ActiveModelArn": model});
    assert_eq!(
        site.code("UpdateFlywheel", change(&topics)).await,
        "InvalidRequestException"
    );
    let missing = change(&arn("document-classifier/missing"));
    assert_eq!(site.code("UpdateFlywheel", missing).await, "ResourceNotFoundException");
    let mut update = change(&better);
    update["DataAccessRoleArn"] = "arn:aws:iam::111122223333:role/another".into();
    let vpc = json!({"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]});
    update["DataSecurityConfig"] = json!({"VpcConfig": vpc});
    let updated = site.ok("UpdateFlywheel", update).await;
    let properties = described(&site, &wheel).await;
    assert_eq!(updated, json!({"FlywheelProperties": properties}));
    assert_eq!(
        (
            &properties["ActiveModelArn"],
            &properties["DataSecurityConfig"]["VpcConfig"]
        ),
        (&better.clone().into(), &vpc)
    );
    assert!(properties["DataAccessRoleArn"].as_str().unwrap().ends_with("another"));
    site.ok("DeleteDocumentClassifier", by_model).await;

    let other = site.ok("CreateFlywheel", create("other", &json!({}))).await;
    assert!(other.get("ActiveModelArn").is_none(), "{other}");
    for (filter, count) in [
        (json!({}), 2),
        (json!({"Status": "ACTIVE"}), 2),
        (json!({"Status": "FAILED"}), 0),
    ] {
        let listed = site.ok("ListFlywheels", json!({"Filter": filter})).await;
        assert_eq!(
            listed["FlywheelSummaryList"].as_array().unwrap().len(),
            count,
            "{filter}"
        );
    }
    // What the model had learnt from is on its way into the data lake.
    let listed = site.ok("ListDatasets", json!({"FlywheelArn": wheel})).await;
    let listed = listed["DatasetPropertiesList"].as_array().unwrap();
    let adopted = format!("{wheel}/dataset/initial-training-data");
    assert_eq!((listed.len(), &listed[0]["DatasetArn"]), (1, &adopted.as_str().into()));
    assert_eq!(listed[0]["Description"], format!("From {model}"));
    let id = site.making(&adopted).await;
    let spec = job(&site, id, JobKind::DatasetImport).await.spec;
    let import = DatasetImport::deserialize(&spec.analysis).unwrap();
    assert_eq!(import.format.first(), Some(&Location::new("bucket", "train.csv")));
    assert_eq!(
        site.code("DeleteFlywheel", json!({"FlywheelArn": wheel})).await,
        "ResourceInUseException"
    );
    site.fail(id, "INPUT_NOT_FOUND: no.").await;
    site.ok("DeleteFlywheel", json!({"FlywheelArn": wheel})).await;
    assert_eq!(
        site.code("DescribeFlywheel", json!({"FlywheelArn": wheel})).await,
        "ResourceNotFoundException"
    );
    site.ok("DeleteDocumentClassifier", json!({"DocumentClassifierArn": better}))
        .await;
}

#[tokio::test]
async fn what_a_flywheel_needs_is_checked_at_once() {
    let site = Site::new().await;
    site.ok("CreateDocumentClassifier", crate::classifiers::create("raw", None))
        .await;
    let key = json!({"DataLakeKmsKeyId": "alias/lake"});
    for (request, code) in [
        (
            with_model("w", &arn("document-classifier/none")),
            "ResourceNotFoundException",
        ),
        (
            with_model("w", &arn("document-classifier/raw")),
            "ResourceUnavailableException",
        ),
        (
            create("w", &json!({"DataLakeS3Uri": "s3://nowhere/of"})),
            "InvalidRequestException",
        ),
        (
            create("w", &json!({"DataLakeS3Uri": "s3://foreign/of"})),
            "InvalidRequestException",
        ),
        (
            create("w", &json!({"DataSecurityConfig": key})),
            "KmsKeyValidationException",
        ),
        (
            create("w", &json!({"ModelType": "ENTITY_RECOGNIZER"})),
            "InvalidRequestException",
        ),
    ] {
        assert_eq!(site.code("CreateFlywheel", request.clone()).await, code, "{request}");
    }
    let listed = site.ok("ListFlywheels", json!({})).await;
    assert_eq!(listed, json!({"FlywheelSummaryList": []}));
    let nowhere = arn("flywheel/none");
    for (operation, request) in [
        ("DescribeFlywheel", json!({"FlywheelArn": nowhere})),
        ("UpdateFlywheel", json!({"FlywheelArn": nowhere})),
        ("DeleteFlywheel", json!({"FlywheelArn": nowhere})),
        ("StartFlywheelIteration", json!({"FlywheelArn": nowhere})),
        ("ListFlywheelIterationHistory", json!({"FlywheelArn": nowhere})),
        (
            "DescribeFlywheelIteration",
            json!({"FlywheelArn": nowhere, "FlywheelIterationId": "20260601T000000Z"}),
        ),
        ("CreateDataset", dataset(&nowhere, "d", "TRAIN")),
        ("ListDatasets", json!({"FlywheelArn": nowhere})),
        ("DescribeDataset", json!({"DatasetArn": format!("{nowhere}/dataset/d")})),
    ] {
        assert_eq!(
            site.code(operation, request).await,
            "ResourceNotFoundException",
            "{operation}"
        );
    }
}

#[tokio::test]
async fn datasets_come_into_the_data_lake() {
    let site = Site::new().await;
    let security = json!({"DataSecurityConfig": {"VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["s-1"]}}});
    site.ok("CreateFlywheel", create("wheel", &security)).await;
    let wheel = arn("flywheel/wheel");
    let mut request = dataset(&wheel, "june", "TRAIN");
    request["Description"] = "mails of June".into();
    request["ClientRequestToken"] = "t".into();
    let created = site.ok("CreateDataset", request.clone()).await;
    let june = format!("{wheel}/dataset/june");
    assert_eq!(created, json!({"DatasetArn": june}));
    assert_eq!(site.ok("CreateDataset", request).await, created, "the same token");
    assert_eq!(
        site.code("CreateDataset", dataset(&wheel, "june", "TEST")).await,
        "ResourceInUseException"
    );
    let mut foreign = dataset(&wheel, "x", "TRAIN");
    let documents = json!({"Documents": {"S3Uri": "s3://bucket/a"}, "EntityList": {"S3Uri": "s3://bucket/b"}});
    foreign["InputDataConfig"] = json!({"EntityRecognizerInputDataConfig": documents});
    assert_eq!(site.code("CreateDataset", foreign).await, "InvalidRequestException");

    let by_arn = json!({"DatasetArn": june});
    let properties = site.ok("DescribeDataset", by_arn.clone()).await["DatasetProperties"].clone();
    let folder = key(&properties["DatasetS3Uri"]);
    let lake = key(&described(&site, &wheel).await["DataLakeS3Uri"]);
    assert!(folder.starts_with(&format!("{lake}datasets/june/")), "{folder}");
    let mut expected = json!({
        "DatasetArn": june, "DatasetName": "june", "DatasetType": "TRAIN", "Description": "mails of June",
        "Status": "CREATING",
    });
    for varying in ["DatasetS3Uri", "CreationTime"] {
        expected[varying] = properties[varying].clone();
    }
    assert_eq!(properties, expected);

    // The job that brings it there.
    let id = site.making(&june).await;
    let spec = job(&site, id, JobKind::DatasetImport).await.spec;
    let place = ArtifactPlace::Output {
        name: "documents.csv".to_owned(),
    };
    assert_eq!(spec.layout, OutputLayout::Artifact { place, archive: None });
    assert_eq!(
        (spec.output, spec.input),
        (Location::new("lake", &folder), Location::new("bucket", "june.csv"))
    );
    let import = DatasetImport::deserialize(&spec.analysis).unwrap();
    let DatasetFormat::Classification {
        mode,
        delimiter,
        labels,
        data,
        ..
    } = import.format
    else {
        panic!("documents with classes")
    };
    assert_eq!(labels, [""; 0], "any");
    assert_eq!((mode, delimiter.as_str()), (ClassifierMode::MultiClass, ";"));
    assert_eq!(data.csv, [Location::new("bucket", "june.csv")]);

    site.end(
        id,
        Ending::Completed,
        Some(&json!({"digest": "d", "size": 1, "documents": 120})),
    )
    .await;
    site.ok("CreateDataset", dataset(&wheel, "bad", "TEST")).await;
    let bad = format!("{wheel}/dataset/bad");
    site.fail(site.making(&bad).await, "BAD_ROW: bad.csv, line 3.").await;
    site.ok("CreateFlywheel", create("other", &json!({}))).await;
    site.ok("CreateDataset", dataset(&arn("flywheel/other"), "elsewhere", "TRAIN"))
        .await;

    let properties = site.ok("DescribeDataset", by_arn).await["DatasetProperties"].clone();
    assert_eq!(
        (&properties["Status"], &properties["NumberOfDocuments"]),
        (&"COMPLETED".into(), &120.into())
    );
    assert!(properties["EndTime"].is_f64());
    for (restriction, expected) in [
        (json!({}), vec!["elsewhere", "bad", "june"]),
        (json!({"FlywheelArn": wheel}), vec!["bad", "june"]),
        (
            json!({"FlywheelArn": wheel, "Filter": {"DatasetType": "TEST"}}),
            vec!["bad"],
        ),
        (json!({"Filter": {"DatasetType": "TRAIN"}}), vec!["elsewhere", "june"]),
        (json!({"Filter": {"Status": "CREATING"}}), vec!["elsewhere"]),
        (json!({"Filter": {"Status": "COMPLETED"}}), vec!["june"]),
        (json!({"Filter": {"Status": "FAILED"}}), vec!["bad"]),
        (
            json!({"FlywheelArn": wheel, "Filter": {"CreationTimeAfter": 4e9}}),
            vec![],
        ),
    ] {
        let listed = site.ok("ListDatasets", restriction.clone()).await;
        let listed = listed["DatasetPropertiesList"].as_array().unwrap();
        let names: Vec<_> = listed.iter().map(|one| one["DatasetName"].as_str().unwrap()).collect();
        assert_eq!(names, expected, "{restriction}");
        for failed in listed.iter().filter(|one| one["DatasetName"] == "bad") {
            assert_eq!(failed["Message"], "BAD_ROW: bad.csv, line 3.");
        }
    }
    let first = site
        .ok("ListDatasets", json!({"FlywheelArn": wheel, "MaxResults": 1}))
        .await;
    let borrowed = json!({"MaxResults": 1, "NextToken": first["NextToken"]});
    assert_eq!(
        site.code("ListDatasets", borrowed).await,
        "InvalidRequestException",
        "of another listing"
    );
    site.ok("TagResource", json!({"ResourceArn": june, "Tags": [{"Key": "a"}]}))
        .await;
}

#[tokio::test]
async fn a_flywheel_has_a_limited_number_of_test_datasets() {
    let site = Site::new().await;
    site.ok("CreateFlywheel", create("wheel", &json!({}))).await;
    let wheel = arn("flywheel/wheel");
    for number in 0..10 {
        site.ok("CreateDataset", dataset(&wheel, &format!("test-{number}"), "TEST"))
            .await;
    }
    let one_more = dataset(&wheel, "one-more", "TEST");
    assert_eq!(
        site.code("CreateDataset", one_more).await,
        "ResourceLimitExceededException"
    );
    site.ok("CreateDataset", dataset(&wheel, "training", "TRAIN")).await;
}

#[tokio::test]
async fn iterations_train_and_measure_the_next_version() {
    let site = Site::new().await;
    site.ok("CreateFlywheel", create("wheel", &json!({}))).await;
    let wheel = arn("flywheel/wheel");
    let start = json!({"FlywheelArn": wheel});
    import(&site, dataset(&wheel, "exam", "TEST"), 10).await;
    site.ok("CreateDataset", dataset(&wheel, "unfinished", "TRAIN")).await;
    assert_eq!(
        site.code("StartFlywheelIteration", start.clone()).await,
        "InvalidRequestException",
        "nothing to learn from yet"
    );
    import(&site, dataset(&wheel, "may", "TRAIN"), 50).await;
    import(&site, dataset(&wheel, "june", "TRAIN"), 50).await;

    let mut with_token = start.clone();
    with_token["ClientRequestToken"] = "t".into();
    let first = site.ok("StartFlywheelIteration", with_token.clone()).await;
    assert_eq!(
        site.ok("StartFlywheelIteration", with_token).await,
        first,
        "the same token"
    );
    let id = first["FlywheelIterationId"].clone();
    let lake = key(&described(&site, &wheel).await["DataLakeS3Uri"]);
    let model = arn(&format!("document-classifier/wheel/version/{}", id.as_str().unwrap()));
    let properties = iteration(&site, &wheel, &id).await;
    let evaluation = format!("{lake}evaluation/{}/", id.as_str().unwrap());
    let expected = json!({
        "FlywheelArn": wheel, "FlywheelIterationId": id, "CreationTime": properties["CreationTime"],
        "Status": "TRAINING", "TrainedModelArn": model,
        "EvaluationManifestS3Prefix": format!("s3://lake/{evaluation}"),
    });
    assert_eq!(properties, expected);

    // The job that does both.
    let training = job(&site, site.making(&model).await, JobKind::ClassifierTraining).await;
    assert_eq!(training.spec.output, Location::new("lake", &evaluation));
    let OutputLayout::Artifact { archive, place } = &training.spec.layout else {
        panic!("an artifact")
    };
    assert_eq!(archive.as_deref(), Some("output.tar.gz"));
    assert!(matches!(place, ArtifactPlace::Work { .. }), "{place:?}");
    let analysis = ClassifierTraining::deserialize(&training.spec.analysis).unwrap();
    let names = |places: &[Location]| -> Vec<String> {
        let name = |place: &Location| place.key.split('/').rev().nth(2).unwrap().to_owned();
        places.iter().map(name).collect()
    };
    assert_eq!(names(&analysis.train.csv), ["may", "june"]);
    assert_eq!(names(&analysis.test.csv), ["exam"]);
    assert!(analysis.train.csv[0].key.ends_with("/documents.csv"));
    assert_eq!((analysis.delimiter.as_str(), analysis.compare), ("|", None));

    let classifier = json!({"DocumentClassifierArn": model});
    let described_model = site.ok("DescribeDocumentClassifier", classifier.clone()).await;
    let described_model = &described_model["DocumentClassifierProperties"];
    assert_eq!(
        (
            &described_model["Status"],
            &described_model["FlywheelArn"],
            &described_model["VersionName"]
        ),
        (&"SUBMITTED".into(), &wheel.clone().into(), &id)
    );
    assert_eq!(
        described_model["OutputDataConfig"],
        json!({"FlywheelStatsS3Prefix": format!("s3://lake/{evaluation}")})
    );
    let delete = json!({"FlywheelArn": wheel});
    assert_eq!(
        site.code("DeleteFlywheel", delete.clone()).await,
        "ResourceInUseException"
    );

    // What comes first becomes the active model.
    assert!(described(&site, &wheel).await.get("ActiveModelArn").is_none());
    site.trained(&model, &SPAM, report()).await;
    assert_eq!(described(&site, &wheel).await["ActiveModelArn"], model.as_str());
    let metrics = json!({
        "AverageF1Score": 0.75, "AveragePrecision": 1.0, "AverageRecall": 0.5, "AverageAccuracy": 1.0,
    });
    let properties = iteration(&site, &wheel, &id).await;
    assert_eq!(
        (&properties["Status"], &properties["TrainedModelMetrics"]),
        (&"COMPLETED".into(), &metrics)
    );
    assert!(properties["EndTime"].is_f64() && properties.get("EvaluatedModelMetrics").is_none());

    // The next one is measured beside it, in the same second or not.
    let second = site.ok("StartFlywheelIteration", start).await["FlywheelIterationId"].clone();
    assert_ne!(second, id);
    let newer = arn(&format!(
        "document-classifier/wheel/version/{}",
        second.as_str().unwrap()
    ));
    let training = job(&site, site.making(&newer).await, JobKind::ClassifierTraining).await;
    let analysis = ClassifierTraining::deserialize(&training.spec.analysis).unwrap();
    let active = site.store.get_resource(ACCOUNT, REGION, &model).await.unwrap().unwrap();
    assert_eq!(analysis.compare, active.model());
    assert_eq!(
        site.code("DeleteDocumentClassifier", classifier).await,
        "ResourceInUseException"
    );
    let mut compared = report();
    compared["compared"] = compared["measures"].clone();
    compared["measures"]["f1"] = 0.875.into();
    site.trained(&newer, &SPAM, compared).await;
    let properties = iteration(&site, &wheel, &second).await;
    assert_eq!(
        (&properties["EvaluatedModelArn"], &properties["EvaluatedModelMetrics"]),
        (&model.clone().into(), &metrics)
    );
    assert_eq!(properties["TrainedModelMetrics"]["AverageF1Score"], 0.875);
    let properties = described(&site, &wheel).await;
    assert_eq!(
        properties["ActiveModelArn"],
        model.as_str(),
        "nobody chose the newer one"
    );
    assert_eq!(properties["LatestFlywheelIteration"], second);
    site.ok("UpdateFlywheel", json!({"FlywheelArn": wheel, "ActiveModelArn": newer}))
        .await;

    let history = site
        .ok(
            "ListFlywheelIterationHistory",
            json!({"FlywheelArn": wheel, "MaxResults": 1}),
        )
        .await;
    let list = "FlywheelIterationPropertiesList";
    assert_eq!(history[list][0]["FlywheelIterationId"], second);
    let rest = json!({"FlywheelArn": wheel, "MaxResults": 1, "NextToken": history["NextToken"]});
    let rest = site.ok("ListFlywheelIterationHistory", rest).await;
    assert_eq!(
        (&rest[list][0]["FlywheelIterationId"], rest.get("NextToken")),
        (&id, None)
    );
    let later = json!({"FlywheelArn": wheel, "Filter": {"CreationTimeAfter": 4e9}});
    assert_eq!(
        site.ok("ListFlywheelIterationHistory", later).await,
        json!({ list: [] })
    );

    // A job with the flywheel works with the model that is active when it starts.
    let mut start_job = crate::classifiers::start(&model);
    start_job["DocumentClassifierArn"] = Value::Null;
    start_job["FlywheelArn"] = wheel.clone().into();
    site.ok("StartDocumentClassificationJob", start_job).await;
    assert_eq!(
        site.code("DeleteDocumentClassifier", json!({"DocumentClassifierArn": newer}))
            .await,
        "ResourceInUseException"
    );
    let import = site.making(&format!("{wheel}/dataset/unfinished")).await;
    site.end(import, Ending::Completed, None).await;
    site.ok("DeleteFlywheel", delete).await;
    let gone = json!({"DatasetArn": format!("{wheel}/dataset/may")});
    assert_eq!(site.code("DescribeDataset", gone).await, "ResourceNotFoundException");
    site.ok("DescribeDocumentClassifier", json!({"DocumentClassifierArn": model}))
        .await;
}

#[tokio::test]
async fn an_iteration_goes_through_its_stages() {
    let site = Site::new().await;
    site.ok("CreateFlywheel", create("wheel", &json!({}))).await;
    let wheel = arn("flywheel/wheel");
    import(&site, dataset(&wheel, "may", "TRAIN"), 50).await;
    let status = async |id: &Value| iteration(&site, &wheel, id).await["Status"].clone();
    let model = |id: &Value| arn(&format!("document-classifier/wheel/version/{}", id.as_str().unwrap()));
    let start = async || site.ok("StartFlywheelIteration", json!({"FlywheelArn": wheel})).await;

    let id = start().await["FlywheelIterationId"].clone();
    assert_eq!(status(&id).await, "TRAINING");
    let job = site.making(&model(&id)).await;
    let token = site.begin(job, 899).await;
    assert_eq!(status(&id).await, "TRAINING");
    let reported = site.store.report_progress(job, 0, token, 900).await;
    assert_eq!(reported.unwrap(), Guarded::Applied);
    assert_eq!(status(&id).await, "EVALUATING");
    let described = json!({"DocumentClassifierArn": model(&id)});
    let described = site.ok("DescribeDocumentClassifier", described).await;
    assert_eq!(described["DocumentClassifierProperties"]["Status"], "TRAINING");
    let result = json!({"digest": "d", "size": 1, "key": "k"});
    let mut result = result.as_object().unwrap().clone();
    result.extend(report().as_object().unwrap().clone());
    site.end_begun(job, token, Ending::Completed, Some(&result.into()))
        .await;
    assert_eq!(status(&id).await, "COMPLETED");

    let stopped = start().await["FlywheelIterationId"].clone();
    let job = site.making(&model(&stopped)).await;
    let token = site.begin(job, 950).await;
    let requested = site.store.stop(None, job).await;
    assert_eq!(requested.unwrap(), StopOutcome::Requested);
    assert_eq!(status(&stopped).await, "STOP_REQUESTED");
    site.end_begun(job, token, Ending::Stopped, None).await;
    assert_eq!(status(&stopped).await, "STOPPED");
}

#[tokio::test]
async fn the_labels_of_a_task_hold_for_its_datasets() {
    let site = Site::new().await;
    let labelled = json!({"Mode": "MULTI_CLASS", "Labels": ["spam", " ham "]});
    let task = json!({"TaskConfig": {"LanguageCode": "en", "DocumentClassificationConfig": labelled}});
    site.ok("CreateFlywheel", create("wheel", &task)).await;
    let wheel = arn("flywheel/wheel");
    let created = site.ok("CreateDataset", dataset(&wheel, "may", "TRAIN")).await;
    let id = site.making(created["DatasetArn"].as_str().unwrap()).await;
    let spec = job(&site, id, JobKind::DatasetImport).await.spec;
    let import = DatasetImport::deserialize(&spec.analysis).unwrap();
    let DatasetFormat::Classification { labels, .. } = import.format else {
        panic!("documents with classes")
    };
    assert_eq!(labels, ["spam", "ham"]);
    let model = trained(&site, "spam", &SPAM).await;
    site.ok("UpdateFlywheel", json!({"FlywheelArn": wheel, "ActiveModelArn": model}))
        .await;
    let other = json!({"TaskConfig": {"LanguageCode": "en",
        "DocumentClassificationConfig": {"Mode": "MULTI_CLASS", "Labels": ["spam", "eggs"]}}});
    site.ok("CreateFlywheel", create("other", &other)).await;
    let update = json!({"FlywheelArn": arn("flywheel/other"), "ActiveModelArn": model});
    let refused = site.refused("UpdateFlywheel", update).await;
    assert_eq!(refused["__type"], "InvalidRequestException");
    assert!(refused["Message"].as_str().unwrap().contains("\"ham\""), "{refused}");
}

#[tokio::test]
async fn ten_iterations_run_at_a_time() {
    let site = Site::new().await;
    site.ok("CreateFlywheel", create("wheel", &json!({}))).await;
    let wheel = arn("flywheel/wheel");
    import(&site, dataset(&wheel, "may", "TRAIN"), 50).await;
    let mut request = json!({"FlywheelArn": wheel});
    let mut started = Vec::new();
    for number in 0..10 {
        request["ClientRequestToken"] = format!("t{number}").into();
        started.push(site.ok("StartFlywheelIteration", request.clone()).await);
    }
    let answers: std::collections::BTreeSet<String> = started.iter().map(Value::to_string).collect();
    assert_eq!(answers.len(), 10, "ids of their own, within one second too");
    assert_eq!(
        site.ok("StartFlywheelIteration", request.clone()).await,
        started[9],
        "the same token"
    );
    request["ClientRequestToken"] = "t10".into();
    let one_more = site.code("StartFlywheelIteration", request.clone()).await;
    assert_eq!(one_more, "TooManyRequestsException");
    let id = started[0]["FlywheelIterationId"].as_str().unwrap();
    let training = site
        .making(&arn(&format!("document-classifier/wheel/version/{id}")))
        .await;
    site.fail(training, "TOO_FEW_DOCUMENTS: no.").await;
    site.ok("StartFlywheelIteration", request).await;
    let failed = iteration(&site, &wheel, &id.into()).await;
    assert_eq!(
        (&failed["Status"], &failed["Message"]),
        (&"FAILED".into(), &"TOO_FEW_DOCUMENTS: no.".into())
    );
}

#[tokio::test]
async fn recognizers_have_flywheels_too() {
    let site = Site::new().await;
    let types = json!([{"Type": "PART"}, {"Type": "MAKER"}]);
    let task = json!({"LanguageCode": "de", "EntityRecognitionConfig": {"EntityTypes": types}});
    let request = create("parts", &json!({"ModelType": "ENTITY_RECOGNIZER", "TaskConfig": task}));
    site.ok("CreateFlywheel", request).await;
    let wheel = arn("flywheel/parts");
    let documents = json!({"Documents": {"S3Uri": "s3://bucket/texts"}, "EntityList": {"S3Uri": "s3://bucket/names"}});
    let mut request = dataset(&wheel, "d", "TRAIN");
    request["InputDataConfig"] = json!({"EntityRecognizerInputDataConfig": documents});
    let created = import(&site, request, 40).await;
    let spec = job(&site, site.making(&created).await, JobKind::DatasetImport)
        .await
        .spec;
    let format = DatasetImport::deserialize(&spec.analysis).unwrap().format;
    let DatasetFormat::Entities {
        language,
        types: found,
        data,
    } = format
    else {
        panic!("documents with entities")
    };
    assert_eq!(
        (language.as_str(), &found[..]),
        ("de", &["PART".to_owned(), "MAKER".to_owned()][..])
    );
    assert_eq!(data.entity_list, Some(Location::new("bucket", "names")));

    let documents = json!({"Documents": {"S3Uri": "s3://bucket/texts"}, "Annotations": {"S3Uri": "s3://bucket/a.csv"}});
    let mut request = dataset(&wheel, "annotated", "TRAIN");
    request["InputDataConfig"] = json!({"EntityRecognizerInputDataConfig": documents});
    import(&site, request, 40).await;

    let started = site.ok("StartFlywheelIteration", json!({"FlywheelArn": wheel})).await;
    let id = &started["FlywheelIterationId"];
    let model = arn(&format!("entity-recognizer/parts/version/{}", id.as_str().unwrap()));
    let training = job(&site, site.making(&model).await, JobKind::RecognizerTraining).await;
    let analysis = RecognizerTraining::deserialize(&training.spec.analysis).unwrap();
    assert_eq!((analysis.language.as_str(), analysis.types), ("de", found));
    let manifests = &analysis.train.manifests;
    for (manifest, name, partial) in [
        (&manifests[0], "/occurrences.manifest", true),
        (&manifests[1], "/documents.manifest", false),
    ] {
        assert!(manifest.location.key.ends_with(name), "{manifest:?}");
        assert_eq!(manifest.attributes, ["annotations"]);
        assert_eq!(manifest.partial, partial, "{manifest:?}");
    }
    site.trained(&model, b"a model", crate::recognizers::report()).await;
    let properties = iteration(&site, &wheel, id).await;
    assert_eq!(
        properties["TrainedModelMetrics"],
        json!({"AverageF1Score": 0.375, "AveragePrecision": 0.57, "AverageRecall": 0.25})
    );
    let described = site
        .ok("DescribeEntityRecognizer", json!({"EntityRecognizerArn": model}))
        .await;
    let described = &described["EntityRecognizerProperties"];
    assert_eq!(
        (&described["Status"], &described["FlywheelArn"]),
        (&"TRAINED".into(), &wheel.into())
    );
    assert_eq!(
        described["OutputDataConfig"]["FlywheelStatsS3Prefix"],
        properties["EvaluationManifestS3Prefix"]
    );
    assert_eq!(described["InputDataConfig"]["EntityTypes"], types);
}
