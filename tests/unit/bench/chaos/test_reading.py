"""When a session counts as through: a stage may write at any moment between two looks."""

from collections.abc import Callable, Iterable, Iterator, Mapping

import pytest

from bench.chaos import reading
from bench.chaos.reading import SessionReader
from runtime.kafka import Record
from runtime.settings import Settings
from schemas.codec import encode
from schemas.topics import SEGMENTS, TRANSCRIPTS, WINDOWS, audio_topic, stream_key
from sinks.clickhouse.store import Answer
from tests.support.speech_windows import window
from tests.support.transcripts import segment, spoken, transcript

AUDIO = audio_topic("C01")


class Pipeline:
    """A log, what has been committed of it, and what a stage does just before somebody is told of its commits."""

    def __init__(self) -> None:
        self.records: dict[str, list[Record]] = {topic: [] for topic in (*reading.READ, AUDIO)}
        self.committed: dict[str, int] = dict.fromkeys((AUDIO, TRANSCRIPTS.name), 0)
        self.rows: list[str] = []
        self.works: dict[str, list[Callable[[], None]]] = {"segmenter": [], "glossary": []}

    def write(self, topic: str, value: bytes, key: bytes = stream_key("s", "C01")) -> None:
        held = self.records[topic]
        held.append(Record(topic, 0, len(held), key, value, 0))


class Offsets:
    """One group's offsets: its stage finishes what it is at, and is then asked."""

    def __init__(self, pipeline: Pipeline, stage: str) -> None:
        self._pipeline = pipeline
        self._stage = stage

    def committed(self, topics: Iterable[str]) -> dict[tuple[str, int], int]:
        works = self._pipeline.works[self._stage]
        if works:
            works.pop(0)()
        return {(topic, 0): self._pipeline.committed[topic] for topic in topics}

    def ends(self, topics: Iterable[str]) -> dict[tuple[str, int], int]:
        return {(topic, 0): len(self._pipeline.records[topic]) for topic in topics}

    def close(self) -> None:
        pass


class Log:
    """Hands out each record once."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._next = dict.fromkeys(reading.READ, 0)

    def read_to(self, ends: Mapping[tuple[str, int], int]) -> Iterator[Record]:
        for (topic, _), end in ends.items():
            yield from self._pipeline.records[topic][self._next[topic] : end]
            self._next[topic] = end

    def close(self) -> None:
        pass


class Tables:
    """The view `transcript`, with nothing but names in it."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    def ask(self, sql: str, values: Mapping[str, str]) -> Answer:
        others = ("",) * (len(reading.COLUMNS) - 1)
        return Answer(reading.COLUMNS, [(segment_id, *others) for segment_id in self._pipeline.rows])

    def close(self) -> None:
        pass


@pytest.fixture
def pipeline() -> Pipeline:
    return Pipeline()


@pytest.fixture
def session(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> SessionReader:
    monkeypatch.setattr(reading, "GroupOffsets", lambda kafka, group: Offsets(pipeline, group.rpartition(".")[2]))
    monkeypatch.setattr(reading, "Reader", lambda kafka, options: Log(pipeline))
    monkeypatch.setattr(reading, "Store", lambda clickhouse, timeout_s: Tables(pipeline))
    return SessionReader(Settings(), ("C01",), "s")


def settled(session: SessionReader) -> bool:
    session.catch_up()
    return session.is_settled()


def test_what_a_slow_stage_writes_between_two_questions_is_waited_for(
    pipeline: Pipeline, session: SessionReader
) -> None:
    """Each stage writes and commits at the last moment before it is asked how far it is."""
    spoken_window = window(session_id="s")
    heard = transcript("s", spoken("hold"), window_id=spoken_window.window_id)
    corrected = segment("s")

    def emit() -> None:
        pipeline.write(WINDOWS.name, encode(spoken_window))
        pipeline.committed[AUDIO] = 1

    def correct() -> None:
        pipeline.write(SEGMENTS.name, encode(corrected))
        pipeline.committed[TRANSCRIPTS.name] = 1

    pipeline.write(AUDIO, b"a frame")
    assert not settled(session)
    pipeline.works["segmenter"].append(emit)
    assert not settled(session), "a window that nobody has read is on its way"
    pipeline.write(TRANSCRIPTS.name, encode(heard))
    assert not settled(session), "the glossary stage has not had the transcript"
    pipeline.works["glossary"].append(correct)
    assert not settled(session), "the segment has no row"
    pipeline.rows.append(corrected.segment_id)
    assert settled(session)
    outcome = session.outcome()
    assert (len(outcome.windows), outcome.transcripts, len(outcome.rows)) == (1, {"/C01/0": 1}, 1)
