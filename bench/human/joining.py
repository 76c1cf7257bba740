"""Clips after one another in one recording."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from bench.human.clips import Clip, Pcm, levelled, trimmed
from schemas.audio import SAMPLE_RATE_HZ

MARGIN_S = 0.05
LEAD_S = 0.5


@dataclass(frozen=True, slots=True)
class Recording:
    """Sound and all that is said in it."""

    pcm: Pcm
    text: str

    @property
    def duration_s(self) -> float:
        """How long it is."""
        return len(self.pcm) / SAMPLE_RATE_HZ


def silence(duration_s: float) -> Pcm:
    """Digital silence."""
    return np.zeros(int(duration_s * SAMPLE_RATE_HZ), np.int16)


def joined(clips: Sequence[Clip], gap_s: float, margin_s: float = MARGIN_S) -> Recording:
    """The clips in this order at one level, `gap_s` apart."""
    parts = [silence(LEAD_S)]
    for clip in clips:
        parts += [levelled(trimmed(clip.pcm, margin_s)), silence(gap_s)]
    return Recording(np.concatenate([*parts, silence(1.0)]), " ".join(clip.text for clip in clips))


def shuffled(clips: Sequence[Clip], seed: int) -> list[Clip]:
    """The clips in an order of chance."""
    order = list(clips)
    Random(seed).shuffle(order)
    return order


def non_stop(clips: Sequence[Clip], minutes: float, seed: int) -> Recording:
    """So many minutes of the clips over and over, without pauses between them."""
    order: list[Clip] = []
    turn = 0
    while sum(len(clip.pcm) for clip in order) < minutes * 60 * SAMPLE_RATE_HZ:
        order += shuffled(clips, seed + turn)
        turn += 1
    return joined(order, 0.0, 0.02)


def stepped(clips: Sequence[Clip], block_s: float, step_db: float) -> Recording:
    """The clips with every other block of so many seconds at another level."""
    plain = joined(clips, 0.3)
    samples = plain.pcm.astype(np.float64)
    block = int(block_s * SAMPLE_RATE_HZ)
    for first in range(block, len(samples), 2 * block):
        samples[first : first + block] *= 10 ** (step_db / 20)
    return Recording(samples.astype(np.int16), plain.text)
