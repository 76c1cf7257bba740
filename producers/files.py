"""Sound out of files, decoded as it is needed and never held whole."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from producers.decoding import Block, Decoder
from producers.headers import mpeg, ogg
from producers.headers.wav import wav_data
from runtime.errors import AudioError

LOSSY_SHORTFALL_S = 0.25  # lossy formats round their length to packets, and some only guess it
LOSSLESS_SHORTFALL_S = 0.01


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
        self._wav = wav_data(self.path)  # FFmpeg trims a WAV's own word to what is there

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
        decoder = self._decoder
        if decoder.samples_read == 0:
            raise AudioError(f"{self.path}: holds no samples (0.00 s of sound); record or export it again")
        stated_s = self._stated_s()
        shortfall_s = LOSSLESS_SHORTFALL_S if decoder.is_lossless else LOSSY_SHORTFALL_S
        if stated_s is not None and decoder.span_s < stated_s - shortfall_s:
            raise AudioError(
                f"{self.path}: cut off or damaged: {decoder.read_s:.2f} s of the {stated_s:.2f} s that it says it has "
                "could be read, and were. Copy or export it again"
            )
        pages = ogg.pages_of(self.path) if decoder.format == "ogg" and self.path.is_file() else None
        is_gapless = decoder.format == "flac" or (pages is not None and not pages.are_intact)
        if places := decoder.damages or (decoder.holes if is_gapless else 0):
            raise AudioError(
                f"{self.path}: damaged in {places} places; they are marked as gaps and the rest was read. Copy or "
                "export it again"
            )
        if self._wav is None and not (decoder.ends_whole and (pages is None or pages.ends_whole)):
            raise AudioError(
                f"{self.path}: cut off: its last packet is not whole; the {decoder.read_s:.2f} s before it were read. "
                "Copy or export it again"
            )

    def _stated_s(self) -> float | None:
        """The length that the file itself states of its sound, exactly; None where it does not."""
        if self._wav is not None:
            return self._decoder.span_s / self._wav.share if self._wav.share else None
        return mpeg.stated_seconds(self.path) if self._decoder.format == "mp3" else self._decoder.stated_s


def _check_file(path: Path) -> None:
    if not path.exists():
        raise AudioError(f"{path}: no such file")
    if path.is_dir():
        raise AudioError(f"{path}: is a folder; give the files in it")
    if path.is_file() and path.stat().st_size == 0:
        raise AudioError(f"{path}: is empty (0 bytes); record or export it again")
