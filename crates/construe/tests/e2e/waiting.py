"""Waiting for a condition with a deadline; nothing here sleeps for luck."""

import time

POLL_SECONDS = 0.04


class TimedOut(AssertionError):
    pass


def wait_until(condition, what, timeout=30.0, poll=POLL_SECONDS):
    """Polls until `condition()` gives something true and returns it. `what` says what was waited for;
    it may be a function, which then describes the state at the end."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            description = what() if callable(what) else what
            raise TimedOut(f"not within {timeout:g} s: {description}")
        time.sleep(poll)
