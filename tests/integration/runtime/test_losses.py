"""Records that are gone before they were read are told, by every kind of reader, until somebody takes note of them."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from earshot.commands.status import command as status_command
from local.kafka import Broker
from review.losses import acknowledge, read_losses
from runtime.errors import Unavailable
from runtime.kafka import Reader, ReaderOptions, Record, Writer, WriterOptions
from runtime.kafka.admin import Admin
from runtime.settings import KafkaSettings, LocalSettings, LogSettings, Settings, environment_of
from schemas.codec import encode
from schemas.events import EXPIRED, MADE_ANEW, LostRecords
from schemas.topics import SEGMENTS, TRANSCRIPTS, TRANSCRIPTS_INTERIM, WINDOWS, audio_topic, stream_key
from tests.support.broker import create_topics
from tests.support.echo_stage import echo_of
from tests.support.stage_process import StageProcess, offsets_of
from tests.support.topic_surgery import delete_topics, expire
from tests.support.transcripts import spoken, transcript
from tests.support.waiting import wait_until

pytestmark = pytest.mark.timeout(240)  # processes start slowly on a busy machine
TOPIC = WINDOWS.name
ECHOED = audio_topic("C16")
NEVER = 10**9


@pytest.fixture
def kafka(own_broker: Broker) -> KafkaSettings:
    create_topics(own_broker.kafka)
    return own_broker.kafka.model_copy(update={"session_timeout_ms": 2000})


def publish(kafka: KafkaSettings, topic: str, count: int) -> None:
    with Writer(kafka, WriterOptions("test")) as writer:
        for number in range(count):
            writer.send(topic, b"key", b"%d" % number)


def read(reader: Reader, count: int) -> list[Record]:
    deadline = time.monotonic() + 60
    found: list[Record] = []
    while len(found) < count:
        assert time.monotonic() < deadline, f"{len(found)} of {count}"
        found += reader.read(100, 0.1)
    return found


def losses(kafka: KafkaSettings) -> list[LostRecords]:
    return [told.loss for told in read_losses(kafka)]


def turned_until_lost(reader: Reader, kafka: KafkaSettings, count: int) -> list[LostRecords]:
    deadline = time.monotonic() + 60
    while len(told := losses(kafka)) < count:
        assert time.monotonic() < deadline, told
        assert reader.read(100, 0.1) == []
    return told


def options(kafka: KafkaSettings) -> ReaderOptions:
    return ReaderOptions(topics=(TOPIC,), group=f"{kafka.group_prefix}.sink")


def committed(kafka: KafkaSettings, stage: str, topic: str) -> int:
    """The next offset of the group; −1 without one, and while a fresh broker does not say."""
    try:
        return offsets_of(kafka, stage).committed([topic]).get((topic, 0), -1)
    except Unavailable:
        return -1


def joined(kafka: KafkaSettings, reader: Reader) -> None:
    """The group has a beginning."""
    deadline = time.monotonic() + 60
    while committed(kafka, "sink", TOPIC) < 0:
        assert time.monotonic() < deadline
        reader.read(100, 0.1)


def test_what_a_reader_missed_while_it_was_away_is_told_until_acknowledged(kafka: KafkaSettings) -> None:
    """The group had joined an empty topic, and nothing is left to read when it comes back."""
    with Reader(kafka, options(kafka)) as reader:
        joined(kafka, reader)
    publish(kafka, TOPIC, 102)
    expire(kafka, TOPIC, 102)
    lost = LostRecords("sink", TOPIC, 0, 0, 102, EXPIRED)
    with Reader(kafka, options(kafka)) as reader:
        assert turned_until_lost(reader, kafka, 1) == [lost]
        publish(kafka, TOPIC, 1)
        assert [record.offset for record in read(reader, 1)] == [102]
    with Reader(kafka, options(kafka)) as reader:  # it had committed nothing more, and does not tell it again
        assert [record.offset for record in read(reader, 1)] == [102]
    assert losses(kafka) == [lost]
    acknowledge(kafka, [lost])
    assert losses(kafka) == []


def test_a_reader_that_falls_behind_retention_while_it_runs_tells_it(kafka: KafkaSettings) -> None:
    publish(kafka, TOPIC, 10)
    with Reader(kafka, options(kafka)) as reader:
        read(reader, 10)
        reader.commit({(TOPIC, 0): 10})
        reader.pause()
        reader.read(1, 0.5)
        publish(kafka, TOPIC, 20)
        expire(kafka, TOPIC, 25)
        reader.resume()
        assert [record.offset for record in read(reader, 5)] == list(range(25, 30))
    assert losses(kafka) == [LostRecords("sink", TOPIC, 0, 10, 15, EXPIRED)]


def test_a_topic_that_was_made_anew_is_read_from_its_start_and_told(kafka: KafkaSettings) -> None:
    publish(kafka, TOPIC, 10)
    with Reader(kafka, options(kafka)) as reader:
        read(reader, 10)
        delete_topics(kafka, [TOPIC])
        create_topics(kafka)
        publish(kafka, TOPIC, 3)
        assert [record.offset for record in read(reader, 3)] == [0, 1, 2]
        assert losses(kafka) == [LostRecords("sink", TOPIC, 0, 10, 0, MADE_ANEW)]
        reader.commit({(TOPIC, 0): 50})  # as one who has not noticed yet may do
    with Reader(kafka, options(kafka)) as reader:
        assert [record.offset for record in read(reader, 3)] == [0, 1, 2]
    assert losses(kafka)[1:] == [LostRecords("sink", TOPIC, 0, 50, 0, MADE_ANEW)]


def test_a_reader_without_a_stage_goes_on_and_tells_nobody(kafka: KafkaSettings) -> None:
    publish(kafka, TOPIC, 10)
    expire(kafka, TOPIC, 4)
    with Reader(kafka, ReaderOptions(topics=(TOPIC,), offsets={(TOPIC, 0): 2})) as reader:
        assert [record.offset for record in read(reader, 6)] == list(range(4, 10))
    assert losses(kafka) == []


@pytest.fixture
def settings(kafka: KafkaSettings, tmp_path: Path) -> Settings:
    return Settings(kafka=kafka, local=LocalSettings(data_dir=str(tmp_path)), log=LogSettings(format="json"))


@pytest.fixture
def echo(settings: Settings, tmp_path: Path) -> StageProcess:
    create_topics(settings.kafka, [replace(WINDOWS, name=echo_of(ECHOED))])
    return StageProcess(
        "echo", settings, tmp_path, ("tests.support.echo_stage", str(tmp_path), ECHOED, str(NEVER), str(NEVER))
    )


def echoed(kafka: KafkaSettings) -> int:
    return committed(kafka, "echo", ECHOED)


def test_a_faust_stage_tells_what_it_missed_and_goes_on(kafka: KafkaSettings, echo: StageProcess) -> None:
    with echo as stage:
        stage.wait_for(lambda: echoed(kafka) == 0)
        stage.kill()
    publish(kafka, ECHOED, 12)
    expire(kafka, ECHOED, 12)
    with echo as stage:
        stage.wait_for(lambda: losses(kafka) == [LostRecords("echo", ECHOED, 0, 0, 12, EXPIRED)])
        assert f"12 records of {ECHOED}[0] from offset 0 on are gone" in stage.log
        publish(kafka, ECHOED, 3)
        stage.wait_for(lambda: echoed(kafka) == 15)
        delete_topics(kafka, [ECHOED])
        Admin(kafka).ensure_topics()
        publish(kafka, ECHOED, 2)
        wait_until(lambda: echoed(kafka) == 2 or stage.child.poll() is not None)
    if stage.child.returncode == 75:  # it met the new topic before the broker had told it that the old one is gone
        with echo as stage:  # as its supervisor would
            stage.wait_for(lambda: echoed(kafka) == 2)
    assert losses(kafka)[1] == LostRecords("echo", ECHOED, 0, 15, 0, MADE_ANEW)


def test_emptied_transcripts_are_no_silence(kafka: KafkaSettings, settings: Settings, tmp_path: Path) -> None:
    """102 of them were once 0 rows, without a line."""
    with StageProcess("glossary", settings, tmp_path) as glossary:
        glossary.wait_for(lambda: committed(kafka, "glossary", TRANSCRIPTS.name) == 0)
        glossary.kill()
    with Writer(kafka, WriterOptions("test")) as writer:
        for number in range(102):
            made = transcript("s", spoken("Sentence.", start=160_000 * number), own_from=160_000 * number)
            writer.send(TRANSCRIPTS.name, stream_key("s", "C01"), encode(made))
            writer.send(TRANSCRIPTS_INTERIM.name, stream_key("s", "C01"), encode(replace(made, final=False)))
    for topic in (TRANSCRIPTS.name, TRANSCRIPTS_INTERIM.name):  # nobody misses interims
        expire(kafka, topic, 102)
    with StageProcess("glossary", settings, tmp_path) as glossary:
        lost = LostRecords("glossary", TRANSCRIPTS.name, 0, 0, 102, EXPIRED)
        glossary.wait_for(lambda: losses(kafka) == [lost])
        glossary.kill()
    with StageProcess("glossary", settings, tmp_path) as glossary:  # told once, shown until acknowledged
        glossary.wait_for_line("glossary of 0 terms")
        assert glossary.stop() == 0
        assert "are gone" not in glossary.log
    variables = {**os.environ, **environment_of(settings)}  # noqa: TID251
    shown = CliRunner().invoke(status_command, [], env=variables)
    assert "102 records of transcripts.raw[0] from offset 0 on are gone" in shown.output
    assert shown.exit_code == 1
    CliRunner().invoke(status_command, ["--acknowledge"], env=variables)
    assert "are gone" not in CliRunner().invoke(status_command, [], env=variables).output
    assert Admin(kafka).watermarks([SEGMENTS.name])[SEGMENTS.name, 0] == (0, 0)
