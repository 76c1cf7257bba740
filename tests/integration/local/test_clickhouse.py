"""The ClickHouse process through the ordinary client, a plain HTTP client, and its own death."""

import gzip
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import clickhouse_connect
import httpx
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, StreamFailureError

from local.clickhouse.frames import framed, unframed
from runtime.errors import LocalStackError
from runtime.settings import ClickHouseSettings, Settings, child_environment
from tests.support.broker import local_settings
from tests.support.clickhouse import ClickHouseProcess

TABLE = "CREATE TABLE t (a Int32, s String, n Nullable(String)) ENGINE = MergeTree ORDER BY a"
DEDUPLICATED = TABLE + " SETTINGS non_replicated_deduplication_window = 100"


def connected(settings: ClickHouseSettings, **options) -> Client:
    url = httpx.URL(settings.url)
    return clickhouse_connect.get_client(host=url.host, port=url.port, database=settings.database, **options)


@pytest.fixture
def client(clickhouse) -> Iterator[Client]:
    client = connected(clickhouse)
    yield client
    client.close()


@pytest.fixture
def post(clickhouse):
    def send(statement: str | bytes = b"", headers: dict[str, str] | None = None, **values: str) -> httpx.Response:
        return httpx.post(
            clickhouse.url, params={"database": clickhouse.database, **values}, content=statement, headers=headers
        )

    return send


def test_native_insert_and_query_with_parameters(client):
    client.command(TABLE)
    summary = client.insert("t", [[1, "하나", None], [2, "it's\t\\", "x"]], column_names=["a", "s", "n"])
    assert summary.written_rows == 2
    answer = client.query(
        "SELECT s, n FROM t WHERE a = {a:Int32} AND s = {s:String}", parameters={"a": 2, "s": "it's\t\\"}
    )
    assert answer.result_rows == [("it's\t\\", "x")]
    assert int(answer.summary["read_rows"]) > 0


def test_empty_result_keeps_its_columns(client):
    client.command(TABLE)
    answer = client.query("SELECT a, upper(s) AS loud FROM t")
    assert answer.column_names == ("a", "loud")
    assert answer.result_rows == []


@pytest.mark.parametrize("compress", ["lz4", "zstd", "gzip", False])
def test_every_encoding_of_the_client(clickhouse, compress):
    client = connected(clickhouse, compress=compress)
    client.command(TABLE)
    client.insert("t", [[number, "x" * 100, None] for number in range(500)], column_names=["a", "s", "n"])
    assert client.command("SELECT count() FROM t") == 500
    client.close()


def test_insert_that_finds_the_disk_full_is_refused_and_may_be_repeated(client):
    """The engine's streamed insert says nothing of it; as much room as is asked for here, no disk has."""
    client.command(DEDUPLICATED)
    client.command("ALTER TABLE t MODIFY SETTING min_free_disk_bytes_to_perform_insert = 1000000000000000")
    rows, settings = [[1, "x", None]], {"insert_deduplication_token": "one"}
    for _ in range(2):
        with pytest.raises(DatabaseError, match="NOT_ENOUGH_SPACE"):
            client.insert("t", rows, column_names=["a", "s", "n"], settings=settings)
    client.command("ALTER TABLE t RESET SETTING min_free_disk_bytes_to_perform_insert")
    for _ in range(2):
        client.insert("t", rows, column_names=["a", "s", "n"], settings=settings)
    assert client.command("SELECT count() FROM t") == 1


def test_repeated_token_inserts_once_and_a_later_insert_has_none(client):
    client.command(DEDUPLICATED)
    rows = [[1, "x", None]]
    for _ in range(2):
        client.insert("t", rows, column_names=["a", "s", "n"], settings={"insert_deduplication_token": "k-0-9"})
    client.insert("t", [[2, "y", None]], column_names=["a", "s", "n"])
    client.insert("t", [[3, "z", None]], column_names=["a", "s", "n"])
    assert client.query("SELECT a FROM t ORDER BY a").result_rows == [(1,), (2,), (3,)]


@pytest.mark.parametrize(
    ("statement", "status", "code"),
    [
        ("SELECT * FROM nowhere", 404, "60"),
        ("SELEC 1", 400, "62"),
        ("SELECT 1; SELECT 2", 400, "62"),
        ("SELECT toUInt8('x')", 400, "6"),
        ("SELECT {a:UInt8}", 400, "456"),
        ("SELECT 1 FORMAT Nothing", 404, "73"),
        ("SELECT * FROM file('/etc/hostname', 'LineAsString')", 403, "497"),
        ("SELECT 1 INTO OUTFILE '/tmp/out.txt'", 403, "497"),
        ("SELECT throwIf(number = 3) FROM numbers(5)", 500, "395"),
    ],
)
def test_faults_are_told_as_clickhouse_tells_them(post, statement, status, code):
    response = post(statement)
    assert response.status_code == status
    assert response.headers["X-ClickHouse-Exception-Code"] == code
    assert response.text.startswith(f"Code: {code}. DB::Exception: ")


def test_client_sees_the_fault(client):
    with pytest.raises(DatabaseError, match="UNKNOWN_TABLE") as raised:
        client.query("SELECT * FROM nowhere")
    assert raised.value.code == 60


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_fault_after_the_first_rows_is_told_too(client):
    statement = "SELECT throwIf(number = 900000), number FROM numbers(1000000) SETTINGS max_threads = 1"
    with pytest.raises(StreamFailureError, match="FUNCTION_THROW_IF"), client.query_row_block_stream(statement) as rows:
        for _ in rows:
            pass


def test_large_result_is_streamed_whole(clickhouse):
    total = 0
    with httpx.stream("POST", clickhouse.url, content=b"SELECT number FROM numbers(3000000) FORMAT TSV") as response:
        assert response.headers["Transfer-Encoding"] == "chunked"
        for piece in response.iter_bytes():
            total += piece.count(b"\n")
    assert total == 3_000_000


def test_get_reads_and_does_not_write(clickhouse):
    assert httpx.get(clickhouse.url, params={"query": "SELECT 1"}).text == "1\n"
    for statement in ("CREATE TABLE x (a Int8) ENGINE = Memory", "WITH 1 AS a INSERT INTO x SELECT a", "DROP TABLE x"):
        assert httpx.get(clickhouse.url, params={"query": statement}).headers["X-ClickHouse-Exception-Code"] == "164"


def test_statement_in_the_url_and_data_in_the_body(post):
    post(TABLE)
    assert post(b"1,one\n2,two\n", query="INSERT INTO t (a, s) FORMAT CSV").status_code == 200
    assert post(b"(3, concat('th', 'ree'))", query="INSERT INTO t (a, s) VALUES").status_code == 200
    packed = gzip.compress(b'{"a": 4, "s": "four"}\n')
    assert post(packed, {"Content-Encoding": "gzip"}, query="INSERT INTO t FORMAT JSONEachRow").status_code == 200
    assert post("SELECT s FROM t ORDER BY a").text == "one\ntwo\nthree\nfour\n"


def test_default_format_and_settings_of_the_url(post):
    assert post("SELECT 1 AS a", default_format="JSONEachRow").text == '{"a":1}\n'
    assert post("SELECT getSetting('max_block_size')", max_block_size="7").text == "7\n"
    assert post("SELECT 1", no_such_setting="1").headers["X-ClickHouse-Exception-Code"] == "115"


def test_own_frames_both_ways(post):
    post(TABLE)
    response = post("SELECT number FROM numbers(100000)", compress="1")
    assert unframed(response.content) == b"".join(b"%d\n" % number for number in range(100_000))
    assert post(framed(b"1,one\n"), query="INSERT INTO t (a, s) FORMAT CSV", decompress="1").status_code == 200
    assert post(b"\x00" * 40, query="INSERT INTO t (a, s) FORMAT CSV", decompress="1").status_code == 400
    assert post("SELECT s FROM t").text == "one\n"


def test_session_keeps_its_settings_and_tables_but_not_those_of_a_request(post, session_id):
    post("SET max_block_size = 11", session_id=session_id)
    post("CREATE TEMPORARY TABLE mine (a Int8)", session_id=session_id)
    post("INSERT INTO mine VALUES (1)", session_id=session_id)
    ask = "SELECT getSetting('max_block_size'), getSetting('max_insert_block_size') = 5, (SELECT count() FROM mine)"
    asked_with = post(ask, session_id=session_id, max_block_size="12", max_insert_block_size="5")
    assert asked_with.text == "12\t1\t1\n"
    assert post(ask, session_id=session_id).text == "11\t0\t1\n"
    assert post("SELECT count() FROM mine").headers["X-ClickHouse-Exception-Code"] == "60"


def test_session_that_is_missing_or_busy(post, session_id):
    assert post("SELECT 1", session_id=session_id, session_check="1").headers["X-ClickHouse-Exception-Code"] == "372"
    with ThreadPoolExecutor() as pool:  # whichever of two is first, the other is refused
        slow = pool.submit(post, "SELECT sleep(1)", session_id=session_id)
        others = []
        while not slow.done():
            others.append(post("SELECT 1", session_id=session_id))
    assert "373" in {answer.headers.get("X-ClickHouse-Exception-Code") for answer in (slow.result(), *others)}


def test_ping_and_other_queries_do_not_wait_for_slow_ones(clickhouse, post):
    slow = [threading.Thread(target=post, args=("SELECT sleep(3)",)) for _ in range(4)]
    for thread in slow:
        thread.start()
    assert httpx.get(f"{clickhouse.url}/ping").text == "Ok.\n"
    assert post("SELECT 1").text == "1\n"
    assert all(thread.is_alive() for thread in slow)
    for thread in slow:
        thread.join()


def test_many_clients_at_once(clickhouse):
    settings = clickhouse
    with connected(settings) as client:
        client.command(TABLE)
    faults = []

    def work(first: int) -> None:
        try:
            with connected(settings) as client:
                for number in range(first, first + 5):
                    client.insert("t", [[number, "x", None]], column_names=["a", "s", "n"])
                    client.query("SELECT count() FROM t")
        except DatabaseError as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(number * 5,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with connected(settings) as client:
        assert (faults, client.command("SELECT uniqExact(a) FROM t")) == ([], 40)


def test_other_names_users_and_origins_are_refused(clickhouse):
    def code(**headers: str) -> str:
        response = httpx.post(clickhouse.url, content=b"SELECT 1", headers=headers)
        return response.headers.get("X-ClickHouse-Exception-Code", "")

    assert code() == ""
    assert code(Host="evil.example") == "497"
    assert code(Origin="https://evil.example") == "497"
    assert code(Origin="http://localhost:3000") == ""
    assert code(**{"X-ClickHouse-User": "root"}) == "516"
    assert httpx.post(clickhouse.url, content=b"SELECT 1", auth=("root", "any")).status_code == 403


def test_acknowledged_rows_outlive_sigkill_and_a_stop_is_clean(own_clickhouse):
    own_clickhouse.ask(DEDUPLICATED)
    for number in range(20):
        own_clickhouse.ask(f"INSERT INTO t VALUES ({number}, 'x', NULL)")
    own_clickhouse.kill()
    own_clickhouse.start()
    assert own_clickhouse.ask("SELECT count() FROM t") == "20\n"
    threading.Thread(target=lambda: httpx.post(own_clickhouse.address, content=b"SELECT sleep(3)"), daemon=True).start()
    own_clickhouse.ask("INSERT INTO t VALUES (20, 'x', NULL)")
    assert own_clickhouse.stop() == 0
    own_clickhouse.start()
    assert own_clickhouse.ask("SELECT count() FROM t") == "21\n"


def test_second_process_on_the_folder_and_a_taken_port_are_refused(own_clickhouse, tmp_path):
    other = ClickHouseProcess(tmp_path, own_clickhouse.local)
    assert other.exit_status() == 69
    assert f"is in use by process {own_clickhouse.pid}" in other.log.read_text()
    elsewhere = own_clickhouse.local.model_copy(update={"data_dir": str(tmp_path / "elsewhere")})
    other = ClickHouseProcess(tmp_path, elsewhere)
    assert other.exit_status() == 69
    assert f"port {elsewhere.clickhouse_port} is in use" in other.log.read_text()
    assert own_clickhouse.is_up()
    assert own_clickhouse.stop() != -signal.SIGKILL


@pytest.mark.parametrize(
    ("found", "complaint"),
    [
        (b"", r"metadata/broken\.sql is empty, as a full disk leaves it: delete it and start again"),
        (
            b"\x00garbage",
            r"did not start on \S+ \(Code: .*\): if the data is damaged, bring back a copy of it, or move",
        ),
    ],
)
def test_tables_that_the_engine_cannot_read(tmp_path, found, complaint):
    metadata = tmp_path / "clickhouse" / "tables" / "metadata"
    metadata.mkdir(parents=True)
    (metadata / "broken.sql").write_bytes(found)
    done = subprocess.run(
        [sys.executable, "-m", "earshot", "run", "clickhouse"],
        env=child_environment(Settings(local=local_settings(tmp_path))),
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == LocalStackError.exit_code, done.stderr
    assert "Traceback" not in done.stderr
    assert re.search(complaint, done.stderr)
