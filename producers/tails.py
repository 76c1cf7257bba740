"""Where a session's streams end in the log, found by a look at the tails of its partitions."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from producers.partitioning import partition_of
from runtime.errors import Unavailable
from runtime.kafka import Reader, ReaderOptions, Record
from runtime.kafka.admin import Admin
from runtime.settings import KafkaSettings
from schemas.audio import MICROSECONDS, SAMPLE_BYTES
from schemas.codec import decode
from schemas.events import AudioFrame
from schemas.topics import audio_topic

READ_RECORDS = 500
READ_S = 0.1
DEADLINE_S = 20.0


@dataclass(frozen=True, slots=True)
class StreamEnd:
    """The end of a stream that is already in the log."""

    next_sample: int
    captured_at_us: int
    """UTC µs of `next_sample`, by sample arithmetic."""
    has_ended: bool
    """True if its last frame was marked `last`."""


def stream_ends(kafka: KafkaSettings, session_id: str, channels: Iterable[str], depth: int) -> dict[str, StreamEnd]:
    """The ends of those channels of a session that show in the last `depth` records of their partitions.

    A stream that other sessions have since pushed further back than that is not seen. Raises Unavailable if the
    broker does not answer.
    """
    topics = {audio_topic(channel): channel for channel in channels}
    partition = partition_of(session_id.encode(), kafka.partitions)
    watermarks = Admin(kafka).watermarks(topics)
    spans = {
        place: (max(low, high - depth), high)
        for place, (low, high) in watermarks.items()
        if place[1] == partition and high > low
    }
    newest: dict[str, Record] = {}
    if spans:
        starts = {place: start for place, (start, _) in spans.items()}
        options = ReaderOptions(
            topics=tuple(topic for topic, _ in spans), start="latest", offsets=starts, tells_end=True
        )
        with Reader(kafka, options) as reader:
            _read_spans(reader, spans, session_id.encode(), newest)
    return {topics[topic]: _end_of(decode(AudioFrame, record.value)) for topic, record in newest.items()}


def _read_spans(
    reader: Reader, spans: dict[tuple[str, int], tuple[int, int]], key: bytes, newest: dict[str, Record]
) -> None:
    unread = {place: end for place, (_, end) in spans.items()}
    deadline = time.monotonic() + DEADLINE_S
    while unread:
        if time.monotonic() > deadline:
            raise Unavailable(
                f"reading the ends of {', '.join(topic for topic, _ in unread)} took over {DEADLINE_S:g} s"
            )
        for record in reader.read(READ_RECORDS, READ_S):
            if record.key == key:
                newest[record.topic] = record
            if record.offset + 1 >= unread.get((record.topic, record.partition), record.offset + 2):
                del unread[record.topic, record.partition]
        # the last offset may be no record: the marker of a transaction, as another's producer may leave
        unread = {place: end for place, end in unread.items() if not reader.has_read_to(place, end)}


def _end_of(frame: AudioFrame) -> StreamEnd:
    samples = len(frame.pcm) // SAMPLE_BYTES
    return StreamEnd(
        next_sample=frame.first_sample + samples,
        captured_at_us=frame.captured_at + samples * MICROSECONDS // frame.sample_rate,
        has_ended=frame.last,
    )
