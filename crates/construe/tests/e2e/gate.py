"""A TCP proxy that can hold chosen requests back, refuse them, or take away their answers.

Put between a process and the object server, it stops that process at an exact point of its work (in
the middle of a shard, of a plan, of an output) for as long as a test likes: no timing, no luck. Between
a process and its database it loses the answers to commits that took effect. Bytes are passed on
untouched, so signatures stay valid. What it refuses it answers as S3 answers those without the right.
"""

import re
import socket
import threading
from urllib.parse import urlsplit, urlunsplit

from waiting import wait_until


_DENIED = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
_DENIAL = b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n%b" % (
    len(_DENIED),
    _DENIED,
)


class Gate:
    def __init__(self, target_url):
        target = urlsplit(target_url)
        self._target = (target.hostname, target.port)
        self._denied_pattern = None
        self._cut_pattern = None
        self._cuts_left = 0
        self.cuts = 0
        self._open = threading.Condition()
        self._pattern = None
        self._pass_first = 0
        self._held = 0
        self._closed = False
        self._sockets = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        # The same address, credentials and all, with the gate's host and port.
        login, at, _ = target.netloc.rpartition("@")
        self.url = urlunsplit(target._replace(netloc=f"{login}{at}127.0.0.1:{port}"))
        threading.Thread(target=self._accept, daemon=True).start()

    def hold(self, pattern, after=0):
        """From now on, requests whose first line matches `pattern` wait, except the first `after` of them."""
        with self._open:
            self._pattern = re.compile(pattern)
            self._pass_first = after
            self._held = 0

    def release(self):
        """Lets everything through again, including what waits."""
        with self._open:
            self._pattern = None
            self._open.notify_all()

    def deny(self, pattern):
        """From now on, requests without a body whose first line matches `pattern` are refused."""
        with self._open:
            self._denied_pattern = re.compile(pattern)

    def cut(self, pattern, times):
        """The next `times` requests that match `pattern` reach the server; their answers reach nobody,
        since the client's connection is closed first."""
        with self._open:
            self._cut_pattern = re.compile(pattern, re.DOTALL)
            self._cuts_left = times

    @property
    def held(self):
        """How many requests have been stopped since `hold`."""
        with self._open:
            return self._held

    def wait_held(self, count=1, timeout=30.0):
        wait_until(lambda: self.held >= count, f"{count} request(s) held at the gate", timeout)

    def close(self):
        with self._open:
            self._closed = True
            self._pattern = None
            self._open.notify_all()
            sockets = list(self._sockets)
        self._listener.close()
        for held in sockets:
            _shut(held)

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self._target)
            except OSError:
                client.close()
                continue
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._open:
                self._sockets.update((client, server))
            threading.Thread(target=self._pump, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self._pump, args=(server, client, False), daemon=True).start()

    def _pump(self, source, sink, from_client):
        try:
            while chunk := source.recv(256 * 1024):
                if from_client:
                    if self._is_denied(chunk):
                        source.sendall(_DENIAL)
                        continue
                    self._pass(chunk)
                    if self._takes_away_the_answer(chunk):
                        _shut(source)
                        sink.sendall(chunk)
                        # The server reads it all before it sees the end.
                        sink.shutdown(socket.SHUT_WR)
                        return
                sink.sendall(chunk)
        except OSError:
            pass
        finally:
            # Half a connection is of no use to HTTP clients; end both directions.
            _shut(source)
            _shut(sink)
            with self._open:
                self._sockets.difference_update((source, sink))

    def _pass(self, chunk):
        """A client sends its next request only after the last answer, so a request line begins a chunk."""
        with self._open:
            if self._pattern is None or not self._pattern.match(chunk):
                return
            if self._pass_first > 0:
                self._pass_first -= 1
                return
            self._held += 1
            pattern = self._pattern
            self._open.wait_for(lambda: self._closed or self._pattern is not pattern)

    def _is_denied(self, chunk):
        with self._open:
            return self._denied_pattern is not None and self._denied_pattern.match(chunk) is not None

    def _takes_away_the_answer(self, chunk):
        with self._open:
            if self._cuts_left == 0 or not self._cut_pattern.search(chunk):
                return False
            self._cuts_left -= 1
            self.cuts += 1
            return True


def _shut(end):
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    end.close()
