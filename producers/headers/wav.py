"""How many bytes of samples a WAV states, and how many are there."""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

UNKNOWN = (0, 0xFFFFFFFF)
"""What a WAV that was written to a pipe says of its length."""
LIMITS = ((1 << 28, 1 << 16), (1 << 24, 64), (100_000_000, 64))
"""A size that lies near a multiple of the first, by no more than the second, and past the file's end is the most that
some writer allows (0x7FFFFFFF, 0x7FFFF000, 2,000,000,000), written before it knew the length."""
RIFF = (b"RIFF", b"RF64", b"BW64")


@dataclass(frozen=True, slots=True)
class WavData:
    """The samples of a WAV."""

    stated_bytes: int | None
    """None where the header holds a streaming writer's mark or limit instead of a length."""
    there_bytes: int

    @property
    def share(self) -> float | None:
        """Which part of the stated bytes is there, at most 1; None where none are stated."""
        return None if self.stated_bytes is None else min(1.0, self.there_bytes / self.stated_bytes)


def wav_data(path: Path) -> WavData | None:
    """What the RIFF (or RF64) header of a file says of its samples; None for other files.

    Formats: EBU Tech 3306 (RF64); Multimedia Programming Interface and Data Specifications 1.0 (RIFF).
    """
    if not path.is_file():
        return None  # a pipe, which could not be read twice
    with path.open("rb") as file:
        head = file.read(12)
        if len(head) < 12 or head[:4] not in RIFF or head[8:] != b"WAVE":
            return None
        size = _data_size(file)
        if size is None:
            return None
        there = path.stat().st_size - file.tell()
    return WavData(None if _is_no_length(size, there) else size, there)


def _data_size(file: BinaryIO) -> int | None:
    """The size of the data chunk, with the file at its first byte."""
    long_size: int | None = None
    while len(header := file.read(8)) == 8:
        name, size = struct.unpack("<4sI", header)
        if name == b"data":
            return long_size if size == 0xFFFFFFFF and long_size is not None else size
        body_at = file.tell()
        if name == b"ds64" and len(body := file.read(16)) == 16:
            long_size = struct.unpack_from("<Q", body, 8)[0]
        file.seek(body_at + size + size % 2)
    return None


def _is_no_length(size: int, there: int) -> bool:
    return size in UNKNOWN or (size > there and any(_is_near(size, unit, by) for unit, by in LIMITS))


def _is_near(size: int, unit: int, by: int) -> bool:
    return size > unit - by - 1 and min(size % unit, -size % unit) <= by
