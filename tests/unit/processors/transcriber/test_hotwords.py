from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.transcriber.hotwords import NO_HOTWORDS, Hotwords, hotwords_of, prompt_of
from processors.transcriber.prompts import LEFT_OUT, Prompts
from schemas.events import GlossaryTerm
from schemas.glossary.table import NO_GLOSSARY, glossary_of

LANGUAGES = st.sampled_from(["en", "ko", ""])
TERMS = st.lists(st.text("abc", min_size=1, max_size=6), max_size=30)


def letters(text: str) -> list[int]:
    return [ord(letter) for letter in text]


def text_of(tokens: Sequence[int]) -> str:
    return "".join(map(chr, tokens))


def hotwords(*terms: GlossaryTerm) -> Hotwords:
    return hotwords_of(glossary_of(terms))


def term(name: str, language: str = "", **changes: int) -> GlossaryTerm:
    return replace(GlossaryTerm(name, (), language, ""), **changes)


@given(TERMS, st.integers(0, 60))
def test_a_prompt_holds_whole_terms_each_once_and_counts_the_others(terms: list[str], most: int) -> None:
    prompt = prompt_of(terms, letters, most)

    assert len(prompt.tokens) <= most
    assert text_of(prompt.tokens) == "".join(f" {told}," for told in prompt.terms)
    assert len(prompt.terms) + prompt.left_out == len(terms)


def test_a_short_list_is_not_repeated_however_long_another_languages_is() -> None:
    several = hotwords(term("stent", "en"), term("a", "ko"))
    prompts = Prompts(letters, 60)

    assert text_of(prompts.of(several, "en").tokens) == " stent,"
    assert text_of(prompts.of(several, "ko").tokens) == " a,"
    assert prompts.of(several, "de").tokens == ()


def test_what_does_not_fit_lets_shorter_terms_follow_and_is_told() -> None:
    several = hotwords(term("a"), term("b" * 60), term("c"))

    prompt = Prompts(letters, 10).of(several, "en")
    assert prompt.terms == ("a", "c")
    assert LEFT_OUT.labels("en")._value.get() == 1


def test_terms_of_most_worth_go_first() -> None:
    several = hotwords(
        term("a"),
        term("b", corrected=3),
        term("c", priority=1),
        replace(term("d"), aliases=("dee",)),
        term("e", corrected=9),
    )
    assert several.of_language("en") == ("c", "e", "b", "d", "a")


@given(st.permutations([term(name, corrected=len(name)) for name in ("a", "b", "aa", "bb", "cc")]))
def test_the_order_follows_from_the_terms_alone(order: list[GlossaryTerm]) -> None:
    assert hotwords(*order) == hotwords(*reversed(order))


def test_the_version_is_the_glossarys() -> None:
    glossary = glossary_of([term("혈압", "ko"), term("ECMO")])
    assert hotwords_of(glossary).version == glossary.version != ""
    assert hotwords_of(NO_GLOSSARY) == NO_HOTWORDS


def test_terms_of_every_language_are_told_in_every_language() -> None:
    several = hotwords(term("ECG"), term("혈압", "ko"))

    assert several.of_language("ko") == ("ECG", "혈압")
    assert several.of_language("en") == ("ECG",)
    assert several.of_language("de") == ("ECG",)


def test_a_newer_glossary_makes_newer_prompts() -> None:
    prompts = Prompts(letters, 60)
    assert prompts.of(hotwords(term("a")), "en").terms == ("a",)
    assert prompts.of(hotwords(term("b")), "en").terms == ("b",)
    assert prompts.of(NO_HOTWORDS, "en").terms == ()


@pytest.mark.parametrize("most", [0, 2])
def test_without_room_there_is_no_prompt(most: int) -> None:
    assert prompt_of(["a"], letters, most).tokens == ()
