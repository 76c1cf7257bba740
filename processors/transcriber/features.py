"""PCM → what the encoder takes: log-mel frames, as if the window were followed by digital silence."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from processors.transcriber.context import MEL_HOP_SAMPLES
from processors.transcriber.log_mel import QUIETEST
from schemas.audio import SAMPLE_RATE_HZ

Samples = NDArray[np.float32]
Mel = NDArray[np.float32]
LogMel = Callable[[Samples], Mel]

PCM_SCALE = 32768.0
DYNAMIC_RANGE = np.float32(2.0)
"""Nothing lies more than 80 dB below the loudest frame: 8 / 4 on that scale."""
EDGE_FRAMES = 3
"""Frames at the end whose analysis window still touches the sound."""
LOUDNESS_HOP_SAMPLES = 320
"""20 ms."""
LOUD_PERCENTILE = 95.0
QUIET_RATIO = 0.1
"""What lies 20 dB below the loud parts is no speech."""


def samples_of(pcm: bytes) -> Samples:
    """s16le → float32 in [-1, 1)."""
    return np.frombuffer(pcm, dtype="<i2").astype(np.float32) / np.float32(PCM_SCALE)


def mel_frames(samples: Samples, frames: int, log_mel: LogMel) -> Mel:
    """The log-mel spectrogram of `samples` and then silence, (mels, `frames`) float32.

    Equal bit for bit to that of the padded sound, but only the sound itself is transformed: past it all is silence.
    """
    kept = samples[: frames * MEL_HOP_SAMPLES]
    mel = log_mel(np.pad(kept, (0, EDGE_FRAMES * MEL_HOP_SAMPLES)))[:, :frames]
    out = np.full((mel.shape[0], frames), QUIETEST, dtype=np.float32)
    out[:, : mel.shape[1]] = mel
    np.maximum(out, out.max() - DYNAMIC_RANGE, out=out)
    return out


def sounding_span_s(samples: Samples) -> tuple[float, float]:
    """From where to where the sound is not much quieter than its loud parts, in seconds.

    With much noise that is all of it: a bound that never cuts too much. Energies are whole numbers: no sum is rounded.
    """
    hops = len(samples) // LOUDNESS_HOP_SAMPLES
    if not hops:
        return 0.0, len(samples) / SAMPLE_RATE_HZ
    pcm = np.rint(samples[: hops * LOUDNESS_HOP_SAMPLES] * np.float32(PCM_SCALE)).astype(np.int64)
    loudness = np.sqrt(np.square(pcm.reshape(hops, LOUDNESS_HOP_SAMPLES)).sum(axis=1))
    sounding = np.flatnonzero(loudness >= QUIET_RATIO * np.percentile(loudness, LOUD_PERCENTILE))
    hop_s = LOUDNESS_HOP_SAMPLES / SAMPLE_RATE_HZ
    return float(sounding[0] * hop_s), float((sounding[-1] + 1) * hop_s)
