"""The Kafka clients against the real broker."""

import os
import signal
import time
from collections.abc import Callable

import pytest
from confluent_kafka import Producer
from confluent_kafka import TopicPartition as Position

from local.kafka import Broker
from runtime.errors import TopicMismatch, Unavailable
from runtime.kafka import Reader, ReaderOptions, Record, Writer, WriterOptions
from runtime.kafka.admin import Admin, wait_for_broker
from runtime.kafka.connection import client_config
from runtime.kafka.reader import LAG_MAX_AGE_S
from runtime.settings import KafkaSettings
from schemas.topics import ALL, DEAD_LETTERS, SEGMENTS_INTERIM, Topic
from tests.support.broker import create_topics
from tests.support.stage_process import offsets_of
from tests.support.waiting import PATIENCE_S

TOPIC = DEAD_LETTERS.name


def read_all(reader: Reader, records: int, deadline_s: float = PATIENCE_S) -> list[Record]:
    end = time.monotonic() + deadline_s
    found: list[Record] = []
    while len(found) < records:
        assert time.monotonic() < end, f"{len(found)} of {records} records in {deadline_s} s"
        found += reader.read(100, 0.1)
    return found


def publish(kafka: KafkaSettings, topic: str, count: int) -> int:
    """Publishes numbered records and returns the offset of the first."""
    first = Admin(kafka).watermarks([topic])[(topic, 0)][1]
    with Writer(kafka, WriterOptions("test")) as writer:
        for number in range(count):
            writer.send(topic, b"key", b"%d" % number)
        writer.flush()
        assert writer.delivered == count
    return first


def test_records_come_in_order_with_their_time(broker: KafkaSettings, own_topic: Topic) -> None:
    topic = own_topic.name
    publish(broker, topic, 5)
    first = publish(broker, topic, 20)
    with Reader(broker, ReaderOptions(topics=(topic,), offsets={(topic, 0): first})) as reader:
        records = read_all(reader, 20)
        assert [record.value for record in records] == [b"%d" % number for number in range(20)]
        assert abs(records[0].timestamp_us / 1e6 - time.time()) < 60
        assert reader.position((topic, 0)) == first + 20


def test_a_group_goes_on_where_it_committed(broker: KafkaSettings, own_topic: Topic) -> None:
    topic = own_topic.name
    first = publish(broker, topic, 10)
    options = ReaderOptions(topics=(topic,), group=f"{broker.group_prefix}.reader")
    with Reader(broker, options) as reader:
        read_all(reader, 1)
        reader.commit({(topic, 0): first + 4})
        reader.rewind()
        assert read_all(reader, 6)[0].offset == first + 4
    with Reader(broker, options) as reader:
        assert read_all(reader, 6)[0].offset == first + 4
    offsets = offsets_of(broker, "reader")
    assert offsets.committed([topic]) == {(topic, 0): first + 4}
    assert offsets.waiting([topic]) == 6


def lag_once_known(reader: Reader, topic: str, deadline_s: float = PATIENCE_S) -> int:
    """The lag of a reader to which nothing has come yet, as soon as the broker has told it where the log ends."""
    end = time.monotonic() + deadline_s
    while reader.consumer.get_watermark_offsets(Position(topic, 0), cached=True)[1] < 0:
        assert time.monotonic() < end, "no watermarks"
        assert not reader.read(100, 0.1)
    return reader.lag()


def test_a_member_that_has_read_nothing_yet_lags_behind_what_is_committed_only(
    broker: KafkaSettings, own_topic: Topic
) -> None:
    """Lag without work would make the watchdog end an idle stage."""
    topic = own_topic.name
    first = publish(broker, topic, 10)
    options = ReaderOptions(topics=(topic,), group=f"{broker.group_prefix}.idle")
    with Reader(broker, options) as reader:
        read_all(reader, 1)
        reader.commit({(topic, 0): first + 10})
    with Reader(broker, options) as reader:
        assert lag_once_known(reader, topic) == 0
        publish(broker, topic, 3)
        read_all(reader, 3)
        time.sleep(LAG_MAX_AGE_S)
        assert reader.lag() == 0
        reader.commit({(topic, 0): first + 11})
        reader.rewind()
        time.sleep(LAG_MAX_AGE_S)
        assert reader.lag() == 2


def test_a_full_buffer_empties_for_one_who_only_tries(broker: KafkaSettings, own_topic: Topic) -> None:
    options = WriterOptions("test", linger_ms=0, buffer_bytes=1024 * 1024)
    end = time.monotonic() + PATIENCE_S
    with Writer(broker, options) as writer:
        sent = refused = 0
        while sent < 12:
            done = writer.try_send(own_topic.name, b"full", bytes(400_000))
            sent, refused = sent + done, refused + (not done)
            assert time.monotonic() < end, f"{sent} sent, then refused {refused} times"
        assert refused


def test_topics_are_made_once_and_their_partitions_checked(own_broker: Broker) -> None:
    kafka = own_broker.kafka
    assert len(Admin(kafka).ensure_topics()) == len(ALL)
    assert Admin(kafka).ensure_topics() == []
    with pytest.raises(TopicMismatch, match=r"PARTITIONS is 2, but audio.pcm.C01 has 1"):
        Admin(kafka.model_copy(update={"partitions": 2})).ensure_topics()
    own_broker.kill()
    with pytest.raises(Unavailable, match="no broker answers at"):
        wait_for_broker(kafka, 1)
    writer = Writer(kafka, WriterOptions("test", delivery_timeout_ms=1000))
    writer.send(SEGMENTS_INTERIM.name, None, b"x")
    with pytest.raises(Unavailable, match="delivering a record"):
        writer.flush(10)


def test_a_pause_ends_with_the_loss_of_its_partitions(own_broker: Broker) -> None:
    create_topics(own_broker.kafka)
    publish(own_broker.kafka, TOPIC, 1)
    options = ReaderOptions(topics=(TOPIC,), group="test.pausing", session_timeout_ms=6000)
    with Reader(own_broker.kafka, options) as reader:
        read_all(reader, 1)
        reader.commit({(TOPIC, 0): 1})
        reader.pause()
        os.kill(own_broker.pid, signal.SIGSTOP)
        try:
            read_until(reader, lambda: not reader.assignment())
        finally:
            os.kill(own_broker.pid, signal.SIGCONT)
        reader.resume()
        publish(own_broker.kafka, TOPIC, 1)
        assert [record.offset for record in read_all(reader, 1)] == [1]


def read_until(reader: Reader, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        assert reader.read(10, 0.1) == []


def test_the_end_is_known_by_the_brokers_word_only(own_broker: Broker) -> None:
    create_topics(own_broker.kafka)
    first = publish(own_broker.kafka, TOPIC, 3)
    place, end = (TOPIC, 0), first + 3
    with Reader(own_broker.kafka, ReaderOptions(topics=(TOPIC,), tells_end=True)) as reader:
        os.kill(own_broker.pid, signal.SIGSTOP)
        try:
            assert reader.read(10, 1.0) == []
            assert not reader.has_read_to(place, end), "silence of a frozen broker was taken for the end"
        finally:
            os.kill(own_broker.pid, signal.SIGCONT)
        read_all(reader, 3)
        deadline = time.monotonic() + PATIENCE_S
        while not reader.has_read_to(place, end):
            assert time.monotonic() < deadline
            reader.read(10, 0.1)
        assert not reader.has_read_to(place, end + 1)


def test_a_topic_is_read_to_its_end_also_where_that_is_the_marker_of_a_transaction(
    broker: KafkaSettings, own_topic: Topic
) -> None:
    topic = own_topic.name
    place = (topic, 0)
    admin = Admin(broker)
    producer = Producer(client_config(broker, transactional_id=f"{broker.group_prefix}.marker"))
    producer.init_transactions(30)
    with Reader(broker, ReaderOptions(topics=(topic,), tells_end=True)) as reader:
        assert list(reader.read_to({place: 0})) == []
        publish(broker, topic, 3)
        producer.begin_transaction()
        producer.produce(topic, b"3")
        producer.flush(30)
        end = admin.watermarks([topic])[place][1]
        assert end == 4
        seen: list[Record] = []
        with pytest.raises(Unavailable, match="nothing came for 1 s before the end"):
            seen.extend(reader.read_to({place: end}, patience_s=1.0))
        producer.commit_transaction(30)
        while (end := admin.watermarks([topic])[place][1]) < 5:
            time.sleep(0.05)
        seen.extend(reader.read_to({place: end}))
    assert [record.value for record in seen] == [b"0", b"1", b"2", b"3"]
