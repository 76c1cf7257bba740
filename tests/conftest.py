"""Fixtures of every test: the shared broker and ClickHouse, and ones of a test's own."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.kafka import Broker
from runtime.settings import KafkaSettings
from tests.support.broker import SharedBroker, local_settings
from tests.support.lender import Lender, ask

LENDER = pytest.StashKey[Lender]()
STARTERS = {"kafka": SharedBroker}


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.stash[LENDER] = Lender(dict(STARTERS))


def pytest_unconfigure(config: pytest.Config) -> None:
    if LENDER in config.stash:
        config.stash[LENDER].stop()


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
    """The shared real broker, with a group prefix of the test's own. Topics are shared: use unique session ids."""
    return KafkaSettings(bootstrap=shared_bootstrap, group_prefix=f"test-{uuid.uuid4().hex[:12]}")


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
