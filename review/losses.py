"""Losses that nobody has acknowledged yet: read from their topic, and acknowledged."""

import logging
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass

from runtime.errors import BadRecord
from runtime.kafka import Record
from runtime.kafka.admin import Admin
from runtime.kafka.follower import Follower
from runtime.kafka.losses import keep, key_of
from runtime.settings import KafkaSettings
from schemas.codec import decode
from schemas.events import LostRecords
from schemas.topics import LOSSES

log = logging.getLogger(__name__)
READ_WITHIN_S = 20.0


@dataclass(frozen=True, slots=True)
class Told:
    """A loss as a stage told it."""

    loss: LostRecords
    told_at_us: int
    """UTC µs."""


def read_losses(kafka: KafkaSettings) -> list[Told]:
    """Every loss that is not acknowledged, oldest first. Raises Unavailable where the topic cannot be read."""
    if LOSSES.name not in Admin(kafka).partitions():
        return []
    told: dict[bytes, Told] = {}

    def take(record: Record) -> None:
        key = record.key or b""
        told.pop(key, None)
        if record.value is not None:
            try:
                told[key] = Told(decode(LostRecords, record.value), record.timestamp_us)
            except BadRecord as error:
                log.warning("skipped a record of %s: %s", LOSSES.name, error)

    with closing(Follower(kafka, LOSSES.name)) as follower:
        follower.catch_up(take, READ_WITHIN_S, lambda: None)
    return sorted(told.values(), key=lambda one: one.told_at_us)


def acknowledge(kafka: KafkaSettings, losses: Iterable[LostRecords]) -> None:
    """Notes that somebody has seen them: they are shown no more. Raises Unavailable."""
    keep(kafka, {key_of(loss): None for loss in losses})
