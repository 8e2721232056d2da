"""Requests that are repeated with their token, whatever has become of the things that they named."""

import uuid

import pytest
from botocore.exceptions import ClientError
from catalogue import annotations, lines, remarks
from messages import messages, training_file
from sites import ALICE
from test_flywheels import CLASSES, settle, wait_dataset


def code(raised):
    return raised.value.response["Error"]["Code"]


def refused(call, **request):
    with pytest.raises(ClientError) as raised:
        call(**request)
    return code(raised)


@pytest.fixture(scope="module")
def training(site):
    """Place of training data of a classifier."""
    bucket = site.bucket()
    site.put(bucket, {"train.csv": training_file(messages(200)), "in.txt": b"see you at the station, love\n"})
    return f"s3://{bucket}/train.csv"


def test_a_job_is_known_after_its_model_is_gone(site, training):
    comprehend = site.comprehend()
    classifier = site.train_classifier(training)
    source = training.replace("train.csv", "in.txt")
    request = site.request(source, source.replace("in.txt", "out"), kind="classification")
    request |= {"DocumentClassifierArn": classifier, "ClientRequestToken": uuid.uuid4().hex}
    started = comprehend.start_document_classification_job(**request)
    site._kinds[started["JobId"]] = "classification"
    site.wait(started["JobId"], "COMPLETED")
    comprehend.delete_document_classifier(DocumentClassifierArn=classifier)
    again = comprehend.start_document_classification_job(**request)
    for answer in (started, again):
        del answer["ResponseMetadata"]
    assert again == started
    # Another request with this token is wrong whether or not its model exists; with a token of its own it learns which.
    changed = {**request, "JobName": "another"}
    assert refused(comprehend.start_document_classification_job, **changed) == "InvalidRequestException"
    changed["ClientRequestToken"] = uuid.uuid4().hex
    assert refused(comprehend.start_document_classification_job, **changed) == "ResourceNotFoundException"


def test_a_job_with_a_recognizer_is_known_after_its_model_is_gone(site):
    comprehend = site.comprehend()
    bucket = site.bucket()
    rows = remarks(200)
    site.put(bucket, {"texts.txt": lines(rows), "annotations.csv": annotations(rows, "texts.txt")})
    data = {
        "EntityTypes": [{"Type": "PART"}, {"Type": "MAKER"}],
        "Documents": {"S3Uri": f"s3://{bucket}/texts.txt"},
        "Annotations": {"S3Uri": f"s3://{bucket}/annotations.csv"},
    }
    recognizer = site.create_recognizer(InputDataConfig=data)
    site.wait_recognizer(recognizer, "TRAINED")
    request = site.request(f"s3://{bucket}/texts.txt", f"s3://{bucket}/out", kind="entities")
    request |= {"EntityRecognizerArn": recognizer, "ClientRequestToken": uuid.uuid4().hex}
    started = comprehend.start_entities_detection_job(**request)
    site._kinds[started["JobId"]] = "entities"
    site.wait(started["JobId"], "COMPLETED")
    comprehend.delete_entity_recognizer(EntityRecognizerArn=recognizer)
    assert comprehend.start_entities_detection_job(**request)["JobId"] == started["JobId"]


def test_a_deleted_model_is_made_anew(site, training):
    """The name is free again, and so is the token: what it stood for does not exist any more."""
    comprehend = site.comprehend()
    request = site.classifier_request(training, ClientRequestToken=uuid.uuid4().hex)
    classifier = comprehend.create_document_classifier(**request)["DocumentClassifierArn"]
    first = site.wait_classifier(classifier, "TRAINED")
    assert comprehend.create_document_classifier(**request)["DocumentClassifierArn"] == classifier
    assert site.describe_classifier(classifier)["SubmitTime"] == first["SubmitTime"]
    comprehend.delete_document_classifier(DocumentClassifierArn=classifier)
    assert comprehend.create_document_classifier(**request)["DocumentClassifierArn"] == classifier
    second = site.wait_classifier(classifier, "TRAINED")
    assert second["SubmitTime"] > first["SubmitTime"]
    # As a new model it can be asked for otherwise, once it is deleted.
    comprehend.delete_document_classifier(DocumentClassifierArn=classifier)
    comprehend.create_document_classifier(**{**request, "LanguageCode": "de"})
    assert site.wait_classifier(classifier, "TRAINED")["LanguageCode"] == "de"


def test_an_endpoint_and_a_flywheel_outlive_their_first_models(site, training):
    comprehend = site.comprehend()
    first, second = (site.train_classifier(training) for _ in range(2))
    bucket = training.split("/")[2]
    wheel = {
        "FlywheelName": f"f-{uuid.uuid4().hex[:12]}",
        "ActiveModelArn": first,
        "DataAccessRoleArn": ALICE.role_arn,
        "DataLakeS3Uri": f"s3://{bucket}/lake",
        "ClientRequestToken": uuid.uuid4().hex,
    }
    endpoint = {
        "EndpointName": f"e-{uuid.uuid4().hex[:12]}",
        "ModelArn": first,
        "DesiredInferenceUnits": 1,
        "ClientRequestToken": uuid.uuid4().hex,
    }
    flywheel = comprehend.create_flywheel(**wheel)["FlywheelArn"]
    settle(site, flywheel)
    served = comprehend.create_endpoint(**endpoint)["EndpointArn"]
    comprehend.update_flywheel(FlywheelArn=flywheel, ActiveModelArn=second)
    comprehend.update_endpoint(EndpointArn=served, DesiredModelArn=second)
    comprehend.delete_document_classifier(DocumentClassifierArn=first)
    again = comprehend.create_flywheel(**wheel)
    assert (again["FlywheelArn"], again["ActiveModelArn"]) == (flywheel, second)
    assert list(settle(site, flywheel)) == ["initial-training-data"], "its data are there once"
    again = comprehend.create_endpoint(**endpoint)
    assert (again["EndpointArn"], again["ModelArn"]) == (served, second)
    comprehend.delete_endpoint(EndpointArn=served)
    comprehend.delete_flywheel(FlywheelArn=flywheel)
    assert refused(comprehend.create_endpoint, **endpoint) == "ResourceNotFoundException"
    assert refused(comprehend.create_flywheel, **wheel) == "ResourceNotFoundException"
    comprehend.delete_document_classifier(DocumentClassifierArn=second)


def test_datasets_and_iterations_go_with_their_flywheel(site, training):
    comprehend = site.comprehend()
    bucket = training.split("/")[2]
    wheel = {
        "FlywheelName": f"f-{uuid.uuid4().hex[:12]}",
        "DataAccessRoleArn": ALICE.role_arn,
        "DataLakeS3Uri": f"s3://{bucket}/lake",
        "ModelType": "DOCUMENT_CLASSIFIER",
        "TaskConfig": CLASSES,
        "ClientRequestToken": uuid.uuid4().hex,
    }
    flywheel = comprehend.create_flywheel(**wheel)["FlywheelArn"]
    dataset = {
        "FlywheelArn": flywheel,
        "DatasetName": "june",
        "InputDataConfig": {"DocumentClassifierInputDataConfig": {"S3Uri": training}},
        "ClientRequestToken": uuid.uuid4().hex,
    }
    made = []
    for _ in range(2):
        assert comprehend.create_flywheel(**wheel)["FlywheelArn"] == flywheel
        june = comprehend.create_dataset(**dataset)["DatasetArn"]
        assert june == comprehend.create_dataset(**dataset)["DatasetArn"]
        made.append(wait_dataset(site, june, "COMPLETED"))
        comprehend.delete_flywheel(FlywheelArn=flywheel)
    assert made[0]["CreationTime"] < made[1]["CreationTime"], "another dataset of another flywheel"
    assert refused(comprehend.create_dataset, **dataset) == "ResourceNotFoundException"
