"""A compacted topic, read from its beginning and followed for good: without a group, so each process sees all of it.

Faust's GlobalTable does not see what others write before the next rebalance, and a group would share the topic out.
"""

import time
from collections.abc import Callable

from runtime.errors import Unavailable
from runtime.kafka.admin import end_offsets
from runtime.kafka.connection import TopicPartition
from runtime.kafka.reader import Reader, ReaderOptions
from runtime.record import Record
from runtime.settings import KafkaSettings

READ_RECORDS = 10_000
POLL_S = 0.1


class Follower:
    """Hands out the records of one topic, and says whether there are more. Not for several threads at once."""

    def __init__(self, kafka: KafkaSettings, topic: str, stage: str = "") -> None:
        """`stage` is whose loss it is if the topic is another one some day.

        Raises Unavailable where the topic cannot be looked up.
        """
        self._kafka = kafka
        self._topic = topic
        self._reader = Reader(kafka, ReaderOptions(topics=(topic,), stage=stage, tells_end=True))
        self._next: dict[TopicPartition, int] = {}

    def catch_up(self, take: Callable[[Record], None], timeout_s: float, tick: Callable[[], None]) -> None:
        """Hands all that the topic holds as of now to `take`, and calls `tick` meanwhile.

        What a transaction wrote that is still open does not belong to it. Raises Unavailable if that takes too long.
        """
        ends = end_offsets(self._kafka, self._topic)
        deadline = time.monotonic() + timeout_s
        while not all(self._has_read_to(partition, end) for partition, end in ends.items()):
            if time.monotonic() > deadline:
                raise Unavailable(f"{self._topic} could not be read to its end within {timeout_s:g} s")
            for record in self.read(POLL_S):
                take(record)
            tick()

    def read(self, wait_s: float) -> list[Record]:
        """What has come since the last call; waits for it up to `wait_s`. Raises Unavailable."""
        records = self._reader.read(READ_RECORDS, wait_s)
        for record in records:
            self._next[record.topic, record.partition] = record.offset + 1
        return records

    def is_at_end(self) -> bool:
        """Whether the broker has said of every partition that nothing follows what was handed out."""
        return all(self._reader.has_read_to(partition, end) for partition, end in self._next.items())

    def close(self) -> None:
        """Ends the reading."""
        self._reader.close()

    def _has_read_to(self, partition: TopicPartition, end: int) -> bool:
        """By a record, or by the broker's word: a transaction's marker and compaction leave offsets without records."""
        return end <= self._next.get(partition, 0) or self._reader.has_read_to(partition, end)
