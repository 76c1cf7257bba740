"""What the broker says of its topics, asked again and again by a process that must outlive its absence."""

from confluent_kafka import Consumer, KafkaException

from runtime.kafka.connection import client_config, client_log
from runtime.settings import KafkaSettings

ANSWERS_WITHIN_S = 5.0
SILENT = 0  # who asks says what comes of it


class Probe:
    """A connection of its own, made with the first question: what a stage's clients hang in does not touch it."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._kafka = kafka
        self._client: Consumer | None = None

    def partitions(self) -> dict[str, int] | None:
        """Every topic with its number of partitions; None where no broker answers within 5 s."""
        if self._client is None:
            config = client_config(self._kafka, group_id=f"{self._kafka.group_prefix}.unused")
            self._client = Consumer({**config, "log_level": SILENT}, logger=client_log)
        try:
            found = self._client.list_topics(timeout=ANSWERS_WITHIN_S)
        except KafkaException:
            return None
        if not found.brokers:
            return None
        return {name: len(topic.partitions) for name, topic in found.topics.items() if topic.error is None}
