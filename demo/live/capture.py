"""The capture of the exercise as a process, and the reports that it prints."""

import json
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.child import ChildOptions, start_child
from local.log_file import last_lines
from runtime.errors import EarshotError
from runtime.settings import Settings, child_environment

STOP_WITHIN_S = 20.0
LINES_OF_LOG = 6


@dataclass(frozen=True, slots=True)
class CaptureOptions:
    """What is played, as whom and how fast."""

    session_id: str
    files: Sequence[Path]
    """One per channel, named after it: `C01.ogg` …"""
    speed: str = "1"
    seconds: float | None = None
    """Only so much of each file."""


class Capture:
    """`earshot capture` with its status lines read in the background. On Linux it dies with the thread that made it."""

    def __init__(self, settings: Settings, options: CaptureOptions) -> None:
        command = [sys.executable, "-m", "earshot", "capture", *map(str, options.files)]
        command += ["--channel", ",".join(path.stem for path in options.files)]
        command += ["--session", options.session_id, "--speed", options.speed, "--status-json"]
        if options.seconds is not None:
            command += ["--seconds", f"{options.seconds:g}"]
        self._log_file = Path(settings.local.data_dir).absolute() / "logs" / "capture.log"
        self._log_file.parent.mkdir(parents=True, exist_ok=True)
        with self._log_file.open("wb") as log:
            way = ChildOptions(environment=child_environment(settings), output=subprocess.PIPE, errors=log)
            self._child = start_child(command, way)
        self._lines: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._read, name="capture-status", daemon=True)
        self._thread.start()
        self.frames = 0
        """Frames that the broker acknowledged; known at the end."""

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._child.pid

    def reports(self) -> list[dict[str, Any]]:
        """What was reported since the last call."""
        found = []
        while not self._lines.empty():
            report = self._lines.get()
            self.frames = report.get("frames", self.frames)
            found.append(report)
        return found

    def ended(self) -> bool:
        """Whether all is published. Raises EarshotError if the capture failed."""
        status = self._child.poll()
        if status is None:
            return False
        self._thread.join(STOP_WITHIN_S)
        if status != 0:
            raise EarshotError(
                f"the capture ended with status {status}; the end of {self._log_file}:\n"
                f"{last_lines(self._log_file, LINES_OF_LOG)}"
            )
        return True

    def stop(self) -> None:
        """Ends it, if it has not ended, in order: its streams are closed and flushed."""
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGINT)
            try:
                self._child.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
        self._thread.join(STOP_WITHIN_S)
        if self._child.stdout is not None:
            self._child.stdout.close()

    def _read(self) -> None:
        for line in self._child.stdout or ():
            if line.startswith(b"{"):
                self._lines.put(json.loads(line))
