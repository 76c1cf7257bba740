import numpy as np
import pytest
from confluent_kafka import Producer

from review.recording import NO_OFFSET, merged
from review.rows import read_hints
from review.search import EDGE_RECORDS, find_session
from review.spans import read_spans
from runtime.errors import ConfigError
from runtime.kafka.connection import client_config
from schemas.codec import encode
from tests.support.segmenting import frame_of


def heard(recording, channel):
    return b"".join(placed.frame.pcm for placed in recording.frames(channel))


def test_a_session_is_found_whole_without_any_rows(recorded):
    recording = recorded.recording
    assert recording.channels == ("C01", "C02", "C03")
    for channel, samples in recorded.channels.items():
        assert heard(recording, channel) == samples.astype("<i2").tobytes()


def test_rows_lead_to_the_same_place_and_to_the_silent_channel(recorded, settings, store):
    hints = read_hints(store, recorded.session_id)
    assert hints.keys() == {"C01", "C02"}
    assert find_session(settings.kafka, recorded.session_id, hints) == recorded.recording


def test_a_silent_channel_is_found_among_the_sound_of_others(recorded, settings, store, session_id):
    (span,) = [span for channel, span in recorded.recording.spans if channel == "C03"]
    at_ms = max(record.timestamp_us for record in read_spans(settings.kafka, [span])) // 1000
    other = encode(frame_of(np.zeros(1536, np.int16), 0, session=session_id))
    producer = Producer(client_config(settings.kafka))
    for _ in range(EDGE_RECORDS + 1):
        producer.produce(span.topic, other, session_id.encode(), timestamp=at_ms)
    assert producer.flush(30) == 0
    hints = read_hints(store, recorded.session_id)
    assert find_session(settings.kafka, recorded.session_id, hints) == recorded.recording


def test_only_the_wanted_channels_are_looked_for(recorded, settings):
    assert find_session(settings.kafka, recorded.session_id, {}, ["C02"]).channels == ("C02",)


def test_a_session_that_is_not_there_is_said_so(settings):
    with pytest.raises(ConfigError, match=r"retention"):
        find_session(settings.kafka, "nobody", {})


def test_frames_know_their_place_in_the_log(recorded):
    offsets = {}
    for placed in merged(recorded.recording, recorded.recording.channels):
        assert placed.topic == f"audio.pcm.{placed.frame.channel_id}"
        assert placed.offset > offsets.get(placed.topic, NO_OFFSET)
        offsets[placed.topic] = placed.offset
