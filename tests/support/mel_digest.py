"""The log-mel frames of one sound that fills the 16 bits, as a digest.

A module of its own because it is also asked for in processes of their own: a kernel is chosen once in each.
"""

import hashlib

import numpy as np
from faster_whisper.feature_extractor import FeatureExtractor
from numpy.typing import NDArray

from processors.transcriber.log_mel import FFT_SAMPLES, LogMel

FILTERS = {mels: FeatureExtractor.get_mel_filters(16_000, FFT_SAMPLES, n_mels=mels) for mels in (80, 128)}


def strange_sound() -> NDArray[np.float32]:
    """Ten seconds: sweeping tones, loud and soft, silence and a click in it; by whole numbers alone."""
    at = np.arange(160_000, dtype=np.int64)
    pcm = (at * at // 977 * 31 + at * 7_919) % 65_536 - 32_768
    pcm[40_000:60_000] //= 4_096
    pcm[80_000:100_000] = 0
    pcm[90_000] = 32_767
    return (pcm / 32_768).astype(np.float32)


def digest(mels: int) -> str:
    """SHA-256 of the bits of the frames of `strange_sound`."""
    return hashlib.sha256(LogMel(FILTERS[mels])(strange_sound()).tobytes()).hexdigest()
