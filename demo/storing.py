"""Sound to files: compact Opus for the repository, WAV for measurements."""

import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

RATE_HZ = 16_000
_OPUS_BITS_PER_S = 24_000


def write_opus(path: Path, sound: NDArray[np.float32]) -> None:
    """Mono sound at 16 kHz as Opus in Ogg."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=RATE_HZ, bit_rate=_OPUS_BITS_PER_S, layout="mono")
        frame = av.AudioFrame.from_ndarray(_pcm(sound)[None], format="s16", layout="mono")
        frame.sample_rate, frame.time_base, frame.pts = RATE_HZ, Fraction(1, RATE_HZ), 0
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)


def write_wav(path: Path, sound: NDArray[np.float32]) -> None:
    """Mono sound at 16 kHz as 16-bit WAV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(_pcm(sound).tobytes())


def _pcm(sound: NDArray[np.float32]) -> NDArray[np.int16]:
    return np.clip(np.round(sound * 32_767), -32_768, 32_767).astype(np.int16)
