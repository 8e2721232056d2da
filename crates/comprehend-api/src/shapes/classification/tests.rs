use super::*;
use crate::decode::decode;
use crate::shapes::classifiers::ClassifierMode;
use crate::shapes::document::{DocumentInput, DocumentTypeItem};
use serde_json::{Value, json};

fn caller() -> Caller {
    Caller {
        account: "111122223333".into(),
        region: "eu-west-1".into(),
    }
}

fn arn(resource: &str) -> String {
    format!("arn:aws:comprehend:eu-west-1:111122223333:{resource}")
}

fn request(changes: &Value) -> Value {
    let mut request = json!({
        "InputDataConfig": {"S3Uri": "s3://in-bucket/sms/"},
        "OutputDataConfig": {"S3Uri": "s3://out-bucket/results/"},
        "DataAccessRoleArn": "arn:aws:iam::111122223333:role/Reader",
        "DocumentClassifierArn": arn("document-classifier/spam/version/v1"),
    });
    for (name, value) in changes.as_object().unwrap() {
        request[name] = value.clone();
    }
    request
}

fn start(changes: &Value) -> Result<ClassificationJob, ApiError> {
    let request: StartDocumentClassificationJobRequest = decode(request(changes).to_string().as_bytes())?;
    request.check(&caller())
}

#[test]
fn a_job_works_with_one_model() {
    let classifier = arn("document-classifier/spam/version/v1");
    let job = start(&json!({})).unwrap();
    assert_eq!(job.model, ModelChoice::Model(classifier));
    assert!(!job.forces_reading);
    let flywheel = arn("flywheel/mill");
    let reader = json!({
        "DocumentReadAction": "TEXTRACT_DETECT_DOCUMENT_TEXT", "DocumentReadMode": "FORCE_DOCUMENT_READ_ACTION",
    });
    let input = json!({"S3Uri": "s3://in-bucket", "InputFormat": "ONE_DOC_PER_FILE", "DocumentReaderConfig": reader});
    let changes = json!({"DocumentClassifierArn": null, "FlywheelArn": flywheel, "InputDataConfig": input});
    let job = start(&changes).unwrap();
    assert_eq!(job.model, ModelChoice::Flywheel(flywheel.clone()));
    assert!(job.forces_reading);
    use ErrorCode::*;
    for (changes, code, fragment) in [
        (
            json!({"FlywheelArn": flywheel}),
            InvalidRequestException,
            "Exactly one of DocumentClassifierArn and FlywheelArn",
        ),
        (
            json!({"DocumentClassifierArn": null}),
            InvalidRequestException,
            "Exactly one of",
        ),
        (
            json!({"DocumentClassifierArn": arn("entity-recognizer/mine")}),
            ValidationException,
            "'documentClassifierArn'",
        ),
        (
            json!({"VolumeKmsKeyId": "alias/team"}),
            KmsKeyValidationException,
            "VolumeKmsKeyId",
        ),
        (
            json!({"DataAccessRoleArn": "arn:aws:iam::999922223333:role/Reader"}),
            InvalidRequestException,
            "DataAccessRoleArn",
        ),
    ] {
        let error = start(&changes).expect_err(&changes.to_string());
        assert_eq!(error.code, code, "{changes}: {error}");
        assert!(error.message.contains(fragment), "{changes}: {error}");
    }
}

#[test]
fn describe_shows_the_classifier_that_a_flywheel_stood_for() {
    let flywheel = arn("flywheel/mill");
    let body = request(&json!({"DocumentClassifierArn": null, "FlywheelArn": flywheel, "JobName": "n"}));
    let request: StartDocumentClassificationJobRequest = decode(body.to_string().as_bytes()).unwrap();
    let id = "0123456789abcdef0123456789abcdef";
    let output = request.check(&caller()).unwrap().output;
    let results = format!("{}{ARCHIVE_NAME}", results_folder(&output, &caller(), id));
    let job = JobRecord {
        job_id: id,
        results: &results,
        status: JobStatus::Completed,
        message: None,
        submit_time_micros: 1_000_000,
        end_time_micros: Some(2_000_000),
    };
    let classifier = arn("document-classifier/spam/version/v2");
    let expected = json!({
        "JobId": id,
        "JobArn": arn(&format!("document-classification-job/{id}")),
        "JobName": "n",
        "JobStatus": "COMPLETED",
        "SubmitTime": 1.0,
        "EndTime": 2.0,
        "DocumentClassifierArn": classifier,
        "InputDataConfig": {"S3Uri": "s3://in-bucket/sms/", "InputFormat": "ONE_DOC_PER_LINE"},
        "OutputDataConfig": {"S3Uri": format!("s3://out-bucket/results/111122223333-CLN-{id}/output/output.tar.gz")},
        "DataAccessRoleArn": "arn:aws:iam::111122223333:role/Reader",
        "FlywheelArn": flywheel,
    });
    let described = request.describe(&caller(), &job, &classifier);
    assert_eq!(serde_json::to_value(&described).unwrap(), expected);
}

#[test]
fn one_document_in_one_of_two_forms() {
    let endpoint = arn("document-classifier-endpoint/spam");
    let check = |body: Value| decode::<ClassifyDocumentRequest>(body.to_string().as_bytes())?.check();
    let found = check(json!({"EndpointArn": endpoint, "Text": "é".repeat(5_000)})).unwrap();
    assert!(matches!(&found.document, DocumentInput::Text(text) if text.as_str().len() == 10_000));
    for base64 in ["Y2FuYXJ5Lg==", "Y2FuYXJ5Lg"] {
        let found = check(json!({"EndpointArn": endpoint, "Bytes": base64})).unwrap();
        assert!(matches!(&found.document, DocumentInput::Bytes(bytes) if bytes.as_slice() == b"canary."));
        assert!(!format!("{found:?}").contains("canary"));
    }
    use ErrorCode::*;
    for (body, code, fragment) in [
        (
            json!({"EndpointArn": endpoint}),
            InvalidRequestException,
            "one of Text and Bytes",
        ),
        (
            json!({"EndpointArn": endpoint, "Text": "a", "Bytes": "YQ=="}),
            InvalidRequestException,
            "one of Text and Bytes",
        ),
        (
            json!({"EndpointArn": endpoint, "Text": format!("canary{}", "x".repeat(9_995))}),
            TextSizeLimitExceededException,
            "10000 bytes while in this request the text size is 10001 bytes",
        ),
        (
            json!({"EndpointArn": endpoint, "Bytes": "canary!"}),
            SerializationException,
            "base64",
        ),
        (
            json!({"EndpointArn": arn("entity-recognizer-endpoint/mine"), "Text": "a"}),
            ValidationException,
            "'endpointArn'",
        ),
        (
            json!({"EndpointArn": endpoint, "Text": "canary",
                "DocumentReaderConfig": {"DocumentReadAction": "TEXTRACT_ANALYZE_DOCUMENT"}}),
            InvalidRequestException,
            "FeatureTypes",
        ),
    ] {
        let error = check(body).unwrap_err();
        assert_eq!(error.code, code, "{error}");
        assert!(
            error.message.contains(fragment) && !error.message.contains("canary"),
            "{error}"
        );
    }
    // The service's own endpoint for prompts has a name in the model; it is none of this server's.
    let prompts = "arn:aws:comprehend:eu-west-1:aws:document-classifier-endpoint/prompt-safety";
    assert!(check(json!({"EndpointArn": prompts, "Text": "a"})).is_ok());
}

#[test]
fn answers_name_what_the_mode_has() {
    let class = DocumentClass {
        class: crate::records::Class {
            name: "spam",
            score: 0.75,
        },
        page: None,
    };
    let answer = ClassifyDocumentResponse::default().with_classes(ClassifierMode::MultiClass, vec![class]);
    assert_eq!(
        serde_json::to_value(&answer).unwrap(),
        json!({"Classes": [{"Name": "spam", "Score": 0.75}]})
    );
    let class = DocumentClass { page: Some(1), ..class };
    let answer = ClassifyDocumentResponse {
        document_type: Some(vec![DocumentTypeItem {
            page: 1,
            document_type: "PLAIN_TEXT",
        }]),
        ..ClassifyDocumentResponse::default()
    };
    assert_eq!(
        serde_json::to_value(answer.with_classes(ClassifierMode::MultiLabel, vec![class])).unwrap(),
        json!({"Labels": [{"Name": "spam", "Score": 0.75, "Page": 1}], "DocumentType": [{"Page": 1, "Type": "PLAIN_TEXT"}]})
    );
}
