"""Which windows are read, decoded and committed: nothing is committed past a window that is still being worked on."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from processors.transcriber.task import Ticket

Place = tuple[str, int]
"""A partition: topic and number."""

Output = TypeVar("Output")


@dataclass(slots=True)
class Entry(Generic[Output]):
    """One record between its reading and its commit."""

    offset: int
    ticket: Ticket
    output: Output | None = None


@dataclass(frozen=True, slots=True)
class Ready(Generic[Output]):
    """What one transaction may publish and commit together."""

    outputs: tuple[Output, ...] = ()
    offsets: dict[Place, int] = field(default_factory=dict)
    """Next offset of each partition."""


class Ledger(Generic[Output]):
    """Every record in work, per partition in order of its offset. Tickets are never used twice, so a result of work
    that was taken away (a revoked partition, an aborted transaction) finds no place any more.
    """

    def __init__(self) -> None:
        self._entries: dict[Place, list[Entry[Output]]] = {}
        self._by_ticket: dict[Ticket, Entry[Output]] = {}
        self._next_ticket: Ticket = 0

    def __len__(self) -> int:
        return len(self._by_ticket)

    def admit(self, place: Place, offset: int) -> Ticket | None:
        """A ticket for a record just read; None if it is in work already.

        A record before the ones in work that was never admitted means that the partition was given up and got back
        unnoticed: its work starts over.
        """
        entries = self._entries.setdefault(place, [])
        if entries and offset <= entries[-1].offset:
            if any(entry.offset == offset for entry in entries):
                return None
            self.revoke([place])
            entries = self._entries.setdefault(place, [])
        entry: Entry[Output] = Entry(offset, self._next_ticket)
        self._next_ticket += 1
        entries.append(entry)
        self._by_ticket[entry.ticket] = entry
        return entry.ticket

    def finish(self, ticket: Ticket, output: Output) -> bool:
        """Notes a result; False if the work was taken away meanwhile."""
        entry = self._by_ticket.get(ticket)
        if entry is None:
            return False
        entry.output = output
        return True

    def ready(self) -> Ready[Output]:
        """The finished records that no unfinished one of their partition precedes."""
        outputs: list[Output] = []
        offsets: dict[Place, int] = {}
        for place, entries in self._entries.items():
            for entry in entries:
                if entry.output is None:
                    break
                outputs.append(entry.output)
                offsets[place] = entry.offset + 1
        return Ready(tuple(outputs), offsets)

    def settle(self, ready: Ready[Output]) -> None:
        """Forgets what was committed."""
        for place, next_offset in ready.offsets.items():
            entries = self._entries[place]
            done = [entry for entry in entries if entry.offset < next_offset]
            self._entries[place] = entries[len(done) :]
            self._drop(done)

    def revoke(self, places: Iterable[Place]) -> list[Ticket]:
        """Forgets the work of partitions that are given up; returns its tickets."""
        gone = [entry for place in set(places) for entry in self._entries.pop(place, [])]
        self._drop(gone)
        return [entry.ticket for entry in gone]

    def clear(self) -> list[Ticket]:
        """Forgets everything, after an aborted transaction; returns the tickets."""
        return self.revoke(list(self._entries))

    def _drop(self, entries: Collection[Entry[Output]]) -> None:
        for entry in entries:
            del self._by_ticket[entry.ticket]
