"""A session as a folder: a file of sound for each channel, what should be heard, and the places of the samples.

session: team-7
limits: {max_cer: 0.05}          # optional: what `earshot suite` holds the text to (also max_wer, loose)
settings: {vad.stop: 0.3}        # optional: settings that differ for this fixture
channels:
  C01:
    file: C01.flac               # any format FFmpeg reads
    expect: C01.txt              # optional: the true text
    pieces:                      # optional: where the samples belong; without it the file is one stream from 0
      - {at: 0, samples: 48000, first_sample: 0, captured_at: 1763000000000000}
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from producers.files import SoundFile
from producers.framing import Framer
from producers.resampling import Resampler, to_float
from producers.sessions import check_channel_id, check_session_id
from review.recording import Placed
from runtime.errors import AudioError, ConfigError
from schemas.audio import FRAME_SAMPLES, MICROSECONDS, SAMPLE_RATE_HZ, captured_at_of
from schemas.events import AudioFrame

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
    """The true text; None where nobody knows it."""
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
        resampler = Resampler(sound.rate_hz)
        for block in sound.blocks():
            rows = block.samples
            mono = rows[0] if len(rows) == 1 else to_float(rows).mean(axis=0)
            yield resampler.push(mono).astype("<i2", copy=False)
        yield resampler.flush().astype("<i2", copy=False)


def is_fixture(text: str) -> bool:
    """Whether this names a folder with a fixture, rather than a session."""
    return (Path(text) / FILE).is_file()


def read_fixture(folder: Path) -> Fixture:
    """The fixture in `folder`. Raises ConfigError naming what is wrong with its YAML."""
    path = folder / FILE
    try:
        facts = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}: a fixture has a {FILE} (`earshot export` makes one)") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    try:
        return _fixture_of(folder, facts)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigError(f"{path}: {type(error).__name__}: {error}: see the format in docs/review.md") from error


def _fixture_of(folder: Path, facts: dict[str, Any]) -> Fixture:
    unknown = set(facts) - {"session", "limits", "settings", "channels"}
    if unknown:
        raise ValueError(f"unknown keys {', '.join(sorted(unknown))}")
    streams = {check_channel_id(channel): _channel_of(folder, entry) for channel, entry in facts["channels"].items()}
    settings = {str(name): str(value) for name, value in (facts.get("settings") or {}).items()}
    session = check_session_id(str(facts.get("session") or folder.resolve().name))
    return Fixture(folder, session, streams, Limits(**(facts.get("limits") or {})), settings)


def _channel_of(folder: Path, entry: dict[str, Any]) -> FixtureChannel:
    file = folder / entry["file"]
    expect = (folder / entry["expect"]).read_text(encoding="utf-8") if entry.get("expect") else None
    pieces = tuple(FixturePiece(**piece) for piece in entry.get("pieces") or ())
    return FixtureChannel(file, expect, pieces)


def fixture_yaml(session_id: str, streams: Mapping[str, tuple[str, str | None, list[FixturePiece]]]) -> str:
    """The text of `fixture.yaml`. `streams`: by channel, its file of sound, its file of text, its pieces."""
    channels: dict[str, Any] = {}
    for channel, (file, expect, pieces) in streams.items():
        entry: dict[str, Any] = {"file": file}
        if expect:
            entry["expect"] = expect
        entry["pieces"] = [
            {
                "at": piece.at,
                "samples": piece.samples,
                "first_sample": piece.first_sample,
                "captured_at": piece.captured_at,
            }
            for piece in pieces
        ]
        channels[channel] = entry
    return yaml.safe_dump({"session": session_id, "channels": channels}, sort_keys=False, default_flow_style=None)
