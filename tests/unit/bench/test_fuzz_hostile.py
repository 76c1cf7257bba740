"""The fuzzer's messages: repeatable, of every kind, and truly bad for whoever reads their topic."""

from itertools import groupby

import pytest

from bench.fuzz.hostile import HUGE_BYTES, Message, Target, hostile_messages, kinds_of
from bench.fuzz.renaming import as_interim, as_session
from processors.glossary.corrector import Corrector
from processors.glossary.sentences import limits_of
from processors.glossary.step import GlossaryStep
from processors.segmenter.options import SegmenterOptions
from processors.segmenter.step import SegmenterStep
from processors.segmenter.vad import SileroVad
from processors.transcriber.window_record import read_window
from runtime.dead_letters import letter_of
from runtime.record import Record
from runtime.stage import StepResult
from schemas.admission import admit
from schemas.codec import decode, encode
from schemas.errors import BadRecord
from schemas.events import DeadLetter, Segment
from schemas.topics import (
    AUDIO,
    DEAD_LETTERS,
    GLOSSARY,
    SEGMENTS,
    TRANSCRIPTS,
    TRANSCRIPTS_INTERIM,
    WINDOWS,
    WINDOWS_INTERIM,
    Topic,
)
from tests.support.dictionaries import DICTIONARIES
from tests.unit.schemas.samples import SAMPLES

READ = (AUDIO[2], WINDOWS, WINDOWS_INTERIM, TRANSCRIPTS, TRANSCRIPTS_INTERIM, SEGMENTS, GLOSSARY)
NOW_US = 1_790_000_000_000_000
COUNT = 120
LIMIT_BYTES = 1_000_000  # what Faust's producer sends


def target(topic: Topic) -> Target:
    fair = next(event for event in SAMPLES.values() if type(event) is topic.event)
    others = tuple(event for event in SAMPLES.values() if type(event) is not topic.event)
    return Target(topic, as_interim(fair) if topic.name.endswith("interim") else fair, others)  # type: ignore[type-var]


def messages(topic: Topic, seed: int = 1) -> list[Message]:
    return list(hostile_messages(seed, target(topic), COUNT))


@pytest.mark.parametrize("topic", READ, ids=lambda topic: topic.name)
def test_equal_seeds_make_equal_messages_of_every_kind(topic: Topic) -> None:
    made = messages(topic)
    assert made == messages(topic) != messages(topic, seed=2)
    assert len(made) == COUNT
    assert {message.kind for message in made} == set(kinds_of(target(topic)))
    assert max(len(message.value or b"") for message in made) > HUGE_BYTES - 64


def inputs(topic: Topic) -> list[Record]:
    return [
        Record(topic.name, 0, offset, message.key, message.value, NOW_US)
        for offset, message in enumerate(messages(topic))
    ]


def buried(results: list[StepResult]) -> list[int]:
    """The offsets that got a letter, each of which must fit a record."""
    outputs = [output for result in results for output in result.outputs]
    assert all(output.topic == DEAD_LETTERS.name for output in outputs)
    assert all(len(output.key) + len(output.value) < LIMIT_BYTES for output in outputs)
    return [decode(DeadLetter, output.value).offset for output in outputs]


@pytest.mark.parametrize("topic", [TRANSCRIPTS, TRANSCRIPTS_INTERIM, GLOSSARY], ids=lambda topic: topic.name)
def test_the_glossary_buries_each_and_goes_on(topic: Topic) -> None:
    step = GlossaryStep(lambda: Corrector((), 87, DICTIONARIES), limits_of(1, 15))
    results = [step.step(record) for record in inputs(topic)]
    assert buried(results) == list(range(COUNT))
    assert [result.needed_offset for result in results] == list(range(1, COUNT + 1))


def test_the_segmenter_buries_each_and_goes_on() -> None:
    step = SegmenterStep(SileroVad(), SegmenterOptions(), lambda: NOW_US)
    results = [step.step(record) for record in inputs(AUDIO[2])]
    assert buried(results) == list(range(COUNT))
    assert results[-1].needed_offset == COUNT


@pytest.mark.parametrize("topic", [WINDOWS, WINDOWS_INTERIM], ids=lambda topic: topic.name)
def test_the_transcriber_lets_none_in(topic: Topic) -> None:
    for message in messages(topic):
        record = Record(topic.name, 0, 0, message.key, message.value, NOW_US)
        with pytest.raises(BadRecord) as refused:
            read_window(record)
        letter = letter_of(record, "transcriber", refused.value)
        assert len(letter.key) + len(letter.value) < LIMIT_BYTES


def test_the_sink_lets_none_in() -> None:
    for message in messages(SEGMENTS):
        with pytest.raises(BadRecord):
            admit(Segment, message.value, SEGMENTS.name)


def test_an_event_takes_another_sessions_name_in_all_its_ids() -> None:
    segment = SAMPLES["segment"]
    assert isinstance(segment, Segment)
    renamed = as_session(segment, "'; --")
    assert (renamed.session_id, renamed.window_id, renamed.segment_id, renamed.utterance_id) == (
        "'; --",
        "'; --/C03/16000",
        "'; --/C03/16000/0",
        "'; --/C03/16000",
    )
    assert admit(Segment, encode(renamed), SEGMENTS.name) == renamed


def test_the_first_messages_are_one_of_each_kind() -> None:
    kinds = [message.kind for message in messages(WINDOWS)]
    assert all(len(list(same)) == 1 for _, same in groupby(kinds[: len(kinds_of(target(WINDOWS)))]))
