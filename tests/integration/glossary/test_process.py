"""`earshot run glossary` and `earshot glossary push` on a real broker."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from earshot.commands.glossary import command
from runtime.kafka import Reader, ReaderOptions, Writer, WriterOptions
from runtime.settings import KafkaSettings, LocalSettings, LogSettings, Settings, environment_of
from schemas.codec import decode, encode
from schemas.events import DeadLetter, Segment, Transcript
from schemas.topics import DEAD_LETTERS, SEGMENTS, SEGMENTS_INTERIM, TRANSCRIPTS, TRANSCRIPTS_INTERIM, stream_key
from tests.support.broker import create_topics
from tests.support.stage_process import StageProcess, admin_of
from tests.support.transcripts import spoken, transcript

pytestmark = pytest.mark.timeout(240)  # processes start slowly on a busy machine


@pytest.fixture
def kafka(own_broker) -> KafkaSettings:
    """A broker of the test's own: what is pushed is seen by every stage of a broker."""
    create_topics(own_broker.kafka)
    return own_broker.kafka


@pytest.fixture
def settings(kafka: KafkaSettings, tmp_path: Path) -> Settings:
    return Settings(kafka=kafka, local=LocalSettings(data_dir=str(tmp_path / "data")), log=LogSettings(format="json"))


@pytest.fixture
def stage(settings: Settings, tmp_path: Path) -> Iterator[StageProcess]:
    with StageProcess("glossary", settings, tmp_path) as process:
        process.wait_for_line("glossary of ")
        yield process


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


def say(kafka: KafkaSettings, session_id: str, *sentences: str, first: int = 0, **changes) -> list[Transcript]:
    topic = TRANSCRIPTS if changes.get("final", True) else TRANSCRIPTS_INTERIM
    made = []
    with Writer(kafka, WriterOptions(name="test")) as writer:
        for number, sentence in enumerate(sentences, first):
            made.append(transcript(session_id, spoken(*sentence.split()), own_from=number * 160_000, **changes))
            writer.send(topic.name, stream_key(session_id, "C01"), encode(made[-1]))
    return made


def segments_of(kafka: KafkaSettings, topic: str = SEGMENTS.name) -> list[Segment]:
    high = sum(end for _, end in admin_of(kafka).watermarks([topic]).values())
    found: list[Segment] = []
    with Reader(kafka, ReaderOptions(topics=(topic,))) as reader:
        while len(found) < high:
            found += [decode(Segment, record.value) for record in reader.read(1000, 0.2)]
    return found


def count(kafka: KafkaSettings, topic: str) -> int:
    return sum(end for _, end in admin_of(kafka).watermarks([topic]).values())


def test_a_push_changes_the_next_transcript(kafka, stage, earshot):
    say(kafka, "s", "bring the eck moe")
    stage.wait_for(lambda: count(kafka, SEGMENTS.name) == 1)
    pushed = earshot("push", "FILE", text="- term: ECMO\n  aliases: [eck moe]\n- term: 혈압\n")
    assert "added" in pushed.output
    assert "2 terms, 0 unchanged; version " in pushed.output
    stage.wait_for_line("glossary of 2 terms")
    say(kafka, "s", "bring the eck moe", first=1)
    stage.wait_for(lambda: count(kafka, SEGMENTS.name) == 2)
    before, after = segments_of(kafka)
    assert (before.text, before.glossary_version) == ("bring the eck moe", "")
    assert (after.text, after.text_raw) == ("bring the ECMO", "bring the eck moe")
    assert after.glossary_version in pushed.output

    pushed = earshot("push", "FILE", text="- term: 혈압\n  aliases: [혈앞]\n")
    assert [line.split()[0] for line in pushed.output.splitlines()] == ["changed", "removed", "1"]
    stage.wait_for_line("glossary of 1 terms")
    assert "혈앞" in earshot("show").output
    assert "혈압을" in earshot("test", "혈앞을").output
    say(kafka, "s", "bring the eck moe", first=2)
    stage.wait_for(lambda: count(kafka, SEGMENTS.name) == 3)
    assert segments_of(kafka)[-1].text == "bring the eck moe"
    assert stage.stop() == 0


def test_interims_and_bad_records_find_their_topics(kafka, stage):
    say(kafka, "s", "hold posi", final=False, revision=1)
    with Writer(kafka, WriterOptions(name="test")) as writer:
        writer.send(TRANSCRIPTS.name, b"s/C01", b"no avro")
    say(kafka, "s", "Hold position. Out.")
    stage.wait_for(lambda: count(kafka, SEGMENTS.name) == 2 and count(kafka, SEGMENTS_INTERIM.name) == 1)
    assert [made.text for made in segments_of(kafka)] == ["Hold position.", "Out."]
    assert [made.revision for made in segments_of(kafka, SEGMENTS_INTERIM.name)] == [1]
    with Reader(kafka, ReaderOptions(topics=(DEAD_LETTERS.name,))) as reader:
        (record,) = [record for _ in range(20) for record in reader.read(1, 0.1)]
    letter = decode(DeadLetter, record.value)
    assert (letter.topic, letter.offset, letter.value, letter.stage) == (TRANSCRIPTS.name, 0, b"no avro", "glossary")


def test_killed_it_loses_nothing_and_repeats_only_equals(kafka, settings, tmp_path):
    said = [f"Sentence number {number}. Over." for number in range(400)]
    with StageProcess("glossary", settings, tmp_path) as stage:
        say(kafka, "s", *said)
        stage.wait_for(lambda: count(kafka, SEGMENTS.name) >= 100)
        stage.kill()
    with StageProcess("glossary", settings, tmp_path) as stage:
        stage.wait_for(lambda: admin_of(kafka).lag("earshot.glossary", [TRANSCRIPTS.name]) == 0)
    by_id: dict[str, set[Segment]] = {}
    for made in segments_of(kafka):
        by_id.setdefault(made.segment_id, set()).add(made)
    assert len(by_id) == 2 * len(said)
    assert all(len(equal) == 1 for equal in by_id.values())
