"""What a data folder says of the stack that runs in it."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from local.service import ServiceStatus, State
from local.stack_file import StackRecord, bring_down, read_record, stack_lock, write_record
from runtime.errors import LocalStackError

RECORD = StackRecord(
    pid=4711,
    started_at=1.5,
    is_ready=True,
    bootstrap="127.0.0.1:9092",
    clickhouse_url="http://127.0.0.1:8123",
    services=(ServiceStatus("kafka", State.READY, 4712, 0, 9400),),
)
OF_OTHER_VERSIONS = [
    b"",
    b"not json",
    b'{"pid": 4711}',
    json.dumps({**asdict(RECORD), "a_field_of_tomorrow": 1}).encode(),
    json.dumps({**asdict(RECORD), "services": [{"name": "kafka", "state": "dozing"}]}).encode(),
]


def test_what_was_written_is_read_while_the_stack_holds_its_lock(tmp_path: Path) -> None:
    with stack_lock(tmp_path):
        write_record(tmp_path, RECORD)
        assert read_record(tmp_path) == RECORD
    assert read_record(tmp_path) is None


@pytest.mark.parametrize("left", OF_OTHER_VERSIONS)
def test_what_an_older_stack_left_counts_for_nothing(tmp_path: Path, left: bytes) -> None:
    (tmp_path / "stack.json").write_bytes(left)
    (tmp_path / "stack.partial").write_bytes(left)
    (tmp_path / "stack.lock").write_bytes(b"999999999")
    assert read_record(tmp_path) is None
    assert not bring_down(tmp_path, lambda line: None)
    with stack_lock(tmp_path):
        write_record(tmp_path, RECORD)
        assert read_record(tmp_path) == RECORD


@pytest.mark.parametrize("left", OF_OTHER_VERSIONS)
def test_a_running_stack_of_another_version_is_left_alone(tmp_path: Path, left: bytes) -> None:
    (tmp_path / "stack.json").write_bytes(left)
    with stack_lock(tmp_path), pytest.raises(LocalStackError, match=r"stack\.json cannot be read .* by its process id"):
        bring_down(tmp_path, lambda line: None)
