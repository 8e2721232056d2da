"""The whole life of a job with the real AWS CLI, in both modes."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from corpus import line_file
from outputs import check_line_output
from sites import ALICE, TERMINAL


def aws_program():
    found = shutil.which("aws", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if not found:
        raise RuntimeError("the AWS CLI (`aws`) is not installed: `make test` installs it (PyPI package awscli)")
    return found


def test_whole_life_with_the_aws_cli(site, tmp_path):
    environment = site.cli_environment()

    def aws(*arguments, succeeds=True):
        done = subprocess.run(
            [aws_program(), *arguments, "--output", "json"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert (done.returncode == 0) == succeeds, (
            f"aws {arguments}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        )
        return done

    def comprehend(operation, *arguments):
        return json.loads(aws("comprehend", operation, *arguments).stdout)

    inbox = tmp_path / "inbox"
    inbox.mkdir()
    files = {"first.txt": line_file(90, 20), "second.txt": line_file(91, 5)}
    for name, file in files.items():
        (inbox / name).write_bytes(file.body)
    bucket = f"cli-{site.mode}"
    aws("s3", "mb", f"s3://{bucket}")
    aws("s3", "cp", "--recursive", str(inbox), f"s3://{bucket}/inbox/")
    assert "first.txt" in aws("s3", "ls", f"s3://{bucket}/inbox/").stdout

    started = comprehend(
        "start-pii-entities-detection-job",
        *("--input-data-config", f"S3Uri=s3://{bucket}/inbox/"),
        *("--output-data-config", f"S3Uri=s3://{bucket}/results"),
        *("--mode", "ONLY_OFFSETS"),
        *("--data-access-role-arn", ALICE.role_arn),
        *("--job-name", "from-the-command-line"),
        *("--language-code", "en"),
    )
    job = started["JobId"]
    assert started["JobStatus"] == "SUBMITTED"

    deadline = time.monotonic() + 60
    while True:
        described = comprehend("describe-pii-entities-detection-job", "--job-id", job)
        properties = described["PiiEntitiesDetectionJobProperties"]
        if properties["JobStatus"] in TERMINAL:
            break
        assert time.monotonic() < deadline, properties
    assert properties["JobStatus"] == "COMPLETED", properties

    listed = comprehend("list-pii-entities-detection-jobs", "--filter", "JobName=from-the-command-line")
    assert [entry["JobId"] for entry in listed["PiiEntitiesDetectionJobPropertiesList"]] == [job]

    outbox = tmp_path / "outbox"
    aws("s3", "cp", "--recursive", properties["OutputDataConfig"]["S3Uri"], str(outbox))
    assert sorted(path.name for path in outbox.iterdir()) == ["first.txt.out", "second.txt.out"]
    for name, file in files.items():
        check_line_output(name, file.body, (outbox / f"{name}.out").read_bytes(), file.lines)

    # Large enough to be still at work when the CLI, which takes a second to start, asks for the stop.
    (inbox / "large.txt").write_bytes(line_file(92, 2000).body * 25)
    aws("s3", "cp", str(inbox / "large.txt"), f"s3://{bucket}/large.txt")
    redaction = comprehend(
        "start-pii-entities-detection-job",
        *("--input-data-config", f"S3Uri=s3://{bucket}/large.txt"),
        *("--output-data-config", f"S3Uri=s3://{bucket}/results"),
        *("--mode", "ONLY_REDACTION"),
        *("--redaction-config", "PiiEntityTypes=ALL,MaskMode=REPLACE_WITH_PII_ENTITY_TYPE"),
        *("--data-access-role-arn", ALICE.role_arn),
        *("--language-code", "en"),
    )
    stopped = comprehend("stop-pii-entities-detection-job", "--job-id", redaction["JobId"])
    assert stopped == {"JobId": redaction["JobId"], "JobStatus": "STOP_REQUESTED"}
    site.wait(redaction["JobId"], "STOPPED")

    refused = aws("comprehend", "stop-pii-entities-detection-job", "--job-id", job, succeeds=False)
    assert "InvalidRequestException" in refused.stderr
    unknown = aws("comprehend", "describe-pii-entities-detection-job", "--job-id", "0" * 32, succeeds=False)
    assert "JobNotFoundException" in unknown.stderr
