"""The glossary's terms as they stand in Kafka, for the model's hotwords."""

import logging
import time
from collections.abc import Callable

from processors.transcriber.hotwords import Hotwords, hotwords_of
from runtime.errors import BadRecord, Unavailable
from runtime.kafka import Reader, ReaderOptions, Record
from runtime.kafka.admin import Admin
from runtime.settings import KafkaSettings
from schemas.admission import admit_term
from schemas.events import GlossaryTerm
from schemas.topics import GLOSSARY

log = logging.getLogger(__name__)
MOST_RECORDS = 5000
CATCH_UP_S = 30.0
READ_WAIT_S = 0.2


class GlossaryFeed:
    """Follows the compacted topic without a group: each process reads all of it, and commits nothing."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._kafka = kafka
        self._terms: dict[bytes | None, GlossaryTerm] = {}
        self._next: dict[int, int] = {}
        self._reader = Reader(kafka, ReaderOptions(topics=(GLOSSARY.name,)))

    def catch_up(self, tick: Callable[[], None]) -> Hotwords:
        """The terms as they stand now: a restart must not decode its first windows without them.

        Calls `tick` while it reads. Raises Unavailable if the topic cannot be read to its end.
        """
        ends = Admin(self._kafka).watermarks([GLOSSARY.name])
        missing = {partition: end for (_, partition), (first, end) in ends.items() if end > first}
        deadline = time.monotonic() + CATCH_UP_S
        while any(self._next.get(partition, 0) < end for partition, end in missing.items()):
            if time.monotonic() > deadline:
                raise Unavailable(f"{GLOSSARY.name} could not be read to its end in {CATCH_UP_S:g} s")
            self._take_in(self._reader.read(MOST_RECORDS, READ_WAIT_S))
            tick()
        log.info("%d glossary terms", len(self._terms))
        return hotwords_of(self._terms.values())

    def changed(self) -> Hotwords | None:
        """The terms, if any has changed since the last look."""
        records = self._reader.read(MOST_RECORDS, 0.0)
        if not records:
            return None
        self._take_in(records)
        return hotwords_of(self._terms.values())

    def close(self) -> None:
        """Ends the reading."""
        self._reader.close()

    def _take_in(self, records: list[Record]) -> None:
        for record in records:
            self._next[record.partition] = record.offset + 1
            if record.value is None:
                self._terms.pop(record.key, None)
                continue
            try:
                self._terms[record.key] = admit_term(record.key, record.value, record.topic)
            except BadRecord as error:
                log.warning("%s[%d]@%d: %s", record.topic, record.partition, record.offset, error)
