"""The dead letters that a storm led to, by the place of the bad message."""

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from runtime.kafka import Reader, ReaderOptions
from runtime.kafka.admin import Admin
from runtime.settings import KafkaSettings
from schemas.codec import decode
from schemas.events import DeadLetter
from schemas.topics import DEAD_LETTERS

READ_RECORDS = 500
READ_S = 0.2

Place = tuple[str, int]
"""A topic (of one partition) and an offset."""


@dataclass(slots=True)
class Letterbox:
    """Reads what is put on the topic of dead letters from the moment it is made."""

    kafka: KafkaSettings
    seen: Counter[Place] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    cut: int = 0
    """Letters that do not hold all of their bytes."""
    unexplained: int = 0
    """Letters without a reason or a stage."""
    _reader: Any = None

    def __post_init__(self) -> None:
        marks = Admin(self.kafka).watermarks([DEAD_LETTERS.name])
        ends = {place: high for place, (_, high) in marks.items()}
        self._reader = Reader(self.kafka, ReaderOptions(topics=(DEAD_LETTERS.name,), offsets=ends))

    def collect(self, seconds: float) -> None:
        """Reads for so long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for record in self._reader.read(READ_RECORDS, READ_S):
                self._take(decode(DeadLetter, record.value))

    def close(self) -> None:
        """Ends the reading."""
        self._reader.close()

    def _take(self, letter: DeadLetter) -> None:
        self.seen[letter.topic, letter.offset] += 1
        self.unexplained += not (letter.error and letter.stage)
        self.cut += "the letter holds the first" in letter.error
