"""An outage of the broker, which a stage waits for, told from a hang of its own, which ends it."""

import logging
import time
from collections.abc import Callable

from runtime.progress import Clock, Progress

log = logging.getLogger(__name__)
SAY_EVERY_S = 60.0


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

    def look(self) -> None:
        """Asks the broker; whoever watches for stalls does so before it judges."""
        away_s = self._progress.away_s
        if self._answers():
            if away_s:
                log.warning("a broker answers at %s again, after %.0f s", self._bootstrap, away_s)
            self._progress.broker_answers()
            self._said_at = float("-inf")
            return
        self._progress.broker_is_away()
        if self._clock() - self._said_at >= SAY_EVERY_S:
            self._said_at = self._clock()
            log.warning(
                "no broker answers at %s (for %.0f s): it is waited for, and nothing is lost", self._bootstrap, away_s
            )
