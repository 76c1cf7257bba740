"""Ends of topics and committed offsets, asked again and again by a process that must outlive its broker.

`Admin` is for questions at a start. Polled while the broker goes and comes, librdkafka's admin client can end its
process on an assertion (`rd_kafka_enq_once_del_source_return`), and asked for a group's offsets while the group's
coordinator moves, as on a fresh broker, by a segmentation fault (both seen with 2.16.1); a plain consumer does not.
"""

from collections.abc import Iterable

from confluent_kafka import Consumer, KafkaException
from confluent_kafka import TopicPartition as Position

from runtime.kafka.connection import TopicPartition, client_config, client_log, error_in, error_of
from runtime.kafka.losses import Bounds
from runtime.settings import KafkaSettings

ANSWER_WITHIN_S = 5.0


def bounds_of(kafka: KafkaSettings, partition: TopicPartition) -> Bounds:
    """What of a partition is in the log. Raises Unavailable."""
    consumer = Consumer(client_config(kafka, group_id=f"{kafka.group_prefix}.unused"), logger=client_log)
    try:
        return Bounds(*consumer.get_watermark_offsets(Position(*partition), timeout=ANSWER_WITHIN_S))
    except KafkaException as exception:
        raise error_of(error_in(exception), f"reading the bounds of {partition[0]}", kafka) from exception
    finally:
        consumer.close()


class GroupOffsets:
    """The offsets of one consumer group, which it neither joins nor changes. Every call raises Unavailable."""

    def __init__(self, kafka: KafkaSettings, group: str) -> None:
        self._kafka = kafka
        self._group = group
        config = client_config(kafka, group_id=group, enable_auto_commit=False, isolation_level="read_uncommitted")
        self._consumer = Consumer(config, logger=client_log)

    def committed(self, topics: Iterable[str]) -> dict[TopicPartition, int]:
        """The next offset of each partition that the group has committed."""
        positions = [Position(topic, number) for topic in topics for number in range(self._kafka.partitions)]
        try:
            found = self._consumer.committed(positions, timeout=ANSWER_WITHIN_S)
        except KafkaException as exception:
            raise error_of(error_in(exception), f"reading the offsets of {self._group}", self._kafka) from exception
        for position in found:
            if position.error is not None:
                raise error_of(position.error, f"reading the offsets of {self._group}", self._kafka)
        return {(position.topic, position.partition): position.offset for position in found if position.offset >= 0}

    def ends(self, topics: Iterable[str]) -> dict[TopicPartition, int]:
        """The next offset that each partition will give out; transactions that are still open count."""
        return {
            (topic, number): self._end_of(Position(topic, number))
            for topic in topics
            for number in range(self._kafka.partitions)
        }

    def waiting(self, topics: Iterable[str]) -> int:
        """Records that the group has not committed; every one that was ever written, where it has committed none."""
        names = list(topics)
        committed = self.committed(names)
        return sum(max(0, end - committed.get(partition, 0)) for partition, end in self.ends(names).items())

    def close(self) -> None:
        """Ends the connection."""
        self._consumer.close()

    def _end_of(self, position: Position) -> int:
        try:
            _, end = self._consumer.get_watermark_offsets(position, timeout=ANSWER_WITHIN_S)
        except KafkaException as exception:
            raise error_of(error_in(exception), f"reading the end of {position.topic}", self._kafka) from exception
        return int(end)
