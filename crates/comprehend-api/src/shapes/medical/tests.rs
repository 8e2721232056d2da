use super::*;
use crate::decode::decode;
use crate::error::ErrorCode;
use crate::shapes::job::ListRequest;
use serde_json::{Value, json};

fn caller() -> Caller {
    Caller {
        account: "111122223333".into(),
        region: "us-east-1".into(),
    }
}

fn body() -> Value {
    json!({
        "InputDataConfig": {"S3Bucket": "clinic", "S3Key": "notes/"},
        "OutputDataConfig": {"S3Bucket": "clinic-results", "S3Key": "2026"},
        "DataAccessRoleArn": "arn:aws:iam::111122223333:role/reader",
        "LanguageCode": "en",
    })
}

fn decoded(body: &Value) -> Result<StartPhiDetectionJobRequest, ApiError> {
    decode(body.to_string().as_bytes())
}

fn check(body: &Value) -> Result<MedicalJob, ApiError> {
    decoded(body)?.as_ref().check(&caller(), JobType::PhiDetection)
}

fn with(pointer: &str, value: Value) -> Value {
    let mut body = body();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap()[name] = value;
    body
}

#[test]
fn a_request_becomes_places() {
    let job = check(&body()).unwrap();
    assert_eq!(job.input.to_string(), "s3://clinic/notes/");
    let results = results_location(&job.output, &caller(), JobType::PhiDetection, "0a");
    assert_eq!(
        results.to_string(),
        "s3://clinic-results/2026/111122223333-PHIDetection-0a/"
    );
    let whole_bucket = check(&with("/InputDataConfig", json!({"S3Bucket": "clinic"}))).unwrap();
    assert_eq!(whole_bucket.input.key, "");
}

#[test]
fn what_is_refused_and_how() {
    for (pointer, value, code) in [
        ("/LanguageCode", json!("es"), ErrorCode::ValidationException),
        ("/InputDataConfig/S3Bucket", json!("No"), ErrorCode::ValidationException),
        (
            "/InputDataConfig/S3Bucket",
            json!("a..b"),
            ErrorCode::InvalidRequestException,
        ),
        (
            "/InputDataConfig/S3Key",
            json!("a//b"),
            ErrorCode::InvalidRequestException,
        ),
        (
            "/OutputDataConfig/S3Key",
            json!("k".repeat(1000)),
            ErrorCode::InvalidRequestException,
        ),
        ("/KMSKey", json!("no key"), ErrorCode::InvalidRequestException),
        (
            "/DataAccessRoleArn",
            json!("arn:aws:iam::999999999999:role/reader"),
            ErrorCode::InvalidRequestException,
        ),
    ] {
        let error = check(&with(pointer, value)).unwrap_err();
        assert_eq!(error.code, code, "{pointer}: {error}");
    }
}

#[test]
fn describe_shows_the_folder_and_when_the_job_is_forgotten() {
    let request = decoded(&with("/JobName", json!("nightly"))).unwrap();
    let job = check(&body()).unwrap();
    let results = results_location(&job.output, &caller(), JobType::PhiDetection, "0a");
    let record = JobRecord {
        job_id: "0a",
        status: JobStatus::PartialSuccess,
        message: None,
        submit_time_micros: 1_700_000_000_000_000,
        end_time_micros: Some(1_700_000_001_000_000),
        results: "",
    };
    let manifest = Some(format!("{}Manifest", results.key));
    let shown = serde_json::to_value(request.as_ref().describe(&record, &results, manifest, "1.2.3")).unwrap();
    let expected = json!({
        "JobId": "0a", "JobName": "nightly", "JobStatus": "PARTIAL_SUCCESS",
        "SubmitTime": 1_700_000_000.0, "EndTime": 1_700_000_001.0, "ExpirationTime": 1_710_368_000.0,
        "InputDataConfig": {"S3Bucket": "clinic", "S3Key": "notes/"},
        "OutputDataConfig": {"S3Bucket": "clinic-results", "S3Key": "2026/111122223333-PHIDetection-0a/"},
        "LanguageCode": "en", "DataAccessRoleArn": "arn:aws:iam::111122223333:role/reader",
        "ManifestFilePath": "2026/111122223333-PHIDetection-0a/Manifest", "ModelVersion": "1.2.3",
    });
    assert_eq!(shown, expected);
}

#[test]
fn two_filters_are_a_validation_error_and_partial_success_is_a_status() {
    let list = |body: Value| decode::<ListPhiDetectionJobsRequest>(body.to_string().as_bytes()).unwrap();
    let one = list(json!({"Filter": {"JobStatus": "PARTIAL_SUCCESS"}}));
    assert!(one.filter().unwrap().is_some());
    let two = list(json!({"Filter": {"JobStatus": "FAILED", "JobName": "n"}}));
    assert_eq!(two.filter().unwrap_err().code, ErrorCode::ValidationException);
}

#[test]
fn a_long_text_is_a_size_error_and_an_empty_one_a_validation_error() {
    let request = |text: &str| decode::<detect::DetectPhiRequest>(json!({ "Text": text }).to_string().as_bytes());
    assert_eq!(request(&"x".repeat(20_000)).unwrap().check(), Ok(()));
    for text in ["x".repeat(20_001), "é".repeat(10_001)] {
        let error = request(&text).unwrap().check().unwrap_err();
        assert_eq!(error.code, ErrorCode::TextSizeLimitExceededException);
    }
    assert_eq!(request("").unwrap_err().code, ErrorCode::ValidationException);
}
