"""Clocks on the real broker: how far off, what it refuses, and a capture that goes by the broker's time."""

import time

import pytest

from producers.publisher import Publisher
from runtime.errors import AudioError, ConfigError
from runtime.kafka import Writer, WriterOptions
from runtime.kafka.clock import clock_ahead_us
from schemas.topics import AUDIO, STREAMS, audio_topic
from tests.integration.producers.test_publisher import frames_of, records_of, settings_for
from tests.support.sound import pcm_noise

HOUR_US = 3_600_000_000
SOON_US = 60_000_000


def now_us() -> int:
    return time.time_ns() // 1000


def test_the_broker_says_how_far_off_a_clock_is(broker):
    assert abs(clock_ahead_us(broker, STREAMS.name)) < SOON_US
    assert abs(clock_ahead_us(broker, STREAMS.name, lambda: now_us() + 2 * HOUR_US) - 2 * HOUR_US) < SOON_US
    assert abs(clock_ahead_us(broker, STREAMS.name, lambda: 0) + now_us()) < SOON_US


def test_a_topic_with_its_producers_times_says_nothing(broker):
    assert clock_ahead_us(broker, AUDIO[-1].name) is None


def test_what_the_broker_refuses_names_the_clock(broker):
    writer = Writer(broker, WriterOptions(name="ahead"))
    writer.clock_ahead_us = -2 * HOUR_US  # as a machine whose clock is two hours ahead
    writer.send(audio_topic("C16"), b"nobody", b"nothing")
    with pytest.raises(ConfigError, match="this machine's clock is over an hour ahead of the broker's: set it"):
        writer.flush()


@pytest.mark.parametrize("ahead_us", [2 * HOUR_US, -HOUR_US // 2])
def test_a_capture_by_the_brokers_time(broker, session_id, monkeypatch, ahead_us):
    """The clock itself is right here, so what is taken off shows."""
    monkeypatch.setattr("producers.clock.clock_ahead_us", lambda kafka, topic: ahead_us)
    began_us = now_us()
    with Publisher(session_id, settings=settings_for(broker, clock="broker")) as publisher:
        publisher.write("C01", pcm_noise(16_000))
        publisher.gap("C01", 1.0, captured_at=now_us())
        publisher.write("C01", pcm_noise(16_000))
        publisher.write("C02", pcm_noise(160), captured_at=began_us)
    records = records_of(broker, session_id, ["C01", "C02"])
    frames = frames_of(broker, session_id, "C01")
    for time_us in [record.timestamp_us for record in records] + [frame.captured_at for frame in frames]:
        assert abs(time_us - (began_us - ahead_us)) < SOON_US
    assert frames_of(broker, session_id, "C02")[0].captured_at == began_us - ahead_us


@pytest.mark.parametrize("captured_at", [0, 4_102_444_800_000_000, 2_000_000_000_000_000])
def test_a_script_with_a_wrong_clock_hears_of_it_before_anything_is_sent(broker, session_id, captured_at):
    with Publisher(session_id, settings=settings_for(broker)) as publisher:
        with pytest.raises(AudioError, match=r"C01: sound captured at \d{4}.*Set the clock"):
            publisher.write("C01", pcm_noise(160), captured_at=captured_at)
        publisher.write("C01", pcm_noise(160))
        with pytest.raises(AudioError, match=r"C01: sound captured at \d{4}.*Set the clock"):
            publisher.gap("C01", 1.0, captured_at=captured_at)
    (frame,) = frames_of(broker, session_id, "C01")
    assert frame.pcm == pcm_noise(160).tobytes()
