"""The glossary that is in force, followed by every process that needs it; and what lies beside it on the topic."""

import logging
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from prometheus_client import Gauge

from runtime.errors import BadRecord
from runtime.kafka import Record
from runtime.kafka.follower import Follower
from runtime.settings import KafkaSettings
from schemas.glossary.table import Glossary, GlossaryTable, Oddities
from schemas.topics import GLOSSARY

log = logging.getLogger(__name__)
CATCH_UP_S = 60.0
PUSH_PATIENCE_S = 60.0
"""A push that has begun for so long without an end is told."""
UNFINISHED_PUSH = (
    "a push of %d terms has begun and not ended: nothing of it is used, version %s stays in force; push it again"
)
TERMS = Gauge("earshot_terms_in_force", "Terms of the glossary that is in force")
UNFINISHED = Gauge("earshot_terms_unfinished_push", "1 while the push that has begun last has no end")
LEFT_OUT = Gauge("earshot_terms_left_out", "Terms on the topic that no ended push holds, or that it has lost since")


def read_glossary(kafka: KafkaSettings) -> Glossary:
    """The glossary that is in force now. Raises Unavailable."""
    with GlossaryFeed(kafka) as feed:
        return feed.catch_up()


class GlossaryFeed:
    """Follows the glossary's topic. Not for several threads at once."""

    def __init__(self, kafka: KafkaSettings, stage: str = "") -> None:
        """`stage` is the one that follows it, if one does. Raises Unavailable where the topic cannot be looked up."""
        self._follower = Follower(kafka, GLOSSARY.name, stage)
        self._table = GlossaryTable()
        self.oddities = Oddities()
        """What lies on the topic and is not in force."""
        self._unfinished_since_s: float | None = None

    def catch_up(self, tick: Callable[[], None] = lambda: None, timeout_s: float = CATCH_UP_S) -> Glossary:
        """The glossary as it is in force now; calls `tick` while it reads.

        Raises Unavailable if the topic cannot be read to its end.
        """
        self._follower.catch_up(self._take, timeout_s, tick)
        self._table.settle(at_end=True)
        if not self._table.glossary.terms:
            self._table.settle_for_remains()
        self._look_for_oddities()
        self._tell_of_push()
        return self._in_force()

    def changed(self, wait_s: float = 0.0) -> Glossary | None:
        """The glossary, if another is in force since the last look. Raises Unavailable, a client's passing errors."""
        records = self._follower.read(wait_s)
        for record in records:
            self._take(record)
        is_other = self._table.settle(at_end=not records and self._follower.is_at_end())
        if records:
            self._look_for_oddities()
        self._tell_of_push()
        return self._in_force() if is_other else None

    @property
    def keys(self) -> frozenset[bytes]:
        """The key of every term on the topic, in force or not."""
        return self._table.keys()

    def close(self) -> None:
        """Ends the reading."""
        self._follower.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _take(self, record: Record) -> None:
        try:
            self._table.take(record.key, record.value, record.headers)
        except BadRecord as error:
            log.warning("skipped a term", extra={"offset": record.offset, "error": str(error)})

    def _look_for_oddities(self) -> None:
        """Looks what is not in force, and says what of it is new."""
        before, self.oddities = self.oddities, self._table.oddities()
        odd, version = self.oddities, self._table.glossary.version or "none"
        if odd.unfinished != before.unfinished:
            self._unfinished_since_s = time.monotonic() if odd.unfinished else None
        LEFT_OUT.set(odd.unmarked + odd.missing)
        if odd.unmarked > before.unmarked:
            log.warning(
                "%d terms on %s belong to no push that has ended: they are not used; version %s stays in force",
                *(odd.unmarked, GLOSSARY.name, version),
            )
        if odd.missing > before.missing:
            log.warning("%d terms of the glossary were written over on %s: push it again", odd.missing, GLOSSARY.name)

    def _tell_of_push(self) -> None:
        """Says once of a push that has begun long ago that it has no end."""
        push, since_s = self.oddities.unfinished, self._unfinished_since_s
        UNFINISHED.set(push is not None)
        if push is not None and since_s is not None and time.monotonic() - since_s > PUSH_PATIENCE_S:
            log.warning(UNFINISHED_PUSH, push.terms, self._table.glossary.version or "none")
            self._unfinished_since_s = None

    def _in_force(self) -> Glossary:
        glossary = self._table.glossary
        TERMS.set(len(glossary.terms))
        log.info("glossary of %d terms, version %s", len(glossary.terms), glossary.version or "none")
        return glossary
