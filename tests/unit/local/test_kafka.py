"""What is said of a broker that ended."""

from types import SimpleNamespace

from local.kafka import Broker
from tests.support.broker import local_settings


def test_full_disk_is_named(tmp_path, monkeypatch) -> None:
    broker = Broker(local_settings(tmp_path))
    monkeypatch.setattr("local.kafka.shutil.disk_usage", lambda folder: SimpleNamespace(free=4096))
    assert broker.last_words() == f": the disk of {tmp_path}/kafka is full: free some of it and start again"


def test_otherwise_the_cause_that_java_gives_is_named(tmp_path) -> None:
    folder = tmp_path / "kafka"
    folder.mkdir()
    (folder / "kafka.log").write_text("INFO start\njava.io.IOException: it is damp\n\tat kafka.Kafka\n")
    assert (
        Broker(local_settings(tmp_path)).last_words().startswith(": java.io.IOException: it is damp\nthe whole log: ")
    )
