"""Custom classification as the AWS clients see it: training, jobs, endpoints, in both modes."""

import functools
import io
import json
import os
import subprocess
import tarfile
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError
from files import docx, noise_png, pdf, textract
from messages import messages, training_file
from outputs import records
from sites import ALICE, BOB, split_uri
from test_cli import aws_program
from waiting import wait_until

ROWS = messages(300)
METRICS = {
    "Accuracy",
    "Precision",
    "Recall",
    "F1Score",
    "MicroPrecision",
    "MicroRecall",
    "MicroF1Score",
    "HammingLoss",
}


def code(raised):
    return raised.value.response["Error"]["Code"]


def document_classifier(name):
    return f"arn:aws:comprehend:us-east-1:{ALICE.id}:document-classifier/{name}"


@pytest.fixture(scope="module")
def spam(site):
    """A site's classifier of messages that tests may use and must not delete."""
    bucket = site.bucket()
    site.put(bucket, {"train.csv": training_file(ROWS)})
    return site.train_classifier(f"s3://{bucket}/train.csv")


@pytest.fixture(scope="module")
def endpoint(site, spam):
    comprehend = site.comprehend()
    name = f"e-{uuid.uuid4().hex[:12]}"
    answer = comprehend.create_endpoint(EndpointName=name, ModelArn=spam, DesiredInferenceUnits=1)
    assert answer["ModelArn"] == spam
    yield answer["EndpointArn"]
    comprehend.delete_endpoint(EndpointArn=answer["EndpointArn"])


def check_scores(found, names):
    """Scores of classes: the best first, all of them together 1."""
    assert {item["Name"] for item in found} == names, found
    scores = [item["Score"] for item in found]
    assert scores == sorted(scores, reverse=True) and sum(scores) == pytest.approx(1, abs=1e-3), found


# Training


def test_the_example_of_messages_to_the_letter(site):
    """Spam and ham: a classifier from a CSV, a job over lines of messages, `predictions.jsonl`."""
    bucket = site.bucket()
    held_out = messages(60, first=1000)
    lines = "".join(text + "\n" for _, text in held_out[:40]).encode()
    rest = "\r\n".join(text for _, text in held_out[40:]).encode()
    site.put(bucket, {"train/spam.csv": training_file(ROWS), "in/sms.txt": lines, "in/more/sms-2.txt": rest})
    classifier = site.create_classifier(
        f"s3://{bucket}/train/spam.csv",
        VersionName="v1",
        Mode="MULTI_CLASS",
        OutputDataConfig={"S3Uri": f"s3://{bucket}/models/"},
        Tags=[{"Key": "team", "Value": "claims"}],
    )
    submitted = site.describe_classifier(classifier)
    assert submitted["Status"] in ("SUBMITTED", "TRAINING", "TRAINED"), submitted
    trained = site.wait_classifier(classifier, "TRAINED")
    assert (trained["Mode"], trained["VersionName"], trained["LanguageCode"]) == ("MULTI_CLASS", "v1", "en")
    assert trained["SubmitTime"] <= trained["TrainingStartTime"] <= trained["TrainingEndTime"] <= trained["EndTime"]
    metadata = trained["ClassifierMetadata"]
    assert metadata["NumberOfLabels"] == 2
    texts = len({text for _, text in ROWS})
    assert metadata["NumberOfTrainedDocuments"] + metadata["NumberOfTestDocuments"] in range(texts, len(ROWS) + 1)
    assert metadata["NumberOfTestDocuments"] >= 10
    metrics = metadata["EvaluationMetrics"]
    assert set(metrics) == METRICS and all(0 <= value <= 1 for value in metrics.values()), metrics
    assert metrics["Accuracy"] > 0.9 and metrics["HammingLoss"] < 0.1, metrics

    uri = trained["OutputDataConfig"]["S3Uri"]
    assert uri.startswith(f"s3://{bucket}/models/") and uri.endswith("/output/output.tar.gz"), uri
    with tarfile.open(fileobj=io.BytesIO(site.read(*split_uri(uri))), mode="r:gz") as tar:
        assert [member.name.rpartition("/")[2] for member in tar.getmembers()] == ["confusion_matrix.json"]
        confusion = json.load(tar.extractfile(tar.getmembers()[0]))
    assert confusion["type"] == "multi_class" and sorted(confusion["labels"]) == ["ham", "spam"], confusion
    assert sum(map(sum, confusion["confusion_matrix"])) == metadata["NumberOfTestDocuments"], confusion

    properties, content = site.run_archived(
        f"s3://{bucket}/in/", f"s3://{bucket}/out", kind="classification", DocumentClassifierArn=classifier
    )
    assert properties["DocumentClassifierArn"] == classifier
    job = properties["JobId"]
    assert properties["OutputDataConfig"]["S3Uri"] == (f"s3://{bucket}/out/{ALICE.id}-CLN-{job}/output/output.tar.gz")
    found = {}
    for record in records(content):
        assert list(record) == ["File", "Line", "Classes"], record
        assert isinstance(record["Line"], str), record
        check_scores(record["Classes"], {"ham", "spam"})
        found[record["File"], int(record["Line"])] = record["Classes"][0]["Name"]
    expected = {("sms.txt", number): label for number, (label, _) in enumerate(held_out[:40])}
    expected |= {("sms-2.txt", number): label for number, (label, _) in enumerate(held_out[40:])}
    assert set(found) == set(expected)
    right = sum(found[document] == label for document, label in expected.items())
    assert right >= 0.95 * len(expected), f"{right} of {len(expected)}"


def test_three_files_of_a_message_each(site, spam):
    """The example of Amazon's page on the operation: files of one line, read by line as no format was given."""
    bucket = site.bucket()
    files = {
        "SMStest1.txt": (b"CONGRATULATIONS! TXT 2155550100 to win $5000", "spam"),
        "SMStest2.txt": (b"Hi, when do you want me to pick you up from practice?", "ham"),
        "SMStest3.txt": (b"Plz send bank account # to 2155550100 to claim prize!!", "spam"),
    }
    site.put(bucket, {name: body for name, (body, _) in files.items()}, prefix="jobdata/")
    _, content = site.run_archived(
        f"s3://{bucket}/jobdata/", f"s3://{bucket}/testfolder/", kind="classification", DocumentClassifierArn=spam
    )
    found = records(content)
    assert [(record["File"], record["Line"]) for record in found] == [(name, "0") for name in files]
    assert [record["Classes"][0]["Name"] for record in found] == [label for _, label in files.values()], found


def test_several_labels_and_test_data_of_ones_own(site):
    bucket = site.bucket()
    rows = [((label, "long" if len(text) > 60 else "short"), text) for label, text in messages(400)]
    files = {
        "train.csv": training_file(rows[:300], ";"),
        "test.csv": training_file(rows[300:], ";"),
        "a": b"win a prize",
    }
    site.put(bucket, files)
    classifier = site.create_classifier(
        f"s3://{bucket}/train.csv",
        Mode="MULTI_LABEL",
        OutputDataConfig={"S3Uri": f"s3://{bucket}/models"},
        InputDataConfig={
            "DataFormat": "COMPREHEND_CSV",
            "S3Uri": f"s3://{bucket}/train.csv",
            "TestS3Uri": f"s3://{bucket}/test.csv",
            "LabelDelimiter": ";",
        },
    )
    trained = site.wait_classifier(classifier, "TRAINED", "TRAINED_WITH_WARNING")
    metadata = trained["ClassifierMetadata"]
    assert (metadata["NumberOfLabels"], metadata["NumberOfTestDocuments"]) == (4, 100), trained.get("Message")
    archive = site.read(*split_uri(trained["OutputDataConfig"]["S3Uri"]))
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        confusion = json.load(tar.extractfile(tar.getmembers()[0]))
    assert confusion["type"] == "multi_label" and sorted(confusion["all_labels"]) == ["ham", "long", "short", "spam"]
    _, content = site.run_archived(
        f"s3://{bucket}/a", f"s3://{bucket}/out", kind="classification", DocumentClassifierArn=classifier
    )
    (record,) = records(content)
    assert list(record) == ["File", "Line", "Labels"], record
    scores = {label["Name"]: label["Score"] for label in record["Labels"]}
    assert set(scores) == {"ham", "long", "short", "spam"} and scores["spam"] > scores["ham"], scores


def test_augmented_manifests(site):
    bucket = site.bucket()

    def line(number, label, text):
        return json.dumps(
            {
                "source": text,
                "mood": number % 2,
                "mood-metadata": {"class-name": label, "type": "groundtruth/text-classification", "confidence": 0.9},
            }
        )

    lines = [line(number, label, text) for number, (label, text) in enumerate(ROWS)]
    site.put(
        bucket, {"train.manifest": "\n".join(lines[:250]).encode(), "test.manifest": "\n".join(lines[250:]).encode()}
    )
    manifests = [
        {"S3Uri": f"s3://{bucket}/train.manifest", "AttributeNames": ["mood"]},
        {"S3Uri": f"s3://{bucket}/test.manifest", "AttributeNames": ["mood"], "Split": "TEST"},
    ]
    classifier = site.create_classifier(
        None, InputDataConfig={"DataFormat": "AUGMENTED_MANIFEST", "AugmentedManifests": manifests}
    )
    trained = site.wait_classifier(classifier, "TRAINED", "TRAINED_WITH_WARNING")
    assert trained["ClassifierMetadata"]["NumberOfTestDocuments"] == 50
    assert trained["ClassifierMetadata"]["EvaluationMetrics"]["Accuracy"] > 0.9


# The life of a classifier


def test_versions_and_names(site, spam):
    comprehend = site.comprehend()
    bucket = site.bucket()
    site.put(bucket, {"train.csv": training_file(ROWS)})
    name = f"c-{uuid.uuid4().hex[:12]}"
    source = f"s3://{bucket}/train.csv"
    token = uuid.uuid4().hex
    first = site.create_classifier(source, DocumentClassifierName=name, ClientRequestToken=token)
    assert first == document_classifier(name)
    assert site.create_classifier(source, DocumentClassifierName=name, ClientRequestToken=token) == first
    with pytest.raises(ClientError) as raised:
        site.create_classifier(source, DocumentClassifierName=name, ClientRequestToken=token, LanguageCode="de")
    assert code(raised) == "InvalidRequestException"
    with pytest.raises(ClientError) as raised:
        site.create_classifier(source, DocumentClassifierName=name)
    assert code(raised) == "ResourceInUseException"
    second = site.create_classifier(source, DocumentClassifierName=name, VersionName="v2")
    assert second == document_classifier(name) + "/version/v2"
    listed = comprehend.list_document_classifiers(Filter={"DocumentClassifierName": name})
    assert [p["DocumentClassifierArn"] for p in listed["DocumentClassifierPropertiesList"]] == [second, first]
    summaries = comprehend.list_document_classifier_summaries(MaxResults=500)["DocumentClassifierSummariesList"]
    (summary,) = [summary for summary in summaries if summary["DocumentClassifierName"] == name]
    assert (summary["NumberOfVersions"], summary["LatestVersionName"]) == (2, "v2")
    with pytest.raises(ClientError) as raised:
        comprehend.describe_document_classifier(DocumentClassifierArn=document_classifier(f"{name}-none"))
    assert code(raised) == "ResourceNotFoundException"
    # What is Alice's is not there for Bob.
    with pytest.raises(ClientError) as raised:
        site.comprehend(BOB).describe_document_classifier(DocumentClassifierArn=first)
    assert code(raised) == "ResourceNotFoundException"
    for arn in (first, second):
        site.wait_classifier(arn, "TRAINED")
        comprehend.delete_document_classifier(DocumentClassifierArn=arn)
        with pytest.raises(ClientError) as raised:
            comprehend.stop_training_document_classifier(DocumentClassifierArn=arn)
        assert code(raised) == "ResourceNotFoundException"


def test_training_is_stopped(site):
    bucket = site.bucket()
    # Enough that training takes a while.
    site.put(bucket, {"train.csv": training_file(messages(60_000))})
    comprehend = site.comprehend()
    classifier = site.create_classifier(f"s3://{bucket}/train.csv")
    with pytest.raises(ClientError) as raised:
        comprehend.delete_document_classifier(DocumentClassifierArn=classifier)
    assert code(raised) == "ResourceUnavailableException"
    comprehend.stop_training_document_classifier(DocumentClassifierArn=classifier)
    stopped = site.wait_classifier(classifier, "STOPPED")
    assert "ClassifierMetadata" not in stopped and stopped["EndTime"] >= stopped["SubmitTime"]
    with pytest.raises(ClientError) as raised:
        comprehend.stop_training_document_classifier(DocumentClassifierArn=classifier)
    assert code(raised) == "InvalidRequestException"
    comprehend.delete_document_classifier(DocumentClassifierArn=classifier)


# Jobs


def test_one_document_per_file_of_any_kind(site, spam):
    text = "WINNER!! Claim your prize, call now"
    files = {
        "plain.txt": (text + "\nsecond line, same document\n").encode(),
        "latin1.txt": "Señora".encode("latin-1"),
        "page.pdf": pdf([text, "see you at the station, love"]),
        "encrypted.pdf": pdf([text]).replace(b"/Root 1 0 R", b"/Root 1 0 R /Encrypt 99 0 R"),
        "broken.pdf": b"%PDF-1.7\nnothing of it",
        "letter.docx": docx(text),
        "bomb.docx": docx(text, padding=260 << 20),
        "noise.png": noise_png(),
        "empty.txt": b"",
    }
    bucket = site.bucket()
    site.put(bucket, files, prefix="in/")
    _, content = site.run_archived(
        f"s3://{bucket}/in/",
        f"s3://{bucket}/out",
        kind="classification",
        DocumentClassifierArn=spam,
        InputDataConfig={"S3Uri": f"s3://{bucket}/in/", "InputFormat": "ONE_DOC_PER_FILE"},
    )
    found = {}
    for record in records(content):
        assert "Line" not in record, record
        found.setdefault(record["File"], []).append(record)
    assert set(found) == set(files)
    (plain,) = found["plain.txt"]
    assert list(plain) == ["File", "Classes"] and plain["Classes"][0]["Name"] == "spam"
    assert [page["DocumentMetadata"] for page in found["page.pdf"]] == [
        {"PageNumber": 1, "Pages": 2},
        {"PageNumber": 2, "Pages": 2},
    ]
    assert [page["Classes"][0]["Name"] for page in found["page.pdf"]] == ["spam", "ham"]
    assert {page["DocumentType"] for page in found["page.pdf"]} == {"NativePDF"}
    (letter,) = found["letter.docx"]
    assert (letter["DocumentType"], letter["Classes"][0]["Name"]) == ("MSWord", "spam"), letter
    # What is read into noise is not much, but it is a page.
    (noise,) = found["noise.png"]
    assert noise["DocumentType"] == "Image" and ("Classes" in noise or noise["Errors"][0]["ErrorCode"]), noise
    for name in ("latin1.txt", "encrypted.pdf", "broken.pdf", "bomb.docx"):
        (record,) = found[name]
        assert record["ErrorCode"] and record["ErrorMessage"] and "Classes" not in record, record


def test_a_model_in_use_stays(site):
    bucket = site.bucket()
    site.put(bucket, {"train.csv": training_file(ROWS), "in.txt": b"a\n" * 20_000})
    comprehend = site.comprehend()
    classifier = site.train_classifier(f"s3://{bucket}/train.csv")
    name = f"e-{uuid.uuid4().hex[:12]}"
    endpoint = comprehend.create_endpoint(EndpointName=name, ModelArn=classifier, DesiredInferenceUnits=1)
    with pytest.raises(ClientError) as raised:
        comprehend.delete_document_classifier(DocumentClassifierArn=classifier)
    assert code(raised) == "ResourceInUseException"
    comprehend.delete_endpoint(EndpointArn=endpoint["EndpointArn"])
    job = site.start(
        f"s3://{bucket}/in.txt", f"s3://{bucket}/out", kind="classification", DocumentClassifierArn=classifier
    )
    try:
        comprehend.delete_document_classifier(DocumentClassifierArn=classifier)
        deleted = True
    except ClientError as error:
        deleted = False
        assert error.response["Error"]["Code"] == "ResourceInUseException"
    done = site.wait(job, "COMPLETED")
    assert not deleted or done["EndTime"], "only a job that has ended lets its model go"
    if not deleted:
        comprehend.delete_document_classifier(DocumentClassifierArn=classifier)
    with pytest.raises(ClientError) as raised:
        site.start(
            f"s3://{bucket}/in.txt", f"s3://{bucket}/out", kind="classification", DocumentClassifierArn=classifier
        )
    assert code(raised) == "ResourceNotFoundException"


# Endpoints


def test_an_endpoint_answers_at_once(site, spam, endpoint):
    comprehend = site.comprehend()
    described = comprehend.describe_endpoint(EndpointArn=endpoint)["EndpointProperties"]
    assert (described["Status"], described["ModelArn"]) == ("IN_SERVICE", spam)
    answer = comprehend.classify_document(EndpointArn=endpoint, Text="WINNER!! Claim your prize, call now")
    assert answer["Classes"][0]["Name"] == "spam"
    check_scores(answer["Classes"], {"ham", "spam"})
    assert "DocumentMetadata" not in answer

    answer = comprehend.classify_document(EndpointArn=endpoint, Bytes=pdf(["see you at the station, love"]))
    assert (answer["Classes"][0]["Name"], answer["Classes"][0]["Page"]) == ("ham", 1)
    assert answer["DocumentMetadata"]["Pages"] == 1
    assert answer["DocumentMetadata"]["ExtractedCharacters"][0]["Count"] == len("see you at the station, love")
    assert answer["DocumentType"] == [{"Page": 1, "Type": "NATIVE_PDF"}]
    assert [warning["WarnCode"] for warning in answer["Warnings"]] == [
        "INFERENCING_NATIVE_DOCUMENT_WITH_PLAINTEXT_TRAINED_MODEL"
    ]
    reader = {"DocumentReadAction": "TEXTRACT_ANALYZE_DOCUMENT", "FeatureTypes": ["TABLES"]}
    for version, kind, more in [
        ("DetectDocumentTextModelVersion", "TEXTRACT_DETECT_DOCUMENT_TEXT_JSON", {}),
        ("AnalyzeDocumentModelVersion", "TEXTRACT_ANALYZE_DOCUMENT_JSON", {"DocumentReaderConfig": reader}),
    ]:
        body = textract(["WINNER!! Claim your prize,", "call now"], version)
        answer = comprehend.classify_document(EndpointArn=endpoint, Bytes=body, **more)
        assert (answer["Classes"][0]["Name"], answer["Classes"][0]["Page"]) == ("spam", 1)
        assert answer["DocumentType"] == [{"Page": 1, "Type": kind}]
        extracted = len("WINNER!! Claim your prize, call now")
        assert answer["DocumentMetadata"] == {"Pages": 1, "ExtractedCharacters": [{"Page": 1, "Count": extracted}]}
    for body, reason in [
        (textract(["x"]) + b" " * (1 << 20), "DOCUMENT_SIZE_EXCEEDED"),
        (pdf(["one", "two"]), "PAGE_LIMIT_EXCEEDED"),
        (bytes(range(256)), "UNSUPPORTED_DOC_TYPE"),
        (b"PK\x03\x04" + b"\0" * 100, "UNSUPPORTED_DOC_TYPE"),
        (b"x" * (11 << 20), "DOCUMENT_SIZE_EXCEEDED"),
    ]:
        with pytest.raises(ClientError) as raised:
            comprehend.classify_document(EndpointArn=endpoint, Bytes=body)
        assert code(raised) == "InvalidRequestException"
        response = raised.value.response
        assert (response["Reason"], response["Detail"]["Reason"]) == ("INVALID_DOCUMENT", reason)
    with pytest.raises(ClientError) as raised:
        comprehend.classify_document(EndpointArn=endpoint, Text="x" * 10_001)
    assert code(raised) == "TextSizeLimitExceededException"
    with pytest.raises(ClientError) as raised:
        comprehend.classify_document(EndpointArn=f"{endpoint}-none", Text="x")
    assert code(raised) == "ResourceUnavailableException"


def test_texts_do_not_wait_for_pictures(make_standalone, tmp_path):
    """To read a picture takes its time. More of them than there are cores do not keep texts waiting."""
    gate, begun = tmp_path / "gate", tmp_path / "begun"
    gate.touch()
    begun.mkdir()
    program = tmp_path / "ocr"
    program.write_text(
        "#!/bin/sh\n"
        'case "$*" in *--version* | *--list-langs*) exec tesseract "$@" ;; esac\n'
        f": >'{begun}'/$$\n"
        f"while [ -e '{gate}' ]; do sleep 0.05; done\n"
        "exit 1\n"
    )
    program.chmod(0o755)
    site = make_standalone(settings={"CONSTRUE__OCR__PROGRAM": str(program)})
    bucket = site.bucket()
    site.put(bucket, {"train.csv": training_file(ROWS)})
    classifier = site.train_classifier(f"s3://{bucket}/train.csv")
    comprehend = site.comprehend()
    request = {"EndpointName": "pictures", "ModelArn": classifier, "DesiredInferenceUnits": 1}
    arn = comprehend.create_endpoint(**request)["EndpointArn"]
    picture = noise_png(60, 60)
    count = 2 * (os.cpu_count() or 1)
    with ThreadPoolExecutor(count) as threads:
        try:
            ask = functools.partial(comprehend.classify_document, EndpointArn=arn, Bytes=picture)
            pictures = [threads.submit(ask) for _ in range(count)]
            wait_until(lambda: any(begun.iterdir()), "pictures to be read")
            assert comprehend.classify_document(EndpointArn=arn, Text="Free entry, text WIN now")["Classes"]
            comprehend.detect_pii_entities(Text="Write to ann@example.com", LanguageCode="en")
            assert not any(asked.done() for asked in pictures)
        finally:
            gate.unlink()
        for asked in pictures:
            assert asked.result()["Errors"][0]["Page"] == 1, "the program failed"


def test_an_endpoint_changes_its_model(site, spam):
    comprehend = site.comprehend()
    bucket = site.bucket()
    rows = [
        ("digits" if number % 2 else "words", f"{number} " * 5 if number % 2 else text)
        for number, (_, text) in enumerate(ROWS)
    ]
    site.put(bucket, {"train.csv": training_file(rows)})
    other = site.train_classifier(f"s3://{bucket}/train.csv")
    name = f"e-{uuid.uuid4().hex[:12]}"
    created = comprehend.create_endpoint(EndpointName=name, ModelArn=spam, DesiredInferenceUnits=1)
    endpoint = created["EndpointArn"]
    text = "see you at the station, love"
    assert comprehend.classify_document(EndpointArn=endpoint, Text=text)["Classes"][0]["Name"] == "ham"
    comprehend.update_endpoint(EndpointArn=endpoint, DesiredModelArn=other, DesiredInferenceUnits=2)
    assert comprehend.classify_document(EndpointArn=endpoint, Text=text)["Classes"][0]["Name"] == "words"
    listed = comprehend.list_endpoints(Filter={"ModelArn": other})["EndpointPropertiesList"]
    assert [(e["EndpointArn"], e["CurrentInferenceUnits"]) for e in listed] == [(endpoint, 2)]
    comprehend.delete_endpoint(EndpointArn=endpoint)
    with pytest.raises(ClientError) as raised:
        comprehend.describe_endpoint(EndpointArn=endpoint)
    assert code(raised) == "ResourceNotFoundException"


# The command line of AWS


def test_the_whole_life_with_the_aws_cli(site):
    def aws(*arguments):
        done = subprocess.run(
            [aws_program(), "comprehend", *arguments, "--output", "json"],
            env=site.cli_environment(),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
        return json.loads(done.stdout) if done.stdout else {}

    bucket = site.bucket()
    site.put(bucket, {"train.csv": training_file(ROWS), "in/a.txt": b"WINNER!! claim your prize\nsee you, love\n"})
    name = f"c-{uuid.uuid4().hex[:12]}"
    classifier = aws(
        "create-document-classifier",
        "--document-classifier-name",
        name,
        "--data-access-role-arn",
        ALICE.role_arn,
        "--input-data-config",
        f"S3Uri=s3://{bucket}/train.csv",
        "--language-code",
        "en",
    )["DocumentClassifierArn"]
    site.wait_classifier(classifier, "TRAINED")
    started = aws(
        "start-document-classification-job",
        "--document-classifier-arn",
        classifier,
        "--input-data-config",
        f"S3Uri=s3://{bucket}/in/,InputFormat=ONE_DOC_PER_LINE",
        "--output-data-config",
        f"S3Uri=s3://{bucket}/out",
        "--data-access-role-arn",
        ALICE.role_arn,
    )
    site._kinds[started["JobId"]] = "classification"
    properties = site.wait(started["JobId"], "COMPLETED")
    labels = [record["Classes"][0]["Name"] for record in records(site.archived(properties))]
    assert labels == ["spam", "ham"]
    aws("delete-document-classifier", "--document-classifier-arn", classifier)
