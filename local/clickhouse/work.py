"""One request's query, step by step: its statement read, its connection set up, its result in pieces, its end."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from local.clickhouse.connection import Connection, Counts, Query, result_format
from local.clickhouse.engine import Engine
from local.clickhouse.faults import READONLY, SESSION_IS_LOCKED, SESSION_NOT_FOUND, Fault, fault
from local.clickhouse.native import REVISION_WITH_SERIALIZATION_KIND, with_kinds
from local.clickhouse.outside import refused
from local.clickhouse.request import Ask, whole_text
from local.clickhouse.statement import Statement, read_statement


@dataclass(slots=True)
class Session:
    """A connection that a client comes back to, with its settings and temporary tables."""

    connection: Connection
    expires_at: float = 0.0
    is_busy: bool = True


class Sessions:
    """The open sessions. A session serves one request at a time."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._clock = clock
        self._sessions: dict[tuple[str, str], Session] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._sessions)

    def borrow(self, ask: Ask, user: str) -> Session:
        """The user's session of this id, made if it may be. Raises Fault where it is busy, or missing and asked for."""
        self.expire()
        with self._lock:
            session = self._sessions.get((user, ask.session_id))
            if session is None and ask.must_have_session:
                raise fault(SESSION_NOT_FOUND, "SESSION_NOT_FOUND", f"Session {ask.session_id} not found")
            if session is None:
                session = self._sessions[user, ask.session_id] = Session(self._engine.connect())
            elif session.is_busy:
                raise fault(
                    SESSION_IS_LOCKED, "SESSION_IS_LOCKED", f"Session {ask.session_id} is locked by another query"
                )
            session.is_busy = True
            return session

    def give_back(self, ask: Ask, session: Session) -> None:
        """Ends a request's use of its session."""
        with self._lock:
            session.expires_at = self._clock() + ask.session_timeout_s
            session.is_busy = False

    def drop(self, ask: Ask, user: str) -> None:
        """Ends a session, whatever its time."""
        with self._lock:
            session = self._sessions.pop((user, ask.session_id), None)
        if session is not None:
            session.connection.close()

    def expire(self) -> None:
        """Ends the sessions that nobody came back to."""
        with self._lock:
            now = self._clock()
            late = [name for name, one in self._sessions.items() if not one.is_busy and one.expires_at < now]
            ended = [self._sessions.pop(name) for name in late]
        for session in ended:
            session.connection.close()


@dataclass(frozen=True, slots=True)
class Rights:
    """As whom a query runs."""

    user: str
    only_reads: bool = False
    """Whether the engine itself holds it to reading."""
    is_safe_method: bool = False
    """Whether it came by GET, which changes nothing."""


@dataclass(slots=True)
class Work:
    """One request's query. Its steps run in any thread, one at a time; `end` must follow whatever came before."""

    engine: Engine
    sessions: Sessions
    ask: Ask
    body: bytes
    rights: Rights
    counts: Counts = field(default_factory=Counts)
    format: str = ""
    """The format of the result, once the statement has been read."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _query: Query | None = None
    _connection: Connection | None = None
    _session: Session | None = None
    _answer: Iterator[bytes] = field(default_factory=lambda: iter(()))
    _pieces: Iterator[bytes] = field(default_factory=lambda: iter(()))
    _defaults: dict[str, str] | None = None

    def read(self) -> Statement:
        """The statement. Raises Fault."""
        query = self._query = self._read()
        return query.statement

    def begin(self, most_bytes: int) -> tuple[bytes, bool]:
        """Starts the query; returns the first part of its result and whether that is all of it. Raises Fault."""
        with self._lock:
            self._connect()
            assert self._connection is not None and self._query is not None  # noqa: S101, PT018 - read, and connected
            self._answer = self._connection.answer(self._query, self.counts)
            self._pieces = self._for_client(self._answer)
            return self._gather(most_bytes)

    def go_on(self) -> bytes:
        """The next part of the result; empty at its end. Raises Fault."""
        with self._lock:
            return next((piece for piece in self._pieces if piece), b"")

    def cancel(self) -> None:
        """Ends the query from another thread, if it only reads; what writes goes on to its end."""
        connection = self._connection
        if connection is not None and self._query is not None and self._query.statement.only_reads:
            connection.kill()

    def end(self) -> None:
        """Lets go of what the query held. Raises nothing that a client would have to hear of."""
        with self._lock:
            close = getattr(self._answer, "close", None)
            if close is not None:
                close()
            if self._session is not None:
                self._give_back(self._session)
            elif self._connection is not None:
                self._connection.close()
            self._connection = self._session = None

    def _read(self) -> Query:
        statement = read_statement(whole_text(self.ask.query, self.body), self.engine.outside)
        if self.rights.is_safe_method and not statement.only_reads:
            raise fault(
                READONLY,
                "READONLY",
                "Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly. "
                "You should use method POST for modifying queries.",
            )
        query = Query(statement, self.ask.default_format, self.ask.parameters)
        self.format = result_format(query)
        return query

    def _connect(self) -> None:
        ask = self.ask
        if not ask.session_id:
            self._connection = self.engine.connect()
        else:
            self._session = self.sessions.borrow(ask, self.rights.user)
            self._connection = self._session.connection
            if ask.settings:
                self._defaults = self._connection.values_of(ask.settings)
        for name in ask.settings:
            if name.upper() in self.engine.outside.settings:
                raise refused(f"the setting {name}")
        self._connection.apply(ask.settings, ask.database)
        if self.rights.only_reads:
            self._connection.hold_to_reading()

    def _for_client(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The result as the client reads it."""
        wants_kinds = self.ask.protocol_version >= REVISION_WITH_SERIALIZATION_KIND
        return with_kinds(pieces) if wants_kinds and self.format.lower() == "native" else pieces

    def _gather(self, most_bytes: int) -> tuple[bytes, bool]:
        gathered = bytearray()
        for piece in self._pieces:
            gathered += piece
            if len(gathered) >= most_bytes:
                return bytes(gathered), False
        return bytes(gathered), True

    def _give_back(self, session: Session) -> None:
        """A request's own settings end with it; the session keeps those that it was told with SET."""
        try:
            if self._defaults is not None:
                session.connection.reset(name for name in self.ask.settings if name not in (self._defaults or {}))
                session.connection.apply(self._defaults)
        except Fault:
            self.sessions.drop(self.ask, self.rights.user)
        else:
            self.sessions.give_back(self.ask, session)
