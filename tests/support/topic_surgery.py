"""What an operator, or time, does to topics: records deleted, topics deleted and made anew, partitions added."""

import time
from collections.abc import Sequence

from confluent_kafka import TopicPartition as Position
from confluent_kafka.admin import AdminClient, NewPartitions

from runtime.kafka.connection import client_config
from runtime.settings import KafkaSettings


def expire(kafka: KafkaSettings, topic: str, before: int, partition: int = 0) -> None:
    """Deletes the records before an offset, as retention would."""
    client = _client(kafka)  # an answer does not outlive its client
    for future in client.delete_records([Position(topic, partition, before)]).values():
        assert future.result(30).low_watermark == before


def delete_topics(kafka: KafkaSettings, topics: Sequence[str]) -> None:
    """Deletes topics, and waits until the broker no longer lists them."""
    client = _client(kafka)
    for future in client.delete_topics(list(topics)).values():
        future.result(30)
    deadline = time.monotonic() + 30
    while set(topics) & set(client.list_topics(timeout=10).topics):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def add_partitions(kafka: KafkaSettings, topics: Sequence[str], total: int) -> None:
    """Brings topics to so many partitions."""
    client = _client(kafka)
    for future in client.create_partitions([NewPartitions(topic, total) for topic in topics]).values():
        future.result(30)


def _client(kafka: KafkaSettings) -> AdminClient:
    return AdminClient(client_config(kafka))
