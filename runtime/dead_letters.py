"""The dead letter of a record that a stage cannot work on: its origin, the reason, and of its bytes what fits."""

from dataclasses import dataclass

from runtime.record import Record
from schemas.codec import encode
from schemas.events import DeadLetter

MAX_VALUE_BYTES = 900_000  # a letter must fit a Kafka record with its envelope; its coordinates lead to the whole
MAX_KEY_BYTES = 10_000
MAX_ERROR_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class Letter:
    """What goes to the topic of dead letters."""

    key: bytes
    value: bytes


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
