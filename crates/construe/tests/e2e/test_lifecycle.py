"""The life of a PII job as boto3 sees it, in both modes."""

import datetime
import re
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from corpus import CR, CRLF, LF, line_file
from outputs import check_entities, check_line_output, exact_findings, records, redacted, redacted_file
from signing import call
from sites import ALICE, BOB, TERMINAL, split_uri
from waiting import wait_until


def error_code(raised):
    return raised.value.response["Error"]["Code"]


@pytest.fixture
def place(site):
    """A bucket with an input file of ten lines, for tests that are not about the input."""
    bucket = site.bucket()
    site.put(bucket, {"in/ten.txt": line_file(1, 10).body})
    return bucket


# Output


def test_line_files_of_every_shape(site):
    """Line ends of all kinds, blank lines, no last end, traps for offsets, nested keys, an empty file and
    a folder marker: each line appears once, in order, and exact findings are where the corpus put them."""
    files = {
        "lf.txt": line_file(11, 120, (LF,)),
        "cr.txt": line_file(12, 60, (CR,)),
        "crlf.txt": line_file(13, 60, (CRLF,)),
        "mixed.txt": line_file(14, 200, (LF, CR, CRLF), blank_every=7),
        "unended.txt": line_file(15, 21, (LF,), last_terminated=False),
        "blank-lines.txt": line_file(16, 40, (LF, CRLF), blank_every=2),
        "one.txt": line_file(17, 1, last_terminated=False),
        "deeper/down/lf.txt": line_file(18, 15),
        # Larger than a shard, so that it is cut; mixed ends, so that cuts meet CRLF.
        "large.txt": line_file(19, 2500, (LF, CRLF, CR)),
        "náme with späce+plus&.txt": line_file(20, 5),
        "empty.txt": line_file(21, 0),
    }
    bucket = site.bucket()
    site.put(bucket, {name: file.body for name, file in files.items()}, prefix="in/")
    site.put(bucket, {"in/": b"", "in/deeper/": b"", "other/out-of-scope.txt": b"nobody@example.org\n"})
    properties, outputs = site.run(f"s3://{bucket}/in/", f"s3://{bucket}/results")

    assert sorted(outputs) == sorted(f"{name}.out" for name in files)
    for name, file in files.items():
        check_line_output(name.rpartition("/")[2], file.body, outputs[f"{name}.out"], file.lines)
    assert sum(len(line.findings) for file in files.values() for line in file.lines) > 3000
    assert "Message" not in properties


def test_prefix_is_the_beginning_of_keys_and_may_be_one_key(site):
    bucket = site.bucket()
    site.put(bucket, {"part-1.txt": b"a@b-mail.com\n", "part/2.txt": b"c@d-mail.com\n", "other.txt": b"x\n"})
    _, several = site.run(f"s3://{bucket}/part", f"s3://{bucket}/out/")
    assert sorted(several) == ["part-1.txt.out", "part/2.txt.out"]
    _, single = site.run(f"s3://{bucket}/part-1.txt", f"s3://{bucket}/out/")
    assert list(single) == ["part-1.txt.out"]
    assert records(single["part-1.txt.out"])[0]["File"] == "part-1.txt"
    source = site.bucket()
    site.put(source, {"x": b"one\n", "y/z": b"two\n"})
    for uri in (f"s3://{source}", f"s3://{source}/"):
        _, whole = site.run(uri, f"s3://{bucket}/out")
        assert sorted(whole) == ["x.out", "y/z.out"]


def test_one_document_per_file(site):
    """A file is one document: line ends are ordinary characters, and records have no line."""
    files = {f"doc-{n}.txt": line_file(30 + n, 12, (LF, CRLF)) for n in range(4)}
    bucket = site.bucket()
    site.put(bucket, {name: file.body for name, file in files.items()}, prefix="in/")
    site.put(bucket, {"in/empty.txt": b"", "in/latin1.txt": "Señora".encode("latin-1")})
    site.put(bucket, {"in/huge.txt": b"x" * 1_048_577, "in/fits.txt": b"y" * 1_048_560 + b" q@mail-fit.com "})
    source = {"S3Uri": f"s3://{bucket}/in/", "InputFormat": "ONE_DOC_PER_FILE"}
    properties, outputs = site.run("", f"s3://{bucket}/results", InputDataConfig=source)
    assert properties["InputDataConfig"] == source
    assert len(outputs) == 8
    for name, file in files.items():
        (record,) = records(outputs[f"{name}.out"])
        assert set(record) == {"Entities", "File"} and record["File"] == name
        text = file.body.decode()
        check_entities(text, record["Entities"])
        expected, position = [], 0
        for line in file.lines:
            position = text.index(line.text, position)
            expected += [(kind, begin + position, end + position) for kind, begin, end in line.findings]
        assert exact_findings(record["Entities"]) == expected
    assert records(outputs["empty.txt.out"]) == [{"Entities": [], "File": "empty.txt"}]
    (bad,) = records(outputs["latin1.txt.out"])
    assert bad.pop("ErrorMessage") and bad == {"ErrorCode": "UNSUPPORTED_ENCODING", "File": "latin1.txt"}
    (huge,) = records(outputs["huge.txt.out"])
    assert huge.pop("ErrorMessage") and huge == {"ErrorCode": "DOCUMENT_SIZE_EXCEEDED", "File": "huge.txt"}
    (fits,) = records(outputs["fits.txt.out"])
    assert exact_findings(fits["Entities"]) == [("EMAIL", 1_048_561, 1_048_575)]


def test_bad_lines_become_error_records_and_the_others_go_on(site):
    good = line_file(40, 6).body.split(b"\n")[:6]
    longest = b"z" * 1_048_576
    lines = [good[0], b"caf\xe9 \xff\xfe", good[1], b"w" * 1_048_577, longest, good[2], b"\xc3", "ünïcode".encode()]
    body = b"\r\n".join(lines)
    bucket = site.bucket()
    site.put(bucket, {"in/bad.txt": body, "in/good.txt": good[3] + b"\n"})
    _, outputs = site.run(f"s3://{bucket}/in/", f"s3://{bucket}/out")
    found = check_line_output("bad.txt", body, outputs["bad.txt.out"])
    assert [n for n, record in enumerate(found) if "ErrorCode" in record] == [1, 3, 6]
    assert "1048576" in found[3]["ErrorMessage"]
    check_line_output("good.txt", good[3] + b"\n", outputs["good.txt.out"])

    redaction = {"PiiEntityTypes": ["ALL"], "MaskMode": "MASK"}
    _, outputs = site.run(
        f"s3://{bucket}/in/bad.txt", f"s3://{bucket}/out", Mode="ONLY_REDACTION", RedactionConfig=redaction
    )
    redacted_lines = outputs["bad.txt.out"].split(b"\r\n")
    assert len(redacted_lines) == len(lines), "lines keep their number"
    assert redacted_lines[4] == longest
    for number in (1, 3, 6):
        assert b"ErrorCode" in redacted_lines[number] and b"caf" not in redacted_lines[number]


@pytest.mark.parametrize(
    "types", [["ALL"], ["EMAIL"], ["SSN", "CREDIT_DEBIT_NUMBER"]], ids=lambda types: "+".join(types)
)
def test_redaction_agrees_with_the_offsets(site, types):
    """The redacted copy is what the offsets of the same input say, byte for byte, in both mask modes."""
    file = line_file(50, 60, (LF, CRLF, CR), last_terminated=False, blank_every=9)
    bucket = site.bucket()
    site.put(bucket, {"in.txt": file.body})
    source, target = f"s3://{bucket}/in.txt", f"s3://{bucket}/out"
    _, outputs = site.run(source, target)
    found = records(outputs["in.txt.out"])
    chosen = None if types == ["ALL"] else set(types)
    cases = [
        ({"MaskMode": "MASK"}, {"mask": "*"}),
        ({"MaskMode": "MASK", "MaskCharacter": "#"}, {"mask": "#"}),
        ({"MaskMode": "REPLACE_WITH_PII_ENTITY_TYPE"}, {"replace": True}),
    ]
    jobs = [
        site.start(source, target, Mode="ONLY_REDACTION", RedactionConfig={"PiiEntityTypes": types, **config})
        for config, _ in cases
    ]
    for job, (config, options) in zip(jobs, cases, strict=True):
        properties = site.wait(job, "COMPLETED")
        assert properties["RedactionConfig"] == {"PiiEntityTypes": types, **config}
        assert properties["Mode"] == "ONLY_REDACTION"
        outputs = site.read_prefix(properties["OutputDataConfig"]["S3Uri"])
        assert outputs == {"in.txt.out": redacted_file(file.body, found, types=chosen, **options)}


def test_redaction_of_whole_files(site):
    file = line_file(60, 8, (LF,))
    bucket = site.bucket()
    site.put(bucket, {"note.txt": file.body})
    source = {"S3Uri": f"s3://{bucket}/note.txt", "InputFormat": "ONE_DOC_PER_FILE"}
    _, outputs = site.run("", f"s3://{bucket}/out", InputDataConfig=source)
    (record,) = records(outputs["note.txt.out"])
    _, outputs = site.run(
        "",
        f"s3://{bucket}/out",
        InputDataConfig=source,
        Mode="ONLY_REDACTION",
        RedactionConfig={"PiiEntityTypes": ["ALL"], "MaskMode": "REPLACE_WITH_PII_ENTITY_TYPE"},
    )
    expected = redacted(file.body.decode(), record["Entities"], replace=True)
    assert outputs == {"note.txt.out": expected.encode()}
    assert "[EMAIL]" in expected or "[SSN]" in expected


def test_small_and_large_files_together(site):
    """Large files are read as they are analysed, small ones ahead of that: neither may wait for the other."""
    bucket = site.bucket()
    large = b"Nothing to see here.\n" * 20_000
    bodies = {f"n{n:02d}.txt": large if n % 3 == 0 else b"Write to ann@example.com.\n" for n in range(40)}
    site.put(bucket, bodies, prefix="in/")
    source = {"S3Uri": f"s3://{bucket}/in/", "InputFormat": "ONE_DOC_PER_FILE"}
    _, outputs = site.run("", f"s3://{bucket}/out", timeout=25, InputDataConfig=source)
    assert sorted(outputs) == [f"{name}.out" for name in sorted(bodies)]
    for name, body in bodies.items():
        (record,) = records(outputs[f"{name}.out"])
        assert len(record["Entities"]) == (body != large), name


def test_many_small_files_and_spanish(site):
    """Hundreds of small objects share shards; each still gets an output of its own."""
    bodies = {f"n{n:04d}.txt": f"Escriba a persona{n}@correo-norte.es por favor.\n".encode() for n in range(300)}
    bucket = site.bucket()
    site.put(bucket, bodies, prefix="es/")
    _, outputs = site.run(f"s3://{bucket}/es/", f"s3://{bucket}/out", LanguageCode="es")
    assert sorted(outputs) == [f"{name}.out" for name in sorted(bodies)]
    for name, body in bodies.items():
        (record,) = check_line_output(name, body, outputs[f"{name}.out"])
        text = body.decode()
        surfaces = [text[e["BeginOffset"] : e["EndOffset"]] for e in record["Entities"] if e["Type"] == "EMAIL"]
        assert surfaces == [f"persona{int(name[1:5])}@correo-norte.es"]


# Describe


def test_describe_tells_the_job_as_the_contract_says(site, place):
    before = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=2)
    answer = site.comprehend().start_pii_entities_detection_job(
        **site.request(
            f"s3://{place}/in/",
            f"s3://{place}/results/",
            JobName="the-name",
            Tags=[{"Key": "team", "Value": "claims"}],
        )
    )
    job = answer["JobId"]
    assert re.fullmatch("[0-9a-f]{32}", job)
    arn = f"arn:aws:comprehend:us-east-1:{ALICE.id}:pii-entities-detection-job/{job}"
    assert (answer["JobArn"], answer["JobStatus"]) == (arn, "SUBMITTED")

    early = site.describe(job)
    final_location = f"s3://{place}/results/{ALICE.id}-PII-{job}/output/"
    assert early["OutputDataConfig"] == {"S3Uri": final_location}, "the final location is told from the beginning"
    if early["JobStatus"] not in TERMINAL:
        assert "EndTime" not in early

    done = site.wait(job, "COMPLETED")
    after = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=2)
    submitted, ended = done.pop("SubmitTime"), done.pop("EndTime")
    assert before <= submitted <= ended <= after
    assert done == {
        "JobId": job,
        "JobArn": arn,
        "JobName": "the-name",
        "JobStatus": "COMPLETED",
        "InputDataConfig": {"S3Uri": f"s3://{place}/in/", "InputFormat": "ONE_DOC_PER_LINE"},
        "OutputDataConfig": {"S3Uri": final_location},
        "DataAccessRoleArn": ALICE.role_arn,
        "LanguageCode": "en",
        "Mode": "ONLY_OFFSETS",
    }
    assert site.describe(job)["EndTime"] == ended, "the end never changes"

    plain = site.wait(site.start(f"s3://{place}/in/", f"s3://{place}/results"), "COMPLETED")
    assert not {"JobName", "Message", "RedactionConfig", "Tags"} & set(plain)
    assert plain["OutputDataConfig"]["S3Uri"] == f"s3://{place}/results/{ALICE.id}-PII-{plain['JobId']}/output/"


def test_output_may_be_the_bucket_itself(site, place):
    target = site.bucket()
    properties, outputs = site.run(f"s3://{place}/in/", f"s3://{target}")
    assert properties["OutputDataConfig"]["S3Uri"] == f"s3://{target}/{ALICE.id}-PII-{properties['JobId']}/output/"
    assert list(outputs) == ["ten.txt.out"]
    bucket, prefix = split_uri(properties["OutputDataConfig"]["S3Uri"])
    head = site.s3().head_object(Bucket=bucket, Key=f"{prefix}ten.txt.out")
    assert head["ContentType"].startswith("text/plain")


def test_the_region_comes_from_the_signature(site, place):
    """Any region may sign; it shows in ARNs, and separates the jobs of one region from another's."""
    elsewhere = site.comprehend(region="eu-west-3")
    answer = elsewhere.start_pii_entities_detection_job(**site.request(f"s3://{place}/in/", f"s3://{place}/out"))
    assert answer["JobArn"].startswith(f"arn:aws:comprehend:eu-west-3:{ALICE.id}:")
    listed = elsewhere.list_pii_entities_detection_jobs()["PiiEntitiesDetectionJobPropertiesList"]
    assert answer["JobId"] in [job["JobId"] for job in listed]
    with pytest.raises(ClientError) as raised:
        site.describe(answer["JobId"])
    assert error_code(raised) == "JobNotFoundException"


# List


def test_list_filters_and_pages(site, place):
    """Newest first; every filter alone; pages neither repeat nor lose a job while new ones arrive."""
    client = site.comprehend(region="us-west-2")  # A region of its own: nothing else is listed there.
    name = f"listed-{uuid.uuid4().hex[:8]}"

    def start(**more):
        request = site.request(f"s3://{place}/in/", f"s3://{place}/out", **more)
        return client.start_pii_entities_detection_job(**request)["JobId"]

    def page(**arguments):
        answer = client.list_pii_entities_detection_jobs(**arguments)
        jobs = [job["JobId"] for job in answer["PiiEntitiesDetectionJobPropertiesList"]]
        return jobs, answer.get("NextToken")

    earlier = page()[0]
    jobs = [start(JobName=name if n == 2 else f"other-{n}") for n in range(6)]
    newest_first = jobs[::-1] + earlier
    assert page() == (newest_first, None)

    walked, token = page(MaxResults=2)
    latecomer = start()
    while token:
        more, token = page(MaxResults=2, NextToken=token)
        assert len(more) <= 2
        walked += more
    assert walked == newest_first

    def describe(job):
        return client.describe_pii_entities_detection_job(JobId=job)["PiiEntitiesDetectionJobProperties"]

    wait_until(lambda: all(describe(job)["JobStatus"] == "COMPLETED" for job in [*jobs, latecomer]), "all jobs ended")
    assert page(Filter={"JobName": name}) == ([jobs[2]], None)
    assert page(Filter={"JobName": name.upper()})[0] == []
    assert page(Filter={"JobStatus": "COMPLETED"})[0] == [latecomer, *newest_first]
    assert page(Filter={"JobStatus": "FAILED"})[0] == []

    # boto3 would send whole seconds; the protocol has fractions. Times are shown to the millisecond and
    # kept more exactly, so the job of the moment itself may stand on the later side.
    def submitted(side, moment):
        answer = call(site.api, "ListPiiEntitiesDetectionJobs", {"Filter": {side: moment}}, region="us-west-2")
        return [job["JobId"] for job in answer.json["PiiEntitiesDetectionJobPropertiesList"]]

    everything = [latecomer, *newest_first]
    times = {job: describe(job)["SubmitTime"].timestamp() for job in everything}
    moment = times[jobs[3]]
    assert submitted("SubmitTimeBefore", moment) == [job for job in everything if times[job] < moment]
    after = [job for job in everything if times[job] > moment]
    assert submitted("SubmitTimeAfter", moment) in (after, [*after, jobs[3]])
    assert len(after) >= 3
    listed = client.list_pii_entities_detection_jobs(Filter={"JobName": name})["PiiEntitiesDetectionJobPropertiesList"]
    assert listed == [describe(jobs[2])], "List shows what Describe shows"

    _, token = page(MaxResults=3)
    for arguments in (
        {"NextToken": "made-up"},
        {"NextToken": _altered(token)},
        {"NextToken": token, "Filter": {"JobStatus": "COMPLETED"}},
    ):
        with pytest.raises(ClientError) as raised:
            page(**arguments)
        assert error_code(raised) == "InvalidRequestException", arguments
    with pytest.raises(ClientError) as raised:
        page(Filter={"JobName": name, "JobStatus": "COMPLETED"})
    assert error_code(raised) == "InvalidFilterException"


def _altered(token):
    middle = len(token) // 2
    return token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]


# Start: idempotency


def test_client_request_token(site, place):
    token = uuid.uuid4().hex
    source, target = f"s3://{place}/in/", f"s3://{place}/out"
    first = site.start(source, target, ClientRequestToken=token)
    assert site.start(source, target, ClientRequestToken=token) == first
    site.wait(first, "COMPLETED")
    again = site.comprehend().start_pii_entities_detection_job(**site.request(source, target, ClientRequestToken=token))
    assert again["JobId"] == first, "also after the end"
    with pytest.raises(ClientError) as raised:
        site.start(source, target, ClientRequestToken=token, JobName="another")
    assert error_code(raised) == "InvalidRequestException"
    elsewhere = site.comprehend(region="eu-north-1").start_pii_entities_detection_job(
        **site.request(source, target, ClientRequestToken=token)
    )
    assert elsewhere["JobId"] != first, "tokens are per region"
    assert site.start(source, target) != site.start(source, target), "no token: two jobs"


def test_concurrent_starts_with_one_token_make_one_job(site, place):
    token = uuid.uuid4().hex
    client = site.comprehend()
    request = site.request(f"s3://{place}/in/", f"s3://{place}/out", ClientRequestToken=token)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.start_pii_entities_detection_job(**request)["JobId"], range(8)))
    assert len(set(answers)) == 1, answers


@pytest.mark.parametrize("mode", ["standalone", "cluster"])
def test_restart_keeps_jobs_tokens_and_outputs(mode, make_standalone, make_cluster):
    site = make_standalone() if mode == "standalone" else make_cluster()
    bucket = site.bucket()
    site.put(bucket, {"in.txt": line_file(70, 5).body})
    request = {"ClientRequestToken": "a-token-that-survives"}
    job = site.start(f"s3://{bucket}/in.txt", f"s3://{bucket}/out", **request)
    done = site.wait(job, "COMPLETED")
    outputs = site.read_prefix(done["OutputDataConfig"]["S3Uri"])

    site.restart()
    assert site.describe(job) == done
    assert site.read_prefix(done["OutputDataConfig"]["S3Uri"]) == outputs
    assert (
        site.comprehend().start_pii_entities_detection_job(
            **site.request(f"s3://{bucket}/in.txt", f"s3://{bucket}/out", **request)
        )["JobId"]
        == job
    )
    _, more = site.run(f"s3://{bucket}/in.txt", f"s3://{bucket}/out")
    assert more == outputs


# Stop


def test_stop_right_after_start_ends_one_way_or_the_other(site):
    """Whoever wins, the job ends, and what it wrote is a beginning of what it would have written."""
    file = line_file(80, 3000)
    bucket = site.bucket()
    site.put(bucket, {"in.txt": file.body})
    _, whole = site.run(f"s3://{bucket}/in.txt", f"s3://{bucket}/out")
    job = site.start(f"s3://{bucket}/in.txt", f"s3://{bucket}/out")
    answer = site.stop(job)
    assert (answer["JobId"], answer["JobStatus"]) == (job, "STOP_REQUESTED")
    ended = site.wait(job, "STOPPED", "COMPLETED")
    outputs = site.read_prefix(ended["OutputDataConfig"]["S3Uri"])
    assert whole["in.txt.out"].startswith(outputs.get("in.txt.out", b""))
    if ended["JobStatus"] == "COMPLETED":
        assert outputs == whole


def test_a_one_line_job_is_quick(site, place):
    """Not a benchmark: a bound far above the aim of one second, against waiting for some poll or sweep."""
    site.put(place, {"line.txt": b"Call me at home.\n"})
    taken = []
    for _ in range(3):
        begun = time.monotonic()
        site.run(f"s3://{place}/line.txt", f"s3://{place}/out")
        taken.append(time.monotonic() - begun)
    assert min(taken) < 3.0, taken


def test_a_small_job_does_not_wait_for_a_large_one(site, place):
    site.put(place, {"large.txt": line_file(90, 2000).body * 20, "line.txt": b"Call me at home.\n"})
    large = site.start(f"s3://{place}/large.txt", f"s3://{place}/out")
    site.wait(large, "IN_PROGRESS")
    site.run(f"s3://{place}/line.txt", f"s3://{place}/out")
    assert site.describe(large)["JobStatus"] == "IN_PROGRESS"
    site.stop(large)
    site.wait(large, "STOPPED")


# Tags


def test_tags_of_a_job(site, place):
    client = site.comprehend()
    request = site.request(
        f"s3://{place}/in/", f"s3://{place}/out", Tags=[{"Key": "team", "Value": "claims"}, {"Key": "bare"}]
    )
    arn = client.start_pii_entities_detection_job(**request)["JobArn"]

    def tags():
        return {tag["Key"]: tag["Value"] for tag in client.list_tags_for_resource(ResourceArn=arn)["Tags"]}

    assert tags() == {"team": "claims", "bare": ""}
    client.tag_resource(ResourceArn=arn, Tags=[{"Key": "team", "Value": "legal"}, {"Key": "Team", "Value": "other"}])
    client.untag_resource(ResourceArn=arn, TagKeys=["bare", "never-there"])
    assert tags() == {"team": "legal", "Team": "other"}
    with pytest.raises(ClientError) as raised:
        client.tag_resource(ResourceArn=arn, Tags=[{"Key": f"k{n}", "Value": ""} for n in range(49)])
    assert error_code(raised) == "TooManyTagsException"
    assert len(tags()) == 2
    for stranger in (site.comprehend(BOB), site.comprehend(region="eu-west-1")):
        with pytest.raises(ClientError) as raised:
            stranger.list_tags_for_resource(ResourceArn=arn)
        assert error_code(raised) == "ResourceNotFoundException"
