"""Frames on disk until the broker has them: a queue of files that outlives its process."""

import contextlib
import errno
import fcntl
import os
import struct
import threading
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runtime.errors import ConfigError, Unavailable

HEADER = struct.Struct(">II")  # length of the record, its checksum
SEGMENT_BYTES = 1024 * 1024
SUFFIX = ".spool"
NAMES = "[0-9]" * 8 + SUFFIX
UNCLAIMED = "unclaimed"
NAME_CHARACTERS = 55  # of a session's, where what tells it from another follows
MARK_CHARACTERS = 8  # of the capture's id, which does
NONE = -1  # no open file
DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(slots=True)
class Segment:
    """One file of the queue."""

    path: Path
    written: int = 0
    """Bytes of whole records in it."""
    read: int = 0
    """Bytes handed out."""


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

    def queue(self, session_id: str) -> "Spool":
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


class Spool:
    """A queue of records: appended by any thread, taken by one, deleted by file once taken and delivered.

    What was appended is safe from the death of the process, and not from that of the machine: it is not synced.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        """Opens the queue and counts what is in it; a record that was cut off by a kill is dropped."""
        self._folder = folder
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._append = NONE
        self._take = NONE
        self.waiting = 0
        """Records not yet taken."""
        folder.mkdir(parents=True, exist_ok=True)
        self._segments: deque[Segment] = deque()
        for path in sorted(folder.glob(NAMES)):
            records = list(_records(path))
            self._segments.append(Segment(path, sum(HEADER.size + len(record) for record in records)))
            self.waiting += len(records)
        self._next_number = int(self._segments[-1].path.stem) + 1 if self._segments else 1
        self._is_unclaimed = (folder / UNCLAIMED).exists()
        self.bytes_held = sum(segment.written for segment in self._segments)

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
            yield from _records(segment.path)

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
        framed = HEADER.pack(len(record), zlib.crc32(record)) + record
        with self._lock:
            if self.bytes_held + len(framed) > self._max_bytes:
                return False
            try:
                segment = self._segment_to_append()
                self._write(segment, framed)
            except OSError as error:
                if error.errno in DISK_FULL:
                    return False
                raise Unavailable(f"spool {self._folder}: {error.strerror}: name another disk") from error
            segment.written += len(framed)
            self.bytes_held += len(framed)
            self.waiting += 1
            self._changed.notify()
            return True

    def take(self, timeout_s: float) -> bytes | None:
        """The next record, in order; None if there is none in time."""
        with self._lock:
            if not self.waiting and not self._changed.wait_for(lambda: self.waiting, timeout_s):
                return None
            segment = next(segment for segment in self._segments if segment.read < segment.written)
            if self._take == NONE or segment.read == 0:
                self._close_take()
                self._take = os.open(segment.path, os.O_RDONLY)
            length, _ = HEADER.unpack(os.pread(self._take, HEADER.size, segment.read))
            record = os.pread(self._take, length, segment.read + HEADER.size)
            segment.read += HEADER.size + length
            self.waiting -= 1
            return record

    def taken_segments(self) -> int:
        """Full files whose records have all been taken, and which `delivered` would delete."""
        with self._lock:
            return sum(segment.read == segment.written >= SEGMENT_BYTES for segment in self._segments)

    def delivered(self) -> None:
        """Everything taken so far has arrived: deletes the files that hold nothing else."""
        with self._lock:
            while self._segments and self._segments[0].read == self._segments[0].written:
                segment = self._segments.popleft()
                self.bytes_held -= segment.written
                segment.path.unlink()
                self._close_take()
                if not self._segments and self._append != NONE:
                    os.close(self._append)
                    self._append = NONE

    def close(self) -> None:
        """Closes the files; the folder goes if it is empty."""
        with self._lock:
            self._close_take()
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

    def _close_take(self) -> None:
        if self._take != NONE:
            os.close(self._take)
            self._take = NONE


def _cannot_be_written(folder: Path, error: OSError) -> ConfigError:
    return ConfigError(f"spool folder {folder}: {error.strerror}; name one that can be written")


def _records(path: Path) -> Iterator[bytes]:
    """The whole records of a file, up to the first that was cut off or damaged."""
    data = path.read_bytes()
    at = 0
    while at + HEADER.size <= len(data):
        length, checksum = HEADER.unpack_from(data, at)
        record = data[at + HEADER.size : at + HEADER.size + length]
        if len(record) < length or zlib.crc32(record) != checksum:
            return
        yield record
        at += HEADER.size + length
