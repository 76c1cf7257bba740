"""Records read and not yet inserted, and how they are cut into batches whose repetition is recognised. Pure.

The engine drops an insert whose token it has seen, so a repeated insert must hold exactly the same records. Which
records those were is written down before the first try (the plan); after a crash the same cut is made again.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from sinks.clickhouse.rows import Row

Partition = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Item:
    """One record: its row, or None where it became a dead letter or holds none."""

    offset: int
    value: bytes
    row: Row | None
    speech_ended_at: int
    """UTC µs; 0 where unknown."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The records of one partition that are inserted together (both offsets inclusive)."""

    partition: Partition
    first_offset: int
    last_offset: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive records of one partition."""

    partition: Partition
    items: tuple[Item, ...]

    @property
    def plan(self) -> Plan:
        """The range of the batch."""
        return Plan(self.partition, self.items[0].offset, self.items[-1].offset)

    @property
    def rows(self) -> list[Row]:
        """The rows in it."""
        return [item.row for item in self.items if item.row is not None]

    @property
    def token(self) -> str:
        """The batch's name for the engine: a pure function of its records, so other records never share it.

        Offsets alone would not do: in a topic that was made anew they begin at zero again.
        """
        digest = hashlib.sha256()
        for item in self.items:
            digest.update(item.offset.to_bytes(8, "big"))
            digest.update(len(item.value).to_bytes(4, "big"))
            digest.update(item.value)
        topic, number = self.partition
        plan = self.plan
        return f"{topic}-{number}-{plan.first_offset}-{plan.last_offset}-{digest.hexdigest()[:16]}"


@dataclass(slots=True)
class _Queue:
    items: list[Item] = field(default_factory=list)
    since: float = 0.0


class Backlog:
    """What waits, by partition."""

    def __init__(self, batch_rows: int, batch_s: float, plan_patience_s: float) -> None:
        self._batch_rows = batch_rows
        self._batch_s = batch_s
        self._plan_patience_s = plan_patience_s
        self._queues: dict[Partition, _Queue] = {}
        self._plans: dict[Partition, Plan] = {}

    def __len__(self) -> int:
        return sum(len(queue.items) for queue in self._queues.values())

    def add(self, partition: Partition, item: Item, now: float) -> None:
        """The next record of a partition, asked for at `now` (seconds)."""
        queue = self._queues.setdefault(partition, _Queue())
        if not queue.items:
            queue.since = now
        queue.items.append(item)

    def drop(self, partitions: Iterable[Partition]) -> None:
        """Forgets partitions that were given up: their next owner reads the records again."""
        for partition in partitions:
            self._queues.pop(partition, None)
            self._plans.pop(partition, None)

    def expect(self, plan: Plan) -> None:
        """An earlier run planned this insert; if it did not commit it, the same batch must come first again."""
        self._plans[plan.partition] = plan

    def due(self, now: float) -> list[Batch]:
        """The batches to insert now, at most one for each partition; they stay until `done`."""
        batches = []
        for partition, queue in self._queues.items():
            if queue.items:
                items = self._cut(partition, queue, now)
                if items:
                    batches.append(Batch(partition, tuple(items)))
        return batches

    def done(self, batch: Batch, now: float) -> None:
        """The batch was inserted."""
        queue = self._queues[batch.partition]
        del queue.items[: len(batch.items)]
        queue.since = now
        self._plans.pop(batch.partition, None)

    def _cut(self, partition: Partition, queue: _Queue, now: float) -> list[Item]:
        plan = self._plans.get(partition)
        if plan is not None and plan.first_offset == queue.items[0].offset:
            if queue.items[-1].offset >= plan.last_offset:
                return [item for item in queue.items if item.offset <= plan.last_offset]
            if now - queue.since < self._plan_patience_s:
                return []  # the rest of it lies in Kafka and is on its way
        self._plans.pop(partition, None)
        if len(queue.items) >= self._batch_rows or now - queue.since >= self._batch_s:
            return queue.items[: self._batch_rows]
        return []
