"""Every stage started where something is not there yet, or is not as it should be."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from local.kafka import Broker
from runtime.kafka.admin import Admin
from runtime.settings import ClickHouseSettings, KafkaSettings, LocalSettings, LogSettings, Settings, WhisperSettings
from schemas.topics import ALL
from tests.support.broker import create_topics, local_settings
from tests.support.random_whisper import build_random_whisper
from tests.support.stage_process import StageProcess

pytestmark = pytest.mark.timeout(600)  # processes start slowly on a busy machine

SIGNS = {
    "segmenter": "the broker answers",
    "transcriber": "is loaded",
    "glossary": "glossary of 0 terms",
    "sink": "making the tables",
}
"""What each says once it has found its broker and topics."""


def settings_of(kafka: KafkaSettings, model: Path, tmp_path: Path) -> Settings:
    return Settings(
        kafka=kafka,
        clickhouse=ClickHouseSettings(url="http://127.0.0.1:1"),
        local=LocalSettings(data_dir=str(tmp_path / "data")),
        log=LogSettings(format="json"),
        whisper=WhisperSettings(model=str(model), device="cpu"),
    )


def test_without_a_broker_they_wait_and_go_on_and_make_their_topics(tmp_path: Path) -> None:
    broker = Broker(local_settings(tmp_path))
    settings = settings_of(broker.kafka, build_random_whisper(tmp_path / "model"), tmp_path)
    with ExitStack() as stack:
        stages = {name: stack.enter_context(StageProcess(name, settings, tmp_path)) for name in SIGNS}
        for stage in stages.values():
            stage.wait_for_line("waiting for the broker at")
        stack.callback(broker.kill)
        broker.start()
        for name, stage in stages.items():
            stage.wait_for_line(SIGNS[name])
        there = Admin(broker.kafka)
        for stage in stages.values():
            stage.wait_for(lambda: {topic.name for topic in ALL} <= set(there.partitions()))
        for stage in stages.values():
            assert stage.stop() == 0, stage.log


def test_topics_of_a_wrong_partition_count_end_each_of_them_with_one_line(own_broker: Broker, tmp_path: Path) -> None:
    create_topics(own_broker.kafka.model_copy(update={"partitions": 2}))
    settings = settings_of(own_broker.kafka, tmp_path, tmp_path)
    with ExitStack() as stack:
        stages = [stack.enter_context(StageProcess(name, settings, tmp_path)) for name in SIGNS]
        for stage in stages:
            assert stage.child.wait(180) == 78, stage.log
            assert "EARSHOT_KAFKA__PARTITIONS is 1, but" in stage.log
            assert " has 2" in stage.log
            assert "Traceback" not in stage.log
