"""The drivers that people have, as processes, against the embedded ClickHouse."""

import json
import subprocess
import uuid
from pathlib import Path

import httpx
import pytest

from tests.support.client_program import client_command

HERE = Path(__file__).parent
# What the JDBC driver can write; it reads the others too.
WRITTEN_BY_JDBC = "* EXCEPT (said, scores, place)"

pytestmark = pytest.mark.timeout(600)  # the first time drivers are fetched and built


def ask(url: str, statement: str, **values: str) -> str:
    response = httpx.post(url, params=values, content=statement.encode(), timeout=60)
    assert response.status_code == 200, response.text
    return response.text


def run_client(name: str, url: str, *arguments: str) -> dict:
    """What the program saw, in a database of its own, and whether what it inserted equals what it read."""
    command = client_command(name)
    database = f"clients_{uuid.uuid4().hex[:12]}"
    ask(url, f"CREATE DATABASE {database}")
    try:
        ask(url, (HERE / "kinds.sql").read_text(), database=database, flatten_nested="0")
        ask(url, (HERE / "rows.sql").read_text(), database=database)
        ask(url, "CREATE TABLE copied AS kinds", database=database)
        address = url if name == "clickhouse_js" else url.removeprefix("http://")
        done = subprocess.run(
            [*command, address, database, *arguments], capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        columns = WRITTEN_BY_JDBC if name == "clickhouse_jdbc" else "*"
        tables = [
            f"(SELECT groupArray(tuple({columns})) FROM (SELECT * FROM {t} ORDER BY id))" for t in ("kinds", "copied")
        ]
        same = ask(url, f"SELECT {' = '.join(tables)}", database=database)
        return json.loads(done.stdout) | {"same": same}
    finally:
        ask(url, f"DROP DATABASE {database}")


CLIENTS = ["clickhouse_connect", "clickhouse_go", "clickhouse_jdbc", "clickhouse_js"]


@pytest.fixture(scope="module", params=CLIENTS)
def seen(request, shared_clickhouse_url) -> dict:
    return run_client(request.param, shared_clickhouse_url)


def test_tables_are_listed(seen):
    assert seen["tables"] == ["copied", "kinds"]


def test_rows_of_many_types_are_read_and_written(seen):
    assert (seen["copied"], seen["same"]) == (2, "1\n")


def test_result_without_rows_has_its_columns(seen):
    assert seen["empty"][:3] == ["id", "text", "note"]
    assert len(seen["empty"]) == 18


def test_parameter_arrives(seen):
    assert seen["parameter"].split() == ["it's", "한국어"]


def test_large_result_comes_whole(seen):
    assert (seen["streamed"], seen["sum"]) == (1_000_000, 499_999_500_000)


def test_error_arrives_with_its_code(seen):
    assert seen["failed"]["code"] == 60
    assert "nowhere" in seen["failed"]["message"]


def test_error_after_the_first_rows_arrives_too(seen):
    assert seen["failed_late"]["code"] == 395
    assert "throwIf" in seen["failed_late"]["message"]


def test_insert_that_fails_is_told(seen):
    assert seen["failed_rows"]["code"] == 6
    assert "Cannot parse string 'x'" in seen["failed_rows"]["message"]


@pytest.mark.parametrize("compression", ["lz4", "zstd", "gzip"])
def test_clickhouse_go_compresses_both_ways(shared_clickhouse_url, compression):
    seen = run_client("clickhouse_go", shared_clickhouse_url, compression)
    assert (seen["copied"], seen["same"], seen["streamed"]) == (2, "1\n", 1_000_000)
    assert (seen["failed"]["code"], seen["failed_late"]["code"]) == (60, 395)
