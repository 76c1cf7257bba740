import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.transcriber.echo import is_echo

TOLD = ("atorvastatin", "Crash cart", "warfarin", "심폐소생술", "C++")


@pytest.mark.parametrize(
    "text",
    [
        "warfarin",
        "Warfarin.",
        "Warfarin, atorvastatin!",
        "warfarin atorvastatin warfarin, warfarin",
        "crash-cart",
        "심폐소생술, 심폐소생술,",
        unicodedata.normalize("NFD", "심폐소생술"),
    ],
)
def test_nothing_but_terms_is_an_echo(text: str) -> None:
    assert is_echo(text, TOLD)


@pytest.mark.parametrize(
    "text", ["", "...", "She takes warfarin", "warfari", "warfarin atorva", "cart", "심폐소생술을 시작", "digoxin"]
)
def test_anything_else_is_none(text: str) -> None:
    assert not is_echo(text, TOLD)


def test_a_term_that_the_model_was_not_told_is_no_echo() -> None:
    assert not is_echo("warfarin", ())
    assert not is_echo("warfarin", ("digoxin",))


@given(st.lists(st.sampled_from(TOLD), min_size=1, max_size=20), st.sampled_from([" ", ", ", ""]))
def test_any_run_of_terms_is_an_echo(said: list[str], between: str) -> None:
    assert is_echo(between.join(said), TOLD)


def test_terms_that_are_parts_of_each_other_take_no_time() -> None:
    started = time.process_time()
    assert not is_echo("a" * 400 + "b", tuple("a" * length for length in range(1, 60)))
    assert time.process_time() - started < 5
