"""The engine with the demo model on the exercise's true speech: words, languages, times, and none on noise."""

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from faster_whisper.audio import decode_audio

from demo.scoring import score, total
from processors.transcriber.context import ContextRule, context_frames
from processors.transcriber.decoder import Decoder, Order
from processors.transcriber.decoding import first_attempt
from processors.transcriber.engine import WhisperEngine, load_engine
from processors.transcriber.from_settings import guard_of
from processors.transcriber.hotwords import NO_HOTWORDS
from processors.transcriber.sound import Sound, whole
from runtime.settings import WhisperSettings
from schemas.events import Transcript
from tests.support.speech_windows import Span, task, window

RATE = 16_000
DEMO = Path(__file__).parents[3] / "demo"
ORDER = Order(beam_size=5, hotwords=NO_HOTWORDS)
LEAD_S = 0.3


@dataclass(frozen=True)
class Line:
    """One true line of the exercise with its sound, from 0.3 s before it to 0.3 s after it."""

    text: str
    language: str
    start_s: float
    end_s: float
    sound: Sound


@pytest.fixture(scope="module")
def engine() -> WhisperEngine:
    return load_engine(WhisperSettings(model="models/demo", device="cpu", compute_type="int8"))


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    """Every line of four channels, two of each language."""
    found = []
    truth = json.loads((DEMO / "truth.json").read_text())
    for channel in ("C01", "C05", "C09", "C06"):
        sound = decode_audio(str(DEMO / "audio" / f"{channel}.ogg"))
        for told in truth:
            if told["channel"] == channel:
                first, after = (told["start_s"] - LEAD_S) * RATE, (told["end_s"] + LEAD_S) * RATE
                piece = sound[int(first) : int(after)]
                found.append(Line(told["text"], told["language"], told["start_s"], told["end_s"], whole(piece)))
    return found


def fitted(engine: WhisperEngine, sound: Sound) -> int:
    return context_frames(len(sound.samples), engine.card.context_rule("auto"))


def cer(said: Sequence[str], written: Sequence[str]) -> float:
    return total(score(one, other) for one, other in zip(said, written, strict=True)).cer


def test_the_model_says_that_it_was_trained_for_fitted_context(engine: WhisperEngine) -> None:
    assert engine.card.context_rule("auto") == ContextRule(True, engine.card.context_margin_s, 2.5)
    assert engine.model_name.startswith("earshot-demo/")


def test_most_of_what_was_said_is_written_in_the_right_language(engine: WhisperEngine, lines: list[Line]) -> None:
    heard = [engine.decode([line.sound], first_attempt(fitted(engine, line.sound), 5))[0] for line in lines]

    assert [one.language for one in heard] == [line.language for line in lines]
    assert cer([line.text for line in lines], [one.text for one in heard]) < 0.4


def test_company_in_the_batch_changes_nothing(engine: WhisperEngine, lines: list[Line]) -> None:
    alike = [line.sound for line in lines if fitted(engine, line.sound) == 750]
    attempt = first_attempt(750, 5)
    assert len(alike) > 5

    together = engine.decode(alike, attempt)

    assert together == [engine.decode([sound], attempt)[0] for sound in alike]
    assert len({one.language for one in together}) == 2


def test_word_times_follow_the_speech(engine: WhisperEngine, lines: list[Line]) -> None:
    starts, ends = [], []
    for line in lines:
        words = engine.decode([line.sound], first_attempt(fitted(engine, line.sound), 5))[0].words
        assert all(a.end_s <= b.start_s + 1e-6 for a, b in itertools.pairwise(words))
        starts.append(abs(words[0].start_s - LEAD_S))
        ends.append(abs(words[-1].end_s - LEAD_S - (line.end_s - line.start_s)))

    assert np.median(starts) < 0.15
    assert np.median(ends) < 0.5


RANDOM = np.random.default_rng(0)
TIMES = np.arange(10 * RATE) / RATE
NOISES = {
    "digital silence": np.zeros(10 * RATE),
    "loud noise": RANDOM.standard_normal(10 * RATE) * 0.05,
    "quiet noise": RANDOM.standard_normal(10 * RATE) * 0.001,
    "hum": 0.1 * np.sin(2 * np.pi * 60 * TIMES) + 0.05 * np.sin(2 * np.pi * 180 * TIMES),
    "tone": 0.2 * np.sin(2 * np.pi * 1000 * TIMES),
}


@pytest.mark.parametrize("name", NOISES)
@pytest.mark.parametrize("seconds", [2, 10])
def test_no_words_without_speech_even_if_the_vad_lets_it_through(
    engine: WhisperEngine, name: str, seconds: int
) -> None:
    pcm = (NOISES[name][: seconds * RATE] * 32_767).astype("<i2").tobytes()
    of = window(Span(0, 0, seconds * RATE, seconds * RATE), pcm=pcm)
    decoder = Decoder(engine, guard_of(WhisperSettings()))
    (told,) = decoder.transcribe([task(of, context=fitted(engine, whole(np.zeros(seconds * RATE, np.float32))))], ORDER)

    assert isinstance(told, Transcript)
    assert (told.text, told.words, told.rejected) == ("", (), "no_speech")
