"""Classifiers that learn from PDF, Word and image files."""

import csv
import io
import uuid

import pytest
from botocore.exceptions import ClientError
from files import docx, noise_png, pdf
from messages import messages
from outputs import records
from test_flywheels import create_flywheel, iterate, settle

ROWS = [(label, text.replace("é", "e")) for label, text in messages(60)]
# Documents that say little: nothing that a file format of this plainness cannot hold.
HELD_OUT = [(label, text.replace("é", "e")) for label, text in messages(20, first=1000)]


def labels_file(rows):
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def documents(rows):
    """Files of one to three pages, and rows that label each page."""
    files, labelled = {}, []
    for number in range(0, len(rows), 3):
        part = rows[number : number + 3]
        name = f"letters/{number}.pdf" if number % 2 else f"{number}.pdf"
        files[name] = pdf([text for _, text in part])
        labelled += [(label, name, page) for page, (label, _) in enumerate(part, 1)]
    return files, labelled


def native(bucket, **more):
    return {
        "S3Uri": f"s3://{bucket}/labels.csv",
        "DocumentType": "SEMI_STRUCTURED_DOCUMENT",
        "Documents": {"S3Uri": f"s3://{bucket}/docs/"},
        **more,
    }


def code(raised):
    return raised.value.response["Error"]["Code"]


def test_pages_teach_a_classifier(site):
    bucket = site.bucket()
    comprehend = site.comprehend()
    files, labelled = documents(ROWS)
    # Of a file with one page, or that is meant as a whole, no page is named.
    files |= {"word.docx": docx(ROWS[0][1]), "whole.pdf": pdf(["see you at the station", "love you"])}
    labelled += [(ROWS[0][0], "word.docx", ""), ("ham", "whole.pdf", "")]
    # What cannot be read is left out, as a job would.
    files |= {"broken.pdf": b"%PDF-1.7\nnothing of it", "torn.docx": docx("x")[:200]}
    labelled += [("spam", "broken.pdf", 1), ("ham", "torn.docx", "")]
    site.put(bucket, files, prefix="docs/")
    test_files, test_labelled = documents(HELD_OUT)
    site.put(bucket, test_files, prefix="test/")
    site.put(bucket, {"labels.csv": labels_file(labelled), "test.csv": labels_file(test_labelled)})
    places = native(bucket, TestS3Uri=f"s3://{bucket}/test.csv")
    places["Documents"]["TestS3Uri"] = f"s3://{bucket}/test"
    classifier = site.create_classifier(None, InputDataConfig=places)
    trained = site.wait_classifier(classifier, "TRAINED_WITH_WARNING")
    assert trained["Message"].startswith("2 rows were left out whose documents or pages cannot be read"), trained
    assert trained["InputDataConfig"] == {"DataFormat": "COMPREHEND_CSV", **places}
    metadata = trained["ClassifierMetadata"]
    assert metadata["NumberOfTrainedDocuments"] == len(ROWS) + 2, metadata
    assert metadata["NumberOfTestDocuments"] == len(HELD_OUT)
    assert metadata["EvaluationMetrics"]["Accuracy"] > 0.9, metadata

    # It reads pages without a word about them, and plain text with one.
    name = f"e-{uuid.uuid4().hex[:12]}"
    endpoint = comprehend.create_endpoint(EndpointName=name, ModelArn=classifier, DesiredInferenceUnits=1)[
        "EndpointArn"
    ]
    answer = comprehend.classify_document(EndpointArn=endpoint, Bytes=pdf(["see you at the station, love"]))
    assert answer["Classes"][0]["Name"] == "ham" and "Warnings" not in answer, answer
    answer = comprehend.classify_document(EndpointArn=endpoint, Text="WINNER!! Claim your prize, call now")
    assert answer["Classes"][0]["Name"] == "spam"
    assert [warning["WarnCode"] for warning in answer["Warnings"]] == [
        "INFERENCING_PLAINTEXT_WITH_NATIVE_TRAINED_MODEL"
    ]
    comprehend.delete_endpoint(EndpointArn=endpoint)
    site.put(bucket, {"in/a.pdf": test_files["0.pdf"]})
    source = {"S3Uri": f"s3://{bucket}/in/", "InputFormat": "ONE_DOC_PER_FILE"}
    _, content = site.run_archived(
        f"s3://{bucket}/in/",
        f"s3://{bucket}/out",
        kind="classification",
        DocumentClassifierArn=classifier,
        InputDataConfig=source,
    )
    found = [record["Classes"][0]["Name"] for record in records(content)]
    assert found == [label for label, _ in HELD_OUT[:3]]
    assert all("Warnings" not in record for record in records(content))
    site.put(bucket, {"notes/a.txt": "WINNER!! Claim your prize, call now\nsee you at the station, love"})
    for input_format, lines in ("ONE_DOC_PER_LINE", ["0", "1"]), ("ONE_DOC_PER_FILE", [None]):
        _, content = site.run_archived(
            f"s3://{bucket}/notes/",
            f"s3://{bucket}/out",
            kind="classification",
            DocumentClassifierArn=classifier,
            InputDataConfig={"S3Uri": f"s3://{bucket}/notes/", "InputFormat": input_format},
        )
        told = [(record.get("Line"), [one["WarnCode"] for one in record["Warnings"]]) for record in records(content)]
        assert told == [(line, ["INFERENCING_PLAINTEXT_WITH_NATIVE_TRAINED_MODEL"]) for line in lines]

    # A flywheel goes on with the text of the pages.
    flywheel = create_flywheel(site, bucket, ActiveModelArn=classifier, ModelType=None, TaskConfig=None)
    found = {name: (one["Status"], one["NumberOfDocuments"]) for name, one in settle(site, flywheel).items()}
    assert found == {
        "initial-training-data": ("COMPLETED", len(ROWS) + 2),
        "initial-test-data": ("COMPLETED", len(HELD_OUT)),
    }
    iterated = iterate(site, flywheel)
    assert iterated["TrainedModelMetrics"] == iterated["EvaluatedModelMetrics"], "the same texts make the same model"


BAD_DATA = {
    "no such document": ([("ham", "none.pdf", 1)], "line 61: there is no document of this name"),
    "no such page": ([("ham", "0.pdf", 4)], "line 61: the page is beyond the end of the document, which has 3 pages"),
    "no number": ([("ham", "0.pdf", "first")], "line 61: the page must be a number from 1"),
    "four columns": ([("ham", "0.pdf", 1, "canary")], "line 61: the row must have 2 or 3 columns"),
    "no name": ([("ham", " ", 1)], "line 61: the name of the file is missing"),
}


@pytest.mark.parametrize("case", BAD_DATA)
def test_bad_rows_are_named(site, case):
    rows, message = BAD_DATA[case]
    bucket = site.bucket()
    files, labelled = documents(ROWS)
    site.put(bucket, files, prefix="docs/")
    site.put(bucket, {"labels.csv": labels_file(labelled + rows)})
    failed = site.wait_classifier(site.create_classifier(None, InputDataConfig=native(bucket)), "IN_ERROR")
    assert message in failed["Message"] and "canary" not in failed["Message"], failed


def test_what_documents_need_is_checked_at_once(site):
    bucket = site.bucket()
    manifest = {"S3Uri": f"s3://{bucket}/m", "AttributeNames": ["a"]}
    for change in (
        {"Documents": None},
        {"TestS3Uri": f"s3://{bucket}/test.csv"},
        {"Documents": {"S3Uri": f"s3://{bucket}/docs/", "TestS3Uri": f"s3://{bucket}/test/"}},
        {"DataFormat": "AUGMENTED_MANIFEST", "AugmentedManifests": [manifest], "S3Uri": None},
        {"DocumentType": "PLAIN_TEXT_DOCUMENT"},
        {"S3Uri": None},
    ):
        places = {name: value for name, value in {**native(bucket), **change}.items() if value is not None}
        with pytest.raises(ClientError) as raised:
            site.create_classifier(None, InputDataConfig=places)
        assert code(raised) == "InvalidRequestException", change


def test_pictures_are_read_or_the_reason_is_told(site):
    """Noise is no text; without the program that reads pictures, that is what the training ends with."""
    bucket = site.bucket()
    files, labelled = documents(ROWS)
    site.put(bucket, {**files, "noise.png": noise_png()}, prefix="docs/")
    site.put(bucket, {"labels.csv": labels_file(labelled + [("spam", "noise.png", "")])})
    classifier = site.create_classifier(None, InputDataConfig=native(bucket))
    ended = site.wait_classifier(classifier, "TRAINED", "TRAINED_WITH_WARNING", "IN_ERROR")
    if ended["Status"] == "IN_ERROR":
        assert ended["Message"].startswith("OCR_UNAVAILABLE: ") and "noise.png" in ended["Message"], ended
    else:
        assert ended["ClassifierMetadata"]["NumberOfLabels"] == 2, ended
