"""Faults on a real installation: killed processes, lost messages, cut connections, stops and drains.

The judge is always the same: the bytes of an undisturbed run. Where a fault has to strike at a certain
point, a gate (see gate.py) between the struck process and S3 holds it there; nothing depends on luck.
"""

import signal
import time

import pytest
from botocore.exceptions import ClientError

from corpus import CR, CRLF, LF, line_file
from gate import Gate
from outputs import check_entities_output, check_line_output, records
from sites import ALICE, Cluster
from waiting import wait_until

PART_WRITE = rb"(PUT|POST) /" + Cluster.WORK_BUCKET.encode() + rb"/parts/"
# How long a job may take that loses a lease on the way: the lease's time, a sweep, and the work.
AFTER_A_FAULT = 60.0


@pytest.fixture(scope="session")
def corpus():
    """Files of which some share a shard and one is cut into many; some lines are bad."""
    files = {f"small-{n}.txt": line_file(200 + n, 15, (LF, CRLF)).body for n in range(12)}
    files["large.txt"] = line_file(300, 4000, (LF, CRLF, CR), blank_every=50).body
    files["zz-large.txt"] = line_file(303, 600).body
    files["bad.txt"] = line_file(301, 10).body + b"caf\xe9\n" + line_file(302, 10).body
    return files


@pytest.fixture(scope="session")
def undisturbed(standalone, corpus):
    """Outputs of the same input where nothing happens, in the embedded mode."""
    bucket = standalone.bucket()
    standalone.put(bucket, corpus, prefix="in/")
    _, outputs = standalone.run(f"s3://{bucket}/in/", f"s3://{bucket}/out")
    for name, body in corpus.items():
        check_line_output(name, body, outputs[f"{name}.out"])
    return outputs


@pytest.fixture(scope="session")
def undisturbed_archive(standalone, corpus):
    """What the archive of an entities job on the same input holds, likewise."""
    bucket = standalone.bucket()
    standalone.put(bucket, corpus, prefix="in/")
    _, content = standalone.run_archived(f"s3://{bucket}/in/", f"s3://{bucket}/out")
    check_entities_output(corpus, content)
    return content


class Struck:
    """A cluster with the corpus in it, one job, and a gate for the process that the test strikes."""

    def __init__(self, site, corpus):
        self.site = site
        self.gate = Gate(site.s3_url)
        self.through_gate = {"CONSTRUE__OBJECTS__ENDPOINT": self.gate.url}
        self.bucket = site.bucket()
        site.put(self.bucket, corpus, prefix="in/")
        self.job = None

    def start(self, kind="pii"):
        self.job = self.site.start(f"s3://{self.bucket}/in/", f"s3://{self.bucket}/out", kind=kind)
        return self.job

    def archived(self, state="COMPLETED"):
        return self.site.archived(self.site.wait(self.job, state, timeout=AFTER_A_FAULT))

    def outputs(self, state="COMPLETED"):
        properties = self.site.wait(self.job, state, timeout=AFTER_A_FAULT)
        return self.site.read_prefix(properties["OutputDataConfig"]["S3Uri"])

    def shards(self):
        """Counts of shards by state."""
        return self.site.inspect(self.job)["shards"]

    def visible(self):
        """Keys of the output location; nothing may be there before the job's end writes it."""
        return self.site.keys(self.bucket, "out")


@pytest.fixture
def strike(make_cluster, corpus):
    gates = []

    def build(**options):
        struck = Struck(make_cluster(workers=0, **options), corpus)
        gates.append(struck.gate)
        return struck

    yield build
    for gate in gates:
        gate.close()


def test_killed_worker(strike, undisturbed):
    """SIGKILL in the middle of a shard: its lease runs out, and another worker does the shard again."""
    struck = strike()
    struck.gate.hold(PART_WRITE, after=3)
    victim = struck.site.add_worker(**struck.through_gate)
    struck.start()
    struck.gate.wait_held()
    wait_until(lambda: struck.shards()["done"] >= 3, "three shards committed")
    assert struck.shards()["leased"] >= 1 and struck.site.describe(struck.job)["JobStatus"] == "IN_PROGRESS"
    assert struck.visible() == []
    victim.kill()
    struck.gate.release()
    struck.site.add_worker()
    assert struck.outputs() == undisturbed


def test_frozen_worker_comes_back_too_late(strike, undisturbed):
    """A worker that stops for longer than its lease lives and then goes on changes nothing."""
    struck = strike()
    struck.gate.hold(PART_WRITE, after=1)
    frozen = struck.site.add_worker(**struck.through_gate)
    struck.start()
    # Both slots upload: nothing of its own is under way with the database.
    struck.gate.wait_held(2)
    frozen.signal(signal.SIGSTOP)
    struck.site.add_worker()
    try:
        assert struck.outputs() == undisturbed
    finally:
        struck.gate.release()
        frozen.signal(signal.SIGCONT)
    # It is alive, has dropped its work, and takes part in the next job.
    done = struck.site.describe(struck.job)
    struck.start()
    assert struck.outputs() == undisturbed
    assert frozen.exit_code is None
    assert struck.site.describe(done["JobId"]) == done


def test_purged_queues(strike, undisturbed):
    """Messages are doorbells: with every one of them gone the sweeper rings again."""
    struck = strike()
    struck.start()
    struck.site.wait(struck.job, "IN_PROGRESS")
    wait_until(lambda: struck.site.inspect(struck.job)["planned"], "the plan to be complete")
    struck.site.broker.purge()
    struck.gate.hold(PART_WRITE, after=2)
    struck.site.add_worker(**struck.through_gate)
    struck.gate.wait_held()
    struck.site.broker.purge()
    struck.gate.release()
    wait_until(
        lambda: struck.site.broker.purge() or _ended(struck), "the job to end while its queues are purged", 60, 2.5
    )
    assert struck.outputs() == undisturbed


def _ended(struck):
    return struck.site.describe(struck.job)["JobStatus"] == "COMPLETED"


def test_broken_broker_connections(strike, undisturbed):
    """Every connection to the broker is closed under the job's feet: all sides come back by themselves."""
    struck = strike()
    struck.gate.hold(PART_WRITE, after=2)
    struck.site.add_worker(**struck.through_gate)
    struck.start()
    struck.gate.wait_held()
    broker = struck.site.broker
    # The management interface lists a connection a few seconds after it was made.
    before = wait_until(lambda: len(broker.connections()) >= 2 and broker.close_connections(), "connections to close")
    struck.gate.release()
    assert struck.outputs() == undisturbed
    wait_until(lambda: set(broker.connections()) - set(before), "new connections")
    # The way of a whole new job, from outbox to finaliser, is open again.
    struck.start()
    assert struck.outputs() == undisturbed


def test_killed_planner(strike, undisturbed):
    """SIGKILL of the control plane mid-plan, after some batches of shards: another goes on from there."""
    struck = strike(settings={"CONSTRUE__PIPELINE__SHARD_BYTES": "2048"})
    site = struck.site
    assert site.control_plane.terminate() == 0
    struck.gate.hold(rb"GET /%b/in/zz-large\.txt" % struck.bucket.encode())
    site.start_control_plane(**struck.through_gate)
    struck.start()
    struck.gate.wait_held()
    halfway = site.inspect(struck.job)
    assert not halfway["planned"] and halfway["state"] == "IN_PROGRESS" and sum(halfway["shards"].values()) > 100, (
        halfway
    )
    site.control_plane.kill()
    struck.gate.release()
    site.add_worker()
    site.start_control_plane()
    assert struck.outputs() == undisturbed


def test_killed_finaliser(strike, undisturbed):
    """SIGKILL of the control plane while it writes outputs: those written count, the others follow."""
    struck = strike()
    site = struck.site
    assert site.control_plane.terminate() == 0
    # The first request below out/ may be the planner's look whether it can write there.
    output_write = rb"(PUT|POST) /%b/out/[^ ]*small-5" % struck.bucket.encode()
    struck.gate.hold(output_write, after=0)
    site.start_control_plane(**struck.through_gate)
    site.add_worker()
    struck.start()
    struck.gate.wait_held()
    assert site.describe(struck.job)["JobStatus"] == "IN_PROGRESS"
    site.control_plane.kill()
    struck.gate.release()
    site.start_control_plane()
    assert struck.outputs() == undisturbed


# Archives


def test_archive_after_a_killed_worker(strike, undisturbed_archive):
    struck = strike()
    struck.gate.hold(PART_WRITE, after=3)
    victim = struck.site.add_worker(**struck.through_gate)
    struck.start("entities")
    struck.gate.wait_held()
    wait_until(lambda: struck.shards()["done"] >= 3, "three shards committed")
    assert struck.visible() == []
    victim.kill()
    struck.gate.release()
    struck.site.add_worker()
    assert struck.archived() == undisturbed_archive


def test_archive_after_a_killed_planner(strike, undisturbed_archive):
    struck = strike(settings={"CONSTRUE__PIPELINE__SHARD_BYTES": "2048"})
    site = struck.site
    assert site.control_plane.terminate() == 0
    struck.gate.hold(rb"GET /%b/in/zz-large\.txt" % struck.bucket.encode())
    site.start_control_plane(**struck.through_gate)
    struck.start("entities")
    struck.gate.wait_held()
    halfway = site.inspect(struck.job)
    assert not halfway["planned"] and sum(halfway["shards"].values()) > 100, halfway
    site.control_plane.kill()
    struck.gate.release()
    site.add_worker()
    site.start_control_plane()
    assert struck.archived() == undisturbed_archive


@pytest.mark.parametrize("moment", ["reading", "writing"])
def test_archive_after_a_killed_finaliser(strike, undisturbed_archive, moment):
    """SIGKILL of the control plane while it reads parts, and when the archive is about to be there."""
    struck = strike()
    site = struck.site
    assert site.control_plane.terminate() == 0
    struck.gate.hold(
        rb"GET /" + Cluster.WORK_BUCKET.encode() + rb"/parts/"
        if moment == "reading"
        else rb"(PUT|POST) /%b/out/[^ ]*output\.tar\.gz" % struck.bucket.encode(),
        after=5 if moment == "reading" else 0,
    )
    site.start_control_plane(**struck.through_gate)
    site.add_worker()
    struck.start("entities")
    struck.gate.wait_held()
    assert site.describe(struck.job)["JobStatus"] == "IN_PROGRESS"
    assert struck.visible() == [], "an archive is there whole or not at all"
    site.control_plane.kill()
    struck.gate.release()
    site.start_control_plane()
    assert struck.archived() == undisturbed_archive


def test_stopped_archive_keeps_what_was_done(strike, undisturbed_archive):
    """Whole records from the beginning of the results, in an archive like any other."""
    struck = strike()
    struck.gate.hold(PART_WRITE, after=4)
    struck.site.add_worker(**struck.through_gate)
    struck.start("entities")
    struck.gate.wait_held()
    wait_until(lambda: struck.shards()["done"] >= 4, "four shards committed")
    assert struck.site.stop(struck.job)["JobStatus"] == "STOP_REQUESTED"
    struck.gate.release()
    content = struck.archived("STOPPED")
    assert len(content) < len(undisturbed_archive)
    kept = set(content.splitlines())
    assert len(kept) >= 100 and kept <= set(undisturbed_archive.splitlines())


def test_control_plane_down(strike, undisturbed):
    """Starting needs the database alone; stopping needs the control plane, and says so when it is away."""
    struck = strike()
    site = struck.site
    site.add_worker()
    assert site.control_plane.terminate() == 0
    struck.start()
    with pytest.raises(ClientError) as raised:
        site.stop(struck.job)
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] in (500, 503)
    assert site.describe(struck.job)["JobStatus"] == "SUBMITTED"
    site.start_control_plane()
    assert struck.outputs() == undisturbed
    again = struck.start()
    wait_until(lambda: site.stop(again), "the gateway to find the new control plane")
    site.wait(again, "STOPPED", "COMPLETED")


@pytest.mark.parametrize("role", ["worker", "control-plane", "gateway"])
def test_commits_whose_answers_are_lost(strike, undisturbed, role):
    """The first commits of a role take effect, but its connection breaks before the answer comes: whether
    they are repeated or found done, nothing is done twice and nothing is missing."""
    struck = strike()
    site = struck.site
    database = Gate(site.database.url)
    through = {"CONSTRUE__DATABASE__URL": database.url}
    if role == "worker":
        site.add_worker(**through)
    else:
        site.add_worker()
        process = getattr(site, role.replace("-", "_"))
        assert process.terminate() == 0
        getattr(site, f"start_{role.replace('-', '_')}")(**through)
    try:
        token = "the-same-every-time"
        request = site.request(f"s3://{struck.bucket}/in/", f"s3://{struck.bucket}/out", ClientRequestToken=token)
        database.cut(rb"COMMIT\x00", times=4)

        def start():
            try:
                return site.comprehend().start_pii_entities_detection_job(**request)["JobId"]
            except ClientError as error:
                assert error.response["ResponseMetadata"]["HTTPStatusCode"] in (500, 503), error
                return None

        struck.job = wait_until(start, "a start that is answered")
        assert struck.outputs() == undisturbed
        assert database.cuts > 0, "no answer was taken away: nothing was shown"
        listed = site.comprehend().list_pii_entities_detection_jobs()["PiiEntitiesDetectionJobPropertiesList"]
        assert [job["JobId"] for job in listed] == [struck.job], "one token, one job"
    finally:
        database.close()


def test_killed_gateway_and_whole_restart(strike, undisturbed):
    """Everything of ours is killed at once, mid-job; after a restart the job is where it was."""
    struck = strike()
    struck.gate.hold(PART_WRITE, after=3)
    struck.site.add_worker(**struck.through_gate)
    struck.start()
    struck.gate.wait_held()
    struck.site.restart(kill=True)
    struck.gate.release()
    assert struck.outputs() == undisturbed


def test_two_workers_share_a_job(strike, undisturbed):
    """Both hold shards of one job at the same time, and who works on what is told."""
    struck = strike()
    struck.gate.hold(PART_WRITE)
    workers = [struck.site.add_worker(**struck.through_gate) for _ in range(2)]
    struck.start()

    def holders():
        leases = struck.site.inspect(struck.job)["leases"]
        return {lease["holder"] for lease in leases if lease["shard"] is not None}

    wait_until(lambda: len(holders()) == 2, lambda: f"both workers at work, leases are of {holders()}")
    listed = struck.site.workers()
    assert {worker["id"] for worker in listed} == holders()
    assert all(worker["kind"] == "entities" and worker["slots"] >= 1 for worker in listed)
    wait_until(lambda: all(w["busy"] >= 1 for w in struck.site.workers()), "both reported busy")
    struck.gate.release()
    assert struck.outputs() == undisturbed
    assert all(worker.exit_code is None for worker in workers)


# Stop


def test_stop_keeps_what_was_done(strike, undisturbed, corpus):
    """Mid-job stop: within its bound the job is STOPPED, and what it leaves is the beginning of each
    output that it got to, ending with a whole record."""
    struck = strike()
    struck.gate.hold(PART_WRITE, after=4)
    struck.site.add_worker(**struck.through_gate)
    struck.start()
    struck.gate.wait_held()
    wait_until(lambda: struck.shards()["done"] >= 4, "four shards committed")
    for _ in range(2):
        answer = struck.site.stop(struck.job)
        assert answer == {**answer, "JobId": struck.job, "JobStatus": "STOP_REQUESTED"}, "also when asked twice"
    assert struck.site.describe(struck.job)["JobStatus"] == "STOP_REQUESTED"
    struck.gate.release()
    asked = time.monotonic()
    outputs = struck.outputs("STOPPED")
    assert time.monotonic() - asked < 20
    kept = 0
    for name, body in outputs.items():
        assert undisturbed[name].startswith(body), name
        kept += len(records(body))
    # Committed before the stop, so in the output: four shards of some 16 KiB of input each.
    assert kept >= 100, kept
    assert sum(map(len, outputs.values())) < sum(map(len, undisturbed.values()))


def test_stop_of_a_dead_workers_job(strike, undisturbed):
    """The worker is gone with its lease; the stop does not wait for it beyond the grace."""
    struck = strike()
    struck.gate.hold(PART_WRITE, after=2)
    victim = struck.site.add_worker(**struck.through_gate)
    struck.start()
    struck.gate.wait_held()
    wait_until(lambda: struck.shards()["done"] >= 2, "two shards committed")
    victim.kill()
    struck.site.stop(struck.job)
    outputs = struck.outputs("STOPPED")
    assert outputs and all(undisturbed[name].startswith(body) for name, body in outputs.items())


def test_stop_before_planning(strike):
    """The planner is held at its first look into the bucket: the stop wins, and no work ever starts."""
    struck = strike()
    site = struck.site
    assert site.control_plane.terminate() == 0
    struck.gate.hold(rb"GET /%b/?\?" % struck.bucket.encode())
    site.start_control_plane(**struck.through_gate)
    site.add_worker()
    struck.start()
    struck.gate.wait_held()
    assert site.describe(struck.job)["JobStatus"] == "SUBMITTED"
    for _ in range(2):
        assert site.stop(struck.job)["JobStatus"] == "STOP_REQUESTED"
    assert site.describe(struck.job)["JobStatus"] in ("STOP_REQUESTED", "STOPPED")
    struck.gate.release()
    assert struck.outputs("STOPPED") == {}
    assert struck.visible() == []


def test_stop_through_the_control_client(strike):
    """`construe jobs stop` and `watch`, from the operator's side."""
    struck = strike()
    struck.start()
    struck.site.wait(struck.job, "IN_PROGRESS")
    struck.site.construe("jobs", "stop", struck.job)
    struck.site.wait(struck.job, "STOPPED", timeout=AFTER_A_FAULT)
    shown = struck.site.construe("jobs", "watch", struck.job)
    assert "STOPPED" in shown
    assert "STOPPED" in struck.site.construe("jobs", "inspect", struck.job)


# Drain


def test_drained_worker_hands_its_work_back(strike, undisturbed):
    """`construe workers drain`: the worker finishes or hands back, leaves with exit code 0, and is
    not listed any more; the job goes on elsewhere without waiting for a lease to run out."""
    struck = strike()
    struck.gate.hold(PART_WRITE, after=2)
    leaving = struck.site.add_worker(**struck.through_gate)
    struck.start()
    struck.gate.wait_held()
    (listed,) = struck.site.workers()
    struck.site.construe("workers", "drain", listed["id"])
    wait_until(lambda: struck.site.workers()[0]["draining"], "the worker to say that it drains")
    struck.gate.release()
    assert leaving.wait(timeout=30) == 0
    assert struck.site.workers() == []
    struck.site.add_worker()
    assert struck.outputs() == undisturbed


def test_terminated_worker_leaves_in_time(strike, undisturbed):
    struck = strike()
    struck.gate.hold(PART_WRITE, after=2)
    leaving = struck.site.add_worker(CONSTRUE__PIPELINE__DRAIN_GRACE_SECONDS="2", **struck.through_gate)
    struck.start()
    struck.gate.wait_held()
    # Its upload hangs for good, so it cannot finish within the grace: it has to give up and hand back.
    assert leaving.terminate(timeout=15) == 0
    assert struck.shards().get("leased", 0) == 0, "handed back, not left to run out"
    struck.gate.release()
    struck.site.add_worker()
    assert struck.outputs() == undisturbed


# Embedded


def test_killed_standalone_goes_on_after_a_restart(make_standalone, undisturbed, corpus):
    """SIGKILL of the one process mid-job; the same data directory finishes the job with the same bytes."""
    site = make_standalone(
        settings={"CONSTRUE__PIPELINE__SHARD_BYTES": "2048", "CONSTRUE__PIPELINE__LEASE_TTL_SECONDS": "3"},
        arguments=["--slots", "1"],
    )
    bucket = site.bucket()
    site.put(bucket, corpus, prefix="in/")
    job = site.start(f"s3://{bucket}/in/", f"s3://{bucket}/out")
    wait_until(lambda: site.inspect(job)["shards"].get("done", 0) > 0, "a first shard", poll=0)
    site.process.kill()
    killed_at = time.time()
    site.start_process()
    done = site.wait(job, "COMPLETED", timeout=AFTER_A_FAULT)
    assert done["EndTime"].timestamp() > killed_at, "the job had ended before the kill: nothing was shown"
    assert site.read_prefix(done["OutputDataConfig"]["S3Uri"]) == undisturbed


def test_standalone_keeps_its_own_account(tmp_path, make_standalone):
    """With no --account it makes one, prints it, and still knows it after a restart."""
    site = make_standalone(accounts=())
    first = dict(site.exports.values)
    assert len(first["AWS_ACCESS_KEY_ID"]) >= 16 and len(first["AWS_SECRET_ACCESS_KEY"]) >= 40
    assert first["AWS_DEFAULT_REGION"] == "us-east-1"
    own = ALICE.__class__("", first["AWS_ACCESS_KEY_ID"], first["AWS_SECRET_ACCESS_KEY"])
    bucket = site.bucket(account=own)
    site.restart()
    second = dict(site.exports.values)
    first.pop("AWS_ENDPOINT_URL"), second.pop("AWS_ENDPOINT_URL")
    assert first == second
    assert site.s3(own).list_buckets()["Buckets"][0]["Name"] == bucket
