import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.training import tokens
from models.training.tokens import Vocabulary

VOCABULARY = Vocabulary(tokens.train_pieces([" gate two.", " 둘 번 게이트."] * 20))


def test_specials_stand_in_whisper_s_order() -> None:
    ids = [VOCABULARY.special(name) for name in tokens.SPECIALS]
    assert ids == list(range(ids[0], ids[0] + len(ids)))
    assert tokens.SPECIALS[0] == ""
    assert VOCABULARY.time(0) == VOCABULARY.special("<|notimestamps|>") + 1
    assert VOCABULARY.size == VOCABULARY.time(1_500) + 1


def test_the_exported_tokenizer_has_the_same_ids() -> None:
    exported = tokens.with_specials(VOCABULARY.pieces)
    assert exported.token_to_id("<|ko|>") == VOCABULARY.special("<|ko|>")
    assert exported.token_to_id("<|30.00|>") == VOCABULARY.size - 1


@pytest.mark.parametrize("symbol", [" -", " '", "♪", " ♪", "♯", " ♭"])
def test_symbols_that_faster_whisper_suppresses_are_one_token(symbol: str) -> None:
    assert len(VOCABULARY.encode(symbol)[0]) == 1


@settings(deadline=None)
@given(st.text(max_size=30))
def test_any_text_can_be_written(text: str) -> None:
    assert VOCABULARY.pieces.decode(VOCABULARY.encode(text)[0], skip_special_tokens=False) == text
