"""A recording through the stages' own code in this process, and through bare faster-whisper."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from faster_whisper import WhisperModel

from bench.human.clips import Pcm
from review.pipeline import LocalPipeline
from review.recording import Placed
from runtime.settings import Settings
from schemas.audio import FRAME_SAMPLES, SAMPLE_RATE_HZ, captured_at_of
from schemas.events import AudioFrame, GlossaryTerm, Transcript

STARTED_US = 1_700_000_000_000_000
CHANNEL = "C01"
EIGHT = ("en", "ko", "ja", "de", "fr", "es", "it", "zh")


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a recording."""

    text: str
    cpu_s: float
    """Time of this process, all threads."""
    transcripts: tuple[Transcript, ...] = ()

    @property
    def uncovered_s(self) -> float:
        """Speech that was marked as having no words."""
        spans = [span for transcript in self.transcripts for span in transcript.uncovered]
        return sum(span.end_sample - span.start_sample for span in spans) / SAMPLE_RATE_HZ


@dataclass(slots=True)
class Ours:
    """The pipeline with one model on one core."""

    model: Path
    languages: tuple[str, ...] = EIGHT
    terms: Sequence[GlossaryTerm] = field(default_factory=tuple)
    _pipeline: LocalPipeline = field(init=False)

    def __post_init__(self) -> None:
        settings = Settings()
        changed = {"model": str(self.model), "languages": self.languages, "cpu_threads": 1, "device": "cpu"}
        self._pipeline = LocalPipeline(
            settings.model_copy(update={"whisper": settings.whisper.model_copy(update=changed)}), self.terms
        )

    def hear(self, pcm: Pcm) -> Told:
        """What the stages make of it, at default settings."""
        began_s = time.process_time()
        transcripts = self._pipeline.run(_frames(pcm), "human").transcripts
        cpu_s = time.process_time() - began_s
        ordered = sorted(transcripts, key=lambda one: one.own_from)
        return Told(" ".join(one.text for one in ordered if one.text), cpu_s, tuple(ordered))


class Bare:
    """faster-whisper on the whole recording, at its defaults."""

    def __init__(self, model: Path) -> None:
        self._model = WhisperModel(str(model), device="cpu", compute_type="int8", cpu_threads=1)

    def hear(self, pcm: Pcm) -> Told:
        """What it makes of it."""
        began_s = time.process_time()
        segments, _ = self._model.transcribe(pcm.astype(np.float32) / 32768.0)
        text = " ".join(segment.text.strip() for segment in segments)
        return Told(text, time.process_time() - began_s)


def _frames(pcm: Pcm) -> list[Placed]:
    frames = []
    for first in range(0, len(pcm), FRAME_SAMPLES):
        part = pcm[first : first + FRAME_SAMPLES]
        frame = AudioFrame(
            session_id="human",
            channel_id=CHANNEL,
            first_sample=first,
            sample_rate=SAMPLE_RATE_HZ,
            captured_at=captured_at_of(first, 0, STARTED_US),
            pcm=part.astype("<i2").tobytes(),
            last=False,
        )
        frames.append(Placed(frame))
    if frames:
        frames[-1] = replace(frames[-1], frame=replace(frames[-1].frame, last=True))
    return frames
