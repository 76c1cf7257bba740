"""Where a window is cut for another decoding: at the quietest places beside speech that no word covers.

Whole-number arithmetic, so that every machine finds the same ones.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import ceil

import numpy as np
from numpy.typing import NDArray

from processors.transcriber.heard import SpokenWord
from processors.transcriber.stretch import Stretch
from schemas.audio import SAMPLE_RATE_HZ

HOP_SAMPLES = 160
HOPS_PER_S = SAMPLE_RATE_HZ // HOP_SAMPLES
REACH_HOPS = 3
"""A place is judged by the 30 ms on either side of it."""
WORD_STARTS_S = 0.08
"""A word has begun for certain so long after the time that alignment gives it."""
PLAY_S = 0.2
"""How far the edge of uncovered speech is off where the words beside it are right,"""
FAR_S = 1.0
"""and where they are not."""
SHORTEST_PART_S = 0.6

Pcm = NDArray[np.int16]


def alone(gap: Stretch, words: Sequence[SpokenWord], pcm: Pcm) -> Stretch:
    """What to decode by itself for a gap between `words`: up to a quiet place on either side, words left out.

    A word that fills the gap itself is no neighbour of it.
    """
    before, after = around(gap, words)
    from_s, to_s = 0.0, len(pcm) / SAMPLE_RATE_HZ
    if before:
        play_s = PLAY_S if before[-1].end_s < gap.from_s else 0.0
        from_s = quietest_s(pcm, Stretch(before[-1].start_s + WORD_STARTS_S, gap.from_s + play_s))
    if after:
        to_s = quietest_s(pcm, Stretch(gap.to_s - PLAY_S, after[0].start_s + WORD_STARTS_S))
    return Stretch(from_s, to_s)


def lies_in(word: SpokenWord, stretch: Stretch) -> bool:
    """Whether a word is heard in this stretch, by its start: its end is known less well beside a pause."""
    return stretch.from_s < word.start_s + WORD_STARTS_S < stretch.to_s


def around(gap: Stretch, words: Iterable[SpokenWord]) -> tuple[list[SpokenWord], list[SpokenWord]]:
    """The words before the gap, and those after it."""
    before: list[SpokenWord] = []
    after: list[SpokenWord] = []
    for word in words:
        if gap.from_s <= word.start_s and word.end_s <= gap.to_s:
            continue
        (before if word.start_s + word.end_s <= 2 * gap.middle_s else after).append(word)
    return before, after


def parts(gaps: Iterable[Stretch], pcm: Pcm) -> list[Stretch]:
    """All of the window, cut at a quiet place before and behind each gap, none of the parts too short for words."""
    duration_s = len(pcm) / SAMPLE_RATE_HZ
    cuts = [0.0]
    for gap in gaps:
        for near in (
            Stretch(gap.from_s - FAR_S, gap.from_s + PLAY_S),
            Stretch(gap.to_s - PLAY_S, gap.to_s + FAR_S),
        ):
            first_s = max(near.from_s, cuts[-1] + SHORTEST_PART_S)
            last_s = min(near.to_s, duration_s - SHORTEST_PART_S)
            if first_s < last_s:
                cuts.append(quietest_s(pcm, Stretch(first_s, last_s)))
    cuts.append(duration_s)
    return [Stretch(from_s, to_s) for from_s, to_s in pairwise(cuts)]


def quietest_s(pcm: Pcm, within: Stretch) -> float:
    """The earliest of the quietest places in a stretch of the sound, on a grid of 10 ms; its middle if it is shorter.

    Energy is n·Σx² - (Σx)², so a constant offset does not count as sound.
    """
    hops = pcm[: len(pcm) // HOP_SAMPLES * HOP_SAMPLES].astype(np.int64).reshape(-1, HOP_SAMPLES)
    first = max(0, ceil(within.from_s * HOPS_PER_S))
    last = min(len(hops), int(within.to_s * HOPS_PER_S))
    if last - first < 2:
        return max(0.0, within.middle_s)
    energy = [_energy(hops[max(0, place - REACH_HOPS) : place + REACH_HOPS]) for place in range(first, last)]
    return (first + int(np.argmin(energy))) / HOPS_PER_S


def _energy(hops: NDArray[np.int64]) -> int:
    return int(hops.size * np.sum(hops * hops) - np.sum(hops) ** 2) // max(1, hops.size)
