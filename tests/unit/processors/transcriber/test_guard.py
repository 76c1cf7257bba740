from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.transcriber.decoding import Thresholds
from processors.transcriber.guard import Guard, compression_ratio, is_loop, longest_loop
from processors.transcriber.heard import Heard
from tests.support.speech_windows import Span, window

GUARD = Guard(Thresholds(), min_voiced_ms=96)
FIVE_S = Span(0, 0, 80_000, 80_000)


def heard(text: str, **changes: object) -> Heard:
    fields = Heard(text, (), "en", 1.0, -0.2, 0.05, compression_ratio(text), complete=True, beam_size=5, context=500)
    return replace(fields, **changes)


def verdict(text: str, **changes: object) -> str:
    return GUARD.after(window(FIVE_S), heard(text, **changes))


def test_too_little_voice_is_not_decoded() -> None:
    assert GUARD.before(window(voiced_samples=1535)) == "too_short"
    assert GUARD.before(window(voiced_samples=1536)) == ""


@pytest.mark.parametrize(
    "text",
    [
        "The patient has had chest pain since Tuesday.",
        "혈압이 백사십에 구십입니다. 약을 바꿔 보겠습니다.",
        "no no no no, not that one",
        "네 네 네 알겠습니다",
        "four eight four eight four eight",
        "very, very, very good",
        "thank you",
        "ha ha ha ha",
        "1 2 3 4 5 6 7 8 9 10",
    ],
)
def test_what_people_say_is_kept(text: str) -> None:
    assert verdict(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "I don't know. " * 9,
        "감사합니다. " * 10,
        "ありがとう" * 12,
        "아" * 40,
        "so the so the so the so the so the so the so the so the",
        "the patient " * 30,
    ],
)
def test_loops_in_any_language_are_withheld(text: str) -> None:
    assert verdict(text) == "repetition"


@given(st.text(min_size=2, max_size=20), st.integers(24, 60))
def test_a_unit_said_over_and_over_is_a_loop(unit: str, repeats: int) -> None:
    letters = "".join(letter for letter in unit if letter.isalpha())
    if letters and letters == letters.lower():
        assert is_loop(unit * repeats, 5.0)


@given(st.lists(st.sampled_from(["alpha", "bravo", "charlie", "delta", "echo"]), min_size=1, max_size=30, unique=True))
def test_different_words_are_no_loop(words: list[str]) -> None:
    assert not is_loop(" ".join(words), 1.0)


def test_fast_repeats_are_a_loop_before_slow_ones() -> None:
    text = "so the first thing that we do is " * 5
    assert is_loop(text, 2.0)
    assert not is_loop(text, 12.0)


def test_the_longest_loop_is_told_with_its_unit() -> None:
    assert longest_loop("xyabcabcabcabcz") == (3, 4)
    assert longest_loop("abcdef") == (6, 1)
    assert longest_loop("") == (0, 1)


def test_silence_needs_both_doubts() -> None:
    assert verdict("and then", no_speech_prob=0.9, avg_logprob=-1.3) == "no_speech"
    assert verdict("and then", no_speech_prob=0.9, avg_logprob=-0.3) == ""
    assert verdict("and then", no_speech_prob=0.1, avg_logprob=-1.3) == ""
    assert verdict("", no_speech_prob=0.9) == "no_speech"
    assert verdict("", no_speech_prob=0.1) == ""


def test_phrases_are_withheld_only_in_doubt() -> None:
    assert verdict("Thanks for watching!", avg_logprob=-0.4) == "phrase"
    assert verdict("시청해 주셔서 감사합니다.", avg_logprob=-0.4) == "phrase"
    assert verdict("Thanks for watching!", avg_logprob=-0.1) == ""
    assert verdict("Thank you.", avg_logprob=-0.4) == ""
    assert verdict("Thank you.", avg_logprob=-0.9) == "phrase"
    assert verdict("Thank you.", no_speech_prob=0.4) == "phrase"
    assert verdict("Thank you, doctor, that helps.", avg_logprob=-0.9) == ""


def test_an_echo_of_the_hotwords_is_withheld() -> None:
    told = ("atorvastatin", "metoprolol", "warfarin", "혈압")
    assert verdict("atorvastatin, metoprolol", hotwords=told) == "phrase"
    assert verdict("atorvastatin, metoprolol", hotwords=told[:1]) == ""
    assert verdict("She takes atorvastatin, metoprolol, warfarin", hotwords=told) == ""


def test_the_ratio_of_nothing_is_zero() -> None:
    assert compression_ratio("") == 0


def test_a_text_that_stays_unlikely_is_told_only_where_somebody_surely_spoke() -> None:
    assert verdict("Back to the elevator!", avg_logprob=-1.15, no_speech_prob=0.55) == "doubt"
    assert verdict("Back to the elevator!", avg_logprob=-1.15, no_speech_prob=0.1) == ""
    assert verdict("Back to the elevator!", avg_logprob=-0.9, no_speech_prob=0.55) == ""


def test_more_text_than_there_was_voice_for_is_withheld() -> None:
    click = window(Span(0, 0, 16_000, 16_000), voiced_samples=3_500)
    assert GUARD.after(click, heard("Back to the elevator, all of you!")) == "unvoiced"
    assert GUARD.after(click, heard("Roger that.")) == ""


def test_a_window_cut_out_of_speech_may_tell_its_context_too() -> None:
    cut = window(Span(0, 8_000, 12_000, 24_000), voiced_samples=3_000, utterance_id="s/C01/0", utterance_end=False)
    assert GUARD.after(cut, heard("and then we all went back to the elevator")) == ""


def test_words_that_were_looked_for_are_told_only_if_the_model_is_sure() -> None:
    assert GUARD.is_sure(heard("mend the coat", avg_logprob=-0.5))
    assert not GUARD.is_sure(heard("mend the coat", avg_logprob=-0.9))
    assert not GUARD.is_sure(heard("mend the coat", no_speech_prob=0.7))
    assert not GUARD.is_sure(heard(""))
    assert not GUARD.is_sure(heard("thank you for watching", no_speech_prob=0.4))
