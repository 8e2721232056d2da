use super::*;
use crate::ErrorCode;
use crate::decode::decode;
use serde_json::{Value, json};

fn caller() -> Caller {
    Caller {
        account: "111122223333".into(),
        region: "eu-west-1".into(),
    }
}

fn create(input: &Value) -> Result<RecognizerTraining, ApiError> {
    let request = json!({
        "RecognizerName": "parts",
        "DataAccessRoleArn": "arn:aws:iam::111122223333:role/Reader",
        "LanguageCode": "de",
        "InputDataConfig": input,
    });
    let request: CreateEntityRecognizerRequest = decode(request.to_string().as_bytes())?;
    request.check(&caller())
}

/// Members of `changes` put over a complete input; `null` takes one away.
fn input(changes: &Value) -> Value {
    let mut input = json!({
        "EntityTypes": [{"Type": "PART"}, {"Type": "MAKER"}],
        "Documents": {"S3Uri": "s3://data/texts/"},
        "Annotations": {"S3Uri": "s3://data/annotations.csv"},
    });
    for (name, value) in changes.as_object().unwrap() {
        input[name] = value.clone();
    }
    input
}

fn place(uri: &str) -> S3Uri {
    uri.parse().unwrap()
}

fn annotated_documents(documents: &str, annotations: Option<&str>) -> DocumentsPlace {
    DocumentsPlace {
        documents: place(documents),
        format: InputFormat::OneDocPerLine,
        annotations: annotations.map(place),
    }
}

#[test]
fn annotations_or_a_list_say_what_is_an_entity() {
    let training = create(&input(&json!({}))).unwrap();
    assert_eq!(training.types, ["PART", "MAKER"]);
    let annotated = annotated_documents("s3://data/texts/", Some("s3://data/annotations.csv"));
    assert_eq!(training.train.documents, [annotated]);
    assert_eq!(training.train.first(), Some(&place("s3://data/texts/")));
    assert_eq!(
        (training.train.entity_list, training.test),
        (None, RecognizerData::default())
    );

    let tested = create(&input(&json!({
        "Documents": {"S3Uri": "s3://data/a", "TestS3Uri": "s3://data/b", "InputFormat": "ONE_DOC_PER_FILE"},
        "Annotations": {"S3Uri": "s3://data/a.csv", "TestS3Uri": "s3://data/b.csv"},
    })))
    .unwrap();
    let test = DocumentsPlace {
        format: InputFormat::OneDocPerFile,
        ..annotated_documents("s3://data/b", Some("s3://data/b.csv"))
    };
    assert_eq!(tested.test.documents, [test]);

    let listed = create(&input(&json!({
        "Documents": {"S3Uri": "s3://data/a", "TestS3Uri": "s3://data/b"},
        "Annotations": null,
        "EntityList": {"S3Uri": "s3://data/names.csv"},
    })))
    .unwrap();
    assert_eq!(listed.train.documents, [annotated_documents("s3://data/a", None)]);
    assert_eq!(listed.test.documents, [annotated_documents("s3://data/b", None)]);
    assert_eq!(listed.train.entity_list, Some(place("s3://data/names.csv")));
    assert_eq!(
        listed.test.entity_list, listed.train.entity_list,
        "the same list for both"
    );
}

#[test]
fn manifests_divide_by_their_split() {
    let manifest = |uri: &str, split: Value| json!({"S3Uri": uri, "Split": split, "AttributeNames": ["labels"]});
    let manifests = json!({
        "DataFormat": "AUGMENTED_MANIFEST",
        "EntityTypes": [{"Type": "PART"}],
        "AugmentedManifests": [
            manifest("s3://data/a", Value::Null), manifest("s3://data/b", json!("TEST")),
            manifest("s3://data/c", json!("TRAIN")),
        ],
    });
    let training = create(&manifests).unwrap();
    let places = |data: &RecognizerData| {
        data.manifests
            .iter()
            .map(|one| one.location.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(places(&training.train), ["s3://data/a", "s3://data/c"]);
    assert_eq!(places(&training.test), ["s3://data/b"]);
    assert_eq!(training.train.first(), Some(&place("s3://data/a")));
}

#[test]
fn manifests_of_pages_say_where_their_files_lie() {
    let pages = json!({
        "S3Uri": "s3://data/a", "AttributeNames": ["job"], "DocumentType": "SEMI_STRUCTURED_DOCUMENT",
        "AnnotationDataS3Uri": "s3://data/annotations/", "SourceDocumentsS3Uri": "s3://data/source/",
    });
    let plain = json!({"S3Uri": "s3://data/b", "AttributeNames": ["job"], "DocumentType": "PLAIN_TEXT_DOCUMENT"});
    let training = create(&json!({
        "DataFormat": "AUGMENTED_MANIFEST",
        "EntityTypes": [{"Type": "PART"}],
        "AugmentedManifests": [pages, plain],
    }));
    let manifests = training.unwrap().train.manifests;
    let places: Vec<_> = manifests
        .iter()
        .map(|one| (one.native, one.annotations.clone()))
        .collect();
    assert_eq!(places, [(true, Some(place("s3://data/annotations/"))), (false, None)]);
}

#[test]
fn meaning_is_checked() {
    use ErrorCode::*;
    let types = |count: usize| (0..count).map(|n| json!({"Type": format!("T{n}")})).collect::<Value>();
    assert!(create(&input(&json!({"EntityTypes": types(25)}))).is_ok());
    let manifest = json!([{"S3Uri": "s3://data/a", "AttributeNames": ["labels"]}]);
    let test_manifest = json!([{"S3Uri": "s3://data/a", "Split": "TEST", "AttributeNames": ["labels"]}]);
    let layout = json!([{"S3Uri": "s3://d/a.b", "AttributeNames": ["a"], "DocumentType": "SEMI_STRUCTURED_DOCUMENT"}]);
    let only = |manifests: &Value| json!({"DataFormat": "AUGMENTED_MANIFEST", "Documents": null, "Annotations": null, "AugmentedManifests": manifests});
    for (changes, code, fragment) in [
        (json!({"EntityTypes": []}), InvalidRequestException, "1 to 25"),
        (json!({"EntityTypes": types(26)}), InvalidRequestException, "1 to 25"),
        (
            json!({"EntityTypes": [{"Type": "A"}, {"Type": "A"}]}),
            InvalidRequestException,
            "twice",
        ),
        (
            json!({"EntityTypes": [{"Type": "A,B"}]}),
            ValidationException,
            "member.type",
        ),
        (
            json!({"Documents": null}),
            InvalidRequestException,
            "Documents is required",
        ),
        (json!({"Annotations": null}), InvalidRequestException, "one of the two"),
        (
            json!({"EntityList": {"S3Uri": "s3://data/l.csv"}}),
            InvalidRequestException,
            "one of the two",
        ),
        (
            json!({"Documents": {"S3Uri": "s3://data/a", "TestS3Uri": "s3://data/b"}}),
            InvalidRequestException,
            "belong together",
        ),
        (
            json!({"Annotations": {"S3Uri": "s3://data/a", "TestS3Uri": "s3://data/b"}}),
            InvalidRequestException,
            "belong together",
        ),
        (
            json!({"AugmentedManifests": manifest}),
            InvalidRequestException,
            "only with the data format AUGMENTED_MANIFEST",
        ),
        (
            json!({"DataFormat": "AUGMENTED_MANIFEST", "AugmentedManifests": manifest}),
            InvalidRequestException,
            "only with the data format COMPREHEND_CSV",
        ),
        (only(&json!([])), InvalidRequestException, "at least one manifest"),
        (only(&test_manifest), InvalidRequestException, "at least one manifest"),
        (only(&layout), ValidationException, "s3Uri"),
    ] {
        let error = create(&input(&changes)).expect_err(&changes.to_string());
        assert_eq!(error.code, code, "{changes}: {error}");
        assert!(error.message.contains(fragment), "{changes}: {error}");
    }
}

/// The model's pattern has a look-ahead; `written` says the same without.
#[test]
fn names_of_types() {
    for (name, valid) in [
        ("PART", true),
        ("Teil Nr. 7 äß 部品", true),
        ("", false),
        ("a,b", false),
        ("a\nb", false),
        ("a\tb", false),
        (r"a\nb", false),
        (r"\n", false),
        (r"\\n", false),
        (r"a\\\nb", false),
        // The look-ahead tests the latter two alternatives at the beginning only.
        (r"\rb", false),
        (r"\tb", false),
        (r"\\rb", true),
        (r"a\rb", true),
        (r"a\tb", true),
        (r"\a", true),
        (r"\", true),
        (r"\\", true),
        (r"a\", true),
        (r"a\b\c\", true),
        ("n", true),
    ] {
        assert_eq!(ENTITY_TYPE_PATTERN.matches(name), valid, "{name:?}");
    }
}

#[test]
fn a_recognizer_is_described_by_its_request() {
    let request = json!({
        "RecognizerName": "parts",
        "VersionName": "v2",
        "DataAccessRoleArn": "arn:aws:iam::111122223333:role/Reader",
        "LanguageCode": "de",
        "InputDataConfig": input(&json!({})),
    });
    let request: CreateEntityRecognizerRequest = decode(request.to_string().as_bytes()).unwrap();
    let arn = request.arn(&caller());
    assert_eq!(
        arn,
        "arn:aws:comprehend:eu-west-1:111122223333:entity-recognizer/parts/version/v2"
    );
    let metrics = RecognizerEvaluationMetrics {
        precision: 90.5,
        recall: 80.0,
        f1_score: 84.925,
    };
    let metadata = RecognizerMetadata {
        number_of_trained_documents: 90,
        number_of_test_documents: 10,
        evaluation_metrics: metrics,
        entity_types: vec![EntityTypeMetadata {
            r#type: "PART".into(),
            evaluation_metrics: metrics,
            number_of_train_mentions: 200,
        }],
    };
    let record = ModelRecord {
        arn: &arn,
        status: ModelStatus::Trained,
        message: None,
        submit_time_micros: 1_000_000,
        training_start_micros: Some(2_000_000),
        training_end_micros: Some(3_500_000),
        flywheel_arn: None,
        source_arn: None,
    };
    let described = serde_json::to_value(request.describe(&record, None, Some(metadata))).unwrap();
    let metrics = json!({"Precision": 90.5, "Recall": 80.0, "F1Score": 84.925});
    let expected = json!({
        "EntityRecognizerArn": arn,
        "LanguageCode": "de",
        "Status": "TRAINED",
        "SubmitTime": 1.0,
        "EndTime": 3.5,
        "TrainingStartTime": 2.0,
        "TrainingEndTime": 3.5,
        "InputDataConfig": input(&json!({
            "DataFormat": "COMPREHEND_CSV",
            "Documents": {"S3Uri": "s3://data/texts/", "InputFormat": "ONE_DOC_PER_LINE"},
        })),
        "RecognizerMetadata": {
            "NumberOfTrainedDocuments": 90,
            "NumberOfTestDocuments": 10,
            "EvaluationMetrics": metrics,
            "EntityTypes": [{"Type": "PART", "EvaluationMetrics": metrics, "NumberOfTrainMentions": 200}],
        },
        "DataAccessRoleArn": "arn:aws:iam::111122223333:role/Reader",
        "VersionName": "v2",
    });
    assert_eq!(described, expected);
}
