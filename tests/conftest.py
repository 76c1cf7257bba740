"""Fixtures of every test: the shared broker and ClickHouse, and ones of a test's own."""

import uuid
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from local.kafka import Broker
from runtime.settings import ClickHouseSettings, KafkaSettings
from schemas.events import DeadLetter
from schemas.topics import DAY_MS, Topic
from tests.support.broker import BrokerWithTopics, create_topics, local_settings
from tests.support.clickhouse import ClickHouseProcess, shared_clickhouse
from tests.support.lender import Lender, ask
from tests.support.skipped import skipped_lines

LENDER = pytest.StashKey[Lender]()
STARTERS = {"kafka": BrokerWithTopics, "clickhouse": shared_clickhouse}


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.stash[LENDER] = Lender(dict(STARTERS))


def pytest_unconfigure(config: pytest.Config) -> None:
    if LENDER in config.stash:
        config.stash[LENDER].stop()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Generator[None]:
    yield
    for line in skipped_lines(terminalreporter.stats.get("skipped", [])):
        terminalreporter.write_line(line)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    node.workerinput["lender"] = node.config.stash[LENDER].where


@pytest.fixture(scope="session")
def lender(pytestconfig: pytest.Config) -> str:
    """Where shared servers are asked for."""
    if LENDER in pytestconfig.stash:
        return pytestconfig.stash[LENDER].where
    return str(pytestconfig.workerinput["lender"])


@pytest.fixture(scope="session")
def shared_bootstrap(lender: str) -> str:
    """The address of the one real broker of this run; it has every topic, with one partition each."""
    return ask(lender, "kafka")


@pytest.fixture
def broker(shared_bootstrap: str) -> KafkaSettings:
    """The shared real broker, with a group prefix of the test's own.

    The pipeline's topics are shared: a test tells its records by its session id, and counts no offsets there.
    """
    return KafkaSettings(bootstrap=shared_bootstrap, group_prefix=f"test-{uuid.uuid4().hex[:12]}")


@pytest.fixture
def own_topic(broker: KafkaSettings) -> Topic:
    """A topic of the test's own on the shared broker, with one partition: it may count records and offsets."""
    topic = Topic(f"test.{uuid.uuid4().hex[:12]}", DeadLetter, DAY_MS)
    create_topics(broker, [topic])
    return topic


@pytest.fixture
def session_id() -> str:
    """A session id that no other test has."""
    return f"s-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[Broker]:
    """A real broker of the test's own, without topics: it may be stopped, killed and started again."""
    broker = Broker(local_settings(tmp_path))
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture(scope="session")
def shared_clickhouse_url(lender: str) -> str:
    """The address of the one ClickHouse process of this run."""
    return ask(lender, "clickhouse")


@contextmanager
def own_database(url: str) -> Iterator[ClickHouseSettings]:
    """An empty database with a name that no other has, dropped at the end."""
    database = f"test_{uuid.uuid4().hex[:12]}"
    httpx.post(url, content=f"CREATE DATABASE {database}").raise_for_status()
    yield ClickHouseSettings(url=url, database=database)
    httpx.post(url, content=f"DROP DATABASE IF EXISTS {database}").raise_for_status()


@pytest.fixture
def clickhouse(shared_clickhouse_url: str) -> Iterator[ClickHouseSettings]:
    """The shared ClickHouse process, with an empty database of the test's own."""
    with own_database(shared_clickhouse_url) as settings:
        yield settings


@pytest.fixture(scope="module")
def module_clickhouse(shared_clickhouse_url: str) -> Iterator[ClickHouseSettings]:
    """The shared ClickHouse process, with a database for the tests of one file."""
    with own_database(shared_clickhouse_url) as settings:
        yield settings


@pytest.fixture
def own_clickhouse(tmp_path: Path) -> Iterator[ClickHouseProcess]:
    """A ClickHouse process of the test's own: it may be stopped, killed and started again."""
    process = ClickHouseProcess(tmp_path)
    process.start()
    yield process
    process.kill()
