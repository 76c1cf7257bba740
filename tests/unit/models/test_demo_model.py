import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from faster_whisper import WhisperModel, decode_audio
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens

from demo.scoring import score, total
from processors.transcriber.card import read_card
from processors.transcriber.decoding import first_attempt
from processors.transcriber.engine import load_engine
from processors.transcriber.features import Samples
from processors.transcriber.sound import whole
from runtime.settings import WhisperSettings

PROJECT = Path(__file__).parents[3]
MODEL = PROJECT / "models" / "demo"
LARGEST_BYTES = 12_000_000
CHANNEL = "C07"
WORST_CER = 0.15
BEFORE_S = 0.3
LARGEST_ERROR_S = 0.15


@pytest.fixture(scope="module")
def whisper() -> WhisperModel:
    return WhisperModel(str(MODEL), device="cpu", compute_type="int8", cpu_threads=1)


@pytest.fixture(scope="module")
def tokenizer(whisper: WhisperModel) -> Tokenizer:
    return Tokenizer(whisper.hf_tokenizer, True, task="transcribe", language="ko")


def test_it_is_small() -> None:
    assert sum(file.stat().st_size for file in MODEL.iterdir()) <= LARGEST_BYTES


def test_its_card_names_these_weights() -> None:
    text = (MODEL / "earshot.json").read_text(encoding="utf-8")
    assert json.loads(text)["sha256"] == hashlib.sha256((MODEL / "model.bin").read_bytes()).hexdigest()
    assert read_card(text, "demo").fitted_context


def test_it_knows_two_languages(whisper: WhisperModel) -> None:
    assert whisper.model.is_multilingual
    assert whisper.model.n_mels == 80


def test_what_faster_whisper_suppresses_holds_no_piece_of_text(whisper: WhisperModel, tokenizer: Tokenizer) -> None:
    suppressed = set(get_suppressed_tokens(tokenizer, [-1]))
    texts = (" gate two, stand by.", " 둘 번 게이트, 유류 창고.", " 제세동기")
    assert not {token for text in texts for token in tokenizer.encode(text)} & suppressed


def test_it_hears_a_channel_of_the_exercise(whisper: WhisperModel) -> None:
    errors = []
    for text, window in lines_of_the_exercise():
        segments, _ = whisper.transcribe(window)
        errors.append(score(text, " ".join(segment.text for segment in segments)))
    assert total(errors).cer <= WORST_CER


def test_lines_that_are_heard_right_begin_where_they_are_heard() -> None:
    engine = load_engine(WhisperSettings(model=str(MODEL)))
    texts, windows = zip(*lines_of_the_exercise(), strict=True)
    heard = engine.decode([whole(window) for window in windows], first_attempt(3_000, 5))
    right = [one.words[0].start_s for text, one in zip(texts, heard, strict=True) if one.text == text]
    assert len(right) >= len(texts) / 2
    assert max(abs(start_s - BEFORE_S) for start_s in right) <= LARGEST_ERROR_S


def lines_of_the_exercise() -> Iterator[tuple[str, Samples]]:
    """Each line on the channel, and its sound from BEFORE_S before it."""
    sound = decode_audio(str(PROJECT / "demo" / "audio" / f"{CHANNEL}.ogg"))
    truth = json.loads((PROJECT / "demo" / "truth.json").read_text(encoding="utf-8"))
    for row in (row for row in truth if row["channel"] == CHANNEL):
        yield row["text"], sound[int((row["start_s"] - BEFORE_S) * 16_000) : int((row["end_s"] + 0.3) * 16_000)]
