"""Two lanes: finals first, always; interims with spare capacity only, the newest of each stream, while it is fresh."""

from collections.abc import Collection
from dataclasses import dataclass

from processors.transcriber.batching import BatchLimits, affordable_windows, pick_batch, wait_for_company_s
from processors.transcriber.task import Task, Ticket

Stream = tuple[str, str]
MICROSECONDS = 1_000_000
STREAMS_REMEMBERED = 1024


@dataclass(frozen=True, slots=True)
class LaneLimits:
    """What each lane may hold and take."""

    finals: BatchLimits
    interim_windows: int
    """Most interims in one batch: a final that arrives meanwhile waits for them."""
    interim_max_age_s: float
    batch_s: float = 5.0
    """How long a batch of finals should take at most."""


@dataclass(frozen=True, slots=True)
class Now:
    """The time, as the caller's clocks have it."""

    monotonic_s: float
    utc_us: int


class Lanes:
    """The windows that wait for the model. Holds no clock and no lock."""

    def __init__(self, limits: LaneLimits) -> None:
        self._limits = limits
        self._finals: dict[Ticket, Task] = {}
        self._interims: dict[Stream, Task] = {}
        self._ended_at: dict[Stream, int] = {}

    @property
    def finals(self) -> int:
        """Finals that wait."""
        return len(self._finals)

    @property
    def interims(self) -> int:
        """Interims that wait."""
        return len(self._interims)

    def oldest_final_us(self) -> int | None:
        """When the oldest waiting final was windowed, UTC µs."""
        return min((task.windowed_at for task in self._finals.values()), default=None)

    def offer_final(self, task: Task) -> int:
        """Takes a final; returns how many interims it made superfluous."""
        self._finals[task.ticket] = task
        self._remember_end(task)
        waiting = self._interims.get(task.stream)
        if waiting is not None and waiting.window.own_from < task.window.own_to:
            del self._interims[task.stream]
            return 1
        return 0

    def offer_interim(self, task: Task) -> int:
        """Takes an interim; returns how many (0 or 1) are skipped for it: an older one of its stream, or itself."""
        held = self._interims.get(task.stream)
        if self._is_over(task) or (held is not None and _order(held) > _order(task)):
            return 1
        self._interims[task.stream] = task
        return 0 if held is None else 1

    def withdraw(self, tickets: Collection[Ticket]) -> None:
        """Forgets finals that are another member's now."""
        for ticket in tickets:
            self._finals.pop(ticket, None)

    def clear_interims(self) -> int:
        """Skips every waiting interim; returns how many."""
        skipped = len(self._interims)
        self._interims.clear()
        return skipped

    def skip_stale(self, now: Now) -> int:
        """Skips the interims that are too old to be worth a decode; returns how many."""
        oldest_us = now.utc_us - int(self._limits.interim_max_age_s * MICROSECONDS)
        stale = [stream for stream, task in self._interims.items() if task.windowed_at < oldest_us]
        for stream in stale:
            del self._interims[stream]
        return len(stale)

    def wait_s(self, now: Now, idle_since_s: float) -> float | None:
        """Seconds until there is a batch to take; None while there is nothing to do."""
        if self._finals:
            return wait_for_company_s(self._ordered(), self._limits.finals, now.monotonic_s, idle_since_s)
        return 0.0 if self._interims else None

    def take(self, window_s: float = 0.0) -> list[Task]:
        """The next batch: finals if any wait, else interims; all of one kind and one context.

        `window_s` is what a window takes lately: it keeps a batch of finals short enough to stop after it.
        """
        if self._finals:
            windows = affordable_windows(self._limits.finals.windows, window_s, self._limits.batch_s)
            batch = pick_batch(self._ordered(), windows)
            self.withdraw([task.ticket for task in batch])
            return batch
        waiting = sorted(self._interims.values(), key=lambda task: task.arrived_s)
        batch = pick_batch(waiting, self._limits.interim_windows)
        for task in batch:
            del self._interims[task.stream]
        return batch

    def _ordered(self) -> list[Task]:
        return list(self._finals.values())

    def _remember_end(self, final: Task) -> None:
        self._ended_at.pop(final.stream, None)
        self._ended_at[final.stream] = final.window.own_to
        if len(self._ended_at) > STREAMS_REMEMBERED:
            del self._ended_at[next(iter(self._ended_at))]

    def _is_over(self, interim: Task) -> bool:
        """Whether a final has covered it already."""
        return interim.window.own_from < self._ended_at.get(interim.stream, 0)


def _order(task: Task) -> tuple[int, int]:
    return task.window.own_from, task.window.revision
