"""A service's log on disk, of bounded size."""

import contextlib
import re
from pathlib import Path
from typing import IO

MOST_BYTES = 10 * 1024 * 1024
_COLOR = re.compile(rb"\x1b\[[0-9;]*m")


class LogFile:
    """Appends lines without their colours; at MOST_BYTES the file becomes `<name>.1` and a new one is begun."""

    def __init__(self, path: Path, most_bytes: int = MOST_BYTES) -> None:
        self._path = path
        self._most_bytes = most_bytes
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: IO[bytes] = path.open("ab", buffering=0)

    def write(self, line: bytes) -> None:
        """Appends one line, which brings its own line end; leaves it out where the disk is full."""
        with contextlib.suppress(OSError):
            self._append(line)

    def _append(self, line: bytes) -> None:
        if self._file.tell() + len(line) > self._most_bytes:
            self._file.close()
            self._path.replace(self._path.with_name(self._path.name + ".1"))
            self._file = self._path.open("ab", buffering=0)
        self._file.write(_COLOR.sub(b"", line))

    def close(self) -> None:
        """Ends writing."""
        with contextlib.suppress(OSError):
            self._file.close()


def last_lines(path: Path, count: int) -> str:
    """The end of a log."""
    if not path.exists():
        return ""
    return "\n".join(path.read_text(errors="replace").splitlines()[-count:])
