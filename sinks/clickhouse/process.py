"""The sink as a process."""

import logging
from contextlib import closing, suppress

from runtime.errors import Unavailable
from runtime.kafka import Reader, ReaderOptions, Writer, WriterOptions
from runtime.kafka.admin import Admin, wait_for_broker
from runtime.kafka.offsets import GroupOffsets
from runtime.process import STAGE_STOPS_WITHIN_S, Process, running
from runtime.settings import Settings
from runtime.stage import group_of
from schemas.topics import SEGMENTS
from sinks.clickhouse.sink import CLICKHOUSE, MAX_BACKOFF_S, STAGE, Sink, SinkOptions
from sinks.clickhouse.store import Store

log = logging.getLogger(__name__)
BROKER_TIMEOUT_S = 120.0
INSERT_TIMEOUT_S = 15.0
"""A server that accepts and never answers counts as away; well below `ops.stall_s`."""


def run(settings: Settings) -> None:
    """Runs the sink until SIGTERM. Raises ConfigError where the tables are newer than this program."""
    with running(STAGE, settings, stops_within_s=STAGE_STOPS_WITHIN_S, needs_broker=True) as process:
        wait_for_broker(settings.kafka, BROKER_TIMEOUT_S, process.goes_on)
        process.started(lambda: Admin(settings.kafka).ensure_topics())
        store = Store(settings.clickhouse, INSERT_TIMEOUT_S)
        group = group_of(settings.kafka, STAGE)
        with closing(GroupOffsets(settings.kafka, group)) as offsets:
            if not _tables_made(store, process, offsets):
                return
        options = SinkOptions(
            group=group,
            batch_rows=settings.clickhouse.batch_rows,
            batch_s=settings.clickhouse.batch_ms / 1000,
        )
        with Writer(
            settings.kafka, WriterOptions(name=f"{options.group}.{settings.kafka.member}", delivery_timeout_ms=0)
        ) as writer:
            sink = Sink(store, writer, process, options)
            with Reader(
                settings.kafka,
                ReaderOptions(topics=(SEGMENTS.name,), group=options.group, on_revoke=sink.on_revoke),
            ) as reader:
                sink.run(reader)
        store.close()


def _tables_made(store: Store, process: Process, offsets: GroupOffsets) -> bool:
    """Applies the migrations as soon as ClickHouse answers; False if told to stop before."""
    told = False
    while not process.stop.is_set():
        process.progress.beat()
        try:
            for name in process.started(store.migrate):
                log.info("applied %s", name)
        except Unavailable as error:
            if not told:
                log.warning("waiting: %s", error)
                told = True
            with suppress(Unavailable):
                process.progress.waiting(offsets.waiting([SEGMENTS.name]), held_up_by=CLICKHOUSE)
            process.stop.wait(MAX_BACKOFF_S / 5)
        else:
            return True
    return False
