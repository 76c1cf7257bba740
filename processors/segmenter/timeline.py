"""Which Kafka record holds which samples of a stream."""

from bisect import bisect_right
from dataclasses import dataclass

from schemas.audio import captured_at_of


@dataclass(frozen=True, slots=True)
class Record:
    """A record that brought new samples: from where on, when they were captured, and its offset."""

    from_sample: int
    captured_at: int
    offset: int


class Timeline:
    """The records of one run, oldest first, as far back as someone may still ask."""

    def __init__(self, first: Record) -> None:
        self._records = [first]
        self.held = first
        """The record that a restart must read again."""

    @property
    def newest(self) -> Record:
        """The record that came last."""
        return self._records[-1]

    def add(self, record: Record) -> None:
        """Takes the record after the newest."""
        self._records.append(record)

    def hold(self, sample: int) -> None:
        """Moves `held` on to the record with `sample`; never back."""
        index = self._index(sample)
        if index >= 0 and self._records[index].offset > self.held.offset:
            self.held = self._records[index]

    def captured_at(self, sample: int) -> int:
        """UTC µs at which `sample` was captured, by the record that holds it."""
        record = self._records[self._index(sample)]
        return captured_at_of(sample, record.from_sample, record.captured_at)

    def offsets(self, from_sample: int, to_sample: int) -> tuple[int, int]:
        """Offsets of the records with the first and the last sample of [from_sample, to_sample)."""
        return self._records[self._index(from_sample)].offset, self._records[self._index(to_sample - 1)].offset

    def drop_before(self, sample: int) -> None:
        """Forgets the records that end before `sample`."""
        index = self._index(sample)
        if index > 0:
            del self._records[:index]

    def _index(self, sample: int) -> int:
        return bisect_right(self._records, sample, key=_from_sample) - 1


def _from_sample(record: Record) -> int:
    return record.from_sample
