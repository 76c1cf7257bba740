"""A queue of records in files: appended by any thread, taken by one."""

import contextlib
import errno
import os
import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from producers.spool.records import framed, records_in
from producers.spool.segment import NAMES, NONE, SUFFIX, Segment, number_after
from runtime.errors import Unavailable

SEGMENT_BYTES = 1024 * 1024
UNCLAIMED = "unclaimed"
NAME_CHARACTERS = 55  # of a session's, where what tells it from another follows
MARK_CHARACTERS = 8  # of the capture's id, which does
DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


class Spool:
    """A queue of records: appended by any thread, taken by one, deleted by file once taken and delivered.

    What was appended is safe from the death of the process, and not from that of the machine: it is not synced.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        """Opens the queue and counts what is in it; a record that was cut off by a kill is dropped.

        What is damaged is told, counted and passed over; its file is kept.
        """
        self._folder = folder
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._append = NONE
        self.waiting = 0
        """Records not yet taken."""
        folder.mkdir(parents=True, exist_ok=True)
        self._segments = deque(Segment(path) for path in sorted(folder.glob(NAMES)))
        self.bytes_held = 0
        for segment in self._segments:
            self._look_into(segment, is_last=segment is self._segments[-1])
        self._next_number = number_after(folder)
        self._is_unclaimed = (folder / UNCLAIMED).exists()

    @property
    def share(self) -> float:
        """How full it is, 0 to 1: of its bound, or of what its disk has left, whichever is less."""
        room = min(self._max_bytes, self.bytes_held + self._disk_bytes())
        return self.bytes_held / room if room else 1.0

    @property
    def is_unclaimed(self) -> bool:
        """Whether nobody could ask yet if the session is another capture's; it outlives this process."""
        return self._is_unclaimed

    @is_unclaimed.setter
    def is_unclaimed(self, value: bool) -> None:
        self._is_unclaimed = value
        with contextlib.suppress(OSError):  # without it the next capture takes what is left for its own
            if value:
                (self._folder / UNCLAIMED).touch()
            else:
                (self._folder / UNCLAIMED).unlink(missing_ok=True)

    def left(self) -> Iterator[bytes]:
        """What an earlier process left, without taking it."""
        for segment in list(self._segments):
            yield from records_in(segment.path.read_bytes())

    def set_aside(self, capture_id: str) -> str:
        """Keeps everything for a session of its own, named after the capture too, and returns that one's name."""
        with self._lock:
            name = f"{self._folder.name[:NAME_CHARACTERS]}-{capture_id[:MARK_CHARACTERS]}"
            self._folder = self._folder.rename(self._folder.with_name(name))
            for segment in self._segments:
                segment.path = self._folder / segment.path.name
            return name

    def append(self, record: bytes) -> bool:
        """Adds a record; False if the bound or the disk leaves no room. Raises Unavailable if the disk fails."""
        data = framed(record)
        with self._lock:
            if self.bytes_held + len(data) > self._max_bytes:
                return False
            try:
                segment = self._segment_to_append()
                self._write(segment, data)
            except OSError as error:
                if error.errno in DISK_FULL:
                    return False
                raise Unavailable(f"spool {self._folder}: {error.strerror}: name another disk") from error
            segment.added(len(data))
            self.bytes_held += len(data)
            self.waiting += 1
            self._changed.notify()
            return True

    def take(self, timeout_s: float) -> bytes | None:
        """The next record, in order; None if there is none in time."""
        with self._lock:
            if not self._changed.wait_for(lambda: self.waiting, timeout_s):
                return None
            for segment in self._segments:
                while not segment.is_taken:
                    record = segment.take()
                    if record is not None:
                        self.waiting -= 1
                        return record
                    self._look_into(segment, is_last=False)  # it was damaged since it was opened or written
                segment.close()
            return None

    def taken_segments(self) -> int:
        """Full files whose records have all been taken, and which `delivered` would delete."""
        with self._lock:
            return sum(segment.is_taken and segment.written >= SEGMENT_BYTES for segment in self._segments)

    def delivered(self) -> None:
        """Everything taken so far has arrived: deletes the files that hold nothing else."""
        with self._lock:
            while self._segments and self._segments[0].is_taken:
                segment = self._segments.popleft()
                self.bytes_held -= segment.written
                segment.leave()
                if not self._segments and self._append != NONE:
                    os.close(self._append)
                    self._append = NONE

    def close(self) -> None:
        """Closes the files; the folder goes if it is empty."""
        with self._lock:
            for segment in self._segments:
                segment.close()
            if self._append != NONE:
                os.close(self._append)
                self._append = NONE
            if not self._segments:
                self.is_unclaimed = False
                with contextlib.suppress(OSError):  # there is something in it that is not ours
                    self._folder.rmdir()

    def _disk_bytes(self) -> int:
        try:
            disk = os.statvfs(self._folder.parent)
        except OSError:  # the next append says what is wrong with it
            return self._max_bytes
        return disk.f_bavail * disk.f_frsize

    def _look_into(self, segment: Segment, *, is_last: bool) -> None:
        waiting, written = segment.waiting, segment.written
        segment.look(is_last=is_last)
        self.waiting += segment.waiting - waiting
        self.bytes_held += segment.written - written

    def _segment_to_append(self) -> Segment:
        if self._append != NONE and self._segments[-1].written < SEGMENT_BYTES:
            return self._segments[-1]
        if self._append != NONE:
            os.close(self._append)
            self._append = NONE
        path = self._folder / f"{self._next_number:08d}{SUFFIX}"
        self._append = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        self._next_number += 1
        self._segments.append(Segment(path))
        return self._segments[-1]

    def _write(self, segment: Segment, framed: bytes) -> None:
        """Writes the whole record at the segment's end, or leaves no trace of it."""
        try:
            done = os.pwrite(self._append, framed, segment.written)
            while done < len(framed):
                done += os.pwrite(self._append, framed[done:], segment.written + done)
        except OSError:
            os.ftruncate(self._append, segment.written)
            raise
