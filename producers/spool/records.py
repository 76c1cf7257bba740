"""Records in a file of the spool: framed, checked, and found again behind damage."""

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

HEADER = struct.Struct(">II")  # length of the record, its checksum
MOST_RECORD_BYTES = 0xFFFF
# Where a record may begin: a length above 0 that is none of a damaged file's megabytes. An empty record would be
# eight zeros, of which a file that a power failure left may be full.
_MAY_BEGIN = re.compile(rb"(?=\x00\x00(?!\x00\x00)..)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes of a file from `start` to before `end`."""

    start: int
    end: int

    @property
    def size(self) -> int:
        """How many they are."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file holds from some place on."""

    records: tuple[Span, ...]
    """The whole records, with their headers, in order."""
    holes: tuple[Span, ...]
    """Damaged stretches: between records, before the first, and after the last where it was not just cut off."""
    end: int
    """Where the last record or hole ends: what follows was cut off while it was written."""


def framed(record: bytes) -> bytes:
    """A record as it lies in a file. Raises ValueError for one of no bytes or too many."""
    if not 0 < len(record) <= MOST_RECORD_BYTES:
        raise ValueError(f"a record of {len(record)} bytes: a spool takes 1 to {MOST_RECORD_BYTES}")
    return HEADER.pack(len(record), zlib.crc32(record)) + record


def unframed(data: bytes, at: int = 0) -> bytes | None:
    """The record that begins at `at`; None where none does that is whole."""
    if at + HEADER.size > len(data):
        return None
    length, checksum = HEADER.unpack_from(data, at)
    record = data[at + HEADER.size : at + HEADER.size + length]
    is_whole = 0 < length == len(record) and zlib.crc32(record) == checksum
    return record if is_whole else None


def contents_of(data: bytes, start: int = 0, *, is_last: bool) -> Contents:
    """Every whole record of a file's `data` from `start` on.

    `is_last`: nothing was written after it, so that what a kill cut off at its end is no damage.
    """
    records: list[Span] = []
    holes: list[Span] = []
    end = start
    for record in _records(data, start):
        if record.start > end:
            holes.append(Span(end, record.start))
        records.append(record)
        end = record.end
    if end < len(data) and not (is_last and _is_cut_off(data, end)):
        holes.append(Span(end, len(data)))
        end = len(data)
    return Contents(tuple(records), tuple(holes), end)


def records_in(data: bytes) -> Iterator[bytes]:
    """The whole records of a file, without their headers."""
    for span in _records(data, 0):
        yield data[span.start + HEADER.size : span.end]


def _records(data: bytes, at: int) -> Iterator[Span]:
    while at < len(data):
        record = unframed(data, at)
        if record is None:
            at = _next_record(data, at + 1)
            continue
        yield Span(at, at + HEADER.size + len(record))
        at += HEADER.size + len(record)


def _next_record(data: bytes, at: int) -> int:
    """Where the first whole record from `at` on begins; the end of the data if none does."""
    begins = (found.start() for found in _MAY_BEGIN.finditer(data, at))
    return next((place for place in begins if unframed(data, place) is not None), len(data))


def _is_cut_off(data: bytes, at: int) -> bool:
    """Whether what stands at the end is the beginning of a record."""
    if at + HEADER.size > len(data):
        return True
    length, _ = HEADER.unpack_from(data, at)
    return bool(0 < length <= MOST_RECORD_BYTES and at + HEADER.size + length > len(data))
