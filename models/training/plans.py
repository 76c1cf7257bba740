"""Which batch comes when: first single sentences in short windows, then every kind of window."""

from __future__ import annotations

import dataclasses
import random

import numpy as np

from models.training.mixing import Plan
from models.training.placing import Library

FIRST_PART = 0.10
"""Share of the run with single sentences only."""
LONG_PART = 0.55
"""From here on, more windows hold several utterances, or Whisper's full 30 s."""
_LONGEST_LEAD_S = 14.0
_FRAMES_PER_BATCH = 6_500
_LARGEST_BATCH = 30
_PROMPT_BATCHES, _PROMPTED = 0.45, 0.7
"""Prompts come together in some batches, for they make every row of a batch longer."""


def choose(progress: float, rng: random.Random, library: Library) -> Plan:
    """The next batch at this share of the run; equal `rng` states give equal sizes."""
    if progress < FIRST_PART:
        return _single(rng, library)
    plan = _any_window(progress, rng, library)
    return dataclasses.replace(plan, prompts=_PROMPTED if rng.random() < _PROMPT_BATCHES else 0.0)


def _any_window(progress: float, rng: random.Random, library: Library) -> Plan:
    draw = rng.random()
    full, long, middle = (0.04, 0.0, 0.30) if progress < LONG_PART else (0.06, 0.34, 0.30)
    if draw < full:
        return _plan("full", 3_000, (0.35, 0.4, 0.15, 0.1), (0.2, 13.0))
    draw -= full
    if draw < long:
        return _long(rng)
    draw -= long
    if draw < middle:
        frames = rng.randrange(500, 1_750, 50)
        return _plan("middle", frames, (0.06, 0.57, 0.34, 0.03), (0.2, min(13.0, frames / 100 - 0.4)))
    if draw < middle + 0.12:
        frames = rng.randrange(120, 300, 10)
        return _plan("short", frames, (0.76, 0.03, 0.08, 0.13), (0.2, frames / 100 - 0.25))
    length_s = library.length_s(rng.random())
    frames = int((length_s + rng.choice((0.5, 0.8, 1.2, 2.5))) * 50) * 2
    return _plan("fitted", frames, (0.84, 0.05, 0.05, 0.06), (length_s - 0.4, length_s + 0.1))


def _long(rng: random.Random) -> Plan:
    """Several utterances, mostly with their times: late time tokens occur nowhere else."""
    frames = 3_000 if rng.random() < 0.4 else rng.randrange(1_400, 2_950, 50)
    plan = _plan("long", frames, (0.0, 0.8, 0.2, 0.0), (0.2, 13.0))
    return dataclasses.replace(plan, timed=0.75)


def _single(rng: random.Random, library: Library) -> Plan:
    length_s = min(8.0, max(1.0, library.length_s(rng.random())))
    frames = int((length_s + 0.5) * 50) * 2
    plan = _plan("single", frames, (0.97, 0.0, 0.0, 0.03), (length_s - 0.5, length_s + 0.1))
    return dataclasses.replace(plan, lead_s=_short_lead_s)


def _plan(name: str, frames: int, kinds: tuple[float, float, float, float], length_s: tuple[float, float]) -> Plan:
    size = max(3, min(_LARGEST_BATCH, _FRAMES_PER_BATCH // frames))
    return Plan(name, frames, size, kinds, length_s, _lead_s)


def _short_lead_s(draws: np.random.Generator) -> float:
    return float(draws.uniform(0.0, 0.4))


def _lead_s(draws: np.random.Generator) -> float:
    """Mostly the pipeline's pre-roll of about 0.3 s, sometimes much more, so that words are found anywhere."""
    share = draws.random()
    if share < 0.4:
        return float(draws.uniform(0.15, 0.5))
    if share < 0.75:
        return float(draws.uniform(0.0, 1.0))
    return float(draws.uniform(0.5, 3.0 if share < 0.85 else _LONGEST_LEAD_S))
