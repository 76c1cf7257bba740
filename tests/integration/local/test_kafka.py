"""The embedded broker as a real process."""

import socket

import pytest

from local.kafka import Broker
from runtime.errors import LocalStackError, PortTaken
from runtime.kafka import Reader, ReaderOptions, Writer, WriterOptions
from runtime.kafka.admin import Admin
from runtime.settings import KafkaSettings
from schemas.topics import ALL, GLOSSARY
from tests.support.broker import create_topics, local_settings


def write(kafka: KafkaSettings, *values: bytes) -> None:
    with Writer(kafka, WriterOptions("test")) as writer:
        for value in values:
            writer.send(GLOSSARY.name, b"key", value)


def read(kafka: KafkaSettings, count: int) -> list[bytes | None]:
    with Reader(kafka, ReaderOptions(topics=(GLOSSARY.name,))) as reader:
        values: list[bytes | None] = []
        for _ in range(100):
            values += [record.value for record in reader.read(count, 0.1)]
            if len(values) >= count:
                break
    return values


def test_shared_broker_has_every_topic(broker):
    assert set(Admin(broker).watermarks([topic.name for topic in ALL])) == {(topic.name, 0) for topic in ALL}


def test_records_outlive_a_stop_and_a_kill(own_broker):
    create_topics(own_broker.kafka, [GLOSSARY])
    write(own_broker.kafka, b"one")
    assert own_broker.stop() == 0
    own_broker.start()
    write(own_broker.kafka, b"two")
    own_broker.kill()
    own_broker.start()
    assert read(own_broker.kafka, 2) == [b"one", b"two"]


def test_second_broker_on_the_same_folder_is_refused_and_the_first_lives_on(own_broker, tmp_path):
    second = Broker(local_settings(tmp_path))
    with pytest.raises(LocalStackError, match=r"is in use by process \d+"):
        second.start()
    assert own_broker.poll() is None
    assert Admin(own_broker.kafka).is_up()


def test_port_in_use_is_named_with_its_setting(tmp_path):
    local = local_settings(tmp_path)
    with socket.socket() as other:
        other.bind(("127.0.0.1", local.kafka_port))
        other.listen()
        with pytest.raises(PortTaken, match=rf"{local.kafka_port} is in use.*EARSHOT_LOCAL__KAFKA_PORT"):
            Broker(local).start()


def test_broker_that_ends_while_starting_says_why(tmp_path):
    broker = Broker(local_settings(tmp_path))
    broker.start()
    broker.stop()
    meta = tmp_path / "kafka" / "log" / "meta.properties"
    meta.write_text(meta.read_text().replace("node.id=1", "node.id=7"))
    with pytest.raises(LocalStackError, match=r"ended while starting[\s\S]*node"):
        broker.start()
    assert broker.pid == 0
    meta.write_text("garbage")
    with pytest.raises(LocalStackError, match=r"node ID not found[\s\S]*move it away") as caught:
        broker.start()
    assert "\tat " not in str(caught.value)  # no stack of Java's
