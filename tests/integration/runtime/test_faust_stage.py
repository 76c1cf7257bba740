"""What Faust gets wrong by itself: the committed offset never lies past what is still needed."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer

from runtime.kafka import Writer, WriterOptions
from runtime.kafka.admin import Admin
from runtime.kafka.connection import client_config
from runtime.kafka.offsets import GroupOffsets
from runtime.settings import KafkaSettings, OpsSettings, Settings, environment_of
from schemas.topics import Topic
from tests.support.broker import create_topics
from tests.support.echo_stage import echo_of
from tests.support.ports import free_port
from tests.support.waiting import wait_until

NEVER = 10**9
SESSION_MS = 2000
Start = Callable[..., "subprocess.Popen[bytes]"]
Committed = Callable[[], int]


@pytest.fixture
def topic(broker: KafkaSettings, own_topic: Topic) -> str:
    """What the stage reads; what it writes is made with it."""
    create_topics(broker, [replace(own_topic, name=echo_of(own_topic.name))])
    return own_topic.name


@pytest.fixture
def start(broker: KafkaSettings, topic: str, tmp_path: Path) -> Iterator[Start]:
    children: list[subprocess.Popen[bytes]] = []

    def start_stage(
        hold: int, fail: int, ops_port: int = 0, kafka: KafkaSettings = broker
    ) -> "subprocess.Popen[bytes]":
        command = [
            sys.executable,
            "-m",
            "tests.support.echo_stage",
            str(tmp_path / "faust"),
            topic,
            f"{hold}",
            f"{fail}",
        ]
        settings = Settings(kafka=kafka, ops=OpsSettings(port=ops_port))
        with (tmp_path / "log").open("wb") as log:
            variables = {**os.environ, **environment_of(settings)}  # noqa: TID251
            child = subprocess.Popen(command, env=variables, stderr=log)
        children.append(child)
        return child

    yield start_stage
    for child in children:
        child.kill()
        child.wait()


def publish(broker: KafkaSettings, topic: str, records: int) -> int:
    """Publishes and returns the offset of the first."""
    first = Admin(broker).watermarks([topic])[(topic, 0)][1]
    with Writer(broker, WriterOptions("test")) as writer:
        for number in range(records):
            writer.send(topic, b"s", b"%d" % number)
    return first


@pytest.fixture
def committed(broker: KafkaSettings, topic: str) -> Iterator[Committed]:
    """What the stage has committed so far; asked over and over, which librdkafka's admin client does not survive."""
    offsets = GroupOffsets(broker, f"{broker.group_prefix}.echo")
    yield lambda: offsets.committed([topic]).get((topic, 0), -1)
    offsets.close()


def test_a_held_offset_is_where_a_killed_stage_starts_again(
    broker: KafkaSettings, topic: str, start: Start, committed: Committed
) -> None:
    hold = publish(broker, topic, 8) + 2
    child = start(hold, NEVER)
    wait_until(lambda: committed() == hold, "the commit of the held offset")
    publish(broker, topic, 8)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert committed() == hold


def test_a_failing_record_is_never_passed(
    broker: KafkaSettings, topic: str, start: Start, committed: Committed
) -> None:
    failing = publish(broker, topic, 8) + 2
    child = start(NEVER, failing)
    assert child.wait(120) != 0
    assert committed() <= failing


def test_a_stop_commits_what_is_done_and_says_so(
    broker: KafkaSettings, topic: str, start: Start, committed: Committed, tmp_path: Path
) -> None:
    end = publish(broker, topic, 8) + 8
    child = start(NEVER, NEVER)
    wait_until(lambda: committed() == end, "the first commit")
    publish(broker, topic, 5)
    child.send_signal(signal.SIGTERM)
    assert child.wait(30) == 0
    assert end <= committed() <= end + 5
    assert "echo has stopped" in (tmp_path / "log").read_text()


def test_a_marker_after_the_last_record_is_no_work_for_a_stage_that_starts_again(
    broker: KafkaSettings, topic: str, start: Start, committed: Committed
) -> None:
    """Lag without work would make the watchdog end an idle stage."""
    end = publish(broker, topic, 2) + 2
    producer = Producer(client_config(broker, transactional_id=f"{broker.group_prefix}.marker"))
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce(topic, b"2")
    producer.commit_transaction(30)
    child = start(NEVER, NEVER)
    wait_until(lambda: committed() == end + 1, "the commit of the last record")
    child.send_signal(signal.SIGTERM)
    assert child.wait(30) == 0
    port = free_port()
    start(NEVER, NEVER, port)
    wait_until(lambda: lag_of(port) == 0, "the health of the stage that was started again")
    watched_until = time.monotonic() + 10  # it joins its group and is told where the log ends
    while time.monotonic() < watched_until:
        assert lag_of(port) == 0
        time.sleep(0.2)


def test_its_own_earlier_lives_are_no_other_process_under_its_name(
    broker: KafkaSettings, topic: str, start: Start, committed: Committed, tmp_path: Path
) -> None:
    """Killed and started again; silent for longer than a session; pushed out by one who is dead by now."""
    quick = broker.model_copy(update={"session_timeout_ms": SESSION_MS})
    end = publish(broker, topic, 2) + 2
    killed = start(NEVER, NEVER, kafka=quick)
    wait_until(lambda: committed() == end, "the first commit")
    killed.kill()
    child = start(NEVER, NEVER, kafka=quick)
    end = publish(broker, topic, 2) + 2
    wait_until(lambda: committed() == end, "a commit of the stage that was started again")

    child.send_signal(signal.SIGSTOP)
    time.sleep(2.5 * SESSION_MS / 1000)  # the broker forgets it
    child.send_signal(signal.SIGCONT)
    end = publish(broker, topic, 2) + 2
    wait_until(lambda: committed() == end, "a commit of the stage that was silent")

    take_the_name_and_die(quick, topic)
    end = publish(broker, topic, 2) + 2
    wait_until(lambda: committed() == end, "a commit of the stage whose name a dead process had")
    assert child.poll() is None
    assert "another process" not in (tmp_path / "log").read_text()


def take_the_name_and_die(kafka: KafkaSettings, topic: str) -> None:
    """A static member tells nobody that it goes: to the broker this is a process that was killed."""
    group = f"{kafka.group_prefix}.echo"
    consumer = Consumer(
        client_config(
            kafka,
            group_id=group,
            group_instance_id=f"{group}.{kafka.member}",
            partition_assignment_strategy="roundrobin",
            session_timeout_ms=kafka.session_timeout_ms,
            heartbeat_interval_ms=SESSION_MS // 4,
        )
    )
    consumer.subscribe([topic])
    while not consumer.assignment():
        consumer.poll(0.1)
    consumer.close()


def lag_of(port: int) -> int:
    """What `/healthz` says; -1 while nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return int(json.load(answer)["lag"])
    except OSError:
        return -1
