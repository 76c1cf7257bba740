"""Sound out of files, decoded as it is needed and never held whole."""

import struct
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from producers.decoding import Block, Decoder
from runtime.errors import AudioError

LOSSY_SHORTFALL_S = 0.25  # lossy formats round their length to packets, and some only guess it
LOSSLESS_SHORTFALL_S = 0.01
STREAMED_SIZES = (0, 0xFFFFFFFF)  # what a WAV written to a pipe says of its length


class SoundFile:
    """One open file of sound; a context manager. Read it once, from its start, through `blocks`."""

    def __init__(self, path: str | Path) -> None:
        """Raises AudioError for a file that is missing, empty, unreadable or holds no sound."""
        self.path = Path(path)
        _check_file(self.path)
        # every name after `file:` is a file of this machine, whatever colons it holds
        self._decoder = Decoder(str(path), f"file:{path}")
        self.rate_hz = self._decoder.rate_hz
        self.channels = self._decoder.channels
        promised = _wav_duration_s(self.path)  # FFmpeg trims a WAV's own word to what is there
        self.duration_s = self._decoder.duration_s if promised is None else promised

    def blocks(self) -> Iterator[Block]:
        """Blocks in the file's own sample type and rate.

        Raises AudioError after the last readable block if the file was cut off, is damaged or holds nothing.
        """
        yield from self._decoder.blocks()
        self._check_whole()

    def close(self) -> None:
        """Closes the file."""
        self._decoder.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check_whole(self) -> None:
        read_s = self._decoder.read_s
        if self._decoder.samples_read == 0:
            raise AudioError(f"{self.path}: holds no samples (0.00 s of sound); record or export it again")
        shortfall_s = LOSSLESS_SHORTFALL_S if self._decoder.is_lossless else LOSSY_SHORTFALL_S
        if self.duration_s is not None and read_s < self.duration_s - shortfall_s:
            raise AudioError(
                f"{self.path}: cut off or damaged: {read_s:.2f} s of the {self.duration_s:.2f} s that it says it has "
                "could be read, and were. Copy or export it again"
            )
        if self._decoder.damages:
            raise AudioError(
                f"{self.path}: damaged in {self._decoder.damages} places; they are marked as gaps and the rest was "
                "read. Copy or export it again"
            )


def _check_file(path: Path) -> None:
    if not path.exists():
        raise AudioError(f"{path}: no such file")
    if path.is_dir():
        raise AudioError(f"{path}: is a folder; give the files in it")
    if path.is_file() and path.stat().st_size == 0:
        raise AudioError(f"{path}: is empty (0 bytes); record or export it again")


def _wav_duration_s(path: Path) -> float | None:
    """The length that a RIFF header promises, in seconds; None for other files and for streamed ones."""
    with path.open("rb") as file:
        head = file.read(12)
        if len(head) < 12 or head[:4] != b"RIFF" or head[8:] != b"WAVE":
            return None
        bytes_per_s = 0
        while len(header := file.read(8)) == 8:
            name, size = struct.unpack("<4sI", header)
            if name == b"data":
                return None if size in STREAMED_SIZES or not bytes_per_s else size / bytes_per_s
            body = file.read(size + size % 2) if size < 1024 else b""
            if name == b"fmt " and len(body) >= 12:
                bytes_per_s = struct.unpack_from("<I", body, 8)[0]
            if not body:
                file.seek(size + size % 2, 1)
    return None
