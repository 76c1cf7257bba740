"""The sink's loop: read, plan, insert, commit. An offset is committed only after its row is in the table."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from prometheus_client import Counter, Gauge, Histogram

from runtime.dead_letters import dead_letter
from runtime.errors import BadRecord, Unavailable
from runtime.kafka import Reader, Record, Writer
from runtime.process import Process
from schemas.admission import admit
from schemas.audio import MICROSECONDS
from schemas.events import Segment
from schemas.topics import DEAD_LETTERS
from sinks.clickhouse.backlog import Backlog, Batch, Item, Partition, Plan
from sinks.clickhouse.capture_clocks import CaptureClocks
from sinks.clickhouse.rows import row_of
from sinks.clickhouse.store import Store

log = logging.getLogger(__name__)

ROWS = Counter("earshot_sink_rows_total", "Rows inserted")
BATCHES = Counter("earshot_sink_batches_total", "Inserts")
AWAY = Gauge("earshot_sink_clickhouse_away", "1 while ClickHouse does not answer")
INSERT_SECONDS = Histogram(
    "earshot_sink_insert_seconds",
    "Time of one insert",
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
UNTIMED = Counter("earshot_sink_untimed_rows_total", "Rows of sessions whose capture's clock is not ours", ["clock"])
SPEECH_TO_ROW_SECONDS = Histogram(
    "earshot_sink_speech_to_row_seconds",
    "End of speech to row, for sessions whose capture's clock agrees",
    buckets=(0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 5, 10, 30, 60),
)

REREAD = Counter("earshot_sink_reread_records_total", "Records read again because the tables did not have them")

STAGE = "sink"
CLICKHOUSE = "ClickHouse"
MAX_READ_S = 0.2
COMPARE_EVERY_S = 60.0
"""How often the tables are asked how far they have come."""
FIRST_BACKOFF_S = 0.2
MAX_BACKOFF_S = 5.0
PLAN_PATIENCE_S = 5.0
BACKLOG_BATCHES = 4
"""So many batches are read ahead while ClickHouse is away; the rest waits in Kafka."""


@dataclass(frozen=True, slots=True)
class SinkOptions:
    """How the sink batches, and as whom it reads."""

    group: str
    batch_rows: int
    batch_s: float


class Sink:
    """Moves segments from their topic into the table."""

    def __init__(self, store: Store, writer: Writer, process: Process, options: SinkOptions) -> None:
        self._store = store
        self._writer = writer
        self._process = process
        self._options = options
        self._backlog = Backlog(options.batch_rows, options.batch_s, PLAN_PATIENCE_S)
        self._uncommitted: dict[Partition, int] = {}
        self._known: set[Partition] = set()
        self._clocks = CaptureClocks()
        for side in ("behind", "ahead"):
            UNTIMED.labels(side)  # `increase` does not see a series that begins at 1
        self._compare_at = 0.0
        self._away = False
        self._paused = False
        self._backoff_s = FIRST_BACKOFF_S
        self._retry_at = 0.0

    def run(self, reader: Reader) -> None:
        """Works until the process is told to stop. Raises EarshotError where going on is impossible."""
        while not self._process.stop.is_set():
            self._read(reader)
            self._report(reader)
            if time.monotonic() >= self._retry_at:
                self._write(reader)
        if not self._away:
            self._write(reader)

    def on_revoke(self, partitions: set[Partition]) -> None:
        """Partitions are given up: what of them is not committed is another's now."""
        self._backlog.drop(partitions)
        self._known -= partitions
        for partition in partitions:
            self._uncommitted.pop(partition, None)

    def _read(self, reader: Reader) -> None:
        room = BACKLOG_BATCHES * self._options.batch_rows - len(self._backlog)
        if self._away or room <= 0:
            reader.pause()  # each time: partitions that came to us since are not paused yet
            self._paused = True
        asked_at = time.monotonic()
        for record in reader.read(max(1, min(room, self._options.batch_rows)), min(self._options.batch_s, MAX_READ_S)):
            self._backlog.add((record.topic, record.partition), self._item_of(record), asked_at)

    def _item_of(self, record: Record) -> Item:
        value = record.value or b""
        try:
            segment = admit(Segment, record.value, record.topic)
        except BadRecord as error:
            self._bury(record, error)
            return Item(record.offset, value, None, 0)
        row = row_of(segment, record.offset, record.timestamp_us)
        return Item(record.offset, value, row, 0 if self._is_untimed(segment) else segment.speech_ended_at)

    def _is_untimed(self, segment: Segment) -> bool:
        """Whether its capture's clock is so far from ours that no latency can be told; said once for a session."""
        offset_us = self._clocks.offset_us(segment.session_id, segment.speech_ended_at, segment.windowed_at)
        if not offset_us:
            return False
        side = "behind" if offset_us > 0 else "ahead"
        UNTIMED.labels(side).inc()
        if self._clocks.is_news(segment.session_id):
            log.warning(
                "session %s was captured by a clock that is %.0f s %s ours: its rows count in no latency metric; keep "
                "the clock by NTP (sound that was not captured now, as of a replay, is told here too)",
                segment.session_id,
                abs(offset_us) / MICROSECONDS,
                "behind" if offset_us > 0 else "ahead of",
            )
        return True

    def _bury(self, record: Record, error: BadRecord) -> None:
        letter = dead_letter(record, STAGE, error)
        self._writer.send(DEAD_LETTERS.name, letter.key, letter.value)

    def _write(self, reader: Reader) -> None:
        try:
            self._load_plans(reader)
            batches = self._backlog.due(time.monotonic())
            if batches:
                self._insert(batches)
        except Unavailable as error:
            self._wait(error)
            return
        self._answered(reader)
        self._commit(reader)

    def _load_plans(self, reader: Reader) -> None:
        """What was about to be inserted, for partitions that are new to this process, and now and then for all."""
        new = reader.assignment() - self._known
        if not new and time.monotonic() < self._compare_at:
            return
        plans = {plan.partition: plan for plan in self._store.plans(self._options.group)}
        self._process.progress.beat()  # a server that answers slowly is no hang of ours
        is_compared = self._compare(reader, plans)
        for partition in new & plans.keys():
            self._backlog.expect(plans[partition])
        self._known |= new
        self._compare_at = time.monotonic() + (COMPARE_EVERY_S if is_compared else MAX_BACKOFF_S)

    def _compare(self, reader: Reader, plans: Mapping[Partition, Plan]) -> bool:
        """Reads again what is committed and was never written to these tables, as after a restored copy of them.

        Each insert is planned in the tables themselves, so they say how far they have come; rows that were deleted
        on purpose do not come back by it. Returns False where the broker does not answer.
        """
        try:
            for partition, offset in reader.committed().items():
                written = plans[partition].last_offset + 1 if partition in plans else 0
                if written < offset:
                    self._read_again(reader, partition, written, offset)
        except Unavailable as error:
            log.debug("the tables are compared later: %s", error)
            return False
        return True

    def _read_again(self, reader: Reader, partition: Partition, written: int, committed: int) -> None:
        reader.seek(partition, written)
        self._backlog.drop({partition})
        self._uncommitted.pop(partition, None)
        REREAD.inc(committed - written)
        log.warning(
            "%s-%d is committed up to offset %d, but these tables were written up to %d: reading on from there",
            *partition,
            committed,
            written,
        )

    def _insert(self, batches: Sequence[Batch]) -> None:
        self._store.save_plans(self._options.group, [batch.plan for batch in batches])
        for batch in batches:
            self._process.progress.beat()
            rows = batch.rows
            if rows:
                with INSERT_SECONDS.time():
                    self._store.insert_segments(rows, batch.token)
                BATCHES.inc()
                ROWS.inc(len(rows))
            self._note_latency(batch)
            self._backlog.done(batch, time.monotonic())
            self._uncommitted[batch.partition] = batch.plan.last_offset + 1

    def _note_latency(self, batch: Batch) -> None:
        now_us = time.time_ns() // 1000
        for item in batch.items:
            if item.row is not None and item.speech_ended_at:
                SPEECH_TO_ROW_SECONDS.observe(max(0.0, (now_us - item.speech_ended_at) / MICROSECONDS))

    def _commit(self, reader: Reader) -> None:
        if not self._uncommitted:
            return
        self._process.progress.beat()
        try:
            self._writer.flush()
            reader.commit(self._uncommitted)
        except Unavailable as error:
            log.warning("rows are in, but their offsets are not committed yet: %s", error)
            return
        self._uncommitted.clear()
        self._process.progress.done()

    def _wait(self, error: Unavailable) -> None:
        if not self._away:
            log.warning("waiting: %s", error)
        self._away = True
        AWAY.set(1)
        self._retry_at = time.monotonic() + self._backoff_s
        self._backoff_s = min(2 * self._backoff_s, MAX_BACKOFF_S)

    def _answered(self, reader: Reader) -> None:
        if self._away:
            log.info("ClickHouse answers again")
        self._away = False
        AWAY.set(0)
        self._backoff_s = FIRST_BACKOFF_S
        if self._paused and len(self._backlog) < BACKLOG_BATCHES * self._options.batch_rows:
            reader.resume()
            self._paused = False

    def _report(self, reader: Reader) -> None:
        self._process.progress.beat()
        self._process.progress.waiting(reader.lag() + len(self._backlog), held_up_by=CLICKHOUSE if self._away else "")
