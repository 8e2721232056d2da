use super::*;
use crate::decode::{decode, fingerprint};
use crate::error::ErrorCode;
use crate::shapes::job::{JobFilter, ListRequest as _};
use serde_json::{Value, json};

fn caller() -> Caller {
    Caller {
        account: "111122223333".into(),
        region: "eu-west-1".into(),
    }
}

fn offsets_request() -> Value {
    json!({
        "InputDataConfig": {"S3Uri": "s3://in-bucket/notes/"},
        "OutputDataConfig": {"S3Uri": "s3://out-bucket/results"},
        "Mode": "ONLY_OFFSETS",
        "DataAccessRoleArn": "arn:aws:iam::111122223333:role/Reader",
        "LanguageCode": "en",
    })
}

fn redaction_request(config: Value) -> Value {
    with(
        offsets_request(),
        json!({"Mode": "ONLY_REDACTION", "RedactionConfig": config}),
    )
}

/// `base` with the members of `changes` put over it, one level deep.
fn with(mut base: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        base[name] = value.clone();
    }
    base
}

fn start(request: &Value) -> Result<PiiJob, ApiError> {
    let request: StartPiiEntitiesDetectionJobRequest = decode(request.to_string().as_bytes())?;
    request.check(&caller())
}

#[test]
fn smallest_request() {
    let job = start(&offsets_request()).unwrap();
    assert_eq!(job.input.to_string(), "s3://in-bucket/notes/");
    assert_eq!(job.output.to_string(), "s3://out-bucket/results");
    assert_eq!(job.role.name, "Reader");
    assert_eq!(
        (job.analysis.mode, job.analysis.types),
        (PiiMode::OnlyOffsets, PiiTypes::All)
    );
}

#[test]
fn redaction_settings_reach_the_engine() {
    let analysis = |config| start(&redaction_request(config)).unwrap().analysis;
    let masked = analysis(json!({"PiiEntityTypes": ["SSN", "EMAIL", "SSN"], "MaskCharacter": "#"}));
    assert_eq!(
        masked.types,
        PiiTypes::Only(vec![PiiEntityType::Email, PiiEntityType::Ssn])
    );
    assert_eq!((masked.mask_mode, masked.mask_character), (MaskMode::Mask, '#'));
    let replaced = analysis(json!({"PiiEntityTypes": ["NAME", "ALL"], "MaskMode": "REPLACE_WITH_PII_ENTITY_TYPE"}));
    assert_eq!((replaced.types.clone(), replaced.mask_character), (PiiTypes::All, '*'));
    assert_eq!(replaced.mask_mode, MaskMode::ReplaceWithPiiEntityType);

    for analysis in [masked, replaced] {
        let stored = serde_json::to_string(&analysis).unwrap();
        assert_eq!(
            serde_json::from_str::<PiiAnalysis>(&stored).unwrap(),
            analysis,
            "{stored}"
        );
    }
}

#[test]
fn meaning_is_checked() {
    use ErrorCode::*;
    let reader =
        |config: Value| json!({"InputDataConfig": {"S3Uri": "s3://in-bucket/a", "DocumentReaderConfig": config}});
    let tags = |count: usize| json!({"Tags": (0..count).map(|n| json!({"Key": n.to_string()})).collect::<Vec<_>>()});
    let output = |config: Value| json!({"OutputDataConfig": config});
    for (changes, code) in [
        (json!({"Mode": "ONLY_REDACTION"}), InvalidRequestException),
        (
            json!({"Mode": "ONLY_REDACTION", "RedactionConfig": {}}),
            InvalidRequestException,
        ),
        (
            json!({"Mode": "ONLY_REDACTION", "RedactionConfig": {"PiiEntityTypes": []}}),
            InvalidRequestException,
        ),
        (json!({"LanguageCode": "fr"}), ValidationException),
        (
            json!({"DataAccessRoleArn": "arn:aws:iam::999922223333:role/Reader"}),
            InvalidRequestException,
        ),
        (
            reader(json!({"DocumentReadAction": "TEXTRACT_ANALYZE_DOCUMENT"})),
            InvalidRequestException,
        ),
        (
            json!({"InputDataConfig": {"S3Uri": "s3://in..bucket/a"}}),
            InvalidRequestException,
        ),
        (
            output(json!({"S3Uri": format!("s3://out-bucket/{}", "k".repeat(980))})),
            InvalidRequestException,
        ),
        (
            output(json!({"S3Uri": "s3://out-bucket", "KmsKeyId": "not a key"})),
            KmsKeyValidationException,
        ),
        (tags(51), TooManyTagsException),
        (
            json!({"Tags": [{"Key": "a"}, {"Key": "a", "Value": "b"}]}),
            InvalidRequestException,
        ),
        (json!({"Tags": [{"Key": "aws:a"}]}), InvalidRequestException),
    ] {
        let error = start(&with(offsets_request(), changes.clone())).expect_err(&changes.to_string());
        assert_eq!(error.code, code, "{changes}: {error}");
    }
    for changes in [
        json!({"LanguageCode": "es"}),
        reader(json!({"DocumentReadAction": "TEXTRACT_DETECT_DOCUMENT_TEXT"})),
        reader(json!({"DocumentReadAction": "TEXTRACT_ANALYZE_DOCUMENT", "FeatureTypes": ["TABLES"]})),
        output(json!({"S3Uri": "s3://out-bucket", "KmsKeyId": "alias/team"})),
        tags(50),
        json!({"RedactionConfig": {"MaskMode": "MASK"}}),
        json!({"ClientRequestToken": "a-B-3", "JobName": "Größe 1/2: a_b=c+d-e%f@g", "Tags": null}),
    ] {
        assert!(start(&with(offsets_request(), changes.clone())).is_ok(), "{changes}");
    }
}

#[test]
fn constraints_of_the_shape() {
    let types = |types: Value| json!({"RedactionConfig": {"PiiEntityTypes": types}});
    for (changes, path) in [
        (json!({"InputDataConfig": {}}), "Value null at 'inputDataConfig.s3Uri'"),
        (
            json!({"InputDataConfig": {"S3Uri": "S3://bucket/a"}}),
            "Value 'S3://bucket/a' at 'inputDataConfig.s3Uri'",
        ),
        (
            json!({"OutputDataConfig": {"S3Uri": "s3://b/a"}}),
            "'outputDataConfig.s3Uri'",
        ),
        (
            json!({"OutputDataConfig": {"S3Uri": "s3://bucket/a\nb"}}),
            "'outputDataConfig.s3Uri'",
        ),
        (
            json!({"OutputDataConfig": {"S3Uri": "s3://bucket", "KmsKeyId": "é"}}),
            "'outputDataConfig.kmsKeyId'",
        ),
        (json!({"Mode": null}), "Value null at 'mode'"),
        (
            types(json!(["NAME", "SSN", "PHONES"])),
            "Value 'PHONES' at 'redactionConfig.piiEntityTypes.3.member'",
        ),
        (
            json!({"RedactionConfig": {"MaskCharacter": "**"}}),
            "2 validation errors",
        ),
        (
            json!({"RedactionConfig": {"MaskCharacter": "x"}}),
            "'redactionConfig.maskCharacter'",
        ),
        (
            json!({"DataAccessRoleArn": "arn:aws:iam::1:role/R"}),
            "'dataAccessRoleArn'",
        ),
        (json!({"JobName": "a*b"}), "'jobName'"),
        (json!({"JobName": "é".repeat(257)}), "length less than or equal to 256"),
        (
            json!({"LanguageCode": "EN"}),
            "enum value set: [en, es, fr, de, it, pt, ar, hi, ja, ko, zh, zh-TW]",
        ),
        (json!({"ClientRequestToken": "a_b"}), "'clientRequestToken'"),
        (
            json!({"Tags": [{"Key": "a"}, {"Value": "b"}]}),
            "Value null at 'tags.2.member.key'",
        ),
        (
            json!({"Tags": [{"Key": "a", "Value": "v".repeat(257)}]}),
            "'tags.1.member.value'",
        ),
    ] {
        let error = start(&with(offsets_request(), changes.clone())).expect_err(&changes.to_string());
        assert_eq!(error.code, ErrorCode::ValidationException, "{changes}");
        assert!(error.message.contains(path), "{changes}: {error}");
    }
    assert!(
        start(&json!({}))
            .unwrap_err()
            .message
            .starts_with("5 validation errors detected: ")
    );
}

#[test]
fn bodies_that_are_no_request() {
    let start = decode::<StartPiiEntitiesDetectionJobRequest>;
    let deep = "[".repeat(100_000);
    for body in [
        "{",
        "nonsense",
        "null",
        "[]",
        "\"text\"",
        "{\"Mode\": \"ONLY_OFFSETS\"} trailing",
        &deep,
    ] {
        assert_eq!(
            start(body.as_bytes()).unwrap_err().code,
            ErrorCode::SerializationException
        );
    }
    assert_eq!(
        start(b"{\"Mode\": \"\xff\"}").unwrap_err().code,
        ErrorCode::SerializationException
    );
    let secret = start(b"{\"JobName\": \"private words").unwrap_err();
    assert!(!secret.message.contains("private"), "{secret}");
    // No member is required here, and the protocol lets clients leave out an empty body.
    assert!(decode::<ListPiiEntitiesDetectionJobsRequest>(b"").is_ok());
}

#[test]
fn fingerprints_follow_the_meaning() {
    let of = |request: Value| {
        fingerprint(&decode::<StartPiiEntitiesDetectionJobRequest>(request.to_string().as_bytes()).unwrap())
    };
    let base = of(offsets_request());
    assert_eq!(base.len(), 64);
    assert_eq!(
        of(with(offsets_request(), json!({"JobName": null, "Unknown": 1}))),
        base
    );
    assert_ne!(of(with(offsets_request(), json!({"JobName": "n"}))), base);
}

#[test]
fn describe_echoes_the_request_with_values_in_force() {
    let body = redaction_request(json!({"PiiEntityTypes": ["ALL"], "MaskMode": "MASK"})).to_string();
    let request: StartPiiEntitiesDetectionJobRequest = decode(body.as_bytes()).unwrap();
    let id = "0123456789abcdef0123456789abcdef";
    let results = results_location(&request.check(&caller()).unwrap().output, &caller(), id).to_string();
    let job = JobRecord {
        job_id: id,
        results: &results,
        status: JobStatus::InProgress,
        message: None,
        submit_time_micros: 1_763_856_000_123_456,
        end_time_micros: None,
    };
    let pii_entities_detection_job_properties = request.describe(&caller(), &job);
    let response = DescribePiiEntitiesDetectionJobResponse {
        pii_entities_detection_job_properties,
    };
    let expected = json!({"PiiEntitiesDetectionJobProperties": {
        "JobId": id,
        "JobArn": format!("arn:aws:comprehend:eu-west-1:111122223333:pii-entities-detection-job/{id}"),
        "JobStatus": "IN_PROGRESS",
        "SubmitTime": 1763856000.123,
        "InputDataConfig": {"S3Uri": "s3://in-bucket/notes/", "InputFormat": "ONE_DOC_PER_LINE"},
        "OutputDataConfig": {"S3Uri": format!("s3://out-bucket/results/111122223333-PII-{id}/output/")},
        "RedactionConfig": {"PiiEntityTypes": ["ALL"], "MaskMode": "MASK"},
        "LanguageCode": "en",
        "DataAccessRoleArn": "arn:aws:iam::111122223333:role/Reader",
        "Mode": "ONLY_REDACTION",
    }});
    assert_eq!(serde_json::to_value(&response).unwrap(), expected);

    let failed = JobRecord {
        status: JobStatus::Failed,
        message: Some("NO_READ_ACCESS_TO_INPUT: no"),
        end_time_micros: Some(1_763_856_001_000_000),
        ..job
    };
    let failed = serde_json::to_value(request.describe(&caller(), &failed)).unwrap();
    assert_eq!(
        (&failed["EndTime"], &failed["JobStatus"]),
        (&json!(1763856001.0), &json!("FAILED"))
    );
    assert_eq!(failed["Message"], "NO_READ_ACCESS_TO_INPUT: no");
}

#[test]
fn list_requests() {
    let list = |body: Value| decode::<ListPiiEntitiesDetectionJobsRequest>(body.to_string().as_bytes());
    let empty = list(json!({"Filter": {}})).unwrap();
    assert_eq!((empty.filter(), empty.max_results()), (Ok(None), 100));
    let request = list(json!({"Filter": {"SubmitTimeAfter": 1763856000}, "MaxResults": 500})).unwrap();
    assert_eq!(
        request.filter(),
        Ok(Some(JobFilter::SubmittedAfter(1_763_856_000_000_999)))
    );
    assert_eq!(request.max_results(), 500);
    for (body, code) in [
        (json!({"MaxResults": 0}), ErrorCode::ValidationException),
        (json!({"MaxResults": 501}), ErrorCode::ValidationException),
        (json!({"MaxResults": "5"}), ErrorCode::SerializationException),
        (json!({"NextToken": ""}), ErrorCode::ValidationException),
        (json!({"Filter": {"JobStatus": "DONE"}}), ErrorCode::ValidationException),
        (
            json!({"Filter": {"SubmitTimeAfter": "2025-11-23"}}),
            ErrorCode::SerializationException,
        ),
    ] {
        assert_eq!(list(body.clone()).unwrap_err().code, code, "{body}");
    }
}
