import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.glossary.words.vocabulary import NoWords
from tests.support.dictionaries import DICTIONARIES


@pytest.mark.parametrize(
    "word",
    ["incubation", "amiodarone", "fire", "a", "i", "신부전", "복막암", "방화복", "화재정보", "저혈당", "절개술", "물"],
)
def test_words_that_exist_are_known(word: str) -> None:
    assert DICTIONARIES.knows(word, "")
    assert not NoWords().knows(word, "")


@pytest.mark.parametrize(
    "word", ["amiodaron", "epinephrin", "e", "zwickenhauer", "심페소생술", "제세동끼", "에피네프링", "", "7"]
)
def test_others_are_not(word: str) -> None:
    assert not DICTIONARIES.knows(word, "en" if word.isascii() else "ko")


def test_a_language_has_its_own_words_and_english_ones() -> None:
    assert DICTIONARIES.knows("krankenhaus", "de")
    assert not DICTIONARIES.knows("feuerwehrhaus", "")
    assert DICTIONARIES.knows("infusion", "de")
    assert DICTIONARIES.knows("infusion", "xx")


def test_what_is_written_often_has_the_larger_share() -> None:
    assert DICTIONARIES.frequency("morphine", "en") > 10 * DICTIONARIES.frequency("morphin", "en") > 0
    assert DICTIONARIES.frequency("amiodaron", "en") == 0


@given(st.text("가나다복막염신부전화재경보", max_size=9))
def test_any_syllables_can_be_asked_for(word: str) -> None:
    assert DICTIONARIES.knows(word, "ko") in (True, False)
    if word and DICTIONARIES.knows(word, "ko") and len(word) > 4:
        assert not DICTIONARIES.knows(f"{word}쀍쀍", "ko")
