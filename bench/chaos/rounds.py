"""One session through a running stack: played, disturbed by a plan, and waited for until nothing moves any more."""

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.chaos.blows import Blows
from bench.chaos.comparison import Snapshot, commits_ahead
from bench.chaos.kill_log import Entry, KillLog
from bench.chaos.outcome import Outcome
from bench.chaos.plan import Blow
from bench.chaos.producer import Producer, Programme
from bench.chaos.reading import SessionReader
from local.stack import Stack
from runtime.errors import EarshotError, Unavailable

TURN_S = 0.1
SNAPSHOT_EVERY_S = 0.5
TELL_EVERY_S = 10.0
STANDSTILL_S = 180.0
SETTLE_PAUSE_S = 0.3


@dataclass(frozen=True, slots=True)
class RoundOptions:
    """What is played, how fast, as which session, and where the kill log goes."""

    session_id: str
    programme: Programme
    speed: str
    kill_log: Path
    tell: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Played:
    """How a round came out."""

    outcome: Outcome
    entries: tuple[Entry, ...]
    faults: tuple[str, ...]
    """What went wrong beside what the comparison will show."""
    looks: int
    """How often the segmenter's commits were looked at."""
    took_s: float


class Round:
    """Use once."""

    def __init__(self, stack: Stack, options: RoundOptions) -> None:
        self._options = options
        self._log = KillLog(options.kill_log, options.tell)
        self._producer = Producer(stack.settings, options.programme, options.session_id, options.speed)
        self._blows = Blows(stack, self._producer, self._log)
        self._session = SessionReader(stack.settings, options.programme.channels, options.session_id)
        self._snapshots: list[Snapshot] = []
        self._over = threading.Event()
        self._told_at = 0.0

    def run(self, plan: Sequence[Blow]) -> Played:
        """Plays while the plan is carried out. Raises EarshotError if the producer cannot go on."""
        watching = threading.Thread(target=self._watch_commits, name="commits")
        watching.start()
        try:
            self._blows.begin(plan)
            while not (self._producer.has_ended and self._blows.ended):
                self._producer.look()
                self._tell_progress("disturbed on" if self._producer.has_ended else "playing")
                time.sleep(TURN_S)
            faults = [fault] if (fault := self._settle()) else []
            faults += commits_ahead(self._snapshots, self._session.places)
            outcome = self._session.outcome()
        finally:
            self._over.set()
            self._blows.cease()
            self._producer.stop()
            watching.join()
            self._session.close()
        return Played(outcome, tuple(self._log.entries), tuple(faults), len(self._snapshots), self._log.now_s)

    def _watch_commits(self) -> None:
        """In a thread of its own: a broker that is away keeps it waiting."""
        while not self._over.wait(SNAPSHOT_EVERY_S):
            with contextlib.suppress(Unavailable):
                self._snapshots.append(self._session.snapshot(self._log.now_s))

    def _settle(self) -> str:
        """Waits until all has come through; a fault if nothing has moved for long."""
        moved_at, before, now, error = time.monotonic(), None, None, ""
        while time.monotonic() - moved_at < STANDSTILL_S:
            try:
                now = self._session.catch_up()
                if self._session.is_settled():
                    return ""
            except EarshotError as passing:  # what was killed is still starting: its tables may not be there yet
                error = str(passing)
            if now != before:
                moved_at, before = time.monotonic(), now
            self._tell_progress(f"settling {now}")
            time.sleep(SETTLE_PAUSE_S)
        return f"not everything had come through, and nothing moved for {STANDSTILL_S:g} s: {now} {error}".rstrip()

    def _tell_progress(self, doing: str) -> None:
        if time.monotonic() - self._told_at > TELL_EVERY_S:
            self._told_at = time.monotonic()
            self._options.tell(f"{self._log.now_s:6.1f} s  {doing}")
