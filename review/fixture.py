"""A session as a folder: a file of sound for each channel, what should be heard, and the places of the samples."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from producers.files import SoundFile
from producers.framing import Framer
from producers.mixing import Mixer, cancelled
from producers.resampling import Resampler
from review.recording import Placed
from runtime.errors import AudioError
from schemas.audio import FRAME_SAMPLES, MICROSECONDS, SAMPLE_RATE_HZ, captured_at_of
from schemas.events import AudioFrame

log = logging.getLogger(__name__)
FILE = "fixture.yaml"
UNKNOWN_START_US = 1_577_836_800 * MICROSECONDS
"""2020-01-01: when a file was recorded that does not say. Fixed, so that equal files give equal frames."""

Samples = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class FixturePiece:
    """A run of samples without a gap."""

    at: int
    """Where in the file it begins, in samples."""
    samples: int
    first_sample: int
    """Stream position of its first sample."""
    captured_at: int
    """UTC µs of its first sample."""


@dataclass(frozen=True, slots=True)
class FixtureChannel:
    """One channel of a fixture."""

    file: Path
    expect: str | None = None
    """The true text, empty where nothing is said; None where nobody knows it."""
    pieces: tuple[FixturePiece, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """How far the text may be from the truth."""

    max_cer: float = 0.0
    max_wer: float | None = None
    loose: bool = False
    """Whether case and punctuation do not count."""


@dataclass(frozen=True, slots=True)
class Fixture:
    """A folder with a session; a Recording like one in the log."""

    folder: Path
    session_id: str
    streams: Mapping[str, FixtureChannel]
    limits: Limits = Limits()
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that have a file, in order."""
        return tuple(sorted(self.streams))

    def frames(self, channel_id: str) -> Iterator[Placed]:
        """The frames of one channel, as a producer would publish them. Raises AudioError for a file it cannot read."""
        stream = self.streams[channel_id]
        frames = self._of_pieces(channel_id, stream) if stream.pieces else self._of_whole_file(channel_id, stream.file)
        return (Placed(frame) for frame in frames)

    def _of_whole_file(self, channel_id: str, file: Path) -> Iterator[AudioFrame]:
        framer = Framer(self.session_id, channel_id, UNKNOWN_START_US)
        for samples in samples_in(file):
            yield from framer.push(samples.tobytes())
        yield framer.close()

    def _of_pieces(self, channel_id: str, stream: FixtureChannel) -> Iterator[AudioFrame]:
        blocks = _Blocks(stream.file)
        for piece in stream.pieces:
            blocks.skip_to(piece.at)
            for first in range(0, piece.samples, FRAME_SAMPLES):
                samples = blocks.take(min(FRAME_SAMPLES, piece.samples - first))
                sample = piece.first_sample + first
                captured_at = captured_at_of(sample, piece.first_sample, piece.captured_at)
                yield AudioFrame(
                    self.session_id, channel_id, sample, SAMPLE_RATE_HZ, captured_at, samples.tobytes(), last=False
                )


class _Blocks:
    """Samples of a file in runs of the length that is asked for."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._blocks = samples_in(file)
        self._held: Samples = np.zeros(0, "<i2")
        self._position = 0

    def skip_to(self, sample: int) -> None:
        """Passes over what lies before `sample` of the file."""
        while self._position < sample:
            self.take(min(SAMPLE_RATE_HZ, sample - self._position))

    def take(self, samples: int) -> Samples:
        """The next samples. Raises AudioError where the file ends before."""
        while len(self._held) < samples:
            block = next(self._blocks, None)
            if block is None:
                raise AudioError(f"{self._file}: ends before the samples that {FILE} says it holds; export it again")
            self._held = np.concatenate([self._held, block])
        taken, self._held = self._held[:samples], self._held[samples:]
        self._position += samples
        return taken


def samples_in(file: Path) -> Iterator[Samples]:
    """The sound of a file as 16 kHz mono samples, its channels averaged. Raises AudioError."""
    with SoundFile(file) as sound:
        resampler, mixer = Resampler(sound.rate_hz), Mixer(sound.rate_hz)
        for block in sound.blocks():
            if block.missing:
                yield resampler.push(np.zeros(block.missing, np.float32)).astype("<i2", copy=False)
            rows = block.samples
            mono = rows[0] if len(rows) == 1 else mixer.push(rows)
            yield resampler.push(mono).astype("<i2", copy=False)
        yield resampler.flush().astype("<i2", copy=False)
    mixer.finish()
    if mixer.cancels:
        log.warning("%s", cancelled(str(file), "Keep one of them in the file"))


def is_fixture(text: str) -> bool:
    """Whether this names a folder with a fixture, rather than a session."""
    return (Path(text) / FILE).is_file()
