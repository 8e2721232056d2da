"""Running installations of Construe: embedded (`Standalone`) and distributed (`Cluster`).

Both offer the same things to a test, so the same tests run against both.
"""

import json
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from pathlib import Path

import boto3
from botocore.config import Config

from outputs import archive_member
from processes import Process, binary, clean_environment, free_port
from services import Broker, Database
from waiting import wait_until

# Operations of a kind of job, the member that describes one, and the code in the path of its results.
KINDS = {
    "pii": ("pii_entities_detection_job", "PiiEntitiesDetectionJobProperties", "PII"),
    "entities": ("entities_detection_job", "EntitiesDetectionJobProperties", "NER"),
    "classification": ("document_classification_job", "DocumentClassificationJobProperties", "CLN"),
}
# The member of the archive that jobs of a kind leave.
MEMBERS = {"entities": "output", "classification": "predictions.jsonl"}
# Statuses of a model that will not change by themselves.
MODEL_ENDS = ("TRAINED", "TRAINED_WITH_WARNING", "IN_ERROR", "STOPPED")
TERMINAL = ("COMPLETED", "PARTIAL_SUCCESS", "FAILED", "STOPPED")
REGION = "us-east-1"
# Small shards, so that even small inputs are divided; quick leases, so that a lost one is soon taken over.
BRISK = {
    "CONSTRUE__PIPELINE__SLOTS": "2",
    "CONSTRUE__PIPELINE__SHARD_BYTES": str(16 * 1024),
    "CONSTRUE__PIPELINE__LEASE_TTL_SECONDS": "3",
    "CONSTRUE__PIPELINE__RING_AGAIN_AFTER_SECONDS": "2",
    "CONSTRUE__PIPELINE__SWEEP_EVERY_SECONDS": "1",
    "CONSTRUE__PIPELINE__STOP_GRACE_SECONDS": "6",
}


@dataclass(frozen=True)
class Account:
    id: str
    access_key: str
    secret: str

    @property
    def role_arn(self):
        return f"arn:aws:iam::{self.id}:role/construe-data-access"

    @property
    def flag(self):
        return f"{self.id}:{self.access_key}:{self.secret}"


ALICE = Account("111122223333", "AKIACONSTRUEALICE001", "alice/Secret+Key0123456789abcdefghijklmn")
BOB = Account("444455556666", "AKIACONSTRUEBOB00002", "bob/Secret+Key0123456789abcdefghijklmnop")
# The service's own: owner of the work bucket in the distributed mode.
SERVICE = Account("999900001111", "AKIACONSTRUESERVICE3", "service/Secret+Key0123456789abcdefghijkl")


def fetch(url, timeout=5):
    """(status, text) of a GET; connection trouble is status 0."""
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode("utf-8", "replace")
    except OSError:
        return 0, ""


class Site:
    """What every installation offers. Subclasses set `api` (Comprehend), `s3_url` and `control`."""

    directory: Path
    api: str
    s3_url: str
    control: str
    mode: str
    control_token = None

    def __init__(self, directory):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self._clients = {}
        self._numbers = {}
        # Of the jobs started here, where it is not the usual one.
        self._kinds = {}

    # Clients

    def _client(self, service, url, account, **options):
        key = (service, url, account, repr(options))
        if key not in self._clients:
            self._clients[key] = boto3.client(
                service,
                endpoint_url=url,
                region_name=options.pop("region", REGION),
                aws_access_key_id=account.access_key,
                aws_secret_access_key=account.secret,
                # One attempt: a retry would hide an error of ours.
                config=Config(
                    retries={"total_max_attempts": 1},
                    connect_timeout=5,
                    read_timeout=30,
                    s3={"addressing_style": "path"},
                    **options,
                ),
            )
        return self._clients[key]

    def comprehend(self, account=ALICE, **options):
        return self._client("comprehend", self.api, account, **options)

    def medical(self, account=ALICE, **options):
        return self._client("comprehendmedical", self.api, account, **options)

    def s3(self, account=ALICE):
        return self._client("s3", self.s3_url, account)

    def cli_environment(self, account=ALICE):
        """Environment in which the AWS CLI speaks to this site."""
        return clean_environment(
            self.directory,
            {
                "AWS_ENDPOINT_URL_COMPREHEND": self.api,
                "AWS_ENDPOINT_URL_COMPREHENDMEDICAL": self.api,
                "AWS_ENDPOINT_URL_S3": self.s3_url,
                "AWS_ACCESS_KEY_ID": account.access_key,
                "AWS_SECRET_ACCESS_KEY": account.secret,
                "AWS_DEFAULT_REGION": REGION,
                "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_PAGER": "",
                "AWS_MAX_ATTEMPTS": "1",
            },
        )

    # Objects

    def bucket(self, account=ALICE, name=None):
        name = name or f"b-{uuid.uuid4().hex[:20]}"
        self.s3(account).create_bucket(Bucket=name)
        return name

    def put(self, bucket, files, prefix="", account=ALICE):
        for name, body in files.items():
            self.s3(account).put_object(Bucket=bucket, Key=prefix + name, Body=body)

    def keys(self, bucket, prefix="", account=ALICE):
        pages = self.s3(account).get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def read(self, bucket, key, account=ALICE):
        return self.s3(account).get_object(Bucket=bucket, Key=key)["Body"].read()

    def read_prefix(self, uri, account=ALICE):
        """{key below the prefix: bytes} of every object under an `s3://bucket/prefix/`."""
        bucket, prefix = split_uri(uri)
        return {key[len(prefix) :]: self.read(bucket, key, account) for key in self.keys(bucket, prefix, account)}

    # Jobs

    def request(self, source, target, account=ALICE, kind="pii", **more):
        """A valid start request; `more` adds or, with `None`, removes members."""
        request = {
            "InputDataConfig": {"S3Uri": source},
            "OutputDataConfig": {"S3Uri": target},
            "DataAccessRoleArn": account.role_arn,
            "LanguageCode": "en",
        }
        if kind == "pii":
            request["Mode"] = "ONLY_OFFSETS"
        if kind == "classification":
            del request["LanguageCode"]
        request.update(more)
        return {name: value for name, value in request.items() if value is not None}

    def start(self, source, target, account=ALICE, kind="pii", **more):
        request = self.request(source, target, account, kind, **more)
        answer = getattr(self.comprehend(account), f"start_{KINDS[kind][0]}")(**request)
        assert answer["JobStatus"] == "SUBMITTED", answer
        self._kinds[answer["JobId"]] = kind
        return answer["JobId"]

    def _operation(self, verb, job, account):
        operation, member, _ = KINDS[self._kinds.get(job, "pii")]
        return getattr(self.comprehend(account), f"{verb}_{operation}")(JobId=job), member

    def describe(self, job, account=ALICE):
        answer, member = self._operation("describe", job, account)
        return answer[member]

    def stop(self, job, account=ALICE):
        return self._operation("stop", job, account)[0]

    def wait(self, job, *states, timeout=60.0, account=ALICE):
        """Waits for one of `states` (default: any final one); a job that ended otherwise is an error at once."""
        states = states or TERMINAL
        last = {}

        def reached():
            last.update(self.describe(job, account))
            state = last["JobStatus"]
            assert state in states or state not in TERMINAL, f"job is {state}, wanted {states}: {last.get('Message')}"
            return state in states

        wait_until(reached, lambda: f"job in {states}, it is {last.get('JobStatus')}", timeout)
        return dict(last)

    def run(self, source, target, account=ALICE, timeout=60.0, **more):
        """Starts a job, waits for COMPLETED; gives (properties, {output name: bytes})."""
        properties = self.wait(
            self.start(source, target, account, **more), "COMPLETED", timeout=timeout, account=account
        )
        return properties, self.read_prefix(properties["OutputDataConfig"]["S3Uri"], account)

    def archived(self, properties, account=ALICE):
        """What is in the archive of a job, which has to be the only thing that the job left."""
        uri = properties["OutputDataConfig"]["S3Uri"]
        bucket, key = split_uri(uri)
        folder = key.rpartition("/")[0] + "/"
        assert self.keys(bucket, folder, account) == [key], self.keys(bucket, folder, account)
        member = MEMBERS[self._kinds[properties["JobId"]]]
        return archive_member(self.read(bucket, key, account), self.directory, member)

    def run_archived(self, source, target, account=ALICE, timeout=60.0, kind="entities", **more):
        """Starts a job, waits for COMPLETED; gives (properties, content of its archive)."""
        properties = self.wait(
            self.start(source, target, account, kind, **more), "COMPLETED", timeout=timeout, account=account
        )
        return properties, self.archived(properties, account)

    # Custom models

    def classifier_request(self, source, account=ALICE, **more):
        """A valid create request; `more` adds or, with `None`, removes members."""
        request = {
            "DocumentClassifierName": f"c-{uuid.uuid4().hex[:12]}",
            "DataAccessRoleArn": account.role_arn,
            "LanguageCode": "en",
            "InputDataConfig": {"S3Uri": source},
        }
        request.update(more)
        return {name: value for name, value in request.items() if value is not None}

    def create_classifier(self, source, account=ALICE, **more):
        """ARN of a classifier whose training has begun or soon will."""
        request = self.classifier_request(source, account, **more)
        return self.comprehend(account).create_document_classifier(**request)["DocumentClassifierArn"]

    def describe_classifier(self, arn, account=ALICE):
        answer = self.comprehend(account).describe_document_classifier(DocumentClassifierArn=arn)
        return answer["DocumentClassifierProperties"]

    def wait_classifier(self, arn, *statuses, timeout=90.0, account=ALICE):
        """Waits for one of `statuses`; a training that ended otherwise is an error at once."""
        return self._wait_model(lambda: self.describe_classifier(arn, account), statuses, timeout)

    def train_classifier(self, source, account=ALICE, **more):
        """ARN of a trained classifier."""
        arn = self.create_classifier(source, account, **more)
        self.wait_classifier(arn, "TRAINED", account=account)
        return arn

    def describe_recognizer(self, arn, account=ALICE):
        answer = self.comprehend(account).describe_entity_recognizer(EntityRecognizerArn=arn)
        return answer["EntityRecognizerProperties"]

    def create_recognizer(self, account=ALICE, **more):
        """ARN of a recognizer whose training has begun or soon will."""
        request = {
            "RecognizerName": f"r-{uuid.uuid4().hex[:12]}",
            "DataAccessRoleArn": account.role_arn,
            "LanguageCode": "en",
        }
        request.update(more)
        return self.comprehend(account).create_entity_recognizer(**request)["EntityRecognizerArn"]

    def wait_recognizer(self, arn, *statuses, timeout=120.0, account=ALICE):
        """As `wait_classifier`."""
        return self._wait_model(lambda: self.describe_recognizer(arn, account), statuses, timeout)

    def _wait_model(self, describe, statuses, timeout):
        last = {}

        def reached():
            last.update(describe())
            status = last["Status"]
            ended = status in MODEL_ENDS
            assert status in statuses or not ended, f"model is {status}, wanted {statuses}: {last.get('Message')}"
            return status in statuses

        wait_until(reached, lambda: f"model in {statuses}, it is {last.get('Status')}", timeout)
        return dict(last)

    # The control plane, through the program's own client commands

    def construe(self, *arguments, timeout=30):
        command = [binary(), *arguments, "--control", self.control]
        if self.control_token:
            command += ["--token", self.control_token]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=timeout, env=clean_environment(self.directory)
        )
        assert done.returncode == 0, f"{arguments}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def inspect(self, job):
        return json.loads(self.construe("jobs", "inspect", job, "--json"))

    def workers(self):
        return json.loads(self.construe("workers", "list", "--json"))

    # Processes

    def _spawn(self, name, arguments, environment):
        number = self._numbers.get(name, 0)
        self._numbers[name] = number + 1
        unique = f"{name}-{number}" if number else name
        return Process(
            f"{self.mode}-{self.directory.name}-{unique}",
            [binary(), *arguments],
            clean_environment(self.directory, environment),
            self.directory / "output",
        )


class Exports:
    """The `export NAME=value` lines that `standalone` and `object-server` print once they are ready."""

    NAMES = ["AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"]
    _PATTERN = re.compile(r"^export ([A-Z_]+)=(.*)$")

    def __init__(self, process):
        process.wait_ready(lambda: len(process.stdout().splitlines()) >= len(self.NAMES))
        lines = process.stdout().splitlines()
        parsed = [self._PATTERN.match(line) for line in lines]
        assert all(parsed) and [match[1] for match in parsed] == self.NAMES, (
            f"stdout has more than the exports: {lines}"
        )
        self.values = {match[1]: match[2].strip("'\"") for match in parsed}

    def __getitem__(self, name):
        return self.values[name]


class Standalone(Site):
    mode = "standalone"

    def __init__(self, directory, accounts=(ALICE, BOB), settings=None, arguments=()):
        super().__init__(directory)
        self._accounts = accounts
        self._settings = settings or {}
        self._arguments = list(arguments)
        self.process = None
        self.start_process()

    def start_process(self):
        arguments = ["standalone", "--listen", "127.0.0.1:0", "--data-dir", str(self.directory / "data")]
        for account in self._accounts:
            arguments += ["--account", account.flag]
        self.process = self._spawn("standalone", arguments + self._arguments, self._settings)
        self.exports = Exports(self.process)
        self.api = self.s3_url = self.control = self.exports["AWS_ENDPOINT_URL"]
        assert fetch(f"{self.api}/_construe/health/ready")[0] == 200

    def metrics(self):
        status, text = fetch(f"{self.api}/_construe/metrics")
        assert status == 200
        return {"standalone": text}

    def processes(self):
        return [self.process]

    def restart(self, kill=False):
        if kill:
            self.process.kill()
        else:
            assert self.process.terminate() == 0, self.process.tail()
        self.start_process()

    def close(self):
        if not self.process.killed:
            assert self.process.terminate() == 0, f"exit code {self.process.exit_code}\n{self.process.tail()}"


class ObjectServer:
    """`construe object-server` alone."""

    def __init__(self, directory, accounts=(ALICE, BOB)):
        self.directory = Path(directory)
        self._accounts = accounts
        self.process = None
        self.start_process()

    def start_process(self):
        arguments = [
            binary(),
            "object-server",
            "--listen",
            "127.0.0.1:0",
            "--data-dir",
            str(self.directory / "objects"),
        ]
        for account in self._accounts:
            arguments += ["--account", account.flag]
        self.process = Process(
            f"object-server-{self.directory.name}",
            arguments,
            clean_environment(self.directory),
            self.directory / "output",
        )
        self.exports = Exports(self.process)
        self.url = self.exports["AWS_ENDPOINT_URL"]

    def close(self):
        assert self.process.terminate() == 0, f"exit code {self.process.exit_code}\n{self.process.tail()}"


class MotoServer:
    """moto's S3, an implementation that is not ours. It has no notion of who may touch what."""

    def __init__(self, directory):
        program = shutil.which("moto_server", path=f"{Path(sys.executable).parent}:{clean_environment('/')['PATH']}")
        if not program:
            raise RuntimeError("moto_server not found: `make test` installs it (PyPI package moto[server])")
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.process = Process(
            "moto",
            [program, "-H", "127.0.0.1", "-p", str(port)],
            clean_environment(directory),
            Path(directory) / "output",
        )
        self.process.wait_ready(lambda: fetch(f"{self.url}/moto-api/data.json")[0] == 200, timeout=60)

    def close(self):
        self.process.kill()


class Cluster(Site):
    """Gateway, control plane and workers as separate processes on Postgres, RabbitMQ and S3."""

    mode = "cluster"
    WORK_BUCKET = "construe-work"

    def __init__(
        self,
        directory,
        workers=1,
        settings=None,
        objects=ObjectServer,
        medical_workers=0,
        classification_workers=0,
    ):
        super().__init__(directory)
        self._undo = []
        try:
            self._set_up(settings or {}, objects)
            kinds = {"entities": workers, "medical": medical_workers, "classification": classification_workers}
            for kind, count in kinds.items():
                for _ in range(count):
                    self.add_worker(kind)
        except BaseException:
            self.close(failed=True)
            raise

    def _set_up(self, settings, objects):
        self.database = Database()
        self._undo.append(self.database.drop)
        self.broker = Broker()
        self._undo.append(self.broker.drop)
        if objects is ObjectServer:
            self.objects = ObjectServer(self.directory / "s3", (ALICE, BOB, SERVICE))
        else:
            self.objects = objects(self.directory / "s3")
        self._undo.append(self.objects.close)
        self.s3_url = self.objects.url
        self.control_token = uuid.uuid4().hex
        gateway, control = free_port(), free_port()
        self.api = f"http://127.0.0.1:{gateway}"
        self.control = f"http://127.0.0.1:{control}"
        self.settings = {
            "CONSTRUE__DATABASE__URL": self.database.url,
            "CONSTRUE__QUEUE__URL": self.broker.url,
            "CONSTRUE__QUEUE__PREFIX": f"e2e-{uuid.uuid4().hex[:8]}",
            "CONSTRUE__OBJECTS__ENDPOINT": self.s3_url,
            "CONSTRUE__OBJECTS__REGION": REGION,
            "CONSTRUE__OBJECTS__PATH_STYLE": "true",
            "CONSTRUE__OBJECTS__ACCESS_KEY_ID": SERVICE.access_key,
            "CONSTRUE__OBJECTS__SECRET_ACCESS_KEY": SERVICE.secret,
            "CONSTRUE__OBJECTS__WORK_BUCKET": self.WORK_BUCKET,
            "CONSTRUE__OBJECTS__ROLES": ",".join(f"{a.id}={a.access_key}:{a.secret}" for a in (ALICE, BOB)),
            "CONSTRUE__ACCOUNTS": ",".join(a.flag for a in (ALICE, BOB)),
            "CONSTRUE__GATEWAY__LISTEN": f"127.0.0.1:{gateway}",
            "CONSTRUE__CONTROL__LISTEN": f"127.0.0.1:{control}",
            "CONSTRUE__CONTROL__URL": self.control,
            "CONSTRUE__CONTROL__TOKEN": self.control_token,
            **settings,
        }
        self._migrate()
        self.worker_processes = []
        self.control_plane = self.gateway = None
        self.start_control_plane()
        self.start_gateway()

    def _migrate(self):
        done = subprocess.run(
            [binary(), "migrate"],
            env=clean_environment(self.directory, self.settings),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def start_gateway(self, **changes):
        self.gateway = self._spawn("gateway", ["gateway"], {**self.settings, **changes})
        self.gateway.wait_ready(lambda: fetch(f"{self.api}/_construe/health/ready")[0] == 200)

    def start_control_plane(self, **changes):
        self.control_plane = self._with_admin("control-plane", ["control-plane"], changes)

    def add_worker(self, kind="entities", **changes):
        worker = self._with_admin("worker", ["worker", kind], changes)
        worker.kind = kind
        self.worker_processes.append(worker)
        return worker

    def _with_admin(self, name, arguments, changes):
        """Starts a role that has its own port for health and metrics, and waits until it is ready."""
        port = free_port()
        settings = {**self.settings, "CONSTRUE__ADMIN__LISTEN": f"127.0.0.1:{port}", **changes}
        process = self._spawn(name, arguments, settings)
        process.admin = f"http://127.0.0.1:{port}"
        process.wait_ready(lambda: fetch(f"{process.admin}/health/ready")[0] == 200)
        return process

    def processes(self):
        return [self.gateway, self.control_plane, *self.worker_processes, self.objects.process]

    def metrics(self):
        pages = {"gateway": f"{self.api}/_construe/metrics", "control-plane": f"{self.control_plane.admin}/metrics"}
        for number, worker in enumerate(self.worker_processes):
            if worker.exit_code is None:
                pages[f"worker-{number}"] = f"{worker.admin}/metrics"
        answers = {name: fetch(url) for name, url in pages.items()}
        assert all(status == 200 for status, _ in answers.values()), answers
        return {name: text for name, (_, text) in answers.items()}

    def restart(self, kill=False):
        """Restarts everything of ours except the object server."""
        workers, self.worker_processes = self.worker_processes, []
        for process in (self.gateway, self.control_plane, *workers):
            if kill:
                process.kill()
            elif process.exit_code is None:
                assert process.terminate() == 0, process.tail()
        self.start_control_plane()
        self.start_gateway()
        for worker in workers:
            self.add_worker(worker.kind)

    def close(self, failed=False):
        """Ends everything, and checks that whatever was not killed leaves in order."""
        faults = []
        processes = [getattr(self, "gateway", None), *getattr(self, "worker_processes", [])]
        for process in [*processes, getattr(self, "control_plane", None)]:
            if process is None or process.killed:
                continue
            if failed:
                process.kill()
                continue
            try:
                code = process.terminate()
                if code != 0:
                    faults.append(f"{process.name}: exit code {code}\n{process.tail()}")
            except AssertionError as error:
                faults.append(str(error))
        while self._undo:
            try:
                self._undo.pop()()
            except Exception as error:
                faults.append(repr(error))
        assert failed or not faults, "\n".join(faults)


def split_uri(uri):
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key
