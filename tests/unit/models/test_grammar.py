import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.training import grammar

SEEDS = st.integers(0, 10_000)
LANGUAGES = st.sampled_from(grammar.LANGUAGES)


@settings(deadline=None)
@given(LANGUAGES, SEEDS)
def test_a_sentence_is_made_of_the_language_s_words(language: str, seed: int) -> None:
    text = grammar.sentence(language, random.Random(seed))
    assert text.endswith(".")
    assert set(text.rstrip(".").replace(",", "").split()) <= set(grammar.words(language))


@settings(deadline=None)
@given(LANGUAGES, SEEDS)
def test_equal_seeds_make_equal_sentences(language: str, seed: int) -> None:
    assert grammar.sentence(language, random.Random(seed)) == grammar.sentence(language, random.Random(seed))


@pytest.mark.parametrize("language", grammar.LANGUAGES)
def test_every_slot_is_a_rule(language: str) -> None:
    rules = grammar.rules(language)
    slots = {slot for rule in rules.values() for line in rule.lines for slot in re.findall(r"\{(\w+)\}", line)}
    assert slots <= set(rules)


@pytest.mark.parametrize("language", grammar.LANGUAGES)
def test_weights_are_read_off_the_lines(language: str) -> None:
    sentence = grammar.rules(language)["sentence"]
    assert max(sentence.weights) == 8
    assert not any("*" in line for line in sentence.lines)


def test_words_that_sound_like_numbers_are_not_said_out_of_context() -> None:
    rng = random.Random(1)
    assert not {"to", "for"} & {word for _ in range(300) for word in re.findall(r"\w+", grammar.salad("en", rng))}


def test_one_text_in_fifty_is_held_out_and_no_short_one() -> None:
    rng = random.Random(2)
    texts = {grammar.sentence("en", rng) for _ in range(4_000)}
    kept = [text for text in texts if grammar.held_out(text)]
    assert 0.01 < len(kept) / len(texts) < 0.03
    assert all(len(text.split()) >= 3 for text in kept)
