"""More sound around a segment than its window holds, out of the log."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from review.clipping import sound_of
from review.logged_stream import Edge
from review.rows import Row
from review.spans import Span
from runtime.errors import ConfigError
from runtime.kafka.connection import client_config
from runtime.settings import KafkaSettings
from schemas.codec import encode
from schemas.events import AudioFrame
from schemas.topics import AUDIO
from tests.support.broker import create_topics
from tests.support.segmenting import frame_of
from tests.support.sound import pcm_noise
from tests.unit.review.sessions import row

FRAMES = 150
SAMPLES = pcm_noise(FRAMES * 1536)
STRANGERS = 3
"""Records of another session after each of ours."""
WINDOW = (70, 75)
"""The frames of the window, the second not included."""


@dataclass(frozen=True)
class Stream:
    """A stream of ten seconds and more in a topic of its own, among the records of another."""

    kafka: KafkaSettings
    topic: str
    row: Row
    offsets: tuple[int, ...]
    """Of its frames."""


@pytest.fixture
def stream(settings, session_id):
    return published(settings.kafka, session_id, last=True)


def published(kafka, session_id, *, last):
    topic = f"clip-{session_id}"
    create_topics(kafka, [replace(AUDIO[0], name=topic)])
    offsets = []
    producer = Producer(client_config(kafka))

    def send(key: str, frame: AudioFrame, note: bool = False) -> None:
        def delivered(error, message):
            assert error is None
            if note:
                offsets.append(message.offset())

        producer.produce(topic, encode(frame), key.encode(), partition=0, on_delivery=delivered)

    for at in range(FRAMES):
        first = at * 1536
        ours = frame_of(SAMPLES[first : first + 1536], first, session=session_id)
        send(session_id, replace(ours, last=last and at == FRAMES - 1), note=True)
        for _ in range(STRANGERS):
            send("another", frame_of(np.zeros(1536, np.int16), first, session="another"))
    assert producer.flush(30) == 0
    segment = row("so it is", 7.0, 7.1, session=session_id)
    audio = Span(topic, 0, offsets[WINDOW[0]], offsets[WINDOW[1] - 1] + 1)
    return Stream(kafka, topic, replace(segment, audio=audio), tuple(offsets))


def heard(stream, margin_ms):
    clip = sound_of(stream.kafka, stream.row, margin_ms)
    return np.frombuffer(clip.pcm, "<i2"), clip.shortfalls


@pytest.mark.parametrize("margin_s", [0, 1, 5, 6])
def test_the_margin_that_was_asked_for_is_there_to_the_sample(stream, margin_s):
    samples, shortfalls = heard(stream, margin_s * 1000)
    first, end = (7 - margin_s) * 16_000, round((7.1 + margin_s) * 16_000)
    assert np.array_equal(samples, SAMPLES[first:end])
    assert shortfalls == ()


def test_where_the_stream_begins_and_ends_is_said(stream):
    samples, shortfalls = heard(stream, 60_000)
    assert np.array_equal(samples, SAMPLES)
    before, after = shortfalls
    assert before == f"start: 53.00 s of what was asked for are missing: {Edge.STREAM_BEGINS.value}"
    assert after == f"end: 52.70 s of what was asked for are missing: {Edge.STREAM_ENDS.value}"


def test_a_stream_that_goes_on_is_not_said_to_end(settings, session_id):
    _, shortfalls = heard(published(settings.kafka, session_id, last=False), 10_000)
    assert shortfalls[1].endswith(Edge.NO_MORE.value)


def test_where_retention_took_the_sound_is_said_and_what_is_left_is_given(stream):
    delete_before(stream, stream.offsets[60])
    samples, shortfalls = heard(stream, 5_000)
    assert np.array_equal(samples, SAMPLES[60 * 1536 : round(12.1 * 16_000)])
    (before,) = shortfalls
    assert before == f"start: {60 * 0.096 - 2:.2f} s of what was asked for are missing: {Edge.RETENTION.value}"


def test_of_a_segment_that_retention_cut_the_rest_is_given(stream):
    delete_before(stream, stream.offsets[73])  # it begins in frame 72 and ends in 73
    samples, shortfalls = heard(stream, 0)
    assert np.array_equal(samples, SAMPLES[73 * 1536 : round(7.1 * 16_000)])
    assert shortfalls[0].endswith(Edge.RETENTION.value)


def test_a_segment_that_retention_took_is_said_so(stream):
    delete_before(stream, stream.offsets[74])
    with pytest.raises(ConfigError, match="AUDIO_RETENTION_H"):
        sound_of(stream.kafka, stream.row)


def test_records_of_another_stream_at_these_offsets_are_not_taken_for_it(stream):
    strange = Span(stream.topic, 0, stream.offsets[20] + 1, stream.offsets[20] + 2)
    with pytest.raises(ConfigError, match="AUDIO_RETENTION_H"):
        sound_of(stream.kafka, replace(stream.row, audio=strange))


def delete_before(stream, offset):
    place = TopicPartition(stream.topic, 0, offset)
    client = AdminClient(client_config(stream.kafka))
    for future in client.delete_records([place]).values():
        future.result(30)
