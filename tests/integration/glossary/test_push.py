"""Pushes onto a real broker: whole or not at all, whoever reads and whenever it begins to."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from earshot.commands.glossary import command
from local.kafka import Broker
from processors.glossary.push import push
from processors.glossary.terms_feed import TermsFeed
from runtime import glossary_feed
from runtime.errors import EarshotError
from runtime.glossary_feed import GlossaryFeed, read_glossary
from runtime.kafka.transaction import Output, TransactionalWriter
from runtime.settings import KafkaSettings, Settings, child_environment, environment_of
from schemas.codec import encode
from schemas.events import GlossaryTerm
from schemas.glossary.table import Glossary, glossary_of
from schemas.topics import GLOSSARY
from tests.support.broker import create_topics, local_settings
from tests.support.transcribing import publish, read_all
from tests.support.waiting import wait_until

BEFORE = glossary_of([GlossaryTerm("심폐소생술", (), "ko", ""), GlossaryTerm("term 7", ("old",), "", "")])
RECORDS_BEFORE_DEATH = 8_158
TERMS = 20_000


@pytest.fixture
def kafka(request: pytest.FixtureRequest, tmp_path: Path, session_id: str) -> Iterator[KafkaSettings]:
    settings = local_settings(tmp_path)
    broker = Broker(settings)
    broker.start()
    kafka = broker.kafka.model_copy(update={"partitions": getattr(request, "param", 1), "group_prefix": session_id})
    create_topics(kafka, [GLOSSARY])
    yield kafka
    broker.kill()


def killed_push(kafka: KafkaSettings, folder: Path) -> None:
    path = folder / "large.yaml"
    path.write_text("".join(f"- term: term {number}\n" for number in range(TERMS)))
    child = subprocess.run(
        [sys.executable, "-m", "tests.support.dying_push", str(path), str(RECORDS_BEFORE_DEATH)],
        env=child_environment(Settings(kafka=kafka)),
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()


@pytest.mark.parametrize("kafka", [1, 3], ids=["one partition", "three partitions"], indirect=True)
def test_a_push_that_is_killed_leaves_the_glossary_before_it_in_force(kafka, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(glossary_feed, "PUSH_PATIENCE_S", 0.0)
    push(kafka, BEFORE)
    seen: list[Glossary] = []
    with TermsFeed(kafka, seen.append), GlossaryFeed(kafka) as polled:
        polled.catch_up()
        killed_push(kafka, tmp_path)
        assert len(read_all(kafka, GLOSSARY.name, read_committed=False)) >= RECORDS_BEFORE_DEATH

        wait_until(lambda: polled.changed() is not None or polled.oddities.unfinished is not None)
        assert polled.oddities.unfinished.terms == TERMS
        wait_until(lambda: polled.changed() is not None or f"a push of {TERMS} terms has begun" in caplog.text)
        assert glossary_feed.UNFINISHED._value.get() == 1
        assert read_glossary(kafka) == BEFORE  # what a stage does that starts now
        for name, value in environment_of(Settings(kafka=kafka)).items():
            monkeypatch.setenv(name, value)
        shown = CliRunner().invoke(command, ["show"])
        assert BEFORE.version in shown.output
        assert f"a push of {TERMS} terms began" in shown.output

        after = glossary_of([GlossaryTerm("term 8", (), "", "")])
        assert push(kafka, after).removed == ("term 7", "심폐소생술")
        wait_until(lambda: polled.changed() == after)
        wait_until(lambda: seen[-1] == after)
        assert seen == [BEFORE, after]
        assert polled.oddities.unfinished is None
        assert glossary_feed.UNFINISHED._value.get() == 0
    assert read_glossary(kafka) == after
    assert "began" not in CliRunner().invoke(command, ["show"]).output


@pytest.mark.parametrize("kafka", [1, 3], ids=["one partition", "three partitions"], indirect=True)
def test_a_long_push_is_seen_once_and_whole(kafka):
    seen: list[Glossary] = []
    large = glossary_of([GlossaryTerm(f"term {number}", ("x" * 100,), "", "") for number in range(TERMS)])
    with TermsFeed(kafka, seen.append):
        push(kafka, large)
        wait_until(lambda: seen[-1] == large)
        push(kafka, BEFORE)
        wait_until(lambda: seen[-1] == BEFORE)
    assert [one.version for one in seen] == ["", large.version, BEFORE.version]


def test_of_two_pushes_at_once_the_later_wins_whole(kafka):
    with TransactionalWriter(kafka, f"{kafka.group_prefix}.glossary-push") as earlier:
        push(kafka, BEFORE)
        with pytest.raises(EarshotError):
            earlier.publish([Output(GLOSSARY.name, b"a", encode(GlossaryTerm("a", (), "", "")))], {})
    assert read_glossary(kafka) == BEFORE


def test_a_topic_of_an_older_release_is_used_as_it_stands_until_the_first_push(kafka):
    publish(kafka, GLOSSARY.name, [(term.term.encode(), encode(term)) for term in BEFORE.terms])
    with GlossaryFeed(kafka) as feed:
        assert feed.catch_up() == BEFORE
        publish(kafka, GLOSSARY.name, [("심폐소생술".encode(), None)])
        wait_until(lambda: feed.changed() == glossary_of([BEFORE.terms[0]]))
        push(kafka, BEFORE)
        wait_until(lambda: feed.changed() == BEFORE)
        publish(kafka, GLOSSARY.name, [("심폐소생술".encode(), None)])
        wait_until(lambda: feed.changed() is not None or feed.oddities.missing == 1)
    assert read_glossary(kafka) == glossary_of([BEFORE.terms[0]])  # all that is left of it


def test_the_marker_of_a_transaction_at_the_end_of_the_topic_holds_nobody_up(kafka):
    push(kafka, BEFORE)  # ends with a marker in each partition that it wrote to
    with GlossaryFeed(kafka) as feed:
        assert feed.catch_up(timeout_s=20) == BEFORE
