"""Whisper's log-mel frames, the same to the last bit on every processor and with every build of numpy.

What faster-whisper's `FeatureExtractor` computes (after OpenAI's `log_mel_spectrogram`: Hann windows of 400 samples
every 160, Slaney's mel filters, log10, at least 1e-10), but by steps that leave nothing to a library's choice:

- The spectrum is a product of whole numbers: samples of 16 bits and a table of cosines in units of 2^-28, with the
  window in it. No sum of such products reaches 2^53, so float64 holds each exactly, in whatever order a BLAS kernel
  adds them and whether it fuses them or not.
- From there on every operation is one of IEEE 754's (+, −, ×, ÷, maximum) on single elements in an order written down
  here: the filters' sums bin by bin, and the logarithm by its exponent and a polynomial, because numpy takes log10
  from a library that differs between instruction sets.
- The tables are rounded (cosines to whole numbers, filters to float32) far from where a last bit would turn them.
"""

import math

import numpy as np
from numpy.typing import NDArray

from processors.transcriber.context import MEL_HOP_SAMPLES

FFT_SAMPLES = 400
BINS = FFT_SAMPLES // 2 + 1
PCM_SCALE = 32768.0
COSINE_SCALE = 2.0**28
"""The most with which the sums stay below 2^53: 2^16 for two samples folded, 4 · 2^28 for a place of the table, and
100 for the window's sum over them."""
BLOCK_FRAMES = 512
"""So many are worked on together: their spectra stay in a processor's cache."""
LEAST_ENERGY = 1e-10
QUIETEST = -1.5
"""LEAST_ENERGY on Whisper's scale of (log10 + 4) / 4."""
_MANTISSA_BITS = 52
_ROOT_HALF_BITS = int(np.float64(0.5**0.5).view(np.int64))
_LOG10_OF_2 = 0.30102999566398120
_TWO_BY_LN10 = 0.86858896380650366

Floats = NDArray[np.float64]


class LogMel:
    """Implements `features.LogMel` with a bank of mel filters, (mels, 201) as Slaney gives them for 16 kHz."""

    def __init__(self, filters: NDArray[np.floating]) -> None:
        """Raises ValueError for filters of another spectrum."""
        if filters.ndim != 2 or filters.shape[1] != BINS:
            raise ValueError(f"mel filters of shape {filters.shape}, not (mels, {BINS})")
        self._mels = len(filters)
        self._taps = _taps(filters.astype(np.float32).astype(np.float64))
        self._cosines, self._sines = _tables()

    def __call__(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """(mels, n) for sound of n hops, in [-1, 1); what is finer than 16 bits is rounded to them.

        The quietest value is -1.5, digital silence; no floor below the loudest is laid here.
        """
        frames = _frames(np.rint(samples * np.float32(PCM_SCALE)).astype(np.float64))
        scaled = np.empty((self._mels, len(frames)), np.float32)
        for first in range(0, len(frames), BLOCK_FRAMES):
            block = slice(first, first + BLOCK_FRAMES)
            scaled[:, block] = self._scaled(self._power(frames[block]))
        return scaled

    def _power(self, frames: Floats) -> Floats:
        """Frames (n, 400) → the power of their spectrum (201, n), 2^90 too large."""
        half = FFT_SAMPLES // 2
        sums, differences = frames[:, :BINS].copy(), frames[:, :BINS].copy()
        sums[:, 1:half] += frames[:, :half:-1]
        differences[:, 1:half] -= frames[:, :half:-1]
        power = self._cosines @ sums.T
        power *= power
        imaginary = self._sines @ differences.T
        imaginary *= imaginary
        power += imaginary
        return power

    def _scaled(self, power: Floats) -> Floats:
        """Power (201, n) → log-mel (mels, n) on Whisper's scale."""
        energy = np.zeros((self._mels, power.shape[1]))
        for mels, bins, weights in self._taps:
            energy[mels] += power[bins] * weights
        scaled = log10(np.maximum(energy, LEAST_ENERGY, out=energy))
        scaled += 4.0
        scaled /= 4.0
        return scaled


def log10(values: Floats) -> Floats:
    """The decadic logarithm of normal positive numbers, to 1e-9, by operations that IEEE 754 fixes.

    Of a number m · 2^e with m in [√½, √2): e · log10 2 and the series of artanh((m − 1) / (m + 1)).
    """
    bits = values.view(np.int64)
    exponents = (bits - _ROOT_HALF_BITS) >> _MANTISSA_BITS
    mantissas = (bits - (exponents << _MANTISSA_BITS)).view(np.float64)
    ratio = mantissas - 1.0
    mantissas += 1.0
    ratio /= mantissas
    square = ratio * ratio
    series = square * (1 / 9)
    for term in (1 / 7, 1 / 5, 1 / 3):
        series += term
        series *= square
    series += 1.0
    series *= ratio
    series *= _TWO_BY_LN10
    series += exponents * _LOG10_OF_2
    return series


def _frames(pcm: Floats) -> Floats:
    """A view of the sound as n frames (n, 400) around every 160th sample, the first included.

    Before the first sample the sound is mirrored, after the last it is silent.
    """
    half = FFT_SAMPLES // 2
    line = np.pad(np.pad(pcm, (half, 0), mode="reflect"), (0, half))
    frames: Floats = np.lib.stride_tricks.sliding_window_view(line, FFT_SAMPLES)[::MEL_HOP_SAMPLES]
    return frames[: len(pcm) // MEL_HOP_SAMPLES]


def _tables() -> tuple[Floats, Floats]:
    """Four times Hann's window times cosine and sine of each bin, (201, 201) by bin and sample, in COSINE_SCALE.

    The window is a cosine too, so its product with one is a sum of three: whole numbers again.
    """
    turns = [2 * math.pi * step / FFT_SAMPLES for step in range(FFT_SAMPLES)]
    bins = np.arange(BINS)[:, None]
    places = np.arange(BINS)[None, :]
    tables = []
    for wave in (math.cos, math.sin):
        table = np.array([float(round(wave(turn) * COSINE_SCALE)) for turn in turns])
        below, at, above = (table[(bins + step) * places % FFT_SAMPLES] for step in (-1, 0, 1))
        tables.append(2 * at - below - above)
    return tables[0], tables[1]


def _taps(filters: Floats) -> list[tuple[NDArray[np.intp], NDArray[np.intp], Floats]]:
    """For the first, second, … bin of the filters that have so many: which filters, which bins, and their weights.

    The weights take back the scale of the spectrum.
    """
    scale = (4 * COSINE_SCALE * PCM_SCALE) ** -2  # a power of two: exact
    bins_of = [np.flatnonzero(weights) for weights in filters]
    taps = []
    for tap in range(max(map(len, bins_of))):
        mels = np.array([mel for mel, bins in enumerate(bins_of) if len(bins) > tap])
        bins = np.array([bins_of[mel][tap] for mel in mels])
        taps.append((mels, bins, filters[mels, bins][:, None] * scale))
    return taps
