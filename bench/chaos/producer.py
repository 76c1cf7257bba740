"""`earshot capture`, kept going as a user's supervisor would: started again, with --resume, until all is published."""

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from local.child import ChildOptions, kill_child, start_child, stop_child
from local.log_file import last_lines
from runtime.errors import EarshotError
from runtime.settings import Settings, child_environment

BACKOFF_S = 0.5
STOP_WITHIN_S = 12.0
MOST_ENDS_BY_ITSELF = 20
LINES_OF_LOG = 6


@dataclass(frozen=True, slots=True)
class Programme:
    """What is played on which channels."""

    files: tuple[Path, ...]
    channels: tuple[str, ...]
    """As many as files."""
    loops: int = 1
    seconds: float | None = None
    """Only so much of each channel."""


class Producer:
    """One session being published. Start it from a thread that outlives it, and call `look` often."""

    def __init__(self, settings: Settings, programme: Programme, session_id: str, speed: str) -> None:
        self._settings = settings
        self._command = [sys.executable, "-m", "earshot", "capture", *map(str, programme.files)]
        self._command += ["--channel", ",".join(programme.channels), "--session", session_id, "--resume"]
        self._command += ["--speed", speed, "--loop", str(programme.loops)]
        if programme.seconds is not None:
            self._command += ["--seconds", f"{programme.seconds:g}"]
        self._log = Path(settings.local.data_dir).absolute() / "logs" / "producer.log"
        self._log.parent.mkdir(parents=True, exist_ok=True)
        self._child: subprocess.Popen[bytes] | None = None
        self._due_at = 0.0
        self._ends_by_itself = 0
        self.has_ended = False
        """Whether all is published."""

    @property
    def pid(self) -> int:
        """The process; 0 while none runs."""
        return self._child.pid if self._child is not None else 0

    def look(self) -> None:
        """Starts it if it does not run. Raises EarshotError if it ends over and over without having been killed."""
        if self._child is None:
            if not self.has_ended and time.monotonic() >= self._due_at:
                self._start()
            return
        status = self._child.poll()
        if status is None:
            return
        self._child = None
        self.has_ended = status == 0
        self._ends_by_itself += status > 0
        self._due_at = time.monotonic() + BACKOFF_S
        if self._ends_by_itself > MOST_ENDS_BY_ITSELF:
            raise EarshotError(f"the producer ends again and again:\n{last_lines(self._log, LINES_OF_LOG)}")

    def kill(self) -> None:
        """SIGKILL."""
        if self._child is not None:
            kill_child(self._child)

    def stop(self) -> None:
        """Ends it, if it runs."""
        if self._child is not None:
            stop_child(self._child, STOP_WITHIN_S)
            self._child = None

    def _start(self) -> None:
        with self._log.open("ab") as log:
            options = ChildOptions(environment=child_environment(self._settings), output=log.fileno())
            self._child = start_child(self._command, options)
