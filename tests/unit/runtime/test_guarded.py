"""A watch that cannot look goes on watching."""

import logging
import subprocess
import sys

import pytest

from runtime.guarded import Guarded
from runtime.progress import STALLED_EXIT_CODE
from tests.support.waiting import PATIENCE_S

STALLED = """
import time
from runtime.progress import Progress, Watchdog

def look():
    raise ValueError("a surprise")

Watchdog(Progress(), 0.8, look).start()
time.sleep(600)
"""


def test_the_first_failure_in_a_row_is_said_and_none_is_raised(caplog: pytest.LogCaptureFixture) -> None:
    failures = iter([True, True, False, True])

    def work() -> None:
        if next(failures):
            raise ValueError("a surprise")

    guarded = Guarded(work, "it went wrong")
    for said in (1, 1, 1, 2):
        guarded()
        assert caplog.messages == ["it went wrong"] * said
    assert all(record.exc_info and record.levelno == logging.ERROR for record in caplog.records)


def test_a_watchdog_whose_look_fails_still_ends_a_process_that_stands_still() -> None:
    done = subprocess.run(
        [sys.executable, "-c", STALLED], capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )
    assert done.returncode == STALLED_EXIT_CODE
    assert done.stderr.count("ValueError: a surprise") == 1
    assert "the loop has not turned for" in done.stderr
