"""The whole pipeline as real processes: sound in, rows out, and the same again after a kill."""

import dataclasses
from collections.abc import Callable, Iterator

import pytest

from demo.live.account import Account
from demo.live.board import Board
from demo.live.capture import CaptureOptions
from demo.live.play import Play, Played
from demo.live.rehearsal import exercise_files
from local.stack import Stack, StackOptions
from runtime.kafka import Reader, ReaderOptions
from runtime.settings import KafkaSettings, Settings
from schemas.codec import decode
from schemas.events import AudioSpan, SpeechWindow
from schemas.topics import WINDOWS
from tests.support.broker import local_settings

SECONDS = 16.0
CHANNELS = ("C01", "C05", "C14", "C15")

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Broker, engine and every stage, each a process of its own, with the demo model."""
    local = local_settings(tmp_path_factory.mktemp("stack"))
    kafka = KafkaSettings(bootstrap=f"127.0.0.1:{local.kafka_port}")
    settings = Settings(local=local, kafka=kafka)
    with Stack(settings, StackOptions()) as stack:
        stack.start()
        yield stack


def play(stack: Stack, session_id: str, on_tick: Callable[[float], None] = lambda position_s: None) -> Played:
    files = [path for path in exercise_files() if path.stem in CHANNELS]
    options = CaptureOptions(session_id, files, "max", SECONDS)
    return Play(stack.settings, options, Board.of(list(CHANNELS), SECONDS)).run(lambda board: None, on_tick)


def windows_of(kafka: KafkaSettings, session_id: str) -> dict[str, SpeechWindow]:
    """The session's windows without what may differ: session, capture times and offsets."""
    found = {}
    with Reader(kafka, ReaderOptions(topics=(WINDOWS.name,))) as reader:
        while records := reader.read(100, 1.0):
            for record in records:
                window = decode(SpeechWindow, record.value)
                if window.session_id == session_id:
                    place = window.window_id.removeprefix(session_id)
                    found[place] = dataclasses.replace(
                        window,
                        session_id="",
                        window_id="",
                        utterance_id=window.utterance_id.removeprefix(session_id),
                        captured_at=0,
                        audio=AudioSpan("", 0, 0, 0),
                    )
    return found


def texts_of(played: Played) -> dict[str, str]:
    return {name.removeprefix(played.session_id): segment.text for name, segment in played.ledger.segments.items()}


def complete(account: Account) -> bool:
    return not account.faults and account.rows == account.segments > 0 and account.windows == account.transcripts > 0


def test_equal_sound_gives_equal_windows_and_text_through_kills_of_every_stage(stack: Stack) -> None:
    undisturbed = play(stack, "undisturbed")
    assert complete(undisturbed.account), undisturbed.account
    assert {segment.channel_id for segment in undisturbed.ledger.segments.values()} == {"C01", "C05", "C14"}

    victims = ["transcriber", "segmenter", "glossary", "sink"]

    def kill_one(position_s: float) -> None:
        if victims and position_s > 0:
            stack.kill(victims.pop())

    disturbed = play(stack, "disturbed", kill_one)
    assert not victims
    assert complete(disturbed.account), disturbed.account
    kafka = stack.settings.kafka
    assert windows_of(kafka, "disturbed") == windows_of(kafka, "undisturbed")
    assert texts_of(disturbed) == texts_of(undisturbed)
