"""New offsets for a group: what would change, partition by partition."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from runtime.kafka.connection import TopicPartition

EARLIEST = "earliest"
LATEST = "latest"


@dataclass(frozen=True, slots=True)
class Change:
    """One partition's next offset, before and after."""

    partition: TopicPartition
    stands_at: int
    """Where the group goes on now: what it has committed, or the first record."""
    target: int

    @property
    def read_again(self) -> int:
        """Records that the group has done and will do once more."""
        return max(0, self.stands_at - self.target)

    @property
    def passed_over(self) -> int:
        """Records that it has not done and never will."""
        return max(0, self.target - self.stands_at)


def changes_to(
    targets: Mapping[TopicPartition, int],
    committed: Mapping[TopicPartition, int],
    kept: Mapping[TopicPartition, tuple[int, int]],
) -> list[Change]:
    """What these targets change, by what is `kept`: the first and the next offset of each partition.

    A target outside of it becomes its nearer end, and −1, where no record is so new, its far one.
    """
    changes = []
    for partition, target in sorted(targets.items()):
        first, end = kept[partition]
        inside = end if target < 0 else min(max(target, first), end)
        changes.append(Change(partition, max(committed.get(partition, first), first), inside))
    return changes


def targets_at(end: str, kept: Mapping[TopicPartition, tuple[int, int]]) -> dict[TopicPartition, int]:
    """The offsets of `earliest` or `latest`."""
    return {partition: first if end == EARLIEST else behind for partition, (first, behind) in kept.items()}


def topics_of(committed: Iterable[TopicPartition]) -> list[str]:
    """The topics in which a group has committed something."""
    return sorted({topic for topic, _ in committed})
