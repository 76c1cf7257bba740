"""Where in the log a session's sound lies: from what its rows say, or else by reading every key."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from review.recording import LoggedRecording, frame_in
from review.spans import Span, offset_at, read_spans, whole
from runtime.errors import ConfigError
from runtime.kafka import Record
from runtime.kafka.partitioning import partition_of
from runtime.settings import KafkaSettings
from schemas.audio import MICROSECONDS
from schemas.topics import CHANNELS, audio_topic

log = logging.getLogger(__name__)
STEP_RECORDS = 2_000  # three minutes of a stream that is alone in its partition
EDGE_RECORDS = 200
MARGIN_US = 30 * MICROSECONDS


@dataclass(frozen=True, slots=True)
class Seen:
    """Records of one stream in one partition."""

    first_offset: int
    last_offset: int
    first_us: int
    """UTC µs at which they were produced."""
    last_us: int
    at_start: bool
    """Whether the first of them is the stream's first frame."""

    def joined(self, later: "Seen") -> "Seen":
        """These and later ones."""
        return Seen(self.first_offset, later.last_offset, self.first_us, later.last_us, self.at_start)


@dataclass(frozen=True, slots=True)
class Log:
    """The audio partition of one session on every channel."""

    kafka: KafkaSettings
    session_id: str
    spans: Mapping[str, Span]
    """By channel: all that its partition holds."""

    def look(self, channel: str, first_offset: int, end_offset: int) -> Seen | None:
        """The session's records between two offsets; None if there is none."""
        span = self.spans[channel]
        low, high = max(first_offset, span.first_offset), min(end_offset, span.end_offset)
        return self.look_through([Span(*span.place, low, high)]).get(span.topic)

    def look_through(self, spans: Iterable[Span]) -> dict[str, Seen]:
        """The session's records in several partitions, by topic."""
        found: dict[str, Seen] = {}
        key = self.session_id.encode()
        for record in read_spans(self.kafka, spans):
            if record.key != key:
                continue
            earlier = found.get(record.topic)
            found[record.topic] = earlier.joined(_seen(record)) if earlier else _seen(record)
        return found


def _seen(record: Record) -> Seen:
    frame = frame_in(record.value)
    at_start = frame is not None and frame.first_sample == 0 and not frame.is_void
    return Seen(record.offset, record.offset, record.timestamp_us, record.timestamp_us, at_start)


def find_session(
    kafka: KafkaSettings, session_id: str, hints: Mapping[str, tuple[int, int]], channels: Iterable[str] = CHANNELS
) -> LoggedRecording:
    """The session's sound. `hints`: by channel, first and last offset of some of its audio, from its rows.

    Raises ConfigError where the log does not hold the session (any more).
    """
    wanted = tuple(channels)
    audio = _log(kafka, session_id, wanted)
    if any(channel in audio.spans for channel in hints):
        seen = _near(audio, hints)
    else:
        total = sum(len(span) for span in audio.spans.values())
        log.info("no rows of session %s: looking through all %d audio records of its partition", session_id, total)
        by_topic = audio.look_through(audio.spans.values())
        seen = {channel: by_topic[span.topic] for channel, span in audio.spans.items() if span.topic in by_topic}
    if not seen:
        raise ConfigError(
            f"session {session_id}: no sound of it on {_names(wanted)} is in the log at {kafka.bootstrap}: either it "
            "was never there, or its retention is over (EARSHOT_KAFKA__AUDIO_RETENTION_H)"
        )
    spans = [
        (channel, Span(*audio.spans[channel].place, seen[channel].first_offset, seen[channel].last_offset + 1))
        for channel in wanted
        if channel in seen
    ]
    return LoggedRecording(kafka, session_id, tuple(spans))


def _log(kafka: KafkaSettings, session_id: str, channels: tuple[str, ...]) -> Log:
    partition = partition_of(session_id.encode(), kafka.partitions)
    topics = {audio_topic(channel): channel for channel in channels}
    spans = {topics[span.topic]: span for span in whole(kafka, topics) if span.partition == partition}
    return Log(kafka, session_id, spans)


def _near(audio: Log, hints: Mapping[str, tuple[int, int]]) -> dict[str, Seen]:
    """Widens each hint to its whole stream; channels without one are looked up by the time of the others."""
    found: dict[str, Seen] = {}
    for channel, (first, last) in hints.items():
        if channel in audio.spans and (seen := _widened(audio, channel, first, last)) is not None:
            found[channel] = seen
    if not found:
        return found
    first_us = min(seen.first_us for seen in found.values()) - MARGIN_US
    last_us = max(seen.last_us for seen in found.values()) + MARGIN_US
    for channel, span in audio.spans.items():
        if channel not in found:
            first, end = offset_at(audio.kafka, span, first_us), offset_at(audio.kafka, span, last_us)
            seen = _somewhere(audio, channel, first, end) if end > first else None
            if seen is not None:
                found[channel] = seen
    return found


def _somewhere(audio: Log, channel: str, first: int, end: int) -> Seen | None:
    """The stream in or around these offsets; others may lie before and after it, so that the edges show nothing."""
    seen = _widened(audio, channel, first, end - 1)
    if seen is None and (inside := audio.look(channel, first, end)) is not None:
        seen = _widened(audio, channel, inside.first_offset, inside.last_offset)
    return seen


def _widened(audio: Log, channel: str, first: int, last: int) -> Seen | None:
    """The stream around these offsets, until a stretch holds nothing of it. Reads the edges only, not the middle."""
    head = audio.look(channel, first, min(first + EDGE_RECORDS, last + 1))
    tail = audio.look(channel, max(first, last + 1 - EDGE_RECORDS), last + 1)
    if tail is None:
        return None
    seen = tail if head is None else head.joined(tail)
    end, high = last + 1, audio.spans[channel].end_offset
    while end < high and (after := audio.look(channel, end, end + STEP_RECORDS)) is not None:
        seen = seen.joined(after)
        end += STEP_RECORDS
    start, low = first, audio.spans[channel].first_offset
    while start > low and not seen.at_start:
        before = audio.look(channel, start - STEP_RECORDS, start)
        if before is None:
            break
        seen = before.joined(seen)
        start -= STEP_RECORDS
    return seen


def _names(channels: tuple[str, ...]) -> str:
    return "any channel" if channels == CHANNELS else ", ".join(channels)
