"""Whether the broker answers, asked again and again by a process that must outlive its absence."""

from confluent_kafka import Consumer, KafkaException

from runtime.kafka.connection import client_config, client_log
from runtime.settings import KafkaSettings
from schemas.topics import DEAD_LETTERS

ANSWERS_WITHIN_S = 5.0
SILENT = 0  # who asks says what comes of it


class Probe:
    """A connection of its own, made with the first question: what a stage's clients hang in does not touch it."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._kafka = kafka
        self._client: Consumer | None = None

    def answers(self) -> bool:
        """Whether a broker tells where its topics are; waits for up to 5 s."""
        if self._client is None:
            config = client_config(self._kafka, group_id=f"{self._kafka.group_prefix}.unused")
            self._client = Consumer({**config, "log_level": SILENT}, logger=client_log)
        try:
            return bool(self._client.list_topics(DEAD_LETTERS.name, timeout=ANSWERS_WITHIN_S).brokers)
        except KafkaException:
            return False
