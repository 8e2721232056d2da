use super::iterations::*;
use super::*;
use crate::decode::decode;
use serde_json::{Value, json};

const KEY: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";
const FLYWHEEL: &str = "arn:aws:comprehend:eu-west-1:111122223333:flywheel/spam";
const MODEL: &str = "arn:aws:comprehend:eu-west-1:111122223333:document-classifier/spam/version/v1";

fn caller() -> Caller {
    Caller {
        account: "111122223333".into(),
        region: "eu-west-1".into(),
    }
}

fn create(changes: &Value) -> Result<NewFlywheel, ApiError> {
    let mut request = json!({
        "FlywheelName": "spam",
        "DataAccessRoleArn": "arn:aws:iam::111122223333:role/Reader",
        "DataLakeS3Uri": "s3://lake/of/data",
    });
    for (name, value) in changes.as_object().unwrap() {
        request[name] = value.clone();
    }
    let request: CreateFlywheelRequest = decode(request.to_string().as_bytes())?;
    request.check(&caller())
}

fn classification() -> Value {
    json!({"LanguageCode": "en", "DocumentClassificationConfig": {"Mode": "MULTI_CLASS", "Labels": ["spam", "ham"]}})
}

#[test]
fn a_model_or_a_task_is_where_it_begins() {
    let of_model = create(&json!({"ActiveModelArn": MODEL})).unwrap();
    assert_eq!(of_model.origin, FlywheelOrigin::Model(MODEL.into()));
    assert_eq!(of_model.lake.to_string(), "s3://lake/of/data");
    let of_task = create(&json!({"ModelType": "DOCUMENT_CLASSIFIER", "TaskConfig": classification()})).unwrap();
    let FlywheelOrigin::Task(ModelType::DocumentClassifier, task) = of_task.origin else {
        panic!("a task")
    };
    assert_eq!(serde_json::to_value(task).unwrap(), classification());
    let types = json!([{"Type": "PART"}]);
    let recognition = json!({"LanguageCode": "en", "EntityRecognitionConfig": {"EntityTypes": types}});
    assert!(create(&json!({"ModelType": "ENTITY_RECOGNIZER", "TaskConfig": recognition})).is_ok());

    let labels = |mode: &str, labels: &[&str]| {
        let classification = json!({"Mode": mode, "Labels": labels});
        let task = json!({"LanguageCode": "en", "DocumentClassificationConfig": classification});
        create(&json!({"ModelType": "DOCUMENT_CLASSIFIER", "TaskConfig": task})).map(|_| ())
    };
    let many: Vec<String> = (0..101).map(|number| format!("label {number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(labels("MULTI_CLASS", &many), Ok(()));
    assert_eq!(labels("MULTI_LABEL", &many[..100]), Ok(()));
    for (mode, names) in [
        ("MULTI_LABEL", &many[..]),
        ("MULTI_CLASS", &["a", "a "]),
        ("MULTI_CLASS", &["a", ""]),
    ] {
        let refused = labels(mode, names).unwrap_err();
        assert_eq!(refused.code, ErrorCode::InvalidRequestException, "{names:?}");
    }

    let mut both = classification();
    both["EntityRecognitionConfig"] = recognition["EntityRecognitionConfig"].clone();
    let none = json!({"LanguageCode": "en", "EntityRecognitionConfig": {"EntityTypes": []}});
    use ErrorCode::*;
    let secure = |security: Value| json!({"ActiveModelArn": MODEL, "DataSecurityConfig": security});
    assert!(
        create(&secure(
            json!({"VolumeKmsKeyId": KEY, "DataLakeKmsKeyId": "alias/team"})
        ))
        .is_ok()
    );
    for (changes, code, fragment) in [
        (json!({}), InvalidRequestException, "needs ActiveModelArn"),
        (
            json!({"ModelType": "ENTITY_RECOGNIZER"}),
            InvalidRequestException,
            "needs ActiveModelArn",
        ),
        (
            json!({"TaskConfig": classification()}),
            InvalidRequestException,
            "needs ActiveModelArn",
        ),
        (
            json!({"ActiveModelArn": MODEL, "TaskConfig": classification()}),
            InvalidRequestException,
            "excludes",
        ),
        (
            json!({"ModelType": "ENTITY_RECOGNIZER", "TaskConfig": classification()}),
            InvalidRequestException,
            "another type of model",
        ),
        (
            json!({"ModelType": "DOCUMENT_CLASSIFIER", "TaskConfig": {"LanguageCode": "en"}}),
            InvalidRequestException,
            "one of",
        ),
        (
            json!({"ModelType": "DOCUMENT_CLASSIFIER", "TaskConfig": both}),
            InvalidRequestException,
            "one of",
        ),
        (
            json!({"ModelType": "ENTITY_RECOGNIZER", "TaskConfig": none}),
            InvalidRequestException,
            "1 to 25",
        ),
        (
            json!({"DataLakeS3Uri": format!("s3://lake/{}", "x".repeat(503))}),
            ValidationException,
            "dataLakeS3Uri",
        ),
        (
            json!({"ActiveModelArn": MODEL, "DataLakeS3Uri": "s3://a..b/x"}),
            InvalidRequestException,
            "DataLakeS3Uri",
        ),
        (
            json!({"ActiveModelArn": MODEL, "DataAccessRoleArn": "arn:aws:iam::999922223333:role/Reader"}),
            InvalidRequestException,
            "calling account",
        ),
        (
            secure(json!({"ModelKmsKeyId": KEY})),
            KmsKeyValidationException,
            "ModelKmsKeyId",
        ),
        (
            secure(json!({"VolumeKmsKeyId": "alias/team"})),
            KmsKeyValidationException,
            "VolumeKmsKeyId",
        ),
        (
            secure(json!({"DataLakeKmsKeyId": "team"})),
            KmsKeyValidationException,
            "DataLakeKmsKeyId",
        ),
    ] {
        let error = create(&changes).expect_err(&changes.to_string());
        assert_eq!(error.code, code, "{changes}: {error}");
        assert!(error.message.contains(fragment), "{changes}: {error}");
    }
}

#[test]
fn a_data_lake_has_its_own_place() {
    let time = time::macros::datetime!(2026-06-01 02:04:05.678 +02:00);
    let time = compact_time(time);
    assert_eq!(time, "20260601T000405Z");
    for (request, expected) in [
        ("s3://lake", "s3://lake/spam/schemaVersion=1/20260601T000405Z/"),
        ("s3://lake/a/", "s3://lake/a/spam/schemaVersion=1/20260601T000405Z/"),
    ] {
        let lake = data_lake(&request.parse().unwrap(), "spam", &time);
        assert_eq!(lake.to_string(), expected);
        let folder = evaluation_folder(&lake, "20260607T010203Z").to_string();
        assert_eq!(folder, format!("{expected}evaluation/20260607T010203Z/"));
    }
}

#[test]
fn a_change_keeps_what_it_does_not_name() {
    let vpc = |subnet: &str| VpcConfig {
        security_group_ids: vec!["sg-1".into()],
        subnets: vec![subnet.into()],
    };
    let before = DataSecurityConfig {
        model_kms_key_id: None,
        volume_kms_key_id: Some(KEY.into()),
        data_lake_kms_key_id: Some("alias/lake".into()),
        vpc_config: Some(vpc("a")),
    };
    let change = UpdateDataSecurityConfig {
        vpc_config: Some(vpc("b")),
        ..UpdateDataSecurityConfig::default()
    };
    let after = change.applied_to(Some(before.clone()));
    assert_eq!(
        after,
        DataSecurityConfig {
            vpc_config: Some(vpc("b")),
            ..before
        }
    );
    let update = |security: Value| {
        let request = json!({"FlywheelArn": FLYWHEEL, "DataSecurityConfig": security});
        let request: UpdateFlywheelRequest = decode(request.to_string().as_bytes()).unwrap();
        request.check(&caller())
    };
    assert!(update(json!({"VolumeKmsKeyId": KEY})).is_ok());
    let refused = update(json!({"ModelKmsKeyId": KEY})).unwrap_err();
    assert_eq!(refused.code, ErrorCode::KmsKeyValidationException);
}

#[test]
fn an_iteration_is_described_with_both_models() {
    let metrics = |f1: f64, accuracy| IterationMetrics {
        average_f1_score: f1,
        average_precision: 0.5,
        average_recall: 0.25,
        average_accuracy: accuracy,
    };
    let record = IterationRecord {
        flywheel_arn: FLYWHEEL,
        id: "20260607T010203Z",
        status: IterationStatus::Completed,
        message: None,
        evaluated_model: Some(MODEL),
        evaluated_metrics: Some(metrics(0.5, Some(0.75))),
        trained_model: Some(MODEL),
        trained_metrics: Some(metrics(0.625, None)),
        evaluation: "s3://lake/evaluation/20260607T010203Z/",
        created_micros: 1_000_000,
        end_micros: Some(2_000_000),
    };
    assert_eq!(
        serde_json::to_value(record.describe()).unwrap(),
        json!({
            "FlywheelArn": FLYWHEEL,
            "FlywheelIterationId": "20260607T010203Z",
            "CreationTime": 1.0,
            "EndTime": 2.0,
            "Status": "COMPLETED",
            "EvaluatedModelArn": MODEL,
            "EvaluatedModelMetrics": {
                "AverageF1Score": 0.5, "AveragePrecision": 0.5, "AverageRecall": 0.25, "AverageAccuracy": 0.75,
            },
            "TrainedModelArn": MODEL,
            "TrainedModelMetrics": {"AverageF1Score": 0.625, "AveragePrecision": 0.5, "AverageRecall": 0.25},
            "EvaluationManifestS3Prefix": "s3://lake/evaluation/20260607T010203Z/",
        })
    );
    let refused = json!({"FlywheelArn": FLYWHEEL, "FlywheelIterationId": "today"});
    let refused = decode::<DescribeFlywheelIterationRequest>(refused.to_string().as_bytes()).unwrap_err();
    assert_eq!(refused.code, ErrorCode::ValidationException);
}
