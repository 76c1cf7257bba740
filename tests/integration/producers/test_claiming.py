"""Captures that begin at once on one channel of one session: one goes through, and its session is as if alone."""

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
from producers.broker_watch import Waits
from producers.publisher import Publisher
from runtime.errors import ConfigError, EarshotError
from runtime.kafka import Reader, ReaderOptions, Record
from runtime.settings import KafkaSettings
from schemas.codec import decode
from schemas.events import AudioFrame, AudioSpan, SpeechWindow
from schemas.topics import audio_topic
from tests.integration.producers.test_broker_away import wait_until
from tests.integration.producers.test_publisher import frames_of, settings_for
from tests.support.segmenting import SMALL, EchoModel
from tests.support.sound import pcm_noise

pytestmark = pytest.mark.timeout(150)
ROOT = Path(__file__).parents[3]
CAPTURES = 4
ROUNDS = 5
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
            assert word == "won" or word.startswith(f"78 session {session} is being recorded"), word
        winner = words.index("won")
        for channel in CHANNELS:
            assert_as_if_alone(
                broker, session, np.random.default_rng(winner).integers(-20_000, 20_000, SECOND).astype("<i2"), channel
            )
