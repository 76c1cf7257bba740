"""Bare faster-whisper on saved windows, as a process: `python -m bench.peer batched|single WINDOWS.npz MODEL`."""

import json
import sys
import time
from collections.abc import Iterator

import numpy as np
from faster_whisper import BatchedInferencePipeline, WhisperModel
from numpy.typing import NDArray

from schemas.audio import SAMPLE_RATE_HZ

BATCH_WINDOWS = 16
BEAM_SIZE = 5
PAUSE_SAMPLES = SAMPLE_RATE_HZ // 4

Samples = NDArray[np.float32]


def windows_in(path: str) -> list[Samples]:
    """The saved windows as mono float samples at 16 kHz."""
    with np.load(path) as saved:
        return [saved[name].astype(np.float32) / 32768 for name in sorted(saved.files)]


def decode_batched(model: WhisperModel, windows: list[Samples]) -> Iterator[str]:
    """All windows through the batched pipeline, each as one clip of one long audio, so that batches fill up."""
    clips = []
    at = 0
    for window in windows:
        clips.append({"start": at / SAMPLE_RATE_HZ, "end": (at + len(window)) / SAMPLE_RATE_HZ})
        at += len(window) + PAUSE_SAMPLES
    pause = np.zeros(PAUSE_SAMPLES, np.float32)
    audio = np.concatenate([part for window in windows for part in (window, pause)])
    segments, _ = BatchedInferencePipeline(model).transcribe(
        audio,
        clip_timestamps=clips,
        vad_filter=False,
        batch_size=BATCH_WINDOWS,
        beam_size=BEAM_SIZE,
        word_timestamps=True,
        multilingual=True,
        without_timestamps=True,
    )
    for segment in segments:
        yield segment.text


def decode_single(model: WhisperModel, windows: list[Samples]) -> Iterator[str]:
    """One window at a time, as one stream at a time would be decoded."""
    for window in windows:
        segments, _ = model.transcribe(
            window, beam_size=BEAM_SIZE, word_timestamps=True, condition_on_previous_text=False
        )
        yield " ".join(segment.text for segment in segments)


def main() -> None:
    """Decodes and prints one line of JSON."""
    mode, path, name = sys.argv[1:]
    windows = windows_in(path)
    model = WhisperModel(name, device="cpu", compute_type="int8", cpu_threads=1)
    decode = {"batched": decode_batched, "single": decode_single}[mode]
    began = time.perf_counter()
    characters = sum(len(text) for text in decode(model, windows))
    busy_s = time.perf_counter() - began
    audio_s = sum(len(window) for window in windows) / SAMPLE_RATE_HZ
    print(json.dumps({"windows": len(windows), "audio_s": audio_s, "busy_s": busy_s, "characters": characters}))


if __name__ == "__main__":
    main()
