"""The segmenter as a process on a real broker: what it commits, what it emits again, what it refuses."""

import itertools
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from local.kafka import Broker
from processors.segmenter.from_settings import options_of
from processors.segmenter.partition import PartitionStreams
from processors.segmenter.vad import SileroVad
from runtime.kafka import Reader, ReaderOptions, Record, Writer, WriterOptions
from runtime.kafka.admin import Admin
from runtime.kafka.connection import client_config
from runtime.settings import KafkaSettings, LocalSettings, Settings, VadSettings, WindowSettings, environment_of
from schemas import topics
from schemas.audio import MICROSECONDS, SAMPLE_RATE_HZ
from schemas.codec import decode, encode
from schemas.events import AudioFrame, AudioSpan, SpeechWindow
from tests.support.broker import create_topics, local_settings
from tests.support.dead_letters import letters_about
from tests.support.stage_process import StageProcess, offsets_of
from tests.support.voice import talk
from tests.support.waiting import wait_until

Start = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaSettings]:
    """A broker of these tests' own: a new group reads every audio topic from its start, so others' audio must not be
    there."""
    broker = Broker(local_settings(tmp_path_factory.mktemp("broker")))
    broker.start()
    create_topics(broker.kafka)
    yield broker.kafka
    broker.kill()


@pytest.fixture
def start(kafka: KafkaSettings, tmp_path: Path) -> Iterator[Start]:
    children: list[subprocess.Popen[bytes]] = []
    settings = Settings(kafka=kafka, local=LocalSettings(data_dir=str(tmp_path)))

    def start_segmenter() -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "earshot", "run", "segmenter"]
        child = subprocess.Popen(command, env={**os.environ, **environment_of(settings)})  # noqa: TID251
        children.append(child)
        return child

    yield start_segmenter
    for child in children:
        child.kill()
        child.wait()


def frames_of(session: str, channel: str, seconds: float, sizes: list[int], seed: int) -> list[AudioFrame]:
    sound = talk(seconds, seed)
    captured_at = time.time_ns() // 1000
    frames, first = [], 0
    for size in itertools.cycle(sizes):
        after = min(first + size, len(sound))
        at = captured_at + first * MICROSECONDS // SAMPLE_RATE_HZ
        pcm = sound[first:after].astype("<i2").tobytes()
        frames.append(AudioFrame(session, channel, first, SAMPLE_RATE_HZ, at, pcm, after == len(sound)))
        first = after
        if first == len(sound):
            return frames
    raise AssertionError


def publish(kafka: KafkaSettings, frames: list[AudioFrame], pace: float = 0) -> None:
    """Publishes in order; `pace` is in times real time, 0 for as fast as possible."""
    began = time.monotonic()
    with Writer(kafka, WriterOptions("test")) as writer:
        for frame in frames:
            if pace:
                due = began + (frame.first_sample - frames[0].first_sample) / SAMPLE_RATE_HZ / pace
                time.sleep(max(0.0, due - time.monotonic()))
            writer.send(topics.audio_topic(frame.channel_id), frame.session_id.encode(), encode(frame))


def read(kafka: KafkaSettings, topic: str) -> list[Record]:
    """Every record of a topic."""
    end = Admin(kafka).watermarks([topic])[(topic, 0)][1]
    records: list[Record] = []
    with Reader(kafka, ReaderOptions((topic,))) as reader:
        while not records or records[-1].offset + 1 < end:
            if not end:
                break
            records += reader.read(1000, 0.1)
    return records


class Windows:
    """The windows of a topic so far, each record read once."""

    def __init__(self, kafka: KafkaSettings, topic: str = topics.WINDOWS.name) -> None:
        self._kafka = kafka
        self._topic = topic
        self._reader = Reader(kafka, ReaderOptions((topic,)))
        self._next_offset = 0
        self._windows: list[SpeechWindow] = []

    def of(self, session: str) -> list[SpeechWindow]:
        """What there is of a session."""
        end = Admin(self._kafka).watermarks([self._topic])[(self._topic, 0)][1]
        while self._next_offset < end:
            for record in self._reader.read(1000, 0.05):
                self._next_offset = record.offset + 1
                self._windows.append(decode(SpeechWindow, record.value))
        return [window for window in self._windows if window.session_id == session]

    def __enter__(self) -> "Windows":
        return self

    def __exit__(self, *exc: object) -> None:
        self._reader.close()


def undisturbed(kafka: KafkaSettings, channel: str, session: str) -> list[SpeechWindow]:
    """What the segmenter makes of a topic in one go."""
    streams = PartitionStreams(topics.audio_topic(channel), 0, SileroVad(), options_of(VadSettings(), WindowSettings()))
    windows: list[SpeechWindow] = []
    for record in read(kafka, topics.audio_topic(channel)):
        frame = decode(AudioFrame, record.value)
        windows += streams.take(frame, record.offset, record.timestamp_us, interims=False).windows
    return [window for window in windows if window.session_id == session]


def committed(kafka: KafkaSettings) -> dict[tuple[str, int], int]:
    return offsets_of(kafka, "segmenter").committed([topic.name for topic in topics.AUDIO])


@pytest.mark.timeout(400)
def test_kills_lose_nothing_and_invent_nothing(kafka: KafkaSettings, start: Start, session_id: str) -> None:
    channels = ("C01", "C02", "C03")
    frames = [frames_of(session_id, channel, 50, [1536], seed) for seed, channel in enumerate(channels)]
    mixed = [frame for moment in zip(*frames, strict=True) for frame in moment]
    portions = [mixed[number * len(mixed) // 4 : (number + 1) * len(mixed) // 4] for number in range(4)]
    moments = random.Random(session_id)
    seen: list[tuple[dict[tuple[str, int], int], set[str]]] = []
    with Windows(kafka) as windows:
        for portion in portions[:-1]:
            before = len(windows.of(session_id))
            child = start()
            publisher = threading.Thread(target=publish, args=(kafka, portion, 8))
            publisher.start()
            wait_until(lambda count=before: len(windows.of(session_id)) > count, "a window")
            time.sleep(moments.uniform(0, 2))
            child.send_signal(signal.SIGKILL)
            child.wait()
            publisher.join()
            done = {window.window_id for window in windows.of(session_id)}
            seen.append((committed(kafka), done))
        publish(kafka, portions[-1])
        child = start()
        expected = {window for channel in channels for window in undisturbed(kafka, channel, session_id)}
        assert len(expected) > 20
        wait_until(lambda: len(set(windows.of(session_id))) >= len(expected), "every window")
        assert set(windows.of(session_id)) == expected
    assert any(offsets for offsets, _ in seen), "nothing was ever committed: the test proves nothing"
    for offsets, done in seen:
        for window in expected:
            assert window.window_id in done or window.audio.first_offset >= offsets.get((window.audio.topic, 0), 0)
    ends = Admin(kafka).watermarks([topics.audio_topic(channel) for channel in channels])
    wait_until(
        lambda: {tp: committed(kafka).get(tp) for tp in ends} == {tp: high for tp, (_, high) in ends.items()},
        "the commit of everything once the streams have ended",
    )
    child.send_signal(signal.SIGTERM)
    assert child.wait(30) == 0


def test_other_packets_give_the_same_windows_and_bad_ones_are_set_aside(
    kafka: KafkaSettings, start: Start, session_id: str
) -> None:
    first, second = f"{session_id}-a", f"{session_id}-b"
    child = start()
    with Writer(kafka, WriterOptions("test")) as writer:
        writer.send(topics.audio_topic("C04"), session_id.encode(), b"not a frame")
    (letter,) = letters_about(kafka, session_id)
    assert (letter.topic, letter.value) == ("audio.pcm.C04", b"not a frame")
    publish(kafka, frames_of(first, "C04", 30, [1536], seed=7))
    publish(kafka, frames_of(second, "C04", 30, [1000, 37, 8000, 1537], seed=7))
    same = {"session_id": "", "window_id": "", "utterance_id": "", "captured_at": 0, "audio": AudioSpan("", 0, 0, 0)}
    with Windows(kafka) as windows, Windows(kafka, topics.WINDOWS_INTERIM.name) as interims:
        wait_until(lambda: len(windows.of(second)) == len(windows.of(first)) > 3, "as many windows of either")
        placeless = [[replace(window, **same) for window in windows.of(name)] for name in (first, second)]
        assert placeless[0] == placeless[1]
        assert any(window.revision == 2 for window in interims.of(first))
    assert letters_about(kafka, session_id) == [letter]  # nothing else was set aside
    child.send_signal(signal.SIGTERM)
    assert child.wait(30) == 0


def test_of_two_under_one_name_the_older_ends_and_the_windows_are_those_of_one(
    kafka: KafkaSettings, session_id: str, tmp_path: Path
) -> None:
    quick = kafka.model_copy(update={"group_prefix": session_id, "session_timeout_ms": 2000})
    settings = Settings(kafka=quick, local=LocalSettings(data_dir=str(tmp_path)))
    frames = frames_of(session_id, "C05", 60, [1536], seed=11)
    with ExitStack() as stack, StageProcess("segmenter", settings, tmp_path) as older, Windows(kafka) as windows:
        publish(kafka, frames[: len(frames) // 3])
        older.wait_for(lambda: bool(windows.of(session_id)))
        newer = stack.enter_context(StageProcess("segmenter", settings, tmp_path))
        publish(kafka, frames[len(frames) // 3 :], pace=4)  # while it takes over
        expected = set(undisturbed(kafka, "C05", session_id))
        assert len(expected) > 5
        newer.wait_for(lambda: len(set(windows.of(session_id))) >= len(expected))
        newer.wait_for(lambda: older.child.poll() is not None)
        assert older.child.returncode == 75
        assert "member 1: another process runs under the same name" in older.log
        assert set(windows.of(session_id)) == expected
        assert newer.stop() == 0


def test_a_log_whose_retention_has_overtaken_the_segmenter(
    kafka: KafkaSettings, session_id: str, tmp_path: Path
) -> None:
    """What is left of a stream gives its windows at once, and which of its seconds are gone is told."""
    own = kafka.model_copy(update={"group_prefix": session_id})
    settings = Settings(kafka=own, local=LocalSettings(data_dir=str(tmp_path)))
    topic = topics.audio_topic("C09")
    frames = frames_of(session_id, "C09", 36, [1536], seed=11)
    expired = len(frames) // 2
    with StageProcess("segmenter", settings, tmp_path) as before:
        publish(kafka, frames[: len(frames) // 4])
        before.wait_for(lambda: committed_of(own, topic) >= 0)
        assert before.stop() == 0
    publish(kafka, frames[len(frames) // 4 :])
    client = AdminClient(client_config(kafka))
    client.delete_records([TopicPartition(topic, 0, expired)])[TopicPartition(topic, 0)].result(10)
    with Windows(kafka) as windows, StageProcess("segmenter", settings, tmp_path) as after:
        left_from = frames[expired].first_sample
        after.wait_for(lambda: any(window.own_from >= left_from for window in windows.of(session_id)))
        after.wait_for(lambda: committed_of(own, topic) == len(frames))
        left = [window for window in windows.of(session_id) if window.own_from >= left_from]
        assert f"0.00–{left_from / SAMPLE_RATE_HZ:.2f} s of {session_id}/C09 are gone from the log" in after.log
        whole = PartitionStreams(topic, 0, SileroVad(), options_of(VadSettings(), WindowSettings()))
        alone = [replace(frame, first_sample=frame.first_sample - left_from) for frame in frames[expired:]]
        heard = [w for offset, f in enumerate(alone) for w in whole.take(f, offset, 0, interims=False).windows]
        assert min(window.own_from for window in left) - left_from == pytest.approx(heard[0].own_from, abs=8_000)
        assert max(window.own_to for window in left) == left_from + heard[-1].own_to
        assert after.stop() == 0


def committed_of(kafka: KafkaSettings, topic: str) -> int:
    return offsets_of(kafka, "segmenter").committed([topic]).get((topic, 0), -1)
