"""Outputs on their way to the broker: what was worked on counts as done in order, once it was delivered."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Worked:
    """A record that was worked on, and the first offset that a restart would still need after it."""

    tp: Any
    """Topic and partition."""
    generation: int
    """Of the consumer group, when the record was read."""
    offset: int
    needed_offset: int


class Deliveries:
    """Calls `note` for each record when its outputs, and those of all records before it, were acknowledged."""

    def __init__(self, note: Callable[[Worked], None]) -> None:
        self._note = note
        self._waiting: deque[tuple[Worked, Sequence[Any]]] = deque()

    def add(self, worked: Worked, sent: Sequence[Any]) -> None:
        """A record's outputs were sent; `sent` are their futures."""
        self._waiting.append((worked, sent))

    async def settle(self, most: int = 0) -> None:
        """Notes what was delivered, in order, and waits until at most `most` records' outputs are on their way.

        Raises what a delivery failed with. Two tasks may be in here together: each record is noted once.
        """
        while self._waiting and (len(self._waiting) > most or _are_over(self._waiting[0][1])):
            oldest = self._waiting[0]
            worked, sent = oldest
            for delivery in sent:
                await asyncio.shield(delivery)  # whoever gives up waiting must not cancel it for the other
            if self._waiting and self._waiting[0] is oldest:
                self._waiting.popleft()
                self._note(worked)


def _are_over(sent: Sequence[Any]) -> bool:
    return all(delivery.done() for delivery in sent)


def note_lost(future: "asyncio.Future[Any]") -> None:
    """For an output that may be lost: says so where it was."""
    if not future.cancelled() and future.exception() is not None:
        log.warning("an interim was not delivered: %s", future.exception())
