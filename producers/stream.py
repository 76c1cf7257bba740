"""One channel of one session on its way in: any samples → 16 kHz s16 → frames."""

import logging
import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from prometheus_client import Counter

from producers.framing import Framer
from producers.metering import Meter
from producers.resampling import Faults, Resampler
from runtime.errors import AudioError
from schemas.audio import SAMPLE_BYTES, SAMPLE_RATE_HZ
from schemas.events import AudioFrame

log = logging.getLogger(__name__)
Sound = bytes | bytearray | memoryview | NDArray[Any]
LONGEST_GAP_S = 366 * 86_400.0
PCM_TYPE = np.dtype("<i2")

CLIPPED = Counter("earshot_capture_clipped_samples_total", "Samples at full scale", ["channel"])
NOT_FINITE = Counter("earshot_capture_not_finite_samples_total", "NaN and infinite samples, made silence", ["channel"])
GAPS = Counter("earshot_capture_gap_samples_total", "Samples left out as marked gaps", ["channel"])


@dataclass(frozen=True, slots=True)
class ChannelStatus:
    """One channel, for a person to look at."""

    channel_id: str
    position_s: float
    level_dbfs: float
    """Root mean square since the last look."""
    clipped: int
    not_finite: int
    gap_s: float


class Stream:
    """Turns what a caller writes into frames. Hold `lock` around calls that must not mix."""

    def __init__(self, channel_id: str, rate_hz: int, framer: Framer) -> None:
        """Raises AudioError for a rate that no sound has."""
        try:
            self._resampler = Resampler(rate_hz)
        except ValueError as error:
            raise AudioError(f"{channel_id}: {error}") from error
        self.channel_id = channel_id
        self.lock = threading.Lock()
        self.has_ended = False
        self.known_samples = 0
        """Samples at 16 kHz that come again and are already in the log: they are left out."""
        self._meter = Meter()
        self._gap_samples = 0
        self._counted = Faults()
        self._framer = framer

    @property
    def rate_hz(self) -> int:
        """The rate that the caller's samples have."""
        return self._resampler.rate_hz

    def push(self, sound: Sound) -> list[AudioFrame]:
        """The frames that `sound` completes. Raises AudioError for half a sample, another shape or type."""
        samples = samples_of(self.channel_id, sound)
        try:
            return self._frame(self._resampler.push(samples))
        except ValueError as error:
            raise AudioError(f"{self.channel_id}: {error}") from error

    def skip(self, seconds: float, captured_at_us: int | None = None) -> list[AudioFrame]:
        """Marks a gap; the frames are those that it completes. Raises AudioError for a negative one."""
        if not 0 <= seconds <= LONGEST_GAP_S:
            raise AudioError(f"{self.channel_id}: a gap of {seconds:g} s; give 0 s to a year: time does not go back")
        samples = round(seconds * SAMPLE_RATE_HZ)
        frames = self._frame(self._resampler.flush())
        known = min(samples, self.known_samples)
        self.known_samples -= known
        self.count_gap(samples - known)
        return frames + self._framer.skip(samples - known, captured_at_us)

    def end(self, is_cut: bool = False) -> list[AudioFrame]:
        """The frames that end the stream; the last one is marked. `is_cut` leaves out what is in the resampler."""
        self.has_ended = True
        rest = [] if is_cut else self._frame(self._resampler.flush())
        return [*rest, self._framer.close()]

    def count_gap(self, samples: int) -> None:
        """Counts a gap that was marked elsewhere."""
        self._gap_samples += samples
        GAPS.labels(self.channel_id).inc(samples)

    def status(self) -> ChannelStatus:
        """How it stands; the level is of what came since the last look."""
        faults = self._resampler.faults
        return ChannelStatus(
            channel_id=self.channel_id,
            position_s=self._framer.next_sample / SAMPLE_RATE_HZ,
            level_dbfs=self._meter.read_dbfs(),
            clipped=faults.clipped,
            not_finite=faults.not_finite,
            gap_s=self._gap_samples / SAMPLE_RATE_HZ,
        )

    def _frame(self, samples: NDArray[np.int16]) -> list[AudioFrame]:
        known = min(samples.size, self.known_samples)
        self.known_samples -= known
        samples = samples[known:]
        self._meter.push(samples)
        self._count_faults()
        return self._framer.push(samples.astype(PCM_TYPE, copy=False).tobytes())

    def _count_faults(self) -> None:
        faults, counted = self._resampler.faults, self._counted
        if faults.not_finite and not counted.not_finite:
            log.warning(
                "%s: samples that are no numbers (NaN, infinite) come in: silence takes their place", self.channel_id
            )
        if faults != counted:
            CLIPPED.labels(self.channel_id).inc(faults.clipped - counted.clipped)
            NOT_FINITE.labels(self.channel_id).inc(faults.not_finite - counted.not_finite)
            self._counted = Faults(faults.clipped, faults.not_finite)


def samples_of(channel_id: str, sound: Sound) -> NDArray[Any]:
    """A caller's samples as an array; bytes are s16le mono. Raises AudioError for half a sample, and for no samples."""
    if isinstance(sound, np.ndarray):
        return sound
    if not isinstance(sound, bytes | bytearray | memoryview):
        raise AudioError(
            f"{channel_id}: a {type(sound).__name__} is no sound; give bytes of s16le mono, or a numpy array"
        )
    size = memoryview(sound).nbytes
    if size % SAMPLE_BYTES:
        raise AudioError(
            f"{channel_id}: {size} bytes are no whole number of 16-bit samples; give s16le mono, or a numpy array"
        )
    return np.frombuffer(sound, PCM_TYPE)
