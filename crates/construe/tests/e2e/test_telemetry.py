"""What leaves the processes besides answers: logs, traces, metrics. They tell a job's story and hold no
word of anybody's documents."""

import collections
import urllib.parse

import pytest

from collector import Collector
from gate import Gate
from signing import call
from sites import ALICE, BOB, BRISK, SERVICE, Cluster, Standalone
from test_medical import DETECT, TARGET, TYPES
from test_medical import start as start_batch
from test_medical import wait as wait_for_batch

# Everything here is in documents or is a secret; each is a word that nothing else contains.
CANARIES = {
    "name": "Philippa Quintessa",
    "surname": "Zephyrbottom",
    "e-mail": "xylocanary.seven@quartzpigeon.com",
    "card": "4539578763621486",
    "ssn": "536-81-4427",
    "password": "Tr0ub4dor-canary",
    "line of a bad document": "canary-in-latin1",
    "word without a finding": "unremarkablecanaryword",
}
DOCUMENT = (
    "My name is {name} {surname}, write to {e-mail}.\n"
    "Credit card {card}, SSN {ssn}, password: {password}\n"
    "An {word without a finding} here.\n"
).format(**CANARIES)
BAD_LINE = CANARIES["line of a bad document"].encode() + b" \xe9\xff\n"
LONG_LINE = (CANARIES["surname"] + " ").encode() * 90_000 + b"\n"


# Start requests that `drive` makes, the refused one included.
STARTS = 6
STEPS = ("plan job", "process shard", "finalize job")


@pytest.fixture(scope="module")
def collector():
    collector = Collector()
    yield collector
    collector.close()


def drive(site):
    """Jobs of every outcome, and refused requests; gives the id of one that completed."""
    bucket = site.bucket()
    documents = {f"in/{n}.txt": DOCUMENT.encode() + BAD_LINE for n in range(5)}
    documents["in/long.txt"] = LONG_LINE + DOCUMENT.encode() * 300
    site.put(bucket, documents)
    source, target = f"s3://{bucket}/in/", f"s3://{bucket}/out"
    completed, _ = site.run(source, target)
    site.run(source, target, Mode="ONLY_REDACTION", RedactionConfig={"PiiEntityTypes": ["ALL"], "MaskMode": "MASK"})
    whole = {"S3Uri": source, "InputFormat": "ONE_DOC_PER_FILE"}
    site.run("", target, InputDataConfig=whole)
    site.run_archived(source, target)
    site.wait(site.start(f"s3://{bucket}/nothing/", target), "FAILED")
    stopped = site.start(source, target)
    site.stop(stopped)
    site.wait(stopped, "STOPPED", "COMPLETED")
    call(site.api, "ListPiiEntitiesDetectionJobs", {}, secret="wrong" + ALICE.secret)
    call(site.api, "StartPiiEntitiesDetectionJob", {"Mode": "NONE"})
    call(site.api, "DetectPiiEntities", {"Text": DOCUMENT, "LanguageCode": "en"})
    call(site.api, "DetectEntities", {"Text": DOCUMENT, "LanguageCode": "en"})
    call(site.api, "DetectEntities", {"Text": DOCUMENT, "LanguageCode": "none"})
    call(site.api, "BatchDetectEntities", {"TextList": [DOCUMENT, DOCUMENT * 100], "LanguageCode": "en"})
    call(site.api, "DescribePiiEntitiesDetectionJob", b'{"JobId": "%b' % CANARIES["password"].encode())
    drive_medical(site)
    return completed["JobId"]


def drive_medical(site):
    """The same for Comprehend Medical: batches with results, with every kind of bad file, and with nothing else."""
    note = f"Patient {DOCUMENT} denies chest pain, takes aspirin.".encode()
    bucket = site.bucket()
    bad = {"bad.txt": note + BAD_LINE, "empty.txt": b"", "long.txt": LONG_LINE}
    site.put(bucket, {"in/note.txt": note, **{f"in/{name}": body for name, body in bad.items()}})
    site.put(bucket, {f"bad/{name}": body for name, body in bad.items()})
    for kind in TYPES:
        wait_for_batch(site, kind, start_batch(site, kind, bucket), "PARTIAL_SUCCESS")
        wait_for_batch(site, kind, start_batch(site, kind, bucket, source="bad/"), "FAILED")
        stopped = start_batch(site, kind, bucket)
        getattr(site.medical(), f"stop_{TYPES[kind][0]}")(JobId=stopped)
    for operation in ("DetectEntitiesV2", "DetectPHI"):
        for text in (note.decode(), note.decode() * 200):
            call(site.api, operation, {"Text": text}, target=TARGET, service="comprehendmedical")
    for operation in DETECT.values():
        assert getattr(site.medical(), operation)(Text=note.decode())["Entities"]


def assert_silent(where, text, secrets=()):
    """None of the canaries is in `text`, in whatever form a careless log might have put it."""
    words = dict(CANARIES)
    for canary in CANARIES.values():
        words[f"quoted {canary}"] = urllib.parse.quote(canary)
    for secret in (*secrets, *(account.secret for account in (ALICE, BOB, SERVICE))):
        words[f"secret {secret[:6]}…"] = secret
        words[f"quoted secret {secret[:6]}…"] = urllib.parse.quote(secret, safe="")
    # Bytes printed as a list of numbers, as `{:?}` of a `Vec<u8>` does.
    numbers = ", ".join(str(byte) for byte in CANARIES["e-mail"].encode())
    words["numbers"] = numbers
    for what, word in words.items():
        at = text.find(word)
        assert at < 0, f"{what} shows in {where}: …{text[max(0, at - 300) : at + 40]}…"


@pytest.fixture(scope="module", params=["standalone", "cluster"])
def story(request, tmp_path_factory, collector):
    """An installation that logs all it can, driven, and then ended in order, so that all was flushed.
    Gives (collector, id of a completed job, output of the processes, metrics pages, further secrets)."""
    settings = {
        **BRISK,
        "CONSTRUE__TELEMETRY__LOG_FILTER": "debug",
        "CONSTRUE__TELEMETRY__OTLP_ENDPOINT": collector.endpoint,
    }
    directory = tmp_path_factory.mktemp("telemetry")
    secrets = []
    if request.param == "standalone":
        site = Standalone(directory, settings=settings)
    else:
        site = Cluster(directory, workers=2, settings=settings, medical_workers=1)
        secrets = [site.control_token]
    try:
        job = drive(site)
        pages = site.metrics()
    except BaseException:
        site.close(failed=True) if request.param == "cluster" else site.process.kill()
        raise
    site.close()
    output = {path.name: path.read_text("utf-8", "replace") for path in directory.rglob("output/*.std*")}
    return request.param, job, output, pages, secrets


def test_no_document_and_no_secret_in_any_telemetry(story, collector):
    mode, _, output, pages, secrets = story
    assert len(output) >= (2 if mode == "standalone" else 10)
    for name, text in output.items():
        # Its four lines of exports are where a secret belongs.
        assert_silent(name, "" if name.endswith(".stdout") and "export AWS_" in text else text, secrets)
    assert any("DEBUG" in text for text in output.values()), "the filter asked for debug"
    for name, text in pages.items():
        assert_silent(f"metrics of {name}", text, secrets)
    assert_silent("OTLP", collector.everything(), secrets)


def test_one_trace_tells_the_story_of_a_job(story, collector):
    """From the client's call to the last byte: every step belongs to the trace of the start request, as
    part of it or by a link, and no span of a request is lost."""
    mode, job, *_ = story
    gateway, plane, worker = (
        ["construe-standalone"] * 3
        if mode == "standalone"
        else ["construe-gateway", "construe-control-plane", "construe-worker-entities"]
    )
    spans = collector.spans()
    starts = [span for span in spans if span.service == gateway and span.name == "StartPiiEntitiesDetectionJob"]
    assert len(starts) == STARTS, f"{len(starts)} spans for {STARTS} start requests; {_counts(spans)}"
    steps = [span for span in spans if span.attributes.get("construe.job.id") == job and span.name in STEPS]
    for name, service in zip(STEPS, (plane, worker, plane), strict=True):
        assert [s for s in steps if s.name == name and s.service == service], (name, service, _counts(spans))
    traces = [start.trace for start in starts if any(step.belongs_to(start.trace) for step in steps)]
    assert len(traces) == 1, traces
    strangers = [step for step in steps if not step.belongs_to(traces[0])]
    assert not strangers, strangers


def _counts(spans):
    return collections.Counter(map(repr, spans))


def test_metrics_by_otlp_and_on_the_pages(story, collector):
    mode, _, _, pages, _ = story
    text = "\n".join(pages.values())
    for name in (
        "http_server_request_duration_seconds_bucket",
        "construe_jobs_total",
        "construe_documents_total",
        "construe_shard_duration_seconds_bucket",
        "db_client_operation_duration_seconds_bucket",
        "messaging_process_duration_seconds_bucket",
    ):
        assert name in text, name
    assert "111122223333" not in text, "ids are no metric labels"
    exported = set().union(*collector.metrics().values())
    for name in ("http.server.request.duration", "construe.jobs", "construe.documents"):
        assert name in exported, exported
    assert len(collector.log_services()) >= (1 if mode == "standalone" else 3)


def test_a_dead_collector_stops_nothing(make_cluster):
    """Telemetry that nobody takes is no reason to refuse work, or to linger at the end."""
    gate = Gate("http://127.0.0.1:9")
    site = make_cluster(settings={"CONSTRUE__TELEMETRY__OTLP_ENDPOINT": gate.url})
    bucket = site.bucket()
    site.put(bucket, {"in.txt": DOCUMENT.encode()})
    site.run(f"s3://{bucket}/in.txt", f"s3://{bucket}/out")
    gate.close()
