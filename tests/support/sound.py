"""Files of sound for tests, of every kind that users bring."""

import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray


def tone(seconds: float, rate_hz: int = 16_000, frequency_hz: float = 440) -> NDArray[np.float32]:
    """A tone at half scale."""
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    return (0.5 * np.sin(2 * np.pi * frequency_hz * times)).astype(np.float32)


def pcm_noise(samples: int, seed: int = 0) -> NDArray[np.int16]:
    """Sixteen-bit samples no two runs of which are alike."""
    return np.random.default_rng(seed).integers(-20_000, 20_000, samples).astype("<i2")


def write_wav(path: Path, samples: NDArray, rate_hz: int = 16_000) -> Path:
    """A PCM WAV of uint8 or int16 samples, or of 24 bits from int32; shape (samples,) or (channels, samples)."""
    rows = np.atleast_2d(samples)
    if samples.dtype == np.int32:
        as_bytes = rows.T.copy().view(np.uint8).reshape(-1, 4)[:, 1:].tobytes()
        width = 3
    else:
        as_bytes, width = rows.T.tobytes(), samples.dtype.itemsize
    with wave.open(str(path), "wb") as file:
        file.setnchannels(rows.shape[0])
        file.setsampwidth(width)
        file.setframerate(rate_hz)
        file.writeframes(as_bytes)
    return path


def write_encoded(
    path: Path,
    codec: str,
    sample_format: str,
    samples: NDArray[np.float32],
    rate_hz: int,
    *,
    muxer: dict[str, str] | None = None,
    encoder: dict[str, str] | None = None,
) -> Path:
    """Mono sound in any codec of FFmpeg's; the container is told by the file's name."""
    with av.open(str(path), "w", options=muxer or {}) as container:
        stream = container.add_stream(codec, rate=rate_hz, options=encoder or {})
        stream.layout = "mono"
        stream.format = sample_format
        add_sound(container, stream, samples, rate_hz)
    return path


def add_sound(container, stream, samples: NDArray[np.float32], rate_hz: int) -> None:
    """Encodes mono float samples into an open stream."""
    frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="fltp", layout="mono")
    frame.sample_rate = rate_hz
    shaper = av.AudioResampler(format=stream.format, layout="mono", rate=rate_hz, frame_size=1024)
    for piece in [*shaper.resample(frame), *shaper.resample(None), None]:
        for packet in stream.encode(piece):
            container.mux(packet)


def write_video(
    path: Path,
    samples: NDArray[np.float32] | None,
    rate_hz: int,
    *,
    pictures_s: int = 1,
    codecs: tuple[str, str] = ("mpeg4", "aac"),
) -> Path:
    """Grey pictures, with sound unless `samples` is None."""
    with av.open(str(path), "w") as container:
        pictures = container.add_stream(codecs[0], rate=10)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 64, "yuv420p"
        sound = None if samples is None else container.add_stream(codecs[1], rate=rate_hz, layout="mono")
        for _ in range(10 * pictures_s):
            for packet in pictures.encode(av.VideoFrame.from_ndarray(np.full((64, 64, 3), 128, np.uint8))):
                container.mux(packet)
        for packet in pictures.encode(None):
            container.mux(packet)
        if sound is not None and samples is not None:
            add_sound(container, sound, samples, rate_hz)
    return path


def write_placed(
    path: Path,
    codec: str,
    sample_format: str,
    pieces: list[tuple[float, NDArray[np.float32]]],
    rate_hz: int,
    *,
    pictures_s: int = 0,
) -> Path:
    """Mono sound whose pieces begin at the given seconds, beside grey pictures from 0 on unless they last 0 s."""
    with av.open(str(path), "w") as container:
        pictures = container.add_stream("flv1" if path.suffix == ".flv" else "mpeg4", rate=10) if pictures_s else None
        sound = container.add_stream(codec, rate=rate_hz, layout="mono")
        sound.format, sound.time_base = sample_format, Fraction(1, rate_hz)
        if pictures is not None:
            pictures.width, pictures.height, pictures.pix_fmt = 64, 64, "yuv420p"
            grey = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 128, np.uint8))
            container.mux([packet for _ in range(10 * pictures_s) for packet in pictures.encode(grey)])
            container.mux(pictures.encode(None))
        for at_s, samples in pieces:
            size = sound.codec_context.frame_size or 1024
            for first in range(0, samples.size // size * size, size):
                frame = av.AudioFrame.from_ndarray(samples[None, first : first + size], format="fltp", layout="mono")
                frame.sample_rate = rate_hz
                for shaped in av.AudioResampler(format=sample_format, layout="mono", rate=rate_hz).resample(frame):
                    shaped.pts, shaped.time_base = round(at_s * rate_hz) + first, Fraction(1, rate_hz)
                    container.mux(sound.encode(shaped))
        container.mux(sound.encode(None))
    return path
