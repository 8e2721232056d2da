use super::*;
use crate::decode::decode;
use serde_json::{Value, json};

const FLYWHEEL: &str = "arn:aws:comprehend:eu-west-1:111122223333:flywheel/spam";

fn request(input: &Value) -> Value {
    json!({"FlywheelArn": FLYWHEEL, "DatasetName": "june", "InputDataConfig": input})
}

fn create(model_type: ModelType, input: &Value) -> Result<DatasetData, ApiError> {
    let request: CreateDatasetRequest = decode(request(input).to_string().as_bytes())?;
    request.check(model_type)
}

#[test]
fn data_is_that_of_the_flywheels_models() {
    use ModelType::*;
    let csv = json!({"DocumentClassifierInputDataConfig": {"S3Uri": "s3://data/a.csv", "LabelDelimiter": ";"}});
    let DatasetData::Classification { delimiter, data } = create(DocumentClassifier, &csv).unwrap() else {
        panic!("documents with classes")
    };
    assert_eq!((delimiter.as_str(), data.csv.len(), data.manifests.len()), (";", 1, 0));

    let list = json!({"EntityRecognizerInputDataConfig": {
        "Documents": {"S3Uri": "s3://data/texts"}, "EntityList": {"S3Uri": "s3://data/names.csv"},
    }});
    let DatasetData::Entities(data) = create(EntityRecognizer, &list).unwrap() else {
        panic!("documents with entities")
    };
    assert_eq!(data.documents[0].format, InputFormat::OneDocPerLine);
    assert!(data.entity_list.is_some() && data.documents[0].annotations.is_none());

    let manifest = json!({"S3Uri": "s3://data/m", "AttributeNames": ["labels"]});
    let manifests = json!({"DataFormat": "AUGMENTED_MANIFEST", "AugmentedManifests": [manifest, manifest]});
    let DatasetData::Classification { delimiter, data } = create(DocumentClassifier, &manifests).unwrap() else {
        panic!("documents with classes")
    };
    assert_eq!((delimiter.as_str(), data.csv.len(), data.manifests.len()), ("|", 0, 2));
    let DatasetData::Entities(data) = create(EntityRecognizer, &manifests).unwrap() else {
        panic!("documents with entities")
    };
    assert_eq!((data.documents.len(), data.manifests.len()), (0, 2));

    let mut both = manifests.clone();
    both["DocumentClassifierInputDataConfig"] = json!({"S3Uri": "s3://data/a.csv"});
    let mut wrong_format = manifests.clone();
    wrong_format["DataFormat"] = json!("COMPREHEND_CSV");
    let unlabelled = json!({"EntityRecognizerInputDataConfig": {"Documents": {"S3Uri": "s3://data/texts"}}});
    for (model_type, input, fragment) in [
        (EntityRecognizer, &csv, "another type of model"),
        (DocumentClassifier, &list, "another type of model"),
        (DocumentClassifier, &json!({}), "needs"),
        (EntityRecognizer, &unlabelled, "one of the two"),
        (DocumentClassifier, &both, "manifests alone"),
        (DocumentClassifier, &wrong_format, "only with the data format"),
        (
            DocumentClassifier,
            &json!({"DataFormat": "AUGMENTED_MANIFEST"}),
            "AugmentedManifests is required",
        ),
    ] {
        let error = create(model_type, input).expect_err(&input.to_string());
        assert_eq!(error.code, ErrorCode::InvalidRequestException, "{input}");
        assert!(error.message.contains(fragment), "{input}: {error}");
    }
}

#[test]
fn one_filter_at_a_time() {
    let filter = |filter: Value| {
        let request: ListDatasetsRequest = decode(json!({"Filter": filter}).to_string().as_bytes()).unwrap();
        request.filter()
    };
    assert_eq!(filter(json!({})), Ok(None));
    let train = Some(DatasetRestriction::Type(DatasetType::Train));
    assert_eq!(filter(json!({"DatasetType": "TRAIN"})), Ok(train));
    let failed = DatasetRestriction::Other(ResourceFilter::Status(DatasetStatus::Failed));
    assert_eq!(filter(json!({"Status": "FAILED"})), Ok(Some(failed)));
    for two in [
        json!({"DatasetType": "TRAIN", "Status": "FAILED"}),
        json!({"CreationTimeAfter": 1, "CreationTimeBefore": 2}),
    ] {
        assert_eq!(
            filter(two.clone()).unwrap_err().code,
            ErrorCode::InvalidFilterException,
            "{two}"
        );
    }
}

#[test]
fn a_dataset_is_described_by_its_request() {
    let mut input = request(&json!({"DocumentClassifierInputDataConfig": {"S3Uri": "s3://data/a.csv"}}));
    input["Description"] = json!("June's mails, 2026: 100% real");
    let refused = decode::<CreateDatasetRequest>(input.to_string().as_bytes()).unwrap_err();
    assert_eq!(
        refused.code,
        ErrorCode::ValidationException,
        "the model has no apostrophes"
    );
    input["Description"] = json!("mails of June 2026: 100% real");
    let request: CreateDatasetRequest = decode(input.to_string().as_bytes()).unwrap();
    let arn = dataset_arn(FLYWHEEL, "june");
    let record = DatasetRecord {
        arn: &arn,
        place: "s3://lake/spam/schemaVersion=1/20260601T000000Z/datasets/june/20260602T000000Z/",
        status: DatasetStatus::Completed,
        message: None,
        documents: Some(120),
        created_micros: 5_000_000,
        end_micros: Some(7_250_000),
    };
    assert_eq!(
        serde_json::to_value(request.describe(&record)).unwrap(),
        json!({
            "DatasetArn": format!("{FLYWHEEL}/dataset/june"),
            "DatasetName": "june",
            "DatasetType": "TRAIN",
            "DatasetS3Uri": record.place,
            "Description": "mails of June 2026: 100% real",
            "Status": "COMPLETED",
            "NumberOfDocuments": 120,
            "CreationTime": 5.0,
            "EndTime": 7.25,
        })
    );
}
