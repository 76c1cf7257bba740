"""One stream in the log, looked at from a stretch of it outwards: more of its frames, and why there are no more."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from review.recording import end_of, frame_in
from review.spans import Span, read_spans
from runtime.settings import KafkaSettings
from schemas.events import AudioFrame

FIRST_STEP_RECORDS = 100
MOST_STEP_RECORDS = 2_000
"""So many records without one of the stream, three minutes of a stream that is alone, and its end is believed."""


class Edge(Enum):
    """Why the sound goes no further."""

    REACHED = "all that was asked for is there"
    STREAM_BEGINS = "the stream begins there"
    RETENTION = "older sound is not in the log any more (EARSHOT_KAFKA__AUDIO_RETENTION_H says how long it is kept)"
    STREAM_ENDS = "the stream ends there"
    NO_MORE = "the log holds no more of the stream yet"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some frames of a stream, and the records from the first of them to the last."""

    span: Span
    frames: tuple[AudioFrame, ...]


@dataclass(frozen=True, slots=True)
class LoggedStream:
    """The records of one key in one audio partition."""

    kafka: KafkaSettings
    key: bytes | None
    held: Span
    """All that the log holds of the partition."""

    def frames(self, span: Span) -> list[AudioFrame]:
        """The stream's frames among these records, without the claims of captures. Raises Unavailable."""
        return frames_in(((record.key, record.value) for record in read_spans(self.kafka, [span])), self.key)

    def before(self, stretch: Stretch, first_sample: int) -> tuple[list[AudioFrame], Edge]:
        """The frames with samples before the stretch's, back to `first_sample`; those nearest in the log come first."""
        found: list[AudioFrame] = []
        earliest = own = min(frame.first_sample for frame in stretch.frames)
        start, step, strangers = stretch.span.first_offset, FIRST_STEP_RECORDS, 0
        while earliest > max(first_sample, 0) and start > self.held.first_offset and strangers < MOST_STEP_RECORDS:
            low = max(self.held.first_offset, start - step)
            frames = [frame for frame in self.frames(Span(*self.held.place, low, start)) if frame.first_sample < own]
            found += reversed(frames)
            earliest = min([earliest, *(frame.first_sample for frame in frames)])
            strangers = 0 if frames else strangers + start - low
            start, step = low, min(2 * step, MOST_STEP_RECORDS)
        if earliest <= first_sample:
            return found, Edge.REACHED
        is_cut = earliest > 0 and 0 < self.held.first_offset >= start
        return found, Edge.RETENTION if is_cut else Edge.STREAM_BEGINS

    def after(self, stretch: Stretch, end_sample: int) -> tuple[list[AudioFrame], Edge]:
        """The frames with samples after the stretch's, up to `end_sample`; those nearest in the log come first."""
        found: list[AudioFrame] = []
        latest = own = max(map(end_of, stretch.frames))
        is_ended = stretch.frames[-1].last
        start, step, strangers = stretch.span.end_offset, FIRST_STEP_RECORDS, 0
        while latest < end_sample and start < self.held.end_offset and strangers < MOST_STEP_RECORDS:
            high = min(self.held.end_offset, start + step)
            frames = [frame for frame in self.frames(Span(*self.held.place, start, high)) if end_of(frame) >= own]
            found += frames
            latest = max([latest, *map(end_of, frames)])
            is_ended = frames[-1].last if frames else is_ended
            strangers = 0 if frames else strangers + high - start
            start, step = high, min(2 * step, MOST_STEP_RECORDS)
        if latest >= end_sample:
            return found, Edge.REACHED
        return found, Edge.STREAM_ENDS if is_ended else Edge.NO_MORE


def frames_in(records: Iterable[tuple[bytes | None, bytes | None]], key: bytes | None) -> list[AudioFrame]:
    """The frames with sound, or that end a stream with sound, among these keys and values."""
    return [
        frame for of, value in records if of == key and (frame := frame_in(value)) is not None and not frame.is_void
    ]
