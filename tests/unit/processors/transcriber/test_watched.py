"""How long a call of the model may take: by what its windows took so far."""

from collections.abc import Sequence

import numpy as np
import pytest

from processors.transcriber.decoding import Attempt, first_attempt
from processors.transcriber.heard import NOTHING, Heard
from processors.transcriber.hotwords import NO_HOTWORDS, Hotwords
from processors.transcriber.sound import Sound, whole
from processors.transcriber.watched import ANSWER_S, FIRST_CALL_S, TIMES_SLOWER, WatchedEngine
from runtime.errors import DecodeFailed
from runtime.progress import Progress
from schemas.events import Provenance

STALL_S = 60.0
ATTEMPT = first_attempt(3000, 5)
SECOND = whole(np.zeros(16_000, dtype=np.float32))


class SlowEngine:
    """Takes `window_s` of a manual clock for each window."""

    model_name = "slow"
    provenance = Provenance(engine="slow")

    def __init__(self) -> None:
        self.now_s = 100.0
        self.window_s = 0.1
        self.fails = False

    def clock(self) -> float:
        return self.now_s

    def decode(self, sounds: Sequence[Sound], attempt: Attempt, hotwords: Hotwords) -> list[Heard]:
        if self.fails:
            raise DecodeFailed("planted")
        self.now_s += self.window_s * len(sounds)
        return [NOTHING] * len(sounds)


def watched() -> tuple[SlowEngine, WatchedEngine, list[float]]:
    engine = SlowEngine()
    told: list[float] = []
    return engine, WatchedEngine(engine, told.append, engine.clock), told


def test_a_first_call_has_long_and_later_ones_by_what_the_first_took() -> None:
    engine, model, told = watched()
    engine.window_s = 50.0
    model.decode([SECOND], ATTEMPT, NO_HOTWORDS)
    model.decode([SECOND] * 3, ATTEMPT, NO_HOTWORDS)
    assert told == [FIRST_CALL_S, ANSWER_S, pytest.approx(3 * TIMES_SLOWER * 50), ANSWER_S]


def test_a_model_that_is_quick_is_soon_found_hanging() -> None:
    engine, model, told = watched()
    for _ in range(200):
        model.decode([SECOND] * 16, ATTEMPT, NO_HOTWORDS)
    assert told[-2] == pytest.approx(16 * TIMES_SLOWER * engine.window_s)
    assert told[-2] < STALL_S


def test_a_failure_is_no_measure() -> None:
    engine, model, told = watched()
    engine.fails = True
    for _ in range(2):
        with pytest.raises(DecodeFailed):
            model.decode([SECOND], ATTEMPT, NO_HOTWORDS)
    assert told == [FIRST_CALL_S, FIRST_CALL_S]


def test_a_slow_model_outlives_the_watchdog_and_a_hanging_one_does_not() -> None:
    engine = SlowEngine()
    progress = Progress(engine.clock)
    model = WatchedEngine(engine, progress.busy_for, engine.clock)
    progress.waiting(40)
    engine.window_s = 200.0
    for _ in range(3):
        model.decode([SECOND], ATTEMPT, NO_HOTWORDS)
        progress.beat()
        assert progress.stalled(STALL_S) == ""  # 200 s without a commit, and yet it works
        progress.done()
    engine.window_s = 0.0
    model.decode([SECOND], ATTEMPT, NO_HOTWORDS)
    engine.now_s += ANSWER_S + STALL_S + 1
    progress.beat()
    assert "40 records wait" in progress.stalled(STALL_S)
