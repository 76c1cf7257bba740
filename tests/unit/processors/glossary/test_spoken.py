import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.glossary.spoken import spoken_form


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("혈압은", "혀라븐"),  # liaison
        ("국력", "궁녁"),  # nasalisation
        ("신라", "실라"),  # lateralisation
        ("같이", "가치"),  # palatalisation
        ("좋다", "조타"),  # aspiration
        ("입학", "이팍"),
        ("않아", "아나"),
        ("값이", "갑시"),
        ("폐쇄", "패쇄"),  # pairs that are confused
        ("희망", "히망"),
        ("꽃", "곧"),
        ("tourniquet", "turnikit"),
        ("knight", "night"),
        ("photo", "foto"),
        ("café", "cafe"),
        ("wrist", "rist"),
        ("halligan bar", "halliganbar"),
    ],
)
def test_sounds_alike(one, other):
    assert spoken_form(one) == spoken_form(other) != ""


@pytest.mark.parametrize(
    ("one", "other"), [("affect", "effect"), ("혈압", "혈당"), ("falcon", "felon"), ("수신", "수심")]
)
def test_sounds_different(one, other):
    assert spoken_form(one) != spoken_form(other)


@pytest.mark.parametrize("words", ["", "co2", "혈압기a", "ЭКМО", "ㅋㅋ", "漢字"])
def test_other_writing_has_no_spoken_form(words):
    assert spoken_form(words) == ""


@given(st.text(alphabet=st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), min_size=1, max_size=12))
def test_every_run_of_syllables_has_a_sound(syllables):
    form = spoken_form(syllables)
    assert form
    assert all("ㄱ" <= letter <= "ㅣ" for letter in form)


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=20))
def test_every_latin_word_becomes_known_sounds(word):
    assert set(spoken_form(word)) <= set("NRWSMXKJTF0HYOEABLP")
