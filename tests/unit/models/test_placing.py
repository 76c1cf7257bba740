import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.training import placing
from models.training.corpus import Shard, Utterance
from models.training.placing import RATE_HZ, Library


def utterance(language: str, offset: int, samples: int) -> Utterance:
    half = samples // 2
    words = np.array([[0, half], [half, samples]], np.int32)
    return Utterance(language, "gate two.", offset, samples, words, np.array([0, half], np.int32), ["g", "t"])


def library(seed: int) -> Library:
    lengths = [8_000, 12_000, 16_000, 24_000, 48_000] * 4
    offsets = np.cumsum([0, *lengths])
    utterances = [utterance("en" if n % 2 else "ko", int(offsets[n]), size) for n, size in enumerate(lengths)]
    return Library([Shard(utterances, np.full(offsets[-1], 9_000, np.int16))], np.random.default_rng(seed))


SEEDS = st.integers(0, 10_000)


@settings(deadline=None)
@given(SEEDS, st.floats(0.0, 3.0))
def test_one_utterance_is_whole_inside_the_window(seed: int, lead_s: float) -> None:
    scene = placing.place_one(library(seed), 4 * RATE_HZ, (0.5, 1.5), lead_s)
    (placed,) = scene.placed
    assert 0 <= placed.spans[0][0] < placed.spans[-1][1] == scene.end <= 4 * RATE_HZ
    assert scene.sound[placed.spans[0][0] : placed.spans[-1][1]].all()


@settings(deadline=None)
@given(SEEDS)
def test_many_utterances_follow_each_other(seed: int) -> None:
    scene = placing.place_many(library(seed), 10 * RATE_HZ, np.random.default_rng(seed), 0.3)
    ends = [0, *(placed.spans[-1][1] for placed in scene.placed)]
    starts = [placed.spans[0][0] for placed in scene.placed]
    assert starts
    assert all(start >= end for start, end in zip(starts, ends, strict=False))
    assert ends[-1] <= 10 * RATE_HZ


@settings(deadline=None)
@given(SEEDS)
def test_a_cut_keeps_only_words_that_are_mostly_inside(seed: int) -> None:
    scene = placing.place_cut(library(seed), 6 * RATE_HZ, np.random.default_rng(seed))
    assert 0 < scene.end <= 6 * RATE_HZ
    for placed in scene.placed:
        assert len(placed.words) == len(placed.spans)
        assert all(0 <= start < end <= scene.end for start, end in placed.spans)


@pytest.mark.parametrize(("span", "share"), [((0, 10), 0.0), ((10, 20), 1.0), ((5, 15), 0.5), ((25, 35), 0.5)])
def test_how_much_of_a_word_is_inside(span: tuple[int, int], share: float) -> None:
    assert placing._inside(span, 10, 20) == pytest.approx(share)
