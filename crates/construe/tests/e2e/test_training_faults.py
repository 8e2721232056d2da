"""Faults while a model is trained: killed processes, stops, drains, data that change.

The judge is an undisturbed training of the same data: the same model, byte for byte. A gate (see gate.py)
holds the struck process at the point where the fault is to strike.
"""

import pytest

from gate import Gate
from messages import messages, training_file
from sites import SERVICE, Cluster, split_uri
from waiting import wait_until

# How long a training may take that loses a lease on the way.
AFTER_A_FAULT = 60.0
TRAIN = rb"GET /[^ ]+/train\.csv"
# Reads of the training data: one to look at them, some to learn from them, one to judge the model.
LOOK = 1


class Struck:
    """A cluster without a worker of its own, training data in it, and a gate for the process to be struck."""

    def __init__(self, site):
        self.site = site
        self.gate = Gate(site.s3_url)
        self.through_gate = {"CONSTRUE__OBJECTS__ENDPOINT": self.gate.url}
        self.bucket = site.bucket()
        site.put(self.bucket, {"train.csv": training_file(messages(400))})
        self.classifier = None

    def start(self):
        self.classifier = self.site.create_classifier(
            f"s3://{self.bucket}/train.csv", OutputDataConfig={"S3Uri": f"s3://{self.bucket}/out"}
        )
        return self.classifier

    def describe(self):
        return self.site.describe_classifier(self.classifier)

    def wait(self, *statuses):
        return self.site.wait_classifier(self.classifier, *statuses, timeout=AFTER_A_FAULT)

    def job(self):
        """Id of the training's job, which is in the name of the folder of its output."""
        _, key = split_uri(self.describe()["OutputDataConfig"]["S3Uri"])
        return key.split("/")[1].rpartition("-")[2]

    def inspect(self):
        return self.site.inspect(self.classifier)

    def model(self):
        """The digest of the model, which is its name in the work bucket; `None`: there is none."""
        keys = self.site.keys(Cluster.WORK_BUCKET, f"models/{self.job()}/", SERVICE)
        assert len(keys) <= 1, keys
        return keys[0].rpartition("/")[2] if keys else None

    def archive(self):
        bucket, key = split_uri(self.describe()["OutputDataConfig"]["S3Uri"])
        assert self.site.keys(self.bucket, "out") == [key]
        return self.site.read(bucket, key)


@pytest.fixture
def strike(make_cluster):
    gates = []

    def build(**options):
        struck = Struck(make_cluster(workers=0, **options))
        gates.append(struck.gate)
        return struck

    yield build
    for gate in gates:
        gate.close()


@pytest.fixture
def check_undisturbed(strike):
    """Compares a training that was disturbed with one that is not."""

    def check(struck):
        properties = struck.wait("TRAINED")
        model, archive = struck.model(), struck.archive()
        assert model and archive
        site = struck.site
        other = site.train_classifier(f"s3://{struck.bucket}/train.csv")
        struck.classifier, disturbed = other, struck.classifier
        assert site.describe_classifier(other)["ClassifierMetadata"] == properties["ClassifierMetadata"]
        # Without an output location its job is not in the description: look through all models.
        models = [key.rpartition("/")[2] for key in site.keys(Cluster.WORK_BUCKET, "models/", SERVICE)]
        assert models == [model, model]
        struck.classifier = disturbed

    return check


def test_killed_worker(strike, check_undisturbed):
    """SIGKILL in the middle of a training: its lease runs out, and another worker trains again."""
    struck = strike()
    struck.gate.hold(TRAIN, after=LOOK)
    victim = struck.site.add_worker("classification", **struck.through_gate)
    struck.start()
    struck.gate.wait_held()
    assert struck.describe()["Status"] == "TRAINING"
    # What it told of its progress is there to see.
    wait_until(lambda: struck.inspect()["leases"][0]["perMille"] >= 50, "the progress to be told")
    victim.kill()
    struck.gate.release()
    struck.site.add_worker("classification")
    check_undisturbed(struck)
    assert struck.inspect()["shards"]["done"] == 1


def test_killed_finaliser(strike, check_undisturbed):
    """SIGKILL of the control plane between the model and the archive: the model counts, the archive follows."""
    struck = strike()
    site = struck.site
    assert site.control_plane.terminate() == 0
    # The planner's look whether it can write there comes before.
    struck.gate.hold(rb"(PUT|POST) /%b/out/[^ ]*output\.tar\.gz" % struck.bucket.encode())
    site.start_control_plane(**struck.through_gate)
    site.add_worker("classification")
    struck.start()
    struck.gate.wait_held()
    assert struck.model() and struck.describe()["Status"] == "TRAINING"
    assert site.keys(struck.bucket, "out") == []
    site.control_plane.kill()
    struck.gate.release()
    site.start_control_plane()
    check_undisturbed(struck)


def test_stop_while_training(strike):
    """A stopped training leaves neither a model nor an archive, and its worker goes on to the next."""
    struck = strike()
    site = struck.site
    struck.gate.hold(TRAIN, after=LOOK)
    site.add_worker("classification", **struck.through_gate)
    struck.start()
    struck.gate.wait_held()
    site.comprehend().stop_training_document_classifier(DocumentClassifierArn=struck.classifier)
    # The request that hangs is given up: nothing is released here.
    properties = struck.wait("STOPPED", "STOP_REQUESTED")
    properties = struck.wait("STOPPED")
    assert "ClassifierMetadata" not in properties and "Message" not in properties
    assert struck.model() is None and site.keys(struck.bucket, "out") == []
    struck.gate.release()
    struck.start()
    struck.wait("TRAINED")


def test_drained_worker(strike, check_undisturbed):
    """A worker that is told to leave gives the training back after its grace, which costs no attempt."""
    struck = strike(settings={"CONSTRUE__PIPELINE__DRAIN_GRACE_SECONDS": "0.2"})
    struck.gate.hold(TRAIN, after=LOOK)
    leaving = struck.site.add_worker("classification", **struck.through_gate)
    struck.start()
    struck.gate.wait_held()
    assert leaving.terminate() == 0
    struck.gate.release()
    struck.site.add_worker("classification")
    check_undisturbed(struck)


def test_data_that_change_while_they_are_learnt_from(strike):
    """Each pass insists on the object that the first one found."""
    struck = strike()
    struck.gate.hold(TRAIN, after=LOOK)
    struck.site.add_worker("classification", **struck.through_gate)
    struck.start()
    struck.gate.wait_held()
    struck.site.put(struck.bucket, {"train.csv": training_file(messages(300))})
    struck.gate.release()
    properties = struck.wait("IN_ERROR")
    assert properties["Message"] == f"INPUT_CHANGED: s3://{struck.bucket}/train.csv changed while the job ran."
    assert struck.model() is None and struck.site.keys(struck.bucket, "out") == []


def test_a_job_outlives_the_wish_to_delete_its_model(strike):
    """A model in use cannot be deleted; afterwards it can, and its file goes with it."""
    struck = strike(settings={"CONSTRUE__PIPELINE__SLOTS": "1"})
    site = struck.site
    site.add_worker("classification", **struck.through_gate)
    struck.start()
    struck.wait("TRAINED")
    site.put(struck.bucket, {"in/a.txt": b"see you at home\n" * 100})
    struck.gate.hold(rb"GET /[^ ]+/in/a\.txt")
    job = site.start(
        f"s3://{struck.bucket}/in/",
        f"s3://{struck.bucket}/out2",
        kind="classification",
        DocumentClassifierArn=struck.classifier,
    )
    struck.gate.wait_held()
    comprehend = site.comprehend()
    with pytest.raises(comprehend.exceptions.ResourceInUseException):
        comprehend.delete_document_classifier(DocumentClassifierArn=struck.classifier)
    struck.gate.release()
    site.wait(job, "COMPLETED", timeout=AFTER_A_FAULT)
    comprehend.delete_document_classifier(DocumentClassifierArn=struck.classifier)
    wait_until(
        lambda: not site.keys(Cluster.WORK_BUCKET, "models/", SERVICE), "the model's file to be removed", AFTER_A_FAULT
    )
    with pytest.raises(comprehend.exceptions.ResourceNotFoundException):
        comprehend.describe_document_classifier(DocumentClassifierArn=struck.classifier)
