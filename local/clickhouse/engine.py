"""The ClickHouse engine in this process: one folder of tables, confined to it."""

import contextlib
import shutil
import threading
import uuid
from pathlib import Path

from local.clickhouse.config import CONFIG, keep_default_database, write_config
from local.clickhouse.connection import MARK, Connection
from local.clickhouse.faults import fault_in
from local.clickhouse.limits import Limits
from local.clickhouse.outside import Known, outside_of
from runtime.errors import LocalStackError

_FULL_BYTES = 4 * 1024 * 1024


class Engine:
    """The tables of one folder; one engine in a process, one process on a folder."""

    def __init__(self, path: Path, config: Path, limits: Limits) -> None:
        """`config` is a folder of ours. Raises LocalStackError where the engine does not start on what is there."""
        path.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._killing = threading.Lock()
        try:
            write_config(config, limits)
            keep_default_database(path)
            with contextlib.chdir(config):  # by a name without the characters that divide a connection string
                self._first = Connection(path, {"config-file": CONFIG})
        except (RuntimeError, OSError) as error:
            raise LocalStackError(_why_not(path, error)) from error
        self._require_confined()
        self.version, self.timezone, self.host = self._first.ask("SELECT version(), timezone(), hostName()").split()
        self.outside = outside_of(self._known())
        """The names that no statement may use."""

    def connect(self) -> Connection:
        """A connection with settings of its own (about a millisecond)."""
        mark = uuid.uuid4().hex
        return Connection(self._path, {MARK: mark}, lambda: self._kill(mark))

    def _kill(self, mark: str) -> None:
        """Ends what a connection is at; a statement that has not begun yet is not ended."""
        with self._killing:
            self._first.ask(f"KILL QUERY WHERE Settings['{MARK}'] = '{mark}' ASYNC")

    def close(self) -> None:
        """Ends the engine once every other connection is closed."""
        self._first.close()

    def _require_confined(self) -> None:
        """An engine that does not find its configuration grants everything, and says nothing."""
        if self._first.ask("CHECK GRANT READ ON FILE").strip() != "0":
            raise LocalStackError("the engine did not take its configuration: it would reach beyond the tables")

    def _known(self) -> Known:
        def names(*tables: str) -> tuple[str, ...]:
            return tuple(name for table in tables for name in self._first.ask(f"SELECT name FROM {table}").split())  # noqa: S608 - ours

        kinds = "SELECT name, type FROM system.settings UNION ALL SELECT name, type FROM system.merge_tree_settings"
        return Known(
            functions=names("system.functions"),
            table_functions=names("system.table_functions"),
            engines=names("system.table_engines", "system.database_engines"),
            setting_types=dict(line.split("\t", 1) for line in self._first.ask(kinds).splitlines()),
        )


def _why_not(path: Path, error: Exception) -> str:
    """Why the engine did not start, and what to do; it does not know the first itself where the disk is full."""
    if shutil.disk_usage(path).free < _FULL_BYTES:
        return f"the engine did not start: the disk of {path} is full: free some of it and start again"
    empty = [file for file in sorted(path.glob("metadata/**/*.sql")) if not file.stat().st_size]
    if empty:
        return f"the engine did not start: {empty[0]} is empty, as a full disk leaves it: delete it and start again"
    return (
        f"the engine did not start on {path} ({' '.join(fault_in(str(error)).text.split())}): if the data is damaged, "
        "bring back a copy of it, or move it away: a new start makes an empty one"
    )
