"""What custom classifiers are trained with: data that are not as they should be, in both modes."""

import uuid

import pytest
from botocore.exceptions import ClientError
from messages import messages, training_file
from sites import ALICE, BOB

ROWS = messages(300)


def code(raised):
    return raised.value.response["Error"]["Code"]


BAD_DATA = {
    "one class only": (training_file([("ham", f"text {n}") for n in range(50)]), "class"),
    "too few examples": (training_file([("ham", f"text {n}") for n in range(50)] + [("spam", "canary")]), "spam"),
    "empty labels": (training_file(ROWS) + b",canary\n", "301"),
    "a label over the length": (training_file(ROWS) + b"x" * 5001 + b",canary\n", "301"),
    "three columns": (training_file(ROWS) + b"ham,canary,more\n", "301"),
    "one column": (training_file(ROWS) + b"canary\n", "301"),
    "not UTF-8": (training_file(ROWS) + b"ham,canary \xff\n", "301"),
    "broken quotes": (training_file(ROWS) + b'ham,"canary\n', "301"),
    "an empty document": (training_file(ROWS[:4]) + b"ham,\n", "10 documents"),
    "an empty file": (b"", "no document"),
    "a mark inside quotes": (training_file(ROWS) + b'ham,"can"ary"\n', "301"),
    "a line break in a label": (training_file(ROWS) + b'"h\nam",canary\n', "301"),
    "UTF-16": (training_file(ROWS).decode().encode("utf-16"), "line 1"),
    "a header": (b"label,text\n" + training_file(ROWS), '"label" has 1'),
    "a document over the length": (training_file(ROWS) + b"ham," + b"x" * (11 << 20) + b"\n", "301"),
}


@pytest.mark.parametrize("case", BAD_DATA)
def test_bad_training_data_is_named(site, case):
    """The message tells which line breaks which rule, and never what stands there."""
    body, named = BAD_DATA[case]
    bucket = site.bucket()
    site.put(bucket, {"train.csv": body})
    classifier = site.create_classifier(f"s3://{bucket}/train.csv")
    failed = site.wait_classifier(classifier, "IN_ERROR")
    prefix, _, sentence = failed["Message"].partition(": ")
    assert prefix.isupper() and named in sentence and "canary" not in sentence, failed["Message"]
    assert "ClassifierMetadata" not in failed
    with pytest.raises(ClientError) as raised:
        site.start(f"s3://{bucket}/", f"s3://{bucket}/out", kind="classification", DocumentClassifierArn=classifier)
    assert code(raised) == "ResourceUnavailableException"
    site.comprehend().delete_document_classifier(DocumentClassifierArn=classifier)


def test_places_that_cannot_be_read_or_written(site):
    bucket, foreign = site.bucket(), site.bucket(BOB)
    site.put(bucket, {"train.csv": training_file(ROWS)})
    site.put(foreign, {"train.csv": training_file(ROWS)}, account=BOB)
    for source, target in [
        (f"s3://{bucket}/nothing", None),
        (f"s3://b-{uuid.uuid4().hex}/train.csv", None),
        (f"s3://{foreign}/train.csv", None),
        (f"s3://{bucket}/train.csv", f"s3://{foreign}/models"),
    ]:
        output = {"S3Uri": target} if target else None
        failed = site.wait_classifier(site.create_classifier(source, OutputDataConfig=output), "IN_ERROR")
        prefix, _, sentence = failed["Message"].partition(": ")
        assert prefix.isupper() and sentence, failed["Message"]


def test_documents_in_training_and_test_data_are_told(site):
    bucket = site.bucket()
    # A label besides that no document was learnt with.
    test = training_file([*ROWS[:60], ("zebra", "grazing")])
    site.put(bucket, {"train.csv": training_file(ROWS), "test.csv": test})
    places = {"S3Uri": f"s3://{bucket}/train.csv", "TestS3Uri": f"s3://{bucket}/test.csv"}
    classifier = site.create_classifier(None, InputDataConfig=places)
    warned = site.wait_classifier(classifier, "TRAINED_WITH_WARNING")
    both, unknown = warned["Message"].split("; ")
    assert "are in the test data too" in both and "none of the training data" in unknown, warned
    listed = site.comprehend().list_document_classifiers(Filter={"Status": "TRAINED_WITH_WARNING"}, MaxResults=500)[
        "DocumentClassifierPropertiesList"
    ]
    assert classifier in [properties["DocumentClassifierArn"] for properties in listed]


def test_delimiters_in_labels(site):
    """Where a document has one label, a delimiter is a part of it; where it may have several, it parts them."""
    bucket = site.bucket()
    twelve = [f"text {number} is here" for number in range(12)]

    def train(rows, **more):
        name = f"{uuid.uuid4().hex}.csv"
        site.put(bucket, {name: training_file(ROWS) + training_file(rows)})
        places = {"S3Uri": f"s3://{bucket}/{name}", **more.pop("places", {})}
        classifier = site.create_classifier(None, InputDataConfig=places, **more)
        return site.wait_classifier(classifier, "TRAINED", "TRAINED_WITH_WARNING", "IN_ERROR")

    one = train([("left|right", text) for text in twelve])
    assert one["Status"] == "TRAINED_WITH_WARNING" and "12 rows have a class with | in it" in one["Message"], one
    assert one["ClassifierMetadata"]["NumberOfLabels"] == 3
    several = train([("left|right", text) for text in twelve], Mode="MULTI_LABEL")
    assert several["ClassifierMetadata"]["NumberOfLabels"] == 4
    joined = train([("left|right", text) for text in twelve], Mode="MULTI_LABEL", places={"LabelDelimiter": ";"})
    assert joined["ClassifierMetadata"]["NumberOfLabels"] == 3
    for labels in ("left||right", "|left", "left|"):
        failed = train([(labels, "canary")], Mode="MULTI_LABEL")
        assert "line 301: a label is empty" in failed["Message"] and "canary" not in failed["Message"], failed
    for delimiter in ("x", ",", "||"):
        with pytest.raises(ClientError) as raised:
            train([], Mode="MULTI_LABEL", places={"LabelDelimiter": delimiter})
        assert code(raised) == "ValidationException", delimiter


def test_more_labels_than_a_model_can_have(site):
    bucket = site.bucket()
    for mode, most in (("MULTI_CLASS", 1000), ("MULTI_LABEL", 100)):
        rows = [(f"label {number}", f"text {number}") for number in range(most + 1)]
        site.put(bucket, {"train.csv": training_file(rows)})
        failed = site.wait_classifier(site.create_classifier(f"s3://{bucket}/train.csv", Mode=mode), "IN_ERROR")
        assert f"line {most + 1}: this is one class more than the {most}" in failed["Message"], failed


def test_classes_that_cannot_be_tested_are_told(site):
    """Two classes of one document each, however often it is repeated: nothing is left to test with."""
    bucket = site.bucket()
    site.put(bucket, {"train.csv": training_file([("a", "same"), ("b", "other")] * 10)})
    warned = site.wait_classifier(site.create_classifier(f"s3://{bucket}/train.csv"), "TRAINED_WITH_WARNING")
    assert "nothing was left to test with" in warned["Message"], warned
    assert warned["ClassifierMetadata"]["NumberOfTestDocuments"] == 0
    comprehend = site.comprehend()
    with pytest.raises(ClientError) as raised:
        comprehend.stop_training_document_classifier(DocumentClassifierArn=warned["DocumentClassifierArn"])
    assert code(raised) == "InvalidRequestException" and "TRAINED_WITH_WARNING" in str(raised.value)


def test_models_that_are_not_there_or_not_ready(site):
    bucket = site.bucket()
    comprehend = site.comprehend()
    failed = site.create_classifier(f"s3://{bucket}/nothing.csv")
    site.wait_classifier(failed, "IN_ERROR")
    missing = f"{failed}-none"
    foreign = failed.replace("us-east-1", "eu-west-1")
    site.put(bucket, {"in.txt": b"see you"})
    for model, expected in (
        (failed, "ResourceUnavailableException"),
        (missing, "ResourceNotFoundException"),
        (foreign, "ResourceNotFoundException"),
    ):
        for call, request in (
            (comprehend.create_endpoint, {"EndpointName": "none", "ModelArn": model, "DesiredInferenceUnits": 1}),
            (
                comprehend.start_document_classification_job,
                site.request(
                    f"s3://{bucket}/in.txt", f"s3://{bucket}/out", kind="classification", DocumentClassifierArn=model
                ),
            ),
            (
                comprehend.create_flywheel,
                {
                    "FlywheelName": "none",
                    "ActiveModelArn": model,
                    "DataLakeS3Uri": f"s3://{bucket}/lake",
                    "DataAccessRoleArn": ALICE.role_arn,
                },
            ),
        ):
            with pytest.raises(ClientError) as raised:
                call(**request)
            assert code(raised) == expected, (model, call)
