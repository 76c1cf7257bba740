"""The sink's store over TLS with a user and a password, and what a user is told who gets it wrong."""

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator

import pytest

from local.health import answers_ping
from runtime.errors import ConfigError, EarshotError, Unavailable
from runtime.settings import ClickHouseSettings, LocalSettings, Settings, environment_of
from sinks.clickhouse.store import Store
from tests.support.certificates import Authority, Certificate
from tests.support.ports import free_ports
from tests.support.tls_front import TlsFront

USER, PASSWORD = "earshot", "correct horse"
DEADLINE_S = 90.0


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("stranger"), "stranger")


@pytest.fixture(scope="module")
def own(authority: Authority) -> Certificate:
    return authority.sign("server")


@pytest.fixture(scope="module")
def engine_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The real engine, which knows one user."""
    (port,) = free_ports(1)
    clickhouse = ClickHouseSettings(url=f"http://127.0.0.1:{port}", user=USER, password=PASSWORD)
    local = LocalSettings(data_dir=str(tmp_path_factory.mktemp("engine")), clickhouse_port=port)
    environment = environment_of(Settings(clickhouse=clickhouse, local=local))
    child = subprocess.Popen(
        [sys.executable, "-m", "earshot", "run", "clickhouse"],
        env={**os.environ, **environment},  # noqa: TID251
    )
    try:
        end = time.monotonic() + DEADLINE_S
        while not answers_ping(port):
            assert child.poll() is None, "the engine ended"
            assert time.monotonic() < end, f"the engine does not answer in {DEADLINE_S:g} s"
            time.sleep(0.1)
        yield port
    finally:
        child.kill()
        child.wait()


def answers(clickhouse: ClickHouseSettings) -> bool:
    store = Store(clickhouse)
    try:
        return store.ask("SELECT 1").rows == [(1,)]
    except Unavailable:
        return False
    finally:
        store.close()


def settings(front: TlsFront, authority: Authority, **changes: object) -> ClickHouseSettings:
    values = {
        "url": f"https://127.0.0.1:{front.port}",
        "user": USER,
        "password": PASSWORD,
        "database": f"test_{uuid.uuid4().hex[:12]}",
        "ca_file": str(authority.cert),
    }
    return ClickHouseSettings.model_validate(values | changes)


def error_of(clickhouse: ClickHouseSettings) -> EarshotError:
    store = Store(clickhouse)
    with pytest.raises(EarshotError) as caught:
        store.ask("SELECT 1")
    store.close()
    return caught.value


def test_tables_are_made_and_read_over_tls(engine_port: int, authority: Authority, own: Certificate) -> None:
    with TlsFront(engine_port, own) as front:
        clickhouse = settings(front, authority)
        store = Store(clickhouse)
        assert store.migrate()
        assert store.ask("SELECT currentDatabase(), count() FROM segments").rows == [(clickhouse.database, 0)]
        store.close()


def test_a_client_certificate_is_shown(engine_port: int, authority: Authority, own: Certificate) -> None:
    client = authority.sign("client")
    with TlsFront(engine_port, own, clients=authority) as front:
        front_url = f"https://127.0.0.1:{front.port}"
        with_it = settings(front, authority, cert_file=str(client.cert), key_file=str(client.key), database="default")
        assert answers(with_it)
        assert front_url in str(error_of(settings(front, authority, database="default")))  # closed, or told to show one


def test_a_server_of_another_authority_is_not_trusted(engine_port: int, stranger: Authority, own: Certificate) -> None:
    with TlsFront(engine_port, own) as front:
        error = error_of(settings(front, stranger, database="default"))
    assert isinstance(error, ConfigError)
    assert "EARSHOT_CLICKHOUSE__CA_FILE" in str(error)


def test_a_wrong_password_is_told_and_not_repeated(engine_port: int, authority: Authority, own: Certificate) -> None:
    with TlsFront(engine_port, own) as front:
        error = error_of(settings(front, authority, database="default", password="battery staple"))
    assert isinstance(error, ConfigError)
    assert f"refuses user {USER}" in str(error)
    assert "battery staple" not in str(error)


def test_tls_spoken_to_a_plain_port_is_told(engine_port: int, authority: Authority) -> None:
    clickhouse = ClickHouseSettings(
        url=f"https://127.0.0.1:{engine_port}", database="default", ca_file=str(authority.cert)
    )
    assert isinstance(error_of(clickhouse), ConfigError)
