"""Bad input: each gets the exact error of the contract, and the server goes on."""

import datetime
import json
import re
import socket
import subprocess
import uuid
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

import signing
from corpus import line_file
from processes import binary, clean_environment
from signing import call, post, signed_headers
from sites import ALICE, BOB, fetch

START, DESCRIBE, LIST, STOP = (
    "StartPiiEntitiesDetectionJob",
    "DescribePiiEntitiesDetectionJob",
    "ListPiiEntitiesDetectionJobs",
    "StopPiiEntitiesDetectionJob",
)
UNKNOWN_JOB = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def valid(site):
    return site.request("s3://some-bucket/in", "s3://some-bucket/out")


@pytest.fixture(autouse=True)
def goes_on(request):
    """Whatever a test did to the shared sites, they answer afterwards."""
    yield
    if "site" in request.fixturenames:
        site = request.getfixturevalue("site")
        assert call(site.api, LIST, {}).status == 200
        assert fetch(f"{site.api}/_construe/health/ready")[0] == 200
        assert all(process.exit_code is None for process in site.processes())


def assert_error(answer, status, kind, *fragments):
    assert (answer.status, answer.type) == (status, kind), answer
    assert answer.message, answer
    for fragment in fragments:
        assert fragment in answer.message, answer
    assert answer.headers["x-amzn-requestid"], "every answer has a request id"


# The wire


def test_success_carries_a_request_id(site):
    answer = call(site.api, LIST, {"unknown member": 1, "NextToken": None})
    assert answer.status == 200 and answer.headers["x-amzn-requestid"]
    assert answer.headers["content-type"] == "application/x-amz-json-1.1"
    assert isinstance(answer.json["PiiEntitiesDetectionJobPropertiesList"], list)


@pytest.mark.parametrize(
    "body", [b'{"JobId": ', b"", b"\xff\xfe", b"[]", b'"text"', b"{}{}", b"[" * 100_000], ids=lambda b: repr(b[:8])
)
def test_broken_json(site, body):
    answer = call(site.api, DESCRIBE, body)
    # Some read an empty body as an empty object; then the missing member is the error.
    kinds = ("SerializationException", "ValidationException") if not body else ("SerializationException",)
    assert (answer.status, answer.type in kinds) == (400, True), answer


@pytest.mark.parametrize(
    "change",
    [
        {"JobName": 5},
        {"InputDataConfig": "s3://b/k"},
        {"Tags": {"Key": "a"}},
        {"RedactionConfig": {"PiiEntityTypes": "ALL"}},
        {"LanguageCode": ["en"]},
        {"Mode": True},
    ],
    ids=lambda change: next(iter(change)),
)
def test_wrong_json_types(site, valid, change):
    assert_error(call(site.api, START, valid | change), 400, "SerializationException")


def test_unknown_and_unfinished_operations(site):
    unknown = call(site.api, "MakeCoffee", {})
    assert_error(unknown, 400, "UnknownOperationException")
    known = call(site.api, "StartTopicsDetectionJob", {})
    assert_error(known, 400, "UnknownOperationException", "StartTopicsDetectionJob", "not")
    assert known.message != unknown.message.replace("MakeCoffee", "StartTopicsDetectionJob")
    body = b"{}"
    other = post(site.api, body, signed_headers(site.api, "NoSuchService_20200101.DescribeThing", body))
    assert_error(other, 400, "UnknownOperationException")


# Signatures


def test_signature_failures(site):
    minutes = lambda count: datetime.timedelta(minutes=count)  # noqa: E731
    stranger = ALICE.__class__(ALICE.id, "AKIANOBODYKNOWSTHIS1", ALICE.secret)
    assert_error(call(site.api, LIST, {}, secret=ALICE.secret[::-1]), 403, "InvalidSignatureException")
    assert_error(call(site.api, LIST, {}, account=stranger), 403, "UnrecognizedClientException")
    assert_error(call(site.api, LIST, {}, skew=minutes(-16)), 403, "InvalidSignatureException")
    assert_error(call(site.api, LIST, {}, skew=minutes(16)), 403, "InvalidSignatureException")
    assert_error(call(site.api, LIST, {}, service="comprehendmedical"), 403, "InvalidSignatureException")
    assert_error(call(site.api, LIST, {}, service="s3"), 403, "InvalidSignatureException")
    for within in (-14, 14):
        assert call(site.api, LIST, {}, skew=minutes(within)).status == 200


def test_changed_requests_and_unreadable_signatures(site):
    body = b'{"MaxResults": 5}'
    headers = signed_headers(site.api, f"{signing.TARGET}.{LIST}", body)
    assert post(site.api, body, headers).status == 200
    assert_error(post(site.api, b'{"MaxResults": 6}', headers), 403, "InvalidSignatureException")
    elsewhere = headers | {"x-amz-target": f"{signing.TARGET}.{STOP}"}
    assert_error(post(site.api, body, elsewhere), 403, "InvalidSignatureException")

    bare = {name: value for name, value in headers.items() if name != "authorization"}
    assert_error(post(site.api, body, bare), 403, "MissingAuthenticationTokenException")
    for unreadable in (
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=broken",
        "Basic YWxpY2U6c2VjcmV0",
        headers["authorization"].replace("SignedHeaders=", "Headers="),
    ):
        answer = post(site.api, body, headers | {"authorization": unreadable})
        assert_error(answer, 400, "IncompleteSignatureException")
    # A signature that covers neither the host nor the target protects nothing.
    partial = re.sub(r"SignedHeaders=[^,]*", "SignedHeaders=x-amz-date", headers["authorization"])
    assert post(site.api, body, headers | {"authorization": partial}).status in (400, 403)


def test_no_error_repeats_a_secret_or_the_right_signature(site):
    """An error text that helps to forge a signature would be worse than no text."""
    good = signed_headers(site.api, f"{signing.TARGET}.{LIST}", b"{}")
    expected = good["authorization"].rpartition("Signature=")[2]
    forged = good["authorization"].replace(expected, "0" * 64)
    answer = post(site.api, b"{}", good | {"authorization": forged})
    assert_error(answer, 403, "InvalidSignatureException")
    assert expected not in answer.text and ALICE.secret not in answer.text


def test_oversize_body(site):
    """Refused from its announced length, before it is all sent; the connection may close."""
    place = urlsplit(site.api)
    size = 1 << 30
    headers = signed_headers(site.api, f"{signing.TARGET}.{LIST}", b"{}") | {"content-length": str(size)}
    head = "POST / HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n"
    with socket.create_connection((place.hostname, place.port), timeout=20) as connection:
        connection.sendall(head.encode() + b" " * 1000)
        status = connection.makefile("rb").readline()
    assert status.split()[1] == b"413", status
    # The same without an announced length.
    headers = signed_headers(site.api, f"{signing.TARGET}.{LIST}", b"{}") | {"transfer-encoding": "chunked"}
    head = "POST / HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n"
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    with socket.create_connection((place.hostname, place.port), timeout=20) as connection:
        try:
            connection.sendall(head.encode())
            for _ in range(1024):
                connection.sendall(chunk)
        except OSError:
            pass  # The server has stopped listening to it; its answer is still there.
        try:
            status = connection.makefile("rb").readline()
        except ConnectionResetError:
            status = b"HTTP/1.1 413 reset"
    assert status.split()[1] == b"413", status


# Constraints


def test_every_violation_is_reported_at_once(site, valid):
    broken = valid | {
        "InputDataConfig": {"S3Uri": "ftp://some-bucket/in", "InputFormat": "ONE_DOC_PER_PAGE"},
        "OutputDataConfig": {"S3Uri": "s3://B/" + "k" * 1100},
        "DataAccessRoleArn": "not-an-arn",
        "LanguageCode": "xx",
        "Mode": "ONLY_GUESSES",
        "JobName": "n" * 257,
        "RedactionConfig": {"PiiEntityTypes": ["EMAIL", "SHOE_SIZE"], "MaskCharacter": "x"},
    }
    answer = call(site.api, START, broken)
    assert_error(answer, 400, "ValidationException", "validation errors detected")
    for path in (
        "inputDataConfig.s3Uri",
        "inputDataConfig.inputFormat",
        "outputDataConfig.s3Uri",
        "dataAccessRoleArn",
        "languageCode",
        "mode",
        "jobName",
        "redactionConfig.piiEntityTypes",
        "redactionConfig.maskCharacter",
    ):
        assert f"'{path}" in answer.message, (path, answer.message)
    assert len(answer.text) < 20_000, "values are echoed only up to a point"
    missing = call(site.api, START, {})
    assert_error(missing, 400, "ValidationException")
    for path in ("inputDataConfig", "outputDataConfig", "dataAccessRoleArn", "languageCode", "mode"):
        assert f"'{path}'" in missing.message, (path, missing.message)
    assert_error(call(site.api, LIST, {"MaxResults": 501}), 400, "ValidationException", "maxResults")
    assert_error(call(site.api, DESCRIBE, {"JobId": "j" * 33}), 400, "ValidationException", "jobId")


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        ({"DataAccessRoleArn": BOB.role_arn}, ["InvalidRequestException"]),
        ({"Mode": "ONLY_REDACTION"}, ["InvalidRequestException"]),
        ({"Mode": "ONLY_REDACTION", "RedactionConfig": {"MaskMode": "MASK"}}, ["InvalidRequestException"]),
        ({"LanguageCode": "ja"}, ["UnsupportedLanguageException", "ValidationException", "InvalidRequestException"]),
        ({"Tags": [{"Key": f"k{n}"} for n in range(51)]}, ["TooManyTagsException"]),
        ({"Tags": [{"Key": "twice"}, {"Key": "twice"}]}, ["InvalidRequestException"]),
        ({"Tags": [{"Key": "aws:mine"}]}, ["InvalidRequestException"]),
    ],
    ids=["role", "no-redaction-config", "no-types", "language", "tags", "tag-twice", "tag-reserved"],
)
def test_failures_of_meaning(site, valid, change, kinds):
    answer = call(site.api, START, valid | change)
    assert answer.status == 400 and answer.type in kinds, answer


def test_a_key_for_results_is_used_or_refused_but_never_ignored(site):
    """Neither installation has a key service: no result may appear as if it had been encrypted."""
    bucket = site.bucket()
    site.put(bucket, {"in.txt": b"one line\n"})
    key = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    target = {"S3Uri": f"s3://{bucket}/out", "KmsKeyId": key}
    answer = call(site.api, START, site.request(f"s3://{bucket}/in.txt", "", OutputDataConfig=target))
    if answer.status == 200:
        failed = site.wait(answer.json["JobId"], "FAILED")
        assert re.match(r"[A-Z_]+: \S", failed["Message"]), failed
        assert failed["OutputDataConfig"]["KmsKeyId"] == key
    else:
        assert_error(answer, 400, "KmsKeyValidationException")
    assert site.keys(bucket) == ["in.txt"]


# Other people's jobs


def test_a_job_is_its_accounts_own(site):
    bucket = site.bucket()
    site.put(bucket, {"in.txt": b"one line\n"})
    job = site.start(f"s3://{bucket}/in.txt", f"s3://{bucket}/out", JobName="alices-own")
    for operation in (DESCRIBE, STOP):
        assert_error(call(site.api, operation, {"JobId": job}, account=BOB), 400, "JobNotFoundException")
        assert_error(call(site.api, operation, {"JobId": UNKNOWN_JOB}), 400, "JobNotFoundException")
        assert_error(call(site.api, operation, {"JobId": "no-such-form"}), 400, "JobNotFoundException")
    listed = call(site.api, LIST, {"Filter": {"JobName": "alices-own"}}, account=BOB).json
    assert listed["PiiEntitiesDetectionJobPropertiesList"] == []
    site.wait(job, "COMPLETED")


# Jobs that cannot succeed


def test_places_that_do_not_work_fail_the_job_with_what_and_where(site):
    mine, bobs, missing = site.bucket(), site.bucket(account=BOB), f"missing-{uuid.uuid4().hex[:12]}"
    site.put(mine, {"in.txt": b"text\n", "folder/": b""})
    site.put(bobs, {"in.txt": b"private\n"}, account=BOB)
    good = f"s3://{mine}/in.txt"
    cases = {
        "missing input bucket": (f"s3://{missing}/in", f"s3://{mine}/out", missing),
        "empty prefix": (f"s3://{mine}/nothing-here/", f"s3://{mine}/out", f"s3://{mine}/nothing-here/"),
        "only a folder marker": (f"s3://{mine}/folder/", f"s3://{mine}/out", f"s3://{mine}/folder/"),
        "foreign input": (f"s3://{bobs}/in.txt", f"s3://{mine}/out", "NO_READ_ACCESS_TO_INPUT: "),
        "missing output bucket": (good, f"s3://{missing}/out", missing),
        "foreign output": (good, f"s3://{bobs}/out", "NO_WRITE_ACCESS_TO_OUTPUT: "),
    }
    jobs = {name: site.start(source, target) for name, (source, target, _) in cases.items()}
    for name, job in jobs.items():
        failed = site.wait(job, "FAILED")
        assert re.match(r"[A-Z_]+: \S", failed["Message"]), (name, failed["Message"])
        assert cases[name][2] in failed["Message"], (name, failed["Message"])
        assert failed["EndTime"] >= failed["SubmitTime"]
        assert_error(call(site.api, STOP, {"JobId": job}), 400, "InvalidRequestException")
    assert failed["Message"].startswith("NO_WRITE_ACCESS_TO_OUTPUT: ")
    assert site.keys(bobs, account=BOB) == ["in.txt"]
    assert site.keys(mine) == ["folder/", "in.txt"], "failed jobs leave nothing"
    site.run(good, f"s3://{mine}/out")


@pytest.mark.parametrize("change", ["overwritten", "deleted"])
def test_input_that_changes_after_planning_fails_the_job(make_cluster, change):
    """No worker runs until the plan stands and the input is no longer what was planned."""
    site = make_cluster(workers=0)
    file, bucket = line_file(100, 50), site.bucket()
    site.put(bucket, {f"in/{n}.txt": file.body for n in range(3)})
    job = site.start(f"s3://{bucket}/in/", f"s3://{bucket}/out")
    site.wait(job, "IN_PROGRESS")
    if change == "overwritten":
        site.put(bucket, {"in/1.txt": file.body + b"one more line\n"})
    else:
        site.s3().delete_object(Bucket=bucket, Key="in/1.txt")
    site.add_worker()
    failed = site.wait(job, "FAILED")
    assert re.match(r"INPUT_[A-Z_]+: ", failed["Message"]) and f"s3://{bucket}/in/1.txt" in failed["Message"], failed
    assert site.keys(bucket, "out") == []
    # What follows is not disturbed.
    site.put(bucket, {"in/1.txt": file.body})
    _, outputs = site.run(f"s3://{bucket}/in/", f"s3://{bucket}/out")
    assert len(outputs) == 3


def test_an_output_that_someone_else_wrote_is_left_alone(make_cluster):
    """Nothing of the customer's is overwritten, even in a folder that carries the job's own id."""
    site = make_cluster(workers=0)
    bucket = site.bucket()
    site.put(bucket, {"in.txt": b"one line\n"})
    job = site.start(f"s3://{bucket}/in.txt", f"s3://{bucket}/out")
    site.wait(job, "IN_PROGRESS")
    taken = f"out/{ALICE.id}-PII-{job}/output/in.txt.out"
    site.put(bucket, {taken: b"not yours"})
    site.add_worker()
    failed = site.wait(job, "FAILED")
    assert re.match(r"OUTPUT_[A-Z_]+: ", failed["Message"]) and taken in failed["Message"], failed
    assert site.read(bucket, taken) == b"not yours"


# Stop


def test_stop_of_a_finished_job_is_refused(site):
    bucket = site.bucket()
    site.put(bucket, {"in.txt": b"one line\n"})
    properties, _ = site.run(f"s3://{bucket}/in.txt", f"s3://{bucket}/out")
    with pytest.raises(ClientError) as raised:
        site.stop(properties["JobId"])
    assert raised.value.response["Error"]["Code"] == "InvalidRequestException"
    assert site.describe(properties["JobId"]) == properties


def test_an_oversized_request_of_many_members_is_not_the_end(site, valid):
    """Large but within the limit of a body: refused by its rules, quickly."""
    answer = call(site.api, START, valid | {"Tags": [{"Key": f"{n}", "Value": "v" * 200} for n in range(2000)]})
    assert answer.status in (400, 413), answer
    assert json.loads(answer.text)


# The control plane


def test_the_control_plane_asks_for_its_token(cluster):
    for token in ([], ["--token", "wrong"], ["--token", cluster.control_token + "x"]):
        for command in (["workers", "list"], ["jobs", "stop", UNKNOWN_JOB]):
            done = construe(cluster, *command, *token)
            assert done.returncode == 1 and "bearer token" in done.stderr, done
            assert cluster.control_token not in done.stderr


def test_client_commands_name_what_is_wrong(site):
    token = ["--token", site.control_token] if site.control_token else []
    for command in (["jobs", "inspect", UNKNOWN_JOB], ["jobs", "stop", UNKNOWN_JOB], ["workers", "drain", "nobody"]):
        done = construe(site, *command, *token)
        assert done.returncode == 1 and "no such" in done.stderr.lower(), done
    done = construe(site, "jobs", "inspect", "not-an-id", *token)
    assert done.returncode == 1 and "hexadecimal" in done.stderr, done


def construe(site, *arguments):
    return subprocess.run(
        [binary(), *arguments, "--control", site.control],
        capture_output=True,
        text=True,
        timeout=30,
        env=clean_environment(site.directory),
    )
