"""Pacing against a clock that only waiting moves."""

import threading

import pytest

from producers.pacing import Pacer, speed_of
from runtime.errors import ConfigError


class ClockedStop(threading.Event):
    """A stop signal whose waits move a clock, a little too far each time, as sleeping does."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 100.0

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.now += timeout + 0.001
        return self.is_set()


@pytest.mark.parametrize("speed", [1, 4, 0.5])
def test_oversleeping_adds_no_drift(speed):
    stop = ClockedStop()
    pacer = Pacer(speed, stop, lambda: stop.now)
    for frame in range(1, 1001):
        assert pacer.wait_for(frame * 1536)
        assert 0 <= stop.now - 100 - frame * 0.096 / speed < 0.0011


def test_after_a_hold_up_it_catches_up_without_waiting():
    stop = ClockedStop()
    pacer = Pacer(1, stop, lambda: stop.now)
    stop.now += 10
    pacer.wait_for(16_000 * 9)
    assert stop.now == 110


def test_max_never_waits_and_stop_is_told():
    stop = ClockedStop()
    pacer = Pacer(None, stop, lambda: stop.now)
    assert pacer.wait_for(10**9)
    assert stop.now == 100
    stop.set()
    assert not pacer.wait_for(10**9)


def test_stop_cuts_a_wait_short():
    stop = threading.Event()
    threading.Timer(0.05, stop.set).start()
    assert not Pacer(1, stop).wait_for(16_000 * 3600)


@pytest.mark.parametrize(("text", "speed"), [("1", 1.0), ("0.5", 0.5), ("20", 20.0), ("max", None)])
def test_speeds(text, speed):
    assert speed_of(text) == speed


@pytest.mark.parametrize("text", ["0", "-1", "fast", "", "nan", "inf"])
def test_wrong_speeds_are_named(text):
    with pytest.raises(ConfigError, match=f"speed '{text}' is neither"):
        speed_of(text)
