"""The quietest place to cut: whole-number arithmetic, so that every machine finds the same one."""

import numpy as np
from numpy.typing import NDArray

from processors.segmenter.options import REACH
from processors.segmenter.pcm_buffer import PcmBuffer

HOP = 160  # places are multiples of 10 ms, counted from the start of the stream


def quietest(audio: PcmBuffer, from_sample: int, to_sample: int) -> int | None:
    """The earliest of the quietest places in [from_sample, to_sample]; None if there is no place in it.

    `audio` must hold `REACH` samples more on either side.
    """
    places = quietest_places(audio, from_sample, to_sample)
    return int(places[0]) if len(places) else None


def quietest_places(audio: PcmBuffer, from_sample: int, to_sample: int) -> NDArray[np.int64]:
    """All places in [from_sample, to_sample] of least energy, in order (more than one in digital silence).

    Energy is n·Σx² - (Σx)², so a constant offset of a cheap sound card does not count as sound.
    """
    first = -(-from_sample // HOP) * HOP
    places = np.arange(first, to_sample + 1, HOP, dtype=np.int64)
    if not len(places):
        return places
    samples = audio.between(first - REACH, int(places[-1]) + REACH).astype(np.int64)
    hops = samples.reshape(-1, HOP)
    sums = _over_reach(hops.sum(axis=1))
    squares = _over_reach(np.einsum("ij,ij->i", hops, hops))
    energy = 2 * REACH * squares - sums * sums
    found: NDArray[np.int64] = places[energy == energy.min()]
    return found


def _over_reach(per_hop: NDArray[np.int64]) -> NDArray[np.int64]:
    width = 2 * REACH // HOP
    running = np.concatenate((np.zeros(1, np.int64), np.cumsum(per_hop)))
    total: NDArray[np.int64] = running[width:] - running[:-width]
    return total
