"""A data folder that takes no more files: no insert is called done that is not in the table."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from runtime.errors import LocalStackError
from tests.support.broker import local_settings
from tests.support.clickhouse import ClickHouseProcess
from tests.support.mounts import few_inodes, read_only

pytestmark = pytest.mark.timeout(180)
ROWS = [[1, "x"], [2, "y"]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the engine has its data."""
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def cleanup() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def started(tmp_path: Path, folder: Path) -> ClickHouseProcess:
    local = local_settings(tmp_path).model_copy(update={"data_dir": str(folder)})
    process = ClickHouseProcess(tmp_path, local)
    process.start()
    process.ask(
        "CREATE TABLE t (a Int64, s String) ENGINE = MergeTree ORDER BY a "
        "SETTINGS non_replicated_deduplication_window = 100"
    )
    return process


def insert(client: Client) -> None:
    client.insert("t", ROWS, column_names=["a", "s"], settings={"insert_deduplication_token": "one"})


def require_refused_until(process: ClickHouseProcess, cleanup: ExitStack) -> None:
    """Each way of inserting is refused; once there is room again, the repetition under the same token is not lost."""
    with clickhouse_connect.get_client(host="127.0.0.1", port=process.local.clickhouse_port) as client:
        for _ in range(2):
            with pytest.raises(DatabaseError, match=r"Code: (1001|75|76|243)"):
                insert(client)
        for data in ("FORMAT CSV 3,z", "VALUES (3, 'z')", "SELECT 3, 'z'"):
            with pytest.raises(DatabaseError):
                client.command(f"INSERT INTO t {data}")
        assert client.command("SELECT count() FROM t") == 0
        cleanup.close()
        insert(client)
        insert(client)
        assert client.command("SELECT count() FROM t") == len(ROWS)


def test_read_only_folder(tmp_path, folder, cleanup):
    process = started(tmp_path, folder)
    try:
        cleanup.enter_context(read_only(folder))
        require_refused_until(process, cleanup)
    finally:
        process.kill()


def test_no_inodes_left(tmp_path, folder, cleanup):
    unmount = cleanup.pop_all()
    with few_inodes(folder, 1500):
        process = started(tmp_path, folder)
        try:
            fillers = tmp_path / "data" / "fill"
            fillers.mkdir()
            made = filled(fillers)
            unmount.callback(lambda: [path.unlink() for path in made])
            require_refused_until(process, unmount)
        finally:
            process.kill()


def filled(folder: Path) -> list[Path]:
    """Empty files, until there is room for no more."""
    made: list[Path] = []
    while True:
        path = folder / str(len(made))
        try:
            path.touch(exist_ok=False)
        except OSError:
            return made
        made.append(path)


def test_a_start_on_a_read_only_folder_is_refused(tmp_path, folder):
    process = started(tmp_path, folder)
    process.stop()
    with read_only(folder):
        assert process.exit_status() in (74, LocalStackError.exit_code)
    assert "Read-only file system" in process.log.read_text()
