"""The lanes on the real broker, with an engine that says how long each window is."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from processors.transcriber.batching import BatchLimits
from processors.transcriber.context import ContextRule
from processors.transcriber.finals import FinalLane
from processors.transcriber.interims import InterimLane
from processors.transcriber.lanes import LaneLimits
from processors.transcriber.loop import Loop
from processors.transcriber.model_thread import Beams, ModelThread
from processors.transcriber.overload import OverloadRule
from runtime.process import Process
from runtime.settings import KafkaSettings, WhisperSettings
from schemas.codec import encode
from schemas.topics import TRANSCRIPTS_INTERIM, WINDOWS, WINDOWS_INTERIM
from tests.support.dead_letters import letters_about
from tests.support.speech_windows import Span, interim, window
from tests.support.stage_process import offsets_of
from tests.support.transcribing import (
    length_decoder,
    noise_windows,
    publish,
    publish_windows,
    transcripts_of,
)
from tests.support.waiting import PATIENCE_S, wait_until

WHISPER = WhisperSettings(batch_windows=4)
LIMITS = LaneLimits(BatchLimits(4, 0.02), interim_windows=2, interim_max_age_s=60.0)
Start = Callable[..., "Member"]


@dataclass
class Member:
    """A transcriber in this process: the loop in a thread, as the main thread of a real one."""

    process: Process
    thread: threading.Thread

    def stop(self) -> None:
        self.process.stop.set()
        self.thread.join(PATIENCE_S)
        assert not self.thread.is_alive()


@pytest.fixture
def start(kafka: KafkaSettings) -> Iterator[Start]:
    members: list[Member] = []

    def start_member(name: str = "1", seconds_each: float = 0.0) -> Member:
        process = Process("transcriber")
        joined = threading.Event()
        mine = kafka.model_copy(update={"member": name})

        def run() -> None:
            model = ModelThread(length_decoder(seconds_each), LIMITS, Beams(5, 5), OverloadRule(60, 70, 80))
            rule = ContextRule(fitted=True)
            finals = FinalLane(mine, WHISPER, rule, model)
            interims = InterimLane(mine, WHISPER, rule, model)
            model.start()
            joined.set()
            try:
                Loop(process, model, finals, interims).run(None)
            finally:
                finals.close()
                interims.close()

        member = Member(process, threading.Thread(target=run, name=f"member {name}"))
        member.thread.start()
        assert joined.wait(PATIENCE_S)
        members.append(member)
        return member

    yield start_member
    for member in members:
        member.stop()


def lag(kafka: KafkaSettings) -> int:
    return offsets_of(kafka, "transcriber").waiting([WINDOWS.name])


def test_every_window_gets_one_transcript_of_its_own_sound(kafka: KafkaSettings, session_id: str, start: Start) -> None:
    windows = noise_windows(session_id, 60)
    start()
    publish_windows(kafka, windows)
    wait_until(lambda: lag(kafka) == 0)

    told = transcripts_of(kafka, session_id)
    assert {one.window_id: one.text for one in told} == {one.window_id: str(len(one.pcm) // 2) for one in windows}
    assert len(told) == len(windows)
    assert all(abs(one.windowed_at / 1e6 - time.time()) < 60 for one in told)


def test_what_is_no_window_becomes_a_dead_letter_and_holds_nothing_up(
    kafka: KafkaSettings, session_id: str, start: Start
) -> None:
    good = noise_windows(session_id, 4)
    bad = window(Span(0, 500, 100, 16_000), session_id=session_id)
    start()
    publish_windows(kafka, good[:2])
    publish(kafka, WINDOWS.name, [(session_id.encode(), b"no window"), (session_id.encode(), None)])
    publish_windows(kafka, [bad, *good[2:]])
    wait_until(lambda: lag(kafka) == 0)

    assert len(transcripts_of(kafka, session_id)) == 4
    mine = letters_about(kafka, session_id, 3)
    assert sorted(letter.value for letter in mine) == sorted([b"", b"no window", encode(bad)])
    assert {letter.stage for letter in mine} == {"transcriber"}
    assert any("voiced_samples -400 is out of range" in letter.error for letter in mine)


def test_two_members_share_the_windows_and_one_inherits_the_other(
    kafka: KafkaSettings, session_id: str, start: Start
) -> None:
    start("1", 0.01)
    second = start("2", 0.01)
    windows = noise_windows(session_id, 200)
    publish_windows(kafka, windows[:100])
    wait_until(lambda: lag(kafka) < 50)
    second.stop()
    publish_windows(kafka, windows[100:])
    wait_until(lambda: lag(kafka) == 0)

    told = [one.window_id for one in transcripts_of(kafka, session_id)]
    assert sorted(told) == sorted(one.window_id for one in windows)


def test_a_member_that_comes_later_doubles_nothing(kafka: KafkaSettings, session_id: str, start: Start) -> None:
    windows = noise_windows(session_id, 160)
    start("1", 0.02)
    publish_windows(kafka, windows)
    wait_until(lambda: lag(kafka) < 150)
    start("2", 0.02)
    wait_until(lambda: lag(kafka) == 0)

    told = [one.window_id for one in transcripts_of(kafka, session_id)]
    assert sorted(told) == sorted(one.window_id for one in windows)


def test_interims_are_answered_on_their_own_topic_and_the_newest_wins(
    kafka: KafkaSettings, session_id: str, start: Start
) -> None:
    start("1", 0.2)
    first = interim(0, 1, session_id=f"{session_id}-first")

    def is_reading() -> bool:
        """A reader from the end of the log sees only what comes after it has joined."""
        publish_windows(kafka, [first], WINDOWS_INTERIM.name)
        return bool(transcripts_of(kafka, first.session_id, TRANSCRIPTS_INTERIM.name))

    wait_until(is_reading)
    burst = [interim(0, revision, session_id=session_id) for revision in range(1, 30)]
    publish_windows(kafka, burst, WINDOWS_INTERIM.name)
    wait_until(lambda: any(one.revision == 29 for one in transcripts_of(kafka, session_id, TRANSCRIPTS_INTERIM.name)))

    told = [one.revision for one in transcripts_of(kafka, session_id, TRANSCRIPTS_INTERIM.name)]
    assert told == sorted(told)
    assert len(told) < 29
    assert transcripts_of(kafka, session_id) == []


def test_more_windows_than_fit_in_memory_wait_in_kafka(kafka: KafkaSettings, session_id: str, start: Start) -> None:
    windows = noise_windows(session_id, 120)
    publish_windows(kafka, windows)
    start("1", 0.005)
    wait_until(lambda: lag(kafka) == 0)

    told = [one.window_id for one in transcripts_of(kafka, session_id)]
    assert sorted(told) == sorted(one.window_id for one in windows)
