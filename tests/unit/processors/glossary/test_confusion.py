import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.glossary.confusion import is_easily_confused
from processors.glossary.spoken import spoken_form

SOUNDS = st.text("AEOKTNㅎㅁㄴㅓㅗ", max_size=6)


@pytest.mark.parametrize(
    ("heard", "said"), [("lidocane", "lidocaine"), ("케타빈", "케타민"), ("후두겅", "후두경"), ("안모니아", "암모니아")]
)
def test_one_such_sound_is_enough(heard: str, said: str) -> None:
    assert is_easily_confused(spoken_form(heard), spoken_form(said))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("isotrope", "isotope"),
        ("산도계", "산소계"),
        ("valacyclovir", "valganciclovir"),
        ("케터빈", "케타민"),
        ("abc", "abc"),
    ],
)
def test_other_sounds_or_two_of_them_are_not(one: str, other: str) -> None:
    assert not is_easily_confused(spoken_form(one), spoken_form(other))


@given(SOUNDS, SOUNDS)
def test_law_it_holds_both_ways_and_never_of_equals(one: str, other: str) -> None:
    assert is_easily_confused(one, other) == is_easily_confused(other, one)
    assert not is_easily_confused(one, one)
    assert not is_easily_confused(one, other) or abs(len(one) - len(other)) <= 1
