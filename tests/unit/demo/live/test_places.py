import shlex
from pathlib import Path

import pytest

from demo.live import places
from demo.live.places import OPS_PORTS, apart, placed
from demo.live.rehearsal import way_on
from runtime.errors import PortTaken
from runtime.settings import (
    CaptureSettings,
    ClickHouseSettings,
    KafkaSettings,
    LocalSettings,
    Settings,
    WhisperSettings,
)

THEIRS = Settings(
    kafka=KafkaSettings(bootstrap="kafka.example:9092", group_prefix="prod", security_protocol="SSL"),
    clickhouse=ClickHouseSettings(url="https://tables.example:8443", database="prod"),
    capture=CaptureSettings(spool_dir="/var/spool/earshot"),
    local=LocalSettings(kafka=False, clickhouse=False, data_dir="kept here", kafka_port=7000),
    whisper=WhisperSettings(model="large-v3-turbo"),
)


def test_a_demo_touches_neither_folder_nor_servers_nor_spool_of_the_user() -> None:
    own = apart(THEIRS)
    assert (own.kafka, own.clickhouse, own.capture) == (KafkaSettings(), ClickHouseSettings(), CaptureSettings())
    assert (own.local.kafka, own.local.clickhouse) == (True, True)
    assert Path(own.local.data_dir) == Path("kept here") / "demo"


def test_a_demo_is_heard_by_the_users_model_and_ports() -> None:
    own = apart(THEIRS)
    assert (own.whisper, own.local.kafka_port) == (THEIRS.whisper, 7000)


def test_the_way_on_leads_a_shell_to_what_the_demo_has_left(tmp_path: Path) -> None:
    settings = apart(Settings(local=LocalSettings(data_dir=str(tmp_path / "kept here"))))
    first, *others = way_on(settings, keeps_running=False)
    folder = tmp_path / "kept here" / "demo"
    assert shlex.split(first) == ["export", f"EARSHOT_LOCAL__DATA_DIR={folder}"]
    assert [line.split(" ")[:2] for line in others] == [["earshot", "up"], ["earshot", "sql"]]


def test_the_way_on_to_a_stack_that_had_to_move_names_its_port() -> None:
    moved = Settings(clickhouse=ClickHouseSettings(url="http://127.0.0.1:8999"))
    assert "export EARSHOT_CLICKHOUSE__URL=http://127.0.0.1:8999" in way_on(moved, keeps_running=True)
    assert not any("URL" in line for line in way_on(Settings(), keeps_running=True))


@pytest.mark.parametrize(("wanted", "taken", "base"), [(9400, 9405, 9440), (27400, 27400, 27440), (65496, 9400, 65496)])
def test_a_demo_beside_a_stack_takes_the_next_row_of_ports(
    monkeypatch: pytest.MonkeyPatch, wanted: int, taken: int, base: int
) -> None:
    monkeypatch.setattr(places, "is_free", lambda port: port != taken)
    moved = placed(Settings(local=LocalSettings(ops_port=wanted)), tell=lambda line: None)
    assert moved.local.ops_port == base
    assert base + OPS_PORTS <= 65_536


def test_a_row_of_ports_that_no_machine_has_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "is_free", lambda port: True)
    with pytest.raises(PortTaken, match="from 65500 on: set EARSHOT_LOCAL__OPS_PORT"):
        placed(Settings(local=LocalSettings(ops_port=65_500)), tell=lambda line: None)
