"""A consumer that hands out records in batches and commits only what it is told to."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass
from types import TracebackType
from typing import Any, Literal, Self

from confluent_kafka import (
    OFFSET_BEGINNING,
    OFFSET_END,
    TIMESTAMP_NOT_AVAILABLE,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
)
from confluent_kafka import TopicPartition as Position

from runtime.errors import EarshotError, Unavailable
from runtime.kafka.connection import TopicPartition, client_config, client_log, error_in, error_of
from runtime.kafka.losses import Losses
from runtime.kafka.resets import OffsetResets, ResetOptions
from runtime.record import Headers, Record
from runtime.settings import KafkaSettings

log = logging.getLogger(__name__)
METADATA_TIMEOUT_S = 10.0
LAG_MAX_AGE_S = 1.0
COMMITTED_TIMEOUT_S = 2.0
WATERMARKS_S = 1.0
READ_RECORDS = 500
READ_S = 0.2
PATIENCE_S = 15.0
FETCH_WAIT_MS = 250  # a record that comes ends the wait at once; what does wait is a change of what is fetched


@dataclass(frozen=True, slots=True)
class ReaderOptions:
    """What to read, and from where."""

    topics: tuple[str, ...]
    group: str = ""
    """Consumer group; empty reads every partition without one and commits nothing."""
    _: KW_ONLY
    stage: str = ""
    """Whose losses are told where records are gone before they were read; empty for the group's own name."""
    start: Literal["earliest", "latest"] = "earliest"
    """Where to begin without a committed offset."""
    offsets: Mapping[TopicPartition, int] | None = None
    """Where to begin, partition by partition, without a group; `start` holds for those not named."""
    read_committed: bool = True
    fetch_bytes: int = 4 * 1024 * 1024
    session_timeout_ms: int = 0
    """0 for the settings' value."""
    tells_end: bool = False
    """Whether `has_read_to` can be asked, and `read_to`."""
    on_revoke: Callable[[set[TopicPartition]], None] | None = None
    """Called with the partitions that are about to be given up, or were lost."""


class Reader:
    """Reads topics as a member of a group, or alone without one."""

    def __init__(self, kafka: KafkaSettings, options: ReaderOptions) -> None:
        self._kafka = kafka
        self._options = options
        self._lag = 0
        self._lag_read_at = float("-inf")
        self._is_paused = False
        self._ends: dict[TopicPartition, int] = {}
        self._begins: dict[TopicPartition, int] = {}
        self._consumer = Consumer(self._config(), logger=client_log)
        stage = options.stage or options.group.removeprefix(f"{kafka.group_prefix}.")
        losses = Losses(kafka, stage) if stage else None
        self._resets = OffsetResets(self._consumer, losses, ResetOptions(stage or "reader", bool(options.group)))
        if options.group:
            self._consumer.subscribe(list(options.topics), on_revoke=self._on_revoke, on_lost=self._on_revoke)
        else:
            self._assign_all()

    @property
    def consumer(self) -> Consumer:
        """The librdkafka consumer, for a transaction's group metadata."""
        return self._consumer

    def read(self, max_records: int, timeout_s: float) -> list[Record]:
        """Up to `max_records` records. Raises EarshotError on a fatal client error; passing ones are librdkafka's."""
        try:
            messages = self._consumer.consume(max_records, timeout_s)
        except KafkaException as exception:
            raise error_of(error_in(exception), self._doing(), self._kafka) from exception
        records = [_record(message) for message in messages if self._is_good(message)]
        for partition in self._resets.settle():
            self._begins.pop(partition, None)
            self._ends.pop(partition, None)
        return records

    def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Commits next offsets, synchronously. Raises Unavailable, or EarshotError if the client is done for."""
        if not offsets:
            return
        positions = [Position(topic, partition, offset) for (topic, partition), offset in offsets.items()]
        try:
            self._consumer.commit(offsets=positions, asynchronous=False)
        except KafkaException as exception:
            raise error_of(error_in(exception), f"committing for {self._options.group}", self._kafka) from exception

    def assignment(self) -> set[TopicPartition]:
        """The partitions that are this reader's now."""
        return {(position.topic, position.partition) for position in self._consumer.assignment()}

    def rewind(self) -> None:
        """Goes back to the committed offsets, after an aborted transaction."""
        self._begins.clear()
        try:
            for position in self._consumer.committed(self._consumer.assignment(), timeout=METADATA_TIMEOUT_S):
                self._consumer.seek(self._start_of(position))
        except KafkaException as exception:
            raise error_of(error_in(exception), "going back to the committed offsets", self._kafka) from exception

    def committed(self) -> dict[TopicPartition, int]:
        """The next offset that the group has committed of each partition of ours that has one. Raises Unavailable."""
        try:
            found = self._consumer.committed(self._consumer.assignment(), timeout=METADATA_TIMEOUT_S)
        except KafkaException as exception:
            raise error_of(error_in(exception), "reading the committed offsets", self._kafka) from exception
        return {(one.topic, one.partition): one.offset for one in found if one.error is None and one.offset >= 0}

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Reads on from `offset`. Raises Unavailable while the partition is not being fetched yet."""
        self._begins[partition] = offset
        try:
            self._consumer.seek(Position(*partition, offset))
        except KafkaException as exception:
            raise Unavailable(f"{self._doing()}: {error_in(exception).str()}") from exception

    def position(self, partition: TopicPartition) -> int:
        """The next offset that will be read; −1 before the first record. Passes over transaction markers."""
        offset = self._consumer.position([Position(*partition)])[0].offset
        return int(offset) if offset >= 0 else -1

    def has_read_to(self, partition: TopicPartition, end: int) -> bool:
        """Whether all before `end` was handed out, by the broker's word: also where compaction has left nothing."""
        return self._ends.get(partition, -1) >= end

    def read_to(self, ends: Mapping[TopicPartition, int], patience_s: float = PATIENCE_S) -> Iterator[Record]:
        """Every record before these ends that was not yet handed out, and perhaps some after.

        Raises Unavailable if nothing comes for `patience_s` before the ends are reached, as at an open transaction.
        """
        came_at = time.monotonic()
        while not all(self.has_read_to(partition, end) for partition, end in ends.items()):
            for record in self.read(READ_RECORDS, READ_S):
                came_at = time.monotonic()
                yield record
            if time.monotonic() - came_at > patience_s:
                raise Unavailable(f"{self._doing()}: nothing came for {patience_s:g} s before the end")

    def pause(self) -> None:
        """Fetches nothing until `resume`; `read` still keeps the membership alive."""
        self._is_paused = True
        self._consumer.pause(self._consumer.assignment())

    def resume(self) -> None:
        """Ends `pause`."""
        self._is_paused = False
        self._consumer.resume(self._consumer.assignment())

    def lag(self) -> int:
        """Records between the reader's position and the end, as last told by the broker (at most a second old).

        A paused reader fetches nothing, and so is told nothing: it asks.
        """
        if time.monotonic() - self._lag_read_at > LAG_MAX_AGE_S:
            self._lag = sum(self._lag_of(position) for position in self._consumer.position(self._consumer.assignment()))
            self._lag_read_at = time.monotonic()
        return self._lag

    def close(self) -> None:
        """Leaves the group."""
        self._consumer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _config(self) -> dict[str, Any]:
        options = self._options
        return client_config(
            self._kafka,
            group_id=options.group or f"{self._kafka.group_prefix}.unused",
            enable_auto_commit=False,
            enable_auto_offset_store=False,
            enable_partition_eof=options.tells_end,
            auto_offset_reset="error" if options.start == "earliest" else options.start,
            isolation_level="read_committed" if options.read_committed else "read_uncommitted",
            partition_assignment_strategy="cooperative-sticky",
            session_timeout_ms=options.session_timeout_ms or self._kafka.session_timeout_ms,
            heartbeat_interval_ms=500,
            fetch_wait_max_ms=FETCH_WAIT_MS,
            fetch_max_bytes=options.fetch_bytes,
            max_partition_fetch_bytes=options.fetch_bytes,
            queued_max_messages_kbytes=2 * options.fetch_bytes // 1024,
        )

    def _assign_all(self) -> None:
        start = OFFSET_BEGINNING if self._options.start == "earliest" else OFFSET_END
        offsets = self._options.offsets or {}
        positions = []
        for topic in self._options.topics:
            try:
                metadata = self._consumer.list_topics(topic, timeout=METADATA_TIMEOUT_S).topics[topic]
            except KafkaException as exception:
                raise error_of(error_in(exception), f"looking up {topic}", self._kafka) from exception
            positions += [
                Position(topic, partition, offsets.get((topic, partition), start)) for partition in metadata.partitions
            ]
        self._consumer.assign(positions)

    def _on_revoke(self, consumer: Consumer, positions: list[Position]) -> None:
        consumer.resume(positions)  # librdkafka keeps a pause through a loss: back again, they would never be fetched
        for position in positions:
            self._begins.pop((position.topic, position.partition), None)
            self._resets.forget((position.topic, position.partition))
        if self._options.on_revoke is not None:
            self._options.on_revoke({(position.topic, position.partition) for position in positions})

    def _is_good(self, message: Message) -> bool:
        error = message.error()
        if error is None:
            return True
        if error.code() == KafkaError._PARTITION_EOF:
            self._ends[(str(message.topic()), int(message.partition() or 0))] = int(message.offset() or 0)
            return False
        if self._resets.note(message):
            return False
        if error.fatal() or error.code() == KafkaError._FATAL:
            raise EarshotError(f"{self._doing()}: {error.str()}: the consumer cannot go on")
        log.warning("kafka says: %s", error.str())
        return False

    def _start_of(self, position: Position) -> Position:
        if position.offset >= 0:
            return position
        fallback = OFFSET_BEGINNING if self._options.start == "earliest" else OFFSET_END
        return Position(position.topic, position.partition, fallback)

    def _lag_of(self, position: Position) -> int:
        low, high = self._watermarks(position)
        if high < 0:
            return 0
        at = position.offset if position.offset >= 0 else self._begin_of(position, high)
        return max(0, high - max(at, low))

    def _watermarks(self, position: Position) -> tuple[int, int]:
        """First and next offset of a partition; negative while the broker does not say."""
        try:
            if self._is_paused and (asked := self._consumer.get_watermark_offsets(position, timeout=WATERMARKS_S)):
                return asked
        except KafkaException:  # told with the next lag
            pass
        return self._consumer.get_watermark_offsets(position, cached=True)

    def _begin_of(self, position: Position, high: int) -> int:
        """Where a partition is read from of which nothing was read yet; `high` while the broker does not say."""
        place = (position.topic, position.partition)
        if place not in self._begins:
            start = 0 if self._options.start == "earliest" else high
            try:
                committed = self._consumer.committed([position], timeout=COMMITTED_TIMEOUT_S)[0].offset
            except KafkaException:  # asked again with the next lag
                return high
            self._begins[place] = int(committed) if committed >= 0 else start
        return self._begins[place]

    def _doing(self) -> str:
        return f"reading {', '.join(self._options.topics)}"


def _record(message: Message) -> Record:
    kind, timestamp_ms = message.timestamp()
    return Record(
        topic=str(message.topic()),
        partition=int(message.partition() or 0),
        offset=int(message.offset() or 0),
        key=message.key(),
        value=message.value(),
        timestamp_us=0 if kind == TIMESTAMP_NOT_AVAILABLE else timestamp_ms * 1000,
        headers=_headers(message),
    )


def _headers(message: Message) -> Headers:
    found = message.headers()
    if not found:
        return ()
    pairs = found.items() if isinstance(found, dict) else found
    return tuple((name, value if isinstance(value, bytes) else b"") for name, value in pairs)
