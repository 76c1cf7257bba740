"""An outage of the broker, which a stage waits for, told from a hang of its own, which ends it."""

import logging
import threading
import time
from collections.abc import Callable

from runtime.guarded import Guarded
from runtime.progress import Clock, Progress

log = logging.getLogger(__name__)
SAY_EVERY_S = 60.0
LOOK_EVERY_S = 2.0


class Outage:
    """Notes in the progress of a process for how long no broker has answered, and says so at intervals."""

    def __init__(
        self, bootstrap: str, progress: Progress, answers: Callable[[], bool], clock: Clock = time.monotonic
    ) -> None:
        self._bootstrap = bootstrap
        self._progress = progress
        self._answers = answers
        self._clock = clock
        self._said_at = float("-inf")
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="outage", daemon=True)

    def start(self) -> None:
        """Begins to look every two seconds by itself."""
        self._thread.start()

    def stop(self) -> None:
        """Ends that; it may take as long as one question."""
        self._stopped.set()

    def _watch(self) -> None:
        look = Guarded(self.look, "the broker could not be asked; it is asked again")
        while not self._stopped.wait(LOOK_EVERY_S):
            look()

    def look(self) -> None:
        """Asks the broker; whoever watches for stalls does so before it judges."""
        with self._lock:
            self._look()

    def _look(self) -> None:
        away_s = self._progress.away_s
        asked_at = self._clock()
        if self._answers():
            if away_s:
                log.warning("a broker answers at %s again, after %.0f s", self._bootstrap, away_s)
            self._progress.broker_answers()
            self._said_at = float("-inf")
            return
        self._progress.broker_is_away(self._clock() - asked_at)  # silent since it was asked
        if self._clock() - self._said_at >= SAY_EVERY_S:
            self._said_at = self._clock()
            log.warning(
                "no broker answers at %s (for %.0f s): it is waited for, and nothing is lost", self._bootstrap, away_s
            )
