import hashlib
import json
from pathlib import Path

import pytest
from faster_whisper import WhisperModel, decode_audio
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens

from demo.scoring import score, total
from processors.transcriber.card import read_card

PROJECT = Path(__file__).parents[3]
MODEL = PROJECT / "models" / "demo"
LARGEST_BYTES = 12_000_000
CHANNEL = "C07"
WORST_CER = 0.15


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
    sound = decode_audio(str(PROJECT / "demo" / "audio" / f"{CHANNEL}.ogg"))
    truth = json.loads((PROJECT / "demo" / "truth.json").read_text(encoding="utf-8"))
    errors = []
    for row in (row for row in truth if row["channel"] == CHANNEL):
        window = sound[int((row["start_s"] - 0.3) * 16_000) : int((row["end_s"] + 0.3) * 16_000)]
        segments, _ = whisper.transcribe(window)
        errors.append(score(row["text"], " ".join(segment.text for segment in segments)))
    assert total(errors).cer <= WORST_CER
