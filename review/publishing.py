"""A recording published again under another name: paced, and never in the way of live speech."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from producers.marks import MarkKeeper
from producers.pacing import Pacer
from review.recording import Placed, last_frame_after
from review.spans import Place
from review.stages import SEGMENTER, TRANSCRIBER, Stages
from runtime.errors import Unavailable
from runtime.kafka import Writer, WriterOptions
from runtime.kafka.admin import Admin
from runtime.kafka.partitioning import partition_of
from runtime.settings import KafkaSettings
from schemas.audio import BEGINS_HEADER, MICROSECONDS, SAMPLE_RATE_HZ
from schemas.codec import encode
from schemas.events import AudioFrame, Segment
from schemas.topics import CAPTURED, SEGMENTS, WINDOWS, audio_topic, stream_key

log = logging.getLogger(__name__)
LOOK_S = 0.5
MOST_WINDOWS_WAITING = 8
MOST_FRAMES_WAITING = 900
"""Of one channel, not yet committed by the segmenter: it holds up to 60 s of open speech in any case."""
GIVE_UP_S = 10.0

Committed = tuple[dict[Place, int], dict[Place, int]]
Tell = Callable[[Placed], None]
"""Gets each frame that was published, as it was before."""


@dataclass(frozen=True, slots=True)
class Naming:
    """What a published frame says of itself."""

    session_id: str
    shift_to_now: bool = False
    """Whether the times of capture are moved so that the first frame is captured when it is published."""


class Brake:
    """Holds a fast replay back while the stages have work waiting, so that live speech is not queued behind it.

    Stages that do not move at all have no live speech to protect: after ten seconds the replay goes on without them,
    and its frames wait in the log.
    """

    def __init__(self, stages: Stages, channels: Iterable[str], stop: threading.Event) -> None:
        self._stages = stages
        self._topics = [audio_topic(channel) for channel in channels]
        self._stop = stop
        self._looked_at = 0.0
        self._stood_at: Committed | None = None
        self.held_s = 0.0
        """How long the replay was held back, in seconds."""

    def wait(self) -> None:
        """Returns when there is room."""
        if time.monotonic() - self._looked_at < LOOK_S:
            return
        began = moved_at = time.monotonic()
        last: Committed | None = None
        while not self._stop.is_set():
            try:
                over, committed = self._look()
            except Unavailable as error:
                log.info("%s", error)  # publishing itself waits for a broker that is away
                break
            if not over or committed == self._stood_at:
                break
            if committed != last:
                last, moved_at = committed, time.monotonic()
            elif time.monotonic() - moved_at > GIVE_UP_S:
                self._stood_at = committed
                log.warning("the stages do not move: the replay goes on without waiting for them")
                break
            self._stop.wait(LOOK_S / 5)
        self._looked_at = time.monotonic()
        self.held_s += self._looked_at - began

    def _look(self) -> tuple[bool, Committed]:
        """Whether too much waits, and what the stages have committed."""
        windows, transcribed = self._stages.waiting(TRANSCRIBER, [WINDOWS.name])
        frames, segmented = self._stages.waiting(SEGMENTER, self._topics)
        over = sum(windows.values()) > MOST_WINDOWS_WAITING or max(frames.values()) > MOST_FRAMES_WAITING
        return over, (transcribed, segmented)


class Republisher:
    """Publishes frames again, each once and in order."""

    def __init__(self, kafka: KafkaSettings, pacer: Pacer, brake: Brake | None = None) -> None:
        self._kafka = kafka
        self._pacer = pacer
        self._brake = brake

    def publish(self, frames: Iterable[Placed], naming: Naming, tell: Tell) -> dict[Place, int]:
        """Publishes the frames, or as many as there is time for until told to stop, and ends every stream.

        Returns, for each partition written to, the offset after the last frame. Raises Unavailable if the broker is
        away for a minute.
        """
        newest: dict[str, AudioFrame] = {}
        began_us: int | None = None
        shift_us = 0
        with Writer(self._kafka, WriterOptions(name="replay")) as writer:
            marks = MarkKeeper(self._kafka, writer.newest_offset)
            for placed in frames:
                if began_us is None:
                    began_us = placed.frame.captured_at
                    shift_us = time.time_ns() // 1000 - began_us if naming.shift_to_now else 0
                captured_at = placed.frame.captured_at + shift_us
                frame = replace(placed.frame, session_id=naming.session_id, captured_at=captured_at)
                due = (placed.frame.captured_at - began_us) * SAMPLE_RATE_HZ // MICROSECONDS
                if not self._pacer.wait_for(max(0, due)):
                    break
                if self._brake is not None:
                    self._brake.wait()
                before = newest.get(frame.channel_id)
                _send(writer, frame, after_an_end=before is not None and before.last)
                marks.note(frame)
                newest[frame.channel_id] = frame
                tell(placed)
            for frame in newest.values():
                if not frame.last:
                    _send(writer, last := last_frame_after(frame))
                    marks.note(last)
            marks.close()
        return self._ends(naming.session_id, [audio_topic(channel) for channel in newest])

    def _ends(self, session_id: str, topics: list[str]) -> dict[Place, int]:
        if not topics:
            return {}
        partition = partition_of(session_id.encode(), self._kafka.partitions)
        marks = Admin(self._kafka).watermarks(topics)
        return {place: end for place, (_, end) in marks.items() if place[1] == partition}


def _send(writer: Writer, frame: AudioFrame, *, after_an_end: bool = False) -> None:
    headers = ((BEGINS_HEADER, b""),) if after_an_end else ()
    writer.send(audio_topic(frame.channel_id), frame.session_id.encode(), encode(frame), headers)


def push_segments(kafka: KafkaSettings, segments: Iterable[Segment]) -> int:
    """Puts finished segments on the shared topic, for the sinks; returns how many. Raises Unavailable."""
    sent = 0
    with Writer(kafka, WriterOptions(name="segments")) as writer:
        for segment in segments:
            writer.send(SEGMENTS.name, stream_key(segment.session_id, segment.channel_id), encode(segment))
            sent += 1
    return sent


def ensure_audio(kafka: KafkaSettings) -> None:
    """Creates the audio topics where they are missing. Raises TopicMismatch."""
    Admin(kafka).ensure_topics(CAPTURED)
