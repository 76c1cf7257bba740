"""Audits every session that ends: follows the audio topics, and looks when the stages are done with it."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field

from prometheus_client import Counter, Gauge

from review.audit.channel_account import total
from review.audit.open_sessions import OpenSession, OpenSessions, end_offsets, first_offsets
from review.audit.session_audit import Audit, Auditor
from review.spans import Place
from review.stages import TO_ROWS, Stages
from runtime.errors import EarshotError, Stopped, Unavailable
from runtime.kafka import Reader, ReaderOptions
from runtime.process import Process
from runtime.settings import Settings
from runtime.stage import group_of
from schemas.topics import AUDIO
from sinks.clickhouse.store import Store

log = logging.getLogger(__name__)
STAGE = "auditor"
READ_RECORDS = 500
READ_S = 0.5
COMMIT_EVERY_S = 5.0
AGAIN_AFTER_S = 30.0
STAGES_STAND_S = 600.0
"""A stage that has not moved for so long with work waiting is not waited for: the audit then names what it owes."""
EVEN, UNEVEN = "adds_up", "does_not_add_up"

SESSIONS = Counter("earshot_audit_sessions_total", "Sessions that ended and were audited", ["result"])
FAULTS = Counter("earshot_audit_faults_total", "What did not add up in sessions that ended", ["step"])
UNCOVERED = Counter("earshot_audit_uncovered_seconds_total", "Speech of audited sessions that no word covers")
WAITING = Gauge("earshot_audit_waiting_sessions", "Sessions that have ended and are not audited yet")

Clock = Callable[[], float]


@dataclass(slots=True)
class _Pending:
    """A session that has ended."""

    session: OpenSession
    not_before_s: float = 0.0
    audit: "Future[Audit] | None" = None


@dataclass(slots=True)
class Follower:
    """The loop of the auditor. The audits are made in a thread beside it, one after another."""

    settings: Settings
    process: Process
    clock: Clock = time.monotonic
    _open: OpenSessions = field(default_factory=OpenSessions)
    _pending: dict[str, _Pending] = field(default_factory=dict)
    _committed: dict[Place, int] = field(default_factory=dict)
    _committed_at_s: float = 0.0

    def run(self, reader: Reader) -> None:
        """Until the process is told to stop; what is not audited then is followed again by the next start."""
        for step in TO_ROWS:
            FAULTS.labels(step)
        for result in (EVEN, UNEVEN):
            SESSIONS.labels(result)
        with ThreadPoolExecutor(1, "audit") as pool:
            while not self.process.stop.is_set():
                self.turn(reader, pool)
            pool.shutdown(wait=False, cancel_futures=True)

    def reads(self) -> ReaderOptions:
        """All sound, from its first start on."""
        topics = tuple(topic.name for topic in AUDIO)
        group = group_of(self.settings.kafka, STAGE)
        return ReaderOptions(topics, group, start="latest", on_revoke=self.on_revoke)

    def turn(self, reader: Reader, pool: ThreadPoolExecutor) -> None:
        """Reads once, and begins and ends what audits there are to."""
        self.process.progress.beat()
        records = reader.read(READ_RECORDS, READ_S)
        for record in records:
            self._open.take(record, self.clock())
        self.process.progress.waiting(reader.lag())
        if records:
            self.process.progress.done()
        for session_id in self._open.due(self.clock()):
            if session_id not in self._pending:
                self._pending[session_id] = _Pending(self._open.take_out(session_id))
        for session_id, pending in list(self._pending.items()):
            self._see_to(session_id, pending, pool)
        WAITING.set(len(self._pending))
        if self.clock() - self._committed_at_s > COMMIT_EVERY_S:
            self._commit(reader)

    def on_revoke(self, places: set[Place]) -> None:
        """Another auditor follows these partitions now."""
        self._open.forget(places)
        self._committed = {place: offset for place, offset in self._committed.items() if place not in places}

    def _see_to(self, session_id: str, pending: _Pending, pool: ThreadPoolExecutor) -> None:
        if pending.audit is None:
            if self.clock() >= pending.not_before_s:
                pending.audit = pool.submit(self._audit, session_id, pending.session)
            return
        if not pending.audit.done():
            return
        try:
            _tell(pending.audit.result())
        except Stopped:
            return
        except Unavailable as error:
            log.info("the audit of session %s is put off: %s", session_id, error)
            pending.audit, pending.not_before_s = None, self.clock() + AGAIN_AFTER_S
            return
        except EarshotError as error:
            log.warning("session %s was not audited: %s", session_id, error)
        del self._pending[session_id]

    def _audit(self, session_id: str, session: OpenSession) -> Audit:
        """Waits for the stages, then counts."""
        kafka = self.settings.kafka
        try:
            Stages(kafka, self._go_on, STAGES_STAND_S).wait_for(end_offsets(session), TO_ROWS)
        except Unavailable as error:
            log.warning("session %s is audited without waiting: %s", session_id, error)
        with closing(Store(self.settings.clickhouse, only_reads=True)) as store:
            return Auditor(kafka, store, self._go_on).audit(session_id, session.tallies if session.is_whole else None)

    def _go_on(self) -> None:
        if self.process.stop.is_set():
            raise Stopped("the auditor was told to stop")

    def _commit(self, reader: Reader) -> None:
        also: dict[Place, int] = {}
        for pending in self._pending.values():
            for place, first in first_offsets(pending.session).items():
                also[place] = min(first, also.get(place, first))
        mine = reader.assignment()
        needed = {place: offset for place, offset in self._open.needed(also).items() if place in mine}
        changed = {place: offset for place, offset in needed.items() if self._committed.get(place) != offset}
        try:
            reader.commit(changed)
        except Unavailable as error:
            log.info("%s", error)
        else:
            self._committed |= changed
        self._committed_at_s = self.clock()


def _tell(audit: Audit) -> None:
    """Counts and logs the outcome; ids and figures only."""
    SESSIONS.labels(EVEN if audit.adds_up else UNEVEN).inc()
    sums = total(audit.channels)
    UNCOVERED.inc(sums["uncovered_s"])
    told = ", ".join(f"{name} {round(value, 1)}" for name, value in sums.items())
    if audit.adds_up:
        log.info("session %s adds up: %s", audit.session_id, told)
    for fault in audit.faults:
        FAULTS.labels(fault.step).inc()
        log.error("session %s does not add up: %s: %s", audit.session_id, fault.step, fault.text)
