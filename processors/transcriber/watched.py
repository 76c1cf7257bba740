"""A model that is slow told from one that hangs: how long a call may take, by what its windows took so far."""

import time
from collections.abc import Callable, Sequence

from processors.transcriber.decoding import Attempt
from processors.transcriber.halving import Engine
from processors.transcriber.heard import Heard
from processors.transcriber.hotwords import Hotwords
from processors.transcriber.sound import Sound

FIRST_CALL_S = 900.0
"""A first call is of one window. The largest Whisper on one slow core takes a minute or two for that."""
TIMES_SLOWER = 20.0
"""So many times what a window took lately, a call may take: other work on the machine, a longer search."""
FORGET = 0.9
ANSWER_S = 30.0
"""What is heard must then be published, or the next attempt begun."""

Clock = Callable[[], float]


class WatchedEngine:
    """An engine that says before each call how long it may take, so that the watchdog lets a slow one finish."""

    def __init__(self, engine: Engine, busy_for: Callable[[float], None], clock: Clock = time.monotonic) -> None:
        self._engine = engine
        self._busy_for = busy_for
        self._clock = clock
        self._window_s: float | None = None
        self.model_name = engine.model_name
        self.provenance = engine.provenance

    def decode(self, sounds: Sequence[Sound], attempt: Attempt, hotwords: Hotwords) -> list[Heard]:
        """What the engine heard. Raises what it raises."""
        self._busy_for(FIRST_CALL_S if self._window_s is None else TIMES_SLOWER * self._window_s * len(sounds))
        began_s = self._clock()
        heard = self._engine.decode(sounds, attempt, hotwords)
        took_s = (self._clock() - began_s) / len(sounds)
        self._window_s = max(took_s, FORGET * (self._window_s or 0.0))
        self._busy_for(ANSWER_S)
        return heard
