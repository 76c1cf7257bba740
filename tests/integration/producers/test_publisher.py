"""The publisher on a real broker: what was written is in the log, in order, once, under Kafka's own hash."""

import threading
import time
from collections.abc import Iterable

import numpy as np
import pytest

from producers.publisher import Publisher
from runtime.errors import AudioError, ConfigError, TopicMismatch, Unavailable
from runtime.kafka import Reader, ReaderOptions, Record
from runtime.kafka.partitioning import partition_of
from runtime.settings import CaptureSettings, KafkaSettings, Settings
from schemas.audio import FRAME_SAMPLES
from schemas.codec import decode
from schemas.events import AudioFrame
from schemas.topics import CHANNELS, audio_topic
from tests.support.sound import pcm_noise, tone
from tests.support.waiting import PATIENCE_S, wait_until

START_US = 1_700_000_000_000_000


def settings_for(kafka: KafkaSettings, **capture) -> Settings:
    return Settings(kafka=kafka, capture=CaptureSettings(**capture))


def records_of(kafka: KafkaSettings, session: str, channels: Iterable[str], lasts: int | None = None) -> list[Record]:
    """The session's frames on those channels, read until each channel's stream has ended `lasts` times.

    The claims of captures are left out.
    """
    topics = tuple(audio_topic(channel) for channel in channels)
    wanted = len(topics) if lasts is None else lasts
    records: list[Record] = []
    deadline = time.monotonic() + PATIENCE_S
    with Reader(kafka, ReaderOptions(topics=topics)) as reader:
        while time.monotonic() < deadline:
            own = [record for record in reader.read(1000, 0.05) if record.key == session.encode()]
            records += [record for record in own if not decode(AudioFrame, record.value).is_void]
            if sum(decode(AudioFrame, record.value).last for record in records) >= wanted:
                return records
    raise AssertionError(f"only {len(records)} records of {session}")


def frames_of(kafka: KafkaSettings, session: str, channel: str, lasts: int = 1) -> list[AudioFrame]:
    return [decode(AudioFrame, record.value) for record in records_of(kafka, session, [channel], lasts)]


def test_frames_arrive_in_order_and_once(broker, session_id):
    pcm = pcm_noise(100_000)
    with Publisher(session_id, settings=settings_for(broker)) as publisher:
        for start in range(0, pcm.size, 777):
            publisher.write("C01", pcm[start : start + 777].tobytes(), captured_at=START_US)
    frames = frames_of(broker, session_id, "C01")
    assert b"".join(frame.pcm for frame in frames) == pcm.tobytes()
    assert [frame.first_sample for frame in frames] == list(range(0, pcm.size, FRAME_SAMPLES))
    assert [frame.last for frame in frames] == [False] * 65 + [True]
    assert {(frame.session_id, frame.channel_id, frame.sample_rate) for frame in frames} == {
        (session_id, "C01", 16_000)
    }
    assert frames[-1].captured_at == START_US + 65 * 96_000
    assert publisher.delivered_frames == 66
    assert publisher.buffered_s == 0


def test_every_channel_has_its_topic_and_threads_do_not_mix(broker, session_id):
    pcm = {channel: pcm_noise(20_000, seed) for seed, channel in enumerate(CHANNELS)}

    def speak(publisher: Publisher, channel: str) -> None:
        for start in range(0, 20_000, 501):
            publisher.write(channel, pcm[channel][start : start + 501])

    with Publisher(session_id, settings=settings_for(broker)) as publisher:
        publisher.open(CHANNELS)
        threads = [threading.Thread(target=speak, args=(publisher, channel)) for channel in CHANNELS]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    records = records_of(broker, session_id, CHANNELS)
    for channel in CHANNELS:
        frames = [decode(AudioFrame, record.value) for record in records if record.topic == audio_topic(channel)]
        assert b"".join(frame.pcm for frame in frames) == pcm[channel].tobytes()
        assert {frame.channel_id for frame in frames} == {channel}


def test_partition_is_the_one_that_java_would_choose(own_broker):
    kafka = own_broker.kafka.model_copy(update={"partitions": 5})
    keys = ("21", "foobar", "a-little-bit-long-string", "abc", "ward-7")
    for key in keys:
        with Publisher(key, settings=settings_for(kafka)) as publisher:
            publisher.write("C03", bytes(2))
    records = [record for key in keys for record in records_of(kafka, key, ["C03"])]
    assert {record.key: record.partition for record in records} == {
        b"21": (-973932308 & 0x7FFFFFFF) % 5,
        b"foobar": (-790332482 & 0x7FFFFFFF) % 5,
        b"a-little-bit-long-string": (-985981536 & 0x7FFFFFFF) % 5,
        b"abc": (479470107 & 0x7FFFFFFF) % 5,
        b"ward-7": partition_of(b"ward-7", 5),
    }
    with (
        pytest.raises(ConfigError, match="has been recorded already on C03"),
        Publisher("foobar", settings=settings_for(kafka)) as publisher,
    ):
        publisher.write("C03", bytes(2))


def test_other_rates_and_types_are_resampled(broker, session_id):
    with Publisher(session_id, settings=settings_for(broker)) as publisher:
        publisher.write("C01", tone(1.0, 48_000), rate_hz=48_000)
        publisher.write("C02", (tone(1.0, 8_000) * 2**31).astype(np.int32), rate_hz=8_000)
    for channel in ("C01", "C02"):
        pcm = np.frombuffer(b"".join(frame.pcm for frame in frames_of(broker, session_id, channel)), "<i2")
        assert pcm.size == 16_000
        assert np.abs(pcm[500:-500] - tone(1.0)[500:-500] * 32_768).max() < 8


def test_gap_keeps_later_samples_at_their_true_time(broker, session_id):
    with Publisher(session_id, settings=settings_for(broker)) as publisher:
        publisher.write("C01", bytes(3200), captured_at=START_US)
        publisher.gap("C01", seconds=2.5)
        publisher.write("C01", bytes(320))
        (status,) = publisher.status()
    frames = frames_of(broker, session_id, "C01")
    assert [(frame.first_sample, len(frame.pcm) // 2) for frame in frames] == [(0, 1536), (1536, 64), (41_600, 160)]
    assert frames[-1].captured_at == START_US + 2_600_000
    assert (status.gap_s, status.position_s) == (2.5, 2.61)


def test_channels_end_one_by_one(broker, session_id):
    with Publisher(session_id, settings=settings_for(broker)) as publisher:
        publisher.write("C01", bytes(20))
        publisher.end("C01")
        publisher.write("C02", bytes(20))
        with pytest.raises(AudioError, match="C01: its stream has ended"):
            publisher.write("C01", bytes(20))
    assert [frame.last for frame in frames_of(broker, session_id, "C01")] == [True]
    assert [frame.last for frame in frames_of(broker, session_id, "C02")] == [True]


def test_wrong_input_is_named(broker, session_id):
    with Publisher(session_id, settings=settings_for(broker)) as publisher:
        publisher.write("C01", bytes(2))
        with pytest.raises(ConfigError, match="channel 'C17': the channels are C01 to C16"):
            publisher.write("C17", bytes(2))
        with pytest.raises(AudioError, match="C01: 3 bytes are no whole number of 16-bit samples"):
            publisher.write("C01", b"abc")
        with pytest.raises(AudioError, match="C01: 8000 Hz in a stream that began with 16000 Hz"):
            publisher.write("C01", bytes(2), rate_hz=8000)
        with pytest.raises(AudioError, match="C02: 10 Hz is no sample rate of sound"):
            publisher.write("C02", bytes(2), rate_hz=10)
        with pytest.raises(AudioError, match=r"C01: samples have the shape \(4, 2\)"):
            publisher.write("C01", np.zeros((4, 2), np.int16))
        with pytest.raises(AudioError, match="C03: nothing was written to it yet"):
            publisher.gap("C03", 1)
        for seconds in (-1, float("nan"), float("inf")):
            with pytest.raises(AudioError, match=f"C01: a gap of {seconds:g} s; give 0 s to a year"):
                publisher.gap("C01", seconds)
        for kind, sound in (("list", [1, 2, 3]), ("str", "abc"), ("int", 7)):
            with pytest.raises(AudioError, match=f"C01: a {kind} is no sound; give bytes of s16le mono, or a numpy"):
                publisher.write("C01", sound)
        for dtype in ("uint16", ">i2", "complex128"):
            with pytest.raises(AudioError, match=f"C01: samples of type {dtype} are no sound; give int16 or float32"):
                publisher.write("C01", np.zeros(4, dtype))
    with pytest.raises(ConfigError, match="session id 'a b'"):
        Publisher("a b", settings=settings_for(broker))


def test_topics_with_other_partitions_are_refused_before_anything_is_written(broker, session_id):
    kafka = broker.model_copy(update={"partitions": 5})
    with pytest.raises(TopicMismatch, match=r"EARSHOT_KAFKA__PARTITIONS is 5, but audio\.pcm\.C01 has 1, .* set it to"):
        Publisher(session_id, settings=settings_for(kafka))


def test_second_capture_on_a_channel_of_a_session_is_refused(broker, session_id):
    with Publisher(session_id, settings=settings_for(broker)) as first:
        first.write("C01", bytes(2 * FRAME_SAMPLES))
        with Publisher(session_id, settings=settings_for(broker)) as second:
            second.write("C02", bytes(20))
            wait_until(lambda: first.delivered_frames >= 1)
            with pytest.raises(ConfigError, match=r"is being recorded, or was cut off already on C01: choose another"):
                second.write("C01", bytes(20))


def test_resuming_goes_on_after_a_marked_gap(broker, session_id):
    one = Publisher(session_id, settings=settings_for(broker))
    one.write("C01", bytes(2 * FRAME_SAMPLES), captured_at=START_US)
    one.close()
    with Publisher(session_id, settings=settings_for(broker), resume=True) as two:
        assert two.open(["C01", "C02"]) == {"C01": FRAME_SAMPLES, "C02": 0}
        two.write("C01", bytes(20), captured_at=START_US + 96_000 + 1_000_000)
    frames = frames_of(broker, session_id, "C01", lasts=2)
    assert frames[-1].first_sample == FRAME_SAMPLES + 16_000
    assert frames[-1].captured_at == START_US + 96_000 + 1_000_000


def test_broker_that_does_not_answer_is_named():
    kafka = KafkaSettings(bootstrap="127.0.0.1:1")
    with pytest.raises(Unavailable, match=r"no broker answers at 127\.0\.0\.1:1"):
        Publisher("s", settings=settings_for(kafka, connect_s=0.5))
