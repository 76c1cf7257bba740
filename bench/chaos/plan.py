"""What is done to which process, and when: a pure function of a seed."""

from dataclasses import dataclass
from enum import StrEnum
from random import Random

PRODUCER = "producer"
SEGMENTER, TRANSCRIBER, GLOSSARY, SINK = "segmenter", "transcriber", "glossary", "sink"
CLICKHOUSE, KAFKA = "clickhouse", "kafka"
TARGETS = (PRODUCER, SEGMENTER, TRANSCRIBER, GLOSSARY, SINK, CLICKHOUSE, KAFKA)
JOINING = (SEGMENTER, TRANSCRIBER)
"""Stages that get a second process for a while."""
FIRST_BLOW_S = 1.0
LONG_SHARE = 0.3
FREEZES_PER_KILL, RESTARTS_PER_KILL, ABSENCES_PER_KILL = 0.4, 0.15, 0.15


class Kind(StrEnum):
    """What is done to a process."""

    KILL = "kill -9"
    FREEZE = "SIGSTOP"
    """Stopped, and let go on after a while."""
    RESTART = "SIGTERM"
    """Ended in order; its supervisor starts it again."""
    AWAY = "away"
    """Killed, and not started again for a while."""
    JOIN = "join"
    """A second process of the stage comes, and leaves after a while."""
    LEAVE = "leave"
    """It is ended in order, for good; no blow of its own, but the end of a join."""


@dataclass(frozen=True, slots=True, order=True)
class Blow:
    """One thing done to one process."""

    at_s: float
    """Seconds from the start of the round."""
    target: str
    kind: Kind
    for_s: float = 0.0
    """How long it lasts; 0 where it is done at once."""
    pick: float = 0.0
    """Which of several processes of the stage is meant: a share, 0 to 1."""


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """How much happens in a round, and in which time."""

    kills: int
    until_s: float
    """Blows fall between the first second and this one; those on the producer in the first two thirds of it."""
    longest_s: float = 12.0
    """Longest freeze or absence."""


def plan_of(seed: int, options: PlanOptions) -> list[Blow]:
    """The blows of a round in order of time: `kills` kills, spread evenly over the targets, and the rest beside them.

    Every plan has at least one freeze, one restart, one absence and one join of either stage.
    """
    random = Random(seed)
    blows = [_blow(random, options, target, Kind.KILL) for target in _spread(random, TARGETS, options.kills)]
    for kind, share, targets in (
        (Kind.FREEZE, FREEZES_PER_KILL, TARGETS),
        (Kind.RESTART, RESTARTS_PER_KILL, TARGETS[1:]),  # a producer that is told to stop ends its streams for good
        (Kind.AWAY, ABSENCES_PER_KILL, TARGETS[1:]),
    ):
        number = max(1, round(options.kills * share))
        blows += [_blow(random, options, target, kind) for target in _spread(random, targets, number)]
    for stage in JOINING:
        blows.append(_join(random, options, stage))
    return sorted(blows)


def _spread(random: Random, targets: tuple[str, ...], number: int) -> list[str]:
    """`number` targets, each as often as any other, give or take one."""
    chosen: list[str] = []
    while len(chosen) < number:
        chosen += random.sample(targets, len(targets))
    return chosen[:number]


def _blow(random: Random, options: PlanOptions, target: str, kind: Kind) -> Blow:
    until_s = options.until_s * 2 / 3 if target == PRODUCER else options.until_s
    at_s = random.uniform(FIRST_BLOW_S, max(FIRST_BLOW_S, until_s))
    return Blow(round(at_s, 2), target, kind, _length_s(random, options, kind), round(random.random(), 3))


def _length_s(random: Random, options: PlanOptions, kind: Kind) -> float:
    if kind not in (Kind.FREEZE, Kind.AWAY):
        return 0.0
    short_s = min(2.0, options.longest_s)
    is_long = random.random() < LONG_SHARE
    return round(random.uniform(short_s, options.longest_s) if is_long else random.uniform(0.2, short_s), 2)


def _join(random: Random, options: PlanOptions, stage: str) -> Blow:
    at_s = random.uniform(0.0, options.until_s / 3)
    return Blow(round(at_s, 2), stage, Kind.JOIN, round(random.uniform(0.4, 0.7) * options.until_s, 2))
