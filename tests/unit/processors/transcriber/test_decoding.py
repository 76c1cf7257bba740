from dataclasses import replace

import pytest

from processors.transcriber.decoding import (
    ECHO,
    MOST_TOKENS,
    Thresholds,
    average_logprob,
    best_of,
    fault_of,
    first_attempt,
    further_attempts,
    token_limit,
)
from processors.transcriber.heard import Heard

GOOD = Heard("a b", (), "en", 1.0, -0.2, 0.1, 1.1, complete=True, beam_size=5, context=250)
THRESHOLDS = Thresholds()


def test_a_fitted_window_is_tried_again_in_full_and_then_without_repeats() -> None:
    first = first_attempt(500, 5)
    full, loosened = further_attempts(first, 4.0, "logprob")

    assert (first.context, first.no_repeat_ngram) == (500, 0)
    assert (full.context, full.no_repeat_ngram, full.beam_size) == (3000, 0, 5)
    assert (loosened.context, loosened.hotwords) == (3000, False)
    assert loosened.no_repeat_ngram > 0


def test_an_echo_is_first_decoded_as_it_was_without_hotwords_and_never_with_them_again() -> None:
    first = first_attempt(500, 5)
    again, *further = further_attempts(first, 4.0, ECHO)

    assert again == replace(first, hotwords=False)
    assert [attempt.context for attempt in further] == [3000, 3000]
    assert not any(attempt.hotwords for attempt in further)


def test_a_full_window_is_not_tried_twice_the_same_way() -> None:
    assert [attempt.no_repeat_ngram > 0 for attempt in further_attempts(first_attempt(3000, 5), 4.0, "logprob")] == [
        True
    ]


def test_the_token_limit_follows_the_sound_and_never_passes_the_decoders() -> None:
    assert token_limit(1.0) < token_limit(2.0)
    assert token_limit(30.0) == MOST_TOKENS
    assert first_attempt(250, 5).token_limit == token_limit(2.5)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({}, ""),
        ({"complete": False}, "no_end"),
        ({"hotwords": ("a b",)}, "echo"),
        ({"hotwords": ("a",)}, ""),
        ({"hotwords": ("a b",), "avg_logprob": -1.1, "no_speech_prob": 0.7}, ""),
        ({"compression_ratio": 2.5}, "repetition"),
        ({"avg_logprob": -1.1}, "logprob"),
        ({"avg_logprob": -1.1, "no_speech_prob": 0.7}, ""),
        ({"avg_logprob": -0.9, "no_speech_prob": 0.7}, ""),
    ],
)
def test_faults(change: dict[str, object], fault: str) -> None:
    assert fault_of(replace(GOOD, **change), THRESHOLDS) == fault


def test_the_best_is_finished_then_unrepeated_then_likely() -> None:
    endless = replace(GOOD, complete=False, avg_logprob=-0.01)
    looped = replace(GOOD, compression_ratio=5.0, avg_logprob=-0.02)
    unlikely = replace(GOOD, avg_logprob=-1.5)
    echo = replace(GOOD, hotwords=("a b",), avg_logprob=-0.01)
    assert best_of([echo, endless], THRESHOLDS) == endless

    assert best_of([endless, looped, unlikely], THRESHOLDS) is unlikely
    assert best_of([endless, looped], THRESHOLDS) is looped
    assert best_of([replace(GOOD, avg_logprob=-2), unlikely], THRESHOLDS) is unlikely


def test_an_empty_decoding_has_a_score_that_is_a_number() -> None:
    assert average_logprob(float("nan"), 0) == 0.0
    assert average_logprob(float("-inf"), 0) == 0.0
    assert average_logprob(-0.5, 4) == pytest.approx(-0.4)
