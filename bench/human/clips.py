"""Recordings of people with what they say, from a folder with a `manifest.json`."""

import json
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from schemas.audio import SAMPLE_RATE_HZ

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "audio" / "real"
"""Beside the checkout, not in it."""
HOP_SAMPLES = 320
QUIET_RATIO = 0.04
LOUD_PERCENTILE = 95.0
TALKING_RMS = 1500.0

Pcm = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording of one voice, or of none where there is no text."""

    name: str
    language: str
    text: str
    word_starts_s: tuple[float, ...]
    """Where each word begins, by another recognizer; empty where nobody looked."""
    pcm: Pcm


def read_clips(folder: Path = FOLDER) -> list[Clip]:
    """Every clip that the folder's manifest names."""
    told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["clips"]
    return [
        Clip(
            clip["file"],
            clip["language"],
            clip["text"],
            tuple(word["start_s"] for word in clip.get("words", ())),
            read_pcm(folder / clip["file"]),
        )
        for clip in told
    ]


def read_pcm(path: Path) -> Pcm:
    """A file's sound, mono at 16 kHz."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE_HZ)
    with av.open(str(path)) as container:
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])


def trimmed(pcm: Pcm, margin_s: float) -> Pcm:
    """The sound without the quiet before and after it, but for a margin."""
    hops = pcm[: len(pcm) // HOP_SAMPLES * HOP_SAMPLES].astype(np.float64).reshape(-1, HOP_SAMPLES)
    loudness = np.sqrt(np.mean(hops**2, axis=1))
    loud = np.flatnonzero(loudness > QUIET_RATIO * np.percentile(loudness, LOUD_PERCENTILE))
    margin = int(margin_s * SAMPLE_RATE_HZ)
    return pcm[max(0, loud[0] * HOP_SAMPLES - margin) : (loud[-1] + 1) * HOP_SAMPLES + margin]


def levelled(pcm: Pcm, level_db: float = 0.0) -> Pcm:
    """The sound with its louder half at one level, or so many dB beside it."""
    samples = pcm.astype(np.float64)
    louder = samples[np.abs(samples) > np.median(np.abs(samples))]
    gain = TALKING_RMS * 10 ** (level_db / 20) / max(1.0, float(np.sqrt(np.mean(louder**2))))
    return np.clip(samples * gain, -32768, 32767).astype(np.int16)
