"""Whether a process is getting on with its work, and the end of one that is not."""

import faulthandler
import logging
import os
import sys
import threading
import time
from collections.abc import Callable

from runtime.guarded import Guarded

log = logging.getLogger(__name__)
STALLED_EXIT_CODE = 75
CHECKS_PER_STALL = 8

Clock = Callable[[], float]


class Progress:
    """What a stage's loop reports: that it turns, how much waits, and that something got done."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._beat_at = clock()
        self._done_at = clock()
        self._waiting = 0
        self._busy_until = clock()
        self._away_from: float | None = None
        self.fault = ""
        """What is wrong around a process that goes on; empty for nothing."""
        self.held_up_by = ""
        """The server that work waits for; empty for none."""

    def beat(self) -> None:
        """The loop has turned once more."""
        self._beat_at = self._clock()

    def waiting(self, records: int, held_up_by: str = "") -> None:
        """So many records are not yet worked on; with none, standing still is no stall.

        Nor is it while they wait for a server that is away, which `held_up_by` names.
        """
        if records == 0 or self._waiting == 0 or held_up_by:
            self._done_at = self._clock()
        self._waiting = records
        self.held_up_by = held_up_by

    def done(self) -> None:
        """Work was finished for good: committed, inserted, delivered."""
        self._done_at = self._clock()

    def busy_for(self, longest_s: float) -> None:
        """A step has begun that may take so long: until then, work that waits is no stall."""
        self._busy_until = self._clock() + longest_s

    def broker_is_away(self, for_s: float = 0.0) -> None:
        """No broker answers, for so long already: standing still is no stall until one does."""
        if self._away_from is None:
            self._away_from = self._clock() - for_s

    def broker_answers(self) -> None:
        """After an outage all is counted anew: the clients need their time to come back."""
        if self._away_from is not None:
            self._away_from = None
            self._beat_at = self._done_at = self._clock()

    @property
    def away_s(self) -> float:
        """Seconds for which no broker has answered; 0 while one does."""
        return 0.0 if self._away_from is None else self._clock() - self._away_from

    @property
    def lag(self) -> int:
        """Records waiting, as last reported."""
        return self._waiting

    @property
    def beat_age_s(self) -> float:
        """Seconds since the loop last turned."""
        return self._clock() - self._beat_at

    @property
    def done_age_s(self) -> float:
        """Seconds for which work has waited and none was finished; 0 with nothing to do."""
        return self._clock() - self._done_at if self._waiting else 0.0

    def stalled(self, stall_s: float) -> str:
        """Why the process counts as stalled, or an empty string."""
        if self._away_from is not None:
            return ""
        if self.beat_age_s > stall_s:
            return f"the loop has not turned for {self.beat_age_s:.0f} s"
        if self.done_age_s > stall_s and self._clock() > self._busy_until:
            return f"{self._waiting} records wait and none was finished for {self.done_age_s:.0f} s"
        return ""


class Watchdog:
    """Ends a stalled process, so that its supervisor starts it again: some client hangs never return."""

    def __init__(self, progress: Progress, stall_s: float, look: Callable[[], None] = lambda: None) -> None:
        """`look` is called each time before it judges; where that fails, it judges by what was known before."""
        self._progress = progress
        self._stall_s = stall_s
        self._look = Guarded(look, "the watchdog could not look; it judges by what it knew")
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def start(self) -> None:
        """Begins to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the watch."""
        self._stopped.set()

    def _watch(self) -> None:
        pause_s = self._stall_s / CHECKS_PER_STALL
        asleep_from = time.monotonic()
        while not self._stopped.wait(pause_s):
            was_late = time.monotonic() - asleep_from > 2 * pause_s
            self._look()
            asleep_from = time.monotonic()
            if was_late:
                continue  # all of the process stood still, or a library let no thread run: the loop gets its turn first
            reason = self._progress.stalled(self._stall_s)
            if reason:
                log.critical("stalled: %s; ending the process to be started again", reason)
                faulthandler.dump_traceback(sys.stderr)  # where each thread stands: nobody can ask it any more
                os._exit(STALLED_EXIT_CODE)
