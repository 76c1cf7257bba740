"""The sink, dying by SIGKILL at the worst moment: the rows are in, their offsets are not yet committed."""

import os
import signal

from runtime.kafka import Reader, ReaderOptions, Writer, WriterOptions
from runtime.process import running
from runtime.settings import load_settings
from schemas.topics import SEGMENTS
from sinks.clickhouse.sink import Sink, SinkOptions
from sinks.clickhouse.store import Store


class DyingReader(Reader):
    def commit(self, offsets) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    settings = load_settings()
    with running("sink", settings) as process, Writer(settings.kafka, WriterOptions(name="dying")) as writer:
        store = Store(settings.clickhouse)
        store.migrate()
        group = f"{settings.kafka.group_prefix}.sink"
        options = SinkOptions(group, settings.clickhouse.batch_rows, settings.clickhouse.batch_ms / 1000)
        sink = Sink(store, writer, process, options)
        reader_options = ReaderOptions(topics=(SEGMENTS.name,), group=group, on_revoke=sink.on_revoke)
        with DyingReader(settings.kafka, reader_options) as reader:
            sink.run(reader)


main()
