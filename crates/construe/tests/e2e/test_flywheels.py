"""Flywheels as the AWS clients see them: datasets come into the data lake, iterations train the next version."""

import csv
import io
import json
import tarfile
import uuid

import pytest
from botocore.exceptions import ClientError

from messages import messages, training_file
from outputs import records
from sites import ALICE, BOB
from waiting import wait_until

CLASSES = {"LanguageCode": "en", "DocumentClassificationConfig": {"Mode": "MULTI_CLASS", "Labels": ["spam", "ham"]}}
ENDS = ("COMPLETED", "FAILED", "STOPPED")


def code(raised):
    return raised.value.response["Error"]["Code"]


def create_flywheel(site, bucket, **more):
    request = {
        "FlywheelName": f"f-{uuid.uuid4().hex[:12]}",
        "DataAccessRoleArn": ALICE.role_arn,
        "DataLakeS3Uri": f"s3://{bucket}/lake",
        "ModelType": "DOCUMENT_CLASSIFIER",
        "TaskConfig": CLASSES,
    }
    request.update(more)
    request = {name: value for name, value in request.items() if value is not None}
    return site.comprehend().create_flywheel(**request)["FlywheelArn"]


def describe(site, flywheel):
    return site.comprehend().describe_flywheel(FlywheelArn=flywheel)["FlywheelProperties"]


def ended(describe, *statuses, timeout=90.0):
    """Waits for one of `statuses` of a dataset or an iteration."""
    last = {}

    def reached():
        last.update(describe())
        status = last["Status"]
        assert status in statuses or status not in ENDS, f"it is {status}, wanted {statuses}: {last.get('Message')}"
        return status in statuses

    wait_until(reached, lambda: f"{statuses}, it is {last.get('Status')}", timeout)
    return dict(last)


def create_dataset(site, flywheel, kind, source, name=None, **more):
    config = {"DocumentClassifierInputDataConfig": {"S3Uri": source, **more}}
    answer = site.comprehend().create_dataset(
        FlywheelArn=flywheel,
        DatasetName=name or f"d-{uuid.uuid4().hex[:12]}",
        DatasetType=kind,
        InputDataConfig=config,
    )
    return answer["DatasetArn"]


def wait_dataset(site, dataset, *statuses):
    comprehend = site.comprehend()
    return ended(lambda: comprehend.describe_dataset(DatasetArn=dataset)["DatasetProperties"], *statuses)


def settle(site, flywheel):
    """Waits until all datasets of a flywheel have ended; gives them by name."""
    comprehend = site.comprehend()
    listed = comprehend.list_datasets(FlywheelArn=flywheel, MaxResults=500)["DatasetPropertiesList"]
    ends = [wait_dataset(site, one["DatasetArn"], "COMPLETED", "FAILED") for one in listed]
    return {one["DatasetName"]: one for one in ends}


def iterate(site, flywheel, *statuses):
    """Starts an iteration and waits for its end."""
    comprehend = site.comprehend()
    begun = comprehend.start_flywheel_iteration(FlywheelArn=flywheel)
    assert begun["FlywheelArn"] == flywheel
    which = {"FlywheelArn": flywheel, "FlywheelIterationId": begun["FlywheelIterationId"]}
    return ended(
        lambda: comprehend.describe_flywheel_iteration(**which)["FlywheelIterationProperties"],
        *(statuses or ["COMPLETED"]),
    )


def test_versions_are_trained_and_compared(site):
    bucket = site.bucket()
    comprehend = site.comprehend()
    rows = messages(400)
    files = {"may.csv": rows[:40], "june.csv": rows[40:340], "exam.csv": rows[340:]}
    site.put(bucket, {name: training_file(part) for name, part in files.items()}, prefix="in/")
    flywheel = create_flywheel(site, bucket)
    properties = describe(site, flywheel)
    lake = properties["DataLakeS3Uri"]
    assert properties["Status"] == "ACTIVE" and "ActiveModelArn" not in properties
    assert lake.startswith(f"s3://{bucket}/lake/{flywheel.rpartition('/')[2]}/schemaVersion=1/") and lake.endswith("/")
    with pytest.raises(ClientError) as raised:
        comprehend.start_flywheel_iteration(FlywheelArn=flywheel)
    assert code(raised) == "InvalidRequestException", "no data yet"

    exam = create_dataset(site, flywheel, "TEST", f"s3://{bucket}/in/exam.csv", name="exam")
    may = create_dataset(site, flywheel, "TRAIN", f"s3://{bucket}/in/may.csv", name="may")
    assert may == f"{flywheel}/dataset/may"
    for dataset, count in ((exam, 60), (may, 40)):
        done = wait_dataset(site, dataset, "COMPLETED")
        assert done["NumberOfDocuments"] == count and done["EndTime"] >= done["CreationTime"], done
        name = dataset.rpartition("/")[2]
        assert done["DatasetS3Uri"].startswith(f"{lake}datasets/{name}/"), done
        (body,) = site.read_prefix(done["DatasetS3Uri"]).values()
        stored = [tuple(row) for row in csv.reader(io.StringIO(body.decode(), newline=""))]
        assert stored == files[f"{name}.csv"]

    first = iterate(site, flywheel)
    model = first["TrainedModelArn"]
    assert "EvaluatedModelArn" not in first and first["EndTime"] >= first["CreationTime"], first
    assert first["Message"].startswith("FULL_ITERATION: "), first
    assert 0.5 < first["TrainedModelMetrics"]["AverageAccuracy"] <= 1, first
    assert describe(site, flywheel)["ActiveModelArn"] == model, "the first version is the active one"
    classifier = site.describe_classifier(model)
    assert (classifier["FlywheelArn"], classifier["VersionName"]) == (flywheel, first["FlywheelIterationId"])
    assert classifier["ClassifierMetadata"]["NumberOfTestDocuments"] == 60
    folder = first["EvaluationManifestS3Prefix"]
    assert folder == f"{lake}evaluation/{first['FlywheelIterationId']}/"
    assert classifier["OutputDataConfig"]["FlywheelStatsS3Prefix"] == folder
    (archive,) = site.read_prefix(folder).values()
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        confusion = json.load(tar.extractfile(tar.getmembers()[0]))
    assert sum(map(sum, confusion["confusion_matrix"])) == 60

    wait_dataset(site, create_dataset(site, flywheel, "TRAIN", f"s3://{bucket}/in/june.csv"), "COMPLETED")
    second = iterate(site, flywheel)
    assert second["EvaluatedModelArn"] == model and second["TrainedModelArn"] != model
    assert second["EvaluatedModelMetrics"] == first["TrainedModelMetrics"], "the same model on the same test data"
    assert second["TrainedModelMetrics"]["AverageF1Score"] > 0.9, second
    learnt = site.describe_classifier(second["TrainedModelArn"])["ClassifierMetadata"]
    assert learnt["NumberOfTrainedDocuments"] > classifier["ClassifierMetadata"]["NumberOfTrainedDocuments"]
    properties = describe(site, flywheel)
    assert properties["ActiveModelArn"] == model, "which version is active is the customer's choice"
    assert properties["LatestFlywheelIteration"] == second["FlywheelIterationId"]
    history = comprehend.list_flywheel_iteration_history(FlywheelArn=flywheel)["FlywheelIterationPropertiesList"]
    assert history == [second, first]

    # Jobs with the flywheel work with the version that is active when they start.
    newer = second["TrainedModelArn"]
    changed = comprehend.update_flywheel(FlywheelArn=flywheel, ActiveModelArn=newer)["FlywheelProperties"]
    assert changed["ActiveModelArn"] == newer and changed["LastModifiedTime"] >= properties["LastModifiedTime"]
    site.put(bucket, {"texts.txt": "".join(text + "\n" for _, text in messages(20, first=1000)).encode()})
    job, content = site.run_archived(
        f"s3://{bucket}/texts.txt", f"s3://{bucket}/out", kind="classification", FlywheelArn=flywheel
    )
    assert job["FlywheelArn"] == flywheel
    found = {int(record["Line"]): record["Classes"][0]["Name"] for record in records(content)}
    expected = dict(enumerate(label for label, _ in messages(20, first=1000)))
    assert sum(found[line] == label for line, label in expected.items()) >= 19, found

    with pytest.raises(ClientError) as raised:
        comprehend.delete_document_classifier(DocumentClassifierArn=newer)
    assert code(raised) == "ResourceInUseException"
    comprehend.delete_document_classifier(DocumentClassifierArn=model)
    comprehend.delete_flywheel(FlywheelArn=flywheel)
    for missing in (
        lambda: comprehend.describe_flywheel(FlywheelArn=flywheel),
        lambda: comprehend.describe_dataset(DatasetArn=may),
    ):
        with pytest.raises(ClientError) as raised:
            missing()
        assert code(raised) == "ResourceNotFoundException"
    assert site.read_prefix(lake), "the data lake is the customer's"
    comprehend.delete_document_classifier(DocumentClassifierArn=newer)


def test_a_flywheel_goes_on_with_a_model(site):
    """What the model was trained and tested with comes into the data lake: the next version learns from that too."""
    bucket = site.bucket()
    comprehend = site.comprehend()
    rows = messages(400)
    files = {"train.csv": rows[:240], "exam.csv": rows[240:300], "june.csv": rows[300:]}
    site.put(bucket, {name: training_file(part) for name, part in files.items()})
    places = {"S3Uri": f"s3://{bucket}/train.csv", "TestS3Uri": f"s3://{bucket}/exam.csv"}
    model = site.create_classifier(None, InputDataConfig=places)
    # Some messages are in both.
    site.wait_classifier(model, "TRAINED_WITH_WARNING")
    flywheel = create_flywheel(site, bucket, ActiveModelArn=model, ModelType=None, TaskConfig=None)
    properties = describe(site, flywheel)
    assert (properties["ActiveModelArn"], properties["ModelType"]) == (model, "DOCUMENT_CLASSIFIER")
    assert properties["TaskConfig"]["DocumentClassificationConfig"] == {"Mode": "MULTI_CLASS"}
    adopted = settle(site, flywheel)
    found = {name: (one["Status"], one["DatasetType"], one["NumberOfDocuments"]) for name, one in adopted.items()}
    assert found == {
        "initial-training-data": ("COMPLETED", "TRAIN", 240),
        "initial-test-data": ("COMPLETED", "TEST", 60),
    }
    wait_dataset(site, create_dataset(site, flywheel, "TRAIN", f"s3://{bucket}/june.csv"), "COMPLETED")
    done = iterate(site, flywheel)
    assert done["EvaluatedModelArn"] == model
    assert done["TrainedModelArn"] == f"{model}/version/{done['FlywheelIterationId']}"
    for metrics in (done["EvaluatedModelMetrics"], done["TrainedModelMetrics"]):
        assert metrics["AverageAccuracy"] > 0.9, done
    metadata = site.describe_classifier(done["TrainedModelArn"])["ClassifierMetadata"]
    assert (metadata["NumberOfTrainedDocuments"], metadata["NumberOfTestDocuments"]) == (340, 60), metadata
    with pytest.raises(ClientError) as raised:
        comprehend.delete_document_classifier(DocumentClassifierArn=model)
    assert code(raised) == "ResourceInUseException"
    comprehend.delete_flywheel(FlywheelArn=flywheel)
    comprehend.delete_document_classifier(DocumentClassifierArn=model)

    # A version that a flywheel trained brings what was in that flywheel's data lake, if it still is.
    trained = done["TrainedModelArn"]
    flywheel = create_flywheel(site, bucket, ActiveModelArn=trained, ModelType=None, TaskConfig=None)
    assert settle(site, flywheel)["initial-training-data"]["NumberOfDocuments"] == 340
    comprehend.delete_flywheel(FlywheelArn=flywheel)
    for name in site.keys(bucket, "lake/"):
        site.s3().delete_object(Bucket=bucket, Key=name)
    flywheel = create_flywheel(site, bucket, ActiveModelArn=trained, ModelType=None, TaskConfig=None)
    assert {one["Status"] for one in settle(site, flywheel).values()} == {"FAILED"}
    assert describe(site, flywheel)["ActiveModelArn"] == trained
    comprehend.delete_flywheel(FlywheelArn=flywheel)


def test_several_labels_keep_their_delimiter_to_themselves(site):
    bucket = site.bucket()
    rows = [((label, "odd" if len(text) % 2 else "even"), text) for label, text in messages(120)]
    site.put(bucket, {"train.csv": training_file(rows, ";"), "bad.csv": training_file([("a|b", "c")] + rows, ";")})
    task = {"LanguageCode": "en", "DocumentClassificationConfig": {"Mode": "MULTI_LABEL"}}
    flywheel = create_flywheel(site, bucket, TaskConfig=task)
    dataset = create_dataset(site, flywheel, "TRAIN", f"s3://{bucket}/train.csv", LabelDelimiter=";")
    done = wait_dataset(site, dataset, "COMPLETED")
    (body,) = site.read_prefix(done["DatasetS3Uri"]).values()
    assert next(csv.reader(io.StringIO(body.decode(), newline=""))) == ["|".join(rows[0][0]), rows[0][1]]
    bad = create_dataset(site, flywheel, "TRAIN", f"s3://{bucket}/bad.csv", LabelDelimiter=";")
    failed = wait_dataset(site, bad, "FAILED")
    assert "line 1" in failed["Message"], failed
    iterated = iterate(site, flywheel)
    labels = site.describe_classifier(iterated["TrainedModelArn"])["ClassifierMetadata"]["NumberOfLabels"]
    assert labels == 4, "a failed dataset is not learnt from"


def test_bad_data_fails_the_dataset_and_nothing_else(site):
    bucket = site.bucket()
    bodies = {"broken.csv": training_file(messages(20)) + b'ham,"canary\n', "empty.csv": b""}
    site.put(bucket, bodies)
    flywheel = create_flywheel(site, bucket)
    for source in ("broken.csv", "empty.csv", "nothing.csv"):
        dataset = create_dataset(site, flywheel, "TRAIN", f"s3://{bucket}/{source}")
        failed = wait_dataset(site, dataset, "FAILED")
        prefix, _, sentence = failed["Message"].partition(": ")
        assert prefix.isupper() and sentence and "canary" not in sentence, failed
        assert "NumberOfDocuments" not in failed and site.read_prefix(failed["DatasetS3Uri"]) == {}, failed
    # Fewer examples than a class needs: the iteration fails, with its model.
    site.put(bucket, {"few.csv": training_file(messages(5))})
    wait_dataset(site, create_dataset(site, flywheel, "TRAIN", f"s3://{bucket}/few.csv"), "COMPLETED")
    failed = iterate(site, flywheel, "FAILED")
    assert failed["Message"].partition(":")[0].isupper() and "TrainedModelMetrics" not in failed, failed
    assert site.describe_classifier(failed["TrainedModelArn"])["Status"] == "IN_ERROR"
    assert "ActiveModelArn" not in describe(site, flywheel)
    with pytest.raises(ClientError) as raised:
        site.start(f"s3://{bucket}/few.csv", f"s3://{bucket}/out", kind="classification", FlywheelArn=flywheel)
    assert code(raised) == "ResourceUnavailableException"


def test_labels_and_models_fit_the_task(site):
    """What a flywheel was set up with holds for its datasets, and for the model that is to be its active one."""
    bucket = site.bucket()
    comprehend = site.comprehend()
    rows = messages(200)
    mood = [("glad" if label == "ham" else "sad", text) for label, text in rows]
    files = {
        "train.csv": training_file(rows),
        "foreign.csv": training_file(rows[:7] + [("eggs", "canary")]),
        "mood.csv": training_file(mood),
    }
    site.put(bucket, files)
    flywheel = create_flywheel(site, bucket)
    for kind in ("TRAIN", "TEST"):
        failed = wait_dataset(site, create_dataset(site, flywheel, kind, f"s3://{bucket}/foreign.csv"), "FAILED")
        assert "foreign.csv, line 8: the label" in failed["Message"] and "canary" not in failed["Message"], failed

    def update(model):
        return comprehend.update_flywheel(FlywheelArn=flywheel, ActiveModelArn=model)

    train = f"s3://{bucket}/train.csv"
    wrong = {
        "language": site.train_classifier(train, LanguageCode="de"),
        "mode": site.train_classifier(train, Mode="MULTI_LABEL"),
        "label": site.train_classifier(f"s3://{bucket}/mood.csv"),
    }
    for what, model in wrong.items():
        with pytest.raises(ClientError) as raised:
            update(model)
        assert code(raised) == "InvalidRequestException", what
        assert what in raised.value.response["Error"]["Message"], raised.value
    assert "ActiveModelArn" not in describe(site, flywheel)
    right = site.train_classifier(train)
    assert update(right)["FlywheelProperties"]["ActiveModelArn"] == right

    for labels in (["spam", "spam "], ["spam", " "], [f"label {number}" for number in range(101)]):
        task = {"LanguageCode": "en", "DocumentClassificationConfig": {"Mode": "MULTI_LABEL", "Labels": labels}}
        with pytest.raises(ClientError) as raised:
            create_flywheel(site, bucket, TaskConfig=task)
        assert code(raised) == "InvalidRequestException", labels
    # The model settles what a flywheel is for.
    with pytest.raises(ClientError) as raised:
        create_flywheel(site, bucket, ActiveModelArn=right)
    assert code(raised) == "InvalidRequestException"


def test_an_iteration_is_stopped_with_its_model(site):
    bucket = site.bucket()
    comprehend = site.comprehend()
    site.put(bucket, {"train.csv": training_file(messages(60_000))})
    flywheel = create_flywheel(site, bucket)
    wait_dataset(site, create_dataset(site, flywheel, "TRAIN", f"s3://{bucket}/train.csv"), "COMPLETED")
    which = comprehend.start_flywheel_iteration(FlywheelArn=flywheel)
    which = {name: which[name] for name in ("FlywheelArn", "FlywheelIterationId")}

    def iteration():
        return comprehend.describe_flywheel_iteration(**which)["FlywheelIterationProperties"]

    begun = iteration()
    assert begun["Status"] == "TRAINING" and "EndTime" not in begun, begun
    # The flywheel's name stands for the job of its latest iteration, as does that of what the job makes.
    assert site.inspect(flywheel)["jobId"] == site.inspect(begun["TrainedModelArn"])["jobId"]
    comprehend.stop_training_document_classifier(DocumentClassifierArn=begun["TrainedModelArn"])
    assert iteration()["Status"] in ("STOP_REQUESTED", "STOPPED")
    stopped = ended(iteration, "STOPPED")
    assert "TrainedModelMetrics" not in stopped and stopped["EndTime"] >= stopped["CreationTime"], stopped
    assert "ActiveModelArn" not in describe(site, flywheel)


def test_a_name_is_used_again(site):
    """Even within a second, a flywheel has a data lake of its own."""
    bucket = site.bucket()
    comprehend = site.comprehend()
    site.put(bucket, {"train.csv": training_file(messages(40))})
    name = f"f-{uuid.uuid4().hex[:12]}"
    lakes = []
    for _ in range(3):
        flywheel = create_flywheel(site, bucket, FlywheelName=name)
        lakes.append(describe(site, flywheel)["DataLakeS3Uri"])
        dataset = create_dataset(site, flywheel, "TRAIN", f"s3://{bucket}/train.csv", name="june")
        wait_dataset(site, dataset, "COMPLETED")
        comprehend.delete_flywheel(FlywheelArn=flywheel)
    assert len(set(lakes)) == 3 and all(site.read_prefix(lake) for lake in lakes), lakes


def test_places_and_owners(site):
    bucket, foreign = site.bucket(), site.bucket(BOB)
    for lake in (f"s3://{foreign}/lake", f"s3://b-{uuid.uuid4().hex}/lake"):
        with pytest.raises(ClientError) as raised:
            create_flywheel(site, bucket, DataLakeS3Uri=lake)
        assert code(raised) == "InvalidRequestException", lake
    flywheel = create_flywheel(site, bucket, Tags=[{"Key": "team", "Value": "claims"}])
    name = flywheel.rpartition("/")[2]
    with pytest.raises(ClientError) as raised:
        create_flywheel(site, bucket, FlywheelName=name)
    assert code(raised) == "ResourceInUseException"
    tags = site.comprehend().list_tags_for_resource(ResourceArn=flywheel)["Tags"]
    assert tags == [{"Key": "team", "Value": "claims"}]
    with pytest.raises(ClientError) as raised:
        site.comprehend(BOB).describe_flywheel(FlywheelArn=flywheel)
    assert code(raised) == "ResourceNotFoundException"
    listed = site.comprehend().list_flywheels(MaxResults=500)["FlywheelSummaryList"]
    assert flywheel in [summary["FlywheelArn"] for summary in listed]
    assert site.comprehend(BOB).list_flywheels()["FlywheelSummaryList"] == []
