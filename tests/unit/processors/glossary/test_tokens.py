import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.glossary.tokens import key_of, tokens_of


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("ECMO를", "ecmo 를"),
        ("E-C-M-O", "e c m o"),
        ("C++ and C#", "c++ and c#"),
        ("snake_case", "snake case"),
        ("AT&T", "at t"),
        ("Café", "café"),
        ("혈압, 맥박", "혈압 맥박"),
        ("!?…", ""),
        ("3번", "3 번"),
    ],
)
def test_key(text, key):
    assert key_of(text) == key


@pytest.mark.parametrize(
    ("text", "joined"), [("a b", True), ("a-b", True), ("a, b", False), ("a. b", False), ("a.b", True)]
)
def test_only_spaces_and_hyphens_join(text, joined):
    assert tokens_of(text)[1].joined is joined


@given(st.text(max_size=60))
def test_tokens_lie_in_order_inside_the_text(text):
    at = 0
    for token in tokens_of(text):
        assert at <= token.start < token.end <= len(text)
        at = token.end
