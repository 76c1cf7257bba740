"""One owner for a folder, whoever dies how: an advisory lock that the system lets go with its holders."""

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from runtime.errors import LocalStackError

RETRY_S = 0.05


class FolderLock:
    """Holds `<folder>/<name>.lock` while open. Passing `fileno` on to a child makes the child a holder as well."""

    def __init__(self, folder: Path, name: str, wait_s: float = 3.0) -> None:
        self._path = folder / f"{name}.lock"
        self._folder = folder
        self._wait_s = wait_s
        self._descriptor = -1

    @property
    def fileno(self) -> int:
        """The descriptor that carries the lock."""
        return self._descriptor

    def acquire(self) -> None:
        """Takes the lock, waiting up to `wait_s` for one who is ending. Raises LocalStackError naming the holder."""
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        deadline = time.monotonic() + self._wait_s
        while not _try_lock(descriptor):
            if time.monotonic() >= deadline:
                holder = os.pread(descriptor, 64, 0).decode(errors="replace").strip() or "unknown"
                os.close(descriptor)
                raise LocalStackError(
                    f"{self._folder} is in use by process {holder}: end that one (`earshot down`), "
                    "or set EARSHOT_LOCAL__DATA_DIR to another folder"
                )
            time.sleep(RETRY_S)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        """Gives up this holder's share."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
