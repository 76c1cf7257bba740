"""Mono 16 kHz sound into files; the only file of review that touches PyAV."""

import sys
import wave
from collections.abc import Iterable
from pathlib import Path

import av
import numpy as np

from schemas.audio import SAMPLE_BYTES, SAMPLE_RATE_HZ

FLAC_BLOCK = 4096


def write_wav(path: Path, blocks: Iterable[bytes]) -> int:
    """Writes s16le mono blocks as a WAV; `-` is standard output. Returns the samples written."""
    if str(path) == "-":
        return _wav_to_pipe(b"".join(blocks))
    samples = 0
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(SAMPLE_BYTES)
        file.setframerate(SAMPLE_RATE_HZ)
        for block in blocks:
            file.writeframesraw(block)
            samples += len(block) // SAMPLE_BYTES
    return samples


def write_flac(path: Path, blocks: Iterable[bytes]) -> int:
    """Writes s16le mono blocks as a FLAC, without loss. Returns the samples written."""
    samples = 0
    with av.open(str(path), "w", format="flac") as container:
        stream = container.add_stream("flac", rate=SAMPLE_RATE_HZ)
        stream.layout = "mono"
        stream.format = "s16"
        held = bytearray()
        for block in blocks:
            held += block
            while len(held) >= FLAC_BLOCK * SAMPLE_BYTES:
                container.mux(stream.encode(_frame(bytes(held[: FLAC_BLOCK * SAMPLE_BYTES]), samples)))
                del held[: FLAC_BLOCK * SAMPLE_BYTES]
                samples += FLAC_BLOCK
        if held:
            container.mux(stream.encode(_frame(bytes(held), samples)))
            samples += len(held) // SAMPLE_BYTES
        container.mux(stream.encode(None))
    return samples


WRITERS = {"wav": write_wav, "flac": write_flac}


def _frame(pcm: bytes, position: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.frombuffer(pcm, "<i2").reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = SAMPLE_RATE_HZ
    frame.pts = position
    return frame


def _wav_to_pipe(pcm: bytes) -> int:
    with wave.open(sys.stdout.buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(SAMPLE_BYTES)
        file.setframerate(SAMPLE_RATE_HZ)
        file.setnframes(len(pcm) // SAMPLE_BYTES)
        file.writeframesraw(pcm)
    return len(pcm) // SAMPLE_BYTES
