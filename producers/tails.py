"""Where a session's streams end in the log, found by a look at the tails of its partitions."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from producers.claim import claim_in, released_in
from runtime.errors import Unavailable
from runtime.kafka import Reader, ReaderOptions, Record
from runtime.kafka.admin import Admin
from runtime.kafka.partitioning import partition_of
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
    claimed_at_us: int = 0
    """UTC µs at which a capture claimed the channel that has not sent anything since; 0 if none has."""


@dataclass(slots=True)
class Tail:
    """What the latest records of one channel say of a session's stream."""

    newest: Record | None = None
    """The newest frame that is no claim."""
    claims: dict[str, int] = field(default_factory=dict)
    """By capture, when it claimed the channel: those that came after the newest frame and were not given up."""

    def take(self, record: Record) -> None:
        """Takes the next record of the session."""
        claim = claim_in(record.headers)
        released = released_in(record.headers)
        if claim is not None:
            self.claims[claim.capture_id] = record.timestamp_us
        elif released is not None:
            self.claims.pop(released, None)
        else:
            self.newest = record
            self.claims.clear()  # who has claimed it sends, or has lost

    def end(self) -> StreamEnd | None:
        """How far the stream goes; None where there is none."""
        claimed_at_us = max(self.claims.values(), default=0)
        if self.newest is not None:
            frame = decode(AudioFrame, self.newest.value)
            samples = len(frame.pcm) // SAMPLE_BYTES
            captured_at_us = frame.captured_at + samples * MICROSECONDS // frame.sample_rate
            return StreamEnd(frame.first_sample + samples, captured_at_us, frame.last, claimed_at_us)
        return StreamEnd(0, 0, has_ended=False, claimed_at_us=claimed_at_us) if self.claims else None


class Tails:
    """The latest records of a session on some channels: looked at once, then followed as more come."""

    def __init__(self, kafka: KafkaSettings, session_id: str, channels: Iterable[str], depth: int) -> None:
        """Learns how far the partitions reach. Raises Unavailable if the broker does not answer."""
        self._kafka = kafka
        self._key = session_id.encode()
        self._channels = {audio_topic(channel): channel for channel in channels}
        partition = partition_of(self._key, kafka.partitions)
        marks = Admin(kafka).watermarks(self._channels)
        self._spans = {
            place: (max(low, high - depth), high) for place, (low, high) in marks.items() if place[1] == partition
        }
        self._reader: Reader | None = None

    def look(self) -> dict[str, Tail]:
        """What stands in the log as of now. A stream that others have pushed further back than `depth` is not seen.

        Raises Unavailable if that cannot be read.
        """
        tails: dict[str, Tail] = {}
        unread = {place: end for place, (start, end) in self._spans.items() if end > start}
        deadline = time.monotonic() + DEADLINE_S
        while unread:
            if time.monotonic() > deadline:
                names = ", ".join(topic for topic, _ in unread)
                raise Unavailable(f"reading the ends of {names} took over {DEADLINE_S:g} s")
            for record in self._read():
                place = (record.topic, record.partition)
                if record.key == self._key:
                    tails.setdefault(self._channels[record.topic], Tail()).take(record)
                if record.offset + 1 >= unread.get(place, record.offset + 2):
                    del unread[place]
            # the last offset may be no record: the marker of a transaction, as another's producer may leave
            unread = {place: end for place, end in unread.items() if not self._opened().has_read_to(place, end)}
        return tails

    def attach(self) -> None:
        """Connects, so that what comes can be followed though the broker goes away meanwhile. Raises Unavailable."""
        self._opened()

    def follow(self) -> list[tuple[str, Record]]:
        """What has come of the session since the last call, waiting a little for it: channels and records."""
        return [(self._channels[record.topic], record) for record in self._read() if record.key == self._key]

    def close(self) -> None:
        """Ends the connection."""
        if self._reader is not None:
            self._reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self) -> list[Record]:
        return self._opened().read(READ_RECORDS, READ_S)

    def _opened(self) -> Reader:
        if self._reader is None:
            starts = {place: start for place, (start, _) in self._spans.items()}
            options = ReaderOptions(
                topics=tuple(self._channels), start="latest", offsets=starts, tells_end=True, read_committed=False
            )
            self._reader = Reader(self._kafka, options)
        return self._reader


def ends_in(tails: dict[str, Tail]) -> dict[str, StreamEnd]:
    """The ends of the streams that there are."""
    return {channel: end for channel, tail in tails.items() if (end := tail.end()) is not None}
