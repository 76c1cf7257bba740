"""Bounded reading of the log: from an offset to an offset, or to what was the end when asked."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from runtime.errors import Unavailable
from runtime.kafka import Reader, ReaderOptions, Record
from runtime.kafka.admin import Admin
from runtime.settings import KafkaSettings

READ_RECORDS = 500
READ_S = 0.1
QUIET_S = 20.0

Place = tuple[str, int]
"""A partition: topic and number."""


@dataclass(frozen=True, slots=True)
class Span:
    """Records of one partition."""

    topic: str
    partition: int
    first_offset: int
    end_offset: int
    """The offset after the last."""

    @property
    def place(self) -> Place:
        """Topic and partition."""
        return self.topic, self.partition

    def __len__(self) -> int:
        return max(0, self.end_offset - self.first_offset)


def whole(kafka: KafkaSettings, topics: Iterable[str]) -> list[Span]:
    """Everything on these topics as of now; partitions that hold nothing are left out."""
    marks = Admin(kafka).watermarks(topics)
    return [Span(*place, low, high) for place, (low, high) in sorted(marks.items()) if high > low]


def read_spans(kafka: KafkaSettings, spans: Iterable[Span]) -> Iterator[Record]:
    """The records of the spans, each partition's in order. Raises Unavailable if the broker stops answering.

    Offsets that compaction or transactions left empty are passed over.
    """
    unread = {span.place: span for span in spans if len(span)}
    if not unread:
        return
    starts = {place: span.first_offset for place, span in unread.items()}
    topics = tuple(sorted({topic for topic, _ in unread}))
    with Reader(kafka, ReaderOptions(topics=topics, start="latest", offsets=starts)) as reader:
        quiet_since = time.monotonic()
        while unread:
            records = reader.read(READ_RECORDS, READ_S)
            for record in records:
                span = unread.get((record.topic, record.partition))
                if span is None:
                    continue
                if record.offset < span.end_offset:
                    yield record
                if record.offset + 1 >= span.end_offset:
                    del unread[span.place]
            done = [place for place, span in unread.items() if reader.position(place) >= span.end_offset]
            for place in done:
                del unread[place]
            if records or done:
                quiet_since = time.monotonic()
            elif time.monotonic() - quiet_since > QUIET_S:
                raise Unavailable(f"reading {', '.join(topics)}: nothing came from {kafka.bootstrap} in {QUIET_S:g} s")


def offset_at(kafka: KafkaSettings, span: Span, timestamp_us: int) -> int:
    """The first offset of the span whose record is not older than `timestamp_us`, as the broker's index has it."""
    offset = Admin(kafka).offsets_at(span.topic, timestamp_us)[span.place]
    return min(max(offset, span.first_offset), span.end_offset) if offset >= 0 else span.end_offset
