"""Topics and watermarks, asked of the broker."""

import logging
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException
from confluent_kafka import TopicPartition as Position
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

from runtime.errors import ConfigError, TopicMismatch, Unavailable
from runtime.kafka.connection import TopicPartition, client_config, client_log, error_in, error_of
from runtime.kafka.security import refusal_in
from runtime.settings import KafkaSettings
from schemas.topics import ALL, AUDIO, Topic

log = logging.getLogger(__name__)
CALL_TIMEOUT_S = 10.0
LEADERS_WITHIN_S = 60.0
"""A broker on a busy machine has said that a topic exists long before it leads every partition of it."""
RETRY_S = 0.05
SILENT = 0  # every failure comes back as an error of the call
HOUR_MS = 3_600_000
IGNORED = object()

T = TypeVar("T")


class Admin:
    """Asks and arranges; one short-lived connection."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._kafka = kafka
        self._refusal: ConfigError | None = None
        config: dict[str, Any] = {**client_config(kafka), "error_cb": self._on_error, "log_level": SILENT}
        self._client = AdminClient(config, logger=client_log)

    def is_up(self, timeout_s: float = 1.0) -> bool:
        """Whether the broker answers. Raises ConfigError where it and this client do not accept each other."""
        try:
            return bool(self._client.list_topics(timeout=timeout_s).brokers)
        except KafkaException:
            self._client.poll(0)
            if self._refusal is not None:
                raise self._refusal from None
            return False

    def ensure_topics(self, topics: Iterable[Topic] = ALL) -> list[str]:
        """Creates what is missing and returns its names. Raises TopicMismatch where partitions differ."""
        wanted = list(topics)
        existing = self.partitions()
        wrong = [
            f"{topic.name} has {existing[topic.name]}"
            for topic in wanted
            if topic.name in existing and existing[topic.name] != self._kafka.partitions
        ]
        if wrong:
            raise TopicMismatch(
                f"EARSHOT_KAFKA__PARTITIONS is {self._kafka.partitions}, but {', '.join(wrong)}: "
                "set it to what the topics have, or add partitions to every topic"
            )
        missing = [topic for topic in wanted if topic.name not in existing]
        return self._create(missing) if missing else []

    def watermarks(self, topics: Iterable[str]) -> dict[TopicPartition, tuple[int, int]]:
        """First and next offset of every partition of `topics`."""
        partitions = [Position(name, number) for name in topics for number in range(self._kafka.partitions)]
        lows = _patiently(lambda: self._offsets(partitions, OffsetSpec.earliest()))
        highs = _patiently(lambda: self._offsets(partitions, OffsetSpec.latest()))
        return {partition: (lows[partition], highs[partition]) for partition in highs}

    def offsets_at(self, topic: str, timestamp_us: int) -> dict[TopicPartition, int]:
        """The first offset of every partition whose record is not older than `timestamp_us`; −1 where none is.

        Kafka's timestamps of one partition rise but for the clocks of its producers: allow a margin.
        """
        partitions = [Position(topic, number) for number in range(self._kafka.partitions)]
        spec = OffsetSpec.for_timestamp(max(0, timestamp_us // 1000))
        return _patiently(lambda: self._offsets(partitions, spec))

    def _on_error(self, error: KafkaError) -> None:
        self._refusal = self._refusal or refusal_in(error, self._kafka)

    def partitions(self) -> dict[str, int]:
        """Every topic of the broker, with its number of partitions."""
        try:
            topics = self._client.list_topics(timeout=CALL_TIMEOUT_S).topics
        except KafkaException as exception:
            raise error_of(error_in(exception), "listing the topics", self._kafka) from exception
        return {name: len(metadata.partitions) for name, metadata in topics.items()}

    def _create(self, topics: list[Topic]) -> list[str]:
        """Creates topics; returns those that nobody else has created meanwhile."""
        specs = [
            NewTopic(topic.name, self._kafka.partitions, self._kafka.replication, config=self._config_of(topic))
            for topic in topics
        ]
        created = [
            name
            for name, future in self._client.create_topics(specs).items()
            if self._result(future, f"creating {name}", ignore=KafkaError.TOPIC_ALREADY_EXISTS) is not IGNORED
        ]
        _patiently(lambda: self.watermarks([topic.name for topic in topics]), LEADERS_WITHIN_S)
        return created

    def _config_of(self, topic: Topic) -> dict[str, str]:
        config = topic.config()
        if topic in AUDIO:
            config["retention.ms"] = str(int(self._kafka.audio_retention_h * HOUR_MS))
        return config

    def _offsets(self, partitions: list[Position], spec: Any) -> dict[TopicPartition, int]:
        futures = self._client.list_offsets({partition: spec for partition in partitions})
        try:
            return {
                (place.topic, place.partition): self._result(future, f"reading offsets of {place.topic}").offset
                for place, future in futures.items()
            }
        except Unavailable:
            self.partitions()  # renews what the client knows of the leaders: a fenced broker comes back as a new one
            raise

    def _result(self, future: "Future[Any]", doing: str, ignore: int | None = None) -> Any:
        try:
            return future.result(timeout=CALL_TIMEOUT_S)
        except KafkaException as exception:
            error = error_in(exception)
            if error.code() == ignore:
                return IGNORED
            raise error_of(error, doing, self._kafka) from exception
        except TimeoutError as exception:
            raise Unavailable(
                f"{doing}: no answer from {self._kafka.bootstrap} in {CALL_TIMEOUT_S:g} s: does the broker run? "
                "`earshot up` starts one, EARSHOT_KAFKA__BOOTSTRAP says where it is"
            ) from exception


def _patiently(call: Callable[[], T], patience_s: float = CALL_TIMEOUT_S) -> T:
    """The call's result, tried again while a broker that has just started finds its leaders and coordinators."""
    deadline = time.monotonic() + patience_s
    while True:
        try:
            return call()
        except Unavailable:
            if time.monotonic() > deadline:
                raise
        time.sleep(RETRY_S)


def wait_for_broker(kafka: KafkaSettings, timeout_s: float, turn: Callable[[], None] = lambda: None) -> None:
    """Returns once the broker answers. Raises Unavailable after `timeout_s`; `turn` is called between tries."""
    deadline = time.monotonic() + timeout_s
    admin = Admin(kafka)
    told = False
    while not admin.is_up():
        if time.monotonic() > deadline:
            raise Unavailable(
                f"no broker answers at {kafka.bootstrap} (waited {timeout_s:g} s): start one (`earshot up`), "
                "or set EARSHOT_KAFKA__BOOTSTRAP (and EARSHOT_KAFKA__SECURITY_PROTOCOL, where it wants TLS or a login)"
            )
        if not told:
            log.info("waiting for the broker at %s", kafka.bootstrap)
            told = True
        turn()
    if told:
        log.info("the broker answers")


def end_offsets(kafka: KafkaSettings, topic: str) -> dict[TopicPartition, int]:
    """The next offset of each partition, through a plain consumer (cheaper than an Admin for one topic).

    What a transaction wrote that is still open lies behind it. Raises Unavailable.
    """
    config = client_config(kafka, group_id=f"{kafka.group_prefix}.unused", isolation_level="read_committed")
    consumer = Consumer(config, logger=client_log)
    try:
        partitions = [Position(topic, number) for number in range(kafka.partitions)]
        return {
            (topic, position.partition): consumer.get_watermark_offsets(position, timeout=CALL_TIMEOUT_S)[1]
            for position in partitions
        }
    except KafkaException as exception:
        raise error_of(error_in(exception), f"reading the end of {topic}", kafka) from exception
    finally:
        consumer.close()
