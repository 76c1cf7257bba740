"""Windows and tasks for tests, with just the fields that a test is about."""

from dataclasses import dataclass

from processors.transcriber.task import Task
from schemas.audio import SAMPLE_RATE_HZ
from schemas.events import AudioSpan, SpeechWindow


@dataclass(frozen=True, slots=True)
class Span:
    """Where a window lies, in samples."""

    first: int = 0
    own_from: int = 0
    own_to: int = SAMPLE_RATE_HZ
    until: int = SAMPLE_RATE_HZ


def window(span: Span = Span(), **changes: object) -> SpeechWindow:
    """A final window of silence, the only one of its utterance."""
    session_id = str(changes.pop("session_id", "s"))
    channel_id = str(changes.pop("channel_id", "C01"))
    name = f"{session_id}/{channel_id}/{span.own_from}"
    fields: dict[str, object] = {
        "session_id": session_id,
        "channel_id": channel_id,
        "window_id": name,
        "utterance_id": name,
        "first_sample": span.first,
        "own_from": span.own_from,
        "own_to": span.own_to,
        "voiced_samples": span.own_to - span.own_from,
        "speech_to": span.own_to,
        "utterance_end": True,
        "final": True,
        "revision": 0,
        "sample_rate": SAMPLE_RATE_HZ,
        "captured_at": 1_700_000_000_000_000,
        "pcm": bytes(2 * (span.until - span.first)),
        "audio": AudioSpan("audio.pcm.C01", 0, 0, 10),
    }
    return SpeechWindow(**{**fields, **changes})  # type: ignore[arg-type]


def interim(own_from: int, revision: int, **changes: object) -> SpeechWindow:
    """An interim window of a second."""
    span = Span(own_from, own_from, own_from + SAMPLE_RATE_HZ, own_from + SAMPLE_RATE_HZ)
    return window(span, final=False, revision=revision, utterance_end=False, **changes)


def task(of: SpeechWindow, **changes: object) -> Task:
    """A task that arrived at time 0."""
    fields: dict[str, object] = {"windowed_at": 0, "arrived_s": 0.0, "context": 250, "ticket": -1}
    return Task(of, **{**fields, **changes})  # type: ignore[arg-type]
