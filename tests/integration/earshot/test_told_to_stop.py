"""SIGTERM and Ctrl-C at every stage and server, in whatever it is at: status 0, soon, without a traceback."""

import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from local.kafka import Broker
from runtime.process import STAGE_STOPS_WITHIN_S
from runtime.settings import ClickHouseSettings, KafkaSettings, LocalSettings, LogSettings, Settings, WhisperSettings
from tests.support.broker import local_settings
from tests.support.random_whisper import build_random_whisper
from tests.support.stage_process import StageProcess

pytestmark = pytest.mark.timeout(600)  # processes start slowly on a busy machine

STAGES = ("segmenter", "transcriber", "glossary", "sink", "auditor")
SLACK_S = 20.0
"""For a busy machine; supervisors and containers wait 10 s."""


@pytest.fixture
def local(tmp_path: Path) -> LocalSettings:
    return local_settings(tmp_path)


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never answers: what a firewall or a hung server looks like."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield server.getsockname()[1]


def ended_well(stage: StageProcess, number: signal.Signals = signal.SIGTERM) -> None:
    told_at = time.monotonic()
    stage.child.send_signal(number)
    assert stage.child.wait(60) == 0, stage.log
    assert time.monotonic() - told_at < STAGE_STOPS_WITHIN_S + SLACK_S, stage.log
    assert "Traceback" not in stage.log, stage.log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("name", STAGES)
def test_while_it_waits_for_the_broker(name: str, number: signal.Signals, local: LocalSettings, tmp_path: Path) -> None:
    nobody = KafkaSettings(bootstrap=f"127.0.0.1:{local.kafka_port}")
    with StageProcess(name, Settings(kafka=nobody, local=local), tmp_path) as stage:
        stage.wait_for_line("waiting for the broker at")
        ended_well(stage, number)


def test_while_the_transcriber_fetches_its_model(
    broker: KafkaSettings, silent_port: int, local: LocalSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{silent_port}")
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    settings = Settings(kafka=broker, local=local, whisper=WhisperSettings(model="tiny"))
    with StageProcess("transcriber", settings, tmp_path) as stage:
        stage.wait_for_line("loading the model tiny")
        ended_well(stage)


@pytest.mark.parametrize("name", ["kafka", "clickhouse"])
def test_while_a_server_starts(name: str, local: LocalSettings, tmp_path: Path) -> None:
    with StageProcess(name, Settings(local=local), tmp_path) as stage:
        stage.wait_for_line(f"{name} starts")
        ended_well(stage)


def test_after_the_broker_has_gone(own_broker: Broker, tmp_path: Path) -> None:
    """Faust's own stop waits for the broker for ever; a transaction, for minutes."""
    model = build_random_whisper(tmp_path / "model")
    settings = Settings(
        kafka=own_broker.kafka,
        clickhouse=ClickHouseSettings(url="http://127.0.0.1:1"),
        local=LocalSettings(data_dir=str(tmp_path / "data")),
        log=LogSettings(format="json"),
        whisper=WhisperSettings(model=str(model)),
    )
    signs = {"segmenter": "segmenter starts", "transcriber": "is loaded", "glossary": "glossary of 0 terms"}
    signs["auditor"] = "auditor starts"
    with ExitStack() as stack:
        stages = []
        for name in STAGES:
            stages.append(stack.enter_context(StageProcess(name, settings, tmp_path)))
            stages[-1].wait_for_line(signs.get(name, "waiting: "))
        time.sleep(3)  # they join their groups; at any moment of it they must end as well
        own_broker.kill()
        time.sleep(2)
        told_at = time.monotonic()
        for stage in stages:
            stage.child.terminate()
        for stage in stages:
            assert stage.child.wait(60) == 0, stage.log
            assert "Traceback" not in stage.log, stage.log
        assert time.monotonic() - told_at < STAGE_STOPS_WITHIN_S + SLACK_S
