"""A producer whose records and whose reader's offsets are committed together, or not at all.

The settings are those that came through 152 kills and broker restarts with every record exactly once. Three of them
are not obvious: with `metadata.recovery.strategy` at its default a transactional producer hangs for good after a
broker restart (librdkafka issues 5456 and 5511); a fixed transactional id lets a restarted process abort what its
predecessor left open within milliseconds; and the transaction must outlive a broker restart of several seconds.
"""

import contextlib
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka import TopicPartition as Position

from runtime.errors import EarshotError, Unavailable
from runtime.kafka.connection import TopicPartition, client_config, client_log, error_in, error_of
from runtime.kafka.partitioning import partition_for
from runtime.kafka.reader import Reader
from runtime.record import Headers
from runtime.settings import KafkaSettings
from schemas.topics import DEAD_LETTERS

log = logging.getLogger(__name__)
TRANSACTION_TIMEOUT_MS = 30_000
MESSAGE_MARGIN_MS = 1_000
"""A record counts as failed so long before its transaction would run out."""
CALL_TIMEOUT_S = 5.0
PATIENCE_S = 40.0
"""How long one `publish` may meet passing errors of a broker that answers: above what a restart of it takes."""
ABORT_PATIENCE_S = 10.0
"""What aborting has at least; both together are below the watchdog's patience."""
ANSWERS_WITHIN_S = 3.0
RETRY_PAUSE_S = 0.1


@dataclass(frozen=True, slots=True)
class Output:
    """A record to publish."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


class _MustAbort(Exception):
    """The transaction cannot be committed any more."""


class TransactionalWriter:
    """Publishes what was made of a reader's records, exactly once.

    Of two processes with one transactional id the newer wins: the older one's next call raises Fenced.
    """

    def __init__(self, kafka: KafkaSettings, transactional_id: str, timeout_ms: int = TRANSACTION_TIMEOUT_MS) -> None:
        """`timeout_ms` is how long one transaction may be open before the broker ends it."""
        self._kafka = kafka
        self._timeout_ms = timeout_ms
        self._name = transactional_id
        self._give_up_at = 0.0
        self._start()

    def _start(self) -> None:
        """Begins with a client of our name; what was open under it is aborted."""
        config = client_config(
            self._kafka,
            transactional_id=self._name,
            transaction_timeout_ms=self._timeout_ms,
            message_timeout_ms=self._timeout_ms - MESSAGE_MARGIN_MS,
            metadata_recovery_strategy="none",
            linger_ms=0,
            message_max_bytes=2_000_000,
            compression_type="none",
        )
        self._producer = Producer(config, logger=client_log)
        self._give_up_at = time.monotonic() + PATIENCE_S
        self._call("starting transactions", lambda: self._producer.init_transactions(CALL_TIMEOUT_S))

    def publish(
        self, outputs: Sequence[Output], offsets: Mapping[TopicPartition, int], reader: Reader | None = None
    ) -> bool:
        """Commits `outputs` and the reader's next `offsets`, where there is a reader, in one transaction.

        False where it had to be aborted, as after a rebalance: nothing of it is visible, and the reader must go back
        to its committed offsets. While no broker answers it waits. Raises Fenced, Unavailable (where a broker answers
        and it comes to nothing for 40 s, or 50 with aborting), or EarshotError if the client is done for.
        """
        began = time.monotonic()
        self._give_up_at = began + PATIENCE_S
        try:
            return self._transact(outputs, offsets, reader)
        except EarshotError as error:
            if error.retriable or time.monotonic() - began < self._timeout_ms / 1000:
                raise
            # the broker ends a transaction that is open for too long, and refuses its writer as a zombie or as confused
            log.warning("a transaction of %d records was open for too long: it is done again", len(outputs))
            self._start()
            return False

    def _transact(
        self, outputs: Sequence[Output], offsets: Mapping[TopicPartition, int], reader: Reader | None
    ) -> bool:
        try:
            self._call("opening a transaction", self._producer.begin_transaction)
            for output in outputs:
                self._produce(output)
            if reader is not None:
                positions = [Position(topic, partition, offset) for (topic, partition), offset in offsets.items()]
                self._call("adding offsets to the transaction", lambda: self._send_offsets(positions, reader))
            self._call("committing the transaction", lambda: self._producer.commit_transaction(CALL_TIMEOUT_S))
        except _MustAbort as reason:
            log.warning("transaction of %d records aborted: %s", len(outputs), reason)
            self._give_up_at = max(self._give_up_at, time.monotonic() + ABORT_PATIENCE_S)
            self._call("aborting the transaction", lambda: self._producer.abort_transaction(CALL_TIMEOUT_S))
            return False
        return True

    def close(self) -> None:
        """Serves what is left of the callbacks. A transaction that is open is left to time out or to a successor."""
        with contextlib.suppress(KafkaException):  # what has ended the client was raised where it was met
            self._producer.poll(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _produce(self, output: Output) -> None:
        partition = partition_for(output.key, self._kafka.partitions)

        def produce() -> None:
            self._producer.produce(
                output.topic, key=output.key, value=output.value, partition=partition, headers=list(output.headers)
            )

        while True:
            try:
                return self._call(f"sending to {output.topic}", produce)
            except BufferError:
                self._producer.poll(RETRY_PAUSE_S)

    def _send_offsets(self, positions: list[Position], reader: Reader) -> None:
        metadata = reader.consumer.consumer_group_metadata()  # fetched anew: a rebalance changes the generation
        self._producer.send_offsets_to_transaction(positions, metadata, CALL_TIMEOUT_S)

    def _call(self, doing: str, call: Callable[[], None]) -> None:
        """Runs one call of the client, again while its error passes. Raises _MustAbort or an error of ours."""
        while True:
            try:
                return call()
            except KafkaException as exception:
                error = error_in(exception)
                if error.fatal() or error.code() == KafkaError._FENCED:
                    raise error_of(error, f"{doing} as {self._name}", self._kafka) from exception
                if error.txn_requires_abort():
                    raise _MustAbort(error.str()) from exception
                if not (error.retriable() or error.code() == KafkaError._TIMED_OUT):
                    raise error_of(error, f"{doing} as {self._name}", self._kafka) from exception
                if not self._may_go_on():
                    raise Unavailable(
                        f"{doing} as {self._name}: {error.str()} again and again (broker {self._kafka.bootstrap})"
                    ) from exception
                log.info("%s: %s; trying again", doing, error.str())
                time.sleep(RETRY_PAUSE_S)

    def _may_go_on(self) -> bool:
        """Whether there is patience left; while no broker answers none is used up."""
        if time.monotonic() < self._give_up_at:
            return True
        try:
            self._producer.list_topics(DEAD_LETTERS.name, timeout=ANSWERS_WITHIN_S)
        except KafkaException:
            self._give_up_at = time.monotonic() + PATIENCE_S
            return True
        return False
