"""What a radio does to speech: a narrow band, noise between and under the words."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float32]
RATE_HZ: Final = 16_000
LOW_HZ: Final = 250.0
HIGH_HZ: Final = 3_700.0
_OUTSIDE: Final = 0.01
_SPEECH_RMS: Final = 0.09
_PEAK: Final = 0.95


def transmit(speech: Sound, noise: Sound, snr_db: float) -> Sound:
    """Speech with `noise` (RMS 1) `snr_db` under its loudness, band-limited, at a steady level."""
    spoken = speech[np.abs(speech) > 1e-3]
    loudness = float(np.sqrt(np.mean(np.square(spoken)))) if len(spoken) else 1.0
    mixed = speech / loudness + noise * np.float32(10 ** (-snr_db / 20))
    return limit_peak(band_limited(mixed.astype(np.float32)) * np.float32(_SPEECH_RMS))


def band_limited(sound: Sound) -> Sound:
    """Only LOW_HZ … HIGH_HZ."""
    spectrum = np.fft.rfft(sound)
    frequencies_hz = np.fft.rfftfreq(len(sound), 1 / RATE_HZ)
    spectrum[(frequencies_hz < LOW_HZ) | (frequencies_hz > HIGH_HZ)] *= _OUTSIDE
    return np.fft.irfft(spectrum, len(sound)).astype(np.float32)


def limit_peak(sound: Sound) -> Sound:
    """Scaled down where it would clip."""
    peak = float(np.abs(sound).max(initial=0.0))
    return (sound * np.float32(_PEAK / peak)).astype(np.float32) if peak > _PEAK else sound
