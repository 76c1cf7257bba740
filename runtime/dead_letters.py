"""The dead letter of a record that a stage cannot work on: its origin, the reason, and of its bytes what fits."""

import logging
from dataclasses import dataclass

from prometheus_client import Counter

from runtime.errors import BadRecord, EarshotError
from runtime.record import Record
from schemas.codec import encode
from schemas.errors import TooLarge, Unreadable
from schemas.events import DeadLetter

log = logging.getLogger(__name__)

DEAD_LETTERS = Counter("earshot_dead_letters_total", "Records sent to the dead-letter topic", ["stage", "reason"])
MODEL_FAILED = "model"
MAX_VALUE_BYTES = 900_000  # a letter must fit a Kafka record with its envelope; its coordinates lead to the whole
MAX_KEY_BYTES = 10_000
MAX_ERROR_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class Letter:
    """What goes to the topic of dead letters."""

    key: bytes
    value: bytes


def dead_letter(record: Record, stage: str, error: EarshotError) -> Letter:
    """The letter of a record that `stage` sends to the dead-letter topic: counts it, and says so in one line.

    The reason that is counted is the kind of a BadRecord, else that the model failed.
    """
    DEAD_LETTERS.labels(stage, error.reason if isinstance(error, BadRecord) else MODEL_FAILED).inc()
    log.warning("dead letter: %s[%d]@%d: %s", record.topic, record.partition, record.offset, error)
    return letter_of(record, stage, error)


def count_dead_letters_from_zero(stage: str) -> None:
    """Lets the counter say 0 before the first: `increase` does not see a series that begins at 1."""
    for reason in (*(kind.reason for kind in (BadRecord, Unreadable, TooLarge)), MODEL_FAILED):
        DEAD_LETTERS.labels(stage, reason)


def letter_of(record: Record, stage: str, error: object) -> Letter:
    """The letter of a record. A reason says so where bytes had to be cut: the origin leads to all of them."""
    key, value = record.key or b"", record.value or b""
    cut = [
        f"the letter holds the first {most} of {len(whole)} bytes of the {name}"
        for name, whole, most in (("value", value, MAX_VALUE_BYTES), ("key", key, MAX_KEY_BYTES))
        if len(whole) > most
    ]
    letter = DeadLetter(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=key[:MAX_KEY_BYTES],
        value=value[:MAX_VALUE_BYTES],
        stage=stage,
        error="; ".join([str(error)[:MAX_ERROR_CHARACTERS], *cut]),
    )
    return Letter(letter.key, encode(letter))
