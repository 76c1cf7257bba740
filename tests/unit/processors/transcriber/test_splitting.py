"""Where a window is cut for another decoding: in the pauses, around what was left out, and all of it is kept."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.transcriber.heard import SpokenWord
from processors.transcriber.splitting import SHORTEST_PART_S, Pcm, alone, lies_in, parts, quietest_s
from processors.transcriber.stretch import Stretch

RATE = 16_000


def talk(pauses: list[tuple[float, float]], duration_s: float = 8.0) -> Pcm:
    """Noise with silence from and to these seconds."""
    pcm = np.random.default_rng(3).integers(-3000, 3000, int(duration_s * RATE)).astype(np.int16)
    for from_s, to_s in pauses:
        pcm[int(from_s * RATE) : int(to_s * RATE)] = 0
    return pcm


def words(*spans: tuple[float, float]) -> list[SpokenWord]:
    return [SpokenWord(" word", start_s, end_s, 1.0) for start_s, end_s in spans]


def test_a_stretch_is_cut_out_in_the_pauses_beside_it() -> None:
    said = words((0.5, 1.0), (1.0, 2.9), (5.0, 6.0))
    found = alone(Stretch(3.05, 4.85), said, talk([(1.9, 2.1), (4.9, 5.05)]))
    assert 1.9 <= found.from_s <= 2.1
    assert 4.9 <= found.to_s <= 5.05
    assert not any(lies_in(word, found) for word in said)


def test_before_the_first_word_and_after_the_last_it_reaches_to_the_ends() -> None:
    pcm = talk([(2.0, 2.2)])
    assert alone(Stretch(0.2, 1.9), words((2.1, 8.0)), pcm).from_s == 0.0
    assert alone(Stretch(3.0, 7.0), words((0.0, 2.5)), pcm).to_s == 8.0


gaps = st.lists(st.tuples(st.floats(0, 8), st.floats(0.5, 4)), max_size=3).map(
    lambda pairs: [Stretch(start, min(8.0, start + length)) for start, length in sorted(pairs)]
)


@given(gaps)
def test_parts_tile_the_window_and_none_is_too_short(found: list[Stretch]) -> None:
    cut = parts(found, talk([(2.0, 2.2), (5.5, 5.6)]))
    assert cut[0].from_s == 0.0
    assert cut[-1].to_s == 8.0
    assert all(before.to_s == after.from_s for before, after in pairwise(cut))
    assert all(part.duration_s >= SHORTEST_PART_S - 0.011 for part in cut)


def test_the_parts_meet_in_the_pauses_near_the_gap() -> None:
    cut = parts([Stretch(2.4, 4.6)], talk([(2.0, 2.2), (5.0, 5.1)]))
    (first, second) = (part.to_s for part in cut[:-1])
    assert 2.0 <= first <= 2.2
    assert 5.0 <= second <= 5.1


@pytest.mark.parametrize("offset", [0, 5000])
def test_a_constant_offset_is_no_sound(offset: int) -> None:
    pcm = (talk([(3.0, 3.2)]) + np.int16(offset)).astype(np.int16)
    assert 3.0 <= quietest_s(pcm, Stretch(1.0, 6.0)) <= 3.2


def test_no_room_to_choose_is_the_middle() -> None:
    assert quietest_s(talk([]), Stretch(2.0, 2.01)) == pytest.approx(2.005)
