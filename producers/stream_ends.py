"""Where a session's streams end, however long ago that was: by their marks, and by the log behind those."""

import contextlib
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from producers.marks import read_marks
from producers.tails import StreamEnd, Tail, Tails
from runtime.errors import Unavailable
from runtime.kafka import Reader, ReaderOptions, Record
from runtime.kafka.admin import Admin
from runtime.kafka.partitioning import partition_of
from runtime.settings import KafkaSettings
from schemas.audio import MICROSECONDS
from schemas.events import StreamMark
from schemas.topics import audio_topic

READ_RECORDS = 2_000
READ_S = 0.1
DEADLINE_S = 60.0
PASSED_RECORDS = 2_000
PASSED_US = 120 * MICROSECONDS
"""A stream that is written has a mark every half minute: so many records and so long without it, it has ended."""


def stream_ends(kafka: KafkaSettings, session_id: str, channels: Iterable[str], depth: int) -> dict[str, StreamEnd]:
    """The ends of those channels of a session that exist.

    What an older version recorded left no mark: it is seen in the last `depth` records of its partition only. Raises
    Unavailable if the broker does not answer.
    """
    wanted = sorted(channels)
    marks = read_marks(kafka, session_id, wanted)
    with Tails(kafka, session_id, wanted, depth) as tails:
        return ends_of(kafka, session_id, marks, tails.look())


def ends_of(
    kafka: KafkaSettings, session_id: str, marks: Mapping[str, StreamMark], tails: Mapping[str, Tail]
) -> dict[str, StreamEnd]:
    """The ends of the streams that marks or tails show: the tails know the newest, then the log behind the marks.

    Where the log's retention has passed, the mark itself is the end: half a minute too early at most where the capture
    was killed. Raises Unavailable.
    """
    ends = {channel: _end_of(mark) for channel, mark in marks.items()}
    ends |= {channel: end for channel, tail in tails.items() if (end := tail.end()) is not None}
    far = {
        channel: mark
        for channel, mark in marks.items()
        if mark.next_sample and (channel not in tails or tails[channel].newest is None)
    }
    for channel, tail in _behind(kafka, session_id, far).items():
        claimed_at_us = ends[channel].claimed_at_us if channel in ends else 0
        found = tail.end()
        end = _end_of(far[channel]) if found is None else found
        ends[channel] = replace(end, claimed_at_us=claimed_at_us)
    return ends


def _end_of(mark: StreamMark) -> StreamEnd:
    return StreamEnd(mark.next_sample, mark.captured_at, mark.ended)


@dataclass(slots=True)
class _Search:
    """One channel's partition, from its mark on."""

    end: int
    tail: Tail
    passed: int = 0
    passed_since_us: int | None = None

    def take(self, record: Record, is_own: bool) -> bool:
        """Takes the next record; whether there is more to read."""
        if is_own:
            self.tail.take(record)
        if is_own or self.passed_since_us is None:
            self.passed, self.passed_since_us = 0, record.timestamp_us
        else:
            self.passed += 1
        is_past = self.passed >= PASSED_RECORDS and record.timestamp_us > self.passed_since_us + PASSED_US
        return record.offset + 1 < self.end and not is_past


def _behind(kafka: KafkaSettings, session_id: str, marks: Mapping[str, StreamMark]) -> dict[str, Tail]:
    """What the log holds of each stream from its mark on."""
    found = {channel: Tail() for channel in marks}
    key = session_id.encode()
    topics = {audio_topic(channel): channel for channel in marks}
    spans = Admin(kafka).watermarks(topics) if topics else {}
    starts, searches = {}, {}
    for place, (low, high) in spans.items():
        channel = topics[place[0]]
        start = max(low, marks[channel].offset)
        if place[1] == partition_of(key, kafka.partitions) and start < high:
            starts[place], searches[place] = start, _Search(high, found[channel])
    if not searches:
        return found
    options = ReaderOptions(tuple(topics), start="latest", offsets=starts, tells_end=True, read_committed=False)
    deadline = time.monotonic() + DEADLINE_S
    with contextlib.closing(Reader(kafka, options)) as reader:
        while searches:
            if time.monotonic() > deadline:
                raise Unavailable(f"seeking the end of session {session_id} took over {DEADLINE_S:g} s")
            for record in reader.read(READ_RECORDS, READ_S):
                place = (record.topic, record.partition)
                if place in searches and not searches[place].take(record, record.key == key):
                    del searches[place]
            searches = {
                place: search for place, search in searches.items() if not reader.has_read_to(place, search.end)
            }
    return found
