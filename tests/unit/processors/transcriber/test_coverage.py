"""Speech that no word covers: found wherever it is long enough to hold one, and nowhere else."""

from hypothesis import given
from hypothesis import strategies as st

from processors.transcriber.coverage import (
    LONGEST_UNCOVERED_S,
    REACH_S,
    drawn_out,
    speech_of,
    uncovered,
    uncovered_spans,
)
from processors.transcriber.heard import SpokenWord
from processors.transcriber.stretch import Stretch
from schemas.events import SampleSpan
from tests.support.speech_windows import Span, window

TIMES = st.floats(0, 12, allow_nan=False)
SPEECH = st.lists(st.tuples(TIMES, TIMES), max_size=4).map(
    lambda pairs: [Stretch(min(pair), max(pair)) for pair in sorted(pairs)]
)
WORDS = st.lists(st.tuples(TIMES, st.floats(0, 2)), max_size=12).map(
    lambda pairs: [SpokenWord(" word", start, start + length, 1.0) for start, length in pairs]
)


def word(start_s: float, end_s: float) -> SpokenWord:
    return SpokenWord(" word", start_s, end_s, 1.0)


@given(SPEECH, WORDS)
def test_what_is_uncovered_is_speech_and_touches_no_word(speech: list[Stretch], words: list[SpokenWord]) -> None:
    for gap in uncovered(speech, words):
        assert gap.duration_s > LONGEST_UNCOVERED_S
        assert any(one.from_s <= gap.from_s and gap.to_s <= one.to_s for one in speech)
        assert all(one.end_s + REACH_S <= gap.from_s or one.start_s - REACH_S >= gap.to_s for one in words)


@given(SPEECH, WORDS, WORDS)
def test_more_words_never_uncover_more(speech: list[Stretch], words: list[SpokenWord], more: list[SpokenWord]) -> None:
    before = sum(gap.duration_s for gap in uncovered(speech, words))
    assert sum(gap.duration_s for gap in uncovered(speech, [*words, *more])) <= before + 1e-9


def test_a_sentence_left_out_between_two_is_found() -> None:
    found = uncovered([Stretch(0.3, 6.0)], [word(0.4, 1.0), word(1.0, 1.6), word(4.0, 5.9)])
    assert [(round(gap.from_s, 2), round(gap.to_s, 2)) for gap in found] == [(1.75, 3.85)]


def test_without_words_all_speech_is_uncovered_but_what_is_too_short_for_any() -> None:
    assert uncovered([Stretch(1.0, 1.4), Stretch(2.0, 3.0)], []) == [Stretch(2.0, 3.0)]


def test_a_short_pause_is_bridged_and_a_long_one_is_not() -> None:
    of = window(
        Span(16_000, 16_000, 80_000, 80_000),
        voiced=(SampleSpan(16_000, 24_000), SampleSpan(25_000, 32_000), SampleSpan(40_000, 80_000)),
    )
    assert speech_of(of) == [Stretch(0.0, 1.0), Stretch(1.5, 4.0)]
    assert uncovered_spans(of, [word(1.5, 4.0)]) == (SampleSpan(16_000, 32_000),)


def test_a_window_of_an_older_version_says_nothing_of_its_speech() -> None:
    assert uncovered_spans(window(), []) == ()


def test_a_word_that_lasts_longer_than_such_words_do_is_suspicious() -> None:
    and_ = SpokenWord(" and", 10.63, 11.31, 0.7)
    assert drawn_out([SpokenWord(" modern,", 9.81, 10.39, 0.9), and_]) == [Stretch(10.63, 11.31)]
    assert drawn_out([SpokenWord(" surpassed.", 0.0, 1.0, 0.9), SpokenWord(" 알겠습니다", 1.0, 2.4, 0.9)]) == []


def test_figures_and_other_scripts_are_not_judged_by_their_letters() -> None:
    assert drawn_out([SpokenWord(" 140", 0.0, 1.5, 0.9), SpokenWord("実在", 2.0, 3.0, 0.9)]) == []
