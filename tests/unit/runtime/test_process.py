"""What a process does with the word to stop."""

import subprocess
import sys
import threading

import pytest

from runtime.errors import EarshotError, ModelError, Stopped, Unavailable
from runtime.process import Process, running
from runtime.settings import Settings

STUCK = """
import signal, sys, time
from runtime.process import running
from runtime.settings import Settings
with running("stuck", Settings(), stops_within_s=0.3) as process:
    if sys.argv[1] == "started":
        process.started(lambda: time.sleep(60))
    print("ready", flush=True)
    time.sleep(60)
"""


def test_a_start_gives_what_it_made() -> None:
    assert Process("test").started(lambda: 42) == 42


def test_a_start_that_fails_raises_what_it_raised() -> None:
    def start() -> None:
        raise ModelError("no model")

    with pytest.raises(ModelError, match="no model"):
        Process("test").started(start)


def test_a_start_beats_and_is_left_behind_when_told_to_stop() -> None:
    process = Process("test")
    forever = threading.Event()
    threading.Timer(0.3, process.finish, ("SIGTERM",)).start()
    with pytest.raises(Stopped, match="test was told to stop"):
        process.started(forever.wait)
    forever.set()
    assert process.progress.beat_age_s < 5


def test_what_goes_on_until_it_is_told_to_stop() -> None:
    process = Process("test")
    process.goes_on()
    process.finish("SIGTERM")
    with pytest.raises(Stopped):
        process.goes_on()


@pytest.mark.parametrize(("stops_within_s", "raised"), [(9.0, Stopped), (0.0, Unavailable)])
def test_a_server_that_is_away_makes_no_failure_of_a_told_stop_of_a_stage(
    stops_within_s: float, raised: type[EarshotError], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.process.configure_logging", lambda *_: None)
    monkeypatch.setattr("runtime.process._stop_on_signals", lambda *_: None)

    def work() -> None:
        with running("test", Settings(), stops_within_s=stops_within_s) as process:
            process.stop.set()
            raise Unavailable("nobody answers")

    with pytest.raises(raised, match="nobody answers"):
        work()


@pytest.mark.parametrize("at", ["started", "work"])
def test_a_process_that_hangs_is_cut_off(at: str) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", STUCK, at], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stderr is not None
    if at == "work":
        assert child.stdout.readline() == "ready\n"
    else:
        assert "stuck starts" in child.stderr.readline()
    child.terminate()
    log = child.communicate(timeout=40)[1]
    assert child.returncode == 0, log
    assert "Traceback" not in log
    if at == "work":
        assert "has not stopped within 0.3 s: cut off" in log
