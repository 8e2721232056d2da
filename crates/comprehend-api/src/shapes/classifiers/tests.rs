use super::*;
use crate::ErrorCode;
use crate::decode::decode;
use crate::shapes::resource::ResourceFilter;
use serde_json::{Value, json};

fn caller() -> Caller {
    Caller {
        account: "111122223333".into(),
        region: "eu-west-1".into(),
    }
}

fn request(changes: &Value) -> Value {
    let mut request = json!({
        "DocumentClassifierName": "spam",
        "DataAccessRoleArn": "arn:aws:iam::111122223333:role/Reader",
        "InputDataConfig": {"S3Uri": "s3://in-bucket/train.csv"},
        "LanguageCode": "en",
    });
    for (name, value) in changes.as_object().unwrap() {
        request[name] = value.clone();
    }
    request
}

fn create(changes: &Value) -> Result<ClassifierTraining, ApiError> {
    let request: CreateDocumentClassifierRequest = decode(request(changes).to_string().as_bytes())?;
    request.check(&caller())
}

#[test]
fn training_data_in_both_formats() {
    let plain = create(&json!({})).unwrap();
    assert_eq!(
        (plain.mode, plain.delimiter.as_str()),
        (ClassifierMode::MultiClass, "|")
    );
    assert_eq!(plain.train.first().unwrap().to_string(), "s3://in-bucket/train.csv");
    assert_eq!((plain.test, plain.output), (ClassifierData::default(), None));

    let input = json!({"DataFormat": "COMPREHEND_CSV", "S3Uri": "s3://in-bucket/train/",
        "TestS3Uri": "s3://in-bucket/test/", "LabelDelimiter": ";", "DocumentType": "PLAIN_TEXT_DOCUMENT"});
    let output = json!({"S3Uri": "s3://out-bucket/models"});
    let changes = json!({"Mode": "MULTI_LABEL", "InputDataConfig": input, "OutputDataConfig": output});
    let several = create(&changes).unwrap();
    assert_eq!(
        (several.mode, several.delimiter.as_str()),
        (ClassifierMode::MultiLabel, ";")
    );
    assert_eq!(several.test.csv[0].to_string(), "s3://in-bucket/test/");
    let folder = results_folder(&several.output.unwrap(), &caller(), "0a1b");
    assert_eq!(
        folder.to_string(),
        "s3://out-bucket/models/111122223333-CLR-0a1b/output/"
    );

    let manifests = json!([
        {"S3Uri": "s3://in-bucket/a.manifest", "AttributeNames": ["mood"]},
        {"S3Uri": "s3://in-bucket/b.manifest", "AttributeNames": ["mood"], "Split": "TEST",
         "SourceDocumentsS3Uri": "s3://in-bucket/documents/"},
    ]);
    let input = json!({"DataFormat": "AUGMENTED_MANIFEST", "AugmentedManifests": manifests});
    let listed = create(&json!({"InputDataConfig": input})).unwrap();
    assert_eq!(listed.train.first().unwrap().to_string(), "s3://in-bucket/a.manifest");
    assert_eq!(listed.train.manifests[0].attributes, ["mood"]);
    assert_eq!(listed.test.manifests.len(), 1);
}

/// Training data that are files of their own, with changes.
fn documents(changes: Value) -> Value {
    let mut input = json!({
        "S3Uri": "s3://in-bucket/labels.csv", "DocumentType": "SEMI_STRUCTURED_DOCUMENT",
        "Documents": {"S3Uri": "s3://docs/train/"},
    });
    for (name, value) in changes.as_object().unwrap() {
        input[name] = value.clone();
    }
    json!({"InputDataConfig": input})
}

#[test]
fn documents_that_are_files_of_their_own() {
    let native = create(&documents(json!({}))).unwrap();
    assert_eq!(native.train.first().unwrap().to_string(), "s3://in-bucket/labels.csv");
    assert_eq!(native.train.documents[0].documents.to_string(), "s3://docs/train/");
    assert!(native.test == ClassifierData::default() && !native.forces_reading);
    let reader = json!({"DocumentReadAction": "TEXTRACT_DETECT_DOCUMENT_TEXT",
        "DocumentReadMode": "FORCE_DOCUMENT_READ_ACTION"});
    let tested = documents(json!({
        "TestS3Uri": "s3://in-bucket/test.csv", "DocumentReaderConfig": reader,
        "Documents": {"S3Uri": "s3://docs/train/", "TestS3Uri": "s3://docs/test/"},
    }));
    let native = create(&tested).unwrap();
    assert_eq!(native.test.documents[0].labels.to_string(), "s3://in-bucket/test.csv");
    assert_eq!(native.test.documents[0].documents.to_string(), "s3://docs/test/");
    assert!(native.forces_reading);
}

#[test]
fn meaning_is_checked() {
    use ErrorCode::*;
    let manifest = json!({"S3Uri": "s3://in-bucket/a.manifest", "AttributeNames": ["mood"]});
    let test_only = json!({"S3Uri": "s3://in-bucket/a.manifest", "AttributeNames": ["mood"], "Split": "TEST"});
    let native = json!({"S3Uri": "s3://in-bucket/a.manifest", "AttributeNames": ["mood"],
        "DocumentType": "SEMI_STRUCTURED_DOCUMENT"});
    let key = "1234abcd-12ab-34cd-56ef-1234567890ab";
    let input = |input: Value| json!({"InputDataConfig": input});
    for (changes, code, fragment) in [
        (input(json!({})), InvalidRequestException, "S3Uri is required"),
        (
            input(json!({"DataFormat": "AUGMENTED_MANIFEST"})),
            InvalidRequestException,
            "AugmentedManifests is required",
        ),
        (
            input(json!({"DataFormat": "AUGMENTED_MANIFEST", "AugmentedManifests": [test_only]})),
            InvalidRequestException,
            "split TRAIN",
        ),
        (
            input(json!({"S3Uri": "s3://in-bucket/a.csv", "AugmentedManifests": [manifest]})),
            InvalidRequestException,
            "only with the data format AUGMENTED_MANIFEST",
        ),
        (
            input(
                json!({"DataFormat": "AUGMENTED_MANIFEST", "AugmentedManifests": [manifest],
                "S3Uri": "s3://in-bucket/a.csv"}),
            ),
            InvalidRequestException,
            "only with the data format COMPREHEND_CSV",
        ),
        (
            input(json!({"DataFormat": "AUGMENTED_MANIFEST", "AugmentedManifests": [native]})),
            InvalidRequestException,
            "PLAIN_TEXT_DOCUMENT",
        ),
        (
            input(json!({"S3Uri": "s3://in-bucket/a.csv", "DocumentType": "SEMI_STRUCTURED_DOCUMENT"})),
            InvalidRequestException,
            "Documents is required",
        ),
        (
            documents(json!({"TestS3Uri": "s3://in-bucket/test.csv"})),
            InvalidRequestException,
            "both or not at all",
        ),
        (
            documents(json!({"Documents": {"S3Uri": "s3://docs/", "TestS3Uri": "s3://docs/"}})),
            InvalidRequestException,
            "both or not at all",
        ),
        (
            documents(json!({"Documents": {"S3Uri": "s3://d..cs/"}})),
            InvalidRequestException,
            "Documents.S3Uri",
        ),
        (
            documents(json!({"DataFormat": "AUGMENTED_MANIFEST"})),
            InvalidRequestException,
            "COMPREHEND_CSV",
        ),
        (
            json!({"InputDataConfig": {"DataFormat": "AUGMENTED_MANIFEST", "AugmentedManifests": [
                {"S3Uri": "s3://in-bucket/a", "AttributeNames": ["a"], "DocumentType": "SEMI_STRUCTURED_DOCUMENT"},
            ]}}),
            InvalidRequestException,
            "PLAIN_TEXT_DOCUMENT",
        ),
        (
            documents(json!({"DocumentType": "PLAIN_TEXT_DOCUMENT"})),
            InvalidRequestException,
            "only with SEMI_STRUCTURED_DOCUMENT",
        ),
        (
            input(json!({"S3Uri": "s3://in-bucket/a.csv", "LabelDelimiter": "ab"})),
            ValidationException,
            "'inputDataConfig.labelDelimiter'",
        ),
        (
            input(json!({"S3Uri": "s3://in-bucket/a.csv", "LabelDelimiter": ","})),
            ValidationException,
            "'inputDataConfig.labelDelimiter'",
        ),
        (
            json!({"DocumentClassifierName": "no spam"}),
            ValidationException,
            "'documentClassifierName'",
        ),
        (json!({"VersionName": "-v1"}), ValidationException, "'versionName'"),
        (json!({"LanguageCode": "tlh"}), ValidationException, "'languageCode'"),
        (json!({"Mode": "MULTI"}), ValidationException, "'mode'"),
        (json!({"ModelPolicy": "{}"}), InvalidRequestException, "no Statement"),
        (
            json!({"ModelKmsKeyId": key}),
            KmsKeyValidationException,
            "ModelKmsKeyId",
        ),
        (
            json!({"OutputDataConfig": {"KmsKeyId": "a key"}}),
            KmsKeyValidationException,
            "OutputDataConfig.KmsKeyId",
        ),
        (
            json!({"DataAccessRoleArn": "arn:aws:iam::999922223333:role/Reader"}),
            InvalidRequestException,
            "DataAccessRoleArn",
        ),
    ] {
        let error = create(&changes).expect_err(&changes.to_string());
        assert_eq!(error.code, code, "{changes}: {error}");
        assert!(error.message.contains(fragment), "{changes}: {error}");
    }
}

#[test]
fn describe_tells_how_training_went() {
    let body = request(&json!({"VersionName": "v2", "Mode": "MULTI_CLASS",
        "OutputDataConfig": {"S3Uri": "s3://out-bucket/models"}, "Tags": [{"Key": "team"}]}));
    let request: CreateDocumentClassifierRequest = decode(body.to_string().as_bytes()).unwrap();
    let arn = request.arn(&caller());
    assert_eq!(
        arn,
        "arn:aws:comprehend:eu-west-1:111122223333:document-classifier/spam/version/v2"
    );
    let submitted = ModelRecord {
        arn: &arn,
        status: ModelStatus::Submitted,
        message: None,
        submit_time_micros: 1_000_000,
        training_start_micros: None,
        training_end_micros: None,
        flywheel_arn: None,
        source_arn: None,
    };
    let place = "s3://out-bucket/models/111122223333-CLR-0a1b/output/output.tar.gz";
    let mut expected = json!({
        "DocumentClassifierArn": arn,
        "LanguageCode": "en",
        "Status": "SUBMITTED",
        "SubmitTime": 1.0,
        "InputDataConfig": {"DataFormat": "COMPREHEND_CSV", "S3Uri": "s3://in-bucket/train.csv"},
        "OutputDataConfig": {"S3Uri": place},
        "DataAccessRoleArn": "arn:aws:iam::111122223333:role/Reader",
        "Mode": "MULTI_CLASS",
        "VersionName": "v2",
    });
    let described = request.describe(&submitted, Some(place), None);
    assert_eq!(serde_json::to_value(&described).unwrap(), expected);
    let without_output = CreateDocumentClassifierRequest {
        output_data_config: None,
        ..request.clone()
    };
    let described = serde_json::to_value(without_output.describe(&submitted, None, None)).unwrap();
    assert_eq!(described["OutputDataConfig"], json!({}));

    let trained = ModelRecord {
        status: ModelStatus::TrainedWithWarning,
        message: Some("One document is empty."),
        training_start_micros: Some(2_000_000),
        training_end_micros: Some(3_000_000),
        flywheel_arn: Some("arn:aws:comprehend:eu-west-1:111122223333:flywheel/mill"),
        ..submitted
    };
    let metrics = ClassifierEvaluationMetrics {
        accuracy: 0.5,
        precision: 0.25,
        recall: 0.75,
        f1_score: 0.375,
        micro_precision: 0.5,
        micro_recall: 0.5,
        micro_f1_score: 0.5,
        hamming_loss: 0.5,
    };
    let metadata = ClassifierMetadata {
        number_of_labels: 2,
        number_of_trained_documents: 90,
        number_of_test_documents: 10,
        evaluation_metrics: metrics,
    };
    expected["Status"] = "TRAINED_WITH_WARNING".into();
    expected["Message"] = "One document is empty.".into();
    expected["FlywheelArn"] = "arn:aws:comprehend:eu-west-1:111122223333:flywheel/mill".into();
    for (name, time) in [("TrainingStartTime", 2.0), ("TrainingEndTime", 3.0), ("EndTime", 3.0)] {
        expected[name] = time.into();
    }
    expected["ClassifierMetadata"] = json!({
        "NumberOfLabels": 2, "NumberOfTrainedDocuments": 90, "NumberOfTestDocuments": 10,
        "EvaluationMetrics": {"Accuracy": 0.5, "Precision": 0.25, "Recall": 0.75, "F1Score": 0.375,
            "MicroPrecision": 0.5, "MicroRecall": 0.5, "MicroF1Score": 0.5, "HammingLoss": 0.5},
    });
    let described = request.describe(&trained, Some(place), Some(metadata));
    assert_eq!(serde_json::to_value(&described).unwrap(), expected);
}

#[test]
fn one_filter_at_a_time() {
    let filter = |filter: Value| {
        let body = json!({"Filter": filter}).to_string();
        decode::<ListDocumentClassifiersRequest>(body.as_bytes())?.filter()
    };
    assert_eq!(filter(json!({})), Ok(None));
    assert_eq!(
        filter(json!({"Status": "TRAINED"})),
        Ok(Some(ResourceFilter::Status(ModelStatus::Trained)))
    );
    assert_eq!(
        filter(json!({"SubmitTimeAfter": 1.5})),
        Ok(Some(ResourceFilter::CreatedAfter(1_500_999)))
    );
    let two = json!({"Status": "TRAINED", "DocumentClassifierName": "spam"});
    assert_eq!(filter(two).unwrap_err().code, ErrorCode::InvalidFilterException);
    assert_eq!(
        filter(json!({"Status": "DONE"})).unwrap_err().code,
        ErrorCode::ValidationException
    );
}
