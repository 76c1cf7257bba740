"""`earshot run transcriber` on the real broker: killed in the middle, it loses nothing and doubles nothing."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runtime.settings import KafkaSettings, Settings, WhisperSettings, environment_of
from schemas.codec import encode
from schemas.events import GlossaryTerm
from schemas.topics import GLOSSARY, WINDOWS
from tests.support.random_whisper import build_random_whisper
from tests.support.stage_process import offsets_of
from tests.support.transcribing import noise_windows, publish, publish_windows, transcripts_of
from tests.support.waiting import PATIENCE_S, wait_until

CONTENT = {"logprob_threshold": -100.0, "compression_ratio_threshold": 1000.0}
"""What the random model says is good enough: climbing the ladder with every window takes long."""

Child = subprocess.Popen[bytes]
Start = Callable[..., Child]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_random_whisper(tmp_path_factory.mktemp("model") / "random", card={"fitted_context": True})


@pytest.fixture
def start(kafka: KafkaSettings, model: Path) -> Iterator[Start]:
    children: list[Child] = []

    def start_transcriber(member: str = "1", **whisper: object) -> Child:
        settings = Settings(
            kafka=kafka.model_copy(update={"member": member}),
            whisper=WhisperSettings(model=str(model), batch_windows=4, **{**CONTENT, **whisper}),  # type: ignore[arg-type]
        )
        command = [sys.executable, "-m", "earshot", "run", "transcriber"]
        child = subprocess.Popen(command, env={**os.environ, **environment_of(settings)})  # noqa: TID251
        children.append(child)
        return child

    yield start_transcriber
    for child in children:
        child.kill()
        child.wait()


def lag(kafka: KafkaSettings) -> int:
    return offsets_of(kafka, "transcriber").waiting([WINDOWS.name])


def test_killed_in_the_middle_it_loses_nothing_and_doubles_nothing(
    kafka: KafkaSettings, session_id: str, start: Start
) -> None:
    windows = noise_windows(session_id, 96)
    publish_windows(kafka, windows)
    for left in (80, 44):
        child = start()
        wait_until(lambda left=left: lag(kafka) < left)
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert lag(kafka) > 0, "it was done before it was killed"
    start()
    wait_until(lambda: lag(kafka) == 0)

    told = transcripts_of(kafka, session_id)
    assert sorted(one.window_id for one in told) == sorted(one.window_id for one in windows)
    assert len({one.decoding.model for one in told}) == 1


def test_the_same_windows_give_the_same_transcripts(kafka: KafkaSettings, session_id: str, start: Start) -> None:
    for name in "ab":
        publish_windows(kafka, noise_windows(f"{session_id}{name}", 6, seed=7))
    start(logprob_threshold=-1.0)  # each climbs the ladder
    wait_until(lambda: lag(kafka) == 0)

    first, second = (
        {
            (one.channel_id, one.own_from): (one.text, one.words, one.rejected, one.decoding)
            for one in transcripts_of(kafka, f"{session_id}{name}")
        }
        for name in "ab"
    )
    assert len(first) == 6
    assert first == second


def test_sigterm_ends_it_in_order(kafka: KafkaSettings, session_id: str, start: Start) -> None:
    child = start()
    publish_windows(kafka, noise_windows(session_id, 3))
    wait_until(lambda: lag(kafka) == 0)
    child.send_signal(signal.SIGTERM)

    assert child.wait(PATIENCE_S) == 0


def test_terms_that_were_there_before_it_started_are_hotwords_of_the_first_window(
    kafka: KafkaSettings, session_id: str, start: Start
) -> None:
    term = GlossaryTerm(f"term-{session_id}", (), "", "")
    publish(kafka, GLOSSARY.name, [(term.term.encode(), encode(term))])
    start(hotwords="on")
    publish_windows(kafka, noise_windows(session_id, 2))
    wait_until(lambda: lag(kafka) == 0)
    publish(kafka, GLOSSARY.name, [(term.term.encode(), None)])

    told = transcripts_of(kafka, session_id)
    assert len(told) == 2
    assert all(one.decoding.glossary_version for one in told)


def test_a_model_that_is_not_there_ends_it_with_one_clear_line(kafka: KafkaSettings) -> None:
    settings = Settings(kafka=kafka, whisper=WhisperSettings(model="/no/such/model"))
    child = subprocess.run(
        [sys.executable, "-m", "earshot", "run", "transcriber"],
        env={**os.environ, **environment_of(settings)},  # noqa: TID251
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert child.returncode == 78
    assert b"EARSHOT_WHISPER__MODEL=/no/such/model" in child.stderr
    assert b"Traceback" not in child.stderr
