"""How this machine's clock stands to the broker's, by a record that the broker stamps."""

import time
from collections.abc import Callable
from typing import Any

from confluent_kafka import TIMESTAMP_LOG_APPEND_TIME, KafkaError, KafkaException, Producer

from runtime.errors import Unavailable
from runtime.kafka.connection import client_config, client_log, error_in, error_of
from runtime.settings import KafkaSettings

ANSWER_S = 10.0
PROBE_KEY = b""
SILENT = 0
Now = Callable[[], int]


def _now_us() -> int:
    return time.time_ns() // 1000


def clock_ahead_us(kafka: KafkaSettings, topic: str, now_us: Now = _now_us) -> int | None:
    """How far this machine's clock is ahead of the broker's, in µs; below 0 where it is behind.

    `topic` must be one that the broker stamps (LogAppendTime); an empty record is left there, which compaction drops.
    Right to half the time that the record took. None where the topic is stamped by producers. Raises Unavailable.
    """
    producer = Producer({**client_config(kafka, client_id="clock", acks="all"), "log_level": SILENT}, logger=client_log)
    _stamp(producer, kafka, topic)  # connects, and takes as long as that takes
    before = now_us()
    stamp_us = _stamp(producer, kafka, topic)
    return None if stamp_us is None else (before + now_us()) // 2 - stamp_us


def _stamp(producer: Any, kafka: KafkaSettings, topic: str) -> int | None:
    stamps: list[int | None] = []

    def note(error: KafkaError | None, message: Any) -> None:
        if error is not None:
            raise error_of(error, f"asking {topic} for the time", kafka)
        kind, stamp_ms = message.timestamp()
        stamps.append(stamp_ms * 1000 if kind == TIMESTAMP_LOG_APPEND_TIME else None)

    try:
        producer.produce(topic, key=PROBE_KEY, value=None, on_delivery=note)
        producer.flush(ANSWER_S)
    except KafkaException as exception:
        raise error_of(error_in(exception), f"asking {topic} for the time", kafka) from exception
    if not stamps:
        raise Unavailable(f"asking {topic} for the time: no answer from {kafka.bootstrap} in {ANSWER_S:g} s")
    return stamps[0]
