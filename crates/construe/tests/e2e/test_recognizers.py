"""Custom entity recognizers as the AWS clients see them: training from every kind of data, jobs, flywheels."""

import uuid

import pytest
from botocore.exceptions import ClientError
from catalogue import annotations, entity_list, lines, manifest, remarks
from outputs import records
from sites import ALICE, BOB
from test_flywheels import create_flywheel, describe, iterate, settle, wait_dataset

TYPES = [{"Type": "PART"}, {"Type": "MAKER"}]
ROWS = remarks(200)
HELD_OUT = remarks(40, first=1000)


def code(raised):
    return raised.value.response["Error"]["Code"]


def annotated(bucket):
    """Input of a recognizer: the texts and annotations of `files`."""
    return {
        "EntityTypes": TYPES,
        "Documents": {"S3Uri": f"s3://{bucket}/texts.txt", "InputFormat": "ONE_DOC_PER_LINE"},
        "Annotations": {"S3Uri": f"s3://{bucket}/annotations.csv"},
    }


def files(rows=ROWS):
    return {"texts.txt": lines(rows), "annotations.csv": annotations(rows, "texts.txt")}


@pytest.fixture(scope="module")
def parts(site):
    """A site's recognizer of parts and makers that tests may use and must not delete."""
    bucket = site.bucket()
    site.put(bucket, files())
    recognizer = site.create_recognizer(InputDataConfig=annotated(bucket))
    site.wait_recognizer(recognizer, "TRAINED")
    return recognizer


def check_found(content, rows, file="in.txt"):
    """Entities stand where their text does, and most of what there is was found."""
    found = {record["Line"]: record for record in records(content)}
    assert set(found) == set(range(len(rows)))
    hits = total = 0
    for number, (text, entities) in enumerate(rows):
        record = found[number]
        assert list(record) == ["Entities", "File", "Line"] or list(record) == ["File", "Line", "Entities"], record
        assert record["File"] == file
        marked = set()
        for entity in record["Entities"]:
            begin, end = entity["BeginOffset"], entity["EndOffset"]
            assert text[begin:end] == entity["Text"] and 0 < entity["Score"] <= 1, (text, entity)
            assert entity["Type"] in ("PART", "MAKER"), entity
            marked.add((begin, end, entity["Type"]))
        hits += len(marked & set(entities))
        total += len(entities)
    assert hits >= 0.9 * total, f"{hits} of {total}"


def detect(site, recognizer, rows=HELD_OUT):
    bucket = site.bucket()
    site.put(bucket, {"in.txt": lines(rows)})
    job, content = site.run_archived(f"s3://{bucket}/in.txt", f"s3://{bucket}/out", EntityRecognizerArn=recognizer)
    assert job["EntityRecognizerArn"] == recognizer
    check_found(content, rows)


def test_annotations_teach_a_recognizer(site, parts):
    properties = site.describe_recognizer(parts)
    assert properties["LanguageCode"] == "en" and properties["InputDataConfig"]["EntityTypes"] == TYPES
    assert properties["SubmitTime"] <= properties["TrainingStartTime"] <= properties["TrainingEndTime"]
    metadata = properties["RecognizerMetadata"]
    # Texts without entities occur again and again: what counts for tests is left to the training.
    assert metadata["NumberOfTrainedDocuments"] + metadata["NumberOfTestDocuments"] <= len(ROWS)
    assert metadata["NumberOfTestDocuments"] >= 1
    metrics = metadata["EvaluationMetrics"]
    assert set(metrics) == {"Precision", "Recall", "F1Score"}
    assert all(50 < value <= 100 for value in metrics.values()), metrics
    kinds = {kind["Type"]: kind for kind in metadata["EntityTypes"]}
    assert set(kinds) == {"PART", "MAKER"}
    assert all(kind["NumberOfTrainMentions"] >= 25 for kind in kinds.values()), kinds
    detect(site, parts)


def test_texts_and_entities_of_ones_own_to_test_with(site):
    bucket = site.bucket()
    test = remarks(50, first=500)
    bodies = {**files(), "test.txt": lines(test), "test.csv": annotations(test, "test.txt")}
    site.put(bucket, bodies)
    places = annotated(bucket)
    places["Documents"]["TestS3Uri"] = f"s3://{bucket}/test.txt"
    places["Annotations"]["TestS3Uri"] = f"s3://{bucket}/test.csv"
    recognizer = site.create_recognizer(InputDataConfig=places, VersionName="v1")
    assert recognizer.endswith("/version/v1")
    trained = site.wait_recognizer(recognizer, "TRAINED", "TRAINED_WITH_WARNING")
    metadata = trained["RecognizerMetadata"]
    assert metadata["NumberOfTestDocuments"] == 50 and metadata["EvaluationMetrics"]["F1Score"] > 80, metadata


def test_a_list_of_entities_teaches_a_recognizer(site):
    bucket = site.bucket()
    rows = remarks(420)
    site.put(bucket, {"texts.txt": lines(rows), "list.csv": entity_list(rows)})
    recognizer = site.create_recognizer(
        InputDataConfig={
            "EntityTypes": TYPES,
            "Documents": {"S3Uri": f"s3://{bucket}/texts.txt"},
            "EntityList": {"S3Uri": f"s3://{bucket}/list.csv"},
        }
    )
    trained = site.wait_recognizer(recognizer, "TRAINED", "TRAINED_WITH_WARNING")
    kinds = trained["RecognizerMetadata"]["EntityTypes"]
    assert all(kind["NumberOfTrainMentions"] >= 200 for kind in kinds), kinds
    detect(site, recognizer, rows[:40])


def test_manifests_teach_a_recognizer(site):
    bucket = site.bucket()
    site.put(bucket, {"train.manifest": manifest(ROWS, "spans"), "test.manifest": manifest(HELD_OUT, "spans")})
    manifests = [
        {"S3Uri": f"s3://{bucket}/train.manifest", "AttributeNames": ["spans"]},
        {"S3Uri": f"s3://{bucket}/test.manifest", "AttributeNames": ["spans"], "Split": "TEST"},
    ]
    recognizer = site.create_recognizer(
        InputDataConfig={"DataFormat": "AUGMENTED_MANIFEST", "EntityTypes": TYPES, "AugmentedManifests": manifests}
    )
    trained = site.wait_recognizer(recognizer, "TRAINED", "TRAINED_WITH_WARNING")
    assert trained["RecognizerMetadata"]["NumberOfTestDocuments"] == len(HELD_OUT)
    detect(site, recognizer)


def test_training_is_stopped(site):
    bucket = site.bucket()
    comprehend = site.comprehend()
    # Enough that training takes a while.
    site.put(bucket, files(remarks(6000)))
    recognizer = site.create_recognizer(InputDataConfig=annotated(bucket))
    with pytest.raises(ClientError) as raised:
        comprehend.delete_entity_recognizer(EntityRecognizerArn=recognizer)
    assert code(raised) == "ResourceUnavailableException"
    comprehend.stop_training_entity_recognizer(EntityRecognizerArn=recognizer)
    stopped = site.wait_recognizer(recognizer, "STOPPED")
    assert "RecognizerMetadata" not in stopped and stopped["EndTime"] >= stopped["SubmitTime"]
    with pytest.raises(ClientError) as raised:
        comprehend.stop_training_entity_recognizer(EntityRecognizerArn=recognizer)
    assert code(raised) == "InvalidRequestException"
    comprehend.delete_entity_recognizer(EntityRecognizerArn=recognizer)
    for call in (
        comprehend.stop_training_entity_recognizer,
        comprehend.describe_entity_recognizer,
        comprehend.delete_entity_recognizer,
    ):
        with pytest.raises(ClientError) as raised:
            call(EntityRecognizerArn=recognizer)
        assert code(raised) == "ResourceNotFoundException"


def test_versions_pages_and_filters(site):
    comprehend = site.comprehend()
    bucket = site.bucket()
    site.put(bucket, {**files(), "few.csv": annotations(ROWS[:20], "texts.txt")})
    name = f"r-{uuid.uuid4().hex[:12]}"
    few = annotated(bucket)
    few["Annotations"] = {"S3Uri": f"s3://{bucket}/few.csv"}
    versions = []
    for version, data in (("v1", annotated(bucket)), ("v2", annotated(bucket)), ("v3", few)):
        tags = [{"Key": "version", "Value": version}]
        arn = site.create_recognizer(RecognizerName=name, VersionName=version, InputDataConfig=data, Tags=tags)
        assert arn.endswith(f":entity-recognizer/{name}/version/{version}")
        assert comprehend.list_tags_for_resource(ResourceArn=arn)["Tags"] == tags
        versions.append(arn)
    with pytest.raises(ClientError) as raised:
        site.create_recognizer(RecognizerName=name, VersionName="v1", InputDataConfig=few)
    assert code(raised) == "ResourceInUseException"
    first = site.wait_recognizer(versions[0], "TRAINED")
    site.wait_recognizer(versions[1], "TRAINED")
    site.wait_recognizer(versions[2], "IN_ERROR")

    def listed(**request):
        answer = comprehend.list_entity_recognizers(**request)
        return [one["EntityRecognizerArn"] for one in answer["EntityRecognizerPropertiesList"]], answer.get("NextToken")

    by_name = {"Filter": {"RecognizerName": name}}
    assert listed(**by_name) == (versions[::-1], None), "the newest first"
    pages, token = [], None
    while True:
        page, token = listed(**by_name, MaxResults=1, **({"NextToken": token} if token else {}))
        pages += page
        if token is None:
            break
        borrowed = {"Filter": {"RecognizerName": "another"}, "NextToken": token}
        with pytest.raises(ClientError) as raised:
            listed(**borrowed)
        assert code(raised) == "InvalidRequestException", "a token of another listing"
    assert pages == versions[::-1]
    trained, _ = listed(Filter={"Status": "TRAINED"}, MaxResults=500)
    assert set(versions[:2]) <= set(trained) and versions[2] not in trained
    after, _ = listed(Filter={"SubmitTimeAfter": first["SubmitTime"]}, MaxResults=500)
    assert set(versions[1:]) <= set(after) and versions[0] not in after
    before, _ = listed(Filter={"SubmitTimeBefore": first["SubmitTime"]}, MaxResults=500)
    assert not set(versions) & set(before)
    with pytest.raises(ClientError) as raised:
        listed(Filter={"RecognizerName": name, "Status": "TRAINED"})
    assert code(raised) == "InvalidFilterException"
    summaries = comprehend.list_entity_recognizer_summaries(MaxResults=500)["EntityRecognizerSummariesList"]
    (summary,) = [one for one in summaries if one["RecognizerName"] == name]
    found = (summary["NumberOfVersions"], summary["LatestVersionName"], summary["LatestVersionStatus"])
    assert found == (3, "v3", "IN_ERROR")
    for arn in versions:
        comprehend.delete_entity_recognizer(EntityRecognizerArn=arn)
    assert listed(**by_name) == ([], None)


def test_a_job_and_a_flywheel_hold_their_recognizer(site):
    bucket = site.bucket()
    comprehend = site.comprehend()
    # Enough that the job takes a while.
    site.put(bucket, {**files(), "in.txt": lines(HELD_OUT) * 500})
    recognizer = site.create_recognizer(InputDataConfig=annotated(bucket))
    site.wait_recognizer(recognizer, "TRAINED")

    def delete():
        comprehend.delete_entity_recognizer(EntityRecognizerArn=recognizer)

    job = site.start(f"s3://{bucket}/in.txt", f"s3://{bucket}/out", kind="entities", EntityRecognizerArn=recognizer)
    with pytest.raises(ClientError) as raised:
        delete()
    assert code(raised) == "ResourceInUseException"
    site.stop(job)
    site.wait(job, "STOPPED", "COMPLETED")
    flywheel = create_flywheel(site, bucket, ActiveModelArn=recognizer, ModelType=None, TaskConfig=None)
    assert describe(site, flywheel)["TaskConfig"]["EntityRecognitionConfig"] == {"EntityTypes": TYPES}
    with pytest.raises(ClientError) as raised:
        delete()
    assert code(raised) == "ResourceInUseException"
    # A model that finds more than the flywheel is for, or is of another language, cannot be its active one.
    other = create_flywheel(
        site,
        bucket,
        ModelType="ENTITY_RECOGNIZER",
        TaskConfig={"LanguageCode": "en", "EntityRecognitionConfig": {"EntityTypes": TYPES[:1]}},
    )
    german = create_flywheel(
        site,
        bucket,
        ModelType="ENTITY_RECOGNIZER",
        TaskConfig={"LanguageCode": "de", "EntityRecognitionConfig": {"EntityTypes": TYPES}},
    )
    for wheel, named in ((other, "MAKER"), (german, "language"), (create_flywheel(site, bucket), "type")):
        with pytest.raises(ClientError) as raised:
            comprehend.update_flywheel(FlywheelArn=wheel, ActiveModelArn=recognizer)
        assert code(raised) == "InvalidRequestException" and named in str(raised.value), raised.value
        comprehend.delete_flywheel(FlywheelArn=wheel)
    (adopted,) = settle(site, flywheel).values()
    assert (adopted["Status"], adopted["NumberOfDocuments"]) == ("COMPLETED", len(ROWS))
    comprehend.delete_flywheel(FlywheelArn=flywheel)
    delete()
    with pytest.raises(ClientError) as raised:
        site.start(f"s3://{bucket}/in.txt", f"s3://{bucket}/out", kind="entities", EntityRecognizerArn=recognizer)
    assert code(raised) == "ResourceNotFoundException"


def test_a_recognizer_in_use_stays(site, parts):
    comprehend = site.comprehend()
    endpoint = comprehend.create_endpoint(
        EndpointName=f"e-{uuid.uuid4().hex[:12]}", ModelArn=parts, DesiredInferenceUnits=1
    )["EndpointArn"]
    assert ":entity-recognizer-endpoint/" in endpoint
    text, entities = HELD_OUT[0]
    found = comprehend.detect_entities(Text=text, EndpointArn=endpoint)["Entities"]
    marked = {(entity["BeginOffset"], entity["EndOffset"], entity["Type"]) for entity in found}
    assert marked == set(entities), (text, found)
    with pytest.raises(ClientError) as raised:
        comprehend.delete_entity_recognizer(EntityRecognizerArn=parts)
    assert code(raised) == "ResourceInUseException"
    comprehend.delete_endpoint(EndpointArn=endpoint)
    # What is Alice's is not there for Bob, and what is not there is not found.
    for owner, arn in ((BOB, parts), (ALICE, f"{parts}-none")):
        with pytest.raises(ClientError) as raised:
            site.comprehend(owner).describe_entity_recognizer(EntityRecognizerArn=arn)
        assert code(raised) == "ResourceNotFoundException"
    listed = comprehend.list_entity_recognizers(Filter={"RecognizerName": parts.rpartition("/")[2]})
    assert [one["EntityRecognizerArn"] for one in listed["EntityRecognizerPropertiesList"]] == [parts]
    summaries = comprehend.list_entity_recognizer_summaries(MaxResults=500)["EntityRecognizerSummariesList"]
    (summary,) = [one for one in summaries if one["RecognizerName"] == parts.rpartition("/")[2]]
    assert (summary["NumberOfVersions"], summary["LatestVersionStatus"]) == (1, "TRAINED")


def test_a_flywheel_of_recognizers(site):
    bucket = site.bucket()
    comprehend = site.comprehend()
    site.put(bucket, files())
    exam = {"texts.txt": lines(HELD_OUT), "annotations.csv": annotations(HELD_OUT, "texts.txt")}
    site.put(bucket, exam, prefix="exam/")
    task = {"LanguageCode": "en", "EntityRecognitionConfig": {"EntityTypes": TYPES}}
    flywheel = create_flywheel(site, bucket, ModelType="ENTITY_RECOGNIZER", TaskConfig=task)
    for kind, folder, count in (("TRAIN", "", len(ROWS)), ("TEST", "exam/", len(HELD_OUT))):
        places = {
            "Documents": {"S3Uri": f"s3://{bucket}/{folder}texts.txt"},
            "Annotations": {"S3Uri": f"s3://{bucket}/{folder}annotations.csv"},
        }
        dataset = comprehend.create_dataset(
            FlywheelArn=flywheel,
            DatasetName=kind.lower(),
            DatasetType=kind,
            InputDataConfig={"EntityRecognizerInputDataConfig": places},
        )["DatasetArn"]
        assert wait_dataset(site, dataset, "COMPLETED")["NumberOfDocuments"] == count
    # A list names what occurs in more texts, though not all that does.
    more = remarks(420, first=2000)
    site.put(bucket, {"texts.txt": lines(more), "list.csv": entity_list(more)}, prefix="listed/")
    listed = comprehend.create_dataset(
        FlywheelArn=flywheel,
        DatasetName="listed",
        InputDataConfig={
            "EntityRecognizerInputDataConfig": {
                "Documents": {"S3Uri": f"s3://{bucket}/listed/texts.txt"},
                "EntityList": {"S3Uri": f"s3://{bucket}/listed/list.csv"},
            }
        },
    )["DatasetArn"]
    assert wait_dataset(site, listed, "COMPLETED")["NumberOfDocuments"] == len(more)
    first = iterate(site, flywheel)
    assert first["TrainedModelMetrics"]["AverageF1Score"] > 0.8, first
    assert describe(site, flywheel)["ActiveModelArn"] == first["TrainedModelArn"]
    metadata = site.describe_recognizer(first["TrainedModelArn"])["RecognizerMetadata"]
    assert metadata["NumberOfTestDocuments"] == len(HELD_OUT)
    second = iterate(site, flywheel)
    assert second["EvaluatedModelArn"] == first["TrainedModelArn"]
    assert second["EvaluatedModelMetrics"] == first["TrainedModelMetrics"], "the same model on the same test data"
    assert second["TrainedModelMetrics"] == first["TrainedModelMetrics"], "the same data make the same model"

    site.put(bucket, {"in.txt": lines(HELD_OUT)})
    job, content = site.run_archived(f"s3://{bucket}/in.txt", f"s3://{bucket}/out", FlywheelArn=flywheel)
    assert job["FlywheelArn"] == flywheel
    check_found(content, HELD_OUT)
