"""SIGTERM at the demo, as a CI job that runs out of time sends it, or SIGKILL: nothing of it is left behind."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.timeout(400),
    pytest.mark.skipif(sys.platform != "linux", reason="Linux (looks for processes in /proc)"),
]
READY_WITHIN_S = 240
STAGES_AND_SERVERS = 6


def commands_with(text: str, what: str = "cmdline") -> list[str]:
    """The command lines of the processes that name `text`, or whose environment (`environ`) does."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if text in (place / what).read_bytes().replace(b"\0", b" ").decode(errors="replace"):
                found.append((place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue  # it has ended meanwhile, or is another's
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_demo_that_ends_takes_its_capture_along(tmp_path: Path, number: signal.Signals) -> None:
    log = tmp_path / "log"
    variables = {**os.environ, "EARSHOT_LOCAL__DATA_DIR": str(tmp_path / "data")}  # noqa: TID251
    with log.open("wb") as output:
        demo = subprocess.Popen(
            [sys.executable, "-m", "earshot", "demo", "--seconds", "120"],
            env=variables,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + READY_WITHIN_S
        while not (session := re.search(r"session (demo-[0-9-]+)", log.read_text())) or not commands_with(session[1]):
            assert demo.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        assert len(commands_with(str(tmp_path), "environ")) > STAGES_AND_SERVERS
        demo.send_signal(number)
        assert demo.wait(60) == (-number if number is signal.SIGKILL else 128 + number), log.read_text()
    finally:
        demo.kill()
        demo.wait()
    if number is signal.SIGTERM:
        assert commands_with(session[1]) == []
        assert log.read_text().rstrip().endswith("stopped")
    deadline = time.monotonic() + 60
    while left := commands_with(str(tmp_path), "environ"):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)
    assert "Traceback" not in log.read_text()
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["demo"]  # the user's log and terms stay theirs
