from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from processors.transcriber.alignment import (
    LAST_ONSET_S,
    ONSET_LEAVES_S,
    WordTokens,
    begin_at,
    even_out,
    first_frames,
    join_punctuation,
    spoken_words,
    trim,
)
from processors.transcriber.heard import SpokenWord
from processors.transcriber.stretch import Stretch


def words(*texts: str) -> list[WordTokens]:
    return [WordTokens(text, 1, 0.9) for text in texts]


def test_first_frames_are_read_off_the_path() -> None:
    path = [(0, 0), (0, 1), (1, 2), (1, 3), (2, 3), (2, 4), (3, 9)]

    assert first_frames(path, 3) == [0, 2, 3, 9]
    assert first_frames(path, 2) == [0, 2, 3]


def test_a_token_without_a_frame_takes_the_next_ones_and_the_end_is_after_the_last() -> None:
    assert first_frames([(0, 0), (2, 5)], 3) == [0, 5, 5, 6]
    assert first_frames([], 2) == [1, 1, 1]


def test_words_get_their_times() -> None:
    told = spoken_words(words(" chest", " pain"), [10, 30, 50], Stretch(0.0, 2.0))

    assert [(word.text, word.start_s, word.end_s) for word in told] == [(" chest", 0.2, 0.6), (" pain", 0.6, 1.0)]
    assert not any(word.interpolated for word in told)


def test_marks_stick_to_their_words() -> None:
    times = [(0.1 * place, 0.1 * place + 0.1) for place in range(7)]
    texts = [" (", "well", ")", ",", " it", "'s", " fine", "!"]
    joined = join_punctuation(
        [SpokenWord(text, *time, 1.0) for text, time in zip(texts, [*times, (0.7, 0.8)], strict=True)]
    )

    assert [word.text for word in joined] == [" (well),", " it", "'s", " fine!"]
    assert "".join(word.text for word in joined) == "".join(texts)


def test_a_blank_before_the_first_word_goes_with_its_time() -> None:
    timed = [SpokenWord(" ", 0.0, 0.7, 1.0), SpokenWord(" yes", 0.7, 1.0, 1.0), SpokenWord(" ", 1.0, 1.2, 1.0)]

    assert [(word.text, word.start_s) for word in join_punctuation(timed)] == [(" yes ", 0.7)]
    assert join_punctuation(timed[:1]) == []


def test_a_pause_is_no_part_of_a_word() -> None:
    first, last = trim([SpokenWord(" yes", 0.0, 3.0, 1.0), SpokenWord(" no", 3.0, 9.0, 1.0)])

    assert (first.start_s > 2.0, first.end_s) == (True, 3.0)
    assert (last.start_s, last.end_s < 4.0) == (3.0, True)


def test_a_long_korean_word_keeps_its_length() -> None:
    word = SpokenWord(" 받았습니다", 0.0, 1.6, 1.0)

    assert trim([word]) == [word]


def test_words_without_a_time_share_what_lies_between_their_neighbours() -> None:
    told = spoken_words(words(" at", " 140", " over", " 90", " today"), [0, 20, 20, 20, 60, 80], Stretch(0.0, 2.0))

    assert [word.interpolated for word in told] == [False, True, True, False, False]
    assert told[1].end_s > told[1].start_s
    assert told[2].end_s > told[2].start_s


@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(0, 60), st.text("abcdef", min_size=1, max_size=9)), max_size=20),
    st.floats(0, 0.5),
    st.floats(0.5, 12),
)
def test_words_keep_their_order_lie_in_the_window_and_last_some_time(
    shapes: list[tuple[int, int, str]], begin_s: float, end_s: float
) -> None:
    frames, at = [0], 0
    for tokens, length, _ in shapes:
        frames += [at + length * (token + 1) // tokens for token in range(tokens)]
        at += length
    told = spoken_words(
        [WordTokens(f" {text}", tokens, 1.0) for tokens, _, text in shapes], frames, Stretch(begin_s, end_s)
    )

    assert len(told) == len(shapes)
    for word in told:
        assert begin_s - 1e-9 <= word.start_s <= word.end_s <= end_s + 1e-9
    for before, after in pairwise(told):
        assert before.end_s <= after.start_s + 1e-9


def test_a_run_without_times_at_the_start_and_at_the_end() -> None:
    untimed = [SpokenWord(" a", 0.0, 0.0, 1.0), SpokenWord(" b", 0.0, 1.0, 1.0), SpokenWord(" c", 1.0, 1.0, 1.0)]
    told = even_out(untimed, Stretch(0.0, 2.0))

    assert [word.interpolated for word in told] == [True, False, True]
    assert told[0].end_s > told[0].start_s
    assert told[1].start_s == told[0].end_s
    assert 1.0 <= told[2].start_s < told[2].end_s <= 2.0


def test_the_first_word_does_not_begin_before_the_sound() -> None:
    told = spoken_words(words(" yes", " sir"), [0, 40, 60], Stretch(0.3, 1.1))

    assert [(word.start_s, word.end_s) for word in told] == [(0.3, 0.8), (0.8, 1.1)]


def test_the_first_word_begins_where_the_model_hears_speech_begin() -> None:
    told = spoken_words(words(" chest", " pain"), [0, 30, 50], Stretch(0.4, 2.0), onset_s=0.32)

    assert [(word.start_s, word.end_s) for word in told] == [(0.32, 0.6), (0.6, 1.0)]


@given(onset_s=st.floats(0.0, 1.0))
def test_no_onset_moves_another_word_or_leaves_nothing_of_the_first(onset_s: float) -> None:
    plain = spoken_words(words(" chest", " pain"), [4, 45, 70], Stretch(0.0, 2.0))
    told = spoken_words(words(" chest", " pain"), [4, 45, 70], Stretch(0.0, 2.0), onset_s)

    assert told[1:] == plain[1:]
    assert told[0].end_s == plain[0].end_s
    assert told[0].start_s == (onset_s if 0 < onset_s <= 0.9 - ONSET_LEAVES_S else plain[0].start_s)


def test_the_latest_time_that_may_come_first_is_no_more_than_a_bound() -> None:
    (late,) = begin_at(LAST_ONSET_S, [SpokenWord(" yes", 1.4, 1.9, 1.0)])
    (early,) = begin_at(LAST_ONSET_S, [SpokenWord(" yes", 0.2, 1.9, 1.0)])

    assert (late.start_s, early.start_s) == (1.4, LAST_ONSET_S)


def test_the_last_word_is_heard_until_the_sound_ends_unless_that_is_much_later() -> None:
    assert spoken_words(words(" sir"), [0, 40], Stretch(0.0, 0.9))[-1].end_s == 0.9
    assert spoken_words(words(" sir"), [0, 40], Stretch(0.0, 3.0))[-1].end_s < 0.9
