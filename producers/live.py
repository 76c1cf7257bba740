"""Live sources: what comes is published as it comes, what does not come becomes a gap, and lost sources are sought."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from producers.decoding import Block
from producers.mapping import MIXED, Pick, check_picks
from producers.mixing import Mixer, cancelled, one_of_them
from producers.publisher import Publisher
from runtime.errors import EarshotError, Unavailable
from schemas.audio import MICROSECONDS

log = logging.getLogger(__name__)
BACKOFF_S = 0.5
BACKOFF_MAX_S = 15.0


class LiveSource(Protocol):
    """A place where sound comes from until it breaks."""

    name: str
    """What messages call it."""

    def listen(self, stop: threading.Event) -> "Iterator[Arrival]":
        """Connects, and gives what arrives; ends where the source does.

        Raises Unavailable where another try may help, ConfigError where it may not.
        """


@dataclass(frozen=True, slots=True)
class Arrival:
    """Sound that has just come in."""

    block: Block
    rate_hz: int
    channels: int
    heard_at_us: int
    """UTC µs at which the last sample was here."""


def now_us() -> int:
    """UTC µs by the wall clock."""
    return time.time_ns() // 1000


class LiveRun:
    """One source on its way into a session, until told to stop."""

    def __init__(
        self,
        publisher: Publisher,
        source: LiveSource,
        picks: tuple[Pick, ...],
        stop: threading.Event,
    ) -> None:
        self.source = source
        self.error: EarshotError | None = None
        """What ended the run, if not the stop."""
        self._publisher = publisher
        self._picks = picks
        self._stop = stop
        self._heard_until_us: int | None = None
        self._backoff_s = BACKOFF_S
        self._is_away = False
        self._mixer: Mixer | None = None
        self._is_cancel_told = False

    def run(self) -> None:
        """Listens until told to stop; a source that breaks off is sought again, ever more patiently."""
        try:
            while not self._stop.is_set():
                self._try_once()
        except EarshotError as error:
            self.error = error

    def _try_once(self) -> None:
        arrivals = self.source.listen(self._stop)
        is_first = True
        while (arrival := self._next(arrivals)) is not None:
            self._take(arrival, is_first)
            is_first = False
        if not self._stop.wait(self._backoff_s):
            self._backoff_s = min(BACKOFF_MAX_S, 2 * self._backoff_s)

    def _next(self, arrivals: "Iterator[Arrival]") -> "Arrival | None":
        """What arrives next; None, and said so, when the source has broken off."""
        if self._stop.is_set():
            return None
        reason = "it has ended"
        try:
            for arrival in arrivals:
                return arrival
        except Unavailable as error:
            reason = str(error).removeprefix(f"{self.source.name}: ")
        if not self._stop.is_set():
            self._say_away(reason)
        return None

    def _take(self, arrival: Arrival, is_first: bool) -> None:
        samples = arrival.block.samples
        begun_us = arrival.heard_at_us - samples.shape[1] * MICROSECONDS // arrival.rate_hz
        if is_first:
            check_picks(self.source.name, self._picks, arrival.channels)
            self._mark_absence(begun_us)
        elif arrival.block.missing:
            self._gap(arrival.block.missing / arrival.rate_hz, begun_us)
        for pick in self._picks:
            part = self._mixed(arrival, pick) if pick.number == MIXED else _row(samples, pick)
            self._publisher.write(pick.channel_id, part, rate_hz=arrival.rate_hz, captured_at=begun_us)
        self._heard_until_us = arrival.heard_at_us
        self._backoff_s = BACKOFF_S

    def _mixed(self, arrival: Arrival, pick: Pick) -> NDArray[np.float32]:
        if self._mixer is None or self._mixer.rate_hz != arrival.rate_hz:
            self._mixer = Mixer(arrival.rate_hz)
        mix = self._mixer.push(arrival.block.samples)
        if self._mixer.cancels and not self._is_cancel_told:
            self._is_cancel_told = True
            log.warning("%s", cancelled(self.source.name, one_of_them(pick.channel_id)))
        return mix

    def _mark_absence(self, begun_us: int) -> None:
        was_away, self._is_away = self._is_away, False
        if self._heard_until_us is None:
            if was_away:
                log.warning("%s is there: its sound begins", self.source.name)
            return
        missing_s = max(0, begun_us - self._heard_until_us) / MICROSECONDS
        self._gap(missing_s, begun_us)
        if was_away:
            log.warning("%s is back: a gap of %.2f s is marked", self.source.name, missing_s)

    def _gap(self, seconds: float, captured_at: int) -> None:
        for pick in self._picks:
            self._publisher.gap(pick.channel_id, seconds, captured_at=captured_at)

    def _say_away(self, reason: str) -> None:
        if not self._is_away:
            self._is_away = True
            log.warning("%s is away: %s; seeking it until stopped", self.source.name, reason)


def _row(samples: NDArray[Any], pick: Pick) -> NDArray[Any]:
    return np.ascontiguousarray(samples[max(0, pick.number - 1)])


def run_all(runs: list[LiveRun], stop: threading.Event, on_tick: Callable[[], None], tick_s: float = 0.2) -> None:
    """Runs every source in a thread of its own until told to stop. Raises the first error that ended a source."""
    threads = [threading.Thread(target=run.run, name=run.source.name, daemon=True) for run in runs]
    for thread in threads:
        thread.start()
    while not stop.is_set() and all(run.error is None for run in runs):
        on_tick()
        stop.wait(tick_s)
    stop.set()
    for thread in threads:
        thread.join(2 * BACKOFF_MAX_S)
    errors = [run.error for run in runs if run.error is not None]
    if errors:
        raise errors[0]
