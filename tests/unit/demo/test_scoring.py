import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.scoring import CharacterErrors, normalise, score, total

TEXTS = st.text(alphabet="abc 가나다,.", max_size=30)


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("Gate two, CONTROL!", "gate two control"),
        ("  둘 번   게이트. ", "둘 번 게이트"),
        ("x-ray\n_", "x ray"),
        ("\u1100\u1161", "가"),
        ("…", ""),
    ],
)
def test_only_letters_digits_and_single_spaces_are_compared(raw: str, plain: str) -> None:
    assert normalise(raw) == plain


@pytest.mark.parametrize(
    ("said", "written", "edits", "chars"),
    [
        ("gate two", "Gate two.", 0, 8),
        ("gate two", "gate ten", 2, 8),
        ("gate two", "", 8, 8),
        ("", "two", 3, 0),
        ("둘 번", "둘번", 1, 3),
    ],
)
def test_edits_are_counted_against_the_reference(said: str, written: str, edits: int, chars: int) -> None:
    assert score(said, written) == CharacterErrors(edits, chars)


def test_words_where_nothing_was_said_are_infinitely_wrong() -> None:
    assert score("", "").cer == 0.0
    assert math.isinf(score("", "roger").cer)


@settings(deadline=None)
@given(TEXTS)
def test_a_text_has_no_errors_against_itself(text: str) -> None:
    assert score(text, text).edits == 0


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_edits_are_the_same_both_ways(one: str, other: str) -> None:
    assert score(one, other).edits == score(other, one).edits


@settings(deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=5))
def test_errors_of_several_texts_add_up(pairs: list[tuple[str, str]]) -> None:
    errors = [score(said, written) for said, written in pairs]
    assert total(errors).edits == sum(one.edits for one in errors)
    assert total(errors).reference_chars == sum(len(normalise(said)) for said, _ in pairs)
