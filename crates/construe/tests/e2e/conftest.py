"""End-to-end tests: the built program, driven from outside like its users do.

`CONSTRUE_BIN` names the program (default: target/debug/construe). Postgres and RabbitMQ come from
`CONSTRUE_TEST_POSTGRES_URL`, `CONSTRUE_TEST_AMQP_URL` and `CONSTRUE_TEST_RABBITMQ_MANAGEMENT_URL`, which
deploy/test-services/run.sh sets; a missing one fails the tests that need it.
"""

import itertools
import time

import pytest

import processes
from sites import ALICE, BOB, BRISK, Cluster, ObjectServer, Standalone


@pytest.fixture(scope="session")
def standalone(tmp_path_factory):
    site = Standalone(tmp_path_factory.mktemp("shared"), settings=BRISK)
    yield site
    site.close()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    directory = tmp_path_factory.mktemp("shared")
    site = Cluster(directory, workers=2, settings=BRISK, medical_workers=1, classification_workers=1)
    yield site
    site.close()


@pytest.fixture(scope="session", params=["standalone", "cluster"])
def site(request):
    """Each test that uses this runs against the embedded and the distributed mode. Shared: a test makes
    buckets of its own and leaves the processes alone."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def make_standalone(tmp_path):
    """Builds installations that belong to one test."""
    yield from _factory(lambda number, **options: Standalone(tmp_path / f"own-{number}", **options))


@pytest.fixture
def make_cluster(tmp_path):
    def build(number, settings=None, **options):
        return Cluster(tmp_path / f"own-{number}", settings={**BRISK, **(settings or {})}, **options)

    yield from _factory(build)


def _factory(build):
    made = []
    numbers = itertools.count()

    def make(**options):
        made.append(build(next(numbers), **options))
        return made[-1]

    yield make
    faults = []
    for site in reversed(made):
        try:
            site.close()
        except Exception as error:
            faults.append(str(error))
    assert not faults, "\n".join(faults)


@pytest.fixture(scope="session")
def object_server(tmp_path_factory):
    server = ObjectServer(tmp_path_factory.mktemp("object-server"))
    yield server
    server.close()


@pytest.fixture(scope="session")
def alice():
    return ALICE


@pytest.fixture(scope="session")
def bob():
    return BOB


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    item.started_at = time.monotonic()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        report.sections += processes.reports(getattr(item, "started_at", time.monotonic()))
    return report
