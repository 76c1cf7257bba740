"""`earshot run glossary` and `earshot glossary push` on a real broker."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import pytest
from click.testing import CliRunner, Result

from earshot.commands.glossary import command
from local.kafka import Broker
from runtime.kafka import Reader, ReaderOptions, Writer, WriterOptions
from runtime.settings import KafkaSettings, LocalSettings, LogSettings, Settings, environment_of
from schemas.codec import decode, encode
from schemas.events import Segment
from schemas.topics import (
    DEAD_LETTERS,
    GLOSSARY,
    SEGMENTS,
    SEGMENTS_INTERIM,
    TRANSCRIPTS,
    TRANSCRIPTS_INTERIM,
    stream_key,
)
from tests.support.broker import create_topics, local_settings
from tests.support.dead_letters import letters_about
from tests.support.stage_process import StageProcess, offsets_of
from tests.support.transcripts import spoken, transcript

TOPICS = (TRANSCRIPTS, TRANSCRIPTS_INTERIM, SEGMENTS, SEGMENTS_INTERIM, GLOSSARY, DEAD_LETTERS)


@pytest.fixture(scope="module")
def terms_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker of these tests' own: what is pushed is seen by every stage of a broker."""
    broker = Broker(local_settings(tmp_path_factory.mktemp("broker")))
    broker.start()
    create_topics(broker.kafka, TOPICS)
    yield broker
    broker.kill()


@pytest.fixture
def kafka(terms_broker: Broker, session_id: str) -> KafkaSettings:
    """Its settings, with a group of the test's own: tell sessions apart."""
    return terms_broker.kafka.model_copy(update={"group_prefix": session_id})


@pytest.fixture
def settings(kafka: KafkaSettings, tmp_path: Path) -> Settings:
    return Settings(kafka=kafka, local=LocalSettings(data_dir=str(tmp_path / "data")), log=LogSettings(format="json"))


@pytest.fixture
def earshot(settings: Settings, tmp_path: Path, monkeypatch):
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str, text: str = "") -> Result:
        path = tmp_path / "glossary.yaml"
        if text:
            path.write_text(text)
        result = CliRunner().invoke(command, [str(path) if part == "FILE" else part for part in arguments])
        assert result.exception is None, result.exception
        return result

    return run


def say(kafka: KafkaSettings, session_id: str, *sentences: str, first: int = 0, **changes) -> None:
    topic = TRANSCRIPTS if changes.get("final", True) else TRANSCRIPTS_INTERIM
    with Writer(kafka, WriterOptions(name="test")) as writer:
        for number, sentence in enumerate(sentences, first):
            own_from = number * 160_000
            made = transcript(session_id, spoken(*sentence.split(), start=own_from), own_from=own_from, **changes)
            writer.send(topic.name, stream_key(session_id, "C01"), encode(made))


class Segments:
    """The segments of one session, as they come."""

    def __init__(self, kafka: KafkaSettings, session_id: str, topic: str = SEGMENTS.name) -> None:
        self._reader = Reader(kafka, ReaderOptions(topics=(topic,)))
        self._session_id = session_id
        self.seen: list[Segment] = []

    def reach(self, number: int) -> bool:
        """Whether there are so many."""
        made = [decode(Segment, record.value) for record in self._reader.read(1000, 0.1)]
        self.seen += [segment for segment in made if segment.session_id == self._session_id]
        return len(self.seen) >= number

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._reader.close()


def test_a_push_changes_the_next_transcript(kafka, session_id, earshot, settings, tmp_path):
    earshot("push", "FILE", text="[]")
    with StageProcess("glossary", settings, tmp_path) as stage, Segments(kafka, session_id) as segments:
        say(kafka, session_id, "bring the eck moe")
        stage.wait_for(lambda: segments.reach(1))
        pushed = earshot("push", "FILE", text="- term: ECMO\n  aliases: [eck moe]\n- term: 혈압\n")
        assert [line.split()[:2] for line in pushed.stdout.splitlines()] == [["added", "2"], ["2", "terms,"]]
        stage.wait_for_line("glossary of 2 terms")
        say(kafka, session_id, "bring the eck moe", first=1)
        stage.wait_for(lambda: segments.reach(2))

        removed = earshot("push", "FILE", text="- term: 혈압\n  aliases: [혈앞]\n")
        assert [line.split()[0] for line in removed.stdout.splitlines()] == ["changed", "removed", "1"]
        stage.wait_for_line("glossary of 1 terms")
        say(kafka, session_id, "bring the eck moe", first=2)
        stage.wait_for(lambda: segments.reach(3))
        assert stage.stop() == 0
    before, after, at_last = segments.seen
    assert (before.text, before.glossary_version) == ("bring the eck moe", "")
    assert (after.text, after.text_raw) == ("bring the ECMO", "bring the eck moe")
    assert after.glossary_version in pushed.stdout
    assert at_last.text == "bring the eck moe"
    assert "혈앞" in earshot("show").output
    assert "혈압을" in earshot("test", "혈앞을").output


def test_interims_and_bad_records_find_their_topics(kafka, session_id, settings, tmp_path):
    bad = f"no avro {session_id}".encode()
    say(kafka, session_id, "hold posi", final=False, revision=1)
    with Writer(kafka, WriterOptions(name="test")) as writer:
        writer.send(TRANSCRIPTS.name, b"s/C01", bad)
    say(kafka, session_id, "Hold position. Out.")
    with (
        StageProcess("glossary", settings, tmp_path) as stage,
        Segments(kafka, session_id) as finals,
        Segments(kafka, session_id, SEGMENTS_INTERIM.name) as interims,
    ):
        stage.wait_for(lambda: finals.reach(2) and interims.reach(1))
    assert [made.text for made in finals.seen] == ["Hold position.", "Out."]
    assert [made.revision for made in interims.seen] == [1]
    (letter,) = letters_about(kafka, f"no avro {session_id}")
    assert (letter.topic, letter.stage) == (TRANSCRIPTS.name, "glossary")


def test_killed_it_loses_nothing_and_repeats_only_equals(kafka, session_id, settings, tmp_path):
    said = [f"Sentence number {number}. Over." for number in range(400)]
    say(kafka, session_id, *said)
    with Segments(kafka, session_id) as segments:
        with StageProcess("glossary", settings, tmp_path) as stage:
            stage.wait_for(lambda: segments.reach(100))
            stage.kill()
        with StageProcess("glossary", settings, tmp_path) as stage:
            stage.wait_for(
                lambda: segments.reach(0) and len({one.segment_id for one in segments.seen}) == 2 * len(said)
            )
            offsets = offsets_of(kafka, "glossary")
            stage.wait_for(lambda: offsets.waiting([TRANSCRIPTS.name]) == 0)
        segments.reach(0)
    by_id: dict[str, set[Segment]] = {}
    for made in segments.seen:
        by_id.setdefault(made.segment_id, set()).add(made)
    assert len(by_id) == 2 * len(said)
    assert all(len(equal) == 1 for equal in by_id.values())


def test_of_two_under_one_name_the_older_ends_and_says_why(kafka, session_id, settings, tmp_path):
    quick = settings.model_copy(update={"kafka": kafka.model_copy(update={"session_timeout_ms": 2000})})
    with Segments(kafka, session_id) as segments, ExitStack() as stack:
        older = stack.enter_context(StageProcess("glossary", quick, tmp_path))
        say(kafka, session_id, "One. Two.")
        older.wait_for(lambda: segments.reach(2))
        newer = stack.enter_context(StageProcess("glossary", quick, tmp_path))
        newer.wait_for(lambda: older.child.poll() is not None)
        assert older.child.returncode == 75
        assert older.log.count("member 1: another process runs under the same name") == 1
        assert "Traceback" not in older.log
        say(kafka, session_id, "One. Two.", first=1)
        newer.wait_for(lambda: segments.reach(4) and len({one.segment_id for one in segments.seen}) == 4)
        assert newer.stop() == 0
