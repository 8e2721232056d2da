"""Recognizers that learn from pages of PDF files, annotated where they stand."""

import json
import uuid

import pytest
from catalogue import remarks
from files import pdf, textract
from outputs import records
from test_flywheels import create_flywheel, settle, wait_dataset
from test_recognizers import TYPES


def plain(rows):
    """Texts that the plainest of PDF files can hold, their entities in the same places."""
    return [(text.replace("😀", "*"), entities) for text, entities in rows]


ROWS = plain(remarks(160))
HELD_OUT = plain(remarks(40, first=1000))
FOLDER = "output/job/annotations/consolidated-annotation/consolidation-response/iteration-1/annotations/"


def annotation_file(text, entities, scanned):
    """What the annotation tool leaves for a page of one line."""
    blocks = [block for block in json.loads(textract([text]))["Blocks"] if block["BlockType"] != "PAGE"]
    line, words = blocks[0], blocks[1:]
    places, at = [], 0
    for word in words:
        places.append((at, at + len(word["Text"]), word["Id"]))
        at += len(word["Text"]) + 1

    def marked(begin, end, kind):
        children = [
            {"BeginOffset": max(begin, first) - first, "EndOffset": min(end, last) - first, "ChildBlockId": word}
            for first, last, word in places
            if first < end and begin < last
        ]
        reference = {"BlockId": line["Id"], "ChildBlocks": children, "BeginOffset": begin, "EndOffset": end}
        return {"BlockReferences": [reference], "Text": text[begin:end], "Type": kind, "Score": 1}

    return json.dumps(
        {
            "Version": "2021-04-30",
            "DocumentType": "ScannedPDF" if scanned else "NativePDF",
            "DocumentMetadata": {"Pages": "1", "PageNumber": "1"},
            "Blocks": blocks,
            "Entities": [marked(*entity) for entity in entities],
        }
    ).encode()


def labelled(bucket, rows, name):
    """A manifest, and the annotation files that it names."""
    lines, files = [], {}
    for number, (text, entities) in enumerate(rows):
        key = f"{FOLDER}{name}-{number}-1-ann.json"
        files[key] = annotation_file(text, entities, scanned=number % 3 == 0)
        line = {
            "source-ref": f"s3://{bucket}/source/{name}-{number}.pdf",
            "page": "1",
            "metadata": {"pages": "1", "use-textract-only": False, "labels": ["PART", "MAKER"]},
            "job-metadata": {"type": "groundtruth/custom", "job-name": "job", "human-annotated": "yes"},
            "job": {"annotation-ref": f"s3://{bucket}/{key}"},
        }
        lines.append(json.dumps(line) + "\n")
    return {f"{name}.manifest": "".join(lines).encode(), **files}


def pages(bucket, name="train", **more):
    return {
        "S3Uri": f"s3://{bucket}/{name}.manifest",
        "AttributeNames": ["job"],
        "AnnotationDataS3Uri": f"s3://{bucket}/{FOLDER}",
        "SourceDocumentsS3Uri": f"s3://{bucket}/source/",
        "DocumentType": "SEMI_STRUCTURED_DOCUMENT",
        **more,
    }


def places(*manifests):
    return {"DataFormat": "AUGMENTED_MANIFEST", "EntityTypes": TYPES, "AugmentedManifests": list(manifests)}


def share(rows, found):
    """How many of the entities of `rows` were found, by type and text."""
    wanted = [{(kind, text[begin:end]) for begin, end, kind in entities} for text, entities in rows]
    hits = sum(len(one & set(other)) for one, other in zip(wanted, found, strict=True))
    return hits / sum(len(one) for one in wanted)


def test_annotated_pages_teach_a_recognizer(site):
    bucket = site.bucket()
    comprehend = site.comprehend()
    site.put(bucket, {**labelled(bucket, ROWS, "train"), **labelled(bucket, HELD_OUT, "test")})
    given = places(pages(bucket), pages(bucket, "test", Split="TEST"))
    recognizer = site.create_recognizer(InputDataConfig=given)
    trained = site.wait_recognizer(recognizer, "TRAINED")
    assert trained["InputDataConfig"] == given
    metadata = trained["RecognizerMetadata"]
    assert metadata["NumberOfTestDocuments"] == len(HELD_OUT), metadata
    assert metadata["EvaluationMetrics"]["F1Score"] > 80, metadata

    # It reads PDF files, and plain text as well.
    site.put(bucket, {f"in/{number}.pdf": pdf([text]) for number, (text, _) in enumerate(HELD_OUT)})
    source = {"S3Uri": f"s3://{bucket}/in/", "InputFormat": "ONE_DOC_PER_FILE"}
    _, content = site.run_archived(
        f"s3://{bucket}/in/", f"s3://{bucket}/out", EntityRecognizerArn=recognizer, InputDataConfig=source
    )
    by_file = {record["File"]: record for record in records(content)}
    found = [by_file[f"{number}.pdf"] for number in range(len(HELD_OUT))]
    assert all(record["DocumentType"] == "NativePDF" for record in found)
    found = [[(entity["Type"], entity["Text"]) for entity in record["Entities"]] for record in found]
    assert share(HELD_OUT, found) > 0.9
    endpoint = comprehend.create_endpoint(
        EndpointName=f"e-{uuid.uuid4().hex[:12]}", ModelArn=recognizer, DesiredInferenceUnits=1
    )["EndpointArn"]
    text = HELD_OUT[0][0]
    by_text = comprehend.detect_entities(EndpointArn=endpoint, Text=text)["Entities"]
    by_page = comprehend.detect_entities(EndpointArn=endpoint, Bytes=pdf([text]))["Entities"]
    assert [entity["Text"] for entity in by_text] == [entity["Text"] for entity in by_page] != []
    comprehend.delete_endpoint(EndpointArn=endpoint)

    # A flywheel goes on with the text of the pages, and takes more of them.
    flywheel = create_flywheel(site, bucket, ActiveModelArn=recognizer, ModelType=None, TaskConfig=None)
    settled = {name: (one["Status"], one["NumberOfDocuments"]) for name, one in settle(site, flywheel).items()}
    assert settled == {
        "initial-training-data": ("COMPLETED", len(ROWS)),
        "initial-test-data": ("COMPLETED", len(HELD_OUT)),
    }
    dataset = comprehend.create_dataset(
        FlywheelArn=flywheel,
        DatasetName="more",
        InputDataConfig={"DataFormat": "AUGMENTED_MANIFEST", "AugmentedManifests": [pages(bucket, "test")]},
    )["DatasetArn"]
    assert wait_dataset(site, dataset, "COMPLETED")["NumberOfDocuments"] == len(HELD_OUT)


def test_annotation_files_are_found_where_they_were_moved(site):
    """The manifest names another bucket; its own annotators left one page alone."""
    bucket = site.bucket()
    moved = labelled(bucket, ROWS, "train")
    manifest = moved.pop("train.manifest").replace(f"s3://{bucket}/".encode(), b"s3://where-it-was/")
    manifest = manifest.replace(f"s3://where-it-was/{FOLDER}train-0-1-ann.json".encode(), b"")
    files = {f"here/{key.rsplit('/', 1)[1]}": content for key, content in moved.items()}
    site.put(bucket, {"train.manifest": manifest, **files})
    here = pages(bucket, AnnotationDataS3Uri=f"s3://{bucket}/here/", SourceDocumentsS3Uri=f"s3://{bucket}/")
    trained = site.wait_recognizer(site.create_recognizer(InputDataConfig=places(here)), "TRAINED_WITH_WARNING")
    assert "1 lines whose labelling failed were left out" in trained["Message"], trained["Message"]


LOST = {"BlockReferences": [{"BlockId": "none", "BeginOffset": 0, "EndOffset": 6, "ChildBlocks": []}], "Type": "PART"}
BAD_FILES = {
    "no object": (b'["canary"]', "line 1: the file must be what the annotation tool writes"),
    "torn": (b'{"Blocks": [\n{"BlockType": "canary', "line 2: the file must be what the annotation tool writes"),
    "lost words": (json.dumps({"Blocks": [], "Entities": [LOST]}).encode(), "line 1: an entity must refer to"),
    "missing": (None, "INPUT_NOT_FOUND"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_annotation_files_are_named(site, case):
    content, message = BAD_FILES[case]
    bucket = site.bucket()
    files = labelled(bucket, ROWS, "train")
    bad = f"{FOLDER}train-7-1-ann.json"
    files.pop(bad)
    site.put(bucket, files if content is None else {**files, bad: content})
    failed = site.wait_recognizer(site.create_recognizer(InputDataConfig=places(pages(bucket))), "IN_ERROR")
    assert message in failed["Message"] and "train-7-1-ann.json" in failed["Message"], failed["Message"]
    assert "canary" not in failed["Message"]
