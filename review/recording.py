"""A session's sound, wherever it lies: in the log, or in a folder of files."""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from review.spans import Span, read_spans
from runtime.settings import KafkaSettings
from schemas.audio import MICROSECONDS, SAMPLE_BYTES, SAMPLE_RATE_HZ
from schemas.codec import decode
from schemas.errors import BadRecord
from schemas.events import AudioFrame

NO_OFFSET = -1
LEAD_S = 60.0
"""Sound before `from_s` that is played as well: windowing needs a block of 24 s and a pause to fall into step."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A frame, and where in Kafka it lies (topic empty and offset −1 for one out of a file)."""

    frame: AudioFrame
    topic: str = ""
    partition: int = 0
    offset: int = NO_OFFSET


@dataclass(frozen=True, slots=True)
class Cut:
    """The part of each stream that is wanted, in seconds of stream time."""

    from_s: float = 0.0
    to_s: float = float("inf")

    def holds(self, frame: AudioFrame) -> bool:
        """Whether the frame is wanted, the lead before `from_s` included."""
        first_s = frame.first_sample / SAMPLE_RATE_HZ
        return first_s < self.to_s and end_of(frame) / SAMPLE_RATE_HZ > self.from_s - LEAD_S


WHOLE = Cut()


class Recording(Protocol):
    """The streams of one session."""

    @property
    def session_id(self) -> str:
        """The session as it was recorded."""

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that have a stream, in order."""

    def frames(self, channel_id: str) -> Iterator[Placed]:
        """The frames of one channel in the order in which they were published. Raises AudioError, Unavailable."""


@dataclass(frozen=True, slots=True)
class LoggedRecording:
    """A session in the audio topics."""

    kafka: KafkaSettings
    session_id: str
    spans: tuple[tuple[str, Span], ...]
    """Channel, and the records among which its frames are."""

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that have a stream, in order."""
        return tuple(channel for channel, _ in self.spans)

    def frames(self, channel_id: str) -> Iterator[Placed]:
        """The frames of one channel in the order of the log, without the claims of captures, which hold no sound.

        Bytes that are no frame are passed over.
        """
        key = self.session_id.encode()
        for record in read_spans(self.kafka, [dict(self.spans)[channel_id]]):
            frame = frame_in(record.value) if record.key == key else None
            if frame is not None and not frame.is_void:
                yield Placed(frame, record.topic, record.partition, record.offset)


def frame_in(value: bytes | None) -> AudioFrame | None:
    """The frame that these bytes hold, or None: what is no frame now was a dead letter then."""
    try:
        return decode(AudioFrame, value)
    except BadRecord:
        return None


def end_of(frame: AudioFrame) -> int:
    """The sample after the frame's last."""
    return frame.first_sample + len(frame.pcm) // SAMPLE_BYTES


def merged(recording: Recording, channels: Iterable[str], cut: Cut = WHOLE) -> Iterator[Placed]:
    """The frames of several channels in the order in which they were captured."""
    streams = [_within(recording.frames(channel), cut) for channel in channels]
    return heapq.merge(*streams, key=_captured_at)


def _within(frames: Iterator[Placed], cut: Cut) -> Iterator[Placed]:
    return (placed for placed in frames if cut.holds(placed.frame))


def last_frame_after(frame: AudioFrame) -> AudioFrame:
    """The empty frame that ends the stream after `frame`."""
    samples = len(frame.pcm) // SAMPLE_BYTES
    return AudioFrame(
        session_id=frame.session_id,
        channel_id=frame.channel_id,
        first_sample=frame.first_sample + samples,
        sample_rate=frame.sample_rate,
        captured_at=frame.captured_at + samples * MICROSECONDS // SAMPLE_RATE_HZ,
        pcm=b"",
        last=True,
    )


def _captured_at(placed: Placed) -> int:
    return placed.frame.captured_at
