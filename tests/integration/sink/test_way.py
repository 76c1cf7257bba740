"""The way to ClickHouse: proxies of the environment, and a path that a gateway has."""

import pytest

from runtime.errors import Unavailable
from runtime.settings import ClickHouseSettings
from sinks.clickhouse.store import Store
from tests.support.http_file import http_file

NO_PROXY_THERE = "http://me:hush@127.0.0.1:1"


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy"])
def test_this_machine_is_reached_past_a_proxy(clickhouse: ClickHouseSettings, monkeypatch, variable):
    monkeypatch.setenv(variable, NO_PROXY_THERE)
    store = Store(clickhouse)
    assert store.ask("SELECT 1").rows == [(1,)]
    store.close()


def test_proxy_on_the_way_to_another_machine_is_named(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", NO_PROXY_THERE)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    store = Store(ClickHouseSettings(url="http://db.example:8123"))
    words = r"at http://db\.example:8123 through the proxy 127\.0\.0\.1:1, which HTTP_PROXY names"
    with pytest.raises(Unavailable, match=words) as raised:
        store.ask("SELECT 1")
    assert "hush" not in str(raised.value)


def test_proxy_that_is_passed_by_is_not_named(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", NO_PROXY_THERE)
    monkeypatch.setenv("NO_PROXY", "db.invalid")
    with pytest.raises(Unavailable) as raised:
        Store(ClickHouseSettings(url="http://db.invalid:8123")).ask("SELECT 1")
    assert "proxy" not in str(raised.value)


def test_path_of_a_gateway_is_asked():
    with http_file(b"no such way", status=500) as gateway, pytest.raises(Unavailable):
        Store(ClickHouseSettings(url=f"{gateway.url}/warm/clickhouse/")).ask("SELECT 1")
    assert {path.partition("?")[0] for path in gateway.asked} == {"/warm/clickhouse"}
