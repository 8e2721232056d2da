"""Private corners of the shared test services: a database and a RabbitMQ virtual host per cluster."""

import base64
import json
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request
import uuid
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from processes import required_variable


def _psql():
    found = shutil.which("psql")
    if not found:
        candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin/psql"))
        if not candidates:
            raise RuntimeError("psql not found: install the Postgres client (`make test` does)")
        found = str(candidates[-1])
    return found


class Database:
    """An empty database of its own; `url` names it."""

    def __init__(self):
        self._server = required_variable("CONSTRUE_TEST_POSTGRES_URL")
        self.name = f"e2e_{uuid.uuid4().hex}"
        self._run(f"CREATE DATABASE {self.name}")
        parts = urlsplit(self._server)
        self.url = urlunsplit(parts._replace(path=f"/{self.name}"))

    def drop(self):
        self._run(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    def _run(self, statement):
        subprocess.run(
            [_psql(), self._server, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", statement],
            check=True,
            capture_output=True,
            text=True,
        )


class Broker:
    """A virtual host of its own, managed over RabbitMQ's HTTP API."""

    def __init__(self):
        server = urlsplit(required_variable("CONSTRUE_TEST_AMQP_URL"))
        management = urlsplit(required_variable("CONSTRUE_TEST_RABBITMQ_MANAGEMENT_URL"))
        user = management.username or server.username or "guest"
        password = management.password or server.password or "guest"
        self._credentials = base64.b64encode(f"{user}:{password}".encode()).decode()
        self._api = f"{management.scheme}://{management.hostname}:{management.port}/api"
        self.vhost = f"e2e-{uuid.uuid4().hex}"
        self._call("PUT", f"vhosts/{self.vhost}", {})
        self._call(
            "PUT",
            f"permissions/{self.vhost}/{server.username or 'guest'}",
            {"configure": ".*", "write": ".*", "read": ".*"},
        )
        self.url = urlunsplit(server._replace(path=f"/{self.vhost}"))

    def queues(self):
        return [queue["name"] for queue in self._call("GET", f"queues/{self.vhost}")]

    def purge(self):
        """Empties every queue; messages in the hands of consumers stay there."""
        for name in self.queues():
            self._call("DELETE", f"queues/{self.vhost}/{urllib.parse.quote(name, safe='')}/contents")

    def connections(self):
        return [row["name"] for row in self._call("GET", f"vhosts/{self.vhost}/connections")]

    def close_connections(self):
        closed = self.connections()
        for name in closed:
            self._call("DELETE", f"connections/{urllib.parse.quote(name, safe='')}")
        return closed

    def drop(self):
        self._call("DELETE", f"vhosts/{self.vhost}")

    def _call(self, method, path, body=None):
        request = urllib.request.Request(
            f"{self._api}/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Basic {self._credentials}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=15) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            if method == "DELETE" and error.code == 404:
                return None  # Gone by itself: what was wanted.
            raise RuntimeError(f"RabbitMQ management: {method} {path}: {error.code} {error.read()[:300]!r}") from None
        return json.loads(text) if text else None
