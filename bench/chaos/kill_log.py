"""What was done to which process, when, and what came of it."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.chaos.plan import Blow


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done, or that was planned and found nobody."""

    at_s: float
    """Seconds from the start of the round."""
    at: str
    """The same moment as the services' logs tell it, UTC."""
    kind: str
    name: str
    """The process; empty where there was none."""
    pid: int
    for_s: float = 0.0
    note: str = ""

    @property
    def was_done(self) -> bool:
        """Whether a process was hit."""
        return bool(self.name)

    def __str__(self) -> str:
        lasting = f" for {self.for_s:.1f} s" if self.for_s else ""
        what = f"{self.kind} {self.name} ({self.pid}){lasting}" if self.was_done else f"no {self.kind}"
        return f"{self.at_s:6.1f} s  {self.at}  {what}{'  ' + self.note if self.note else ''}"


class KillLog:
    """The entries of one round, also in a file, line by line."""

    def __init__(self, path: Path, tell: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        """Counts time from now on; each entry is told as it is made."""
        self._path = path
        self._tell = tell
        self._clock = clock
        self._began = clock()
        self._lock = threading.Lock()
        self.entries: list[Entry] = []

    @property
    def now_s(self) -> float:
        """Seconds from the start of the round."""
        return self._clock() - self._began

    def note(self, blow: Blow, name: str, pid: int, note: str = "") -> None:
        """Enters what was done just now; an empty `name` says that nobody was there."""
        at = datetime.now(UTC).strftime("%H:%M:%S.%f")[:-3]
        entry = Entry(round(self.now_s, 2), at, blow.kind.value, name, pid, blow.for_s, note)
        with self._lock:
            self.entries.append(entry)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(entry)) + "\n")
        self._tell(str(entry))


def totals(entries: Iterable[Entry]) -> dict[str, dict[str, int]]:
    """How often each thing was done to each process that was hit, copies of a stage under one name."""
    found: dict[str, Counter[str]] = {}
    for entry in entries:
        if entry.was_done:
            found.setdefault(entry.kind, Counter())[entry.name.partition("-")[0]] += 1
    return {kind: dict(sorted(counts.items())) for kind, counts in sorted(found.items())}
