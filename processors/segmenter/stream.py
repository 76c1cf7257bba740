"""One stream: frames of one channel of one session in, windows out, and where a restart must begin."""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from processors.segmenter.options import SegmenterOptions
from processors.segmenter.probabilities import SpeechModel
from processors.segmenter.run import Run
from processors.segmenter.timeline import Record, Timeline
from processors.segmenter.windowing import Piece
from schemas.audio import MICROSECONDS, SAMPLE_BYTES, SAMPLE_RATE_HZ, captured_at_of
from schemas.events import AudioFrame, AudioSpan, SpeechWindow

RESTART_AFTER_US = MICROSECONDS // 10


class Incident(Enum):
    """What was odd about a frame."""

    GAP = "gap"
    """Samples are missing before it."""
    RESTART = "restart"
    """The producer began to count anew."""
    LATE = "late"
    """Nothing in it is new."""
    OVERLAP = "overlap"
    """Only its end is new, or that the stream ends with it."""
    GONE = "gone"
    """What came before it is not in the log any more."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose stream this is, and where its frames lie."""

    session_id: str
    channel_id: str
    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class Start:
    """How a stream is entered."""

    first: Record
    """Its first frame here."""
    is_whole: bool
    """Whether nothing that can be heard comes before: it begins there, or goes on after an end, or the rest is gone."""
    held: Record
    """The record from which a restart sees that too."""


@dataclass(frozen=True, slots=True)
class Fed:
    """What one frame led to."""

    windows: list[SpeechWindow]
    incident: Incident | None = None
    ended: bool = False
    """The stream is over; a later frame of the same name starts another."""


class Stream:
    """Takes accepted frames in offset order; frames of any size give the same windows.

    The first frame either starts the stream or enters it in the middle.
    """

    def __init__(self, identity: Identity, model: SpeechModel, options: SegmenterOptions, start: Start) -> None:
        first = start.first
        self._identity = identity
        self._model = model
        self._options = options
        self._run = Run(model, options, first.from_sample, whole=start.is_whole)
        self._timeline = Timeline(first)
        self._captured_to_us = first.captured_at
        self.held = start.held
        """The record from which a restart must read: no window from here on depends on an earlier one."""
        self.last_offset = first.offset
        """Offset of the last frame that brought something."""

    @property
    def speaking(self) -> bool:
        """Whether an utterance is open."""
        return self._run.speaking

    @property
    def held_samples(self) -> int:
        """Samples from the held record to the end, by the stream's own count: clocks do not matter."""
        return max(0, self._run.audio.end - self.held.from_sample)

    def feed(self, frame: AudioFrame, offset: int, *, interims: bool = True) -> Fed:
        """Takes the next frame; `interims` says whether interim windows are still of use."""
        samples = np.frombuffer(frame.pcm, "<i2")
        incident = self._incident(frame, len(samples))
        if incident is Incident.LATE:
            return Fed([], incident)
        windows: list[SpeechWindow] = []
        if incident in (Incident.GAP, Incident.RESTART):
            windows += self._windows(self._run.finish())
            self._begin(frame, offset)
        expected = self._run.audio.end
        new = samples[expected - frame.first_sample :]
        self._note(frame, offset, expected)
        self._run.add(new.astype(np.int16, copy=False))
        windows += self._windows(self._run.pieces(), interims=interims)
        if frame.last:
            windows += self._windows(self._run.finish())
        self._forget()
        return Fed(windows, incident, ended=frame.last)

    def end(self) -> list[SpeechWindow]:
        """The last windows of a stream that stopped without saying so."""
        return self._windows(self._run.finish())

    def _incident(self, frame: AudioFrame, samples: int) -> Incident | None:
        expected = self._run.audio.end
        if frame.first_sample == expected:
            return None
        if frame.first_sample > expected:
            return Incident.GAP
        if frame.captured_at > self._captured_to_us + RESTART_AFTER_US:
            return Incident.RESTART
        end = frame.first_sample + samples
        if end > expected:
            return Incident.OVERLAP
        return Incident.OVERLAP if frame.last and end == expected else Incident.LATE

    def _begin(self, frame: AudioFrame, offset: int) -> None:
        """Starts a run whose start is known because the record before it was seen, as a restart must see it too."""
        first = Record(frame.first_sample, frame.captured_at, offset)
        self.held = self._timeline.newest if frame.first_sample else first
        self._run = Run(self._model, self._options, frame.first_sample, whole=True)
        self._timeline = Timeline(first)

    def _note(self, frame: AudioFrame, offset: int, expected: int) -> None:
        captured_at = captured_at_of(expected, frame.first_sample, frame.captured_at)
        if offset != self._timeline.newest.offset:
            self._timeline.add(Record(expected, captured_at, offset))
        end = frame.first_sample + len(frame.pcm) // SAMPLE_BYTES
        self._captured_to_us = captured_at_of(end, frame.first_sample, frame.captured_at)
        self.last_offset = offset

    def _forget(self) -> None:
        """Moves `held` on and drops what no later window and no later restart needs."""
        resume = self._run.resume_sample()
        if resume is not None:
            self._timeline.hold(resume)
            self.held = self._timeline.held
        self._run.forget()
        self._timeline.drop_before(min(self._run.earliest_resume_sample(), self._run.audio.start))

    def _windows(self, pieces: list[Piece], *, interims: bool = True) -> list[SpeechWindow]:
        return [self._window(piece) for piece in pieces if interims or not piece.revision]

    def _window(self, piece: Piece) -> SpeechWindow:
        first_offset, last_offset = self._timeline.offsets(piece.first_sample, piece.end_sample)
        name = f"{self._identity.session_id}/{self._identity.channel_id}"
        return SpeechWindow(
            session_id=self._identity.session_id,
            channel_id=self._identity.channel_id,
            window_id=f"{name}/{piece.own_from}",
            utterance_id=f"{name}/{piece.utterance_from}",
            first_sample=piece.first_sample,
            own_from=piece.own_from,
            own_to=piece.own_to,
            voiced_samples=piece.voiced_samples,
            speech_to=piece.speech_to,
            utterance_end=piece.utterance_end,
            final=not piece.revision,
            revision=piece.revision,
            sample_rate=SAMPLE_RATE_HZ,
            captured_at=self._timeline.captured_at(piece.first_sample),
            pcm=self._run.audio.between(piece.first_sample, piece.end_sample).tobytes(),
            audio=AudioSpan(self._identity.topic, self._identity.partition, first_offset, last_offset),
            voiced=piece.voiced,
            libraries=self._options.libraries,
        )
