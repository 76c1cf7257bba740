import itertools

from hypothesis import given
from hypothesis import strategies as st

from processors.transcriber.heard import SpokenWord
from processors.transcriber.ownership import owned_span, owned_words
from schemas.events import SpeechWindow
from tests.support.speech_windows import Span, window

RATE = 16_000


def utterance(cuts: list[int], context: int) -> list[SpeechWindow]:
    """Windows that tile [cuts[0], cuts[-1]) and share `context` samples around each cut."""
    first, last = cuts[0], cuts[-1]
    windows = []
    for own_from, own_to in itertools.pairwise(cuts):
        span = Span(max(first, own_from - context), own_from, own_to, min(last, own_to + context))
        windows.append(window(span, utterance_id=f"s/C01/{first}", utterance_end=own_to == last))
    return windows


@st.composite
def tilings(draw: st.DrawFn) -> tuple[list[SpeechWindow], list[tuple[int, int]]]:
    lengths = draw(st.lists(st.integers(RATE, 10 * RATE), min_size=1, max_size=5))
    start = draw(st.integers(0, 10**9))
    cuts = [start]
    for length in lengths:
        cuts.append(cuts[-1] + length)
    windows = utterance(cuts, draw(st.integers(0, RATE)))
    words = draw(st.lists(st.tuples(st.integers(start, cuts[-1] - 1), st.integers(0, RATE)), min_size=1, max_size=30))
    return windows, [(word, min(word + length, cuts[-1])) for word, length in words]


@given(tilings())
def test_each_word_is_owned_by_exactly_one_window(tiling: tuple[list[SpeechWindow], list[tuple[int, int]]]) -> None:
    windows, words = tiling
    for start, end in words:
        owners = 0
        for one in windows:
            spoken = SpokenWord(" w", (start - one.first_sample) / RATE, (end - one.first_sample) / RATE, 1.0)
            owners += len(owned_words(one, [spoken]).words)
        assert owners == 1


def test_times_become_stream_samples_and_the_text_is_that_of_the_owned_words() -> None:
    one = window(Span(1000, 17_000, 33_000, 49_000), utterance_id="s/C01/0", utterance_end=False)
    words = [
        SpokenWord(" before", 0.2, 0.8, 0.9),
        SpokenWord(" the", 0.9, 1.2, 0.9),
        SpokenWord(" cut.", 1.5, 1.9, 0.8, interpolated=True),
        SpokenWord(" after", 1.9, 2.3, 0.9),
    ]

    owned = owned_words(one, words)

    assert owned.text == "the cut."
    assert [(word.text, word.start_sample, word.end_sample) for word in owned.words] == [
        ("the", 15_400, 20_200),
        ("cut.", 25_000, 31_400),
    ]
    assert [word.interpolated for word in owned.words] == [False, True]


def test_languages_without_spaces_get_none() -> None:
    words = [SpokenWord("今日", 0.0, 0.3, 1.0), SpokenWord("は", 0.3, 0.5, 1.0)]

    assert owned_words(window(), words).text == "今日は"


def test_at_the_ends_of_an_utterance_all_of_the_sound_is_owned() -> None:
    assert owned_span(window(Span(0, 4800, 12_000, 16_000))) == (0, 16_000)
    middle = window(Span(0, 4800, 12_000, 16_000), utterance_id="s/C01/1", utterance_end=False)
    assert owned_span(middle) == (4800, 12_000)


def test_a_last_word_whose_time_runs_over_the_end_is_not_lost() -> None:
    assert owned_words(window(), [SpokenWord(" end", 0.9, 1.3, 1.0)]).text == "end"
