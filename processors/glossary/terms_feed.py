"""The terms of the compacted topic: read once for a command, or kept hot for a stage.

Faust's GlobalTable does not see what others write before the next rebalance, so a stage follows the topic with a
consumer of its own, without a group: every process sees every term.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

from runtime.errors import BadRecord, Unavailable
from runtime.kafka import Reader, ReaderOptions, Record
from runtime.kafka.admin import end_offsets
from runtime.settings import KafkaSettings
from schemas.admission import admit_term
from schemas.events import GlossaryTerm
from schemas.topics import GLOSSARY

log = logging.getLogger(__name__)
READ_RECORDS = 10_000
POLL_S = 0.1
CATCH_UP_TIMEOUT_S = 60.0
RETRY_S = 1.0
LOST_EXIT_CODE = 70

Terms = Mapping[str, GlossaryTerm]


def read_terms(kafka: KafkaSettings, timeout_s: float = CATCH_UP_TIMEOUT_S) -> dict[str, GlossaryTerm]:
    """Every term on the topic now, by term. Raises Unavailable where it cannot be read to its end in time."""
    with _reader(kafka) as reader:
        return _caught_up(kafka, reader, timeout_s)


class TermsFeed:
    """Follows the topic in a thread of its own and calls `on_change` with all terms after each change."""

    def __init__(self, kafka: KafkaSettings, on_change: Callable[[Terms], None]) -> None:
        self._kafka = kafka
        self._on_change = on_change
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="terms", daemon=True)
        self._reader = _reader(kafka)
        self._terms: dict[str, GlossaryTerm] = {}

    def start(self) -> None:
        """Reads what is on the topic now, hands it over, and goes on in the background. Raises Unavailable."""
        self._terms = _caught_up(self._kafka, self._reader, CATCH_UP_TIMEOUT_S)
        self._on_change(dict(self._terms))
        self._thread.start()

    def close(self) -> None:
        """Ends the thread and the consumer."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()
        self._reader.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        try:
            self._follow()
        except BaseException as error:  # a stage must not go on with terms that no longer change
            log.critical("the glossary cannot be followed any more", exc_info=error)
            os._exit(LOST_EXIT_CODE)
            raise

    def _follow(self) -> None:
        changed = False
        while not self._stopped.is_set():
            records = self._read()
            for record in records:
                changed = _take(self._terms, record) or changed
            if changed and not records:  # a push comes in pieces: wait for its end
                self._on_change(dict(self._terms))
                changed = False

    def _read(self) -> list[Record]:
        try:
            return self._reader.read(READ_RECORDS, POLL_S)
        except Unavailable as error:
            log.warning("%s", error)
            self._stopped.wait(RETRY_S)
            return []


def _reader(kafka: KafkaSettings) -> Reader:
    return Reader(kafka, ReaderOptions(topics=(GLOSSARY.name,), tells_end=True))


def _caught_up(kafka: KafkaSettings, reader: Reader, timeout_s: float) -> dict[str, GlossaryTerm]:
    """The terms up to the end that the topic has as of now."""
    missing = {partition: end for partition, end in end_offsets(kafka, GLOSSARY.name).items() if end > 0}
    deadline = time.monotonic() + timeout_s
    terms: dict[str, GlossaryTerm] = {}
    while missing:
        for record in reader.read(READ_RECORDS, POLL_S):
            _take(terms, record)
            if record.offset + 1 >= missing.get((record.topic, record.partition), float("inf")):
                del missing[record.topic, record.partition]
        missing = {place: end for place, end in missing.items() if not reader.has_read_to(place, end)}
        if missing and time.monotonic() > deadline:
            raise Unavailable(f"{GLOSSARY.name} could not be read to its end within {timeout_s:g} s")
    return terms


def _take(terms: dict[str, GlossaryTerm], record: Record) -> bool:
    """Takes a record over; returns whether that changed anything."""
    key = (record.key or b"").decode("utf-8", "replace")
    if record.value is None:
        return terms.pop(key, None) is not None
    try:
        term = admit_term(record.key, record.value, record.topic)
    except BadRecord as error:
        log.warning("skipped a term", extra={"offset": record.offset, "error": str(error)})
        return False
    changed = terms.get(key) != term
    terms[key] = term
    return changed
