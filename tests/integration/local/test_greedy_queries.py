"""Readers who ask for too much: they are bounded, and nobody else waits for them."""

import socket
from collections.abc import Iterator

import httpx
import psutil
import pytest

from sinks.clickhouse.store import Store
from tests.support.broker import local_settings
from tests.support.clickhouse import ClickHouseProcess
from tests.support.waiting import wait_until

pytestmark = pytest.mark.timeout(240)
MB = 1024 * 1024
READERS, MEMORY_MB = 4, 800
ENDLESS = "SELECT sum(sipHash64(number)) FROM numbers(1000000000000)"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseProcess]:
    folder = tmp_path_factory.mktemp("greedy")
    local = local_settings(folder).model_copy(
        update={"clickhouse_readers": READERS, "clickhouse_memory_mb": MEMORY_MB, "clickhouse_query_s": 60.0}
    )
    process = ClickHouseProcess(folder, local)
    process.start()
    process.ask("CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a")
    yield process
    process.kill()


def running(engine: ClickHouseProcess, part: str = "sipHash64") -> int:
    """How many queries with this in their text the engine is at."""
    store = Store(engine.settings())
    try:
        found = store.ask("SELECT query FROM system.processes WHERE query NOT LIKE '%system.processes%'").rows
    finally:
        store.close()
    return sum(part in str(query) for (query,) in found)


def hang_up(engine: ClickHouseProcess, statement: str) -> socket.socket:
    """Asks, and leaves the connection to the caller to close."""
    client = socket.create_connection(("127.0.0.1", engine.local.clickhouse_port))
    body = statement.encode()
    client.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    return client


@pytest.mark.parametrize("setting", ["", " SETTINGS max_memory_usage = 0", " SETTINGS max_memory_usage = 100000000000"])
def test_a_query_has_a_bound_of_memory_that_it_cannot_lift(engine, setting):
    before = psutil.Process(engine.pid).memory_info().rss
    statement = f"SELECT length(groupArray(number)) FROM numbers(10000000000){setting}"
    response = httpx.post(engine.address, content=statement.encode(), timeout=60)
    assert response.headers["X-ClickHouse-Exception-Code"] in ("241", "452")
    assert psutil.Process(engine.pid).memory_info().rss - before < 2 * MEMORY_MB * MB


@pytest.mark.parametrize("output_format", ["JSON", "JSONCompact", "CSVWithNames", "TSV", "XML", "Native"])
def test_a_large_result_is_never_held_as_a_whole(engine, output_format):
    process = psutil.Process(engine.pid)
    before, most, total = process.memory_info().rss, 0, 0
    statement = f"SELECT number, repeat('x', 500) AS s FROM numbers(4000000) FORMAT {output_format}"
    with httpx.stream("POST", engine.address, content=statement.encode(), timeout=60) as response:
        for piece in response.iter_raw(1 << 20):
            total += len(piece)
            most = max(most, process.memory_info().rss)
            if total > 600 * MB:
                break
    assert total > 600 * MB
    assert most - before < 500 * MB


def test_a_document_is_whole_and_told_of_its_fault(engine):
    document = httpx.post(engine.address, content=b"SELECT number FROM numbers(300000) FORMAT JSON", timeout=60).json()
    assert (document["rows"], document["data"][-1]) == (300_000, {"number": 299_999})
    with_totals = b"SELECT number % 2 AS k, count() AS n FROM numbers(10) GROUP BY k WITH TOTALS FORMAT JSON"
    assert httpx.post(engine.address, content=with_totals).json()["totals"] == {"k": 0, "n": 10}
    failing = httpx.post(engine.address, content=b"SELECT throwIf(number = 3) FROM numbers(5) FORMAT JSON")
    assert failing.headers["X-ClickHouse-Exception-Code"] == "395"


def test_nobody_waits_for_queries_whose_clients_are_gone(engine):
    clients = [hang_up(engine, ENDLESS) for _ in range(8)]
    wait_until(lambda: running(engine) == READERS)
    for client in clients:
        client.close()
    wait_until(lambda: running(engine) == 0)
    assert engine.ask("SELECT 1") == "1\n"


def test_inserts_and_the_pipeline_have_their_own_way_in(engine):
    clients = [hang_up(engine, ENDLESS) for _ in range(8)]
    wait_until(lambda: running(engine) == READERS)
    assert httpx.get(f"{engine.address}/ping").text == "Ok.\n"
    assert engine.ask("INSERT INTO t VALUES (1)") == ""
    store = Store(engine.settings())
    assert store.ask("SELECT count() FROM t").rows == [(1,)]
    store.close()
    assert running(engine) == READERS
    refused = httpx.post(engine.address, content=b"SELECT 1", timeout=60)
    assert refused.headers["X-ClickHouse-Exception-Code"] == "202"
    for client in clients:
        client.close()
    wait_until(lambda: running(engine) == 0)


def test_a_query_has_its_time(engine):
    statement = f"{ENDLESS} SETTINGS max_execution_time = 1"
    response = httpx.post(engine.address, content=statement.encode(), timeout=60)
    assert response.headers["X-ClickHouse-Exception-Code"] == "159"
    refused = httpx.post(engine.address, content=f"{ENDLESS} SETTINGS max_execution_time = 0".encode(), timeout=60)
    assert refused.headers["X-ClickHouse-Exception-Code"] == "452"


def test_an_insert_goes_on_when_its_client_is_gone(engine):
    engine.ask("CREATE TABLE slow (a UInt64) ENGINE = MergeTree ORDER BY a")
    client = hang_up(engine, "INSERT INTO slow SELECT number + sleepEachRow(0.5) FROM numbers(4)")
    wait_until(lambda: running(engine, "sleepEachRow"))
    client.close()
    wait_until(lambda: engine.ask("SELECT count() FROM slow") == "4\n")
