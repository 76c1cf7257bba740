"""When a sample of a recording is due: real time, N times as fast, or at once."""

import threading
import time
from collections.abc import Callable

from runtime.errors import ConfigError
from schemas.audio import SAMPLE_RATE_HZ

Clock = Callable[[], float]


class Pacer:
    """Waits until a stream position is due, counted from the start of the run, so that no wait adds drift."""

    def __init__(self, speed: float | None, stop: threading.Event, clock: Clock = time.monotonic) -> None:
        """`speed` 1 is real time, None as fast as possible; `stop` cuts every wait short; `clock` gives seconds."""
        self._speed = speed
        self._stop = stop
        self._clock = clock
        self._started_at = clock()

    @property
    def is_unpaced(self) -> bool:
        """True if nothing ever waits."""
        return self._speed is None

    def wait_for(self, sample: int) -> bool:
        """Returns when `sample` (at 16 kHz, from the start of the run) is due; False once told to stop."""
        if self._speed is not None:
            due = self._started_at + sample / SAMPLE_RATE_HZ / self._speed
            wait_s = due - self._clock()
            if wait_s > 0:
                self._stop.wait(wait_s)
        return not self._stop.is_set()


def speed_of(text: str) -> float | None:
    """The speed that `--speed` names; None for `max`. Raises ConfigError for anything but a number above 0."""
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise ConfigError(f"speed {text!r} is neither a number above 0 nor `max`")
    return speed
