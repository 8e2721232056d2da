"""Comprehend Medical as the AWS clients see it, batches and single texts, in both modes."""

import datetime
import json
import subprocess
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from gate import Gate
from signing import call
from sites import ALICE, BOB, TERMINAL
from test_cli import aws_program
from waiting import wait_until

NOTE = "👩‍⚕️ Mr. John Smith, 54 years old, denies chest pain. Takes metformin 500 mg twice daily for diabetes."
OTHER = "Patient has a fever and was given aspirin 81 mg. Seen by Dr. Mary Jones on 5 May 2015."
TARGET = "ComprehendMedical_20181030"
FILE_LIMIT = 40 * 1024
# Operations of a type of job, what its folder is called, and what its manifest calls it.
TYPES = {
    "entities": ("entities_detection_v2_job", "EntitiesDetection", "DetectEntitiesJob"),
    "phi": ("phi_detection_job", "PHIDetection", "PHIDetection"),
}
DETECT = {"entities": "detect_entities_v2", "phi": "detect_phi"}


def code(raised):
    return raised.value.response["Error"]["Code"]


def request(bucket, source="in/", target="out", account=ALICE, **more):
    members = {
        "InputDataConfig": {"S3Bucket": bucket, "S3Key": source},
        "OutputDataConfig": {"S3Bucket": bucket, "S3Key": target},
        "DataAccessRoleArn": account.role_arn,
        "LanguageCode": "en",
    }
    return {name: value for name, value in {**members, **more}.items() if value is not None}


def start(site, kind, bucket, **members):
    answer = getattr(site.medical(), f"start_{TYPES[kind][0]}")(**request(bucket, **members))
    assert set(answer) == {"JobId", "ResponseMetadata"}
    return answer["JobId"]


def describe(site, kind, job, account=ALICE):
    answer = getattr(site.medical(account), f"describe_{TYPES[kind][0]}")(JobId=job)
    return answer["ComprehendMedicalAsyncJobProperties"]


def wait(site, kind, job, state, timeout=60):
    last = {}

    def reached():
        last.update(describe(site, kind, job))
        assert last["JobStatus"] == state or last["JobStatus"] not in TERMINAL, last
        return last["JobStatus"] == state

    wait_until(reached, lambda: f"job to be {state}, it is {last.get('JobStatus')}", timeout)
    return last


def run(site, kind, bucket, state="COMPLETED", **members):
    """Gives (properties, what lies in the job's folder by name, the manifest's summary)."""
    properties = wait(site, kind, start(site, kind, bucket, **members), state)
    place = properties["OutputDataConfig"]
    written = site.read_prefix(f"s3://{place['S3Bucket']}/{place['S3Key']}")
    return properties, written, json.loads(written["Manifest"])["Summary"]


def listed(written, name):
    """The files of a list by the input's key; none is listed twice."""
    files = json.loads(written[name])["Files"]
    by_input = {file["Input"]: file for file in files}
    assert len(by_input) == len(files)
    return by_input


def answered(site, kind, text):
    """The body of the synchronous answer, as it came."""
    operation = {"entities": "DetectEntitiesV2", "phi": "DetectPHI"}[kind]
    answer = call(site.api, operation, {"Text": text}, target=TARGET, service="comprehendmedical")
    assert answer.status == 200, answer
    return answer.text.encode()


def check_spans(text, entities):
    ids = []
    for entity in entities:
        for finding in (entity, *entity.get("Attributes", [])):
            assert text[finding["BeginOffset"] : finding["EndOffset"]] == finding["Text"], finding
            assert 0 <= finding["Score"] <= 1
            ids.append(finding["Id"])
    assert len(set(ids)) == len(ids)


# One text


def test_entities_with_attributes_and_traits(site):
    answer = site.medical().detect_entities_v2(Text=NOTE)
    assert {"Entities", "UnmappedAttributes", "ModelVersion"} <= set(answer)
    check_spans(NOTE, answer["Entities"])
    found = {entity["Text"]: entity for entity in answer["Entities"]}
    metformin = found["metformin"]
    assert (metformin["Category"], metformin["Type"]) == ("MEDICATION", "GENERIC_NAME")
    strength = [a for a in metformin["Attributes"] if a["Type"] in ("STRENGTH", "DOSAGE")]
    assert [attribute["Text"] for attribute in strength] == ["500 mg"]
    assert 0 < strength[0]["RelationshipScore"] <= 1 and strength[0]["RelationshipType"] == strength[0]["Type"]
    (pain,) = [entity for entity in answer["Entities"] if "pain" in entity["Text"]]
    assert "NEGATION" in {mark["Name"] for mark in pain["Traits"]}


def test_protected_health_information(site):
    answer = site.medical().detect_phi(Text=NOTE)
    check_spans(NOTE, answer["Entities"])
    assert {entity["Category"] for entity in answer["Entities"]} == {"PROTECTED_HEALTH_INFORMATION"}
    found = {(entity["Type"], entity["Text"]) for entity in answer["Entities"]}
    assert ("NAME", "John Smith") in found and ("AGE", "54") in found, found


@pytest.mark.parametrize("operation", DETECT.values())
def test_texts_that_are_refused(site, operation):
    detect = getattr(site.medical(), operation)
    assert detect(Text="x" * 20_000)["ModelVersion"]
    for text in ("x" * 20_001, "é" * 10_001):
        with pytest.raises(ClientError) as raised:
            detect(Text=text)
        assert code(raised) == "TextSizeLimitExceededException"


def test_operations_that_are_not_there_say_so(site):
    for operation in ("InferICD10CM", "StartRxNormInferenceJob", "DetectEntities"):
        answer = call(site.api, operation, {"Text": "x"}, target=TARGET, service="comprehendmedical")
        assert answer.type == "UnknownOperationException" and "not implement" in answer.message, answer
    answer = call(site.api, "DetectPHI", {"Text": "x"}, target=TARGET, service="comprehend")
    assert (answer.status, answer.type) == (403, "InvalidSignatureException")
    empty = call(site.api, "DetectPHI", {"Text": ""}, target=TARGET, service="comprehendmedical")
    assert empty.type == "ValidationException"


# Batches


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("source", ["in/", "in"])
def test_a_batch_answers_as_the_synchronous_operation_does(site, kind, source):
    files = {"a.txt": NOTE, "deep/er/b.txt": OTHER, "náme with späce.txt": NOTE + "\r\n" + OTHER, "blank.txt": " \n"}
    bucket = site.bucket()
    site.put(bucket, {name: text.encode() for name, text in files.items()}, prefix="in/")
    site.put(bucket, {"in/deep/": b"", "elsewhere.txt": b"aspirin"})
    properties, written, summary = run(site, kind, bucket, source=source, target="results/")
    _, folder, job_type = TYPES[kind]
    directory = f"results/{ALICE.id}-{folder}-{properties['JobId']}/"
    assert properties["OutputDataConfig"] == {"S3Bucket": bucket, "S3Key": directory}
    assert set(written) == {f"{name}.out" for name in files} | {"Manifest", "success", "unprocessed"}
    for name, text in files.items():
        assert written[f"{name}.out"] == answered(site, kind, text), name
    duration = summary.pop("TotalDurationSeconds")
    assert 0 < duration < 60
    assert summary == {
        "Status": "COMPLETED",
        "JobType": job_type,
        "InputDataConfiguration": {"Bucket": bucket, "Path": source},
        "OutputDataConfiguration": {"Bucket": bucket, "Path": directory},
        "InputFileCount": 4,
        "TotalMeteredCharacters": sum(map(len, files.values())),
        "UnprocessedFilesCount": 0,
        "SuccessFilesCount": 4,
        "SuccessfulFilesListLocation": f"{directory}success",
        "UnprocessedFilesListLocation": f"{directory}unprocessed",
    }
    assert properties["ManifestFilePath"] == f"{directory}Manifest"
    assert listed(written, "unprocessed") == {}
    assert listed(written, "success") == {
        f"in/{name}": {
            "Input": f"in/{name}",
            "Output": f"{directory}{name}.out",
            "InputSize": len(text.encode()),
        }
        for name, text in files.items()
    }


def test_files_that_cannot_be_processed_are_listed_and_the_batch_goes_on(site):
    files = {
        "good.txt": NOTE.encode(),
        "at-the-limit.txt": b"aspirin " * (FILE_LIMIT // 8),
        "too-large.txt": b"x" * (FILE_LIMIT + 1),
        "latin1.txt": "Señora".encode("latin-1"),
        "noise.bin": bytes(range(256)),
        "empty.txt": b"",
    }
    bucket = site.bucket()
    site.put(bucket, files, prefix="in/")
    properties, written, summary = run(site, "entities", bucket, state="PARTIAL_SUCCESS")
    assert "Message" not in properties
    assert set(written) == {"good.txt.out", "at-the-limit.txt.out", "Manifest", "success", "unprocessed"}
    unprocessed = listed(written, "unprocessed")
    assert {name.removeprefix("in/"): file["ErrorCode"] for name, file in unprocessed.items()} == {
        "too-large.txt": "DOCUMENT_SIZE_EXCEEDED",
        "latin1.txt": "UNSUPPORTED_ENCODING",
        "noise.bin": "UNSUPPORTED_ENCODING",
        "empty.txt": "EMPTY_FILE",
    }
    for name, file in unprocessed.items():
        assert set(file) == {"Input", "Output", "InputSize", "ErrorCode", "ErrorMessage"}
        assert file["InputSize"] == len(files[name.removeprefix("in/")])
    assert set(listed(written, "success")) == {"in/good.txt", "in/at-the-limit.txt"}
    counts = [summary[f"{which}Count"] for which in ("InputFile", "SuccessFiles", "UnprocessedFiles")]
    assert (summary["Status"], counts) == ("PARTIAL_SUCCESS", [6, 2, 4])
    assert summary["TotalMeteredCharacters"] == len(NOTE) + FILE_LIMIT
    found = site.medical().list_entities_detection_v2_jobs(Filter={"JobStatus": "PARTIAL_SUCCESS"})
    assert properties["JobId"] in [job["JobId"] for job in found["ComprehendMedicalAsyncJobPropertiesList"]]
    with pytest.raises(ClientError) as raised:
        site.medical().stop_entities_detection_v2_job(JobId=properties["JobId"])
    assert code(raised) == "InvalidRequestException"


def test_a_batch_of_nothing_but_bad_files_fails_and_says_why(site):
    bucket = site.bucket()
    site.put(bucket, {"in/empty.txt": b"", "in/bad.txt": b"\xff"})
    properties, written, summary = run(site, "phi", bucket, state="FAILED")
    assert properties["Message"].startswith("NO_FILES_PROCESSED: ")
    assert (summary["Status"], summary["SuccessFilesCount"]) == ("FAILED", 0)
    assert len(listed(written, "unprocessed")) == 2 and listed(written, "success") == {}
    nothing = wait(site, "phi", start(site, "phi", site.bucket()), "FAILED")
    assert nothing["Message"].startswith("INPUT_NOT_FOUND: ")


def test_output_below_the_input_is_not_taken_for_input(site):
    bucket = site.bucket()
    site.put(bucket, {"a.txt": NOTE.encode()})
    _, written, summary = run(site, "phi", bucket, source=None, target="", InputDataConfig={"S3Bucket": bucket})
    assert (summary["InputFileCount"], listed(written, "unprocessed")) == (1, {})
    assert summary["InputDataConfiguration"]["Path"] == ""


def test_many_files(site):
    """More than one shard, more than one page of a listing."""
    bucket = site.bucket()
    files = {f"{number:04}.txt": f"Patient {number} takes aspirin.".encode() for number in range(1100)}
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda name: site.put(bucket, {name: files[name]}, prefix="in/"), files))
    folder = wait(site, "phi", start(site, "phi", bucket), "COMPLETED")["OutputDataConfig"]["S3Key"]
    written = {name: site.read(bucket, folder + name) for name in ("Manifest", "success")}
    summary = json.loads(written["Manifest"])["Summary"]
    assert (summary["InputFileCount"], summary["SuccessFilesCount"]) == (1100, 1100)
    assert list(listed(written, "success")) == [f"in/{name}" for name in sorted(files)]
    assert len(site.keys(bucket, folder)) == 1103


def test_files_that_came_late_changed_or_went_are_unprocessed(make_standalone):
    """The worker is slowed by the size of what comes first; meanwhile the rest of the input changes."""
    site = make_standalone(settings={"CONSTRUE__PIPELINE__SLOTS": "1", "CONSTRUE__PIPELINE__SHARD_BYTES": "65536"})
    bucket = site.bucket()
    heavy = ((OTHER + "\n") * 1000).encode()[: FILE_LIMIT - 100]
    site.put(bucket, {f"in/a{number:02}.txt": heavy for number in range(90)})
    site.put(bucket, {"in/y-changed.txt": NOTE.encode(), "in/z-deleted.txt": NOTE.encode()})
    job = start(site, "entities", bucket)
    wait_until(lambda: describe(site, "entities", job)["JobStatus"] == "IN_PROGRESS", "the job to be planned", 30)
    site.put(bucket, {"in/y-changed.txt": OTHER.encode(), "in/m-late.txt": NOTE.encode()})
    site.s3().delete_object(Bucket=bucket, Key="in/z-deleted.txt")
    properties = wait(site, "entities", job, "PARTIAL_SUCCESS", timeout=180)
    place = properties["OutputDataConfig"]
    written = site.read_prefix(f"s3://{place['S3Bucket']}/{place['S3Key']}")
    assert {name: file["ErrorCode"] for name, file in listed(written, "unprocessed").items()} == {
        "in/m-late.txt": "FILE_ADDED_AFTER_START",
        "in/y-changed.txt": "FILE_CHANGED",
        "in/z-deleted.txt": "FILE_NOT_FOUND",
    }
    assert len(listed(written, "success")) == 90
    # A second one is stopped on its way: what was done is kept, and the lists together name every file.
    job = start(site, "entities", bucket)
    wait_until(lambda: describe(site, "entities", job)["JobStatus"] == "IN_PROGRESS", "the job to be planned", 30)
    assert site.medical().stop_entities_detection_v2_job(JobId=job)["JobId"] == job
    place = wait(site, "entities", job, "STOPPED")["OutputDataConfig"]
    written = site.read_prefix(f"s3://{place['S3Bucket']}/{place['S3Key']}")
    assert json.loads(written["Manifest"])["Summary"]["Status"] == "STOPPED"
    unprocessed, success = listed(written, "unprocessed"), listed(written, "success")
    assert {file["ErrorCode"] for file in unprocessed.values()} == {"JOB_STOPPED"}
    assert not set(unprocessed) & set(success) and len(unprocessed) + len(success) == 92
    assert {name for name in written if name.endswith(".out")} == {f"{n.removeprefix('in/')}.out" for n in success}


@pytest.mark.parametrize("source", ["in/ward", "in/ward/"])
def test_an_input_key_may_lack_its_slash(site, source):
    """Then it also begins the names of files beside the folder, and those have outputs of their own."""
    beside = {"in/ward-7.txt": NOTE, "in/ward.txt": OTHER} if source == "in/ward" else {}
    within = {"in/ward/a.txt": NOTE, "in/ward/ward.txt": OTHER + NOTE}
    bucket = site.bucket()
    site.put(bucket, {key: text.encode() for key, text in {**within, **beside}.items()})
    _, written, _ = run(site, "phi", bucket, source=source)
    success = listed(written, "success")
    assert set(success) == {*within, *beside}
    folder = "in/" if beside else "in/ward/"
    assert {name for name in written if name.endswith(".out")} == {
        f"{key.removeprefix(folder)}.out" for key in (*within, *beside)
    }
    for key, text in {**within, **beside}.items():
        assert written[f"{key.removeprefix(folder)}.out"] == answered(site, "phi", text), key


def test_a_file_that_the_role_may_not_read_is_listed_and_the_batch_goes_on(make_cluster):
    site = make_cluster(workers=0)
    gate = Gate(site.s3_url)
    gate.deny(rb"GET /[^ ]*/in/sealed[^ ]* ")
    site.add_worker("medical", CONSTRUE__OBJECTS__ENDPOINT=gate.url)
    bucket = site.bucket()
    site.put(bucket, {f"in/{name}.txt": NOTE.encode() for name in ("open", "sealed-1", "sealed-2", "z-open")})
    _, written, summary = run(site, "entities", bucket, state="PARTIAL_SUCCESS")
    unprocessed = {key: file["ErrorCode"] for key, file in listed(written, "unprocessed").items()}
    assert unprocessed == {f"in/sealed-{n}.txt": "NO_READ_ACCESS_TO_FILE" for n in (1, 2)}
    assert set(listed(written, "success")) == {"in/open.txt", "in/z-open.txt"}
    assert summary["UnprocessedFilesCount"] == 2
    gate.close()


def test_a_finaliser_killed_between_the_lists_and_the_manifest(make_cluster):
    """The next one writes all three anew, and they agree."""
    site = make_cluster(workers=0, medical_workers=1)
    gate = Gate(site.s3_url)
    site.control_plane.kill()
    site.start_control_plane(CONSTRUE__OBJECTS__ENDPOINT=gate.url)
    bucket = site.bucket()
    site.put(bucket, {"in/a.txt": NOTE.encode(), "in/b.txt": b"", "in/c.txt": OTHER.encode()})
    gate.hold(rb"(PUT|POST) /[^ ]*/Manifest[ ?]")
    job = start(site, "phi", bucket)
    gate.wait_held()
    site.control_plane.kill()
    gate.close()
    folder = f"out/{ALICE.id}-PHIDetection-{job}/"
    assert {"success", "unprocessed"} <= {key.removeprefix(folder) for key in site.keys(bucket, folder)}
    assert f"{folder}Manifest" not in site.keys(bucket, folder)
    site.put(bucket, {"in/late.txt": NOTE.encode()})
    site.start_control_plane()
    properties = wait(site, "phi", job, "PARTIAL_SUCCESS")
    assert properties["ManifestFilePath"] == f"{folder}Manifest"
    written = site.read_prefix(f"s3://{bucket}/{folder}")
    assert set(written) == {"a.txt.out", "c.txt.out", "Manifest", "success", "unprocessed"}
    assert set(listed(written, "success")) == {"in/a.txt", "in/c.txt"}
    unprocessed = {key: file["ErrorCode"] for key, file in listed(written, "unprocessed").items()}
    assert unprocessed == {"in/b.txt": "EMPTY_FILE", "in/late.txt": "FILE_ADDED_AFTER_START"}
    summary = json.loads(written["Manifest"])["Summary"]
    counts = [summary[f"{which}Count"] for which in ("InputFile", "SuccessFiles", "UnprocessedFiles")]
    assert counts == [4, 2, 2]


# Describe, list, stop


def test_describe_list_and_tokens(site):
    bucket = site.bucket()
    site.put(bucket, {"in/a.txt": NOTE.encode()})
    client = site.medical(region="eu-north-1")  # A region of its own: nothing else is listed there.
    token, name = uuid.uuid4().hex, f"listed-{uuid.uuid4().hex[:8]}"
    members = request(bucket, JobName=name, ClientRequestToken=token)
    job = client.start_phi_detection_job(**members)["JobId"]
    assert client.start_phi_detection_job(**members)["JobId"] == job
    with pytest.raises(ClientError) as raised:
        client.start_phi_detection_job(**{**members, "JobName": "another"})
    assert code(raised) == "InvalidRequestException"
    second = client.start_phi_detection_job(**request(bucket))["JobId"]

    def of(**filters):
        pages, token = [], {}
        while True:
            page = client.list_phi_detection_jobs(MaxResults=1, **filters, **token)
            pages += [entry["JobId"] for entry in page["ComprehendMedicalAsyncJobPropertiesList"]]
            if "NextToken" not in page:
                return pages
            token = {"NextToken": page["NextToken"]}

    assert of() == [second, job]
    assert of(Filter={"JobName": name}) == [job]
    with pytest.raises(ClientError) as raised:
        of(Filter={"JobName": name, "JobStatus": "FAILED"})
    assert code(raised) == "ValidationException"
    wait_until(lambda: of(Filter={"JobStatus": "COMPLETED"}) == [second, job], "both to be completed", 60)
    shown = client.describe_phi_detection_job(JobId=job)["ComprehendMedicalAsyncJobProperties"]
    submitted, ended, expires = (shown.pop(f"{which}Time") for which in ("Submit", "End", "Expiration"))
    assert submitted <= ended and expires - submitted == datetime.timedelta(days=120)
    assert shown.pop("ModelVersion")
    folder = f"{ALICE.id}-PHIDetection-{job}/"
    assert shown == {
        "JobId": job,
        "JobName": name,
        "JobStatus": "COMPLETED",
        "InputDataConfig": {"S3Bucket": bucket, "S3Key": "in/"},
        "OutputDataConfig": {"S3Bucket": bucket, "S3Key": f"out/{folder}"},
        "LanguageCode": "en",
        "DataAccessRoleArn": ALICE.role_arn,
        "ManifestFilePath": f"out/{folder}Manifest",
    }
    # Not another type's, account's or region's; nor one that never was.
    for ask in (
        lambda: client.describe_entities_detection_v2_job(JobId=job),
        lambda: site.medical(BOB, region="eu-north-1").describe_phi_detection_job(JobId=job),
        lambda: site.medical().describe_phi_detection_job(JobId=job),
        lambda: client.stop_phi_detection_job(JobId="0" * 32),
    ):
        with pytest.raises(ClientError) as raised:
            ask()
        assert code(raised) == "ResourceNotFoundException"


@pytest.mark.parametrize(
    "members, expected",
    [
        ({"LanguageCode": "es"}, "ValidationException"),
        ({"InputDataConfig": {"S3Bucket": "UPPER"}}, "ValidationException"),
        ({"InputDataConfig": {"S3Bucket": "some-bucket", "S3Key": "a//b"}}, "InvalidRequestException"),
        ({"KMSKey": "1234abcd-12ab-34cd-56ef-1234567890aX"}, "InvalidRequestException"),
        ({"DataAccessRoleArn": BOB.role_arn}, "InvalidRequestException"),
    ],
)
def test_requests_that_are_refused(site, members, expected):
    for kind in TYPES:
        with pytest.raises(ClientError) as raised:
            start(site, kind, "some-bucket", **members)
        assert code(raised) == expected


def test_the_command_line_client(site, tmp_path):
    """Start, describe, list, stop, fetch and detect with the AWS CLI."""

    def aws(*arguments, succeeds=True):
        done = subprocess.run(
            [aws_program(), "--output", "json", *arguments],
            env=site.cli_environment(),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert (done.returncode == 0) == succeeds, done.stdout + done.stderr
        return done

    def medical(*arguments):
        return json.loads(aws("comprehendmedical", *arguments).stdout)

    bucket = site.bucket()
    site.put(bucket, {"in/a.txt": NOTE.encode()})
    started = medical(
        "start-entities-detection-v2-job",
        *("--input-data-config", f"S3Bucket={bucket},S3Key=in/"),
        *("--output-data-config", f"S3Bucket={bucket},S3Key=out"),
        *("--data-access-role-arn", ALICE.role_arn),
        *("--language-code", "en"),
    )
    job = started["JobId"]
    wait(site, "entities", job, "COMPLETED")
    shown = medical("describe-entities-detection-v2-job", "--job-id", job)["ComprehendMedicalAsyncJobProperties"]
    jobs = medical("list-entities-detection-v2-jobs")["ComprehendMedicalAsyncJobPropertiesList"]
    assert job in [entry["JobId"] for entry in jobs]
    place = shown["OutputDataConfig"]
    aws("s3", "cp", "--recursive", f"s3://{place['S3Bucket']}/{place['S3Key']}", str(tmp_path / "outbox"))
    fetched = json.loads((tmp_path / "outbox/a.txt.out").read_bytes())
    assert medical("detect-entities-v2", "--text", NOTE) == fetched
    assert medical("detect-phi", "--text", NOTE)["Entities"]
    refused = aws("comprehendmedical", "stop-entities-detection-v2-job", "--job-id", job, succeeds=False)
    assert "InvalidRequestException" in refused.stderr
    unknown = aws("comprehendmedical", "describe-phi-detection-job", "--job-id", "0" * 32, succeeds=False)
    assert "ResourceNotFoundException" in unknown.stderr
