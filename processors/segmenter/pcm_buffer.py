"""The latest audio of a run, addressed by stream position."""

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]

FIRST_CAPACITY = 1 << 16  # 4 s: silence and short utterances fit without growing


class PcmBuffer:
    """Contiguous 16-bit samples [start, end) of one stream; appends at the end, forgets from the front.

    Appending costs amortised O(1) a sample: the kept part moves to the front only when the room behind it is used up.
    """

    def __init__(self, start: int) -> None:
        self._store: Samples = np.empty(FIRST_CAPACITY, np.int16)
        self._used_from = 0
        self.start = start
        self.end = start

    def append(self, samples: Samples) -> None:
        """Adds samples after `end`."""
        used_to = self._used_from + self.end - self.start
        if used_to + len(samples) > len(self._store):
            self._make_room(len(samples))
            used_to = self.end - self.start
        self._store[used_to : used_to + len(samples)] = samples
        self.end += len(samples)

    def between(self, from_sample: int, to_sample: int) -> Samples:
        """A view of [from_sample, to_sample), good until the next append. Raises IndexError outside what is kept."""
        if not self.start <= from_sample <= to_sample <= self.end:
            raise IndexError(f"[{from_sample}, {to_sample}) is not within [{self.start}, {self.end})")
        base = self._used_from - self.start
        return self._store[base + from_sample : base + to_sample]

    def drop_before(self, sample: int) -> None:
        """Forgets what lies before `sample`; at most all that is there."""
        kept_from = min(max(sample, self.start), self.end)
        self._used_from += kept_from - self.start
        self.start = kept_from

    def _make_room(self, samples: int) -> None:
        kept = self.end - self.start
        needed = kept + samples
        store = self._store
        if 2 * needed > len(store):
            store = np.empty(max(2 * needed, FIRST_CAPACITY), np.int16)
        store[:kept] = self._store[self._used_from : self._used_from + kept]
        self._store = store
        self._used_from = 0
