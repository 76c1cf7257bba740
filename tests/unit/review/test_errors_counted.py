from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.errors_counted import Errors, count_errors

words = st.lists(st.sampled_from(["ab", "abc", "혈압", "x", "y,"]), max_size=8).map(" ".join)


@pytest.mark.parametrize(
    ("old", "new", "word_edits", "character_edits"),
    [
        ("a b c", "a b c", 0, 0),
        ("a b c", "a x c", 1, 1),
        ("a b c", "a c", 1, 2),
        ("", "a bc", 2, 4),
        ("a bc", "", 2, 4),
        ("혈압을 재요", "혈압 재요", 1, 1),
        ("  a   b ", "a b", 0, 0),
    ],
)
def test_edits_are_counted(old, new, word_edits, character_edits):
    found = count_errors([(old, new)])
    assert (found.word_edits, found.character_edits) == (word_edits, character_edits)


def test_case_and_punctuation_count_unless_told_otherwise():
    assert count_errors([("Yes, sir.", "yes sir")]).word_edits == 2
    assert count_errors([("Yes, sir.", "yes sir")], loose=True) == Errors(0, 2, 0, 7)


def test_text_where_none_should_be_is_a_rate_of_one_and_silence_is_none():
    assert count_errors([("", "words")]).cer == 1
    assert count_errors([("", "")]).cer == 0


@given(st.lists(st.tuples(words, words), max_size=5))
def test_errors_add_up_over_pairs(pairs):
    total = count_errors(pairs)
    assert total == sum((count_errors([pair]) for pair in pairs), Errors())
    assert total.characters == sum(len(old) for old, _ in pairs)


@given(words, words)
def test_edits_are_the_same_in_both_directions_and_none_for_equal_texts(old, new):
    there, back = count_errors([(old, new)]), count_errors([(new, old)])
    assert (there.word_edits, there.character_edits) == (back.word_edits, back.character_edits)
    assert (there.character_edits == 0) == (old == new)


@pytest.mark.parametrize("loose", [False, True])
def test_composed_and_decomposed_letters_are_the_same(loose):
    text = "삼번 산소 Élysée"
    assert normalize("NFD", text) != text
    for pair in ((text, normalize("NFD", text)), (normalize("NFD", text), text)):
        assert count_errors([pair], loose=loose) == Errors(0, 3, 0, len(text))
