"""ClickHouse over its HTTP interface; nothing else imports clickhouse_connect."""

import logging
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError, OperationalError
from clickhouse_connect.driver.httputil import check_env_proxy, get_pool_manager_options
from urllib3 import PoolManager
from urllib3.exceptions import HTTPError

from runtime.errors import ConfigError, EarshotError, Unavailable
from runtime.settings import ClickHouseSettings
from sinks.clickhouse import first_times
from sinks.clickhouse.address import address_of
from sinks.clickhouse.backlog import Plan
from sinks.clickhouse.migrations import Migration, migrations, missing
from sinks.clickhouse.proof import Question, questions_of
from sinks.clickhouse.rows import COLUMN_NAMES, COLUMN_TYPES, Row, columns_of

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 5
ANSWER_TIMEOUT_S = 300.0
PASSING_CODES = frozenset(
    {75, 76, 159, 202, 203, 209, 210, 236, 241, 242, 243, 252, 285, 319, 425, 439, 745, 999, 1001}
)
"""Server errors that pass by themselves: files, timeouts, memory, disk, too many parts or queries, shutting down."""
AUTHENTICATION_CODES = frozenset({192, 193, 194, 516})
_OS_REASON = re.compile(r"\[Errno -?\d+\] ([^'\")]+)")
UNTRUSTED = ("CERTIFICATE_VERIFY_FAILED", "CERTIFICATE_REQUIRED", "ALERT", "WRONG_VERSION_NUMBER")
"""Python's names for a TLS handshake that will fail again."""
READONLY_CODE = 164
UNKNOWN_CODES = frozenset({60, 81})
"""UNKNOWN_TABLE and UNKNOWN_DATABASE."""
NOISY_LOGGER = "clickhouse_connect"


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of a query."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class _Login:
    """As whom a server is asked."""

    user: str
    password: str = field(repr=False)
    settings: Mapping[str, int]
    """Sent with every query."""
    variables: str
    """The settings that say so."""
    only_reads: bool

    @property
    def name(self) -> str:
        """As a server's log has it; the embedded engine lets `earshot` in beside the readers."""
        return "earshot-reader" if self.only_reads else "earshot"


class Store:
    """The tables. Connects when first used; every call raises Unavailable while the server is away."""

    def __init__(
        self, clickhouse: ClickHouseSettings, answer_timeout_s: float = ANSWER_TIMEOUT_S, *, only_reads: bool = False
    ) -> None:
        """`only_reads`: as the reading user, or held to reading by each query where there is none."""
        self._login = _login_of(clickhouse, only_reads=only_reads)
        self._settings = clickhouse
        self._address = address_of(clickhouse.url)
        self._answer_timeout_s = answer_timeout_s
        self._client: Client | None = None
        self._unseen: dict[str, int] = {}
        """How often an insert under this token was called done and was not there."""

    def close(self) -> None:
        """Ends the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def migrate(self, known: Sequence[Migration] | None = None) -> list[str]:
        """Applies the missing migrations and returns their names. Raises ConfigError if the schema is newer."""
        wanted = migrations() if known is None else known
        with self._asking("making the tables"):
            client = self._connected(with_database=False)
            client.command(f"CREATE DATABASE IF NOT EXISTS {_quoted(self._settings.database)}")
            client.database = self._settings.database
            client.command(
                "CREATE TABLE IF NOT EXISTS schema_migrations (number UInt32, name String, digest String, "
                "applied_at DateTime64(6, 'UTC') DEFAULT now64(6)) ENGINE = MergeTree ORDER BY number"
            )
            rows = client.query("SELECT number, digest FROM schema_migrations").result_rows
            unapplied = missing(wanted, {number: digest for number, digest in rows}, self._settings.database)
            for migration in unapplied:
                for statement in migration.statements:
                    client.command(statement)
                entry = [[migration.number, migration.name, migration.digest]]
                client.insert("schema_migrations", entry, column_names=["number", "name", "digest"])
        return [f"{migration.number:04}_{migration.name}" for migration in unapplied]

    def insert_segments(self, rows: Sequence[Row], token: str) -> None:
        """Inserts rows together and returns once they were seen in the table.

        A repetition under the same token changes nothing. Raises Unavailable where the server says that it has
        inserted them and they are not there: the next try goes under another token, since this one is used up.
        """
        tries = self._unseen.get(token, 0)
        self._insert(rows, f"{token}-{tries}" if tries else token)
        lost = sum(max(0, asked.expected - self._count(asked)) for asked in questions_of(rows))
        if lost:
            self._unseen = {token: tries + 1}
            raise Unavailable(
                f"inserting segments: ClickHouse at {self._place} says that {len(rows)} rows are inserted, and "
                f"{lost} of them are not in the table: look at its disk and its log"
            )
        self._unseen.clear()

    def _count(self, asked: Question) -> int:
        return int(self._rows(asked)[0][0])

    def _insert(self, rows: Sequence[Row], token: str) -> None:
        settings = {"insert_deduplication_token": token, "deduplicate_blocks_in_dependent_materialized_views": 1}
        names, types = list(COLUMN_NAMES), list(COLUMN_TYPES)
        answers = [one for asked in first_times.questions_of(rows, _now_us()) for one in self._rows(asked)]
        if answers:
            rows = first_times.with_times(rows, first_times.times_of(answers), int(answers[0][-1]))
            names.append("inserted_at")
            types.append("DateTime64(6, 'UTC')")
        with self._asking("inserting segments"):
            self._connected().insert(
                "segments",
                columns_of(rows),
                column_names=names,
                column_type_names=types,
                column_oriented=True,
                settings=settings,
            )

    def _rows(self, asked: Question) -> list[tuple[Any, ...]]:
        return self.ask(asked.sql, asked.parameters).rows

    def save_plans(self, group: str, plans: Sequence[Plan]) -> None:
        """Writes down what is about to be inserted."""
        rows = [[group, *plan.partition, plan.first_offset, plan.last_offset] for plan in plans]
        names = ["consumer_group", "topic", "partition", "first_offset", "last_offset"]
        types = ["String", "String", "Int32", "Int64", "Int64"]
        with self._asking("planning an insert"):
            self._connected().insert("sink_plans", rows, column_names=names, column_type_names=types)

    def plans(self, group: str) -> list[Plan]:
        """The newest plan of each partition."""
        answer = self.ask(
            "SELECT topic, partition, first_offset, last_offset FROM sink_plans FINAL "
            "WHERE consumer_group = {group:String}",
            {"group": group},
        )
        return [Plan((topic, partition), first, last) for topic, partition, first, last in answer.rows]

    def ask(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Answer:
        """The answer to a query. Raises ConfigError, with the server's words, where the query is wrong."""
        with self._asking("asking"):
            result = self._connected().query(sql, parameters=dict(parameters or {}))
            return Answer(tuple(result.column_names), [tuple(row) for row in result.result_rows])

    def ask_raw(self, sql: str, output_format: str) -> Iterator[bytes]:
        """The answer in one of ClickHouse's output formats, piece by piece."""
        with self._asking("asking"):
            stream: Any = self._connected().raw_stream(sql, fmt=output_format)
            try:
                while piece := stream.read(1 << 16):
                    yield piece
            finally:
                stream.close()

    def _connected(self, *, with_database: bool = True) -> Client:
        if self._client is None:
            logging.getLogger(NOISY_LOGGER).setLevel(logging.CRITICAL)  # it logs what it raises
            address = self._address
            self._client = clickhouse_connect.get_client(
                host=address.host,
                port=address.port,
                secure=address.is_secure,
                proxy_path=address.path,
                pool_mgr=self._direct_pool() if address.is_loopback else None,
                username=self._login.user,
                password=self._login.password,
                settings=dict(self._login.settings),
                client_name=self._login.name,
                connect_timeout=CONNECT_TIMEOUT_S,
                send_receive_timeout=int(self._answer_timeout_s),
                autogenerate_session_id=False,
                ca_cert=self._settings.ca_file or None,
                client_cert=self._settings.cert_file or None,
                client_cert_key=self._settings.key_file or None,
                # without a password the certificate is the login; with one it is shown beside it
                tls_mode="strict" if self._login.password else None,
            )
        if with_database:
            self._client.database = self._settings.database
        return self._client

    def _direct_pool(self) -> PoolManager:
        """Connections past any proxy of the environment: one has no way to this machine's loopback address."""
        settings = self._settings
        options = get_pool_manager_options(
            ca_cert=settings.ca_file or None,
            client_cert=settings.cert_file or None,
            client_cert_key=settings.key_file or None,
        )
        return PoolManager(**options)

    @contextmanager
    def _asking(self, doing: str) -> Iterator[None]:
        try:
            yield
        except (OperationalError, HTTPError, OSError) as error:
            self.close()
            raise self._untrusted(doing, error) or self._away(doing, error) from error
        except DatabaseError as error:
            raise self._refused(doing, error) from error
        except ClickHouseError as error:
            raise EarshotError(f"{doing}: {_one_line(error)}") from error

    def _away(self, doing: str, error: Exception) -> Unavailable:
        return Unavailable(
            f"{doing}: ClickHouse does not answer at {self._place} ({_reason(error)}): start it "
            "(`earshot up`), or set EARSHOT_CLICKHOUSE__URL"
        )

    @property
    def _place(self) -> str:
        """The server's address, with the proxy on the way to it: what is wrong may be there."""
        address = self._address
        proxy = None
        if not address.is_loopback:
            proxy = check_env_proxy(address.scheme, address.host, address.port)
        if not proxy:
            return self._settings.url
        return (
            f"{self._settings.url} through the proxy {proxy.rpartition('@')[2]}, which {address.scheme.upper()}_PROXY "
            f"names (NO_PROXY={address.host} goes past it)"
        )

    def _untrusted(self, doing: str, error: Exception) -> ConfigError | None:
        if not any(sign in str(error) for sign in UNTRUSTED):
            return None
        return ConfigError(
            f"{doing}: no TLS with ClickHouse at {self._settings.url} ({_one_line(error)}): "
            "EARSHOT_CLICKHOUSE__CA_FILE must hold the authority that signed its certificate, it must name the host, "
            "and a server that asks for a client certificate needs EARSHOT_CLICKHOUSE__CERT_FILE and __KEY_FILE"
        )

    def _refused(self, doing: str, error: DatabaseError) -> EarshotError:
        if error.code is None or error.code in PASSING_CODES:
            return Unavailable(f"{doing}: ClickHouse at {self._place}: {_one_line(error)}")
        if error.code in AUTHENTICATION_CODES:
            return ConfigError(
                f"ClickHouse at {self._settings.url} refuses user {self._login.user}: set {self._login.variables}"
            )
        if error.code == READONLY_CODE and self._login.only_reads:
            return ConfigError(f"ClickHouse says: {_one_line(error)} (`earshot sql --write` changes what is there)")
        if error.code in UNKNOWN_CODES:
            return ConfigError(
                f"ClickHouse says: {_one_line(error)} (our tables are made by the sink: `earshot up`; where one was "
                "dropped by hand, `earshot doctor` says how to make it again)"
            )
        return ConfigError(f"ClickHouse says: {_one_line(error)}")


def _login_of(clickhouse: ClickHouseSettings, *, only_reads: bool) -> _Login:
    if only_reads and clickhouse.reading_user:
        password = clickhouse.reading_password.get_secret_value()
        variables = "EARSHOT_CLICKHOUSE__READING_USER and EARSHOT_CLICKHOUSE__READING_PASSWORD"
        return _Login(clickhouse.reading_user, password, {}, variables, only_reads=True)
    held = {"readonly": 2} if only_reads else {}
    variables = "EARSHOT_CLICKHOUSE__USER and EARSHOT_CLICKHOUSE__PASSWORD"
    return _Login(clickhouse.user, clickhouse.password.get_secret_value(), held, variables, only_reads)


def _now_us() -> int:
    return time.time_ns() // 1000


def _quoted(name: str) -> str:
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def _reason(error: BaseException) -> str:
    """Why a connection failed: the words of the operating system where they are there."""
    found = _OS_REASON.search(str(error))
    return found[1].strip() if found else _one_line(error)


def _one_line(error: BaseException) -> str:
    """An error's words without line breaks, the client's preface, and the server's version, stack and guesses."""
    text = " ".join(str(error).split())
    text = text.rpartition("DB::Exception: ")[2]
    for noise in (" Expected one of: ", " (version ", " Stack trace", ", Stack trace", " (for url "):
        text = text.partition(noise)[0]
    return text or type(error).__name__
