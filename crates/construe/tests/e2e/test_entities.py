"""Entity detection as the AWS clients see it, jobs and single texts, in both modes."""

import datetime
import json
import subprocess
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from corpus import CR, CRLF, LF, line_file
from outputs import check_entities_output, check_typed_entities, records
from signing import call
from sites import ALICE, BOB, BRISK
from test_cli import aws_program

START, DESCRIBE, LIST, STOP = (
    f"{verb}EntitiesDetectionJob{plural}"
    for verb, plural in (("Start", ""), ("Describe", ""), ("List", "s"), ("Stop", ""))
)
DETECT, BATCH = "DetectEntities", "BatchDetectEntities"
CONTENT = "output.tar.gz"
RECOGNIZER = f"arn:aws:comprehend:us-east-1:{ALICE.id}:entity-recognizer/mine"
KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"

# People, places and dates that no model should miss altogether, and characters that move offsets.
TEXTS = {
    "en": "👩‍👩‍👧‍👦 Barack Obama met Angela Merkel in Berlin, Germany, on 5 May 2015.",
    "es": "👍 Pedro Sánchez viajó a Madrid, la capital de España, el 5 de mayo de 2015.",
    "fr": "👍 Emmanuel Macron est arrivé à Paris, en France, le 5 mai 2015.",
    "de": "👍 Angela Merkel reiste am 5. Mai 2015 nach Berlin in Deutschland.",
    "it": "👍 Sergio Mattarella è arrivato a Roma, in Italia, il 5 maggio 2015.",
    "pt": "👍 Lula da Silva chegou a Lisboa, em Portugal, em 5 de maio de 2015.",
    "ar": "👍 وصل الرئيس محمد إلى القاهرة في مصر يوم 5 مايو 2015.",
    "hi": "👍 नरेंद्र मोदी 5 मई 2015 को भारत की राजधानी दिल्ली पहुँचे।",
    "ja": "👍 安倍晋三は2015年5月5日に日本の東京を訪れた。",
    "ko": "👍 문재인 대통령은 2015년 5월 5일 대한민국 서울에 도착했다.",
    "zh": "👍 2015年5月5日，习近平抵达中国北京。",
    "zh-TW": "👍 2015年5月5日，蔡英文抵達台灣台北。",
}


def code(raised):
    return raised.value.response["Error"]["Code"]


# Jobs: output


def test_line_files_of_every_shape(site):
    """One archive for all files: each line once, in the order of the input, with offsets that fit."""
    files = {
        "lf.txt": line_file(11, 120, (LF,)).body,
        "mixed.txt": line_file(14, 200, (LF, CR, CRLF), blank_every=7).body,
        "unended.txt": line_file(15, 21, (LF,), last_terminated=False).body,
        "deeper/down/lf.txt": line_file(18, 15).body,
        # Larger than a shard, so that it is cut.
        "large.txt": line_file(19, 2500, (LF, CRLF, CR)).body,
        "náme with späce+plus&.txt": line_file(20, 5).body,
        "empty.txt": b"",
        "bad.txt": b"fine\ncaf\xe9 \xff\n" + b"w" * 1_048_577 + b"\nlast in Paris",
        "known.txt": (TEXTS["en"] + "\n").encode() * 3,
    }
    bucket = site.bucket()
    site.put(bucket, files, prefix="in/")
    site.put(bucket, {"in/": b"", "in/deeper/": b"", "other/out-of-scope.txt": b"Berlin\n"})
    properties, content = site.run_archived(f"s3://{bucket}/in/", f"s3://{bucket}/results")
    found = check_entities_output(files, content)
    assert [number for name, number in found if name == "bad.txt" and "ErrorCode" in found[name, number]] == [1, 2]
    known = [found["known.txt", number]["Entities"] for number in range(3)]
    assert known[0] == known[1] == known[2]
    assert {"Berlin", "Angela Merkel"} & {entity["Text"] for entity in known[0]}, known[0]
    assert "Message" not in properties


def test_one_document_per_file(site):
    files = {f"doc-{n}.txt": line_file(30 + n, 12, (LF, CRLF)).body for n in range(4)}
    files |= {"empty.txt": b"", "latin1.txt": "Señora".encode("latin-1"), "huge.txt": b"x" * 1_048_577}
    bucket = site.bucket()
    site.put(bucket, files, prefix="in/")
    source = {"S3Uri": f"s3://{bucket}/in/", "InputFormat": "ONE_DOC_PER_FILE"}
    properties, content = site.run_archived("", f"s3://{bucket}/results", InputDataConfig=source)
    assert properties["InputDataConfig"] == source
    found = {record["File"]: record for record in records(content)}
    assert list(found) == sorted(files)
    for name in files:
        if name.startswith("doc"):
            assert set(found[name]) == {"Entities", "File"}
            check_typed_entities(files[name].decode(), found[name]["Entities"])
    assert found["empty.txt"] == {"Entities": [], "File": "empty.txt"}
    assert found["latin1.txt"]["ErrorCode"] == "UNSUPPORTED_ENCODING" and "Line" not in found["latin1.txt"]
    assert found["huge.txt"]["ErrorCode"] == "DOCUMENT_SIZE_EXCEEDED"


def test_only_empty_input_makes_an_archive_of_nothing(site):
    bucket = site.bucket()
    site.put(bucket, {"in/a.txt": b"", "in/b.txt": b""})
    _, content = site.run_archived(f"s3://{bucket}/in/", f"s3://{bucket}/out")
    assert content == b""


@pytest.mark.parametrize("language", TEXTS)
def test_every_language_alone_and_in_a_job(site, language):
    """Something is found in each language, with offsets in code points, and the same by a job."""
    text = TEXTS[language]
    answer = site.comprehend().detect_entities(Text=text, LanguageCode=language)
    entities = answer["Entities"]
    assert entities, f"nothing found in: {text}"
    check_typed_entities(text, [{name: entity[name] for name in sorted(entity)} for entity in entities])
    bucket = site.bucket()
    site.put(bucket, {"in.txt": text.encode()})
    properties, content = site.run_archived(f"s3://{bucket}/in.txt", f"s3://{bucket}/out", LanguageCode=language)
    assert properties["LanguageCode"] == language
    (record,) = records(content)
    assert record["Entities"] == entities


def test_the_same_results_however_the_work_is_divided(make_standalone):
    """Shard size, slots and the compression of parts leave no mark on what the archive holds."""
    files = {f"{n}.txt": line_file(60 + n, 150, (LF, CRLF)).body for n in range(4)}
    contents = []
    for shard_bytes, slots in ((1 << 24, 1), (4096, 3)):
        site = make_standalone(
            settings={**BRISK, "CONSTRUE__PIPELINE__SHARD_BYTES": str(shard_bytes)}, arguments=["--slots", str(slots)]
        )
        bucket = site.bucket()
        site.put(bucket, files, prefix="in/")
        contents.append(site.run_archived(f"s3://{bucket}/in/", f"s3://{bucket}/out")[1])
    assert contents[0] == contents[1]
    check_entities_output(files, contents[0])


# Jobs: describe, list, stop, tags


def test_describe_tells_the_job_as_the_contract_says(site):
    bucket = site.bucket()
    site.put(bucket, {"in/ten.txt": line_file(1, 10).body})
    network = {"SecurityGroupIds": ["sg-0123"], "Subnets": ["subnet-1", "subnet-2"]}
    volume_key = f"arn:aws:kms:us-east-1:{ALICE.id}:key/{KEY}"
    before = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=2)
    request = site.request(
        f"s3://{bucket}/in/",
        f"s3://{bucket}/results/",
        kind="entities",
        JobName="the-name",
        VolumeKmsKeyId=volume_key,
        VpcConfig=network,
        Tags=[{"Key": "team", "Value": "claims"}],
    )
    client = site.comprehend()
    answer = client.start_entities_detection_job(**request)
    job = answer["JobId"]
    arn = f"arn:aws:comprehend:us-east-1:{ALICE.id}:entities-detection-job/{job}"
    assert (answer["JobArn"], answer["JobStatus"]) == (arn, "SUBMITTED")
    site._kinds[job] = "entities"
    done = site.wait(job, "COMPLETED")
    submitted, ended = done.pop("SubmitTime"), done.pop("EndTime")
    assert before <= submitted <= ended
    assert done == {
        "JobId": job,
        "JobArn": arn,
        "JobName": "the-name",
        "JobStatus": "COMPLETED",
        "InputDataConfig": {"S3Uri": f"s3://{bucket}/in/", "InputFormat": "ONE_DOC_PER_LINE"},
        "OutputDataConfig": {"S3Uri": f"s3://{bucket}/results/{ALICE.id}-NER-{job}/output/{CONTENT}"},
        "DataAccessRoleArn": ALICE.role_arn,
        "LanguageCode": "en",
        "VolumeKmsKeyId": volume_key,
        "VpcConfig": network,
    }
    assert client.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "claims"}]
    client.tag_resource(ResourceArn=arn, Tags=[{"Key": "more", "Value": ""}])
    client.untag_resource(ResourceArn=arn, TagKeys=["team"])
    assert client.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "more", "Value": ""}]
    with pytest.raises(ClientError) as raised:
        site.comprehend(BOB).list_tags_for_resource(ResourceArn=arn)
    assert code(raised) == "ResourceNotFoundException"
    # Another kind's operations do not know it, nor another account's.
    for other in (
        call(site.api, "DescribePiiEntitiesDetectionJob", {"JobId": job}),
        call(site.api, DESCRIBE, {"JobId": job}, account=BOB),
        call(site.api, STOP, {"JobId": "0" * 32}),
    ):
        assert (other.status, other.type) == (400, "JobNotFoundException"), other
    with pytest.raises(ClientError) as raised:
        client.stop_entities_detection_job(JobId=job)
    assert code(raised) == "InvalidRequestException"
    head = site.s3().head_object(Bucket=bucket, Key=f"results/{ALICE.id}-NER-{job}/output/{CONTENT}")
    assert head["ContentType"] == "application/gzip"


def test_list_filters_pages_and_tokens(site):
    bucket = site.bucket()
    site.put(bucket, {"in.txt": b"Angela Merkel went to Berlin.\n"})
    client = site.comprehend(region="ap-south-1")  # A region of its own: nothing else is listed there.
    token, name = uuid.uuid4().hex, f"listed-{uuid.uuid4().hex[:8]}"

    def start(**more):
        request = site.request(f"s3://{bucket}/in.txt", f"s3://{bucket}/out", kind="entities", **more)
        return client.start_entities_detection_job(**request)["JobId"]

    def page(**arguments):
        answer = client.list_entities_detection_jobs(**arguments)
        return [job["JobId"] for job in answer["EntitiesDetectionJobPropertiesList"]], answer.get("NextToken")

    earlier = page()[0]
    jobs = [start(JobName=name if n == 1 else f"other-{n}") for n in range(3)]
    first = start(ClientRequestToken=token)
    assert start(ClientRequestToken=token) == first
    with pytest.raises(ClientError) as raised:
        start(ClientRequestToken=token, LanguageCode="de")
    assert code(raised) == "InvalidRequestException"
    everything = [first, *jobs[::-1], *earlier]
    assert page() == (everything, None)
    walked, next_token = page(MaxResults=2)
    while next_token:
        more, next_token = page(MaxResults=2, NextToken=next_token)
        walked += more
    assert walked == everything
    assert page(Filter={"JobName": name}) == ([jobs[1]], None)
    assert page(Filter={"JobStatus": "FAILED"})[0] == []
    with pytest.raises(ClientError) as raised:
        page(Filter={"JobName": name, "JobStatus": "COMPLETED"})
    assert code(raised) == "InvalidFilterException"
    listed = client.list_entities_detection_jobs(Filter={"JobName": name})["EntitiesDetectionJobPropertiesList"]
    assert listed[0]["OutputDataConfig"]["S3Uri"].endswith(f"{ALICE.id}-NER-{jobs[1]}/output/{CONTENT}")
    assert client.list_pii_entities_detection_jobs()["PiiEntitiesDetectionJobPropertiesList"] == []


def test_stop_right_after_start_leaves_whole_records_or_nothing(site):
    file = line_file(80, 3000)
    bucket = site.bucket()
    site.put(bucket, {"in.txt": file.body})
    source, target = f"s3://{bucket}/in.txt", f"s3://{bucket}/out"
    _, whole = site.run_archived(source, target)
    job = site.start(source, target, kind="entities")
    answer = site.stop(job)
    assert (answer["JobId"], answer["JobStatus"]) == (job, "STOP_REQUESTED")
    ended = site.wait(job, "STOPPED", "COMPLETED")
    if ended["JobStatus"] == "COMPLETED":
        assert site.archived(ended) == whole
    elif site.keys(bucket, f"out/{ALICE.id}-NER-{job}/"):
        assert set(site.archived(ended).splitlines()) <= set(whole.splitlines())


# Jobs: refusals


@pytest.mark.parametrize(
    ("change", "kind", "fragment"),
    [
        ({"LanguageCode": "nl"}, "ValidationException", "zh, zh-TW"),
        ({"EntityRecognizerArn": RECOGNIZER}, "ResourceNotFoundException", "RESOURCE_NOT_FOUND"),
        (
            {"EntityRecognizerArn": RECOGNIZER, "FlywheelArn": RECOGNIZER.replace("entity-recognizer", "flywheel")},
            "InvalidRequestException",
            "one of EntityRecognizerArn and FlywheelArn",
        ),
        (
            {"FlywheelArn": RECOGNIZER.replace("entity-recognizer", "flywheel")},
            "ResourceNotFoundException",
            "RESOURCE_NOT",
        ),
        ({"EntityRecognizerArn": "mine"}, "ValidationException", "entityRecognizerArn"),
        ({"FlywheelArn": RECOGNIZER}, "ValidationException", "flywheelArn"),
        ({"VolumeKmsKeyId": "alias/team"}, "KmsKeyValidationException", "VolumeKmsKeyId"),
        ({"VpcConfig": {"SecurityGroupIds": ["sg"], "Subnets": []}}, "ValidationException", "vpcConfig.subnets"),
        ({"DataAccessRoleArn": BOB.role_arn}, "InvalidRequestException", "DataAccessRoleArn"),
        ({"DataAccessRoleArn": "role"}, "ValidationException", "dataAccessRoleArn"),
        ({"InputDataConfig": {"S3Uri": "S3://some-bucket/in"}}, "ValidationException", "inputDataConfig.s3Uri"),
        ({"Tags": [{"Key": f"k{n}"} for n in range(51)]}, "TooManyTagsException", "50"),
        ({"JobName": 7}, "SerializationException", "jobName"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
def test_refused_starts(site, change, kind, fragment):
    request = site.request("s3://some-bucket/in", "s3://some-bucket/out", kind="entities") | change
    answer = call(site.api, START, request)
    assert (answer.status, answer.type) == (400, kind), answer
    assert fragment in answer.message, answer


def test_places_that_do_not_work_fail_the_job(site):
    bucket, bobs = site.bucket(), site.bucket(account=BOB)
    site.put(bucket, {"in.txt": b"text\n"})
    for source, target, message in (
        (f"s3://{bucket}/nothing/", f"s3://{bucket}/out", "INPUT_NOT_FOUND: "),
        (f"s3://{bobs}/in", f"s3://{bucket}/out", "NO_READ_ACCESS_TO_INPUT: "),
        (f"s3://{bucket}/in.txt", f"s3://{bobs}/out", "NO_WRITE_ACCESS_TO_OUTPUT: "),
    ):
        failed = site.wait(site.start(source, target, kind="entities"), "FAILED")
        assert failed["Message"].startswith(message), failed
    assert site.keys(bucket) == ["in.txt"] and site.keys(bobs, account=BOB) == []


def test_an_archive_that_someone_else_wrote_is_left_alone(make_cluster):
    site = make_cluster(workers=0)
    bucket = site.bucket()
    site.put(bucket, {"in.txt": b"one line\n"})
    job = site.start(f"s3://{bucket}/in.txt", f"s3://{bucket}/out", kind="entities")
    site.wait(job, "IN_PROGRESS")
    taken = f"out/{ALICE.id}-NER-{job}/output/{CONTENT}"
    site.put(bucket, {taken: b"not yours"})
    site.add_worker()
    failed = site.wait(job, "FAILED")
    assert failed["Message"].startswith("OUTPUT_CONFLICT: ") and taken in failed["Message"], failed
    assert site.read(bucket, taken) == b"not yours"


# Single texts


def test_same_answer_as_the_job_for_every_line(site):
    """Byte for byte what the job writes about the same line, alone and in a batch."""
    lines = [line.text for line in line_file(70, 120, (LF,)).lines] + list(TEXTS.values()) + ["x", "\ufeffBerlin"]
    bucket = site.bucket()
    site.put(bucket, {"in.txt": "\n".join(lines).encode()})
    _, content = site.run_archived(f"s3://{bucket}/in.txt", f"s3://{bucket}/out")
    written = content.decode().removesuffix("\n").split("\n")
    assert len(written) == len(lines)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda text: call(site.api, DETECT, {"Text": text, "LanguageCode": "en"}), lines))
    for number, (record, answer) in enumerate(zip(written, answers, strict=True)):
        expected = record.removesuffix(f',"File":"in.txt","Line":{number}}}') + "}"
        assert (answer.status, answer.text) == (200, expected), (record, answer)
    for at in range(0, len(lines), 25):
        batch = call(site.api, BATCH, {"TextList": lines[at : at + 25], "LanguageCode": "en"}).json
        assert batch["ErrorList"] == []
        assert batch["ResultList"] == [
            {"Index": index, "Entities": answer.json["Entities"]} for index, answer in enumerate(answers[at : at + 25])
        ]
    assert sum(len(answer.json["Entities"]) for answer in answers) > 30


def test_a_text_of_the_greatest_length(site):
    body = (TEXTS["en"] + "\r\n").encode() * 2000
    text = body[:100_000].decode("utf-8", "ignore")
    text += "." * (100_000 - len(text.encode()))
    client = site.comprehend()
    entities = client.detect_entities(Text=text, LanguageCode="en")["Entities"]
    assert len(entities) > 1000
    bucket = site.bucket()
    site.put(bucket, {"in.txt": text.encode()})
    source = {"S3Uri": f"s3://{bucket}/in.txt", "InputFormat": "ONE_DOC_PER_FILE"}
    _, content = site.run_archived("", f"s3://{bucket}/out", InputDataConfig=source)
    assert records(content)[0]["Entities"] == entities
    with pytest.raises(ClientError) as raised:
        client.detect_entities(Text=text + ".", LanguageCode="en")
    assert code(raised) == "TextSizeLimitExceededException"
    assert "100000 bytes" in raised.value.response["Error"]["Message"]


def test_a_batch_answers_for_each_text(site):
    """Texts over the limit are errors of their own; what the batch as a whole gets wrong refuses it."""
    client = site.comprehend()
    texts = [TEXTS["en"], "é" * 2501, "x" * 5000, "y" * 5001]
    answer = client.batch_detect_entities(TextList=texts, LanguageCode="en")
    assert [result["Index"] for result in answer["ResultList"]] == [0, 2]
    assert answer["ResultList"][0]["Entities"] == client.detect_entities(Text=texts[0], LanguageCode="en")["Entities"]
    assert [(error["Index"], error["ErrorCode"]) for error in answer["ErrorList"]] == [
        (1, "TEXT_SIZE_LIMIT_EXCEEDED"),
        (3, "TEXT_SIZE_LIMIT_EXCEEDED"),
    ]
    assert "5000 bytes" in answer["ErrorList"][0]["ErrorMessage"] and "5002" in answer["ErrorList"][0]["ErrorMessage"]
    with pytest.raises(ClientError) as raised:
        client.batch_detect_entities(TextList=["Berlin"] * 26, LanguageCode="en")
    assert code(raised) == "BatchSizeLimitExceededException"
    assert len(client.batch_detect_entities(TextList=["Berlin"] * 25, LanguageCode="en")["ResultList"]) == 25
    with pytest.raises(ParamValidationError):
        client.batch_detect_entities(TextList=[], LanguageCode="en")


@pytest.mark.parametrize("operation", [DETECT, BATCH])
def test_refused_texts(site, operation):
    """Each with its code, none with a word of the text, and the next request is answered."""
    canary = "Zephyrbottom"
    text = (lambda text: {"TextList": [text]}) if operation == BATCH else (lambda text: {"Text": text})
    cases = [
        ({**text(""), "LanguageCode": "en"}, "ValidationException"),
        ({"LanguageCode": "en"}, "ValidationException" if operation == BATCH else "InvalidRequestException"),
        (text(canary), "ValidationException" if operation == BATCH else "InvalidRequestException"),
        ({**text(canary), "LanguageCode": "tlh"}, "ValidationException"),
        ({**text([canary]), "LanguageCode": "en"}, "SerializationException"),
        ({**text(canary), "LanguageCode": ["en"]}, "SerializationException"),
    ]
    if operation == DETECT:
        endpoint = RECOGNIZER.replace("entity-recognizer", "entity-recognizer-endpoint")
        cases += [
            ({"Text": canary, "EndpointArn": endpoint}, "ResourceUnavailableException"),
            ({"Text": canary, "EndpointArn": "mine"}, "ValidationException"),
            ({"Bytes": "QUJD", "LanguageCode": "en"}, "InvalidRequestException"),
            ({"Bytes": "QUJD", "Text": canary, "LanguageCode": "en"}, "InvalidRequestException"),
            ({"Text": canary + "é" * 50_000, "LanguageCode": "en"}, "TextSizeLimitExceededException"),
        ]
    else:
        cases += [
            ({"TextList": [], "LanguageCode": "en"}, "ValidationException"),
            ({"TextList": [canary] * 26, "LanguageCode": "en"}, "BatchSizeLimitExceededException"),
        ]
    for request, kind in cases:
        answer = call(site.api, operation, request)
        assert (answer.status, answer.type) == (400, kind), (request, answer)
        assert canary not in answer.text, answer
    good = {**text(canary), "LanguageCode": "en"}
    assert call(site.api, operation, good).status == 200
    assert call(site.api, operation, good, secret="wrong").type == "InvalidSignatureException"


def test_with_the_aws_cli(site, tmp_path):
    """The whole life of a job, and single texts, by the command line that users have."""

    def aws(*arguments, succeeds=True):
        done = subprocess.run(
            [aws_program(), *arguments, "--output", "json"],
            env=site.cli_environment(),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert (done.returncode == 0) == succeeds, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
        return json.loads(done.stdout) if succeeds and done.stdout.startswith("{") else done.stderr

    bucket = site.bucket()
    files = {"first.txt": line_file(90, 20).body, "second.txt": TEXTS["en"].encode()}
    site.put(bucket, files, prefix="inbox/")
    job = aws(
        *("comprehend", "start-entities-detection-job"),
        *("--input-data-config", f"S3Uri=s3://{bucket}/inbox/"),
        *("--output-data-config", f"S3Uri=s3://{bucket}/results"),
        *("--data-access-role-arn", ALICE.role_arn),
        *("--job-name", "from-the-command-line"),
        *("--language-code", "en"),
    )["JobId"]
    site._kinds[job] = "entities"
    site.wait(job, "COMPLETED")
    described = aws("comprehend", "describe-entities-detection-job", "--job-id", job)["EntitiesDetectionJobProperties"]
    listed = aws("comprehend", "list-entities-detection-jobs", "--filter", "JobName=from-the-command-line")
    assert [entry["JobId"] for entry in listed["EntitiesDetectionJobPropertiesList"]][0] == job
    aws("s3", "cp", described["OutputDataConfig"]["S3Uri"], str(tmp_path))
    subprocess.run(["tar", "xzf", CONTENT], cwd=tmp_path, check=True)
    check_entities_output(files, (tmp_path / "output").read_bytes())
    assert "InvalidRequestException" in aws(
        "comprehend", "stop-entities-detection-job", "--job-id", job, succeeds=False
    )
    found = aws("comprehend", "detect-entities", "--language-code", "en", "--text", TEXTS["en"])["Entities"]
    batch = aws("comprehend", "batch-detect-entities", "--language-code", "en", "--text-list", TEXTS["en"], "x" * 5001)
    assert batch["ResultList"] == [{"Index": 0, "Entities": found}] and found
    assert [error["Index"] for error in batch["ErrorList"]] == [1]
