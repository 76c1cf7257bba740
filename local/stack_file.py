"""`stack.json`: what runs in a data folder, for `earshot status` and `earshot down`."""

import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from local.folder_lock import FolderLock
from local.service import ServiceStatus, State
from runtime.errors import LocalStackError

NAME = "stack"
DOWN_WITHIN_S = 40.0
POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class StackRecord:
    """What a running stack writes of itself."""

    pid: int
    started_at: float
    """UTC, in seconds since 1970."""
    is_ready: bool
    bootstrap: str
    clickhouse_url: str
    services: tuple[ServiceStatus, ...]


def stack_lock(data_dir: Path, wait_s: float = 0.0) -> FolderLock:
    """The lock that the one running stack of a data folder holds."""
    return FolderLock(data_dir, NAME, wait_s)


def write_record(data_dir: Path, record: StackRecord) -> None:
    """Replaces the record at once, so that no reader sees half of it. Raises OSError, which names the file."""
    path = data_dir / f"{NAME}.json"
    partial = path.with_suffix(".partial")
    try:
        partial.write_text(json.dumps(asdict(record), indent=2) + "\n")
        partial.replace(path)
    except OSError as error:  # a write that finds the disk full says no name
        raise OSError(error.errno, error.strerror, str(path)) from error


def read_record(data_dir: Path) -> StackRecord | None:
    """The record of the stack that runs in the folder; None if none runs, whatever an old file says."""
    path = data_dir / f"{NAME}.json"
    if not path.exists() or not _is_held(data_dir):
        return None
    try:
        said = json.loads(path.read_text())
        services = tuple(ServiceStatus(**{**one, "state": State(one["state"])}) for one in said.pop("services"))
        return StackRecord(**said, services=services)
    except (ValueError, TypeError, KeyError) as error:
        raise LocalStackError(
            f"{path} cannot be read ({error}): end the stack by its process id and delete it"
        ) from error


def remove_record(data_dir: Path) -> None:
    """Nothing runs any more."""
    (data_dir / f"{NAME}.json").unlink(missing_ok=True)


def bring_down(data_dir: Path, tell: Callable[[str], None]) -> bool:
    """Stops the stack of the folder; False if none runs. Its children end with it, even by SIGKILL (on Linux).

    The lock proves that the recorded process is the stack: no other process can hold it.
    """
    record = read_record(data_dir)
    if record is None:
        return False
    tell(f"stopping the stack (process {record.pid})")
    os.kill(record.pid, signal.SIGTERM)
    deadline = time.monotonic() + DOWN_WITHIN_S
    while _is_held(data_dir):
        if time.monotonic() > deadline:
            tell(f"it did not end within {DOWN_WITHIN_S:g} s: killing it")
            os.kill(record.pid, signal.SIGKILL)
            deadline = float("inf")
        time.sleep(POLL_S)
    remove_record(data_dir)
    return True


def _is_held(data_dir: Path) -> bool:
    try:
        with stack_lock(data_dir):
            return False
    except LocalStackError:
        return True
