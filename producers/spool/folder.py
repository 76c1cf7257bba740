"""The folder of a spool: who has it, and which sessions left something in it."""

import fcntl
import os
from pathlib import Path

from producers.spool.queue import Spool
from producers.spool.segment import NAMES
from runtime.errors import ConfigError


class SpoolFolder:
    """The folder that `--spool` names: one process's, with a queue for each session."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        """Takes the folder. Raises ConfigError if another process has it, or if it cannot be written."""
        self.folder = folder
        self.max_bytes = max_bytes
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise _cannot_be_written(folder, error) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._lock)
            raise ConfigError(f"spool folder {folder}: another capture uses it; give each its own") from error

    def sessions(self) -> list[str]:
        """Sessions of which records were left behind."""
        return sorted({path.parent.name for path in self.folder.glob(f"*/{NAMES}")})

    def queue(self, session_id: str) -> Spool:
        """The queue of a session, with what an earlier process left in it.

        Raises ConfigError if it cannot be written.
        """
        others = sum(path.stat().st_size for path in self.folder.glob(f"*/{NAMES}") if path.parent.name != session_id)
        try:
            return Spool(self.folder / session_id, max(0, self.max_bytes - others))
        except OSError as error:
            raise _cannot_be_written(self.folder, error) from error

    def close(self) -> None:
        """Lets another process have the folder."""
        os.close(self._lock)


def _cannot_be_written(folder: Path, error: OSError) -> ConfigError:
    return ConfigError(f"spool folder {folder}: {error.strerror}; name one that can be written")
