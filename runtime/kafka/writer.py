"""An idempotent producer with a bounded buffer whose failures are never lost."""

import logging
import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from confluent_kafka import KafkaError, KafkaException, Producer

from runtime.errors import Unavailable
from runtime.kafka.connection import client_config, client_log, error_in, error_of
from runtime.kafka.partitioning import partition_for
from runtime.record import Headers
from runtime.settings import KafkaSettings

log = logging.getLogger(__name__)
BUFFER_FULL_POLL_S = 0.1
CRITICAL = 2  # as syslog counts


@dataclass(frozen=True, slots=True)
class WriterOptions:
    """How a writer buffers."""

    name: str
    linger_ms: float = 5
    buffer_bytes: int = 32 * 1024 * 1024
    delivery_timeout_ms: int = 60_000
    """After this a record counts as failed; 0 means never: the writer waits for the broker for as long as it takes."""
    is_watched: bool = False
    """Its owner says by itself when the broker is away: the client's own lines of that are left out."""


class Writer:
    """Sends records in order, once each, and remembers the first that failed."""

    def __init__(self, kafka: KafkaSettings, options: WriterOptions) -> None:
        self._kafka = kafka
        self._failure: KafkaError | None = None
        self._lock = threading.Lock()
        self._sent = 0
        self._reported = 0
        self._delivered = 0
        self.clock_ahead_us = 0
        """How far this machine's clock is ahead of the time that records are to bear."""
        self._newest: dict[str, int] = {}
        config = client_config(
            kafka,
            client_id=options.name,
            acks="all",
            enable_idempotence=True,
            linger_ms=options.linger_ms,
            queue_buffering_max_kbytes=max(1024, options.buffer_bytes // 1024),
            queue_buffering_max_messages=1_000_000,
            message_max_bytes=2_000_000,
            message_timeout_ms=options.delivery_timeout_ms,
            compression_type="none",
        )
        if options.is_watched:
            config["log_level"] = CRITICAL
        self._producer = Producer(config, logger=client_log)

    @property
    def delivered(self) -> int:
        """Records that the broker has acknowledged."""
        return self._delivered

    def newest_offset(self, topic: str) -> int:
        """The offset of the latest record of that topic that the broker has acknowledged; −1 where none has been."""
        return self._newest.get(topic, -1)

    def __len__(self) -> int:
        """Records sent and not yet acknowledged."""
        return self._sent - self._reported  # librdkafka's own count has its log lines and errors in it

    def send(self, topic: str, key: bytes | None, value: bytes | None, headers: Headers = ()) -> None:
        """Queues a record; waits while the buffer is full. Raises Unavailable if an earlier one failed."""
        while not self.try_send(topic, key, value, headers):
            self.poll(BUFFER_FULL_POLL_S)

    def try_send(self, topic: str, key: bytes | None, value: bytes | None, headers: Headers = ()) -> bool:
        """Queues a record unless the buffer is full. Raises Unavailable if an earlier one failed."""
        self._raise_failure()
        self._count_sent(1)  # before it is: another thread may serve its report at once
        try:
            self._producer.produce(
                topic,
                key=key,
                value=value,
                partition=partition_for(key, self._kafka.partitions),
                headers=list(headers),
                on_delivery=self._on_delivery,
                timestamp=self._now_ms(),
            )
        except BufferError:
            self._count_sent(-1)
            self._producer.poll(0)  # what was delivered holds its room until its report is served
            return False
        except KafkaException as exception:
            self._count_sent(-1)
            raise error_of(error_in(exception), f"sending to {topic}", self._kafka) from exception
        self._producer.poll(0)
        return True

    def _now_ms(self) -> int:
        """The time that a record bears; 0 leaves it to the client."""
        return (time.time_ns() // 1000 - self.clock_ahead_us) // 1000 if self.clock_ahead_us else 0

    def _count_sent(self, records: int) -> None:
        with self._lock:
            self._sent += records

    def poll(self, timeout_s: float) -> None:
        """Serves delivery reports for up to `timeout_s`. Raises Unavailable if a record failed."""
        self._producer.poll(timeout_s)
        self._raise_failure()

    def flush(self, timeout_s: float = 30.0) -> None:
        """Waits until every record is acknowledged. Raises Unavailable if that fails or takes too long."""
        left = self._producer.flush(timeout_s)
        self._raise_failure()
        if left:
            raise Unavailable(
                f"{left} records are still not acknowledged after {timeout_s:g} s by {self._kafka.bootstrap}"
            )

    def close(self, timeout_s: float = 30.0) -> None:
        """Flushes; afterwards the writer must not be used."""
        self.flush(timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()

    def _on_delivery(self, error: KafkaError | None, message: Any) -> None:
        with self._lock:
            self._reported += 1
            if error is None:
                self._delivered += 1
                self._newest[message.topic()] = message.offset()
            elif self._failure is None:
                self._failure = error

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise error_of(self._failure, "delivering a record", self._kafka)
