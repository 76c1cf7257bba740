"""The whole pipeline as real processes: sound in, rows out, the same again after a kill, and from a sound card."""

import dataclasses
import json
import signal
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from demo.live.account import COUNTED, Account, Ledger
from demo.live.board import Board
from demo.live.capture import CaptureOptions
from demo.live.play import Play, Played
from demo.live.rehearsal import exercise_files
from local.stack import Stack, StackOptions
from producers.mapping import ONLY, Pick
from producers.reel import Reel
from producers.resampling import Resampler
from runtime.kafka import Reader, ReaderOptions
from runtime.kafka.offsets import GroupOffsets
from runtime.settings import KafkaSettings, Settings
from schemas.codec import decode
from schemas.events import AudioSpan, SpeechWindow
from schemas.topics import AUDIO, TRANSCRIPTS, WINDOWS
from sinks.clickhouse.store import Store
from tests.e2e.test_capture import start
from tests.support.broker import local_settings
from tests.support.sound import write_wav
from tests.support.transcribing import read_all
from tests.support.waiting import wait_until

SECONDS = 16.0
CHANNELS = ("C01", "C05", "C14", "C15")


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
    for record in read_all(kafka, WINDOWS.name):
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


LINES_AT_S = (2.0, 12.5, 5.0, 60.5, 21.0, 1.0, 26.1, 24.5, 19.0, 4.5, 8.5, 0.8, 14.5, 19.1, 10.0, 10.0)
"""Where a line of each channel of the exercise begins; the last two channels are noise and music."""
LINE_S, BEFORE_S, QUIET_S = 4.8, 0.4, 1.0
CARD_S = LINE_S + 2 * QUIET_S


def desk_of_sixteen() -> np.ndarray:
    """A line of every channel, each with quiet around it; shape (16, samples) at 16 kHz."""
    rows = []
    for path, at_s in zip(exercise_files(), LINES_AT_S, strict=True):
        reel = Reel(path, (Pick(ONLY, path.stem),), seconds=at_s - BEFORE_S + LINE_S)
        blocks = [piece.samples[0] for piece in reel.read_until(1e6)]
        resampler = Resampler(reel.rate_hz)
        line = np.concatenate([*map(resampler.push, blocks), resampler.flush()])[-round(LINE_S * 16_000) :]
        rows.append(np.pad(line, round(QUIET_S * 16_000)))
    return np.stack(rows)


def test_a_card_and_a_file_of_sixteen_channels_give_the_same_text(stack: Stack, plug_in, tmp_path, monkeypatch) -> None:
    """PortAudio gets the file's own samples from ALSA, so windows are equal to the bit, and texts to the letter."""
    monkeypatch.setenv("EARSHOT_KAFKA__BOOTSTRAP", stack.settings.kafka.bootstrap)
    samples = desk_of_sixteen()
    plug_in("desk", np.pad(samples, ((0, 0), (0, 16_000 * 60))))
    picks = ",".join(f"{number}:C{number:02d}" for number in range(1, 17))
    played = start(write_wav(tmp_path / "desk.wav", samples), "--map", picks, "--session", "file", "--speed", "max")
    card = start("device", "desk", "--rate", 16_000, "--map", picks, "--session", "card", "--status-json")
    assert card.stdout is not None
    while (report := json.loads(card.stdout.readline()))["channel"] != "C16" or report["position_s"] < CARD_S:
        pass
    card.send_signal(signal.SIGINT)
    for process in (played, card):
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    texts, heard = texts_when_settled(stack, "file"), texts_when_settled(stack, "card")
    assert windows_of(stack.settings.kafka, "card") == windows_of(stack.settings.kafka, "file")
    assert heard == texts
    assert len({place.split("/")[1] for place in texts}) >= 12  # of the fourteen that speak


def texts_when_settled(stack: Stack, session_id: str) -> dict[str, str]:
    """The text of every row of a session that is captured, by its place, once every stage is through with it."""
    ledger = Ledger(session_id)
    rows: dict[str, str] = {}
    audio = tuple(topic.name for topic in AUDIO)
    kafka = stack.settings.kafka
    segmenter = GroupOffsets(kafka, f"{kafka.group_prefix}.segmenter")
    glossary = GroupOffsets(kafka, f"{kafka.group_prefix}.glossary")

    def is_settled() -> bool:
        pending, corrected = segmenter.waiting(audio), glossary.committed((TRANSCRIPTS.name,))
        for record in reader.read_to(segmenter.ends(COUNTED)):  # what they have committed the work on is in there
            ledger.take(record)
        answer = store.ask("SELECT segment_id, text FROM transcript WHERE session_id = {id:String}", {"id": session_id})
        rows.update({str(segment_id): str(text) for segment_id, text in answer.rows})
        is_corrected = all(corrected.get(place, 0) > last for place, last in ledger.transcripts_to.items())
        return is_corrected and bool(ledger.windows) and not ledger.close((0, 0, pending), rows).faults

    store = Store(stack.settings.clickhouse)
    with Reader(kafka, ReaderOptions(topics=COUNTED, tells_end=True)) as reader:
        wait_until(is_settled)
    for closed in (store, segmenter, glossary):
        closed.close()
    return {segment_id.removeprefix(session_id): text for segment_id, text in rows.items()}
