"""Words lost, put in and changed, told apart by their letters."""

from hypothesis import given
from hypothesis import strategies as st

from bench.human.counting import Count, count

TEXTS = st.lists(st.sampled_from(["we", "are", "sure", "that", "one", "war", "is", "enough"]), max_size=12).map(
    " ".join
)


@given(TEXTS)
def test_the_same_text_has_no_errors(text: str) -> None:
    assert count(text, text.upper()) == Count(said=len(text.split()))


@given(TEXTS)
def test_all_of_a_text_can_be_lost_or_put_in(text: str) -> None:
    words = len(text.split())
    assert count(text, "").lost == words
    assert count("", text).added == words


def test_a_sentence_left_out_is_lost() -> None:
    assert count("the air is pure we are sure that one war is enough", "the air is pure.").lost == 8


def test_words_written_together_are_changed_and_not_lost() -> None:
    counted = count("produced the block books which were", "Produced the blockbooks, which were")
    assert (counted.lost, counted.added) == (0, 0)
    assert counted.changed > 0


def test_a_word_said_twice_is_put_in() -> None:
    assert count("and it is worth", "and and it is worth").added == 1


def test_korean_is_counted_by_character() -> None:
    assert count("뭐라고 했지", "뭐라고 했지?", "ko") == Count(said=5)
