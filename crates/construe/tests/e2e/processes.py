"""Child processes: output kept in files, always ended, shown when a test fails."""

import ctypes
import os
import random
import signal
import socket
import subprocess
import time
from pathlib import Path

from waiting import wait_until

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)

# Every process of this run, for showing output when a test fails.
_processes = []


def binary():
    """The program under test."""
    path = os.environ.get("CONSTRUE_BIN")
    if not path:
        path = str(Path(__file__).resolve().parents[4] / "target" / "debug" / "construe")
    if not os.access(path, os.X_OK):
        raise RuntimeError(
            f"{path} is no program: build it (`cargo build --bin construe`) or name it in CONSTRUE_BIN; "
            "`make test` does both"
        )
    return path


def required_variable(name):
    """Test services come from outside. A missing one fails the test: a test skipped in silence shows nothing."""
    value = os.environ.get(name)
    if not value:
        raise RuntimeError(f"{name} is not set: run the tests with `make test`, or through deploy/test-services/run.sh")
    return value


def free_port():
    """A port nobody listens on, from below the range that the kernel hands to outgoing connections, so
    that none of those takes it before the program under test binds it."""
    for _ in range(200):
        port = random.SystemRandom().randint(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port found between 20000 and 32000")


def clean_environment(home, extra=None):
    """Nothing of the caller's own configuration (AWS profiles, CONSTRUE settings) reaches the child."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "RUST_BACKTRACE": "1"}
    environment.update(extra or {})
    return environment


def _die_with_parent():
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    """A running program. `directory` keeps its stdout and stderr."""

    def __init__(self, name, arguments, environment, directory):
        self.name = name
        directory = Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        self.stdout_path = directory / f"{name}.stdout"
        self.stderr_path = directory / f"{name}.stderr"
        self.killed = False
        self.started = time.monotonic()
        with open(self.stdout_path, "wb") as stdout, open(self.stderr_path, "wb") as stderr:
            self._child = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                env=environment,
                cwd=directory,
                preexec_fn=_die_with_parent,
            )
        self.pid = self._child.pid
        _processes.append(self)

    @property
    def exit_code(self):
        """`None` while it runs."""
        return self._child.poll()

    def stdout(self):
        return self.stdout_path.read_text("utf-8", "replace")

    def stderr(self):
        return self.stderr_path.read_text("utf-8", "replace")

    def wait_ready(self, is_ready, timeout=30.0):
        """Waits for `is_ready()`; a process that ends before that is an error at once."""

        def ready_or_dead():
            if self.exit_code is not None:
                raise RuntimeError(f"{self.name} ended with {self.exit_code} before it was ready:\n{self.tail()}")
            return is_ready()

        return wait_until(ready_or_dead, lambda: f"{self.name} ready\n{self.tail()}", timeout)

    def kill(self):
        """SIGKILL: no goodbye."""
        self.killed = True
        self._child.kill()
        self._child.wait()

    def signal(self, number):
        self._child.send_signal(number)

    def wait(self, timeout):
        return self._child.wait(timeout)

    def terminate(self, timeout=20.0):
        """SIGTERM; gives the exit code. One that does not leave in time is killed, and that is an error."""
        if self.exit_code is None:
            self._child.terminate()
        try:
            return self._child.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} was still there {timeout:g} s after SIGTERM:\n{self.tail()}") from None

    def tail(self, lines=40):
        kept = self.stderr().splitlines()[-lines:]
        return "\n".join(f"  {self.name}| {line}" for line in kept)

    def peak_rss(self):
        """Largest resident set so far, in bytes."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        raise RuntimeError(f"no VmHWM for {self.name}")


def reports(since):
    """(name, end of stderr) of every process that ran at any time after `since` (monotonic)."""
    shown = []
    for process in _processes:
        ended = process.exit_code is not None
        written = time.time() - (time.monotonic() - since)
        if ended and process.stderr_path.exists() and process.stderr_path.stat().st_mtime < written - 1:
            continue
        state = f"ended with {process.exit_code}" if ended else "running"
        shown.append((f"stderr of {process.name} (pid {process.pid}, {state})", process.tail()))
    return shown
