use super::*;
use crate::decode::{decode, fingerprint};
use crate::error::ErrorCode;
use crate::shapes::document::DocumentInput;
use crate::shapes::job::ListRequest as _;
use crate::shapes::text::BatchItemError;
use serde_json::{Value, json};

const KEY: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

fn caller() -> Caller {
    Caller {
        account: "111122223333".into(),
        region: "eu-west-1".into(),
    }
}

fn request() -> Value {
    json!({
        "InputDataConfig": {"S3Uri": "s3://in-bucket/notes/"},
        "OutputDataConfig": {"S3Uri": "s3://out-bucket/results"},
        "DataAccessRoleArn": "arn:aws:iam::111122223333:role/Reader",
        "LanguageCode": "zh-TW",
    })
}

/// The request with the members of `changes` put over it.
fn with(changes: &Value) -> Value {
    let mut request = request();
    for (name, value) in changes.as_object().unwrap() {
        request[name] = value.clone();
    }
    request
}

fn start(request: &Value) -> Result<EntitiesJob, ApiError> {
    let request: StartEntitiesDetectionJobRequest = decode(request.to_string().as_bytes())?;
    request.check(&caller())
}

#[test]
fn every_language_of_the_model_is_served() {
    for &language in LanguageCode::VARIANTS {
        let job = start(&with(&json!({"LanguageCode": language}))).unwrap();
        assert_eq!(job.analysis.language, language);
        let stored = serde_json::to_string(&job.analysis).unwrap();
        assert_eq!(serde_json::from_str::<EntitiesAnalysis>(&stored).unwrap(), job.analysis);
    }
}

#[test]
fn meaning_is_checked() {
    use ErrorCode::*;
    let vpc = json!({"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1", "subnet-2"]});
    for changes in [
        json!({"VpcConfig": vpc}),
        json!({"VolumeKmsKeyId": KEY}),
        json!({"VolumeKmsKeyId": format!("arn:aws:kms:eu-west-1:111122223333:key/{KEY}")}),
        json!({"EntityRecognizerArn": null, "FlywheelArn": null}),
    ] {
        assert!(start(&with(&changes)).is_ok(), "{changes}");
    }
    let arn = |resource: &str| format!("arn:aws:comprehend:eu-west-1:111122223333:{resource}");
    let recognizer = arn("entity-recognizer/mine/version/v1");
    let job = start(&with(&json!({"EntityRecognizerArn": recognizer}))).unwrap();
    assert_eq!(job.model, Some(ModelChoice::Model(recognizer)));
    for (changes, code, fragment) in [
        (
            json!({"EntityRecognizerArn": arn("entity-recognizer/mine"), "FlywheelArn": arn("flywheel/mine")}),
            InvalidRequestException,
            "one of EntityRecognizerArn and FlywheelArn",
        ),
        (
            json!({"EntityRecognizerArn": arn("document-classifier/mine")}),
            ValidationException,
            "'entityRecognizerArn'",
        ),
        (json!({"FlywheelArn": "mine"}), ValidationException, "'flywheelArn'"),
        (
            json!({"VolumeKmsKeyId": "alias/team"}),
            KmsKeyValidationException,
            "VolumeKmsKeyId",
        ),
        (
            json!({"VolumeKmsKeyId": "a key"}),
            KmsKeyValidationException,
            "VolumeKmsKeyId",
        ),
        (
            json!({"VpcConfig": {"Subnets": ["s"]}}),
            ValidationException,
            "'vpcConfig.securityGroupIds'",
        ),
        (
            json!({"VpcConfig": {"SecurityGroupIds": [], "Subnets": (0..17).map(|n| n.to_string()).collect::<Vec<_>>()}}),
            ValidationException,
            "2 validation errors",
        ),
        (
            json!({"VpcConfig": {"SecurityGroupIds": ["sg_1"], "Subnets": ["s"]}}),
            ValidationException,
            "'vpcConfig.securityGroupIds.1.member'",
        ),
        (json!({"LanguageCode": "nl"}), ValidationException, "zh, zh-TW]"),
        (
            json!({"DataAccessRoleArn": "arn:aws:iam::999922223333:role/Reader"}),
            InvalidRequestException,
            "DataAccessRoleArn",
        ),
        (
            json!({"Tags": [{"Key": "a"}, {"Key": "a"}]}),
            InvalidRequestException,
            "Tags",
        ),
    ] {
        let error = start(&with(&changes)).expect_err(&changes.to_string());
        assert_eq!(error.code, code, "{changes}: {error}");
        assert!(error.message.contains(fragment), "{changes}: {error}");
    }
}

#[test]
fn describe_echoes_the_request_with_values_in_force() {
    let body = with(&json!({
        "JobName": "n", "VolumeKmsKeyId": KEY, "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["s"]},
        "Tags": [{"Key": "team"}], "ClientRequestToken": "once",
    }));
    let request: StartEntitiesDetectionJobRequest = decode(body.to_string().as_bytes()).unwrap();
    let id = "0123456789abcdef0123456789abcdef";
    let folder = results_folder(&request.check(&caller()).unwrap().output, &caller(), id);
    assert_eq!(
        folder.to_string(),
        format!("s3://out-bucket/results/111122223333-NER-{id}/output/")
    );
    let results = format!("{folder}{ARCHIVE_NAME}");
    let job = JobRecord {
        job_id: id,
        results: &results,
        status: JobStatus::Completed,
        message: None,
        submit_time_micros: 1_763_856_000_123_456,
        end_time_micros: Some(1_763_856_001_000_000),
    };
    let response = DescribeEntitiesDetectionJobResponse {
        entities_detection_job_properties: request.describe(&caller(), &job, None),
    };
    let expected = json!({"EntitiesDetectionJobProperties": {
        "JobId": id,
        "JobArn": format!("arn:aws:comprehend:eu-west-1:111122223333:entities-detection-job/{id}"),
        "JobName": "n",
        "JobStatus": "COMPLETED",
        "SubmitTime": 1763856000.123,
        "EndTime": 1763856001.0,
        "InputDataConfig": {"S3Uri": "s3://in-bucket/notes/", "InputFormat": "ONE_DOC_PER_LINE"},
        "OutputDataConfig": {"S3Uri": format!("s3://out-bucket/results/111122223333-NER-{id}/output/output.tar.gz")},
        "LanguageCode": "zh-TW",
        "DataAccessRoleArn": "arn:aws:iam::111122223333:role/Reader",
        "VolumeKmsKeyId": KEY,
        "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["s"]},
    }});
    assert_eq!(serde_json::to_value(&response).unwrap(), expected);
    let list: ListEntitiesDetectionJobsRequest = decode(b"{}").unwrap();
    assert_eq!((list.filter(), list.max_results()), (Ok(None), 100));
    let other = with(&json!({"VolumeKmsKeyId": KEY}));
    let other: StartEntitiesDetectionJobRequest = decode(other.to_string().as_bytes()).unwrap();
    assert_ne!(fingerprint(&request), fingerprint(&other));
}

#[test]
fn one_text_or_an_answer_that_says_what_is_missing() {
    let check = |body: Value| decode::<DetectEntitiesRequest>(body.to_string().as_bytes())?.check();
    let endpoint = "arn:aws:comprehend:eu-west-1:111122223333:entity-recognizer-endpoint/mine";
    let found = check(json!({"Text": "é".repeat(50_000), "LanguageCode": "ko"})).unwrap();
    let DetectEntitiesInput::BuiltIn(found) = found else {
        panic!("no endpoint was named");
    };
    assert_eq!((found.text.as_str().len(), found.language), (100_000, LanguageCode::Ko));
    let found = check(json!({"Bytes": "Y2FuYXJ5", "EndpointArn": endpoint})).unwrap();
    let DetectEntitiesInput::Custom(CustomEntitiesDocument { document, .. }) = &found else {
        panic!("an endpoint was named");
    };
    assert!(matches!(document, DocumentInput::Bytes(bytes) if bytes.as_slice() == b"canary"));
    assert!(!format!("{found:?}").contains("canary"));
    use ErrorCode::*;
    for (body, code, fragment) in [
        (
            json!({"Text": "canary"}),
            InvalidRequestException,
            "LanguageCode is required",
        ),
        (
            json!({"LanguageCode": "en"}),
            InvalidRequestException,
            "one of Text and Bytes",
        ),
        (
            json!({"Text": "canary", "Bytes": "Y2FuYXJ5", "LanguageCode": "en"}),
            InvalidRequestException,
            "one of Text and Bytes",
        ),
        (
            json!({"Bytes": "Y2FuYXJ5", "LanguageCode": "en"}),
            InvalidRequestException,
            "EndpointArn",
        ),
        (json!({"Bytes": "=="}), ValidationException, "'bytes'"),
        (json!({"Bytes": ["canary"]}), SerializationException, "base64"),
        (
            json!({"Text": "x".repeat(10_001), "EndpointArn": endpoint}),
            TextSizeLimitExceededException,
            "allowed is 10000 bytes",
        ),
        (
            json!({"Text": "canary", "Bytes": "Y2FuYXJ5", "EndpointArn": endpoint}),
            InvalidRequestException,
            "one of Text and Bytes",
        ),
        (
            json!({"Bytes": "Y2F!!", "EndpointArn": endpoint}),
            SerializationException,
            "base64",
        ),
        (
            json!({"Text": "canary", "EndpointArn": "canary-free"}),
            ValidationException,
            "'endpointArn'",
        ),
        (
            json!({"Text": "canary", "LanguageCode": "en",
                "DocumentReaderConfig": {"DocumentReadAction": "TEXTRACT_ANALYZE_DOCUMENT"}}),
            InvalidRequestException,
            "FeatureTypes",
        ),
        (json!({"Text": "", "LanguageCode": "en"}), ValidationException, "'text'"),
        (
            json!({"Text": "canary", "LanguageCode": "tlh"}),
            ValidationException,
            "zh-TW]",
        ),
        (
            json!({"Text": format!("canary{}", "é".repeat(50_000)), "LanguageCode": "en"}),
            TextSizeLimitExceededException,
            "100000 bytes while in this request the text size is 100006 bytes",
        ),
    ] {
        let error = check(body).unwrap_err();
        assert_eq!(error.code, code, "{error}");
        assert!(error.message.contains(fragment), "{error}");
        assert!(!error.message.contains("canary "), "{error}");
    }
}

#[test]
fn a_batch_is_refused_as_a_whole_only_for_its_shape() {
    let check = |body: Value| {
        let request: BatchDetectEntitiesRequest = decode(body.to_string().as_bytes())?;
        request.check().map(|()| request)
    };
    let texts = |count: usize| json!({"TextList": vec!["canary"; count], "LanguageCode": "en"});
    assert_eq!(check(texts(25)).unwrap().text_list.len(), 25);
    use ErrorCode::*;
    for (body, code, fragment) in [
        (
            texts(26),
            BatchSizeLimitExceededException,
            "25 texts while this one has 26",
        ),
        (texts(0), ValidationException, "'textList'"),
        (
            json!({"TextList": ["canary", ""], "LanguageCode": "en"}),
            ValidationException,
            "Value at 'textList.2.member' failed to satisfy",
        ),
        (json!({"TextList": ["canary"]}), ValidationException, "'languageCode'"),
        (
            json!({"TextList": "canary", "LanguageCode": "en"}),
            SerializationException,
            "'textList'",
        ),
    ] {
        let error = check(body).unwrap_err();
        assert_eq!(error.code, code, "{error}");
        assert!(
            error.message.contains(fragment) && !error.message.contains("canary"),
            "{error}"
        );
    }
    let request = check(json!({"TextList": ["x".repeat(5_000), "é".repeat(2_501)], "LanguageCode": "en"})).unwrap();
    let of_size = |index: usize| BatchItemError::of_size(index, &request.text_list[index], MAX_BATCH_TEXT_BYTES);
    assert_eq!(of_size(0), None);
    let error = serde_json::to_value(of_size(1)).unwrap();
    assert_eq!(
        (&error["Index"], &error["ErrorCode"]),
        (&json!(1), &json!("TEXT_SIZE_LIMIT_EXCEEDED"))
    );
    assert!(
        error["ErrorMessage"]
            .as_str()
            .unwrap()
            .contains("5000 bytes while in this request the text size is 5002")
    );
}
