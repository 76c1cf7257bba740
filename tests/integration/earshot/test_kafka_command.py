"""`earshot kafka` against the real broker."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from click.testing import CliRunner, Result
from confluent_kafka import Consumer

from earshot.commands import kafka as kafka_command
from earshot.commands.kafka import command
from runtime.errors import ConfigError
from runtime.kafka import Writer, WriterOptions
from runtime.kafka.connection import client_config
from runtime.kafka.groups import set_offsets
from runtime.kafka.offsets import GroupOffsets
from runtime.settings import KafkaSettings, Settings, environment_of
from schemas.topics import ALL, DEAD_LETTERS
from tests.support.waiting import wait_until

PLACE = (DEAD_LETTERS.name, 0)
SESSION_S = 3


@pytest.fixture
def kafka(broker: KafkaSettings, monkeypatch: pytest.MonkeyPatch) -> KafkaSettings:
    """The broker as a command's environment names it, with some records in one topic."""
    quick = broker.model_copy(update={"session_timeout_ms": 1000 * SESSION_S})
    for name, text in environment_of(Settings(kafka=quick)).items():
        monkeypatch.setenv(name, text)
    with Writer(quick, WriterOptions("test")) as writer:
        for _ in range(3):
            writer.send(DEAD_LETTERS.name, b"key", b"value")
        writer.flush()
    return quick


@pytest.fixture
def group(kafka: KafkaSettings) -> str:
    name = f"{kafka.group_prefix}.sink"
    set_offsets(kafka, name, {PLACE: 2})
    return name


def committed(kafka: KafkaSettings, group: str) -> int:
    with closing(GroupOffsets(kafka, group)) as offsets:
        return offsets.committed([DEAD_LETTERS.name])[PLACE]


@contextmanager
def member(kafka: KafkaSettings, group: str) -> Iterator[None]:
    """One with a name of its own, of whom the broker hears nothing when it goes."""
    config = client_config(
        kafka,
        group_id=group,
        group_instance_id="sink-1",
        session_timeout_ms=kafka.session_timeout_ms,
        enable_auto_commit=False,
    )
    consumer = Consumer(config)
    consumer.subscribe([DEAD_LETTERS.name])
    wait_until(lambda: consumer.poll(0.1) is not None or bool(consumer.assignment()))
    try:
        yield
    finally:
        consumer.close()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def test_reset_is_shown_first_and_done_when_told_to(kafka, group):
    shown = run("reset", group, "--to", "earliest")
    assert f"{DEAD_LETTERS.name}/0  2 -> 0  2 records again" in shown.output
    assert "nothing has been changed: add --execute" in shown.output
    assert committed(kafka, group) == 2
    done = run("reset", group, "--to", "earliest", "--execute")
    assert f"{group} goes on from there when its stage starts" in done.output
    assert committed(kafka, group) == 0


def test_forward_passes_records_over(kafka, group):
    assert "records passed over" in run("reset", group, "--to", "latest", "--topic", DEAD_LETTERS.name).output
    assert "2 -> 0" in run("reset", group, "--to", "1d").output  # everything here is younger than a day


def test_group_with_somebody_in_it_is_refused(kafka, group, monkeypatch):
    monkeypatch.setattr(kafka_command, "SLACK_S", -SESSION_S)
    with member(kafka, group):
        refused = run("reset", group, "--to", "earliest", "--execute")
        assert isinstance(refused.exception, ConfigError)
        assert f"group {group} has members (sink-1 at " in str(refused.exception)
        with pytest.raises(ConfigError, match=f"group {group} has members"):
            set_offsets(kafka, group, {PLACE: 0})
    assert committed(kafka, group) == 2


def test_stage_that_has_just_stopped_is_waited_for(kafka, group):
    with member(kafka, group):
        pass
    done = run("reset", group, "--to", "earliest", "--execute")
    assert "waiting for sink-1 at " in done.output
    assert committed(kafka, group) == 0


def test_groups_are_listed_with_what_waits(kafka, group):
    lines = run("groups").output.splitlines()
    assert lines[0] == f"{group}  empty  nobody in it"
    assert lines[1].startswith(f"  {DEAD_LETTERS.name}  committed 2 of ")
    assert lines[1].endswith(" waiting")
    assert len(lines) == 2


def test_topics_are_listed_with_what_they_keep(kafka):
    lines = [line.split() for line in run("topics").output.splitlines()]
    found = {words[0]: words[1:] for words in lines[1:]}
    assert [words[0] for words in lines[1:]] == [topic.name for topic in ALL]
    partitions, first, end, records, *kept = found[DEAD_LETTERS.name]
    assert (partitions, first, kept) == ("1", "0", ["30", "d"])
    assert int(end) == int(records) >= 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("no.such.group", "--to", "earliest"), "no.such.group has committed nothing"),
        (("g", "--to", "earliest", "--topic", "nowhere"), "--topic nowhere: the broker has no such topic of ours"),
        (("g", "--to", "soon", "--topic", "speech.windows"), "--to earliest, latest or soon: give 30s"),
    ],
)
def test_wrong_arguments_are_named(kafka, arguments, words):
    refused = run("reset", *arguments)
    assert words in str(refused.exception)
