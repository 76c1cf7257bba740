"""The same events as another session's: fair copies for a storm, and what identifies them whatever the session."""

from dataclasses import replace
from typing import TypeVar

from schemas.events import Segment, SpeechWindow, Transcript

T = TypeVar("T", SpeechWindow, Transcript, Segment)


def as_session(event: T, session_id: str) -> T:
    """The event with its ids as that session would have them."""
    changes = {
        name: session_id + getattr(event, name).removeprefix(event.session_id)
        for name in ("session_id", "window_id", "utterance_id", "segment_id")
        if hasattr(event, name)
    }
    return replace(event, **changes)


def as_interim(event: T) -> T:
    """The event as a first guess at it."""
    return replace(event, final=False, revision=1)
