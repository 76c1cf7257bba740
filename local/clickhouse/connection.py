"""A connection to the ClickHouse engine in this process; the only importer of chdb.

A connection holds its own settings, current database and temporary tables, and belongs to one request at a time:
the engine's streams end in a crash when their connection is closed under them, so each is closed here before.
"""

import contextlib
import json
import os
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import chdb
from chdb import ChdbError

from local.clickhouse.faults import SYNTAX_ERROR, fault, fault_in
from local.clickhouse.native import header_block
from local.clickhouse.statement import Statement

DEFAULT_FORMAT = "TabSeparated"
MARK = "log_comment"
"""The setting by which a connection's query is found."""
_PIPE_BYTES = 256 * 1024
_ENDS_WITHIN_S = 0.05
_STREAMING_REFUSED = "Streaming query is not supported"
_SETTING_NAME = re.compile(r"[A-Za-z_]\w*(\.\w+)*")


@dataclass(slots=True)
class Counts:
    """What a query has read and written so far."""

    read_rows: int = 0
    read_bytes: int = 0
    written_rows: int = 0
    written_bytes: int = 0
    result_rows: int = 0
    result_bytes: int = 0
    started_at: float = field(default_factory=time.monotonic)

    def summary(self) -> dict[str, str]:
        """The content of the X-ClickHouse-Summary header."""
        return {
            "read_rows": str(self.read_rows),
            "read_bytes": str(self.read_bytes),
            "written_rows": str(self.written_rows),
            "written_bytes": str(self.written_bytes),
            "total_rows_to_read": "0",
            "result_rows": str(self.result_rows),
            "result_bytes": str(self.result_bytes),
            "elapsed_ns": str(int((time.monotonic() - self.started_at) * 1e9)),
        }


@dataclass(frozen=True, slots=True)
class Query:
    """One statement with what was sent along."""

    statement: Statement
    format: str = DEFAULT_FORMAT
    """Of the result, or of an INSERT's data, unless the statement names one."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Values for `{name:Type}`, escaped as the HTTP interface has them."""


class Connection:
    """One connection to the engine. Not for two threads at once."""

    def __init__(
        self, path: Path, options: Mapping[str, str] | None = None, kill: Callable[[], None] = lambda: None
    ) -> None:
        """`kill` ends what this connection is at."""
        listed = "&".join(f"{name}={text}" for name, text in (options or {}).items())
        self._chdb = chdb.connect(f"{path}?{listed}" if listed else str(path))
        self.kill = kill

    def apply(self, settings: Mapping[str, str], database: str = "") -> None:
        """Sets settings and the current database, until the connection is closed. Raises Fault."""
        if database:
            self._tell(f"USE {_quoted(database, '`')}")
        asked = [f"{_checked(name)} = {_quoted(text)}" for name, text in settings.items() if name != MARK]
        if asked:
            self._tell("SET " + ", ".join(asked))

    def hold_to_reading(self) -> None:
        """From here on nothing can be changed but settings and temporary tables, nor this be taken back."""
        if self.ask("SELECT getSetting('readonly')").strip() == "0":
            self._tell("SET readonly = 2")

    def reset(self, names: Iterable[str]) -> None:
        """Gives settings their default values back."""
        for name in names:
            if name != MARK:
                self._tell(f"SET {_checked(name)} = DEFAULT")

    def values_of(self, names: Iterable[str]) -> dict[str, str]:
        """Those of the settings that do not have their default value, with their values."""
        listed = ", ".join(_quoted(name) for name in names)
        answer = self.ask(f"SELECT name, value FROM system.settings WHERE changed AND name IN ({listed})")  # noqa: S608 - quoted
        return dict(line.split("\t", 1) for line in answer.splitlines())

    def answer(self, query: Query, counts: Counts) -> Iterator[bytes]:
        """Runs a query and yields its result in pieces. Raises Fault, possibly after some of them."""
        statement = query.statement
        try:
            if statement.data is not None:
                self._insert(query, counts)
            elif _is_streamed(query):
                yield from self._stream(query, counts)
            elif statement.selects:
                yield from self._piped(query, counts)
            else:
                yield self._whole(query, counts)
        except (ChdbError, RuntimeError) as error:
            raise fault_in(str(error)) from error

    def close(self) -> None:
        """Ends the connection, with its temporary tables."""
        self._chdb.close()

    def _insert(self, query: Query, counts: Counts) -> None:
        """The rows go in through a pipe: the engine's streamed insert is silent where it cannot write (chdb 26.9)."""
        data = query.statement.data or b""
        reading, writing = os.pipe()

        def feed() -> None:
            with contextlib.suppress(BrokenPipeError), open(writing, "wb") as pipe:
                pipe.write(data)

        feeder = threading.Thread(target=feed, name="pipe")
        feeder.start()
        try:
            source = f"FROM INFILE '/dev/fd/{reading}' COMPRESSION 'none'"
            self._run(query.statement.with_source(source, query.format), query, counts)
        finally:
            os.close(reading)
            feeder.join()

    def _stream(self, query: Query, counts: Counts) -> Iterator[bytes]:
        statement = query.statement
        try:
            stream: Any = self._chdb.send_query(statement.sql, query.format, params=dict(query.parameters))
        except ChdbError as error:
            if _STREAMING_REFUSED not in str(error):
                raise
            yield from self._piped(query, counts)
            return
        try:
            yield from self._pieces(stream, query, counts)
        finally:
            stream.close()

    def _pieces(self, stream: Any, query: Query, counts: Counts) -> Iterator[bytes]:
        is_empty = True
        for piece in stream:
            counts.read_rows += piece.storage_rows_read()
            counts.read_bytes += piece.storage_bytes_read()
            counts.result_rows += piece.rows_read()
            data = piece.bytes()
            counts.result_bytes += len(data)
            is_empty = False
            yield data
        if is_empty and _format_of(query) == "native":
            yield header_block(self._columns(query))

    def _columns(self, query: Query) -> list[tuple[str, str]]:
        """Names and types of a result that has no rows; the engine's Native format says nothing then."""
        described = self._chdb.query(
            f"DESCRIBE TABLE ({query.statement.bare}) SETTINGS print_pretty_type_names = 0 FORMAT JSONCompactEachRow",
            params=dict(query.parameters),
        )
        lines = described.bytes().decode().splitlines()
        return [(name, kind) for name, kind, *_ in map(json.loads, lines)]

    def _piped(self, query: Query, counts: Counts) -> Iterator[bytes]:
        """A result in any format, as it is made: the engine writes it as one document, which here is a pipe."""
        reading, writing = os.pipe()
        failures: list[ChdbError | RuntimeError] = []

        def write() -> None:
            target = f"INTO OUTFILE '/dev/fd/{writing}' TRUNCATE"
            try:
                self._run(query.statement.with_target(target), query, counts)
            except (ChdbError, RuntimeError) as error:
                failures.append(error)
            finally:
                os.close(writing)

        writer = threading.Thread(target=write, name="pipe")
        writer.start()
        try:
            while piece := os.read(reading, _PIPE_BYTES):
                counts.result_bytes += len(piece)
                yield piece
        finally:
            os.close(reading)
            writer.join(_ENDS_WITHIN_S)
            while writer.is_alive():  # it does not mind that nobody reads
                self.kill()
                writer.join(_ENDS_WITHIN_S)
        if failures:
            raise failures[0]

    def _whole(self, query: Query, counts: Counts) -> bytes:
        data = self._run(query.statement.sql, query, counts)
        counts.result_bytes += len(data)
        return data

    def _run(self, sql: str, query: Query, counts: Counts) -> bytes:
        result = self._chdb.query(sql, query.format, params=dict(query.parameters))
        if query.statement.inserts:
            counts.written_rows += result.rows_written()
            counts.written_bytes += result.bytes_written()
        else:
            counts.result_rows += result.rows_read()
        counts.read_rows += result.storage_rows_read()
        counts.read_bytes += result.storage_bytes_read()
        return result.bytes() or b""

    def _tell(self, statement: str) -> None:
        try:
            self._chdb.query(statement)
        except (ChdbError, RuntimeError) as error:
            raise fault_in(str(error)) from error

    def ask(self, statement: str) -> str:
        """The answer to a statement of ours, as TSVRaw. Raises Fault."""
        try:
            answer: bytes = self._chdb.query(statement, "TSVRaw").bytes() or b""
        except (ChdbError, RuntimeError) as error:
            raise fault_in(str(error)) from error
        return answer.decode()


def result_format(query: Query) -> str:
    """The format in which a query's result is written."""
    return query.statement.format or query.format


def _format_of(query: Query) -> str:
    return result_format(query).lower()


def _is_streamed(query: Query) -> bool:
    """Whether it is read block by block: a Native result may have to be rewritten for its client, block by block."""
    statement = query.statement
    return statement.selects and not statement.has_totals and _format_of(query) == "native"


def _checked(name: str) -> str:
    if not _SETTING_NAME.fullmatch(name):
        raise fault(SYNTAX_ERROR, "SYNTAX_ERROR", f"{name!r} is no name of a setting")
    return name


def _quoted(text: str, mark: str = "'") -> str:
    escaped = text.replace("\\", "\\\\").replace(mark, "\\" + mark)
    return f"{mark}{escaped}{mark}"
