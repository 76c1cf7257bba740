"""What a stage is to the machinery that runs it: a pure step, what it reads, and what it gives back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from runtime.record import Record
from runtime.settings import KafkaSettings

Partition = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Output:
    """One record to produce. One that is not `awaited` may be lost (an interim) and holds up nothing."""

    topic: str
    key: bytes
    value: bytes
    awaited: bool = True


@dataclass(frozen=True, slots=True)
class StepResult:
    """What a step made of one record, and the first offset of its partition that a restart must read again."""

    outputs: Sequence[Output]
    needed_offset: int


class Step(Protocol):
    """The work of a stage."""

    def step(self, record: Record) -> StepResult:
        """Takes the next record of its partition; called in offset order, never twice at a time."""

    def forget(self, partition: Partition) -> None:
        """The partition was given up or rewound: the next record may be an older one."""


@dataclass(frozen=True, slots=True)
class Gathering:
    """How many bytes the broker gathers before it answers a fetch, and for how long at most.

    A fetch costs about as much as the work on four frames, whatever it brings: many small records that come one by one
    are cheaper in company.
    """

    bytes: int = 1
    wait_ms: int = 1500
    partition_bytes: int = 1024 * 1024
    """Most that one answer holds of one partition."""


@dataclass(frozen=True, slots=True)
class StageOptions:
    """What a stage reads and as whom."""

    name: str
    inputs: tuple[str, ...]
    data_dir: Path
    """Faust wants a folder of its own; nothing of value is kept there."""
    gathering: Gathering = field(default_factory=Gathering)


def group_of(kafka: KafkaSettings, name: str) -> str:
    """The consumer group (and Faust app id) of a stage."""
    return f"{kafka.group_prefix}.{name}"
