"""Waiting for a broker that is away, and saying so once."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

log = logging.getLogger(__name__)
AWAY_AFTER_S = 2.0


@dataclass(frozen=True, slots=True)
class Waits:
    """How to wait for a broker that is away."""

    stop: threading.Event = field(default_factory=threading.Event)
    """Cuts every wait short."""
    beat: Callable[[], None] = lambda: None
    """Called over and over during a wait, so that a watchdog knows it for one."""


class BrokerWatch:
    """Says once that the broker is away, and once that it is back: by acknowledgements, not by sockets."""

    def __init__(
        self, bootstrap: str, state: Callable[[], tuple[int, float, float]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`state` gives frames delivered, seconds buffered and seconds of room."""
        self._bootstrap = bootstrap
        self._state = state
        self._clock = clock
        self._delivered = -1
        self._moved_at = clock()
        self._held_s = 0.0
        self.is_away = False

    def look(self) -> None:
        """Compares with the last look."""
        delivered, buffered_s, room_s = self._state()
        self._held_s = max(self._held_s, buffered_s) if self.is_away else buffered_s
        if delivered != self._delivered or buffered_s == 0:
            self._delivered, self._moved_at = delivered, self._clock()
            if self.is_away:
                self.is_away = False
                log.warning("the broker at %s is back: %.1f s of sound were held", self._bootstrap, self._held_s)
        elif not self.is_away and self._clock() - self._moved_at > AWAY_AFTER_S:
            self.is_away = True
            log.warning(
                "the broker at %s is away: holding %.1f s of sound, room for %.0f s (all channels together); "
                "nothing is lost while there is room",
                self._bootstrap,
                buffered_s,
                room_s,
            )
