import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.transcriber.hotwords import NO_HOTWORDS, hotwords_of, prompt_tokens
from schemas.events import GlossaryTerm
from schemas.glossary.table import glossary_of

LANGUAGES = st.sampled_from(["en", "ko", ""])
TERMS = st.lists(st.builds(GlossaryTerm, st.text("abc", min_size=1, max_size=6), st.just(()), LANGUAGES, st.just("")))


def letters(text: str) -> list[int]:
    return [ord(letter) for letter in text]


@given(TERMS, st.integers(0, 60))
def test_all_prompts_are_of_one_length_or_empty(terms: list[GlossaryTerm], most: int) -> None:
    lengths = {len(tokens) for tokens in prompt_tokens(hotwords_of(glossary_of(terms)), letters, most).values()} - {0}

    assert len(lengths) <= 1
    assert all(length <= most for length in lengths)


@given(st.permutations(["a", "b", "c"]))
def test_the_version_names_the_terms_not_their_order(order: list[str]) -> None:
    version = hotwords_of(glossary_of([GlossaryTerm(text, (), "en", "") for text in order])).version

    assert version == hotwords_of(glossary_of([GlossaryTerm(text, (), "en", "") for text in "abc"])).version
    assert version != hotwords_of(glossary_of([GlossaryTerm(text, (), "ko", "") for text in "abc"])).version


def test_a_short_list_is_repeated_and_cut_at_its_left() -> None:
    hotwords = hotwords_of(glossary_of([GlossaryTerm("stent", (), "en", ""), GlossaryTerm("a", (), "ko", "")]))
    prompts = prompt_tokens(hotwords, letters, 60)

    assert "".join(map(chr, prompts["en"])) == " stent,"
    assert "".join(map(chr, prompts["ko"])) == ", a, a,"[-7:]
    assert prompts[""] == []


def test_a_long_list_loses_whole_terms() -> None:
    hotwords = hotwords_of(glossary_of([GlossaryTerm(term, (), "en", "") for term in ("aa", "bb", "cc")]))

    assert "".join(map(chr, prompt_tokens(hotwords, letters, 10)["en"])) == " aa, bb,"


def test_terms_of_every_language_are_told_in_every_language() -> None:
    hotwords = hotwords_of(glossary_of([GlossaryTerm("ECG", (), "", ""), GlossaryTerm("혈압", (), "ko", "")]))

    assert hotwords.of_language("ko") == ("ECG", "혈압")
    assert hotwords.of_language("en") == ("ECG",)
    assert hotwords.of_language("de") == ("ECG",)


@pytest.mark.parametrize("terms", [[], ()])
def test_without_terms_there_is_no_version(terms: list[GlossaryTerm]) -> None:
    assert hotwords_of(glossary_of(terms)) == NO_HOTWORDS
    assert hotwords_of(glossary_of(terms)).version == ""
