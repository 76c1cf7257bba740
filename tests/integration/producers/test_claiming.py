"""Captures that begin at once on one channel of one session: one goes through, and its session is as if alone."""

import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from processors.segmenter.admission import check_frame
from processors.segmenter.partition import PartitionStreams
from producers.claiming import Taken
from producers.publisher import Publisher
from runtime.errors import EarshotError
from runtime.kafka import Reader, ReaderOptions, Record
from runtime.settings import KafkaSettings
from schemas.codec import decode
from schemas.events import AudioFrame, AudioSpan, SpeechWindow
from schemas.topics import audio_topic
from tests.integration.producers.test_publisher import START_US, settings_for
from tests.support.segmenting import SMALL, EchoModel
from tests.support.sound import pcm_noise
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[3]
CAPTURES = 4
ROUNDS = 3
CHANNELS = ("C01", "C02")
SECOND = 16_000
NOWHERE = AudioSpan("", 0, 0, 0)

CAPTURE = """
import sys
import numpy as np
from producers.publisher import Publisher
from runtime.errors import EarshotError
from runtime.settings import KafkaSettings, Settings
settings = Settings(kafka=KafkaSettings(bootstrap=sys.argv[1]))
for line in sys.stdin:
    session, seed = line.split()
    publisher = Publisher(session, settings=settings)
    print("ready", flush=True)
    sys.stdin.readline()
    pcm = np.random.default_rng(int(seed)).integers(-20_000, 20_000, 16_000).astype("<i2")
    try:
        with publisher:
            publisher.open(["C01", "C02"])
            for channel in ("C01", "C02"):
                publisher.write(channel, pcm)
        print("won", flush=True)
    except EarshotError as error:
        print(error.exit_code, error, flush=True)
"""


@pytest.fixture
def captures(broker: KafkaSettings) -> Iterator[list["subprocess.Popen[str]"]]:
    """Scripts that each publish a second of noise of their own as any session, at a word."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", CAPTURE, broker.bootstrap],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(CAPTURES)
    ]
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


def say(process: "subprocess.Popen[str]", line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def hear(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def records_of(kafka: KafkaSettings, session: str, channel: str, lasts: int = 1) -> list[Record]:
    """Everything of the session in the log of the channel, once so many streams with sound have ended."""
    records: list[Record] = []
    deadline = time.monotonic() + 30
    with Reader(kafka, ReaderOptions(topics=(audio_topic(channel),))) as reader:
        while sum(frame_in(record).last and not frame_in(record).is_void for record in records) < lasts:
            assert time.monotonic() < deadline
            records += [record for record in reader.read(1000, 0.1) if record.key == session.encode()]
    return records


def frame_in(record: Record) -> AudioFrame:
    return decode(AudioFrame, record.value)


def windows_of(records: list[Record]) -> list[SpeechWindow]:
    """The windows that the segmenter makes of these records, without their places in the log."""
    streams = PartitionStreams(records[0].topic, 0, EchoModel(), SMALL)
    windows: list[SpeechWindow] = []
    for record in records:
        frame = frame_in(record)
        check_frame(frame, record.topic, record.timestamp_us)
        windows += streams.take(frame, record.offset, record.timestamp_us).windows
    return [replace(window, audio=NOWHERE) for window in windows]


def assert_as_if_alone(kafka: KafkaSettings, session: str, pcm: np.ndarray, channel: str = "C01") -> None:
    records = records_of(kafka, session, channel)
    alone = [record for record in records if not frame_in(record).is_void]
    assert b"".join(frame_in(record).pcm for record in alone) == pcm.tobytes()
    windows = windows_of(records)
    assert windows == windows_of(alone)
    assert any(window.final for window in windows)


def test_one_of_several_processes_goes_through(broker, session_id, captures):
    for number in range(ROUNDS):
        session = f"{session_id}-{number}"
        for seed, process in enumerate(captures):
            say(process, f"{session} {seed}")
        assert {hear(process) for process in captures} == {"ready"}
        for process in captures:
            say(process, "go")
        words = [hear(process) for process in captures]
        assert words.count("won") == 1, words
        for word in words:
            # by the time that a slow one looks, the winner may have ended
            assert word == "won" or re.match(f"78 session {session} (is being|has been) recorded", word), word
        winner = words.index("won")
        for channel in CHANNELS:
            assert_as_if_alone(
                broker, session, np.random.default_rng(winner).integers(-20_000, 20_000, SECOND).astype("<i2"), channel
            )


def publish(publisher: Publisher, pcm: np.ndarray) -> None:
    for start in range(0, pcm.size, 1536):
        publisher.write("C01", pcm[start : start + 1536])


def race(publishers: list[Publisher], channels: tuple[str, ...] = ("C01",)) -> tuple[list[int], list[EarshotError]]:
    """All open these channels in the same moment: the numbers of those that went through, and why others did not."""
    gate = threading.Barrier(len(publishers))
    won: list[int] = []
    lost: list[EarshotError] = []

    def open_one(number: int) -> None:
        gate.wait()
        try:
            publishers[number].open(channels)
        except EarshotError as error:
            lost.append(error)
        else:
            won.append(number)

    threads = [threading.Thread(target=open_one, args=(number,)) for number in range(len(publishers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return won, lost


def test_of_several_that_resume_one_goes_through(broker, session_id):
    """Live captures, each with a gap of its own length: none but the winner's may show."""
    pcm = pcm_noise(6 * SECOND)
    with Publisher(session_id, settings=settings_for(broker)) as first:
        publish(first, pcm[: 3 * SECOND])
    resumed = [Publisher(session_id, settings=settings_for(broker), resume=True) for _ in range(CAPTURES)]
    won, lost = race(resumed)
    assert len(won) == 1, lost
    assert all(f"session {session_id} is being recorded" in str(error) for error in lost)
    winner = resumed[won[0]]
    winner.replay("C01", SECOND, START_US)
    publish(winner, pcm)
    for publisher in resumed:
        publisher.close()
    records = records_of(broker, session_id, "C01", lasts=2)
    alone = [record for record in records if not frame_in(record).is_void]
    assert b"".join(frame_in(record).pcm for record in alone) == pcm.tobytes()
    assert windows_of(records) == windows_of(alone)


def test_a_stream_that_somebody_records_is_not_resumed(broker, session_id):
    with Publisher(session_id, settings=settings_for(broker)) as first:
        done = threading.Event()

        def speak() -> None:
            while not done.wait(0.05):
                first.write("C01", bytes(3072))

        first.write("C01", bytes(3072))
        speaker = threading.Thread(target=speak)
        speaker.start()
        try:
            wait_until(lambda: first.delivered_frames > 0)
            with (
                Publisher(session_id, settings=settings_for(broker), resume=True) as second,
                pytest.raises(Taken, match=r"is being recorded, or was cut off already on C01"),
            ):
                second.open(["C01"])
        finally:
            done.set()
            speaker.join()
    windows_of(records_of(broker, session_id, "C01"))


def test_sound_that_comes_long_after_the_claims(broker, session_id):
    """Listeners that begin at once and wait for their senders, others' sound meanwhile: the log is the winner's."""
    publishers = [Publisher(session_id, settings=settings_for(broker)) for _ in range(CAPTURES)]
    won, lost = race(publishers, ("C01", "C02"))
    assert len(won) == 1, lost
    with Publisher(session_id, settings=settings_for(broker)) as late, pytest.raises(Taken, match="is being recorded"):
        late.open(["C02"])
    pcm = pcm_noise(2 * SECOND)
    publish(publishers[won[0]], pcm)
    for publisher in publishers:
        publisher.close()
    assert_as_if_alone(broker, session_id, pcm)


def test_channels_that_nothing_was_written_to_are_free_again(broker, session_id):
    with Publisher(session_id, settings=settings_for(broker)) as listener:
        listener.open(["C01", "C02"])
        listener.write("C02", bytes(3072))
    pcm = pcm_noise(SECOND)
    with Publisher(session_id, settings=settings_for(broker)) as publisher:
        publish(publisher, pcm)
    assert_as_if_alone(broker, session_id, pcm)


def test_several_partitions(own_broker, session_id):
    kafka = own_broker.kafka.model_copy(update={"partitions": 3})
    for number in range(3):
        session = f"{session_id}-{number}"
        publishers = [Publisher(session, settings=settings_for(kafka)) for _ in range(3)]
        won, lost = race(publishers, ("C01", "C16"))
        assert len(won) == 1, lost
        for publisher in publishers:
            publisher.close()
