"""What is given up when the model cannot keep up, in this order, and taken back when it can.

NORMAL      everything runs
FINALS      interims are skipped
FAST        finals are decoded with fewer beams, where the settings allow it
LAGGING     nothing more can be given up: finals wait in Kafka, and none is dropped
"""

from dataclasses import dataclass
from enum import IntEnum


class Step(IntEnum):
    """A rung of the overload ladder."""

    NORMAL = 0
    FINALS = 1
    FAST = 2
    LAGGING = 3


@dataclass(frozen=True, slots=True)
class OverloadRule:
    """From which delay of the oldest waiting final each step holds, in seconds."""

    finals_s: float = 1.0
    fast_s: float = 5.0
    lagging_s: float = 15.0
    calm_s: float = 2.0
    """How long the delay must lie below a step before it is left."""


@dataclass(frozen=True, slots=True)
class Overload:
    """The step now, and since when the delay has been below it."""

    step: Step = Step.NORMAL
    calm_since_s: float | None = None


def next_overload(state: Overload, delay_s: float, now_s: float, rule: OverloadRule) -> Overload:
    """Up at once, down one step at a time after a calm while."""
    wanted = _step_of(delay_s, rule)
    if wanted > state.step:
        return Overload(wanted)
    if wanted == state.step:
        return Overload(state.step)
    if state.calm_since_s is None:
        return Overload(state.step, now_s)
    if now_s - state.calm_since_s >= rule.calm_s:
        return Overload(Step(state.step - 1), now_s)
    return state


def _step_of(delay_s: float, rule: OverloadRule) -> Step:
    if delay_s >= rule.lagging_s:
        return Step.LAGGING
    if delay_s >= rule.fast_s:
        return Step.FAST
    if delay_s >= rule.finals_s:
        return Step.FINALS
    return Step.NORMAL
