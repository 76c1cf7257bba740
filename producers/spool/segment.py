"""One file of a spool's queue: what of it is whole, what was taken, and what is damaged."""

import logging
import os
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import Counter

from producers.spool.records import HEADER, Span, contents_of, unframed
from schemas.audio import SAMPLE_BYTES, SAMPLE_RATE_HZ

log = logging.getLogger(__name__)
SUFFIX = ".spool"
NAMES = "[0-9]" * 8 + SUFFIX
ASIDE = ".damaged"
NONE = -1  # no open file
MOST_PLACES = 5  # of damage named in one line

DAMAGED = Counter("earshot_capture_spool_damaged_bytes_total", "Bytes of the spool that could not be read back")


@dataclass(slots=True)
class Segment:
    """A file. Its damage is told and counted when it is found, and passed over; the file is kept then."""

    path: Path
    written: int = 0
    """Where its last whole record or damage ends."""
    read: int = 0
    """Bytes handed out or passed over."""
    waiting: int = 0
    """Records not yet taken."""
    _holes: tuple[Span, ...] = ()
    _is_damaged: bool = False
    _file: int = NONE

    @property
    def is_taken(self) -> bool:
        """Whether it holds nothing more."""
        return self.read == self.written

    def added(self, size: int) -> None:
        """A record with its header was written at the end."""
        self.written += size
        self.waiting += 1

    def look(self, *, is_last: bool) -> None:
        """Finds what the file holds from `read` on. Raises OSError.

        `is_last`: a record that was cut off at its end is dropped from the file, as a kill leaves it.
        """
        data = self.path.read_bytes()
        contents = contents_of(data, self.read, is_last=is_last)
        if contents.end < len(data):
            os.truncate(self.path, contents.end)  # else a later look would take it for damage
        damage = [hole for hole in contents.holes if hole not in self._holes]
        if self.written > len(data):
            damage.append(Span(contents.end, self.written))
        self._tell(damage)
        self._holes, self.written, self.waiting = contents.holes, contents.end, len(contents.records)
        self._pass_over()

    def take(self) -> bytes | None:
        """The next record; None where it is damaged, which a look then finds. Raises OSError."""
        if self._file == NONE:
            self._file = os.open(self.path, os.O_RDONLY)
        header = os.pread(self._file, HEADER.size, self.read)
        length = HEADER.unpack(header)[0] if len(header) == HEADER.size else 0
        record = unframed(os.pread(self._file, HEADER.size + min(length, self.written - self.read), self.read))
        if record is not None:
            self.read += HEADER.size + len(record)
            self.waiting -= 1
            self._pass_over()
        return record

    def close(self) -> None:
        """Closes the file that `take` has opened."""
        if self._file != NONE:
            os.close(self._file)
            self._file = NONE

    def leave(self) -> None:
        """All of it has arrived: the file goes, or is kept under another name where it is damaged. Raises OSError."""
        self.close()
        if self._is_damaged:
            self.path.rename(_aside(self.path))
        else:
            self.path.unlink()

    def _pass_over(self) -> None:
        if self._holes and self._holes[0].start == self.read:
            self.read, self._holes = self._holes[0].end, self._holes[1:]

    def _tell(self, holes: list[Span]) -> None:
        if not holes:
            return
        self._is_damaged = True
        lost_bytes = sum(hole.size for hole in holes)
        DAMAGED.inc(lost_bytes)
        log.error(
            "spool file %s is damaged: %d bytes from byte %s on, at most %.2f s of sound, are lost; what is whole is "
            "sent, and the file kept as %s",
            self.path,
            lost_bytes,
            ", ".join(str(hole.start) for hole in holes[:MOST_PLACES]),
            lost_bytes / (SAMPLE_BYTES * SAMPLE_RATE_HZ),
            _aside(self.path).name,
        )


def number_after(folder: Path) -> int:
    """The number of a folder's next file, above those of files kept aside too."""
    return max((int(path.name.partition(".")[0]) for path in folder.glob(f"{NAMES}*")), default=0) + 1


def _aside(path: Path) -> Path:
    return path.with_name(path.name + ASIDE)
