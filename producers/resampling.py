"""Samples of any type and rate to 16 kHz s16, in a stream: block sizes never change a sample."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from schemas.audio import SAMPLE_RATE_HZ

FULL_SCALE = 32_768.0
OVERLOAD = 2.0  # louder input is held here, so that no filter sees numbers it cannot carry
LOWEST_RATE_HZ = 1_000
HIGHEST_RATE_HZ = 768_000


@dataclass(slots=True)
class Faults:
    """What was wrong with the samples so far."""

    clipped: int = 0
    """Samples of the result at full scale."""
    not_finite: int = 0
    """Samples of the source that were NaN or infinite; they became silence."""


class Resampler:
    """One channel of one source. Integer samples mean their full range, float samples ±1."""

    def __init__(self, rate_hz: int) -> None:
        """Raises ValueError for a rate that no sound has."""
        if not LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ:
            raise ValueError(f"{rate_hz} Hz is no sample rate of sound ({LOWEST_RATE_HZ}–{HIGHEST_RATE_HZ} Hz)")
        self.rate_hz = rate_hz
        self.faults = Faults()
        # float32 and not int16: soxr dithers integers, and its dither depends on the size of the blocks
        self._stream = None if rate_hz == SAMPLE_RATE_HZ else soxr.ResampleStream(rate_hz, SAMPLE_RATE_HZ, 1, "float32")

    def push(self, samples: NDArray[Any]) -> NDArray[np.int16]:
        """The 16 kHz samples that are ready (1-D in, 1-D out). Raises ValueError for other shapes and types."""
        if samples.ndim != 1:
            raise ValueError(f"samples have the shape {samples.shape}; one channel is a flat array")
        if self._stream is None and samples.dtype == np.int16:
            return self._count_clipped(samples.astype(np.int16, copy=False))
        real = self._finite(to_float(samples))
        if self._stream is None:
            return self._to_int16(real)
        return self._to_int16(self._stream.resample_chunk(real))

    def flush(self) -> NDArray[np.int16]:
        """The samples still in the filter; the resampler then starts afresh."""
        if self._stream is None:
            return np.zeros(0, np.int16)
        rest = self._stream.resample_chunk(np.zeros(0, np.float32), last=True)
        self._stream.clear()
        return self._to_int16(rest)

    def _finite(self, real: NDArray[np.float32]) -> NDArray[np.float32]:
        finite = np.isfinite(real)
        broken = int(real.size - np.count_nonzero(finite))
        if broken:
            self.faults.not_finite += broken
            real = np.where(finite, real, np.float32(0))
        return np.clip(real, -OVERLOAD, OVERLOAD)

    def _to_int16(self, real: NDArray[np.float32]) -> NDArray[np.int16]:
        scaled = np.rint(real * np.float32(FULL_SCALE))
        return self._count_clipped(np.clip(scaled, -FULL_SCALE, FULL_SCALE - 1).astype(np.int16))

    def _count_clipped(self, samples: NDArray[np.int16]) -> NDArray[np.int16]:
        self.faults.clipped += int(np.count_nonzero((samples == 32_767) | (samples == -32_768)))
        return samples


def to_float(samples: NDArray[Any]) -> NDArray[np.float32]:
    """Samples of any type as float32 in ±1. Raises ValueError for a type that holds no samples."""
    if samples.dtype == np.uint8:
        return ((samples.astype(np.float32) - 128) / 128).astype(np.float32)
    if samples.dtype in (np.int8, np.int16, np.int32, np.int64):
        return (samples / float(-np.iinfo(samples.dtype).min)).astype(np.float32)
    if samples.dtype in (np.float16, np.float32, np.float64):
        with np.errstate(over="ignore"):  # a float64 beyond float32 becomes infinite, and is then counted
            return np.ascontiguousarray(samples, dtype=np.float32)
    raise ValueError(f"samples of type {samples.dtype} are no sound; give int16 or float32")
