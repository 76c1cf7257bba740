"""SIGTERM at the demo, as a CI job that runs out of time sends it: nothing of it is left behind."""

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
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc"),
]
READY_WITHIN_S = 240


def commands_with(text: str) -> list[str]:
    """The command lines of the processes that name `text`."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = place.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # it has ended meanwhile
        if text in line:
            found.append(line)
    return found


def test_a_demo_that_is_told_to_stop_takes_its_capture_along(tmp_path: Path) -> None:
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
        demo.send_signal(signal.SIGTERM)
        assert demo.wait(60) == 128 + signal.SIGTERM, log.read_text()
    finally:
        demo.kill()
        demo.wait()
    assert commands_with(session[1]) == []
    assert log.read_text().rstrip().endswith("stopped")
    assert "Traceback" not in log.read_text()
