"""One record as it lies in Kafka, whichever client read it."""

from dataclasses import dataclass

Headers = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Record:
    """A record and its place."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    """None in a tombstone."""
    timestamp_us: int
    """UTC µs at which it was produced; 0 where Kafka does not say."""
    headers: Headers = ()
    """What its producer noted beside the value, where the reader hands it out."""
    is_first_in_log: bool = False
    """Whether a reader that has just begun found nothing before it in its partition."""
