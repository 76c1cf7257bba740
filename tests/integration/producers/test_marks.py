"""A session is known by its marks: however much was written since, and when the log has forgotten it."""

import numpy as np
import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from producers.claiming import Taken
from producers.marks import read_marks
from producers.publisher import Publisher
from producers.stream_ends import stream_ends
from runtime.kafka import Writer, WriterOptions
from runtime.kafka.admin import Admin
from runtime.kafka.connection import client_config
from runtime.settings import KafkaSettings
from schemas.codec import encode
from schemas.events import StreamMark
from schemas.topics import CAPTURED, STREAMS, audio_topic, stream_key
from tests.integration.producers.test_publisher import frames_of, settings_for
from tests.support.segmenting import frame_of
from tests.support.sound import pcm_noise

pytestmark = pytest.mark.timeout(120)
C01 = audio_topic("C01")
OTHERS = 2_500
FRAME = 1_536


def record(kafka: KafkaSettings, session: str, pcm: np.ndarray, resume: bool = False) -> None:
    with Publisher(session, settings=settings_for(kafka), resume=resume) as publisher:
        publisher.replay("C01", 16_000, 1_790_000_000_000_000)
        publisher.write("C01", pcm)


def others_write(kafka: KafkaSettings, session: str, records: int = OTHERS) -> None:
    frame = encode(frame_of(np.ones(16, np.int16), 0, session=session))
    with Writer(kafka, WriterOptions(name="others")) as writer:
        for _ in range(records):
            writer.send(C01, session.encode(), frame)


def test_a_session_of_long_ago_is_refused_and_can_be_resumed(broker, session_id):
    pcm = pcm_noise(40_000)
    record(broker, session_id, pcm[:20_000])
    others_write(broker, f"{session_id}-other")
    with (
        Publisher(session_id, settings=settings_for(broker)) as publisher,
        pytest.raises(Taken, match=f"session {session_id} has been recorded already on C01"),
    ):
        publisher.open(["C01", "C02"])
    with Publisher(session_id, settings=settings_for(broker)) as publisher:
        assert publisher.open(["C02"]) == {"C02": 0}  # another channel of it is free
    record(broker, session_id, pcm, resume=True)
    assert b"".join(frame.pcm for frame in frames_of(broker, session_id, "C01", lasts=2)) == pcm.tobytes()


def test_what_a_killed_capture_sent_after_its_latest_mark_is_found(broker, session_id):
    """Its frames lie among others', and so many came after that no look at the end shows them."""
    key = session_id.encode()
    low = Admin(broker).watermarks([C01])[(C01, 0)][1]
    with Writer(broker, WriterOptions(name="killed")) as writer:
        for number in range(200):
            frame = frame_of(np.ones(FRAME, np.int16), number * FRAME, session=session_id)
            writer.send(C01, key, encode(frame))
            writer.send(C01, b"another", encode(frame_of(np.ones(16, np.int16), 0, session="another")))
        mark = StreamMark(session_id, "C01", 10 * FRAME, 1_790_000_000_000_000, low, ended=False)
        writer.send(STREAMS.name, stream_key(session_id, "C01"), encode(mark))
    others_write(broker, f"{session_id}-other", 6_000)
    end = stream_ends(broker, session_id, ["C01", "C02"], 1_000)
    assert {channel: (known.next_sample, known.has_ended) for channel, known in end.items()} == {
        "C01": (200 * FRAME, False)
    }
    with pytest.raises(Taken, match="is being recorded, or was cut off already on C01"):
        record(broker, session_id, pcm_noise(100))


def test_a_channel_that_was_taken_and_not_used_is_free_again(broker, session_id):
    with Publisher(session_id, settings=settings_for(broker)) as publisher:
        publisher.open(["C01", "C02"])
        publisher.write("C02", pcm_noise(100))
        assert set(read_marks(broker, session_id, ["C01", "C02"])) == {"C01", "C02"}
    marks = read_marks(broker, session_id, ["C01", "C02"])
    assert {channel: (mark.next_sample, mark.ended) for channel, mark in marks.items()} == {"C02": (100, True)}
    with Publisher(session_id, settings=settings_for(broker)) as publisher:
        assert publisher.open(["C01"]) == {"C01": 0}


def test_a_channel_that_was_taken_long_ago_and_is_still_silent_is_refused(broker, session_id):
    with Publisher(session_id, settings=settings_for(broker)) as waiting:
        waiting.open(["C01"])
        others_write(broker, f"{session_id}-other")
        with (
            Publisher(session_id, settings=settings_for(broker)) as late,
            pytest.raises(Taken, match="is being recorded, or was cut off already on C01"),
        ):
            late.open(["C01"])


def test_a_session_that_the_log_has_forgotten_is_refused_and_can_be_resumed(own_broker, session_id):
    kafka = own_broker.kafka
    Admin(kafka).ensure_topics(CAPTURED)
    pcm = pcm_noise(50_000)
    record(kafka, session_id, pcm[:30_000])
    end = Admin(kafka).watermarks([C01])[(C01, 0)][1]
    client = AdminClient(client_config(kafka))
    client.delete_records([TopicPartition(C01, 0, end)])[TopicPartition(C01, 0)].result(10)
    assert Admin(kafka).watermarks([C01])[(C01, 0)] == (end, end)
    with pytest.raises(Taken, match="has been recorded already on C01"):
        record(kafka, session_id, pcm)
    record(kafka, session_id, pcm, resume=True)
    frames = frames_of(kafka, session_id, "C01")
    assert frames[0].first_sample == 30_000
    assert b"".join(frame.pcm for frame in frames) == pcm[30_000:].tobytes()


def test_a_mark_that_cannot_be_read_still_says_that_there_is_a_stream(broker, session_id):
    with Writer(broker, WriterOptions(name="foreign")) as writer:
        writer.send(STREAMS.name, stream_key(session_id, "C01"), b"no Avro")
    with pytest.raises(Taken):
        record(broker, session_id, pcm_noise(100))
