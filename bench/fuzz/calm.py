"""A session played in peace: what it left on every topic is what good messages are made of and held against."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bench.fuzz.hostile import Target
from bench.fuzz.renaming import as_interim, as_session
from bench.fuzz.storm import Aim, Good
from bench.rig import publish
from demo.live.rehearsal import exercise_files
from review.spans import read_spans, whole
from review.stages import TO_ROWS, Stages
from runtime.settings import KafkaSettings, Settings
from schemas.codec import decode, encode
from schemas.events import AudioFrame, DeadLetter, Event, GlossaryTerm, Segment, SpeechWindow, Transcript
from schemas.topics import AUDIO, CHANNELS, SEGMENTS, TRANSCRIPTS, WINDOWS, Topic, stream_key

SESSION = "calm"
STALLED_S = 180.0
TERM = GlossaryTerm("Alpha Tower", ("alfa tower",), "en", "place")
LETTER = DeadLetter("audio.pcm.C01", 0, 7, b"calm", b"\xff\x00", "segmenter", "first byte is 0xff")


@dataclass(frozen=True, slots=True)
class Calm:
    """What the stages made of the session, in its order on each topic."""

    frames: Mapping[str, list[AudioFrame]]
    """By topic."""
    windows: list[SpeechWindow]
    transcripts: list[Transcript]
    segments: list[Segment]
    """Those with text."""

    def texts(self, events: "list[SpeechWindow] | list[Transcript] | list[Segment]") -> dict[str, str]:
        """The rows that these windows, transcripts or segments lead to: the end of each id, and its text."""
        ids = {event.window_id for event in events}
        return {place_of(one.segment_id): one.text for one in self.segments if one.window_id in ids}

    def target(self, topic: Topic) -> Target:
        """The topic as an aim, with fair copies of its event and of all others."""
        fair: dict[type, Event] = {
            AudioFrame: self.frames[topic.name if topic in AUDIO else AUDIO[0].name][0],
            SpeechWindow: self.windows[0],
            Transcript: next(one for one in self.transcripts if one.words),
            Segment: self.segments[0],
            GlossaryTerm: TERM,
            DeadLetter: LETTER,
        }
        mine: Any = fair.pop(topic.event)
        return Target(topic, as_interim(mine) if topic.name.endswith("interim") else mine, tuple(fair.values()))

    def frames_as(self, topic: Topic, session_id: str) -> list[Good]:
        """One channel's frames as another session's."""
        renamed = (replace(frame, session_id=session_id) for frame in self.frames[topic.name])
        return [Good(session_id.encode(), encode(frame)) for frame in renamed]


def good_of(events: Any, session_id: str, *, interim: bool = False) -> list[Good]:
    """Windows, transcripts or segments as good records of another session."""
    renamed = [as_session(event, session_id) for event in events]
    chosen = [as_interim(event) for event in renamed] if interim else renamed
    return [Good(stream_key(event.session_id, event.channel_id), encode(event)) for event in chosen]


def aim_at(calm: Calm, topic: Topic, good: list[Good]) -> Aim:
    """A topic with the good records that are to go between the bad ones."""
    return Aim(calm.target(topic), good)


def play_calmly(settings: Settings, seconds: float) -> Calm:
    """Plays so much of the exercise through the stages. Raises SystemExit where that alone fails."""
    kafka = settings.kafka
    publish(kafka, SESSION, [*map(str, exercise_files()), "--channel", ",".join(CHANNELS), "--seconds", f"{seconds:g}"])
    ends = {span.place: span.end_offset for span in whole(kafka, [topic.name for topic in AUDIO])}
    Stages(kafka, stalled_s=STALLED_S).wait_for(ends, TO_ROWS)
    calm = Calm(
        frames={topic.name: _events(kafka, topic, AudioFrame) for topic in AUDIO},
        windows=_events(kafka, WINDOWS, SpeechWindow),
        transcripts=_events(kafka, TRANSCRIPTS, Transcript),
        segments=[segment for segment in _events(kafka, SEGMENTS, Segment) if segment.text_raw],
    )
    if not calm.segments or len(calm.windows) != len(calm.transcripts):
        raise SystemExit(f"the stack does not work even in peace: {len(calm.windows)} windows")
    return calm


def place_of(segment_id: str) -> str:
    """The id without its session, which may hold anything but a slash."""
    return re.sub(r"^[^/]*", "", segment_id)


def _events(kafka: KafkaSettings, topic: Topic, kind: Any) -> list[Any]:
    events = [decode(kind, record.value) for record in read_spans(kafka, whole(kafka, [topic.name]))]
    return [event for event in events if not (isinstance(event, AudioFrame) and event.is_void)]
