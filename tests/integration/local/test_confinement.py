"""Sixty ways out of the embedded engine, and every one that it names itself: none leads anywhere."""

import itertools
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from local.clickhouse.outside import ENGINES, TABLE_FUNCTIONS
from tests.support.clickhouse import ClickHouseProcess

pytestmark = pytest.mark.timeout(300)
SECRET = "nobody-may-read-this"


@dataclass
class Listener:
    """A port of this machine that must hear nothing."""

    door: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    heard: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.door.getsockname()[1])

    def _listen(self) -> None:
        while True:
            try:
                connection, address = self.door.accept()
            except OSError:
                return
            self.heard.append(address)
            connection.close()


@dataclass
class Room:
    """The engine, a neighbour in its process group, and what it must not touch."""

    engine: ClickHouseProcess
    listener: Listener
    folder: Path
    neighbour: "subprocess.Popen[bytes]"
    client: httpx.Client = field(default_factory=httpx.Client)

    @property
    def secret(self) -> Path:
        return self.folder / "secret.csv"

    @property
    def database(self) -> Path:
        return self.folder / "secret.sqlite"

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.listener.port}"

    def post(self, statement: str, user: str = "default", **values: str) -> httpx.Response:
        params = {"user": user, **values}
        return self.client.post(self.engine.address, params=params, content=statement.encode(), timeout=30)

    def names(self, query: str) -> list[str]:
        return self.engine.ask(f"{query} FORMAT TSV").split()


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    folder = tmp_path_factory.mktemp("outside")
    engine = ClickHouseProcess(tmp_path_factory.mktemp("engine"))
    engine.start()
    neighbour = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, process_group=engine.pid)
    room = Room(engine, Listener(), folder, neighbour)
    room.secret.write_text(f"{SECRET}\n")
    with sqlite3.connect(room.database) as connection:
        connection.execute("CREATE TABLE t (a TEXT)")
        connection.execute("INSERT INTO t VALUES (?)", (SECRET,))
    connection.close()
    assert engine.ask("CREATE TABLE t (a String) ENGINE = MergeTree ORDER BY a") == ""
    assert engine.ask("INSERT INTO t VALUES ('one')") == ""
    yield room
    room.client.close()
    neighbour.kill()
    neighbour.communicate()
    engine.stop()
    room.listener.door.close()


def require_nothing_happened(room: Room, found: set[Path]) -> None:
    assert room.listener.heard == []
    assert set(room.folder.rglob("*")) == found
    assert room.neighbour.poll() is None
    assert room.engine.ask("SELECT 1") == "1\n"


def try_all(room: Room, statements: list[str]) -> list[str]:
    """Sends each as either user, and returns those that were answered; the answers hold no secret."""
    found = set(room.folder.rglob("*"))
    answered = []
    for statement, user in itertools.product(statements, ("default", "reader")):
        response = room.post(statement, user)
        assert SECRET not in response.text, statement
        if response.is_success:
            answered.append(statement)
    require_nothing_happened(room, found)
    return answered


def arguments(room: Room) -> list[str]:
    return [
        f"'{room.secret}', 'LineAsString'",
        f"'file://{room.secret}', 'LineAsString'",
        f"'{room.folder}/made.csv', 'CSV', 'a String'",
        f"'{room.database}', 't'",
        f"'http://{room.address}/x', 'LineAsString'",
        f"'{room.address}', 'default', 't', 'user', 'password'",
        "'x.sh', 'TSV', 'a String', (SELECT 1)",
    ]


def test_every_table_function_that_the_engine_names(room):
    allowed = {name.upper() for name in TABLE_FUNCTIONS}
    every = room.names("SELECT name FROM system.table_functions")
    names = [name for name in every if name.upper() not in allowed]
    assert len(names) > 60
    forms = (
        "SELECT * FROM {}({})",
        "DESCRIBE TABLE {}({})",
        "INSERT INTO FUNCTION {}({}) SELECT 'x'",
        "CREATE TABLE n AS {}({})",
    )
    calls = [form.format(name, given) for name in names for form in forms for given in arguments(room)]
    assert try_all(room, calls) == []


def test_every_engine_that_it_names(room):
    named = room.names("SELECT name FROM system.table_engines")
    tables = [
        f"CREATE TABLE n (a String) ENGINE = {name}({given})"
        for name in named
        if name not in ENGINES
        for given in arguments(room)
    ]
    assert len(named) > 60
    named = room.names("SELECT name FROM system.database_engines WHERE name NOT IN ('Atomic', 'Memory')")
    databases = [f"CREATE DATABASE n ENGINE = {name}({given})" for name in named for given in arguments(room)]
    assert try_all(room, tables + databases) == []


def test_every_dictionary_source_and_disk_that_it_names(room):
    sources = room.names("SELECT name FROM system.dictionary_sources")
    given = f"path '{room.secret}' url 'http://{room.address}' host '127.0.0.1' port {room.listener.port} command 'ls'"
    made = [
        f"CREATE DICTIONARY d (k UInt64, a String) PRIMARY KEY k SOURCE({name}({given})) LAYOUT(FLAT()) LIFETIME(1)"
        for name in {*sources, "file", "http", "executable"}
    ]
    disks = room.names("SELECT name FROM system.disk_types")
    given = (
        f"path = '{room.folder}/disk/', endpoint = 'http://{room.address}/x/', object_storage_type = local_blob_storage"
    )
    made += [
        f"CREATE TABLE n (a String) ENGINE = MergeTree ORDER BY a SETTINGS disk = disk(type = {name}, {given})"
        for name in {*disks, "local", "web", "object_storage", "s3"}
    ]
    assert try_all(room, made) == []


def test_every_function_that_is_not_allowed(room):
    """Those that are not are few; each is tried in the ways in which a function can be named."""
    allowed = set(room.names("SELECT name FROM system.functions"))
    tried = ["file", *sorted(name for name in allowed if name.startswith(("ai", "region", "address")))]
    assert len(tried) > 15
    forms = (
        "SELECT {}('{}')",
        "SELECT `{}`('{}')",
        "SELECT arrayMap({}, ['{}'])",
        "SELECT * APPLY {} FROM (SELECT '{}')",
    )
    places = (str(room.secret), f"http://{room.address}/")
    calls = [form.format(name, place) for name in tried for form in forms for place in places]
    assert try_all(room, calls) == []


@pytest.mark.parametrize("how", ["SELECT 1 SETTINGS {} = '{}'", "SET {} = '{}'"])
def test_every_setting_that_holds_a_name(room, how):
    names = room.names("SELECT name FROM system.settings WHERE type IN ('String', 'URI', 'Dialect', 'Map')")
    answered = try_all(room, [how.format(name, room.secret) for name in names])
    spoken = {statement.split(" = ")[0].split()[-1] for statement in answered}
    assert not {name for name in spoken if any(part in name for part in ("path", "url", "schema", "dialect", "filter"))}
    assert room.post("SELECT 1", format_schema=str(room.secret)).status_code == 403


def test_other_ways_out(room):
    secret, folder, address = room.secret, room.folder, room.address
    ways = [
        f"SELECT 1 INTO OUTFILE '{folder}/out.txt'",
        f"INSERT INTO t FROM INFILE '{secret}' FORMAT CSV",
        f"INSERT INTO t VALUES (file('{secret}'))",
        f"INSERT INTO t FORMAT Values (file('{secret}'))",
        f"SELECT “file”('{secret}')",
        f"SELECT file\N{NO-BREAK SPACE}('{secret}')",
        f"SELECT `f\\x69le`('{secret}')",
        f"SELECT a$b$, file('{secret}') AS x$b$ FROM (SELECT 1 AS a$b$)",
        f"SELECT * FROM `{secret}`",
        f"SELECT * FROM default.`{secret}`",
        f"SELECT * FROM '{secret}'",
        f"SELECT 1 WHERE 'x' IN `{secret}`",
        f"SELECT * FROM format(JSONEachRow, 'a String, b String DEFAULT file(''{secret}'')', '{{\"a\":\"1\"}}')",
        f"SELECT * FROM values('a String, b String DEFAULT file(''{secret}'')', ('1'))",
        f"SELECT * FROM t SETTINGS additional_table_filters = {{'t': 'throwIf(file(''{secret}'') != '''')'}}",
        f"SELECT 1 SETTINGS additional_result_filter = 'throwIf(file(''{secret}'') != '''')'",
        f"SELECT 1 FORMAT Template SETTINGS format_template_resultset = '{secret}'",
        f"SELECT * FROM eval('SELECT file(''{secret}'')') SETTINGS allow_experimental_eval_table_function = 1",
        f"CREATE VIEW n SQL SECURITY NONE AS SELECT * FROM url('http://{address}/', 'CSV', 'a String')",
        f"CREATE MATERIALIZED VIEW n REFRESH EVERY 1 SECOND AS SELECT * FROM url('http://{address}/', CSV)",
        f"CREATE TABLE n (a String DEFAULT file('{secret}')) ENGINE = Memory",
        f"ALTER TABLE t ADD COLUMN b String DEFAULT file('{secret}')",
        "ALTER TABLE t MODIFY SETTING disk = 'x'",
        "ALTER TABLE t MODIFY SETTING storage_policy = 'x'",
        f"ATTACH TABLE n FROM '{folder}/attached/' (a String) ENGINE = MergeTree ORDER BY a",
        f"CREATE DATABASE n ENGINE = Atomic SETTINGS disk = disk(type = local, path = '{folder}/disk/')",
        f"BACKUP TABLE t TO File('{folder}/backup')",
        "BACKUP TABLE t TO Disk('default', 'backup')",
        f"RESTORE TABLE t FROM File('{folder}/backup')",
        f"RESTORE TABLE t FROM S3('http://{address}/x', 'key', 'secret')",
        "CREATE FUNCTION n AS (x) -> x + 1",
        "CREATE FUNCTION n LANGUAGE WASM FROM 'n'",
        "CREATE USER n",
        "CREATE ROLE n",
        "CREATE NAMED COLLECTION n AS url = 'x'",
        "CREATE WORKLOAD n",
        "CREATE RESOURCE n (WRITE DISK x)",
        "CREATE QUOTA n",
        "CREATE SETTINGS PROFILE n",
        "GRANT ALL ON *.* TO default",
        "EXECUTE AS other SELECT 1",
        "SET ROLE ALL",
        "SET profile = 'other'",
        "KILL QUERY WHERE 1",
        "KILL MUTATION WHERE 1",
        "SYSTEM SHUTDOWN",
        "SYSTEM KILL",
        "SYSTEM STOP MERGES",
        "SYSTEM RELOAD CONFIG",
        "SYSTEM DROP DNS CACHE",
        "SYSTEM FLUSH LOGS",
        "SYSTEM ENABLE FAILPOINT x",
        "?? SELECT 1",
        "exit",
        "DROP DATABASE default",
        "CREATE TABLE n (a Int8) ENGINE = Memory PARALLEL WITH SYSTEM SHUTDOWN",
        "CREATE TABLE n (a Int8) ENGINE = Memory PARALLEL WITH CREATE TABLE m (a Int8) ENGINE = File(CSV)",
        "EXPLAIN SELECT * FROM executable('x.sh', 'TSV', 'a String')",
        "SELECT * FROM python(engine)",
        "SELECT throwIf(count() = 0) FROM system.certificates",
        f"SELECT * FROM view(SELECT * FROM url('http://{address}/', 'CSV', 'a String'))",
        f"WITH x AS (SELECT * FROM s3('http://{address}/x', 'CSV', 'a String')) SELECT * FROM x",
        f"INSERT INTO t SELECT * FROM mysql('{address}', 'd', 't', 'u', 'p')",
        f"SELECT * FROM merge(REGEXP('.*'), '.*') WHERE file('{secret}') != ''",
    ]
    assert len(ways) >= 60
    answered = try_all(room, ways)
    assert set(answered) <= {"SET ROLE ALL"}


def test_a_name_of_a_frozen_part_stays_in_the_folder(room):
    found = set(room.folder.parent.rglob("*")) - set(Path(room.engine.local.data_dir).rglob("*"))
    room.post(f"ALTER TABLE t FREEZE WITH NAME '../../../../../..{room.folder}/frozen'")
    room.post(f"ALTER TABLE t UNFREEZE WITH NAME '../../../../../..{room.folder}'")
    require_nothing_happened(room, {path for path in found if room.folder in path.parents})
    assert room.engine.ask("SELECT count() FROM t") == "1\n"


def test_the_reading_user_changes_nothing(room):
    for statement in (
        "INSERT INTO t VALUES ('two')",
        "CREATE TABLE n (a Int8) ENGINE = Memory",
        "CREATE DATABASE n",
        "ALTER TABLE t DELETE WHERE 1",
        "DELETE FROM t WHERE 1",
        "TRUNCATE TABLE t",
        "DROP TABLE t",
        "OPTIMIZE TABLE t FINAL",
        "RENAME TABLE t TO u",
    ):
        assert room.post(statement, "reader").headers["X-ClickHouse-Exception-Code"] == "164", statement
    assert room.post("SET readonly = 0", "reader").headers["X-ClickHouse-Exception-Code"] == "164"
    assert room.post("SELECT * FROM t", "reader", readonly="1").text == "one\n"
    assert room.post("SELECT * FROM t SETTINGS max_threads = 1", "reader").text == "one\n"


def test_sessions_of_two_users_are_two(room):
    room.post("CREATE TEMPORARY TABLE mine (a Int8)", session_id="one")
    assert room.post("SELECT count() FROM mine", session_id="one").text == "0\n"
    refused = room.post("SELECT count() FROM mine", "reader", session_id="one")
    assert refused.headers["X-ClickHouse-Exception-Code"] == "60"
