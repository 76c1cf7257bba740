"""`earshot run STAGE` as a process of a test, with its log; it may be stopped, killed and started again."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

from local.child import ChildOptions, kill_child, start_child, stop_child
from runtime.kafka.offsets import GroupOffsets
from runtime.settings import KafkaSettings, Settings, child_environment

PATIENCE_S = 180.0


@cache
def offsets_of(kafka: KafkaSettings, group: str) -> GroupOffsets:
    """One client for each broker and group: polling makes hundreds of calls, and a client of its own costs threads.

    `group` is a stage's name, or any group's with the settings' prefix.
    """
    return GroupOffsets(kafka, f"{kafka.group_prefix}.{group}")


class StageProcess:
    """One stage; it ends with the `with` block."""

    def __init__(self, stage: str, settings: Settings, folder: Path, command: Sequence[str] = ()) -> None:
        self._command = [sys.executable, "-m", *(command or ("earshot", "run", stage))]
        self._settings = settings
        self.log_path = folder / f"{stage}-{time.monotonic_ns()}.log"
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        with self.log_path.open("ab") as log:
            self._child = start_child(
                self._command, ChildOptions(environment=child_environment(self._settings), output=log.fileno())
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        kill_child(self.child)
        self.child.wait()

    @property
    def child(self) -> "subprocess.Popen[bytes]":
        """The process."""
        assert self._child is not None
        return self._child

    @property
    def log(self) -> str:
        """What it has said."""
        return self.log_path.read_text()

    @property
    def _last_lines(self) -> str:
        return "\n".join(self.log.splitlines()[-20:])

    def kill(self) -> None:
        """SIGKILL."""
        self.child.send_signal(signal.SIGKILL)
        self.child.wait()

    def stop(self) -> int:
        """SIGTERM; returns the exit status."""
        return stop_child(self.child, PATIENCE_S)

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Waits until the condition holds, while the process lives."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert self.child.poll() is None, f"it ended with {self.child.returncode}:\n{self._last_lines}"
            assert time.monotonic() < deadline, f"not in {PATIENCE_S:g} s:\n{self._last_lines}"
            time.sleep(0.05)

    def wait_for_line(self, text: str) -> None:
        """Waits until the log holds `text`."""
        self.wait_for(lambda: text in self.log)
